/*
 * What the Job and the CronJob controllers share.
 *
 * A note is what a controller must remember of one object and its status does
 * not say: which pods were counted already, and the timer that wakes it.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_BATCH_H
#define SIM_WORLD_BATCH_H

#include "backend/sim/world/owned.h"

struct batch {
	struct kubernetes *k;
	const struct object_type *jobs, *cronjobs;
	struct work_queue *job_work, *cron_work;
	struct map *notes; /* uid -> struct batch_note */
	struct rng rng;
};

struct batch_note {
	struct batch *b;
	struct work_queue *work; /* where the timer puts the key */
	char *key;
	uint64_t timer;
	struct map *counted; /* uids of pods that ended */
	struct map *done;    /* completion indexes that succeeded */
	int32_t succeeded, failed;
	int32_t streak; /* failures since the last success */
	int64_t failed_ms;
};

struct batch_note *batch_note(struct batch *b, const struct object *o);
/* Looks at the object again after so long, and not at any time set before. */
void batch_look_after(struct batch_note *n, int64_t delay_ms);
/* A member of an object that is a time; 0: it has none. */
int64_t batch_time(const json_t *o, const char *key);

/* job.c */
void sync_job(void *batch, const char *key);
/* A pod of a Job has ended, or is gone. */
void job_count_pod(struct batch_note *n, const struct object *pod);
enum batch_end { BATCH_GOES_ON, BATCH_COMPLETE, BATCH_FAILED };
enum batch_end job_end(const json_t *job);
void sync_cronjob(void *batch, const char *key); /* cronjob.c */

#endif
