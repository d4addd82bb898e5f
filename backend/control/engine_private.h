/*
 * The engine's run, shared by engine_run.c (when), engine_data.c (on what),
 * engine_policy.c (with what), engine_report.c and engine_steps.c (what is
 * shown), engine_record.c (what is kept of it), engine_mode.c, engine_act.c
 * and engine_choice.c (what is done), engine_failures.c (how that ended),
 * engine_taints.c and engine_seed.c.
 */
#ifndef CONTROL_ENGINE_PRIVATE_H
#define CONTROL_ENGINE_PRIVATE_H

#include "backend/base/map.h"
#include "backend/control/engine_run.h"

/* Since the start, for monitoring. */
enum { DURATION_BUCKETS = 150 };
struct done_counts {
	uint64_t removed_unready, cloud_errors, api_errors;
	uint64_t skipped_cpu, skipped_memory;
	uint64_t loops, lasted_ms, lasted[DURATION_BUCKETS];
	int64_t scale_up_ms, scale_down_ms; /* wall; when it was thought of */
	uint64_t added, removed_empty, removed_drained;
	/* Scale-ups that failed, and the nodes they were for, by reason: asking
	 * failed, no node came in time, the cloud refused. */
	struct failed_launches {
		uint64_t times, nodes;
	} not_asked, timed_out, refused;
	uint64_t evicted, not_evicted, unregistered; /* pods; instances */
};

struct limits { /* of a group */
	int32_t min, max;
};

struct engine_run {
	struct backend *backend;
	/* With what. */
	const struct policy *policy; /* resolved; replaced when facts change */
	char *resolved_from;	/* uid/resourceVersion of CA's Deployment */
	bool guessed_groups;	/* neither policy nor CA names any group */
	bool leader_elect;	/* CA's flag; without it none takes over */
	char lease_key[RECORD_KEY], status_key[RECORD_KEY];
	int64_t scan_ms;
	/* When. */
	struct deciding *deciding; /* on the worker, or NULL */
	struct engine_recorder *recorder; /* NULL: nothing is recorded */
	int64_t due_world_ms;
	int64_t decided_boot_ms, looked_boot_ms;
	int32_t pending_seen;	/* waiting pods at the last decision */
	struct reactor_timer *timer;
	bool probing;
	uint8_t seeded;		/* enum seed_state */
	int64_t seed_boot_ms;	/* since when lists are waited for */
	bool seed_again;	/* before the next decision: it leads since */
	/* What came of it. */
	const struct plan *plan;
	const struct memory *memory;
	uint64_t decisions;	/* numbered from 1 */
	uint64_t digest;	/* of what the last decision said */
	uint64_t told_digest;
	bool said;		/* it was about something */
	bool steps_put;		/* the plan stands in the store as rows */
	struct shadow *shadow;
	struct status_map *status;
	struct events *events;
	struct monitor *monitor; /* NULL: nobody listens */
	struct done_counts done;
	struct map *desired;	/* group -> what it wanted when last seen */
	struct map *limits;	/* group -> struct limits, the same */
	/* What is done. */
	struct acting *acting;
	struct removals *removals;
	struct mark *marks;	/* taints under way */
	VEC(char *) stale_taints; /* nodes the former leader was removing */
	bool doing;		/* a group is being resized */
	bool scale_down;	/* off at first in an interactive take-over */
	bool approved;		/* the step that is shown */
	uint32_t failures;	/* in a row (rule 4); engine_failures.c */
	int64_t failed_ms;	/* world; the last of them */
	/* A plan is acted upon only when it was begun after we led. */
	uint32_t lead_epoch, plan_epoch;
	int64_t planned_boot_ms; /* when that plan's data was taken */
};

/* engine_data.c: a quiet cluster says nothing for a minute; that must not look
 * old, so it is asked. */
void engine_probe(struct engine_run *e);

/* engine_policy.c: true when the policy changed. */
bool engine_resolve_policy(struct engine_run *e, const struct snapshot *s);

/* engine_report.c */
void engine_report(struct engine_run *e, const struct snapshot *s);
/* engine_others.c: groups whose size or limits moved, and who did it. */
void engine_watch_groups(struct engine_run *e, const struct snapshot *s);
/* Decision number 0: the step that waits for approval; text NULL: none. */
void engine_show_step(struct engine_run *e, const char *text);
struct decision_text {
	const char *by, *what, *subject, *change, *reason, *detail;
	struct handle target;
};
void engine_decision(struct engine_run *e, uint64_t number,
		     const struct decision_text *d);

/* engine_steps.c: the plan as rows of the store. */
void engine_put_steps(struct engine_run *e);

/* engine_record.c; r NULL is fine for the last two. */
struct engine_recorder *engine_recorder_new(struct backend *b,
					    struct err *err);
void engine_recorder_free(struct engine_recorder *r);
void engine_record(struct engine_recorder *r, const struct engine_input *in,
		   const struct plan *plan);

/* engine_act.c */
void engine_act_new(struct engine_run *e);
void engine_act_free(struct engine_run *e);
/* Takes the steps that may be taken now. */
void engine_act(struct engine_run *e);
void engine_act_turn(struct engine_run *e); /* goes on with those begun */
/* Nothing new; what can still be undone is. */
void engine_stop_acting(struct engine_run *e, const char *why);
/* The lease is gone: nothing at all may be sent. */
void engine_forget_acts(struct engine_run *e);

/* engine_failures.c: a step ended; stops acting after too many failures. */
void engine_step_ended(struct engine_run *e, enum kind kind,
		       const char *subject, const struct err *err);
/* An active mode is chosen; by a person: what failed before is forgotten.
 * False with err: too much failed before this start. */
bool engine_failures_allow(struct engine_run *e, bool by_person,
			   struct err *err);
void engine_recall_failures(struct engine_run *e);

/* engine_taints.c */
void engine_taints(struct engine_run *e);
uint32_t engine_unmark(struct engine_run *e, struct buf *names);
void engine_taints_free(struct engine_run *e);

/* engine_seed.c: what the cluster shows, before the first decision. */
enum seed_state { SEED_NOT, SEED_ASKED, SEED_DONE };
/* True when decisions may begin; else it is being asked for. */
bool engine_seed(struct engine_run *e);
/* Again, on taking over: what the former leader avoided. */
void engine_seed_again(struct engine_run *e);
void engine_count_launches(struct engine_run *e);

/* engine_past.c: acts of earlier runs. */
void engine_recall(struct engine_run *e);

#endif
