/*
 * Trees of API member names as XML: the query dialect of Auto Scaling, STS and
 * CloudWatch, and EC2's own.
 */
#include <ctype.h>
#include <stdio.h>

#include "backend/base/clock.h"
#include "backend/sim/aws/face.h"

/* EC2 elements that are not just the member in lower camel case; parent NULL:
 * wherever it stands. */
static const struct rename {
	const char *parent, *api, *xml;
} ec2_names[] = {
	{ "", "SecurityGroups", "securityGroupInfo" },
	{ "AvailabilityZones", "State", "zoneState" },
	{ "Images", "OwnerId", "imageOwnerId" },
	{ "Images", "Public", "isPublic" },
	{ "Images", "State", "imageState" },
	{ "Instances", "BlockDeviceMappings", "blockDeviceMapping" },
	{ "Instances", "PublicIpAddress", "ipAddress" },
	{ "Instances", "State", "instanceState" },
	{ "LaunchTemplateData", "BlockDeviceMappings",
	  "blockDeviceMappingSet" },
	{ "LaunchTemplateData", "SecurityGroupIds", "securityGroupIdSet" },
	{ "NetworkInterfaces", "Groups", "groupSet" },
	{ "Regions", "Endpoint", "regionEndpoint" },
	{ "Reservations", "Groups", "groupSet" },
	{ "SecurityGroups", "Description", "groupDescription" },
	{ "Images", "BlockDeviceMappings", "blockDeviceMapping" },
	{ NULL, "SecurityGroups", "groupSet" },
	{ NULL, "Addresses", "addressesSet" },
	{ NULL, "Associations", "associationSet" },
	{ NULL, "Attachments", "attachmentSet" },
	{ NULL, "AvailabilityZones", "availabilityZoneInfo" },
	{ NULL, "Events", "eventsSet" },
	{ NULL, "Images", "imagesSet" },
	{ NULL, "InstanceStatuses", "instanceStatusSet" },
	{ NULL, "InstanceTypeOfferings", "instanceTypeOfferingSet" },
	{ NULL, "InstanceTypes", "instanceTypeSet" },
	{ NULL, "Instances", "instancesSet" },
	{ NULL, "InternetGateways", "internetGatewaySet" },
	{ NULL, "KeyPairs", "keySet" },
	{ NULL, "LaunchTemplateVersions", "launchTemplateVersionSet" },
	{ NULL, "Messages", "messageSet" },
	{ NULL, "NatGatewayAddresses", "natGatewayAddressSet" },
	{ NULL, "NatGateways", "natGatewaySet" },
	{ NULL, "NetworkInterfaces", "networkInterfaceSet" },
	{ NULL, "PrivateIpAddresses", "privateIpAddressesSet" },
	{ NULL, "PropagatingVgws", "propagatingVgwSet" },
	{ NULL, "PublicDnsName", "dnsName" },
	{ NULL, "Regions", "regionInfo" },
	{ NULL, "Reservations", "reservationSet" },
	{ NULL, "RouteTables", "routeTableSet" },
	{ NULL, "Routes", "routeSet" },
	{ NULL, "SpotInstanceRequests", "spotInstanceRequestSet" },
	{ NULL, "SpotPriceHistory", "spotPriceHistorySet" },
	{ NULL, "StateTransitionReason", "reason" },
	{ NULL, "Subnets", "subnetSet" },
	{ NULL, "TagSpecifications", "tagSpecificationSet" },
	{ NULL, "Tags", "tagSet" },
	{ NULL, "TerminatingInstances", "instancesSet" },
	{ NULL, "UserIdGroupPairs", "groups" },
	{ NULL, "Vpcs", "vpcSet" },
	{ NULL, NULL, NULL }
};

void
aws_xml_text(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			buf_puts(out, "&amp;");
			break;
		case '<':
			buf_puts(out, "&lt;");
			break;
		case '>':
			buf_puts(out, "&gt;");
			break;
		default:
			buf_putc(out, *text);
		}
	}
}

static const char *
element(enum aws_protocol p, const char *parent, const char *member,
	char out[static 80])
{
	if (p == AWS_QUERY)
		return member;
	for (const struct rename *r = ec2_names; r->api; r++)
		if (!strcmp(r->api, member) &&
		    (!r->parent || !strcmp(r->parent, parent)))
			return r->xml;
	snprintf(out, 80, "%s", member);
	out[0] = (char)tolower((unsigned char)out[0]);
	return out;
}

static void write_value(struct buf *out, enum aws_protocol p,
			const char *member, const json_t *v);

static void
write_members(struct buf *out, enum aws_protocol p, const char *parent,
	      const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		char name[80];
		const char *tag = element(p, parent, key, name);

		if (json_is_null(value))
			continue;
		buf_printf(out, "<%s>", tag);
		write_value(out, p, key, value);
		buf_printf(out, "</%s>", tag);
	}
}

static void
write_number(struct buf *out, const char *member, int64_t n)
{
	char text[TIME_TEXT];

	if (aws_is_time(member))
		buf_puts(out, time_format(n, false, text));
	else
		buf_printf(out, "%lld", (long long)n);
}

static void
write_value(struct buf *out, enum aws_protocol p, const char *member,
	    const json_t *v)
{
	const char *item = p == AWS_EC2 ? "item" : "member";
	size_t i;
	json_t *child;

	switch (json_typeof(v)) {
	case JSON_OBJECT:
		write_members(out, p, member, v);
		break;
	case JSON_ARRAY:
		json_array_foreach((json_t *)(uintptr_t)v, i, child) {
			buf_printf(out, "<%s>", item);
			write_value(out, p, member, child);
			buf_printf(out, "</%s>", item);
		}
		break;
	case JSON_STRING:
		aws_xml_text(out, json_string_value(v));
		break;
	case JSON_INTEGER:
		write_number(out, member, json_integer_value(v));
		break;
	case JSON_REAL:
		buf_printf(out, "%.9g", json_real_value(v));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		buf_puts(out, json_is_true(v) ? "true" : "false");
		break;
	case JSON_NULL:
		break;
	}
}

void
aws_xml_members(struct buf *out, enum aws_protocol p, const json_t *object)
{
	write_members(out, p, "", object);
}
