/*
 * Pods without a node: which of them count, which fit on what is there or on
 * its way, and which need more nodes (reference 1 step 6, 1.1, 1.2, 1.4).
 */
#ifndef ENGINE_PENDING_H
#define ENGINE_PENDING_H

#include "backend/engine/cluster.h"
#include "backend/engine/plan.h"

/* Why a group cannot take a pod. */
struct refusal {
	uint32_t group;
	const char *reason, *detail; /* in the plan's arena */
};

/* Among pods of one priority: those the scheduler refused, those it has not
 * seen yet, those of nodes being drained. */
enum pending_rank { RANK_REFUSED, RANK_UNPROCESSED, RANK_LEAVING };

struct pending_pod {
	const struct pod *pod;
	uint32_t at;	   /* in the cluster */
	uint8_t fate;	   /* enum plan_fate */
	const char *reason; /* in the plan's arena or static */
	uint32_t equal;	   /* equivalence group of this round, NONE */
	const struct refusal *refusals; /* shared by alike pods */
	uint32_t refusal_n;
	bool counts;	   /* still looking for a place */
	uint8_t rank;	   /* enum pending_rank */
};

/* Pods that are one to the estimator (1.4). */
struct equal_pods {
	uint32_t *pods; /* indices into pending, in order */
	uint32_t n;
	bool schedulable; /* on some group */
	const struct refusal *refusals;
	uint32_t refusal_n;
};

struct pending {
	struct pending_pod *at; /* by namespace and name */
	uint32_t n;
	uint32_t *queue; /* those that count: by priority, rank, name */
	uint32_t queue_n;
	struct equal_pods *equal;
	uint32_t equal_n;
};

/* Classifies; says of pods that do not count why not. */
void pending_build(struct run *r);
/* Expendable, schedulable, DaemonSet and young pods leave the queue. */
void pending_filter(struct run *r);
void pending_group(struct run *r);
/* Same namespace, labels and spec: of one owner they are one to the estimator
 * (1.4). */
bool pods_alike(struct run *r, uint32_t a, uint32_t b);
/* Those that no longer count leave the queue. */
void pending_drop_gone(struct pending *all);
/* True when all that wait are too new to act on (1.3). */
bool pending_all_new(const struct run *r);

bool pod_is_expendable(const struct run *r, const struct pod *p);
/* "ns/name" in the plan's arena. */
const char *pod_label(struct run *r, const struct pod *p);

#endif
