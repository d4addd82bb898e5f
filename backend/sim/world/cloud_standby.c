/*
 * Instances that are put aside: they stay in the group, run, and do not count
 * towards its desired capacity.
 */
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/cloud.h"

#define ENTER_MS 3000
#define LEAVE_MS 5000
#define ACT_MS 2000

/* All of them, of this group and in this state; false with the fault. */
static bool
all_are(struct cloud *c, const char *group, const struct names *ids,
	enum lifecycle want, const char *state, struct cloud_group **g,
	struct cloud_fault *f)
{
	*g = cloud_group(c, group);
	if (!*g)
		return cloud_fail(f, 400, "ValidationError",
				  "AutoScalingGroup name not found - null");
	for (uint32_t i = 0; i < ids->n; i++) {
		const struct cloud_instance *x = cloud_instance(c, ids->at[i]);

		if (!x || x->group != *g)
			return cloud_fail(f, 400, "ValidationError",
					  "The instance %.40s is not part of "
					  "Auto Scaling group %.80s.",
					  ids->at[i], group);
		if (x->lifecycle != want)
			return cloud_fail(f, 400, "ValidationError",
					  "The instance %.40s is not in %s.",
					  ids->at[i], state);
		for (uint32_t k = 0; k < i; k++)
			if (str_eq(ids->at[k], ids->at[i]))
				return cloud_fail(f, 400, "ValidationError",
						  "The instance %.40s is "
						  "named twice.",
						  ids->at[i]);
	}
	return true;
}

static void
on_aside(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_instance *i = ctx;

	(void)arg;
	i->timer = 0;
	i->lifecycle = LIFECYCLE_STANDBY;
	instance_activity_end(sim_cloud(w), i, "Successful");
}

static void
on_back(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_instance *i = ctx;

	(void)arg;
	i->timer = 0;
	i->lifecycle = LIFECYCLE_IN_SERVICE;
	instance_activity_end(sim_cloud(w), i, "Successful");
}

static const struct cloud_activity *
begin(struct cloud *c, struct cloud_instance *i, const char *status,
      char *description, char *cause)
{
	instance_activity_end(c, i, "Cancelled");
	i->activity = group_activity(c, i->group, status, description, cause);
	i->activity->zone = i->subnet->zone;
	i->activity->subnet = i->subnet->id;
	sim_cancel(c->sim, i->timer);
	return i->activity;
}

bool
cloud_enter_standby(struct cloud *c, const char *group, const struct names *ids,
		    bool decrement, const struct cloud_activity **activities,
		    struct cloud_fault *f)
{
	struct cloud_group *g;
	char at[TIME_TEXT];

	if (!all_are(c, group, ids, LIFECYCLE_IN_SERVICE, "InService", &g, f))
		return false;
	if (decrement && g->desired - (int32_t)ids->n < g->min)
		return cloud_fail(f, 400, "ValidationError",
				  "AutoScalingGroup %.80s has min-size=%d, "
				  "max-size=%d, and desired-size=%d. To place "
				  "into standby %u more instance%s, please "
				  "update the AutoScalingGroup sizes "
				  "appropriately.",
				  group, g->min, g->max, g->desired, ids->n,
				  ids->n == 1 ? "" : "s");
	time_format(sim_now_ms(c->sim), false, at);
	for (uint32_t k = 0; k < ids->n; k++) {
		struct cloud_instance *i = cloud_instance(c, ids->at[k]);
		char *cause =
			decrement
				? xasprintf("At %s instance %s was moved to "
					    "standby in response to a user "
					    "request, shrinking the capacity "
					    "from %d to %d.",
					    at, i->id, g->desired,
					    g->desired - 1)
				: xasprintf("At %s instance %s was moved to "
					    "standby in response to a user "
					    "request.",
					    at, i->id);

		if (decrement)
			g->desired--;
		activities[k] = begin(
			c, i, "InProgress",
			xasprintf("Moving EC2 instance to Standby: %s", i->id),
			cause);
		i->activity->progress = 50;
		i->lifecycle = LIFECYCLE_ENTERING_STANDBY;
		i->timer = sim_after(c->sim, ENTER_MS, on_aside, i, 0);
	}
	group_poke(c, g, ACT_MS);
	return true;
}

bool
cloud_exit_standby(struct cloud *c, const char *group, const struct names *ids,
		   const struct cloud_activity **activities,
		   struct cloud_fault *f)
{
	struct cloud_group *g;
	char at[TIME_TEXT];

	if (!all_are(c, group, ids, LIFECYCLE_STANDBY, "Standby", &g, f))
		return false;
	if (g->desired + (int32_t)ids->n > g->max)
		return cloud_fail(f, 400, "ValidationError",
				  "AutoScalingGroup %.80s has min-size=%d, "
				  "max-size=%d, and desired-size=%d. To place "
				  "into service %u more instance%s, please "
				  "update the AutoScalingGroup sizes "
				  "appropriately.",
				  group, g->min, g->max, g->desired, ids->n,
				  ids->n == 1 ? "" : "s");
	time_format(sim_now_ms(c->sim), false, at);
	for (uint32_t k = 0; k < ids->n; k++) {
		struct cloud_instance *i = cloud_instance(c, ids->at[k]);

		g->desired++;
		activities[k] = begin(
			c, i, "PreInService",
			xasprintf("Moving EC2 instance out of Standby: %s",
				  i->id),
			xasprintf("At %s instance %s was moved out of standby "
				  "in response to a user request, increasing "
				  "the capacity from %d to %d.",
				  at, i->id, g->desired - 1, g->desired));
		i->activity->progress = 30;
		i->lifecycle = LIFECYCLE_PENDING;
		i->timer = sim_after(c->sim, LEAVE_MS, on_back, i, 0);
	}
	group_poke(c, g, ACT_MS);
	return true;
}
