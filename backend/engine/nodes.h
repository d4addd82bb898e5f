/*
 * The world's nodes as Cluster Autoscaler sees them: readiness with its
 * rewriting rules, taints that mean something, the group of each (reference 1
 * step 4, 6.1-6.3).
 */
#ifndef ENGINE_NODES_H
#define ENGINE_NODES_H

#include "backend/engine/cluster.h"

enum readiness { NODE_READY, NODE_UNREADY, NODE_NOT_STARTED, NODE_SUSPENDED,
		 NODE_DELETED };

struct known_node {
	const struct node *node;
	uint32_t group;	   /* NONE: in none */
	uint32_t member;
	uint8_t readiness; /* enum readiness */
	bool ready;	   /* by 6.2, after rewriting */
	bool upcoming;	   /* not started, replaced by fakes (6.5) */
	int64_t ready_ms;  /* when its readiness last changed */

	/* scale_down.c */
	uint8_t deleting;  /* an act removes it now: 1 empty, 2 drains */
	bool candidate;	   /* its group could shrink */
	bool unneeded;
	bool drain;	   /* pods would have to move */
	bool risky;	   /* ... more than budgets allow at once */
	bool selected;	   /* goes with this plan */
	double utilization; /* < 0: cannot be computed */
	const struct move *moves;
	uint32_t move_n;
	int64_t unneeded_since_ms, unremovable_since_ms;
	const char *waits_for; /* pod to be waited for, or NULL */
	/* Why it stays (5.12) and who is to blame; "" when nothing. */
	const char *blocked, *by;
	/* What made the last simulation fail; kept while it is recent. */
	const char *failed, *failed_by;
};

struct move {
	const struct pod *pod;
	uint32_t to; /* node */
};

struct nodes { /* same order as the world: by name */
	struct known_node *at;
	uint32_t n;
	uint32_t ready_n; /* ready and not cordoned */
};

void nodes_build(struct run *r);

/* Taints by meaning (6.3). */
/* Keys of the autoscaler itself, of node conditions and of other clouds: they
 * pass, so that templates do not have them. */
enum { PASSING_TAINTS = 13 };
extern const char *const passing_taints[PASSING_TAINTS];
bool taint_is_startup(const struct policy *p, const char *key);
bool taint_is_status(const struct policy *p, const char *key);
/* Unix seconds of a taint's value as milliseconds; 0 when unparsable. */
int64_t taint_time_ms(const struct taint *t);
/* "nvidia.com/gpu" ... when the node is a GPU node, else NULL. */
const char *gpu_resource(const struct node *n);
bool node_is_gpu(const struct node *n);
/* The kind of GPU as its label says; NULL without one. */
const char *node_gpu_type(const struct node *n);

#endif
