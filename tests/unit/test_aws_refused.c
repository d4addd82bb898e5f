/*
 * Refused keys, clocks that are off, secrets, and writes: against a scripted
 * endpoint.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "tests/unit/aws_bench.h"
#include "tests/unit/check.h"

#define HOUR_MS INT64_C(3600000)

/* ---- answers ---- */

ANSWER(throttled)
{
	(void)q;
	aws_kit_fault(c, 400, NULL, "Throttling", "Rate exceeded");
}

ANSWER(reset_in_the_middle)
{
	(void)q;
	fake_stream(c, 200, NULL);
	fake_send(c, "<DescribeAutoScalingGroupsResponse>");
	fake_close(c);
}

ANSWER(broken_inside)
{
	(void)q;
	aws_kit_fault(c, 500, NULL, "ResourceContention", "busy");
}

ANSWER(expired)
{
	(void)q;
	aws_kit_fault(c, 403, NULL, "ExpiredToken",
		      "The security token included in the request is expired");
}

ANSWER(skewed)
{
	(void)q;
	/* The kit's clock says 09:00 of that day. */
	aws_kit_fault(c, 403, "Date: Wed, 18 Feb 2026 10:00:00 GMT\r\n",
		      "SignatureDoesNotMatch",
		      "Signature expired: 20260218T090000Z is now earlier "
		      "than 20260218T095500Z");
}

/* AWS repeats what was signed, with the token in it. */
ANSWER(repeats_the_token)
{
	char *text = xasprintf(
		"The request signature we calculated does not match the "
		"signature you provided.\n\nThe Canonical String for this "
		"request should have been\n'POST\n/\n\nx-amz-security-token:"
		"%s\n", fake_header(q, "X-Amz-Security-Token"));

	aws_kit_fault(c, 403, NULL, "SignatureDoesNotMatch", text);
	free(text);
}

ANSWER(repeats_the_token_otherwise)
{
	char *text = xasprintf("token %s is bad",
			       fake_header(q, "X-Amz-Security-Token"));

	aws_kit_fault(c, 403, NULL, "InvalidClientTokenId", text);
	free(text);
}

/* ---- keys and clock ---- */

static void
test_expired_and_unchanged(void **state)
{
	static const answer_fn script[] = { expired, NULL };

	(void)state;
	aws_bench_expect(script, ERR_AUTH, "refuses the credentials from "
			 "environment: ExpiredToken", 1);
}

static void
test_expired_and_renewed(void **state)
{
	static const answer_fn script[] = { aws_bench_good, expired,
					    aws_bench_good, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	setenv("AWS_SESSION_TOKEN", "first", 1);
	aws_bench_run(&b);
	assert_text_equal(b.session.keys.token, "first");
	setenv("AWS_SESSION_TOKEN", "second", 1);
	aws_bench_run(&b);
	assert_int_equal(b.err.code, ERR_NONE);
	assert_int_equal(b.asked, 3);
	assert_text_equal(fake_header(fake_last(b.kit.server, "POST"),
				      "X-Amz-Security-Token"), "second");
	aws_bench_close(&b);
}

/* Keys with an end are looked for anew when it has come. */
static void
test_keys_that_end(void **state)
{
	static const answer_fn script[] = { aws_bench_good, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	setenv("AWS_SESSION_TOKEN", "first", 1);
	setenv("AWS_CREDENTIAL_EXPIRATION", "2026-02-18T09:30:00Z", 1);
	aws_bench_run(&b);
	assert_true(b.session.keys.end_ms == INT64_C(1771407000000));
	setenv("AWS_SESSION_TOKEN", "second", 1);
	setenv("AWS_CREDENTIAL_EXPIRATION", "2026-02-18T10:30:00Z", 1);
	aws_bench_run(&b);
	assert_text_equal(b.session.keys.token, "first");
	fake_clock_move(&b.kit.clock, HOUR_MS / 2);
	aws_bench_run(&b);
	assert_text_equal(b.session.keys.token, "second");
	aws_bench_close(&b);
}

static void
test_no_keys(void **state)
{
	static const answer_fn script[] = { aws_bench_good, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	unsetenv("AWS_ACCESS_KEY_ID");
	aws_bench_run(&b);
	assert_int_equal(b.err.code, ERR_AUTH);
	assert_text_contains(b.err.text, "no AWS credentials");
	assert_int_equal(b.asked, 0);
	aws_bench_close(&b);
}

static void
test_clock_is_off(void **state)
{
	static const answer_fn script[] = { skewed, aws_bench_good, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	aws_bench_run(&b);
	assert_int_equal(b.err.code, ERR_NONE);
	assert_int_equal(b.asked, 2);
	assert_text_equal(b.dates[0], "20260218T090000Z");
	assert_true(str_has_prefix(b.dates[1], "20260218T1000"));
	/* Learnt: the next call is right at once, of any service. */
	assert_true(llabs(b.session.skew_ms - HOUR_MS) < 2000);
	aws_bench_run(&b);
	assert_int_equal(b.asked, 3);
	assert_true(str_has_prefix(b.dates[2], "20260218T1000"));
	aws_bench_close(&b);
}

/* The same clock refused again is a failure, not a loop. */
static void
test_clock_is_not_it(void **state)
{
	static const answer_fn script[] = { skewed, NULL };

	(void)state;
	aws_bench_expect(script, ERR_AUTH, "Signature expired", 2);
}

static bool
log_has(const char *part)
{
	uint32_t lines;
	size_t len;
	char *text = log_recent(&len, &lines);
	bool found = memmem(text, len, part, strlen(part)) != NULL;

	free(text);
	return found;
}

static void
test_secrets_are_not_shown(void **state)
{
	static const answer_fn scripts[][2] = {
		{ repeats_the_token, NULL },
		{ repeats_the_token_otherwise, NULL },
	};
	enum log_level before = log_threshold;

	(void)state;
	log_threshold = LOG_DEBUG;
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		struct aws_bench b;

		aws_bench_open(&b, scripts[i]);
		setenv("AWS_SESSION_TOKEN", "IQoJb3JpZ2luSECRET", 1);
		aws_bench_run(&b);
		assert_int_equal(b.err.code, ERR_AUTH);
		assert_null(strstr(b.err.text, "IQoJb3Jp"));
		assert_null(strstr(b.err.text, AWS_KIT_SECRET));
		assert_false(log_has("IQoJb3Jp"));
		assert_false(log_has(AWS_KIT_SECRET));
		assert_true(log_has("AWS_GROUPS")); /* that it was logged */
		aws_bench_close(&b);
	}
	log_threshold = before;
}

/* ---- writes ---- */

static void
test_writes_are_sent_once(void **state)
{
	static const answer_fn scripts[][2] = {
		{ broken_inside, NULL },
		{ throttled, NULL },
		{ reset_in_the_middle, NULL },
		{ skewed, NULL },
		{ expired, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		struct permit p = aws_kit_permit(ROW_AWS_SET_DESIRED, 0);
		struct aws_bench b;

		aws_bench_open(&b, scripts[i]);
		aws_bench_start(&b, ROW_AWS_SET_DESIRED, &p);
		assert_true(p.used);
		aws_kit_until(&b.kit, b.dones, 120000);
		assert_int_not_equal(b.err.code, ERR_NONE);
		assert_int_equal(b.asked, 1);
		assert_text_contains(fake_header(fake_last(b.kit.server,
							   "POST"),
						 "User-Agent"), "(a-1)");
		aws_bench_close(&b);
	}
}

/* What a refused write taught about the clock serves the next one. */
static void
test_write_learns_the_clock(void **state)
{
	static const answer_fn script[] = { skewed, aws_bench_good, NULL };
	struct permit p = aws_kit_permit(ROW_AWS_SET_DESIRED, 0);
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	aws_bench_start(&b, ROW_AWS_SET_DESIRED, &p);
	aws_kit_until(&b.kit, b.dones, 60000);
	assert_int_equal(b.err.code, ERR_AUTH);
	aws_bench_run(&b);
	assert_int_equal(b.err.code, ERR_NONE);
	assert_int_equal(b.asked, 2);
	aws_bench_close(&b);
}

static void
test_permits(void **state)
{
	static const answer_fn script[] = { aws_bench_good, NULL };
	struct permit p = aws_kit_permit(ROW_AWS_SET_DESIRED, 0);
	struct query_call call = { .row = ROW_AWS_SET_DESIRED,
				   .form = "Action=SetDesiredCapacity",
				   .on_done = aws_bench_done };
	struct err err = { 0 };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	call.ctx = &b;
	assert_false(query_start(b.autoscaling, &call, &err));
	assert_int_equal(err.code, ERR_REFUSED);
	/* One for another row, a spent one, one whose time has passed. */
	p = aws_kit_permit(ROW_AWS_TERMINATE, 0);
	aws_bench_start(&b, ROW_AWS_SET_DESIRED, &p);
	aws_kit_until(&b.kit, b.dones, 60000);
	assert_int_equal(b.err.code, ERR_REFUSED);
	p = aws_kit_permit(ROW_AWS_SET_DESIRED, 0);
	aws_bench_start(&b, ROW_AWS_SET_DESIRED, &p);
	aws_kit_until(&b.kit, b.dones, 60000);
	assert_int_equal(b.err.code, ERR_NONE);
	aws_bench_start(&b, ROW_AWS_SET_DESIRED, &p);
	aws_kit_until(&b.kit, b.dones, 60000);
	assert_int_equal(b.err.code, ERR_REFUSED);
	p = aws_kit_permit(ROW_AWS_SET_DESIRED, b.kit.clock.boot - 1);
	aws_bench_start(&b, ROW_AWS_SET_DESIRED, &p);
	aws_kit_until(&b.kit, b.dones, 60000);
	assert_int_equal(b.err.code, ERR_REFUSED);
	assert_int_equal(b.asked, 1);
	aws_bench_close(&b);
}

SUITE(aws_refused,
	TEST(test_expired_and_unchanged),
	TEST(test_expired_and_renewed),
	TEST(test_keys_that_end),
	TEST(test_no_keys),
	TEST(test_clock_is_off),
	TEST(test_clock_is_not_it),
	TEST(test_secrets_are_not_shown),
	TEST(test_writes_are_sent_once),
	TEST(test_write_learns_the_clock),
	TEST(test_permits));
