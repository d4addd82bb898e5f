/*
 * The GitLab reader against a scripted server: administrators and others,
 * paging, jobs that end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/gitlab_bench.h"

/* ---- administrators ---- */

static void
test_administrator(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	b.jobs[0] = JOB("1", "PENDING") "," JOB("2", "RUNNING");
	b.jobs[1] = JOB("3", "RUNNING");
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 1 pending\njob 2 running\n"
			  "job 3 running\nend job\n"
			  "begin runner\nbegin manager\nrunner 4\n"
			  "manager 6 of 4\nend runner\nend manager\n");
	assert_int_equal(b.state, SOURCE_LIVE);
	assert_int_equal(b.trouble.code, ERR_NONE);
	/* Runners are not asked for each time. */
	gitlab_bench_round(&b);
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 1 pending\njob 2 running\n"
			  "job 3 running\nend job\n");
	assert_int_equal(fake_count(b.server, "/api/v4/user"), 1);
	fake_clock_move(&b.clock, 60000);
	gitlab_bench_round(&b);
	assert_text_contains(buf_text(&b.heard), "runner 4\n");
	gitlab_bench_drop(&b);
}

static void
test_older_server_has_fewer_fields(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	b.plain_server = true;
	b.jobs[0] = JOB("1", "PENDING");
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	assert_text_contains(buf_text(&b.heard), "job 1 pending\n");
	assert_int_equal(fake_count(b.server, "/api/graphql"), 3);
	gitlab_bench_round(&b);
	assert_int_equal(fake_count(b.server, "/api/graphql"), 4);
	gitlab_bench_drop(&b);
}

/* ---- everybody else ---- */

static void
test_others_are_told_what_they_miss(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	b.admin = false;
	b.jobs[0] = "[" JOB_REST("1", "pending") "]";
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 1 pending\nend job\n"
			  "begin runner\nbegin manager\nrunner 4\n"
			  "manager 6 of 4\nend runner\nend manager\n");
	assert_int_equal(b.state, SOURCE_LIVE);
	assert_int_equal(b.trouble.code, ERR_PARTIAL);
	assert_text_contains(b.trouble.text,
			     "kim is no administrator of GitLab: shown are "
			     "2 of their runners and the jobs of 2 projects");
	assert_int_equal(fake_count(b.server, "graphql"), 0);
	gitlab_bench_round(&b);
	/* Details and projects are not asked each time. */
	assert_int_equal(fake_count(b.server, "/runners/4"), 2);
	assert_int_equal(fake_count(b.server, "/projects?"), 1);
	assert_int_equal(b.trouble.code, ERR_PARTIAL);
	gitlab_bench_drop(&b);
}

static void
test_token_that_may_not_say_whose_it_is(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	b.no_scope = true;
	b.jobs[0] = "[]";
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	assert_text_contains(b.trouble.text, "this token is no administrator");
	gitlab_bench_drop(&b);
}

/* ---- jobs that end ---- */

static void
test_last_word_of_a_job(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	b.jobs[0] = JOB("1", "RUNNING") "," JOB("2", "RUNNING");
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	b.jobs[0] = JOB("2", "RUNNING");
	b.final = JOB_REST("1", "failed");
	gitlab_bench_round(&b);
	turn_until(b.r, strstr(buf_text(&b.heard), "gone"));
	/* Kept in the list until its end is known, then ended with it. */
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 2 running\njob 1 running\n"
			  "end job\njob 1 failed\ngone job 1\n");
	gitlab_bench_round(&b);
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 2 running\nend job\n");
	assert_int_equal(b.followed, 1);
	gitlab_bench_drop(&b);
}

static void
test_last_word_that_cannot_be_had(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	b.jobs[0] = JOB("1", "RUNNING");
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	b.jobs[0] = "";
	gitlab_bench_round(&b);
	turn_until(b.r, strstr(buf_text(&b.heard), "gone"));
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 1 running\nend job\ngone job 1\n");
	assert_int_equal(b.followed, 1);
	gitlab_bench_drop(&b);
}

/* The list and the single job may disagree for a moment. */
static void
test_job_that_is_not_over(void **state)
{
	struct gitlab_bench b;

	(void)state;
	gitlab_bench_make(&b);
	b.jobs[0] = JOB("1", "PENDING");
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	b.jobs[0] = "";
	b.final = JOB_REST("1", "running");
	gitlab_bench_round(&b);
	turn_until(b.r, strstr(buf_text(&b.heard), "end job\njob 1 running"));
	b.jobs[0] = JOB("1", "RUNNING");
	gitlab_bench_round(&b);
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 1 running\nend job\n");
	gitlab_bench_drop(&b);
}

static void
test_many_ends_are_bounded(void **state)
{
	struct gitlab_bench b;
	struct buf list;

	(void)state;
	gitlab_bench_make(&b);
	buf_init(&list, 1 << 20);
	for (int i = 1; i <= 500; i++)
		buf_printf(&list, "%s" JOB("%d", "RUNNING"), i > 1 ? "," : "",
			   i);
	b.jobs[0] = buf_text(&list);
	gitlab_bench_open(&b);
	turn_until(b.r, b.goods == 1);
	b.jobs[0] = "";
	gitlab_bench_round(&b);
	turn_until(b.r, b.followed == 200);
	fake_clock_move(&b.clock, 10000);
	turn_until(b.r, b.goods == 3);
	assert_int_equal(b.followed, 200);
	gitlab_bench_drop(&b);
	buf_fini(&list);
}

SUITE(gitlab,
	TEST(test_administrator),
	TEST(test_older_server_has_fewer_fields),
	TEST(test_others_are_told_what_they_miss),
	TEST(test_token_that_may_not_say_whose_it_is),
	TEST(test_last_word_of_a_job),
	TEST(test_last_word_that_cannot_be_had),
	TEST(test_job_that_is_not_over),
	TEST(test_many_ends_are_bounded));
