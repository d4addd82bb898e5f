/*
 * The engine's run, shared by engine_run.c (when), engine_policy.c (with what),
 * engine_report.c (what is shown) and engine_act.c (what is done).
 */
#ifndef CONTROL_ENGINE_PRIVATE_H
#define CONTROL_ENGINE_PRIVATE_H

#include "backend/base/map.h"
#include "backend/control/engine_run.h"

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
	int64_t due_world_ms;
	int64_t decided_boot_ms, looked_boot_ms;
	int32_t pending_seen;	/* waiting pods at the last decision */
	struct reactor_timer *timer;
	bool probing;
	/* What came of it. */
	const struct plan *plan;
	const struct memory *memory;
	uint64_t decisions;	/* numbered from 1 */
	uint64_t digest;	/* of what the last decision said */
	uint64_t told_digest;
	bool said;		/* it was about something */
	struct map *desired;	/* group -> what it wanted when last seen */
	/* What is done. */
	uint32_t acts;		/* under way: none or one */
	struct step *doing;
	uint32_t failures;	/* in a row (rule 4) */
	uint32_t step;		/* index in plan->scale_up that waits */
	bool approved;
};

/* engine_policy.c: true when the policy changed. */
bool engine_resolve_policy(struct engine_run *e, const struct snapshot *s);

/* engine_report.c */
void engine_report(struct engine_run *e, const struct snapshot *s);
/* Groups whose desired size moved: who did it. */
void engine_watch_groups(struct engine_run *e, const struct snapshot *s);
/* Decision number 0: the step that waits for approval; text NULL: none. */
void engine_show_step(struct engine_run *e, const char *text);
struct decision_text {
	const char *by, *what, *subject, *change, *reason, *detail;
	struct handle target;
};
void engine_decision(struct engine_run *e, uint64_t number,
		     const struct decision_text *d);

/* engine_act.c */
void engine_act(struct engine_run *e);
void engine_act_free(struct engine_run *e);

#endif
