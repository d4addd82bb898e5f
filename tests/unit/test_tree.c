/*
 * Reading trees.
 */
#include "tests/unit/check.h"

static void
test_reading(void **state)
{
	struct arena *a = arena_new();
	const struct tree *t = parse_text(a,
		"{'metadata':{'name':'web','labels':{'a.b':'1'}},"
		"'n':12,'list':[1,'two',null,true],'on':true,'off':'false',"
		"'none':null,'empty':'','a':{'b':{'c':7}}}");
	int n = 0;

	(void)state;
	assert_text_equal(tree_text(tree_get(tree_get(t, "metadata"),
					     "name")), "web");
	assert_text_equal(tree_text(tree_at(t, "metadata.name")), "web");
	assert_text_equal(tree_text(tree_at(t, "a.b.c")), "7");
	assert_null(tree_at(t, "a.x.c"));
	assert_ptr_equal(tree_at(t, ""), t);
	/* A key with a dot is reached by tree_get, not by a path. */
	assert_null(tree_at(t, "metadata.labels.a.b"));
	assert_non_null(tree_get(tree_at(t, "metadata.labels"), "a.b"));
	assert_null(tree_get(NULL, "x"));
	assert_null(tree_get(tree_get(t, "list"), "x"));
	assert_null(tree_text(tree_get(t, "metadata")));
	assert_null(tree_text(NULL));
	assert_text_equal(tree_text(tree_index(tree_get(t, "list"), 1)),
			  "two");
	assert_null(tree_index(tree_get(t, "list"), 4));
	assert_null(tree_index(t, 0));
	tree_each(child, tree_get(t, "list"))
		n++;
	tree_each(child, tree_get(t, "n"))
		n += 100;
	tree_each(child, NULL)
		n += 100;
	assert_int_equal(n, 4);
	assert_true(tree_bool(tree_get(t, "on"), false));
	assert_false(tree_bool(tree_get(t, "off"), true));
	assert_true(tree_bool(tree_get(t, "none"), true));
	assert_true(tree_bool(NULL, true));
	assert_false(tree_bool(tree_get(t, "n"), false));
	arena_free(a);
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *json;
		bool is_int, is_real;
		int64_t v;
		double r;
	} rows[] = {
		{ "0", true, true, 0, 0 },
		{ "-0", true, true, 0, 0 },
		{ "12", true, true, 12, 12 },
		{ "'12'", true, true, 12, 12 },
		{ "-7", true, true, -7, -7 },
		{ "2.0", true, true, 2, 2 },
		{ "1e3", true, true, 1000, 1000 },
		{ "2.5", false, true, 0, 2.5 },
		{ "9223372036854775807", true, true, INT64_MAX, 0x1p63 },
		{ "-9223372036854775808", true, true, INT64_MIN, -0x1p63 },
		{ "9223372036854775808", false, true, 0, 0x1p63 },
		{ "1e30", false, true, 0, 1e30 },
		{ "1e999", false, false, 0, 0 },
		{ "'abc'", false, false, 0, 0 },
		{ "''", false, false, 0, 0 },
		{ "' 1'", false, false, 0, 0 },
		{ "'1 '", false, false, 0, 0 },
		{ "'0x10'", false, false, 0, 0 },
		{ "'inf'", false, false, 0, 0 },
		{ "'1e'", false, false, 0, 0 },
		{ "true", false, false, 0, 0 },
		{ "null", false, false, 0, 0 },
		{ "[]", false, false, 0, 0 },
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct tree *t = parse_text(a, rows[i].json);
		int64_t v = 0;
		double r = 0;

		if (tree_int(t, &v) != rows[i].is_int || v != rows[i].v)
			fail_msg("%s as int: %lld", rows[i].json,
				 (long long)v);
		if (tree_real(t, &r) != rows[i].is_real || r != rows[i].r)
			fail_msg("%s as real: %g", rows[i].json, r);
	}
	arena_free(a);
}

static void
test_times(void **state)
{
	static const struct {
		const char *json;
		bool good;
		int64_t ms;
	} rows[] = {
		{ "'2026-02-18T09:00:00Z'", true, INT64_C(1771405200000) },
		{ "1771405200", true, INT64_C(1771405200000) },
		{ "1.771405200123E9", true, INT64_C(1771405200123) },
		{ "null", true, 0 },
		{ "''", true, 0 },
		{ "'yesterday'", false, -1 },
		{ "1e300", false, -1 },
		{ "true", false, -1 },
		{ "{}", false, -1 },
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = -1;

		assert_int_equal(tree_time(parse_text(a, rows[i].json), &ms),
				 rows[i].good);
		assert_true(ms == rows[i].ms);
	}
	int64_t ms = -1;

	assert_true(tree_time(NULL, &ms));
	assert_int_equal(ms, 0);
	arena_free(a);
}

static void
test_want(void **state)
{
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	const struct tree *t = parse_text(a, "{'a':1,'n':null}");

	(void)state;
	assert_true(tree_want(tree_get(t, "a"), TREE_NUMBER, "a", &err));
	assert_true(tree_want(tree_get(t, "n"), TREE_ARRAY, "n", &err));
	assert_true(tree_want(NULL, TREE_ARRAY, "x", &err));
	assert_int_equal(err.code, ERR_NONE);
	assert_false(tree_want(tree_get(t, "a"), TREE_ARRAY, "pods[3].a",
			       &err));
	assert_int_equal(err.code, ERR_BAD);
	assert_text_equal(err.text, "pods[3].a: wanted array, found number");
	assert_text_equal(tree_kind_name(NULL), "absent");
	assert_text_equal(tree_kind_name(t), "object");
	arena_free(a);
}

SUITE(tree,
	TEST(test_reading),
	TEST(test_numbers),
	TEST(test_times),
	TEST(test_want));
