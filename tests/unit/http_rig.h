/*
 * HTTP requests against a scripted server, with callbacks that note what they
 * hear and can act meanwhile.
 */
#ifndef UNIT_HTTP_RIG_H
#define UNIT_HTTP_RIG_H

#include "backend/base/buf.h"
#include "backend/net/http.h"
#include "tests/unit/check.h"
#include "tests/unit/fake_http.h"

/* What a request's callbacks heard. */
struct heard {
	struct http_request *q;
	struct http_head head;
	char type[80], location[80];
	struct buf body;
	struct http_result result;
	uint32_t heads, pieces, dones;
	size_t largest;
	/* what to do meanwhile */
	bool refuse_bytes, cancel_on_head, cancel_on_bytes, pause_on_bytes;
	struct http_request *cancel_other;
	struct heard *start_other;
};

struct bench {
	struct fake_clock clock;
	struct reactor *r;
	struct fake_tls *tls;
	struct fake_http *server;
	struct http_endpoint to;
	struct heard heard;
};

void bench_open(struct bench *b, struct fake_tls *tls, fake_handler handler);
void bench_close(struct bench *b);
/* Starts a GET of /path, or what call says otherwise; false with the err in the
 * heard result when it may not. */
bool bench_start(struct bench *b, struct heard *h, struct http_call call);
/* The same, and turns until it has ended. */
void bench_run(struct bench *b, struct http_call call);
void bench_heard_fini(struct heard *h);
/* A server that answers {"hello":1} with all heads that we read. */
void bench_hello(void *ctx, struct fake_conn *c,
		  const struct fake_request *q);

#endif
