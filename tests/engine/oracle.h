/*
 * The oracle: a second implementation of the scheduling predicates, written
 * from the reference (cluster-autoscaler 2.3 to 2.7) alone and as slowly as it
 * reads there.  It judges the engine's, which the simulated cloud's scheduler
 * uses too.  Of volumes it knows claims: those bound, and those that a class
 * makes a volume for; not volumes that wait for a claim.
 */
#ifndef ENGINE_ORACLE_H
#define ENGINE_ORACLE_H

#include "backend/model/node.h"
#include "backend/model/world.h"

struct oracle_pod {
	const struct pod *pod;
	uint32_t node; /* UINT32_MAX: nowhere */
};

struct oracle {
	const struct world *world;
	const struct node *const *nodes;
	uint32_t node_n;
	struct oracle_pod *pods;
	uint32_t pod_n;
};

/* Could this pod (which must be nowhere) run on that node?  On no, *why names
 * the plugin. */
bool oracle_fits(const struct oracle *o, const struct pod *p, uint32_t node,
		 const char **why);

/* oracle_volumes.c: what holds for every node, told before all else; and what
 * holds on one. */
bool oracle_volumes_first(const struct oracle *o, const struct pod *p,
			  const char **why);
bool oracle_volumes_fit(const struct oracle *o, const struct pod *p,
			uint32_t node, const char **why);

#endif
