/*
 * AWS XML by expat into the JSON shape.
 *
 * An element that holds only <member> (query) or <item> (EC2) is a list; an
 * element without content is null, which decoders read as absent.
 */
#include "backend/net/xml.h"

#include <ctype.h>
#include <expat.h>
#include <stdio.h>

#include "backend/base/buf.h"
#include "backend/base/json.h"
#include "backend/base/text.h"

enum { DEPTH_LIMIT = 64, NODE_LIMIT = 2000000, TEXT_LIMIT = 1 << 20 };

struct frame {
	struct tree *node, *last;
};

struct builder {
	struct arena *arena;
	enum xml_dialect dialect;
	XML_Parser parser;
	struct frame stack[DEPTH_LIMIT];
	uint32_t depth, nodes;
	struct buf text; /* of the innermost element so far */
	struct tree *root;
	const char *trouble;
};

/* EC2 names whose API member is not just the capitalised name. */
static const struct rename {
	const char *xml, *api;
} ec2_names[] = {
	{ "acceleratorManufacturerSet", "AcceleratorManufacturers" },
	{ "acceleratorNameSet", "AcceleratorNames" },
	{ "acceleratorTypeSet", "AcceleratorTypes" },
	{ "addressesSet", "Addresses" },
	{ "availabilityZoneInfo", "AvailabilityZones" },
	{ "blockDeviceMapping", "BlockDeviceMappings" },
	{ "dnsName", "PublicDnsName" },
	{ "groupSet", "SecurityGroups" },
	{ "imagesSet", "Images" },
	{ "imageState", "State" },
	{ "instanceState", "State" },
	{ "instanceStatusSet", "InstanceStatuses" },
	{ "eventsSet", "Events" },
	{ "instancesSet", "Instances" },
	{ "instanceTypeSet", "InstanceTypes" },
	{ "ipAddress", "PublicIpAddress" },
	{ "isDefault", "IsDefault" },
	{ "keySet", "KeyPairs" },
	{ "launchTemplateVersionSet", "LaunchTemplateVersions" },
	{ "launchTemplates", "LaunchTemplates" },
	{ "natGatewaySet", "NatGateways" },
	{ "natGatewayAddressSet", "NatGatewayAddresses" },
	{ "networkInterfaceSet", "NetworkInterfaces" },
	{ "reservationSet", "Reservations" },
	{ "securityGroupIdSet", "SecurityGroupIds" },
	{ "spotInstanceRequestSet", "SpotInstanceRequests" },
	{ "spotPriceHistorySet", "SpotPriceHistory" },
	{ "subnetSet", "Subnets" },
	{ "tagSet", "Tags" },
	{ "tagSpecificationSet", "TagSpecifications" },
	{ NULL, NULL }
};

static const char *
ec2_name(struct arena *a, const char *name)
{
	char *out;

	for (const struct rename *r = ec2_names; r->xml; r++)
		if (!strcmp(r->xml, name))
			return r->api;
	out = arena_strdup(a, name);
	out[0] = (char)toupper((unsigned char)out[0]);
	return out;
}

static void
stop(struct builder *b, const char *trouble)
{
	b->trouble = trouble;
	XML_StopParser(b->parser, XML_FALSE);
}

static bool
is_list_item(const struct builder *b, const char *name)
{
	return !strcmp(name, b->dialect == XML_EC2 ? "item" : "member");
}

static void
on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct builder *b = ctx;
	struct frame *parent;
	struct tree *t;

	(void)attributes;
	if (b->depth == DEPTH_LIMIT) {
		stop(b, "nested too deeply");
		return;
	}
	if (++b->nodes > NODE_LIMIT) {
		stop(b, "too many elements");
		return;
	}
	buf_reset(&b->text);
	t = tree_new(b->arena, TREE_NULL);
	if (!b->depth) {
		b->root = t;
	} else {
		parent = &b->stack[b->depth - 1];
		if (parent->node->kind == TREE_NULL) {
			parent->node->kind = is_list_item(b, name)
						     ? TREE_ARRAY
						     : TREE_OBJECT;
			parent->node->len = 0;
			parent->node->first = NULL;
		}
		if (parent->node->kind == TREE_OBJECT) {
			t->key = b->dialect == XML_EC2
					 ? ec2_name(b->arena, name)
					 : arena_strdup(b->arena, name);
			t->key_len = (uint32_t)strlen(t->key);
		}
		tree_append(parent->node, &parent->last, t);
	}
	b->stack[b->depth++] = (struct frame){ .node = t };
}

static void
on_end(void *ctx, const XML_Char *name)
{
	struct builder *b = ctx;
	struct tree *t = b->stack[--b->depth].node;

	(void)name;
	if (t->kind == TREE_NULL && b->text.len) {
		t->kind = TREE_STRING;
		t->len = (uint32_t)b->text.len;
		t->text = arena_strndup(b->arena, buf_text(&b->text),
					b->text.len);
	}
	buf_reset(&b->text);
}

static void
on_text(void *ctx, const XML_Char *text, int len)
{
	struct builder *b = ctx;

	buf_add(&b->text, text, (size_t)len);
	if (!buf_ok(&b->text))
		stop(b, "a text is too long");
}

/* Entities are how XML bombs are made; AWS uses none. */
static void
on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
	   const XML_Char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop(ctx, "it has a document type");
}

static void
beginning(const char *bytes, size_t len, char out[static 80])
{
	size_t n = 0;

	while (n < len && isspace((unsigned char)bytes[n]))
		n++;
	text_clean_to(out, 80, bytes + n, len - n > 60 ? 60 : len - n);
}

const struct tree *
xml_parse(struct arena *a, enum xml_dialect dialect, const char *bytes,
	  size_t len, struct err *err)
{
	struct builder b = { .arena = a, .dialect = dialect };
	char start[80];
	enum XML_Status status;

	if (len > INT32_MAX) {
		err_set(err, ERR_LIMIT, "an answer of %zu bytes is too large",
			len);
		return NULL;
	}
	b.parser = XML_ParserCreate(NULL);
	if (!b.parser)
		BUG("XML_ParserCreate");
	buf_init(&b.text, TEXT_LIMIT);
	XML_SetUserData(b.parser, &b);
	XML_SetElementHandler(b.parser, on_start, on_end);
	XML_SetCharacterDataHandler(b.parser, on_text);
	XML_SetStartDoctypeDeclHandler(b.parser, on_doctype);
	status = XML_Parse(b.parser, bytes, (int)len, 1);
	if (status != XML_STATUS_OK) {
		const char *why = b.trouble
					  ? b.trouble
					  : XML_ErrorString(
						XML_GetErrorCode(b.parser));

		beginning(bytes, len, start);
		err_set(err, ERR_BAD,
			"the answer is not XML as AWS sends it (line %lu: "
			"%s); it begins \"%s\"",
			(unsigned long)XML_GetCurrentLineNumber(b.parser), why,
			start);
		b.root = NULL;
	}
	buf_fini(&b.text);
	XML_ParserFree(b.parser);
	return b.root;
}
