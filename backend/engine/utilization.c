/*
 * Utilization: upstream's floating point, on thousandths.
 */
#include "backend/engine/utilization.h"

#include "backend/base/quantity.h"
#include "backend/engine/nodes.h"

enum { DEFAULT_GRACE_S = 30, SLACK_S = 30 };

bool
pod_is_long_terminating(const struct pod *p, int64_t now_ms)
{
	int64_t grace = p->grace_s >= 0 ? p->grace_s : DEFAULT_GRACE_S;

	/* deletionTimestamp already holds the grace the deletion was given;
	 * upstream adds it once more. */
	return p->meta.deleted_ms != 0 && grace < INT64_MAX / 1000 - SLACK_S &&
	       now_ms - p->meta.deleted_ms > (grace + SLACK_S) * 1000;
}

/* What pods ask for together: a sum past 2^63 is still a share. */
struct sum {
	int64_t exact;
	double rough;
	bool over;
};

static void
add(struct sum *s, int64_t v)
{
	s->rough += (double)v;
	s->over = s->over || !add_checked(&s->exact, v);
}

/* What of a node is measured: every pod of every node is asked, so that these
 * are not looked up by name. */
enum measure { MEASURE_CPU, MEASURE_MEMORY, MEASURE_GPU };

static int64_t
amount(const struct resources *r, enum measure what, const char *gpu)
{
	switch (what) {
	case MEASURE_CPU: return r->cpu_mcpu;
	case MEASURE_MEMORY: return r->memory_bytes;
	case MEASURE_GPU: break;
	}
	return resources_get(r, gpu);
}

static double
milli(enum measure what, int64_t v)
{
	int64_t m;

	if (what == MEASURE_CPU)
		return (double)v;
	return __builtin_mul_overflow(v, INT64_C(1000), &m) ? (double)v * 1e3
							     : (double)m;
}

static double
milli_sum(enum measure what, const struct sum *s)
{
	if (!s->over)
		return milli(what, s->exact);
	return what == MEASURE_CPU ? s->rough : s->rough * 1e3;
}

/* False when the node has none of the resource. */
static bool
share_of(const struct run *r, uint32_t node, enum measure what,
	 const char *gpu, bool ignore_daemonsets, double *share)
{
	const struct cluster *c = r->cluster;
	int64_t have = amount(&c->nodes.at[node].node->allocatable, what, gpu);
	bool ignore_mirrors = policy_flag(r->policy, POLICY_IGNORE_MIRROR);
	struct sum used = { 0, 0, false }, aside = { 0, 0, false };
	double of;

	if (have == 0)
		return false;
	for (uint32_t i = cluster_first(c, node); i != NONE;
	     i = cluster_next(c, i)) {
		const struct pod *p = c->pods.at[i].pod;
		int64_t v = amount(&p->requests, what, gpu);
		struct sum *sum = &used;

		if ((ignore_daemonsets && pod_is_daemon(p)) ||
		    (ignore_mirrors && pod_is_mirror(p)))
			sum = &aside;
		else if (pod_is_long_terminating(p, r->now_ms))
			continue;
		add(sum, v);
	}
	of = milli(what, have) - milli_sum(what, &aside);
	if (of > 0 || of < 0)
		*share = milli_sum(what, &used) / of;
	else /* nothing but what is left out fits there */
		*share = used.rough > 0 ? 1e9 : 0;
	return true;
}

struct utilization
utilization_of(const struct run *r, uint32_t node, bool ignore_daemonsets)
{
	const struct node *n = r->cluster->nodes.at[node].node;
	const char *gpu = gpu_resource(n);
	struct utilization u = { true, gpu != NULL, 0 };
	double cpu, memory;

	if (gpu) {
		/* Devices that are not ready yet make an unused node. */
		if (!share_of(r, node, MEASURE_GPU, gpu, ignore_daemonsets,
			      &u.share))
			u.share = 0;
		return u;
	}
	if (!share_of(r, node, MEASURE_CPU, NULL, ignore_daemonsets, &cpu) ||
	    !share_of(r, node, MEASURE_MEMORY, NULL, ignore_daemonsets,
		      &memory)) {
		u.known = false;
		u.share = -1;
		return u;
	}
	u.share = cpu > memory ? cpu : memory;
	return u;
}
