/*
 * How an Auto Scaling group grows: launches and refusals.  group_leave.c is how
 * it shrinks.
 *
 * Texts of activities are Auto Scaling's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/kubernetes.h"
#include "backend/sim/world/ids.h"

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

bool
instance_is_alive(const struct cloud_instance *i)
{
	return i->lifecycle == LIFECYCLE_PENDING ||
	       i->lifecycle == LIFECYCLE_IN_SERVICE;
}

uint32_t
group_alive(const struct cloud_group *g)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->instances.n; i++)
		n += instance_is_alive(g->instances.at[i]);
	return n;
}

void
instance_activity_end(struct cloud *c, struct cloud_instance *i,
		      const char *status)
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

			n += x->subnet == s && instance_is_alive(x);
		}
		if (n < fewest) {
			fewest = n;
			best = s;
		}
	}
	return best;
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

/* NULL: it may be launched. */
static char *
refusal(const struct cloud *c, const struct cloud_group *g, const char *type,
	const struct cloud_subnet *s)
{
	int64_t at = sim_now_ms(c->sim) - sim_scenario(c->sim)->start_ms;

	/* A later version of the template names another image. */
	bool cured = g->plan->refusal == REFUSED_IMAGE && g->templates.n > 1;

	if ((at >= g->plan->refuse_from_ms && at < g->plan->refuse_to_ms &&
	     !cured) ||
	    (c->refuses &&
	     c->refuses(c->refuses_ctx, g, sim_type_find(type), s->zone)))
		return refusal_text(c, g, type, s);
	if (s->free == 0)
		return xasprintf("There are not enough free addresses in "
				 "subnet '%s' to satisfy the requested number "
				 "of instances. Launching EC2 instance failed.",
				 s->id);
	return NULL;
}

static void
on_in_service(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_instance *i = ctx;

	(void)arg;
	i->timer = 0;
	i->lifecycle = LIFECYCLE_IN_SERVICE;
	instance_activity_end(sim_cloud(w), i, "Successful");
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
	i->template_version = (int32_t)g->templates.n;
	i->release = g->templates.at[g->templates.n - 1].release;
	i->protect = g->protect_new;
	i->state = INSTANCE_PENDING;
	i->lifecycle = LIFECYCLE_PENDING;
	i->launched_ms = sim_now_ms(c->sim);
	i->boot = boot_of(c, g->plan);
	i->cni = &c->cni;
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
	char *why;

	BUG_IF(!s);
	/* Spot goes where the pool is deepest, which differs by zone. */
	pick = g->plan->spot ? hash_text(s->zone) % types->n : 0;
	why = refusal(c, g, types->at[pick], s);
	if (why) {
		refuse(c, g, from, why);
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

static void
group_evaluate(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud *c = sim_cloud(w);
	struct cloud_group *g = ctx;
	uint32_t alive, from;

	(void)arg;
	g->timer = 0;
	group_find_unhealthy(c, g);
	alive = from = group_alive(g);
	if (alive > (uint32_t)g->desired &&
	    !(g->suspended & 1u << PROCESS_TERMINATE))
		group_scale_in(c, g, alive);
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
