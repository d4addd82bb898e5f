/*
 * The store's own view of its rows.  For backend/store/ only.
 *
 * Hubs hold what several kinds have in common before any of them is sure to
 * exist: a node's name, an instance's id, a job's number, a runner's token.  A
 * hub lives while somebody refers to it.  Rows point at hubs, hubs at rows; the
 * published records carry handles instead.
 *
 * Work flows one way when it settles: pods -> jobs -> nodes -> groups ->
 * runners -> queues -> (once a second) fleet and alarms.
 */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"
#include "backend/model/node.h"
#include "backend/model/workload.h"
#include "backend/store/shelf.h"
#include "backend/store/store.h"

enum {
	EVENT_CEILING = 6000,	/* ordinary ones go before warnings */
	DECISION_CEILING = 500,
	ENTRY_CEILING = 1000,
	ACT_CEILING = 1000,
	ACTIVITY_CEILING = 2000,
	QUEUE_CEILING = 200,	/* tag sets; the rest share one row */
	START_SAMPLES = 4096,	/* of the last hour */
	LOST_MINUTES = 31,
};
#define HOUR_MS ((int64_t)3600 * 1000)
#define MINUTE_MS ((int64_t)60 * 1000)

/* Why a job was lost (design 1: LOST by cause). */
enum lost {
	LOST_NOT,
	LOST_SPOT,
	LOST_IMAGE,
	LOST_MEMORY, /* over its memory limit */
	LOST_EVICTED, /* drained, or its node ran short */
	LOST_OTHER,
	LOST_CAUSES
};

struct node_row;
struct job_row;
struct group_row;
struct runner_row;

/* Each hub is found by the text at its end. */
struct host { /* a node's name */
	struct node_row *node; /* live, or NULL */
	struct link pods;      /* pod_row.in_host: live ones */
	uint32_t hash;
	char name[];
};

struct machine { /* an instance id */
	struct row *instance;
	struct node_row *node; /* live */
	bool joined;	       /* it had one once */
	struct group_row *group; /* that lists it */
	struct link in_group;
	uint32_t hash;
	char id[];
};

struct work { /* a job's number */
	struct job_row *job; /* live or ended */
	struct link pods;    /* pod_row.in_work: ended ones too */
	uint32_t hash;
	char id[];
};

struct crew { /* first characters of a runner's token */
	struct runner_row *runner;
	struct link pods; /* pod_row.in_crew: live job pods */
	uint32_t hash;
	char token[];
};

/* What the last plan says of a row. */
struct verdict {
	struct link in_told;   /* store.told */
	struct row *row;       /* it is said of */
	char *reason, *detail; /* owned; NULL: nothing said */
	char *group;
	int64_t since_ms;
	uint32_t epoch;
	int32_t number;
	bool managed;
};

/* Told by metrics. */
struct usage_word {
	int64_t mcpu, bytes;
	uint32_t epoch; /* of the answer that told; 0: never told */
};

struct pod_row {
	struct row row;
	struct usage_word usage;
	struct link in_host, in_work, in_crew, in_managers;
	struct link in_waiting; /* pods that do not run yet: store.waiting */
	struct host *host;
	struct work *work;
	struct crew *crew;
	/* Told by events; pods do not carry it. */
	int64_t pull_word_ms;	/* last Pulling or Pulled */
	int64_t no_address_ms, warned_ms;
	char *warning;		/* "Reason: message" of the last Warning */
	bool pulling;
	bool node_lost;		/* its node went away under it */
	bool spot_taken;	/* ... because spot capacity was reclaimed */
	struct handle node;	/* last one known */
	/* Worked out. */
	uint8_t phase, lost;
	bool judged;		/* lost was worked out for good */
	int64_t refreshed_boot_ms; /* its turn in publish.c */
	int64_t phase_since_ms, running_ms;
	struct verdict *verdict; /* NULL: none */
};

/* What may ail a node, in bits. */
enum ailing {
	AILS_NOT_READY = 1,
	AILS_DISK = 2,	 /* lacks disk space */
	AILS_MEMORY = 4, /* lacks memory */
	AILS_MARKED = 8, /* somebody began to remove it */
};

struct node_row {
	struct row row;
	struct usage_word usage;
	struct host *host;
	struct machine *machine;
	struct link in_group;
	struct group_row *group;
	/* What its group adds up. */
	int64_t cpu_mcpu, memory_bytes; /* requests of its pods */
	int32_t pods, jobs;
	bool ready, guarded, guarded_tainted, spot;
	uint8_t ails;		/* enum ailing */
	struct link in_ailing;	/* store.ailing: those with any of it */
	int64_t fits; /* more job pods of the usual shape; see fleet.c */
	struct verdict *verdict; /* NULL: none */
};

struct group_row {
	struct row row;
	struct link machines;	/* machine.in_group */
	struct link nodes;	/* node_row.in_group: live */
	struct link activities; /* activity_row.in_group */
	int16_t chart_desired[CHART_POINTS], chart_running[CHART_POINTS];
	uint16_t chart_n;
	int64_t chart_minute;
	/* Copied from its sum for alarms and slots. */
	int32_t running, registered, ready, jobs, refused;
	bool at_max, guarded, spot;
	int64_t refused_since_ms; /* the first of the counted ones */
	int64_t short_since_ms;
	char *refusal;		/* text of the last failed launch */
	int32_t blocks;		/* pods that wait for its maximum to rise */
	int64_t blocks_since_ms; /* the oldest of them was created */
	struct verdict *verdict; /* NULL: none */
	int64_t held_until_ms;	/* 0: it is not */
	char *held_why;
};

struct event_row {
	struct row row;
	/* store.ordinary or store.evictions; other warnings: neither */
	struct link in_sort;
};

struct activity_row {
	struct row row;
	struct link in_group;
};

struct job_row {
	struct row row;
	struct work *work;
	struct runner_row *runner;
	struct link in_runner;
	struct queue_row *queue;
	struct link in_queue;	/* only while it waits, oldest first */
	int64_t queued_ms;	/* the order in that list */
	int64_t phase_since_ms;
	uint8_t phase;
	uint8_t counted;	/* enum counted: in fleet, queue and runner */
	uint8_t counted_phase;	/* the phase it was counted under */
	bool started_noted, lost_noted;
	bool orphan;		/* GitLab does not list it any more */
};

enum counted { COUNTED_NOT, COUNTED_WAITING, COUNTED_RUNNING };

struct runner_row {
	struct row row;
	struct crew *crew;
	struct link jobs;	/* job_row.in_runner: counted ones */
	int32_t waiting, running;
	/* From the manager's configuration; -1 unknown. */
	int32_t concurrent, limit;
	int64_t poll_timeout_ms;
	struct pod_row *manager; /* or NULL */
	struct pod_row *ending;	/* another one that terminates, or NULL */
	uint32_t configured;	/* runner_epoch it was read at */
	int32_t ending_jobs, lost_jobs; /* counted once a second */
	bool elsewhere;		/* its executor makes no pods */
	/* Somebody changed what it takes while we watched. */
	int32_t took;		/* before that; -1: nothing seen */
	int64_t took_until_ms;
};

struct queue_row {
	struct row row;
	struct link waiting;	/* job_row.in_queue */
	uint32_t phase_n[PHASE_ENDING + 1]; /* of the waiting */
	uint32_t waiting_n, running_n;
	uint32_t runner_epoch;	/* when `served` was worked out ... */
	int64_t second_boot_ms;
	uint8_t served;		/* enum served */
	struct handle server;	/* a runner that explains it */
	char lacks[64];		/* a tag nobody carries, served by nobody */
	char tags[];
};

struct alarm_row {
	struct row row;
	uint32_t epoch;
	bool pinned; /* raised by control: stays until cleared */
};

struct start_sample {
	int64_t at_ms, wait_ms;
};

struct store {
	const struct clockwork *clock;
	struct sink sink;
	struct seal *seal;
	struct shelf shelf[KIND_COUNT];
	struct finder hosts, machines, works, crews;
	struct link managers; /* pod_row.in_managers */
	struct link waiting;  /* pod_row.in_waiting */
	struct link ailing;   /* node_row.in_ailing */
	struct link ordinary; /* event_row: no warnings, oldest first */
	struct link evictions; /* event_row: a kubelet evicted a pod */
	struct link told;     /* verdict.in_told */
	struct world_clock world;
	bool clock_told, frozen;
	struct source_status source[SOURCE_COUNT];
	struct place place;
	struct engine_status engine;
	struct fleet fleet;
	char identity[128]; /* ours as lease holder, "" */
	struct stream_view *streams; /* owned copies */
	uint32_t stream_n;
	bool streams_changed;
	/* Last published, for store_dirty. */
	struct source_status told_source[SOURCE_COUNT];
	struct place told_place;
	struct engine_status told_engine;
	struct fleet told_fleet;
	uint64_t seq;
	/* Bookkeeping of settling. */
	int64_t second_boot_ms; /* last once-a-second pass */
	int64_t chart_minute;
	uint32_t verdict_epoch, alarm_epoch, runner_epoch;
	uint32_t usage_epoch[2]; /* of nodes, of pods */
	struct start_sample *starts;
	uint32_t start_at, start_n;
	bool starts_changed;
	int64_t starts_minute;
	int32_t lost[LOST_MINUTES][LOST_CAUSES];
	int64_t lost_minute; /* of lost[lost_minute % LOST_MINUTES] */
	int64_t lost_first_ms; /* minute of the oldest loss counted; 0: none */
	int64_t lost_watched_from_ms; /* ends of jobs are seen since; 0: not */
	int64_t lost_looked_boot_ms;  /* the last time somebody looked */
	int32_t waiting_jobs, running_jobs;
	uint32_t jobs_without_node; /* at the last look at alarms */
	/* The usual shape of a job pod, for free slots. */
	int64_t shape_cpu_mcpu, shape_memory_bytes;
	char lease_key[RECORD_KEY], status_key[RECORD_KEY];
	/* Lease seen last: how long it stood still, by our own clocks. */
	char lease_rv[32];
	int64_t lease_boot_ms, lease_world_ms;
	bool lease_stands_still, lease_absent, lease_found_old, lease_found;
	/* Since when our own engine may not decide; boot: 0: it may. */
	int64_t blocked_boot_ms, blocked_world_ms;
	/* A shrunken list that nobody has accepted yet. */
	struct shrunken {
		uint32_t percent, from; /* live rows before it */
	} shrunk[KIND_COUNT];
};

/* The record or sum of a row, cast. */
static inline const void *
row_rec(const struct store *s, const struct row *r)
{
	return shelf_slot(&s->shelf[r->kind], r)->rec;
}

static inline const void *
row_sum(const struct store *s, const struct row *r)
{
	return shelf_slot(&s->shelf[r->kind], r)->sum;
}

static inline void
row_dirty(struct store *s, struct row *r)
{
	if (r)
		shelf_dirty(&s->shelf[r->kind], r);
}

/* ---- joins.c: hubs ---- */
struct host *host_of(struct store *s, const char *name);	/* makes it */
struct machine *machine_of(struct store *s, const char *id);
struct work *work_of(struct store *s, int64_t job_id);
struct crew *crew_of(struct store *s, const char *token);
/* Frees a hub nobody refers to any more. */
void host_release(struct store *s, struct host *h);
void machine_release(struct store *s, struct machine *m);
void work_release(struct store *s, struct work *w);
void crew_release(struct store *s, struct crew *c);
void joins_init(struct store *s);
void joins_fini(struct store *s);
void verdict_drop(struct verdict **v);
/* What it says, which may be nothing. */
const struct verdict *said(const struct verdict *v);

/* ---- one file a kind: put after the record is in its slot (new: first time),
 * ended when it went, forget before the row is freed, settle when dirty. */
struct row_ops {
	size_t bytes; /* of its row */
	bool keeps_ended;
	uint32_t ceiling; /* live rows; 0: as many as the source has */
	/* Which live row goes at the ceiling; NULL: the oldest. */
	struct row *(*least)(struct store *s);
	void (*put)(struct store *s, struct row *r, bool first);
	/* Gone from its source: true keeps it live for another reason. */
	bool (*lingers)(struct store *s, struct row *r);
	void (*ended)(struct store *s, struct row *r);
	void (*forget)(struct store *s, struct row *r);
	void (*settle)(struct store *s, struct row *r);
};
extern const struct row_ops pod_ops, node_ops, instance_ops, group_ops,
	activity_ops, event_ops, job_ops, runner_ops, manager_ops, queue_ops,
	configmap_ops, alarm_ops;

/* ---- usage.c ---- */
void usage_hear(struct store *s, enum kind kind, const char *key,
		int64_t mcpu, int64_t bytes);
void usage_end(struct store *s, enum kind kind);
/* -1 while nobody told it. */
int64_t usage_mcpu(const struct usage_word *u);
int64_t usage_bytes(const struct usage_word *u);

/* ---- phases.c ---- */
enum phase pod_phase_now(const struct pod *p, const struct pod_row *r);
/* Time it entered that phase, by the API's word; 0 when it does not say. */
int64_t pod_phase_since(const struct pod *p, const struct pod_row *r,
			enum phase phase);
/* Reads the clock of the world for a pod that gave up waiting. */
enum lost pod_lost(const struct pod *p, const struct pod_row *r,
		   int64_t world_ms);
/* One line: what it waits for or died of. */
void pod_why(const struct pod *p, const struct pod_row *r, enum phase phase,
	     char *out, size_t room);
bool pod_is_autoscaler(const struct pod *p);
bool pod_is_paddock(const struct pod *p);

/* ---- nodes.c ---- */
/* The machine's group or instance is another now. */
void machine_changed(struct store *s, struct machine *m);

/* ---- pods.c ---- */
/* Events may come before the pods they are about. */
void pods_hear_events(struct store *s);

/* ---- jobs.c, queues.c, runners.c ---- */
void job_from_pod(struct store *s, struct pod_row *r);
struct pod_row *work_pod(const struct work *w); /* newest, or NULL */
void job_unlink_runner(struct store *s, struct job_row *r);
void queue_enter(struct store *s, struct job_row *r);
void queue_leave(struct store *s, struct job_row *r);
/* jobs.c: whether pods are known has changed. */
void jobs_hear_pods(struct store *s);
/* Its waiting jobs need a runner that is not there, not up or full. */
/* Jobs without tags wait under this name. */
#define QUEUE_UNTAGGED "(none)"
bool queue_is_untagged(const struct queue_row *q);
/* queue_server.c: who could take a job of the queue; the queue's other jobs are
 * told when that changes. */
void queue_find_server(struct store *s, struct queue_row *q,
		       const struct job *j);
bool queue_starves(const struct queue_row *q);
void queue_server_says(const struct store *s, const struct queue_row *q,
		       char *out, size_t room);
/* Its runner is only full: that follows from whatever keeps its jobs. */
bool queue_is_full(const struct queue_row *q);
const char *queue_remedy(const struct queue_row *q); /* static text */
/* The same without numbers, for each of its jobs. */
void queue_server_means(const struct store *s, const struct queue_row *q,
			char *out, size_t room);
/* Managers or their configuration are others now. */
void runners_changed(struct store *s);
struct runner_row *runner_by_id(const struct store *s, int64_t id);
/* How sure we are that the pod runs this runner; 0: it does not. */
int runner_manages(const struct store *s, const struct runner *u,
		   const struct pod *p);
/* Once a second: whose manager ends, and which jobs have none any more. */
void runners_second(struct store *s);

/* ---- fleet.c ---- */
void fleet_started(struct store *s, int64_t at_ms, int64_t wait_ms);
void fleet_lost(struct store *s, int64_t at_ms, enum lost cause);
void fleet_settle(struct store *s);

/* ---- alarms.c, autoscaler.c, groups.c ---- */
void alarms_settle(struct store *s);
void autoscaler_settle(struct store *s);

/* ---- sources.c ---- */

/* What a sink tells of a source's state (port: struct sink). */
void source_told(void *ctx, enum source source, enum source_state state,
		 const struct err *err);
/* It was asked and does not answer. */
bool source_is_silent(const struct store *s, enum source source);
/* When it last said anything, in the time of the world; 0: never. */
int64_t source_seen_ms(const struct store *s, enum source source);
void groups_minute(struct store *s);
/* group_words.c: "AT MAX", and a short sentence or "". */
void group_state(const struct group_row *r, const struct group *g, char *out,
		 size_t room);
void group_describe(const struct store *s, const struct group_row *r,
		    const struct group *g, char *out, size_t room);

/* ---- store.c ---- */
/* Takes the record: replaces the live row of that key or adds one. */
struct row *store_take(struct store *s, const struct record *taken);
void store_end(struct store *s, struct row *r);
void store_drop(struct store *s, struct row *r); /* forget and free */
const struct row_ops *ops_of(enum kind kind);

#endif
