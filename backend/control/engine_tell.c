/*
 * Upstream's words for what a leader does.
 */
#include "backend/control/engine_tell.h"

#include <stdio.h>

#include "backend/control/events.h"
#include "backend/control/lease.h"
#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

/* More than this many at once would only load the API server. */
enum { PODS_TOLD = 50, PODS_NAMED = 100, REASONS = 32 };

/* ---- before ---- */

/* Each pod is told that its node is on its way (reference 3.12). */
void
engine_tell_growth(struct engine_run *e, const char *group, int32_t from,
		   int32_t to)
{
	const struct plan_group *g = plan_group(e->plan, group);
	int32_t max = g ? g->max : to;

	event_status(e->events, false, "ScaledUpGroup",
		     "Scale-up: setting group %s size to %d instead of %d "
		     "(max: %d)", group, to, from, max);
	for (uint32_t i = 0; i < e->plan->scale_up_n; i++) {
		const struct plan_scale_up *up = &e->plan->scale_up[i];

		for (uint32_t k = 0; str_eq(up->group, group) &&
				     k < up->pod_n && k < PODS_TOLD; k++)
			event_on(e->events, KIND_POD, up->pods[k], false,
				 "TriggeredScaleUp",
				 "pod triggered scale-up: [{%s %d->%d (max: "
				 "%d)}]", group, from, to, max);
	}
}

void
engine_tell_removal(struct engine_run *e, const struct plan_scale_down *d)
{
	struct buf pods;

	if (!d->drain) {
		event_status(e->events, false, "ScaleDownEmpty",
			     "Scale-down: removing empty node \"%s\"",
			     d->node);
		return;
	}
	buf_init(&pods, 4096);
	for (uint32_t i = 0; i < d->pod_n && i < PODS_NAMED; i++) {
		const char *slash = strchr(d->pods[i].pod, '/');

		buf_printf(&pods, "%s%s", i ? "," : "",
			   slash ? slash + 1 : d->pods[i].pod);
	}
	event_status(e->events, false, "ScaleDown",
		     "Scale-down: removing node %s, utilization: %.3g, pods to "
		     "reschedule: %.600s", d->node, d->utilization,
		     buf_text(&pods));
	buf_fini(&pods);
}

/* ---- how it ended ---- */

void
engine_tell_resized(struct engine_run *e, const struct err *err,
		    const char *group, int32_t from, int32_t to)
{
	const struct group *g =
		store_find(e->backend->store, KIND_GROUP, group, NULL);

	if (err->code && err->code != ERR_CONFLICT)
		event_status(e->events, true, "FailedToScaleUpGroup",
			     "Scale-up failed for group %s: %.300s", group,
			     err->text);
	else if (!err->code && to > from)
		event_status(e->events, false, "ScaledUpGroup",
			     "Scale-up: group %s size set to %d instead of %d "
			     "(max: %d)", group, to, from,
			     g ? g->max : to);
}

void
engine_tell_removed(struct engine_run *e, const char *node, bool drained,
		    const struct err *err)
{
	const char *reason = drained ? "ScaleDown" : "ScaleDownEmpty";

	if (err->code && err->code != ERR_CONFLICT) {
		event_status(e->events, true, "ScaleDownFailed", "%.300s",
			     err->text);
		event_on(e->events, KIND_NODE, node, true, "ScaleDownFailed",
			 "failed to delete node: %.300s", err->text);
	} else if (!err->code) {
		event_status(e->events, false, reason,
			     drained ? "Scale-down: node %s removed with drain"
				     : "Scale-down: empty node %s removed",
			     node);
		event_on(e->events, KIND_NODE, node, false, "ScaleDown",
			 "nodes removed by cluster autoscaler");
	}
}

/* ---- on the way ---- */

/* Upstream's words on the way (reference 5.9, 5.10, 8.3). */
void
engine_tell_news(void *ctx, enum removal_news news, const char *node,
		 const char *pod, const char *text)
{
	struct engine_run *e = ctx;

	switch (news) {
	case REMOVAL_MARKED:
		event_on(e->events, KIND_NODE, node, false, "ScaleDown",
			 "marked the node as toBeDeleted/unschedulable");
		break;
	case REMOVAL_NOT_MARKED:
		event_on(e->events, KIND_NODE, node, true, "ScaleDownFailed",
			 "failed to mark the node as toBeDeleted/"
			 "unschedulable: %.300s", text);
		break;
	case REMOVAL_POD_EVICTED:
		e->done.evicted++;
		event_on_pod(e->events, pod, text, false, "ScaleDown",
			     "deleting pod for node scale down");
		break;
	case REMOVAL_POD_STAYS:
		e->done.not_evicted++;
		event_on_pod(e->events, pod, text, true, "ScaleDownFailed",
			     "failed to delete pod for ScaleDown");
		break;
	case REMOVAL_CLEANED:
		event_on(e->events, KIND_NODE, node, false,
			 "ClusterAutoscalerCleanup",
			 "removed %s taint from node %s",
			 TAINT_TO_BE_DELETED, node);
		break;
	case REMOVAL_ENDED_UNSEEN:
		e->done.unregistered += !*text;
		if (*text)
			event_status(e->events, true,
				     "DeleteUnregisteredFailed",
				     "Failed to remove node %s: %.300s", node,
				     text);
		else
			event_status(e->events, false, "DeleteUnregistered",
				     "Removed unregistered node %s", node);
		break;
	}
}

/* ---- after a decision ---- */

struct counted { /* a reason, and how many groups gave it */
	const char *text;
	size_t len;
	uint32_t n;
};

/* "2 Insufficient cpu, 1 max node group size reached", as upstream sums it. */
static void
sum_reasons(const struct plan_pod *p, struct buf *out)
{
	struct counted found[REASONS];
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->group_n; i++) {
		const char *at = p->groups[i].reason;

		while (*at) {
			size_t len = strcspn(at, ",");
			uint32_t k = 0;

			while (k < n && (found[k].len != len ||
					 memcmp(found[k].text, at, len) != 0))
				k++;
			if (k < n)
				found[k].n++;
			else if (n < REASONS)
				found[n++] = (struct counted){ at, len, 1 };
			at += len;
			at += strspn(at, ", ");
		}
	}
	for (uint32_t k = 0; k < n; k++)
		buf_printf(out, "%s%u %.*s", k ? ", " : "", found[k].n,
			   (int)found[k].len, found[k].text);
}

/* Not in a decision that adds nodes: the next one knows better (3.12). */
static void
tell_refused(struct engine_run *e)
{
	const struct plan *p = e->plan;
	struct buf why;
	uint32_t told = 0;

	for (uint32_t i = 0; i < p->pending_n && told < PODS_TOLD; i++) {
		const struct plan_pod *pod = &p->pending[i];

		if (pod->fate != FATE_REFUSED)
			continue;
		buf_init(&why, 1024);
		if (str_eq(p->result, "LimitedByMaxNodesTotal"))
			buf_puts(&why, "max total nodes in cluster reached");
		else
			sum_reasons(pod, &why);
		told += event_on(e->events, KIND_POD, pod->pod, false,
				 "NotTriggerScaleUp",
				 "pod didn't trigger scale-up: %.900s",
				 buf_text(&why));
		buf_fini(&why);
	}
}

static void
count(struct failed_launches *f, int32_t nodes)
{
	f->times++;
	f->nodes += (uint64_t)nodes;
}

/* Launches this decision gave up: asked for, and no node came of them
 * (reference 3.9).  Upstream lowers the group's size by them as well and tells
 * when that fails (FailedToRevertScaleUp); here the placeholders go one by
 * one. */
static void
tell_failed_launches(struct engine_run *e)
{
	char span[TIME_TEXT];

	for (uint32_t i = 0; i < e->plan->group_n; i++) {
		const struct plan_group *g = &e->plan->groups[i];

		if (g->timed_out) {
			count(&e->done.timed_out, g->timed_out);
			event_status(e->events, true, "ScaleUpTimedOut",
				     "Nodes added to group %s failed to "
				     "register within %s", g->group,
				     duration_format(g->timed_out_ms, span));
		}
		if (g->refused) {
			count(&e->done.refused, g->refused);
			event_status(e->events, true, "ScaleUpFailed",
				     "Failed adding %d nodes to group %s due "
				     "to OutOfResource.%s; source errors: %s",
				     g->refused, g->group, g->refused_code,
				     g->refused_text);
		}
	}
}

static void
tell_priorities(struct engine_run *e)
{
	char key[RECORD_KEY];

	snprintf(key, sizeof(key), "%s/" PRIORITY_CONFIG_NAME,
		 policy_text(e->policy, POLICY_NAMESPACE));
	for (uint32_t i = 0; i < e->plan->warning_n; i++)
		event_on(e->events, KIND_CONFIGMAP, key, true,
			 e->plan->warnings[i].reason, "%s",
			 e->plan->warnings[i].text);
}

void
engine_tell_decided(struct engine_run *e)
{
	const struct plan *p = e->plan;

	if (!leading_acts(e->backend->leading))
		return;
	tell_failed_launches(e);
	tell_priorities(e);
	if (!p->cluster_healthy)
		event_status(e->events, true, "ClusterUnhealthy",
			     "Cluster is unhealthy");
	if (str_eq(p->result, "LimitedByMaxNodesTotal"))
		event_status(e->events, true, "MaxNodesTotalReached",
			     "Max total nodes in cluster reached: %lld",
			     (long long)policy_int(e->policy,
						   POLICY_MAX_NODES_TOTAL));
	if (!p->scale_up_n)
		tell_refused(e);
}
