/*
 * One decision, in the order of Cluster Autoscaler's loop (reference 1).
 */
#include "backend/engine/engine.h"

#include <stdlib.h>

#include "backend/engine/fixes.h"
#include "backend/engine/health.h"
#include "backend/engine/nodes.h"
#include "backend/engine/pending.h"
#include "backend/engine/report.h"
#include "backend/engine/scale_down.h"
#include "backend/engine/scale_up.h"
#include "backend/engine/template.h"
#include "backend/engine/utilization.h"
#include "backend/model/workload.h"

/* Enough for 10,000 different pods on 5,000 nodes twenty times over. */
#define WORK_DEFAULT UINT64_C(1000000000)

/* More launches at once than any cluster holds nodes. */
#define UPCOMING_MAX 20000u

static struct plan *
plan_new(const struct engine_input *in)
{
	struct arena *a = arena_new();
	struct plan *p = xcalloc(1, sizeof(*p));

	atomic_init(&p->refs, 1);
	p->arena = a;
	p->time_ms = in->now_ms;
	p->result = "NotTried";
	p->scale_down_result = "";
	p->cluster_reason = "";
	return p;
}

/* ---- the cluster as it stands ---- */

static void
know_names(struct run *r)
{
	struct cluster *c = r->cluster;

	templates_know_resources(r);
	WORLD_EACH(node, n, r->world, KIND_NODE)
		cluster_know_resources(c, &n->allocatable);
	WORLD_EACH(pod, p, r->world, KIND_POD)
	{
		cluster_know_resources(c, &p->requests);
		cluster_know_terms(c, p);
	}
	WORLD_EACH(workload, ds, r->world, KIND_DAEMONSET)
	{
		if (!ds->template_pod)
			continue;
		cluster_know_resources(c, &ds->template_pod->requests);
		cluster_know_terms(c, ds->template_pod);
	}
	cluster_freeze_names(c);
}

static bool
stands(const struct run *r, const struct pod *p)
{
	return *str_or_empty(p->node_name) && !pod_is_finished(p) &&
	       !pod_is_expendable(r, p);
}

/* All nodes with what runs on them, in order of names. */
static void
build_cluster(struct run *r)
{
	struct cluster *c = r->cluster;

	for (uint32_t i = 0; i < r->nodes->n; i++)
		cluster_add_node(c, r->nodes->at[i].node,
				 r->nodes->at[i].group);
	WORLD_EACH(pod, p, r->world, KIND_POD)
	{
		uint32_t node;

		if (!stands(r, p))
			continue;
		node = cluster_node_index(c, p->node_name);
		if (node != NONE)
			cluster_place(c, cluster_add_pod(c, p), node);
	}
	cluster_settle(c);
}

/* Fake nodes for what is on its way; nodes that have registered but not started
 * are among those, so they step aside (1, step 18). */
static void
add_upcoming(struct run *r)
{
	uint32_t absent = 0, fakes = 0;

	for (uint32_t i = 0; i < r->nodes->n; i++) {
		if (!r->nodes->at[i].upcoming ||
		    !r->groups->at[r->nodes->at[i].group].template)
			continue;
		cluster_absent(r->cluster, i);
		absent++;
	}
	for (uint32_t i = 0; i < r->groups->n; i++) {
		const struct node_group *g = &r->groups->at[i];

		for (int32_t j = 0; g->template && j < g->upcoming; j++) {
			if (fakes++ >= UPCOMING_MAX) {
				r->plan->out_of_work = true;
				break;
			}
			cluster_add_template(r->cluster, g->template, i);
		}
	}
	r->node_count = r->cluster->nodes.n - absent;
	cluster_settle(r->cluster);
}

/* Utilization as it stands, for the report. */
static void
nodes_measure(struct run *r)
{
	for (uint32_t i = 0; i < r->nodes->n; i++) {
		struct known_node *k = &r->nodes->at[i];
		bool ignore = policy_flag(r->policy, POLICY_IGNORE_DAEMONSETS);

		if (r->cluster->nodes.at[i].absent)
			continue; /* its pods stepped aside with it */
		if (k->group != NONE)
			ignore = r->groups->at[k->group]
					 .options.ignore_daemonsets;
		k->utilization = utilization_of(r, i, ignore).share;
		k->blocked = k->by = "";
	}
}

/* The shortest time between two decisions bounds how many nodes are looked
 * at (5.5). */
static void
measure_interval(struct run *r)
{
	int64_t step;

	if (!r->old)
		return;
	r->shortest_ms = r->old->shortest_ms;
	step = r->now_ms - r->old->time_ms;
	if (r->old->time_ms != 0 && step > 0 &&
	    (r->shortest_ms == 0 || step < r->shortest_ms))
		r->shortest_ms = step;
}

/* ---- the loop ---- */

/* With none to start from, hands are off: not even repairs are made. */
static bool
may_begin(struct run *r)
{
	if (!policy_flag(r->policy, POLICY_SCALE_UP_FROM_ZERO) &&
	    r->nodes_ready == 0) {
		r->cluster_reason = "no ready node, and scale-up-from-zero "
				    "is off";
		return false;
	}
	return true;
}

static void
build_templates(struct run *r)
{
	groups_build(r);
	nodes_build(r);
	r->nodes_ready = r->nodes->ready_n;
	r->cluster = cluster_new(r);
	know_names(r);
	build_cluster(r);
	templates_build(r);
}

static void
decide(struct run *r)
{
	measure_interval(r);
	build_templates(r);
	health_update(r);
	deletions_mark(r);
	nodes_measure(r);
	pending_build(r);
	fix_stale_taints(r);
	soft_taints_clean(r);
	if (!may_begin(r))
		return;
	fix_unregistered(r);
	if (!r->cluster_healthy) {
		r->times_forgotten = true;
		return;
	}
	fix_errored(r);
	if (fix_sizes(r))
		return;
	add_upcoming(r);
	pending_filter(r);
	nodes_measure(r);
	scale_up(r);
	if (policy_flag(r->policy, POLICY_SCALE_DOWN_ENABLED))
		scale_down(r);
	fix_minimum(r);
}

static struct run
run_begin(const struct engine_input *in)
{
	return (struct run){
		.world = in->world,
		.policy = in->policy,
		.old = in->memory,
		.now_ms = in->now_ms,
		.scratch = arena_new(),
		.plan = plan_new(in),
		.work_limit = in->work_limit ? in->work_limit : WORK_DEFAULT,
		.cluster_reason = "",
	};
}

static void
run_end(struct run *r)
{
	cluster_free(r->cluster);
	vec_free(&r->growth);
	vec_free(&r->removals);
	vec_free(&r->fixes);
	arena_free(r->scratch);
}

const struct plan *
engine_decide(const struct engine_input *in)
{
	struct run r = run_begin(in);

	decide(&r);
	report_plan(&r);
	r.plan->memory = report_memory(&r);
	run_end(&r);
	return r.plan;
}

void
engine_template(const struct engine_input *in, const char *group,
		void (*use)(void *ctx, const struct node *n,
			    const struct pod *const *pods, uint32_t pod_n),
		void *ctx)
{
	struct run r = run_begin(in);
	const struct node_group *g;

	build_templates(&r);
	g = groups_find(&r, group);
	if (g && g->template)
		use(ctx, g->template->node, g->template->pods,
		    g->template->pod_n);
	run_end(&r);
	plan_unref(r.plan);
}
