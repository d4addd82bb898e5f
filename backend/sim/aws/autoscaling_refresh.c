/*
 * Auto Scaling's instance refreshes and what is said of instances' health.
 */
#include "backend/sim/aws/autoscaling.h"
#include "backend/sim/world/cloud_refresh.h"

#define HEALTHY_PERCENT 90

static const struct aws_paging refreshes_page = {
	"InstanceRefreshes", "InstanceRefreshId", "MaxRecords", 1, 100, 100
};

static json_t *
answer(const struct cloud_refresh *r)
{
	return r ? json_pack("{s:s}", "InstanceRefreshId", cloud_refresh_id(r))
		 : NULL;
}

json_t *
autoscaling_start_refresh(struct aws_context *c)
{
	const char *group = aws_required(c, "AutoScalingGroupName");
	const char *strategy = aws_param(c->params, "Strategy");
	struct refresh_wish w = {
		.healthy_percent = HEALTHY_PERCENT,
		.warmup_s = -1,
		.skip_matching = aws_param_bool(
			c->params, "Preferences.SkipMatching", false),
	};

	if (!group ||
	    !aws_number(c, "Preferences.MinHealthyPercentage", 0, 100,
			&w.healthy_percent) ||
	    !aws_number(c, "Preferences.InstanceWarmup", 0, 86400, &w.warmup_s))
		return NULL;
	if (strategy && strcmp(strategy, "Rolling") != 0)
		return aws_invalid(c,
				   "Strategy %.40s is not offered by the "
				   "simulated cloud; Rolling is",
				   strategy);
	return answer(cloud_refresh_start(c->cloud, group, &w, &c->fault));
}

json_t *
autoscaling_cancel_refresh(struct aws_context *c)
{
	const char *group = aws_required(c, "AutoScalingGroupName");

	return group ? answer(cloud_refresh_cancel(c->cloud, group, &c->fault))
		     : NULL;
}

static bool
is_under_way(const struct cloud_group *g)
{
	json_t *list = cloud_refreshes_json(g), *one;
	bool any = false;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *status =
			json_string_value(json_object_get(one, "Status"));

		any = any || str_eq(status, "Pending") ||
		      str_eq(status, "InProgress");
	}
	json_decref(list);
	return any;
}

/* Refreshes here replace instances by the group's own template: none has a
 * desired configuration, which is what could be rolled back. */
json_t *
autoscaling_rollback_refresh(struct aws_context *c)
{
	const char *name = aws_required(c, "AutoScalingGroupName");
	const struct cloud_group *g = name ? cloud_group(c->cloud, name) : NULL;

	if (!g)
		return name ? aws_invalid(c, "AutoScalingGroup name not found "
					     "- null")
			    : NULL;
	if (!is_under_way(g))
		cloud_fail(&c->fault, 400, "ActiveInstanceRefreshNotFound",
			   "No in progress or pending Instance Refresh found "
			   "for Auto Scaling group %s", name);
	else
		cloud_fail(&c->fault, 400, "IrreversibleInstanceRefresh",
			   "The instance refresh of Auto Scaling group %s has "
			   "no desired configuration to roll back", name);
	return NULL;
}

json_t *
autoscaling_refreshes(struct aws_context *c)
{
	const char *name = aws_required(c, "AutoScalingGroupName"), *id;
	const struct cloud_group *g = name ? cloud_group(c->cloud, name) : NULL;
	json_t *list, *one;
	size_t i;

	if (!g)
		return name ? aws_invalid(c, "AutoScalingGroup name not found "
					     "- null")
			    : NULL;
	list = cloud_refreshes_json(g);
	for (i = json_array_size(list); i-- > 0;) {
		bool asked = false;
		unsigned n = 1;

		one = json_array_get(list, i);
		while ((id = aws_param_at(c->params,
					  "InstanceRefreshIds.member.%u", n++)))
			asked = asked ||
				!strcmp(id, json_string_value(json_object_get(
						    one, "InstanceRefreshId")));
		if (n > 2 && !asked)
			json_array_remove(list, i);
	}
	return aws_page(c, &refreshes_page, list);
}

json_t *
autoscaling_set_health(struct aws_context *c)
{
	const char *id = aws_required(c, "InstanceId");
	const char *status = id ? aws_required(c, "HealthStatus") : NULL;

	if (!status)
		return NULL;
	if (strcmp(status, "Healthy") != 0 && strcmp(status, "Unhealthy") != 0)
		return aws_invalid(c, "Valid instance health states are: "
				      "[Healthy, Unhealthy].");
	if (!cloud_set_health(c->cloud, id, !strcmp(status, "Healthy"),
			      &c->fault))
		return NULL;
	return json_object();
}
