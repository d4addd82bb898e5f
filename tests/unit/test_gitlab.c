/*
 * The GitLab reader against a scripted server: administrators and others,
 * paging, jobs that end, limits, errors, and what the source says of itself.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/gitlab/gitlab.h"
#include "tests/unit/check.h"
#include "tests/unit/fake_http.h"

/* ---- a sink that writes down what it hears ---- */

struct bench {
	struct fake_clock clock;
	struct reactor *r;
	struct fake_http *server;
	struct sink sink;
	struct gitlab *g;
	struct buf heard; /* "job 7 running\n", "end job complete\n" ... */
	enum source_state state;
	struct err trouble; /* of the last status */
	uint32_t goods;
	struct world_clock told;
	/* what the server says */
	bool admin, plain_server, no_scope;
	const char *jobs[4], *final, *runners;
	int status, followed;
	const char *headers;
};

static void
hear_begin(void *ctx, enum kind kind)
{
	struct bench *b = ctx;

	buf_printf(&b->heard, "begin %s\n", kind_name(kind));
}

static void
hear_end(void *ctx, enum kind kind, bool complete)
{
	struct bench *b = ctx;

	buf_printf(&b->heard, "end %s%s\n", kind_name(kind),
		   complete ? "" : " incomplete");
}

static void
hear_put(void *ctx, const struct record *r)
{
	struct bench *b = ctx;
	char key[RECORD_KEY];

	buf_printf(&b->heard, "%s %s", kind_name(r->kind), record_key(r, key));
	if (r->kind == KIND_JOB)
		buf_printf(&b->heard, " %s",
			   ((const struct job *)(const void *)r)->status_text);
	if (r->kind == KIND_MANAGER)
		buf_printf(&b->heard, " of %d",
			   (int)((const struct manager *)(const void *)r)
				   ->runner_id);
	buf_puts(&b->heard, "\n");
	record_unref(r);
}

static void
hear_gone(void *ctx, enum kind kind, const char *key)
{
	struct bench *b = ctx;

	buf_printf(&b->heard, "gone %s %s\n", kind_name(kind), key);
}

static void
hear_status(void *ctx, enum source source, enum source_state state,
	    const struct err *err)
{
	struct bench *b = ctx;

	assert_int_equal(source, SOURCE_GITLAB);
	b->state = state;
	b->goods += !err && state == SOURCE_LIVE;
	b->trouble = err ? *err : (struct err){ 0 };
}

static void
hear_clock(void *ctx, const struct world_clock *clock)
{
	((struct bench *)ctx)->told = *clock;
}

/* ---- the server ---- */

#define JOB(id, status)                                                      \
	"{\"id\":\"gid://gitlab/Ci::Build/" id "\",\"status\":\"" status     \
	"\",\"name\":\"j\",\"project\":{\"id\":\"gid://gitlab/Project/9\","  \
	"\"fullPath\":\"a/b\"}}"
#define JOB_REST(id, status)                                                 \
	"{\"id\":" id ",\"status\":\"" status "\",\"name\":\"j\","           \
	"\"pipeline\":{\"id\":1,\"project_id\":9}}"
#define RUNNER                                                               \
	"{\"id\":\"gid://gitlab/Ci::Runner/4\",\"status\":\"ONLINE\","       \
	"\"tagList\":[\"docker\"],\"managers\":{\"nodes\":[{\"id\":"         \
	"\"gid://gitlab/Ci::RunnerManager/6\",\"systemId\":\"r_1\"}]}}"

static void
reply_page(struct fake_conn *c, const char *what, const char *nodes,
	   const char *next, const char *headers)
{
	char *body = xasprintf("{\"data\":{\"%s\":{\"pageInfo\":{"
			       "\"hasNextPage\":%s,\"endCursor\":\"%s\"},"
			       "\"nodes\":[%s]}}}",
			       what, next ? "true" : "false",
			       next ? next : "", nodes);

	fake_reply(c, 200, headers, body);
	free(body);
}

static void
serve_graphql(struct bench *b, struct fake_conn *c, const char *body)
{
	if (b->plain_server && strstr(body, "runnerManager")) {
		fake_reply(c, 200, NULL,
			   "{\"errors\":[{\"message\":\"Field "
			   "'runnerManager' doesn't exist on type "
			   "'CiJob'\"}]}");
	} else if (strstr(body, "runners(")) {
		reply_page(c, "runners", b->runners, NULL, b->headers);
	} else if (strstr(body, "\"after\":\"page2\"")) {
		reply_page(c, "jobs", b->jobs[1], NULL, b->headers);
	} else {
		reply_page(c, "jobs", b->jobs[0],
			   b->jobs[1] ? "page2" : NULL, b->headers);
	}
}

static void
serve(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct bench *b = ctx;
	const char *auth = fake_header(q, "Authorization");

	assert_text_equal(auth, "Bearer hush");
	if (b->status)
		fake_reply(c, b->status, b->headers,
			   str_or_empty(b->final));
	else if (strcmp(q->target, "/api/graphql") == 0)
		serve_graphql(b, c, q->body);
	else if (strcmp(q->target, "/api/v4/user") == 0 && b->no_scope)
		fake_reply(c, 403, NULL, "{\"error\":\"insufficient_scope\"}");
	else if (strcmp(q->target, "/api/v4/user") == 0)
		fake_reply(c, 200, NULL,
			   b->admin ? "{\"username\":\"root\","
				      "\"is_admin\":true}"
				    : "{\"username\":\"kim\"}");
	else if (strstr(q->target, "/api/v4/projects?"))
		fake_reply(c, 200, NULL,
			   "[{\"id\":9,\"path_with_namespace\":\"a/b\"},"
			   "{\"id\":10,\"path_with_namespace\":\"a/c\"}]");
	else if (strstr(q->target, "/projects/9/jobs?"))
		fake_reply(c, 200, NULL, b->jobs[0]);
	else if (strstr(q->target, "/projects/10/jobs?"))
		fake_reply(c, 404, NULL, "{\"message\":\"404 Not Found\"}");
	else if (strstr(q->target, "/projects/9/jobs/")) {
		b->followed++;
		fake_reply(c, b->final ? 200 : 404, NULL,
			   b->final ? b->final : "{}");
	} else if (strstr(q->target, "/api/v4/runners?"))
		fake_reply(c, 200, NULL, "[{\"id\":4},{\"id\":5}]");
	else if (strcmp(q->target, "/api/v4/runners/4") == 0)
		fake_reply(c, 200, NULL,
			   "{\"id\":4,\"tag_list\":[\"docker\"]}");
	else if (strcmp(q->target, "/api/v4/runners/4/managers") == 0)
		fake_reply(c, 200, NULL,
			   "[{\"id\":6,\"system_id\":\"r_1\"}]");
	else if (strcmp(q->target, "/api/v4/runners/5") == 0)
		fake_reply(c, 403, NULL, "{\"message\":\"403 Forbidden\"}");
	else
		fail_msg("unexpected request %s", q->line);
}

/* ---- set-up ---- */

static void
bench_make(struct bench *b)
{
	http_set_loopback_only(true);
	*b = (struct bench){ .admin = true, .runners = RUNNER };
	b->jobs[0] = "";
	fake_clock_init(&b->clock);
	buf_init(&b->heard, 1 << 20);
	b->r = reactor_new(&b->clock.work);
	b->server = fake_http_new(b->r, NULL, serve, b);
	b->sink = (struct sink){ .ctx = b,
				 .list_begin = hear_begin,
				 .list_end = hear_end,
				 .put = hear_put,
				 .gone = hear_gone,
				 .status = hear_status,
				 .clock = hear_clock };
}

static void
open_reader(struct bench *b)
{
	char *url = xasprintf("%s/", fake_http_url(b->server));

	b->g = gitlab_new(b->r, &b->sink,
			  &(struct gitlab_options){ .url = url,
						    .token = "hush",
						    .seed = 1 });
	free(url);
}

static void
bench_drop(struct bench *b)
{
	gitlab_free(b->g);
	fake_http_free(b->server);
	reactor_free(b->r);
	buf_fini(&b->heard);
}

/* Rounds end with a word about the state. */
static void
next_round(struct bench *b)
{
	uint32_t before = b->goods;

	buf_reset(&b->heard);
	fake_clock_move(&b->clock, 10000);
	turn_until(b->r, b->goods > before);
}

/* ---- administrators ---- */

static void
test_administrator(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	b.jobs[0] = JOB("1", "PENDING") "," JOB("2", "RUNNING");
	b.jobs[1] = JOB("3", "RUNNING");
	open_reader(&b);
	turn_until(b.r, b.goods == 1);
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 1 pending\njob 2 running\n"
			  "job 3 running\nend job\n"
			  "begin runner\nbegin manager\nrunner 4\n"
			  "manager 6 of 4\nend runner\nend manager\n");
	assert_int_equal(b.state, SOURCE_LIVE);
	assert_int_equal(b.trouble.code, ERR_NONE);
	/* Runners are not asked for each time. */
	next_round(&b);
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 1 pending\njob 2 running\n"
			  "job 3 running\nend job\n");
	assert_int_equal(fake_count(b.server, "/api/v4/user"), 1);
	fake_clock_move(&b.clock, 60000);
	next_round(&b);
	assert_text_contains(buf_text(&b.heard), "runner 4\n");
	bench_drop(&b);
}

static void
test_older_server_has_fewer_fields(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	b.plain_server = true;
	b.jobs[0] = JOB("1", "PENDING");
	open_reader(&b);
	turn_until(b.r, b.goods == 1);
	assert_text_contains(buf_text(&b.heard), "job 1 pending\n");
	assert_int_equal(fake_count(b.server, "/api/graphql"), 3);
	next_round(&b);
	assert_int_equal(fake_count(b.server, "/api/graphql"), 4);
	bench_drop(&b);
}

/* ---- everybody else ---- */

static void
test_others_are_told_what_they_miss(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	b.admin = false;
	b.jobs[0] = "[" JOB_REST("1", "pending") "]";
	open_reader(&b);
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
	next_round(&b);
	/* Details and projects are not asked each time. */
	assert_int_equal(fake_count(b.server, "/runners/4"), 2);
	assert_int_equal(fake_count(b.server, "/projects?"), 1);
	assert_int_equal(b.trouble.code, ERR_PARTIAL);
	bench_drop(&b);
}

static void
test_token_that_may_not_say_whose_it_is(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	b.no_scope = true;
	b.jobs[0] = "[]";
	open_reader(&b);
	turn_until(b.r, b.goods == 1);
	assert_text_contains(b.trouble.text, "this token is no administrator");
	bench_drop(&b);
}

/* ---- jobs that end ---- */

static void
test_last_word_of_a_job(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	b.jobs[0] = JOB("1", "RUNNING") "," JOB("2", "RUNNING");
	open_reader(&b);
	turn_until(b.r, b.goods == 1);
	b.jobs[0] = JOB("2", "RUNNING");
	b.final = JOB_REST("1", "failed");
	next_round(&b);
	turn_until(b.r, strstr(buf_text(&b.heard), "gone"));
	/* Kept in the list until its end is known, then ended with it. */
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 2 running\njob 1 running\n"
			  "end job\njob 1 failed\ngone job 1\n");
	next_round(&b);
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 2 running\nend job\n");
	assert_int_equal(b.followed, 1);
	bench_drop(&b);
}

static void
test_last_word_that_cannot_be_had(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	b.jobs[0] = JOB("1", "RUNNING");
	open_reader(&b);
	turn_until(b.r, b.goods == 1);
	b.jobs[0] = "";
	next_round(&b);
	turn_until(b.r, strstr(buf_text(&b.heard), "gone"));
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 1 running\nend job\ngone job 1\n");
	assert_int_equal(b.followed, 1);
	bench_drop(&b);
}

/* The list and the single job may disagree for a moment. */
static void
test_job_that_is_not_over(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	b.jobs[0] = JOB("1", "PENDING");
	open_reader(&b);
	turn_until(b.r, b.goods == 1);
	b.jobs[0] = "";
	b.final = JOB_REST("1", "running");
	next_round(&b);
	turn_until(b.r, strstr(buf_text(&b.heard), "end job\njob 1 running"));
	b.jobs[0] = JOB("1", "RUNNING");
	next_round(&b);
	assert_text_equal(buf_text(&b.heard),
			  "begin job\njob 1 running\nend job\n");
	bench_drop(&b);
}

static void
test_many_ends_are_bounded(void **state)
{
	struct bench b;
	struct buf list;

	(void)state;
	bench_make(&b);
	buf_init(&list, 1 << 20);
	for (int i = 1; i <= 500; i++)
		buf_printf(&list, "%s" JOB("%d", "RUNNING"), i > 1 ? "," : "",
			   i);
	b.jobs[0] = buf_text(&list);
	open_reader(&b);
	turn_until(b.r, b.goods == 1);
	b.jobs[0] = "";
	next_round(&b);
	turn_until(b.r, b.followed == 200);
	fake_clock_move(&b.clock, 10000);
	turn_until(b.r, b.goods == 3);
	assert_int_equal(b.followed, 200);
	bench_drop(&b);
	buf_fini(&list);
}

/* ---- trouble ---- */

static void
test_limits_are_respected(void **state)
{
	struct bench b;
	uint32_t asked;

	(void)state;
	bench_make(&b);
	b.jobs[0] = JOB("1", "RUNNING");
	open_reader(&b);
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
	bench_drop(&b);
}

static void
test_refused_token(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	b.status = 401;
	b.final = "{\"message\":\"401 Unauthorized\"}";
	open_reader(&b);
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
	bench_drop(&b);
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
		struct bench b;

		bench_make(&b);
		b.status = troubles[i].status;
		b.headers = troubles[i].headers;
		b.final = troubles[i].body;
		open_reader(&b);
		turn_until(b.r, b.state == SOURCE_FAILED);
		assert_int_equal(b.trouble.code, troubles[i].code);
		assert_text_contains(b.trouble.text, troubles[i].says);
		assert_null(strchr(b.trouble.text, '\033'));
		bench_drop(&b);
	}
}

static void
test_no_server(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	fake_http_listen(b.server, false);
	open_reader(&b);
	turn_until(b.r, b.state == SOURCE_FAILED);
	assert_int_equal(b.trouble.code, ERR_UNREACHABLE);
	fake_http_listen(b.server, true);
	fake_clock_move(&b.clock, 5000);
	turn_until(b.r, b.goods == 1);
	bench_drop(&b);
}

/* One unreadable item: what it was is unknown, so nothing may be removed. */
static void
test_unreadable_item(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	b.jobs[0] = JOB("1", "RUNNING");
	open_reader(&b);
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
	next_round(&b);
	assert_int_equal(b.state, SOURCE_LIVE);
	bench_drop(&b);
}

/* ---- time, refresh, the end ---- */

static void
test_simulated_time_runs_faster(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	b.headers = "Paddock-Time: 2030-01-01T00:00:00.000Z x5\r\n";
	open_reader(&b);
	turn_until(b.r, b.goods == 1);
	assert_int_equal(b.told.speed_milli, 5000);
	assert_true(b.told.world_ms == INT64_C(1893456000000));
	assert_true(b.told.boot_ms == b.clock.boot);
	fake_clock_move(&b.clock, 2000);
	turn_until(b.r, b.goods == 2);
	bench_drop(&b);
}

static void
test_refresh(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	open_reader(&b);
	/* During a round another follows it at once. */
	turn_until(b.r, fake_count(b.server, "/api/v4/user") == 1);
	gitlab_refresh(b.g);
	turn_until(b.r, b.goods == 2);
	gitlab_refresh(b.g);
	turn_until(b.r, b.goods == 3);
	bench_drop(&b);
}

static void
test_freed_at_any_moment(void **state)
{
	(void)state;
	for (int turns = 0; turns < 25; turns++) {
		struct bench b;

		bench_make(&b);
		b.jobs[0] = JOB("1", "RUNNING");
		open_reader(&b);
		for (int i = 0; i < turns; i++)
			reactor_turn(b.r, 1);
		b.jobs[0] = "";
		fake_clock_move(&b.clock, 10000);
		reactor_turn(b.r, 1);
		bench_drop(&b);
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

SUITE(gitlab,
	TEST(test_administrator),
	TEST(test_older_server_has_fewer_fields),
	TEST(test_others_are_told_what_they_miss),
	TEST(test_token_that_may_not_say_whose_it_is),
	TEST(test_last_word_of_a_job),
	TEST(test_last_word_that_cannot_be_had),
	TEST(test_job_that_is_not_over),
	TEST(test_many_ends_are_bounded),
	TEST(test_limits_are_respected),
	TEST(test_refused_token),
	TEST(test_strange_answers),
	TEST(test_no_server),
	TEST(test_unreadable_item),
	TEST(test_simulated_time_runs_faster),
	TEST(test_refresh),
	TEST(test_freed_at_any_moment),
	TEST(test_options_from_env));
