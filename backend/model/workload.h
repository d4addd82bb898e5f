/*
 * Controllers, budgets and the small Kubernetes kinds the engine and the
 * console read.  Sources: apps/v1, batch/v1, policy/v1, scheduling.k8s.io/v1,
 * coordination.k8s.io/v1, core/v1.
 */
#ifndef MODEL_WORKLOAD_H
#define MODEL_WORKLOAD_H

#include "backend/model/pod.h"

/* DaemonSet, ReplicaSet, ReplicationController, StatefulSet, Deployment and
 * batch Job share one shape; the record's kind tells which. */
struct workload {
	struct record record;
	struct meta meta;
	int32_t replicas; /* spec.replicas; Job: parallelism; 1 when absent */
	int32_t ready, current, updated, available, desired;
	struct selector selector;
	/* A pod as its template would make it (no name, no node); NULL when
	 * the kind or the object has none.  Owned: one reference. */
	const struct pod *template_pod;
	const char *container_args; /* first container's command and args,
				       each ended by '\n'; "" else */
	const char *image;	    /* of the first container */
};

struct pdb {
	struct record record;
	struct meta meta;
	struct selector selector;
	int32_t disruptions_allowed, current_healthy, desired_healthy, expected;
	const char *min_available, *max_unavailable; /* as written, or NULL */
};

struct namespace {
	struct record record;
	struct meta meta;
	const char *phase;
};

struct priority_class {
	struct record record;
	struct meta meta;
	int32_t value;
	bool global_default;
	bool preempt_never;
};

struct lease {
	struct record record;
	struct meta meta;
	const char *holder;
	int32_t duration_s, transitions;
	int64_t acquired_ms, renewed_ms;
};

/* Only the ConfigMaps we ask for by name: the autoscaler's status and the
 * priority expander's configuration. */
struct configmap {
	struct record record;
	struct meta meta;
	struct labels data;
};

struct event {
	struct record record;
	struct meta meta;
	const char *type;   /* Normal, Warning */
	const char *reason, *message;
	const char *object_kind, *object_ns, *object_name, *object_uid;
	const char *source; /* component or reporting controller */
	int32_t count;
	int64_t first_ms, last_ms;
};

#endif
