/*
 * Growing text: ceilings are sticky, escapes are right.
 */
#include <stdlib.h>

#include "backend/base/buf.h"
#include "tests/unit/check.h"

static void
test_appends(void **state)
{
	struct buf b;
	size_t len;
	char *text;

	(void)state;
	buf_init(&b, 1000);
	assert_text_equal(buf_text(&b), "");
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_printf(&b, "-%03d-%s", 7, "xyz");
	buf_add(&b, NULL, 0);
	assert_text_equal(buf_text(&b), "abc-007-xyz");
	buf_consume(&b, 4);
	assert_text_equal(buf_text(&b), "007-xyz");
	buf_consume(&b, 0);
	text = buf_take(&b, &len);
	assert_text_equal(text, "007-xyz");
	assert_int_equal(len, 7);
	free(text);
	assert_text_equal(buf_text(&b), "");
	text = buf_take(&b, NULL);
	assert_text_equal(text, "");
	free(text);
	buf_fini(&b);
}

static void
test_printf_longer_than_the_room(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	for (int i = 0; i < 300; i++)
		buf_printf(&b, "%0*d", i, 1);
	assert_int_equal(b.len, 1 + 299 * 300 / 2);
	assert_int_equal(strlen(buf_text(&b)), b.len);
	buf_fini(&b);
}

/* Every kind of append at every distance from the ceiling. */
static void
test_ceiling_is_exact_and_sticky(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 12; limit++) {
		struct buf b;

		buf_init(&b, limit);
		for (size_t i = 0; i < limit; i++)
			buf_putc(&b, 'x');
		assert_true(buf_ok(&b));
		assert_int_equal(b.len, limit);
		buf_printf(&b, "%s", "y");
		assert_false(buf_ok(&b));
		assert_int_equal(strlen(buf_text(&b)), limit);
		buf_puts(&b, "");
		assert_false(buf_ok(&b));
		buf_reset(&b);
		assert_true(buf_ok(&b));
		buf_printf(&b, "%*s", (int)limit, "");
		assert_true(buf_ok(&b));
		assert_int_equal(b.len, limit);
		buf_reset(&b);
		buf_printf(&b, "%*s", (int)limit + 1, "");
		assert_false(buf_ok(&b));
		assert_int_equal(b.len, 0);
		assert_text_equal(buf_text(&b), "");
		buf_fini(&b);
	}
}

static void
check_json(const char *text, size_t len, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_json_string(&b, text, len);
	assert_text_equal(buf_text(&b), want);
	buf_fini(&b);
}

static void
test_json_string(void **state)
{
	(void)state;
	check_json("", 0, "\"\"");
	check_json("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
	check_json("\b\t\n\f\r\v\x1f\x7f", 8,
		   "\"\\b\\t\\n\\f\\r\\u000b\\u001f\\u007f\"");
	check_json("a\0b", 3, "\"a\\u0000b\"");
	check_json("\xc3\xa9\xf0\x9f\x90\x8e", 6,
		   "\"\xc3\xa9\xf0\x9f\x90\x8e\"");
	check_json("x\xff\xc3", 3, "\"x\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void
test_percent(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_percent(&b, "aZ0-_.~ /%+\xc3\xa9", 13, false);
	buf_putc(&b, '|');
	buf_percent(&b, "a/b c", 5, true);
	assert_text_equal(buf_text(&b), "aZ0-_.~%20%2F%25%2B%C3%A9|a/b%20c");
	buf_fini(&b);
}

/* limit + 1 once wrapped to 0 and the buffer was one byte long. */
static void
test_no_limit_is_a_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "line %d\n", i);
	buf_puts(&b, "end");
	assert_true(buf_ok(&b));
	assert_int_equal(b.len, 8893);
	assert_string_equal(b.at + b.len - 3, "end");
	buf_fini(&b);
}

SUITE(buf,
	TEST(test_appends),
	TEST(test_printf_longer_than_the_room),
	TEST(test_ceiling_is_exact_and_sticky),
	TEST(test_json_string),
	TEST(test_percent),
	TEST(test_no_limit_is_a_limit));
