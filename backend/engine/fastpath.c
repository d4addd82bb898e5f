/*
 * The fast path: one node is filled, the rest is division (reference 3.2,
 * "fastpath-binpacking-enabled").
 */
#include "backend/engine/packing.h"

#define HOSTNAME "kubernetes.io/hostname"

/* Division holds only where a node is judged by itself. */
static bool
is_fit(const struct pod *p)
{
	if (p->spread_n > 0)
		return false;
	for (uint32_t i = 0; i < p->anti_affinity_n; i++)
		if (!str_eq(p->anti_affinity[i].topology_key, HOSTNAME))
			return false;
	return true;
}

static bool
one_per_host(const struct pod *p)
{
	for (uint32_t i = 0; i < p->anti_affinity_n; i++)
		if (str_eq(p->anti_affinity[i].topology_key, HOSTNAME) &&
		    selector_matches(&p->anti_affinity[i].selector,
				     &p->meta.labels))
			return true;
	return false;
}

/* Nodes that n pods of this share of a node need, rounded up. */
static int64_t
nodes_for(int64_t n, int64_t want, int64_t have)
{
	int64_t all;

	if (want <= 0 || have <= 0)
		return 0;
	if (__builtin_mul_overflow(n, want, &all))
		return INT64_MAX;
	return all / have + (all % have != 0);
}

/* As upstream, a pod is as big as its first container here. */
static const struct resources *
first_requests(const struct pod *p)
{
	for (uint32_t i = 0; i < p->container_n; i++)
		if (p->containers[i].role == CONTAINER_APP)
			return &p->containers[i].requests;
	return &p->requests; /* of records that keep the sum only */
}

/* Simulated steps that division would save. */
static int64_t
saving(const struct run *r, const struct option *o,
       const struct equal_pods *e)
{
	const struct pod *p = r->pending->at[e->pods[0]].pod;
	const struct resources *have =
		&r->groups->at[o->group].template->node->capacity;
	const struct resources *want = first_requests(p);
	int64_t n = e->n, nodes, by_memory;

	nodes = nodes_for(n, want->cpu_mcpu, have->cpu_mcpu);
	by_memory = nodes_for(n, want->memory_bytes, have->memory_bytes);
	if (by_memory > nodes)
		nodes = by_memory;
	if (one_per_host(p) && n > nodes)
		nodes = n;
	return nodes > 0 ? n - n / nodes : 0;
}

bool
fastpath_last(struct run *r, const struct option *o, uint32_t *order)
{
	uint32_t best = NONE, chosen;
	int64_t most = 0;

	for (uint32_t i = 0; i < o->equal_n; i++) {
		const struct equal_pods *e = &r->pending->equal[order[i]];
		int64_t saved = saving(r, o, e);

		if (saved < most || !is_fit(r->pending->at[e->pods[0]].pod))
			continue;
		best = i;
		most = saved;
	}
	if (best == NONE)
		return false;
	chosen = order[best];
	for (uint32_t i = best; i + 1 < o->equal_n; i++)
		order[i] = order[i + 1];
	order[o->equal_n - 1] = chosen;
	return true;
}

void
fastpath_fill(struct packing *k, const struct equal_pods *e, uint32_t from)
{
	uint32_t i = from, per_node;

	if (i == e->n)
		return;
	if (!packing_may_add(k)) {
		k->closed = true;
		return;
	}
	packing_add_node(k);
	for (; i < e->n; i++) {
		uint32_t at = k->r->pending->at[e->pods[i]].at;

		if (!cluster_fits(k->c, at, k->last, NULL))
			break;
		packing_put(k, e->pods[i], k->last);
	}
	per_node = i - from;
	while (per_node > 0 && i < e->n) {
		if (!packing_may_add(k)) {
			k->closed = true;
			return;
		}
		k->added++;
		k->o->nodes++;
		for (uint32_t j = 0; j < per_node && i < e->n; j++, i++)
			k->o->pods[k->o->pod_n++] = e->pods[i];
	}
}
