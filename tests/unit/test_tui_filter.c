/*
 * Filters: what each kind of term takes and leaves, and what is invalid.
 */
#include <stdlib.h>

#include "tests/tui/world_fixture.h"
#include "tests/unit/check.h"
#include "tui/filter.h"
#include "tui/registry.h"

/* How many rows of a view pass; fails when the filter is invalid. */
static uint32_t
passing(const char *view, const char *text)
{
	struct fixture *f = fixture_incident();
	const struct view *v = registry_find(view).table;
	const struct snapshot *s = fixture_snapshot(f);
	struct view_ctx x = { .snap = s, .now_ms = fixture_now(f) };
	struct err err = { .code = ERR_NONE };
	struct filter *filter = filter_parse(v, text, &err);
	const struct slot *slot;
	struct handle h;
	uint32_t n = 0;

	if (err.code != ERR_NONE)
		fail_msg("%s: %s", text, err.text);
	for (uint32_t i = 0; (slot = snapshot_next(s, v->feed, &i, &h));) {
		struct row row = view_row(&x, h);

		n += filter_match(filter, &row, &x);
	}
	filter_free(filter);
	snapshot_unref(s);
	fixture_free(f);
	return n;
}

static void
test_terms(void **state)
{
	static const struct {
		const char *view, *text;
		uint32_t want;
	} cases[] = {
		{ "jobs", "", 5 },
		{ "jobs", "   ", 5 },
		{ "jobs", "shop", 4 },
		{ "jobs", "SHOP", 4 },
		{ "jobs", "shop/web", 2 },
		{ "jobs", "shop pulling", 1 },	     /* AND */
		{ "jobs", "!shop", 1 },
		{ "jobs", "shop !lint", 3 },
		{ "jobs", "^shop/(web|api)$", 4 },   /* one cell's anchors */
		{ "jobs", "\"group max\"", 1 },	     /* blanks in quotes */
		{ "jobs", "name:lint", 1 },
		{ "jobs", "name:^l.nt$", 1 },
		{ "jobs", "project:lint", 0 },
		{ "jobs", "90003", 1 },		     /* numbers as text */
		{ "jobs", "wait>20m", 3 },	     /* 64m, 22m, 27m */
		{ "jobs", "wait>=1620", 2 },	     /* seconds */
		{ "jobs", "wait<2m", 1 },
		{ "jobs", "phase=queued", 1 },
		{ "jobs", "tags:gpu", 1 },
		{ "nodes", "cpureq>90", 2 },
		{ "nodes", "cpureq>90%", 2 },
		{ "nodes", "cpuRequestPercent<10", 1 },
		{ "nodes", "jobs=0", 2 },
		{ "nodes", "-l topology.kubernetes.io/zone=eu-west-1a", 2 },
		{ "nodes", "topology.kubernetes.io/zone!=eu-west-1a", 2 },
		{ "nodes", "-l kubernetes.io/arch jobs>0", 2 },
		{ "nodes", "-l !nosuch", 4 },
		{ "nodes", "age>1h", 3 },
		{ "nodes", "mem>20Gi", 4 },
		{ "nodes", "mem>31Gi", 0 },
		{ "pods", "cpu>=500m", 4 },
		{ "pods", "cpu>0.4", 4 },
		{ "groups", "state:max", 1 },
		{ "events", "10.0.0.1:80", 0 },	     /* no column: plain text */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t got = passing(cases[i].view, cases[i].text);

		if (got != cases[i].want)
			fail_msg("%s /%s: %u rows, want %u", cases[i].view,
				 cases[i].text, got, cases[i].want);
	}
}

static void
test_invalid_patterns_say_so(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "a(", "filter: \"a(\":" },
		{ "[z", "filter: \"[z\":" },
		{ "nosuch>5", "no column \"nosuch\" in jobs" },
		{ "wait>soon", "\"soon\" is no number" },
		{ "-l a=b", "jobs carry no labels" },
		{ "(a)\\1", "refers back" },
		{ "a{9999}", "too many + or {counts}" },
		{ "(a{99}){99}", "too many + or {counts}" },
		{ "++++++++++++", "too many + or {counts}" },
		{ "((((((((((a+)+)+)+)+)+)+)+)+)+)", "too many + or" },
	};
	const struct view *v = registry_find("jobs").table;
	char long_text[FILTER_MAX + 8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { .code = ERR_NONE };

		assert_null(filter_parse(v, cases[i].text, &err));
		assert_int_equal(err.code, ERR_BAD);
		assert_text_contains(err.text, cases[i].want);
	}
	struct err err = { .code = ERR_NONE };

	memset(long_text, 'a', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	assert_null(filter_parse(v, long_text, &err));
	assert_int_equal(err.code, ERR_BAD);
	err.code = ERR_NONE;
	assert_null(filter_parse(v, "a b c d e f g h i j k l m n o p q", &err));
	assert_int_equal(err.code, ERR_BAD);
}

static void
test_columns_by_any_of_their_names(void **state)
{
	const struct view *v = registry_find("nodes").table;

	(void)state;
	assert_text_equal(view_column(v, "cpureq", 6)->title, "CPUreq");
	assert_text_equal(view_column(v, "CPUREQ", 6)->title, "CPUreq");
	assert_text_equal(view_column(v, "scaledown", 9)->title,
			  "SCALE-DOWN");
	assert_text_equal(view_column(v, "scaleDownBlocker", 16)->title,
			  "SCALE-DOWN");
	/* A beginning, if it is the only one. */
	assert_text_equal(view_column(v, "inst", 4)->title, "INSTANCE");
	assert_null(view_column(v, "M", 1));
	assert_null(view_column(v, "", 0));
	assert_null(view_column(v, "%", 1));
}

SUITE(tui_filter,
      TEST(test_terms),
      TEST(test_invalid_patterns_say_so),
      TEST(test_columns_by_any_of_their_names));
