/*
 * The list of removals: how they begin, and all of them at once.
 */
#include "backend/control/removal_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

#define GRACE_MOST_S ((int64_t)365 * 86400)

/* ---- beginning ---- */

static struct removal *
find(const struct removals *all, const char *node)
{
	for (struct removal *r = all->first; r; r = r->next)
		if (r->state != REMOVAL_OVER &&
		    strcmp(r->node.name, node) == 0)
			return r;
	return NULL;
}

static struct removal *
removal_new(struct removals *all, const char *node, struct err *err)
{
	struct removal *r;
	struct handle h;
	const struct node *n =
		store_find(all->backend->store, KIND_NODE, node, &h);

	if (find(all, node)) {
		err_set(err, ERR_CONFLICT, "%s is being removed already",
			node);
		return NULL;
	}
	if (!n) {
		err_set(err, ERR_CONFLICT, "there is no node %s any more",
			node);
		return NULL;
	}
	r = xcalloc(1, sizeof(*r));
	r->all = all;
	r->node.handle = h;
	r->code = "";
	snprintf(r->node.name, sizeof(r->node.name), "%s", node);
	snprintf(r->node.uid, sizeof(r->node.uid), "%s", n->meta.uid);
	snprintf(r->instance, sizeof(r->instance), "%s",
		 str_or_empty(n->instance_id));
	r->started_ms = store_world_ms(all->backend->store);
	r->next = all->first;
	all->first = r;
	return r;
}

static bool
may_be_removed(struct removals *all, const char *node, struct err *err)
{
	struct handle h;
	const struct node *n =
		store_find(all->backend->store, KIND_NODE, node, &h);
	const struct node_sum *sum =
		n ? store_sum(all->backend->store, h) : NULL;

	if (sum && (sum->has_autoscaler || sum->has_manager ||
		    sum->has_paddock))
		return err_set(err, ERR_REFUSED,
			       "%s carries %s (rule 5)", node,
			       sum->has_autoscaler ? "the autoscaler"
			       : sum->has_manager  ? "a runner manager"
						   : "paddock");
	return !n || *str_or_empty(n->instance_id) ||
	       err_set(err, ERR_REFUSED, "%s has no instance", node);
}

static int
by_priority(const void *pa, const void *pb)
{
	const struct removal_round *a = pa, *b = pb;

	return a->priority < b->priority ? -1 : a->priority > b->priority;
}

/* "priority:seconds,...", checked when the policy was read. */
static void
read_rounds(struct removal *r, const char *text)
{
	while (*text) {
		struct removal_round one = { 0, 0 };
		char *end;

		one.priority = strtoll(text, &end, 10);
		if (*end == ':')
			one.grace_s = strtoll(end + 1, &end, 10);
		if (one.grace_s > GRACE_MOST_S)
			one.grace_s = GRACE_MOST_S;
		vec_push(&r->rounds, one);
		text = end + (*end == ',');
		if (*end && *end != ',')
			break;
	}
	if (r->rounds.n > 1)
		qsort(r->rounds.at, r->rounds.n, sizeof(*r->rounds.at),
		      by_priority);
}

bool
removals_start(struct removals *all, const struct plan_scale_down *plan,
	       const struct policy *policy, struct err *err)
{
	struct removal *r;

	if (!may_be_removed(all, plan->node, err))
		return false;
	r = removal_new(all, plan->node, err);
	if (!r)
		return false;
	r->group = xstrdup(plan->group);
	r->drain = plan->drain;
	for (uint32_t i = 0; i < plan->pod_n; i++)
		vec_push(&r->planned, xstrdup(plan->pods[i].pod));
	r->cordon = policy_flag(policy, POLICY_CORDON);
	r->delay_ms = policy_ms(policy, POLICY_DELETE_DELAY_AFTER_TAINT);
	r->dynamic_delay = policy_flag(policy, POLICY_DYNAMIC_DELETE_DELAY);
	r->eviction_ms = policy_ms(policy, POLICY_MAX_POD_EVICTION_TIME);
	r->grace_ms = policy_int(policy, POLICY_MAX_GRACEFUL_TERMINATION) *
		      1000;
	read_rounds(r, policy_text(policy, POLICY_DRAIN_PRIORITY));
	r->deletion_delay_ms = policy_ms(policy, POLICY_DELETION_DELAY_TIMEOUT);
	r->batch_ms = policy_ms(policy, POLICY_BATCHER_INTERVAL);
	r->evict_daemons = plan->drain
				   ? policy_flag(policy,
						 POLICY_DS_EVICTION_OCCUPIED)
				   : policy_flag(policy,
						 POLICY_DS_EVICTION_EMPTY);
	r->expendable_below = policy_int(policy, POLICY_EXPENDABLE_CUTOFF);
	act_new_id(all->backend, r->op);
	removal_show(r, ACT_RUNNING);
	removal_mark(r);
	return true;
}

bool
removals_end_instance(struct removals *all, const char *group,
		      const char *instance, struct err *err)
{
	struct removal *r;

	if (find(all, instance))
		return err_set(err, ERR_CONFLICT, "%s is ended already",
			       instance);
	r = xcalloc(1, sizeof(*r));
	r->all = all;
	r->code = "";
	r->no_node = true;
	r->group = xstrdup(group);
	snprintf(r->node.name, sizeof(r->node.name), "%s", instance);
	snprintf(r->instance, sizeof(r->instance), "%s", instance);
	r->started_ms = store_world_ms(all->backend->store);
	r->next = all->first;
	all->first = r;
	act_new_id(all->backend, r->op);
	removal_show(r, ACT_RUNNING);
	removal_enter(r, REMOVAL_READING);
	removal_read_group(r);
	return true;
}

bool
removals_clean(struct removals *all, const char *node, bool uncordon,
	       struct err *err)
{
	struct removal *r = removal_new(all, node, err);

	if (!r)
		return false;
	r->cordon = uncordon;
	removal_clean(r, "left by the former autoscaler");
	return true;
}

/* ---- the whole ---- */

struct removals *
removals_new(struct backend *b, removal_on_end on_end,
	     removal_on_news on_news, void *ctx)
{
	struct removals *all = xcalloc(1, sizeof(*all));

	all->backend = b;
	all->on_end = on_end;
	all->on_news = on_news;
	all->ctx = ctx;
	return all;
}

void
removals_free(struct removals *all)
{
	while (all && all->first) {
		struct removal *r = all->first;

		all->first = r->next;
		removal_free(r);
	}
	if (all)
		vec_free(&all->lags);
	free(all);
}

bool
removals_has(const struct removals *all, const char *node)
{
	return find(all, node) != NULL;
}

uint32_t
removals_under_way(const struct removals *all, const char *group)
{
	uint32_t n = 0;

	for (const struct removal *r = all->first; r; r = r->next)
		n += r->state < REMOVAL_GOING && *r->op &&
		     (!group || str_eq(r->group, group));
	return n;
}

uint32_t
removals_name(const struct removals *all, struct buf *out)
{
	uint32_t n = 0;

	for (const struct removal *r = all->first; r; r = r->next)
		if (r->state != REMOVAL_OVER)
			buf_printf(out, "%s%s", n++ ? ", " : "",
				   r->node.name);
	return n;
}

void
removals_stop(struct removals *all, const char *why)
{
	removals_stop_group(all, NULL, why);
}

void
removals_stop_group(struct removals *all, const char *group, const char *why)
{
	struct err err;

	err_set(&err, ERR_CONFLICT, "%s", why);
	for (struct removal *r = all->first; r; r = r->next) {
		if (group && !str_eq(r->group, group))
			continue;
		r->stopped = true;
		/* What may have been sent to the cloud goes on. */
		if (r->state > REMOVAL_TAINTING && r->state < REMOVAL_ENDING)
			removal_give_up(r, "aborted", &err);
	}
}

void
removals_forget(struct removals *all)
{
	for (struct removal *r = all->first; r; r = r->next) {
		r->lost = true;
		if (r->state == REMOVAL_OVER)
			continue;
		if (r->state < REMOVAL_GOING) {
			r->code = "aborted";
			removal_show(r, ACT_FAILED);
		}
		removal_enter(r, REMOVAL_OVER);
	}
}
