/*
 * How an Auto Scaling group behaves: launches, refusals, scale-in, lifecycle.
 *
 * Texts of activities are Auto Scaling's.  Managed node groups have EKS's
 * terminate hook: the instance waits in Terminating:Wait while its node is
 * drained.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/kubernetes.h"
#include "backend/sim/world/ids.h"

#define RECORD_KEPT_MS 3600000 /* of a terminated instance */
#define RETRY_MS 60000	       /* after the first refusal, doubling */
#define RETRY_DOUBLINGS 4

static void group_evaluate(struct sim *w, void *ctx, uint64_t arg);

void
group_poke(struct cloud *c, struct cloud_group *g, int64_t delay_ms)
{
	int64_t at = sim_now_ms(c->sim) + delay_ms;

	if (g->timer && g->timer_ms <= at)
		return;
	sim_cancel(c->sim, g->timer);
	g->timer_ms = at;
	g->timer = sim_after(c->sim, delay_ms, group_evaluate, g, 0);
}

void
cloud_found(struct cloud *c, struct cloud_group *g)
{
	group_poke(c, g, 0);
}

/* Counts for the group: not on its way out. */
static bool
is_alive(const struct cloud_instance *i)
{
	return i->lifecycle == LIFECYCLE_PENDING ||
	       i->lifecycle == LIFECYCLE_IN_SERVICE;
}

uint32_t
group_alive(const struct cloud_group *g)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->instances.n; i++)
		n += is_alive(g->instances.at[i]);
	return n;
}

static void
activity_end(struct cloud *c, struct cloud_instance *i, const char *status)
{
	if (!i->activity)
		return;
	i->activity->status = status;
	i->activity->progress = 100;
	i->activity->ended_ms = sim_now_ms(c->sim);
	i->activity = NULL;
}

/* ---- launching ---- */

static struct cloud_subnet *
subnet_of_zone(struct cloud *c, const char *zone)
{
	for (uint32_t i = 0; i < c->subnet_n; i++) {
		if (str_eq(c->subnets[i].zone, zone))
			return &c->subnets[i];
	}
	return NULL;
}

/* The zone with the fewest living instances, in the group's order. */
static struct cloud_subnet *
choose_subnet(struct cloud *c, const struct cloud_group *g)
{
	struct cloud_subnet *best = NULL;
	uint32_t fewest = UINT32_MAX;

	for (uint32_t z = 0; z < g->plan->zones.n; z++) {
		struct cloud_subnet *s =
			subnet_of_zone(c, g->plan->zones.at[z]);
		uint32_t n = 0;

		if (!s)
			continue;
		for (uint32_t i = 0; i < g->instances.n; i++) {
			struct cloud_instance *x = g->instances.at[i];

			n += x->subnet == s && is_alive(x);
		}
		if (n < fewest) {
			fewest = n;
			best = s;
		}
	}
	return best;
}

static bool
launch_is_refused(const struct cloud *c, const struct cloud_group *g,
		  const struct sim_type *type, const char *zone)
{
	const struct scenario *s = sim_scenario(c->sim);
	int64_t at = sim_now_ms(c->sim) - s->start_ms;

	if (c->refuses && c->refuses(c->refuses_ctx, g, type, zone))
		return true;
	return at >= g->plan->refuse_from_ms && at < g->plan->refuse_to_ms;
}

static char *
start_cause(const struct cloud *c, const struct cloud_group *g, uint32_t from)
{
	char at[TIME_TEXT];

	time_format(sim_now_ms(c->sim), false, at);
	if (!g->cause)
		return xasprintf("At %s an instance was launched in response "
				 "to an unhealthy instance needing to be "
				 "replaced.",
				 at);
	return xasprintf("%s  At %s an instance was started in response to a "
			 "difference between desired and actual capacity, "
			 "increasing the capacity from %u to %d.",
			 g->cause, at, from, g->desired);
}

static void
refuse(struct cloud *c, struct cloud_group *g, uint32_t from, char *message)
{
	char *description = xasprintf("Launching a new EC2 instance.  Status "
				      "Reason: %s",
				      message);
	struct cloud_activity *a = group_activity(c, g, "Failed", description,
						  start_cause(c, g, from));
	uint32_t doubled =
		g->failures < RETRY_DOUBLINGS ? g->failures : RETRY_DOUBLINGS;
	int64_t wait = sim_draw_ms(&g->rng, (int64_t)RETRY_MS << doubled, 0.1);

	a->message = message;
	a->ended_ms = a->started_ms;
	a->progress = 100;
	g->failures++;
	g->retry_ms = sim_now_ms(c->sim) + wait;
	group_poke(c, g, wait);
}

static void
on_in_service(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_instance *i = ctx;

	(void)arg;
	i->timer = 0;
	i->lifecycle = LIFECYCLE_IN_SERVICE;
	activity_end(sim_cloud(w), i, "Successful");
}

static void
on_running(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_instance *i = ctx;
	struct cloud_group *g = i->group;
	int64_t in_service = (int64_t)arg;

	i->state = INSTANCE_RUNNING;
	i->timer = sim_after(w, in_service, on_in_service, i, 0);
	kubernetes_instance_running(
		sim_kubernetes(w), i,
		in_service + sim_draw_ms(&g->rng, g->plan->ready_ms, 0.15));
}

/* How an instance launched now will boot. */
static enum boot_failure
boot_of(const struct cloud *c, const struct scenario_group *p)
{
	int64_t at = sim_now_ms(c->sim) - sim_scenario(c->sim)->start_ms;

	if (at < p->boot_fails_from_ms ||
	    (p->boot_fails_to_ms && at >= p->boot_fails_to_ms))
		return BOOT_GOOD;
	return p->boot;
}

static struct cloud_instance *
instance_new(struct cloud *c, struct cloud_group *g, struct cloud_subnet *s,
	     const struct sim_type *type)
{
	struct cloud_instance *i = xcalloc(1, sizeof(*i));
	char hex[32];

	snprintf(i->id, sizeof(i->id), "i-0%s", id_hex(&g->rng, 16, hex));
	i->type = type;
	i->subnet = s;
	i->group = g;
	i->plan = g->plan;
	i->spot = g->plan->spot;
	i->state = INSTANCE_PENDING;
	i->lifecycle = LIFECYCLE_PENDING;
	i->launched_ms = sim_now_ms(c->sim);
	i->boot = boot_of(c, g->plan);
	i->address = instance_first_address(i);
	address_text(i->address, i->private_ip);
	snprintf(i->dns, sizeof(i->dns), "ip-%u-%u-%u-%u.%s.compute.internal",
		 i->address >> 24, i->address >> 16 & 255,
		 i->address >> 8 & 255, i->address & 255, c->region);
	map_put(c->instances, i->id, i);
	vec_push(&g->instances, i);
	return i;
}

/* False when the group has to wait before it tries again. */
static bool
launch(struct cloud *c, struct cloud_group *g, uint32_t from)
{
	struct cloud_subnet *s = choose_subnet(c, g);
	const struct names *types = &g->plan->types;
	struct cloud_instance *i;
	uint64_t pick;
	int64_t whole, boot;

	BUG_IF(!s);
	/* Spot goes where the pool is deepest, which differs by zone. */
	pick = g->plan->spot ? hash_text(s->zone) % types->n : 0;
	if (launch_is_refused(c, g, sim_type_find(types->at[pick]), s->zone)) {
		refuse(c, g, from, refusal_text(c, g, types->at[pick], s));
		return false;
	}
	if (s->free == 0) {
		refuse(c, g, from,
		       xasprintf("There are not enough free addresses in "
				 "subnet '%s' to satisfy the requested number "
				 "of instances. Launching EC2 instance failed.",
				 s->id));
		return false;
	}
	g->failures = 0;
	i = instance_new(c, g, s, sim_type_find(types->at[pick]));
	i->activity = group_activity(
		c, g, "PreInService",
		xasprintf("Launching a new EC2 instance: %s", i->id),
		start_cause(c, g, from));
	i->activity->progress = 30;
	i->activity->zone = s->zone;
	i->activity->subnet = s->id;
	whole = sim_draw_ms(&g->rng, g->plan->launch_ms, 0.15);
	boot = whole * 2 / 5;
	i->timer = sim_after(c->sim, boot, on_running, i,
			     (uint64_t)(whole - boot));
	return true;
}

/* ---- going ---- */

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
	instance_addresses_free(i);
	free(i);
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
	if (!is_alive(i)) {
		activity_end(c, i, "Successful");
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
	kubernetes_instance_drain(sim_kubernetes(w), i);
}

void
group_terminate(struct cloud *c, struct cloud_instance *i, char *cause)
{
	struct cloud_group *g = i->group;
	bool pending = i->state == INSTANCE_PENDING;

	activity_end(c, i, "Cancelled");
	i->activity = group_activity(
		c, g, "InProgress",
		xasprintf("Terminating EC2 instance: %s", i->id), cause);
	i->activity->zone = i->subnet->zone;
	i->activity->subnet = i->subnet->id;
	i->lifecycle = LIFECYCLE_TERMINATING;
	sim_cancel(c->sim, i->timer);
	i->timer = 0;
	if (g->plan->managed && !pending) {
		i->timer = sim_after(c->sim, 1000, on_terminate_hook, i, 0);
		return;
	}
	instance_stop(c, i, "Client.UserInitiatedShutdown",
		      "Client.UserInitiatedShutdown: User initiated shutdown");
}

/* Scale-in: the zone with most, then the oldest; never a protected one. */
static struct cloud_instance *
choose_victim(const struct cloud_group *g)
{
	struct cloud_instance *best = NULL;
	uint32_t most = 0;

	for (uint32_t k = 0; k < g->instances.n; k++) {
		struct cloud_instance *i = g->instances.at[k];
		uint32_t n = 0;

		if (i->protect || !is_alive(i))
			continue;
		for (uint32_t j = 0; j < g->instances.n; j++) {
			struct cloud_instance *x = g->instances.at[j];

			n += x->subnet == i->subnet && is_alive(x);
		}
		/* The array is in order of launch: first is oldest. */
		if (n > most) {
			most = n;
			best = i;
		}
	}
	return best;
}

/* Instances EC2 stopped without the group: health check finds them. */
static void
find_unhealthy(struct cloud *c, struct cloud_group *g)
{
	for (uint32_t k = g->instances.n; k-- > 0;) {
		struct cloud_instance *i = g->instances.at[k];
		char at[TIME_TEXT];
		struct cloud_activity *a;

		if (!is_alive(i) || i->state < INSTANCE_SHUTTING_DOWN)
			continue;
		time_format(sim_now_ms(c->sim), false, at);
		a = group_activity(
			c, g, "InProgress",
			xasprintf("Terminating EC2 instance: %s", i->id),
			xasprintf("At %s an instance was taken out of service "
				  "in response to an EC2 health check "
				  "indicating it has been terminated or "
				  "stopped.",
				  at));
		a->zone = i->subnet->zone;
		a->subnet = i->subnet->id;
		i->unhealthy = true;
		i->lifecycle = LIFECYCLE_TERMINATING;
		i->activity = a;
		free(g->cause);
		g->cause = NULL;
		if (i->state == INSTANCE_TERMINATED) {
			activity_end(c, i, "Successful");
			leave_group(i);
			i->lifecycle = LIFECYCLE_NONE;
		}
	}
}

static void
scale_in(struct cloud *c, struct cloud_group *g, uint32_t alive)
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

static void
group_evaluate(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud *c = sim_cloud(w);
	struct cloud_group *g = ctx;
	uint32_t alive, from;

	(void)arg;
	g->timer = 0;
	if (!(g->suspended & 1u << PROCESS_HEALTH_CHECK))
		find_unhealthy(c, g);
	alive = from = group_alive(g);
	if (alive > (uint32_t)g->desired &&
	    !(g->suspended & 1u << PROCESS_TERMINATE))
		scale_in(c, g, alive);
	if (g->suspended & 1u << PROCESS_LAUNCH)
		return;
	if (alive < (uint32_t)g->desired && sim_now_ms(w) < g->retry_ms) {
		group_poke(c, g, g->retry_ms - sim_now_ms(w));
		return;
	}
	for (; alive < (uint32_t)g->desired; alive++) {
		if (!launch(c, g, from))
			return;
	}
}
