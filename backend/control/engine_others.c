/*
 * What others did to groups while we looked: the deployed autoscaler by its
 * events and taints, somebody else where nothing announces it.
 */
#include "backend/control/shadow.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/model/cloud.h"
#include "backend/model/node.h"
#include "backend/model/workload.h"

/* The autoscaler says in its events what it set a group to. */
static bool
autoscaler_said(const struct snapshot *s, const char *group, int32_t to)
{
	const struct slot *slot;
	char arrow[32], size[48];

	snprintf(arrow, sizeof(arrow), "->%d ", to);
	snprintf(size, sizeof(size), "size set to %d ", to);
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_EVENT, &i, NULL));) {
		const struct event *e = (const void *)slot->rec;

		if (str_eq(e->source, "cluster-autoscaler") && e->message &&
		    strstr(e->message, group) &&
		    (strstr(e->message, arrow) || strstr(e->message, size)))
			return true;
	}
	return false;
}

/* It takes nodes away one by one, each under its taint; a lower desired
 * capacity without that is somebody else's. */
#define REMOVED_MS ((int64_t)5 * 60 * 1000)

static bool
autoscaler_removed(const struct snapshot *s, const char *group)
{
	const struct slot *slot;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const struct node_sum *sum = (const void *)slot->sum;
		const struct group *g =
			sum ? snapshot_rec(s, sum->group) : NULL;

		if (g && str_eq(g->name, group) &&
		    node_taint((const void *)slot->rec, TAINT_TO_BE_DELETED) &&
		    (!slot->ended ||
		     s->clock.world_ms - slot->ended_ms < REMOVED_MS))
			return true;
	}
	return false;
}

static bool
we_did(const struct snapshot *s, const char *group, int32_t to)
{
	const struct slot *slot;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ACT, &i, NULL));) {
		const struct act *a = (const void *)slot->rec;

		if (str_eq(a->group, group) && a->to == to &&
		    s->clock.world_ms - a->started_ms < 10 * 60 * 1000)
			return true;
	}
	return false;
}

/* A change of limits of ours stands in the journal. */
#define JOURNAL_MS ((int64_t)10 * 60 * 1000)

static bool
we_set_limits(const struct engine_run *e, const struct snapshot *s,
	      const char *group)
{
	int64_t wall = clock_wall_ms(e->backend->clock);
	const struct slot *slot;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ENTRY, &i, NULL));) {
		const struct entry *j = (const void *)slot->rec;

		if (str_eq(j->verb, "limits") && j->target &&
		    strstr(j->target, group) && wall - j->at_ms < JOURNAL_MS)
			return true;
	}
	return false;
}

/* Minimum and maximum: who moves them moves what an autoscaler may do. */
static void
watch_limits(struct engine_run *e, const struct snapshot *s,
	     const struct group *g, struct handle h)
{
	struct limits *was = map_get(e->limits, g->name);
	char change[64];
	size_t len = 0;

	if (!was) {
		was = xcalloc(1, sizeof(*was));
		map_put(e->limits, g->name, was);
	} else if ((was->min != g->min || was->max != g->max) &&
		   !we_set_limits(e, s, g->name)) {
		if (was->max != g->max)
			len = (size_t)snprintf(change, sizeof(change),
					       "max %d>%d", was->max, g->max);
		if (was->min != g->min)
			snprintf(change + len, sizeof(change) - len,
				 "%smin %d>%d", len ? ", " : "", was->min,
				 g->min);
		engine_decision(e, ++e->decisions,
				&(struct decision_text){
					.by = "somebody",
					.what = "limits",
					.subject = g->name,
					.change = change,
					.reason = "seen on the group: a "
						  "person, EKS, or what keeps "
						  "it in Git",
					.target = h,
				});
	}
	*was = (struct limits){ g->min, g->max };
}

void
engine_watch_groups(struct engine_run *e, const struct snapshot *s)
{
	const struct slot *slot;
	struct handle h;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_GROUP, &i, &h));) {
		const struct group *g = (const void *)slot->rec;
		intptr_t now = (intptr_t)g->desired + 1;
		intptr_t before = (intptr_t)map_get(e->desired, g->name);
		char change[32];
		bool said, removed;

		watch_limits(e, s, g, h);
		if (now == before)
			continue;
		map_put(e->desired, g->name, (void *)now);
		if (!before || we_did(s, g->name, g->desired))
			continue;
		said = autoscaler_said(s, g->name, g->desired);
		removed = s->engine.lead == LEAD_CA && now < before &&
			  autoscaler_removed(s, g->name);
		snprintf(change, sizeof(change), "%d>%d", (int)before - 1,
			 g->desired);
		if (said || removed)
			shadow_resized(e->shadow, g->name, (int)before - 1,
				       g->desired);
		engine_decision(e, ++e->decisions,
				&(struct decision_text){
					.by = said || removed ? "CA"
							      : "somebody",
					.what = now > before ? "scale up"
							     : "scale down",
					.subject = g->name,
					.change = change,
					.reason = said ? "as the autoscaler's "
							 "events say"
						  : removed
							  ? "its taint was on "
							    "nodes that went"
							  : "seen on the "
							    "group, announced "
							    "by nobody",
					.target = h,
				});
	}
}
