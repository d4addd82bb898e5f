/*
 * Which steps of a plan may be taken now.
 */
#include "backend/control/engine_choice.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/control/hold.h"
#include "backend/control/removal.h"
#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

/* ---- rule 4 ---- */

struct lately {
	int32_t added, removed;
};

/* What we did to the group within the window. */
static struct lately
done_lately(const struct engine_run *e, const char *group)
{
	const struct snapshot *s = store_peek(e->backend->store);
	int64_t window = policy_ms(e->policy, POLICY_STEP_WINDOW);
	const struct slot *slot;
	struct lately sum = { 0, 0 };

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ACT, &i, NULL));) {
		const struct act *a = (const void *)slot->rec;

		if (a->by != ACT_BY_PADDOCK || a->outcome == ACT_FAILED ||
		    !str_eq(a->group, group) ||
		    s->clock.world_ms - a->started_ms >= window)
			continue;
		if (str_eq(a->what, "scaleUp"))
			sum.added += a->to - a->from;
		sum.removed += str_eq(a->what, "scaleDown");
	}
	snapshot_unref(s);
	return sum;
}

/* How far the group may grow now: at most max(10, 50 %) in ten minutes. */
static int32_t
limited(const struct engine_run *e, const char *group, int32_t from,
	int32_t to)
{
	int64_t most = policy_int(e->policy, POLICY_STEP_ADD);
	int64_t share = policy_int(e->policy, POLICY_STEP_ADD_PERCENT);
	int64_t added, base, left;

	if (most <= 0)
		return to;
	added = done_lately(e, group).added;
	base = from > added ? from - added : 0;
	if (base * share / 100 > most)
		most = base * share / 100;
	left = most > added ? most - added : 0;
	return to - from > left ? from + (int32_t)left : to;
}

static bool
may_remove(const struct engine_run *e, const char *group)
{
	int64_t most = policy_int(e->policy, POLICY_STEP_REMOVE);

	return most <= 0 || done_lately(e, group).removed < most;
}

/* ---- is it as it was decided upon? ---- */

/* Done or under way already: the plan is older than the act. */
static bool
is_stale(const struct engine_run *e, const char *group, int32_t from)
{
	const struct group *g =
		store_find(e->backend->store, KIND_GROUP, group, NULL);
	const struct snapshot *s = store_peek(e->backend->store);
	const struct slot *slot;
	/* A hold may have begun since the decision. */
	bool stale = !g || g->desired != from ||
		     hold_of(e->backend->holds, group);

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ACT, &i, NULL));) {
		const struct act *a = (const void *)slot->rec;

		stale |= a->by == ACT_BY_PADDOCK && str_eq(a->group, group) &&
			 a->started_ms >= e->plan->time_ms;
	}
	snapshot_unref(s);
	return stale;
}

static void
name(struct choice *c, const char *subject)
{
	snprintf(c->subject, sizeof(c->subject), "%s", subject);
}

/* ---- one kind each: 1 a step, 0 none here, -1 no more ---- */

static int
clean_at(const struct engine_run *e, struct choice *c)
{
	const struct node *n;

	if (c->at >= e->stale_taints.n)
		return -1;
	name(c, e->stale_taints.at[c->at]);
	n = store_find(e->backend->store, KIND_NODE, c->subject, NULL);
	if (!n || !node_taint(n, TAINT_TO_BE_DELETED) ||
	    removals_has(e->removals, c->subject))
		return 0;
	snprintf(c->text, sizeof(c->text),
		 "take the former autoscaler's taint of removal off %.190s",
		 c->subject);
	return 1;
}

static int
grow_at(const struct engine_run *e, struct choice *c)
{
	const struct plan_scale_up *up;

	if (c->at >= e->plan->scale_up_n)
		return -1;
	up = &e->plan->scale_up[c->at];
	if (e->doing || up->to <= up->from ||
	    is_stale(e, up->group, up->from))
		return 0;
	name(c, up->group);
	c->from = up->from;
	c->to = limited(e, up->group, up->from, up->to);
	c->pods = up->pod_n;
	snprintf(c->text, sizeof(c->text), "scale %.190s %d>%d for %u %s",
		 up->group, c->from, c->to, up->pod_n,
		 up->pod_n == 1 ? "pod" : "pods");
	return c->to > c->from;
}

static bool
is_placeholder(const char *instance)
{
	return str_has_prefix(instance, "i-placeholder");
}

static int
size_at(const struct engine_run *e, struct choice *c)
{
	const struct plan_fix *f;
	bool placeholders = false;

	if (c->at >= e->plan->fix_n)
		return -1;
	f = &e->plan->fixes[c->at];
	for (uint32_t i = 0; i < f->instance_n; i++)
		placeholders |= is_placeholder(f->instances[i]);
	if (strcmp(f->act, "untaint") == 0 || e->doing || f->from == f->to ||
	    (f->instance_n && !placeholders) ||
	    is_stale(e, f->group, f->from))
		return 0;
	name(c, f->group);
	c->from = f->from;
	c->to = f->to;
	c->to_live = placeholders;
	if (f->to > f->from)
		c->to = limited(e, f->group, f->from, f->to);
	snprintf(c->text, sizeof(c->text), "scale %.190s %d>%d: %s", f->group,
		 c->from, c->to,
		 placeholders	   ? "launches that do not come"
		 : f->to > f->from ? "it is below its minimum"
				   : "its size is wrong");
	return c->to != c->from;
}

static int
end_at(const struct engine_run *e, struct choice *c)
{
	const struct plan_fix *f;

	if (c->at >= e->plan->fix_n)
		return -1;
	f = &e->plan->fixes[c->at];
	if (strcmp(f->act, "untaint") == 0 || c->part >= f->instance_n)
		return -2; /* the next fix */
	if (is_placeholder(f->instances[c->part]) ||
	    removals_has(e->removals, f->instances[c->part]) ||
	    !may_remove(e, f->group) || is_stale(e, f->group, f->from))
		return 0;
	name(c, f->group);
	snprintf(c->instance, sizeof(c->instance), "%s",
		 f->instances[c->part]);
	snprintf(c->text, sizeof(c->text),
		 "end instance %s of %.120s: it never became a node",
		 c->instance, f->group);
	return 1;
}

static int
remove_at(const struct engine_run *e, struct choice *c)
{
	const struct plan_scale_down *d;

	if (!e->scale_down || c->at >= e->plan->scale_down_n)
		return -1;
	d = &e->plan->scale_down[c->at];
	if (removals_has(e->removals, d->node) || !may_remove(e, d->group) ||
	    hold_of(e->backend->holds, d->group) ||
	    !store_find(e->backend->store, KIND_NODE, d->node, NULL))
		return 0;
	name(c, d->node);
	snprintf(c->text, sizeof(c->text), "remove node %.120s of %.80s: %s",
		 d->node, d->group,
		 d->drain ? "its pods fit elsewhere" : "empty");
	return 1;
}

static int
choice_at(const struct engine_run *e, struct choice *c)
{
	switch ((enum choice_kind)c->kind) {
	case CHOICE_CLEAN:
		return clean_at(e, c);
	case CHOICE_GROW:
		return grow_at(e, c);
	case CHOICE_SIZE:
		return size_at(e, c);
	case CHOICE_END:
		return end_at(e, c);
	case CHOICE_REMOVE:
		return remove_at(e, c);
	case CHOICE_KINDS:
		break;
	}
	return -1;
}

bool
choice_next(const struct engine_run *e, struct choice_cursor *at,
	    struct choice *out)
{
	while (at->kind < CHOICE_KINDS) {
		int is;

		memset(out, 0, sizeof(*out));
		out->kind = at->kind;
		out->at = at->at;
		out->part = at->part;
		is = choice_at(e, out);
		if (is == -1) {
			*at = (struct choice_cursor){
				.kind = (uint8_t)(at->kind + 1)
			};
			continue;
		}
		if (is == -2 || at->kind != CHOICE_END) {
			at->at++;
			at->part = 0;
		} else {
			at->part++;
		}
		if (is == 1)
			return true;
	}
	return false;
}

/* ---- steps that were shown ---- */

/* The group would still take the pod: it was chosen or only not chosen. */
static bool
takes(const struct plan_pod *p, const char *group)
{
	if (!p || (p->fate != FATE_SCALE_UP && p->fate != FATE_REFUSED))
		return false;
	for (uint32_t i = 0; i < p->group_n; i++)
		if (str_eq(p->groups[i].group, group) &&
		    !str_has_prefix(p->groups[i].reason, PLAN_NOT_CHOSEN))
			return false;
	return true;
}

static bool
growth_holds(const struct engine_run *e, const struct choice *shown,
	     char *const *pods, uint32_t pod_n)
{
	const struct plan_group *g = plan_group(e->plan, shown->subject);
	uint32_t left = 0;

	if (e->doing || !g || *str_or_empty(g->skipped) ||
	    shown->to > g->max || is_stale(e, shown->subject, shown->from) ||
	    limited(e, shown->subject, shown->from, shown->to) != shown->to)
		return false;
	for (uint32_t i = 0; i < e->plan->scale_up_n; i++)
		if (str_eq(e->plan->scale_up[i].group, shown->subject))
			return e->plan->scale_up[i].to >= shown->to;
	for (uint32_t i = 0; i < pod_n; i++)
		left += takes(plan_pod(e->plan, pods[i]), shown->subject);
	return pod_n && left * 2 >= pod_n;
}

bool
choice_holds(const struct engine_run *e, const struct choice *shown,
	     char *const *pods, uint32_t pod_n)
{
	struct choice_cursor at = { .kind = shown->kind };
	struct choice c;

	if (shown->kind == CHOICE_GROW)
		return growth_holds(e, shown, pods, pod_n);
	while (at.kind == shown->kind && choice_next(e, &at, &c))
		if (c.kind == shown->kind &&
		    strcmp(c.text, shown->text) == 0)
			return true;
	return false;
}
