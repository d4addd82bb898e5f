/*
 * AWS query calls.
 *
 * waiting (timer) -> asking (request) -> waiting ... -> told (on_done), where a
 * call is freed right before it is told.
 */
#include "backend/aws/query.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/aws/fault.h"
#include "backend/aws/sigv4.h"
#include "backend/base/log.h"

enum {
	DEADLINE_MS = 30000,
	ANSWER_LIMIT = 32 << 20,
	TRIES = 3,
	WAIT_LIMIT_MS = 20000, /* longer is for the caller to wait */
};

static const char content_type[] =
	"application/x-www-form-urlencoded; charset=utf-8";

struct call;

struct query_service {
	struct reactor *reactor;
	struct aws_session *session;
	char *name, *version, *region;
	struct http_endpoint endpoint; /* scheme, host, port */
	char *host, *path;	       /* as sent, and as signed */
	struct err trouble;	       /* of the endpoint's URL */
	enum xml_dialect dialect;
	struct rng rng;
	struct retry_budget budget;
	struct call *calls;
};

struct call {
	struct call *next, **back;
	struct query_service *service;
	enum row_id row;
	aws_on_done on_done;
	void *ctx;
	struct permit permit; /* of writes */
	char *body;
	struct buf answer;
	struct http_request *request;
	struct reactor_timer *timer;
	struct backoff backoff;
	int tries, cost; /* cost: taken from the budget */
	bool refused;	 /* tried anew with other keys or clock */
	bool freeing;
};

/* ---- the service ---- */

/* "http://127.0.0.1:5577/prefix" -> host "127.0.0.1:5577", path "/prefix/". */
static void
read_endpoint(struct query_service *s, char *url)
{
	const char *start = strstr(url, "://");
	size_t len;

	if ((!str_has_prefix(url, "https://") &&
	     !str_has_prefix(url, "http://")) ||
	    !start[3] || strpbrk(url, " \t\r\n@?#")) {
		char *shown = http_url_shown(url);

		err_set(&s->trouble, ERR_CONFIG,
			"the endpoint of %s, \"%s\", is no http or https URL "
			"with host and path alone", s->name, shown);
		free(shown);
		free(url);
		return;
	}
	start += 3;
	len = strcspn(start, "/");
	s->host = xstrndup(start, len);
	s->path = xasprintf("%s/", start + len);
	s->endpoint.base_url = xstrndup(url, (size_t)(start - url) + len);
	free(url);
}

struct query_service *
query_service_new(struct reactor *r, struct aws_session *session,
		  const char *name, const char *version, const char *region,
		  uint64_t seed)
{
	struct query_service *s = xcalloc(1, sizeof(*s));

	s->reactor = r;
	s->session = session;
	s->name = xstrdup(name);
	s->version = xstrdup(version);
	s->region = xstrdup(region);
	s->dialect = strcmp(name, "ec2") ? XML_QUERY : XML_EC2;
	s->rng.state = seed;
	s->budget.tokens = RETRY_BUDGET;
	read_endpoint(s, aws_endpoint_find(name, region));
	return s;
}

static void
call_free(struct call *c)
{
	*c->back = c->next;
	if (c->next)
		c->next->back = c->back;
	reactor_timer_free(c->timer);
	buf_fini(&c->answer);
	free(c->body);
	free(c);
}

void
query_service_free(struct query_service *s)
{
	if (!s)
		return;
	while (s->calls) {
		struct call *c = s->calls;

		c->freeing = true;
		if (c->request)
			http_cancel(c->request);
		call_free(c);
	}
	http_endpoint_fini(&s->endpoint);
	free(s->host);
	free(s->path);
	free(s->name);
	free(s->version);
	free(s->region);
	free(s);
}

/* ---- the end of a call ---- */

static void
call_end(struct call *c, struct aws_answer *a)
{
	struct query_service *s = c->service;
	aws_on_done on_done = c->on_done;
	void *ctx = c->ctx;
	struct arena *arena = arena_new();

	if (!a->err.code) {
		a->body = xml_parse(arena, s->dialect, buf_text(&c->answer),
				    c->answer.len, &a->err);
		if (!a->body)
			err_prefix(&a->err, "%s at %s", rows[c->row].action,
				   s->endpoint.base_url);
		else if (s->dialect == XML_QUERY)
			a->body = xml_result(a->body);
	}
	call_free(c);
	on_done(ctx, a);
	arena_free(arena);
}

static void
call_fail(struct call *c, const struct err *err)
{
	struct aws_answer a = { .code = "", .err = *err,
				.retry_after_ms = -1 };

	call_end(c, &a);
}

/* ---- trying again ---- */

/* True when the call has been set to try again. */
static bool
try_again(struct call *c, enum retry_class class,
	  const struct http_result *r, const struct err *why)
{
	struct query_service *s = c->service;
	bool changed = class == RETRY_AUTH &&
		       aws_session_refused(s->session, r->head.date_ms);
	int64_t wait = 0;

	if (rows[c->row].access == ROW_WRITE)
		return false;
	if (class == RETRY_AUTH) {
		if (!changed || c->refused)
			return false;
		c->refused = true;
	} else {
		if (class == RETRY_NO || ++c->tries >= TRIES ||
		    r->head.retry_after_ms > WAIT_LIMIT_MS)
			return false;
		c->cost = r->head.status ? RETRY_COST : RETRY_COST_TIMEOUT;
		if (!retry_budget_take(&s->budget, c->cost))
			return false;
		wait = backoff_next(&c->backoff,
				    clock_boot_ms(reactor_clock(s->reactor)),
				    r->head.retry_after_ms);
	}
	log_at(LOG_INFO, "aws", "%s again in %lld ms: %s", rows[c->row].name,
	       (long long)wait, why->text);
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
	struct query_service *s = c->service;
	struct aws_answer a = { .status = r->head.status, .code = "",
				.retry_after_ms = r->head.retry_after_ms };
	struct aws_fault fault;
	enum retry_class class = RETRY_NO;

	c->request = NULL;
	if (c->freeing)
		return;
	if (!buf_ok(&c->answer)) {
		err_set(&a.err, ERR_LIMIT, "%s at %s: the answer is larger "
			"than %d MiB", rows[c->row].action,
			s->endpoint.base_url, ANSWER_LIMIT >> 20);
	} else if (r->err.code) {
		class = retry_classify_status(r);
		a.err = r->err;
		err_prefix(&a.err, "%s", rows[c->row].action);
	} else if (r->head.status != 200) {
		xml_fault(buf_text(&c->answer), c->answer.len, &fault);
		class = aws_fault_retry(&fault, r);
		a.code = fault.code;
		aws_fault_error(&fault, r->head.status, c->row,
				&s->session->keys, &a.err);
	} else {
		retry_budget_give(&s->budget, c->cost ? c->cost : 1);
	}
	if (!a.err.code || !try_again(c, class, r, &a.err))
		call_end(c, &a);
}

/* ---- sending ---- */

static bool
sign(struct call *c, struct sigv4_result *out, struct err *err)
{
	struct query_service *s = c->service;
	struct sigv4_header headers[] = {
		{ "Host", s->host },
		{ "Content-Type", content_type },
	};

	return sigv4_sign_header(&(struct sigv4_request){
		.method = "POST",
		.path = s->path,
		.query = "",
		.headers = headers,
		.header_n = ARRAY_LEN(headers),
		.body = c->body,
		.body_len = strlen(c->body),
		.region = s->region,
		.service = s->name,
		.at_ms = aws_session_now_ms(s->session),
		.normalize_path = true,
	}, &s->session->keys, out, err);
}

static void
send_signed(struct call *c, const struct sigv4_result *signature,
	    struct err *err)
{
	struct query_service *s = c->service;
	const char *token = s->session->keys.token;
	char *lines[6];
	int n = 0;

	lines[n++] = xasprintf("Host: %s", s->host);
	lines[n++] = xasprintf("Content-Type: %s", content_type);
	lines[n++] = xasprintf("Authorization: %s",
			       buf_text(&signature->authorization));
	lines[n++] = xasprintf("X-Amz-Date: %s", signature->amz_date);
	if (token)
		lines[n++] = xasprintf("X-Amz-Security-Token: %s", token);
	lines[n] = NULL;
	buf_reset(&c->answer);
	c->request = http_start(s->reactor, &(struct http_call){
		.row = c->row,
		.permit = rows[c->row].access == ROW_WRITE ? &c->permit : NULL,
		.to = &s->endpoint,
		.method = "POST",
		.target = s->path,
		.headers = (const char *const *)lines,
		.body = c->body,
		.body_len = strlen(c->body),
		/* The lease outlives the request, whatever its answer. */
		.total_ms = c->permit.deadline_boot_ms ? PERMIT_LEASED_MS
							: DEADLINE_MS,
		.on_bytes = on_bytes,
		.on_done = on_done,
		.ctx = c,
	}, err);
	while (n--)
		secret_free(lines[n]);
}

static void
on_timer(void *ctx)
{
	struct call *c = ctx;
	struct sigv4_result signature;
	struct err err = { 0 };

	if (!aws_session_ready(c->service->session, &err)) {
		call_fail(c, &err);
		return;
	}
	if (sign(c, &signature, &err))
		send_signed(c, &signature, &err);
	sigv4_result_fini(&signature);
	if (!c->request)
		call_fail(c, &err);
}

static bool
may_start(const struct query_service *s, const struct query_call *call,
	  struct err *err)
{
	const char *action = rows[call->row].action;

	if (rows[call->row].access == ROW_WRITE && !call->permit)
		return err_set(err, ERR_REFUSED, "%s: a change without a "
			       "permit", action);
	if (s->trouble.code)
		return err_set(err, s->trouble.code, "%s: %s", action,
			       s->trouble.text);
	return true;
}

bool
query_start(struct query_service *s, const struct query_call *call,
	    struct err *err)
{
	struct call *c;

	if (!may_start(s, call, err))
		return false;
	c = xcalloc(1, sizeof(*c));
	c->service = s;
	c->row = call->row;
	c->on_done = call->on_done;
	c->ctx = call->ctx;
	if (call->permit) {
		c->permit = *call->permit;
		call->permit->used = true;
	}
	c->body = xasprintf("%s&Version=%s", call->form, s->version);
	buf_init(&c->answer, ANSWER_LIMIT);
	c->backoff = backoff_aws(rng_next(&s->rng));
	c->timer = reactor_timer_new(s->reactor, on_timer, c);
	c->next = s->calls;
	c->back = &s->calls;
	if (c->next)
		c->next->back = &c->next;
	s->calls = c;
	/* Never from inside the caller: on_done may free what it stands on. */
	reactor_timer_arm(c->timer, 0);
	return true;
}
