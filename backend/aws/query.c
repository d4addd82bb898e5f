/*
 * AWS query calls.
 */
#include "backend/aws/query.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/aws/sigv4.h"
#include "backend/base/log.h"
#include "backend/base/text.h"
#include "backend/net/xml.h"

enum {
	DEADLINE_MS = 30000,
	ANSWER_LIMIT = 32 << 20,
	TRIES = 3,
	SKEW_MS = 4 * 60 * 1000, /* less is within AWS's own tolerance */
};

struct query_call_state;

struct query_service {
	struct reactor *reactor;
	char *name, *version, *region;
	struct http_endpoint endpoint;
	struct aws_keys keys;
	struct rng rng;
	struct retry_budget budget;
	int64_t skew_ms; /* server minus us, once it mattered */
	struct query_call_state *calls;
};

struct query_call_state {
	struct query_call_state *next, **back;
	struct query_service *service;
	struct query_call call;
	struct permit permit;
	char *body;
	struct buf answer;
	struct http_request *request;
	struct reactor_timer *timer;
	struct backoff backoff;
	int tries, cost;
	bool freeing;
};

/* What AWS calls a failure, and what we make of it. */
static const struct fault_class {
	const char *code;
	enum err_code err;
	enum retry_class retry;
} fault_classes[] = {
	{ "Throttling", ERR_LIMIT, RETRY_THROTTLE },
	{ "ThrottlingException", ERR_LIMIT, RETRY_THROTTLE },
	{ "ThrottledException", ERR_LIMIT, RETRY_THROTTLE },
	{ "RequestThrottled", ERR_LIMIT, RETRY_THROTTLE },
	{ "RequestThrottledException", ERR_LIMIT, RETRY_THROTTLE },
	{ "TooManyRequestsException", ERR_LIMIT, RETRY_THROTTLE },
	{ "RequestLimitExceeded", ERR_LIMIT, RETRY_THROTTLE },
	{ "BandwidthLimitExceeded", ERR_LIMIT, RETRY_THROTTLE },
	{ "LimitExceededException", ERR_LIMIT, RETRY_THROTTLE },
	{ "SlowDown", ERR_LIMIT, RETRY_THROTTLE },
	{ "EC2ThrottledException", ERR_LIMIT, RETRY_THROTTLE },
	{ "PriorRequestNotComplete", ERR_RETRY, RETRY_TRANSIENT },
	{ "RequestTimeout", ERR_RETRY, RETRY_TRANSIENT },
	{ "RequestTimeoutException", ERR_RETRY, RETRY_TRANSIENT },
	{ "ResourceContention", ERR_RETRY, RETRY_TRANSIENT },
	{ "InternalError", ERR_RETRY, RETRY_TRANSIENT },
	{ "InternalFailure", ERR_RETRY, RETRY_TRANSIENT },
	{ "ServiceUnavailable", ERR_RETRY, RETRY_TRANSIENT },
	{ "Unavailable", ERR_RETRY, RETRY_TRANSIENT },
	{ "RequestTimeTooSkewed", ERR_AUTH, RETRY_AUTH },
	{ "RequestExpired", ERR_AUTH, RETRY_AUTH },
	{ "InvalidSignatureException", ERR_AUTH, RETRY_AUTH },
	{ "SignatureDoesNotMatch", ERR_AUTH, RETRY_AUTH },
	{ "ExpiredToken", ERR_AUTH, RETRY_AUTH },
	{ "ExpiredTokenException", ERR_AUTH, RETRY_AUTH },
	{ "InvalidClientTokenId", ERR_AUTH, RETRY_NO },
	{ "UnrecognizedClientException", ERR_AUTH, RETRY_NO },
	{ "AuthFailure", ERR_AUTH, RETRY_AUTH },
	{ "MissingAuthenticationToken", ERR_AUTH, RETRY_NO },
	{ "OptInRequired", ERR_AUTH, RETRY_NO },
	{ "AccessDenied", ERR_DENIED, RETRY_NO },
	{ "AccessDeniedException", ERR_DENIED, RETRY_NO },
	{ "UnauthorizedOperation", ERR_DENIED, RETRY_NO },
	{ "ScalingActivityInProgress", ERR_CONFLICT, RETRY_NO },
	{ "ResourceInUse", ERR_CONFLICT, RETRY_NO },
	{ NULL, ERR_BAD, RETRY_NO },
};

static void call_start(struct query_call_state *c);

struct query_service *
query_service_new(struct reactor *r, const char *name, const char *version,
		  const char *region, uint64_t seed)
{
	struct query_service *s = xcalloc(1, sizeof(*s));

	s->reactor = r;
	s->name = xstrdup(name);
	s->version = xstrdup(version);
	s->region = xstrdup(region);
	s->endpoint.base_url = aws_endpoint_find(name, region);
	s->rng.state = seed;
	s->budget.tokens = RETRY_BUDGET;
	return s;
}

static void
call_free(struct query_call_state *c)
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
		struct query_call_state *c = s->calls;

		c->freeing = true;
		if (c->request)
			http_cancel(c->request);
		call_free(c);
	}
	aws_keys_fini(&s->keys);
	http_endpoint_fini(&s->endpoint);
	free(s->name);
	free(s->version);
	free(s->region);
	free(s);
}

const struct aws_keys *
query_keys(const struct query_service *s)
{
	return &s->keys;
}

static void
call_end(struct query_call_state *c, struct aws_answer *a)
{
	aws_on_done on_done = c->call.on_done;
	void *ctx = c->call.ctx;
	struct arena *arena = arena_new();

	if (!a->err.code) {
		a->body = xml_parse(arena,
				    strcmp(c->service->name, "ec2")
					    ? XML_QUERY
					    : XML_EC2,
				    buf_text(&c->answer), c->answer.len,
				    &a->err);
		if (!a->body)
			err_prefix(&a->err, "%s at %s: ",
				   rows[c->call.row].action,
				   c->service->endpoint.base_url);
	}
	/* Query services wrap the result; EC2 does not. */
	if (a->body && strcmp(c->service->name, "ec2") != 0)
		tree_each(child, a->body) {
			size_t len = child->key_len;

			if (len > 6 &&
			    !memcmp(child->key + len - 6, "Result", 6)) {
				a->body = child;
				break;
			}
		}
	call_free(c);
	on_done(ctx, a);
	arena_free(arena);
}

static const struct fault_class *
classify(const char *code)
{
	const struct fault_class *f = fault_classes;

	while (f->code && strcmp(f->code, code) != 0)
		f++;
	return f;
}

/* Says who we are to AWS when that is what it objects to. */
static void
fault_error(const struct query_call_state *c, const struct aws_fault *f,
	    int status, struct err *err)
{
	const struct fault_class *class = classify(f->code);
	enum err_code code = class->err;

	if (!*f->code && status >= 500)
		code = ERR_RETRY;
	if (code == ERR_AUTH)
		err_set(err, code, "%s: %s: %s (credentials from %s)",
			rows[c->call.row].action, f->code, f->message,
			*c->service->keys.source ? c->service->keys.source
						 : "nowhere");
	else
		err_set(err, code, "%s: %s%s%s (HTTP %d)",
			rows[c->call.row].action,
			*f->code ? f->code : "not an AWS answer",
			*f->message ? ": " : "", f->message, status);
}

static bool
again(struct query_call_state *c, enum retry_class class,
      const struct http_result *r)
{
	struct query_service *s = c->service;

	if (rows[c->call.row].access == ROW_WRITE || ++c->tries >= TRIES)
		return false;
	if (class == RETRY_AUTH) {
		/* Keys may have been renewed in their file, and the clock may
		 * be off: both are looked at once. */
		if (c->tries > 1)
			return false;
		aws_keys_fini(&s->keys);
		if (r->head.date_ms) {
			int64_t skew = r->head.date_ms -
				       clock_wall_ms(reactor_clock(
					       s->reactor));

			s->skew_ms = skew > SKEW_MS || skew < -SKEW_MS ? skew
								       : 0;
		}
		reactor_timer_arm(c->timer, 0);
		return true;
	}
	if (class == RETRY_NO)
		return false;
	c->cost = r->head.status ? RETRY_COST : RETRY_COST_TIMEOUT;
	if (!retry_budget_take(&s->budget, c->cost))
		return false;
	reactor_timer_arm(c->timer,
			  backoff_next(&c->backoff,
				       clock_boot_ms(reactor_clock(
					       s->reactor)),
				       r->head.retry_after_ms));
	return true;
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct query_call_state *c = ctx;

	buf_add(&c->answer, bytes, len);
	return buf_ok(&c->answer);
}

static void
on_done(void *ctx, const struct http_result *r)
{
	struct query_call_state *c = ctx;
	struct aws_answer a = { .status = r->head.status, .code = "" };
	struct aws_fault fault;
	enum retry_class class;

	memset(&fault, 0, sizeof(fault));
	c->request = NULL;
	if (c->freeing)
		return;
	if (!buf_ok(&c->answer)) {
		err_set(&a.err, ERR_LIMIT, "%s: the answer is larger than %d "
			"MiB", rows[c->call.row].action, ANSWER_LIMIT >> 20);
		call_end(c, &a);
		return;
	}
	if (!r->err.code && r->head.status == 200) {
		retry_budget_give(&c->service->budget, c->cost ? c->cost : 1);
		call_end(c, &a);
		return;
	}
	class = retry_classify_status(r);
	if (!r->err.code) {
		xml_fault(buf_text(&c->answer), c->answer.len, &fault);
		a.code = fault.code;
		if (*fault.code && classify(fault.code)->code)
			class = classify(fault.code)->retry;
		fault_error(c, &fault, r->head.status, &a.err);
	} else {
		a.err = r->err;
		a.status = 0;
	}
	if (again(c, class, r))
		return;
	call_end(c, &a);
}

static bool
sign(struct query_call_state *c, struct sigv4_result *out, struct err *err)
{
	struct query_service *s = c->service;
	const char *host = strstr(s->endpoint.base_url, "://") + 3;
	char *bare = xstrndup(host, strcspn(host, "/"));
	struct sigv4_header headers[] = {
		{ "Host", bare },
		{ "Content-Type",
		  "application/x-www-form-urlencoded; charset=utf-8" },
	};
	bool ok = sigv4_sign_header(&(struct sigv4_request){
		.method = "POST",
		.path = "/",
		.query = "",
		.headers = headers,
		.header_n = 2,
		.body = c->body,
		.body_len = strlen(c->body),
		.region = s->region,
		.service = s->name,
		.at_ms = clock_wall_ms(reactor_clock(s->reactor)) + s->skew_ms,
	}, &s->keys, out, err);

	free(bare);
	return ok;
}

static void
call_send(struct query_call_state *c, const struct sigv4_result *signature,
	  struct err *err)
{
	struct query_service *s = c->service;
	const char *lines[5];
	char *owned[3];
	int n = 0, k = 0;

	lines[n++] = "Content-Type: application/x-www-form-urlencoded; "
		     "charset=utf-8";
	lines[n++] = owned[k++] = xasprintf(
		"Authorization: %s", buf_text(&signature->authorization));
	lines[n++] = owned[k++] = xasprintf("X-Amz-Date: %s",
					    signature->amz_date);
	if (s->keys.token)
		lines[n++] = owned[k++] = xasprintf("X-Amz-Security-Token: %s",
						    s->keys.token);
	lines[n] = NULL;
	buf_reset(&c->answer);
	c->request = http_start(s->reactor, &(struct http_call){
		.row = c->call.row,
		.permit = c->call.permit ? &c->permit : NULL,
		.to = &s->endpoint,
		.method = "POST",
		.target = "/",
		.headers = lines,
		.body = c->body,
		.body_len = strlen(c->body),
		/* The lease outlives the request, whatever its answer. */
		.total_ms = c->call.permit && c->permit.deadline_boot_ms
				    ? PERMIT_LEASED_MS
				    : DEADLINE_MS,
		.on_bytes = on_bytes,
		.on_done = on_done,
		.ctx = c,
	}, err);
	while (k--)
		secret_free(owned[k]);
}

static void
call_start(struct query_call_state *c)
{
	struct query_service *s = c->service;
	struct sigv4_result signature;
	struct aws_answer a = { .code = "" };
	int64_t now = clock_wall_ms(reactor_clock(s->reactor));

	if (s->keys.end_ms && now >= s->keys.end_ms)
		aws_keys_fini(&s->keys);
	if (!s->keys.id && !aws_keys_find(&s->keys, &a.err)) {
		call_end(c, &a);
		return;
	}
	if (sign(c, &signature, &a.err))
		call_send(c, &signature, &a.err);
	sigv4_result_fini(&signature);
	if (!c->request)
		call_end(c, &a);
}

static void
on_timer(void *ctx)
{
	call_start(ctx);
}

bool
query_start(struct query_service *s, const struct query_call *call,
	    struct err *err)
{
	struct query_call_state *c;

	if (rows[call->row].access == ROW_WRITE && !call->permit)
		return err_set(err, ERR_REFUSED, "%s: a change without a "
			       "permit", rows[call->row].action);
	c = xcalloc(1, sizeof(*c));
	c->service = s;
	c->call = *call;
	c->call.form = NULL;
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
