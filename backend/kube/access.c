/*
 * May we?  SelfSubjectAccessReview per verb and resource, cached five minutes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/kube/private.h"

enum { FRESH_MS = 5 * 60 * 1000 };

struct verdict {
	enum access access;
	int64_t boot_ms;
	char reason[200];
};

struct question {
	struct kube *kube;
	char *key;
	void (*on_done)(void *ctx, enum access a, const char *reason);
	void *ctx;
};

static void
on_answer(void *ctx, const struct kube_answer *a)
{
	struct question *q = ctx;
	const struct tree *st = tree_get(a->body, "status");
	const struct tree *allowed = tree_get(st, "allowed");
	enum access access = ACCESS_UNKNOWN;
	const char *reason = a->err.code ? a->err.text : "";
	struct verdict *v;

	if (!a->err.code && tree_is(allowed, TREE_BOOL)) {
		access = allowed->flag ? ACCESS_ALLOWED : ACCESS_DENIED;
		reason = str_or_empty(tree_text(tree_get(st, "reason")));
		v = xcalloc(1, sizeof(*v));
		v->access = access;
		v->boot_ms = clock_boot_ms(reactor_clock(q->kube->reactor));
		snprintf(v->reason, sizeof(v->reason), "%s", reason);
		free(map_put(q->kube->access, q->key, v));
	}
	q->on_done(q->ctx, access, reason);
	free(q->key);
	free(q);
}

static char *
review(const char *verb, const char *group, const char *resource,
       const char *sub, const char *ns)
{
	struct buf body;
	struct jsonw *w;
	char *text;

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
	text = buf_take(&body, NULL);
	return text;
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
	struct question *q;
	char *body;

	if (v && now - v->boot_ms < FRESH_MS) {
		free(key);
		on_done(ctx, v->access, v->reason);
		return;
	}
	q = xcalloc(1, sizeof(*q));
	q->kube = k;
	q->key = key;
	q->on_done = on_done;
	q->ctx = ctx;
	body = review(verb, group, resource, sub, ns);
	kube_call(k, &(struct kube_call){
		.row = ROW_K8S_ACCESS_REVIEW,
		.method = "POST",
		.path = "/apis/authorization.k8s.io/v1/"
			"selfsubjectaccessreviews",
		.body = body,
		.deadline_ms = 5000,
		.on_done = on_answer,
		.ctx = q,
	}, NULL);
	free(body);
}

void
kube_access_free(struct kube *k)
{
	map_free(k->access);
}
