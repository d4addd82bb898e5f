/*
 * Small pure parts of http.c: reading headers, naming failures.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/base/text.h"
#include "backend/net/http_private.h"

bool
http_is_loopback(const struct sockaddr *addr)
{
	if (addr->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, addr, sizeof(in));
		return ntohl(in.sin_addr.s_addr) >> 24 == 127;
	}
	if (addr->sa_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, addr, sizeof(in));
		return IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
	}
	return false;
}

int64_t
http_retry_after(const char *value, int64_t date_ms)
{
	char *end;
	long long seconds = strtoll(value, &end, 10);
	int64_t at;

	if (end != value && !*end && seconds >= 0 && seconds < 86400 * 7)
		return seconds * 1000;
	/* A date counts from the server's own clock, not from ours. */
	if (date_ms && time_parse_http(value, &at))
		return at > date_ms ? at - date_ms : 0;
	return -1;
}

void
http_paddock_time(const char *value, int64_t *world_ms, int32_t *speed_milli)
{
	size_t len = strcspn(value, " ");
	const char *x = value + len;
	double speed = 1.0;
	int64_t ms;

	if (!time_parse_rfc3339(value, len, &ms))
		return;
	while (*x == ' ')
		x++;
	if (*x == 'x')
		speed = strtod(x + 1, NULL);
	if (!(speed >= 0) || speed > 1e6)
		return;
	*world_ms = ms;
	*speed_milli = (int32_t)(speed * 1000);
}

const char *
http_method_name(const char *method)
{
	static const char *const names[] = {
		"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", NULL
	};

	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], method))
			return names[i];
	BUG("unknown method %s", method);
}

/* What to make of a libcurl failure; the sentence is ours where libcurl's own
 * words would not help a person. */
static const struct curl_failure {
	CURLcode code;
	enum err_code err;
	const char *say; /* NULL: libcurl's text */
} failures[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, ERR_UNREACHABLE,
	  "the name cannot be resolved" },
	{ CURLE_COULDNT_RESOLVE_PROXY, ERR_UNREACHABLE,
	  "the proxy's name cannot be resolved" },
	{ CURLE_COULDNT_CONNECT, ERR_UNREACHABLE, NULL },
	{ CURLE_OPERATION_TIMEDOUT, ERR_UNREACHABLE, NULL },
	{ CURLE_PEER_FAILED_VERIFICATION, ERR_CONFIG,
	  "its certificate is not trusted" },
	{ CURLE_SSL_CACERT_BADFILE, ERR_CONFIG,
	  "the certificate authority cannot be read" },
	{ CURLE_SSL_CERTPROBLEM, ERR_CONFIG,
	  "the client certificate or key cannot be used" },
	{ CURLE_SSL_CONNECT_ERROR, ERR_UNREACHABLE, NULL },
	{ CURLE_GOT_NOTHING, ERR_RETRY, "closed without an answer" },
	{ CURLE_RECV_ERROR, ERR_RETRY, "the connection broke" },
	{ CURLE_SEND_ERROR, ERR_RETRY, "the connection broke" },
	{ CURLE_PARTIAL_FILE, ERR_RETRY, "the answer stopped half-way" },
	{ CURLE_BAD_CONTENT_ENCODING, ERR_BAD,
	  "the answer's compression is broken" },
	{ CURLE_WEIRD_SERVER_REPLY, ERR_BAD, "what answers is not HTTP" },
	{ CURLE_UNSUPPORTED_PROTOCOL, ERR_CONFIG, NULL },
	{ CURLE_URL_MALFORMAT, ERR_CONFIG, "this is no URL" },
	{ 0 }
};

void
http_curl_error(CURLcode code, const char *curl_text, const char *url,
		bool address_refused, struct err *err)
{
	const struct curl_failure *f = failures;
	char detail[200];

	if (address_refused) {
		err_set(err, ERR_REFUSED,
			"%s: only loopback addresses are allowed here", url);
		return;
	}
	while (f->code && f->code != code)
		f++;
	text_clean_to(detail, sizeof(detail),
		      *curl_text ? curl_text : curl_easy_strerror(code),
		      strlen(*curl_text ? curl_text
					: curl_easy_strerror(code)));
	if (!f->code)
		err_set(err, ERR_RETRY, "%s: %s", url, detail);
	else if (!f->say)
		err_set(err, f->err, "%s: %s", url, detail);
	else
		err_set(err, f->err, "%s: %s (%s)", url, f->say, detail);
}

/*
 * libcurl takes SNI and the verified name from the URL's host.  With
 * tls-server-name the URL gets that name, CONNECT_TO leads it to the real
 * address, and the Host header stays the real one.
 */
char *
http_url(const struct http_endpoint *e, const char *target,
	 struct curl_slist **connect_to, struct curl_slist **headers)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL, *base = NULL, *url, *line;

	if (!e->tls_server_name ||
	    curl_url_set(u, CURLUPART_URL, e->base_url, 0) ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) ||
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ||
	    curl_url_set(u, CURLUPART_HOST, e->tls_server_name, 0) ||
	    curl_url_get(u, CURLUPART_URL, &base, 0)) {
		url = xasprintf("%s%s", e->base_url, target);
		goto out;
	}
	if (*base && base[strlen(base) - 1] == '/')
		base[strlen(base) - 1] = '\0';
	url = xasprintf("%s%s", base, target);
	line = xasprintf("%s:%s:%s:%s", e->tls_server_name, port, host, port);
	*connect_to = curl_slist_append(NULL, line);
	free(line);
	line = xasprintf("Host: %s:%s", host, port);
	*headers = curl_slist_append(*headers, line);
	free(line);
out:
	curl_free(host);
	curl_free(port);
	curl_free(base);
	curl_url_cleanup(u);
	return url;
}
