/*
 * The simulated cloud over real sockets: TLS, certificates, streams, the levers
 * of /sim/.
 */
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "backend/base/clock.h"
#include "backend/sim/kube/face.h"
#include "backend/sim/server/pace.h"
#include "backend/sim/world/scenario.h"
#include "backend/sim/server/tls.h"
#include "tests/unit/sim_air.h"

/* ---- tests ---- */

static void
test_tokens_and_certificates(void **state)
{
	struct air c;
	struct tls_authority *stranger;
	struct err err = { 0 };
	struct air_reply r;

	(void)state;
	air_open(&c, NULL);
	air_get(&c, "/api/v1/nodes", &r);
	assert_int_equal(r.code, CURLE_OK);
	assert_int_equal(r.status, 200);
	assert_text_contains(buf_text(&r.head), "Paddock-Time: 2026-");
	assert_text_contains(buf_text(&r.head), "Audit-Id: ");
	air_reply_fini(&r);

	c.token = NULL;
	assert_ok(tls_client_pair(server_authority(c.server), "viewer",
				  "paddock:viewer", &c.pair, &err), &err);
	air_get(&c, "/api/v1/nodes", &r);
	assert_int_equal(r.status, 200);
	air_reply_fini(&r);
	air_get(&c, "/api/v1/secrets", &r);
	assert_int_equal(r.status, 403);
	assert_text_contains(buf_text(&r.body), "User \\\"viewer\\\"");
	air_reply_fini(&r);
	tls_pair_fini(&c.pair);

	/* The same names, signed by somebody else. */
	stranger = tls_authority_new(&err);
	assert_ok(stranger != NULL, &err);
	assert_ok(tls_client_pair(stranger, "admin", "system:masters", &c.pair,
				  &err), &err);
	air_get(&c, "/api/v1/nodes", &r);
	assert_int_equal(r.status, 401);
	air_reply_fini(&r);
	tls_authority_free(stranger);
	air_close(&c);
}

static void
test_bodies_have_a_limit(void **state)
{
	enum { TOO_MUCH = (3 << 20) + 100 };
	struct air c;
	struct air_reply r = { 0 };
	char *body = xmalloc(TOO_MUCH + 1);

	(void)state;
	memset(body, 'x', TOO_MUCH);
	body[TOO_MUCH] = '\0';
	air_open(&c, NULL);
	air_call(&c, "POST", server_kube_url(c.server),
	     "/api/v1/namespaces/default/configmaps", body, &r);
	assert_int_equal(r.status, 413);
	air_reply_fini(&r);
	free(body);
	air_close(&c);
}

static void
test_a_watch_hears_of_a_write(void **state)
{
	struct air c;
	struct air_reply r = { 0 };

	(void)state;
	air_open(&c, NULL);
	/* The kubelets' leases are renewed all the time, but by virtual time:
	 * ten minutes of it in a moment, while the watch is open. */
	air_lever(&c, "POST", "/sim/speed?to=600", &r);
	assert_int_equal(r.status, 200);
	air_reply_fini(&r);
	r = (struct air_reply){ .until = "\"type\":\"MODIFIED\"" };
	air_call(&c, "GET", server_kube_url(c.server),
	     "/apis/coordination.k8s.io/v1/leases?watch=true&timeoutSeconds="
	     "15", NULL, &r);
	assert_int_equal(r.code, CURLE_WRITE_ERROR); /* we left */
	assert_text_contains(buf_text(&r.body), "\"type\":\"ADDED\"");
	air_reply_fini(&r);
	air_close(&c);
}

static void
test_watches_end_in_time(void **state)
{
	struct air c;
	struct air_reply r;

	(void)state;
	air_open(&c, NULL);
	air_get(&c, "/api/v1/namespaces/default/configmaps?watch=true&"
	    "timeoutSeconds=1&resourceVersion=0", &r);
	assert_int_equal(r.code, CURLE_OK);
	assert_true(r.seconds >= 0.9 && r.seconds < 10);
	air_reply_fini(&r);
	air_close(&c);
}

static void
test_levers(void **state)
{
	struct air c;
	struct air_reply r;
	int64_t before, after;

	(void)state;
	air_open(&c, NULL);
	air_lever(&c, "POST", "/sim/pause", &r);
	assert_text_contains(buf_text(&r.body), "\"paused\":true");
	air_reply_fini(&r);
	sim_lock(c.w);
	before = sim_now_ms(c.w);
	sim_unlock(c.w);
	air_lever(&c, "POST", "/sim/advance?by=90s", &r);
	assert_int_equal(r.status, 200);
	air_reply_fini(&r);
	sim_lock(c.w);
	after = sim_now_ms(c.w);
	sim_unlock(c.w);
	assert_true(after - before == 90000);
	air_lever(&c, "POST", "/sim/advance?by=soon", &r);
	assert_int_equal(r.status, 400);
	assert_text_contains(buf_text(&r.body), "found \\\"soon\\\"");
	air_reply_fini(&r);
	air_lever(&c, "POST", "/sim/step", &r);
	assert_int_equal(r.status, 200);
	air_reply_fini(&r);
	sim_lock(c.w);
	before = sim_now_ms(c.w);
	/* It stands at a moment at which all has happened. */
	assert_true(before > after && sim_next_ms(c.w) > before);
	sim_unlock(c.w);
	air_lever(&c, "POST", "/sim/step?events=0", &r);
	assert_int_equal(r.status, 400);
	air_reply_fini(&r);
	air_lever(&c, "GET", "/sim/world", &r);
	assert_int_equal(r.status, 200);
	assert_text_contains(buf_text(&r.body), "\"kind\":\"World\"");
	air_reply_fini(&r);
	air_lever(&c, "POST", "/sim/jobs?load=unit&count=3", &r);
	assert_int_equal(r.status, 200);
	assert_text_contains(buf_text(&r.body), "\"jobs\":[");
	air_reply_fini(&r);
	air_lever(&c, "POST", "/sim/jobs?load=nothing", &r);
	assert_int_equal(r.status, 404);
	air_reply_fini(&r);
	air_lever(&c, "GET", "/sim/advance", &r);
	assert_int_equal(r.status, 405);
	air_reply_fini(&r);
	air_lever(&c, "POST", "/sim/resume", &r);
	assert_text_contains(buf_text(&r.body), "\"paused\":false");
	air_reply_fini(&r);
	air_close(&c);
}

static void
test_only_loopback(void **state)
{
	static const char *const wrong[] = { "0.0.0.0:0", "10.0.0.1:80", "x",
					     "127.0.0.1:", "127.0.0.1:x",
					     "127.0.0.1:70000" };
	struct err err = { 0 };
	struct scenario *scenario = scenario_load("quiet-day", &err);
	struct sim *w = sim_new(scenario, 1, &err);

	(void)state;
	assert_ok(w != NULL, &err);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct server_options o = { .listen = wrong[i] };

		err.code = ERR_NONE;
		assert_null(server_start(w, &o, &err));
		assert_int_equal(err.code, ERR_USAGE);
	}
	sim_free(w);
	scenario_free(scenario);
}

SUITE(sim_server,
	TEST(test_tokens_and_certificates),
	TEST(test_bodies_have_a_limit),
	TEST(test_a_watch_hears_of_a_write),
	TEST(test_watches_end_in_time),
	TEST(test_levers),
	TEST(test_only_loopback));
