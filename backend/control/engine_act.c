/*
 * Carrying out a plan's scale-ups, one step at a time: covered by the lease,
 * approved where the mode asks for it, within the step limits, on a group that
 * is still as it was decided upon (design 5; design 8, rules 3, 4, 7).
 *
 * Scale-down is not carried out here: in an interactive take-over it is
 * switched off, an extra node costs cents, a killed job costs trust.
 */
#include "backend/control/engine_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/control/act_run.h"
#include "backend/control/lease.h"
#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"

struct step { /* one SetDesiredCapacity */
	struct engine_run *run;
	char *group;
	int32_t from, to;
	uint32_t pods;
	struct target target;
	struct seal *seal;
};

/* ---- rule 4 ---- */

/* What we added to the group within the window. */
static int32_t
added_lately(const struct engine_run *e, const struct snapshot *s,
	     const char *group)
{
	int64_t window = policy_ms(e->policy, POLICY_STEP_WINDOW);
	const struct slot *slot;
	int32_t sum = 0;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ACT, &i, NULL));) {
		const struct act *a = (const void *)slot->rec;

		if (a->by == ACT_BY_PADDOCK && a->outcome != ACT_FAILED &&
		    str_eq(a->group, group) && str_eq(a->what, "scaleUp") &&
		    s->clock.world_ms - a->started_ms < window)
			sum += a->to - a->from;
	}
	return sum;
}

/* How far the group may grow now: at most max(10, 50 %) in ten minutes. */
static int32_t
limited(const struct engine_run *e, const char *group, int32_t from,
	int32_t to)
{
	int64_t most = policy_int(e->policy, POLICY_STEP_ADD);
	int64_t share = policy_int(e->policy, POLICY_STEP_ADD_PERCENT);
	const struct snapshot *s;
	int64_t left;

	if (most <= 0)
		return to;
	if (from * share / 100 > most)
		most = from * share / 100;
	s = store_peek(e->backend->store);
	left = most - added_lately(e, s, group);
	snapshot_unref(s);
	if (left < 0)
		left = 0;
	return to - from > left ? from + (int32_t)left : to;
}

/* ---- one step ---- */

static void
free_step(struct step *t)
{
	t->run->doing = NULL;
	seal_free(t->seal);
	free(t->group);
	free(t);
}

static void
step_failed(struct engine_run *e, const struct err *err)
{
	int64_t most = policy_int(e->policy, POLICY_STEP_FAILURES);

	e->failures++;
	backend_note(e->backend, SEVERITY_WARN, err->code, "paddock: %s",
		     err->text);
	if (most <= 0 || e->failures < most)
		return;
	backend_note(e->backend, SEVERITY_CRIT, ERR_REFUSED,
		     "%u failures in a row: back to advisory (rule 4)",
		     e->failures);
	engine_set_mode(e->backend, MODE_ADVISORY, NULL);
}

static void
on_act_done(void *ctx, const struct act_end *o)
{
	struct step *t = ctx;
	struct engine_run *e = t->run;

	e->acts--;
	if (o->err.code) {
		step_failed(e, &o->err);
	} else {
		e->failures = 0;
		backend_note(e->backend, SEVERITY_INFO, ERR_NONE,
			     "%s %d>%d", t->group, t->from, t->to);
	}
	aws_refresh(e->backend->aws);
	free_step(t);
	engine_act(e);
}

static void
on_sent(void *ctx, const struct aws_answer *a)
{
	act_run_answer(ctx, &a->err, NULL);
}

static bool
send_step(void *ctx, struct act_run *a, struct permit *permit,
	  struct err *err)
{
	struct step *t = ctx;

	return aws_set_desired(t->run->backend->aws, permit, t->group, t->to,
			       on_sent, a, err);
}

static bool
start_step(struct step *t, struct err *err)
{
	char before[48], after[48], why[96];

	snprintf(before, sizeof(before), "desired=%d", t->from);
	snprintf(after, sizeof(after), "desired=%d", t->to);
	snprintf(why, sizeof(why), "%u pods fit nowhere else", t->pods);
	return act_run_start(t->run->backend,
			     &(struct act_spec){
				     .row = ROW_AWS_SET_DESIRED,
				     .verb = "scale",
				     .by = ACT_BY_PADDOCK,
				     .kind = KIND_GROUP,
				     .target = &t->target,
				     .why = why,
				     .before = before,
				     .after = after,
				     .request_ms = LEASED_REQUEST_MS,
				     .what = "scaleUp",
				     .group = t->group,
				     .from = t->from,
				     .to = t->to,
				     .send = send_step,
				     .done = on_act_done,
				     .ctx = t,
			     },
			     err);
}

/* The group as AWS has it now must be the one that was decided upon. */
static bool
is_unchanged(struct step *t, const struct aws_answer *a, struct err *err)
{
	const struct tree *list = tree_get(a->body, "AutoScalingGroups");

	if (a->err.code) {
		*err = a->err;
		return false;
	}
	tree_each (one, list) {
		const struct record *r =
			codec_of(KIND_GROUP)->decode(t->seal, one, err);
		const struct group *g = (const void *)r;
		bool same, fits;

		if (!r)
			return false;
		same = g->desired == t->from && str_eq(g->name, t->group);
		fits = t->to <= g->max;
		if (!same)
			err_set(err, ERR_CONFLICT,
				"%s wants %d now, %d was decided upon",
				t->group, g->desired, t->from);
		else if (!fits)
			err_set(err, ERR_REFUSED,
				"%s: %d is above its maximum %d (rule 4)",
				t->group, t->to, g->max);
		record_unref(r);
		return same && fits;
	}
	return err_set(err, ERR_GONE, "aws says: there is no group %s",
		       t->group);
}

static void
on_reread(void *ctx, const struct aws_answer *a)
{
	struct step *t = ctx;
	struct engine_run *e = t->run;
	struct err err = { .code = ERR_NONE };

	if (is_unchanged(t, a, &err) && start_step(t, &err))
		return;
	e->acts--;
	/* Somebody was faster: no failure, the next decision sees it. */
	if (err.code == ERR_CONFLICT)
		aws_refresh(e->backend->aws);
	else
		step_failed(e, &err);
	free_step(t);
}

static void
begin(struct engine_run *e, const struct plan_scale_up *up, int32_t to)
{
	struct step *t = xcalloc(1, sizeof(*t));
	struct err err;

	t->run = e;
	t->group = xstrdup(up->group);
	t->from = up->from;
	t->to = to;
	t->pods = up->pod_n;
	t->seal = seal_new();
	snprintf(t->target.name, sizeof(t->target.name), "%s", up->group);
	e->acts++;
	e->doing = t;
	if (aws_describe_group(e->backend->aws, t->group, on_reread, t, &err))
		return;
	e->acts--;
	step_failed(e, &err);
	free_step(t);
}

/* ---- which step ---- */

/* Done or under way already: the plan is older than the act. */
static bool
is_stale(const struct engine_run *e, const struct plan_scale_up *up)
{
	const struct group *g =
		store_find(e->backend->store, KIND_GROUP, up->group, NULL);
	const struct snapshot *s = store_peek(e->backend->store);
	const struct slot *slot;
	bool stale = !g || g->desired != up->from;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ACT, &i, NULL));) {
		const struct act *a = (const void *)slot->rec;

		stale |= a->by == ACT_BY_PADDOCK &&
			 str_eq(a->group, up->group) &&
			 a->started_ms >= e->plan->time_ms;
	}
	snapshot_unref(s);
	return stale;
}

static const struct plan_scale_up *
next_step(struct engine_run *e, int32_t *to)
{
	for (uint32_t i = 0; i < e->plan->scale_up_n; i++) {
		const struct plan_scale_up *up = &e->plan->scale_up[i];

		if (up->to <= up->from || is_stale(e, up))
			continue;
		*to = limited(e, up->group, up->from, up->to);
		if (*to > up->from)
			return up;
	}
	return NULL;
}

void
engine_act(struct engine_run *e)
{
	struct engine_status *status = store_engine(e->backend->store);
	const struct plan_scale_up *up;
	char text[256];
	int32_t to;

	if (status->mode == MODE_ADVISORY || !e->plan || e->acts ||
	    e->backend->quitting)
		return;
	if (!leading_acts(e->backend->leading)) {
		snprintf(status->blocked, sizeof(status->blocked),
			 "waits for %s",
			 leading_waits_for(e->backend->leading));
		return;
	}
	up = next_step(e, &to);
	if (!up) {
		engine_show_step(e, NULL);
		e->approved = false;
		return;
	}
	snprintf(text, sizeof(text), "scale %s %d>%d for %u %s", up->group,
		 up->from, to, up->pod_n, up->pod_n == 1 ? "pod" : "pods");
	if (status->mode == MODE_APPROVAL && !e->approved) {
		if (strcmp(text, status->next_step) != 0)
			engine_show_step(e, text);
		return;
	}
	/* An approval is good for the step that was shown. */
	if (status->mode == MODE_APPROVAL &&
	    strcmp(text, status->next_step) != 0) {
		e->approved = false;
		engine_show_step(e, text);
		return;
	}
	e->approved = false;
	engine_show_step(e, NULL);
	begin(e, up, to);
}

/* Its request never got an answer: the journal will show it as orphaned. */
void
engine_act_free(struct engine_run *e)
{
	if (e->doing)
		free_step(e->doing);
}
