/*
 * Single calls: credentials, one exchange, the answer parsed.
 *
 * Reads are tried three times; writes never more than once here, because only
 * the caller knows whether repeating is safe.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/kube/private.h"

enum { DEADLINE_MS = 30000, ANSWER_LIMIT = 32 << 20, TRIES = 3 };

struct call {
	struct call *next, **back;
	struct kube *kube;
	struct kube_call call;	/* texts below are our own copies */
	char *path, *body, *type;
	struct permit permit;
	bool has_permit;
	struct http_request *request;
	struct buf answer;
	struct backoff backoff;
	struct reactor_timer *timer;
	int tries;
	bool renewed;		/* credentials were renewed once */
	bool freeing;
};

static void call_start(struct call *c);

static void
call_free(struct call *c)
{
	*c->back = c->next;
	if (c->next)
		c->next->back = c->back;
	kube_auth_forget(c->kube->auth, c);
	reactor_timer_free(c->timer);
	buf_fini(&c->answer);
	free(c->path);
	free(c->body);
	free(c->type);
	free(c);
}

static void
call_end(struct call *c, struct kube_answer *answer)
{
	void (*on_done)(void *ctx, const struct kube_answer *a) =
		c->call.on_done;
	void *ctx = c->call.ctx;
	struct arena *arena = arena_new();
	const struct tree *t = NULL;
	const struct tree *details;
	int64_t seconds;

	if (answer->status && c->answer.len)
		t = json_parse(arena, buf_text(&c->answer), c->answer.len,
			       NULL);
	answer->body = t;
	answer->reason = "";
	if (answer->status >= 300) {
		const char *reason = tree_text(tree_get(t, "reason"));

		details = tree_get(t, "details");
		answer->reason = str_or_empty(reason);
		if (answer->retry_after_ms < 0 &&
		    tree_int(tree_get(details, "retryAfterSeconds"),
			     &seconds))
			answer->retry_after_ms = seconds * 1000;
		tree_each(cause, tree_get(details, "causes"))
			if (str_eq(tree_text(tree_get(cause, "reason")),
				   "DisruptionBudget"))
				answer->disruption_budget = true;
	} else if (answer->status && !t && c->answer.len &&
		   !answer->err.code) {
		char start[80];

		text_clean_to(start, sizeof(start), buf_text(&c->answer),
			      c->answer.len > 60 ? 60 : c->answer.len);
		err_set(&answer->err, ERR_BAD,
			"%s%s: the answer is not JSON; it begins \"%s\"",
			kube_auth_endpoint(c->kube->auth)->base_url, c->path,
			start);
	}
	call_free(c);
	if (on_done)
		on_done(ctx, answer);
	arena_free(arena);
}

static bool
call_again(struct call *c, const struct http_result *r)
{
	bool read = rows[c->call.row].access == ROW_READ;
	enum retry_class class = retry_classify_status(r);

	if (r->head.status == 401) {
		if (!kube_auth_rejected(c->kube->auth) || c->renewed || !read)
			return false;
		c->renewed = true;
		call_start(c);
		return true;
	}
	if (!read || ++c->tries >= TRIES ||
	    (class != RETRY_TRANSIENT && class != RETRY_THROTTLE))
		return false;
	reactor_timer_arm(c->timer,
			  backoff_next(&c->backoff,
				       clock_boot_ms(reactor_clock(
					       c->kube->reactor)),
				       r->head.retry_after_ms));
	return true;
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct call *c = ctx;

	buf_add(&c->answer, bytes, len);
	return buf_ok(&c->answer);
}

static void
on_done(void *ctx, const struct http_result *r)
{
	struct call *c = ctx;
	struct kube_answer a = {
		.status = r->head.status,
		.retry_after_ms = r->head.retry_after_ms,
	};

	c->request = NULL;
	if (c->freeing)
		return;
	kube_heard_head(c->kube, &r->head);
	if (!buf_ok(&c->answer))
		err_set(&a.err, ERR_LIMIT, "%s: the answer is larger than %d "
			"MiB", c->path, ANSWER_LIMIT >> 20);
	else if (call_again(c, r))
		return;
	else if (r->err.code)
		a.err = r->err;
	else if (r->head.status >= 300)
		kube_status_error(c->kube, r->head.status,
				  rows[c->call.row].action,
				  buf_text(&c->answer), c->answer.len, &a.err);
	if (r->err.code)
		a.status = 0;
	call_end(c, &a);
}

static void
on_auth(void *ctx, const char *header, const struct err *err)
{
	struct call *c = ctx;
	struct kube_answer a = { .retry_after_ms = -1 };
	struct kube_headers h;

	if (err) {
		a.err = *err;
		call_end(c, &a);
		return;
	}
	buf_reset(&c->answer);
	kube_headers_init(&h, c->kube, header, c->body ? c->type : NULL);
	c->request = http_start(c->kube->reactor, &(struct http_call){
		.row = c->call.row,
		.permit = c->has_permit ? &c->permit : NULL,
		.to = kube_auth_endpoint(c->kube->auth),
		.method = c->call.method,
		.target = c->path,
		.headers = h.line,
		.body = c->body,
		.body_len = c->body ? strlen(c->body) : 0,
		.total_ms = c->call.deadline_ms ? c->call.deadline_ms
						: DEADLINE_MS,
		.on_bytes = on_bytes,
		.on_done = on_done,
		.ctx = c,
	}, &a.err);
	kube_headers_fini(&h);
	if (!c->request)
		call_end(c, &a);
}

static void
call_start(struct call *c)
{
	kube_auth_get(c->kube->auth, on_auth, c);
}

static void
on_retry(void *ctx)
{
	call_start(ctx);
}

bool
kube_call(struct kube *k, const struct kube_call *call, struct err *err)
{
	struct call *c;

	if (rows[call->row].access == ROW_WRITE && !call->permit)
		return err_set(err, ERR_REFUSED, "%s: a change without a "
			       "permit", rows[call->row].action);
	c = xcalloc(1, sizeof(*c));
	c->kube = k;
	c->call = *call;
	c->path = xstrdup(call->path);
	c->body = call->body ? xstrdup(call->body) : NULL;
	c->type = xstrdup(call->content_type ? call->content_type
					     : "application/json");
	if (call->permit) {
		c->permit = *call->permit;
		c->has_permit = true;
		call->permit->used = true;
	}
	buf_init(&c->answer, ANSWER_LIMIT);
	c->backoff = backoff_kube(rng_next(&k->rng));
	c->timer = reactor_timer_new(k->reactor, on_retry, c);
	c->next = k->calls;
	c->back = &k->calls;
	if (c->next)
		c->next->back = &c->next;
	k->calls = c;
	call_start(c);
	return true;
}

void
kube_calls_free(struct kube *k)
{
	while (k->calls) {
		struct call *c = k->calls;

		c->freeing = true;
		if (c->request)
			http_cancel(c->request);
		call_free(c);
	}
}
