/*
 * Scale-up: which groups grow by how much for the pods that found no place
 * (reference 1.3, 3).
 */
#ifndef ENGINE_SCALE_UP_H
#define ENGINE_SCALE_UP_H

#include "backend/engine/estimate.h"
#include "backend/engine/quota.h"

/* A group that grows. */
struct growth {
	uint32_t group;
	int32_t from, to;
	const uint32_t *pods; /* that made it grow; indices into pending */
	uint32_t pod_n;
	const char *expander;
	uint32_t round; /* of a salvo */
};

/* Fills run->growth and plan->result; sets the fates of pending pods. */
void scale_up(struct run *r);

/* limits.c: why a group is no option now (3.1); "" when it is one. */
void groups_skip(struct run *r, const struct quota *q);
/* Most nodes that may be added now by our own step limits (design 8, rule 4);
 * INT32_MAX when they are off. */
int32_t step_room(const struct run *r, const struct node_group *g);
/* A person holds this group: "hold". */
bool group_is_held(const struct run *r, const char *name);

#endif
