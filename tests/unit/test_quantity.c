/*
 * Quantities, against facts of the upstream package's tests.
 */
#include "backend/base/quantity.h"
#include "tests/unit/check.h"

static void
test_upstream_facts(void **state)
{
	static const struct {
		const char *text;
		int64_t units, milli; /* -1: overflows */
	} rows[] = {
		{ "0", 0, 0 }, { "0n", 0, 0 }, { "0Ki", 0, 0 },
		{ "00", 0, 0 }, { "-0", 0, 0 }, { "0.0", 0, 0 },
		{ "0.", 0, 0 }, { "1.", 1, 1000 }, { ".5", 1, 500 },
		{ "1", 1, 1000 }, { "+1", 1, 1000 }, { "007", 7, 7000 },
		/* Rounding up, at the unit asked for. */
		{ "1n", 1, 1 }, { "1u", 1, 1 }, { "1m", 1, 1 },
		{ "999999n", 1, 1 }, { "1000001n", 1, 2 },
		{ "100m", 1, 100 }, { "250m", 1, 250 }, { "1000m", 1, 1000 },
		{ "1001m", 2, 1001 }, { "1500m", 2, 1500 },
		{ "0.1", 1, 100 }, { "0.0001", 1, 1 },
		{ "1.23456789", 2, 1235 }, { "12.34", 13, 12340 },
		{ "1.0000000001", 2, 1001 }, { "4.5", 5, 4500 },
		/* Away from zero. */
		{ "-1m", -1, -1 }, { "-1500m", -2, -1500 },
		{ "-1.0001", -2, -1001 }, { "-5", -5, -5000 },
		{ "-1Ki", -1024, -1024000 },
		/* Decimal and binary suffixes. */
		{ "1k", 1000, 1000000 }, { "1M", 1000000, 1000000000 },
		{ "1G", 1000000000, INT64_C(1000000000000) },
		{ "1T", INT64_C(1000000000000), INT64_C(1000000000000000) },
		{ "1P", INT64_C(1000000000000000),
		  INT64_C(1000000000000000000) },
		{ "1E", INT64_C(1000000000000000000), -1 },
		{ "1Ki", 1024, 1024000 }, { "1Mi", 1048576, 1048576000 },
		{ "1Gi", 1073741824, INT64_C(1073741824000) },
		{ "1Ti", INT64_C(1) << 40, (INT64_C(1) << 40) * 1000 },
		{ "1Pi", INT64_C(1) << 50, (INT64_C(1) << 50) * 1000 },
		{ "1Ei", INT64_C(1) << 60, -1 },
		{ "1.5Gi", 1610612736, INT64_C(1610612736000) },
		{ "0.5Mi", 524288, 524288000 }, { "0.05Gi", 53687092,
		  INT64_C(53687091200) },
		{ "1.1Ki", 1127, 1126400 }, { "0.0001Ki", 1, 103 },
		{ "7.99Ei", INT64_C(9211842821808707339), -1 },
		/* Exponents. */
		{ "1e3", 1000, 1000000 }, { "1E3", 1000, 1000000 },
		{ "1e0", 1, 1000 }, { "1e+3", 1000, 1000000 },
		{ "2.5e3", 2500, 2500000 }, { "1e-3", 1, 1 },
		{ "12e-4", 1, 2 }, { "1E-3", 1, 1 }, { "1e-400", 1, 1 },
		{ "0e400", 0, 0 }, { "0e99999999999999999999", 0, 0 },
		{ "1e18", INT64_C(1000000000000000000), -1 },
		{ "100e-2", 1, 1000 }, { "0.001e3", 1, 1000 },
		/* The edge of int64. */
		{ "9223372036854775807", INT64_MAX, -1 },
		{ "9223372036854775.807", INT64_C(9223372036854776),
		  INT64_MAX },
		{ "-9223372036854775807", -INT64_MAX, -1 },
		{ "9007199254740993", INT64_C(9007199254740993),
		  INT64_C(9007199254740993000) },
		{ "0.000000000000000000000000000000000001", 1, 1 },
		{ "100000000000000000000e-20", 1, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *t = rows[i].text;
		int64_t units = 0, milli = 0;

		if (!quantity_parse_units(t, strlen(t), &units) ||
		    units != rows[i].units)
			fail_msg("%s: %lld units", t, (long long)units);
		if (!quantity_parse_milli(t, strlen(t), &milli))
			milli = -1;
		if (milli != rows[i].milli)
			fail_msg("%s: %lld milli", t, (long long)milli);
	}
}

static void
test_refused(void **state)
{
	static const char *const rows[] = {
		/* Upstream's invalid table. */
		"1.1.M", "1+1.0M", "0.1mi", "0.1am", "aoeu", ".5i", "1i",
		"-3.01i", "-3.01e-", " 1", "1 ", "",
		/* Ours. */
		"-", "+", ".", "-.", "e3", "1e", "1e+", "1ee3", "1e3.5",
		"1e3m", "1mm", "1ki", "1K", "1KI", "1m1", "--1", "+-1", "1_0",
		"0x10", "1,5", "1\n", "Ki", "1Kii", "inf", "nan", "1.5.5",
		/* Overflows are errors, never a wrong sum. */
		"9223372036854775808", "-9223372036854775809", "10E", "8Ei",
		"1e19", "1e400", "123456789012345678901234567890Ki",
		"9999999999999999999999", "1e99999999999999999999",
	};
	int64_t v = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (quantity_parse_units(rows[i], strlen(rows[i]), &v))
			fail_msg("accepted \"%s\" as %lld", rows[i],
				 (long long)v);
	assert_int_equal(v, 77);
	/* The length rules, not a NUL. */
	assert_true(quantity_parse_units("12Mi", 2, &v));
	assert_int_equal(v, 12);
	assert_false(quantity_parse_units("1\0", 2, &v));
}

static void
test_formats(void **state)
{
	static const struct {
		int64_t v;
		const char *mcpu, *bytes;
	} rows[] = {
		{ 0, "0", "0" },
		{ 1, "1m", "1" },
		{ 250, "250m", "250" },
		{ 1000, "1", "1k" }, /* upstream: under 1Ki goes decimal */
		{ 1500, "1500m", "1500" },
		{ 2000000, "2k", "2000000" },
		{ 1024, "1024m", "1Ki" },
		{ 1536, "1536m", "1536" },
		{ -1024, "-1024m", "-1Ki" },
		{ INT64_C(1610612736), "1610612736m", "1536Mi" },
		{ INT64_C(1) << 60, "1152921504606846976m", "1Ei" },
		{ INT64_MAX, "9223372036854775807m", "9223372036854775807" },
	};
	struct dice dice = dice_new(8);
	char text[QUANTITY_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_text_equal(quantity_format_mcpu(rows[i].v, text),
				  rows[i].mcpu);
		assert_text_equal(quantity_format_bytes(rows[i].v, text),
				  rows[i].bytes);
	}
	for (int i = 0; i < rounds(5000); i++) {
		int64_t v = (int64_t)(dice_roll(&dice) >>
				      (1 + dice_below(&dice, 62)));
		int64_t back = -1;

		v = i % 2 ? -v : v;
		v -= i % 3 ? 0 : v % 1000000;
		quantity_format_mcpu(v, text);
		assert_true(quantity_parse_milli(text, strlen(text), &back));
		assert_true(back == v);
		quantity_format_bytes(v, text);
		assert_true(quantity_parse_units(text, strlen(text), &back));
		assert_true(back == v);
	}
}

static void
test_for_people(void **state)
{
	static const struct {
		int64_t v;
		const char *bytes, *mcpu;
	} rows[] = {
		{ 0, "0", "0" },
		{ 5, "5", "0.005" },
		{ 250, "250", "0.25" },
		{ 999, "999", "0.999" },
		{ 1000, "1Ki", "1" },
		{ 1024, "1Ki", "1.02" },
		{ 1930, "1.9Ki", "1.93" },
		{ 3500, "3.4Ki", "3.5" },
		{ 9996, "9.8Ki", "10" },
		{ 12345, "12.1Ki", "12.3" },
		{ 99960, "97.6Ki", "100" },
		{ 432013312, "412Mi", "432k" },
		{ 1610612736, "1.5Gi", "1611k" },
		{ INT64_C(1048524), "1Mi", "1049" },
		{ -1610612736, "-1.5Gi", "-1611k" },
	};
	struct dice dice = dice_new(6);
	char text[QUANTITY_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_text_equal(bytes_human(rows[i].v, text),
				  rows[i].bytes);
		assert_text_equal(mcpu_human(rows[i].v, text), rows[i].mcpu);
	}
	for (int i = 0; i < rounds(20000); i++) {
		int64_t v = (int64_t)(dice_roll(&dice) >>
				      (1 + dice_below(&dice, 62)));

		assert_in_range(strlen(bytes_human(v, text)), 1, 6);
		if (v < INT64_C(99999499999))
			assert_in_range(strlen(mcpu_human(v, text)), 1, 6);
	}
	bytes_human(INT64_MIN, text);
	mcpu_human(INT64_MIN, text);
}

static void
test_add_checked(void **state)
{
	int64_t sum = INT64_MAX - 1;

	(void)state;
	assert_true(add_checked(&sum, 1));
	assert_false(add_checked(&sum, 1));
	assert_true(sum == INT64_MAX);
	assert_true(add_checked(&sum, -INT64_MAX));
	assert_int_equal(sum, 0);
}

SUITE(quantity,
	TEST(test_upstream_facts),
	TEST(test_refused),
	TEST(test_formats),
	TEST(test_for_people),
	TEST(test_add_checked));
