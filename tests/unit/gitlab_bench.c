/*
 * What tests of the GitLab reader share.
 */
#include "tests/unit/gitlab_bench.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- a sink that writes down what it hears ---- */

static void
hear_begin(void *ctx, enum kind kind)
{
	struct gitlab_bench *b = ctx;

	buf_printf(&b->heard, "begin %s\n", kind_name(kind));
}

static void
hear_end(void *ctx, enum kind kind, bool complete)
{
	struct gitlab_bench *b = ctx;

	buf_printf(&b->heard, "end %s%s\n", kind_name(kind),
		   complete ? "" : " incomplete");
}

static void
hear_put(void *ctx, const struct record *r)
{
	struct gitlab_bench *b = ctx;
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
	struct gitlab_bench *b = ctx;

	buf_printf(&b->heard, "gone %s %s\n", kind_name(kind), key);
}

static void
hear_status(void *ctx, enum source source, enum source_state state,
	    const struct err *err)
{
	struct gitlab_bench *b = ctx;

	assert_int_equal(source, SOURCE_GITLAB);
	b->state = state;
	b->goods += !err && state == SOURCE_LIVE;
	b->trouble = err ? *err : (struct err){ 0 };
}

static void
hear_clock(void *ctx, const struct world_clock *clock)
{
	((struct gitlab_bench *)ctx)->told = *clock;
}

/* ---- the server ---- */

static void
reply_page(struct fake_conn *c, const char *what, const char *nodes,
	   const char *next, const char *headers)
{
	char *body = xasprintf("{\"data\":{\"%s\":{\"pageInfo\":{"
			       "\"hasNextPage\":%s,\"endCursor\":\"%s\"},"
			       "\"nodes\":[%s]}}}",
			       what, next ? "true" : "false", next ? next : "",
			       nodes);

	fake_reply(c, 200, headers, body);
	free(body);
}

static void
serve_graphql(struct gitlab_bench *b, struct fake_conn *c, const char *body)
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
		reply_page(c, "jobs", b->jobs[0], b->jobs[1] ? "page2" : NULL,
			   b->headers);
	}
}

static void
serve(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct gitlab_bench *b = ctx;
	const char *auth = fake_header(q, "Authorization");

	assert_text_equal(auth, "Bearer hush");
	if (b->status)
		fake_reply(c, b->status, b->headers, str_or_empty(b->final));
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
		fake_reply(c, 200, NULL, "[{\"id\":6,\"system_id\":\"r_1\"}]");
	else if (strcmp(q->target, "/api/v4/runners/5") == 0)
		fake_reply(c, 403, NULL, "{\"message\":\"403 Forbidden\"}");
	else
		fail_msg("unexpected request %s", q->line);
}

/* ---- set-up ---- */

void
gitlab_bench_make(struct gitlab_bench *b)
{
	http_set_loopback_only(true);
	*b = (struct gitlab_bench){ .admin = true, .runners = RUNNER };
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

void
gitlab_bench_open(struct gitlab_bench *b)
{
	char *url = xasprintf("%s/", fake_http_url(b->server));

	b->g = gitlab_new(b->r, &b->sink,
			  &(struct gitlab_options){
				  .url = url, .token = "hush", .seed = 1 });
	free(url);
}

void
gitlab_bench_drop(struct gitlab_bench *b)
{
	gitlab_free(b->g);
	fake_http_free(b->server);
	reactor_free(b->r);
	buf_fini(&b->heard);
}

void
gitlab_bench_round(struct gitlab_bench *b)
{
	uint32_t before = b->goods;

	buf_reset(&b->heard);
	fake_clock_move(&b->clock, 10000);
	turn_until(b->r, b->goods > before);
}
