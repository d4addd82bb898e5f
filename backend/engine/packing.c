/*
 * Packing: counting nodes and pods.
 */
#include "backend/engine/packing.h"

void
packing_put(struct packing *k, uint32_t pod, uint32_t node)
{
	cluster_place(k->c, k->r->pending->at[pod].at, node);
	if (node >= k->base && !k->used[node - k->base]) {
		k->used[node - k->base] = true;
		k->o->nodes++;
	}
	k->o->pods[k->o->pod_n++] = pod;
}

void
packing_add_node(struct packing *k)
{
	const struct template *t = k->r->groups->at[k->o->group].template;
	uint32_t i;
	bool *fresh;

	k->last = cluster_add_template(k->c, t, k->o->group);
	i = k->last - k->base;
	if (i >= k->used_room) {
		k->used_room = k->used_room ? k->used_room * 2 : 64;
		fresh = arena_alloc(k->r->scratch, k->used_room);
		if (i)
			memcpy(fresh, k->used, i);
		k->used = fresh;
	}
	k->used[i] = false;
	k->added++;
}

bool
packing_may_add(const struct packing *k)
{
	return k->limit == 0 || (k->limit > 0 && k->added < k->limit);
}
