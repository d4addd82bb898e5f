/*
 * What the files of the runner managers share: the process and its builds.
 */
#ifndef SIM_WORLD_MANAGER_BUILD_H
#define SIM_WORLD_MANAGER_BUILD_H

#include "backend/sim/world/manager.h"

#define CHECK_MS 3000 /* check_interval, and the executor's poll */

struct process { /* one gitlab-runner */
	struct kubernetes *k;
	struct kpod *pod;
	struct ci_runner *runner;
	struct ci_manager *ci;
	VEC(struct build *) builds;
	bool quitting;
	uint64_t timer;
	struct logbook *log;
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
	uint64_t timer;
};

struct managers {
	struct kubernetes *k;
	VEC(struct process *) running;
	struct map *by_pod; /* job pod uid -> struct build */
};

/* Asks for a job then, unless it is quitting. */
void process_poll_in(struct process *m, int64_t ms);
/* Ends the process; its builds are left to others. */
void process_free(struct process *m);
void build_free(struct build *b);
/* Steps that were still to come never happened. */
void build_cut_steps(struct ci_job *j, int64_t now);

#endif
