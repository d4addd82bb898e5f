/*
 * Why: what the explanations share.
 */
#include "backend/control/why.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/model/workload.h"

enum { EVENTS_SHOWN = 5 };
/* The first decision comes that soon after what it knows began. */
#define FIRST_MS ((int64_t)5 * 1000)

const char *
why_since(const struct why *w, int64_t since_ms, char out[static TIME_TEXT])
{
	if (!since_ms)
		return "?";
	return age_format(w->now_ms - since_ms, out);
}

const char *
why_unknown(const struct why *w, int64_t since_ms,
	    char out[static WHY_UNKNOWN])
{
	int64_t known = w->snap->engine.known_ms;
	char at[TIME_TEXT];

	out[0] = '\0';
	/* The first decision sees at its own time what began before it. */
	if (known && since_ms <= known + FIRST_MS && since_ms >= known)
		snprintf(out, WHY_UNKNOWN, ", unknown before %.5s",
			 time_format_hms(known, at));
	return out;
}

static int
newest_first(const void *a, const void *b)
{
	const struct event *left = *(const struct event *const *)a;
	const struct event *right = *(const struct event *const *)b;

	return (left->last_ms < right->last_ms) -
	       (left->last_ms > right->last_ms);
}

void
why_events(const struct why *w, const char *kind, const char *ns,
	   const char *name, const char *uid)
{
	VEC(const struct event *) found = { 0 };
	const struct slot *slot;
	char age[TIME_TEXT];

	for (uint32_t i = 0;
	     (slot = snapshot_next(w->snap, KIND_EVENT, &i, NULL));) {
		const struct event *e = (const void *)slot->rec;

		if (str_eq(e->object_kind, kind) &&
		    str_eq(e->object_name, name) &&
		    str_eq(e->object_ns, ns) &&
		    (!*str_or_empty(e->object_uid) || !*uid ||
		     str_eq(e->object_uid, uid)))
			vec_push(&found, e);
	}
	if (found.n)
		qsort(found.at, found.n, sizeof(*found.at), newest_first);
	for (uint32_t i = 0; i < found.n && i < EVENTS_SHOWN; i++) {
		const struct event *e = found.at[i];
		const char *by = str_or_empty(e->source);

		buf_printf(w->out, "%s says, %s ago: %s: %s\n",
			   str_eq(by, "cluster-autoscaler")
				   ? "cluster-autoscaler"
				   : "kubernetes",
			   why_since(w, e->last_ms, age), e->reason,
			   e->message);
	}
	vec_free(&found);
}

bool
why_write(const struct snapshot *s, const struct plan *plan, struct handle h,
	  struct buf *out)
{
	struct why w = { .snap = s,
			 .plan = plan,
			 .slot = snapshot_slot(s, h),
			 .handle = h,
			 .out = out,
			 .now_ms = s->clock.world_ms };

	if (!w.slot)
		return false;
	switch (h.kind) {
	case KIND_POD:
		why_pod(&w, h);
		return true;
	case KIND_JOB:
		why_job(&w);
		return true;
	case KIND_NODE:
		why_node(&w);
		return true;
	case KIND_GROUP:
		why_group(&w);
		return true;
	case KIND_RUNNER:
		why_runner(&w);
		return true;
	case KIND_QUEUE:
		why_queue(&w);
		return true;
	case KIND_ALARM:
		why_alarm(&w);
		return true;
	case KIND_DECISION:
		why_decision(&w);
		return true;
	case KIND_ENTRY:
		why_entry(&w);
		return true;
	case KIND_STEP:
		why_step(&w);
		return true;
	default:
		return false;
	}
}
