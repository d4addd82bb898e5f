/*
 * The account's facts in the API's own member names: one tree serves the XML
 * faces, the world file and the deployed autoscaler.
 */
#include <stdio.h>

#include "backend/base/clock.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/pack.h"

const char *
lifecycle_name(enum lifecycle l)
{
	static const char *const names[] = {
		[LIFECYCLE_NONE] = "Terminated",
		[LIFECYCLE_PENDING] = "Pending",
		[LIFECYCLE_IN_SERVICE] = "InService",
		[LIFECYCLE_ENTERING_STANDBY] = "EnteringStandby",
		[LIFECYCLE_STANDBY] = "Standby",
		[LIFECYCLE_TERMINATING] = "Terminating",
		[LIFECYCLE_TERMINATING_WAIT] = "Terminating:Wait",
		[LIFECYCLE_TERMINATING_PROCEED] = "Terminating:Proceed",
	};

	return names[l];
}

const char *
instance_state_name(enum instance_state s)
{
	switch (s) {
	case INSTANCE_PENDING:
		return "pending";
	case INSTANCE_RUNNING:
		return "running";
	case INSTANCE_SHUTTING_DOWN:
		return "shutting-down";
	case INSTANCE_TERMINATED:
		return "terminated";
	}
	return "pending";
}

char *
cloud_image_id(const char *arch, const struct sim_release *r,
	       char out[static 32])
{
	snprintf(out, 32, "ami-0%016llx",
		 (unsigned long long)hash_bytes(arch, strlen(arch),
						hash_text(r->version)));
	return out;
}

char *
cloud_spot_request_id(const struct cloud_instance *i, char out[static 32])
{
	/* Eight letters and digits, as EC2 has them. */
	snprintf(out, 32, "sir-%.8s", i->id + 3);
	return out;
}

static json_t *
time_json(int64_t ms)
{
	char text[TIME_TEXT];

	return json_string(time_format(ms, true, text));
}

static json_t *
template_ref(const struct cloud_group *g, uint32_t version)
{
	return pack("{s:s, s:s, s:o}", "LaunchTemplateId", g->template_id,
		    "LaunchTemplateName", g->template_name, "Version",
		    json_sprintf("%u", version));
}

/* ---- Auto Scaling ---- */

json_t *
cloud_group_instance_json(const struct cloud_instance *i, bool alone)
{
	json_t *o = pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:b}", "InstanceId",
			 i->id, "InstanceType", i->type->name,
			 "AvailabilityZone", i->subnet->zone, "LifecycleState",
			 lifecycle_name(i->lifecycle), "HealthStatus",
			 i->unhealthy ? "Unhealthy" : "Healthy",
			 "LaunchTemplate",
			 template_ref(i->group, (uint32_t)i->template_version),
			 "ProtectedFromScaleIn", (int)i->protect);

	if (alone) {
		json_object_set_new(o, "AutoScalingGroupName",
				    json_string(i->group->name));
		/* This action alone spells it in capitals. */
		json_object_set_new(
			o, "HealthStatus",
			json_string(i->unhealthy ? "UNHEALTHY" : "HEALTHY"));
	}
	return o;
}

json_t *
cloud_tag_json(const struct cloud_group *g, const struct cloud_tag *t)
{
	return pack("{s:s, s:s, s:s, s:s, s:b}", "ResourceId", g->name,
		    "ResourceType", "auto-scaling-group", "Key", t->key,
		    "Value", t->value, "PropagateAtLaunch", (int)t->at_launch);
}

static void
set_template(json_t *o, const struct cloud_group *g)
{
	json_t *overrides;

	if (!g->plan->managed && g->plan->types.n == 1) {
		json_object_set_new(o, "LaunchTemplate",
				    template_ref(g, g->templates.n));
		return;
	}
	overrides = json_array();
	for (uint32_t i = 0; i < g->plan->types.n; i++)
		json_array_append_new(overrides, pack("{s:s}", "InstanceType",
						      g->plan->types.at[i]));
	json_object_set_new(
		o, "MixedInstancesPolicy",
		pack("{s:{s:o, s:o}, s:{s:s, s:i, s:i, s:s}}", "LaunchTemplate",
		     "LaunchTemplateSpecification",
		     template_ref(g, g->templates.n),
		     "Overrides", overrides, "InstancesDistribution",
		     "OnDemandAllocationStrategy", "prioritized",
		     "OnDemandBaseCapacity", 0,
		     "OnDemandPercentageAboveBaseCapacity",
		     g->plan->spot ? 0 : 100, "SpotAllocationStrategy",
		     g->plan->spot ? "price-capacity-optimized"
				   : "lowest-price"));
}

static json_t *
suspended_json(const struct cloud_group *g)
{
	json_t *list = json_array();

	for (uint32_t p = 0; p < PROCESS_COUNT; p++) {
		if (g->suspended & 1u << p)
			json_array_append_new(list,
					      pack("{s:s, s:s}", "ProcessName",
						   cloud_process_names[p],
						   "SuspensionReason",
						   "User suspended"));
	}
	return list;
}

static json_t *
subnet_list(const struct cloud *c, const struct cloud_group *g)
{
	char text[256] = "";
	size_t at = 0;

	for (uint32_t z = 0; z < g->plan->zones.n; z++) {
		for (uint32_t i = 0; i < c->subnet_n; i++) {
			if (str_eq(c->subnets[i].zone, g->plan->zones.at[z]))
				at += (size_t)snprintf(
					text + at, sizeof(text) - at, "%s%s",
					at ? "," : "", c->subnets[i].id);
		}
	}
	return json_string(text);
}

static json_t *
policies_json(const struct cloud_group *g)
{
	const char *at = g->policies ? g->policies
				     : "AllocationStrategy,OldestLaunchTemplate"
				       ",OldestInstance";
	json_t *list = json_array();

	while (*at) {
		size_t len = strcspn(at, ",");

		json_array_append_new(list, json_stringn(at, len));
		at += len + (at[len] == ',');
	}
	return list;
}

json_t *
cloud_group_json(const struct cloud *c, const struct cloud_group *g,
		 bool instances)
{
	json_t *list = json_array(), *tags = json_array(), *o;

	for (uint32_t i = 0; instances && i < g->instances.n; i++)
		json_array_append_new(list, cloud_group_instance_json(
						    g->instances.at[i], false));
	for (uint32_t i = 0; i < g->tags.n; i++)
		json_array_append_new(tags, cloud_tag_json(g, &g->tags.at[i]));
	o = pack("{s:s, s:s}", "AutoScalingGroupName", g->name,
		 "AutoScalingGroupARN", g->arn);
	set_template(o, g);
	json_object_update_new(
		o, pack("{s:i, s:i, s:i, s:i, s:o, s:[], s:[], s:s, s:i, "
			"s:o, s:o, s:o, s:o, s:[], s:o}",
			"MinSize", g->min, "MaxSize", g->max, "DesiredCapacity",
			g->desired, "DefaultCooldown",
			(int)(g->cooldown_ms / 1000), "AvailabilityZones",
			pack_names(&g->plan->zones), "LoadBalancerNames",
			"TargetGroupARNs", "HealthCheckType", "EC2",
			"HealthCheckGracePeriod",
			(int)(g->grace_ms / 1000), "Instances", list,
			"CreatedTime", time_json(g->created_ms),
			"SuspendedProcesses", suspended_json(g),
			"VPCZoneIdentifier", subnet_list(c, g),
			"EnabledMetrics", "Tags", tags));
	json_object_update_new(
		o,
		pack("{s:o, s:b, s:o, s:b, s:[]}", "TerminationPolicies",
		     policies_json(g), "NewInstancesProtectedFromScaleIn",
		     (int)g->protect_new,
		     "ServiceLinkedRoleARN",
		     json_sprintf("arn:aws:iam::%s:role/aws-service-role/"
				  "autoscaling.amazonaws.com/"
				  "AWSServiceRoleForAutoScaling",
				  c->account),
		     "CapacityRebalance", (int)g->rebalance,
		     "TrafficSources"));
	return o;
}

json_t *
cloud_activity_json(const struct cloud_group *g, const struct cloud_activity *a)
{
	json_t *o =
		pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:i, s:s}", "ActivityId",
		     a->id, "AutoScalingGroupName", g->name, "Description",
		     a->description, "Cause", a->cause, "StartTime",
		     time_json(a->started_ms), "StatusCode", a->status,
		     "Progress", a->progress, "AutoScalingGroupARN", g->arn);

	if (a->ended_ms)
		json_object_set_new(o, "EndTime", time_json(a->ended_ms));
	if (a->message)
		json_object_set_new(o, "StatusMessage",
				    json_string(a->message));
	if (a->zone)
		json_object_set_new(
			o, "Details",
			json_sprintf("{\"Subnet ID\":\"%s\",\"Availability "
				     "Zone\":\"%s\"}",
				     a->subnet, a->zone));
	return o;
}

/* ---- EC2 ---- */

static json_t *
plain_tag(const char *key, const char *value)
{
	return pack("{s:s, s:s}", "Key", key, "Value", value);
}

static json_t *
instance_tags(const struct cloud *c, const struct cloud_instance *i)
{
	json_t *list = json_array();
	const struct cloud_group *g = i->group;

	json_array_append_new(
		list,
		pack("{s:s, s:o}", "Key", "Name", "Value",
		     json_sprintf("%s-%s-Node", sim_scenario(c->sim)->cluster,
				  i->plan->name)));
	if (!g)
		return list;
	json_array_append_new(list,
			      plain_tag("aws:autoscaling:groupName", g->name));
	json_array_append_new(
		list, plain_tag("aws:ec2launchtemplate:id", g->template_id));
	json_array_append_new(list,
			      pack("{s:s, s:o}", "Key",
				   "aws:ec2launchtemplate:version", "Value",
				   json_sprintf("%d", i->template_version)));
	for (uint32_t k = 0; k < g->tags.n; k++) {
		if (g->tags.at[k].at_launch)
			json_array_append_new(list,
					      plain_tag(g->tags.at[k].key,
							g->tags.at[k].value));
	}
	return list;
}

static const char *
machine(const char *arch)
{
	return str_eq(arch, "arm64") ? "arm64" : "x86_64";
}

static void
set_network(const struct cloud *c, const struct cloud_instance *i, json_t *o)
{
	const char *cluster = sim_scenario(c->sim)->cluster;
	char eni[32], group[32];
	json_t *groups = pack("[{s:s, s:o}]", "GroupId",
			      cloud_id(c, "sg", "cluster", group), "GroupName",
			      json_sprintf("eks-cluster-sg-%s", cluster));

	json_object_update_new(
		o,
		pack("{s:O, s:{s:o, s:s}, s:[{s:s, s:s, s:s, s:s, s:s, s:o, "
		     "s:[{s:b, s:s}]}]}",
		     "SecurityGroups", groups, "IamInstanceProfile", "Arn",
		     json_sprintf("arn:aws:iam::%s:instance-profile/eks-%s-"
				  "node",
				  c->account, cluster),
		     "Id", "AIPASIMULATEDNODE0000", "NetworkInterfaces",
		     "NetworkInterfaceId", cloud_id(c, "eni", i->id, eni),
		     "PrivateIpAddress", i->private_ip, "SubnetId",
		     i->subnet->id, "VpcId", c->vpc_id, "Status", "in-use",
		     "Groups", groups, "PrivateIpAddresses", "Primary", 1,
		     "PrivateIpAddress", i->private_ip));
}

json_t *
cloud_instance_json(const struct cloud *c, const struct cloud_instance *i)
{
	char image[32], request[32];
	json_t *o = pack(
		"{s:i, s:s, s:s, s:s, s:o, s:{s:s}, s:{s:s, s:s, s:s}, s:s, "
		"s:s}",
		"AmiLaunchIndex", 0, "ImageId",
		i->release ? cloud_image_id(i->type->arch, i->release, image)
			   : MACHINE_IMAGE,
		"InstanceId", i->id, "InstanceType", i->type->name,
		"LaunchTime", time_json(i->launched_ms), "Monitoring", "State",
		"disabled", "Placement", "AvailabilityZone", i->subnet->zone,
		"GroupName",
		"", "Tenancy", "default", "PublicDnsName", "",
		"StateTransitionReason", i->reason ? "User initiated" : "");

	json_object_set_new(o, "State",
			    pack("{s:i, s:s}", "Code", (int)i->state, "Name",
				 instance_state_name(i->state)));
	/* A terminated instance has given its addresses back. */
	if (i->state != INSTANCE_TERMINATED)
		json_object_update_new(
			o, pack("{s:s, s:s, s:s, s:s}", "PrivateDnsName",
				i->dns, "PrivateIpAddress", i->private_ip,
				"SubnetId", i->subnet->id, "VpcId", c->vpc_id));
	else
		json_object_set_new(o, "PrivateDnsName", json_string(""));
	if (i->reason)
		json_object_set_new(o, "StateReason",
				    pack("{s:s, s:s}", "Code", i->reason_code,
					 "Message", i->reason));
	if (i->spot)
		json_object_update_new(
			o, pack("{s:s, s:s}", "InstanceLifecycle", "spot",
				"SpotInstanceRequestId",
				cloud_spot_request_id(i, request)));
	if (i->state != INSTANCE_TERMINATED)
		set_network(c, i, o);
	json_object_update_new(
		o,
		pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:b, s:o}", "Architecture",
		     machine(i->type->arch), "RootDeviceName", "/dev/xvda",
		     "RootDeviceType", "ebs", "VirtualizationType", "hvm",
		     "EbsOptimized", 0, "Hypervisor", "xen", "EnaSupport", 1,
		     "Tags", instance_tags(c, i)));
	if (i->machine)
		machine_describe(i, o);
	return o;
}

json_t *
cloud_template_version_json(const struct cloud *c, const struct cloud_group *g,
			    uint32_t version)
{
	const struct cloud_template *t = &g->templates.at[version - 1];
	char image[32];
	json_t *tags =
		pack("[{s:s, s:[{s:s, s:o}]}]", "ResourceType", "instance",
		     "Tags", "Key", "Name", "Value",
		     json_sprintf("%s-%s-Node", sim_scenario(c->sim)->cluster,
				  g->plan->name));
	json_t *data =
		pack("{s:s, s:[{s:s, s:{s:i, s:s, s:b}}], s:o}", "ImageId",
		     cloud_image_id(g->plan->arch, t->release, image),
		     "BlockDeviceMappings", "DeviceName", "/dev/xvda", "Ebs",
		     "VolumeSize", (int)g->plan->disk_gib, "VolumeType", "gp3",
		     "DeleteOnTermination", 1, "TagSpecifications", tags);

	if (!g->plan->managed) {
		json_object_set_new(data, "InstanceType",
				    json_string(g->plan->types.at[0]));
		if (g->plan->spot && g->plan->types.n == 1)
			json_object_set_new(
				data, "InstanceMarketOptions",
				pack("{s:s}", "MarketType", "spot"));
	}
	return pack("{s:s, s:s, s:i, s:o, s:o, s:b, s:o}", "LaunchTemplateId",
		    g->template_id, "LaunchTemplateName", g->template_name,
		    "VersionNumber", (int)version, "CreateTime",
		    time_json(t->created_ms),
		    "CreatedBy",
		    json_sprintf("arn:aws:sts::%s:assumed-role/"
				 "AWSServiceRoleForAmazonEKSNodegroup/EKS",
				 c->account),
		    "DefaultVersion", (int)(version == 1),
		    "LaunchTemplateData", data);
}

json_t *
cloud_template_json(const struct cloud *c, const struct cloud_group *g)
{
	return cloud_template_version_json(c, g, g->templates.n);
}

json_t *
cloud_type_json(const struct sim_type *t)
{
	json_t *o =
		pack("{s:s, s:b, s:b, s:[s,s], s:[s], s:[s], s:b, s:s, "
		     "s:{s:[s]}, s:{s:i, s:i, s:i}, s:{s:i}, s:b}",
		     "InstanceType", t->name, "CurrentGeneration", 1,
		     "FreeTierEligible", 0, "SupportedUsageClasses",
		     "on-demand", "spot", "SupportedRootDeviceTypes", "ebs",
		     "SupportedVirtualizationTypes", "hvm", "BareMetal", 0,
		     "Hypervisor", t->nitro ? "nitro" : "xen", "ProcessorInfo",
		     "SupportedArchitectures", machine(t->arch), "VCpuInfo",
		     "DefaultVCpus", t->vcpus, "DefaultCores",
		     str_eq(t->arch, "arm64") ? t->vcpus : t->vcpus / 2,
		     "DefaultThreadsPerCore", str_eq(t->arch, "arm64") ? 1 : 2,
		     "MemoryInfo", "SizeInMiB", t->memory_mib,
		     "InstanceStorageSupported", 0);

	json_object_update_new(
		o,
		pack("{s:{s:s, s:i, s:i, s:i, s:b, s:s}, s:b, s:b, "
		     "s:b, s:b}",
		     "NetworkInfo", "NetworkPerformance", t->network,
		     "MaximumNetworkInterfaces", t->enis,
		     "Ipv4AddressesPerInterface", t->ips_per_eni,
		     "Ipv6AddressesPerInterface", t->ips_per_eni,
		     "Ipv6Supported", 1, "EnaSupport",
		     t->nitro ? "required" : "supported",
		     "HibernationSupported", 0, "BurstablePerformanceSupported",
		     (int)t->burstable, "DedicatedHostsSupported",
		     (int)!t->burstable, "AutoRecoverySupported", 1));
	if (t->gpus)
		json_object_set_new(
			o, "GpuInfo",
			pack("{s:[{s:s, s:s, s:i, s:{s:i}}], s:i}", "Gpus",
			     "Name", t->gpu, "Manufacturer", "NVIDIA", "Count",
			     t->gpus, "MemoryInfo", "SizeInMiB",
			     t->gpu_memory_mib, "TotalGpuMemoryInMiB",
			     t->gpus * t->gpu_memory_mib));
	return o;
}

json_t *
cloud_subnet_json(const struct cloud *c, const struct cloud_subnet *s)
{
	return pack(
		"{s:s, s:s, s:i, s:s, s:b, s:b, s:s, s:s, s:s, s:[{s:s, s:o}], "
		"s:o}",
		"AvailabilityZone", s->zone, "AvailabilityZoneId", s->zone_id,
		"AvailableIpAddressCount", (int)s->free, "CidrBlock", s->cidr,
		"DefaultForAz", 0, "MapPublicIpOnLaunch", 0, "State",
		"available", "SubnetId", s->id, "VpcId", c->vpc_id, "Tags",
		"Key", "Name", "Value",
		json_sprintf("%s-private-%s", sim_scenario(c->sim)->cluster,
			     s->zone),
		"SubnetArn",
		json_sprintf("arn:aws:ec2:%s:%s:subnet/%s", c->region,
			     c->account, s->id));
}

json_t *
cloud_image_json(const char *arch, const struct sim_release *r)
{
	char image[32];

	return pack(
		"{s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:b, s:s, s:s, s:s, s:o, "
		"s:s, s:s, s:b}",
		"Architecture", machine(arch), "CreationDate", r->created,
		"ImageId", cloud_image_id(arch, r, image), "ImageType",
		"machine", "Name",
		json_sprintf("amazon-eks-node-al2023-%s-standard-%s-v%s",
			     machine(arch), r->minor, r->date),
		"OwnerId", "602401143452", "State", "available", "Public", 1,
		"RootDeviceType", "ebs", "VirtualizationType", "hvm",
		"Hypervisor", "xen", "ImageLocation",
		json_sprintf("amazon/amazon-eks-node-al2023-%s-standard-%s-v%s",
			     machine(arch), r->minor, r->date),
		"ImageOwnerAlias", "amazon", "RootDeviceName", "/dev/xvda",
		"EnaSupport", 1);
}
