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
	return p->meta.deleted_ms != 0 &&
	       now_ms - p->meta.deleted_ms > (grace + SLACK_S) * 1000;
}

static double
milli(const char *name, int64_t v)
{
	int64_t m;

	if (strcmp(name, "cpu") == 0)
		return (double)v;
	return __builtin_mul_overflow(v, INT64_C(1000), &m) ? (double)v * 1e3
							     : (double)m;
}

/* False when the node has none of the resource. */
static bool
share_of(const struct run *r, uint32_t node, const char *name,
	 bool ignore_daemonsets, double *share)
{
	const struct cluster *c = r->cluster;
	int64_t have = resources_get(&c->nodes.at[node].node->allocatable,
				     name);
	bool ignore_mirrors = policy_flag(r->policy, POLICY_IGNORE_MIRROR);
	int64_t used = 0, aside = 0;
	double of;

	if (have == 0)
		return false;
	for (uint32_t i = cluster_first(c, node); i != NONE;
	     i = cluster_next(c, i)) {
		const struct pod *p = c->pods.at[i].pod;
		int64_t v = resources_get(&p->requests, name);
		int64_t *sum = &used;

		if ((ignore_daemonsets && pod_is_daemon(p)) ||
		    (ignore_mirrors && pod_is_mirror(p)))
			sum = &aside;
		else if (pod_is_long_terminating(p, r->now_ms))
			continue;
		if (!add_checked(sum, v))
			*sum = INT64_MAX;
	}
	of = milli(name, have) - milli(name, aside);
	if (of > 0 || of < 0)
		*share = milli(name, used) / of;
	else /* nothing but what is left out fits there */
		*share = used > 0 ? 1e9 : 0;
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
		if (!share_of(r, node, gpu, ignore_daemonsets, &u.share))
			u.share = 0;
		return u;
	}
	if (!share_of(r, node, "cpu", ignore_daemonsets, &cpu) ||
	    !share_of(r, node, "memory", ignore_daemonsets, &memory)) {
		u.known = false;
		u.share = -1;
		return u;
	}
	u.share = cpu > memory ? cpu : memory;
	return u;
}
