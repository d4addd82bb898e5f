/*
 * A scripted HTTP server on loopback for tests, living on the test's own
 * reactor: client and server take turns on one thread, so that a test decides
 * what happens in which order.
 *
 * The handler gets each request and answers at once, later or never.  A
 * connection is named by what was asked last on it, because pointers to
 * connections die when either side closes.
 */
#ifndef UNIT_FAKE_HTTP_H
#define UNIT_FAKE_HTTP_H

#include "backend/net/reactor.h"

struct fake_http;
struct buf;
struct fake_conn;
struct fake_tls;

struct fake_request {
	char *line;   /* "GET /api/v1/pods?limit=500" */
	char *method; /* "GET" */
	char *target; /* "/api/v1/pods?limit=500" */
	char *head;   /* all header lines, each ended by "\r\n" */
	char *body;   /* NUL terminated */
	size_t body_len;
	uint32_t conn; /* number of its connection, from 1 */
	char client[128]; /* subject of the client certificate, "" */
};

typedef void (*fake_handler)(void *ctx, struct fake_conn *c,
			     const struct fake_request *q);

/* tls NULL: plain HTTP; else borrowed. */
struct fake_http *fake_http_new(struct reactor *r, struct fake_tls *tls,
				fake_handler handler, void *ctx);
void fake_http_free(struct fake_http *f); /* NULL is fine */
/* "http://127.0.0.1:PORT" or https; borrowed. */
const char *fake_http_url(const struct fake_http *f);
/* Stops and resumes taking new connections (they are refused). */
void fake_http_listen(struct fake_http *f, bool on);

/* Each connection and its newest request, a line each, for messages. */
const char *fake_conns_text(const struct fake_http *f, struct buf *out);

/* How many requests so far contain the text in their line ("" all). */
uint32_t fake_count(const struct fake_http *f, const char *part);
/* The newest such request; NULL when there is none. */
const struct fake_request *fake_last(const struct fake_http *f,
				     const char *part);
/* The header's value (borrowed until the next call), or NULL. */
const char *fake_header(const struct fake_request *q, const char *name);
/* The open connection whose newest request contains the text, or NULL. */
struct fake_conn *fake_conn_of(struct fake_http *f, const char *part);
/* The next such one after c. */
struct fake_conn *fake_conn_after(struct fake_conn *c, const char *part);
uint32_t fake_conn_count(const struct fake_http *f);
/* The open connection of this number, or NULL. */
struct fake_conn *fake_conn_number(struct fake_http *f, uint32_t number);
/* Requests so far are not kept any longer: for runs of hours. */
void fake_forget(struct fake_http *f);

/* A whole answer.  headers: "Name: value\r\n..." or NULL.  Content-Type is JSON
 * unless headers name another. */
void fake_reply(struct fake_conn *c, int status, const char *headers,
		const char *body);
/* An answer in chunks: begin, then any number of sends, then an end. */
void fake_stream(struct fake_conn *c, int status, const char *headers);
void fake_send(struct fake_conn *c, const char *text);
void fake_finish(struct fake_conn *c);
/* Bytes as they are. */
void fake_raw(struct fake_conn *c, const void *bytes, size_t len);
/* Orderly end once all is sent; and an RST now. */
void fake_close(struct fake_conn *c);
void fake_reset(struct fake_conn *c);
/* Reads no more from the client. */
void fake_deafen(struct fake_conn *c);

/* ---- certificates, made at test time ---- */

enum {
	FAKE_TLS_EXPIRED = 1,
	FAKE_TLS_OTHER_NAME = 2,  /* not for 127.0.0.1 but "other.test" */
	FAKE_TLS_WANT_CLIENT = 4, /* client certificate required */
};

struct fake_tls *fake_tls_new(unsigned flags);
void fake_tls_free(struct fake_tls *t); /* NULL is fine */
const char *fake_tls_ca(const struct fake_tls *t);   /* PEM */
/* A client certificate by the same authority (new texts). */
void fake_tls_client(struct fake_tls *t, const char *name, char **cert,
		     char **key);

/* ---- turning the wheel ---- */

/* Turns until the condition holds; fails the test after a minute, which only a
 * machine busy with other things comes near. */
#define turn_until(r, condition)                                            \
	do {                                                                \
		int64_t turn_end_ = clock_boot_ms(&clock_system) + 60000;   \
		while (!(condition)) {                                      \
			if (clock_boot_ms(&clock_system) > turn_end_)       \
				fail_msg("waited too long for %s",          \
					 #condition);                       \
			reactor_turn((r), 20);                              \
		}                                                           \
	} while (0)
/* A few turns in which something must not happen. */
void turn_some(struct reactor *r);

/* A clock that tests move by hand. */
struct fake_clock {
	struct clockwork work;
	int64_t wall, boot;
};
void fake_clock_init(struct fake_clock *c);
void fake_clock_move(struct fake_clock *c, int64_t ms);

#endif
