/*
 * Why for runners, queues, alarms, decisions and journal entries.
 */
#include "backend/control/why.h"

#include <inttypes.h>
#include <stdio.h>

#include "backend/model/gitlab.h"
#include "backend/model/pod.h"

static void
why_ending(const struct why *w, const struct runner_sum *sum)
{
	const struct pod *p = snapshot_rec(w->snap, sum->ending_pod);
	char at[TIME_TEXT];

	if (p)
		buf_printf(w->out, "kubernetes says: an older manager, %s/%s, "
				   "finishes %d %s and is killed at %s.\n",
			   p->meta.ns, p->meta.name, sum->ending_jobs,
			   sum->ending_jobs == 1 ? "job" : "jobs",
			   time_format_hms(sum->ending_ms, at));
	if (sum->lost_jobs > 0)
		buf_printf(w->out, "%d of its jobs have no manager any more: "
				   "cancel and retry them.\n",
			   sum->lost_jobs);
}

void
why_runner(const struct why *w)
{
	const struct runner *u = (const void *)w->slot->rec;
	const struct runner_sum *sum = (const void *)w->slot->sum;
	const struct pod *p;
	char age[TIME_TEXT];

	buf_printf(w->out, "Runner %s: gitlab says %s%s, last heard %s ago.\n",
		   str_or_empty(u->description), str_or_empty(u->status),
		   u->paused ? " and paused" : "",
		   why_since(w, u->contacted_ms, age));
	if (str_eq(u->status, "online"))
		buf_puts(w->out, "GitLab calls a runner online for two hours "
				 "after its last word.\n");
	if (!sum)
		return;
	p = snapshot_rec(w->snap, sum->manager_pod);
	if (p)
		buf_printf(w->out,
			   "kubernetes says: its manager %s/%s is %s.\n",
			   p->meta.ns, p->meta.name,
			   p->ready ? "ready" : "not ready");
	else if (sum->elsewhere)
		buf_puts(w->out, "gitlab says: it runs its jobs on machines of "
				 "its own, not as pods.\n");
	else
		buf_puts(w->out, "No manager pod of it is known here.\n");
	why_ending(w, sum);
	buf_printf(w->out, "%d of its jobs run, %d wait for their pods.\n",
		   sum->running, sum->waiting);
	if (sum->limit > 0)
		buf_printf(w->out, "Its limit is %d jobs.\n", sum->limit);
	else if (sum->concurrent >= 0)
		buf_printf(w->out, "Its manager takes %d jobs at once.\n",
			   sum->concurrent);
	else
		buf_puts(w->out, "How many jobs it takes is not known.\n");
	if (*str_or_empty(sum->blocker))
		buf_printf(w->out, "It takes no more now: %s.\n",
			   sum->blocker);
}

void
why_queue(const struct why *w)
{
	const struct queue *q = (const void *)w->slot->rec;
	char age[TIME_TEXT];

	buf_printf(w->out, "Tags %s: %d jobs wait, %d run", q->tags,
		   q->waiting, q->running);
	if (q->oldest_ms)
		buf_printf(w->out, "; the oldest waits %s",
			   why_since(w, q->oldest_ms, age));
	buf_puts(w->out, ".\n");
	if (*str_or_empty(q->blocked_by))
		buf_printf(w->out, "Most wait because: %s.\n", q->blocked_by);
	if (!handle_is_none(q->subject) &&
	    snapshot_slot(w->snap, q->subject)) {
		buf_putc(w->out, '\n');
		why_write(w->snap, w->plan, q->subject, w->out);
	}
}

void
why_alarm(const struct why *w)
{
	const struct alarm *a = (const void *)w->slot->rec;
	char age[TIME_TEXT];

	buf_printf(w->out, "%s%s%s: %s.\n",
		   severity_name((enum severity)a->severity),
		   a->since_ms ? " for " : ", since before anybody looked",
		   a->since_ms ? why_since(w, a->since_ms, age) : "",
		   str_or_empty(a->text));
	if (*str_or_empty(a->fix_text))
		buf_printf(w->out, "The commonest fix, on its line: %s.\n",
			   a->fix_text);
	if (*str_or_empty(a->why))
		buf_printf(w->out, "\n%s\n", a->why);
	if (!handle_is_none(a->subject) &&
	    snapshot_slot(w->snap, a->subject)) {
		buf_putc(w->out, '\n');
		why_write(w->snap, w->plan, a->subject, w->out);
	}
}

void
why_decision(const struct why *w)
{
	const struct decision *d = (const void *)w->slot->rec;
	char age[TIME_TEXT];

	buf_printf(w->out, "%s, %s ago: %s %s %s\n%s\n", str_or_empty(d->by),
		   why_since(w, d->at_ms, age), str_or_empty(d->what),
		   str_or_empty(d->subject), str_or_empty(d->change),
		   str_or_empty(d->reason));
	if (*str_or_empty(d->detail))
		buf_printf(w->out, "%s\n", d->detail);
}

/* A line of the plan: itself, then what it is about. */
void
why_step(const struct why *w)
{
	const struct plan_step *s = (const void *)w->slot->rec;
	char age[TIME_TEXT];

	buf_printf(w->out, "%s %s%s%s, %s: %s.\n", s->what, s->subject,
		   *s->change ? " " : "", s->change,
		   why_since(w, s->since_ms, age), s->reason);
	if (*s->clears)
		buf_printf(w->out, "To clear it: %s.\n", s->clears);
	/* Of a pod's groups the pod itself tells. */
	if (*s->detail && s->target.kind != KIND_POD)
		buf_printf(w->out, "%s", s->detail);
	if (!handle_is_none(s->target) &&
	    snapshot_slot(w->snap, s->target)) {
		buf_putc(w->out, '\n');
		why_write(w->snap, w->plan, s->target, w->out);
	}
}

void
why_entry(const struct why *w)
{
	const struct entry *e = (const void *)w->slot->rec;
	char at[TIME_TEXT];

	buf_printf(w->out, "%s %s %s of %s, by %s from the %s: %s\n", e->id,
		   e->verb, e->phase, time_format(e->at_ms, false, at), e->by,
		   e->via, e->target);
	if (*str_or_empty(e->change))
		buf_printf(w->out, "From > to: %s\n", e->change);
	if (*str_or_empty(e->why))
		buf_printf(w->out, "Reason given: %s\n", e->why);
	if (*str_or_empty(e->result))
		buf_printf(w->out, "Result: %s\n", e->result);
	if (e->orphaned)
		buf_puts(w->out, "The program that wrote this died before it "
				 "knew the outcome.  Look at the target, then "
				 "acknowledge the entry.\n");
}
