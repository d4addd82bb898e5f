/*
 * Times and durations, against what Go and the RFCs say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "backend/base/clock.h"
#include "tests/unit/check.h"

static void
test_rfc3339_good(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-02-18T09:00:00Z", INT64_C(1771405200000) },
		/* Kubernetes MicroTime, and any number of digits. */
		{ "2026-02-18T09:00:00.123456Z", INT64_C(1771405200123) },
		{ "2026-02-18T09:00:00.1Z", INT64_C(1771405200100) },
		{ "2026-02-18T09:00:00.999999999999Z",
		  INT64_C(1771405200999) },
		{ "2026-02-18T09:00:00.0009Z", INT64_C(1771405200000) },
		{ "2026-02-18T10:30:00+01:30", INT64_C(1771405200000) },
		{ "2026-02-17T22:00:00-11:00", INT64_C(1771405200000) },
		{ "2026-02-18t09:00:00z", INT64_C(1771405200000) },
		{ "2026-02-18T09:00:00-00:00", INT64_C(1771405200000) },
		/* Leap days and seconds. */
		{ "2000-02-29T00:00:00Z", INT64_C(951782400000) },
		{ "2024-02-29T23:59:59Z", INT64_C(1709251199000) },
		{ "2016-12-31T23:59:60Z", INT64_C(1483228800000) },
		{ "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
		{ "1969-12-31T23:59:59Z", -1000 },
		/* Go's zero time means "not set". */
		{ "0001-01-01T00:00:00Z", 0 },
		{ "0001-01-01T01:00:00+01:00", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = -1;

		if (!time_parse_rfc3339(rows[i].text, strlen(rows[i].text),
					&ms) ||
		    ms != rows[i].ms)
			fail_msg("%s: %lld, wanted %lld", rows[i].text,
				 (long long)ms, (long long)rows[i].ms);
	}
}

static void
test_rfc3339_bad(void **state)
{
	static const char *const rows[] = {
		"", "2026", "2026-02-18", "2026-02-18T09:00:00",
		"2026-02-18T09:00Z", "2026-02-18 09:00:00Z",
		"2026-2-18T09:00:00Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-02-00T00:00:00Z",
		"2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z", "2026-02-18T24:00:00Z",
		"2026-02-18T09:60:00Z", "2026-02-18T09:00:61Z",
		"2026-02-18T09:00:00.Z", "2026-02-18T09:00:00.1",
		"2026-02-18T09:00:00,1Z", "2026-02-18T09:00:00+1:00",
		"2026-02-18T09:00:00+0100", "2026-02-18T09:00:00+24:00",
		"2026-02-18T09:00:00+01:60", "2026-02-18T09:00:00Zx",
		"2026-02-18T09:00:00ZZ", " 2026-02-18T09:00:00Z",
		"-026-02-18T09:00:00Z", "2026-02-18T+9:00:00Z",
		"12026-02-18T09:00:00Z",
	};
	int64_t ms = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (time_parse_rfc3339(rows[i], strlen(rows[i]), &ms))
			fail_msg("accepted %s", rows[i]);
	assert_int_equal(ms, 77);
	/* The length rules, not a NUL. */
	assert_false(time_parse_rfc3339("2026-02-18T09:00:00Z", 19, &ms));
	assert_true(time_parse_rfc3339("2026-02-18T09:00:00Zjunk", 20, &ms));
}

static void
test_time_round_trip_and_libc_agree(void **state)
{
	struct dice dice = dice_new(99);
	char text[TIME_TEXT], libc[TIME_TEXT];

	(void)state;
	for (int i = 0; i < rounds(20000); i++) {
		int64_t s = (int64_t)(dice_roll(&dice) % 250000000000u);
		int64_t ms, back = 0;
		time_t at;
		struct tm tm;

		if (i % 2)
			s = -(s % 62135596800); /* down to year 1 */
		ms = s * 1000 + dice_below(&dice, 1000);
		at = (time_t)s;
		if (ms == INT64_C(-62135596800000))
			continue;
		time_format(ms, true, text);
		assert_true(time_parse_rfc3339(text, strlen(text), &back));
		assert_true(back == ms);
		assert_non_null(gmtime_r(&at, &tm));
		snprintf(libc, sizeof(libc), "%04d-%02d-%02dT%02d:%02d:%02dZ",
			 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			 tm.tm_hour, tm.tm_min, tm.tm_sec);
		assert_text_equal(time_format(ms, false, text), libc);
	}
}

static void
test_other_formats(void **state)
{
	char text[TIME_TEXT];
	int64_t ms = INT64_C(1771405200007);

	(void)state;
	assert_text_equal(time_format(ms, true, text),
			  "2026-02-18T09:00:00.007Z");
	assert_text_equal(time_format_amz(ms, text), "20260218T090000Z");
	assert_text_equal(time_format_hms(ms, text), "09:00:00");
	assert_text_equal(time_format_http(ms, text),
			  "Wed, 18 Feb 2026 09:00:00 GMT");
	assert_text_equal(time_format_http(INT64_C(784111777000), text),
			  "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_text_equal(time_format_http(-1000, text),
			  "Wed, 31 Dec 1969 23:59:59 GMT");
	setenv("TZ", "IST-5:30", 1);
	tzset();
	assert_text_equal(time_format_local(ms, text), "14:30+05:30");
	setenv("TZ", "XXX4", 1);
	tzset();
	assert_text_equal(time_format_local(ms, text), "05:00-04");
	setenv("TZ", "UTC", 1);
	tzset();
	assert_text_equal(time_format_local(ms, text), "09:00+00");
	/* No value may overrun the array. */
	time_format(INT64_MAX, true, text);
	time_format(INT64_MIN, true, text);
	time_format_local(INT64_MIN, text);
}

static void
test_http_dates(void **state)
{
	static const char *const bad[] = {
		"", "Sun", "Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 94 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nox 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
	};
	int64_t ms;

	(void)state;
	assert_true(time_parse_http("Sun, 06 Nov 1994 08:49:37 GMT", &ms));
	assert_true(ms == INT64_C(784111777000));
	assert_true(time_parse_http("Wed, 18 Feb 2026 09:00:00 GMT", &ms));
	assert_true(ms == INT64_C(1771405200000));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (time_parse_http(bad[i], &ms))
			fail_msg("accepted %s", bad[i]);
}

static void
test_duration_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		/* Go's own table (time_test.go), in milliseconds. */
		{ "0", 0 }, { "5s", 5000 }, { "30s", 30000 },
		{ "1478s", 1478000 }, { "-5s", -5000 }, { "+5s", 5000 },
		{ "-0", 0 }, { "+0", 0 }, { "5.0s", 5000 }, { "5.6s", 5600 },
		{ "5.s", 5000 }, { ".5s", 500 }, { "1.0s", 1000 },
		{ "1.00s", 1000 }, { "1.004s", 1004 }, { "1.0040s", 1004 },
		{ "100.00100s", 100001 }, { "13ms", 13 }, { "14s", 14000 },
		{ "15m", 900000 }, { "16h", 57600000 }, { "3h30m", 12600000 },
		{ "10.5s4m", 250500 }, { "-2m3.4s", -123400 },
		{ "1h2m3s4ms5us6ns", 3723004 },
		{ "39h9m14.425s", 140954425 },
		{ "52763797000ns", 52763 },
		{ "0.3333333333333333333h", 1200000 },
		{ "9007199254740993ns", INT64_C(9007199254) },
		{ "9223372036854775807ns", INT64_C(9223372036854) },
		{ "9223372036854775.807us", INT64_C(9223372036854) },
		{ "9223372036s854ms775us807ns", INT64_C(9223372036854) },
		{ "-9223372036854775808ns", INT64_C(-9223372036854) },
		{ "0.100000000000000000000h", 360000 },
		{ "0.830103483285477580700h", 2988372 },
		{ "10m", 600000 }, { "300ms", 300 }, { "-1.5s", -1500 },
		{ "1500\xc2\xb5s", 1 }, { "1500\xce\xbcs", 1 },
		{ "1h1h", 7200000 },
	};
	static const char *const bad[] = {
		"", "3", "-", "s", ".", "-.", ".s", "+.s", "1d", " 5s", "5s ",
		"5 s", "5S", "1h30", "--5s", "3000000h",
		"9223372036854775808ns", "9223372036854775.808us",
		"-9223372036854775809ns", "1e3s", "0x1s", "5m\n", "\x85\x85",
		"9223372036854ms775us808ns",
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ms = -77;
		if (!duration_parse(rows[i].text, &ms) || ms != rows[i].ms)
			fail_msg("%s: %lld", rows[i].text, (long long)ms);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (duration_parse(bad[i], &ms))
			fail_msg("accepted \"%s\"", bad[i]);
}

static void
test_duration_format(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "0s" }, { 1, "1ms" }, { 999, "999ms" }, { 1000, "1s" },
		{ 1500, "1.5s" }, { 2200, "2.2s" }, { 1001, "1.001s" },
		{ 60000, "1m0s" }, { 600000, "10m0s" }, { 3600000, "1h0m0s" },
		{ 300001, "5m0.001s" }, { 18367001, "5h6m7.001s" },
		{ 86400000, "24h0m0s" }, { -1500, "-1.5s" },
		{ -600000, "-10m0s" }, { -7, "-7ms" },
	};
	struct dice dice = dice_new(5);
	char text[TIME_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_text_equal(duration_format(rows[i].ms, text),
				  rows[i].text);
	for (int i = 0; i < rounds(5000); i++) {
		int64_t ms = (int64_t)(dice_roll(&dice) % 9223372036854u);
		int64_t back = -1;

		ms >>= dice_below(&dice, 40);
		ms = i % 2 ? -ms : ms;
		assert_true(duration_parse(duration_format(ms, text), &back));
		assert_true(back == ms);
	}
	duration_format(INT64_MIN, text);
	assert_true(strlen(text) < TIME_TEXT);
}

static void
test_age_format(void **state)
{
	static const int64_t s = 1000, m = 60 * 1000, h = 3600 * 1000,
			     d = 86400 * 1000;
	const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ -5 * s, "0s" }, { 0, "0s" }, { 999, "0s" }, { 3 * s, "3s" },
		{ m - 1, "59s" }, { m, "1m" }, { 22 * m, "22m" },
		{ h - 1, "59m" }, { h, "1h00" }, { h + 4 * m, "1h04" },
		{ 23 * h + 59 * m, "23h59" }, { d, "1d" },
		{ 2 * d + 3 * h, "2d3h" }, { 9 * d + 23 * h, "9d23h" },
		{ 10 * d + 5 * h, "10d" }, { 41 * d, "41d" },
		{ 99999 * d, "99999d" }, { 100000 * d, ">273y" },
		{ INT64_MAX, ">273y" }, { INT64_MIN, "0s" },
	};
	struct dice dice = dice_new(3);
	char text[TIME_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_text_equal(age_format(rows[i].ms, text), rows[i].text);
	for (int i = 0; i < rounds(5000); i++) {
		int64_t ms = (int64_t)(dice_roll(&dice) >>
				       (1 + dice_below(&dice, 60)));

		assert_in_range(strlen(age_format(ms, text)), 2, 6);
	}
}

static int64_t
fixed_clock(void *ctx)
{
	return *(int64_t *)ctx;
}

static void
test_clocks(void **state)
{
	int64_t now = 42;
	struct clockwork hand = { fixed_clock, fixed_clock, &now };
	struct world_clock w = { .world_ms = 1000000, .boot_ms = 500,
				 .speed_milli = 1000 };
	int64_t a = clock_boot_ms(&clock_system);

	(void)state;
	assert_true(clock_boot_ms(&clock_system) >= a);
	/* Later than this was written, earlier than the year 3000. */
	assert_true(clock_wall_ms(&clock_system) > INT64_C(1767225600000));
	assert_true(clock_wall_ms(&clock_system) < INT64_C(32503680000000));
	assert_int_equal(clock_wall_ms(&hand), 42);
	now = 43;
	assert_int_equal(clock_boot_ms(&hand), 43);

	assert_int_equal(world_clock_at(&w, 500), 1000000);
	assert_int_equal(world_clock_at(&w, 1500), 1001000);
	assert_int_equal(world_clock_at(&w, 400), 1000000);
	w.speed_milli = 0;
	assert_int_equal(world_clock_at(&w, 99999), 1000000);
	w.speed_milli = 60500;
	assert_int_equal(world_clock_at(&w, 1502), 1000000 + 60621);
	/* A year at a thousand times the speed does not overflow. */
	w.speed_milli = 1000000;
	assert_true(world_clock_at(&w, 500 + INT64_C(31536000000)) ==
		    1000000 + INT64_C(31536000000000));
}

SUITE(clock,
	TEST(test_rfc3339_good),
	TEST(test_rfc3339_bad),
	TEST(test_time_round_trip_and_libc_agree),
	TEST(test_other_formats),
	TEST(test_http_dates),
	TEST(test_duration_parse),
	TEST(test_duration_format),
	TEST(test_age_format),
	TEST(test_clocks));
