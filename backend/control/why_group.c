/*
 * Why a group has the size it has, and what keeps it from growing.
 */
#include "backend/control/refusal.h"
#include "backend/control/why.h"

#include <stdio.h>

#include "backend/model/cloud.h"
#include "backend/store/store.h"

enum { TEXT_LIMIT = 2000 };

/* What AWS says of its failed launches tells best what helps. */
static bool
launches_clear(const struct why *w)
{
	const struct group_sum *sum = (const void *)w->slot->sum;

	if (!sum || sum->refused <= 0)
		return false;
	buf_printf(w->out, "To clear it: %s.\n",
		   store_launch_remedy(str_or_empty(sum->why)));
	return true;
}

/* Pods that this group does not take: what most of them lack there. */
static void
misfits(const struct why *w, const struct group *g, const char *skipped)
{
	const struct plan_refusal *first = NULL;
	struct buf detail;
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->plan->pending_n; i++) {
		const struct plan_pod *p = &w->plan->pending[i];

		for (uint32_t k = 0; k < p->group_n; k++) {
			const struct plan_refusal *r = &p->groups[k];

			if (p->fate != FATE_REFUSED ||
			    strcmp(r->group, g->name) != 0 ||
			    strcmp(r->reason, skipped) == 0)
				continue;
			n++;
			if (!first)
				first = r;
		}
	}
	if (!first)
		return;
	buf_init(&detail, TEXT_LIMIT);
	refusal_detail(first->detail, &detail);
	buf_printf(w->out,
		   "paddock says: %u waiting %s not fit it, %s%s%s%s.\n", n,
		   n == 1 ? "pod does" : "pods do",
		   n == 1 ? "" : "the first for: ", first->reason,
		   detail.len ? ": " : "", buf_text(&detail));
	buf_fini(&detail);
}

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
		buf_init(&text, TEXT_LIMIT);
		refusal_detail(said->detail, &text);
		buf_printf(w->out, "paddock would not grow it: %s%s%s.\n",
			   said->skipped, text.len ? ": " : "",
			   buf_text(&text));
		buf_reset(&text);
		refusal_group_clears(said, &text);
		if (!launches_clear(w) && text.len)
			buf_printf(w->out, "To clear it: %s.\n",
				   buf_text(&text));
		buf_fini(&text);
	} else if (said->backoff_until_ms) {
		buf_printf(w->out, "It is left alone until %s after a failed "
			   "launch.\n",
			   time_format_hms(said->backoff_until_ms, until));
	}
	if (!said->backoff_until_ms && w->snap->engine.known_ms &&
	    !w->snap->engine.backoff_known)
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
	misfits(w, g, str_or_empty(said->skipped));
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

/* Whose word sum->why is. */
static const char *
says_who(const struct group_sum *sum)
{
	if (sum->refused > 0 || sum->running != sum->registered)
		return "aws says";
	return sum->ready < sum->registered ? "kubernetes says" : "aws says";
}

void
why_group(const struct why *w)
{
	const struct group *g = (const void *)w->slot->rec;
	const struct group_sum *sum = (const void *)w->slot->sum;

	buf_printf(w->out, "Group %s: min %d, wants %d, max %d", g->name,
		   g->min, g->desired, g->max);
	if (sum)
		buf_printf(w->out, "; %d run, %d %s, %d ready; %d %s",
			   sum->running, sum->registered,
			   sum->registered == 1 ? "node" : "nodes", sum->ready,
			   sum->jobs, sum->jobs == 1 ? "job" : "jobs");
	buf_puts(w->out, ".\n");
	plan_of_group(w, g);
	/* Without news of its own it repeats the plan's word. */
	if (sum && sum->held_until_ms)
		buf_printf(w->out, "It is %s (unhold ends it).\n", sum->why);
	else if (sum && *str_or_empty(sum->why) &&
		 !is_of_plan(w, g, sum->why))
		buf_printf(w->out, "%s: %s.\n", says_who(sum), sum->why);
	for (uint32_t i = 0; i < g->suspended_n; i++)
		buf_printf(w->out, "aws says: process %s is suspended.\n",
			   g->suspended[i]);
	if (sum && sum->protected_group)
		buf_puts(w->out, "It is protected: it carries what must not "
				 "be moved (rule 5).\n");
}
