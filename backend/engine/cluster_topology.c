/*
 * The simulated cluster's side of topology: which shapes need counting, and
 * keeping their counts as things change.
 *
 * What a pod matches depends on its namespace and on the labels that selectors
 * read: its label class, by which answers are remembered.
 */
#include <stdlib.h>

#include "backend/engine/shape.h"
#include "backend/engine/topology.h"

static uint32_t
class_of(struct cluster *c, uint32_t pod)
{
	struct cluster_pod *p = &c->pods.at[pod];

	if (p->labels == NONE)
		p->labels = label_class_of(c, p->pod);
	return p->labels;
}

static const uint8_t *
row_of(struct cluster *c, uint32_t topo, uint32_t pod)
{
	struct cluster_topo *t = &c->topos.at[topo];
	uint32_t class = class_of(c, pod), room;
	uint8_t **fresh;

	if (class >= t->row_n) {
		room = class < 8 ? 16 : class * 2;
		fresh = arena_alloc(c->run->scratch, room * sizeof(*fresh));
		if (t->row_n)
			memcpy(fresh, t->rows, t->row_n * sizeof(*fresh));
		t->rows = fresh;
		t->row_n = room;
	}
	if (!t->rows[class]) {
		t->rows[class] = arena_alloc(c->run->scratch,
					     topo_terms(t->topo));
		topo_match(t->topo, c->pods.at[pod].pod, t->rows[class]);
	}
	return t->rows[class];
}

static void
count_pod(struct cluster *c, uint32_t topo, uint32_t pod, uint32_t node,
	  int delta)
{
	topo_count(c->topos.at[topo].topo, node, c->pods.at[pod].pod,
		   row_of(c, topo, pod), delta);
}

void
topo_pod(struct cluster *c, uint32_t pod, uint32_t node, int delta)
{
	for (uint32_t i = 0; i < c->topos.n; i++)
		count_pod(c, i, pod, node, delta);
}

void
topo_node_added(struct cluster *c, uint32_t node)
{
	for (uint32_t i = 0; i < c->topos.n; i++)
		topo_add_node(c->topos.at[i].topo, node,
			      c->nodes.at[node].node, c->nodes.at[node].fake);
}

void
topo_node_removed(struct cluster *c, uint32_t node)
{
	for (uint32_t i = 0; i < c->topos.n; i++)
		topo_drop_node(c->topos.at[i].topo, node);
}

void
topo_node_changing(struct cluster *c, uint32_t node, const struct node *to)
{
	for (uint32_t i = 0; i < c->topos.n; i++) {
		for (uint32_t p = cluster_first(c, node); p != NONE;
		     p = cluster_next(c, p))
			count_pod(c, i, p, node, -1);
		topo_drop_node(c->topos.at[i].topo, node);
		topo_add_node(c->topos.at[i].topo, node, to,
			      c->nodes.at[node].fake);
		for (uint32_t p = cluster_first(c, node); p != NONE;
		     p = cluster_next(c, p))
			count_pod(c, i, p, node, 1);
	}
}

/* Counts everything there is, once. */
static uint32_t
start(struct cluster *c, const struct pod *pod)
{
	struct cluster_topo fresh = {
		.topo = topo_new(pod, c->run->world),
	};
	uint32_t topo = c->topos.n;

	vec_push(&c->topos, fresh);
	for (uint32_t i = 0; i < c->nodes.n; i++) {
		const struct cluster_node *n = &c->nodes.at[i];

		if (n->absent)
			continue;
		topo_add_node(fresh.topo, i, n->node, n->fake);
		for (uint32_t p = cluster_first(c, i); p != NONE;
		     p = cluster_next(c, p))
			count_pod(c, topo, p, i, 1);
	}
	return topo;
}

/* Could anti-affinity of others refuse a pod of this shape? */
static bool
minds_others(struct cluster *c, struct shape *s)
{
	if (s->minds_known)
		return s->minds_others;
	s->minds_known = true;
	for (uint32_t i = 0; !s->minds_others && i < c->anti.n; i++)
		s->minds_others = topo_term_matches(c->run->world,
						    c->anti.at[i].term,
						    c->anti.at[i].owner,
						    s->sample);
	return s->minds_others;
}

bool
cluster_fits_topology(struct cluster *c, struct shape *s, uint32_t node,
		      struct verdict *why)
{
	if (!s->has_topology && !minds_others(c, s))
		return true;
	if (s->topo == NONE)
		s->topo = start(c, s->sample);
	return topo_pass(c->topos.at[s->topo].topo, node, why);
}

void
cluster_topology_free(struct cluster *c)
{
	for (uint32_t i = 0; i < c->topos.n; i++)
		topo_free(c->topos.at[i].topo);
	vec_free(&c->topos);
	vec_free(&c->label_classes);
}
