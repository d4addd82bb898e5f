/*
 * What the files of the runner managers share: the process and its builds.
 */
#ifndef SIM_WORLD_MANAGER_BUILD_H
#define SIM_WORLD_MANAGER_BUILD_H

#include "backend/sim/world/container_log.h"
#include "backend/sim/world/manager.h"

#define CHECK_MS 3000 /* check_interval, and the executor's poll */

/* How jobs ended in one process, as its metrics count them. */
struct process_counts {
	uint64_t taken, failed[6], requests[3]; /* by failure_names, REQUEST_ */
	uint64_t seconds_buckets[10], queue_buckets[10];
	double seconds, queued;
	uint64_t ended;
};
enum { REQUEST_TAKEN, REQUEST_NONE, REQUEST_FORBIDDEN };

struct process { /* one gitlab-runner */
	struct kubernetes *k;
	struct kpod *pod;
	struct ci_runner *runner;
	struct ci_manager *ci;
	char token[40], short9[12]; /* from its Secret, when it registered */
	VEC(struct build *) builds;
	struct process_counts counts;
	int32_t concurrent; /* of its config.toml, read at its start */
	int64_t started_ms;
	bool quitting;
	uint64_t timer;
	struct logbook *log; /* the pod's */
	struct rng rng;
};

enum loss { LOSS_NONE, LOSS_NOT_FOUND, LOSS_DELETED, LOSS_FAILED,
	    LOSS_NEVER_THERE };

struct build { /* one job in one manager */
	struct process *m;
	struct ci_job *job;
	char *ns, *pod, *uid; /* uid NULL before the pod exists */
	uint32_t slot;
	enum loss lost;	      /* its pod is; the end is on its way */
	bool fails;	      /* the script will */
	uint64_t timer, cancel_timer, memory_timer;
};

struct managers {
	struct kubernetes *k;
	VEC(struct process *) running;
	struct map *by_pod; /* job pod uid -> struct build */
};

/* The reasons that count, by failed[]; NULL ends. */
extern const char *const failure_names[];
/* GET :9252/path of a manager's pod (manager_metrics.c). */
void process_serve(const struct process *m, const char *path,
		   struct kube_answer *answer);
void process_count_end(struct process *m, const struct ci_job *j);

/* Asks for a job then, unless it is quitting. */
void process_poll_in(struct process *m, int64_t ms);
/* Ends the process; its builds are left to others. */
void process_free(struct process *m);
/* manager_build.c */
void build_new(struct process *m, struct ci_job *j);
void build_free(struct build *b);
/* The pod went away under the job. */
void build_lost(struct build *b, enum loss how);
/* GitLab says so with its next answer. */
void build_cancel(struct build *b);

#endif
