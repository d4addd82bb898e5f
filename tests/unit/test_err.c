/*
 * Errors: exit codes of design 2.1, prefixes, cut sentences.
 */
#include "tests/unit/check.h"

static void
test_set_and_prefix(void **state)
{
	struct err err = { .code = ERR_NONE };

	(void)state;
	assert_false(err_set(&err, ERR_DENIED, "list %s: %d", "pods", 403));
	assert_false(err_prefix(&err, "%s line %d", "file", 3));
	assert_int_equal(err.code, ERR_DENIED);
	assert_text_equal(err.text, "file line 3: list pods: 403");
	assert_false(err_set(NULL, ERR_BAD, "x"));
	assert_false(err_prefix(NULL, "x"));
}

static void
test_long_sentences_are_cut_at_a_character(void **state)
{
	struct err err;
	char text[2 * sizeof(err.text)];

	(void)state;
	/* Two-byte characters at an odd offset: the cut would split one. */
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 3);
	for (int pad = 0; pad < 2; pad++) {
		err_set(&err, ERR_BAD, "%.*s%s", pad, "x", text);
		assert_int_equal((strlen(err.text) - (size_t)pad) % 2, 0);
		assert_true(strlen(err.text) >= sizeof(err.text) - 2);
		err_prefix(&err, "%.*s", pad, "y");
		assert_int_equal((unsigned char)
				 err.text[strlen(err.text) - 1], 0xa9);
	}
	err_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 2);
}

static void
test_codes(void **state)
{
	static const struct {
		enum err_code code;
		int exit_code;
	} rows[] = {
		{ ERR_NONE, 0 },	{ ERR_RETRY, 5 },
		{ ERR_LIMIT, 1 },	{ ERR_UNREACHABLE, 5 },
		{ ERR_AUTH, 4 },	{ ERR_DENIED, 4 },
		{ ERR_GONE, 1 },	{ ERR_CONFLICT, 1 },
		{ ERR_BAD, 1 },		{ ERR_CONFIG, 3 },
		{ ERR_USAGE, 2 },	{ ERR_REFUSED, 7 },
		{ ERR_PARTIAL, 6 },	{ ERR_IO, 1 },
		{ ERR_CANCELLED, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(rows[i].code, i);
		assert_int_equal(err_exit_code(rows[i].code),
				 rows[i].exit_code);
		assert_true(err_code_name(rows[i].code)[0] != '\0');
	}
	assert_text_equal(err_code_name(ERR_UNREACHABLE), "unreachable");
}

SUITE(err,
	TEST(test_set_and_prefix),
	TEST(test_long_sentences_are_cut_at_a_character),
	TEST(test_codes));
