/*
 * Safe text: every class that design 8 rule 10 names, and widths.
 */
#include <stdio.h>
#include <wchar.h>

#include "backend/base/text.h"
#include "tests/unit/check.h"

#define R "\xef\xbf\xbd"

static void
check_clean(const char *text, size_t len, enum text_keep keep,
	    const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	text_clean(&b, text, len, keep);
	assert_text_equal(buf_text(&b), want);
	assert_int_equal(text_is_clean(text, len, keep),
			 strlen(want) == len && !memcmp(text, want, len));
	/* What was cleaned is clean: a second pass changes nothing. */
	assert_true(text_is_clean(b.at ? b.at : "", b.len, keep));
	buf_fini(&b);
}

static void
test_rule_10(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "plain ~ text", "plain ~ text" },
		{ "caf\xc3\xa9 \xe6\x97\xa5\xf0\x9f\x90\x8e",
		  "caf\xc3\xa9 \xe6\x97\xa5\xf0\x9f\x90\x8e" },
		/* C0 and DEL: escapes of every kind start with these. */
		{ "\x1b[2J", R "[2J" },
		{ "\x1b]8;;http://x\x07", R "]8;;http://x" R },
		{ "a\bb\rc\vd\fe\x7f", "a" R "b" R "c" R "d" R "e" R },
		{ "one\ntwo\tthree", "one" R "two" R "three" },
		/* C1, of which U+009B starts a control sequence. */
		{ "\xc2\x9b" "31m", R "31m" },
		{ "\xc2\x80\xc2\x9f\xc2\xa0", R R "\xc2\xa0" },
		/* Raw C1 bytes are invalid UTF-8. */
		{ "\x9b" "31m", R "31m" },
		/* Invalid: stray, cut, overlong, surrogate, too large. */
		{ "\xff\xfe", R R },
		{ "a\xc3", "a" R },
		{ "\xe2\x82", R R },
		{ "\xc0\xaf", R R },
		{ "\xe0\x80\xaf", R R R },
		{ "\xed\xa0\x80", R R R },
		{ "\xf4\x90\x80\x80", R R R R },
		{ "\xf8\x88\x80\x80\x80", R R R R R },
		/* Line and paragraph separators. */
		{ "\xe2\x80\xa8\xe2\x80\xa9", R R },
		/* Bidi: marks, embeddings, overrides, isolates. */
		{ "\xe2\x80\x8e\xe2\x80\x8f", R R },
		{ "\xe2\x80\xaa\xe2\x80\xae", R R },
		{ "\xe2\x81\xa6\xe2\x81\xa9", R R },
		{ "\xd8\x9c", R },
		/* Other format characters. */
		{ "\xc2\xad", R },	   /* soft hyphen */
		{ "\xe2\x80\x8b", R },	   /* zero width space */
		{ "\xe2\x80\x8d", R },	   /* zero width joiner */
		{ "\xe2\x81\xa0", R },	   /* word joiner */
		{ "\xef\xbb\xbf", R },	   /* byte order mark */
		{ "\xef\xbf\xb9", R },	   /* interlinear annotation */
		{ "\xf3\xa0\x80\xa1", R }, /* tag character */
		{ "\xe1\xa0\x8e", R },	   /* Mongolian vowel separator */
		/* Noncharacters. */
		{ "\xef\xb7\x90\xef\xbf\xbe\xf0\x9f\xbf\xbf", R R R },
		/* U+FFFD itself, Arabic and combining marks are text. */
		{ R, R },
		{ "\xd8\xb9\xd8\xb1", "\xd8\xb9\xd8\xb1" },
		{ "e\xcc\x81", "e\xcc\x81" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_clean(rows[i].text, strlen(rows[i].text), TEXT_ONE_LINE,
			    rows[i].want);
	check_clean("a\0b", 3, TEXT_ONE_LINE, "a" R "b");
	check_clean("a\nb\tc\rd", 7, TEXT_LINES, "a\nb\tc" R "d");
}

/* Each code point: cleaned exactly when unsafe, and UTF-8 round trips. */
static void
test_every_code_point(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		char bytes[4];
		size_t n = utf8_encode(code, bytes);
		uint32_t back;
		bool surrogate = code >= 0xd800 && code <= 0xdfff;

		assert_int_equal(utf8_decode(bytes, n, &back), n);
		assert_int_equal(back, surrogate ? 0xfffd : code);
		if (surrogate)
			continue;
		assert_int_equal(text_is_clean(bytes, n, TEXT_ONE_LINE),
				 !code_is_unsafe(code));
		/* What libc calls a control must not get through. */
		if (wcwidth((wchar_t)code) < 0 && code < 0x300)
			assert_true(code_is_unsafe(code));
	}
	assert_true(code_is_unsafe(0x110000));
}

static void
test_random_bytes_come_out_clean(void **state)
{
	struct dice dice = dice_new(12);
	char text[64], fixed[40];

	(void)state;
	for (int i = 0; i < rounds(20000); i++) {
		size_t len = dice_below(&dice, sizeof(text));
		struct buf b;

		for (size_t k = 0; k < len; k++)
			text[k] = (char)(dice_below(&dice, 3)
						 ? dice_roll(&dice) >> 40
						 : 0xe2);
		buf_init(&b, 3 * sizeof(text));
		text_clean(&b, text, len, TEXT_ONE_LINE);
		assert_true(buf_ok(&b));
		assert_true(text_is_clean(buf_text(&b), b.len,
					  TEXT_ONE_LINE));
		/* The fixed array holds a prefix, cut at a character. */
		text_clean_to(fixed, sizeof(fixed), text, len);
		assert_true(strncmp(fixed, buf_text(&b), strlen(fixed)) == 0);
		assert_true(text_is_clean(fixed, strlen(fixed),
					  TEXT_ONE_LINE));
		assert_true(b.len < sizeof(fixed)
				    ? strlen(fixed) == b.len
				    : strlen(fixed) >= sizeof(fixed) - 4);
		buf_fini(&b);
	}
}

static void
test_clean_to_cuts(void **state)
{
	char out[6];

	(void)state;
	assert_text_equal(text_clean_to(out, sizeof(out), "abcdefg", 7),
			  "abcde");
	assert_text_equal(text_clean_to(out, sizeof(out), "abc\xf0\x9f\x90\x8e",
					7), "abc");
	assert_text_equal(text_clean_to(out, sizeof(out), "ab\x01z", 4),
			  "ab" R);
	assert_text_equal(text_clean_to(out, 1, "ab", 2), "");
}

static void
test_width(void **state)
{
	static const char *const wide = "\xe6\x97\xa5\xe6\x9c\xac"; /* CJK */
	int used;

	(void)state;
	assert_int_equal(text_width("abc", 3), 3);
	assert_int_equal(text_width(wide, 6), 4);
	assert_int_equal(text_width("e\xcc\x81", 3), 1);
	assert_int_equal(text_width("\x1b\xff", 2), 2);
	assert_int_equal(text_width("", 0), 0);
	assert_int_equal(code_width(0x202e), 1);
	assert_int_equal(code_width(0x1fae8), 1 + (wcwidth(0x1fae8) == 2));

	/* A wide character that would straddle the edge stays out. */
	assert_int_equal(text_fit(wide, 6, 3, &used), 3);
	assert_int_equal(used, 2);
	assert_int_equal(text_fit(wide, 6, 4, &used), 6);
	assert_int_equal(used, 4);
	assert_int_equal(text_fit("abc", 3, 0, &used), 0);
	assert_int_equal(used, 0);
	/* A combining mark belongs to the cell before it. */
	assert_int_equal(text_fit("e\xcc\x81x", 4, 1, &used), 3);
	assert_int_equal(text_fit("abc", 3, 10, NULL), 3);
}

/* Where a text goes on on the next line. */
static void
test_break(void **state)
{
	static const char *const wide = "\xe6\x97\xa5\xe6\x9c\xac";

	(void)state;
	assert_int_equal(text_break("", 0, 5), 0);
	assert_int_equal(text_break("one two", 7, 7), 7);
	assert_int_equal(text_break("one two", 7, 6), 4);
	/* The blank in between ends the line it would not fit on. */
	assert_int_equal(text_break("one two", 7, 3), 4);
	/* Rather a word broken than half a line empty. */
	assert_int_equal(text_break("a bcdefghijkl", 13, 8), 8);
	assert_int_equal(text_break("abcdefgh", 8, 3), 3);
	/* Something always goes on. */
	assert_int_equal(text_break(wide, 6, 1), 3);
	assert_int_equal(text_break("ab", 2, 0), 1);
}

static void
test_contains(void **state)
{
	(void)state;
	assert_true(text_contains("Hello World", "lo w"));
	assert_true(text_contains("aab", "AB"));
	assert_true(text_contains("x", ""));
	assert_false(text_contains("", "x"));
	assert_false(text_contains("abc", "abcd"));
	/* Only ASCII letters fold: bytes of others compare exactly. */
	assert_false(text_contains("\xc3\xa9", "\xc3\x89"));
	assert_false(text_contains("[", "{"));
}

SUITE(text,
	TEST(test_rule_10),
	TEST(test_every_code_point),
	TEST(test_random_bytes_come_out_clean),
	TEST(test_clean_to_cuts),
	TEST(test_width),
	TEST(test_break),
	TEST(test_contains));
