/*
 * One worker thread: pure jobs on frozen input (decide, encode) and the
 * journal's fdatasync.  It owns nothing; a task's data belongs to the task
 * while it runs and to the backend thread before and after.
 *
 * Thread: all calls from the backend's thread.
 */
#ifndef CONTROL_WORKER_H
#define CONTROL_WORKER_H

#include "backend/base/err.h"

struct worker;

struct task {
	void (*run)(void *ctx);	 /* on the worker's thread */
	void (*done)(void *ctx); /* on the backend's, in worker_collect */
	void *ctx;
	bool urgent; /* before all that are not: acts wait for the journal */
};

/* wake is called on the worker's thread when something finished: it must make
 * the backend call worker_collect soon (reactor_wake). */
struct worker *worker_new(void (*wake)(void *ctx), void *ctx,
			  struct err *err);
/* Finishes everything that was given to it, calls every done, and ends. */
void worker_free(struct worker *w);

void worker_do(struct worker *w, const struct task *t);
/* Calls done of what finished; true when there was any. */
bool worker_collect(struct worker *w);
/* Given and not yet collected. */
uint32_t worker_pending(struct worker *w);

#endif
