/*
 * EKS tokens against the Kubernetes face of a whole world: made by the
 * console's own signer, and spoiled in every way that must not pass.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/aws/sigv4.h"
#include "backend/base/clock.h"
#include "backend/sim/server/face.h"
#include "backend/sim/world/access.h"
#include "tests/unit/sim_kit.h"

#define WHOAMI "Action=GetCallerIdentity&Version=2011-06-15"
#define MINUTE_MS (60 * (int64_t)1000)

struct token {
	const char *user, *before_host, *host, *path, *query, *service;
	const char *cluster;
	int64_t late_ms;
	int32_t expires_s;
	const char *more; /* after the signed query */
	bool spoil;	  /* the signature */
};

static const struct token good = {
	.user = "oncall", .before_host = "https://",
	.host = "sts.eu-west-1.amazonaws.com", .path = "/", .query = WHOAMI,
	.service = "sts", .cluster = "ci-prod", .expires_s = 60, .more = "",
};

/* "Bearer k8s-aws-v1..." */
static const char *
bearer(struct arena *a, const struct token *t)
{
	const struct sim_user *u = sim_users;
	struct sigv4_header headers[] = { { "host", t->host },
					  { "x-k8s-aws-id", t->cluster } };
	struct sigv4_request q = {
		.method = "GET", .path = "/", .query = t->query,
		.headers = headers, .header_n = t->cluster ? 2 : 1,
		.region = "eu-west-1", .service = t->service,
		.at_ms = clock_wall_ms(&clock_system) - t->late_ms,
		.expires_s = t->expires_s,
	};
	struct aws_keys keys = { 0 };
	struct sigv4_result r = { 0 };
	struct err err = { 0 };
	char *url, *text;

	while (strcmp(u->name, t->user) != 0)
		u++;
	keys.id = arena_strdup(a, u->aws_key_id);
	keys.secret = arena_strdup(a, u->aws_secret);
	assert_ok(sigv4_sign_query(&q, &keys, &r, &err), &err);
	url = arena_printf(a, "%s%s%s?%s%s", t->before_host, t->host, t->path,
			   buf_text(&r.query), t->more);
	if (t->spoil)
		url[strlen(url) - 1] ^= 1;
	text = arena_alloc(a, strlen(url) * 2 + 8);
	EVP_EncodeBlock((unsigned char *)text, (unsigned char *)url,
			(int)strlen(url));
	for (char *c = text; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c;
	sigv4_result_fini(&r);
	return arena_printf(a, "Bearer k8s-aws-v1.%s", text);
}

/* Who the cluster takes the token's bearer for; "" when for nobody. */
static const char *
whoami(struct kit *k, void *state, struct arena *a, const char *authorization)
{
	struct face_answer answer = { .status = 200 };
	struct face_request q = {
		.method = "POST",
		.path = "/apis/authentication.k8s.io/v1/selfsubjectreviews",
		.query = "",
		.body = "{}",
		.body_len = 2,
		.headers = (struct face_pair[]){
			{ "Authorization", authorization }, { NULL, NULL } },
		.state = state,
	};
	const char *who = "";
	json_t *body;

	buf_init(&answer.body, 1 << 20);
	face_kube.serve(k->w, &q, &answer, a);
	if (answer.status == 201) {
		body = json_loads(buf_text(&answer.body), 0, NULL);
		assert_non_null(body);
		who = arena_strdup(a, json_string_value(json_object_get(
				      json_object_get(json_object_get(
					      body, "status"), "userInfo"),
				      "username")));
		json_decref(body);
	} else {
		assert_int_equal(answer.status, 401);
	}
	buf_fini(&answer.body);
	return who;
}

static void
test_who_signed_it_is_let_in(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	struct arena *a = arena_new();
	void *aws = face_aws.open(k.w), *kube = face_kube.open(k.w);
	struct token t = good;

	(void)state;
	assert_string_equal(whoami(&k, kube, a, bearer(a, &t)),
			    "arn:aws:iam::471108253690:user/oncall");
	t.user = "viewer";
	t.late_ms = 14 * MINUTE_MS; /* outlives the URL's own 60 seconds */
	assert_string_equal(whoami(&k, kube, a, bearer(a, &t)),
			    "arn:aws:iam::471108253690:user/viewer");
	/* As the AWS CLI signs when AWS_ENDPOINT_URL names the simulation. */
	t = good;
	t.before_host = "http://";
	t.host = "127.0.0.1:4566";
	assert_string_not_equal(whoami(&k, kube, a, bearer(a, &t)), "");
	face_kube.close(kube);
	if (face_aws.close)
		face_aws.close(aws);
	arena_free(a);
	kit_close(&k);
}

static void
test_what_must_not_pass(void **state)
{
	struct token bad[16];
	uint32_t n = 0;
	struct kit k = kit_open("quiet-day", 1);
	struct arena *a = arena_new();
	void *aws = face_aws.open(k.w), *kube = face_kube.open(k.w);
	static const char *const rubbish[] = {
		"Bearer k8s-aws-v1.", "Bearer k8s-aws-v1.!!!!",
		"Bearer k8s-aws-v1.aHR0cHM6Ly8", "Bearer k8s-aws-v2.e30",
		"Bearer ", "Basic YTpi",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = good;
	bad[n++].spoil = true;
	bad[n++].late_ms = 16 * MINUTE_MS;
	bad[n++].late_ms = -16 * MINUTE_MS;
	bad[n++].cluster = "another-cluster";
	bad[n++].cluster = NULL; /* not bound to any cluster */
	bad[n++].service = "ec2";
	bad[n++].expires_s = 901;
	bad[n++].before_host = "http://";
	bad[n++].host = "sts.amazonaws.com.example.com";
	bad[n++].host = "sts.eu-west-1.amazonaws.com:8443";
	bad[n++].path = "/x";
	bad[n++].query = "Action=AssumeRole&Version=2011-06-15";
	bad[n++].query = WHOAMI "&Extra=1";
	bad[n++].more = "&Action=GetCallerIdentity"; /* twice */
	for (uint32_t i = 0; i < n; i++)
		assert_string_equal(whoami(&k, kube, a, bearer(a, &bad[i])),
				    "");
	for (size_t i = 0; i < ARRAY_LEN(rubbish); i++)
		assert_string_equal(whoami(&k, kube, a, rubbish[i]), "");
	face_kube.close(kube);
	if (face_aws.close)
		face_aws.close(aws);
	arena_free(a);
	kit_close(&k);
}

SUITE(sim_eks_token,
	TEST(test_who_signed_it_is_let_in),
	TEST(test_what_must_not_pass));
