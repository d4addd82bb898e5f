/*
 * Auto Scaling's reads (reference integrations D4).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/aws/autoscaling.h"

static const struct aws_paging groups_page = {
	"AutoScalingGroups", "AutoScalingGroupName", "MaxRecords", 1, 50, 100
};
static const struct aws_paging instances_page = {
	"AutoScalingInstances", "InstanceId", "MaxRecords", 1, 50, 50
};
static const struct aws_paging activities_page = {
	"Activities", "ActivityId", "MaxRecords", 1, 100, 100
};
static const struct aws_paging tags_page = { "Tags", "Key", "MaxRecords", 1,
					     50, 100 };

/* ---- names and filters ---- */

/* No names: every name. */
static bool
named(const struct aws_context *c, const char *format, const char *name)
{
	const char *value;
	unsigned i;

	for (i = 1; (value = aws_param_at(c->params, format, i)); i++)
		if (*value && !strcmp(value, name))
			return true;
	return i == 1 || (i == 2 && !*aws_param_at(c->params, format, 1));
}

static bool
few_names(struct aws_context *c, const char *format, unsigned most,
	  const char *what)
{
	if (!aws_param_at(c->params, format, most + 1))
		return true;
	aws_invalid(c, "The number of %s that may be passed in is limited to "
		       "%u", what, most);
	return false;
}

/* The n-th value of the i-th filter; NULL past the end. */
static const char *
filter_value(const struct aws_context *c, unsigned i, unsigned n)
{
	char format[64];

	snprintf(format, sizeof(format), "Filters.member.%u.Values.member.%%u",
		 i);
	return aws_param_at(c->params, format, n);
}

static const char *
filter_name(const struct aws_context *c, unsigned i)
{
	return aws_param_at(c->params, "Filters.member.%u.Name", i);
}

static bool
filters_known(struct aws_context *c, const char *const *names,
	      const char *prefix)
{
	const char *name;

	for (unsigned i = 1; (name = filter_name(c, i)); i++) {
		const char *const *n = names;

		while (*n && strcmp(*n, name) != 0)
			n++;
		if (*n || (prefix && str_has_prefix(name, prefix)))
			continue;
		aws_invalid(c, "Invalid filter name: %s", name);
		return false;
	}
	return true;
}

static bool
tag_matches(const struct cloud_group *g, const char *name, const char *value)
{
	for (uint32_t i = 0; i < g->tags.n; i++) {
		const struct cloud_tag *t = &g->tags.at[i];

		if (!strcmp(name, "tag-key") && aws_glob(value, t->key))
			return true;
		if (!strcmp(name, "tag-value") && aws_glob(value, t->value))
			return true;
		if (str_has_prefix(name, "tag:") && !strcmp(t->key, name + 4) &&
		    aws_glob(value, t->value))
			return true;
	}
	return false;
}

/* Filters are AND-ed, the values of one OR-ed. */
static bool
passes_filters(const struct aws_context *c, const struct cloud_group *g)
{
	const char *name, *value;

	for (unsigned i = 1; (name = filter_name(c, i)); i++) {
		bool any = false;

		for (unsigned k = 1; !any && (value = filter_value(c, i, k));
		     k++)
			any = tag_matches(g, name, value);
		if (!any)
			return false;
	}
	return true;
}

/* ---- groups, instances, tags ---- */

static json_t *
describe_groups(struct aws_context *c)
{
	static const char *const filters[] = { "tag-key", "tag-value", NULL };
	bool instances = aws_param_bool(c->params, "IncludeInstances", true);
	json_t *list;

	if (!filters_known(c, filters, "tag:") ||
	    !few_names(c, "AutoScalingGroupNames.member.%u", 100,
		       "Auto Scaling group names"))
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];

		if (named(c, "AutoScalingGroupNames.member.%u", g->name) &&
		    passes_filters(c, g))
			json_array_append_new(
				list, cloud_group_json(c->cloud, g, instances));
	}
	return aws_page(c, &groups_page, list);
}

static json_t *
describe_instances(struct aws_context *c)
{
	json_t *list;

	if (!few_names(c, "InstanceIds.member.%u", 50, "instance IDs"))
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];

		for (uint32_t k = 0; k < g->instances.n; k++)
			if (named(c, "InstanceIds.member.%u",
				  g->instances.at[k]->id))
				json_array_append_new(
					list, cloud_group_instance_json(
						      g->instances.at[k],
						      true));
	}
	return aws_page(c, &instances_page, list);
}

static bool
tag_passes(const struct aws_context *c, const struct cloud_group *g,
	   const struct cloud_tag *t)
{
	const char *name, *value;

	for (unsigned f = 1; (name = filter_name(c, f)); f++) {
		const char *have = !strcmp(name, "key")	    ? t->key
				   : !strcmp(name, "value") ? t->value
				   : !strcmp(name, "propagate-at-launch")
					   ? (t->at_launch ? "true" : "false")
					   : g->name;
		bool any = false;

		for (unsigned v = 1; !any && (value = filter_value(c, f, v));
		     v++)
			any = !strcmp(value, have);
		if (!any)
			return false;
	}
	return true;
}

static json_t *
describe_tags(struct aws_context *c)
{
	static const char *const filters[] = { "auto-scaling-group", "key",
					       "value", "propagate-at-launch",
					       NULL };
	json_t *list;

	if (!filters_known(c, filters, NULL))
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];

		for (uint32_t k = 0; k < g->tags.n; k++)
			if (tag_passes(c, g, &g->tags.at[k]))
				json_array_append_new(
					list,
					cloud_tag_json(g, &g->tags.at[k]));
	}
	return aws_page(c, &tags_page, list);
}

/* ---- activities ---- */

/* Times given as filters; false when one is none. */
static bool
activity_passes(struct aws_context *c, const struct cloud_activity *a,
		bool *good)
{
	const char *name, *value;

	for (unsigned i = 1; (name = filter_name(c, i)); i++) {
		bool any = false;
		int64_t ms = 0;

		for (unsigned k = 1; !any && (value = filter_value(c, i, k));
		     k++) {
			if (!strcmp(name, "Status")) {
				any = !strcmp(value, a->status);
				continue;
			}
			if (!time_parse_rfc3339(value, strlen(value), &ms)) {
				aws_invalid(c, "Invalid filter value: %s",
					    value);
				return *good = false;
			}
			any = strstr(name, "Lower") ? a->started_ms >= ms
						    : a->started_ms <= ms;
		}
		if (!any)
			return false;
	}
	return true;
}

static void
add_activities(struct aws_context *c, const struct cloud_group *g,
	       json_t *list)
{
	bool good = true;

	for (uint32_t k = g->activities.n; good && k-- > 0;) {
		const struct cloud_activity *a = g->activities.at[k];

		if (named(c, "ActivityIds.member.%u", a->id) &&
		    activity_passes(c, a, &good))
			json_array_append_new(list, cloud_activity_json(g, a));
	}
}

static json_t *
describe_activities(struct aws_context *c)
{
	static const char *const filters[] = { "StartTimeLowerBound",
					       "StartTimeUpperBound", "Status",
					       NULL };
	const char *name = aws_param(c->params, "AutoScalingGroupName");
	json_t *list;

	if (!filters_known(c, filters, NULL) ||
	    !few_names(c, "ActivityIds.member.%u", 50, "activity IDs"))
		return NULL;
	if (name && !cloud_group(c->cloud, name))
		return aws_invalid(c, "AutoScalingGroup name not found - "
				      "AutoScalingGroup not found");
	list = json_array();
	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];

		if (!name || !strcmp(name, g->name))
			add_activities(c, g, list);
	}
	if (c->fault.http) {
		json_decref(list);
		return NULL;
	}
	return aws_page(c, &activities_page, list);
}

/* ---- what a group has beside ---- */

static json_t *
describe_launch_configurations(struct aws_context *c)
{
	(void)c; /* every group has a launch template */
	return json_pack("{s:[]}", "LaunchConfigurations");
}

static struct cloud_group *
group_of(struct aws_context *c)
{
	const char *name = aws_required(c, "AutoScalingGroupName");
	struct cloud_group *g = name ? cloud_group(c->cloud, name) : NULL;

	if (name && !g)
		aws_invalid(c, "AutoScalingGroup name not found - null");
	return g;
}

/* EKS lets no instance go before its node is drained. */
static json_t *
describe_hooks(struct aws_context *c)
{
	const struct cloud_group *g = group_of(c);
	json_t *list = json_array();

	if (!g) {
		json_decref(list);
		return NULL;
	}
	if (g->plan->managed &&
	    named(c, "LifecycleHookNames.member.%u", "Terminate-LC-Hook"))
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:i, s:i, s:s}",
				  "LifecycleHookName", "Terminate-LC-Hook",
				  "AutoScalingGroupName", g->name,
				  "LifecycleTransition",
				  "autoscaling:EC2_INSTANCE_TERMINATING",
				  "HeartbeatTimeout", 1800, "GlobalTimeout",
				  172800, "DefaultResult", "CONTINUE"));
	return json_pack("{s:o}", "LifecycleHooks", list);
}

static json_t *
describe_warm_pool(struct aws_context *c)
{
	return group_of(c) ? json_pack("{s:[]}", "Instances") : NULL;
}

/* Groups have no policies, schedules, load balancers or topics here. */

static json_t *
describe_policies(struct aws_context *c)
{
	(void)c;
	return json_pack("{s:[]}", "ScalingPolicies");
}

static json_t *
describe_schedules(struct aws_context *c)
{
	(void)c;
	return json_pack("{s:[]}", "ScheduledUpdateGroupActions");
}

static json_t *
describe_notifications(struct aws_context *c)
{
	(void)c;
	return json_pack("{s:[]}", "NotificationConfigurations");
}

static json_t *
describe_balancers(struct aws_context *c)
{
	return group_of(c) ? json_pack("{s:[]}", "LoadBalancers") : NULL;
}

static json_t *
describe_target_groups(struct aws_context *c)
{
	return group_of(c) ? json_pack("{s:[]}", "LoadBalancerTargetGroups")
			   : NULL;
}

static json_t *
describe_traffic(struct aws_context *c)
{
	return group_of(c) ? json_pack("{s:[]}", "TrafficSources") : NULL;
}

static json_t *
describe_processes(struct aws_context *c)
{
	json_t *list = json_array();

	(void)c;
	for (uint32_t p = 0; p < PROCESS_COUNT; p++)
		json_array_append_new(list,
				      json_pack("{s:s}", "ProcessName",
						cloud_process_names[p]));
	return json_pack("{s:o}", "Processes", list);
}

static json_t *
describe_limits(struct aws_context *c)
{
	return json_pack("{s:i, s:i, s:i, s:i}", "MaxNumberOfAutoScalingGroups",
			 500, "MaxNumberOfLaunchConfigurations", 200,
			 "NumberOfAutoScalingGroups", (int)c->cloud->group_n,
			 "NumberOfLaunchConfigurations", 0);
}

/* clang-format off */
const struct aws_action aws_autoscaling_actions[] = {
	{ .name = "DescribeAutoScalingGroups", .run = describe_groups },
	{ .name = "DescribeAutoScalingInstances", .run = describe_instances },
	{ .name = "DescribeScalingActivities", .run = describe_activities },
	{ .name = "DescribeTags", .run = describe_tags },
	{ .name = "DescribeLaunchConfigurations",
	  .run = describe_launch_configurations },
	{ .name = "DescribeLifecycleHooks", .run = describe_hooks },
	{ .name = "DescribeInstanceRefreshes", .run = autoscaling_refreshes },
	{ .name = "DescribeWarmPool", .run = describe_warm_pool },
	{ .name = "DescribeScalingProcessTypes", .run = describe_processes },
	{ .name = "DescribePolicies", .run = describe_policies },
	{ .name = "DescribeScheduledActions", .run = describe_schedules },
	{ .name = "DescribeNotificationConfigurations",
	  .run = describe_notifications },
	{ .name = "DescribeLoadBalancers", .run = describe_balancers },
	{ .name = "DescribeLoadBalancerTargetGroups",
	  .run = describe_target_groups },
	{ .name = "DescribeTrafficSources", .run = describe_traffic },
	{ .name = "DescribeAccountLimits", .run = describe_limits },
	{ .name = "SetDesiredCapacity", .run = autoscaling_set_desired,
	  .write = true },
	{ .name = "UpdateAutoScalingGroup", .run = autoscaling_update,
	  .write = true },
	{ .name = "TerminateInstanceInAutoScalingGroup",
	  .run = autoscaling_terminate, .write = true },
	{ .name = "SuspendProcesses", .run = autoscaling_suspend,
	  .write = true },
	{ .name = "ResumeProcesses", .run = autoscaling_resume,
	  .write = true },
	{ .name = "CreateOrUpdateTags", .run = autoscaling_put_tags,
	  .write = true },
	{ .name = "DeleteTags", .run = autoscaling_delete_tags,
	  .write = true },
	{ .name = "SetInstanceProtection", .run = autoscaling_protect,
	  .write = true },
	{ .name = "EnterStandby", .run = autoscaling_enter_standby,
	  .write = true },
	{ .name = "ExitStandby", .run = autoscaling_exit_standby,
	  .write = true },
	{ .name = "StartInstanceRefresh", .run = autoscaling_start_refresh,
	  .write = true },
	{ .name = "CancelInstanceRefresh", .run = autoscaling_cancel_refresh,
	  .write = true },
	{ .name = "RollbackInstanceRefresh",
	  .run = autoscaling_rollback_refresh, .write = true },
	{ .name = "SetInstanceHealth", .run = autoscaling_set_health,
	  .write = true },
	{ 0 }
};
/* clang-format on */
