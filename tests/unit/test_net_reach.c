/*
 * Where requests may go and get to: failures and what they are called, TLS,
 * the loopback guard, proxies; values of header lines.
 */
#include <stdlib.h>

#include "backend/net/http_private.h"
#include "tests/unit/http_rig.h"

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
	bench_run(b, (struct http_call){ .target = target });
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
	assert_false(bench_start(&b, &b.heard, (struct http_call){ 0 }));
	assert_text_contains(b.heard.result.err.text, "no URL");
	free(b.to.base_url);
	b.to.base_url = xstrdup("ftp://127.0.0.1");
	assert_false(bench_start(&b, &b.heard, (struct http_call){ 0 }));
	assert_text_contains(b.heard.result.err.text, "only http and https");
	bench_close(&b);
}

static void
test_tls(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, fake_tls_new(0), bench_hello);
	bench_run(&b, (struct http_call){ 0 });
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
	bench_run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.result.head.status, 200);
	/* plain HTTP to a TLS port is no HTTP answer */
	memmove(b.to.base_url + 4, b.to.base_url + 5,
		strlen(b.to.base_url + 5) + 1);
	bench_run(&b, (struct http_call){ 0 });
	assert_int_not_equal(b.heard.result.err.code, ERR_NONE);
	bench_close(&b);

	bench_open(&b, fake_tls_new(FAKE_TLS_EXPIRED), bench_hello);
	expect_failure(&b, "/", ERR_UNREACHABLE, "has expired");
	bench_close(&b);

	bench_open(&b, NULL, bench_hello);
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
	bench_open(&b, fake_tls_new(FAKE_TLS_OTHER_NAME), bench_hello);
	expect_failure(&b, "/", ERR_CONFIG, "for other names");
	b.to.tls_server_name = xstrdup("other.test");
	bench_run(&b, (struct http_call){ .target = "/api" });
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
	bench_open(&b, fake_tls_new(FAKE_TLS_WANT_CLIENT), bench_hello);
	expect_failure(&b, "/", ERR_AUTH, "wants a client certificate");
	fake_tls_client(b.tls, "oncall", &b.to.client_cert_pem,
			&b.to.client_key_pem);
	bench_run(&b, (struct http_call){ 0 });
	assert_int_equal(b.heard.result.head.status, 200);
	assert_text_contains(fake_last(b.server, "")->client, "CN=oncall");
	bench_close(&b);

	bench_open(&b, fake_tls_new(FAKE_TLS_WANT_CLIENT), bench_hello);
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
	bench_open(&b, NULL, bench_hello);
	for (int i = 0; refused[i]; i++) {
		free(b.to.base_url);
		b.to.base_url = xstrdup(refused[i]);
		assert_false(bench_start(&b, &b.heard,
					 (struct http_call){ 0 }));
		assert_int_equal(b.heard.result.err.code, ERR_REFUSED);
		assert_text_contains(b.heard.result.err.text, refused[i]);
	}
	free(b.to.base_url);
	b.to.base_url = xstrdup(fake_http_url(b.server));
	b.to.proxy_url = xstrdup("http://user:secret@192.0.2.1:3128");
	assert_false(bench_start(&b, &b.heard, (struct http_call){ 0 }));
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
	bench_open(&b, NULL, bench_hello);
	b.to.proxy_url = b.to.base_url;
	b.to.base_url = xstrdup("http://127.0.0.2:1");
	bench_run(&b, (struct http_call){ .target = "/api" });
	target = xasprintf("GET %s/api", b.to.base_url);
	assert_int_equal(fake_count(b.server, target), 1);
	free(target);
	bench_close(&b);

	bench_open(&b, NULL, bench_hello);
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

SUITE(net_reach,
      TEST(test_half_dead_servers),
      TEST(test_tls),
      TEST(test_server_name),
      TEST(test_client_certificate),
      TEST(test_loopback_guard),
      TEST(test_through_a_proxy),
      TEST(test_proxy_rules),
      TEST(test_header_values));
