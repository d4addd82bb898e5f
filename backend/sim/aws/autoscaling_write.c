/*
 * Auto Scaling's writes: requests read and checked, the cloud told.
 */
#include <stdlib.h>

#include "backend/sim/aws/autoscaling.h"

#define MIXED_TEMPLATE \
	"MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification"

enum { INSTANCES_MAX = 50, STANDBY_MAX = 20, TAGS_MAX = 25 };

static json_t *
done(bool ok)
{
	return ok ? json_object() : NULL;
}

/* "InstanceIds.member.%u" as a list; false (and the fault) when there are
 * none or too many. */
static bool
read_names(struct aws_context *c, const char *format, const char *what,
	   uint32_t most, struct names *out)
{
	const char **at = arena_alloc(c->arena, (most + 1) * sizeof(*at));
	const char *value;
	uint32_t n = 0;

	for (unsigned i = 1; (value = aws_param_at(c->params, format, i));
	     i++) {
		if (!*value)
			continue;
		if (n == most) {
			aws_invalid(c,
				    "The number of %s that may be passed in is "
				    "limited to %u",
				    what, most);
			return false;
		}
		at[n++] = value;
	}
	*out = (struct names){ at, n };
	return true;
}

json_t *
autoscaling_set_desired(struct aws_context *c)
{
	const char *group = aws_required(c, "AutoScalingGroupName");
	int64_t desired = 0;

	if (!group || !aws_required(c, "DesiredCapacity") ||
	    !aws_number(c, "DesiredCapacity", 0, INT32_MAX, &desired))
		return NULL;
	if (aws_param_bool(c->params, "HonorCooldown", false) &&
	    !cloud_is_cool(c->cloud, group, &c->fault))
		return NULL;
	return done(cloud_set_desired(c->cloud, group, desired, &c->fault));
}

/* A list of members as one text with commas; NULL when there is none. */
static const char *
joined(struct aws_context *c, const char *format)
{
	const char *value;
	char *all = NULL;

	for (unsigned i = 1; (value = aws_param_at(c->params, format, i)); i++)
		if (*value)
			all = arena_printf(c->arena, "%s%s%s",
					   str_or_empty(all), all ? "," : "",
					   value);
	return all;
}

static int
flag(struct aws_context *c, const char *name)
{
	return aws_param(c->params, name)
		       ? aws_param_bool(c->params, name, false)
		       : -1;
}

json_t *
autoscaling_update(struct aws_context *c)
{
	/* What would change instances that this cloud does not make. */
	static const char *const fixed[] = {
		"LaunchTemplate.LaunchTemplateId",
		"LaunchTemplate.LaunchTemplateName",
		"LaunchConfigurationName",
		MIXED_TEMPLATE ".LaunchTemplateId",
		MIXED_TEMPLATE ".LaunchTemplateName",
	};
	struct cloud_limits l = { INT64_MIN, INT64_MIN, INT64_MIN };
	struct cloud_traits t = {
		.cooldown_s = -1,
		.grace_s = -1,
		.protect_new = flag(c, "NewInstancesProtectedFromScaleIn"),
		.rebalance = flag(c, "CapacityRebalance"),
		.policies = joined(c, "TerminationPolicies.member.%u"),
		.subnets = aws_param(c->params, "VPCZoneIdentifier"),
	};
	const char *group = aws_required(c, "AutoScalingGroupName");

	if (!group || !aws_number(c, "MinSize", 0, INT32_MAX, &l.min) ||
	    !aws_number(c, "MaxSize", 0, INT32_MAX, &l.max) ||
	    !aws_number(c, "DesiredCapacity", 0, INT32_MAX, &l.desired) ||
	    !aws_number(c, "DefaultCooldown", 0, 86400, &t.cooldown_s) ||
	    !aws_number(c, "HealthCheckGracePeriod", 0, 86400, &t.grace_s))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (aws_param(c->params, fixed[i]))
			return aws_invalid(c,
					   "%s cannot be changed in the "
					   "simulated cloud",
					   fixed[i]);
	return done(cloud_update_traits(c->cloud, group, &t, &c->fault) &&
		    cloud_update_group(c->cloud, group, &l, &c->fault));
}

json_t *
autoscaling_terminate(struct aws_context *c)
{
	const char *id = aws_required(c, "InstanceId");
	const struct cloud_activity *a;
	const struct cloud_instance *i;
	struct cloud_group *g;
	bool decrement;

	if (!id || !aws_required(c, "ShouldDecrementDesiredCapacity"))
		return NULL;
	i = cloud_instance(c->cloud, id);
	g = i ? i->group : NULL;
	decrement = aws_param_bool(c->params, "ShouldDecrementDesiredCapacity",
				   false);
	if (!cloud_terminate_in_group(c->cloud, id, decrement, &a, &c->fault))
		return NULL;
	return json_pack("{s:o}", "Activity", cloud_activity_json(g, a));
}

/* ---- processes ---- */

static json_t *
suspend(struct aws_context *c, bool on)
{
	const char *group = aws_required(c, "AutoScalingGroupName");
	struct names processes;

	if (!group || !read_names(c, "ScalingProcesses.member.%u",
				  "scaling processes", PROCESS_COUNT,
				  &processes))
		return NULL;
	return done(cloud_suspend(c->cloud, group, on, &processes, &c->fault));
}

json_t *
autoscaling_suspend(struct aws_context *c)
{
	return suspend(c, true);
}

json_t *
autoscaling_resume(struct aws_context *c)
{
	return suspend(c, false);
}

/* ---- tags ---- */

static json_t *
change_tags(struct aws_context *c, bool put)
{
	const char *group, *key, *value, *launch;

	if (aws_param_at(c->params, "Tags.member.%u.Key", TAGS_MAX + 1))
		return aws_invalid(c, "At most %d tags can be changed at once",
				   TAGS_MAX);
	for (unsigned i = 1;
	     (key = aws_param_at(c->params, "Tags.member.%u.Key", i)); i++) {
		group = aws_param_at(c->params, "Tags.member.%u.ResourceId",
				     i);
		value = aws_param_at(c->params, "Tags.member.%u.Value", i);
		launch = aws_param_at(c->params,
				      "Tags.member.%u.PropagateAtLaunch", i);
		if (!group)
			return aws_invalid(c, "Resource ID is required for "
					      "tagging Auto Scaling groups");
		if (!(put ? cloud_put_tag(c->cloud, group, key,
					  str_or_empty(value),
					  str_eq(launch, "true"), &c->fault)
			  : cloud_drop_tag(c->cloud, group, key, &c->fault)))
			return NULL;
	}
	return json_object();
}

json_t *
autoscaling_put_tags(struct aws_context *c)
{
	return change_tags(c, true);
}

json_t *
autoscaling_delete_tags(struct aws_context *c)
{
	return change_tags(c, false);
}

/* ---- protection and standby ---- */

json_t *
autoscaling_protect(struct aws_context *c)
{
	const char *group = aws_required(c, "AutoScalingGroupName");
	bool on = aws_param_bool(c->params, "ProtectedFromScaleIn", false);
	struct names ids;

	if (!group || !aws_required(c, "InstanceIds.member.1") ||
	    !aws_required(c, "ProtectedFromScaleIn") ||
	    !read_names(c, "InstanceIds.member.%u", "instance IDs",
			INSTANCES_MAX, &ids))
		return NULL;
	for (uint32_t i = 0; i < ids.n; i++)
		if (!cloud_protect(c->cloud, group, ids.at[i], on, &c->fault))
			return NULL;
	return json_object();
}

static json_t *
activities(struct aws_context *c, const char *group,
	   const struct cloud_activity **list, uint32_t n)
{
	const struct cloud_group *g = cloud_group(c->cloud, group);
	json_t *out = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(out, cloud_activity_json(g, list[i]));
	return json_pack("{s:o}", "Activities", out);
}

json_t *
autoscaling_enter_standby(struct aws_context *c)
{
	const char *group = aws_required(c, "AutoScalingGroupName");
	const struct cloud_activity *list[STANDBY_MAX];
	bool decrement = aws_param_bool(
		c->params, "ShouldDecrementDesiredCapacity", false);
	struct names ids;

	if (!group || !aws_required(c, "ShouldDecrementDesiredCapacity") ||
	    !read_names(c, "InstanceIds.member.%u", "instance IDs", STANDBY_MAX,
			&ids) ||
	    !cloud_enter_standby(c->cloud, group, &ids, decrement, list,
				 &c->fault))
		return NULL;
	return activities(c, group, list, ids.n);
}

json_t *
autoscaling_exit_standby(struct aws_context *c)
{
	const char *group = aws_required(c, "AutoScalingGroupName");
	const struct cloud_activity *list[STANDBY_MAX];
	struct names ids;

	if (!group ||
	    !read_names(c, "InstanceIds.member.%u", "instance IDs", STANDBY_MAX,
			&ids) ||
	    !cloud_exit_standby(c->cloud, group, &ids, list, &c->fault))
		return NULL;
	return activities(c, group, list, ids.n);
}
