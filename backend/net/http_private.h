/*
 * The parts of http.c: the request, its options, reading heads, naming
 * failures.
 */
#ifndef NET_HTTP_PRIVATE_H
#define NET_HTTP_PRIVATE_H

#include <curl/curl.h>
#include <sys/socket.h>

#include "backend/net/http.h"
#include "backend/net/reactor_private.h"

struct http_request {
	struct reactor_transfer transfer;
	struct reactor *reactor;
	struct curl_slist *headers, *connect_to;
	char *url, *shown, *body, *proxy;
	char *content_type, *location; /* owned; result.head borrows */
	const char *method;		/* static */
	struct http_call call;		/* callbacks and limits */
	struct http_result result;
	struct reactor_timer *watchdog;
	int64_t started_ms, heard_ms;	/* BOOTTIME */
	char curl_text[CURL_ERROR_SIZE];
	char act_id[ACT_ID_TEXT];	/* "" for reads */
	bool head_told, paused, ended, address_refused, writes;
};

/* ---- http.c ---- */

bool http_loopback_only(void);

/* ---- http_setup.c ---- */

/* Builds the easy handle; false with err when the endpoint is unusable. */
bool http_setup(struct http_request *q, const struct http_call *c,
		struct err *err);
/* A static copy of one of the methods we use. */
const char *http_method_name(const char *method);

/* ---- http_head.c ---- */

/* One header line, with or without its line end.  True when it ended the head
 * of the final answer (1xx are passed over). */
bool http_head_line(struct http_request *q, const char *line, size_t len);
/* Seconds or an HTTP date; date_ms is the answer's own Date header or 0. -1 for
 * neither.  Never over an hour: a server cannot switch us off. */
int64_t http_retry_after(const char *value, int64_t date_ms);
/* "2026-02-18T09:00:00.000Z x30"; leaves the outputs alone when it is not. */
void http_paddock_time(const char *value, int64_t *world_ms,
		       int32_t *speed_milli);

/* ---- http_failure.c ---- */

struct http_failure {
	CURLcode code;
	const char *curl_text; /* libcurl's error buffer */
	const char *shown;     /* the URL as messages show it */
	long verify;	       /* X509 verification result, 0: none */
	long os_errno;
	bool through_proxy;
};
/* The sentence for a failed transfer. */
void http_failure(const struct http_failure *f, struct err *err);

/* ---- http_address.c ---- */

bool http_is_loopback(const struct sockaddr *addr);
/* "localhost" or a loopback address as text (IPv6 with or without brackets). */
bool http_host_is_loopback(const char *host);

/* ---- http_proxy.c ---- */

struct http_proxy_env {
	const char *https, *http, *no; /* NULL when not set */
};
struct http_proxy_env http_proxy_env(void);
/* The proxy for a URL by Go's rules (new), or NULL: direct. */
char *http_proxy_for(const struct http_proxy_env *env, const char *scheme,
		     const char *host, const char *port);
/* As libcurl must be told: Go lets SOCKS proxies resolve names (new). */
char *http_proxy_spelled(const char *proxy);

#endif
