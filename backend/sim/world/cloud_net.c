/*
 * The network around the nodes: a VPC, public subnets with NAT gateways whose
 * Elastic IP addresses others know, routes, the cluster's security group.
 */
#include <stdio.h>

#include "backend/base/clock.h"
#include "backend/base/map.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/pack.h"

/* The public subnets are /24 each, from 10.0.192.0 on. */
#define PUBLIC_BASE 0x0a00c000u
#define PUBLIC_STEP 256u
#define NAT_HOST 10u	/* the gateway's place in its subnet */
#define PUBLIC_FREE 250 /* 256, less AWS's five and the gateway's */
/* RFC 5737's documentation addresses. */
#define ELASTIC_BASE 0xcb007110u

char *
cloud_id(const struct cloud *c, const char *prefix, const char *name,
	 char out[static 32])
{
	uint64_t h = hash_bytes(name, strlen(name), hash_text(c->vpc_id));

	h = hash_bytes(prefix, strlen(prefix), h);
	snprintf(out, 32, "%s-0%016llx", prefix, (unsigned long long)h);
	return out;
}

static json_t *
id_json(const struct cloud *c, const char *prefix, const char *name)
{
	char id[32];

	return json_string(cloud_id(c, prefix, name, id));
}

/* [{Key: Name, Value: cluster-what-zone}] and who made it. */
static json_t *
name_tags(const struct cloud *c, const char *what, const char *zone)
{
	const char *cluster = sim_scenario(c->sim)->cluster;

	return pack("[{s:s, s:o}, {s:s, s:s}]", "Key", "Name", "Value",
		    json_sprintf("%s-%s%s%s", cluster, what, *zone ? "-" : "",
				 zone),
		    "Key", "alpha.eksctl.io/cluster-name", "Value", cluster);
}

json_t *
cloud_vpcs_json(const struct cloud *c)
{
	return pack(
		"[{s:s, s:s, s:s, s:s, s:s, s:b, s:o, "
		"s:[{s:s, s:s, s:{s:s}}], s:o}]",
		"VpcId", c->vpc_id, "CidrBlock", "10.0.0.0/16", "State",
		"available", "OwnerId", c->account, "InstanceTenancy",
		"default", "IsDefault", 0, "DhcpOptionsId",
		id_json(c, "dopt", "vpc"), "CidrBlockAssociationSet",
		"AssociationId", "vpc-cidr-assoc-0", "CidrBlock",
		"10.0.0.0/16", "CidrBlockState", "State", "associated", "Tags",
		name_tags(c, "vpc", ""));
}

/* ---- subnets ---- */

static json_t *
public_subnet(const struct cloud *c, uint32_t n)
{
	const struct cloud_subnet *s = &c->subnets[n];
	char text[16], id[32];
	uint32_t base = PUBLIC_BASE + n * PUBLIC_STEP;

	cloud_id(c, "subnet", s->zone, id);
	return pack("{s:s, s:s, s:i, s:o, s:b, s:b, s:s, s:s, s:s, s:o, s:o}",
		    "AvailabilityZone", s->zone, "AvailabilityZoneId",
		    s->zone_id, "AvailableIpAddressCount", PUBLIC_FREE,
		    "CidrBlock",
		    json_sprintf("%s/24", address_text(base, text)),
		    "DefaultForAz", 0, "MapPublicIpOnLaunch", 1, "State",
		    "available", "SubnetId", id, "VpcId", c->vpc_id, "Tags",
		    name_tags(c, "public", s->zone), "SubnetArn",
		    json_sprintf("arn:aws:ec2:%s:%s:subnet/%s", c->region,
				 c->account, id));
}

json_t *
cloud_subnets_json(const struct cloud *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->subnet_n; i++)
		json_array_append_new(list,
				      cloud_subnet_json(c, &c->subnets[i]));
	for (uint32_t i = 0; i < c->subnet_n; i++)
		json_array_append_new(list, public_subnet(c, i));
	return list;
}

/* ---- the way out ---- */

json_t *
cloud_nat_gateways_json(const struct cloud *c)
{
	json_t *list = json_array();
	char text[TIME_TEXT], public[16], private[16];
	int64_t made = c->group_n ? c->groups[0].created_ms
				  : sim_now_ms(c->sim);

	time_format(made, true, text);
	for (uint32_t i = 0; i < c->subnet_n; i++) {
		const char *zone = c->subnets[i].zone;
		json_t *address = pack(
			"{s:o, s:o, s:s, s:s, s:b, s:s, s:o}", "AllocationId",
			id_json(c, "eipalloc", zone), "NetworkInterfaceId",
			id_json(c, "eni", zone), "PrivateIp",
			address_text(PUBLIC_BASE + i * PUBLIC_STEP + NAT_HOST,
				     private),
			"PublicIp", address_text(ELASTIC_BASE + i, public),
			"IsPrimary", 1, "Status", "succeeded", "AssociationId",
			id_json(c, "eipassoc", zone));

		json_array_append_new(
			list,
			pack("{s:s, s:s, s:[o], s:o, s:s, s:o, s:s, s:o}",
			     "ConnectivityType", "public", "CreateTime", text,
			     "NatGatewayAddresses", address, "NatGatewayId",
			     id_json(c, "nat", zone), "State", "available",
			     "SubnetId", id_json(c, "subnet", zone), "VpcId",
			     c->vpc_id, "Tags", name_tags(c, "nat", zone)));
	}
	return list;
}

json_t *
cloud_addresses_json(const struct cloud *c)
{
	json_t *list = json_array();
	char public[16], private[16];

	for (uint32_t i = 0; i < c->subnet_n; i++) {
		const char *zone = c->subnets[i].zone;

		json_array_append_new(
			list,
			pack("{s:o, s:o, s:s, s:o, s:s, s:s, s:s, s:s, s:s, "
			     "s:o}",
			     "AllocationId", id_json(c, "eipalloc", zone),
			     "AssociationId", id_json(c, "eipassoc", zone),
			     "Domain", "vpc", "NetworkInterfaceId",
			     id_json(c, "eni", zone), "NetworkInterfaceOwnerId",
			     c->account, "PrivateIpAddress",
			     address_text(PUBLIC_BASE + i * PUBLIC_STEP +
						  NAT_HOST,
					  private),
			     "PublicIp", address_text(ELASTIC_BASE + i, public),
			     "PublicIpv4Pool", "amazon", "NetworkBorderGroup",
			     c->region, "Tags", name_tags(c, "nat", zone)));
	}
	return list;
}

static json_t *
local_route(void)
{
	return pack("{s:s, s:s, s:s, s:s}", "DestinationCidrBlock",
		    "10.0.0.0/16", "GatewayId", "local", "Origin",
		    "CreateRouteTable", "State", "active");
}

/* gateway: member and id of where everything else goes; NULL: nowhere. */
static json_t *
route_table(const struct cloud *c, const char *name, const char *zone,
	    const char *member, json_t *gateway, json_t *associations)
{
	json_t *routes = json_array();

	json_array_append_new(routes, local_route());
	if (member)
		json_array_append_new(
			routes, pack("{s:s, s:o, s:s, s:s}",
				     "DestinationCidrBlock", "0.0.0.0/0",
				     member, gateway, "Origin", "CreateRoute",
				     "State", "active"));
	return pack("{s:o, s:[], s:o, s:s, s:s, s:o}", "Associations",
		    associations, "PropagatingVgws", "Routes", routes, "VpcId",
		    c->vpc_id, "OwnerId", c->account, "Tags",
		    name_tags(c, name, zone));
}

static json_t *
association(const struct cloud *c, const char *table, const char *key,
	    const char *subnet)
{
	json_t *o = pack("{s:b, s:o, s:s, s:{s:s}}", "Main", (int)!subnet,
			 "RouteTableAssociationId", id_json(c, "rtbassoc", key),
			 "RouteTableId", table, "AssociationState", "State",
			 "associated");

	pack_set(o, "SubnetId", subnet);
	return o;
}

static void
add_table(json_t *list, const char *id, json_t *table)
{
	json_object_set_new(table, "RouteTableId", json_string(id));
	json_array_append_new(list, table);
}

json_t *
cloud_route_tables_json(const struct cloud *c)
{
	json_t *list = json_array(), *all = json_array();
	char id[32], subnet[32];

	cloud_id(c, "rtb", "main", id);
	add_table(list, id,
		  route_table(c, "main", "", NULL, NULL,
			      pack("[o]", association(c, id, "main", NULL))));
	cloud_id(c, "rtb", "public", id);
	for (uint32_t i = 0; i < c->subnet_n; i++) {
		cloud_id(c, "subnet", c->subnets[i].zone, subnet);
		json_array_append_new(all,
				      association(c, id, subnet, subnet));
	}
	add_table(list, id,
		  route_table(c, "public", "", "GatewayId",
			      id_json(c, "igw", "vpc"), all));
	for (uint32_t i = 0; i < c->subnet_n; i++) {
		const struct cloud_subnet *s = &c->subnets[i];

		cloud_id(c, "rtb", s->zone, id);
		add_table(list, id,
			  route_table(c, "private", s->zone, "NatGatewayId",
				      id_json(c, "nat", s->zone),
				      pack("[o]", association(c, id, s->id,
							      s->id))));
	}
	return list;
}

json_t *
cloud_internet_gateways_json(const struct cloud *c)
{
	return pack("[{s:[{s:s, s:s}], s:o, s:s, s:o}]", "Attachments", "State",
		    "available", "VpcId", c->vpc_id, "InternetGatewayId",
		    id_json(c, "igw", "vpc"), "OwnerId", c->account, "Tags",
		    name_tags(c, "igw", ""));
}

json_t *
cloud_security_groups_json(const struct cloud *c)
{
	const char *cluster = sim_scenario(c->sim)->cluster;
	char id[32];

	cloud_id(c, "sg", "cluster", id);
	return pack(
		"[{s:s, s:o, s:s, s:s, s:s, "
		"s:[{s:s, s:[{s:s, s:s}], s:[]}], "
		"s:[{s:s, s:[{s:s}], s:[]}], s:[{s:s, s:s}, {s:o, s:s}]}]",
		"GroupId", id, "GroupName",
		json_sprintf("eks-cluster-sg-%s", cluster), "Description",
		"EKS created security group applied to ENI that is attached "
		"to EKS Control Plane master nodes, as well as any managed "
		"workloads.",
		"OwnerId", c->account, "VpcId", c->vpc_id, "IpPermissions",
		"IpProtocol", "-1", "UserIdGroupPairs", "GroupId", id, "UserId",
		c->account, "IpRanges", "IpPermissionsEgress", "IpProtocol",
		"-1", "IpRanges", "CidrIp", "0.0.0.0/0", "UserIdGroupPairs",
		"Tags", "Key", "aws:eks:cluster-name", "Value", cluster, "Key",
		json_sprintf("kubernetes.io/cluster/%s", cluster), "Value",
		"owned");
}

/* ---- network interfaces ---- */

static json_t *
interface_json(const struct cloud *c, const struct cloud_instance *i,
	       uint32_t n)
{
	const struct cloud_eni *e = &i->enis.at[n];
	char id[32], attachment[32], group[32], text[16], key[40];
	json_t *all = json_array();

	/* The first goes by the instance's own id: it is named there too. */
	snprintf(key, sizeof(key), n ? "%s/%u" : "%s", i->id, n);
	cloud_id(c, "eni", key, id);
	cloud_id(c, "eni-attach", key, attachment);
	for (uint32_t a = 0; a < e->addresses.n; a++)
		json_array_append_new(
			all, pack("{s:s, s:b}", "PrivateIpAddress",
				  address_text(e->addresses.at[a], text),
				  "Primary", (int)(a == 0)));
	return pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, "
		"s:{s:s, s:i, s:s, s:s, s:b}, s:[{s:s}], s:s, s:[]}",
		"NetworkInterfaceId", id, "SubnetId", i->subnet->id, "VpcId",
		c->vpc_id, "AvailabilityZone", i->subnet->zone, "Status",
		"in-use", "InterfaceType", "interface", "OwnerId", c->account,
		"PrivateIpAddress",
		e->addresses.n ? address_text(e->addresses.at[0], text) : "",
		"PrivateIpAddresses", all, "Attachment", "AttachmentId",
		attachment, "DeviceIndex", (int)n, "InstanceId", i->id,
		"Status", "attached", "DeleteOnTermination", 1, "Groups",
		"GroupId", cloud_id(c, "sg", "cluster", group), "Description",
		n ? "aws-K8S" : "", "TagSet");
}

json_t *
cloud_interfaces_json(const struct cloud *c)
{
	json_t *list = json_array();
	const char *id;
	void *value;

	for (uint32_t k = 0; map_next(c->instances, &k, &id, &value);) {
		const struct cloud_instance *i = value;

		for (uint32_t n = 0; n < i->enis.n; n++)
			json_array_append_new(list, interface_json(c, i, n));
	}
	return list;
}
