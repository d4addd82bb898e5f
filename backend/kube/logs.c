/*
 * Log streams of containers.  Bytes go straight to the reader; resuming and
 * ceilings are the caller's matter.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/kube/private.h"

enum { ERROR_LIMIT = 16384, TARGET_LIMIT = 8192, ANSWER_MS = 30000 };

struct kube_log {
	struct kube_log *next, **back;
	struct kube *kube;
	struct kube_log_options options; /* callbacks; texts are not kept */
	char *target, *what;
	struct http_request *request;
	struct buf trouble; /* body of an answer that is not 200 */
	uint32_t serial;    /* of the credentials in use */
	int status;
	bool paused, closed, renewed;
};

static void on_auth(void *ctx, const char *header, const struct err *err);

static void
log_free(struct kube_log *l)
{
	*l->back = l->next;
	if (l->next)
		l->next->back = l->back;
	kube_auth_forget(l->kube->auth, l);
	buf_fini(&l->trouble);
	free(l->target);
	free(l->what);
	free(l);
}

static void
log_end(struct kube_log *l, const struct err *err)
{
	void (*on_end)(void *ctx, const struct err *err) = l->options.on_end;
	void *ctx = l->options.ctx;
	bool closed = l->closed;

	log_free(l);
	if (!closed && on_end)
		on_end(ctx, err);
}

static void
on_head(void *ctx, const struct http_head *head)
{
	struct kube_log *l = ctx;

	l->status = head->status;
	kube_heard_head(l->kube, head);
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct kube_log *l = ctx;

	if (l->status == 200)
		return l->options.on_bytes(l->options.ctx, bytes, len);
	buf_add(&l->trouble, bytes, len);
	return true;
}

static void
on_done(void *ctx, const struct http_result *r)
{
	struct kube_log *l = ctx;
	struct err err = { 0 };

	l->request = NULL;
	if (r->head.status == 401 && !l->closed && !l->renewed &&
	    kube_auth_rejected(l->kube->auth, l->serial)) {
		l->renewed = true;
		kube_auth_get(l->kube->auth, on_auth, l);
		return;
	}
	if (r->err.code && !r->cancelled)
		err = r->err;
	else if (r->head.status && r->head.status != 200)
		kube_status_error(l->kube, &r->head, l->what,
				  buf_text(&l->trouble), l->trouble.len,
				  &err);
	log_end(l, err.code ? &err : NULL);
}

static void
on_auth(void *ctx, const char *header, const struct err *err)
{
	struct kube_log *l = ctx;
	struct kube_headers h;
	struct err failed = { 0 };

	if (err) {
		log_end(l, err);
		return;
	}
	l->status = 0;
	buf_reset(&l->trouble);
	l->serial = kube_auth_serial(l->kube->auth);
	kube_headers_init(&h, l->kube, "text/plain, application/json", header,
			  NULL);
	l->request = http_start(l->kube->reactor, &(struct http_call){
		.row = ROW_K8S_LOGS,
		.to = kube_auth_endpoint(l->kube->auth),
		.method = "GET",
		.target = l->target,
		.headers = h.lines.at,
		.answer_ms = ANSWER_MS,
		.on_head = on_head,
		.on_bytes = on_bytes,
		.on_done = on_done,
		.ctx = l,
	}, &failed);
	kube_headers_fini(&h);
	if (!l->request)
		log_end(l, &failed);
	else if (l->paused)
		http_pause(l->request, true);
}

static char *
log_target(const struct kube_log_options *o)
{
	struct buf b;

	buf_init(&b, TARGET_LIMIT);
	kube_path(&b, KIND_POD, o->ns, o->pod, "log");
	buf_printf(&b, "?follow=%s", o->follow ? "true" : "false");
	if (o->container && *o->container) {
		buf_puts(&b, "&container=");
		buf_percent(&b, o->container, strlen(o->container), false);
	}
	if (o->previous)
		buf_puts(&b, "&previous=true");
	if (o->timestamps)
		buf_puts(&b, "&timestamps=true");
	if (o->tail_lines >= 0)
		buf_printf(&b, "&tailLines=%" PRId64, o->tail_lines);
	if (o->since_s > 0)
		buf_printf(&b, "&sinceSeconds=%" PRId64, o->since_s);
	return buf_take(&b, NULL);
}

struct kube_log *
kube_log_open(struct kube *k, const struct kube_log_options *o)
{
	struct kube_log *l = xcalloc(1, sizeof(*l));

	l->kube = k;
	l->options = *o;
	l->options.ns = l->options.pod = l->options.container = NULL;
	l->target = log_target(o);
	l->what = xasprintf("logs of %s/%s", str_or_empty(o->ns),
			    str_or_empty(o->pod));
	buf_init(&l->trouble, ERROR_LIMIT);
	l->next = k->logs;
	l->back = &k->logs;
	if (l->next)
		l->next->back = &l->next;
	k->logs = l;
	kube_auth_get(k->auth, on_auth, l);
	/* It may have failed and ended at once. */
	for (struct kube_log *at = k->logs; at; at = at->next)
		if (at == l)
			return l;
	return NULL;
}

void
kube_log_pause(struct kube_log *l, bool paused)
{
	l->paused = paused;
	if (l->request)
		http_pause(l->request, paused);
}

void
kube_log_close(struct kube_log *l)
{
	l->closed = true;
	if (l->request)
		http_cancel(l->request); /* on_done frees it */
	else
		log_free(l);
}

void
kube_logs_free(struct kube *k)
{
	while (k->logs)
		kube_log_close(k->logs);
}
