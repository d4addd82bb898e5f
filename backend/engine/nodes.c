/*
 * The world's nodes: what counts as ready, and for what.
 */
#include "backend/engine/nodes.h"

#include <stdlib.h>

#include "backend/engine/groups.h"

#define GPU_LABEL "k8s.amazonaws.com/accelerator"

static const char *const gpu_resources[] = {
	"nvidia.com/gpu",	  "habana.ai/gaudi", "gpu.intel.com/xe",
	"amd.com/gpu", "microsoft.com/directx",
};

/* ---- taints ---- */

const char *const passing_taints[PASSING_TAINTS] = {
	TAINT_TO_BE_DELETED,
	TAINT_CANDIDATE,
	"node.kubernetes.io/not-ready",
	"node.kubernetes.io/unreachable",
	"node.kubernetes.io/unschedulable",
	"node.kubernetes.io/memory-pressure",
	"node.kubernetes.io/disk-pressure",
	"node.kubernetes.io/network-unavailable",
	"node.kubernetes.io/pid-pressure",
	"node.cloudprovider.kubernetes.io/uninitialized",
	"node.cloudprovider.kubernetes.io/shutdown",
	"cloud.google.com/impending-node-termination",
	"NodeWithImpairedVolumes",
};

bool
taint_is_startup(const struct policy *p, const char *key)
{
	const struct policy_list *prefixes =
		policy_list(p, POLICY_STARTUP_TAINT_PREFIX);

	if (str_has_prefix(key,
			   "startup-taint.cluster-autoscaler.kubernetes.io/") ||
	    str_has_prefix(key,
			   "ignore-taint.cluster-autoscaler.kubernetes.io/") ||
	    policy_list_has(p, POLICY_STARTUP_TAINT, key) ||
	    policy_list_has(p, POLICY_IGNORE_TAINT, key))
		return true;
	for (uint32_t i = 0; i < prefixes->n; i++)
		if (str_has_prefix(key, prefixes->at[i]))
			return true;
	return false;
}

bool
taint_is_status(const struct policy *p, const char *key)
{
	return str_has_prefix(key, "status-taint.cluster-autoscaler."
				   "kubernetes.io/") ||
	       policy_list_has(p, POLICY_STATUS_TAINT, key);
}

int64_t
taint_time_ms(const struct taint *t)
{
	char *end;
	long long s;

	if (!*t->value || t->value[strspn(t->value, "0123456789")])
		return 0;
	s = strtoll(t->value, &end, 10);
	return s > 0 && s < 100000000000 ? s * 1000 : 0;
}

/* ---- GPUs ---- */

const char *
gpu_resource(const struct node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(gpu_resources); i++)
		if (resources_get(&n->allocatable, gpu_resources[i]) > 0)
			return gpu_resources[i];
	return labels_get(&n->meta.labels, GPU_LABEL) ? gpu_resources[0]
						      : NULL;
}

const char *
node_gpu_type(const struct node *n)
{
	return labels_get(&n->meta.labels, GPU_LABEL);
}

bool
node_is_gpu(const struct node *n)
{
	return gpu_resource(n) != NULL;
}

/* The label promises devices that are not there yet. */
static bool
gpu_missing(const struct node *n)
{
	if (!labels_get(&n->meta.labels, GPU_LABEL))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(gpu_resources); i++)
		if (resources_get(&n->allocatable, gpu_resources[i]) > 0)
			return false;
	return true;
}

/* ---- readiness ---- */

static bool
has_startup_taint(const struct run *r, const struct node *n)
{
	for (uint32_t i = 0; i < n->taint_n; i++)
		if (taint_is_startup(r->policy, n->taints[i].key))
			return true;
	return false;
}

/* 6.1.  Deleted is whose instance the cloud denies, which this annotation
 * brings about on AWS (7.3), or cannot tell of while the node is tainted to
 * go. */
static bool
is_deleted(const struct known_node *k)
{
	const struct node *n = k->node;
	bool fargate = str_has_prefix(n->meta.name, "fargate");

	if (!fargate && str_eq(labels_get(&n->meta.annotations,
					  "k8s.io/cluster-autoscaler-enabled"),
			       "false"))
		return true;
	return (fargate || k->group == NONE) &&
	       node_taint(n, TAINT_TO_BE_DELETED);
}

static uint8_t
classify(const struct run *r, const struct known_node *k)
{
	const struct node *n = k->node;
	int64_t startup = policy_ms(r->policy, POLICY_MAX_NODE_STARTUP_TIME);

	if (is_deleted(k))
		return NODE_DELETED;
	if (n->suspended == TRI_TRUE)
		return NODE_SUSPENDED;
	if (k->ready)
		return NODE_READY;
	if (n->meta.created_ms != 0 &&
	    r->now_ms - n->meta.created_ms < startup)
		return NODE_NOT_STARTED;
	return NODE_UNREADY;
}

static void
know_node(struct run *r, const struct node *n, struct known_node *k)
{
	k->node = n;
	k->group = groups_of_node(r, n, &k->member);
	k->ready = node_is_ready(n);
	k->ready_ms = n->ready_ms;
	/* Only of nodes that take pods: a cordoned one stays as it is. */
	if (k->ready && !n->unschedulable &&
	    (gpu_missing(n) || has_startup_taint(r, n))) {
		k->ready = false;
		k->ready_ms = n->meta.created_ms;
	}
	k->readiness = classify(r, k);
}

void
nodes_build(struct run *r)
{
	struct nodes *all = arena_alloc(r->scratch, sizeof(*all));
	uint32_t n = r->world->of[KIND_NODE].n;

	all->at = arena_alloc(r->scratch, n * sizeof(*all->at) + 1);
	r->nodes = all;
	WORLD_EACH(node, at, r->world, KIND_NODE)
	{
		struct known_node *k = &all->at[all->n++];

		know_node(r, at, k);
		all->ready_n += k->ready && !at->unschedulable;
		if (k->group != NONE)
			r->groups->at[k->group].node_n++;
	}
	for (uint32_t i = 0; i < r->groups->n; i++) {
		struct node_group *g = &r->groups->at[i];

		g->nodes = arena_alloc(r->scratch,
				       g->node_n * sizeof(*g->nodes) + 1);
		g->node_n = 0;
	}
	for (uint32_t i = 0; i < all->n; i++) {
		struct known_node *k = &all->at[i];
		struct node_group *g;

		if (k->group == NONE)
			continue;
		g = &r->groups->at[k->group];
		g->nodes[g->node_n++] = i;
		g->members[k->member].node = i;
	}
}
