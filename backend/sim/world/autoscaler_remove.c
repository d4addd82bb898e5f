/*
 * Nodes on their way out: tainted and cordoned, a delay, checked again, drained
 * where needed, terminated with decrement; or given back when something is in
 * the way (reference cluster-autoscaler 5.9).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/autoscaler_run.h"

#define POLL_MS 5000
#define HEADROOM_MS 30000

static void on_step(struct sim *w, void *ctx, uint64_t arg);

static const struct object *
node_of(const struct removal *r)
{
	return k8s_find(r->ca->k, r->ca->k->nodes, "", r->node);
}

bool
ca_is_removing(const struct ca *a, const char *node)
{
	for (uint32_t i = 0; i < a->removals.n; i++) {
		if (str_eq(a->removals.at[i]->node, node))
			return true;
	}
	return false;
}

static void
forget(struct removal *r)
{
	struct ca *a = r->ca;

	for (uint32_t i = 0; i < a->removals.n; i++) {
		if (a->removals.at[i] == r)
			a->removals.at[i] = a->removals.at[--a->removals.n];
	}
	sim_cancel(a->k->sim, r->timer);
	free(r);
}

void
ca_removals_free(struct ca *a)
{
	while (a->removals.n)
		forget(a->removals.at[0]);
	vec_free(&a->removals);
}

static void
cordon(struct removal *r, bool on)
{
	const struct object *o = node_of(r);

	if (o)
		k8s_put_merge(r->ca->k, o,
			      pack("{s:{s:o}}", "spec", "unschedulable",
				   on ? json_true() : json_null()));
}

static void
give_back(struct removal *r, const char *code, const char *why)
{
	struct ca *a = r->ca;
	const struct object *o;

	node_taint_drop(a->k, r->node, TAINT_TO_BE_DELETED);
	cordon(r, false);
	o = node_of(r);
	if (o)
		ca_tell(a, o, true, "ScaleDownFailed", "failed to %s node: %s",
			r->drain ? "drain and delete" : "delete empty", why);
	ca_log(a, "actuator.go:512] Scale-down of node %s failed: %s", r->node,
	       why);
	ca_act_end(a, r->act, false, code);
	forget(r);
}

/* ---- what stands on the node ---- */

struct standing {
	struct kubernetes *k;
	VEC(const struct object *) pods; /* that would have to move */
};

static bool
gather(void *ctx, const struct object *o)
{
	struct standing *s = ctx;
	const struct pod *p = mirror_of(s->k, KIND_POD, o);

	if (p && !pod_is_finished(p) && !pod_is_daemon(p) && !pod_is_mirror(p))
		vec_push(&s->pods, object_ref(o));
	return true;
}

static struct standing
standing_on(const struct removal *r)
{
	struct standing s = { .k = r->ca->k };

	objects_each_on_node(r->ca->k->objects, r->node, gather, &s);
	return s;
}

static void
release(struct standing *s)
{
	for (uint32_t i = 0; i < s->pods.n; i++)
		object_unref(s->pods.at[i]);
	vec_free(&s->pods);
}

/* ---- the last step ---- */

static void
terminate(struct removal *r)
{
	struct ca *a = r->ca;
	struct cloud *c = sim_cloud(a->k->sim);
	const struct cloud_activity *activity;
	struct cloud_fault f = { 0 };
	const struct object *o;

	if (!cloud_terminate_in_group(c, r->instance, true, &activity, &f)) {
		give_back(r, "cloudProviderError", f.message);
		return;
	}
	o = node_of(r);
	if (o)
		ca_tell(a, o, false, "ScaleDown",
			"nodes removed by cluster autoscaler");
	if (r->drain)
		ca_tell_status(a, false, "ScaleDown",
			       "Scale-down: node %s removed with drain",
			       r->node);
	else
		ca_tell_status(a, false, "ScaleDownEmpty",
			       "Scale-down: empty node %s removed", r->node);
	ca_act_end(a, r->act, true, "");
	forget(r);
}

/* ---- draining ---- */

/* Asks for the eviction of what is not going yet; longest grace asked for. */
static int64_t
evict_all(struct removal *r, struct standing *s)
{
	struct ca *a = r->ca;
	int64_t longest = 0;

	for (uint32_t i = 0; i < s->pods.n; i++) {
		const struct object *o = s->pods.at[i];
		const struct pod *p = mirror_of(a->k, KIND_POD, o);
		int64_t grace = p && p->grace_s >= 0 ? p->grace_s : 30;
		struct status st = { 0 };

		if (grace > a->grace_s)
			grace = a->grace_s;
		longest = grace > longest ? grace : longest;
		if (o->deleted_ms)
			continue;
		if (k8s_evict(a->k, o, grace, &st))
			ca_tell(a, o, false, "ScaleDown",
				"deleting pod for node scale down");
	}
	return longest;
}

static void
drain(struct removal *r)
{
	struct ca *a = r->ca;
	struct standing s = standing_on(r);
	int64_t now = sim_now_ms(a->k->sim), longest;

	if (s.pods.n == 0) {
		release(&s);
		terminate(r);
		return;
	}
	if (!r->evict_since_ms)
		r->evict_since_ms = now;
	longest = evict_all(r, &s);
	release(&s);
	if (now - r->evict_since_ms >
	    a->max_evict_ms + longest * 1000 + HEADROOM_MS) {
		give_back(r, "FailedToEvictPods",
			  "pods remaining after timeout");
		return;
	}
	r->timer = sim_after(a->k->sim, POLL_MS, on_step, r, 0);
}

static void
on_step(struct sim *w, void *ctx, uint64_t arg)
{
	struct removal *r = ctx;
	struct standing s;
	uint32_t left;

	(void)w;
	(void)arg;
	r->timer = 0;
	if (!node_of(r)) {
		ca_act_end(r->ca, r->act, true, "");
		forget(r);
		return;
	}
	if (r->drain) {
		drain(r);
		return;
	}
	s = standing_on(r);
	left = s.pods.n;
	release(&s);
	if (left)
		give_back(r, "internalError",
			  "failed to delete empty node, new pods scheduled");
	else
		terminate(r);
}

void
ca_remove_begin(struct ca *a, const struct plan_scale_down *s)
{
	const struct object *o = k8s_find(a->k, a->k->nodes, "", s->node);
	const struct node *n = o ? mirror_of(a->k, KIND_NODE, o) : NULL;
	struct removal *r;
	char now[24];

	if (!n || ca_is_removing(a, s->node))
		return;
	r = xcalloc(1, sizeof(*r));
	r->ca = a;
	r->drain = s->drain;
	snprintf(r->node, sizeof(r->node), "%s", s->node);
	snprintf(r->instance, sizeof(r->instance), "%s", n->instance_id);
	snprintf(r->group, sizeof(r->group), "%s", s->group);
	vec_push(&a->removals, r);
	ca_act_begin(a, "scaleDown", s->group, s->node, 0, 0, r->act);
	if (r->drain)
		ca_tell_status(a, false, "ScaleDown",
			       "Scale-down: removing node %s, utilization: "
			       "%.3f, %u pods to reschedule",
			       r->node, s->utilization, s->pod_n);
	else
		ca_tell_status(a, false, "ScaleDownEmpty",
			       "Scale-down: removing empty node \"%s\"",
			       r->node);
	snprintf(now, sizeof(now), "%lld",
		 (long long)(sim_now_ms(a->k->sim) / 1000));
	node_taint_set(a->k, r->node, TAINT_TO_BE_DELETED, now, "NoSchedule");
	cordon(r, true);
	o = node_of(r);
	if (o)
		ca_tell(a, o, false, "ScaleDown",
			"marked the node as toBeDeleted/unschedulable");
	r->timer = sim_after(a->k->sim, a->delay_ms, on_step, r, 0);
}
