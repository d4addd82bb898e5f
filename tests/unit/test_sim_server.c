/*
 * The simulated cloud over real sockets: TLS, certificates, streams, faults,
 * the levers of /sim/.
 */
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "backend/base/clock.h"
#include "backend/sim/server/face.h"
#include "backend/sim/server/faults.h"
#include "backend/sim/kube/face.h"
#include "backend/sim/server/pace.h"
#include "backend/sim/world/scenario.h"
#include "backend/sim/server/tls.h"
#include "tests/unit/check.h"

#define DEADLINE_S 20L

struct cloud_on_air {
	struct scenario *scenario;
	struct sim *w;
	struct pace *pace;
	struct server *server;
	char *folder;
	struct tls_pair pair; /* of the user who asks, or empty */
	const char *token;
};

static void
on_moved(void *ctx)
{
	server_pump(((struct cloud_on_air *)ctx)->server);
}

static void
go_on_air(struct cloud_on_air *c, const char *faults)
{
	struct server_options o = { .listen = "127.0.0.1:0" };
	struct err err = { 0 };
	char path[400];

	*c = (struct cloud_on_air){ .token = "simulated-token-admin" };
	c->folder = temporary_new();
	c->scenario = scenario_load("quiet-day", &err);
	assert_ok(c->scenario != NULL, &err);
	c->w = sim_new(c->scenario, 1, &err);
	assert_ok(c->w != NULL, &err);
	c->pace = pace_new(c->w, 1);
	o.pace = c->pace;
	if (faults) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/faults.yaml", c->folder);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(faults, f);
		fclose(f);
		o.faults = path;
	}
	c->server = server_start(c->w, &o, &err);
	assert_ok(c->server != NULL, &err);
	assert_ok(pace_start(c->pace, on_moved, c, &err), &err);
}

static void
go_off_air(struct cloud_on_air *c)
{
	pace_stop(c->pace);
	server_stop(c->server);
	pace_free(c->pace);
	sim_free(c->w);
	scenario_free(c->scenario);
	tls_pair_fini(&c->pair);
	temporary_remove(c->folder);
}

struct reply {
	CURLcode code;
	long status;
	struct buf body, head;
	double seconds;
	/* A stream is left when it has said this. */
	const char *until;
};

static size_t
on_body(char *at, size_t size, size_t n, void *ctx)
{
	struct reply *r = ctx;

	buf_add(&r->body, at, size * n);
	return r->until && strstr(buf_text(&r->body), r->until) ? 0 : size * n;
}

static size_t
on_head(char *at, size_t size, size_t n, void *ctx)
{
	buf_add(&((struct reply *)ctx)->head, at, size * n);
	return size * n;
}

static void
set_blob(CURL *h, CURLoption option, const char *text)
{
	struct curl_blob blob = { (void *)(uintptr_t)text, strlen(text),
				  CURL_BLOB_COPY };

	curl_easy_setopt(h, option, &blob);
}

static void
reply_fini(struct reply *r)
{
	buf_fini(&r->body);
	buf_fini(&r->head);
}

static void
call(struct cloud_on_air *c, const char *method, const char *base,
     const char *target, const char *body, struct reply *r)
{
	CURL *h = curl_easy_init();
	struct curl_slist *headers = NULL;
	char url[600], bearer[200];
	int64_t from = clock_boot_ms(&clock_system);

	buf_init(&r->body, 64 << 20);
	buf_init(&r->head, 1 << 20);
	snprintf(url, sizeof(url), "%s%s", base, target);
	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s",
		 str_or_empty(c->token));
	if (c->token)
		headers = curl_slist_append(headers, bearer);
	if (body)
		headers = curl_slist_append(headers,
					    "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_TIMEOUT, DEADLINE_S);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, r);
	set_blob(h, CURLOPT_CAINFO_BLOB, server_ca_pem(c->server));
	if (c->pair.cert_pem) {
		curl_easy_setopt(h, CURLOPT_SSLCERTTYPE, "PEM");
		set_blob(h, CURLOPT_SSLCERT_BLOB, c->pair.cert_pem);
		set_blob(h, CURLOPT_SSLKEY_BLOB, c->pair.key_pem);
	}
	if (body)
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
	r->code = curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &r->status);
	r->seconds = (double)(clock_boot_ms(&clock_system) - from) / 1000;
	curl_slist_free_all(headers);
	curl_easy_cleanup(h);
}

static void
get(struct cloud_on_air *c, const char *target, struct reply *r)
{
	*r = (struct reply){ 0 };
	call(c, "GET", server_kube_url(c->server), target, NULL, r);
}

static void
lever(struct cloud_on_air *c, const char *method, const char *target,
      struct reply *r)
{
	*r = (struct reply){ 0 };
	call(c, method, server_plain_url(c->server), target, NULL, r);
}

/* ---- tests ---- */

static void
test_tokens_and_certificates(void **state)
{
	struct cloud_on_air c;
	struct tls_authority *stranger;
	struct err err = { 0 };
	struct reply r;

	(void)state;
	go_on_air(&c, NULL);
	get(&c, "/api/v1/nodes", &r);
	assert_int_equal(r.code, CURLE_OK);
	assert_int_equal(r.status, 200);
	assert_text_contains(buf_text(&r.head), "Paddock-Time: 2026-");
	assert_text_contains(buf_text(&r.head), "Audit-Id: ");
	reply_fini(&r);

	c.token = NULL;
	assert_ok(tls_client_pair(server_authority(c.server), "viewer",
				  "paddock:viewer", &c.pair, &err), &err);
	get(&c, "/api/v1/nodes", &r);
	assert_int_equal(r.status, 200);
	reply_fini(&r);
	get(&c, "/api/v1/secrets", &r);
	assert_int_equal(r.status, 403);
	assert_text_contains(buf_text(&r.body), "User \\\"viewer\\\"");
	reply_fini(&r);
	tls_pair_fini(&c.pair);

	/* The same names, signed by somebody else. */
	stranger = tls_authority_new(&err);
	assert_ok(stranger != NULL, &err);
	assert_ok(tls_client_pair(stranger, "admin", "system:masters", &c.pair,
				  &err), &err);
	get(&c, "/api/v1/nodes", &r);
	assert_int_equal(r.status, 401);
	reply_fini(&r);
	tls_authority_free(stranger);
	go_off_air(&c);
}

static void
test_bodies_have_a_limit(void **state)
{
	enum { TOO_MUCH = (3 << 20) + 100 };
	struct cloud_on_air c;
	struct reply r = { 0 };
	char *body = xmalloc(TOO_MUCH + 1);

	(void)state;
	memset(body, 'x', TOO_MUCH);
	body[TOO_MUCH] = '\0';
	go_on_air(&c, NULL);
	call(&c, "POST", server_kube_url(c.server),
	     "/api/v1/namespaces/default/configmaps", body, &r);
	assert_int_equal(r.status, 413);
	reply_fini(&r);
	free(body);
	go_off_air(&c);
}

static void
test_a_watch_hears_of_a_write(void **state)
{
	struct cloud_on_air c;
	struct reply r = { 0 };

	(void)state;
	go_on_air(&c, NULL);
	/* The kubelets' leases are renewed all the time, but by virtual time:
	 * ten minutes of it in a moment, while the watch is open. */
	lever(&c, "POST", "/sim/speed?to=600", &r);
	assert_int_equal(r.status, 200);
	reply_fini(&r);
	r = (struct reply){ .until = "\"type\":\"MODIFIED\"" };
	call(&c, "GET", server_kube_url(c.server),
	     "/apis/coordination.k8s.io/v1/leases?watch=true&timeoutSeconds="
	     "15", NULL, &r);
	assert_int_equal(r.code, CURLE_WRITE_ERROR); /* we left */
	assert_text_contains(buf_text(&r.body), "\"type\":\"ADDED\"");
	reply_fini(&r);
	go_off_air(&c);
}

static void
test_watches_end_in_time(void **state)
{
	struct cloud_on_air c;
	struct reply r;

	(void)state;
	go_on_air(&c, NULL);
	get(&c, "/api/v1/namespaces/default/configmaps?watch=true&"
	    "timeoutSeconds=1&resourceVersion=0", &r);
	assert_int_equal(r.code, CURLE_OK);
	assert_true(r.seconds >= 0.9 && r.seconds < 10);
	reply_fini(&r);
	go_off_air(&c);
}

static void
test_levers(void **state)
{
	struct cloud_on_air c;
	struct reply r;
	int64_t before, after;

	(void)state;
	go_on_air(&c, NULL);
	lever(&c, "POST", "/sim/pause", &r);
	assert_text_contains(buf_text(&r.body), "\"paused\":true");
	reply_fini(&r);
	sim_lock(c.w);
	before = sim_now_ms(c.w);
	sim_unlock(c.w);
	lever(&c, "POST", "/sim/advance?by=90s", &r);
	assert_int_equal(r.status, 200);
	reply_fini(&r);
	sim_lock(c.w);
	after = sim_now_ms(c.w);
	sim_unlock(c.w);
	assert_true(after - before == 90000);
	lever(&c, "POST", "/sim/advance?by=soon", &r);
	assert_int_equal(r.status, 400);
	assert_text_contains(buf_text(&r.body), "found \\\"soon\\\"");
	reply_fini(&r);
	lever(&c, "POST", "/sim/jobs?load=unit&count=3", &r);
	assert_int_equal(r.status, 200);
	assert_text_contains(buf_text(&r.body), "\"jobs\":[");
	reply_fini(&r);
	lever(&c, "POST", "/sim/jobs?load=nothing", &r);
	assert_int_equal(r.status, 404);
	reply_fini(&r);
	lever(&c, "GET", "/sim/advance", &r);
	assert_int_equal(r.status, 405);
	reply_fini(&r);
	lever(&c, "POST", "/sim/resume", &r);
	assert_text_contains(buf_text(&r.body), "\"paused\":false");
	reply_fini(&r);
	go_off_air(&c);
}

static const char every_fault[] =
	"faults:\n"
	"- {face: kubernetes, path: /api/v1/nodes, status: 429, "
	"retry-after: 2s}\n"
	"- {face: kubernetes, path: /api/v1/pods, truncate: 100}\n"
	"- {face: kubernetes, path: /version, delay: 300ms}\n"
	"- {face: kubernetes, path: /readyz, reset: true}\n"
	"- {face: kubernetes, path: /livez, drip: 4}\n"
	"- {face: sim, path: /sim/*, every: 2, status: 503}\n";

static void
test_faults(void **state)
{
	struct cloud_on_air c;
	struct reply r;

	(void)state;
	go_on_air(&c, every_fault);
	get(&c, "/api/v1/nodes", &r);
	assert_int_equal(r.status, 429);
	assert_text_contains(buf_text(&r.head), "Retry-After: 2");
	reply_fini(&r);
	get(&c, "/api/v1/pods", &r);
	assert_true(r.code == CURLE_PARTIAL_FILE || r.code == CURLE_RECV_ERROR);
	assert_int_equal(r.body.len, 100);
	reply_fini(&r);
	get(&c, "/version", &r);
	assert_int_equal(r.status, 200);
	assert_true(r.seconds >= 0.3);
	reply_fini(&r);
	get(&c, "/readyz", &r);
	assert_true(r.code == CURLE_RECV_ERROR ||
		    r.code == CURLE_GOT_NOTHING ||
		    r.code == CURLE_SEND_ERROR);
	assert_int_equal(r.status, 0);
	reply_fini(&r);
	get(&c, "/livez", &r);
	assert_int_equal(r.code, CURLE_OK);
	assert_text_equal(buf_text(&r.body), "ok");
	assert_true(r.seconds >= 0.2);
	reply_fini(&r);
	lever(&c, "GET", "/sim/time", &r);
	assert_int_equal(r.status, 200);
	reply_fini(&r);
	lever(&c, "GET", "/sim/time", &r);
	assert_int_equal(r.status, 503);
	reply_fini(&r);
	go_off_air(&c);
}

static void
test_fault_files_say_what_is_wrong(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "faults: 7\n", "f: wanted a list under \"faults:\"" },
		{ "faults:\n- 7\n", "f:2: faults: wanted rows" },
		{ "faults:\n- status: 200\n", "f:2: status: wanted an HTTP "
		  "status from 400 to 599" },
		{ "faults:\n- face: azure\n", "f:2: face: wanted kubernetes, "
		  "aws, gitlab or sim" },
		{ "faults:\n- method: GET\n  rate: 2\n", "f:3: rate: wanted a "
		  "number from 0 to 1" },
		{ "faults:\n- delay: 5\n", "f:2: delay: wanted a duration" },
		{ "faults:\n- explode: true\n", "f:2: explode: wanted a key "
		  "that faults know" },
		{ "faults:\n- reset: maybe\n", "f:2: reset: wanted true or "
		  "false" },
		{ "faults: [\n", "f:" },
	};
	/* clang-format on */
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { 0 };

		assert_null(faults_parse("f", cases[i].text,
					 strlen(cases[i].text), 0, &err));
		assert_int_not_equal(err.code, ERR_NONE);
		assert_text_contains(err.text, cases[i].message);
	}
}

static void
test_rates_repeat(void **state)
{
	static const char text[] = "faults:\n- {rate: 0.3, status: 500}\n"
				   "- {from: 10s, to: 20s, status: 501}\n";
	uint64_t first = 0;
	int hits = 0;

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct err err = { 0 };
		struct faults *f = faults_parse("f", text, strlen(text), 1000,
						&err);
		struct fault got;
		uint64_t seen = 0;

		assert_ok(f != NULL, &err);
		hits = 0;
		for (int i = 0; i < 64; i++) {
			bool hit = faults_pick(f, "aws", "GET", "/", 5000,
					       &got);

			seen = seen << 1 | hit;
			hits += hit;
			assert_true(!hit || got.status == 500);
		}
		if (round)
			assert_true(seen == first);
		first = seen;
		/* The second row counts from the start, at 1000. */
		while (faults_pick(f, "aws", "GET", "/", 11000, &got) &&
		       got.status == 500)
			;
		assert_int_equal(got.status, 501);
		faults_free(f);
	}
	assert_true(hits > 5 && hits < 40);
	assert_false(faults_pick(NULL, "aws", "GET", "/", 0,
				 &(struct fault){ 0 }));
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
	TEST(test_faults),
	TEST(test_fault_files_say_what_is_wrong),
	TEST(test_rates_repeat),
	TEST(test_only_loopback));
