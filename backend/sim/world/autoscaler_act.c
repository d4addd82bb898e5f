/*
 * A plan carried out: desired capacities, fixes, soft taints, and what pods are
 * told of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/autoscaler_run.h"

static const struct object *
pod_of(const struct ca *a, const char *ns_name)
{
	return k8s_find_key(a->k, a->k->pods, ns_name);
}

/* ---- up ---- */

static void
scale_up(struct ca *a, const struct plan_scale_up *s)
{
	struct cloud *c = sim_cloud(a->k->sim);
	struct cloud_group *g = cloud_group(c, s->group);
	struct cloud_fault f = { 0 };
	char act[40];
	int32_t max = g ? g->max : 0;

	ca_log(a,
	       "orchestrator.go:241] Final scale-up plan: [{%s %d->%d "
	       "(max: %d)}]",
	       s->group, s->from, s->to, max);
	ca_tell_status(a, false, "ScaledUpGroup",
		       "Scale-up: setting group %s size to %d instead of %d "
		       "(max: %d)",
		       s->group, s->to, s->from, max);
	ca_act_begin(a, "scaleUp", s->group, "", s->from, s->to, act);
	if (!cloud_set_desired(c, s->group, s->to, &f)) {
		ca_act_end(a, act, false, "cloudProviderError");
		ca_log(a,
		       "executor.go:184] Failed to increase node group "
		       "size: %s: %s",
		       f.code, f.message);
		ca_tell_status(a, true, "FailedToScaleUpGroup",
			       "Scale-up failed for group %s: %s", s->group,
			       f.message);
		return;
	}
	ca_act_end(a, act, true, "");
	ca_look(a, s->group)->asked_ms = sim_now_ms(a->k->sim);
	ca_tell_status(a, false, "ScaledUpGroup",
		       "Scale-up: group %s size set to %d instead of %d (max: "
		       "%d)",
		       s->group, s->to, s->from, max);
	for (uint32_t i = 0; i < s->pod_n; i++) {
		const struct object *o = pod_of(a, s->pods[i]);

		if (o)
			ca_tell(a, o, false, "TriggeredScaleUp",
				"pod triggered scale-up: [{%s %d->%d (max: "
				"%d)}]",
				s->group, s->from, s->to, max);
	}
}

/* "1 max node group size reached, 2 Insufficient cpu" */
static void
tell_not_helped(struct ca *a, const struct plan_pod *p)
{
	const struct object *o = pod_of(a, p->pod);
	struct map *counts = map_new(NULL);
	struct buf text;
	const char *reason;
	void *value;
	uint32_t at = 0;

	/* Of pods that no group was tried for nothing is said. */
	if (!o || p->group_n == 0)
		goto out;
	buf_init(&text, 2048);
	for (uint32_t i = 0; i < p->group_n; i++) {
		uintptr_t n = (uintptr_t)map_get(counts, p->groups[i].reason);

		map_put(counts, p->groups[i].reason, (void *)(n + 1));
	}
	while (map_next(counts, &at, &reason, &value))
		buf_printf(&text, "%s%u %s", text.len ? ", " : "",
			   (unsigned)(uintptr_t)value, reason);
	ca_tell(a, o, false, "NotTriggerScaleUp",
		"pod didn't trigger scale-up: %s", buf_text(&text));
	buf_fini(&text);
out:
	map_free(counts);
}

/* ---- fixes ---- */

static void
delete_instances(struct ca *a, const struct plan_fix *x)
{
	struct cloud *c = sim_cloud(a->k->sim);

	for (uint32_t n = 0; n < x->instance_n; n++) {
		const struct cloud_activity *activity;
		struct cloud_fault f = { 0 };
		const char *id = x->instances[n];
		const struct cloud_instance *i = cloud_instance(c, id);

		if (str_has_prefix(id, "i-placeholder"))
			continue; /* the size says it: see below */
		if (cloud_terminate_in_group(c, id, true, &activity, &f)) {
			ca_tell_status(a, false, "DeleteUnregistered",
				       "Removed unregistered node "
				       "aws:///%s/%s",
				       i ? i->subnet->zone : "", id);
			continue;
		}
		ca_log(a,
		       "static_autoscaler.go:797] Failed to remove node "
		       "%s: %s",
		       id, f.message);
		ca_tell_status(a, true, "DeleteUnregisteredFailed",
			       "Failed to remove node %s: %s", id, f.message);
	}
}

static void
tell_errored(struct ca *a, const struct plan_fix *x)
{
	ca_tell_status(a, true, "ScaleUpFailed",
		       "Failed adding %u nodes to group %s due to "
		       "OutOfResource.placeholder-cannot-be-fulfilled; source "
		       "errors: AWS cannot provision any more instances for "
		       "this node group",
		       x->instance_n, x->group);
}

/* The size that was asked for and never came. */
static void
set_size(struct ca *a, const struct plan_fix *x)
{
	struct cloud *c = sim_cloud(a->k->sim);
	struct cloud_group *g = cloud_group(c, x->group);
	struct cloud_fault f = { 0 };

	if (!g || x->to == g->desired || x->to < (int32_t)group_alive(g))
		return;
	if (!cloud_set_desired(c, x->group, x->to, &f))
		ca_log(a, "aws_manager.go:302] Failed to set size of %s: %s",
		       x->group, f.message);
	else
		ca_log(a, "aws_manager.go:302] Setting asg %s size to %d",
		       x->group, x->to);
}

static void
fix(struct ca *a, const struct plan_fix *x)
{
	char act[40];

	if (str_eq(x->act, "deleteErrored"))
		tell_errored(a, x);
	if (str_has_prefix(x->act, "delete")) {
		delete_instances(a, x);
		set_size(a, x);
	} else if (str_eq(x->act, "fixSize")) {
		set_size(a, x);
	} else if (str_eq(x->act, "raiseToMin")) {
		ca_act_begin(a, "scaleUp", x->group, "", x->from, x->to, act);
		set_size(a, x);
		ca_act_end(a, act, true, "");
	} else if (str_eq(x->act, "untaint")) {
		for (uint32_t i = 0; i < x->instance_n; i++)
			node_taint_drop(a->k, x->instances[i],
					TAINT_TO_BE_DELETED);
	}
}

/* A backoff that begins without a refusal: what was asked for never came. */
static void
tell_timeouts(struct ca *a, const struct plan *p)
{
	int64_t now = sim_now_ms(a->k->sim);

	for (uint32_t i = 0; i < p->group_n; i++) {
		const struct plan_group *g = &p->groups[i];
		struct group_look *l = ca_look(a, g->group);
		bool errored = false;
		char took[TIME_TEXT];

		for (uint32_t f = 0; f < p->fix_n; f++)
			errored |= str_eq(p->fixes[f].act, "deleteErrored") &&
				   str_eq(p->fixes[f].group, g->group);
		if (g->backoff_until_ms > now && l->backoff_ms <= now &&
		    !errored && l->asked_ms)
			ca_tell_status(a, true, "ScaleUpTimedOut",
				       "Nodes added to group %s failed to "
				       "register within %s",
				       g->group,
				       duration_format(now - l->asked_ms,
						       took));
		l->backoff_ms = g->backoff_until_ms;
	}
}

/* ---- all of it ---- */

static void
soft_taints(struct ca *a, const struct plan *p)
{
	char now[24];

	snprintf(now, sizeof(now), "%lld",
		 (long long)(sim_now_ms(a->k->sim) / 1000));
	for (uint32_t i = 0; i < p->taint_remove_n; i++)
		node_taint_drop(a->k, p->taint_remove[i], TAINT_CANDIDATE);
	for (uint32_t i = 0; i < p->taint_add_n; i++)
		node_taint_set(a->k, p->taint_add[i], TAINT_CANDIDATE, now,
			       "PreferNoSchedule");
}

void
ca_carry_out(struct ca *a, const struct plan *p)
{
	bool helped =
		str_eq(p->result, "Successful") || str_eq(p->result, "Error");

	tell_timeouts(a, p);
	for (uint32_t i = 0; i < p->fix_n; i++)
		fix(a, &p->fixes[i]);
	for (uint32_t i = 0; i < p->scale_up_n; i++)
		scale_up(a, &p->scale_up[i]);
	for (uint32_t i = 0; i < p->pending_n && !helped; i++) {
		if (p->pending[i].fate == FATE_REFUSED)
			tell_not_helped(a, &p->pending[i]);
	}
	soft_taints(a, p);
	for (uint32_t i = 0; i < p->scale_down_n; i++)
		ca_remove_begin(a, &p->scale_down[i]);
}
