/*
 * Spot instances that EC2 wants back: a notice, two minutes, and they are
 * stopped whoever works on them.  The group's health check finds out later.
 */
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/kubernetes.h"

#define MINUTE_MS 60000
#define NOTICE_MS 120000

static void
on_time_up(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud *c = sim_cloud(w);
	struct cloud_instance *i = ctx;

	(void)arg;
	if (i->state >= INSTANCE_SHUTTING_DOWN)
		return;
	instance_stop(c, i, "Server.SpotInstanceTermination",
		      "Server.SpotInstanceTermination: Spot instance "
		      "termination");
}

void
spot_notice(struct cloud *c, struct cloud_instance *i)
{
	if (i->notice_ms || i->state != INSTANCE_RUNNING)
		return;
	i->notice_ms = sim_now_ms(c->sim);
	/* The record outlives the notice by far: it is kept for an hour. */
	sim_after(c->sim, NOTICE_MS, on_time_up, i, 0);
	kubernetes_instance_notice(sim_kubernetes(c->sim), i);
}

static void
on_minute(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud *c = sim_cloud(w);
	struct cloud_group *g = ctx;
	int64_t end = sim_scenario(w)->start_ms + g->plan->reclaim_to_ms;

	(void)arg;
	for (uint32_t k = 0; k < g->instances.n; k++) {
		struct cloud_instance *i = g->instances.at[k];

		if (i->lifecycle == LIFECYCLE_IN_SERVICE && !i->notice_ms &&
		    rng_unit(&g->rng) < g->plan->reclaim)
			spot_notice(c, i);
	}
	if (sim_now_ms(w) + MINUTE_MS < end)
		sim_after(w, MINUTE_MS, on_minute, g, 0);
}

void
spot_begin(struct cloud *c)
{
	int64_t now = sim_now_ms(c->sim);

	for (uint32_t i = 0; i < c->group_n; i++) {
		const struct scenario_group *p = c->groups[i].plan;
		int64_t at = sim_scenario(c->sim)->start_ms +
			     p->reclaim_from_ms;

		if (p->reclaim > 0)
			sim_after(c->sim, at > now ? at - now : 0, on_minute,
				  &c->groups[i], 0);
	}
}
