/*
 * One AWS call against a scripted endpoint: what is sent, what is tried again,
 * what each failure is called, and what is never shown.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/aws_bench.h"
#include "tests/unit/check.h"

/* ---- answers ---- */

ANSWER(throttled)
{
	(void)q;
	aws_kit_fault(c, 400, NULL, "Throttling", "Rate exceeded");
}

ANSWER(throttled_for_long)
{
	(void)q;
	aws_kit_fault(c, 400, "Retry-After: 60\r\n", "Throttling", "Rate");
}

ANSWER(page_of_a_proxy)
{
	(void)q;
	fake_reply(c, 502, "Content-Type: text/html\r\n",
		   "<html><title>502 Bad Gateway</title><p>oh</html>");
}

ANSWER(portal)
{
	(void)q;
	fake_reply(c, 200, "Content-Type: text/html\r\n",
		   "<html><p>Sign in<br></html>");
}

ANSWER(cut_short)
{
	(void)q;
	fake_reply(c, 200, NULL, "<DescribeAutoScalingGroupsResponse>"
		   "<DescribeAutoScalingGroupsResult><AutoScalingGroups>"
		   "<member><AutoScalingGroupName>amd");
}

ANSWER(reset_in_the_middle)
{
	(void)q;
	fake_stream(c, 200, NULL);
	fake_send(c, "<DescribeAutoScalingGroupsResponse>");
	fake_close(c);
}

/* Never ends by itself; more than the client may keep. */
ANSWER(endless)
{
	static char piece[1 << 20];

	(void)q;
	memset(piece, 'a', sizeof(piece) - 1);
	fake_stream(c, 200, NULL);
	fake_send(c, "<A>");
	for (int i = 0; i < 40; i++)
		fake_send(c, piece);
}

ANSWER(denied)
{
	(void)q;
	aws_kit_fault(c, 403, NULL, "AccessDenied", "User: arn:aws:iam::1:"
		      "user/x is not authorized to perform: autoscaling:"
		      "DescribeAutoScalingGroups");
}

ANSWER(broken_inside)
{
	(void)q;
	aws_kit_fault(c, 500, NULL, "ResourceContention", "busy");
}

ANSWER(no_such_group)
{
	(void)q;
	aws_kit_fault(c, 400, NULL, "ValidationError",
		      "AutoScalingGroup name not found - x");
}

ANSWER(no_such_instance)
{
	(void)q;
	aws_kit_fault_ec2(c, 400, "InvalidInstanceID.NotFound",
			  "The instance ID 'i-1' does not exist");
}

ANSWER(wrong_value)
{
	(void)q;
	aws_kit_fault(c, 400, NULL, "ValidationError",
		      "New SetDesiredCapacity value 9 is above max value 5");
}

ANSWER(nothing)
{
	(void)c;
	(void)q;
}

/* ---- the plain course ---- */

static void
test_what_is_sent(void **state)
{
	static const answer_fn script[] = { aws_bench_good, NULL };
	const struct fake_request *q;
	const char *host;
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	setenv("AWS_SESSION_TOKEN", "tok/en+==", 1);
	aws_bench_run(&b);
	assert_int_equal(b.err.code, ERR_NONE);
	assert_int_equal(b.status, 200);
	assert_text_equal(b.name, "amd64");
	q = fake_last(b.kit.server, "POST /");
	assert_text_equal(q->target, "/");
	assert_text_equal(q->body, "Action=DescribeAutoScalingGroups"
			  "&MaxRecords=100&Version=2011-01-01");
	assert_text_contains(fake_header(q, "Content-Type"),
			     "application/x-www-form-urlencoded");
	assert_text_equal(fake_header(q, "X-Amz-Date"), "20260218T090000Z");
	assert_text_equal(fake_header(q, "X-Amz-Security-Token"),
			  "tok/en+==");
	host = strstr(fake_http_url(b.kit.server), "://") + 3;
	assert_text_equal(fake_header(q, "Host"), host);
	assert_text_contains(fake_header(q, "Authorization"),
			     "AWS4-HMAC-SHA256 Credential=" AWS_KIT_KEY
			     "/20260218/eu-west-1/autoscaling/aws4_request, "
			     "SignedHeaders=content-type;host;x-amz-date;"
			     "x-amz-security-token, Signature=");
	assert_text_equal(b.session.keys.source, "environment");
	aws_bench_close(&b);
}

/* A path in the endpoint goes into the request and its signature. */
static void
test_endpoint_with_path(void **state)
{
	static const answer_fn script[] = { aws_bench_good, NULL };
	struct aws_bench b;
	char *url;

	(void)state;
	aws_bench_open(&b, script);
	url = xasprintf("%s/cloud/aws/", fake_http_url(b.kit.server));
	setenv("AWS_ENDPOINT_URL", url, 1);
	free(url);
	query_service_free(b.autoscaling);
	b.autoscaling = query_service_new(b.kit.r, &b.session, "autoscaling",
					  "2011-01-01", "eu-west-1", 1);
	aws_bench_run(&b);
	assert_int_equal(b.err.code, ERR_NONE);
	assert_text_equal(fake_last(b.kit.server, "POST")->target,
			  "/cloud/aws/");
	aws_bench_close(&b);
}

static void
test_endpoint_that_is_none(void **state)
{
	static const char *const urls[] = {
		"localhost:4566", "ftp://127.0.0.1", "http://",
		"http://u:p@127.0.0.1", "http://127.0.0.1/?x=1",
	};
	static const answer_fn script[] = { aws_bench_good, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct query_service *s;
		struct err err = { 0 };

		setenv("AWS_ENDPOINT_URL", urls[i], 1);
		s = query_service_new(b.kit.r, &b.session, "ec2", "v",
				      "eu-west-1", 1);
		assert_false(query_start(s, &(struct query_call){
				.row = ROW_AWS_INSTANCES, .form = "Action=X",
				.on_done = aws_bench_done, .ctx = &b }, &err));
		assert_int_equal(err.code, ERR_CONFIG);
		assert_text_contains(err.text, "ec2");
		assert_null(strstr(err.text, "u:p"));
		query_service_free(s);
	}
	aws_bench_close(&b);
}

/* ---- trying again ---- */

static void
test_throttled_then_good(void **state)
{
	static const answer_fn script[] = { throttled, throttled,
					    aws_bench_good, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	aws_bench_run(&b);
	assert_int_equal(b.err.code, ERR_NONE);
	assert_int_equal(b.asked, 3);
	aws_bench_close(&b);
}

static void
test_throttled_for_good(void **state)
{
	static const answer_fn script[] = { throttled, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	aws_bench_run(&b);
	assert_int_equal(b.err.code, ERR_LIMIT);
	assert_int_equal(b.asked, 3);
	assert_text_equal(b.code, "Throttling");
	assert_text_contains(b.err.text, "Rate exceeded");
	aws_bench_close(&b);
}

/* Many failures in a row empty the bucket: then every call is one request. */
static void
test_budget_of_retries(void **state)
{
	static const answer_fn script[] = { throttled, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	for (int i = 0; i < 50; i++)
		aws_bench_run(&b);
	assert_int_equal(b.asked, 150);
	for (int i = 0; i < 10; i++)
		aws_bench_run(&b);
	assert_int_equal(b.asked, 160);
	aws_bench_close(&b);
}

/* Waiting a minute is for the schedule, not for one call. */
static void
test_long_retry_after(void **state)
{
	static const answer_fn script[] = { throttled_for_long, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	aws_bench_run(&b);
	assert_int_equal(b.asked, 1);
	assert_int_equal(b.err.code, ERR_LIMIT);
	assert_true(b.retry_after_ms == 60000);
	aws_bench_close(&b);
}

static void
test_broken_connection(void **state)
{
	static const answer_fn script[] = { reset_in_the_middle,
					    aws_bench_good, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	aws_bench_run(&b);
	assert_int_equal(b.err.code, ERR_NONE);
	assert_text_equal(b.name, "amd64");
	assert_int_equal(b.asked, 2);
	aws_bench_close(&b);
}

static void
test_no_server(void **state)
{
	static const answer_fn script[] = { aws_bench_good, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	fake_http_listen(b.kit.server, false);
	aws_bench_run(&b);
	assert_int_equal(b.err.code, ERR_UNREACHABLE);
	assert_text_contains(b.err.text,
			     "autoscaling:DescribeAutoScalingGroups: http://");
	aws_bench_close(&b);
}

/* ---- answers that are none ---- */

static void
test_answers_that_are_none(void **state)
{
	static const answer_fn proxy[] = { page_of_a_proxy, NULL };
	static const answer_fn sign_in[] = { portal, NULL };
	static const answer_fn cut[] = { cut_short, NULL };
	static const answer_fn flood[] = { endless, NULL };

	(void)state;
	aws_bench_expect(proxy, ERR_RETRY, "an HTML page: 502 Bad Gateway", 3);
	aws_bench_expect(sign_in, ERR_BAD, "it begins", 1);
	aws_bench_expect(cut, ERR_BAD, "not XML", 1);
	aws_bench_expect(flood, ERR_LIMIT, "larger than 32 MiB", 1);
}

/* ---- failures by name ---- */

static void
test_failures_by_name(void **state)
{
	static const answer_fn no[] = { denied, NULL };
	static const answer_fn busy[] = { broken_inside, NULL };
	static const answer_fn gone[] = { no_such_group, NULL };
	static const answer_fn lost[] = { no_such_instance, NULL };
	static const answer_fn wrong[] = { wrong_value, NULL };

	(void)state;
	aws_bench_expect(no, ERR_DENIED, "not allowed with the credentials "
			 "from environment", 1);
	aws_bench_expect(busy, ERR_RETRY, "ResourceContention", 3);
	aws_bench_expect(gone, ERR_GONE, "not found", 1);
	aws_bench_expect(lost, ERR_GONE, "InvalidInstanceID.NotFound", 1);
	aws_bench_expect(wrong, ERR_BAD, "above max value 5", 1);
}

/* ---- the end of the service ---- */

static void
test_freed_while_asking(void **state)
{
	static const answer_fn script[] = { nothing, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	aws_bench_start(&b, ROW_AWS_GROUPS, NULL);
	aws_bench_start(&b, ROW_AWS_GROUPS, NULL);
	aws_kit_until(&b.kit, b.asked == 2, 20000);
	aws_bench_start(&b, ROW_AWS_GROUPS, NULL); /* not even sent */
	query_service_free(b.autoscaling);
	b.autoscaling = NULL;
	for (int i = 0; i < 20; i++)
		aws_kit_turn(&b.kit, 100);
	assert_int_equal(b.dones, 0);
	assert_int_equal(b.asked, 2);
	aws_bench_close(&b);
}

static void
test_freed_by_the_answer(void **state)
{
	static const answer_fn script[] = { aws_bench_good, NULL };
	struct aws_bench b;

	(void)state;
	aws_bench_open(&b, script);
	b.free_service = true;
	aws_bench_run(&b);
	assert_text_equal(b.name, "amd64");
	aws_bench_close(&b);
}

SUITE(aws_query,
	TEST(test_what_is_sent),
	TEST(test_endpoint_with_path),
	TEST(test_endpoint_that_is_none),
	TEST(test_throttled_then_good),
	TEST(test_throttled_for_good),
	TEST(test_budget_of_retries),
	TEST(test_long_retry_after),
	TEST(test_broken_connection),
	TEST(test_no_server),
	TEST(test_answers_that_are_none),
	TEST(test_failures_by_name),
	TEST(test_freed_while_asking),
	TEST(test_freed_by_the_answer));
