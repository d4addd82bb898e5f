/*
 * One HTTP exchange on the reactor.
 *
 * A request is started with http_start and ends in exactly one on_done, also
 * when cancelled.  Bodies are handed over as they arrive; nothing is collected
 * unless asked for.  Retries are the caller's policy through net/retry.h; this
 * file classifies.
 *
 * HTTP/1.1 only (C style reference, part 10).  Redirects are not followed: the
 * answer's location says where to.  A write is sent at most once: it never goes
 * over a connection that might have died, where libcurl would silently repeat.
 *
 * Loopback guard: with http_set_loopback_only(true) (demo and tests) every
 * other address is refused before a name is looked up or a socket opened, and
 * proxies of the environment are not used.
 *
 * Thread: the reactor's.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "backend/base/buf.h"
#include "backend/base/err.h"
#include "backend/net/reactor.h"
#include "backend/net/rows.h"

/*
 * Where and with what: one per cluster or service, shared by its requests.
 * All texts are owned by the endpoint; PEM blobs stay in memory.
 */
struct http_endpoint {
	char *base_url;		/* "https://host:6443/prefix", no last slash */
	char *ca_pem;		/* NULL: the system's store */
	char *client_cert_pem, *client_key_pem;
	char *tls_server_name;	/* SNI and verification name, or NULL */
	bool insecure_skip_tls_verify;
	char *proxy_url;	/* NULL: from HTTPS_PROXY, HTTP_PROXY, NO_PROXY
				   by Go's rules, as kubectl does */
	bool disable_compression;
};

void http_endpoint_fini(struct http_endpoint *e); /* wipes the key */

struct http_request;

struct http_head {
	int status;
	const char *content_type; /* "" when absent; dies with on_done */
	const char *location;	  /* of a redirect, else ""; the same */
	int64_t retry_after_ms;	  /* -1 when absent */
	int64_t date_ms;	  /* Date header, 0 when absent */
	/* Paddock-Time of the simulated cloud; world_ms 0 when absent. */
	int64_t world_ms;
	int32_t world_speed_milli;
};

struct http_result {
	struct http_head head;	/* status 0: no answer */
	struct err err;		/* ERR_NONE when an answer came, even a 500 */
	uint64_t bytes_in;
	int64_t took_ms;
	bool cancelled;
	bool silent;		/* ended by silence_ms */
};

struct http_call {
	enum row_id row;
	struct permit *permit;	  /* for write rows, else NULL; spent here */
	const struct http_endpoint *to; /* read by http_start only */
	const char *method;	  /* copied */
	const char *target;	  /* "/api/v1/pods?limit=500"; copied */
	const char *const *headers; /* "Name: value", NULL ended; copied */
	const char *body;	  /* copied; NULL: none */
	size_t body_len;
	int64_t connect_ms;	  /* 0: 10 s */
	int64_t total_ms;	  /* 0: no limit (streams) */
	int64_t answer_ms;	  /* 0: none; ends it when no head came */
	int64_t silence_ms;	  /* 0: none; ends what says nothing so long,
				     counted from the head with answer_ms */
	bool small_pieces;	  /* 4 KiB pieces, for big lists */
	/* Any may be NULL.  on_head comes once, before the first byte.
	 * on_bytes returns false to end the transfer (ERR_CANCELLED). */
	void (*on_head)(void *ctx, const struct http_head *head);
	bool (*on_bytes)(void *ctx, const char *bytes, size_t len);
	void (*on_done)(void *ctx, const struct http_result *result);
	void *ctx;
};

/* Starts; NULL with err when the row, permit or address forbids it (on_done is
 * then not called).  The request belongs to the reactor until on_done.  A
 * permit's own deadline shortens total_ms. */
struct http_request *http_start(struct reactor *r, const struct http_call *call,
				struct err *err);
/* Ends it; on_done follows with cancelled set, within this call, also from the
 * request's own callbacks: nothing is called after that. */
void http_cancel(struct http_request *q);
/* Stops and resumes reading: back-pressure for streams.  While paused no
 * silence is counted. */
void http_pause(struct http_request *q, bool paused);

/* Once per process, before threads start, and after they ended. */
void http_global_init(void);
void http_global_fini(void);

void http_set_loopback_only(bool on);
/* "paddock/VERSION"; acts add their id: "paddock/VERSION (a-66f0c1e2-17)". */
const char *http_user_agent(void);
/* A URL for messages: without user, password, query and fragment (new). */
char *http_url_shown(const char *url);

#endif
