/*
 * `paddock get`: tables, JSON, CSV, names, sort, filter, hostile text.
 */
#include <stdlib.h>

#include "backend/base/json.h"
#include "tests/tui/world_fixture.h"
#include "tests/unit/check.h"
#include "tui/print.h"

static bool
into_buf(void *ctx, const char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return buf_ok(ctx);
}

static bool
into_nothing(void *ctx, const char *bytes, size_t len)
{
	(void)ctx;
	(void)bytes;
	(void)len;
	return false;
}

static char *
print(struct fixture *f, const char *view, struct print_options o)
{
	const struct snapshot *s = fixture_snapshot(f);
	struct err err = { .code = ERR_NONE };
	struct buf out;
	char *text;

	buf_init(&out, 1 << 24);
	o.sink = into_buf;
	o.ctx = &out;
	o.boot_ms = f->boot_ms;
	o.wall_ms = f->wall_ms;
	o.ascii = true;
	if (!view_print(registry_find(view), s, &o, NULL, &err))
		fail_msg("%s: %s", view, err.text);
	snapshot_unref(s);
	text = xstrdup(buf_text(&out));
	buf_fini(&out);
	return text;
}

static void
test_table_is_aligned_and_sorted(void **state)
{
	struct fixture *f = fixture_incident();
	char *text = print(f, "groups", (struct print_options){ 0 });
	char *second, *third;

	(void)state;
	assert_true(str_has_prefix(text, "GROUP          MIN  DES  RUN"));
	second = strchr(text, '\n') + 1;
	third = strchr(second, '\n') + 1;
	assert_true(str_has_prefix(second,
				   "amd64-general    1   20   20   20   20"));
	assert_true(str_has_prefix(third, "arm64-spot       0    4    1"));
	/* No blanks at the end of a line. */
	assert_null(strstr(text, " \n"));
	free(text);
	fixture_free(f);
}

static void
test_sort_and_filter_and_name(void **state)
{
	struct fixture *f = fixture_incident();
	struct err err = { .code = ERR_NONE };
	const struct snapshot *s;
	struct print_options o = { .sort = "-max", .filter = "!spot" };
	char *text = print(f, "groups", o);
	uint32_t rows;

	(void)state;
	assert_null(strstr(text, "arm64-spot"));
	assert_true(strstr(text, "amd64-general") <
		    strstr(text, "management"));
	free(text);
	o = (struct print_options){ .name = "ci/runner-abc-2" };
	text = print(f, "pods", o);
	assert_non_null(strstr(text, "runner-abc-2"));
	assert_null(strstr(text, "runner-abc-3"));
	free(text);
	s = fixture_snapshot(f);
	o = (struct print_options){ .name = "nobody", .sink = into_nothing };
	assert_false(view_print(registry_find("pods"), s, &o, &rows, &err));
	assert_int_equal(err.code, ERR_GONE);
	o = (struct print_options){ .sort = "nosuch", .sink = into_nothing };
	assert_false(view_print(registry_find("pods"), s, &o, &rows, &err));
	assert_int_equal(err.code, ERR_USAGE);
	o = (struct print_options){ .filter = "a(", .sink = into_nothing };
	assert_false(view_print(registry_find("pods"), s, &o, &rows, &err));
	assert_int_equal(err.code, ERR_USAGE);
	o = (struct print_options){ .sink = into_nothing };
	assert_false(view_print(registry_find("pods"), s, &o, &rows, &err));
	assert_int_equal(err.code, ERR_IO);
	snapshot_unref(s);
	fixture_free(f);
}

static void
test_json_is_the_contract(void **state)
{
	struct fixture *f = fixture_incident();
	struct print_options o = { .format = PRINT_JSON };
	char *text = print(f, "jobs", o);
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	const struct tree *t = json_parse(a, text, strlen(text), &err);
	const struct tree *row;
	int64_t n;

	(void)state;
	assert_ok(t != NULL, &err);
	assert_text_equal(tree_text(tree_get(t, "apiVersion")), "paddock/v1");
	assert_text_equal(tree_text(tree_get(t, "kind")), "Table");
	assert_text_equal(tree_text(tree_get(t, "view")), "jobs");
	assert_text_equal(tree_text(tree_get(t, "time")),
			  "2026-02-18T03:07:22Z");
	row = tree_index(tree_get(t, "sources"), 1);
	assert_text_equal(tree_text(tree_get(row, "name")), "aws");
	assert_text_equal(tree_text(tree_get(row, "state")), "live");
	assert_true(tree_int(tree_get(row, "ageSeconds"), &n));
	assert_int_equal(n, 14);
	/* The first by phase is the queued one. */
	row = tree_index(tree_get(t, "items"), 0);
	assert_true(tree_int(tree_get(row, "id"), &n));
	assert_int_equal(n, 90004);
	assert_text_equal(tree_text(tree_get(row, "phase")), "queued");
	assert_true(tree_int(tree_get(row, "waitSeconds"), &n));
	assert_int_equal(n, 64 * 60);
	assert_true(tree_is(tree_get(row, "pod"), TREE_NULL));
	assert_text_equal(tree_text(tree_index(tree_get(row, "tags"), 0)),
			  "gpu");
	arena_free(a);
	free(text);
	fixture_free(f);
}

static void
test_ended_rows_say_so(void **state)
{
	struct fixture *f = fixture_incident();
	struct print_options o = { .format = PRINT_CSV };
	char *text = print(f, "nodes", o);

	(void)state;
	assert_text_contains(text, "ip-10-0-1-12.eu-west-1.compute.internal,"
				   "arm64-spot,gone");
	assert_text_contains(text, ",true\r\n");
	free(text);
	fixture_free(f);
}

/* Rule 10: nothing from outside reaches a terminal or a spreadsheet raw. */
static void
test_hostile_text_is_disarmed(void **state)
{
	struct fixture *f = fixture_new();
	struct handle none = { 0 };
	char *text;

	(void)state;
	fixture_put(f, KIND_JOB,
		    make_job(f, 1, "=cmd|' /C calc'!A0", "a,\"b\"",
			     "x\033[2J\xe2\x80\xae", 5),
		    make_job_sum(f, none, none, none, PHASE_QUEUED, 5,
				 "\033]0;title\a"));
	text = print(f, "jobs", (struct print_options){ 0 });
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\a'));
	assert_null(strstr(text, "\xe2\x80\xae"));
	free(text);
	text = print(f, "jobs", (struct print_options){ .format = PRINT_CSV });
	assert_text_contains(text, "\"'=cmd|' /C calc'!A0\"");
	assert_text_contains(text, "\"a,\"\"b\"\"\"");
	assert_null(strchr(text, '\033'));
	free(text);
	text = print(f, "jobs", (struct print_options){ .format = PRINT_JSON });
	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, "\\u001b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	free(text);
	fixture_free(f);
}

static void
test_home_prints_as_text_and_json(void **state)
{
	struct fixture *f = fixture_incident();
	char *text = print(f, "home", (struct print_options){ 0 });

	(void)state;
	assert_text_contains(text, "WAITING 143 oldest 1h04  RUNNING 214  "
				   "LOST 9/30m: 6 spot 3 image  START p90 "
				   "6m02\n");
	assert_text_contains(text, "FREE SLOTS 0 = min(runner 86, nodes 0, "
				   "*group max 0*, addresses 412)\n");
	assert_text_contains(text, "NEEDS YOU (3)");
	free(text);
	text = print(f, "home", (struct print_options){ .format = PRINT_JSON });
	assert_text_contains(text, "\"waiting\":143");
	assert_text_contains(text, "\"slotsQuota\":null");
	free(text);
	fixture_free(f);
}

/* Nothing is known: question marks, never zeroes. */
static void
test_unknown_is_never_zero(void **state)
{
	struct fixture *f = fixture_new();
	char *text;

	(void)state;
	f->head.source[SOURCE_KUBERNETES].state = SOURCE_FAILED;
	memcpy(f->head.source[SOURCE_KUBERNETES].trouble, "refused", 8);
	text = print(f, "home", (struct print_options){ 0 });
	assert_text_contains(text, "WAITING ?  RUNNING ?  LOST ?/30m");
	assert_text_contains(text, "FREE SLOTS ? = min(runner ?, nodes ?");
	assert_text_contains(text, "NEEDS YOU (?)  kubernetes failed: "
				   "refused");
	assert_text_contains(text, "GROUP  aws off\n");
	assert_text_contains(text, "TAG (waiting)  gitlab off\n");
	free(text);
	fixture_free(f);
}

SUITE(tui_print,
      TEST(test_table_is_aligned_and_sorted),
      TEST(test_sort_and_filter_and_name),
      TEST(test_json_is_the_contract),
      TEST(test_ended_rows_say_so),
      TEST(test_hostile_text_is_disarmed),
      TEST(test_home_prints_as_text_and_json),
      TEST(test_unknown_is_never_zero));
