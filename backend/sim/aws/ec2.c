/*
 * EC2's instances, and the table of its actions (reference integrations D5).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/map.h"
#include "backend/sim/aws/ec2.h"

#define STATUS_CHECK_MS 120000 /* an instance is "initializing" so long */

static const struct aws_paging reservations_page = {
	"Reservations", "ReservationId", "MaxResults", 5, 1000, 1000
};
static const struct aws_paging statuses_page = {
	"InstanceStatuses", "InstanceId", "MaxResults", 5, 1000, 1000
};

/* clang-format off */
static const struct ec2_filter instance_filters[] = {
	{ "architecture", "Architecture" },
	{ "availability-zone", "Placement.AvailabilityZone" },
	{ "iam-instance-profile.arn", "IamInstanceProfile.Arn" },
	{ "image-id", "ImageId" },
	{ "instance-id", "InstanceId" },
	{ "instance-lifecycle", "InstanceLifecycle" },
	{ "instance-state-code", "State.Code" },
	{ "instance-state-name", "State.Name" },
	{ "instance-type", "InstanceType" },
	{ "instance.group-id", "SecurityGroups.GroupId" },
	{ "hypervisor", "Hypervisor" },
	{ "ip-address", "PublicIpAddress" },
	{ "key-name", "KeyName" },
	{ "launch-time", "LaunchTime" },
	{ "monitoring-state", "Monitoring.State" },
	{ "network-interface.subnet-id", "NetworkInterfaces.SubnetId" },
	{ "private-dns-name", "PrivateDnsName" },
	{ "private-ip-address", "PrivateIpAddress" },
	{ "root-device-name", "RootDeviceName" },
	{ "root-device-type", "RootDeviceType" },
	{ "spot-instance-request-id", "SpotInstanceRequestId" },
	{ "state-reason-code", "StateReason.Code" },
	{ "subnet-id", "SubnetId" },
	{ "tenancy", "Placement.Tenancy" },
	{ "virtualization-type", "VirtualizationType" },
	{ "vpc-id", "VpcId" },
	{ 0 }
};
static const struct ec2_filter status_filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "instance-state-code", "InstanceState.Code" },
	{ "instance-state-name", "InstanceState.Name" },
	{ "instance-status.status", "InstanceStatus.Status" },
	{ "system-status.status", "SystemStatus.Status" },
	{ 0 }
};
/* clang-format on */

/* i-, then eight or seventeen hex digits. */
static bool
is_instance_id(const char *id)
{
	size_t n = str_has_prefix(id, "i-") ? strspn(id + 2,
						     "0123456789abcdef")
					    : 0;

	return (n == 8 || n == 17) && !id[2 + n];
}

/* EC2 names all of those that are not there. */
static bool
not_found(struct aws_context *c)
{
	const char *id, *all = "";
	uint32_t n = 0;

	for (unsigned i = 1; (id = aws_param_at(c->params, "InstanceId.%u",
						i)); i++)
		if (!cloud_instance(c->cloud, id))
			all = arena_printf(c->arena, "%s%s%s", all,
					   n++ ? ", " : "", id);
	return cloud_fail(&c->fault, 400, "InvalidInstanceID.NotFound",
			  n > 1 ? "The instance IDs '%s' do not exist"
				: "The instance ID '%s' does not exist",
			  all);
}

/* Ids that are asked for by name must exist. */
static bool
ids_exist(struct aws_context *c)
{
	const char *id;

	for (unsigned i = 1; (id = aws_param_at(c->params, "InstanceId.%u",
						i)); i++) {
		if (!is_instance_id(id))
			return cloud_fail(&c->fault, 400,
					  "InvalidInstanceID.Malformed",
					  "Invalid id: \"%s\"", id);
		if (!cloud_instance(c->cloud, id))
			return not_found(c);
	}
	if (aws_param_at(c->params, "InstanceId.%u", 1) &&
	    aws_param(c->params, "MaxResults"))
		return cloud_fail(&c->fault, 400,
				  "InvalidParameterCombination",
				  "The parameter instancesSet cannot be used "
				  "with the parameter maxResults");
	return true;
}

static json_t *
describe_instances(struct aws_context *c)
{
	json_t *list;
	const char *id;
	void *value;

	if (!ids_exist(c) || !ec2_filters_known(c, instance_filters))
		return NULL;
	list = json_array();
	for (uint32_t k = 0; map_next(c->cloud->instances, &k, &id, &value);) {
		json_t *o;

		if (!ec2_wanted(c, "InstanceId.%u", id))
			continue;
		o = cloud_instance_json(c->cloud, value);
		if (!ec2_passes(c, instance_filters, o)) {
			json_decref(o);
			continue;
		}
		/* One reservation each, as an Auto Scaling group makes them. */
		json_array_append_new(
			list, json_pack("{s:o, s:s, s:[], s:[o]}",
					"ReservationId",
					json_sprintf("r-%s", id + 2),
					"OwnerId", c->cloud->account, "Groups",
					"Instances", o));
	}
	return aws_page(c, &reservations_page, list);
}

static json_t *
check(const char *status, int64_t since_ms)
{
	char text[TIME_TEXT];
	json_t *detail;

	/* What does not run is not checked. */
	if (!strcmp(status, "not-applicable"))
		return json_pack("{s:s, s:[]}", "Status", status, "Details");
	detail = json_pack("{s:s, s:s}", "Name", "reachability",
				   "Status",
				   !strcmp(status, "ok") ? "passed" : status);

	if (!strcmp(status, "impaired")) {
		json_object_set_new(detail, "Status", json_string("failed"));
		json_object_set_new(
			detail, "ImpairedSince",
			json_string(time_format(since_ms, true, text)));
	}
	return json_pack("{s:s, s:[o]}", "Status", status, "Details", detail);
}

static json_t *
status_json(struct aws_context *c, const struct cloud_instance *i)
{
	int64_t age = sim_now_ms(c->w) - i->launched_ms;
	const char *status = i->state != INSTANCE_RUNNING ? "not-applicable"
			     : age < STATUS_CHECK_MS	  ? "initializing"
							  : "ok";

	return json_pack("{s:s, s:s, s:{s:i, s:s}, s:o, s:o, s:[]}",
			 "AvailabilityZone", i->subnet->zone, "InstanceId",
			 i->id, "InstanceState", "Code", (int)i->state, "Name",
			 instance_state_name(i->state), "InstanceStatus",
			 check(status, i->launched_ms), "SystemStatus",
			 check(status, i->launched_ms), "Events");
}

static json_t *
describe_status(struct aws_context *c)
{
	bool all = aws_param_bool(c->params, "IncludeAllInstances", false);
	json_t *list;
	const char *id;
	void *value;

	if (!ids_exist(c) || !ec2_filters_known(c, status_filters))
		return NULL;
	list = json_array();
	for (uint32_t k = 0; map_next(c->cloud->instances, &k, &id, &value);) {
		const struct cloud_instance *i = value;
		json_t *o;

		if (!ec2_wanted(c, "InstanceId.%u", id) ||
		    (!all && i->state != INSTANCE_RUNNING))
			continue;
		o = status_json(c, i);
		if (ec2_passes(c, status_filters, o))
			json_array_append(list, o);
		json_decref(o);
	}
	return aws_page(c, &statuses_page, list);
}

static json_t *
terminate_instances(struct aws_context *c)
{
	json_t *list;
	const char *id;

	if (!aws_param_at(c->params, "InstanceId.%u", 1)) {
		cloud_fail(&c->fault, 400, "MissingParameter",
			   "The request must contain the parameter "
			   "InstanceId");
		return NULL;
	}
	if (!ids_exist(c))
		return NULL;
	list = json_array();
	for (unsigned i = 1; (id = aws_param_at(c->params, "InstanceId.%u",
						i)); i++) {
		struct cloud_instance *in = cloud_instance(c->cloud, id);
		enum instance_state before = in->state;

		if (!cloud_terminate(c->cloud, id, &c->fault)) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(
			list, json_pack("{s:s, s:{s:i, s:s}, s:{s:i, s:s}}",
					"InstanceId", id, "CurrentState",
					"Code", (int)in->state, "Name",
					instance_state_name(in->state),
					"PreviousState", "Code", (int)before,
					"Name", instance_state_name(before)));
	}
	return json_pack("{s:o}", "TerminatingInstances", list);
}

/* clang-format off */
const struct aws_action aws_ec2_actions[] = {
	{ .name = "DescribeInstances", .run = describe_instances },
	{ .name = "DescribeInstanceStatus", .run = describe_status },
	{ .name = "DescribeInstanceTypes", .run = ec2_describe_types },
	{ .name = "DescribeInstanceTypeOfferings",
	  .run = ec2_describe_offerings },
	{ .name = "GetInstanceTypesFromInstanceRequirements",
	  .run = ec2_types_from_requirements },
	{ .name = "DescribeLaunchTemplates", .run = ec2_describe_templates },
	{ .name = "DescribeLaunchTemplateVersions",
	  .run = ec2_describe_template_versions },
	{ .name = "DescribeSubnets", .run = ec2_describe_subnets },
	{ .name = "DescribeVpcs", .run = ec2_describe_vpcs },
	{ .name = "DescribeNatGateways", .run = ec2_describe_nat_gateways },
	{ .name = "DescribeAddresses", .run = ec2_describe_addresses },
	{ .name = "DescribeRouteTables", .run = ec2_describe_route_tables },
	{ .name = "DescribeInternetGateways",
	  .run = ec2_describe_internet_gateways },
	{ .name = "DescribeSecurityGroups",
	  .run = ec2_describe_security_groups },
	{ .name = "DescribeNetworkInterfaces",
	  .run = ec2_describe_interfaces },
	{ .name = "DescribeImages", .run = ec2_describe_images },
	{ .name = "DescribeAvailabilityZones", .run = ec2_describe_zones },
	{ .name = "DescribeRegions", .run = ec2_describe_regions },
	{ .name = "DescribeSpotPriceHistory", .run = ec2_describe_prices },
	{ .name = "DescribeSpotInstanceRequests",
	  .run = ec2_describe_spot_requests },
	{ .name = "DescribeKeyPairs", .run = ec2_describe_key_pairs },
	{ .name = "CreateKeyPair", .run = ec2_create_key_pair,
	  .write = true },
	{ .name = "ImportKeyPair", .run = ec2_import_key_pair,
	  .write = true },
	{ .name = "DeleteKeyPair", .run = ec2_delete_key_pair,
	  .write = true },
	{ .name = "TerminateInstances", .run = terminate_instances,
	  .write = true },
	{ 0 }
};
/* clang-format on */
