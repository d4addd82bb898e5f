/*
 * Running a policy on the recorded pods.
 */
#include <stdlib.h>

#include "backend/world/whatif_private.h"

struct whatif_run {
	struct whatif *trace;
	bool (*adjust)(const void *ctx, struct policy *p, struct err *err);
	const void *ctx;
	struct whatif_fleet fleet;
	bool begun;
	int64_t paid_ms; /* node hours are counted up to here */
	const struct memory *memory;
	/* Made of the recorded policy, which stays the same object only by
	 * chance: compared as text. */
	struct policy *policy;
	char *made_of;
	struct whatif_sums sums;
};

struct whatif_run *
whatif_run_new(struct whatif *w,
	       bool (*adjust)(const void *ctx, struct policy *p,
			      struct err *err),
	       const void *ctx)
{
	struct whatif_run *r = xcalloc(1, sizeof(*r));

	whatif_settle(w);
	r->trace = w;
	r->adjust = adjust;
	r->ctx = ctx;
	return r;
}

void
whatif_run_free(struct whatif_run *r)
{
	if (!r)
		return;
	if (r->begun)
		fleet_free(&r->fleet);
	memory_unref(r->memory);
	policy_unref(r->policy);
	free(r->made_of);
	free(r);
}

/* ---- the policy ---- */

static char *
policy_text(const struct policy *p)
{
	struct buf text;
	struct jsonw *j;

	buf_init(&text, SIZE_MAX);
	j = jsonw_new_buf(&text, false);
	policy_write(j, p);
	jsonw_done(j);
	return buf_take(&text, NULL);
}

static bool
make_policy(struct whatif_run *r, const struct policy *recorded,
	    struct err *err)
{
	char *text = policy_text(recorded);
	struct policy *p;

	if (r->made_of && strcmp(text, r->made_of) == 0) {
		free(text);
		return true;
	}
	p = policy_dup(recorded);
	if (r->adjust && !r->adjust(r->ctx, p, err)) {
		policy_unref(p);
		free(text);
		return false;
	}
	policy_unref(r->policy);
	r->policy = p;
	free(r->made_of);
	r->made_of = text;
	return true;
}

/* ---- a moment ---- */

static void
pay(struct whatif_run *r)
{
	double hours = (double)(r->fleet.now_ms - r->paid_ms) / 3600000.0;
	uint32_t nodes = 0;

	for (uint32_t i = 0; i < r->fleet.nodes.n; i++) {
		const struct fleet_node *n = &r->fleet.nodes.at[i];

		if (n->gone || !*n->group)
			continue;
		nodes++;
		r->sums.node_hours += hours;
		if (n->udollars >= 0)
			r->sums.dollars += (double)n->udollars / 1e6 * hours;
		else
			r->sums.unpriced_hours += hours;
	}
	if (nodes > r->sums.most_nodes)
		r->sums.most_nodes = nodes;
	r->paid_ms = r->fleet.now_ms;
}

static void
carry_out(struct whatif_run *r, const struct recorded *entry,
	  const struct plan *p)
{
	for (uint32_t i = 0; i < p->scale_up_n; i++)
		fleet_grow(&r->fleet, entry, p->scale_up[i].group,
			   p->scale_up[i].to);
	for (uint32_t i = 0; i < p->fix_n; i++)
		if (strcmp(p->fixes[i].act, "raiseToMin") == 0)
			fleet_grow(&r->fleet, entry, p->fixes[i].group,
				   p->fixes[i].to);
	for (uint32_t i = 0; i < p->scale_down_n; i++)
		fleet_remove(&r->fleet, p->scale_down[i].node, &r->sums);
}

bool
whatif_step(struct whatif_run *r, const struct recorded *entry,
	    struct err *err)
{
	const struct world *world;
	const struct plan *plan;

	if (!make_policy(r, entry->policy, err))
		return false;
	if (!r->begun) {
		fleet_begin(&r->fleet, r->trace, entry->world);
		r->memory = entry->memory ? memory_ref(entry->memory) : NULL;
		r->paid_ms = entry->now_ms;
		r->begun = true;
	}
	/* What stood until now costs until now. */
	r->fleet.before_ms = r->fleet.now_ms;
	r->fleet.now_ms = entry->now_ms;
	pay(r);
	fleet_advance(&r->fleet, entry);
	fleet_let_go(&r->fleet, &r->sums);
	fleet_schedule(&r->fleet, entry->world);
	world = fleet_world(&r->fleet, entry->world);
	plan = engine_decide(&(struct engine_input){ .world = world,
						     .policy = r->policy,
						     .memory = r->memory,
						     .now_ms = entry->now_ms });
	memory_unref(r->memory);
	r->memory = memory_ref(plan->memory);
	carry_out(r, entry, plan);
	plan_unref(plan);
	world_unref(world);
	return true;
}

struct whatif_sums
whatif_run_sums(struct whatif_run *r)
{
	struct whatif_sums s = r->sums;
	struct waits waits = { 0 };

	s.added = r->fleet.launched;
	for (uint32_t i = 0; i < r->fleet.pods.n; i++) {
		const struct fleet_pod *p = &r->fleet.pods.at[i];

		if (p->from->node || p->state == FLEET_COMING)
			continue;
		waits_add(&waits, p->waited_ms >= 0
					  ? p->waited_ms
					  : r->trace->last_ms -
						    p->from->came_ms);
		s.still += p->state == FLEET_WAITING && !p->moved;
		s.gave_up += p->state == FLEET_OVER && !p->from->bound_ms &&
			     p->waited_ms ==
				     p->from->ended_ms - p->from->came_ms;
	}
	waits_sum(&waits, &s);
	waits_free(&waits);
	return s;
}
