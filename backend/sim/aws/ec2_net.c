/*
 * The account's network as EC2 lists it; cloud_net.c has the facts.
 */
#include "backend/sim/aws/ec2.h"

/* clang-format off */
static const struct ec2_filter subnet_filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "available-ip-address-count", "AvailableIpAddressCount" },
	{ "cidr-block", "CidrBlock" },
	{ "default-for-az", "DefaultForAz" },
	{ "map-public-ip-on-launch", "MapPublicIpOnLaunch" },
	{ "state", "State" },
	{ "subnet-arn", "SubnetArn" },
	{ "subnet-id", "SubnetId" },
	{ "vpc-id", "VpcId" },
	{ 0 }
};
static const struct ec2_filter vpc_filters[] = {
	{ "cidr", "CidrBlock" },
	{ "is-default", "IsDefault" },
	{ "state", "State" },
	{ "vpc-id", "VpcId" },
	{ 0 }
};
static const struct ec2_filter nat_filters[] = {
	{ "nat-gateway-id", "NatGatewayId" },
	{ "state", "State" },
	{ "subnet-id", "SubnetId" },
	{ "vpc-id", "VpcId" },
	{ 0 }
};
static const struct ec2_filter address_filters[] = {
	{ "allocation-id", "AllocationId" },
	{ "association-id", "AssociationId" },
	{ "domain", "Domain" },
	{ "network-interface-id", "NetworkInterfaceId" },
	{ "private-ip-address", "PrivateIpAddress" },
	{ "public-ip", "PublicIp" },
	{ 0 }
};
static const struct ec2_filter route_filters[] = {
	{ "association.main", "Associations.Main" },
	{ "association.subnet-id", "Associations.SubnetId" },
	{ "route-table-id", "RouteTableId" },
	{ "route.destination-cidr-block", "Routes.DestinationCidrBlock" },
	{ "route.gateway-id", "Routes.GatewayId" },
	{ "route.nat-gateway-id", "Routes.NatGatewayId" },
	{ "vpc-id", "VpcId" },
	{ 0 }
};
static const struct ec2_filter internet_filters[] = {
	{ "attachment.vpc-id", "Attachments.VpcId" },
	{ "internet-gateway-id", "InternetGatewayId" },
	{ 0 }
};
static const struct ec2_filter security_filters[] = {
	{ "group-id", "GroupId" },
	{ "group-name", "GroupName" },
	{ "vpc-id", "VpcId" },
	{ 0 }
};
static const struct ec2_filter interface_filters[] = {
	{ "addresses.private-ip-address",
	  "PrivateIpAddresses.PrivateIpAddress" },
	{ "attachment.device-index", "Attachment.DeviceIndex" },
	{ "attachment.instance-id", "Attachment.InstanceId" },
	{ "availability-zone", "AvailabilityZone" },
	{ "description", "Description" },
	{ "network-interface-id", "NetworkInterfaceId" },
	{ "private-ip-address", "PrivateIpAddress" },
	{ "status", "Status" },
	{ "subnet-id", "SubnetId" },
	{ "vpc-id", "VpcId" },
	{ 0 }
};
static const struct ec2_filter zone_filters[] = {
	{ "region-name", "RegionName" },
	{ "state", "State" },
	{ "zone-id", "ZoneId" },
	{ "zone-name", "ZoneName" },
	{ 0 }
};
static const struct ec2_filter region_filters[] = {
	{ "endpoint", "Endpoint" },
	{ "region-name", "RegionName" },
	{ 0 }
};
/* clang-format on */

static const struct aws_paging subnets_page = { "Subnets", "SubnetId",
						"MaxResults", 5, 1000, 1000 };
static const struct aws_paging vpcs_page = { "Vpcs", "VpcId", "MaxResults", 5,
					     1000, 1000 };
static const struct aws_paging nats_page = { "NatGateways", "NatGatewayId",
					     "MaxResults", 5, 1000, 1000 };
/* These two come whole, always. */
static const struct aws_paging addresses_page = { "Addresses", "AllocationId",
						  "MaxResults", 1, 1000, 1000 };
static const struct aws_paging zones_page = { "AvailabilityZones", "ZoneName",
					      "MaxResults", 1, 1000, 1000 };
static const struct aws_paging routes_page = { "RouteTables", "RouteTableId",
					       "MaxResults", 5, 100, 100 };
static const struct aws_paging internets_page = {
	"InternetGateways", "InternetGatewayId", "MaxResults", 5, 1000, 1000
};
static const struct aws_paging securities_page = { "SecurityGroups", "GroupId",
						   "MaxResults", 5, 1000,
						   1000 };
static const struct aws_paging regions_page = { "Regions", "RegionName",
						"MaxResults", 1, 1000, 1000 };

json_t *
ec2_describe_subnets(struct aws_context *c)
{
	static const struct ec2_list list = {
		&subnets_page, subnet_filters,		   "SubnetId.%u",
		"SubnetId",    "InvalidSubnetID.NotFound", "subnet ID"
	};

	return ec2_answer_list(c, &list, cloud_subnets_json(c->cloud));
}

json_t *
ec2_describe_vpcs(struct aws_context *c)
{
	static const struct ec2_list list = { &vpcs_page,
					      vpc_filters,
					      "VpcId.%u",
					      "VpcId",
					      "InvalidVpcID.NotFound",
					      "vpc ID" };

	return ec2_answer_list(c, &list, cloud_vpcs_json(c->cloud));
}

json_t *
ec2_describe_nat_gateways(struct aws_context *c)
{
	static const struct ec2_list list = {
		&nats_page,	nat_filters,	      "NatGatewayId.%u",
		"NatGatewayId", "NatGatewayNotFound", "NAT gateway"
	};

	return ec2_answer_list(c, &list, cloud_nat_gateways_json(c->cloud));
}

json_t *
ec2_describe_addresses(struct aws_context *c)
{
	static const struct ec2_list list = {
		&addresses_page, address_filters,
		"AllocationId.%u", "AllocationId",
		"InvalidAllocationID.NotFound", "allocation ID"
	};
	static const struct ec2_list by_address = {
		&addresses_page, address_filters,
		"PublicIp.%u",	 "PublicIp",
		"InvalidAddress.NotFound", "address"
	};

	return ec2_answer_list(c,
			       aws_param_at(c->params, "PublicIp.%u", 1)
				       ? &by_address
				       : &list,
			       cloud_addresses_json(c->cloud));
}

json_t *
ec2_describe_route_tables(struct aws_context *c)
{
	static const struct ec2_list list = {
		&routes_page,	route_filters,
		"RouteTableId.%u", "RouteTableId",
		"InvalidRouteTableID.NotFound", "routeTable ID"
	};

	return ec2_answer_list(c, &list, cloud_route_tables_json(c->cloud));
}

json_t *
ec2_describe_internet_gateways(struct aws_context *c)
{
	static const struct ec2_list list = {
		&internets_page, internet_filters,
		"InternetGatewayId.%u", "InternetGatewayId",
		"InvalidInternetGatewayID.NotFound", "internetGateway ID"
	};

	return ec2_answer_list(c, &list,
			       cloud_internet_gateways_json(c->cloud));
}

json_t *
ec2_describe_security_groups(struct aws_context *c)
{
	static const struct ec2_list list = {
		&securities_page, security_filters,    "GroupId.%u",
		"GroupId",	  "InvalidGroup.NotFound", "security group"
	};

	return ec2_answer_list(c, &list, cloud_security_groups_json(c->cloud));
}

json_t *
ec2_describe_interfaces(struct aws_context *c)
{
	static const struct aws_paging page = { "NetworkInterfaces",
						"NetworkInterfaceId",
						"MaxResults", 5, 1000, 1000 };
	static const struct ec2_list list = {
		&page, interface_filters,
		"NetworkInterfaceId.%u", "NetworkInterfaceId",
		"InvalidNetworkInterfaceID.NotFound", "networkInterface ID"
	};

	return ec2_answer_list(c, &list, cloud_interfaces_json(c->cloud));
}

json_t *
ec2_describe_zones(struct aws_context *c)
{
	static const struct ec2_list list = {
		&zones_page, zone_filters,
		"ZoneName.%u", "ZoneName",
		"InvalidParameterValue", "availability zone"
	};
	json_t *all = json_array();

	/* A zone a subnet. */
	for (uint32_t i = 0; i < c->cloud->subnet_n; i++) {
		const struct cloud_subnet *s = &c->cloud->subnets[i];

		json_array_append_new(
			all,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[]}",
				  "ZoneName", s->zone, "ZoneId", s->zone_id,
				  "RegionName", c->cloud->region, "State",
				  "available", "OptInStatus",
				  "opt-in-not-required", "ZoneType",
				  "availability-zone", "NetworkBorderGroup",
				  c->cloud->region, "Messages"));
	}
	return ec2_answer_list(c, &list, all);
}

json_t *
ec2_describe_regions(struct aws_context *c)
{
	static const struct ec2_list list = {
		&regions_page, region_filters,		"RegionName.%u",
		"RegionName",  "InvalidParameterValue", "region"
	};
	const char *region = c->cloud->region;

	return ec2_answer_list(
		c, &list,
		json_pack("[{s:s, s:o, s:s}]", "RegionName", region,
			  "Endpoint",
			  json_sprintf("ec2.%s.amazonaws.com", region),
			  "OptInStatus", "opt-in-not-required"));
}
