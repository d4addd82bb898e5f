/*
 * Writing to the store and work queues: what all parts of the cluster share.
 */
#include "backend/sim/world/parts.h"

#include <stdlib.h>

#include "backend/base/log.h"

/* ---- writing ---- */

static const struct object *
checked(const struct object *o, const struct status *st, const char *what)
{
	if (!o)
		log_at(LOG_DEBUG, "sim", "%s: %s", what, st->message);
	return o;
}

const struct object *
k8s_try_put(struct kubernetes *k, const struct object_type *t, const char *ns,
	    json_t *body, struct status *st)
{
	const struct object *o =
		objects_create(k->objects, t, ns, body, WRITE_KEEP_STATUS, st);

	json_decref(body);
	return checked(o, st, "create");
}

const struct object *
k8s_put(struct kubernetes *k, const struct object_type *t, const char *ns,
	json_t *body)
{
	struct status st = { 0 };

	return k8s_try_put(k, t, ns, body, &st);
}

static const struct object *
merge(struct kubernetes *k, const struct object *o, json_t *patch,
      unsigned flags)
{
	struct patch_options options = { PATCH_MERGE, flags, NULL };
	struct status st = { 0 };
	/* The object may die of the write: its names must not. */
	const struct object *held = object_ref(o);

	o = objects_patch(k->objects, held->type, held->ns, held->name, patch,
			  &options, &st);
	object_unref(held);
	json_decref(patch);
	return checked(o, &st, "patch");
}

const struct object *
k8s_put_status(struct kubernetes *k, const struct object *o, json_t *status)
{
	return merge(k, o, pack("{s:o}", "status", status), WRITE_STATUS);
}

const struct object *
k8s_put_merge(struct kubernetes *k, const struct object *o, json_t *patch)
{
	return merge(k, o, patch, 0);
}

const struct object *
k8s_put_trusted(struct kubernetes *k, const struct object *o, json_t *patch)
{
	return merge(k, o, patch, WRITE_TRUSTED);
}

void
k8s_delete(struct kubernetes *k, const struct object *o, int64_t grace_s)
{
	struct delete_options options = { .grace_s = grace_s };
	struct status st = { 0 };
	const struct object *held = object_ref(o);

	if (!objects_delete(k->objects, held->type, held->ns, held->name,
			    &options, NULL, NULL, &st))
		log_at(LOG_DEBUG, "sim", "delete: %s", st.message);
	object_unref(held);
}

const struct object *
k8s_find(struct kubernetes *k, const struct object_type *t, const char *ns,
	 const char *name)
{
	return objects_get(k->objects, t, ns, name);
}

const struct object *
k8s_find_key(struct kubernetes *k, const struct object_type *t, const char *key)
{
	const char *slash = strchr(key, '/');
	const struct object *o;
	char *ns;

	if (!slash)
		return k8s_find(k, t, "", key);
	ns = xstrndup(key, (size_t)(slash - key));
	o = k8s_find(k, t, ns, slash + 1);
	free(ns);
	return o;
}

const char *
object_field(const struct object *o, const char *path)
{
	for (uint32_t i = 0; i < o->field_n; i++) {
		if (str_eq(o->type->fields[i], path))
			return str_or_empty(o->fields[i]);
	}
	return "";
}

bool
pod_object_is_over(const struct object *pod)
{
	const char *phase = object_field(pod, "status.phase");

	return str_eq(phase, "Succeeded") || str_eq(phase, "Failed");
}

json_t *
k8s_condition(const char *type, bool on, const char *reason,
	      const char *message, int64_t since_ms)
{
	json_t *c = pack("{s:s, s:s, s:n, s:o}", "type", type, "status",
			 on ? "True" : "False", "lastProbeTime",
			 "lastTransitionTime", pack_time(since_ms));

	pack_set(c, "reason", reason);
	pack_set(c, "message", message);
	return c;
}

/* ---- queues ---- */

struct work_queue {
	struct sim *sim;
	int64_t delay_ms;
	void (*work)(void *ctx, const char *key);
	void *ctx;
	struct map *keys; /* key -> itself: order of arrival */
	uint64_t timer;
};

struct work_queue *
work_queue_new(struct sim *w, int64_t delay_ms,
	       void (*work)(void *ctx, const char *key), void *ctx)
{
	struct work_queue *q = xcalloc(1, sizeof(*q));

	q->sim = w;
	q->delay_ms = delay_ms;
	q->work = work;
	q->ctx = ctx;
	q->keys = map_new(NULL);
	return q;
}

void
work_queue_free(struct work_queue *q)
{
	if (!q)
		return;
	map_free(q->keys);
	free(q);
}

static void
queue_run(struct sim *w, void *ctx, uint64_t arg)
{
	struct work_queue *q = ctx;
	struct map *now = q->keys;
	const char *key;
	void *value;

	(void)w;
	(void)arg;
	q->timer = 0;
	/* What is added meanwhile waits for the next round. */
	q->keys = map_new(NULL);
	for (uint32_t at = 0; map_next(now, &at, &key, &value);)
		q->work(q->ctx, key);
	map_free(now);
}

void
work_queue_add(struct work_queue *q, const char *key)
{
	if (!map_get(q->keys, key))
		map_put(q->keys, key, q);
	if (!q->timer)
		q->timer = sim_after(q->sim, q->delay_ms, queue_run, q, 0);
}
