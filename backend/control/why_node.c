/*
 * Why a node stays: what troubles it, and what is meant to happen with it.
 */
#include "backend/control/blocker.h"
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

	if (n->ready != TRI_TRUE)
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
