/*
 * The GitLab reader against a scripted server: limits, errors, time, and its
 * end at any moment.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/gitlab_bench.h"

/* ---- trouble ---- */

static void
test_limits_are_respected(void **state)
{
	struct gitlab_bench b;
	uint32_t asked;

	(void)state;
	gitlab_bench_make(&b);
	b.jobs[0] = JOB("1", "RUNNING");
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	b.status = 429;
	b.headers = "Retry-After: 120\r\n";
	buf_reset(&b.heard);
	fake_clock_move(&b.clock, 10000);
	turn_until(b.r, b.state == SOURCE_STALE);
	assert_int_equal(b.trouble.code, ERR_LIMIT);
	/* Nothing is removed by a list that did not come. */
	assert_text_equal(buf_text(&b.heard),
			  "begin job\nend job incomplete\n");
	asked = fake_count(b.server, "");
	fake_clock_move(&b.clock, 100000);
	gitlab_refresh(b.g); /* not even when somebody asks */
	turn_some(b.r);
	assert_int_equal(fake_count(b.server, ""), asked);
	b.status = 0;
	b.headers = NULL;
	fake_clock_move(&b.clock, 30000);
	turn_until(b.r, b.goods == 2);
	assert_int_equal(b.state, SOURCE_LIVE);
	gitlab_bench_drop(&b);
}

static void
test_refused_token(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	b.status = 401;
	b.final = "{\"message\":\"401 Unauthorized\"}";
	gitlab_bench_open(&b);
	turn_until(b.r, b.state == SOURCE_FAILED);
	assert_int_equal(b.trouble.code, ERR_AUTH);
	assert_text_contains(b.trouble.text, "refused the token");
	assert_null(strstr(b.trouble.text, "hush"));
	/* Asking again at once would not heal it. */
	fake_clock_move(&b.clock, 30000);
	turn_some(b.r);
	assert_int_equal(fake_count(b.server, ""), 1);
	b.status = 0;
	b.final = NULL;
	fake_clock_move(&b.clock, 31000);
	turn_until(b.r, b.goods == 1);
	gitlab_bench_drop(&b);
}

static const struct {
	int status;
	const char *headers, *body;
	enum err_code code;
	const char *says;
} troubles[] = {
	{ 200, "Content-Type: text/html\r\n", "<html>sign in</html>", ERR_BAD,
	  "not JSON; it begins \"<html>sign in" },
	{ 200, NULL, "{\"username\":", ERR_BAD, "not JSON" },
	{ 302, "Location: https://other.example/\r\n", "", ERR_CONFIG,
	  "leads to https://other.example/: set GITLAB_URL" },
	{ 502, NULL, "{\"message\":\"\\u001b[31mno\"}", ERR_RETRY,
	  "answered 502" },
	{ 400, NULL, "[]", ERR_BAD, "answered 400" },
	{ 404, NULL, "{}", ERR_GONE, "not found" },
};

static void
test_strange_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
		struct gitlab_bench b;

		gitlab_bench_make(&b);
		b.status = troubles[i].status;
		b.headers = troubles[i].headers;
		b.final = troubles[i].body;
		gitlab_bench_open(&b);
		turn_until(b.r, b.state == SOURCE_FAILED);
		assert_int_equal(b.trouble.code, troubles[i].code);
		assert_text_contains(b.trouble.text, troubles[i].says);
		assert_null(strchr(b.trouble.text, '\033'));
		gitlab_bench_drop(&b);
	}
}

static void
test_no_server(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	fake_http_listen(b.server, false);
	gitlab_bench_open(&b);
	turn_until(b.r, b.state == SOURCE_FAILED);
	assert_int_equal(b.trouble.code, ERR_UNREACHABLE);
	fake_http_listen(b.server, true);
	fake_clock_move(&b.clock, 5000);
	turn_until(b.r, b.goods == 1);
	gitlab_bench_drop(&b);
}

/* One unreadable item: what it was is unknown, so nothing may be removed. */
static void
test_unreadable_item(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	b.jobs[0] = JOB("1", "RUNNING");
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	buf_reset(&b.heard);
	b.jobs[0] = "{\"id\":7}," JOB("2", "RUNNING");
	fake_clock_move(&b.clock, 10000);
	turn_until(b.r, b.state == SOURCE_STALE);
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 2 running\nend job incomplete\n");
	assert_text_contains(b.trouble.text,
			     "id: wanted string, found number");
	b.jobs[0] = JOB("2", "RUNNING");
	gitlab_bench_round(&b);
	assert_int_equal(b.state, SOURCE_LIVE);
	gitlab_bench_drop(&b);
}

/* ---- time, refresh, the end ---- */

static void
test_simulated_time_runs_faster(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	b.headers = "Paddock-Time: 2030-01-01T00:00:00.000Z x5\r\n";
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	assert_int_equal(b.told.speed_milli, 5000);
	assert_true(b.told.world_ms == INT64_C(1893456000000));
	assert_true(b.told.boot_ms == b.clock.boot);
	fake_clock_move(&b.clock, 2000);
	turn_until(b.r, b.goods == 2);
	gitlab_bench_drop(&b);
}

static void
test_refresh(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	gitlab_bench_open(&b);
	/* During a round another follows it at once. */
	turn_until(b.r, fake_count(b.server, "/api/v4/user") == 1);
	gitlab_refresh(b.g);
	turn_until(b.r, b.goods == 2);
	gitlab_refresh(b.g);
	turn_until(b.r, b.goods == 3);
	gitlab_bench_drop(&b);
}

static void
test_freed_at_any_moment(void **state)
{
	(void)state;
	for (int turns = 0; turns < 25; turns++) {
		struct gitlab_bench b;

		gitlab_bench_make(&b);
		b.jobs[0] = JOB("1", "RUNNING");
		gitlab_bench_open(&b);
		for (int i = 0; i < turns; i++)
			reactor_turn(b.r, 1);
		b.jobs[0] = "";
		fake_clock_move(&b.clock, 10000);
		reactor_turn(b.r, 1);
		gitlab_bench_drop(&b);
	}
}

static void
test_options_from_env(void **state)
{
	static const char *const names[] = { "GITLAB_URL", "GITLAB_HOST",
					     "GITLAB_TOKEN" };
	struct gitlab_options o;
	char *saved[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);

		saved[i] = value ? xstrdup(value) : NULL;
		unsetenv(names[i]);
	}
	assert_false(gitlab_options_from_env(&o));
	setenv("GITLAB_HOST", "gitlab.example", 1);
	assert_false(gitlab_options_from_env(&o));
	setenv("GITLAB_TOKEN", "t", 1);
	assert_true(gitlab_options_from_env(&o));
	assert_text_equal(o.url, "gitlab.example");
	setenv("GITLAB_URL", "https://g", 1);
	assert_true(gitlab_options_from_env(&o));
	assert_text_equal(o.url, "https://g");
	assert_text_equal(o.token, "t");
	for (int i = 0; i < 3; i++) {
		if (saved[i])
			setenv(names[i], saved[i], 1);
		else
			unsetenv(names[i]);
		free(saved[i]);
	}
}

SUITE(gitlab_trouble,
	TEST(test_limits_are_respected),
	TEST(test_refused_token),
	TEST(test_strange_answers),
	TEST(test_no_server),
	TEST(test_unreadable_item),
	TEST(test_simulated_time_runs_faster),
	TEST(test_refresh),
	TEST(test_freed_at_any_moment),
	TEST(test_options_from_env));
