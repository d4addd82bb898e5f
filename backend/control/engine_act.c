/*
 * Carrying out a plan, step by step: covered by the lease, approved where the
 * mode asks for it, on fresh data (design 5; design 8, rules 3, 4, 8).
 *
 * Scale-down is off at first in an interactive take-over: an extra node costs
 * cents, a killed job costs trust.
 */
#include "backend/control/engine_choice.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/control/act_run.h"
#include "backend/control/engine_tell.h"
#include "backend/control/lease.h"
#include "backend/control/removal.h"
#include "backend/control/resize.h"
#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

/* A step that is shown may grow with what waits, but not at every decision. */
#define SHOWN_MS ((int64_t)30 * 1000)
/* A plan older than this is not acted upon, whoever approves it (rule 8). */
#define PLAN_MS ((int64_t)30 * 1000)

struct shown { /* the step that waits for approval */
	bool there;
	struct choice choice;
	int64_t since_boot_ms;
	VEC(char *) pods;
};

struct acting {
	struct resize *resize;
	struct shown shown;
	char group[RECORD_KEY]; /* of the resize */
	int32_t from, to;
};

/* ---- how steps end ---- */

static void
on_resized(void *ctx, const struct err *err, int32_t to)
{
	struct engine_run *e = ctx;

	e->acting->resize = NULL;
	e->doing = false;
	if (!err->code)
		backend_note(e->backend, SEVERITY_INFO, ERR_NONE, "%s %d>%d",
			     e->acting->group, e->acting->from, to);
	engine_tell_resized(e, err, e->acting->group, e->acting->from, to);
	if (!err->code && to > e->acting->from)
		e->done.added += (uint64_t)(to - e->acting->from);
	if (err->code && err->code != ERR_CONFLICT && e->acting->to >
						       e->acting->from) {
		e->done.not_asked.times++;
		e->done.not_asked.nodes += (uint64_t)(e->acting->to -
						       e->acting->from);
	}
	engine_step_ended(e, KIND_GROUP, e->acting->group, err);
	engine_act(e);
}

static void
on_removed(void *ctx, const char *node, bool drained, const struct err *err)
{
	struct engine_run *e = ctx;
	const struct node *n = store_find(e->backend->store, KIND_NODE, node,
					  NULL);

	/* One that never became a node is told of as such. */
	if (n) {
		engine_tell_removed(e, node, drained, err);
		e->done.removed_unready += !err->code && !node_is_ready(n);
		e->done.removed_drained += !err->code && node_is_ready(n) &&
					   drained;
		e->done.removed_empty += !err->code && node_is_ready(n) &&
					 !drained;
	}
	if (!err->code)
		backend_note(e->backend, SEVERITY_INFO, ERR_NONE,
			     "%s was terminated", node);
	engine_step_ended(e, KIND_NODE, node, err);
}

/* ---- beginning one ---- */

static bool
begin_resize(struct engine_run *e, const struct choice *c)
{
	struct acting *a = e->acting;
	char why[96];

	if (c->kind == CHOICE_GROW)
		snprintf(why, sizeof(why), "%u pods fit nowhere else",
			 c->pods);
	else
		snprintf(why, sizeof(why), "repair: %.80s",
			 c->to_live ? "launches that do not come"
				    : "wrong size");
	snprintf(a->group, sizeof(a->group), "%s", c->subject);
	a->from = c->from;
	a->to = c->to;
	e->doing = true;
	if (c->kind == CHOICE_GROW)
		engine_tell_growth(e, c->subject, c->from, c->to);
	a->resize = resize_start(e->backend,
				 &(struct resize_spec){ .group = c->subject,
							.why = why,
							.from = c->from,
							.to = c->to,
							.to_live = c->to_live,
							.done = on_resized,
							.ctx = e });
	return true;
}

static bool
begin_removal(struct engine_run *e, const struct choice *c, struct err *err)
{
	for (uint32_t i = 0; i < e->plan->scale_down_n; i++)
		if (str_eq(e->plan->scale_down[i].node, c->subject)) {
			engine_tell_removal(e, &e->plan->scale_down[i]);
			return removals_start(e->removals,
					      &e->plan->scale_down[i],
					      e->policy, err);
		}
	return err_set(err, ERR_CONFLICT, "%s is needed again", c->subject);
}

static void
begin(struct engine_run *e, const struct choice *c)
{
	struct err err = { .code = ERR_NONE };
	bool begun = true;

	switch ((enum choice_kind)c->kind) {
	case CHOICE_CLEAN:
		begun = removals_clean(e->removals, c->subject,
				       policy_flag(e->policy, POLICY_CORDON),
				       &err);
		break;
	case CHOICE_GROW:
	case CHOICE_SIZE:
		begin_resize(e, c);
		break;
	case CHOICE_END:
		begun = removals_end_instance(e->removals, c->subject,
					      c->instance, &err);
		break;
	case CHOICE_REMOVE:
		begun = begin_removal(e, c, &err);
		break;
	case CHOICE_KINDS:
		return;
	}
	if (!begun)
		engine_step_ended(e, c->kind == CHOICE_END ? KIND_GROUP
							   : KIND_NODE,
				  c->subject, &err);
}

/* ---- approval ---- */

static void
hide(struct engine_run *e)
{
	struct shown *s = &e->acting->shown;

	for (uint32_t i = 0; i < s->pods.n; i++)
		free(s->pods.at[i]);
	vec_free(&s->pods);
	memset(s, 0, sizeof(*s));
	e->approved = false;
	engine_show_step(e, NULL);
}

static void
show(struct engine_run *e, const struct choice *c)
{
	struct shown *s = &e->acting->shown;

	hide(e);
	s->there = true;
	s->choice = *c;
	s->since_boot_ms = backend_boot_ms(e->backend);
	for (uint32_t i = 0; c->kind == CHOICE_GROW &&
			     i < e->plan->scale_up[c->at].pod_n; i++)
		vec_push(&s->pods, xstrdup(e->plan->scale_up[c->at].pods[i]));
	engine_show_step(e, c->text);
}

static bool
may_stay(struct engine_run *e, const struct choice *first)
{
	const struct shown *s = &e->acting->shown;
	int64_t age = backend_boot_ms(e->backend) - s->since_boot_ms;

	if (!s->there ||
	    !choice_holds(e, &s->choice, s->pods.at, s->pods.n))
		return false;
	/* The same step with other numbers: now and then. */
	return !(first && age >= SHOWN_MS && first->kind == CHOICE_GROW &&
		 strcmp(first->subject, s->choice.subject) == 0 &&
		 first->to > s->choice.to);
}

/* An approval is good for the step that was shown, and only while it is still
 * a good step. */
static void
act_with_approval(struct engine_run *e)
{
	struct choice_cursor at = { 0 };
	struct choice first;
	bool any = choice_next(e, &at, &first);
	struct shown *s = &e->acting->shown;

	if (!may_stay(e, any ? &first : NULL)) {
		if (any)
			show(e, &first);
		else if (s->there || store_engine(e->backend->store)
					     ->awaiting_approval)
			hide(e);
		return;
	}
	if (!e->approved)
		return;
	first = s->choice;
	hide(e);
	begin(e, &first);
}

/* ---- the whole ---- */

static void
set_blocked(struct engine_run *e, const char *text)
{
	struct engine_status *s = store_engine(e->backend->store);

	text_clean_to(s->blocked, sizeof(s->blocked), text, strlen(text));
}

static bool
may_act(struct engine_run *e)
{
	struct backend *b = e->backend;
	int64_t before_boot_ms;
	struct err err;
	char text[280];

	if (!leading_acts(b->leading)) {
		snprintf(text, sizeof(text), "waits for %s",
			 leading_waits_for(b->leading));
		set_blocked(e, *leading_waits_for(b->leading) ? text
							       : "");
		return false;
	}
	/* Decided before it led: what others did since is not in it. */
	if (e->plan_epoch != e->lead_epoch)
		return false;
	/* Nor is anything begun that the lease would not let end. */
	if (!engine_data_ok(b, &err) ||
	    !leading_covers(b, LEASED_REQUEST_MS, &before_boot_ms, &err)) {
		set_blocked(e, err.text);
		return false;
	}
	return backend_boot_ms(b) - e->planned_boot_ms <= PLAN_MS;
}

void
engine_act(struct engine_run *e)
{
	const struct engine_status *status = store_engine(e->backend->store);
	struct choice_cursor at = { 0 };
	struct choice c;

	if (status->mode == MODE_ADVISORY || !e->plan ||
	    e->backend->quitting || !may_act(e))
		return;
	if (status->mode == MODE_APPROVAL) {
		act_with_approval(e);
		return;
	}
	while (store_engine(e->backend->store)->mode == MODE_ACTIVE &&
	       choice_next(e, &at, &c))
		begin(e, &c);
	engine_taints(e);
}

/* ---- the beginning and the end of leading ---- */

static void
forget_stale_taints(struct engine_run *e)
{
	for (uint32_t i = 0; i < e->stale_taints.n; i++)
		free(e->stale_taints.at[i]);
	vec_free(&e->stale_taints);
}

/* Nodes the former leader was removing: its first loop would clean them, and
 * so does ours (reference 1, step 1).  What the cloud ends already is left. */
static void
find_stale_taints(struct engine_run *e)
{
	const struct snapshot *s = store_peek(e->backend->store);
	const struct slot *slot;

	forget_stale_taints(e);
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const struct node *n = (const void *)slot->rec;
		const struct node_sum *sum = (const void *)slot->sum;
		const struct group_sum *g =
			sum ? snapshot_sum(s, sum->group) : NULL;

		if (!slot->ended && g && g->managed &&
		    node_taint(n, TAINT_TO_BE_DELETED))
			vec_push(&e->stale_taints, xstrdup(n->meta.name));
	}
	snapshot_unref(s);
}

void
engine_began_to_lead(struct backend *b)
{
	struct engine_run *e = b->engine;

	find_stale_taints(e);
	engine_count_launches(e);
	e->seed_again = true;
	e->lead_epoch++;
	e->due_world_ms = 0; /* decide anew, at once */
}

uint32_t
engine_removing(const struct backend *b, struct buf *names)
{
	return removals_name(b->engine->removals, names) +
	       engine_unmark(b->engine, names);
}

void
engine_stop_acting(struct engine_run *e, const char *why)
{
	removals_stop(e->removals, why);
	hide(e);
}

void
engine_hold_began(struct backend *b, const char *group)
{
	struct engine_run *e = b->engine;

	if (!e)
		return;
	removals_stop_group(e->removals, group, "a person holds the group");
	e->due_world_ms = 0; /* decide anew, at once */
}

void
engine_stop_acting_on(struct backend *b, const char *why)
{
	engine_stop_acting(b->engine, why);
}

void
engine_forget_acts(struct engine_run *e)
{
	removals_forget(e->removals);
	hide(e);
}

void
engine_act_turn(struct engine_run *e)
{
	removals_turn(e->removals);
}

void
engine_act_new(struct engine_run *e)
{
	e->acting = xcalloc(1, sizeof(*e->acting));
	e->removals = removals_new(e->backend, on_removed, engine_tell_news,
				   e);
}

/* Requests that never got an answer: the journal will show them as orphaned. */
void
engine_act_free(struct engine_run *e)
{
	struct shown *s;

	if (!e->acting)
		return;
	s = &e->acting->shown;
	for (uint32_t i = 0; i < s->pods.n; i++)
		free(s->pods.at[i]);
	vec_free(&s->pods);
	resize_drop(e->acting->resize);
	removals_free(e->removals);
	engine_taints_free(e);
	forget_stale_taints(e);
	free(e->acting);
}
