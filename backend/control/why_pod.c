/*
 * Why a pod or a job stands where it stands.
 */
#include "backend/control/refusal.h"
#include "backend/control/why.h"

#include <inttypes.h>
#include <stdio.h>

#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"
#include "backend/model/node.h"
#include "backend/model/pod.h"

enum { CLEARS_LIMIT = 2000 };

/* ---- what the plan says ---- */

static const struct plan_pod *
planned(const struct why *w, const struct pod *p)
{
	char key[RECORD_KEY];

	snprintf(key, sizeof(key), "%s/%s", p->meta.ns, p->meta.name);
	return w->plan ? plan_pod(w->plan, key) : NULL;
}

/* The answer and what would change it, before any evidence. */
static void
answer(const struct why *w, const struct pod *p)
{
	const struct plan_pod *said = planned(w, p);
	bool acts = engine_does(&w->snap->engine);
	struct arena *a;
	const char *group;
	struct buf clears;

	if (!said) {
		buf_puts(w->out, w->plan ? "paddock's last decision did not "
					   "see it waiting.\n"
					 : "paddock has not decided anything "
					   "yet.\n");
		return;
	}
	a = arena_new();
	buf_init(&clears, CLEARS_LIMIT);
	buf_printf(w->out, "paddock says: %s.\n",
		   refusal_pod_text(w->plan, said, acts, a, &group));
	refusal_clears(w->plan, said, &clears);
	if (clears.len)
		buf_printf(w->out, "To clear it: %s.\n", buf_text(&clears));
	buf_fini(&clears);
	arena_free(a);
}

static void
every_group(const struct why *w, const struct pod *p)
{
	const struct plan_pod *said = planned(w, p);

	if (!said || !said->group_n)
		return;
	buf_puts(w->out, "Every group, and what it lacks for this pod:\n");
	for (uint32_t i = 0; i < said->group_n; i++) {
		const struct plan_refusal *r = &said->groups[i];

		buf_printf(w->out, "  not %s: %s%s", r->group, r->reason,
			   *str_or_empty(r->detail) ? ": " : "");
		refusal_detail(r->detail, w->out);
		buf_putc(w->out, '\n');
	}
}

/* ---- pods ---- */

static void
patience(const struct why *w, const struct pod *p, const struct pod_sum *sum)
{
	char timeout[TIME_TEXT], at[TIME_TEXT];

	if (!p->is_job || sum->poll_timeout_ms <= 0 || !sum->wait_from_ms)
		return;
	buf_printf(w->out, "Its runner gives up after %s (poll_timeout), at "
		   "%s.\n",
		   age_format(sum->poll_timeout_ms, timeout),
		   time_format_hms(p->meta.created_ms + sum->poll_timeout_ms,
				   at));
}

static void
where_it_is(const struct why *w, const struct pod *p,
	    const struct pod_sum *sum)
{
	const struct group *g = snapshot_rec(w->snap, sum->group);
	const struct node *n = snapshot_rec(w->snap, sum->node);

	if (!*str_or_empty(p->node_name))
		return;
	buf_printf(w->out, "kubernetes says: it is on node %s%s%s%s.\n",
		   p->node_name, g ? " of group " : "", g ? g->name : "",
		   n && !node_is_ready(n) ? ", which is not ready" : "");
}

static void
phase_says(const struct why *w, const struct pod *p,
	   const struct pod_sum *sum)
{
	switch ((enum phase)sum->phase) {
	case PHASE_UNSCHEDULED:
		if (p->gated)
			buf_puts(w->out, "kubernetes says: a scheduling gate "
					 "holds it.\n");
		else
			answer(w, p);
		break;
	case PHASE_NO_ADDRESS:
		buf_printf(w->out, "kubernetes says: %s\n",
			   str_or_empty(sum->why));
		buf_puts(w->out, "To clear it: free addresses in the node's "
				 "subnet, or nodes in another one.\n");
		break;
	case PHASE_FAILED:
	case PHASE_LOST:
	case PHASE_ENDING:
	case PHASE_PULLING:
	case PHASE_STARTING:
	case PHASE_UNKNOWN:
		if (*str_or_empty(sum->why))
			buf_printf(w->out, "kubernetes says: %s\n", sum->why);
		break;
	default:
		break;
	}
}

void
why_pod(const struct why *w, struct handle pod)
{
	const struct slot *slot = snapshot_slot(w->snap, pod);
	const struct pod *p;
	const struct pod_sum *sum;
	char age[TIME_TEXT], status[64];

	if (!slot)
		return;
	p = (const void *)slot->rec;
	sum = (const void *)slot->sum;
	buf_printf(w->out, "Pod %s/%s: ", p->meta.ns, p->meta.name);
	if (!sum) {
		buf_printf(w->out, "%s.\n",
			   pod_status_text(p, status, sizeof(status)));
		return;
	}
	buf_printf(w->out, "%s for %s", phase_name((enum phase)sum->phase),
		   why_since(w, sum->phase_since_ms, age));
	if (slot->ended)
		buf_printf(w->out, ", gone for %s",
			   why_since(w, slot->ended_ms, age));
	buf_puts(w->out, ".\n");
	where_it_is(w, p, sum);
	phase_says(w, p, sum);
	patience(w, p, sum);
	if (sum->phase == PHASE_UNSCHEDULED) {
		every_group(w, p);
		if (*str_or_empty(p->scheduled_message))
			buf_printf(w->out, "kubernetes says: %s\n",
				   p->scheduled_message);
	}
	why_events(w, "Pod", p->meta.ns, p->meta.name, p->meta.uid);
}

/* ---- jobs ---- */

static const struct queue *
queue_of(const struct why *w, const struct job *j)
{
	const struct slot *slot;
	char tags[400];
	size_t len = 0;

	tags[0] = '\0';
	for (uint32_t i = 0; i < j->tag_n && len < sizeof(tags) - 1; i++)
		len += (size_t)snprintf(tags + len, sizeof(tags) - len, "%s%s",
					i ? "," : "", j->tags[i]);
	if (!j->tag_n)
		snprintf(tags, sizeof(tags), "(none)");
	for (uint32_t i = 0;
	     (slot = snapshot_next(w->snap, KIND_QUEUE, &i, NULL));) {
		const struct queue *q = (const void *)slot->rec;

		if (str_eq(q->tags, tags))
			return q;
	}
	return NULL;
}

void
why_job(const struct why *w)
{
	const struct job *j = (const void *)w->slot->rec;
	const struct job_sum *sum = (const void *)w->slot->sum;
	const struct runner *u;
	const struct queue *q;
	char age[TIME_TEXT];

	buf_printf(w->out, "Job %" PRId64 " %s %s: ", j->id,
		   str_or_empty(j->project), str_or_empty(j->name));
	if (!sum) {
		buf_printf(w->out, "%s.\n", str_or_empty(j->status_text));
		return;
	}
	buf_printf(w->out, "%s for %s.\n",
		   phase_name((enum phase)sum->phase),
		   why_since(w, sum->phase_since_ms, age));
	if (j->from_pod)
		buf_puts(w->out, "Known only by its pod; GitLab has not been "
				 "heard about it.\n");
	else
		buf_printf(w->out, "gitlab says: %s%s%s.\n",
			   str_or_empty(j->status_text),
			   *str_or_empty(j->failure_reason) ? ", " : "",
			   str_or_empty(j->failure_reason));
	u = snapshot_rec(w->snap, sum->runner);
	if (u)
		buf_printf(w->out, "gitlab says: runner %s has it (%s).\n",
			   str_or_empty(u->description),
			   str_or_empty(u->status));
	q = sum->phase == PHASE_QUEUED ? queue_of(w, j) : NULL;
	if (q && *str_or_empty(q->blocked_by))
		buf_printf(w->out, "%d jobs wait with tags %s: %s.\n",
			   q->waiting, q->tags, q->blocked_by);
	if (sum->phase == PHASE_QUEUED && j->stuck)
		buf_puts(w->out, "To clear it: a runner that is online, not "
				 "paused, and carries all its tags.\n");
	if (!handle_is_none(sum->pod))
		why_pod(w, sum->pod);
}
