/*
 * ReplicaSets: as many pods as asked for.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/deploy.h"

static const struct event_source source = { "replicaset-controller", "", NULL };

static bool
is_active(struct kubernetes *k, const struct object *o, const struct pod **rec)
{
	*rec = mirror_of(k, KIND_POD, o);
	return *rec && !o->deleted_ms && !pod_is_finished(*rec);
}

static void
grow(struct deployer *d, const struct object *o, const json_t *tree, int32_t n)
{
	for (; n > 0; n--) {
		char suffix[32], *name;
		json_t *body;
		const struct object *pod;
		struct status st = { 0 };

		name = xasprintf("%s-%s", o->name,
				 id_suffix(&d->rng, 5, suffix));
		body = pod_from_template(o, tree, name);
		pod = body ? k8s_try_put(d->k, d->k->pods, o->ns, body, &st)
			   : NULL;
		if (!pod && st.code == 403)
			k8s_tell(d->k, o, &source, true, "FailedCreate",
				 "Error creating: %s", st.message);
		if (pod)
			k8s_tell(d->k, o, &source, false, "SuccessfulCreate",
				 "Created pod: %s", name);
		free(name);
		if (!pod)
			return;
	}
}

/* Pods without a node go first, then those not ready, then the youngest. */
static int32_t
worth(const struct pod *p)
{
	return (*str_or_empty(p->node_name) ? 2 : 0) + (p->ready ? 1 : 0);
}

static void
shrink(struct deployer *d, const struct object *o, struct owned *pods,
       int32_t n)
{
	for (; n > 0; n--) {
		const struct object *victim = NULL;
		const struct pod *p;
		int32_t least = INT32_MAX;

		for (uint32_t i = 0; i < pods->at.n; i++) {
			if (!is_active(d->k, pods->at.at[i], &p))
				continue;
			/* Later in the list is younger. */
			if (worth(p) <= least) {
				least = worth(p);
				victim = pods->at.at[i];
			}
		}
		if (!victim)
			return;
		k8s_tell(d->k, o, &source, false, "SuccessfulDelete",
			 "Deleted pod: %s", victim->name);
		k8s_delete(d->k, victim, -1);
		owned_free(pods);
		*pods = owned_find(d->k, d->k->pods, o);
	}
}

void
sync_replicaset(void *ctx, const char *key)
{
	struct deployer *d = ctx;
	struct kubernetes *k = d->k;
	const struct object *o = k8s_find_key(k, k->replicasets, key);
	const struct workload *rec =
		o ? mirror_of(k, KIND_REPLICASET, o) : NULL;
	struct owned pods;
	json_t *tree;
	int32_t active = 0, ready = 0, want;
	int64_t generation;

	if (!rec || o->deleted_ms)
		return;
	want = rec->replicas;
	generation = rec->meta.generation;
	o = object_ref(o);
	tree = object_tree(o);
	pods = owned_find(k, k->pods, o);
	for (uint32_t i = 0; i < pods.at.n; i++) {
		const struct pod *p;

		if (!is_active(k, pods.at.at[i], &p))
			continue;
		active++;
		ready += p->ready;
	}
	if (active < want)
		grow(d, o, tree, want - active);
	else if (active > want)
		shrink(d, o, &pods, active - want);
	k8s_put_status(k, o,
		       pack("{s:i, s:i, s:i, s:i, s:I}", "replicas", active,
			    "fullyLabeledReplicas", active, "readyReplicas",
			    ready, "availableReplicas", ready,
			    "observedGeneration", (json_int_t)generation));
	owned_free(&pods);
	json_decref(tree);
	object_unref(o);
}
