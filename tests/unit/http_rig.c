/*
 * The rig of HTTP tests.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/http_rig.h"

static struct bench *the_bench;

static void
on_head(void *ctx, const struct http_head *head)
{
	struct heard *h = ctx;

	assert_int_equal(h->dones, 0);
	h->heads++;
	h->head = *head;
	snprintf(h->type, sizeof(h->type), "%s", head->content_type);
	snprintf(h->location, sizeof(h->location), "%s", head->location);
	if (h->cancel_on_head)
		http_cancel(h->q);
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct heard *h = ctx;

	assert_int_equal(h->dones, 0);
	assert_int_equal(h->heads, 1);
	h->pieces++;
	if (len > h->largest)
		h->largest = len;
	buf_add(&h->body, bytes, len);
	if (h->pause_on_bytes)
		http_pause(h->q, true);
	if (h->cancel_other)
		http_cancel(h->cancel_other);
	h->cancel_other = NULL;
	if (h->start_other)
		bench_start(the_bench, h->start_other,
		      (struct http_call){ .target = "/other" });
	h->start_other = NULL;
	if (h->cancel_on_bytes)
		http_cancel(h->q);
	return !h->refuse_bytes;
}

static void
on_done(void *ctx, const struct http_result *result)
{
	struct heard *h = ctx;

	h->dones++;
	h->result = *result;
}

void
bench_heard_fini(struct heard *h)
{
	buf_fini(&h->body);
}

bool
bench_start(struct bench *b, struct heard *h, struct http_call call)
{
	struct err err = { 0 };

	buf_fini(&h->body);
	buf_init(&h->body, 64 << 20);
	h->heads = h->pieces = h->dones = 0;
	if (!call.row)
		call.row = ROW_K8S_LIST;
	if (!call.method)
		call.method = "GET";
	if (!call.target)
		call.target = "/path";
	call.to = &b->to;
	call.on_head = on_head;
	call.on_bytes = on_bytes;
	call.on_done = on_done;
	call.ctx = h;
	h->q = http_start(b->r, &call, &err);
	if (!h->q)
		h->result.err = err;
	return h->q != NULL;
}

void
bench_run(struct bench *b, struct http_call call)
{
	assert_true(bench_start(b, &b->heard, call));
	turn_until(b->r, b->heard.dones);
	assert_int_equal(b->heard.dones, 1);
}

void
bench_open(struct bench *b, struct fake_tls *tls, fake_handler handler)
{
	memset(b, 0, sizeof(*b));
	the_bench = b;
	fake_clock_init(&b->clock);
	http_set_loopback_only(true);
	b->r = reactor_new(&b->clock.work);
	b->tls = tls;
	b->server = fake_http_new(b->r, tls, handler, b);
	b->to.base_url = xstrdup(fake_http_url(b->server));
	if (tls)
		b->to.ca_pem = xstrdup(fake_tls_ca(tls));
}

void
bench_close(struct bench *b)
{
	fake_http_free(b->server);
	reactor_free(b->r);
	fake_tls_free(b->tls);
	http_endpoint_fini(&b->to);
	bench_heard_fini(&b->heard);
	the_bench = NULL;
}

void
bench_hello(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	(void)ctx;
	(void)q;
	fake_reply(c, 200,
		   "Date: Wed, 18 Feb 2026 09:00:00 GMT\r\n"
		   "Paddock-Time: 2026-02-18T10:00:00.250Z x30\r\n",
		   "{\"hello\":1}");
}
