/*
 * HTTP exchanges against a scripted server: what is sent, what is told, in
 * which order, and what each failure is called.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/net/http_private.h"
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

static struct bench *the_bench;

static bool start(struct bench *b, struct heard *h, struct http_call call);

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
		start(the_bench, h->start_other,
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

static void
heard_fini(struct heard *h)
{
	buf_fini(&h->body);
}

static bool
start(struct bench *b, struct heard *h, struct http_call call)
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

static void
run(struct bench *b, struct http_call call)
{
	assert_true(start(b, &b->heard, call));
	turn_until(b->r, b->heard.dones);
	assert_int_equal(b->heard.dones, 1);
}

static void
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

static void
bench_close(struct bench *b)
{
	fake_http_free(b->server);
	reactor_free(b->r);
	fake_tls_free(b->tls);
	http_endpoint_fini(&b->to);
	heard_fini(&b->heard);
	the_bench = NULL;
}

/* ---- the plain course ---- */

static void
answer_hello(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	(void)ctx;
	(void)q;
	fake_reply(c, 200,
		   "Date: Wed, 18 Feb 2026 09:00:00 GMT\r\n"
		   "Paddock-Time: 2026-02-18T10:00:00.250Z x30\r\n",
		   "{\"hello\":1}");
}

static void
test_get(void **state)
{
	static const char *const headers[] = { "Authorization: Bearer t",
					       "Accept: application/json",
					       NULL };
	struct bench b;
	const struct fake_request *q;

	(void)state;
	bench_open(&b, NULL, answer_hello);
	run(&b, (struct http_call){ .target = "/api?x=1",
				    .headers = headers });
	assert_int_equal(b.heard.result.err.code, ERR_NONE);
	assert_int_equal(b.heard.result.head.status, 200);
	assert_int_equal(b.heard.heads, 1);
	assert_text_equal(b.heard.type, "application/json");
	assert_text_equal(buf_text(&b.heard.body), "{\"hello\":1}");
	assert_int_equal(b.heard.result.bytes_in, 11);
	assert_int_equal(b.heard.head.date_ms, INT64_C(1771405200000));
	assert_int_equal(b.heard.head.world_ms, INT64_C(1771408800250));
	assert_int_equal(b.heard.head.world_speed_milli, 30000);
	assert_int_equal(b.heard.head.retry_after_ms, -1);
	q = fake_last(b.server, "GET /api?x=1");
	assert_non_null(q);
	assert_text_equal(fake_header(q, "Authorization"), "Bearer t");
	assert_text_equal(fake_header(q, "User-Agent"), http_user_agent());
	assert_null(fake_header(q, "Accept-Encoding"));
	assert_null(fake_header(q, "Content-Type"));
	bench_close(&b);
}

static void
test_post_and_reuse(void **state)
{
	static const char *const headers[] = {
		"Content-Type: application/json", NULL
	};
	const struct fake_request *q;
	struct bench b;

	(void)state;
	bench_open(&b, NULL, answer_hello);
	run(&b, (struct http_call){ .row = ROW_K8S_ACCESS_REVIEW,
				    .method = "POST", .headers = headers,
				    .body = "{\"a\":\"b\"}", .body_len = 9 });
	q = fake_last(b.server, "POST");
	assert_text_equal(q->body, "{\"a\":\"b\"}");
	assert_text_equal(fake_header(q, "Content-Type"), "application/json");
	assert_null(fake_header(q, "Expect"));
	run(&b, (struct http_call){ .row = ROW_K8S_ACCESS_REVIEW,
				    .method = "POST", .body = "x=1",
				    .body_len = 3 });
	assert_null(fake_header(fake_last(b.server, "POST"), "Content-Type"));
	run(&b, (struct http_call){ .method = "POST", .total_ms = 5000 });
	q = fake_last(b.server, "POST");
	assert_text_equal(fake_header(q, "Content-Length"), "0");
	assert_text_equal(fake_header(q, "Accept-Encoding"), "gzip");
	assert_int_equal(fake_conn_count(b.server), 1);
	bench_close(&b);
}

static void
answer_long(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	char *text = xmalloc(300001);

	(void)ctx;
	(void)q;
	memset(text, 'x', 300000);
	text[300000] = '\0';
	fake_reply(c, 200, NULL, text);
	free(text);
}

static void
test_small_pieces(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL, answer_long);
	run(&b, (struct http_call){ .small_pieces = true });
	assert_int_equal(b.heard.body.len, 300000);
	assert_true(b.heard.largest <= 4096);
	assert_true(b.heard.pieces >= 300000 / 4096);
	bench_close(&b);
}

/* "hello, hello, hello, hello\n" by gzip -9. */
static const unsigned char gzipped[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb,
	0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0xc8, 0xc0, 0xa4, 0xb8, 0x00,
	0x4b, 0x21, 0xa1, 0x29, 0x1b, 0x00, 0x00, 0x00
};

static void
answer_gzip(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	char head[200];

	(void)ctx;
	(void)q;
	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		 "Content-Length: %zu\r\n\r\n", sizeof(gzipped));
	fake_raw(c, head, strlen(head));
	fake_raw(c, gzipped, sizeof(gzipped));
}

static void
test_gzip(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL, answer_gzip);
	run(&b, (struct http_call){ .total_ms = 9000 });
	assert_text_equal(buf_text(&b.heard.body),
			  "hello, hello, hello, hello\n");
	b.to.disable_compression = true;
	run(&b, (struct http_call){ .total_ms = 9000 });
	assert_null(fake_header(fake_last(b.server, ""), "Accept-Encoding"));
	bench_close(&b);
}

static void
answer_redirect(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	(void)ctx;
	(void)q;
	fake_reply(c, 302, "Location: https://login.test/sso\r\n", "");
}

static void
test_redirect_is_told_not_followed(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL, answer_redirect);
	run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.result.head.status, 302);
	assert_text_equal(b.heard.location, "https://login.test/sso");
	assert_int_equal(b.heard.result.err.code, ERR_NONE);
	assert_int_equal(fake_count(b.server, ""), 1);
	bench_close(&b);
}

static void
answer_informed(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	const char *text = "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
			   "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\n"
			   "content-type:text/plain\r\n"
			   "Content-Length: 0\r\n\r\n";

	(void)ctx;
	(void)q;
	fake_raw(c, text, strlen(text));
}

static void
test_informational_heads_are_passed_over(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL, answer_informed);
	run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.heads, 1);
	assert_int_equal(b.heard.head.status, 429);
	assert_int_equal(b.heard.head.retry_after_ms, 7000);
	assert_text_equal(b.heard.type, "text/plain");
	bench_close(&b);
}

/* ---- permits ---- */

static struct permit
make_permit(enum row_id row, int64_t deadline_boot_ms)
{
	struct permit p = { .row = row, .act_id = "a-66f0c1e2-17",
			    .deadline_boot_ms = deadline_boot_ms };

	p.proof = permit_proof(&p);
	return p;
}

static void
answer_by_path(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	(void)ctx;
	if (strstr(q->line, "hang"))
		return;
	if (strstr(q->line, "drop"))
		fake_close(c);
	else
		fake_reply(c, 200, NULL, "{}");
}

static void
test_writes_need_a_permit(void **state)
{
	struct bench b;
	struct permit p = make_permit(ROW_K8S_CORDON, 0), wrong, forged;
	struct http_call call = { .row = ROW_K8S_CORDON, .method = "PATCH",
				  .body = "{}", .body_len = 2 };

	(void)state;
	bench_open(&b, NULL, answer_by_path);
	assert_false(start(&b, &b.heard, call));
	assert_int_equal(b.heard.result.err.code, ERR_REFUSED);
	wrong = make_permit(ROW_K8S_EVICT, 0);
	call.permit = &wrong;
	assert_false(start(&b, &b.heard, call));
	forged = p;
	memcpy(forged.act_id, "a-66f0c1e2-18", 14);
	call.permit = &forged;
	assert_false(start(&b, &b.heard, call));
	turn_some(b.r);
	assert_int_equal(fake_conn_count(b.server), 0);

	call.permit = &p;
	run(&b, call);
	assert_int_equal(b.heard.result.head.status, 200);
	assert_text_contains(fake_header(fake_last(b.server, "PATCH"),
					 "User-Agent"), "(a-66f0c1e2-17)");
	assert_false(start(&b, &b.heard, call));
	assert_text_contains(b.heard.result.err.text, "is spent");
	bench_close(&b);
}

static void
test_permit_deadline(void **state)
{
	struct bench b;
	struct permit p;
	struct http_call call = { .row = ROW_K8S_LEASE, .method = "PUT",
				  .target = "/hang", .body = "{}",
				  .body_len = 2, .total_ms = 30000,
				  .permit = &p };

	(void)state;
	bench_open(&b, NULL, answer_by_path);
	p = make_permit(ROW_K8S_LEASE, b.clock.boot + 1500);
	assert_true(start(&b, &b.heard, call));
	turn_until(b.r, fake_count(b.server, "PUT") == 1);
	fake_clock_move(&b.clock, 1499);
	turn_some(b.r);
	assert_int_equal(b.heard.dones, 0);
	fake_clock_move(&b.clock, 1);
	turn_until(b.r, b.heard.dones);
	assert_int_equal(b.heard.result.err.code, ERR_RETRY);
	p = make_permit(ROW_K8S_LEASE, b.clock.boot);
	assert_false(start(&b, &b.heard, call));
	assert_text_contains(b.heard.result.err.text, "too late");
	bench_close(&b);
}

/* A write whose connection dies unanswered is not sent again; a read on a kept
 * connection may be. */
static void
test_writes_are_sent_once(void **state)
{
	struct bench b;
	struct permit p = make_permit(ROW_K8S_DELETE_POD, 0);

	(void)state;
	bench_open(&b, NULL, answer_by_path);
	run(&b, (struct http_call){ 0 });
	run(&b, (struct http_call){ .row = ROW_K8S_DELETE_POD,
				    .method = "DELETE", .target = "/drop",
				    .permit = &p });
	assert_int_equal(fake_count(b.server, "DELETE"), 1);
	assert_int_equal(b.heard.result.err.code, ERR_RETRY);
	assert_text_contains(b.heard.result.err.text,
			     "closed the connection without an answer");
	bench_close(&b);
}

/* ---- ending early ---- */

static void
answer_in_chunks(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	(void)ctx;
	(void)q;
	fake_stream(c, 200, NULL);
	fake_send(c, "one");
}

static void
test_cancel_everywhere(void **state)
{
	struct heard others[2] = { { 0 }, { 0 } };
	struct bench b;

	(void)state;
	bench_open(&b, NULL, answer_in_chunks);
	/* before anything happened */
	start(&b, &b.heard, (struct http_call){ 0 });
	http_cancel(b.heard.q);
	assert_int_equal(b.heard.dones, 1);
	assert_true(b.heard.result.cancelled);
	assert_int_equal(b.heard.result.err.code, ERR_CANCELLED);
	turn_some(b.r);
	assert_int_equal(b.heard.dones, 1);
	/* inside its own callbacks */
	b.heard.cancel_on_head = true;
	run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.pieces, 0);
	b.heard.cancel_on_head = false;
	b.heard.cancel_on_bytes = true;
	run(&b, (struct http_call){ 0 });
	assert_true(b.heard.result.cancelled);
	assert_int_equal(b.heard.pieces, 1);
	b.heard.cancel_on_bytes = false;
	b.heard.refuse_bytes = true;
	run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.result.err.code, ERR_CANCELLED);
	b.heard.refuse_bytes = false;
	/* another's, inside a callback; and starting one there */
	start(&b, &others[0], (struct http_call){ .target = "/victim" });
	turn_until(b.r, others[0].pieces == 1);
	b.heard.cancel_other = others[0].q;
	b.heard.start_other = &others[1];
	start(&b, &b.heard, (struct http_call){ 0 });
	turn_until(b.r, others[1].pieces == 1);
	assert_int_equal(others[0].dones, 1);
	assert_true(others[0].result.cancelled);
	assert_int_equal(b.heard.dones, 0);
	/* what is left ends with the reactor */
	fake_http_free(b.server);
	b.server = NULL;
	reactor_free(b.r);
	b.r = NULL;
	assert_int_equal(b.heard.dones, 1);
	assert_int_equal(others[1].dones, 1);
	heard_fini(&others[0]);
	heard_fini(&others[1]);
	bench_close(&b);
}

static void
test_pause(void **state)
{
	struct bench b;
	struct fake_conn *c;
	char *megabyte = xmalloc((1 << 20) + 1);
	size_t held;

	(void)state;
	memset(megabyte, 'm', 1 << 20);
	megabyte[1 << 20] = '\0';
	bench_open(&b, NULL, answer_in_chunks);
	b.heard.pause_on_bytes = true;
	start(&b, &b.heard, (struct http_call){ .silence_ms = 5000 });
	turn_until(b.r, b.heard.pieces == 1);
	c = fake_conn_of(b.server, "/path");
	for (int i = 0; i < 16; i++)
		fake_send(c, megabyte);
	turn_some(b.r);
	/* Nothing arrives, and a pause is not the server's silence. */
	held = b.heard.body.len;
	assert_int_equal(held, 3);
	fake_clock_move(&b.clock, 60000);
	turn_some(b.r);
	assert_int_equal(b.heard.dones, 0);
	b.heard.pause_on_bytes = false;
	http_pause(b.heard.q, false);
	turn_until(b.r, b.heard.body.len == 3 + (16u << 20));
	/* After that it is. */
	fake_clock_move(&b.clock, 5000);
	turn_until(b.r, b.heard.dones);
	assert_true(b.heard.result.silent);
	free(megabyte);
	bench_close(&b);
}

static void
test_limits_of_time(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL, answer_by_path);
	start(&b, &b.heard, (struct http_call){ .target = "/hang",
						.answer_ms = 30000 });
	turn_until(b.r, fake_count(b.server, "hang") == 1);
	fake_clock_move(&b.clock, 30000);
	turn_until(b.r, b.heard.dones);
	assert_false(b.heard.result.silent);
	assert_text_contains(b.heard.result.err.text,
			     "took the request but did not answer for 30 s");
	assert_text_contains(b.heard.result.err.text, b.to.base_url);
	start(&b, &b.heard, (struct http_call){ .target = "/hang",
						.total_ms = 2500 });
	fake_clock_move(&b.clock, 2500);
	turn_until(b.r, b.heard.dones);
	assert_text_contains(b.heard.result.err.text,
			     "no answer within 2.5 s");
	bench_close(&b);
}

/* ---- failures, and what they are called ---- */

static void
answer_badly(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	(void)ctx;
	if (strstr(q->line, "/close"))
		fake_close(c);
	else if (strstr(q->line, "/reset"))
		fake_reset(c);
	else if (strstr(q->line, "/garbage"))
		fake_raw(c, "SSH-2.0-OpenSSH_9.2\r\n", 21);
	else if (strstr(q->line, "/half"))
		fake_raw(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nha",
			 40);
	if (strstr(q->line, "/half") || strstr(q->line, "/garbage"))
		fake_close(c);
}

static void
expect_failure(struct bench *b, const char *target, enum err_code code,
	       const char *part)
{
	run(b, (struct http_call){ .target = target });
	assert_text_contains(b->heard.result.err.text, part);
	assert_int_equal(b->heard.result.err.code, code);
	assert_text_contains(b->heard.result.err.text, b->to.base_url);
}

static void
test_half_dead_servers(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL, answer_badly);
	expect_failure(&b, "/close", ERR_RETRY, "without an answer");
	expect_failure(&b, "/reset", ERR_RETRY, "the connection broke");
	expect_failure(&b, "/garbage", ERR_BAD, "what answers is not HTTP");
	expect_failure(&b, "/half", ERR_RETRY, "stopped half-way");
	assert_int_equal(b.heard.result.head.status, 200);
	fake_http_listen(b.server, false);
	expect_failure(&b, "/", ERR_UNREACHABLE, ": connection refused");
	assert_int_equal(b.heard.heads, 0);
	free(b.to.base_url);
	b.to.base_url = xstrdup("http://");
	assert_false(start(&b, &b.heard, (struct http_call){ 0 }));
	assert_text_contains(b.heard.result.err.text, "no URL");
	free(b.to.base_url);
	b.to.base_url = xstrdup("ftp://127.0.0.1");
	assert_false(start(&b, &b.heard, (struct http_call){ 0 }));
	assert_text_contains(b.heard.result.err.text, "only http and https");
	bench_close(&b);
}

static void
test_tls(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, fake_tls_new(0), answer_hello);
	run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.result.head.status, 200);
	/* not what we were told to trust */
	free(b.to.ca_pem);
	b.to.ca_pem = NULL;
	expect_failure(&b, "/", ERR_CONFIG, "authority that is not trusted");
	b.to.ca_pem = xstrdup("this is no certificate");
	expect_failure(&b, "/", ERR_CONFIG, "certificate authority given");
	b.to.insecure_skip_tls_verify = true;
	free(b.to.ca_pem);
	b.to.ca_pem = NULL;
	run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.result.head.status, 200);
	/* plain HTTP to a TLS port is no HTTP answer */
	memmove(b.to.base_url + 4, b.to.base_url + 5,
		strlen(b.to.base_url + 5) + 1);
	run(&b, (struct http_call){ 0 });
	assert_int_not_equal(b.heard.result.err.code, ERR_NONE);
	bench_close(&b);

	bench_open(&b, fake_tls_new(FAKE_TLS_EXPIRED), answer_hello);
	expect_failure(&b, "/", ERR_UNREACHABLE, "has expired");
	bench_close(&b);

	bench_open(&b, NULL, answer_hello);
	free(b.to.base_url);
	b.to.base_url = xasprintf("https%s", fake_http_url(b.server) + 4);
	expect_failure(&b, "/", ERR_CONFIG, "does not speak TLS");
	bench_close(&b);
}

static void
test_server_name(void **state)
{
	struct bench b;
	char *host;

	(void)state;
	bench_open(&b, fake_tls_new(FAKE_TLS_OTHER_NAME), answer_hello);
	expect_failure(&b, "/", ERR_CONFIG, "for other names");
	b.to.tls_server_name = xstrdup("other.test");
	run(&b, (struct http_call){ .target = "/api" });
	assert_int_equal(b.heard.result.head.status, 200);
	host = xstrdup(b.to.base_url + strlen("https://"));
	assert_text_equal(fake_header(fake_last(b.server, "GET /api"),
				      "Host"), host);
	free(host);
	bench_close(&b);
}

static void
test_client_certificate(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, fake_tls_new(FAKE_TLS_WANT_CLIENT), answer_hello);
	expect_failure(&b, "/", ERR_AUTH, "wants a client certificate");
	fake_tls_client(b.tls, "oncall", &b.to.client_cert_pem,
			&b.to.client_key_pem);
	run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.result.head.status, 200);
	assert_text_contains(fake_last(b.server, "")->client, "CN=oncall");
	bench_close(&b);

	bench_open(&b, fake_tls_new(FAKE_TLS_WANT_CLIENT), answer_hello);
	fake_tls_client(b.tls, "oncall", &b.to.client_cert_pem,
			&b.to.client_key_pem);
	memset(b.to.client_key_pem, 'x', 40);
	expect_failure(&b, "/", ERR_CONFIG, "client certificate or its key");
	bench_close(&b);
}

/* ---- the loopback guard ---- */

static void
test_loopback_guard(void **state)
{
	static const char *const refused[] = {
		"https://10.0.0.1:6443", "http://example.test",
		"http://[fe80::1]:80", "http://127.0.0.1.example.test",
		"http://localhost.example.test", "http://0.0.0.0",
		"http://2130706433.test", NULL
	};
	struct bench b;

	(void)state;
	bench_open(&b, NULL, answer_hello);
	for (int i = 0; refused[i]; i++) {
		free(b.to.base_url);
		b.to.base_url = xstrdup(refused[i]);
		assert_false(start(&b, &b.heard, (struct http_call){ 0 }));
		assert_int_equal(b.heard.result.err.code, ERR_REFUSED);
		assert_text_contains(b.heard.result.err.text, refused[i]);
	}
	free(b.to.base_url);
	b.to.base_url = xstrdup(fake_http_url(b.server));
	b.to.proxy_url = xstrdup("http://user:secret@192.0.2.1:3128");
	assert_false(start(&b, &b.heard, (struct http_call){ 0 }));
	assert_null(strstr(b.heard.result.err.text, "secret"));
	bench_close(&b);
	assert_true(http_host_is_loopback("LOCALHOST"));
	assert_true(http_host_is_loopback("127.9.9.9"));
	assert_true(http_host_is_loopback("[::1]"));
	assert_true(http_host_is_loopback("::ffff:127.0.0.1"));
	assert_false(http_host_is_loopback("::ffff:10.0.0.1"));
	assert_false(http_host_is_loopback("128.0.0.1"));
}

static void
test_through_a_proxy(void **state)
{
	struct bench b;
	char *target;

	(void)state;
	bench_open(&b, NULL, answer_hello);
	b.to.proxy_url = b.to.base_url;
	b.to.base_url = xstrdup("http://127.0.0.2:1");
	run(&b, (struct http_call){ .target = "/api" });
	target = xasprintf("GET %s/api", b.to.base_url);
	assert_int_equal(fake_count(b.server, target), 1);
	free(target);
	bench_close(&b);

	bench_open(&b, NULL, answer_hello);
	b.to.proxy_url = b.to.base_url;
	b.to.base_url = xstrdup("http://127.0.0.2:1");
	fake_http_listen(b.server, false);
	expect_failure(&b, "/", ERR_UNREACHABLE,
		       "its proxy: connection refused");
	bench_close(&b);
}

static void
test_proxy_rules(void **state)
{
	static const struct {
		const char *scheme, *host, *port, *no, *want;
	} cases[] = {
		{ "https", "eks.test", "443", NULL, "http://p:1" },
		{ "http", "eks.test", "80", NULL, "socks5h://q:2" },
		{ "https", "127.0.0.1", "443", NULL, NULL },
		{ "https", "localhost", "443", NULL, NULL },
		{ "https", "eks.test", "443", "*", NULL },
		{ "https", "eks.test", "443", "a.test, eks.test ", NULL },
		{ "https", "x.eks.test", "443", "eks.test", NULL },
		{ "https", "x.eks.test", "443", ".eks.test", NULL },
		{ "https", "x.eks.test", "443", "*.eks.test", NULL },
		{ "https", "eks.test", "443", ".eks.test", "http://p:1" },
		{ "https", "xeks.test", "443", "eks.test", "http://p:1" },
		{ "https", "EKS.test", "443", "eks.TEST", NULL },
		{ "https", "eks.test", "6443", "eks.test:6443", NULL },
		{ "https", "eks.test", "443", "eks.test:6443", "http://p:1" },
		{ "https", "10.1.2.3", "443", "10.0.0.0/8", NULL },
		{ "https", "11.1.2.3", "443", "10.0.0.0/8", "http://p:1" },
		{ "https", "10.1.2.3", "443", "10.1.2.3", NULL },
		{ "https", "10.1.2.3", "443", "10.1.2.0/33", "http://p:1" },
		{ "https", "[fd00::7]", "443", "fd00::/16", NULL },
		{ "https", "[fd01::7]", "443", "fd00::/16", "http://p:1" },
		{ "https", "[fd00::7]", "443", "fd00::7", NULL },
		{ "https", "[fd00::7]", "443", "[fd00::7]:443", NULL },
		{ "https", "10.1.2.3", "443", "2.3", "http://p:1" },
		{ "https", "eks.test", "443", ",,", "http://p:1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_proxy_env env = { "p:1", "socks5://q:2",
					      cases[i].no };
		char *got = http_proxy_for(&env, cases[i].scheme,
					   cases[i].host, cases[i].port);

		assert_text_equal(got, cases[i].want);
		free(got);
	}
}

/* ---- small parts ---- */

static void
test_header_values(void **state)
{
	int64_t world = 5;
	int32_t speed = 7;
	char *shown;

	(void)state;
	assert_int_equal(http_retry_after("0", 0), 0);
	assert_int_equal(http_retry_after("12", 0), 12000);
	assert_int_equal(http_retry_after("99999999999999999999", 0),
			 3600000);
	assert_int_equal(http_retry_after("-1", 0), -1);
	assert_int_equal(http_retry_after("soon", 0), -1);
	assert_int_equal(http_retry_after("Wed, 18 Feb 2026 09:00:09 GMT",
					  INT64_C(1771405200000)), 9000);
	assert_int_equal(http_retry_after("Wed, 18 Feb 2026 08:00:09 GMT",
					  INT64_C(1771405200000)), 0);
	assert_int_equal(http_retry_after("Wed, 18 Feb 2026 09:00:09 GMT", 0),
			 -1);
	http_paddock_time("2026-02-18T09:00:00Z xfast", &world, &speed);
	http_paddock_time("noon x1", &world, &speed);
	http_paddock_time("2026-02-18T09:00:00Z x-3", &world, &speed);
	assert_int_equal(world, 5);
	assert_int_equal(speed, 7);
	http_paddock_time("2026-02-18T09:00:00Z x0", &world, &speed);
	assert_int_equal(world, INT64_C(1771405200000));
	assert_int_equal(speed, 0);
	shown = http_url_shown("https://u:p@h.test:6443/x?token=1#f");
	assert_text_equal(shown, "https://h.test:6443/x");
	free(shown);
	shown = http_url_shown("h.test?token=1");
	assert_text_equal(shown, "h.test");
	free(shown);
}

SUITE(net_http,
      TEST(test_get),
      TEST(test_post_and_reuse),
      TEST(test_small_pieces),
      TEST(test_gzip),
      TEST(test_redirect_is_told_not_followed),
      TEST(test_informational_heads_are_passed_over),
      TEST(test_writes_need_a_permit),
      TEST(test_permit_deadline),
      TEST(test_writes_are_sent_once),
      TEST(test_cancel_everywhere),
      TEST(test_pause),
      TEST(test_limits_of_time),
      TEST(test_half_dead_servers),
      TEST(test_tls),
      TEST(test_server_name),
      TEST(test_client_certificate),
      TEST(test_loopback_guard),
      TEST(test_through_a_proxy),
      TEST(test_proxy_rules),
      TEST(test_header_values));
