/*
 * The engine: (world, policy, memory, now) -> (plan, memory').
 *
 * A pure fold: no I/O, clock, randomness, globals, logging; independent of
 * input order, hashes and pointers (ties end in name); bounded by a work
 * counter.  Compatibility target: Cluster Autoscaler 1.36 on AWS (reference
 * cluster-autoscaler); differences on purpose stand in README.md beside this.
 *
 * What was really asked of the cloud comes in as world acts; memory' never
 * assumes that a plan was carried out.
 *
 * Thread: any; the worker runs it on frozen input.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "backend/engine/memory.h"
#include "backend/engine/plan.h"
#include "backend/engine/policy.h"
#include "backend/model/node.h"
#include "backend/model/pod.h"
#include "backend/model/world.h"

struct engine_input {
	const struct world *world;
	const struct policy *policy;
	const struct memory *memory; /* NULL: a fresh start */
	int64_t now_ms;
	uint64_t work_limit;	     /* predicate evaluations; 0: default */
};

/* New plan, one reference; it carries memory'.  Never NULL: what cannot be
 * decided is said in plan->result and plan->cluster. */
const struct plan *engine_decide(const struct engine_input *in);

/* The node a group would add now, with the pods it would start with: lent to
 * `use`, which is not called when there is no such group or template. */
void engine_template(const struct engine_input *in, const char *group,
		     void (*use)(void *ctx, const struct node *n,
				 const struct pod *const *pods,
				 uint32_t pod_n),
		     void *ctx);

#endif
