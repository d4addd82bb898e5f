/*
 * Small pure parts of http.c: reading headers, naming failures.
 */
#ifndef NET_HTTP_PRIVATE_H
#define NET_HTTP_PRIVATE_H

#include <curl/curl.h>
#include <sys/socket.h>

#include "backend/net/http.h"

bool http_loopback_only(void);
bool http_is_loopback(const struct sockaddr *addr);
/* Seconds or an HTTP date; date_ms is the answer's own Date header or 0. */
int64_t http_retry_after(const char *value, int64_t date_ms);
/* "2026-02-18T09:00:00.000Z x30" */
void http_paddock_time(const char *value, int64_t *world_ms,
		       int32_t *speed_milli);
/* A static copy of one of the methods we use. */
const char *http_method_name(const char *method);
/* The sentence for a failed transfer. */
void http_curl_error(CURLcode code, const char *curl_text, const char *url,
		     bool address_refused, struct err *err);
/* The whole URL (new text); with tls-server-name also how to reach it. */
char *http_url(const struct http_endpoint *e, const char *target,
	       struct curl_slist **connect_to, struct curl_slist **headers);

#endif
