/*
 * One decision under way: what every part of the engine is handed.
 *
 * Inside the engine only.  Everything hangs on two arenas: `scratch` dies with
 * the decision, `plan->arena` lives in its result.
 */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "backend/engine/engine.h"
#include "backend/engine/memory_values.h"
#include "backend/engine/policy_values.h"

#define NONE UINT32_MAX /* no index */

struct cluster;
struct fix;
struct growth;
struct groups;
struct index;
struct nodes;
struct pending;

struct member_of {
	uint32_t group, member;
};

struct run {
	const struct world *world;
	const struct policy *policy;
	const struct memory *old; /* NULL: a fresh start */
	int64_t now_ms;
	struct arena *scratch;
	struct plan *plan;

	uint64_t work, work_limit; /* predicate evaluations */

	/* health.h: times that cool-downs count from, 0: never */
	int64_t last_up_ms, last_delete_ms, last_fail_ms;
	bool cluster_healthy;
	const char *cluster_reason;

	struct groups *groups;	 /* groups.h */
	struct index *members;	 /* providerID -> index into member_of */
	struct member_of *member_of;
	struct nodes *nodes;	 /* nodes.h */
	struct cluster *cluster; /* cluster.h */
	struct pending *pending; /* pending.h */
	bool some_fit;		 /* pending pods were placed on nodes */
	uint32_t node_count;	 /* real and upcoming, for max-nodes-total */
	uint32_t nodes_ready;	 /* ready and not cordoned */
	bool no_scale_down;	 /* switched off for this decision */
	bool nodes_judged;	 /* scale-down looked at the nodes */
	bool times_forgotten;	 /* since when they are unneeded */
	VEC(struct growth) growth; /* scale_up.h */
	struct plan_warning *warnings; /* the plan's; priority.c */
	uint32_t warning_n;
	uint32_t round;		   /* of a salvo */
	int32_t planned;	   /* nodes this decision adds */
	VEC(struct fix) fixes;	   /* fixes.h */
	int64_t shortest_ms;	   /* between decisions so far; 0: unknown */
	VEC(uint32_t) removals;	   /* nodes that go, in order */
};

/* One unit of work; false when the ceiling is reached. */
static inline bool
run_work(struct run *r)
{
	return ++r->work <= r->work_limit;
}

static inline bool
run_out_of_work(const struct run *r)
{
	return r->work >= r->work_limit;
}

#endif
