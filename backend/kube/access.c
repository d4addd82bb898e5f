/*
 * May we?  SelfSubjectAccessReview per verb and resource, cached five minutes.
 * Equal questions asked while the first is under way share its answer.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/kube/private.h"

enum { FRESH_MS = 5 * 60 * 1000, CACHED = 512, ASK_MS = 10000 };

struct verdict {
	enum access access;
	int64_t boot_ms;
	char reason[200];
};

/* One who waits for the answer of a key. */
struct asker {
	void (*on_done)(void *ctx, enum access a, const char *reason);
	void *ctx;
};

struct question {
	struct kube *kube;
	struct question *next;
	char *key;
	VEC(struct asker) askers;
};

static void
question_end(struct question *q, enum access access, const char *reason)
{
	struct question **at = &q->kube->questions;

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	for (uint32_t i = 0; i < q->askers.n; i++)
		q->askers.at[i].on_done(q->askers.at[i].ctx, access, reason);
	vec_free(&q->askers);
	free(q->key);
	free(q);
}

static void
remember(struct kube *k, const char *key, enum access access,
	 const char *reason)
{
	struct verdict *v = xcalloc(1, sizeof(*v));

	if (map_count(k->access) >= CACHED)
		map_clear(k->access);
	v->access = access;
	v->boot_ms = clock_boot_ms(reactor_clock(k->reactor));
	snprintf(v->reason, sizeof(v->reason), "%s", reason);
	free(map_put(k->access, key, v));
}

static void
on_answer(void *ctx, const struct kube_answer *a)
{
	struct question *q = ctx;
	const struct tree *status = tree_get(a->body, "status");
	const struct tree *allowed = tree_get(status, "allowed");
	const char *reason = a->err.text;
	enum access access = ACCESS_UNKNOWN;

	if (!a->err.code && tree_is(allowed, TREE_BOOL)) {
		access = allowed->flag ? ACCESS_ALLOWED : ACCESS_DENIED;
		reason = str_or_empty(tree_text(tree_get(status, "reason")));
		if (!*reason)
			reason = str_or_empty(tree_text(
				tree_get(status, "evaluationError")));
		remember(q->kube, q->key, access, reason);
	} else if (!a->err.code) {
		reason = "the server's review says neither yes nor no";
	}
	question_end(q, access, reason);
}

/* Body of the review (new). */
static char *
review(const char *verb, const char *group, const char *resource,
       const char *sub, const char *ns)
{
	struct buf body;
	struct jsonw *w;

	buf_init(&body, 1 << 16);
	w = jsonw_new_buf(&body, false);
	jsonw_object(w);
	jsonw_key(w, "apiVersion");
	jsonw_text(w, "authorization.k8s.io/v1");
	jsonw_key(w, "kind");
	jsonw_text(w, "SelfSubjectAccessReview");
	jsonw_key(w, "spec");
	jsonw_object(w);
	jsonw_key(w, "resourceAttributes");
	jsonw_object(w);
	jsonw_opt_text(w, "namespace", ns);
	jsonw_opt_text(w, "verb", verb);
	jsonw_opt_text(w, "group", group);
	jsonw_opt_text(w, "resource", resource);
	jsonw_opt_text(w, "subresource", sub);
	jsonw_end_object(w);
	jsonw_end_object(w);
	jsonw_end_object(w);
	jsonw_done(w);
	return buf_take(&body, NULL);
}

static struct question *
find(const struct kube *k, const char *key)
{
	struct question *q = k->questions;

	while (q && !str_eq(q->key, key))
		q = q->next;
	return q;
}

void
kube_may(struct kube *k, const char *verb, const char *group,
	 const char *resource, const char *sub, const char *ns,
	 void (*on_done)(void *ctx, enum access a, const char *reason),
	 void *ctx)
{
	int64_t now = clock_boot_ms(reactor_clock(k->reactor));
	char *key = xasprintf("%s %s %s %s %s", verb, str_or_empty(group),
			      resource, str_or_empty(sub), str_or_empty(ns));
	const struct verdict *v = map_get(k->access, key);
	struct question *q = find(k, key);
	struct err err = { 0 };
	char *body;

	if (v && now - v->boot_ms < FRESH_MS) {
		free(key);
		on_done(ctx, v->access, v->reason);
		return;
	}
	if (q) {
		free(key);
		vec_push(&q->askers, ((struct asker){ on_done, ctx }));
		return;
	}
	q = xcalloc(1, sizeof(*q));
	q->kube = k;
	q->key = key;
	vec_push(&q->askers, ((struct asker){ on_done, ctx }));
	q->next = k->questions;
	k->questions = q;
	body = review(verb, group, resource, sub, ns);
	if (!kube_call(k, &(struct kube_call){
		    .row = ROW_K8S_ACCESS_REVIEW,
		    .method = "POST",
		    .path = "/apis/authorization.k8s.io/v1/"
			    "selfsubjectaccessreviews",
		    .body = body,
		    .deadline_ms = ASK_MS,
		    .on_done = on_answer,
		    .ctx = q,
	    }, &err))
		question_end(q, ACCESS_UNKNOWN, err.text);
	free(body);
}

/* After the calls: no question is open any more. */
void
kube_access_free(struct kube *k)
{
	BUG_IF(k->questions);
	map_free(k->access);
}
