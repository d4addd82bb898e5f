/*
 * HTTP exchanges against a scripted server: what is sent, what is told, in
 * which order, and when they end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/http_rig.h"

/* ---- the plain course ---- */

static void
test_get(void **state)
{
	static const char *const headers[] = { "Authorization: Bearer t",
					       "Accept: application/json",
					       NULL };
	struct bench b;
	const struct fake_request *q;

	(void)state;
	bench_open(&b, NULL, bench_hello);
	bench_run(&b, (struct http_call){ .target = "/api?x=1",
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
	bench_open(&b, NULL, bench_hello);
	bench_run(&b, (struct http_call){ .row = ROW_K8S_ACCESS_REVIEW,
				    .method = "POST", .headers = headers,
				    .body = "{\"a\":\"b\"}", .body_len = 9 });
	q = fake_last(b.server, "POST");
	assert_text_equal(q->body, "{\"a\":\"b\"}");
	assert_text_equal(fake_header(q, "Content-Type"), "application/json");
	assert_null(fake_header(q, "Expect"));
	bench_run(&b, (struct http_call){ .row = ROW_K8S_ACCESS_REVIEW,
				    .method = "POST", .body = "x=1",
				    .body_len = 3 });
	assert_null(fake_header(fake_last(b.server, "POST"), "Content-Type"));
	bench_run(&b, (struct http_call){ .method = "POST", .total_ms = 5000 });
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
	bench_run(&b, (struct http_call){ .small_pieces = true });
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
	bench_run(&b, (struct http_call){ .total_ms = 9000 });
	assert_text_equal(buf_text(&b.heard.body),
			  "hello, hello, hello, hello\n");
	b.to.disable_compression = true;
	bench_run(&b, (struct http_call){ .total_ms = 9000 });
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
	bench_run(&b, (struct http_call){ 0 });
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
	bench_run(&b, (struct http_call){ 0 });
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
	assert_false(bench_start(&b, &b.heard, call));
	assert_int_equal(b.heard.result.err.code, ERR_REFUSED);
	wrong = make_permit(ROW_K8S_EVICT, 0);
	call.permit = &wrong;
	assert_false(bench_start(&b, &b.heard, call));
	forged = p;
	memcpy(forged.act_id, "a-66f0c1e2-18", 14);
	call.permit = &forged;
	assert_false(bench_start(&b, &b.heard, call));
	turn_some(b.r);
	assert_int_equal(fake_conn_count(b.server), 0);

	call.permit = &p;
	bench_run(&b, call);
	assert_int_equal(b.heard.result.head.status, 200);
	assert_text_contains(fake_header(fake_last(b.server, "PATCH"),
					 "User-Agent"), "(a-66f0c1e2-17)");
	assert_false(bench_start(&b, &b.heard, call));
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
	assert_true(bench_start(&b, &b.heard, call));
	turn_until(b.r, fake_count(b.server, "PUT") == 1);
	fake_clock_move(&b.clock, 1499);
	turn_some(b.r);
	assert_int_equal(b.heard.dones, 0);
	fake_clock_move(&b.clock, 1);
	turn_until(b.r, b.heard.dones);
	assert_int_equal(b.heard.result.err.code, ERR_RETRY);
	p = make_permit(ROW_K8S_LEASE, b.clock.boot);
	assert_false(bench_start(&b, &b.heard, call));
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
	bench_run(&b, (struct http_call){ 0 });
	bench_run(&b, (struct http_call){ .row = ROW_K8S_DELETE_POD,
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
	bench_start(&b, &b.heard, (struct http_call){ 0 });
	http_cancel(b.heard.q);
	assert_int_equal(b.heard.dones, 1);
	assert_true(b.heard.result.cancelled);
	assert_int_equal(b.heard.result.err.code, ERR_CANCELLED);
	turn_some(b.r);
	assert_int_equal(b.heard.dones, 1);
	/* inside its own callbacks */
	b.heard.cancel_on_head = true;
	bench_run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.pieces, 0);
	b.heard.cancel_on_head = false;
	b.heard.cancel_on_bytes = true;
	bench_run(&b, (struct http_call){ 0 });
	assert_true(b.heard.result.cancelled);
	assert_int_equal(b.heard.pieces, 1);
	b.heard.cancel_on_bytes = false;
	b.heard.refuse_bytes = true;
	bench_run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.result.err.code, ERR_CANCELLED);
	b.heard.refuse_bytes = false;
	/* another's, inside a callback; and starting one there */
	bench_start(&b, &others[0], (struct http_call){ .target = "/victim" });
	turn_until(b.r, others[0].pieces == 1);
	b.heard.cancel_other = others[0].q;
	b.heard.start_other = &others[1];
	bench_start(&b, &b.heard, (struct http_call){ 0 });
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
	bench_heard_fini(&others[0]);
	bench_heard_fini(&others[1]);
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
	bench_start(&b, &b.heard, (struct http_call){ .silence_ms = 5000 });
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
	bench_start(&b, &b.heard, (struct http_call){ .target = "/hang",
						.answer_ms = 30000 });
	turn_until(b.r, fake_count(b.server, "hang") == 1);
	fake_clock_move(&b.clock, 30000);
	turn_until(b.r, b.heard.dones);
	assert_false(b.heard.result.silent);
	assert_text_contains(b.heard.result.err.text,
			     "took the request but did not answer for 30 s");
	assert_text_contains(b.heard.result.err.text, b.to.base_url);
	bench_start(&b, &b.heard, (struct http_call){ .target = "/hang",
						.total_ms = 2500 });
	fake_clock_move(&b.clock, 2500);
	turn_until(b.r, b.heard.dones);
	assert_text_contains(b.heard.result.err.text,
			     "no answer within 2.5 s");
	bench_close(&b);
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
      TEST(test_limits_of_time));
