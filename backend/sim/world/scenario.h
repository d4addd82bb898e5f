/*
 * A scenario: what the simulated cloud contains and what happens in it, read
 * from YAML (backend/sim/scenarios/, compiled in).  Mistakes are
 * "file:line: message"; unknown keys are mistakes.  scenario_keys.c lists every
 * key with its default and meaning.
 */
#ifndef SIM_WORLD_SCENARIO_H
#define SIM_WORLD_SCENARIO_H

#include "backend/base/err.h"
#include "backend/base/tree.h"

struct names { /* a list of texts */
	const char *const *at;
	uint32_t n;
};

struct scenario_group { /* an EKS node group and its Auto Scaling group */
	const char *name;  /* of the node group */
	const char *asg;   /* of its Auto Scaling group */
	const char *arch;  /* "amd64" or "arm64": from the types */
	struct names types, zones;
	struct names labels; /* "key=value" */
	struct names taints; /* "key=value:NoSchedule" */
	int32_t min, max, desired;
	bool spot;
	bool managed;	   /* an EKS managed node group owns it */
	bool tags;	   /* the autoscaler's discovery tags are there */
	bool template_tags; /* ... and those for scaling from zero */
	int64_t launch_ms, ready_ms; /* medians: in service, then node Ready */
	int64_t age_ms;	   /* of the instances that run at the start */
	int32_t disk_gib;
	/* Offsets from the start between which launches are refused for want
	 * of capacity; equal: never. */
	int64_t refuse_from_ms, refuse_to_ms;
};

struct scenario_runner { /* one release of the gitlab-runner chart */
	const char *name;	 /* the release */
	const char *type;	 /* instance_type, group_type, project_type */
	struct names tags, node_selector, tolerations;
	int32_t replicas, concurrent, limit;
	int64_t poll_timeout_ms;
	int64_t cpu_mcpu, memory_bytes; /* requests of the build container */
	int64_t helper_cpu_mcpu, helper_memory_bytes;
	int64_t memory_limit_bytes; /* of the build container; 0: none */
	bool run_untagged, paused;
};

struct scenario_load { /* jobs of one sort */
	const char *name;      /* the job's name in its pipeline */
	const char *stage, *project, *image, *ref;
	struct names tags, services;
	int64_t from_ms, to_ms; /* offsets from the start; to 0: for ever */
	double per_minute;	/* arrivals */
	int64_t duration_ms;	/* median of the job's script */
	int64_t timeout_ms;
	double spread;		/* of durations: deviation of their ln */
	double failure_rate;
	double usage;		/* share of the cpu request really used */
	int32_t at_start;	/* jobs that come all at once at `from` */
	int64_t image_bytes;
};

enum scenario_autoscaler {
	AUTOSCALER_NONE, /* not installed */
	AUTOSCALER_OFF,	 /* installed, scaled to no replica */
	AUTOSCALER_ON,
};

struct scenario {
	const char *name, *title;
	const char *notice, *remedy; /* what to see, what to do */
	const char *cluster, *region, *account, *kubernetes, *namespace;
	struct names zones;
	/* Where the managers, the autoscaler and metrics-server run. */
	struct names system_selector, system_tolerations;
	struct names autoscaler_flags; /* "scan-interval=10s" */
	int64_t start_ms;	       /* world time */
	int64_t warm_up_ms;	       /* lived through before that */
	enum scenario_autoscaler autoscaler;
	const struct scenario_group *groups;
	const struct scenario_runner *runners;
	const struct scenario_load *loads;
	uint32_t group_n, runner_n, load_n;
	const struct tree *tree;
	struct arena *arena;
};

/* name of a compiled-in scenario, or a path ending .yaml. */
struct scenario *scenario_load(const char *name_or_path, struct err *err);
/* The same from text; file is for messages. */
struct scenario *scenario_read(const char *file, const char *text, size_t len,
			       struct err *err);
void scenario_free(struct scenario *s);

/* How long before the start the oldest thing of the scenario began. */
int64_t scenario_history_ms(const struct scenario *s);

#endif
