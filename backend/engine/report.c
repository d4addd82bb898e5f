/*
 * From a run to its plan.
 */
#include "backend/engine/report.h"

#include "backend/engine/fixes.h"
#include "backend/engine/health.h"
#include "backend/engine/nodes.h"
#include "backend/engine/pending.h"
#include "backend/engine/scale_up.h"

static const char *
keep(struct run *r, const char *text)
{
	return arena_strdup(r->plan->arena, str_or_empty(text));
}

/* ---- scale-up ---- */

static void
report_growth(struct run *r)
{
	struct plan *p = r->plan;
	struct plan_scale_up *at = arena_alloc(p->arena, r->growth.n *
								 sizeof(*at) +
								 1);

	for (uint32_t i = 0; i < r->growth.n; i++) {
		const struct growth *g = &r->growth.at[i];
		const char **pods = arena_alloc(p->arena,
						g->pod_n * sizeof(*pods) + 1);

		for (uint32_t j = 0; j < g->pod_n; j++)
			pods[j] = pod_label(r, r->pending->at[g->pods[j]].pod);
		at[i] = (struct plan_scale_up){
			.group = keep(r, r->groups->at[g->group].name),
			.from = g->from,
			.to = g->to,
			.pods = pods,
			.pod_n = g->pod_n,
			.expander = g->expander,
		};
	}
	p->scale_up = at;
	p->scale_up_n = r->growth.n;
}

static void
report_fixes(struct run *r, const char *const *names)
{
	struct plan *p = r->plan;
	struct plan_fix *at = arena_alloc(p->arena,
					  r->fixes.n * sizeof(*at) + 1);

	for (uint32_t i = 0; i < r->fixes.n; i++) {
		const struct fix *f = &r->fixes.at[i];

		at[i] = (struct plan_fix){
			.act = f->act,
			.group = names[f->group],
			.instances = f->names,
			.instance_n = f->name_n,
			.from = f->from,
			.to = f->to,
		};
	}
	p->fixes = at;
	p->fix_n = r->fixes.n;
}

/* ---- scale-down ---- */

static void
report_removals(struct run *r, const char *const *names)
{
	struct plan *p = r->plan;
	struct plan_scale_down *at = arena_alloc(p->arena, r->removals.n *
								   sizeof(*at) +
								   1);

	for (uint32_t i = 0; i < r->removals.n; i++) {
		const struct known_node *k = &r->nodes->at[r->removals.at[i]];
		struct plan_move *moves = arena_alloc(p->arena,
						      k->move_n *
							      sizeof(*moves) +
							      1);

		for (uint32_t j = 0; j < k->move_n; j++)
			moves[j] = (struct plan_move){
				pod_label(r, k->moves[j].pod),
				keep(r, r->nodes->at[k->moves[j].to]
						.node->meta.name),
			};
		at[i] = (struct plan_scale_down){
			.node = keep(r, k->node->meta.name),
			.group = names[k->group],
			.drain = k->drain,
			.utilization = k->utilization,
			.pods = moves,
			.pod_n = k->move_n,
		};
	}
	p->scale_down = at;
	p->scale_down_n = r->removals.n;
}

/* ---- pods ---- */

/* Lists of refusals are shared by alike pods: made once each. */
static const struct plan_refusal *
report_refusals(struct run *r, const struct pending_pod *p,
		const char *const *names)
{
	struct plan_refusal *at = arena_alloc(r->plan->arena,
					      p->refusal_n * sizeof(*at) + 1);

	for (uint32_t i = 0; i < p->refusal_n; i++)
		at[i] = (struct plan_refusal){ names[p->refusals[i].group],
					       p->refusals[i].reason,
					       p->refusals[i].detail };
	return at;
}

struct made { /* refusal lists already made */
	const struct refusal *from;
	const struct plan_refusal *to;
};

static void
report_pods(struct run *r, const char *const *names)
{
	struct pending *all = r->pending;
	struct plan *p = r->plan;
	struct plan_pod *at = arena_alloc(p->arena,
					  all->n * sizeof(*at) + 1);
	uint32_t room = r->cluster->shapes.n;
	struct made *made = arena_alloc(r->scratch, room * sizeof(*made) + 1);

	for (uint32_t i = 0; i < all->n; i++) {
		const struct pending_pod *from = &all->at[i];
		struct made *m;

		at[i].pod = pod_label(r, from->pod);
		at[i].fate = from->fate;
		at[i].reason = from->reason;
		if (from->refusal_n == 0)
			continue;
		m = &made[cluster_shape(r->cluster, from->at)];
		if (!m->to || m->from != from->refusals)
			*m = (struct made){ from->refusals,
					    report_refusals(r, from, names) };
		at[i].groups = m->to;
		at[i].group_n = from->refusal_n;
	}
	p->pending = at;
	p->pending_n = all->n;
}

/* ---- nodes and groups ---- */

static void
report_nodes(struct run *r, const char *const *names)
{
	struct plan *p = r->plan;
	struct plan_node *at = arena_alloc(p->arena,
					   r->nodes->n * sizeof(*at) + 1);

	for (uint32_t i = 0; i < r->nodes->n; i++) {
		const struct known_node *k = &r->nodes->at[i];

		at[i] = (struct plan_node){
			.node = keep(r, k->node->meta.name),
			.group = k->group == NONE ? "" : names[k->group],
			.utilization = k->utilization,
			.unneeded_since_ms = k->unneeded_since_ms,
			.blocked = keep(r, k->blocked),
			.by = keep(r, k->by),
		};
	}
	p->nodes = at;
	p->node_n = r->nodes->n;
}

static void
report_groups(struct run *r, const char *const *names)
{
	static const char *const from[] = {
		[TEMPLATE_NONE] = "none",
		[TEMPLATE_NODE] = "node",
		[TEMPLATE_CACHE] = "cache",
		[TEMPLATE_CLOUD] = "cloud",
	};
	struct plan *p = r->plan;
	struct plan_group *at = arena_alloc(p->arena,
					    r->groups->n * sizeof(*at) + 1);

	for (uint32_t i = 0; i < r->groups->n; i++) {
		const struct node_group *g = &r->groups->at[i];

		at[i] = (struct plan_group){
			.group = names[i],
			.min = g->min,
			.max = g->max,
			.desired = g->asg ? g->asg->desired : 0,
			.ready = g->ready,
			.upcoming = g->upcoming,
			.unready = g->unready,
			.not_started = g->not_started,
			.suspended = g->suspended,
			.deleting = g->deleted,
			.unregistered = g->unregistered,
			.long_unregistered = g->long_unregistered,
			.healthy = g->healthy,
			.backoff_until_ms =
				g->backed_off ? g->backoff.until_ms : 0,
			.timed_out = g->timed_out,
			.timed_out_ms = g->timed_out_ms,
			.refused = g->refused,
			.refused_code = g->refused ? HEALTH_REFUSED : "",
			.refused_text = g->refused ? HEALTH_REFUSED_TEXT : "",
			.template_from = from[g->template_from],
			.skipped = g->skipped,
			.detail = *g->skipped_detail
					  ? g->skipped_detail
					  : keep(r, g->template_fault),
		};
	}
	p->groups = at;
	p->group_n = r->groups->n;
	p->warnings = r->warnings;
	p->warning_n = r->warning_n;
}

void
report_plan(struct run *r)
{
	const char **names = arena_alloc(r->plan->arena,
					 r->groups->n * sizeof(*names) + 1);

	for (uint32_t i = 0; i < r->groups->n; i++)
		names[i] = keep(r, r->groups->at[i].name);
	r->plan->cluster_healthy = r->cluster_healthy;
	r->plan->cluster_reason = r->cluster_reason;
	report_growth(r);
	report_fixes(r, names);
	report_removals(r, names);
	report_pods(r, names);
	report_nodes(r, names);
	report_groups(r, names);
	r->plan->work = r->work;
}
