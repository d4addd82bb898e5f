/*
 * Filters over real rows: any text either parses and matches something or
 * nothing, or says why not; never hangs, never grows.
 */
#include <locale.h>

#include "tests/fuzz/fuzz.h"
#include "tests/tui/world_fixture.h"
#include "tui/filter.h"
#include "tui/registry.h"

static const struct snapshot *
world(void)
{
	static const struct snapshot *s;
	static struct fixture *f;

	if (!s) {
		setlocale(LC_CTYPE, "C.UTF-8");
		f = fixture_incident();
		s = fixture_snapshot(f);
	}
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const views[] = { "nodes", "jobs", "pods" };
	struct err err = { .code = ERR_NONE };
	const struct view *v;
	const struct slot *slot;
	struct view_ctx x = { .snap = world(), .now_ms = FIXTURE_MS };
	struct filter *f;
	struct handle h;
	char *text;

	if (size == 0)
		return 0;
	v = registry_find(views[data[0] % ARRAY_LEN(views)]).table;
	text = fuzz_text(data + 1, size - 1);
	f = filter_parse(v, text, &err);
	must(!f || err.code == ERR_NONE);
	for (uint32_t i = 0; f && (slot = snapshot_next(x.snap, v->feed, &i,
							&h));) {
		struct row row = view_row(&x, h);

		must(filter_match(f, &row, &x) == filter_match(f, &row, &x));
	}
	filter_free(f);
	free(text);
	return 0;
}
