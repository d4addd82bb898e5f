/*
 * Log streams of containers.  Bytes go straight to the reader; resuming and
 * ceilings are the caller's matter (control/stream.c).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/kube/private.h"

enum { ERROR_LIMIT = 8192 };

struct kube_log {
	struct kube_log *next, **back;
	struct kube *kube;
	struct kube_log_options options; /* callbacks; texts are not kept */
	char *target;
	struct http_request *request;
	struct buf trouble; /* body of an answer that is not 200 */
	int status;
	bool closed;
};

static void
log_free(struct kube_log *l)
{
	*l->back = l->next;
	if (l->next)
		l->next->back = l->back;
	kube_auth_forget(l->kube->auth, l);
	buf_fini(&l->trouble);
	free(l->target);
	free(l);
}

static void
log_end(struct kube_log *l, const struct err *err)
{
	if (!l->closed && l->options.on_end)
		l->options.on_end(l->options.ctx, err);
	log_free(l);
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
	if (r->err.code && !r->cancelled)
		err = r->err;
	else if (r->head.status && r->head.status != 200)
		kube_status_error(l->kube, r->head.status, "get pods/log",
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
	kube_headers_init(&h, l->kube, header, NULL);
	h.line[0] = "Accept: text/plain, application/json";
	l->request = http_start(l->kube->reactor, &(struct http_call){
		.row = ROW_K8S_LOGS,
		.to = kube_auth_endpoint(l->kube->auth),
		.method = "GET",
		.target = l->target,
		.headers = h.line,
		.small_pieces = true,
		.on_head = on_head,
		.on_bytes = on_bytes,
		.on_done = on_done,
		.ctx = l,
	}, &failed);
	kube_headers_fini(&h);
	if (!l->request)
		log_end(l, &failed);
}

static char *
log_target(const struct kube_log_options *o)
{
	struct buf b;

	buf_init(&b, 8192);
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
	l->target = log_target(o);
	buf_init(&l->trouble, ERROR_LIMIT);
	l->next = k->logs;
	l->back = &k->logs;
	if (l->next)
		l->next->back = &l->next;
	k->logs = l;
	kube_auth_get(k->auth, on_auth, l);
	/* It may have failed and ended at once. */
	return k->logs == l ? l : NULL;
}

void
kube_log_pause(struct kube_log *l, bool paused)
{
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
