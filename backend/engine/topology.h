/*
 * Topology spread and inter-pod affinity for one incoming pod (reference 2.6,
 * 2.7): how many matching pods each domain holds, kept up to date as pods and
 * nodes come and go.
 *
 * The first part knows nothing of the simulated cluster, so that prefilter.c
 * shares it; nodes are told by index.  The second is the cluster's side.
 */
#ifndef ENGINE_TOPOLOGY_H
#define ENGINE_TOPOLOGY_H

#include "backend/engine/cluster.h"

struct topo;

/* Borrows pod and world (may be NULL: no namespace labels). */
struct topo *topo_new(const struct pod *pod, const struct world *world);
void topo_free(struct topo *t); /* NULL is fine */
/* A fake node is a host domain of its own.  Fakes go in reverse order. */
void topo_add_node(struct topo *t, uint32_t index, const struct node *n,
		   bool fake);
void topo_drop_node(struct topo *t, uint32_t index);
/* What of the incoming pod's terms another pod matches: as many bytes as
 * topo_terms(); the same for pods of equal namespace, labels and being
 * deleted or not. */
uint32_t topo_terms(const struct topo *t);
void topo_match(const struct topo *t, const struct pod *other, uint8_t *row);
/* delta 1: the other pod comes to the node, -1: it goes. */
void topo_count(struct topo *t, uint32_t index, const struct pod *other,
		const uint8_t *row, int delta);
bool topo_pass(struct topo *t, uint32_t index, struct verdict *why);

/* Does a term of owner's match the other pod? */
bool topo_term_matches(const struct world *w, const struct pod_term *t,
		       const struct pod *owner, const struct pod *other);

/* ---- the cluster's side (cluster_topology.c) ---- */

/* Told of every change, in order. */
void topo_node_added(struct cluster *c, uint32_t node);
void topo_node_removed(struct cluster *c, uint32_t node);
void topo_node_changing(struct cluster *c, uint32_t node,
			const struct node *to);
void topo_pod(struct cluster *c, uint32_t pod, uint32_t node, int delta);
/* True when the pod's terms and those of others let it onto the node. */
bool cluster_fits_topology(struct cluster *c, struct shape *s, uint32_t node,
			   struct verdict *why);
void cluster_topology_free(struct cluster *c);

#endif
