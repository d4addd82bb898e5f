/*
 * Writing JSON: shapes, numbers that read back, repairs, failures.
 */
#include <stdlib.h>

#include "backend/base/json.h"
#include "tests/unit/check.h"

static void
test_compact_and_pretty(void **state)
{
	static const char *const want[] = {
		"{\"a\":[1,-2.5,\"x\\n\",null,true],\"e\":{},\"f\":[],"
		"\"o\":{\"k\":false}}",
		"{\n  \"a\": [\n    1,\n    -2.5,\n    \"x\\n\",\n"
		"    null,\n    true\n  ],\n  \"e\": {},\n  \"f\": [],\n"
		"  \"o\": {\n    \"k\": false\n  }\n}\n",
	};

	(void)state;
	for (int pretty = 0; pretty < 2; pretty++) {
		struct buf b;
		struct jsonw *w;

		buf_init(&b, 1000);
		w = jsonw_new_buf(&b, pretty);
		jsonw_object(w);
		jsonw_key(w, "a");
		jsonw_array(w);
		jsonw_int(w, 1);
		jsonw_real(w, -2.5);
		jsonw_text(w, "x\n");
		jsonw_text(w, NULL);
		jsonw_bool(w, true);
		jsonw_end_array(w);
		jsonw_key(w, "e");
		jsonw_object(w);
		jsonw_end_object(w);
		jsonw_key(w, "f");
		jsonw_array(w);
		jsonw_end_array(w);
		jsonw_key(w, "o");
		jsonw_object(w);
		jsonw_key(w, "k");
		jsonw_bool(w, false);
		jsonw_opt_text(w, "x", "");
		jsonw_opt_text(w, "x", NULL);
		jsonw_opt_int(w, "x", 0);
		jsonw_opt_bool(w, "x", false);
		jsonw_opt_time(w, "x", 0);
		jsonw_end_object(w);
		jsonw_end_object(w);
		assert_true(jsonw_done(w));
		assert_text_equal(buf_text(&b), want[pretty]);
		buf_fini(&b);
	}
}

static void
test_optional_members(void **state)
{
	struct buf b;
	struct jsonw *w;

	(void)state;
	buf_init(&b, 1000);
	w = jsonw_new_buf(&b, false);
	jsonw_object(w);
	jsonw_opt_text(w, "t", "x");
	jsonw_opt_int(w, "i", -7);
	jsonw_opt_bool(w, "b", true);
	jsonw_opt_time(w, "s", INT64_C(1771405200000));
	jsonw_opt_time(w, "m", INT64_C(1771405200123));
	jsonw_end_object(w);
	assert_true(jsonw_done(w));
	assert_text_equal(buf_text(&b),
			  "{\"t\":\"x\",\"i\":-7,\"b\":true,"
			  "\"s\":\"2026-02-18T09:00:00Z\","
			  "\"m\":\"2026-02-18T09:00:00.123Z\"}");
	buf_fini(&b);
}

static void
check_real(double v, const char *want)
{
	struct buf b;
	struct jsonw *w;

	buf_init(&b, 100);
	w = jsonw_new_buf(&b, false);
	jsonw_real(w, v);
	assert_true(jsonw_done(w));
	if (want)
		assert_text_equal(buf_text(&b), want);
	else
		assert_true(strtod(buf_text(&b), NULL) == v);
	buf_fini(&b);
}

static void
test_reals(void **state)
{
	struct dice dice = dice_new(17);

	(void)state;
	check_real(0, "0");
	check_real(-0.0, "-0");
	check_real(0.1, "0.1");
	check_real(0.12, "0.12");
	check_real(1.0 / 3, "0.3333333333333333");
	check_real(0.1 + 0.2, "0.30000000000000004");
	check_real(1e300, "1e+300");
	check_real(5e-324, NULL);
	check_real(0x1.fffffffffffffp1023, NULL);
	check_real(1e308 * 10, "null");
	check_real(-1e308 * 10, "null");
	check_real(1e308 * 10 - 1e308 * 10, "null");
	for (int i = 0; i < rounds(5000); i++) {
		uint64_t bits = dice_roll(&dice);
		double v;

		memcpy(&v, &bits, sizeof(v));
		if (v - v == 0)
			check_real(v, NULL);
	}
}

static void
test_text_is_repaired(void **state)
{
	struct buf b;
	struct jsonw *w;

	(void)state;
	buf_init(&b, 1000);
	w = jsonw_new_buf(&b, false);
	jsonw_array(w);
	jsonw_text(w, "a\xff\xc3\xa9\xc3");
	jsonw_textn(w, "x\0y", 3);
	jsonw_text(w, "/\x7f\x1b");
	jsonw_end_array(w);
	assert_true(jsonw_done(w));
	assert_text_equal(buf_text(&b),
			  "[\"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\","
			  "\"x\\u0000y\",\"/\x7f\\u001B\"]");
	buf_fini(&b);
}

static void
test_trees_come_back(void **state)
{
	static const char text[] =
		"{\"a\":[1,2.50,1e400,{\"b\":null}],\"\":\"\\u0001\\\"\","
		"\"t\":true,\"e\":{},\"n\":123456789012345678901}";
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	const struct tree *t = json_parse(a, text, strlen(text), &err);
	struct buf b;
	struct jsonw *w;

	(void)state;
	assert_ok(t != NULL, &err);
	buf_init(&b, 1000);
	w = jsonw_new_buf(&b, false);
	jsonw_tree(w, t);
	assert_true(jsonw_done(w));
	assert_text_equal(buf_text(&b), text);
	buf_fini(&b);
	arena_free(a);
}

static bool
refuse_late(void *ctx, const char *bytes, size_t len)
{
	size_t *left = ctx;

	(void)bytes;
	if (len > *left)
		return false;
	*left -= len;
	return true;
}

static void
test_failures_are_reported_once_at_the_end(void **state)
{
	size_t left = 10;
	struct jsonw *w = jsonw_new(refuse_late, &left, false);
	struct buf b;

	(void)state;
	jsonw_array(w);
	for (int i = 0; i < 100; i++)
		jsonw_text(w, "text");
	jsonw_end_array(w);
	assert_false(jsonw_done(w));

	buf_init(&b, 1000);
	w = jsonw_new_buf(&b, false); /* nothing written */
	assert_false(jsonw_done(w));
	w = jsonw_new_buf(&b, false); /* not closed */
	jsonw_array(w);
	assert_false(jsonw_done(w));
	w = jsonw_new_buf(&b, false); /* a value where a name belongs */
	jsonw_object(w);
	jsonw_int(w, 1);
	jsonw_end_object(w);
	assert_false(jsonw_done(w));
	w = jsonw_new_buf(&b, false); /* a name without a value */
	jsonw_object(w);
	jsonw_key(w, "k");
	jsonw_end_object(w);
	assert_false(jsonw_done(w));
	w = jsonw_new_buf(&b, false); /* two documents */
	jsonw_int(w, 1);
	jsonw_int(w, 2);
	assert_false(jsonw_done(w));
	w = jsonw_new_buf(&b, false); /* the wrong end */
	jsonw_object(w);
	jsonw_end_array(w);
	assert_false(jsonw_done(w));
	w = jsonw_new_buf(&b, false); /* one end too many */
	jsonw_array(w);
	jsonw_end_array(w);
	jsonw_end_array(w);
	assert_false(jsonw_done(w));
	w = jsonw_new_buf(&b, false); /* deeper than can be read back */
	for (int i = 0; i < 500; i++)
		jsonw_array(w);
	for (int i = 0; i < 500; i++)
		jsonw_end_array(w);
	assert_false(jsonw_done(w));
	buf_fini(&b);
}

SUITE(json_write,
	TEST(test_compact_and_pretty),
	TEST(test_optional_members),
	TEST(test_reals),
	TEST(test_text_is_repaired),
	TEST(test_trees_come_back),
	TEST(test_failures_are_reported_once_at_the_end));
