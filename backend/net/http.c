/*
 * One HTTP exchange: building the easy handle, following it, ending it once.
 */
#include "backend/net/http.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "backend/base/log.h"
#include "backend/base/text.h"
#include "backend/net/http_private.h"
#include "backend/net/reactor_private.h"

enum { CONNECT_MS = 10000, SMALL_PIECE = 4096, PIECE = 65536 };

static bool loopback_only;

struct http_request {
	struct reactor_transfer transfer; /* first: see reactor_private.h */
	struct reactor *reactor;
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	char *url, *body;
	enum row_id row;
	struct http_call call;		/* callbacks and limits */
	struct http_result result;
	struct reactor_timer *silence;
	int64_t started_ms, heard_ms;
	char curl_text[CURL_ERROR_SIZE];
	bool head_told, in_callback, ending, address_refused;
};

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

/* ---- the end ---- */

static void
request_free(struct http_request *q)
{
	reactor_timer_free(q->silence);
	curl_slist_free_all(q->headers);
	curl_slist_free_all(q->connect_to);
	free(q->url);
	if (q->body)
		explicit_bzero(q->body, q->call.body_len);
	free(q->body);
	free(q);
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
request_end(struct http_request *q)
{
	int64_t now = clock_boot_ms(reactor_clock(q->reactor));

	q->result.took_ms = now - q->started_ms;
	log_at(LOG_DEBUG, "http", "%s %s status=%d bytes=%llu ms=%lld%s%s",
	       rows[q->row].name, q->call.method, q->result.head.status,
	       (unsigned long long)q->result.bytes_in,
	       (long long)q->result.took_ms,
	       q->result.err.code ? " error=" : "",
	       q->result.err.code ? q->result.err.text : "");
	if (q->easy) {
		curl_easy_setopt(q->easy, CURLOPT_PRIVATE, NULL);
		reactor_remove(q->reactor, q->easy);
		q->easy = NULL;
	}
	if (q->call.on_done)
		q->call.on_done(q->call.ctx, &q->result);
	request_free(q);
}

static void
on_end(struct reactor_transfer *t, CURLcode code)
{
	struct http_request *q = (struct http_request *)(void *)t;

	if (q->result.cancelled) {
		if (!q->result.err.code)
			err_set(&q->result.err, ERR_CANCELLED, "cancelled");
	} else if (q->result.silent) {
		err_set(&q->result.err, ERR_RETRY, "%s: no word for %lld s",
			q->call.to->base_url,
			(long long)(q->call.silence_ms / 1000));
	} else if (code != CURLE_OK) {
		http_curl_error(code, q->curl_text, q->call.to->base_url,
				q->address_refused, &q->result.err);
	} else {
		tell_head(q);
	}
	request_end(q);
}

void
http_cancel(struct http_request *q)
{
	if (q->result.cancelled)
		return;
	q->result.cancelled = true;
	/* Inside our own callback libcurl still holds the handle: it is told
	 * to stop there, and on_end follows in this turn. */
	if (q->in_callback)
		return;
	err_set(&q->result.err, ERR_CANCELLED, "cancelled");
	request_end(q);
}

/* ---- what libcurl calls ---- */

static bool
header_is(const char *line, size_t len, const char *name, const char **value)
{
	size_t n = strlen(name);

	if (len <= n || line[n] != ':' || strncasecmp(line, name, n))
		return false;
	*value = line + n + 1;
	while (**value == ' ' || **value == '\t')
		(*value)++;
	return true;
}

static size_t
on_header(char *data, size_t size, size_t count, void *ctx)
{
	struct http_request *q = ctx;
	struct http_head *h = &q->result.head;
	size_t len = size * count;
	char line[512];
	const char *v;

	if (len >= sizeof(line))
		return size * count; /* none of ours is that long */
	memcpy(line, data, len);
	line[len] = '\0';
	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
	if (str_has_prefix(line, "HTTP/")) {
		/* A new head: 100 Continue or a proxy's came before. */
		*h = (struct http_head){ .retry_after_ms = -1 };
		v = strchr(line, ' ');
		h->status = v ? (int)strtol(v, NULL, 10) : 0;
		q->result.head.content_type = "";
	} else if (header_is(line, len, "retry-after", &v)) {
		h->retry_after_ms = http_retry_after(v, h->date_ms);
	} else if (header_is(line, len, "date", &v)) {
		if (!time_parse_http(v, &h->date_ms))
			h->date_ms = 0;
	} else if (header_is(line, len, "paddock-time", &v)) {
		http_paddock_time(v, &h->world_ms, &h->world_speed_milli);
	}
	return size * count;
}

static size_t
on_write(char *data, size_t size, size_t count, void *ctx)
{
	struct http_request *q = ctx;
	size_t len = size * count;
	bool go_on = true;
	char *type = NULL;

	if (q->result.cancelled)
		return 0;
	q->heard_ms = clock_boot_ms(reactor_clock(q->reactor));
	q->result.bytes_in += len;
	q->in_callback = true;
	if (!q->head_told) {
		curl_easy_getinfo(q->easy, CURLINFO_CONTENT_TYPE, &type);
		q->result.head.content_type = type ? type : "";
		tell_head(q);
	}
	if (!q->result.cancelled && q->call.on_bytes)
		go_on = q->call.on_bytes(q->call.ctx, data, len);
	q->in_callback = false;
	if (!go_on)
		q->result.cancelled = true;
	return q->result.cancelled ? 0 : len;
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

static void
on_silence(void *ctx)
{
	struct http_request *q = ctx;
	int64_t quiet = clock_boot_ms(reactor_clock(q->reactor)) - q->heard_ms;

	if (quiet < q->call.silence_ms) {
		reactor_timer_arm(q->silence, q->call.silence_ms - quiet);
		return;
	}
	q->result.silent = true;
	on_end(&q->transfer, CURLE_OPERATION_TIMEDOUT);
}

/* ---- building ---- */

static void
set_blob(CURL *easy, CURLoption option, char *pem)
{
	struct curl_blob blob = {
		.data = pem, .len = strlen(pem), .flags = CURL_BLOB_NOCOPY
	};

	curl_easy_setopt(easy, option, &blob);
}

static void
set_tls(CURL *easy, const struct http_endpoint *e)
{
	if (e->ca_pem)
		set_blob(easy, CURLOPT_CAINFO_BLOB, e->ca_pem);
	if (e->client_cert_pem) {
		set_blob(easy, CURLOPT_SSLCERT_BLOB, e->client_cert_pem);
		curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
	}
	if (e->client_key_pem) {
		set_blob(easy, CURLOPT_SSLKEY_BLOB, e->client_key_pem);
		curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
	}
	if (e->insecure_skip_tls_verify) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void
set_proxy(CURL *easy, const struct http_endpoint *e)
{
	if (e->proxy_url)
		curl_easy_setopt(easy, CURLOPT_PROXY, e->proxy_url);
	else if (loopback_only)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

static void
set_headers(struct http_request *q, const struct http_call *c)
{
	struct curl_slist *list = q->headers;
	char line[160];

	for (uint32_t i = 0; c->headers && c->headers[i]; i++)
		list = curl_slist_append(list, c->headers[i]);
	/* No "Expect: 100-continue": it costs a second on servers that do not
	 * know it. */
	list = curl_slist_append(list, "Expect:");
	if (c->permit)
		snprintf(line, sizeof(line), "User-Agent: %s (act %s)",
			 http_user_agent(), c->permit->act_id);
	else
		snprintf(line, sizeof(line), "User-Agent: %s",
			 http_user_agent());
	list = curl_slist_append(list, line);
	q->headers = list;
	curl_easy_setopt(q->easy, CURLOPT_HTTPHEADER, list);
}

static void
set_method(struct http_request *q, const struct http_call *c)
{
	CURL *easy = q->easy;

	if (c->body) {
		q->body = xmemdup(c->body, c->body_len + 1);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)c->body_len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, q->body);
	} else if (!strcmp(c->method, "POST") || !strcmp(c->method, "PUT")) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
	}
	if (strcmp(c->method, "GET") != 0 || c->body)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST,
				 q->call.method);
}

static void
set_limits(struct http_request *q, const struct http_call *c)
{
	CURL *easy = q->easy;
	bool stream = c->total_ms == 0;

	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(c->connect_ms ? c->connect_ms : CONNECT_MS));
	if (c->total_ms)
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)c->total_ms);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
			 (long)(c->small_pieces ? SMALL_PIECE : PIECE));
	/* Compressing a watch would hold its events back. */
	if (!stream && !c->to->disable_compression)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
}

static void
set_options(struct http_request *q, const struct http_call *c)
{
	CURL *easy = q->easy;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, &q->transfer);
	curl_easy_setopt(easy, CURLOPT_URL, q->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, q->curl_text);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, q);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, q);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, q);
	set_tls(easy, c->to);
	set_proxy(easy, c->to);
	set_method(q, c);
	set_headers(q, c);
	set_limits(q, c);
	if (q->connect_to)
		curl_easy_setopt(easy, CURLOPT_CONNECT_TO, q->connect_to);
}

static bool
may_start(struct reactor *r, const struct http_call *c, struct err *err)
{
	BUG_IF(c->row >= ROW_COUNT);
	if (rows[c->row].access == ROW_READ)
		return true;
	if (!c->permit)
		return err_set(err, ERR_REFUSED,
			       "%s: a change without a permit",
			       rows[c->row].action);
	return permit_spend(c->permit, c->row,
			    clock_boot_ms(reactor_clock(r)), err);
}

struct http_request *
http_start(struct reactor *r, const struct http_call *c, struct err *err)
{
	struct http_request *q;

	if (!may_start(r, c, err))
		return NULL;
	q = xcalloc(1, sizeof(*q));
	q->transfer.on_end = on_end;
	q->reactor = r;
	q->row = c->row;
	q->call = *c;
	q->call.permit = NULL;
	q->call.headers = NULL;
	q->call.target = NULL;
	q->call.method = http_method_name(c->method);
	q->result.head.retry_after_ms = -1;
	q->result.head.content_type = "";
	q->url = http_url(c->to, c->target, &q->connect_to, &q->headers);
	q->easy = curl_easy_init();
	if (!q->easy)
		BUG("curl_easy_init failed");
	set_options(q, c);
	q->started_ms = clock_boot_ms(reactor_clock(r));
	q->heard_ms = q->started_ms;
	if (c->silence_ms) {
		q->silence = reactor_timer_new(r, on_silence, q);
		reactor_timer_arm(q->silence, c->silence_ms);
	}
	reactor_add(r, q->easy);
	return q;
}

void
http_pause(struct http_request *q, bool paused)
{
	if (q->easy)
		curl_easy_pause(q->easy, paused ? CURLPAUSE_RECV
						: CURLPAUSE_CONT);
}
