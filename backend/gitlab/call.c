/*
 * One exchange with GitLab: sent once, collected, parsed, judged.  What failed
 * is repeated by the next round, which comes later the more often it fails.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/gitlab/private.h"

enum { DEADLINE_MS = 30000, ANSWER_LIMIT = 16 << 20 };

struct call {
	struct call *next, **back;
	struct gitlab *gitlab;
	struct http_request *request;
	struct buf answer;
	enum row_id row;
	on_answer fn;
	void *ctx;
};

static void
call_free(struct call *c)
{
	*c->back = c->next;
	if (c->next)
		c->next->back = c->back;
	buf_fini(&c->answer);
	free(c->ctx);
	free(c);
}

/* GitLab's own words: {"message": ...} or {"error": ...}. */
static const char *
spoken(const struct tree *body)
{
	const char *text = tree_text(tree_get(body, "message"));

	if (!text)
		text = tree_text(tree_get(body, "error_description"));
	if (!text)
		text = tree_text(tree_get(body, "error"));
	return str_or_empty(text);
}

static void
judge_status(const struct gitlab *g, const struct http_head *head,
	     const struct tree *body, struct err *err)
{
	const char *url = g->endpoint.base_url, *says = spoken(body);
	char words[120], where[200];

	text_clean_to(words, sizeof(words), says, strlen(says));
	if (head->status == 401)
		err_set(err, ERR_AUTH,
			"%s refused the token (401 %s): it is wrong, revoked "
			"or expired",
			url, words);
	else if (head->status == 403)
		err_set(err, ERR_DENIED,
			"%s: the token may not ask this (403 %s); it needs "
			"the scope read_api",
			url, words);
	else if (head->status == 404)
		err_set(err, ERR_GONE, "%s: not found (404 %s)", url, words);
	else if (head->status == 429)
		err_set(err, ERR_LIMIT, "%s: too many requests (429)", url);
	else if (head->status >= 500)
		err_set(err, ERR_RETRY, "%s answered %d %s", url,
			head->status, words);
	else if (head->status >= 300 && head->status < 400) {
		text_clean_to(where, sizeof(where), head->location,
			      strlen(head->location));
		err_set(err, ERR_CONFIG,
			"%s leads to %s: set GITLAB_URL to that address", url,
			where);
	} else {
		err_set(err, ERR_BAD, "%s answered %d %s", url, head->status,
			words);
	}
}

static void
judge_body(const struct call *c, const struct gitlab_answer *a,
	   struct err *err)
{
	char start[80];

	if (a->body)
		return;
	text_clean_to(start, sizeof(start), buf_text(&c->answer),
		      c->answer.len > 60 ? 60 : c->answer.len);
	err_set(err, ERR_BAD,
		"%s: the answer is not JSON; it begins \"%s\"",
		c->gitlab->endpoint.base_url, start);
}

/* GraphQL's errors come with status 200. */
static void
judge_graphql(const struct gitlab *g, const struct tree *body,
	      struct err *err)
{
	const struct tree *first = tree_index(tree_get(body, "errors"), 0);
	const char *says = tree_text(tree_get(first, "message"));
	char words[200];

	if (!first && tree_is(tree_get(body, "data"), TREE_OBJECT))
		return;
	says = says ? says : "neither data nor errors";
	text_clean_to(words, sizeof(words), says, strlen(says));
	err_set(err, ERR_BAD, "%s: GraphQL: %s", g->endpoint.base_url, words);
}

static void
tell_clock(struct gitlab *g, const struct http_head *head)
{
	struct world_clock clock = {
		.world_ms = head->world_ms,
		.boot_ms = gitlab_boot_ms(g),
		.speed_milli = head->world_speed_milli,
	};

	if (!head->world_ms)
		return;
	g->speed_milli = head->world_speed_milli;
	g->sink->clock(g->sink->ctx, &clock);
}

static void
on_done(void *ctx, const struct http_result *r)
{
	struct call *c = ctx;
	struct gitlab *g = c->gitlab;
	struct gitlab_answer a = { .status = r->head.status,
				   .retry_after_ms = r->head.retry_after_ms };
	struct arena *arena;

	if (g->freeing) {
		call_free(c);
		return;
	}
	arena = arena_new();
	tell_clock(g, &r->head);
	if (!buf_ok(&c->answer))
		err_set(&a.err, ERR_LIMIT,
			"%s: an answer is larger than %d MiB",
			g->endpoint.base_url, ANSWER_LIMIT >> 20);
	else if (r->err.code)
		a.err = r->err;
	else
		a.body = json_parse(arena, buf_text(&c->answer),
				    c->answer.len, NULL);
	if (!a.err.code && (a.status < 200 || a.status > 299))
		judge_status(g, &r->head, a.body, &a.err);
	else if (!a.err.code)
		judge_body(c, &a, &a.err);
	if (!a.err.code && c->row == ROW_GITLAB_GRAPHQL)
		judge_graphql(g, a.body, &a.err);
	c->fn(g, c->ctx, &a);
	call_free(c);
	arena_free(arena);
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct call *c = ctx;

	buf_add(&c->answer, bytes, len);
	return buf_ok(&c->answer);
}

void
gitlab_call(struct gitlab *g, enum row_id row, const char *target,
	    const char *body, on_answer fn, void *ctx)
{
	const char *headers[] = { g->authorization,
				  "Accept: application/json",
				  body ? "Content-Type: application/json"
				       : NULL,
				  NULL };
	struct call *c = xcalloc(1, sizeof(*c));
	struct gitlab_answer a = { .retry_after_ms = -1 };

	c->gitlab = g;
	c->row = row;
	c->fn = fn;
	c->ctx = ctx;
	buf_init(&c->answer, ANSWER_LIMIT);
	c->next = g->calls;
	c->back = &g->calls;
	if (c->next)
		c->next->back = &c->next;
	g->calls = c;
	c->request = http_start(g->reactor,
				&(struct http_call){
					.row = row,
					.to = &g->endpoint,
					.method = body ? "POST" : "GET",
					.target = target,
					.headers = headers,
					.body = body,
					.body_len = body ? strlen(body) : 0,
					.total_ms = DEADLINE_MS,
					.on_bytes = on_bytes,
					.on_done = on_done,
					.ctx = c,
				},
				&a.err);
	if (c->request)
		return;
	fn(g, ctx, &a);
	call_free(c);
}

void
gitlab_graphql(struct gitlab *g, const char *query, const char *cursor,
	       on_answer fn)
{
	struct buf body;
	struct jsonw *w;

	buf_init(&body, 64 << 10);
	w = jsonw_new_buf(&body, false);
	jsonw_object(w);
	jsonw_key(w, "query");
	jsonw_text(w, query);
	jsonw_key(w, "variables");
	jsonw_object(w);
	jsonw_key(w, "after");
	jsonw_text(w, cursor);
	jsonw_end_object(w);
	jsonw_end_object(w);
	BUG_IF(!jsonw_done(w));
	gitlab_call(g, ROW_GITLAB_GRAPHQL, "/api/graphql", buf_text(&body),
		    fn, NULL);
	buf_fini(&body);
}

void
gitlab_calls_drop(struct gitlab *g)
{
	/* on_done takes each out of the list. */
	while (g->calls)
		http_cancel(g->calls->request);
}
