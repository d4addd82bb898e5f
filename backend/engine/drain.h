/*
 * Which pods of a node would have to move, and which forbid it (reference 5.6),
 * with the disruption budgets they count against.
 */
#ifndef ENGINE_DRAIN_H
#define ENGINE_DRAIN_H

#include "backend/engine/cluster.h"
#include "backend/model/workload.h"

/* ---- budgets (pdb.c) ---- */

struct budget {
	const struct pdb *pdb;
	int64_t left; /* disruptionsAllowed, as pods are planned away */
};

struct budgets {
	struct budget *at; /* by namespace */
	uint32_t n;
};

struct budgets *budgets_new(struct run *r);
/* Walks the budgets of a pod: for (i = budgets_first(b, p); i != NONE;
 * i = budgets_next(b, p, i)) */
uint32_t budgets_first(const struct budgets *b, const struct pod *p);
uint32_t budgets_next(const struct budgets *b, const struct pod *p,
		      uint32_t i);
/* Could all these go at once? */
bool budgets_allow_all(const struct run *r, const struct budgets *b,
		       const uint32_t *pods, uint32_t n);
void budgets_take(const struct run *r, struct budgets *b,
		  const uint32_t *pods, uint32_t n);

/* ---- rules ---- */

enum verdict_drain { DRAIN_MOVE, DRAIN_SKIP, DRAIN_WAIT, DRAIN_BLOCK };

struct drain_rules {
	struct run *run;
	const struct budgets *budgets; /* NULL: budgets are not asked */
	bool controllers; /* ask whether controllers still exist */
};

/* The verdict on one pod; *reason is upstream's name when it blocks. */
enum verdict_drain drain_judge(const struct drain_rules *d,
			       const struct pod *p, const char **reason);

struct drain {
	uint32_t *move; /* indices of pods in the cluster; scratch */
	uint32_t move_n;
	uint32_t daemons;
	uint32_t waiting;	     /* pods to be waited for */
	const struct pod *waits_for; /* one of them */
	const struct pod *blocker;   /* NULL: it can be drained */
	const char *reason;	     /* why that one blocks */
	const char *note;	     /* ours: more about it, or "" */
};

void drain_node(const struct drain_rules *d, uint32_t node,
		struct drain *out);

/* jobs.c: CI jobs on nodes (ours, "job-aware"). */

/* Milliseconds the job of this pod may still take; -1 when unknown. */
int64_t job_time_left(const struct run *r, const struct pod *p);
/* The rule for job pods; false when it has nothing to say. */
bool job_judge(const struct run *r, const struct pod *p,
	       enum verdict_drain *verdict, const char **reason);
/* A pod that must keep its node: autoscaler, runner manager, paddock. */
bool pod_protects_node(const struct pod *p);

#endif
