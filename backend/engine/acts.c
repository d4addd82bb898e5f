/*
 * Acts: what was really asked of the cloud, folded into requests, backoff and
 * the times that cool-downs count from (reference 3.9, 5.1).
 *
 * An act is counted once: memory lists those taken into account.  A memory
 * written by others may lack the list; then what is older than its request is
 * taken as counted.
 */
#include <stdlib.h>

#include "backend/engine/health.h"

/* The outcome known so far; false when the act is news. */
static bool
known(const struct run *r, const struct act *a, const struct node_group *g,
      uint8_t *outcome)
{
	const struct memory_act *m = memory_act(r->old, a->id);

	if (m) {
		*outcome = m->outcome;
		return true;
	}
	*outcome = a->outcome;
	if (r->old && (r->old->act_n > 0 ||
		       (r->old->time_ms != 0 &&
			a->started_ms >= r->old->time_ms)))
		return false; /* it began after the memory was made */
	if (g && g->request.time_ms != 0 && a->started_ms <= g->request.time_ms)
		return true;
	/* Long over: nothing of it can still be on its way. */
	return r->now_ms - a->started_ms >
	       policy_ms(r->policy, POLICY_MAX_NODE_PROVISION_TIME);
}

static void
later(int64_t *time, int64_t other)
{
	if (other > *time)
		*time = other;
}

static int64_t
end_of(const struct act *a)
{
	return a->ended_ms != 0 ? a->ended_ms : a->started_ms;
}

static int32_t
growth_of(const struct act *a)
{
	int64_t delta = (int64_t)a->to - a->from;

	return delta < 0 ? 0 : delta > 1000000 ? 1000000 : (int32_t)delta;
}

static void
fold_up(struct run *r, const struct act *a, struct node_group *g)
{
	uint8_t before;
	bool old = known(r, a, g, &before);
	int32_t delta = growth_of(a);

	if (a->outcome == ACT_FAILED) {
		if (old && before == ACT_FAILED)
			return;
		if (old)
			request_change(r, &g->request, -delta, end_of(a));
		backoff_fail(r->policy, &g->backoff, end_of(a),
			     *str_or_empty(a->code) ? a->code
						    : "cloudProviderError",
			     "");
		return;
	}
	if (!old)
		request_change(r, &g->request, delta, a->started_ms);
	later(&r->last_up_ms, a->started_ms);
	later(&g->last_up_ms, a->started_ms);
}

/* The cluster's pauses count from when deletions began or could not begin
 * (tainting failed); a group's own from when the cloud took a node of it, or
 * did not. */
static void
fold_down(struct run *r, const struct act *a, struct node_group *g)
{
	bool failed = a->outcome == ACT_FAILED;

	if (failed && str_eq(a->code, "FailedToMarkToBeDeleted"))
		later(&r->last_fail_ms, end_of(a));
	else
		later(&r->last_delete_ms, a->started_ms);
	if (g && a->outcome == ACT_OK)
		later(&g->last_delete_ms, end_of(a));
	else if (g && failed && str_eq(a->code, "FailedToDelete"))
		later(&g->last_fail_ms, end_of(a));
}

static int
by_time(const void *pa, const void *pb)
{
	const struct act *a = *(const struct act *const *)pa;
	const struct act *b = *(const struct act *const *)pb;

	if (a->started_ms != b->started_ms)
		return a->started_ms < b->started_ms ? -1 : 1;
	return strcmp(a->id, b->id);
}

void
acts_fold(struct run *r)
{
	uint32_t n = r->world->of[KIND_ACT].n, k = 0;
	const struct act **all = arena_alloc(r->scratch,
					     n * sizeof(*all) + 1);

	WORLD_EACH(act, a, r->world, KIND_ACT)
		all[k++] = a;
	if (n > 1)
		qsort(all, n, sizeof(*all), by_time);
	for (uint32_t i = 0; i < n; i++) {
		struct node_group *g = groups_find(
			r, str_or_empty(all[i]->group));

		/* What people do is not ours to expect: as upstream. */
		if (all[i]->by == ACT_BY_PERSON ||
		    all[i]->started_ms > r->now_ms)
			continue;
		if (str_eq(all[i]->what, "scaleUp") && g)
			fold_up(r, all[i], g);
		else if (str_eq(all[i]->what, "scaleDown"))
			fold_down(r, all[i], g);
	}
}
