/*
 * One look at a Job: what the files of its controller share.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_JOB_H
#define SIM_WORLD_JOB_H

#include "backend/sim/world/batch.h"

struct job_run {
	struct batch *b;
	struct batch_note *note;
	const struct object *o;
	json_t *tree, *spec, *status;
	struct owned pods;
	struct map *taken; /* completion indexes that pods are at work on */
	int64_t completions; /* -1: until one succeeds */
	int64_t parallelism, backoff_limit, now_ms, start_ms;
	int64_t look_ms; /* until something is due; 0: nothing is */
	int32_t active, ready, terminating, restarts;
	bool indexed, restart_in_place;
};

extern const struct event_source job_source;

/* job_pods.c */
void job_look_at_pods(struct job_run *r);
/* "0-2,4"; new text. */
char *job_done_indexes(const struct job_run *r);
/* Down to so many, the youngest first. */
void job_delete_active(struct job_run *r, int32_t keep);
/* False when there is none to make, or the store refused it. */
bool job_create_pod(struct job_run *r);

#endif
