/*
 * Scale-down: which nodes are not needed, since when, and which go now
 * (reference 5).
 */
#ifndef ENGINE_SCALE_DOWN_H
#define ENGINE_SCALE_DOWN_H

#include "backend/engine/drain.h"
#include "backend/engine/groups.h"
#include "backend/engine/nodes.h"

/* Deletions that acts have begun; marks nodes. */
void deletions_mark(struct run *r);
/* Is the act under way, and did its node have pods to move? */
bool deletion_drains(const struct run *r, const struct act *a);
/* Everything of 5.1: fills the nodes and run->removals. */
void scale_down(struct run *r);

/* unneeded.c */

/* Eligibility (5.3); "" when the node may be simulated. */
const char *node_ineligible(struct run *r, uint32_t node);
/* Simulates removals (5.5) and updates the unneeded times. */
void unneeded_update(struct run *r, const uint32_t *candidates, uint32_t n);

/* removals.c: which unneeded nodes go now (5.7, 5.8). */
void removals_choose(struct run *r);

/* A pause after growth, deletion or failure (5.1). */
bool in_cooldown(const struct run *r);
bool group_in_cooldown(const struct run *r, const struct node_group *g);

/* soft_taints.c (5.11) */
void soft_taints(struct run *r);
void soft_taints_clean(struct run *r);

#endif
