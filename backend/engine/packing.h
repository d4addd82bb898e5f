/*
 * Pods put on new nodes of one group, under way.
 */
#ifndef ENGINE_PACKING_H
#define ENGINE_PACKING_H

#include "backend/engine/estimate.h"

struct packing {
	struct run *r;
	struct cluster *c;
	struct option *o;
	uint32_t base;	/* first new node */
	uint32_t last;	/* newest node; NONE */
	int64_t limit, added;
	bool *used;	/* by new node: a pod was put there */
	uint32_t used_room;
	bool closed;	/* no more nodes may be added */
};

/* Puts a pending pod on a node; a new node that gets its first pod counts. */
void packing_put(struct packing *k, uint32_t pod, uint32_t node);
void packing_add_node(struct packing *k);
/* May one more node be added? */
bool packing_may_add(const struct packing *k);

/* fastpath.c: arithmetic in place of simulation for the group of equals that
 * saves most, which goes last.  False when none is fit for it. */
bool fastpath_last(struct run *r, const struct option *o, uint32_t *order);
void fastpath_fill(struct packing *k, const struct equal_pods *e,
		   uint32_t from);

#endif
