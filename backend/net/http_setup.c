/*
 * Building the easy handle of a request: every libcurl option in one place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "backend/net/http_private.h"

enum {
	CONNECT_MS = 10000,
	SMALL_PIECE_BYTES = 4096,
	PIECE_BYTES = 16384, /* a TLS record holds no more */
	KEEPALIVE_IDLE_S = 30,
	KEEPALIVE_EVERY_S = 15,
};

const char *
http_method_name(const char *method)
{
	static const char *const names[] = { "GET",   "POST",	"PUT",
					     "PATCH", "DELETE", "HEAD" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], method) == 0)
			return names[i];
	BUG("unknown method %s", method);
}

char *
http_url_shown(const char *url)
{
	size_t scheme = strcspn(url, ":/?#"), len, authority;
	const char *start, *at;

	scheme = str_has_prefix(url + scheme, "://") ? scheme + 3 : 0;
	start = url + scheme;
	authority = strcspn(start, "/?#");
	at = memrchr(start, '@', authority);
	if (at)
		start = at + 1;
	len = strcspn(start, "?#");
	return xasprintf("%.*s%.*s", (int)scheme, url, (int)len, start);
}

/* The parts of a URL that decide where the request goes. */
struct place {
	CURLU *url;
	char *scheme, *host, *port;
};

static void
place_fini(struct place *p)
{
	curl_free(p->scheme);
	curl_free(p->host);
	curl_free(p->port);
	curl_url_cleanup(p->url);
}

static bool
place_init(struct place *p, const char *url, unsigned flags)
{
	*p = (struct place){ .url = curl_url() };
	return p->url && !curl_url_set(p->url, CURLUPART_URL, url, flags) &&
	       !curl_url_get(p->url, CURLUPART_SCHEME, &p->scheme, 0) &&
	       !curl_url_get(p->url, CURLUPART_HOST, &p->host, 0) &&
	       !curl_url_get(p->url, CURLUPART_PORT, &p->port,
			     CURLU_DEFAULT_PORT);
}

/*
 * libcurl takes SNI and the name to verify from the URL's host.  With a
 * tls-server-name the URL gets that name, CONNECT_TO leads it to the real
 * address, and the Host header stays the real one.
 */
static void
set_server_name(struct http_request *q, struct place *p, const char *name)
{
	char *base = NULL, *line;

	line = xasprintf("%s:%s:%s:%s", name, p->port, p->host, p->port);
	q->connect_to = curl_slist_append(NULL, line);
	free(line);
	line = xasprintf("Host: %s:%s", p->host, p->port);
	q->headers = curl_slist_append(q->headers, line);
	free(line);
	if (!curl_url_set(p->url, CURLUPART_HOST, name, 0) &&
	    !curl_url_get(p->url, CURLUPART_URL, &base, 0)) {
		size_t len = strlen(base);

		while (len && base[len - 1] == '/')
			len--;
		free(q->url);
		q->url = xstrndup(base, len);
	}
	curl_free(base);
	curl_easy_setopt(q->transfer.easy, CURLOPT_CONNECT_TO, q->connect_to);
}

static bool
choose_proxy(struct http_request *q, const struct http_endpoint *e,
	     const struct place *to, bool loopback_only, struct err *err)
{
	struct http_proxy_env env = { NULL, NULL, NULL };
	struct place proxy;
	bool ok;

	if (e->proxy_url && *e->proxy_url) {
		q->proxy = http_proxy_spelled(e->proxy_url);
	} else if (!loopback_only) {
		env = http_proxy_env();
		q->proxy = http_proxy_for(&env, to->scheme, to->host,
					  to->port);
	}
	if (!q->proxy)
		return true;
	ok = place_init(&proxy, q->proxy, CURLU_NON_SUPPORT_SCHEME);
	if (!ok)
		err_set(err, ERR_CONFIG, "%s: its proxy's URL is no URL",
			q->shown);
	else if (loopback_only && !http_host_is_loopback(proxy.host))
		ok = err_set(err, ERR_REFUSED,
			     "%s: its proxy is not on this machine, and only "
			     "loopback addresses are allowed here",
			     q->shown);
	place_fini(&proxy);
	return ok;
}

static bool
set_place(struct http_request *q, const struct http_call *c,
	  bool loopback_only, struct err *err)
{
	const char *base = str_or_empty(c->to->base_url);
	struct place p;
	bool ok;
	char *url;

	q->shown = http_url_shown(base);
	q->url = xstrdup(base);
	ok = place_init(&p, base, 0);
	if (!ok)
		err_set(err, ERR_CONFIG, "%s: this is no URL",
			*q->shown ? q->shown : "(no address)");
	else if (strcmp(p.scheme, "http") != 0 &&
		 strcmp(p.scheme, "https") != 0)
		ok = err_set(err, ERR_CONFIG,
			     "%s: only http and https are spoken", q->shown);
	else if (loopback_only && !http_host_is_loopback(p.host))
		ok = err_set(err, ERR_REFUSED,
			     "%s: only loopback addresses are allowed here",
			     q->shown);
	else
		ok = choose_proxy(q, c->to, &p, loopback_only, err);
	if (ok && c->to->tls_server_name && *c->to->tls_server_name)
		set_server_name(q, &p, c->to->tls_server_name);
	place_fini(&p);
	url = xasprintf("%s%s", q->url, c->target);
	free(q->url);
	q->url = url;
	return ok;
}

static void
set_blob(CURL *easy, CURLoption option, const char *pem)
{
	/* Copied: libcurl may hold the handle longer than the endpoint lives,
	 * when a request is cancelled inside a callback. */
	struct curl_blob blob = { .data = (void *)(uintptr_t)pem,
				  .len = strlen(pem),
				  .flags = CURL_BLOB_COPY };

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
set_headers(struct http_request *q, const struct http_call *c)
{
	struct curl_slist *list = q->headers;
	char line[160];

	/* No "Expect: 100-continue": it costs a second on servers that do not
	 * know it.  No form type that libcurl would add to a body. */
	list = curl_slist_append(list, "Expect:");
	if (c->body)
		list = curl_slist_append(list, "Content-Type:");
	for (uint32_t i = 0; c->headers && c->headers[i]; i++) {
		/* One given by the caller wins over the removal above. */
		if (strncasecmp(c->headers[i], "Content-Type:", 13) == 0) {
			struct curl_slist *s = list;

			while (s && strcmp(s->data, "Content-Type:") != 0)
				s = s->next;
			if (s) {
				curl_free(s->data);
				s->data = strdup(c->headers[i]);
				continue;
			}
		}
		list = curl_slist_append(list, c->headers[i]);
	}
	snprintf(line, sizeof(line), "User-Agent: %s%s%s%s", http_user_agent(),
		 *q->act_id ? " (" : "", q->act_id, *q->act_id ? ")" : "");
	q->headers = curl_slist_append(list, line);
	curl_easy_setopt(q->transfer.easy, CURLOPT_HTTPHEADER, q->headers);
}

static void
set_method(struct http_request *q, const struct http_call *c)
{
	CURL *easy = q->transfer.easy;
	bool sends = strcmp(q->method, "POST") == 0 ||
		     strcmp(q->method, "PUT") == 0 ||
		     strcmp(q->method, "PATCH") == 0;

	if (c->body || sends) {
		size_t len = c->body ? c->body_len : 0;

		q->body = xmalloc(len + 1);
		if (len)
			memcpy(q->body, c->body, len);
		q->body[len] = '\0';
		q->call.body_len = len;
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, q->body);
	} else if (strcmp(q->method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	}
	if (strcmp(q->method, "GET") != 0 || c->body)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, q->method);
}

static void
set_connection(struct http_request *q, const struct http_call *c)
{
	CURL *easy = q->transfer.easy;

	curl_easy_setopt(easy, CURLOPT_PROXY, q->proxy ? q->proxy : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(c->connect_ms ? c->connect_ms : CONNECT_MS));
	/* Without this a cancelled name look-up is waited for. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL,
			 (long)KEEPALIVE_EVERY_S);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
			 (long)(c->small_pieces ? SMALL_PIECE_BYTES
						: PIECE_BYTES));
	/* On a kept connection that died meanwhile libcurl sends again by
	 * itself, and cannot know whether the first one was carried out. */
	if (q->writes) {
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
	/* Compressing a stream would hold its events back. */
	if ((c->total_ms || c->small_pieces) && !c->to->disable_compression)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
}

/* A line break would begin another header. */
static bool
check_lines(struct http_request *q, const struct http_call *c,
	    struct err *err)
{
	bool ok = !strpbrk(c->target, " \t\r\n");

	for (uint32_t i = 0; ok && c->headers && c->headers[i]; i++)
		ok = !strpbrk(c->headers[i], "\r\n");
	return ok || err_set(err, ERR_BAD, "%s: a line break or blank in the "
			     "request", q->shown);
}

bool
http_setup(struct http_request *q, const struct http_call *c, struct err *err)
{
	CURL *easy = q->transfer.easy = curl_easy_init();

	if (!easy)
		BUG("curl_easy_init failed");
	if (!set_place(q, c, http_loopback_only(), err) ||
	    !check_lines(q, c, err))
		return false;
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_URL, q->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, q->curl_text);
	set_connection(q, c);
	set_tls(easy, c->to);
	set_method(q, c);
	set_headers(q, c);
	return true;
}
