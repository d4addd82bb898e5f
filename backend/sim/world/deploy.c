/*
 * Deployments: a ReplicaSet for each template, and rolling from one to the
 * next.
 */
#include "backend/sim/world/deploy.h"

#include <stdio.h>
#include <stdlib.h>

#define DEPLOYMENT_MS 110
#define REPLICASET_MS 70
#define HASH_LABEL "pod-template-hash"
#define REVISION "deployment.kubernetes.io/revision"
#define HISTORY 10 /* old ReplicaSets kept: revisionHistoryLimit */

static const struct event_source source = { "deployment-controller", "", NULL };

struct rollout {
	struct deployer *d;
	const struct object *o; /* the Deployment */
	json_t *tree, *spec;
	struct owned sets;
	const struct object *current; /* of sets, or NULL */
	char hash[32];
	int32_t want, surge, unavailable;
	bool recreate;
};

static const struct workload *
set_of(struct rollout *r, uint32_t i)
{
	return mirror_of(r->d->k, KIND_REPLICASET, r->sets.at.at[i]);
}

static void
read_rollout(struct rollout *r)
{
	json_t *strategy = json_object_get(r->spec, "strategy");
	json_t *rolling = json_object_get(strategy, "rollingUpdate");
	json_t *template = json_object_get(r->spec, "template");
	char *text = json_dumps(template, JSON_COMPACT | JSON_SORT_KEYS);

	id_template_hash(text ? text : "", r->hash);
	free(text);
	r->want = (int32_t)json_integer_value(
		json_object_get(r->spec, "replicas"));
	r->recreate =
		str_eq(json_string_value(json_object_get(strategy, "type")),
		       "Recreate");
	r->surge = share_of(json_object_get(rolling, "maxSurge"), r->want, true,
			    1);
	r->unavailable = share_of(json_object_get(rolling, "maxUnavailable"),
				  r->want, false, 0);
	if (r->surge == 0 && r->unavailable == 0)
		r->unavailable = 1;
	for (uint32_t i = 0; i < r->sets.at.n; i++) {
		if (str_eq(object_label(r->sets.at.at[i], HASH_LABEL), r->hash))
			r->current = r->sets.at.at[i];
	}
}

static void
resize(struct rollout *r, const struct object *set, int32_t from, int32_t to)
{
	if (from == to)
		return;
	k8s_tell(r->d->k, r->o, &source, false, "ScalingReplicaSet",
		 "Scaled %s replica set %s from %d to %d",
		 to > from ? "up" : "down", set->name, from, to);
	k8s_put_merge(r->d->k, set, pack("{s:{s:i}}", "spec", "replicas", to));
}

static int64_t
revision_of(const struct rollout *r)
{
	int64_t newest = 0;

	for (uint32_t i = 0; i < r->sets.at.n; i++) {
		json_t *tree = object_tree(r->sets.at.at[i]);
		const char *text = json_string_value(json_object_get(
			json_object_get(json_object_get(tree, "metadata"),
					"annotations"),
			REVISION));
		int64_t n = text ? strtoll(text, NULL, 10) : 0;

		newest = n > newest ? n : newest;
		json_decref(tree);
	}
	return newest + 1;
}

/* The ReplicaSet of the present template, without pods yet. */
static void
create_set(struct rollout *r)
{
	struct kubernetes *k = r->d->k;
	json_t *template = json_deep_copy(json_object_get(r->spec, "template"));
	json_t *selector = json_deep_copy(json_object_get(r->spec, "selector"));
	json_t *labels, *match;
	char revision[24], *name;
	const struct object *made;

	snprintf(revision, sizeof(revision), "%lld", (long long)revision_of(r));
	labels = json_object_get(json_object_get(template, "metadata"),
				 "labels");
	if (!json_is_object(labels)) {
		json_decref(template);
		json_decref(selector);
		return;
	}
	json_object_set_new(labels, HASH_LABEL, json_string(r->hash));
	match = json_object_get(selector, "matchLabels");
	if (json_is_object(match))
		json_object_set_new(match, HASH_LABEL, json_string(r->hash));
	name = xasprintf("%s-%s", r->o->name, r->hash);
	made = k8s_put(k, k->replicasets, r->o->ns,
		       pack("{s:{s:s, s:O, s:{s:s}, s:o}, s:{s:i, s:o, s:o}}",
			    "metadata", "name", name, "labels", labels,
			    "annotations", REVISION, revision,
			    "ownerReferences", owner_reference(r->o), "spec",
			    "replicas", 0, "selector", selector, "template",
			    template));
	free(name);
	if (!made)
		return;
	k8s_put_merge(k, r->o,
		      pack("{s:{s:{s:s}}}", "metadata", "annotations", REVISION,
			   revision));
	vec_push(&r->sets.at, object_ref(made));
	r->current = made;
}

struct totals {
	int32_t replicas, available, ready, updated, old;
};

static struct totals
count(struct rollout *r)
{
	struct totals t = { 0 };

	for (uint32_t i = 0; i < r->sets.at.n; i++) {
		const struct workload *s = set_of(r, i);

		if (!s)
			continue;
		t.replicas += s->replicas;
		t.available += s->available;
		t.ready += s->ready;
		if (r->sets.at.at[i] == r->current)
			t.updated = s->current;
		else
			t.old += s->replicas;
	}
	return t;
}

/* Old pods that may go now: never below what must be available. */
static void
shrink_old(struct rollout *r, int32_t may_go)
{
	for (uint32_t i = 0; i < r->sets.at.n && may_go > 0; i++) {
		const struct workload *s = set_of(r, i);
		int32_t go, from;

		if (!s || r->sets.at.at[i] == r->current || s->replicas == 0)
			continue;
		from = s->replicas;
		go = from < may_go ? from : may_go;
		may_go -= go;
		resize(r, r->sets.at.at[i], from, from - go);
	}
}

static void
roll(struct rollout *r)
{
	const struct workload *now =
		mirror_of(r->d->k, KIND_REPLICASET, r->current);
	struct totals t = count(r);
	int32_t room, size;

	if (!now)
		return;
	if (r->recreate && t.old > 0) {
		shrink_old(r, INT32_MAX);
		return;
	}
	size = now->replicas;
	if (size > r->want) {
		resize(r, r->current, size, r->want);
		return;
	}
	room = r->want + r->surge - t.replicas;
	if (t.old == 0)
		room = r->want - size;
	if (room > r->want - size)
		room = r->want - size;
	if (room > 0) {
		resize(r, r->current, size, size + room);
		return;
	}
	if (t.old > 0) {
		int32_t unavailable = size - now->available;

		shrink_old(r, t.replicas - (r->want - r->unavailable) -
				      (unavailable > 0 ? unavailable : 0));
	}
}

static json_t *
conditions(const struct rollout *r, const struct totals *t)
{
	bool available = t->available >= r->want - r->unavailable;
	bool done =
		t->updated == r->want && t->available >= r->want && t->old == 0;
	int64_t now = r->o->created_ms;
	json_t *list = json_array();
	const char *set = r->current ? r->current->name : "";
	char *text = xasprintf("ReplicaSet \"%s\" %s.", set,
			       done ? "has successfully progressed"
				    : "is progressing");

	json_array_append_new(
		list,
		pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "type", "Available",
		     "status", available ? "True" : "False", "reason",
		     available ? "MinimumReplicasAvailable"
			       : "MinimumReplicasUnavailable",
		     "message",
		     available ? "Deployment has minimum availability."
			       : "Deployment does not have minimum "
				 "availability.",
		     "lastUpdateTime", pack_time(now), "lastTransitionTime",
		     pack_time(now)));
	json_array_append_new(
		list,
		pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "type", "Progressing",
		     "status", "True", "reason",
		     done ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
		     "message", text, "lastUpdateTime", pack_time(now),
		     "lastTransitionTime", pack_time(now)));
	free(text);
	return list;
}

static void
write_status(struct rollout *r)
{
	struct kubernetes *k = r->d->k;
	const struct object *o =
		k8s_find(k, k->deployments, r->o->ns, r->o->name);
	struct totals t;
	json_t *status;

	owned_free(&r->sets);
	r->sets = owned_find(k, k->replicasets, r->o);
	r->current = NULL;
	for (uint32_t i = 0; i < r->sets.at.n; i++) {
		if (str_eq(object_label(r->sets.at.at[i], HASH_LABEL), r->hash))
			r->current = r->sets.at.at[i];
	}
	t = count(r);
	if (!o || t.replicas < 0)
		return;
	status = pack(
		"{s:i, s:i, s:i, s:i, s:o, s:o}", "replicas", t.replicas,
		"updatedReplicas", t.updated, "readyReplicas", t.ready,
		"availableReplicas", t.available, "observedGeneration",
		json_copy(json_object_get(json_object_get(r->tree, "metadata"),
					  "generation")),
		"conditions", conditions(r, &t));
	if (r->want > t.available)
		json_object_set_new(status, "unavailableReplicas",
				    json_integer(r->want - t.available));
	else
		json_object_set_new(status, "unavailableReplicas", json_null());
	k8s_put_status(k, o, status);
}

static void
forget_history(struct rollout *r)
{
	uint32_t old = r->sets.at.n;

	for (uint32_t i = 0; i < r->sets.at.n && old > HISTORY; i++) {
		const struct workload *s = set_of(r, i);

		if (!s || r->sets.at.at[i] == r->current || s->replicas > 0 ||
		    s->current > 0)
			continue;
		k8s_delete(r->d->k, r->sets.at.at[i], -1);
		old--;
	}
}

void
sync_deployment(void *ctx, const char *key)
{
	struct deployer *d = ctx;
	struct kubernetes *k = d->k;
	const struct object *o = k8s_find_key(k, k->deployments, key);
	struct rollout r = { .d = d };

	if (!o || o->deleted_ms)
		return;
	r.o = object_ref(o);
	r.tree = object_tree(o);
	r.spec = json_object_get(r.tree, "spec");
	r.sets = owned_find(k, k->replicasets, o);
	read_rollout(&r);
	if (!r.current)
		create_set(&r);
	if (r.current && !json_is_true(json_object_get(r.spec, "paused")))
		roll(&r);
	forget_history(&r);
	write_status(&r);
	owned_free(&r.sets);
	json_decref(r.tree);
	object_unref(r.o);
}

/* ---- listening ---- */

static void
on_deployment(void *ctx, enum object_event e, const struct object *now,
	      const struct object *before)
{
	struct deployer *d = ctx;

	(void)before;
	if (e != OBJECT_DELETED)
		work_queue_add(d->deployments, now->key);
}

static void
queue_owner(struct work_queue *q, struct kubernetes *k, const struct object *o,
	    const struct object_type *t, const char *owner)
{
	char *key;

	if (!owner || !*owner || !t)
		return;
	key = xasprintf("%s/%s", o->ns, owner);
	if (k8s_find_key(k, t, key))
		work_queue_add(q, key);
	free(key);
}

static void
on_replicaset(void *ctx, enum object_event e, const struct object *now,
	      const struct object *before)
{
	struct deployer *d = ctx;
	const struct workload *rec = mirror_of(d->k, KIND_REPLICASET, now);

	(void)before;
	if (e != OBJECT_DELETED)
		work_queue_add(d->replicasets, now->key);
	if (rec && str_eq(rec->meta.owner_kind, "Deployment"))
		queue_owner(d->deployments, d->k, now, d->k->deployments,
			    rec->meta.owner_name);
}

static void
on_pod(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	struct deployer *d = ctx;
	const struct pod *rec;

	(void)e;
	(void)before;
	if (now->owner_n == 0)
		return;
	rec = mirror_of(d->k, KIND_POD, now);
	if (rec && str_eq(rec->meta.owner_kind, "ReplicaSet"))
		queue_owner(d->replicasets, d->k, now, d->k->replicasets,
			    rec->meta.owner_name);
}

static bool
queue_set(void *ctx, const struct object *set)
{
	struct deployer *d = ctx;

	work_queue_add(d->replicasets, set->key);
	return true;
}

/* There may be room now for pods that were refused. */
static void
on_quota(void *ctx, enum object_event e, const struct object *now,
	 const struct object *before)
{
	struct deployer *d = ctx;

	(void)e;
	(void)before;
	objects_each(d->k->objects, d->k->replicasets, now->ns, NULL,
		     queue_set, d);
}

struct deployer *
deployer_new(struct kubernetes *k)
{
	struct deployer *d = xcalloc(1, sizeof(*d));

	d->k = k;
	d->rng = sim_rng(k->sim, "replicaset-controller");
	d->deployments =
		work_queue_new(k->sim, DEPLOYMENT_MS, sync_deployment, d);
	d->replicasets =
		work_queue_new(k->sim, REPLICASET_MS, sync_replicaset, d);
	objects_listen(k->objects, k->deployments, on_deployment, d);
	objects_listen(k->objects, k->replicasets, on_replicaset, d);
	objects_listen(k->objects, k->pods, on_pod, d);
	objects_listen(k->objects,
		       objects_type(k->objects, "", "resourcequotas"), on_quota,
		       d);
	return d;
}

void
deployer_free(struct deployer *d)
{
	if (!d)
		return;
	work_queue_free(d->deployments);
	work_queue_free(d->replicasets);
	free(d);
}
