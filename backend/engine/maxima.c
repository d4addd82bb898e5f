/*
 * A tree of maxima: leaf i is node i; a closed, cordoned or broken node has
 * room for nothing.
 *
 * Single changes walk to the root.  While many nodes change (building) the tree
 * is only marked stale and made again before the next search.
 */
#include "backend/engine/maxima.h"

#include <stdlib.h>

struct maxima {
	int64_t cpu, memory, pods;
};

static const struct maxima full = { INT64_MIN, INT64_MIN, INT64_MIN };

static struct maxima
leaf_of(const struct cluster *c, uint32_t node)
{
	const struct cluster_node *n;
	const int64_t *have;

	if (node >= c->nodes.n)
		return full;
	n = &c->nodes.at[node];
	if (n->closed || n->broken || n->node->unschedulable)
		return full;
	have = cluster_free_of(c, node);
	return (struct maxima){ have[DIM_CPU], have[DIM_MEMORY],
				have[DIM_PODS] };
}

static void
join(struct maxima *out, const struct maxima *a, const struct maxima *b)
{
	out->cpu = a->cpu > b->cpu ? a->cpu : b->cpu;
	out->memory = a->memory > b->memory ? a->memory : b->memory;
	out->pods = a->pods > b->pods ? a->pods : b->pods;
}

static void
build(struct cluster *c)
{
	uint32_t leaves = 64;

	while (leaves < c->nodes.n)
		leaves *= 2;
	if (leaves > c->tree_leaves) {
		free(c->tree);
		c->tree = xmalloc((size_t)leaves * 2 * sizeof(*c->tree));
		c->tree_leaves = leaves;
	}
	leaves = c->tree_leaves;
	for (uint32_t i = 0; i < leaves; i++)
		c->tree[leaves + i] = leaf_of(c, i);
	for (uint32_t i = leaves - 1; i > 0; i--)
		join(&c->tree[i], &c->tree[2 * i], &c->tree[2 * i + 1]);
	c->tree_stale = false;
}

void
maxima_update(struct cluster *c, uint32_t node)
{
	uint32_t i;

	if (c->tree_stale || node >= c->tree_leaves) {
		c->tree_stale = true;
		return;
	}
	i = c->tree_leaves + node;
	c->tree[i] = leaf_of(c, node);
	for (i /= 2; i > 0; i /= 2)
		join(&c->tree[i], &c->tree[2 * i], &c->tree[2 * i + 1]);
}

void
maxima_drop(struct cluster *c, uint32_t node)
{
	if (!c->tree_stale)
		maxima_update(c, node);
}

/* ---- searching ---- */

struct search {
	struct cluster *c;
	const struct shape *shape;
	uint32_t pod, low, high;
};

static bool
has_room(const struct search *s, const struct maxima *m)
{
	const int64_t *req = s->shape->req;

	return m->pods >= 1 &&
	       (s->shape->zero ||
		((req[DIM_CPU] <= 0 || m->cpu >= req[DIM_CPU]) &&
		 (req[DIM_MEMORY] <= 0 || m->memory >= req[DIM_MEMORY])));
}

/* The first node of [low, high) under tree node i, which covers
 * [first, first + span). */
static uint32_t
search(const struct search *s, uint32_t i, uint32_t first, uint32_t span)
{
	uint32_t found;

	if (first >= s->high || first + span <= s->low ||
	    !has_room(s, &s->c->tree[i]))
		return NONE;
	if (span == 1)
		return cluster_fits(s->c, s->pod, first, NULL) ? first : NONE;
	if (run_out_of_work(s->c->run))
		return NONE;
	found = search(s, 2 * i, first, span / 2);
	if (found != NONE)
		return found;
	return search(s, 2 * i + 1, first + span / 2, span / 2);
}

static uint32_t
search_range(struct cluster *c, uint32_t pod, uint32_t low, uint32_t high)
{
	struct search s = { c, &c->shapes.at[c->pods.at[pod].shape], pod, low,
			    high };

	return low < high ? search(&s, 1, 0, c->tree_leaves) : NONE;
}

uint32_t
cluster_find(struct cluster *c, uint32_t pod, uint32_t low, uint32_t high)
{
	uint32_t shape = cluster_shape(c, pod), start, found;
	bool all = low == 0 && high == c->nodes.n;

	/* Shapes without topology only ever lose room by placing others. */
	if (all && c->shapes.at[shape].failed == c->growth &&
	    !c->shapes.at[shape].has_topology)
		return NONE;
	if (c->tree_stale)
		build(c);
	start = c->last == NONE ? low : c->last + 1;
	if (start < low || start >= high)
		start = low;
	found = search_range(c, pod, start, high);
	if (found == NONE)
		found = search_range(c, pod, low, start);
	if (found != NONE)
		c->last = found;
	else if (all && !run_out_of_work(c->run))
		c->shapes.at[shape].failed = c->growth;
	return found;
}
