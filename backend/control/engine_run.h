/*
 * Running the engine: when to decide, what to show of it, and, in active
 * modes, carrying it out through act_run.
 */
#ifndef CONTROL_ENGINE_RUN_H
#define CONTROL_ENGINE_RUN_H

#include "backend/control/backend_private.h"
#include "backend/engine/engine.h"

struct engine_run *engine_run_new(struct backend *b, struct err *err);
void engine_run_free(struct engine_run *e);
/* Starts a decision when one is due; once a turn. */
void engine_turn(struct backend *b);
bool engine_is_idle(const struct engine_run *e);
/* The last plan, borrowed; NULL before the first. */
const struct plan *engine_plan(const struct backend *b);

/* What decisions are made with, borrowed; NULL before the first. */
const struct policy *engine_policy(const struct backend *b);

/* A person, or the command line, chose a mode. */
bool engine_set_mode(struct backend *b, enum engine_mode mode,
		     struct err *err);
/* Carries out the step that waits; shown: its text as the person saw it, ""
 * for whatever waits. */
bool engine_approve(struct backend *b, const char *shown, struct err *err);
/* Rule 13: advisory, hand back; what is not sent yet is not sent. */
void engine_panic(struct backend *b);
/* The lease is gone: advisory, at once. */
void engine_lost_lead(struct backend *b);
/* The lease is ours and the former holder has stopped. */
void engine_began_to_lead(struct backend *b);
/* Handing back: nothing new is begun, what can be undone is. */
void engine_stop_acting_on(struct backend *b, const char *why);
/* Nodes that still carry a taint of ours, "n1, n2"; how many. */
uint32_t engine_removing(const struct backend *b, struct buf *names);
/* A person holds the group: what can still be given up is. */
void engine_hold_began(struct backend *b, const char *group);
/* Removing nodes is switched off at first in an interactive take-over. */
void engine_set_scale_down(struct backend *b, bool on);

/* Where the deployed autoscaler keeps its Lease, "ns/name". */
const char *engine_lease_key(const struct backend *b);
/* False with err: why nothing is decided now (rule 8). */
bool engine_data_ok(const struct backend *b, struct err *err);

#endif
