/*
 * Repairs that do not depend on pods: stale taints, instances that never
 * registered or cannot be launched, sizes that are wrong, groups below their
 * minimum (reference 1 step 1, 3.9, 3.11, 5.10, 6.6).
 */
#ifndef ENGINE_FIXES_H
#define ENGINE_FIXES_H

#include "backend/engine/groups.h"

struct fix {
	const char *act; /* static text of plan_fix */
	uint32_t group;
	const char *const *names; /* instances or nodes; plan's arena */
	uint32_t name_n;
	int32_t from, to;
};

/* Taints left behind by an earlier leader; only on a fresh start. */
void fix_stale_taints(struct run *r);
void fix_unregistered(struct run *r);
void fix_errored(struct run *r);
/* True when something was fixed: the decision ends there. */
bool fix_sizes(struct run *r);
void fix_minimum(struct run *r);

#endif
