/*
 * Why a node stays, and why a group has the size it has.
 */
#include "backend/control/blocker.h"
#include "backend/control/refusal.h"
#include "backend/control/why.h"

#include <stdio.h>

#include "backend/model/cloud.h"
#include "backend/model/node.h"
#include "backend/model/pod.h"

enum { TEXT_LIMIT = 2000 };

static void
counted(const struct why *w, const struct plan_node *said)
{
	char age[TIME_TEXT], before[WHY_UNKNOWN];

	if (said->utilization >= 0)
		buf_printf(w->out, "paddock counts %.0f%% of it as used.\n",
			   said->utilization * 100);
	if (said->unneeded_since_ms)
		buf_printf(w->out, "paddock finds it unneeded for %s%s.\n",
			   why_since(w, said->unneeded_since_ms, age),
			   why_unknown(w, said->unneeded_since_ms, before));
}

static void
scale_down_says(const struct why *w, const char *node)
{
	const struct plan_node *said =
		w->plan ? plan_node(w->plan, node) : NULL;
	struct buf text;

	if (!said) {
		buf_puts(w->out, w->plan ? "paddock's last decision says "
					   "nothing of it.\n"
					 : "paddock has not decided anything "
					   "yet.\n");
		return;
	}
	for (uint32_t i = 0; i < w->plan->scale_down_n; i++)
		if (strcmp(w->plan->scale_down[i].node, node) == 0)
			buf_printf(w->out, "paddock would remove it now (%s)."
				   "\n",
				   w->plan->scale_down[i].drain ? "drained"
								: "empty");
	if (!*str_or_empty(said->blocked)) {
		counted(w, said);
		return;
	}
	buf_init(&text, TEXT_LIMIT);
	blocker_text(said, &text);
	buf_printf(w->out, "paddock would keep it: %s (%s).\n",
		   buf_text(&text), said->blocked);
	buf_reset(&text);
	blocker_clears(said, &text);
	if (text.len)
		buf_printf(w->out, "To clear it: %s.\n", buf_text(&text));
	buf_fini(&text);
	counted(w, said);
}

static void
conditions(const struct why *w, const struct node *n)
{
	static const struct {
		size_t at;
		const char *text;
	} pressures[] = {
		{ offsetof(struct node, memory_pressure), "memory is short" },
		{ offsetof(struct node, disk_pressure), "disk is short" },
		{ offsetof(struct node, pid_pressure),
		  "processes are too many" },
		{ offsetof(struct node, network_unavailable),
		  "its network is not up" },
	};
	char age[TIME_TEXT];

	if (!node_is_ready(n))
		buf_printf(w->out, "kubernetes says: not ready for %s: %s %s\n",
			   why_since(w, n->ready_ms, age),
			   str_or_empty(n->ready_reason),
			   str_or_empty(n->ready_message));
	for (size_t i = 0; i < ARRAY_LEN(pressures); i++)
		if (*((const uint8_t *)n + pressures[i].at) == TRI_TRUE)
			buf_printf(w->out, "kubernetes says: %s.\n",
				   pressures[i].text);
	if (n->unschedulable)
		buf_puts(w->out, "kubernetes says: cordoned, no new pods.\n");
	for (uint32_t i = 0; i < n->taint_n; i++)
		buf_printf(w->out, "kubernetes says: taint %s%s%s:%s%s%s.\n",
			   n->taints[i].key,
			   *str_or_empty(n->taints[i].value) ? "=" : "",
			   str_or_empty(n->taints[i].value),
			   taint_effect_name(
				   (enum taint_effect)n->taints[i].effect),
			   n->taints[i].added_ms ? " for " : "",
			   n->taints[i].added_ms
				   ? why_since(w, n->taints[i].added_ms, age)
				   : "");
}

void
why_node(const struct why *w)
{
	const struct node *n = (const void *)w->slot->rec;
	const struct node_sum *sum = (const void *)w->slot->sum;
	const struct group *g = sum ? snapshot_rec(w->snap, sum->group) : NULL;
	char age[TIME_TEXT];

	buf_printf(w->out, "Node %s: %s, %s old.\n", n->meta.name,
		   sum ? sum->state : "?",
		   why_since(w, n->meta.created_ms, age));
	/* What troubles it, then what is meant to happen with it. */
	conditions(w, n);
	if (w->slot->ended)
		buf_printf(w->out, "It went %s ago.\n",
			   why_since(w, w->slot->ended_ms, age));
	else
		scale_down_says(w, n->meta.name);
	if (g)
		buf_printf(w->out, "aws says: instance %s of group %s.\n",
			   n->instance_id, g->name);
	else if (*str_or_empty(n->instance_id))
		buf_printf(w->out, "aws says nothing of instance %s in any "
			   "group.\n",
			   n->instance_id);
	if (sum && sum->jobs)
		buf_printf(w->out, "%d CI %s on it.\n", sum->jobs,
			   sum->jobs == 1 ? "job runs" : "jobs run");
	if (sum && (sum->has_autoscaler || sum->has_manager ||
		    sum->has_paddock))
		buf_printf(w->out, "It carries %s: never removed by paddock "
			   "(rule 5).\n",
			   sum->has_autoscaler ? "the autoscaler"
			   : sum->has_manager  ? "a runner manager"
					       : "paddock");
	why_events(w, "Node", "", n->meta.name, "");
}

/* ---- groups ---- */

static void
plan_of_group(const struct why *w, const struct group *g)
{
	const struct plan_group *said =
		w->plan ? plan_group(w->plan, g->name) : NULL;
	uint32_t waits = 0;
	char until[TIME_TEXT];
	struct buf text;

	if (!w->plan) {
		buf_puts(w->out, "paddock has not decided anything yet.\n");
		return;
	}
	if (!said) {
		buf_puts(w->out, "paddock does not manage it.\n");
		return;
	}
	for (uint32_t i = 0; i < w->plan->scale_up_n; i++)
		if (strcmp(w->plan->scale_up[i].group, g->name) == 0)
			buf_printf(w->out,
				   "paddock would grow it %d>%d for %u pods.\n",
				   w->plan->scale_up[i].from,
				   w->plan->scale_up[i].to,
				   w->plan->scale_up[i].pod_n);
	if (*str_or_empty(said->skipped)) {
		buf_printf(w->out, "paddock would not grow it: %s%s%s.\n",
			   said->skipped,
			   *str_or_empty(said->detail) ? ": " : "",
			   str_or_empty(said->detail));
		buf_init(&text, TEXT_LIMIT);
		refusal_group_clears(said, &text);
		if (text.len)
			buf_printf(w->out, "To clear it: %s.\n",
				   buf_text(&text));
		buf_fini(&text);
	}
	if (said->backoff_until_ms)
		buf_printf(w->out, "It is left alone until %s after a failed "
			   "launch.\n",
			   time_format_hms(said->backoff_until_ms, until));
	else if (w->snap->engine.known_ms && !w->snap->engine.backoff_known)
		buf_printf(w->out, "Launches that failed are unknown before "
			   "%.5s.\n",
			   time_format_hms(w->snap->engine.known_ms, until));
	for (uint32_t i = 0; i < w->plan->pending_n; i++) {
		const struct plan_pod *p = &w->plan->pending[i];

		for (uint32_t k = 0; k < p->group_n; k++)
			waits += strcmp(p->groups[k].group, g->name) == 0 &&
				 *str_or_empty(said->skipped) &&
				 strcmp(p->groups[k].reason, said->skipped) ==
					 0;
	}
	if (waits)
		buf_printf(w->out, "%u waiting %s would use it otherwise.\n",
			   waits, waits == 1 ? "pod" : "pods");
	if (!said->healthy)
		buf_puts(w->out, "Its nodes count as unhealthy.\n");
}

static bool
is_of_plan(const struct why *w, const struct group *g, const char *text)
{
	const struct plan_group *said =
		w->plan ? plan_group(w->plan, g->name) : NULL;

	return said && str_eq(said->skipped, text);
}

void
why_group(const struct why *w)
{
	const struct group *g = (const void *)w->slot->rec;
	const struct group_sum *sum = (const void *)w->slot->sum;

	buf_printf(w->out, "Group %s: min %d, wants %d, max %d", g->name,
		   g->min, g->desired, g->max);
	if (sum)
		buf_printf(w->out, "; %d run, %d nodes, %d ready; %d jobs",
			   sum->running, sum->registered, sum->ready,
			   sum->jobs);
	buf_puts(w->out, ".\n");
	plan_of_group(w, g);
	/* Without news of its own it repeats the plan's word. */
	if (sum && sum->held_until_ms)
		buf_printf(w->out, "It is %s (unhold ends it).\n", sum->why);
	else if (sum && *str_or_empty(sum->why) &&
		 !is_of_plan(w, g, sum->why))
		buf_printf(w->out, "aws says: %s.\n", sum->why);
	for (uint32_t i = 0; i < g->suspended_n; i++)
		buf_printf(w->out, "aws says: process %s is suspended.\n",
			   g->suspended[i]);
	if (sum && sum->protected_group)
		buf_puts(w->out, "It is protected: it carries what must not "
				 "be moved (rule 5).\n");
}
