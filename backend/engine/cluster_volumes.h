/*
 * Volume predicates on the simulated cluster.
 */
#ifndef ENGINE_CLUSTER_VOLUMES_H
#define ENGINE_CLUSTER_VOLUMES_H

#include "backend/engine/cluster.h"

/* True when a claim keeps pods of this shape from every node. */
bool cluster_volumes_wait(struct cluster *c, struct shape *s,
			  struct verdict *why);
bool cluster_fits_volumes(struct cluster *c, struct shape *s, uint32_t pod,
			  uint32_t node, struct verdict *why);

#endif
