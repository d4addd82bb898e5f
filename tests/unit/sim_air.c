/*
 * A simulated cloud on the air, and curl.
 */
#include "tests/unit/sim_air.h"

#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "backend/base/clock.h"
#include "backend/sim/server/pace.h"
#include "backend/sim/world/access.h"
#include "backend/sim/world/scenario.h"

#define DEADLINE_S 20L

static void
on_moved(void *ctx)
{
	server_pump(((struct air *)ctx)->server);
}

void
air_open(struct air *c, const char *faults)
{
	air_open_with(c, &(struct air_options){ .faults = faults });
}

void
air_open_with(struct air *c, const struct air_options *with)
{
	struct server_options o = { .listen = "127.0.0.1:0",
				    .log = with->log,
				    .replay = with->replay,
				    .unread_ms = with->unread_ms };
	const char *scenario = with->scenario ? with->scenario : "quiet-day";
	struct err err = { 0 };
	char path[400];

	*c = (struct air){ .token = "simulated-token-admin" };
	c->folder = temporary_new();
	c->scenario = scenario_load(scenario, &err);
	assert_ok(c->scenario != NULL, &err);
	c->w = sim_new(c->scenario, 1, &err);
	assert_ok(c->w != NULL, &err);
	c->pace = pace_new(c->w, with->paused ? 0 : 1);
	o.pace = c->pace;
	if (with->faults) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/faults.yaml", c->folder);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(with->faults, f);
		fclose(f);
		o.faults = path;
	}
	c->server = server_start(c->w, &o, &err);
	assert_ok(c->server != NULL, &err);
	assert_ok(pace_start(c->pace, on_moved, c, &err), &err);
}

void
air_close(struct air *c)
{
	pace_stop(c->pace);
	server_stop(c->server);
	pace_free(c->pace);
	sim_free(c->w);
	scenario_free(c->scenario);
	tls_pair_fini(&c->pair);
	temporary_remove(c->folder);
}

static bool
to_buf(void *ctx, const char *bytes, size_t n)
{
	buf_add(ctx, bytes, n);
	return true;
}

struct buf
air_world(struct air *c)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	sim_lock(c->w);
	assert_true(sim_write_world(c->w, to_buf, &out));
	sim_unlock(c->w);
	return out;
}

static size_t
on_body(char *at, size_t size, size_t n, void *ctx)
{
	struct air_reply *r = ctx;

	buf_add(&r->body, at, size * n);
	return r->until && strstr(buf_text(&r->body), r->until) ? 0 : size * n;
}

static size_t
on_head(char *at, size_t size, size_t n, void *ctx)
{
	buf_add(&((struct air_reply *)ctx)->head, at, size * n);
	return size * n;
}

static void
set_blob(CURL *h, CURLoption option, const char *text)
{
	struct curl_blob blob = { (void *)(uintptr_t)text, strlen(text),
				  CURL_BLOB_COPY };

	curl_easy_setopt(h, option, &blob);
}

void
air_reply_fini(struct air_reply *r)
{
	buf_fini(&r->body);
	buf_fini(&r->head);
}

static const char *
content_type(const struct air *c, const char *method)
{
	if (c->aws)
		return "Content-Type: application/x-www-form-urlencoded";
	return strcmp(method, "PATCH") == 0
		       ? "Content-Type: application/merge-patch+json"
		       : "Content-Type: application/json";
}

static void
sign(CURL *h, const char *service)
{
	const struct sim_user *u = sim_user_by_name("admin");
	char scope[100], login[200];

	snprintf(scope, sizeof(scope), "aws:amz:eu-west-1:%s", service);
	snprintf(login, sizeof(login), "%s:%s", u->aws_key_id, u->aws_secret);
	curl_easy_setopt(h, CURLOPT_AWS_SIGV4, scope);
	curl_easy_setopt(h, CURLOPT_USERPWD, login);
}

void
air_call(struct air *c, const char *method, const char *base,
     const char *target, const char *body, struct air_reply *r)
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
	if (c->aws)
		sign(h, c->aws);
	else if (c->token)
		headers = curl_slist_append(headers, bearer);
	if (body)
		headers = curl_slist_append(headers, content_type(c, method));
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

void
air_get(struct air *c, const char *target, struct air_reply *r)
{
	*r = (struct air_reply){ 0 };
	air_call(c, "GET", server_kube_url(c->server), target, NULL, r);
}

void
air_lever(struct air *c, const char *method, const char *target,
      struct air_reply *r)
{
	*r = (struct air_reply){ 0 };
	air_call(c, method, server_plain_url(c->server), target, NULL, r);
}

