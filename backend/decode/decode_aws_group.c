/*
 * Auto Scaling: groups, launch configurations, activities.
 */
#include "backend/decode/aws_parts.h"
#include "backend/decode/codecs.h"

/* clang-format off */

#define OF struct group_instance
static const struct field instance_rows[] = {
	F_TEXT("InstanceId", id),
	F_TEXT("InstanceType", type),
	F_TEXT("AvailabilityZone", zone),
	F_KNOWN("LifecycleState", lifecycle),
	F_KNOWN("HealthStatus", health),
	F_BOOL("ProtectedFromScaleIn", protected_from_scale_in),
};
FIELDS(instance);
#undef OF

#define OF struct group_override
static const struct field override_rows[] = {
	F_MAYBE("InstanceType", type),
	F_MAYBE("WeightedCapacity", weight),
	F_CUSTOM_AT("InstanceRequirements", requirements, read_requirements,
		    write_requirements),
};
FIELDS(override);
#undef OF

/* ---- what a group launches ---- */

#define OF struct group
static const struct field template_rows[] = {
	F_MAYBE("LaunchTemplateId", template_id),
	F_MAYBE("LaunchTemplateName", template_name),
	F_MAYBE("Version", template_version),
};
FIELDS(template);

static const struct field mixed_template_rows[] = {
	F_INSIDE("LaunchTemplateSpecification", template_fields),
	F_ARRAY("Overrides", overrides, override_n, group_override,
		override_fields),
};
FIELDS(mixed_template);

static const struct field distribution_rows[] = {
	F_I32("OnDemandBaseCapacity", on_demand_base, -1),
	F_I32("OnDemandPercentageAboveBaseCapacity", on_demand_percent, -1),
	F_TEXT("SpotAllocationStrategy", spot_strategy),
};
FIELDS(distribution);

static const struct field mixed_rows[] = {
	F_INSIDE("LaunchTemplate", mixed_template_fields),
	F_INSIDE("InstancesDistribution", distribution_fields),
};
FIELDS(mixed);
#undef OF

static bool
read_template(struct wire *w, void *base, const struct tree *t)
{
	/* A group has one or the other; a policy says more. */
	if (((struct group *)base)->mixed)
		return wire_object(w, t);
	return wire_fields(w, base, t, &template_fields);
}

static void
write_template(struct out *o, const char *key, const void *base)
{
	const struct group *g = base;
	uint32_t mark;

	if (g->mixed)
		return;
	mark = out_open(o, key);
	out_fields(o, g, &template_fields);
	out_close(o, mark);
}

static bool
read_mixed(struct wire *w, void *base, const struct tree *t)
{
	struct group *g = base;

	if (t->kind == TREE_OBJECT) {
		g->mixed = true;
		g->template_id = g->template_name = NULL;
		g->template_version = NULL;
	}
	return wire_fields(w, g, t, &mixed_fields);
}

static void
write_mixed(struct out *o, const char *key, const void *base)
{
	const struct group *g = base;

	if (!g->mixed)
		return;
	jsonw_object(out_key(o, key));
	out_fields(o, g, &mixed_fields);
	jsonw_end_object(o->w);
}

static bool
read_suspended(struct wire *w, void *base, const struct tree *t)
{
	struct group *g = base;

	return read_picked(w, &g->suspended, &g->suspended_n, t,
			   "ProcessName");
}

static void
write_suspended(struct out *o, const char *key, const void *base)
{
	const struct group *g = base;

	write_picked(o, key, "ProcessName", g->suspended, g->suspended_n);
}

#define OF struct group
static const struct field group_rows[] = {
	F_TEXT("AutoScalingGroupName", name),
	F_TEXT("AutoScalingGroupARN", arn),
	F_COUNT("MinSize", min, 0),
	F_COUNT("MaxSize", max, 0),
	F_COUNT("DesiredCapacity", desired, 0),
	F_TEXTS("AvailabilityZones", zones, zone_n),
	F_ARRAY("Instances", instances, instance_n, group_instance,
		instance_fields),
	F_ARRAY("Tags", tags, tag_n, group_tag, tag_fields),
	F_CUSTOM("SuspendedProcesses", read_suspended, write_suspended),
	F_TEXT("VPCZoneIdentifier", subnets),
	F_TEXT("Status", status),
	F_TIME("CreatedTime", created_ms),
	F_BOOL("NewInstancesProtectedFromScaleIn", protect_new),
	F_BOOL("CapacityRebalance", capacity_rebalance),
	F_MAYBE("LaunchConfigurationName", launch_config),
	F_CUSTOM("LaunchTemplate", read_template, write_template),
	F_CUSTOM("MixedInstancesPolicy", read_mixed, write_mixed),
};
FIELDS(group);
#undef OF

PLAIN_CODEC(group, struct group, KIND_GROUP, true);

/* ---- launch configurations ---- */

#define OF struct launch_config
static const struct field launch_config_rows[] = {
	F_TEXT("LaunchConfigurationName", name),
	F_TEXT("InstanceType", type),
	F_TEXT("ImageId", image_id),
	F_TEXT("SpotPrice", spot_price),
};
FIELDS(launch_config);
#undef OF

PLAIN_CODEC(launch_config, struct launch_config, KIND_LAUNCHCONFIG, true);

/* ---- activities ---- */

#define OF struct activity
static const struct field activity_rows[] = {
	F_TEXT("ActivityId", id),
	F_TEXT("AutoScalingGroupName", group),
	F_KNOWN("StatusCode", status),
	F_TEXT("StatusMessage", message),
	F_TEXT("Cause", cause),
	F_TEXT("Description", description),
	F_TIME("StartTime", started_ms),
	F_TIME("EndTime", ended_ms),
};
FIELDS(activity);
#undef OF

PLAIN_CODEC(activity, struct activity, KIND_ACTIVITY, true);
/* clang-format on */
