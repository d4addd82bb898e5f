/*
 * Similar groups and how new nodes are shared among them (reference 3.7).
 */
#ifndef ENGINE_SIMILAR_H
#define ENGINE_SIMILAR_H

#include "backend/engine/groups.h"

/* Are nodes of the two templates alike enough to share a scale-up? */
bool templates_similar(const struct run *r, const struct template *a,
		       const struct template *b);

struct share {
	uint32_t group;
	int32_t from, to, max;
	uint32_t place; /* among those given; set by balance */
};

/* Spreads new nodes over the groups (smallest first, of equal ones the first
 * given: the expander's choice leads); returns how many of at
 * changed, compacted to the front in order of execution. */
uint32_t balance(struct share *at, uint32_t n, int32_t nodes);

#endif
