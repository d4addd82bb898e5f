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

enum launch_refusal { /* why EC2 refuses, by the names of refusal_names */
	REFUSED_CAPACITY,
	REFUSED_QUOTA, /* of vCPUs, or of spot instances */
	REFUSED_IMAGE, /* the launch template's AMI is gone */
	REFUSED_KEY,   /* its key pair is */
	REFUSED_UNSUPPORTED, /* the zone has no such type */
	REFUSAL_COUNT
};
extern const char *const refusal_names[REFUSAL_COUNT];

enum boot_failure { /* by the names of boot_failure_names */
	BOOT_GOOD,
	BOOT_NEVER_JOINS, /* the kubelet never registers */
	BOOT_NOT_READY,	  /* it does, but its network never comes up */
	BOOT_SLOW,	  /* it takes eight times as long */
	BOOT_FAILURE_COUNT
};
extern const char *const boot_failure_names[BOOT_FAILURE_COUNT];

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
	bool taint_effects; /* ... with the effects in the taints' values */
	int64_t launch_ms, ready_ms; /* medians: in service, then node Ready */
	int64_t age_ms;	   /* of the instances that run at the start */
	int32_t disk_gib;
	/* Offsets from the start between which launches are refused for want
	 * of capacity; equal: never. */
	int64_t refuse_from_ms, refuse_to_ms;
	const char *refuse_reason; /* as written, and as read: */
	enum launch_refusal refusal;
	/* Instances launched between these offsets boot badly; to 0: no end. */
	const char *boot_fails; /* as written, and as read: */
	enum boot_failure boot;
	int64_t boot_fails_from_ms, boot_fails_to_ms;
	/* Share of its spot instances EC2 wants back each minute between these
	 * offsets. */
	double reclaim;
	int64_t reclaim_from_ms, reclaim_to_ms;
};

/* One release of the gitlab-runner chart; or, with the executor
 * docker+machine, a manager on an instance of its own that rents machines. */
struct scenario_runner {
	const char *name; /* the release */
	const char *executor, *machine_type;
	/* Machines kept idle and for how long, jobs until one is replaced (0:
	 * no end), and those that earlier managers left behind. */
	int32_t machines_idle, machine_builds, machine_orphans;
	int64_t machine_idle_ms;
	/* The manager's host is replaced then, and its memory of machines with
	 * it; offset from the start, 0: never. */
	int64_t manager_lost_ms;
	const char *type;	 /* instance_type, group_type, project_type */
	struct names tags, node_selector, tolerations;
	int32_t replicas, concurrent, limit;
	int64_t poll_timeout_ms;
	int64_t cpu_mcpu, memory_bytes; /* requests of the build container */
	int64_t helper_cpu_mcpu, helper_memory_bytes;
	int64_t memory_limit_bytes; /* of the build container; 0: none */
	int64_t grace_ms; /* of its pod: terminationGracePeriodSeconds */
	bool run_untagged, paused;
	bool on_machines; /* the executor is docker+machine */
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
	int32_t at_work; /* ... and long before everything else */
	bool manual;		/* they wait for somebody to press play */
	int64_t image_bytes;
	int64_t memory_bytes; /* the script's peak; 0: within the request */
	int64_t disk_bytes; /* written by the script, at an even rate */
};

/* What a second operator does, at a console of his own. */
enum scenario_act_kind {
	ACT_DESIRED,
	ACT_MIN,
	ACT_MAX,
	ACT_SUSPEND,
	ACT_RESUME,
	ACT_TAG,
	ACT_UNTAG,
	ACT_CORDON, /* the oldest of the group's nodes that is not yet */
	ACT_UNCORDON,
	ACT_DRAIN,     /* the same, by evictions, jobs and all */
	ACT_TERMINATE, /* the group's oldest instance, behind its back */
	ACT_REPLICAS,
	ACT_DELETE_PODS, /* by the beginning of their names */
	ACT_UPGRADE,	 /* the Deployment's image, to this tag */
	ACT_CONCURRENT,	 /* edits a manager's ConfigMap, restarts it */
	ACT_RETAG,	 /* a runner's tags at GitLab */
	ACT_ROLL,	 /* EKS replaces the group's nodes: the latest image */
	ACT_FLUX_SUSPEND,
	ACT_FLUX_RESUME,
	ACT_COUNT
};

enum act_target { ON_GROUP, ON_OBJECT, ON_RUNNER };

struct scenario_act {
	const char *name; /* as written, and as read: */
	enum scenario_act_kind kind;
	const char *on;	   /* a group, a runner, or namespace/name */
	const char *value; /* a number, a process, key=value, tags */
	int32_t number;
	int64_t at_ms;	  /* offset from the start */
	int64_t every_ms; /* again and again */
	int32_t times;	  /* 0: for ever */
};

/* What an act wants of its keys; by enum scenario_act_kind. */
extern const struct scenario_act_form {
	const char *name;
	enum act_target on;
	bool wants_number, wants_value;
} scenario_act_forms[ACT_COUNT];

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
	/* GitLab's limits per user and minute; 0: none. */
	int32_t gitlab_per_minute, gitlab_project_jobs_per_minute;
	int64_t start_ms;	       /* world time */
	int64_t warm_up_ms;	       /* lived through before that */
	enum scenario_autoscaler autoscaler;
	/* Its pod is kept from eviction and may preempt others. */
	bool autoscaler_protected;
	/* Its loop stands still from this offset on, though its lease is
	 * renewed; 0: never. */
	int64_t autoscaler_hangs_ms;
	int32_t subnet_bits; /* of the prefix of each zone's subnet */
	int32_t warm_ips; /* the CNI's WARM_IP_TARGET; 0: it is not set */
	const struct scenario_group *groups;
	const struct scenario_runner *runners;
	const struct scenario_load *loads;
	const struct scenario_act *acts;
	uint32_t group_n, runner_n, load_n, act_n;
	/* The operator's AWS credentials end then, offset from the start; 0:
	 * never. */
	int64_t credentials_end_ms;
	bool flux, flux_suspended; /* installed; its releases suspended */
	const char *flux_word; /* as written */
	bool has_faults; /* rows of a faults file, which the server reads */
	const char *file, *text; /* as read */
	size_t text_len;
	const struct tree *tree;
	struct arena *arena;
};

/* name of a compiled-in scenario, or a path ending .yaml. */
struct scenario *scenario_load(const char *name_or_path, struct err *err);
/* The same from text; file is for messages. */
struct scenario *scenario_read(const char *file, const char *text, size_t len,
			       struct err *err);
void scenario_free(struct scenario *s);
/* Makes a parts-th of all its sizes, before a world is made of it. */
void scenario_scale(struct scenario *s, int32_t parts);

/* "none", "off" or "on"; false of anything else. */
bool scenario_switch(const char *text, enum scenario_autoscaler *out);

/* "a, b,c": parts without blanks around them, in the arena. */
struct names scenario_split(struct arena *a, const char *text);

/* So long before the warm-up came the jobs that are at work: nobody sees their
 * events any more. */
#define AT_WORK_MS ((int64_t)90 * 60000)

/* How long before the start the oldest thing of the scenario began. */
int64_t scenario_history_ms(const struct scenario *s);

#endif
