/*
 * The pods of a node, and draining: by EKS before an instance goes, and by
 * whoever asks for evictions.
 */
#include "backend/sim/world/parts.h"

#include <stdlib.h>

#define EVERY_MS 5000
#define LIMIT_MS 900000

struct gathering {
	struct kubernetes *k;
	struct pod_list list;
	bool spare_daemons;
};

static bool
gather(void *ctx, const struct object *pod)
{
	struct gathering *g = ctx;
	const struct pod *rec;

	if (g->spare_daemons) {
		rec = mirror_of(g->k, KIND_POD, pod);
		if (!rec || pod_is_daemon(rec) || pod_is_mirror(rec))
			return true;
	}
	vec_push(&g->list.at, object_ref(pod));
	return true;
}

struct pod_list
node_pods(struct kubernetes *k, const char *node, bool spare_daemons)
{
	struct gathering g = { .k = k, .spare_daemons = spare_daemons };

	objects_each_on_node(k->objects, node, gather, &g);
	return g.list;
}

void
pod_list_free(struct pod_list *l)
{
	for (uint32_t i = 0; i < l->at.n; i++)
		object_unref(l->at.at[i]);
	vec_free(&l->at);
}

void
node_set_cordon(struct kubernetes *k, const char *node, bool on)
{
	const struct object *o = k8s_find(k, k->nodes, "", node);

	if (o)
		k8s_put_merge(k, o,
			      pack("{s:{s:o}}", "spec", "unschedulable",
				   on ? json_true() : json_null()));
}

uint32_t
node_evict_pods(struct kubernetes *k, const char *node)
{
	struct pod_list pods = node_pods(k, node, true);
	uint32_t left = 0;

	for (uint32_t i = 0; i < pods.at.n; i++) {
		struct status st = { 0 };

		if (pod_object_is_over(pods.at.at[i]))
			continue;
		left++;
		if (!pods.at.at[i]->deleted_ms)
			(void)k8s_evict(k, pods.at.at[i], -1, &st);
	}
	pod_list_free(&pods);
	return left;
}

/* ---- EKS drains a node whose instance is to go ---- */

static void
on_drain(struct sim *w, void *ctx, uint64_t spent_ms)
{
	struct cloud_instance *i = ctx;

	if (i->lifecycle != LIFECYCLE_TERMINATING_WAIT)
		return;
	if (node_evict_pods(sim_kubernetes(w), i->dns) == 0 ||
	    spent_ms >= LIMIT_MS) {
		instance_drained(sim_cloud(w), i);
		return;
	}
	sim_after(w, EVERY_MS, on_drain, i, spent_ms + EVERY_MS);
}

void
kubernetes_instance_drain(struct kubernetes *k, struct cloud_instance *i)
{
	node_set_cordon(k, i->dns, true);
	sim_after(k->sim, 1000, on_drain, i, 0);
}

/* ---- ... or that EC2 takes back ---- */

static void
on_notice(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_instance *i = ctx;

	(void)arg;
	if (i->state == INSTANCE_RUNNING &&
	    node_evict_pods(sim_kubernetes(w), i->dns))
		sim_after(w, EVERY_MS, on_notice, i, 0);
}

void
kubernetes_instance_notice(struct kubernetes *k, struct cloud_instance *i)
{
	/* A group of one's own would need a termination handler. */
	if (!i->plan->managed)
		return;
	node_set_cordon(k, i->dns, true);
	sim_after(k->sim, 1000, on_notice, i, 0);
}
