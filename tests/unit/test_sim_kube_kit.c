/*
 * A Kubernetes face for tests: no suite of its own (see test_sim_store.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "tests/unit/sim_kube.h"

#define BODY_BYTES ((size_t)64 << 20)

static int64_t
boot_ms(void *ctx)
{
	return ((struct sim_kube *)ctx)->boot_ms;
}

static int64_t
wall_ms(void *ctx)
{
	return ((struct sim_kube *)ctx)->s.now_ms;
}

void
sim_kube_init(struct sim_kube *x)
{
	*x = (struct sim_kube){ .boot_ms = 1000,
				.token = "simulated-token-admin" };
	sim_store_init(&x->s);
	x->clock = (struct clockwork){ wall_ms, boot_ms, x };
	x->k = kube_face_new(x->s.o, &x->hooks, &x->clock);
	x->arena = arena_new();
	buf_init(&x->a.body, BODY_BYTES);
}

static void
close_stream(struct sim_kube *x)
{
	if (x->a.stream.pull)
		x->a.stream.close(x->a.stream.ctx);
	x->a.stream = (struct face_stream){ 0 };
}

void
sim_kube_fini(struct sim_kube *x)
{
	close_stream(x);
	buf_fini(&x->a.body);
	arena_free(x->arena);
	kube_face_free(x->k);
	sim_store_fini(&x->s);
}

static char *
double_quoted(const char *text)
{
	char *out = xstrdup(text);

	for (char *c = out; *c; c++)
		if (*c == '\'')
			*c = '"';
	return out;
}

int
sim_call(struct sim_kube *x, const char *method, const char *target,
	 const char *type, const char *body)
{
	char *text = body ? double_quoted(body) : NULL;
	char bearer[200];
	struct face_pair headers[5] = { 0 };
	struct face_request q = { .method = method, .headers = headers,
				  .body = text,
				  .body_len = text ? strlen(text) : 0 };
	const char *mark = strchr(target, '?');
	int n = 0;

	close_stream(x);
	arena_reset(x->arena);
	buf_reset(&x->a.body);
	x->a.header_n = 0;
	x->a.status = 200;
	x->a.type = NULL;
	q.path = mark ? arena_strndup(x->arena, target,
				      (size_t)(mark - target))
		      : target;
	q.query = mark ? mark + 1 : "";
	snprintf(bearer, sizeof(bearer), "Bearer %s", str_or_empty(x->token));
	if (x->token)
		headers[n++] = (struct face_pair){ "Authorization", bearer };
	if (x->accept)
		headers[n++] = (struct face_pair){ "Accept", x->accept };
	if (body)
		headers[n++] = (struct face_pair){
			"Content-Type", type ? type : "application/json" };
	kube_face_serve(x->k, &q, &x->a, x->arena);
	free(text);
	return x->a.status;
}

int
sim_get_call(struct sim_kube *x, const char *target)
{
	return sim_call(x, "GET", target, NULL, NULL);
}

const char *
sim_pull(struct sim_kube *x, bool *open)
{
	buf_reset(&x->a.body);
	assert_non_null(x->a.stream.pull);
	*open = x->a.stream.pull(x->a.stream.ctx, NULL, &x->a.body);
	if (!*open)
		close_stream(x);
	for (size_t i = 0; i < x->a.body.len; i++)
		if (x->a.body.at[i] == '"')
			x->a.body.at[i] = '\'';
	return buf_text(&x->a.body);
}

const char *
sim_body(struct sim_kube *x)
{
	/* A stream that ends is a body in pieces. */
	while (x->a.stream.pull &&
	       x->a.stream.pull(x->a.stream.ctx, NULL, &x->a.body))
		assert_true(x->a.body.len < BODY_BYTES);
	close_stream(x);
	for (size_t i = 0; i < x->a.body.len; i++)
		if (x->a.body.at[i] == '"')
			x->a.body.at[i] = '\'';
	return buf_text(&x->a.body);
}

const char *
sim_header(struct sim_kube *x, const char *name)
{
	for (uint32_t i = 0; i < x->a.header_n; i++)
		if (strcasecmp(x->a.headers[i][0], name) == 0)
			return x->a.headers[i][1];
	return NULL;
}
