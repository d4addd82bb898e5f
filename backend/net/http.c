/*
 * The life of one HTTP exchange.
 *
 * started -> head -> bytes -> ended, where ended is reached once, by libcurl,
 * the watchdog or http_cancel, and tells on_done.  After that libcurl may still
 * hold the handle (cancelled inside one of its callbacks): the request stays in
 * memory, deaf, until the reactor has removed it.
 */
#include "backend/net/http.h"

#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/net/http_private.h"

#ifndef PADDOCK_VERSION
#define PADDOCK_VERSION "unversioned"
#endif

static bool loopback_only;

void
http_global_init(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void
http_global_fini(void)
{
	curl_global_cleanup();
}

void
http_set_loopback_only(bool on)
{
	loopback_only = on;
}

bool
http_loopback_only(void)
{
	return loopback_only;
}

const char *
http_user_agent(void)
{
	return "paddock/" PADDOCK_VERSION;
}

void
http_endpoint_fini(struct http_endpoint *e)
{
	free(e->base_url);
	free(e->ca_pem);
	free(e->client_cert_pem);
	secret_free(e->client_key_pem);
	free(e->tls_server_name);
	free(e->proxy_url);
	*e = (struct http_endpoint){ 0 };
}

static int64_t
now_ms(const struct http_request *q)
{
	return clock_boot_ms(reactor_clock(q->reactor));
}

/* ---- the end ---- */

static void
request_free(struct http_request *q)
{
	if (q->transfer.easy)
		curl_easy_cleanup(q->transfer.easy);
	/* Headers and bodies may hold tokens. */
	for (struct curl_slist *s = q->headers; s; s = s->next)
		explicit_bzero(s->data, strlen(s->data));
	curl_slist_free_all(q->headers);
	curl_slist_free_all(q->connect_to);
	if (q->body)
		explicit_bzero(q->body, q->call.body_len);
	free(q->body);
	secret_free(q->proxy);
	free(q->url);
	free(q->shown);
	free(q->content_type);
	free(q->location);
	free(q);
}

static void
on_removed(struct reactor_transfer *t)
{
	request_free((struct http_request *)(void *)t);
}

static void
log_end(const struct http_request *q)
{
	const struct http_result *r = &q->result;

	log_at(LOG_DEBUG, "http", "%s %s %s status=%d bytes=%llu ms=%lld%s%s",
	       rows[q->call.row].name, q->method, q->shown, r->head.status,
	       (unsigned long long)r->bytes_in, (long long)r->took_ms,
	       r->err.code ? " error=" : "", r->err.code ? r->err.text : "");
}

static void
request_end(struct http_request *q)
{
	if (q->ended)
		return;
	q->ended = true;
	q->result.took_ms = now_ms(q) - q->started_ms;
	log_end(q);
	reactor_timer_free(q->watchdog);
	q->watchdog = NULL;
	if (q->call.on_done)
		q->call.on_done(q->call.ctx, &q->result);
	reactor_transfer_remove(q->reactor, &q->transfer);
}

static void
tell_head(struct http_request *q)
{
	if (q->head_told)
		return;
	q->head_told = true;
	if (q->call.on_head)
		q->call.on_head(q->call.ctx, &q->result.head);
}

static void
set_failure(struct http_request *q, CURLcode code)
{
	struct http_failure f = {
		.code = code,
		.curl_text = q->curl_text,
		.shown = q->shown,
		.through_proxy = q->proxy != NULL,
	};

	if (q->address_refused) {
		err_set(&q->result.err, ERR_REFUSED,
			"%s: only loopback addresses are allowed here",
			q->shown);
		return;
	}
	curl_easy_getinfo(q->transfer.easy, CURLINFO_SSL_VERIFYRESULT,
			  &f.verify);
	curl_easy_getinfo(q->transfer.easy, CURLINFO_OS_ERRNO, &f.os_errno);
	http_failure(&f, &q->result.err);
}

/* libcurl is done. */
static void
on_end(struct reactor_transfer *t, CURLcode code)
{
	struct http_request *q = (struct http_request *)(void *)t;

	if (q->ended)
		return;
	if (code == CURLE_ABORTED_BY_CALLBACK) {
		http_cancel(q);
		return;
	}
	if (code != CURLE_OK)
		set_failure(q, code);
	else
		tell_head(q); /* of an answer without a body */
	request_end(q);
}

void
http_cancel(struct http_request *q)
{
	if (q->ended)
		return;
	q->result.cancelled = true;
	err_set(&q->result.err, ERR_CANCELLED, "%s: cancelled", q->shown);
	request_end(q);
}

/* ---- time ---- */

static int64_t
earlier(int64_t left, int64_t limit_ms, int64_t since_ms)
{
	if (!limit_ms)
		return left;
	limit_ms -= since_ms;
	return limit_ms < left ? limit_ms : left;
}

/* Until the head comes answer_ms rules alone, where there is one. */
static bool
silence_counts(const struct http_request *q)
{
	return q->call.silence_ms && !q->paused &&
	       (q->head_told || !q->call.answer_ms);
}

/* How long until one of the limits passes; <= 0: one has. */
static int64_t
patience(const struct http_request *q)
{
	int64_t now = now_ms(q), left = INT64_MAX;

	left = earlier(left, q->call.total_ms, now - q->started_ms);
	if (!q->head_told)
		left = earlier(left, q->call.answer_ms, now - q->started_ms);
	if (silence_counts(q))
		left = earlier(left, q->call.silence_ms, now - q->heard_ms);
	return left;
}

static void
watch_over(struct http_request *q)
{
	int64_t left = patience(q);

	if (left != INT64_MAX)
		reactor_timer_arm(q->watchdog, left);
}

static void
on_watchdog(void *ctx)
{
	struct http_request *q = ctx;
	const struct http_call *c = &q->call;
	int64_t now = now_ms(q), age = now - q->started_ms;
	struct err *err = &q->result.err;

	if (patience(q) > 0) {
		watch_over(q);
		return;
	}
	if (c->total_ms && age >= c->total_ms)
		err_set(err, ERR_RETRY, "%s: no %sanswer within %g s",
			q->shown, q->head_told ? "complete " : "",
			(double)c->total_ms / 1000);
	else if (!q->head_told && c->answer_ms && age >= c->answer_ms)
		err_set(err, ERR_RETRY,
			"%s: took the request but did not answer for %g s",
			q->shown, (double)c->answer_ms / 1000);
	else
		err_set(err, ERR_RETRY, "%s: no word for %g s", q->shown,
			(double)c->silence_ms / 1000);
	q->result.silent = silence_counts(q) &&
			   now - q->heard_ms >= c->silence_ms;
	request_end(q);
}

/* ---- what libcurl calls ---- */

static size_t
on_header(char *data, size_t size, size_t count, void *ctx)
{
	struct http_request *q = ctx;

	if (q->ended)
		return 0;
	q->heard_ms = now_ms(q);
	/* After the head come only trailers. */
	if (!q->head_told && http_head_line(q, data, size * count))
		tell_head(q);
	/* Paused before libcurl had begun. */
	if (q->paused && !q->ended)
		curl_easy_pause(q->transfer.easy, CURLPAUSE_RECV);
	return q->ended ? 0 : size * count;
}

static size_t
on_write(char *data, size_t size, size_t count, void *ctx)
{
	struct http_request *q = ctx;
	size_t len = size * count;

	if (q->ended)
		return 0;
	q->heard_ms = now_ms(q);
	q->result.bytes_in += len;
	tell_head(q);
	if (!q->ended && q->call.on_bytes &&
	    !q->call.on_bytes(q->call.ctx, data, len))
		http_cancel(q);
	return q->ended ? 0 : len;
}

/* The guard works on the address that is really connected to, after names
 * were resolved and proxies chosen. */
static curl_socket_t
on_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct http_request *q = ctx;

	(void)purpose;
	if (loopback_only && !http_is_loopback(&addr->addr)) {
		q->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(addr->family, addr->socktype | SOCK_CLOEXEC,
		      addr->protocol);
}

/* ---- the beginning ---- */

static bool
may_start(const struct http_call *c, int64_t boot_ms, struct err *err)
{
	BUG_IF(c->row >= ROW_COUNT);
	if (rows[c->row].access == ROW_READ)
		return true;
	if (!c->permit)
		return err_set(err, ERR_REFUSED,
			       "%s: a change without a permit",
			       rows[c->row].action);
	return permit_spend(c->permit, c->row, boot_ms, err);
}

static struct http_request *
request_new(struct reactor *r, const struct http_call *c, int64_t boot_ms)
{
	struct http_request *q = xcalloc(1, sizeof(*q));

	q->transfer.on_end = on_end;
	q->transfer.on_removed = on_removed;
	q->reactor = r;
	q->method = http_method_name(c->method);
	q->started_ms = q->heard_ms = boot_ms;
	q->result.head.retry_after_ms = -1;
	q->result.head.content_type = "";
	q->result.head.location = "";
	/* Callbacks and limits; what is borrowed is not looked at again. */
	q->call = *c;
	q->call.permit = NULL;
	q->call.to = NULL;
	q->call.headers = NULL;
	q->call.method = q->call.target = q->call.body = NULL;
	q->writes = rows[c->row].access == ROW_WRITE;
	if (q->writes) {
		int64_t end = c->permit->deadline_boot_ms;

		memcpy(q->act_id, c->permit->act_id, sizeof(q->act_id));
		q->act_id[sizeof(q->act_id) - 1] = '\0';
		if (end && (!c->total_ms || end - boot_ms < c->total_ms))
			q->call.total_ms = end - boot_ms;
	}
	return q;
}

struct http_request *
http_start(struct reactor *r, const struct http_call *c, struct err *err)
{
	int64_t boot_ms = clock_boot_ms(reactor_clock(r));
	struct http_request *q;
	CURL *easy;

	if (!may_start(c, boot_ms, err))
		return NULL;
	q = request_new(r, c, boot_ms);
	if (!http_setup(q, c, err)) {
		request_free(q);
		return NULL;
	}
	easy = q->transfer.easy;
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, q);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, q);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, q);
	q->watchdog = reactor_timer_new(r, on_watchdog, q);
	watch_over(q);
	reactor_transfer_add(r, &q->transfer);
	return q;
}

void
http_pause(struct http_request *q, bool paused)
{
	if (q->ended || q->paused == paused)
		return;
	q->paused = paused;
	if (paused) {
		q->transfer.resuming = false;
		if (q->transfer.added)
			curl_easy_pause(q->transfer.easy, CURLPAUSE_RECV);
		return;
	}
	q->heard_ms = now_ms(q);
	watch_over(q);
	reactor_transfer_resume(q->reactor, &q->transfer);
}
