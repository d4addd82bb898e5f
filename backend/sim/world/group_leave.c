/*
 * How an Auto Scaling group shrinks: scale-in, instances that EC2 stopped, and
 * what happens to an instance on its way out.
 *
 * Managed node groups have EKS's terminate hook: the instance waits in
 * Terminating:Wait while its node is drained.
 */
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/kubernetes.h"

#define RECORD_KEPT_MS 3600000 /* of a terminated instance */
#define HEALTH_CHECK_MS 30000

static void
leave_group(struct cloud_instance *i)
{
	struct cloud_group *g = i->group;

	if (!g)
		return;
	for (uint32_t k = 0; k < g->instances.n; k++) {
		if (g->instances.at[k] != i)
			continue;
		g->instances.n--;
		memmove(&g->instances.at[k], &g->instances.at[k + 1],
			(g->instances.n - k) * sizeof(i));
		break;
	}
	i->group = NULL;
}

static void
on_record_end(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_instance *i = ctx;

	(void)arg;
	leave_group(i);
	map_take(sim_cloud(w)->instances, i->id);
	instance_free(i);
}

static void
on_terminated(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_instance *i = ctx;
	struct cloud *c = sim_cloud(w);
	struct cloud_group *g = i->group;

	(void)arg;
	i->state = INSTANCE_TERMINATED;
	i->ended_ms = sim_now_ms(w);
	instance_addresses_give(i);
	/* Stopped behind the group's back: it has not noticed yet. */
	if (!instance_is_alive(i)) {
		instance_activity_end(c, i, "Successful");
		leave_group(i);
		i->lifecycle = LIFECYCLE_NONE;
		if (g)
			group_poke(c, g, 0);
	}
	i->timer = sim_after(w, RECORD_KEPT_MS, on_record_end, i, 0);
}

void
instance_stop(struct cloud *c, struct cloud_instance *i,
	      const char *reason_code, const char *reason)
{
	struct rng *rng = &c->groups[0].rng;

	if (i->state >= INSTANCE_SHUTTING_DOWN)
		return;
	if (i->group)
		rng = &i->group->rng;
	i->state = INSTANCE_SHUTTING_DOWN;
	i->reason_code = reason_code;
	i->reason = reason;
	sim_cancel(c->sim, i->timer);
	i->timer = sim_after(c->sim, sim_draw_ms(rng, 45000, 0.25),
			     on_terminated, i, 0);
	kubernetes_instance_stopping(sim_kubernetes(c->sim), i);
	/* Behind its group's back: the next health check finds it. */
	if (i->group && instance_is_alive(i))
		group_poke(c, i->group, HEALTH_CHECK_MS);
}

void
instance_drained(struct cloud *c, struct cloud_instance *i)
{
	if (i->lifecycle != LIFECYCLE_TERMINATING_WAIT)
		return;
	i->lifecycle = LIFECYCLE_TERMINATING_PROCEED;
	if (i->activity)
		i->activity->status = "InProgress";
	instance_stop(c, i, "Client.UserInitiatedShutdown",
		      "Client.UserInitiatedShutdown: User initiated shutdown");
}

static void
on_terminate_hook(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_instance *i = ctx;

	(void)arg;
	i->timer = 0;
	if (i->lifecycle != LIFECYCLE_TERMINATING)
		return;
	i->lifecycle = LIFECYCLE_TERMINATING_WAIT;
	if (i->activity) {
		i->activity->status = "MidLifecycleAction";
		i->activity->progress = 50;
	}
	if (i->drained)
		instance_drained(sim_cloud(w), i);
	else
		kubernetes_instance_drain(sim_kubernetes(w), i);
}

void
group_terminate(struct cloud *c, struct cloud_instance *i, char *cause)
{
	struct cloud_group *g = i->group;
	bool pending = i->state == INSTANCE_PENDING;

	instance_activity_end(c, i, "Cancelled");
	i->activity = group_activity(
		c, g, "InProgress",
		xasprintf("Terminating EC2 instance: %s", i->id), cause);
	i->activity->zone = i->subnet->zone;
	i->activity->subnet = i->subnet->id;
	i->lifecycle = LIFECYCLE_TERMINATING;
	if (i->state >= INSTANCE_SHUTTING_DOWN) { /* EC2 stopped it already */
		if (i->state == INSTANCE_TERMINATED) {
			instance_activity_end(c, i, "Successful");
			leave_group(i);
			i->lifecycle = LIFECYCLE_NONE;
		}
		return;
	}
	sim_cancel(c->sim, i->timer);
	i->timer = 0;
	if (g->plan->managed && !pending) {
		i->timer = sim_after(c->sim, 1000, on_terminate_hook, i, 0);
		return;
	}
	instance_stop(c, i, "Client.UserInitiatedShutdown",
		      "Client.UserInitiatedShutdown: User initiated shutdown");
}

/* ---- scale-in ---- */

static uint32_t
alive_in(const struct cloud_group *g, const struct cloud_subnet *s)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < g->instances.n; k++) {
		struct cloud_instance *i = g->instances.at[k];

		n += i->subnet == s && instance_is_alive(i);
	}
	return n;
}

/* True when policy (a TerminationPolicies entry) would rather end a than b,
 * which is older; *decided tells whether it cares. */
static bool
rather(const char *policy, const struct cloud_instance *a,
       const struct cloud_instance *b, bool *decided)
{
	*decided = true;
	if (str_has_prefix(policy, "NewestInstance"))
		return true;
	if (str_has_prefix(policy, "OldestInstance"))
		return false;
	if (a->template_version != b->template_version &&
	    (str_has_prefix(policy, "OldestLaunch") ||
	     str_has_prefix(policy, "Default")))
		return a->template_version < b->template_version;
	*decided = false;
	return false;
}

static bool
is_better(const struct cloud_group *g, const struct cloud_instance *a,
	  const struct cloud_instance *b)
{
	const char *at = g->policies ? g->policies
				     : "OldestLaunchTemplate,OldestInstance";
	bool decided = false, better = false;

	while (*at && !decided) {
		better = rather(at, a, b, &decided);
		at += strcspn(at, ",");
		at += *at == ',';
	}
	return better;
}

/* The zone with most comes first, then the group's policies; never a protected
 * one. */
static struct cloud_instance *
choose_victim(const struct cloud_group *g)
{
	struct cloud_instance *best = NULL;
	uint32_t most = 0;

	/* The array is in order of launch: first is oldest. */
	for (uint32_t k = 0; k < g->instances.n; k++) {
		struct cloud_instance *i = g->instances.at[k];
		uint32_t n;

		if (i->protect || !instance_is_alive(i))
			continue;
		n = alive_in(g, i->subnet);
		if (!best || n > most || (n == most && is_better(g, i, best))) {
			most = n;
			best = i;
		}
	}
	return best;
}

void
group_scale_in(struct cloud *c, struct cloud_group *g, uint32_t alive)
{
	uint32_t from = alive;

	for (; alive > (uint32_t)g->desired; alive--) {
		struct cloud_instance *i = choose_victim(g);
		char at[TIME_TEXT];

		if (!i)
			return; /* all that is left is protected */
		time_format(sim_now_ms(c->sim), false, at);
		group_terminate(
			c, i,
			xasprintf("%s%sAt %s an instance was taken out of "
				  "service in response to a difference between "
				  "desired and actual capacity, shrinking the "
				  "capacity from %u to %d.  At %s instance %s "
				  "was selected for termination.",
				  str_or_empty(g->cause), g->cause ? "  " : "",
				  at, from, g->desired, at, i->id));
	}
}

/* ---- health ---- */

static void
give_up(struct cloud *c, struct cloud_group *g, struct cloud_instance *i)
{
	char at[TIME_TEXT];

	time_format(sim_now_ms(c->sim), false, at);
	group_terminate(c, i,
			xasprintf("At %s an instance was taken out of service "
				  "in response to an EC2 health check "
				  "indicating it has been terminated or "
				  "stopped.", at));
	free(g->cause);
	g->cause = NULL;
}

/* Somebody said that it is unhealthy. */
static void
give_up_running(struct cloud *c, struct cloud_instance *i)
{
	char at[TIME_TEXT];

	if (i->lifecycle != LIFECYCLE_IN_SERVICE)
		return;
	time_format(sim_now_ms(c->sim), false, at);
	group_terminate(c, i,
			xasprintf("At %s an instance was taken out of service "
				  "in response to a user health-check.", at));
}

void
group_find_unhealthy(struct cloud *c, struct cloud_group *g)
{
	bool replace = !(g->suspended & (1u << PROCESS_REPLACE |
					 1u << PROCESS_TERMINATE));

	for (uint32_t k = g->instances.n; k-- > 0;) {
		struct cloud_instance *i = g->instances.at[k];

		if (!instance_is_alive(i))
			continue;
		if (i->state < INSTANCE_SHUTTING_DOWN) {
			if (i->unhealthy && replace)
				give_up_running(c, i);
			continue;
		}
		if (!(g->suspended & 1u << PROCESS_HEALTH_CHECK))
			i->unhealthy = true;
		if (i->unhealthy && replace)
			give_up(c, g, i);
	}
}
