/*
 * YAML: nothing crashes or takes long, errors have a sentence, and what is
 * written reads back as the same tree.
 */
#include "backend/base/json.h"
#include "backend/net/yaml.h"
#include "tests/fuzz/fuzz.h"

static void
as_json(struct buf *out, const struct tree *t)
{
	struct jsonw *w;

	buf_init(out, (size_t)64 << 20);
	w = jsonw_new_buf(out, false);
	jsonw_tree(w, t);
	must(jsonw_done(w));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	char *text = xmemdup(data, size ? size : 1);
	const struct tree *t = yaml_parse(a, "f", text, size, &err), *back;
	struct buf one, two, yaml;

	if (!t) {
		must(err.code != ERR_NONE && err.text[0]);
		goto out;
	}
	must(err.code == ERR_NONE);
	buf_init(&yaml, (size_t)64 << 20);
	yaml_write(&yaml, t);
	must(buf_ok(&yaml));
	back = yaml_parse(a, "back", buf_text(&yaml), yaml.len, &err);
	if (!back) /* aliases written out in full may be too much */
		must(err.code == ERR_LIMIT ||
		     strstr(err.text, "too many values"));
	if (back) {
		as_json(&one, t);
		as_json(&two, back);
		must(str_eq(buf_text(&one), buf_text(&two)));
		buf_fini(&one);
		buf_fini(&two);
	}
	buf_fini(&yaml);
out:
	free(text);
	arena_free(a);
	return 0;
}
