/*
 * Quotas: whole cores, rounded up per node, bytes of capacity, and GPUs of the
 * types that gpu-total names.
 */
#include "backend/engine/quota.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"
#include "backend/engine/nodes.h"

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

static bool
is_type(const struct quota_gpu *q, const char *type)
{
	return type && strlen(type) == q->len &&
	       memcmp(type, q->type, q->len) == 0;
}

/* A node whose devices have yet to appear counts as its instance type does. */
static int64_t
gpus_of(const struct quota_gpu *q, const struct node *n,
	const struct node_group *g)
{
	int64_t devices;

	if (!is_type(q, node_gpu_type(n)))
		return 0;
	devices = resources_get(&n->allocatable, gpu_resource(n));
	return devices > 0 ? devices : g ? g->cloud_gpus : 0;
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

/* "type:min:max" of the policy; its form was checked there. */
static void
read_gpu_limits(const struct run *r, struct quota *q, bool maxima)
{
	const struct policy_list *l = policy_list(r->policy, POLICY_GPU_TOTAL);

	for (uint32_t i = 0; i < l->n && q->gpu_n < QUOTA_GPUS; i++) {
		const char *min = strchr(l->at[i], ':');
		const char *max = min ? strchr(min + 1, ':') : NULL;

		if (!max)
			continue;
		q->gpus[q->gpu_n++] = (struct quota_gpu){
			.type = l->at[i],
			.len = (uint32_t)(min - l->at[i]),
			.left = strtoll((maxima ? max : min) + 1, NULL, 10),
		};
	}
}

static void
count_gpus(const struct run *r, struct quota *q, const struct node *n,
	   uint32_t group, int sign)
{
	const struct node_group *g = group == NONE ? NULL
						   : &r->groups->at[group];

	for (uint32_t i = 0; i < q->gpu_n; i++)
		q->gpus[i].left += sign * gpus_of(&q->gpus[i], n, g);
}

/* Everything that stands in the cluster counts, managed or not; GPUs are taken
 * off the maxima at once, or the minima off them. */
static struct quota
usage(const struct run *r, bool maxima)
{
	struct quota sum = { .arena = r->plan->arena };

	read_gpu_limits(r, &sum, maxima);
	for (uint32_t i = 0; !maxima && i < sum.gpu_n; i++)
		sum.gpus[i].left = -sum.gpus[i].left;
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
		count_gpus(r, &sum, as, n->group, maxima ? -1 : 1);
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
	struct quota q = usage(r, true);

	q.cores = v[POLICY_CORES_TOTAL].range.max - q.cores;
	q.bytes = gib(v[POLICY_MEMORY_TOTAL].range.max) - q.bytes;
	return q;
}

struct quota
quota_of_minima(const struct run *r)
{
	const struct policy_value *v = r->policy->value;
	struct quota q = usage(r, false);

	q.cores -= v[POLICY_CORES_TOTAL].range.min;
	q.bytes -= gib(v[POLICY_MEMORY_TOTAL].range.min);
	return q;
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

static const char *
joined(const struct quota *q, const char *a, const char *b, size_t len)
{
	return *a ? arena_printf(q->arena, "%s, %.*s", a, (int)len, b)
		  : arena_printf(q->arena, "%.*s", (int)len, b);
}

struct quota_check
quota_check(const struct quota *q, const struct node_group *g, int32_t delta)
{
	const struct node *n = g->sized;
	static const char *const texts[] = { "", "cpu", "memory",
					     "cpu, memory" };
	struct quota_check out = { delta, "" };
	bool cpu = limit_one(q->cores, cores_of(n), delta, &out.allowed);
	bool memory = limit_one(q->bytes, bytes_of(n), delta, &out.allowed);

	out.exceeded = texts[cpu + 2 * memory];
	for (uint32_t i = 0; i < q->gpu_n; i++)
		if (limit_one(q->gpus[i].left, gpus_of(&q->gpus[i], n, g),
			      delta, &out.allowed))
			out.exceeded = joined(q, out.exceeded, q->gpus[i].type,
					      q->gpus[i].len);
	return out;
}

void
quota_consume(struct quota *q, const struct node_group *g, int32_t delta)
{
	const struct node *n = g->sized;

	if (quota_check(q, g, delta).allowed < delta)
		return;
	q->cores -= cores_of(n) * delta;
	q->bytes -= bytes_of(n) * delta;
	for (uint32_t i = 0; i < q->gpu_n; i++)
		q->gpus[i].left -= gpus_of(&q->gpus[i], n, g) * delta;
}
