/*
 * Finding a node: one tree of maxima per node class.
 *
 * Nodes of a class refuse the same pods for their labels and taints, so a
 * search asks each class once and then walks only the trees of those that
 * agree, skipping ranges that are too full.  Leaves are a class's nodes in
 * order; a closed, cordoned or broken node has room for nothing.
 *
 * Single changes walk to a root.  When classes change (a shape reads another
 * label) or many nodes do, everything is built again before the next search.
 */
#include "backend/engine/maxima.h"

#include <stdlib.h>

#include "backend/engine/shape.h"
#include "backend/engine/turns.h"

struct maxima {
	int64_t cpu, memory, pods;
};

static const struct maxima full = { INT64_MIN, INT64_MIN, INT64_MIN };

static struct maxima
leaf_of(const struct cluster *c, const struct class_tree *t, uint32_t at)
{
	const struct cluster_node *n;
	const int64_t *have;

	if (at >= t->n)
		return full;
	n = &c->nodes.at[t->nodes[at]];
	if (n->closed || n->broken || n->node->unschedulable)
		return full;
	have = cluster_free_of(c, t->nodes[at]);
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

/* ---- building ---- */

static void
build_tree(const struct cluster *c, struct class_tree *t)
{
	uint32_t leaves = 8;

	while (leaves < t->n)
		leaves *= 2;
	if (leaves > t->leaves) {
		free(t->tree);
		t->tree = xmalloc((size_t)leaves * 2 * sizeof(*t->tree));
		t->leaves = leaves;
	}
	leaves = t->leaves;
	for (uint32_t i = 0; i < leaves; i++)
		t->tree[leaves + i] = leaf_of(c, t, i);
	for (uint32_t i = leaves - 1; i > 0; i--)
		join(&t->tree[i], &t->tree[2 * i], &t->tree[2 * i + 1]);
}

static void
update_leaf(const struct cluster *c, struct class_tree *t, uint32_t at)
{
	uint32_t i = t->leaves + at;

	t->tree[i] = leaf_of(c, t, at);
	for (i /= 2; i > 0; i /= 2)
		join(&t->tree[i], &t->tree[2 * i], &t->tree[2 * i + 1]);
}

static void
trees_clear(struct cluster *c)
{
	for (uint32_t i = 0; i < c->trees.n; i++) {
		free(c->trees.at[i].nodes);
		free(c->trees.at[i].tree);
	}
	vec_clear(&c->trees);
}

void
maxima_free(struct cluster *c)
{
	trees_clear(c);
	vec_free(&c->trees);
}

/* Enters a node into the tree of its class, without its leaf. */
static struct class_tree *
enter(struct cluster *c, uint32_t node)
{
	uint32_t class = node_class_of(c, node);
	struct class_tree *t;

	while (c->trees.n <= class)
		vec_push(&c->trees, ((struct class_tree){ NULL }));
	t = &c->trees.at[class];
	if (t->n == t->room) {
		t->room = t->room ? t->room * 2 : 16;
		t->nodes = xrealloc(t->nodes, t->room * sizeof(*t->nodes));
	}
	t->nodes[t->n] = node;
	c->nodes.at[node].tree = class;
	c->nodes.at[node].leaf = t->n++;
	return t;
}

static void
build(struct cluster *c)
{
	trees_clear(c);
	for (uint32_t i = 0; i < c->nodes.n; i++)
		enter(c, i);
	for (uint32_t i = 0; i < c->trees.n; i++)
		build_tree(c, &c->trees.at[i]);
	c->tree_stale = false;
}

void
maxima_update(struct cluster *c, uint32_t node)
{
	struct cluster_node *n = &c->nodes.at[node];
	struct class_tree *t;

	if (c->tree_stale || c->classes_stale) {
		c->tree_stale = true;
		return;
	}
	/* A node that only changed its taints is closed: its leaf may stay. */
	if (n->tree != NONE) {
		update_leaf(c, &c->trees.at[n->tree], n->leaf);
		return;
	}
	t = enter(c, node);
	if (t->n > t->leaves)
		build_tree(c, t);
	else
		update_leaf(c, t, n->leaf);
}

void
maxima_settle(struct cluster *c, uint32_t node)
{
	const struct cluster_node *n = &c->nodes.at[node];

	if (!c->tree_stale && !c->classes_stale && n->tree != NONE &&
	    node_class_of(c, node) != n->tree)
		c->tree_stale = true;
}

void
maxima_drop(struct cluster *c, uint32_t node)
{
	struct cluster_node *n = &c->nodes.at[node];
	struct class_tree *t;

	if (c->tree_stale || n->tree == NONE)
		return;
	t = &c->trees.at[n->tree];
	BUG_IF(t->n == 0 || t->nodes[t->n - 1] != node);
	t->n--;
	update_leaf(c, t, n->leaf);
}

/* ---- searching ---- */

static bool
has_room(const struct shape *s, const struct maxima *m)
{
	const int64_t *req = s->req;

	return m->pods >= 1 &&
	       (s->zero ||
		((req[DIM_CPU] <= 0 || m->cpu >= req[DIM_CPU]) &&
		 (req[DIM_MEMORY] <= 0 || m->memory >= req[DIM_MEMORY])));
}

/* The first leaf of [low, t->n) with room under tree node i, which covers
 * [first, first + span). */
static uint32_t
first_leaf(const struct class_tree *t, const struct shape *s, uint32_t i,
	   uint32_t first, uint32_t span, uint32_t low)
{
	uint32_t found;

	if (first + span <= low || !has_room(s, &t->tree[i]))
		return NONE;
	if (span == 1)
		return first;
	found = first_leaf(t, s, 2 * i, first, span / 2, low);
	if (found != NONE)
		return found;
	return first_leaf(t, s, 2 * i + 1, first + span / 2, span / 2, low);
}

/* The first node from `low` on, by index, that has room; NONE. */
static uint32_t
first_node(const struct class_tree *t, const struct shape *s, uint32_t low)
{
	uint32_t a = 0, b = t->n, leaf;

	while (a < b) {
		uint32_t mid = a + (b - a) / 2;

		if (t->nodes[mid] < low)
			a = mid + 1;
		else
			b = mid;
	}
	if (a == t->n)
		return NONE;
	leaf = first_leaf(t, s, 1, 0, t->leaves, a);
	return leaf == NONE ? NONE : t->nodes[leaf];
}

/* One class under search: where it stands. */
struct cursor {
	const struct class_tree *tree;
	uint32_t node; /* next with room; NONE: none left */
};

static uint32_t
search_range(struct cluster *c, uint32_t pod, struct cursor *at, uint32_t n,
	     uint32_t low, uint32_t high)
{
	uint32_t shape = c->pods.at[pod].shape;

	for (uint32_t i = 0; i < n; i++)
		at[i].node = first_node(at[i].tree, &c->shapes.at[shape],
					low);
	for (;;) {
		uint32_t best = NONE;

		for (uint32_t i = 0; i < n; i++)
			if (at[i].node < high &&
			    (best == NONE || at[i].node < at[best].node))
				best = i;
		if (best == NONE || run_out_of_work(c->run))
			return NONE;
		if (cluster_fits(c, pod, at[best].node, NULL))
			return at[best].node;
		at[best].node = first_node(at[best].tree,
					   &c->shapes.at[shape],
					   at[best].node + 1);
	}
}

/* Classes whose labels and taints the shape accepts. */
static uint32_t
open_classes(struct cluster *c, struct shape *s, struct cursor *at)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->trees.n; i++) {
		const struct class_tree *t = &c->trees.at[i];

		if (t->n == 0 || !has_room(s, &t->tree[1]))
			continue;
		if (s->by_name ||
		    shape_static_class(c, s, i) == PLUGIN_NONE)
			at[n++].tree = t;
	}
	return n;
}

uint32_t
cluster_find(struct cluster *c, uint32_t pod, uint32_t low, uint32_t high)
{
	uint32_t shape = cluster_shape(c, pod), start, found, n;
	bool all = low == 0 && high == c->nodes.n;
	struct cursor few[16], *at = few;

	/* Shapes without topology only ever lose room by placing others. */
	if (low >= high || (all && c->shapes.at[shape].failed == c->growth &&
			    !c->shapes.at[shape].has_topology))
		return NONE;
	if (c->tree_stale || c->classes_stale)
		build(c);
	if (c->trees.n > ARRAY_LEN(few))
		at = xmalloc(c->trees.n * sizeof(*at));
	n = open_classes(c, &c->shapes.at[shape], at);
	start = turns_start(c);
	if (start < low || start >= high)
		start = low;
	found = search_range(c, pod, at, n, start, high);
	if (found == NONE)
		found = search_range(c, pod, at, n, low, start);
	if (found != NONE)
		turns_took(c, found);
	else if (all && !run_out_of_work(c->run))
		c->shapes.at[shape].failed = c->growth;
	if (at != few)
		free(at);
	return found;
}
