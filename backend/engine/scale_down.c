/*
 * Scale-down: candidates, their order, cool-downs (reference 5.1, 5.2).
 */
#include "backend/engine/scale_down.h"

#include <stdlib.h>

#include "backend/engine/health.h"
#include "backend/engine/scale_up.h"

/* ---- cool-down ---- */

static bool
recent(const struct run *r, int64_t at_ms, enum policy_id delay)
{
	return at_ms != 0 && at_ms + policy_ms(r->policy, delay) > r->now_ms;
}

bool
in_cooldown(const struct run *r)
{
	if (r->no_scale_down)
		return true;
	if (policy_flag(r->policy, POLICY_DELAY_TYPE_LOCAL))
		return false;
	/* A scale-up of this very decision counts as just done. */
	if (r->growth.n > 0 && policy_ms(r->policy, POLICY_DELAY_AFTER_ADD) > 0)
		return true;
	return recent(r, r->last_up_ms, POLICY_DELAY_AFTER_ADD) ||
	       recent(r, r->last_fail_ms, POLICY_DELAY_AFTER_FAILURE) ||
	       recent(r, r->last_delete_ms, POLICY_DELAY_AFTER_DELETE);
}

bool
group_in_cooldown(const struct run *r, const struct node_group *g)
{
	if (!policy_flag(r->policy, POLICY_DELAY_TYPE_LOCAL))
		return false;
	return (g->planned > 0 &&
		policy_ms(r->policy, POLICY_DELAY_AFTER_ADD) > 0) ||
	       recent(r, g->last_up_ms, POLICY_DELAY_AFTER_ADD) ||
	       recent(r, g->last_delete_ms, POLICY_DELAY_AFTER_DELETE) ||
	       recent(r, g->last_fail_ms, POLICY_DELAY_AFTER_FAILURE);
}

/* ---- deletions under way ---- */

/* The node a running act removes; NONE for other acts. */
static uint32_t
node_going(const struct run *r, const struct act *a)
{
	if (a->outcome != ACT_RUNNING || a->by == ACT_BY_PERSON ||
	    !str_eq(a->what, "scaleDown") || !a->node)
		return NONE;
	return cluster_node_index(r->cluster, a->node);
}

bool
deletion_drains(const struct run *r, const struct act *a)
{
	uint32_t i = node_going(r, a);

	return i != NONE && r->nodes->at[i].deleting == 2;
}

/* A drain stays one when the last of its pods has gone. */
void
deletions_mark(struct run *r)
{
	struct drain_rules rules = { .run = r };
	struct drain d;

	WORLD_EACH(act, a, r->world, KIND_ACT)
	{
		const struct memory_act *m = memory_act(r->old, a->id);
		uint32_t i = node_going(r, a);

		if (i == NONE || r->nodes->at[i].deleting)
			continue;
		drain_node(&rules, i, &d);
		r->nodes->at[i].deleting =
			d.move_n > 0 || d.blocker || (m && m->drains) ? 2 : 1;
		if (r->nodes->at[i].group != NONE)
			r->groups->at[r->nodes->at[i].group].deleting++;
	}
}

/* ---- candidates ---- */

static bool
is_protected(const struct run *r, uint32_t node, const char **by)
{
	const struct cluster *c = r->cluster;

	if (!policy_flag(r->policy, POLICY_PROTECT_NODES))
		return false;
	for (uint32_t i = cluster_first(c, node); i != NONE;
	     i = cluster_next(c, i))
		if (pod_protects_node(c->pods.at[i].pod)) {
			*by = arena_printf(r->plan->arena, "%s/%s",
					   c->pods.at[i].pod->meta.ns,
					   c->pods.at[i].pod->meta.name);
			return true;
		}
	return false;
}

static bool
group_is_protected(const struct run *r, const struct node_group *g)
{
	if (policy_list_has(r->policy, POLICY_PROTECTED_GROUP, g->name))
		return true;
	for (uint32_t i = 0; g->template && i < g->template->node->taint_n;
	     i++)
		if (policy_list_has(r->policy, POLICY_PROTECTED_TAINT,
				    g->template->node->taints[i].key))
			return true;
	return false;
}

/* Nodes that could go at all; says of the others why not. */
static bool
is_candidate(struct run *r, uint32_t i)
{
	struct known_node *k = &r->nodes->at[i];
	const struct node_group *g;

	k->by = "";
	if (k->group == NONE) {
		k->blocked = "NotAutoscaled";
		return false;
	}
	g = &r->groups->at[k->group];
	if (k->deleting) {
		k->blocked = "CurrentlyBeingDeleted";
	} else if (k->upcoming) {
		k->blocked = "NotUnneededOtherReason";
		k->by = "has not started yet";
	} else if (group_is_held(r, g->name)) {
		k->blocked = "Held";
	} else if (group_is_protected(r, g)) {
		k->blocked = "Protected";
		k->by = "its group";
	} else if (is_protected(r, i, &k->by)) {
		k->blocked = "Protected";
	} else if (g->target + g->planned <= g->min) {
		k->blocked = "NodeGroupMinSizeReached";
		k->by = arena_printf(r->plan->arena, "%d, minimum %d",
				     (int)(g->target + g->planned),
				     (int)g->min);
	} else if (group_in_cooldown(r, g)) {
		k->blocked = "NotUnneededOtherReason";
		k->by = "its group pauses: scale-down-delay-after-*";
	} else {
		return true;
	}
	return false;
}

struct ranked {
	uint32_t node;
	bool full, waits, fresh; /* false sorts first */
};

static int
by_rank(const void *pa, const void *pb)
{
	const struct ranked *a = pa, *b = pb;

	if (a->full != b->full)
		return a->full ? 1 : -1;
	if (a->waits != b->waits)
		return a->waits ? 1 : -1;
	if (a->fresh != b->fresh)
		return a->fresh ? 1 : -1;
	return a->node < b->node ? -1 : a->node > b->node;
}

/* Empty ones first, then without pods to wait for, then those of last time. */
static uint32_t
rank_candidates(struct run *r, uint32_t *out)
{
	struct drain_rules rules = { .run = r };
	struct ranked *all = arena_alloc(r->scratch,
					 r->nodes->n * sizeof(*all) + 1);
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->nodes->n; i++) {
		const struct memory_node *m;
		struct drain d;

		if (!is_candidate(r, i))
			continue;
		r->nodes->at[i].candidate = true;
		m = memory_node(r->old, r->nodes->at[i].node->meta.name);
		drain_node(&rules, i, &d);
		all[n].node = i;
		all[n].full = d.blocker || d.move_n > 0;
		all[n].waits = !all[n].full && d.waiting > 0;
		all[n++].fresh = !m || m->unneeded_since_ms == 0;
	}
	if (n > 1)
		qsort(all, n, sizeof(*all), by_rank);
	for (uint32_t i = 0; i < n; i++)
		out[i] = all[i].node;
	return n;
}

/* ---- the whole ---- */

void
scale_down(struct run *r)
{
	uint32_t *candidates = arena_alloc(
		r->scratch, r->nodes->n * sizeof(*candidates) + 1);
	uint32_t n = rank_candidates(r, candidates);

	unneeded_update(r, candidates, n);
	if (in_cooldown(r)) {
		r->plan->scale_down_result = "ScaleDownInCooldown";
	} else if (n == 0) {
		r->plan->scale_down_result = "ScaleDownNoCandidates";
	} else {
		removals_choose(r);
		r->plan->scale_down_result =
			r->removals.n > 0 ? "ScaleDownNodeDeleteStarted"
					  : "ScaleDownNoNodeDeleted";
	}
	soft_taints(r);
}
