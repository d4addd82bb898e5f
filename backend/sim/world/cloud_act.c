/*
 * What callers of Auto Scaling and EC2 may ask for, with AWS's own refusals.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/text.h"
#include "backend/sim/world/cloud.h"

/* How soon a group acts on a new desired capacity; then how soon its health
 * check sees an instance that EC2 stopped. */
#define HEALTH_CHECK_MS 30000
#define ACT_MS 2000
#define TAGS_MAX 50

const char *const cloud_process_names[PROCESS_COUNT] = {
	[PROCESS_LAUNCH] = "Launch",
	[PROCESS_TERMINATE] = "Terminate",
	[PROCESS_ADD_TO_LB] = "AddToLoadBalancer",
	[PROCESS_ALARM] = "AlarmNotification",
	[PROCESS_AZ_REBALANCE] = "AZRebalance",
	[PROCESS_HEALTH_CHECK] = "HealthCheck",
	[PROCESS_INSTANCE_REFRESH] = "InstanceRefresh",
	[PROCESS_REPLACE] = "ReplaceUnhealthy",
	[PROCESS_SCHEDULED] = "ScheduledActions",
};

bool
cloud_fail(struct cloud_fault *f, int http, const char *code, const char *fmt,
	   ...)
{
	va_list args;
	char *text;

	f->http = http;
	snprintf(f->code, sizeof(f->code), "%s", code);
	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	/* It may quote what a client sent. */
	text_clean_to(f->message, sizeof(f->message), text, strlen(text));
	free(text);
	return false;
}

static struct cloud_group *
find_group(struct cloud *c, const char *name, struct cloud_fault *f)
{
	struct cloud_group *g = cloud_group(c, name);

	if (!g)
		cloud_fail(f, 400, "ValidationError",
			   "AutoScalingGroup name not found - null");
	return g;
}

static void
set_cause(struct cloud_group *g, char *cause)
{
	free(g->cause);
	g->cause = cause;
}

bool
cloud_set_desired(struct cloud *c, const char *group, int64_t desired,
		  struct cloud_fault *f)
{
	struct cloud_group *g = find_group(c, group, f);
	char at[TIME_TEXT];

	if (!g)
		return false;
	if (desired > g->max)
		return cloud_fail(f, 400, "ValidationError",
				  "New SetDesiredCapacity value %lld is above "
				  "max value %d for the AutoScalingGroup.",
				  (long long)desired, g->max);
	if (desired < g->min)
		return cloud_fail(f, 400, "ValidationError",
				  "New SetDesiredCapacity value %lld is below "
				  "min value %d for the AutoScalingGroup.",
				  (long long)desired, g->min);
	if (desired == g->desired)
		return true;
	set_cause(g, xasprintf("At %s a user request explicitly set group "
			       "desired capacity changing the desired "
			       "capacity from %d to %lld.",
			       time_format(sim_now_ms(c->sim), false, at),
			       g->desired, (long long)desired));
	g->desired = (int32_t)desired;
	g->retry_ms = 0;
	group_poke(c, g, ACT_MS);
	return true;
}

bool
cloud_update_group(struct cloud *c, const char *group,
		   const struct cloud_limits *l, struct cloud_fault *f)
{
	struct cloud_group *g = find_group(c, group, f);
	int64_t min, max, desired;
	char at[TIME_TEXT];

	if (!g)
		return false;
	min = l->min == INT64_MIN ? g->min : l->min;
	max = l->max == INT64_MIN ? g->max : l->max;
	if (min < 0 || max < 0 || min > 10000 || max > 10000)
		return cloud_fail(f, 400, "ValidationError",
				  "1 validation error detected: sizes must be "
				  "from 0 to 10000");
	if (min > max)
		return cloud_fail(f, 400, "ValidationError",
				  "Max bound, %lld, must be greater than or "
				  "equal to min bound, %lld",
				  (long long)max, (long long)min);
	desired = l->desired;
	if (desired == INT64_MIN) {
		/* AWS moves desired along with a bound that crosses it. */
		desired = g->desired;
		desired = desired < min ? min : desired;
		desired = desired > max ? max : desired;
	}
	if (desired < min || desired > max)
		return cloud_fail(f, 400, "ValidationError",
				  "Desired capacity:%lld must be between the "
				  "specified min size:%lld and max size:%lld",
				  (long long)desired, (long long)min,
				  (long long)max);
	time_format(sim_now_ms(c->sim), false, at);
	if (desired != g->desired)
		set_cause(g, xasprintf("At %s a user request update of "
				       "AutoScalingGroup constraints to min: "
				       "%lld, max: %lld, desired: %lld "
				       "changing the desired capacity from %d "
				       "to %lld.",
				       at, (long long)min, (long long)max,
				       (long long)desired, g->desired,
				       (long long)desired));
	g->min = (int32_t)min;
	g->max = (int32_t)max;
	g->desired = (int32_t)desired;
	g->retry_ms = 0; /* asked anew, it tries anew */
	group_poke(c, g, ACT_MS);
	return true;
}

/* ---- what is not a size ---- */

static bool
known_policies(const char *list, struct cloud_fault *f)
{
	static const char *const names[] = {
		"Default",	   "AllocationStrategy",
		"OldestInstance",  "NewestInstance",
		"OldestLaunchTemplate", "OldestLaunchConfiguration",
		"ClosestToNextInstanceHour",
	};

	while (*list) {
		size_t len = strcspn(list, ","), i = 0;

		while (i < ARRAY_LEN(names) &&
		       (strlen(names[i]) != len ||
			strncmp(names[i], list, len) != 0))
			i++;
		if (i == ARRAY_LEN(names))
			return cloud_fail(f, 400, "ValidationError",
					  "Invalid termination policy: %.*s",
					  (int)len, list);
		list += len + (list[len] == ',');
	}
	return true;
}

static const struct cloud_subnet *
subnet_named(const struct cloud *c, const char *id, size_t len)
{
	for (uint32_t i = 0; i < c->subnet_n; i++) {
		if (strlen(c->subnets[i].id) == len &&
		    strncmp(c->subnets[i].id, id, len) == 0)
			return &c->subnets[i];
	}
	return NULL;
}

/* The group launches into the zones of these subnets from now on. */
static bool
set_subnets(struct cloud *c, struct cloud_group *g, const char *list,
	    struct cloud_fault *f)
{
	const char **zones = arena_alloc(c->arena,
					 c->subnet_n * sizeof(*zones));
	struct scenario_group *plan = &c->plans[g - c->groups];
	uint32_t n = 0;

	while (*list) {
		size_t len = strcspn(list, ",");
		const struct cloud_subnet *s = subnet_named(c, list, len);

		if (!s)
			return cloud_fail(f, 400, "ValidationError",
					  "The subnet ID '%.*s' does not exist",
					  (int)(len < 60 ? len : 60), list);
		for (uint32_t i = 0; i < n; i++)
			if (str_eq(zones[i], s->zone))
				return cloud_fail(f, 400, "ValidationError",
						  "Invalid VPC zone "
						  "identifier");
		zones[n++] = s->zone;
		list += len + (list[len] == ',');
	}
	if (n == 0)
		return cloud_fail(f, 400, "ValidationError",
				  "At least one Availability Zone or VPC "
				  "Subnet is required.");
	plan->zones = (struct names){ zones, n };
	return true;
}

bool
cloud_update_traits(struct cloud *c, const char *group,
		    const struct cloud_traits *t, struct cloud_fault *f)
{
	struct cloud_group *g = find_group(c, group, f);

	if (!g || (t->policies && !known_policies(t->policies, f)) ||
	    (t->subnets && !set_subnets(c, g, t->subnets, f)))
		return false;
	if (t->policies) {
		free(g->policies);
		g->policies = xstrdup(t->policies);
	}
	if (t->cooldown_s >= 0)
		g->cooldown_ms = t->cooldown_s * 1000;
	if (t->grace_s >= 0)
		g->grace_ms = t->grace_s * 1000;
	if (t->protect_new >= 0)
		g->protect_new = t->protect_new;
	if (t->rebalance >= 0)
		g->rebalance = t->rebalance;
	return true;
}

bool
cloud_is_cool(struct cloud *c, const char *group, struct cloud_fault *f)
{
	struct cloud_group *g = find_group(c, group, f);
	int64_t now = sim_now_ms(c->sim);

	if (!g)
		return false;
	for (uint32_t i = g->activities.n; i-- > 0;) {
		const struct cloud_activity *a = g->activities.at[i];

		if (str_eq(a->status, "Failed") ||
		    str_eq(a->status, "Cancelled") ||
		    (a->ended_ms && a->ended_ms + g->cooldown_ms <= now))
			continue;
		return cloud_fail(f, 400, "ScalingActivityInProgress",
				  "Scaling activity %s is in progress and "
				  "blocking this action",
				  a->id);
	}
	return true;
}

/* ---- instances ---- */

bool
cloud_terminate_in_group(struct cloud *c, const char *instance, bool decrement,
			 const struct cloud_activity **activity,
			 struct cloud_fault *f)
{
	struct cloud_instance *i = cloud_instance(c, instance);
	struct cloud_group *g = i ? i->group : NULL;
	char at[TIME_TEXT], *cause;

	if (!g) /* what EC2 stopped counts until the group has noticed */
		return cloud_fail(f, 400, "ValidationError",
				  "Instance Id not found - No managed instance "
				  "found for instance ID: %.40s",
				  instance);
	if (i->lifecycle >= LIFECYCLE_TERMINATING)
		return cloud_fail(f, 400, "ScalingActivityInProgress",
				  "Activity %s is in progress.",
				  i->activity ? i->activity->id : "");
	if (decrement && instance_is_alive(i) && g->desired <= g->min)
		return cloud_fail(
			f, 400, "ValidationError",
			"Currently, desiredSize equals minSize (%d). "
			"Terminating instance without replacement will violate "
			"group's min size constraint. Either set "
			"shouldDecrementDesiredCapacity flag to false or lower "
			"group's min size.",
			g->min);
	time_format(sim_now_ms(c->sim), false, at);
	if (decrement && !instance_is_alive(i))
		decrement = false; /* in standby it did not count */
	if (decrement) {
		g->desired--;
		cause = xasprintf("At %s instance %s was taken out of service "
				  "in response to a user request, shrinking "
				  "the capacity from %d to %d.",
				  at, i->id, g->desired + 1, g->desired);
	} else {
		cause = xasprintf("At %s instance %s was taken out of service "
				  "in response to a user request.",
				  at, i->id);
		set_cause(g, NULL);
	}
	group_terminate(c, i, cause);
	group_poke(c, g, ACT_MS);
	*activity = i->activity ? i->activity
				: g->activities.at[g->activities.n - 1];
	return true;
}

bool
cloud_terminate(struct cloud *c, const char *instance, struct cloud_fault *f)
{
	struct cloud_instance *i = cloud_instance(c, instance);

	if (!i)
		return cloud_fail(f, 400, "InvalidInstanceID.NotFound",
				  "The instance ID '%.40s' does not exist",
				  instance);
	instance_stop(c, i, "Client.UserInitiatedShutdown",
		      "Client.UserInitiatedShutdown: User initiated shutdown");
	return true;
}

bool
cloud_set_health(struct cloud *c, const char *instance, bool healthy,
		 struct cloud_fault *f)
{
	struct cloud_instance *i = cloud_instance(c, instance);

	if (!i || !i->group || i->state >= INSTANCE_SHUTTING_DOWN)
		return cloud_fail(f, 400, "ValidationError",
				  "Instance Id not found - No managed instance "
				  "found for instance ID: %.40s", instance);
	i->unhealthy = !healthy;
	if (!healthy)
		group_poke(c, i->group, HEALTH_CHECK_MS);
	return true;
}

bool
cloud_suspend(struct cloud *c, const char *group, bool suspend,
	      const struct names *processes, struct cloud_fault *f)
{
	struct cloud_group *g = find_group(c, group, f);
	uint32_t bits = 0;

	if (!g)
		return false;
	for (uint32_t i = 0; processes && i < processes->n; i++) {
		uint32_t p = 0;

		while (p < PROCESS_COUNT &&
		       !str_eq(cloud_process_names[p], processes->at[i]))
			p++;
		if (p == PROCESS_COUNT)
			return cloud_fail(f, 400, "ValidationError",
					  "Unknown scaling process type: "
					  "%.60s",
					  processes->at[i]);
		bits |= 1u << p;
	}
	if (bits == 0)
		bits = (1u << PROCESS_COUNT) - 1;
	if (suspend)
		g->suspended |= bits;
	else
		g->suspended &= ~bits;
	group_poke(c, g, ACT_MS);
	return true;
}

bool
cloud_put_tag(struct cloud *c, const char *group, const char *key,
	      const char *value, bool at_launch, struct cloud_fault *f)
{
	struct cloud_group *g = cloud_group(c, group);

	if (!g)
		return cloud_fail(f, 400, "ValidationError",
				  "AutoScalingGroup not found - AutoScaling "
				  "Group %.80s not found",
				  group);
	if (!*key || strlen(key) > 128 || strlen(value) > 256)
		return cloud_fail(f, 400, "ValidationError",
				  "Tag keys have 1 to 128 characters and "
				  "values up to 256");
	if (str_has_prefix(key, "aws:"))
		return cloud_fail(f, 400, "ValidationError",
				  "Tag keys may not begin with aws:");
	for (uint32_t i = 0; i < g->tags.n; i++) {
		struct cloud_tag *t = &g->tags.at[i];

		if (!str_eq(t->key, key))
			continue;
		free(t->value);
		t->value = xstrdup(value);
		t->at_launch = at_launch;
		return true;
	}
	if (g->tags.n >= TAGS_MAX)
		return cloud_fail(f, 400, "LimitExceeded",
				  "A group can have at most %d tags", TAGS_MAX);
	vec_push(&g->tags, ((struct cloud_tag){ xstrdup(key), xstrdup(value),
						at_launch }));
	return true;
}

bool
cloud_drop_tag(struct cloud *c, const char *group, const char *key,
	       struct cloud_fault *f)
{
	struct cloud_group *g = cloud_group(c, group);

	if (!g)
		return cloud_fail(f, 400, "ValidationError",
				  "AutoScalingGroup not found - AutoScaling "
				  "Group %.80s not found",
				  group);
	for (uint32_t i = 0; i < g->tags.n; i++) {
		if (!str_eq(g->tags.at[i].key, key))
			continue;
		free(g->tags.at[i].key);
		free(g->tags.at[i].value);
		g->tags.n--;
		memmove(&g->tags.at[i], &g->tags.at[i + 1],
			(g->tags.n - i) * sizeof(g->tags.at[0]));
		break;
	}
	return true;
}

bool
cloud_protect(struct cloud *c, const char *group, const char *instance,
	      bool protect, struct cloud_fault *f)
{
	struct cloud_group *g = find_group(c, group, f);
	struct cloud_instance *i = cloud_instance(c, instance);

	if (!g)
		return false;
	if (!i || i->group != g)
		return cloud_fail(f, 400, "ValidationError",
				  "The instance %.40s is not part of Auto "
				  "Scaling group %.80s.",
				  instance, group);
	if (i->lifecycle < LIFECYCLE_IN_SERVICE ||
	    i->lifecycle > LIFECYCLE_STANDBY)
		return cloud_fail(f, 400, "ValidationError",
				  "The instance %.40s is not in InService or "
				  "EnteringStandby or Standby.",
				  instance);
	i->protect = protect;
	return true;
}
