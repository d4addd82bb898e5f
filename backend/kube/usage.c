/*
 * What nodes and pods use, polled from metrics.k8s.io while a view shows it.
 *
 * The API has no watch and no pages; metrics-server itself looks every 15 s.
 * Items are read one by one as they arrive, like those of a list.  A cluster
 * without metrics-server is asked once a minute; after a few failures in a row
 * what was known is forgotten, for old usage is no usage.
 * Source: k8s.io/metrics v1beta1 (NodeMetrics, PodMetrics).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/base/quantity.h"
#include "backend/kube/private.h"

enum {
	POLL_MS = 30000,
	POLL_SIMULATED_MS = 5000, /* simulated time may run fast */
	AGAIN_MS = 60000,
	ANSWER_MS = 20000,
	SILENCE_MS = 20000,
	FORGET_AFTER = 3,
	ERROR_LIMIT = 4096,
	TARGET_LIMIT = 1024,
};

struct usage {
	struct kube *kube;
	enum kind kind;
	char *target;
	struct reactor_timer *timer;
	struct http_request *request;
	struct json_reader *reader;
	struct buf trouble; /* of an answer that is not 200 */
	struct err reading;
	int status;
	uint32_t serial, failures;
	bool wanted, told, renewed, closing;
};

/* ---- what an answer says ---- */

static bool
add_amounts(const struct tree *usage, int64_t *mcpu, int64_t *bytes)
{
	const char *cpu = tree_text(tree_get(usage, "cpu"));
	const char *memory = tree_text(tree_get(usage, "memory"));
	int64_t more_mcpu, more_bytes;

	return cpu && memory &&
	       quantity_parse_milli(cpu, strlen(cpu), &more_mcpu) &&
	       quantity_parse_units(memory, strlen(memory), &more_bytes) &&
	       add_checked(mcpu, more_mcpu) && add_checked(bytes, more_bytes);
}

/* A pod's usage is that of its containers together. */
static bool
read_amounts(const struct usage *u, const struct tree *item, int64_t *mcpu,
	     int64_t *bytes)
{
	const struct tree *containers = tree_get(item, "containers");

	if (u->kind == KIND_NODE)
		return add_amounts(tree_get(item, "usage"), mcpu, bytes);
	if (!tree_is(containers, TREE_ARRAY))
		return false;
	tree_each (c, containers)
		if (!add_amounts(tree_get(c, "usage"), mcpu, bytes))
			return false;
	return true;
}

static bool
on_item(void *ctx, const char *path, const struct tree *item, struct err *err)
{
	struct usage *u = ctx;
	const struct sink *sink = u->kube->sink;
	const struct tree *meta = tree_get(item, "metadata");
	const char *name = tree_text(tree_get(meta, "name"));
	const char *ns = tree_text(tree_get(meta, "namespace"));
	int64_t mcpu = 0, bytes = 0;
	char key[RECORD_KEY];

	(void)path;
	(void)err;
	/* One that cannot be read stays unknown; the others are fine. */
	if (!name || !read_amounts(u, item, &mcpu, &bytes))
		return true;
	if (u->kind == KIND_POD)
		snprintf(key, sizeof(key), "%s/%s", str_or_empty(ns), name);
	else
		snprintf(key, sizeof(key), "%s", name);
	if (sink->usage)
		sink->usage(sink->ctx, u->kind, key, mcpu, bytes);
	return true;
}

static void
tell_end(const struct usage *u)
{
	const struct sink *sink = u->kube->sink;

	if (sink->usage_end)
		sink->usage_end(sink->ctx, u->kind);
}

static void
failed(struct usage *u, const struct err *err)
{
	log_at(LOG_INFO, "usage", "kind=%s error=%s", kind_name(u->kind),
	       err->text);
	u->told = true;
	if (++u->failures == FORGET_AFTER)
		tell_end(u);
	reactor_timer_arm(u->timer, AGAIN_MS);
}

/* ---- the exchange ---- */

static void on_auth(void *ctx, const char *header, const struct err *err);

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct usage *u = ctx;

	if (u->status == 200)
		return json_reader_feed(u->reader, bytes, len, &u->reading);
	buf_add(&u->trouble, bytes,
		len < u->trouble.limit - u->trouble.len
			? len
			: u->trouble.limit - u->trouble.len);
	return true;
}

static void
on_head(void *ctx, const struct http_head *head)
{
	struct usage *u = ctx;

	u->status = head->status;
	kube_heard_head(u->kube, head);
}

static void
on_done(void *ctx, const struct http_result *r)
{
	struct usage *u = ctx;
	struct err err = { 0 };
	char what[80];

	u->request = NULL;
	if (u->closing || r->cancelled)
		return;
	if (r->head.status == 401 && !u->renewed &&
	    kube_auth_rejected(u->kube->auth, u->serial)) {
		u->renewed = true;
		kube_auth_get(u->kube->auth, on_auth, u);
		return;
	}
	snprintf(what, sizeof(what), "usage of %s", kind_plural(u->kind));
	if (u->reading.code)
		err = u->reading;
	else if (r->err.code)
		err = r->err;
	else if (r->head.status != 200)
		kube_status_error(u->kube, &r->head, what,
				  buf_text(&u->trouble), u->trouble.len, &err);
	if (err.code || !json_reader_end(u->reader, &err)) {
		failed(u, &err);
		return;
	}
	u->failures = 0;
	u->renewed = false;
	u->told = true;
	tell_end(u);
	reactor_timer_arm(u->timer, u->kube->simulated ? POLL_SIMULATED_MS
							: POLL_MS);
}

static void
reader_open(struct usage *u)
{
	static const char *const items[] = { "items", NULL };

	json_reader_free(u->reader);
	u->reader = json_reader_new(&(struct json_spec){
		.items = items,
		.on_item = on_item,
		.ctx = u,
	});
}

static void
on_auth(void *ctx, const char *header, const struct err *auth_err)
{
	struct usage *u = ctx;
	struct kube_headers h;
	struct err err = { 0 };

	if (auth_err) {
		failed(u, auth_err);
		return;
	}
	u->status = 0;
	u->reading = (struct err){ 0 };
	buf_reset(&u->trouble);
	reader_open(u);
	u->serial = kube_auth_serial(u->kube->auth);
	kube_headers_init(&h, u->kube, "application/json", header, NULL);
	u->request = http_start(u->kube->reactor, &(struct http_call){
		.row = ROW_K8S_METRICS,
		.to = kube_auth_endpoint(u->kube->auth),
		.method = "GET",
		.target = u->target,
		.headers = h.lines.at,
		.answer_ms = ANSWER_MS,
		.silence_ms = SILENCE_MS,
		.on_head = on_head,
		.on_bytes = on_bytes,
		.on_done = on_done,
		.ctx = u,
	}, &err);
	kube_headers_fini(&h);
	if (!u->request)
		failed(u, &err);
}

static void
on_timer(void *ctx)
{
	struct usage *u = ctx;

	if (u->wanted && !u->request)
		kube_auth_get(u->kube->auth, on_auth, u);
}

/* ---- life ---- */

static struct usage **
place(struct kube *k, enum kind kind)
{
	BUG_IF(kind != KIND_NODE && kind != KIND_POD);
	return &k->usage[kind == KIND_POD];
}

static char *
target_of(const struct kube *k, enum kind kind)
{
	struct buf b;

	buf_init(&b, TARGET_LIMIT);
	buf_puts(&b, "/apis/metrics.k8s.io/v1beta1/");
	if (kind == KIND_POD && k->ns) {
		buf_puts(&b, "namespaces/");
		buf_percent(&b, k->ns, strlen(k->ns), false);
		buf_putc(&b, '/');
	}
	buf_puts(&b, kind == KIND_POD ? "pods" : "nodes");
	return buf_take(&b, NULL);
}

void
kube_want_usage(struct kube *k, enum kind kind, bool wanted)
{
	struct usage **at = place(k, kind), *u = *at;

	if (!u && !wanted)
		return;
	if (!u) {
		u = *at = xcalloc(1, sizeof(*u));
		u->kube = k;
		u->kind = kind;
		u->target = target_of(k, kind);
		u->timer = reactor_timer_new(k->reactor, on_timer, u);
		buf_init(&u->trouble, ERROR_LIMIT);
	}
	if (u->wanted == wanted)
		return;
	u->wanted = wanted;
	if (wanted && !u->request)
		reactor_timer_arm(u->timer, 0);
}

bool
kube_usage_told(struct kube *k, enum kind kind)
{
	const struct usage *u = *place(k, kind);

	return u && u->told;
}

void
kube_usage_free(struct kube *k)
{
	for (size_t i = 0; i < ARRAY_LEN(k->usage); i++) {
		struct usage *u = k->usage[i];

		if (!u)
			continue;
		u->closing = true;
		if (u->request)
			http_cancel(u->request);
		kube_auth_forget(k->auth, u);
		reactor_timer_free(u->timer);
		json_reader_free(u->reader);
		buf_fini(&u->trouble);
		free(u->target);
		free(u);
		k->usage[i] = NULL;
	}
}
