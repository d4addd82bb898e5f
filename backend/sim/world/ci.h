/*
 * The simulated GitLab: projects, runners and their managers, jobs.
 *
 * load.c lets jobs arrive, the managers (manager.c) take and run them, trace.c
 * tells what a job has printed so far, ci_runner.c is what may be changed of a
 * runner, the GitLab face shows it all.
 *
 * Bounds: of finished jobs the newest CI_FINISHED_KEPT stay; managers not heard
 * of for a week go.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_CI_H
#define SIM_WORLD_CI_H

#include "backend/sim/world/scenario.h"
#include "backend/sim/world/sim.h"

enum { CI_FINISHED_KEPT = 5000, CI_NOTES = 8 };

struct ci_project {
	int64_t id, namespace_id;
	const char *path, *name, *namespace; /* "group/sub/name" and parts */
	const char *root;		     /* first part of the path */
};

struct ci_manager { /* one runner process, ever */
	int64_t id, created_ms, contacted_ms;
	struct ci_runner *runner;
	char system_id[20], version[16], host[128]; /* host: its pod */
	const char *executor; /* "kubernetes", "docker+machine" */
	uint32_t running;
};

struct ci_runner {
	int64_t id, created_ms, contacted_ms;
	const struct scenario_runner *plan;
	uint32_t tokens;   /* it has had so far */
	char token[40];	   /* glrt-... : shown once, when it is reset */
	char short9[12];   /* as in pod names, mixed case */
	char name[80];	   /* of the release's objects */
	/* What GitLab keeps of it, which people edit; in the arena. */
	const char *description, *maintenance_note; /* note may be NULL */
	struct names tags;
	int32_t timeout_s; /* maximum_timeout; 0: none */
	bool paused, run_untagged, locked, ref_protected;
	bool deleted;	   /* nobody but old jobs knows it any more */
	VEC(struct ci_manager *) managers;
};

enum ci_status { /* the last three are ends */
	CI_MANUAL, CI_PENDING, CI_RUNNING, CI_CANCELING,
	CI_SUCCESS, CI_FAILED, CI_CANCELED
};

/* When a job reached each step of the executor; 0: not yet. */
enum ci_step {
	STEP_PREPARE,  /* taken by a manager */
	STEP_POD,      /* its pod exists */
	STEP_RUNNING,  /* its pod runs */
	STEP_SOURCES, STEP_CACHE, STEP_SCRIPT, STEP_AFTER, STEP_ARCHIVE,
	STEP_UPLOAD, STEP_CLEANUP,
	STEP_COUNT
};

struct ci_note { /* what the runner printed while it waited */
	int64_t from_ms;
	char *text;
};

struct ci_job {
	int64_t id, pipeline_id;
	const struct scenario_load *load;
	const struct ci_project *project;
	struct ci_runner *runner;
	struct ci_manager *manager;
	enum ci_status status;
	const char *failure_reason; /* static, or NULL */
	char *failure_text;	    /* last line of the trace, or NULL */
	int32_t exit_code; /* of the script, when it failed */
	char sha[44];
	int64_t created_ms, queued_ms, started_ms, finished_ms, erased_ms;
	int64_t timeout_ms; /* the project's, or the runner's when shorter */
	/* Of runner and manager as they were when they took it: a trace does
	 * not change because they do. */
	char short9[12], system_id[20], version[16];
	char *host; /* the manager's; NULL: not taken */
	char *machine; /* docker+machine: where it runs; else NULL */
	bool on_machines;
	int64_t step_ms[STEP_COUNT];
	char *pod, *node;	    /* names, or NULL */
	struct ci_note notes[CI_NOTES];
	uint32_t note_n;
	int64_t retried_as; /* the newer job; 0: it was not */
	uint64_t seed;
	/* While it is pending: its neighbours among those of its load, and its
	 * place among all. */
	struct ci_job *before, *after;
	uint64_t arrival;
};

/* The pending jobs.  Those of one load ask the same of a runner, so they stand
 * in one line, in order of arrival. */
struct ci_pending {
	struct ci_line {
		struct ci_job *first, *last;
	} *lines; /* by load */
	uint32_t n;
	uint64_t arrivals;
};

struct ci_listener {
	void (*hear)(void *ctx, struct ci_job *j);
	void *ctx;
};

struct ci {
	struct sim *sim;
	struct arena *arena;
	struct ci_project *projects;
	struct ci_runner *runners;
	uint32_t project_n, runner_n;
	VEC(struct ci_job *) jobs;    /* by id */
	struct ci_pending pending; /* ci_pending.c */
	uint32_t finished, running;
	int64_t next_job, next_pipeline, next_manager;
	struct loads *loads; /* load.c */
	/* A running job was cancelled: who has it will hear of it. */
	VEC(struct ci_listener) on_cancel;
};

struct ci *ci_new(struct sim *w);
void ci_free(struct ci *c);
/* The loads begin. */
void ci_begin(struct ci *c);

struct ci_job *ci_job(const struct ci *c, int64_t id);
struct ci_project *ci_project(struct ci *c, int64_t id);
struct ci_runner *ci_runner(struct ci *c, int64_t id);
static inline bool
ci_is_over(const struct ci_job *j)
{
	return j->status >= CI_SUCCESS;
}
/* A manager has it. */
static inline bool
ci_is_taken(const struct ci_job *j)
{
	return j->status == CI_RUNNING || j->status == CI_CANCELING;
}
bool ci_is_cancelable(const struct ci_job *j);
bool ci_is_retryable(const struct ci_job *j);

/* Puts a job at the end, takes it out; the first that the runner takes, or
 * NULL. */
void ci_pending_add(struct ci *c, struct ci_job *j);
void ci_pending_drop(struct ci *c, struct ci_job *j);
struct ci_job *ci_pending_for(const struct ci *c, const struct ci_runner *r);

/* A new pending job of this load. */
struct ci_job *ci_add(struct ci *c, const struct scenario_load *l,
		      struct rng *rng);
/* POST /jobs/request: the oldest job the runner may take, now running with it;
 * NULL when there is none. */
struct ci_job *ci_request(struct ci *c, struct ci_manager *m);
void ci_finish(struct ci *c, struct ci_job *j, enum ci_status status,
	       const char *failure_reason);
/* A waiting job ends at once; a running one is CANCELING until its manager
 * hears of it.  With force it ends here at once, whatever the manager does. */
bool ci_cancel(struct ci *c, struct ci_job *j, bool force);
/* A new job in place of one that is over; NULL: it is not, or was retried. */
struct ci_job *ci_retry(struct ci *c, struct ci_job *j);
/* A manual job begins to wait. */
bool ci_play(struct ci *c, struct ci_job *j);
/* Its trace is gone. */
bool ci_erase(struct ci *c, struct ci_job *j);
/* What the runner prints while it waits, from now on. */
void ci_note(struct ci *c, struct ci_job *j, const char *text);
/* kind 'r' or 's' begins its system_id: a container's, a machine's. */
struct ci_manager *ci_manager_new(struct ci *c, struct ci_runner *r,
				  const char *host, char kind,
				  const char *version, struct rng *rng);

const char *ci_status_name(enum ci_status s); /* "pending" */
/* Among the manual, pending and running; false: no such status. */
bool ci_status_known(const char *name);
int64_t ci_queued_ms(const struct ci *c, const struct ci_job *j);

/* ---- ci_runner.c ---- */

void ci_runner_found(struct ci *c, struct ci_runner *r, uint32_t n,
		     const struct scenario_runner *plan);
bool ci_runner_takes(const struct ci_runner *r, const struct ci_job *j);
/* The texts are copied. */
void ci_runner_tag(struct ci *c, struct ci_runner *r,
		   const struct names *tags);
/* Managers that hold the old one are refused from now on. */
void ci_runner_reset_token(struct ci *c, struct ci_runner *r);
void ci_runner_delete(struct ci *c, struct ci_runner *r);

/* ---- load.c ---- */

struct loads *loads_new(struct ci *c);
void loads_free(struct loads *l);
/* The jobs that are at work when the history ends. */
void loads_found(struct loads *l);
void loads_begin(struct loads *l);

/* ---- trace.c ---- */

/* Appends the raw trace up to now; it only ever grows. */
struct buf;
void ci_trace(const struct ci *c, const struct ci_job *j, struct buf *out);
/* The lines a container of the job's pod has written. */
uint64_t ci_log_end(const struct ci *c, const struct ci_job *j,
		    const char *container);
bool ci_log_line(const struct ci *c, const struct ci_job *j,
		 const char *container, uint64_t n, int64_t *at_ms,
		 struct buf *text);

#endif
