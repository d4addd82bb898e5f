/*
 * Expanders and their chain.
 *
 * Each takes the options that are left and keeps the best; ties go on to the
 * next, and in the end to the first by name, where upstream picks at random.
 */
#include "backend/engine/expander.h"

#include "backend/base/quantity.h"

typedef uint32_t (*filter_fn)(struct run *r, const struct option **at,
			      uint32_t n);

static uint32_t
most_pods(struct run *r, const struct option **at, uint32_t n)
{
	uint32_t best = 0, kept = 0;

	(void)r;
	for (uint32_t i = 0; i < n; i++)
		if (at[i]->pod_n > best)
			best = at[i]->pod_n;
	for (uint32_t i = 0; i < n; i++)
		if (at[i]->pod_n == best)
			at[kept++] = at[i];
	return kept;
}

static uint32_t
least_nodes(struct run *r, const struct option **at, uint32_t n)
{
	int32_t best = INT32_MAX;
	uint32_t kept = 0;

	(void)r;
	for (uint32_t i = 0; i < n; i++)
		if (at[i]->nodes > 0 && at[i]->nodes < best)
			best = at[i]->nodes;
	for (uint32_t i = 0; i < n; i++)
		if (at[i]->nodes == best)
			at[kept++] = at[i];
	return kept;
}

/* Share of cpu plus share of memory that would stay unused; upstream's floating
 * point operations in upstream's order. */
static double
waste_of(struct run *r, const struct option *o)
{
	const struct resources *have =
		&r->groups->at[o->group].template->node->capacity;
	int64_t cpu = 0, memory = 0, avail_cpu, avail_memory;
	double wasted_cpu, wasted_memory;

	for (uint32_t i = 0; i < o->pod_n; i++) {
		const struct resources *q =
			&r->pending->at[o->pods[i]].pod->requests;

		if (!add_checked(&cpu, q->cpu_mcpu) ||
		    !add_checked(&memory, q->memory_bytes))
			return 1e300;
	}
	if (__builtin_mul_overflow(have->cpu_mcpu, (int64_t)o->nodes,
				   &avail_cpu) ||
	    __builtin_mul_overflow(have->memory_bytes, (int64_t)o->nodes,
				   &avail_memory) ||
	    avail_cpu == 0 || avail_memory == 0)
		return 1e300; /* upstream divides by zero here */
	wasted_cpu = (double)(avail_cpu - cpu) / (double)avail_cpu;
	wasted_memory =
		(double)(avail_memory - memory) / (double)avail_memory;
	return wasted_cpu + wasted_memory;
}

static uint32_t
least_waste(struct run *r, const struct option **at, uint32_t n)
{
	double best = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++) {
		double waste = waste_of(r, at[i]);

		if (kept > 0 && waste > best)
			continue;
		if (kept > 0 && waste < best)
			kept = 0;
		best = waste;
		at[kept++] = at[i];
	}
	return kept;
}

/* ---- price (ours) ---- */

static bool
is_spot(const struct node *n)
{
	return strcmp(node_capacity_type(n), "spot") == 0;
}

/* Micro dollars an hour of one node; -1 when unknown.  Spot: the zone's price,
 * else the dearest of the type's zones. */
static int64_t
price_of(struct run *r, const struct option *o)
{
	const struct node_group *g = &r->groups->at[o->group];
	const struct node *n = g->template->node;
	const char *type = node_instance_type(n), *zone = node_zone(n);
	bool spot = is_spot(n) || (g->asg && g->asg->on_demand_percent == 0);
	int64_t any = -1;

	WORLD_EACH(price, p, r->world, KIND_PRICE)
	{
		if (p->spot != spot || !str_eq(p->type, type))
			continue;
		if (!spot || str_eq(p->zone, zone))
			return p->udollars_hour;
		if (p->udollars_hour > any)
			any = p->udollars_hour;
	}
	return any;
}

/* Least money per pod helped.  Options without a price are kept only when no
 * option has one. */
static uint32_t
cheapest(struct run *r, const struct option **at, uint32_t n)
{
	const struct option *best = NULL;
	int64_t best_price = -1;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++) {
		int64_t price = price_of(r, at[i]);
		__int128 mine, other;

		if (price < 0)
			continue;
		mine = (__int128)price * at[i]->nodes;
		if (best) {
			other = (__int128)best_price * best->nodes;
			if (mine * best->pod_n > other * at[i]->pod_n)
				continue;
			if (mine * best->pod_n < other * at[i]->pod_n)
				kept = 0;
		}
		best = at[i];
		best_price = price;
		at[kept++] = at[i];
	}
	return kept > 0 ? kept : n;
}

/* ---- the chain ---- */

static const struct {
	const char *name;
	filter_fn filter; /* NULL: ends the chain */
} expanders[] = {
	{ "random", NULL },
	{ "most-pods", most_pods },
	{ "least-waste", least_waste },
	{ "least-nodes", least_nodes },
	{ "price", cheapest },
	{ "priority", expander_priority },
};

static size_t
expander_by_name(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(expanders); i++)
		if (strlen(expanders[i].name) == len &&
		    memcmp(expanders[i].name, text, len) == 0)
			return i;
	return 0;
}

const struct option *
expander_choose(struct run *r, const struct option *options, uint32_t n,
		const char **by)
{
	const struct option **at = arena_alloc(r->scratch,
					       n * sizeof(*at) + 1);
	const char *chain = policy_text(r->policy, POLICY_EXPANDER);

	for (uint32_t i = 0; i < n; i++)
		at[i] = &options[i];
	*by = n == 1 ? "only option" : "name";
	while (*chain && n > 1) {
		size_t len = strcspn(chain, ",");
		size_t e = expander_by_name(chain, len);
		uint32_t before = n;

		if (!expanders[e].filter)
			break;
		n = expanders[e].filter(r, at, n);
		if (n < before)
			*by = expanders[e].name;
		chain += len + (chain[len] == ',');
	}
	return n > 0 ? at[0] : NULL;
}
