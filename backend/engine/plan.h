/*
 * What the engine decided, with every reason (design 6: the Plan file).
 *
 * Immutable, reference counted, in one arena.  Texts are upstream's reason
 * names and predicate texts plus our numbers.  Arrays are sorted: by group,
 * node or pod name, except scaleUp and scaleDown, which are in order of
 * execution.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "backend/model/record.h"

struct memory;

struct plan_scale_up {
	const char *group;
	int32_t from, to;
	const char *const *pods; /* "ns/name" */
	uint32_t pod_n;
	const char *expander;	 /* the one that decided */
};

struct plan_move {
	const char *pod, *to;
};

struct plan_scale_down {
	const char *node, *group;
	bool drain;		/* else empty */
	double utilization;
	const struct plan_move *pods;
	uint32_t pod_n;
};

struct plan_fix {
	const char *act; /* deleteUnregistered|deleteErrored|fixSize|... */
	const char *group;
	const char *const *instances;
	uint32_t instance_n;
	int32_t from, to;
};

/* Begins the reason of a group that refused nothing and was only not chosen
 * this time. */
#define PLAN_NOT_CHOSEN "expansion options filtered out"

struct plan_refusal {
	const char *group, *reason, *detail;
};

enum plan_fate { FATE_FITS, FATE_SCALE_UP, FATE_REFUSED, FATE_IGNORED };

struct plan_pod {
	const char *pod; /* "ns/name" */
	uint8_t fate;
	const char *reason;
	const struct plan_refusal *groups;
	uint32_t group_n;
};

struct plan_node {
	const char *node, *group; /* group "" when none */
	double utilization;	  /* < 0: cannot be computed */
	int64_t unneeded_since_ms;
	const char *blocked;	  /* reason name of 5.12, "" when none */
	const char *by;		  /* pod or number that blocks */
};

struct plan_group {
	const char *group;
	int32_t min, max, desired, ready, upcoming;
	/* Readiness as upstream counts it (reference 6.1): registered nodes by
	 * class, and instances without a node. */
	int32_t unready, not_started, suspended, deleting, unregistered,
		long_unregistered;
	bool healthy;
	int64_t backoff_until_ms;
	/* Launches given up by this decision (reference 3.9): nodes that did
	 * not come in time, and how long that was; those the cloud refused,
	 * with its words. */
	int32_t timed_out, refused;
	int64_t timed_out_ms;
	const char *refused_code, *refused_text;
	const char *template_from; /* node|cache|cloud|none */
	const char *skipped;	   /* why it is no option now, or "" */
	const char *detail;	   /* ours: more about that, or "" */
};

/* What the ConfigMap of the priority expander lacks; reason as upstream names
 * the events on it (reference 8.3). */
#define PRIORITY_CONFIG_NAME "cluster-autoscaler-priority-expander"
struct plan_warning {
	const char *reason, *text;
};

struct plan {
	_Atomic uint32_t refs;
	int64_t time_ms;
	const char *result; /* Successful, NoOptionsAvailable, NotNeeded ... */
	const char *scale_down_result;
	bool cluster_healthy;
	const char *cluster_reason;
	const struct plan_scale_up *scale_up;
	const struct plan_scale_down *scale_down;
	const struct plan_fix *fixes;
	const char *const *taint_add, *const *taint_remove; /* soft taints */
	const struct plan_pod *pending;
	const struct plan_node *nodes;
	const struct plan_group *groups;
	const struct plan_warning *warnings;
	uint32_t scale_up_n, scale_down_n, fix_n, taint_add_n, taint_remove_n,
		pending_n, node_n, group_n, warning_n;
	const struct memory *memory; /* memory'; owned */
	uint64_t work;		     /* spent */
	bool out_of_work;	     /* bounded: best so far */
	struct arena *arena;	     /* owned; holds all of the above */
};

const struct plan *plan_ref(const struct plan *p);
void plan_unref(const struct plan *p);
/* NULL when there is none of that name. */
const struct plan_pod *plan_pod(const struct plan *p, const char *ns_name);
const struct plan_node *plan_node(const struct plan *p, const char *name);
const struct plan_group *plan_group(const struct plan *p, const char *name);

#endif
