/*
 * How many nodes of one group a set of pods would need (reference 3.3).
 */
#ifndef ENGINE_ESTIMATE_H
#define ENGINE_ESTIMATE_H

#include "backend/engine/groups.h"
#include "backend/engine/pending.h"

/* One way to grow: a group, how many nodes, which pods they would take. */
struct option {
	uint32_t group;
	int32_t nodes;
	uint32_t *pods; /* indices into pending */
	uint32_t pod_n;
	uint32_t *similar; /* other groups that could share (3.7) */
	uint32_t similar_n;
	uint32_t *equal; /* equivalence groups that fit on this group */
	uint32_t equal_n;
};

/* Fills nodes and pods; group, similar and equal are given. */
void estimate(struct run *r, struct option *o);

/* Limits combine to the smallest positive; 0: none, negative: nothing. */
int64_t limit_join(int64_t a, int64_t b);
/* Free places of a group and its similar ones; -1 when there are none. */
int64_t limit_of_groups(const struct run *r, const struct option *o);
/* What max-nodes-total leaves. */
int64_t limit_of_cluster(int64_t max_total, int64_t present);

#endif
