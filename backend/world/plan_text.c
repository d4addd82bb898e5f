/*
 * Plans for people: what would be done, then what stands in the way.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/text.h"
#include "backend/world/world_file.h"

/* Pods named per line before "and N more". */
enum { NAMED = 3 };

/* Everything with a "%s" of the cluster's own words goes through here. */
static void
say(struct buf *out, const char *text)
{
	text = str_or_empty(text);
	text_clean(out, text, strlen(text), TEXT_ONE_LINE);
}

static void
say_quoted(struct buf *out, const char *lead, const char *text,
	   const char *tail)
{
	buf_puts(out, lead);
	say(out, text);
	buf_puts(out, tail);
}

static void
say_names(struct buf *out, const char *const *at, uint32_t n)
{
	for (uint32_t i = 0; i < n && i < NAMED; i++)
		say_quoted(out, i ? ", " : "", at[i], "");
	if (n > NAMED)
		buf_printf(out, " and %u more", n - NAMED);
}

static void
say_scale_up(struct buf *out, const struct plan *p)
{
	for (uint32_t i = 0; i < p->scale_up_n; i++) {
		const struct plan_scale_up *s = &p->scale_up[i];

		say_quoted(out, "scale up   ", s->group, "");
		buf_printf(out, "  %d -> %d", (int)s->from, (int)s->to);
		if (s->pod_n) {
			buf_printf(out, "  for %u pods: ", s->pod_n);
			say_names(out, s->pods, s->pod_n);
		}
		say_quoted(out, "  (", s->expander, ")\n");
	}
}

static void
say_scale_down(struct buf *out, const struct plan *p)
{
	for (uint32_t i = 0; i < p->scale_down_n; i++) {
		const struct plan_scale_down *s = &p->scale_down[i];

		say_quoted(out, "scale down ", s->node, "");
		say_quoted(out, "  of ", s->group, "");
		buf_printf(out, "  %s, %.0f%% requested",
			   s->drain ? "drain" : "empty",
			   s->utilization * 100);
		for (uint32_t j = 0; j < s->pod_n; j++) {
			say_quoted(out, j ? ", " : ", moves ", s->pods[j].pod,
				   "");
			say_quoted(out, " to ", s->pods[j].to, "");
		}
		buf_putc(out, '\n');
	}
}

static void
say_fixes(struct buf *out, const struct plan *p)
{
	for (uint32_t i = 0; i < p->fix_n; i++) {
		const struct plan_fix *f = &p->fixes[i];

		say_quoted(out, "fix        ", f->group, "  ");
		say(out, f->act);
		if (f->from != f->to)
			buf_printf(out, "  %d -> %d", (int)f->from,
				   (int)f->to);
		if (f->instance_n) {
			buf_puts(out, "  ");
			say_names(out, f->instances, f->instance_n);
		}
		buf_putc(out, '\n');
	}
}

static const char *const fate_words[] = {
	[FATE_FITS] = "fits",
	[FATE_SCALE_UP] = "helped",
	[FATE_REFUSED] = "WAITS",
	[FATE_IGNORED] = "ignored",
};

static bool
same_case(const struct plan_pod *a, const struct plan_pod *b)
{
	return a->fate == b->fate && a->groups == b->groups &&
	       a->group_n == b->group_n && strcmp(a->reason, b->reason) == 0;
}

static void
say_refusals(struct buf *out, const struct plan_pod *pod)
{
	for (uint32_t i = 0; i < pod->group_n; i++) {
		const struct plan_refusal *f = &pod->groups[i];

		say_quoted(out, "             ", f->group, ": ");
		say(out, f->reason);
		if (f->detail && *f->detail)
			say_quoted(out, " (", f->detail, ")");
		buf_putc(out, '\n');
	}
}

/* Pods in a row whose case is the same are told together. */
static void
say_pending(struct buf *out, const struct plan *p)
{
	uint32_t i = 0, n;

	while (i < p->pending_n) {
		const struct plan_pod *pod = &p->pending[i];

		for (n = 1; i + n < p->pending_n &&
			    same_case(pod, &p->pending[i + n]);)
			n++;
		buf_printf(out, "%-10s ", fate_words[pod->fate]);
		say(out, pod->pod);
		if (n > 1)
			buf_printf(out, " and %u alike", n - 1);
		if (*pod->reason)
			say_quoted(out, ": ", pod->reason, "");
		buf_putc(out, '\n');
		if (pod->fate == FATE_REFUSED)
			say_refusals(out, pod);
		i += n;
	}
}

static void
say_groups(struct buf *out, const struct plan *p)
{
	char time[TIME_TEXT];

	for (uint32_t i = 0; i < p->group_n; i++) {
		const struct plan_group *g = &p->groups[i];

		say_quoted(out, "group      ", g->group, "");
		buf_printf(out, "  %d of %d..%d, %d ready", (int)g->desired,
			   (int)g->min, (int)g->max, (int)g->ready);
		if (g->upcoming)
			buf_printf(out, ", %d upcoming", (int)g->upcoming);
		if (!g->healthy)
			buf_puts(out, ", UNHEALTHY");
		if (g->backoff_until_ms)
			buf_printf(out, ", backed off until %s",
				   time_format(g->backoff_until_ms, false,
					       time));
		if (*g->skipped)
			say_quoted(out, "; no option: ", g->skipped, "");
		if (*g->detail)
			say_quoted(out, " (", g->detail, ")");
		buf_putc(out, '\n');
	}
}

static void
say_nodes(struct buf *out, const struct plan *p)
{
	char time[TIME_TEXT];

	for (uint32_t i = 0; i < p->node_n; i++) {
		const struct plan_node *n = &p->nodes[i];

		say_quoted(out, "node       ", n->node, "");
		if (n->utilization >= 0)
			buf_printf(out, "  %.0f%% requested",
				   n->utilization * 100);
		if (n->unneeded_since_ms)
			buf_printf(out, ", unneeded since %s",
				   time_format(n->unneeded_since_ms, false,
					       time));
		if (*n->blocked)
			say_quoted(out, ", stays: ", n->blocked, "");
		if (*n->by)
			say_quoted(out, " (", n->by, ")");
		buf_putc(out, '\n');
	}
}

void
plan_write_text(const struct plan *p, struct buf *out)
{
	char time[TIME_TEXT];

	buf_printf(out, "%s  scale-up: %s", time_format(p->time_ms, false,
							time),
		   p->result);
	if (*p->scale_down_result)
		buf_printf(out, "  scale-down: %s", p->scale_down_result);
	if (!p->cluster_healthy)
		say_quoted(out, "  CLUSTER UNHEALTHY: ", p->cluster_reason,
			   "");
	if (p->out_of_work)
		buf_puts(out, "  (stopped early: too much to compare)");
	buf_putc(out, '\n');
	say_scale_up(out, p);
	say_scale_down(out, p);
	say_fixes(out, p);
	say_pending(out, p);
	say_groups(out, p);
	say_nodes(out, p);
}
