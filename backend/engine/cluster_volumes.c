/*
 * Volume predicates on the simulated cluster.
 */
#include "backend/engine/cluster_volumes.h"

#include <stdlib.h>

#include "backend/engine/filters.h"
#include "backend/engine/volumes.h"

static bool
exclusive_in_use(struct cluster *c, uint32_t pod, struct verdict *why)
{
	const struct pod *p = c->pods.at[pod].pod;
	const char *claim;
	uint32_t from = 0;

	while ((claim = volumes_exclusive_claim(c->volumes, p, &from)))
		for (uint32_t i = 0; i < c->pods.n; i++) {
			const struct cluster_pod *o = &c->pods.at[i];

			if (i == pod || o->node == NONE ||
			    strcmp(o->pod->meta.ns, p->meta.ns) != 0 ||
			    !pod_uses_claim(o->pod, claim))
				continue;
			refuse_exclusive(why, claim);
			return true;
		}
	return false;
}

/* The name that a node's CSINode goes by; new nodes have none, or that of the
 * node their template was made from. */
static const char *
csi_node(const struct cluster *c, uint32_t node)
{
	const struct cluster_node *n = &c->nodes.at[node];

	if (!n->fake)
		return n->node->meta.name;
	return policy_flag(c->run->policy, POLICY_CSI_NODE_AWARE)
		       ? str_or_empty(n->csi_node)
		       : "";
}

bool
cluster_volumes_wait(struct cluster *c, struct shape *s, struct verdict *why)
{
	if (!s->has_volumes)
		return false;
	if (!c->volumes)
		c->volumes = volumes_new(c->run->world);
	if (!s->volumes_known) {
		s->volumes_known = true;
		s->volumes_wait = !volumes_prefilter(c->volumes, s->sample,
						     NULL);
	}
	if (s->volumes_wait && why)
		volumes_prefilter(c->volumes, s->sample, why);
	return s->volumes_wait;
}

bool
cluster_fits_volumes(struct cluster *c, struct shape *s, uint32_t pod,
		     uint32_t node, struct verdict *why)
{
	const struct cluster_node *n = &c->nodes.at[node];
	struct volume_place at = { .node = n->node };
	const struct pod **others;
	bool fits;

	if (!s->has_volumes)
		return true;
	if (exclusive_in_use(c, pod, why))
		return false;
	others = xmalloc(n->pod_n * sizeof(*others) + 1);
	for (uint32_t i = cluster_first(c, node); i != NONE;
	     i = cluster_next(c, i))
		others[at.other_n++] = c->pods.at[i].pod;
	at.others = others;
	at.csi_node = csi_node(c, node);
	fits = volumes_fit(c->volumes, c->pods.at[pod].pod, &at, why);
	free(others);
	return fits;
}
