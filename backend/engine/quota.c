/*
 * Quotas: whole cores, rounded up per node, and bytes of capacity.
 */
#include "backend/engine/quota.h"

#include "backend/base/quantity.h"

static int64_t
cores_of(const struct node *n)
{
	int64_t mcpu = n->capacity.cpu_mcpu;

	return mcpu <= 0 ? 0 : mcpu / 1000 + (mcpu % 1000 != 0);
}

static int64_t
bytes_of(const struct node *n)
{
	return n->capacity.memory_bytes > 0 ? n->capacity.memory_bytes : 0;
}

/* As upstream, every node of a group counts as much as its first. */
static const struct node *
counted_node(const struct run *r, const struct cluster_node *n)
{
	if (n->group == NONE)
		return n->node;
	if (!r->groups->at[n->group].sized)
		r->groups->at[n->group].sized = n->node;
	return r->groups->at[n->group].sized;
}

/* Everything that stands in the cluster counts, managed or not. */
static struct quota
usage(const struct run *r)
{
	struct quota sum = { 0, 0 };

	for (uint32_t i = 0; i < r->groups->n; i++)
		r->groups->at[i].sized = NULL;
	for (uint32_t i = 0; i < r->cluster->nodes.n; i++) {
		const struct cluster_node *n = &r->cluster->nodes.at[i];
		const char *type = labels_get(&n->node->meta.labels, "type");
		const struct node *as;

		if (n->absent || str_eq(type, "virtual-kubelet"))
			continue;
		as = counted_node(r, n);
		if (!add_checked(&sum.cores, cores_of(as)))
			sum.cores = INT64_MAX;
		if (!add_checked(&sum.bytes, bytes_of(as)))
			sum.bytes = INT64_MAX;
	}
	for (uint32_t i = 0; i < r->groups->n; i++) {
		struct node_group *g = &r->groups->at[i];

		if (!g->sized && g->template)
			g->sized = g->template->node;
	}
	return sum;
}

static int64_t
gib(int64_t v)
{
	int64_t bytes;

	return __builtin_mul_overflow(v, INT64_C(1) << 30, &bytes)
		       ? INT64_MAX
		       : bytes;
}

struct quota
quota_of_maxima(const struct run *r)
{
	const struct policy_value *v = r->policy->value;
	struct quota sum = usage(r);

	return (struct quota){
		v[POLICY_CORES_TOTAL].range.max - sum.cores,
		gib(v[POLICY_MEMORY_TOTAL].range.max) - sum.bytes,
	};
}

struct quota
quota_of_minima(const struct run *r)
{
	const struct policy_value *v = r->policy->value;
	struct quota sum = usage(r);

	return (struct quota){
		sum.cores - v[POLICY_CORES_TOTAL].range.min,
		sum.bytes - gib(v[POLICY_MEMORY_TOTAL].range.min),
	};
}

static bool
limit_one(int64_t left, int64_t each, int32_t delta, int32_t *allowed)
{
	int64_t fit;

	if (each <= 0 || left / each >= delta)
		return false;
	fit = left > 0 ? left / each : 0;
	if (fit < *allowed)
		*allowed = (int32_t)fit;
	return true;
}

struct quota_check
quota_check(const struct quota *q, const struct node *n, int32_t delta)
{
	static const char *const texts[] = { "", "cpu", "memory",
					     "cpu, memory" };
	struct quota_check out = { delta, "" };
	bool cpu = limit_one(q->cores, cores_of(n), delta, &out.allowed);
	bool memory = limit_one(q->bytes, bytes_of(n), delta, &out.allowed);

	out.exceeded = texts[cpu + 2 * memory];
	return out;
}

void
quota_consume(struct quota *q, const struct node *n, int32_t delta)
{
	if (quota_check(q, n, delta).allowed < delta)
		return;
	q->cores -= cores_of(n) * delta;
	q->bytes -= bytes_of(n) * delta;
}
