/*
 * The binpacking estimator: first fit decreasing on simulated nodes.
 *
 * Runs on the cluster and takes everything back.
 */
#include "backend/engine/estimate.h"

#include <stdlib.h>

#include "backend/engine/packing.h"

/* ---- limits (3.3) ---- */

int64_t
limit_join(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return -1;
	if ((a == 0 || a > b) && b > 0)
		return b;
	return a;
}

static int64_t
places_of(const struct node_group *g)
{
	return g->target < g->max ? (int64_t)g->max - g->target : 0;
}

int64_t
limit_of_groups(const struct run *r, const struct option *o)
{
	int64_t sum = places_of(&r->groups->at[o->group]);

	for (uint32_t i = 0; i < o->similar_n; i++)
		sum += places_of(&r->groups->at[o->similar[i]]);
	return sum > 0 ? sum : -1;
}

int64_t
limit_of_cluster(int64_t max_total, int64_t present)
{
	if (max_total == 0)
		return 0;
	return max_total > present ? max_total - present : -1;
}

/* ---- order ---- */

struct scored {
	double score;
	uint32_t equal, place;
};

/* Share of the template's cpu plus share of its memory. */
static double
score_of(const struct pod *p, const struct node *t)
{
	double score = 0;

	if (t->allocatable.cpu_mcpu > 0)
		score += (double)p->requests.cpu_mcpu /
			 (double)t->allocatable.cpu_mcpu;
	if (t->allocatable.memory_bytes > 0)
		score += (double)p->requests.memory_bytes /
			 (double)t->allocatable.memory_bytes;
	return score;
}

static int
by_score(const void *pa, const void *pb)
{
	const struct scored *a = pa, *b = pb;

	if (a->score > b->score)
		return -1;
	if (a->score < b->score)
		return 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

/* Equivalence groups of the option, the biggest pods first. */
static uint32_t *
make_order(struct run *r, const struct option *o)
{
	const struct node *t = r->groups->at[o->group].template->node;
	struct scored *s = arena_alloc(r->scratch,
				       o->equal_n * sizeof(*s) + 1);
	uint32_t *at = arena_alloc(r->scratch, o->equal_n * sizeof(*at) + 1);

	for (uint32_t i = 0; i < o->equal_n; i++) {
		const struct equal_pods *e =
			&r->pending->equal[o->equal[i]];

		s[i] = (struct scored){
			score_of(r->pending->at[e->pods[0]].pod, t),
			o->equal[i], i
		};
	}
	if (o->equal_n > 1)
		qsort(s, o->equal_n, sizeof(*s), by_score);
	for (uint32_t i = 0; i < o->equal_n; i++)
		at[i] = s[i].equal;
	return at;
}

/* ---- packing ---- */

/* First fit on new nodes until the first failure; returns how many fitted. */
static uint32_t
fill_existing(struct packing *k, const struct equal_pods *e)
{
	uint32_t i, node;

	for (i = 0; i < e->n; i++) {
		node = cluster_find(k->c, k->r->pending->at[e->pods[i]].at,
				    k->base, k->c->nodes.n);
		if (node == NONE)
			break;
		packing_put(k, e->pods[i], node);
	}
	return i;
}

static bool
spreads_by_host(const struct pod *p)
{
	for (uint32_t i = 0; i < p->spread_n; i++)
		if (str_eq(p->spreads[i].topology_key,
			   "kubernetes.io/hostname"))
			return true;
	return false;
}

/* A new node opens a new host domain, which may let the pod onto another. */
static bool
try_other(struct packing *k, uint32_t pod, const struct verdict *why)
{
	const struct pending_pod *p = &k->r->pending->at[pod];
	uint32_t node;
	bool was;

	if (!spreads_by_host(p->pod) ||
	    why->plugin != PLUGIN_POD_TOPOLOGY_SPREAD)
		return false;
	was = k->c->nodes.at[k->last].closed;
	cluster_close(k->c, k->last, true);
	node = cluster_find(k->c, p->at, 0, k->c->nodes.n);
	cluster_close(k->c, k->last, was);
	if (node == NONE)
		return false;
	packing_put(k, pod, node);
	return true;
}

static bool
put_on_last(struct packing *k, uint32_t pod)
{
	struct verdict why;
	uint32_t at = k->r->pending->at[pod].at;

	if (k->last == NONE)
		return false;
	if (!k->c->shapes.at[cluster_shape(k->c, at)].has_topology) {
		if (!cluster_fits(k->c, at, k->last, NULL))
			return false;
	} else if (!cluster_fits(k->c, at, k->last, &why)) {
		return try_other(k, pod, &why);
	}
	packing_put(k, pod, k->last);
	return true;
}

/* Opens nodes for the pods from `from` on. */
static void
fill_new(struct packing *k, const struct equal_pods *e, uint32_t from)
{
	for (uint32_t i = from; i < e->n; i++) {
		uint32_t pod = e->pods[i];
		uint32_t at = k->r->pending->at[pod].at;

		if (run_out_of_work(k->r)) {
			k->closed = true;
			return;
		}
		if (put_on_last(k, pod))
			continue;
		/* It did not fit on an empty node: another will not help. */
		if (k->last != NONE && !k->used[k->last - k->base])
			return;
		if (!packing_may_add(k)) {
			k->closed = true;
			return;
		}
		packing_add_node(k);
		if (!cluster_fits(k->c, at, k->last, NULL))
			return;
		packing_put(k, pod, k->last);
	}
}

void
estimate(struct run *r, struct option *o)
{
	struct cluster *c = r->cluster;
	uint32_t mark = cluster_mark(c), room = 0;
	uint32_t *at = make_order(r, o);
	bool fast = false;
	struct packing k = { .r = r, .c = c, .o = o, .base = c->nodes.n,
			     .last = NONE };

	k.limit = limit_join(policy_int(r->policy,
					POLICY_MAX_NODES_PER_SCALEUP),
			     limit_of_groups(r, o));
	k.limit = limit_join(
		k.limit,
		limit_of_cluster(policy_int(r->policy,
					    POLICY_MAX_NODES_TOTAL),
				 r->node_count));
	for (uint32_t i = 0; i < o->equal_n; i++)
		room += r->pending->equal[o->equal[i]].n;
	o->pods = arena_alloc(r->scratch, room * sizeof(*o->pods) + 1);
	o->pod_n = 0;
	o->nodes = 0;
	if (policy_flag(r->policy, POLICY_FASTPATH_BINPACKING))
		fast = fastpath_last(r, o, at);
	for (uint32_t i = 0; i < o->equal_n; i++) {
		const struct equal_pods *e = &r->pending->equal[at[i]];
		uint32_t from = fill_existing(&k, e);

		if (k.closed)
			continue;
		if (fast && i + 1 == o->equal_n)
			fastpath_fill(&k, e, from);
		else
			fill_new(&k, e, from);
	}
	cluster_rollback(c, mark);
}
