/*
 * Refusals of the plan in words.
 */
#include "backend/control/refusal.h"

#include <stdio.h>

#include "backend/base/clock.h"

/* ---- the cause that would have to change ---- */

/* Of all groups' refusals the one closest to a yes: full before backed off
 * before held before over a step limit or quota before not ready; a pod that
 * fits no group comes last. */
static const char *const closest[] = {
	"max node group size reached",
	"in backoff after failed scale-up",
	"held",
	"step limit reached",
	"exceeded quota",
	"not ready for scale-up",
};

static const struct plan_refusal *
closest_refusal(const struct plan_pod *p, size_t *rank)
{
	for (*rank = 0; *rank < ARRAY_LEN(closest); ++*rank)
		for (uint32_t i = 0; i < p->group_n; i++)
			if (str_has_prefix(p->groups[i].reason,
					   closest[*rank]))
				return &p->groups[i];
	return p->group_n ? &p->groups[0] : NULL;
}

/* A group that did not refuse the pod and was only not chosen this time. */
static const struct plan_group *
taker(const struct plan *plan, const struct plan_pod *p)
{
	if (!plan->scale_up_n)
		return NULL;
	for (uint32_t i = 0; i < plan->group_n; i++) {
		const struct plan_group *g = &plan->groups[i];
		uint32_t k = 0;

		while (k < p->group_n &&
		       (strcmp(p->groups[k].group, g->group) != 0 ||
			str_has_prefix(p->groups[k].reason, PLAN_NOT_CHOSEN)))
			k++;
		if (k == p->group_n && !*str_or_empty(g->skipped))
			return g;
	}
	return NULL;
}

/* A group without nodes is known by its tags alone; that they do not say what
 * its nodes will have is the likeliest mistake of all. */
static bool
is_by_tags(const struct plan *plan, const struct plan_refusal *r)
{
	const struct plan_group *g = plan_group(plan, r->group);

	return g && str_eq(g->template_from, "cloud") &&
	       *str_or_empty(r->detail);
}

/* Of groups that never could: one whose tags say too little, then the one that
 * is meant for such pods and only too small, before those meant for others. */
static const struct plan_refusal *
nearest_misfit(const struct plan *plan, const struct plan_pod *p)
{
	static const char *const order[] = {
		"Insufficient", "topology spread", "volume", "anti-affinity",
		"untolerated taint",
	};

	for (uint32_t i = 0; i < p->group_n; i++)
		if (strstr(p->groups[i].reason, "affinity/selector") &&
		    is_by_tags(plan, &p->groups[i]))
			return &p->groups[i];
	for (size_t o = 0; o < ARRAY_LEN(order); o++)
		for (uint32_t i = 0; i < p->group_n; i++)
			if (strstr(p->groups[i].reason, order[o]))
				return &p->groups[i];
	return p->group_n ? &p->groups[0] : NULL;
}

/* "m6i: Insufficient cpu: wants 9, free 7.91"; a missing tag is told by its
 * detail alone. */
static const char *
misfit_text(const struct plan *plan, const struct plan_refusal *r,
	    struct arena *a)
{
	const char *detail = str_or_empty(r->detail);

	if (strstr(r->reason, "affinity/selector") && is_by_tags(plan, r))
		return arena_printf(a, "fits no group: %s: %s", r->group,
				    detail);
	return arena_printf(a, "fits no group: %s: %s%s%s", r->group,
			    r->reason, *detail ? ": " : "", detail);
}

const char *
refusal_cause(const struct plan *plan, const struct plan_pod *p,
	     struct arena *a, const char **group)
{
	size_t rank;
	const struct plan_refusal *r = closest_refusal(p, &rank);
	const struct plan_group *g = r ? plan_group(plan, r->group) : NULL;
	char at[TIME_TEXT];

	*group = NULL;
	g = rank < ARRAY_LEN(closest) ? g : taker(plan, p);
	if (g && rank == ARRAY_LEN(closest))
		return arena_printf(a, "no node: %s is next, one "
				    "group grows at a time", g->group);
	if (!r)
		return *p->reason ? p->reason : "no group is managed";
	switch (rank) {
	case 0:
		*group = r->group;
		return arena_printf(a, "group max: %s %d/%d", r->group,
				    g ? g->desired : 0, g ? g->max : 0);
	case 1:
		*group = r->group;
		return arena_printf(a, "launches refused: %s until %s",
				    r->group,
				    g && g->backoff_until_ms
					    ? time_format_hms(
						      g->backoff_until_ms, at)
					    : "?");
	case 2:
		*group = r->group;
		return arena_printf(a, "held: a person keeps %s as it is",
				    r->group);
	case 3:
	case 4:
	case 5:
		*group = r->group;
		return arena_printf(a, "%s: %s%s%s", r->group, r->reason,
				    *str_or_empty(r->detail) ? ": " : "",
				    str_or_empty(r->detail));
	default:
		break;
	}
	return misfit_text(plan, nearest_misfit(plan, p), a);
}

bool
refusal_waits_turn(const struct plan *plan, const struct plan_pod *p)
{
	size_t rank;

	closest_refusal(p, &rank);
	return rank == ARRAY_LEN(closest) && taker(plan, p);
}

/* ---- one pod in one line ---- */

static const struct plan_scale_up *
scale_up_for(const struct plan *plan, const char *pod)
{
	for (uint32_t i = 0; i < plan->scale_up_n; i++)
		for (uint32_t k = 0; k < plan->scale_up[i].pod_n; k++)
			if (strcmp(plan->scale_up[i].pods[k], pod) == 0)
				return &plan->scale_up[i];
	return NULL;
}

const char *
refusal_pod_text(const struct plan *plan, const struct plan_pod *p, bool acts,
		 struct arena *a, const char **group)
{
	const struct plan_scale_up *up;

	*group = NULL;
	switch ((enum plan_fate)p->fate) {
	case FATE_FITS:
		return *p->reason ? p->reason
				  : "waits for the scheduler: it fits on a "
				    "node that is there or on its way";
	case FATE_SCALE_UP:
		up = scale_up_for(plan, p->pod);
		return arena_printf(a, "no node: %s %s %d>%d",
				    acts ? "paddock grows"
					 : "paddock would grow",
				    up ? up->group : "a group",
				    up ? up->from : 0, up ? up->to : 0);
	case FATE_REFUSED:
		return refusal_cause(plan, p, a, group);
	default:
		return p->reason;
	}
}

void
refusal_detail(const char *detail, struct buf *out)
{
	/* 2026-02-18T10:34:52Z */
	enum { DATE = 11, CLOCK = 8, STAMP = 20 };
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";

	for (const char *p = str_or_empty(detail); *p;) {
		int n = 0;

		while (n < STAMP &&
		       (form[n] == 'd' ? p[n] >= '0' && p[n] <= '9'
				       : p[n] == form[n]))
			n++;
		if (n == STAMP) {
			buf_printf(out, "%.*s", CLOCK, p + DATE);
			p += STAMP;
		} else {
			buf_putc(out, *p++);
		}
	}
}

/* ---- what would clear it ---- */

/* The first text found in the reason counts. */
static const struct {
	const char *reason, *remedy;
} remedies[] = {
	{ "in backoff after failed scale-up",
	  "mend what AWS says of the group's launches (W on the group), or "
	  "wait for the backoff to end" },
	{ "not ready for scale-up",
	  "look at the group: its nodes are unhealthy or its template is "
	  "unknown" },
	{ "exceeded quota", "raise the limit in the policy" },
	{ "max total nodes", "raise max-nodes-total in the policy" },
	{ "Insufficient",
	  "ask for less, or add a group with larger instances" },
	{ "untolerated taint",
	  "give the runner's pods a toleration, or use another group" },
	{ "didn't match Pod's node affinity",
	  "the pod's node selector or affinity names labels the group's nodes "
	  "do not have; scale-from-zero needs them as tags on the group" },
	{ "free ports", "another pod holds the host port on every node" },
	{ "volume", "a volume is bound to another zone or cannot attach" },
	{ "topology spread", "more zones or hosts, or a softer constraint" },
	{ "anti-affinity", "more hosts, or a softer rule" },
	{ "held", "the hold's end, or: paddock unhold GROUP" },
	{ "step limit reached", "time: the limit counts ten minutes back" },
};

static const char *
remedy(const char *reason)
{
	for (size_t i = 0; i < ARRAY_LEN(remedies); i++)
		if (strstr(reason, remedies[i].reason))
			return remedies[i].remedy;
	return "";
}

/* Of a group at zero its tags say what its nodes will carry.  detail: "wants
 * KEY=VALUE, has no such label". */
static bool
clears_by_tag(const struct plan *plan, const struct plan_refusal *r,
	      struct buf *out)
{
	const char *want = strstr(str_or_empty(r->detail), "wants ");
	size_t key, value;

	if (!is_by_tags(plan, r) || !want || !strstr(want, "no such label"))
		return false;
	want += strlen("wants ");
	key = strcspn(want, "=,");
	if (want[key] != '=')
		return false;
	value = strcspn(want + key + 1, ",");
	buf_printf(out,
		   "if nodes of %s carry this label, tag the group "
		   "k8s.io/cluster-autoscaler/node-template/label/%.*s = %.*s: "
		   "it has no nodes, so its tags must say what they will carry",
		   r->group, (int)key, want, (int)value, want + key + 1);
	return true;
}

static void
raise_max(const char *group, int32_t max, struct buf *out)
{
	buf_printf(out,
		   "raise %s's maximum above %d (m on the group, or: paddock "
		   "limits %s --max N)",
		   group, max, group);
}

void
refusal_group_clears(const struct plan_group *g, struct buf *out)
{
	const char *skipped = str_or_empty(g->skipped);

	if (str_has_prefix(skipped, closest[0]))
		raise_max(g->group, g->max, out);
	else
		buf_puts(out, remedy(skipped));
}

void
refusal_clears(const struct plan *plan, const struct plan_pod *p,
	       struct buf *out)
{
	size_t rank;
	const struct plan_refusal *r = closest_refusal(p, &rank);
	const struct plan_group *g;

	if (p->fate != FATE_REFUSED || !r)
		return;
	g = plan_group(plan, r->group);
	if (rank == 0) {
		raise_max(r->group, g ? g->max : 0, out);
		return;
	}
	if (rank == ARRAY_LEN(closest)) {
		g = taker(plan, p);
		if (g) {
			buf_printf(out, "time: %s is decided when the group "
				   "that grows now has grown", g->group);
			return;
		}
		r = nearest_misfit(plan, p);
		if (clears_by_tag(plan, r, out))
			return;
	}
	buf_puts(out, remedy(r->reason));
}
