/*
 * The inside of the deployed autoscaler.
 */
#ifndef SIM_WORLD_AUTOSCALER_RUN_H
#define SIM_WORLD_AUTOSCALER_RUN_H

#include "backend/sim/world/autoscaler.h"
#include "backend/sim/world/container_log.h"
#include "backend/sim/world/truth.h"

#define CA_NS "kube-system"
#define CA_NAME "cluster-autoscaler"
#define CA_STATUS "cluster-autoscaler-status"
#define CA_COMPONENT "cluster-autoscaler"

struct removal { /* one node on its way out */
	struct ca *ca;
	char node[80], instance[24], group[64], act[40];
	bool drain;
	int64_t evict_since_ms; /* 0: not yet */
	uint64_t timer;
};

struct group_look { /* since when a group's states hold */
	char name[64];
	const char *health, *up, *down; /* static */
	int64_t health_ms, up_ms, down_ms;
	int64_t asked_ms;   /* its last scale-up */
	int64_t backoff_ms; /* as the last plan had it */
};

struct ca { /* one process */
	struct kubernetes *k;
	struct kpod *pod;
	struct policy *policy;
	const struct memory *memory; /* of the last decision, or NULL */
	int64_t scan_ms, grace_s, max_evict_ms, delay_ms;
	bool leads, cleaned;
	/* The Lease as it was last seen to change, and when. */
	uint64_t lease_rv;
	int64_t lease_seen_ms, loop_ms, started_ms;
	uint64_t lease_timer, loop_timer;
	json_t *acts; /* newest CA_ACTS_KEPT */
	uint64_t act_seq;
	VEC(struct removal *) removals;
	VEC(struct group_look) looks;
	struct group_look whole;
	struct map *told; /* event key -> when, one a five minutes */
	struct logbook *log; /* the pod's */
};

enum { CA_ACTS_KEPT = 128 };

struct autoscaler {
	struct kubernetes *k;
	VEC(struct ca *) processes; /* one leads, others stand by */
	uint64_t client_rv; /* the Lease as a client wrote it; 0: ran out */
};

PRINTF_LIKE(2, 3) void ca_log(struct ca *a, const char *fmt, ...);
/* An event of ours; at most one of its kind about o in five minutes. */
PRINTF_LIKE(5, 6)
void ca_tell(struct ca *a, const struct object *o, bool warning,
	     const char *reason, const char *fmt, ...);
PRINTF_LIKE(4, 5)
void ca_tell_status(struct ca *a, bool warning, const char *reason,
		    const char *fmt, ...);

/* A new act; its id goes into out. */
void ca_act_begin(struct ca *a, const char *what, const char *group,
		  const char *node, int32_t from, int32_t to,
		  char out[static 40]);
void ca_act_end(struct ca *a, const char *id, bool ok, const char *code);

void ca_begin_election(struct ca *a); /* both _lease.c */
void ca_release_lease(struct ca *a);
/* It leads: the first look is a scan interval away. */
void ca_begin_loop(struct ca *a);
void ca_carry_out(struct ca *a, const struct plan *p); /* _act.c */
void ca_remove_begin(struct ca *a, const struct plan_scale_down *s);
void ca_removals_free(struct ca *a); /* both _remove.c */
bool ca_is_removing(const struct ca *a, const char *node);
/* What is remembered of a group, from now on if it is new: _status.c. */
struct group_look *ca_look(struct ca *a, const char *group);
void ca_write_status(struct ca *a, const struct plan *p); /* _status.c */

#endif
