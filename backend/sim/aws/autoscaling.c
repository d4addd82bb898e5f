/*
 * Auto Scaling's actions (reference integrations D4).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/aws/face.h"

enum { PAGE_GROUPS = 50, MOST = 100, INSTANCES = 50 };

static json_t *
invalid(struct aws_context *c, const char *message)
{
	cloud_fail(&c->fault, 400, "ValidationError", "%s", message);
	return NULL;
}

static const char *
required(struct aws_context *c, const char *name)
{
	const char *value = aws_param(c->params, name);

	if (!value || !*value) {
		cloud_fail(&c->fault, 400, "ValidationError",
			   "1 validation error detected: Value null at '%s' "
			   "failed to satisfy constraint: Member must not be "
			   "null", name);
		return NULL;
	}
	return value;
}

json_t *
aws_page(struct aws_context *c, const char *member, json_t *list,
	 const char *size_param, int64_t most)
{
	const char *token = aws_param(c->params, "NextToken");
	int64_t size = most, from = 0;
	json_t *page = json_array(), *o = json_object();
	size_t n = json_array_size(list);
	char next[24], *end;

	aws_param_int(c->params, size_param, &size);
	if (size < 1 || size > most)
		size = most;
	if (token && *token) {
		from = strtoll(token, &end, 10);
		if (*end || from < 0 || (size_t)from > n) {
			cloud_fail(&c->fault, 400, "InvalidNextToken",
				   "The NextToken value is not valid.");
			json_decref(page);
			json_decref(o);
			json_decref(list);
			return NULL;
		}
	}
	for (size_t i = (size_t)from; i < n && i < (size_t)(from + size); i++)
		json_array_append(page, json_array_get(list, i));
	json_object_set_new(o, member, page);
	if ((size_t)(from + size) < n) {
		snprintf(next, sizeof(next), "%lld",
			 (long long)(from + size));
		json_object_set_new(o, "NextToken", json_string(next));
	}
	json_decref(list);
	return o;
}

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
filter_matches(const struct cloud_group *g, const char *name,
	       const char *value)
{
	for (uint32_t i = 0; i < g->tags.n; i++) {
		const struct cloud_tag *t = &g->tags.at[i];

		if (!strcmp(name, "tag-key") && !strcmp(t->key, value))
			return true;
		if (!strcmp(name, "tag-value") && !strcmp(t->value, value))
			return true;
		if (str_has_prefix(name, "tag:") && !strcmp(t->key, name + 4) &&
		    !strcmp(t->value, value))
			return true;
	}
	return false;
}

/* Filters are AND-ed, the values of one OR-ed. */
static bool
passes_filters(const struct aws_context *c, const struct cloud_group *g)
{
	const char *name, *value;

	for (unsigned i = 1; (name = aws_param_at(
				      c->params, "Filters.member.%u.Name", i));
	     i++) {
		char format[64];
		bool any = false;

		snprintf(format, sizeof(format),
			 "Filters.member.%u.Values.member.%%u", i);
		for (unsigned k = 1;
		     !any && (value = aws_param_at(c->params, format, k)); k++)
			any = filter_matches(g, name, value);
		if (!any)
			return false;
	}
	return true;
}

static json_t *
describe_groups(struct aws_context *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];

		if (named(c, "AutoScalingGroupNames.member.%u", g->name) &&
		    passes_filters(c, g))
			json_array_append_new(
				list, cloud_group_json(c->cloud, g, true));
	}
	if (!aws_param(c->params, "MaxRecords"))
		return aws_page(c, "AutoScalingGroups", list, "MaxRecords",
				PAGE_GROUPS);
	return aws_page(c, "AutoScalingGroups", list, "MaxRecords", MOST);
}

static json_t *
describe_instances(struct aws_context *c)
{
	json_t *list = json_array();

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
	return aws_page(c, "AutoScalingInstances", list, "MaxRecords",
			INSTANCES);
}

static json_t *
describe_activities(struct aws_context *c)
{
	const char *name = aws_param(c->params, "AutoScalingGroupName");
	json_t *list = json_array();

	if (name && !cloud_group(c->cloud, name)) {
		json_decref(list);
		return invalid(c, "AutoScalingGroup name not found - "
			       "AutoScalingGroup not found");
	}
	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];

		if (name && strcmp(name, g->name) != 0)
			continue;
		for (uint32_t k = g->activities.n; k-- > 0;)
			if (named(c, "ActivityIds.member.%u",
				  g->activities.at[k]->id))
				json_array_append_new(
					list, cloud_activity_json(
						      g, g->activities.at[k]));
	}
	return aws_page(c, "Activities", list, "MaxRecords", MOST);
}

static json_t *
describe_tags(struct aws_context *c)
{
	const char *name, *value;
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];

		for (uint32_t k = 0; k < g->tags.n; k++) {
			const struct cloud_tag *t = &g->tags.at[k];
			bool ok = true;

			for (unsigned f = 1;
			     ok && (name = aws_param_at(
					    c->params,
					    "Filters.member.%u.Name", f));
			     f++) {
				char format[64];

				snprintf(format, sizeof(format),
					 "Filters.member.%u.Values.member.%%u",
					 f);
				ok = false;
				for (unsigned v = 1;
				     !ok && (value = aws_param_at(c->params,
								  format, v));
				     v++)
					ok = !strcmp(value,
						     !strcmp(name, "key")
							     ? t->key
						     : !strcmp(name, "value")
							     ? t->value
							     : g->name);
			}
			if (ok)
				json_array_append_new(list,
						      cloud_tag_json(g, t));
		}
	}
	return aws_page(c, "Tags", list, "MaxRecords", MOST);
}

static json_t *
describe_launch_configurations(struct aws_context *c)
{
	(void)c;
	return json_pack("{s:[]}", "LaunchConfigurations");
}

static json_t *
done(struct aws_context *c, bool ok)
{
	(void)c;
	return ok ? json_object() : NULL;
}

static json_t *
set_desired(struct aws_context *c)
{
	const char *group = required(c, "AutoScalingGroupName");
	int64_t desired = 0;

	if (!group || !required(c, "DesiredCapacity"))
		return NULL;
	if (!aws_param_int(c->params, "DesiredCapacity", &desired))
		return invalid(c, "DesiredCapacity must be an integer");
	return done(c, cloud_set_desired(c->cloud, group, desired, &c->fault));
}

static json_t *
update_group(struct aws_context *c)
{
	struct cloud_limits l = { INT64_MIN, INT64_MIN, INT64_MIN };
	const char *group = required(c, "AutoScalingGroupName");

	if (!group)
		return NULL;
	if (!aws_param_int(c->params, "MinSize", &l.min) ||
	    !aws_param_int(c->params, "MaxSize", &l.max) ||
	    !aws_param_int(c->params, "DesiredCapacity", &l.desired))
		return invalid(c, "sizes must be integers");
	return done(c, cloud_update_group(c->cloud, group, &l, &c->fault));
}

static json_t *
terminate(struct aws_context *c)
{
	const char *id = required(c, "InstanceId");
	const struct cloud_activity *a;
	const struct cloud_instance *i;
	struct cloud_group *g;
	bool decrement;

	if (!id || !required(c, "ShouldDecrementDesiredCapacity"))
		return NULL;
	i = cloud_instance(c->cloud, id);
	g = i ? i->group : NULL;
	decrement = aws_param_bool(c->params, "ShouldDecrementDesiredCapacity",
				   false);
	if (!cloud_terminate_in_group(c->cloud, id, decrement, &a, &c->fault))
		return NULL;
	return json_pack("{s:o}", "Activity", cloud_activity_json(g, a));
}

static json_t *
suspend(struct aws_context *c, bool on)
{
	const char *group = required(c, "AutoScalingGroupName");
	VEC(const char *) list = { 0 };
	struct names processes;
	const char *name;
	bool ok;

	if (!group)
		return NULL;
	for (unsigned i = 1; (name = aws_param_at(
				      c->params, "ScalingProcesses.member.%u",
				      i)); i++)
		if (*name)
			vec_push(&list, name);
	processes = (struct names){ .at = list.at, .n = list.n };
	ok = cloud_suspend(c->cloud, group, on, &processes, &c->fault);
	vec_free(&list);
	return done(c, ok);
}

static json_t *
suspend_processes(struct aws_context *c)
{
	return suspend(c, true);
}

static json_t *
resume_processes(struct aws_context *c)
{
	return suspend(c, false);
}

static json_t *
change_tags(struct aws_context *c, bool put)
{
	const char *group, *key, *value, *launch;

	for (unsigned i = 1;
	     (key = aws_param_at(c->params, "Tags.member.%u.Key", i)); i++) {
		group = aws_param_at(c->params, "Tags.member.%u.ResourceId",
				     i);
		value = aws_param_at(c->params, "Tags.member.%u.Value", i);
		launch = aws_param_at(c->params,
				      "Tags.member.%u.PropagateAtLaunch", i);
		if (!group)
			return invalid(c, "ResourceId is required");
		if (!(put ? cloud_put_tag(c->cloud, group, key,
					  str_or_empty(value),
					  str_eq(launch, "true"), &c->fault)
			  : cloud_drop_tag(c->cloud, group, key, &c->fault)))
			return NULL;
	}
	return json_object();
}

static json_t *
put_tags(struct aws_context *c)
{
	return change_tags(c, true);
}

static json_t *
delete_tags(struct aws_context *c)
{
	return change_tags(c, false);
}

static json_t *
set_protection(struct aws_context *c)
{
	const char *group = required(c, "AutoScalingGroupName");
	bool on = aws_param_bool(c->params, "ProtectedFromScaleIn", false);
	const char *id;

	if (!group)
		return NULL;
	for (unsigned i = 1;
	     (id = aws_param_at(c->params, "InstanceIds.member.%u", i)); i++)
		if (!cloud_protect(c->cloud, group, id, on, &c->fault))
			return NULL;
	return json_object();
}

/* clang-format off */
const struct aws_action aws_autoscaling_actions[] = {
	{ "DescribeAutoScalingGroups", describe_groups, false },
	{ "DescribeAutoScalingInstances", describe_instances, false },
	{ "DescribeScalingActivities", describe_activities, false },
	{ "DescribeTags", describe_tags, false },
	{ "DescribeLaunchConfigurations", describe_launch_configurations,
	  false },
	{ "SetDesiredCapacity", set_desired, true },
	{ "UpdateAutoScalingGroup", update_group, true },
	{ "TerminateInstanceInAutoScalingGroup", terminate, true },
	{ "SuspendProcesses", suspend_processes, true },
	{ "ResumeProcesses", resume_processes, true },
	{ "CreateOrUpdateTags", put_tags, true },
	{ "DeleteTags", delete_tags, true },
	{ "SetInstanceProtection", set_protection, true },
	{ 0 }
};
/* clang-format on */
