/*
 * Derived records: what the store works out from several sources.
 *
 * A "sum" stands in the same slot as its subject (snapshot.h), so that a row
 * and its joins are one lookup.  Unknown numbers are -1 and print "?", never 0.
 * Times are world time.
 */
#ifndef MODEL_DERIVED_H
#define MODEL_DERIVED_H

#include "backend/model/meta.h"

/* Where a job or its pod stands; order is the order of a job's life. */
enum phase {
	PHASE_UNKNOWN,
	PHASE_QUEUED,	     /* in GitLab, no runner took it */
	PHASE_PREPARING,     /* taken, no pod seen yet */
	PHASE_UNSCHEDULED,   /* pod pending, no node fits */
	PHASE_SCHEDULED,     /* node chosen, nothing started */
	PHASE_NO_ADDRESS,    /* the CNI could not give an address */
	PHASE_PULLING,
	PHASE_STARTING,
	PHASE_RUNNING,
	PHASE_ENDING,	     /* terminating */
	PHASE_SUCCEEDED,
	PHASE_FAILED,
	PHASE_LOST,	     /* ended by the cluster, not by its script */
};
const char *phase_name(enum phase phase); /* "pulling" */

struct pod_sum {
	struct record record;
	struct handle node, job, group, runner;
	uint8_t phase;	       /* enum phase */
	int64_t phase_since_ms;
	int64_t wait_ms;       /* created to running, or so far; -1 unknown */
	int64_t wait_from_ms;  /* while it waits: now - this; else 0 */
	int64_t poll_timeout_ms; /* of its runner, -1 unknown */
	const char *why;       /* one line: what it waits for or died of */
	int64_t cpu_used_mcpu, memory_used_bytes; /* metrics, -1 unknown */
};

struct node_sum {
	struct record record;
	struct handle instance, group;
	struct resources requests; /* of its pods, finished ones left out */
	int32_t pods, jobs;
	int32_t util_milli;    /* max(cpu, memory) requests; -1 unknown */
	int64_t cpu_used_mcpu, memory_used_bytes;
	bool has_autoscaler, has_manager, has_paddock; /* protected, rule 5 */
	const char *state;     /* "ready", "cordoned", "booting", "draining" */
	const char *blocker;   /* upstream's reason name, or "" */
	const char *blocked_by; /* the same in plain words with its numbers */
	int64_t unneeded_since_ms;
};

enum { CHART_POINTS = 60 }; /* one a minute, oldest first */

struct group_sum {
	struct record record;
	int32_t running, registered, ready; /* instances, nodes, ready nodes */
	int32_t jobs, pods, upcoming;
	int32_t cpu_request_milli; /* share of allocatable, -1 unknown */
	int32_t memory_request_milli;
	bool spot, protected_group, managed; /* by the engine's policy */
	bool at_max;
	int32_t refused;	/* failed launches lately */
	const char *state;	/* "ok" "AT MAX" "REFUSED 4x" "protected" */
	const char *why;	/* one line: desired against actual */
	int64_t backoff_until_ms;
	int64_t held_until_ms;	/* a person holds it; 0: nobody */
	int16_t chart_desired[CHART_POINTS], chart_running[CHART_POINTS];
	uint16_t chart_n;
};

struct job_sum {
	struct record record;
	struct handle pod, node, group, runner;
	uint8_t phase;
	int64_t phase_since_ms;
	int64_t wait_ms;	/* queued to running, or so far */
	int64_t wait_from_ms;	/* while it waits: now - this; else 0 */
	int64_t poll_timeout_ms;
	const char *why;
};

struct runner_sum {
	struct record record;
	struct handle manager_pod; /* the one that takes jobs */
	struct handle ending_pod;  /* another that only finishes its own */
	int64_t ending_ms;	   /* when that one is killed; 0: unknown */
	int32_t ending_jobs;	   /* its running jobs; -1 unknown */
	int32_t lost_jobs;	   /* that run without any manager */
	bool elsewhere;		   /* runs its jobs outside the cluster */
	int32_t concurrent, limit; /* -1 unknown */
	int32_t running, waiting;  /* jobs */
	int64_t poll_timeout_ms;
	const char *blocker;
};

/* Waiting jobs of one tag set. */
struct queue {
	struct record record;
	const char *tags;   /* "docker,linux"; "(none)" */
	int32_t waiting, running;
	int64_t oldest_ms;  /* when the oldest was queued */
	const char *blocked_by; /* "group max: amd64-general 20/20" */
	struct handle subject;	/* what blocks, or the oldest job */
};

enum severity { SEVERITY_INFO, SEVERITY_WARN, SEVERITY_CRIT };
const char *severity_name(enum severity severity); /* "WARN" */

/* A line of NEEDS YOU: what, since when, why, and the commonest fix. */
struct alarm {
	struct record record;
	const char *id;	     /* stable: "at-max/amd64-general" */
	uint8_t severity;
	int64_t since_ms;    /* 0: since before anybody looked */
	bool follows;	     /* from another's cause: stands behind those */
	const char *text;
	const char *why;     /* lines for W */
	struct handle subject;
	const char *fix_verb; /* "limits", "scale" ... or "" */
	const char *fix_text; /* "m=raise max" */
};

/* One thing an engine decided: by paddock, or seen done by another. */
struct decision {
	struct record record;
	int64_t at_ms;
	uint64_t number;
	const char *by;	     /* "paddock would", "paddock", "CA", "person" */
	const char *what;    /* "scale up", "wait", "refuse" ... */
	const char *subject; /* group, node or pod */
	const char *change;  /* "16>20" or "" */
	const char *reason;  /* one line */
	const char *detail;  /* lines: each group's refusal and so on */
	struct handle target;
};

/* A line of the plan as it stands: what the engine would do now, and what keeps
 * it from doing more. */
enum step_sort { STEP_ACT, STEP_REFUSED, STEP_WAITS, STEP_NODE };

struct plan_step {
	struct record record;
	const char *id;	     /* "grow/g", "pod/ns/name", "node/n" */
	const char *version; /* another one when anything in it changed */
	uint8_t sort;	     /* enum step_sort */
	int32_t order;	     /* in which they come, acts as carried out */
	const char *what;    /* "grow", "remove", "refuse", "keep" ... */
	const char *subject; /* group, node, or a pod (the first of pods) */
	const char *group;   /* it concerns, or "" */
	const char *change;  /* "16>20", "28 pods", "85%" or "" */
	int64_t since_ms;    /* it is so since; 0: unknown */
	const char *reason;  /* one line, plain words with numbers */
	const char *clears;  /* what would change it, or "" */
	const char *upstream; /* the reason's name upstream, or "" */
	const char *refusals; /* "g: reason: numbers; h: ..." or "" */
	const char *pods;    /* "ns/a,ns/b" or "" */
	int32_t pod_n;
	const char *detail;  /* lines: each group's refusal and so on */
	struct handle target;
};

/* One line of the journal as views show it. */
struct entry {
	struct record record;
	uint64_t seq;
	int64_t at_ms; /* wall */
	const char *id, *op, *phase, *by, *via, *context, *verb, *target;
	const char *why, *change, *result;
	bool orphaned;
};

/* The first lines of home. */
struct fleet {
	int32_t waiting, running;
	/* Lost jobs of the last half hour: those we know of, which are all
	 * only when jobs' ends were watched that long; -1: too early to say. */
	int32_t lost_30m;
	int64_t lost_watched_ms; /* whole minutes, at most half an hour */
	int32_t lost_spot, lost_image, lost_memory, lost_evicted,
		lost_other;
	int64_t oldest_wait_ms; /* when the oldest was queued; 0: none */
	int64_t start_p50_ms, start_p90_ms; /* last hour; -1: unknown */
	/* FREE SLOTS and what bounds it; -1 unknown */
	int32_t free_slots, slots_runner, slots_quota, slots_nodes,
		slots_group, slots_addresses;
	const char *slots_bound; /* name of the smallest; static text */
	int32_t nodes, nodes_ready, pods, pods_pending;
};

#endif
