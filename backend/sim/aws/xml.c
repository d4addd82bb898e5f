/*
 * Trees of API member names as XML: Auto Scaling's and STS's query dialect, and
 * EC2's own.
 */
#include <ctype.h>
#include <stdio.h>

#include "backend/sim/aws/face.h"

/* EC2 elements that are not just the member in lower camel case. */
static const struct rename {
	const char *api, *xml;
} ec2_names[] = {
	{ "AvailabilityZones", "availabilityZoneInfo" },
	{ "InstanceTypeOfferings", "instanceTypeOfferingSet" },
	{ "Images", "imagesSet" },
	{ "Instances", "instancesSet" },
	{ "InstanceStatuses", "instanceStatusSet" },
	{ "InstanceTypes", "instanceTypeSet" },
	{ "KeyPairs", "keySet" },
	{ "LaunchTemplateVersions", "launchTemplateVersionSet" },
	{ "PublicDnsName", "dnsName" },
	{ "PublicIpAddress", "ipAddress" },
	{ "Reservations", "reservationSet" },
	{ "SecurityGroups", "groupSet" },
	{ "SpotPriceHistory", "spotPriceHistorySet" },
	{ "Subnets", "subnetSet" },
	{ "TagSpecifications", "tagSpecificationSet" },
	{ "Tags", "tagSet" },
	{ "TerminatingInstances", "instancesSet" },
	{ "VCpuInfo", "vCpuInfo" },
	{ NULL, NULL }
};

static void
escape(struct buf *out, const char *text)
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

/* parent matters once: an instance's State is instanceState, a subnet's is
 * state. */
static const char *
element(enum aws_dialect d, const char *parent, const char *member,
	char out[static 80])
{
	if (d == AWS_QUERY)
		return member;
	if (!strcmp(member, "State") && !strcmp(parent, "Instances"))
		return "instanceState";
	if (!strcmp(member, "State") && !strcmp(parent, "Images"))
		return "imageState";
	if (!strcmp(member, "BlockDeviceMappings"))
		return !strcmp(parent, "LaunchTemplateData")
			       ? "blockDeviceMappingSet"
			       : "blockDeviceMapping";
	for (const struct rename *r = ec2_names; r->api; r++)
		if (!strcmp(r->api, member))
			return r->xml;
	snprintf(out, 80, "%s", member);
	out[0] = (char)tolower((unsigned char)out[0]);
	return out;
}

static void write_value(struct buf *out, enum aws_dialect d,
			const char *member, const json_t *v);

static void
write_members(struct buf *out, enum aws_dialect d, const char *parent,
	      const json_t *object)
{
	const char *key;
	json_t *value;
	char name[80];

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		const char *tag = element(d, parent, key, name);
		char own[80];

		if (json_is_null(value))
			continue;
		snprintf(own, sizeof(own), "%s", tag);
		buf_printf(out, "<%s>", own);
		write_value(out, d, key, value);
		buf_printf(out, "</%s>", own);
	}
}

static void
write_value(struct buf *out, enum aws_dialect d, const char *member,
	    const json_t *v)
{
	const char *item = d == AWS_EC2 ? "item" : "member";
	size_t i;
	json_t *child;

	switch (json_typeof(v)) {
	case JSON_OBJECT:
		write_members(out, d, member, v);
		break;
	case JSON_ARRAY:
		json_array_foreach((json_t *)(uintptr_t)v, i, child) {
			buf_printf(out, "<%s>", item);
			write_value(out, d, member, child);
			buf_printf(out, "</%s>", item);
		}
		break;
	case JSON_STRING:
		escape(out, json_string_value(v));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%lld", (long long)json_integer_value(v));
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

static const char *
namespace_of(enum aws_dialect d, const char *version)
{
	if (d == AWS_EC2)
		return "http://ec2.amazonaws.com/doc/";
	return !strcmp(version, "2011-06-15")
		       ? "https://sts.amazonaws.com/doc/"
		       : "http://autoscaling.amazonaws.com/doc/";
}

void
aws_xml_answer(struct buf *out, enum aws_dialect d, const char *action,
	       const char *version, json_t *result, const char *request)
{
	buf_printf(out, "%s<%sResponse xmlns=\"%s%s/\">",
		   d == AWS_EC2 ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				: "",
		   action, namespace_of(d, version), version);
	if (d == AWS_EC2)
		buf_printf(out, "<requestId>%s</requestId>", request);
	else
		buf_printf(out, "<%sResult>", action);
	if (result)
		write_members(out, d, "", result);
	if (d == AWS_QUERY)
		buf_printf(out, "</%sResult><ResponseMetadata><RequestId>%s"
			   "</RequestId></ResponseMetadata>", action, request);
	buf_printf(out, "</%sResponse>", action);
	json_decref(result);
}

void
aws_xml_fault(struct buf *out, enum aws_dialect d, const char *code,
	      const char *message, int http, const char *request)
{
	if (d == AWS_EC2) {
		buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			 "<Response><Errors><Error><Code>");
		escape(out, code);
		buf_puts(out, "</Code><Message>");
		escape(out, message);
		buf_printf(out, "</Message></Error></Errors><RequestID>%s"
			   "</RequestID></Response>", request);
		return;
	}
	buf_printf(out, "<ErrorResponse><Error><Type>%s</Type><Code>",
		   http >= 500 ? "Receiver" : "Sender");
	escape(out, code);
	buf_puts(out, "</Code><Message>");
	escape(out, message);
	buf_printf(out, "</Message></Error><RequestId>%s</RequestId>"
		   "</ErrorResponse>", request);
}
