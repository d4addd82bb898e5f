/*
 * Single calls: credentials, one exchange, the answer parsed.
 *
 * Reads are tried three times within their deadline; writes never more than
 * once here, because only the caller knows whether repeating is safe.
 */
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/kube/private.h"

enum { DEADLINE_MS = 30000, ANSWER_LIMIT = 32 << 20, TRIES = 3 };

struct call {
	struct call *next, **back;
	struct kube *kube;
	struct kube_call call;	/* texts below are our own copies */
	char *method, *path, *body, *type;
	struct permit permit;
	bool has_permit;
	struct http_request *request;
	struct buf answer;
	struct backoff backoff;
	struct reactor_timer *timer;
	int64_t end_boot_ms;	/* of the deadline */
	uint32_t serial;	/* of the credentials in use */
	int tries;
	bool renewed;		/* credentials were renewed once */
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
	free(c->method);
	free(c->path);
	free(c->body);
	free(c->type);
	free(c);
}

/* What a failure's Status says beyond its sentence. */
static void
take_status(struct kube_answer *answer, const struct tree *t)
{
	answer->reason = str_or_empty(tree_text(tree_get(t, "reason")));
	if (answer->retry_after_ms < 0)
		answer->retry_after_ms = kube_status_retry_ms(t);
	tree_each(cause, tree_at(t, "details.causes"))
		if (str_eq(tree_text(tree_get(cause, "reason")),
			   "DisruptionBudget"))
			answer->disruption_budget = true;
}

/* A 2xx answer without the JSON it must have. */
static void
check_body(const struct call *c, struct kube_answer *answer)
{
	char start[160];

	if (answer->body ||
	    (!c->answer.len && rows[c->call.row].access == ROW_WRITE))
		return;
	text_clean_to(start, sizeof(start), buf_text(&c->answer),
		      c->answer.len > 60 ? 60 : c->answer.len);
	err_set(&answer->err, ERR_BAD,
		"%s: %s: the answer is not JSON; it begins \"%s\"",
		c->kube->shown, rows[c->call.row].action, start);
}

static void
call_end(struct call *c, struct kube_answer *answer)
{
	void (*on_done)(void *ctx, const struct kube_answer *a) =
		c->call.on_done;
	void *ctx = c->call.ctx;
	struct arena *arena = arena_new();

	answer->reason = "";
	if (answer->status && c->answer.len)
		answer->body = json_parse(arena, buf_text(&c->answer),
					  c->answer.len, NULL);
	if (answer->status >= 300)
		take_status(answer, answer->body);
	else if (answer->status && !answer->err.code)
		check_body(c, answer);
	call_free(c);
	if (on_done)
		on_done(ctx, answer);
	arena_free(arena);
}

static int64_t
time_left_ms(const struct call *c)
{
	return c->end_boot_ms -
	       clock_boot_ms(reactor_clock(c->kube->reactor));
}

static int64_t
next_wait_ms(struct call *c, const struct http_result *r)
{
	struct arena *a = arena_new();
	int64_t server_ms = r->head.retry_after_ms;

	if (server_ms < 0 && c->answer.len)
		server_ms = kube_status_retry_ms(
			json_parse(a, buf_text(&c->answer), c->answer.len,
				   NULL));
	arena_free(a);
	return backoff_next(&c->backoff,
			    clock_boot_ms(reactor_clock(c->kube->reactor)),
			    server_ms);
}

/* True when another try is on its way. */
static bool
call_again(struct call *c, const struct http_result *r)
{
	bool read = rows[c->call.row].access == ROW_READ;
	enum retry_class class = retry_classify_status(r);
	int64_t wait;

	if (class == RETRY_AUTH) {
		/* Also for a write: the next one finds new credentials. */
		if (!kube_auth_rejected(c->kube->auth, c->serial) ||
		    c->renewed || !read)
			return false;
		c->renewed = true;
		call_start(c);
		return true;
	}
	if (!read || class == RETRY_NO || ++c->tries >= TRIES)
		return false;
	wait = next_wait_ms(c, r);
	if (wait >= time_left_ms(c))
		return false;
	reactor_timer_arm(c->timer, wait);
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
		.status = r->err.code ? 0 : r->head.status,
		.retry_after_ms = r->head.retry_after_ms,
	};

	c->request = NULL;
	if (r->head.status)
		kube_heard_head(c->kube, &r->head);
	if (!buf_ok(&c->answer))
		err_set(&a.err, ERR_LIMIT, "%s: %s: the answer is larger than "
			"%d MiB", c->kube->shown, rows[c->call.row].action,
			ANSWER_LIMIT >> 20);
	else if (!c->kube->freeing && call_again(c, r))
		return;
	else if (r->err.code)
		a.err = r->err;
	else if (r->head.status >= 300)
		kube_status_error(c->kube, &r->head, rows[c->call.row].action,
				  buf_text(&c->answer), c->answer.len, &a.err);
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
	if (time_left_ms(c) <= 0) {
		err_set(&a.err, ERR_RETRY, "%s: %s: no time left before its "
			"deadline", c->kube->shown, rows[c->call.row].action);
		call_end(c, &a);
		return;
	}
	buf_reset(&c->answer);
	c->serial = kube_auth_serial(c->kube->auth);
	kube_headers_init(&h, c->kube, "application/json", header,
			  c->body ? c->type : NULL);
	c->request = http_start(c->kube->reactor, &(struct http_call){
		.row = c->call.row,
		.permit = c->has_permit ? &c->permit : NULL,
		.to = kube_auth_endpoint(c->kube->auth),
		.method = c->method,
		.target = c->path,
		.headers = h.lines.at,
		.body = c->body,
		.body_len = c->body ? strlen(c->body) : 0,
		.total_ms = time_left_ms(c),
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

	if (k->freeing)
		return err_set(err, ERR_CANCELLED, "%s: %s: cancelled",
			       k->shown, rows[call->row].action);
	if (rows[call->row].access == ROW_WRITE &&
	    (!call->permit || call->permit->used))
		return err_set(err, ERR_REFUSED, "%s: a change without a %s"
			       "permit", rows[call->row].action,
			       call->permit ? "fresh " : "");
	c = xcalloc(1, sizeof(*c));
	c->kube = k;
	c->call = *call;
	c->end_boot_ms = clock_boot_ms(reactor_clock(k->reactor)) +
			 (call->deadline_ms ? call->deadline_ms
					    : DEADLINE_MS);
	c->method = xstrdup(call->method);
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

/* Those under way hear that they were cancelled. */
void
kube_calls_free(struct kube *k)
{
	while (k->calls) {
		struct call *c = k->calls;
		struct kube_answer a = { .retry_after_ms = -1 };

		if (c->request) {
			http_cancel(c->request);
			continue;
		}
		err_set(&a.err, ERR_CANCELLED, "%s: %s: cancelled", k->shown,
			rows[c->call.row].action);
		call_end(c, &a);
	}
}
