/*
 * Placing the pods that wait on the fleet's nodes, as the scheduler would.
 */
#include <stdlib.h>

#include "backend/engine/predicates.h"
#include "backend/world/whatif_private.h"

/* Least used first, as the scheduler spreads; a tie goes by name. */
static uint32_t
choose(const struct whatif_fleet *f, const struct prefilter *filter,
       const uint32_t *open, uint32_t n)
{
	double least = 0;
	uint32_t best = UINT32_MAX;

	for (uint32_t i = 0; i < n; i++) {
		const struct fleet_node *at = &f->nodes.at[open[i]];
		int64_t room = at->node->allocatable.cpu_mcpu;
		double used = room > 0 ? (double)at->used_mcpu / (double)room
				       : 1;

		if (best != UINT32_MAX && used >= least)
			continue;
		if (!prefilter_pass(filter, i, NULL))
			continue;
		best = i;
		least = used;
	}
	return best;
}

/* Moments are as far apart as the recorded decisions: who found a place at once
 * did not wait for the next of them. */
static int64_t
bound_at(const struct whatif_fleet *f, const struct fleet_pod *p,
	 uint32_t node)
{
	int64_t came_ms = p->from->came_ms;
	int64_t ready_ms = f->nodes.at[node].ready_ms;

	if (p->moved)
		return f->now_ms;
	if (p->tried)
		return ready_ms > f->before_ms ? ready_ms : f->now_ms;
	return ready_ms > came_ms ? ready_ms : came_ms;
}

static void
place(struct whatif_fleet *f, struct fleet_pod *p, uint32_t node)
{
	const struct trace_pod *t = p->from;
	const struct pod *was = p->pod;
	int64_t at_ms = bound_at(f, p, node);
	int64_t ran = t->bound_ms && t->ended_ms ? t->ended_ms - t->bound_ms
		      : t->bound_ms		 ? 0 /* to the end */
						 : f->trace->run_ms;

	p->pod = fleet_pod_on(f, was, f->nodes.at[node].node->meta.name);
	record_unref(&was->record);
	p->node = node;
	p->state = FLEET_PLACED;
	p->ends_ms = ran ? at_ms + ran : 0;
	if (p->waited_ms < 0)
		p->waited_ms = at_ms - t->came_ms;
	fleet_stand(f, node, record_ref(p->pod));
}

static bool
has_failed(const uint64_t *failed, uint32_t n, uint64_t hash)
{
	for (uint32_t i = 0; i < n; i++)
		if (failed[i] == hash)
			return true;
	return false;
}

void
fleet_schedule(struct whatif_fleet *f, const struct world *world)
{
	VEC(struct predicate_node) view = { 0 };
	VEC(uint32_t) open = { 0 };
	VEC(uint64_t) failed = { 0 };

	for (uint32_t i = 0; i < f->nodes.n; i++) {
		const struct fleet_node *n = &f->nodes.at[i];

		if (n->gone || !n->node)
			continue;
		vec_push(&open, i);
		vec_push(&view, ((struct predicate_node){ n->node, n->pods.at,
							  n->pods.n }));
	}
	for (uint32_t i = 0; i < f->pods.n; i++) {
		struct fleet_pod *p = &f->pods.at[i];
		struct predicate_view all = { view.at, view.n, world };
		struct prefilter *filter;
		uint32_t at;

		/* Placing one makes no room for its like. */
		if (p->state != FLEET_WAITING)
			continue;
		if (has_failed(failed.at, failed.n, p->pod->spec_hash)) {
			p->tried = true;
			continue;
		}
		filter = prefilter_new(&all, p->pod);
		at = choose(f, filter, open.at, open.n);
		prefilter_free(filter);
		if (at == UINT32_MAX) {
			vec_push(&failed, p->pod->spec_hash);
			p->tried = true;
			continue;
		}
		place(f, p, open.at[at]);
		view.at[at].pods = f->nodes.at[open.at[at]].pods.at;
		view.at[at].pod_n = f->nodes.at[open.at[at]].pods.n;
	}
	vec_free(&view);
	vec_free(&open);
	vec_free(&failed);
}
