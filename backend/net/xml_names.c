/*
 * EC2's wire names and the API's member names.
 *
 * The rule: first letter in upper case; "...Set" loses the Set and ends in s.
 * The table holds what differs, checked against botocore's model for every
 * answer that paddock reads and their neighbours.
 */
#include "backend/net/xml_names.h"

#include <ctype.h>

/* clang-format off */
static const struct ec2_name {
	const char *parent; /* NULL: anywhere; first match wins */
	const char *wire, *name;
} exceptions[] = {
	{ "reservationSet",	  "groupSet",	   "Groups" },
	{ "networkInterfaceSet",  "groupSet",	   "Groups" },
	{ NULL,			  "groupSet",	   "SecurityGroups" },
	{ "instanceStatusSet",	  "instanceState", "InstanceState" },
	{ NULL,			  "instanceState", "State" },
	{ "TerminateInstancesResponse", "instancesSet",
						   "TerminatingInstances" },
	{ "launchTemplateData",	  "licenseSet",	   "LicenseSpecifications" },
	{ "volumeSet",		  "status",	   "State" },
	{ "attachmentSet",	  "status",	   "State" },
	{ "productCodes",	  "type",	   "ProductCodeType" },
	{ "DescribeNetworkInterfacesResponse", "networkInterfaceSet",
						   "NetworkInterfaces" },
	{ "networkInterfaceSet",  "tagSet",	   "TagSet" },
	{ "networkInterfaceSet",  "Ipv4Prefix",	   "Ipv4Prefixes" },
	{ "networkInterfaceSet",  "Ipv6Prefix",	   "Ipv6Prefixes" },
	{ NULL, "SecurityGroupId",	"Groups" },
	{ NULL, "availabilityZoneInfo",	"AvailabilityZones" },
	{ NULL, "blockDeviceMapping",	"BlockDeviceMappings" },
	{ NULL, "cidrBlockAssociationSet", "CidrBlockAssociationSet" },
	{ NULL, "dnsName",		"PublicDnsName" },
	{ NULL, "geographySet",		"Geography" },
	{ NULL, "groupDescription",	"Description" },
	{ NULL, "groups",		"UserIdGroupPairs" },
	{ NULL, "imageOwnerId",		"OwnerId" },
	{ NULL, "imageState",		"State" },
	{ NULL, "instanceStatusSet",	"InstanceStatuses" },
	{ NULL, "ipAddress",		"PublicIpAddress" },
	{ NULL, "ipv6CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet" },
	{ NULL, "ipv4PrefixSet",	"Ipv4Prefixes" },
	{ NULL, "ipv6PrefixSet",	"Ipv6Prefixes" },
	{ NULL, "isPublic",		"Public" },
	{ NULL, "natGatewayAddressSet",	"NatGatewayAddresses" },
	{ NULL, "privateIpAddressSet",	"PrivateIpAddresses" },
	{ NULL, "productCode",		"ProductCodeId" },
	{ NULL, "reason",		"StateTransitionReason" },
	{ NULL, "securityGroupInfo",	"SecurityGroups" },
	{ NULL, "spotPriceHistorySet",	"SpotPriceHistory" },
	{ NULL, "subGeographySet",	"SubGeography" },
	{ NULL, "zoneState",		"State" },
	{ NULL, NULL, NULL },
};
/* clang-format on */

const char *
xml_ec2_name(struct arena *a, const char *parent, const char *wire)
{
	size_t len = strlen(wire);
	char *name;

	for (const struct ec2_name *e = exceptions; e->wire; e++)
		if (strcmp(e->wire, wire) == 0 &&
		    (!e->parent || str_eq(e->parent, parent)))
			return e->name;
	name = arena_alloc(a, len + 2);
	memcpy(name, wire, len);
	name[0] = (char)toupper((unsigned char)name[0]);
	if (len > 3 && strcmp(name + len - 3, "Set") == 0) {
		len -= 3;
		if (name[len - 1] != 's')
			name[len++] = 's';
		name[len] = '\0';
	}
	return name;
}
