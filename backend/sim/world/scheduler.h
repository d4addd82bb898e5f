/*
 * What the two halves of the scheduler share: scheduler.c keeps the queue,
 * scheduler_choose.c judges one pod.
 */
#ifndef SIM_WORLD_SCHEDULER_H
#define SIM_WORLD_SCHEDULER_H

#include "backend/base/buf.h"
#include "backend/engine/predicates.h"
#include "backend/sim/world/parts.h"

struct sched_node {
	const char *name;	 /* the map's */
	const struct node *node; /* the mirror's */
	VEC(const struct pod *) pods; /* references; status may be older */
	struct resources used; /* cpu, memory, ephemeral storage */
	uint64_t hash;
	uint32_t at; /* in the view */
	uint32_t terms; /* anti-affinity terms of its pods */
	bool unschedulable, dirty;
};

struct sched_pod {
	char *key; /* owned */
	uint32_t at; /* in the scheduler's fresh, or tried */
	bool tried;
	int64_t not_before_ms, flush_ms;
	uint64_t seq, grew; /* what had grown when it failed last */
	uint32_t attempts;
	int32_t priority;
};

struct sched_shape { /* why pods of one shape fit nowhere */
	uint64_t grew; /* UINT64_MAX: the next looks for itself */
	char *message;
};

/* Which nodes' words pods of the same words agree with, as far as asked. */
struct sched_words {
	uint64_t epoch; /* else nothing here is true any more */
	uint32_t n;	/* of the view */
	uint8_t known[]; /* enum words */
};

enum words { WORDS_UNKNOWN, WORDS_FIT, WORDS_DIFFER };

struct scheduler {
	struct kubernetes *k;
	struct map *nodes;   /* name -> struct sched_node */
	struct map *pending; /* pod key -> struct sched_pod */
	VEC(struct sched_pod *) fresh; /* a heap: goes_first */
	VEC(struct sched_pod *) tried; /* in no order */
	struct map *shapes; /* by scheduler_shape_key, else spec_hash */
	struct map *words;  /* by scheduler_words_key */
	struct buf words_key, shape_key; /* of the pod at hand */
	uint64_t epoch;	   /* nodes came, went or changed their words */
	VEC(struct predicate_node) view;
	VEC(struct sched_node *) order; /* parallel to view */
	VEC(struct sched_node *) dirty; /* unless view_stale */
	uint64_t terms;			/* of all nodes */
	uint32_t next;			/* where choosing starts */
	bool view_stale;
	uint64_t grew, seq, timer;
	int64_t timer_ms;
};

/* scheduler_queue.c: a pod that waits is fresh until it was tried; the first of
 * those that are due now, NULL when none is, and when the next of the others
 * will be. */
struct sched_pod *scheduler_queue_add(struct scheduler *s, const char *key,
				      int32_t priority);
void scheduler_queue_tried(struct scheduler *s, struct sched_pod *p);
void scheduler_queue_drop(struct scheduler *s, struct sched_pod *p);
struct sched_pod *scheduler_queue_first(const struct scheduler *s, int64_t now,
					int64_t *next);
void scheduler_queue_fini(struct scheduler *s);

/* scheduler_shape.c: a text that is equal for pods whose selector, affinity to
 * nodes and tolerations are; false for a pod that names its node. */
bool scheduler_words_key(struct buf *b, const struct pod *p);
/* The same for pods that fit the same nodes and fail with the same message;
 * false where that hangs on other pods or volumes. */
bool scheduler_shape_key(struct buf *b, const struct scheduler *s,
			 const struct pod *p);

/* Index in view of the best node, or -1 and the FailedScheduling message (new).
 * helped: pods of lower priority were deleted to make room. */
int32_t scheduler_choose(struct scheduler *s, const struct pod *pod,
			 char **message, bool *helped);

#endif
