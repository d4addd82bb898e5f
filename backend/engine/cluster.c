/*
 * The simulated cluster: building, changing, taking back.
 */
#include "backend/engine/cluster.h"

#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/base/quantity.h"
#include "backend/engine/cluster_volumes.h"
#include "backend/engine/filters.h"
#include "backend/engine/index.h"
#include "backend/engine/maxima.h"
#include "backend/engine/shape.h"
#include "backend/engine/topology.h"
#include "backend/engine/turns.h"
#include "backend/engine/volumes.h"

/* Larger keys than this are pods no API server would take. */
enum { SHAPE_KEY_MAX = 8 << 20 };

struct cluster *
cluster_new(struct run *r)
{
	struct cluster *c = arena_alloc(r->scratch, sizeof(*c));

	c->run = r;
	c->growth = 1;
	c->tree_stale = true;
	c->key = arena_alloc(r->scratch, sizeof(*c->key));
	buf_init(c->key, SHAPE_KEY_MAX);
	return c;
}

/* What does not live in the arena. */
void
cluster_free(struct cluster *c)
{
	if (!c)
		return;
	vec_free(&c->nodes);
	vec_free(&c->pods);
	vec_free(&c->shapes);
	vec_free(&c->classes);
	vec_free(&c->anti);
	vec_free(&c->anti_keys);
	cluster_topology_free(c);
	vec_free(&c->journal);
	vec_free(&c->out);
	free(c->free);
	maxima_free(c);
	buf_fini(c->key);
	volumes_free(c->volumes);
}

/* ---- names of resources ---- */

static const char *const plain_names[DIM_EXT] = {
	[DIM_CPU] = "cpu",
	[DIM_MEMORY] = "memory",
	[DIM_EPHEMERAL] = "ephemeral-storage",
	[DIM_PODS] = "pods",
};

static bool
is_plain(const char *name)
{
	for (uint32_t i = 0; i < DIM_EXT; i++)
		if (strcmp(name, plain_names[i]) == 0)
			return true;
	return false;
}

void
cluster_know_resources(struct cluster *c, const struct resources *r)
{
	/* A tag may name what has a dimension of its own. */
	for (uint32_t i = 0; i < r->ext_n; i++)
		if (!is_plain(r->ext[i].name))
			key_set_add(c->run->scratch, &c->dims,
				    r->ext[i].name);
}

void
cluster_know_terms(struct cluster *c, const struct pod *p)
{
	if (!p->affinity_n && !p->anti_affinity_n && !p->spread_n)
		return;
	c->any_terms = true;
	if (p->anti_affinity_n)
		anti_terms_know(c, p);
	shape_know_terms(c, p);
}

void
cluster_freeze_names(struct cluster *c)
{
	c->dim_n = DIM_EXT + c->dims.n;
}

const char *
cluster_dim_name(const struct cluster *c, uint32_t dim)
{
	return dim < DIM_EXT ? plain_names[dim] : c->dims.at[dim - DIM_EXT];
}

int64_t
cluster_amount(const struct cluster *c, const struct resources *r,
	       uint32_t dim)
{
	switch (dim) {
	case DIM_CPU:
		return r->cpu_mcpu;
	case DIM_MEMORY:
		return r->memory_bytes;
	case DIM_EPHEMERAL:
		return r->ephemeral_bytes;
	case DIM_PODS:
		return r->pods;
	default:
		return r->ext_n ? resources_get(r, c->dims.at[dim - DIM_EXT])
				: 0;
	}
}

/* ---- free vectors ---- */

static int64_t *
free_of(struct cluster *c, uint32_t node)
{
	return c->free + (size_t)node * c->dim_n;
}

static void
free_reserve(struct cluster *c, uint32_t nodes)
{
	if (nodes <= c->free_room)
		return;
	c->free_room = c->free_room ? c->free_room * 2 : 64;
	while (c->free_room < nodes)
		c->free_room *= 2;
	c->free = xrealloc(c->free, (size_t)c->free_room * c->dim_n *
					    sizeof(*c->free));
}

static void
take(struct cluster *c, uint32_t node, uint32_t dim, int64_t amount)
{
	int64_t *v = &free_of(c, node)[dim];

	if (__builtin_sub_overflow(*v, amount, v)) {
		/* A sum past 2^63: never guess, take no more pods. */
		*v = INT64_MIN;
		c->nodes.at[node].broken = true;
	}
}

/* sign 1: the pod comes, -1: it goes. */
static void
take_pod(struct cluster *c, uint32_t node, uint32_t pod, int sign)
{
	const struct cluster_pod *p = &c->pods.at[pod];
	const int64_t *req = p->shape == NONE ? NULL
					      : c->shapes.at[p->shape].req;

	if (c->nodes.at[node].broken)
		return;
	for (uint32_t d = 0; d < c->dim_n; d++) {
		int64_t amount = req ? req[d]
				 : d == DIM_PODS
					 ? 1
					 : cluster_amount(c, &p->pod->requests,
							  d);

		if (amount)
			take(c, node, d, sign * amount);
	}
}

/* ---- nodes ---- */

static uint32_t
node_push(struct cluster *c, const struct node *n, uint32_t group, bool fake)
{
	uint32_t i = c->nodes.n;
	struct cluster_node fresh = {
		.node = n,
		.group = group,
		.class = NONE,
		.pods = NONE,
		.tail = NONE,
		.tree = NONE,
		.fake = fake,
	};

	vec_push(&c->nodes, fresh);
	free_reserve(c, c->nodes.n);
	for (uint32_t d = 0; d < c->dim_n; d++)
		free_of(c, i)[d] = cluster_amount(c, &n->allocatable, d);
	c->growth++;
	maxima_update(c, i);
	return i;
}

uint32_t
cluster_add_node(struct cluster *c, const struct node *n, uint32_t group)
{
	uint32_t i = node_push(c, n, group, false);

	if (!c->by_name)
		c->by_name = index_new(c->run->scratch, 64);
	index_put(c->by_name, n->meta.name, i);
	c->real_n = c->nodes.n;
	return i;
}

void
cluster_settle(struct cluster *c)
{
	vec_clear(&c->journal);
}

uint32_t
cluster_node_index(const struct cluster *c, const char *name)
{
	return c->by_name ? index_get(c->by_name, name) : NONE;
}

static void
journal_add(struct cluster *c, enum change_kind kind, uint32_t node,
	    uint32_t pod)
{
	struct change change = { .kind = (uint8_t)kind, .node = node,
				 .pod = pod };

	vec_push(&c->journal, change);
}

uint32_t
cluster_add_pod(struct cluster *c, const struct pod *p)
{
	struct cluster_pod fresh = { .pod = p, .shape = NONE, .labels = NONE,
				     .node = NONE, .next = NONE, .prev = NONE };

	vec_push(&c->pods, fresh);
	return c->pods.n - 1;
}

static uint32_t
add_fake(struct cluster *c, const struct template *t, const struct node *node,
	 uint32_t group)
{
	uint32_t i = node_push(c, node, group, true);

	c->nodes.at[i].csi_node = t->csi_node;
	journal_add(c, CHANGE_ADD_NODE, i, c->pods.n);
	topo_node_added(c, i);
	for (uint32_t j = 0; j < t->pod_n; j++)
		cluster_place(c, cluster_add_pod(c, t->pods[j]), i);
	return i;
}

uint32_t
cluster_add_template(struct cluster *c, const struct template *t,
		     uint32_t group)
{
	return add_fake(c, t, t->node, group);
}

uint32_t
cluster_add_plain(struct cluster *c, const struct template *t, uint32_t group)
{
	return add_fake(c, t, t->plain, group);
}

/* ---- pods on nodes ---- */

static void
link_pod(struct cluster *c, uint32_t pod, uint32_t node)
{
	struct cluster_node *n = &c->nodes.at[node];
	struct cluster_pod *p = &c->pods.at[pod];

	p->node = node;
	p->prev = n->tail;
	p->next = NONE;
	if (n->tail != NONE)
		c->pods.at[n->tail].next = pod;
	else
		n->pods = pod;
	n->tail = pod;
	n->pod_n++;
	n->port_n += pod_has_ports(p->pod);
	take_pod(c, node, pod, 1);
	maxima_update(c, node);
	topo_pod(c, pod, node, 1);
}

static void
unlink_pod(struct cluster *c, uint32_t pod)
{
	struct cluster_pod *p = &c->pods.at[pod];
	uint32_t node = p->node;
	struct cluster_node *n = &c->nodes.at[node];

	topo_pod(c, pod, node, -1);
	if (p->prev != NONE)
		c->pods.at[p->prev].next = p->next;
	else
		n->pods = p->next;
	if (p->next != NONE)
		c->pods.at[p->next].prev = p->prev;
	else
		n->tail = p->prev;
	n->pod_n--;
	n->port_n -= pod_has_ports(p->pod);
	take_pod(c, node, pod, -1);
	maxima_update(c, node);
	p->node = NONE;
	c->growth++;
}

void
cluster_absent(struct cluster *c, uint32_t node)
{
	while (cluster_first(c, node) != NONE)
		unlink_pod(c, cluster_first(c, node));
	topo_node_removed(c, node);
	c->nodes.at[node].absent = true;
	c->nodes.at[node].closed = true;
	turns_out(c, node);
	maxima_update(c, node);
}

/* Back to exactly where it stood: next and prev still tell. */
static void
relink_pod(struct cluster *c, uint32_t pod, uint32_t node)
{
	struct cluster_node *n = &c->nodes.at[node];
	struct cluster_pod *p = &c->pods.at[pod];

	p->node = node;
	if (p->prev != NONE)
		c->pods.at[p->prev].next = pod;
	else
		n->pods = pod;
	if (p->next != NONE)
		c->pods.at[p->next].prev = pod;
	else
		n->tail = pod;
	n->pod_n++;
	n->port_n += pod_has_ports(p->pod);
	take_pod(c, node, pod, 1);
	maxima_update(c, node);
	topo_pod(c, pod, node, 1);
}

void
cluster_place(struct cluster *c, uint32_t pod, uint32_t node)
{
	BUG_IF(c->pods.at[pod].node != NONE);
	link_pod(c, pod, node);
	journal_add(c, CHANGE_PLACE, node, pod);
}

void
cluster_unplace(struct cluster *c, uint32_t pod)
{
	uint32_t node = c->pods.at[pod].node;

	BUG_IF(node == NONE);
	/* Remembered, as placing it elsewhere overwrites the links. */
	journal_add(c, CHANGE_UNPLACE, node, pod);
	c->journal.at[c->journal.n - 1].next = c->pods.at[pod].next;
	c->journal.at[c->journal.n - 1].prev = c->pods.at[pod].prev;
	unlink_pod(c, pod);
}

void
cluster_close(struct cluster *c, uint32_t node, bool closed)
{
	if (c->nodes.at[node].closed == closed)
		return;
	c->nodes.at[node].closed = closed;
	if (!closed)
		c->growth++;
	maxima_update(c, node);
	journal_add(c, closed ? CHANGE_CLOSE : CHANGE_OPEN, node, NONE);
}

void
cluster_change_node(struct cluster *c, uint32_t node, const struct node *n)
{
	struct cluster_node *at = &c->nodes.at[node];

	journal_add(c, CHANGE_NODE, node, at->class);
	c->journal.at[c->journal.n - 1].was = at->node;
	topo_node_changing(c, node, n);
	at->node = n;
	at->class = NONE;
	maxima_update(c, node);
	c->growth++;
}

void
cluster_leave(struct cluster *c, uint32_t node)
{
	topo_node_removed(c, node);
	c->nodes.at[node].absent = true;
	turns_out(c, node);
	journal_add(c, CHANGE_LEAVE, node, NONE);
}

uint32_t
cluster_mark(const struct cluster *c)
{
	return c->journal.n;
}

static void
undo(struct cluster *c, const struct change *change)
{
	struct cluster_node *n = &c->nodes.at[change->node];

	switch ((enum change_kind)change->kind) {
	case CHANGE_PLACE:
		unlink_pod(c, change->pod);
		break;
	case CHANGE_UNPLACE:
		c->pods.at[change->pod].next = change->next;
		c->pods.at[change->pod].prev = change->prev;
		relink_pod(c, change->pod, change->node);
		break;
	case CHANGE_CLOSE:
	case CHANGE_OPEN:
		n->closed = change->kind == CHANGE_OPEN;
		maxima_update(c, change->node);
		break;
	case CHANGE_NODE:
		topo_node_changing(c, change->node, change->was);
		n->node = change->was;
		n->class = NONE;
		maxima_update(c, change->node);
		maxima_settle(c, change->node);
		break;
	case CHANGE_LEAVE:
		n->absent = false;
		turns_in(c, change->node);
		topo_node_added(c, change->node);
		break;
	case CHANGE_ADD_NODE:
		topo_node_removed(c, change->node);
		maxima_drop(c, change->node);
		c->nodes.n = change->node;
		c->pods.n = change->pod;
		break;
	}
}

void
cluster_rollback(struct cluster *c, uint32_t mark)
{
	while (c->journal.n > mark) {
		undo(c, &c->journal.at[c->journal.n - 1]);
		c->journal.n--;
	}
	c->growth++;
}

/* ---- asking ---- */

uint32_t
cluster_shape(struct cluster *c, uint32_t pod)
{
	uint32_t shape = c->pods.at[pod].shape;

	if (shape == NONE) {
		shape = shape_find(c, c->pods.at[pod].pod);
		c->pods.at[pod].shape = shape;
	}
	return shape;
}

/* NodeResourcesFit.  A pod that asks for nothing needs only its place. */
static bool
fits_resources(const struct cluster *c, const struct shape *s, uint32_t node,
	       struct verdict *why)
{
	const int64_t *have = cluster_free_of(c, node);
	int64_t allowed;
	bool good = true;

	if (c->nodes.at[node].broken) {
		verdict_begin(why, PLUGIN_NODE_RESOURCES_FIT);
		verdict_add(why, "Insufficient cpu",
			    "requests on the node overflow");
		return false;
	}
	if (have[DIM_PODS] < 1) {
		allowed = c->nodes.at[node].node->allocatable.pods;
		filter_pods(why, allowed, allowed - have[DIM_PODS]);
		good = false;
	}
	if (s->zero)
		return good;
	for (uint32_t d = 0; d < c->dim_n && (good || why); d++) {
		if (d == DIM_PODS || s->req[d] <= have[d] || s->req[d] <= 0)
			continue;
		good = false;
		if (why)
			filter_amount(why, cluster_dim_name(c, d), s->req[d],
				      have[d]);
	}
	return good;
}

static bool
fits_ports(const struct cluster *c, const struct shape *s, uint32_t node,
	   struct verdict *why)
{
	if (!s->has_ports || c->nodes.at[node].port_n == 0)
		return true;
	for (uint32_t p = cluster_first(c, node); p != NONE;
	     p = cluster_next(c, p))
		if (!filter_ports(s->sample, c->pods.at[p].pod, why))
			return false;
	return true;
}

bool
cluster_fits(struct cluster *c, uint32_t pod, uint32_t node,
	     struct verdict *why)
{
	struct shape *s = &c->shapes.at[cluster_shape(c, pod)];

	verdict_begin(why, PLUGIN_NONE);
	c->run->work++;
	if (cluster_volumes_wait(c, s, why))
		return false;
	if (shape_static(c, s, node) != PLUGIN_NONE) {
		if (why)
			filter_static(s->sample, c->nodes.at[node].node, false,
				      why);
		return false;
	}
	return fits_ports(c, s, node, why) &&
	       fits_resources(c, s, node, why) &&
	       cluster_fits_volumes(c, s, pod, node, why) &&
	       cluster_fits_topology(c, s, node, why);
}
