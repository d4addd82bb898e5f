/*
 * EKS bearer tokens: a presigned GetCallerIdentity request as text, which the
 * cluster's authenticator would send to STS to learn who signed it.  Here the
 * signature is checked in place (reference integrations E).
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/sim/aws/face.h"
#include "backend/sim/kube/hooks.h"

#define PREFIX "k8s-aws-v1."
#define TOKEN_BYTES 8192
#define EXPIRES_MAX_S 900
#define CLUSTER_HEADER "x-k8s-aws-id"

/* Base64 of the URL alphabet without padding; NULL when it is none. */
static char *
decode_base64(struct arena *a, const char *text)
{
	size_t len = strlen(text), pad = (4 - len % 4) % 4;
	char *in = arena_printf(a, "%s%.*s", text, (int)pad, "===");
	char *out = arena_alloc(a, len + 4);
	int n;

	for (char *c = in; *c; c++)
		*c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
	n = EVP_DecodeBlock((unsigned char *)out, (unsigned char *)in,
			    (int)(len + pad));
	if (n < (int)pad || pad == 3)
		return NULL;
	out[n - (int)pad] = '\0';
	/* A NUL in the middle would hide what follows it. */
	return strlen(out) == (size_t)n - pad ? out : NULL;
}

/* STS in any region, or the simulated one on loopback, which is where a client
 * with AWS_ENDPOINT_URL signs for. */
static bool
is_sts(const char *scheme, const char *host)
{
	static const char *const loopback[] = { "127.0.0.1", "localhost",
						"[::1]" };
	const char *tail = strstr(host, ".amazonaws.com");

	if (strcmp(scheme, "https") == 0 && str_has_prefix(host, "sts.") &&
	    tail && !strcmp(tail, ".amazonaws.com"))
		return !strpbrk(host, ":@");
	for (size_t i = 0; i < ARRAY_LEN(loopback); i++) {
		size_t len = strlen(loopback[i]);

		if (strncmp(host, loopback[i], len) != 0)
			continue;
		host += len;
		return !*host || (*host == ':' &&
				  !host[1 + strspn(host + 1, "0123456789")]);
	}
	return false;
}

/* Only what the request needs, each once. */
static bool
query_is_plain(struct arena *a, const char *query)
{
	static const char *const keys[] = {
		"Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential",
		"X-Amz-Date", "X-Amz-Expires", "X-Amz-Security-Token",
		"X-Amz-Signature", "X-Amz-SignedHeaders",
	};
	unsigned seen = 0;

	for (const char *at = query; *at;) {
		size_t len = strcspn(at, "&"), name = strcspn(at, "=&"), i = 0;
		const char *key = face_decode(a, at, name, false);

		while (i < ARRAY_LEN(keys) && strcmp(keys[i], key) != 0)
			i++;
		if (i == ARRAY_LEN(keys) || seen & 1u << i)
			return false;
		seen |= 1u << i;
		at += len + (at[len] == '&');
	}
	return true;
}

static bool
header_is_signed(const char *list, const char *name)
{
	size_t want = strlen(name);

	for (const char *at = list; *at;) {
		size_t len = strcspn(at, ";");

		if (len == want && strncmp(at, name, len) == 0)
			return true;
		at += len + (at[len] == ';');
	}
	return false;
}

static bool
asks_who_i_am(const struct face_request *q, struct arena *a)
{
	const char *expires = face_query(q, a, "X-Amz-Expires");
	const char *headers = face_query(q, a, "X-Amz-SignedHeaders");
	long s = strtol(str_or_empty(expires), NULL, 10);

	return query_is_plain(a, q->query) &&
	       str_eq(face_query(q, a, "Action"), "GetCallerIdentity") &&
	       str_eq(face_query(q, a, "Version"), "2011-06-15") && s > 0 &&
	       s <= EXPIRES_MAX_S && headers &&
	       header_is_signed(headers, "host") &&
	       header_is_signed(headers, CLUSTER_HEADER);
}

/* "https://sts.eu-west-1.amazonaws.com/?Action=..." taken apart in place. */
static bool
split_url(char *url, const char **host, const char **query)
{
	char *at = strstr(url, "://"), *end;

	if (!at)
		return false;
	*at = '\0';
	*host = at + 3;
	end = at + 3 + strcspn(at + 3, "/?#");
	/* The path is empty or "/", and a query follows. */
	at = end + (*end == '/');
	if (*at != '?' || strchr(at, '#'))
		return false;
	*end = '\0';
	*query = at + 1;
	return is_sts(url, *host);
}

static bool
token_user(void *ctx, const char *token, struct arena *a,
	   struct kube_identity *who)
{
	struct sim *w = ctx;
	struct face_pair headers[] = {
		{ "Host", NULL },
		{ CLUSTER_HEADER, sim_scenario(w)->cluster },
		{ NULL, NULL },
	};
	struct face_request q = { .method = "GET", .path = "/",
				  .headers = headers };
	struct cloud_fault fault = { 0 };
	struct aws_caller caller = { 0 };
	char service[32];
	char *url;

	if (!str_has_prefix(token, PREFIX) || strlen(token) > TOKEN_BYTES)
		return false;
	url = decode_base64(a, token + strlen(PREFIX));
	if (!url || !split_url(url, &headers[0].value, &q.query) ||
	    !asks_who_i_am(&q, a))
		return false;
	/* Users have an entry in the cluster; roles have none. */
	if (!aws_verify(&q, a, AWS_QUERY, &caller, service, &fault) ||
	    strcmp(service, "sts") != 0 || !caller.user || caller.role)
		return false;
	*who = (struct kube_identity){
		.login = caller.user->name,
		.name = arena_printf(a, "arn:aws:iam::%s:user/%s",
				     sim_cloud(w)->account,
				     caller.user->name),
	};
	return true;
}

void
aws_tokens_open(struct sim *w)
{
	struct kube_hooks *hooks = sim_kube_hooks(w);

	hooks->token_user = token_user;
	hooks->token_ctx = w;
}
