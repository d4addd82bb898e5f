/*
 * AWS query answers (XML by expat) turned into the JSON shape, so that the live
 * client and world files share one decoder.
 *
 * <member> and <item> lists become arrays; elements become members with their
 * own names; text becomes STRING (decoders read numbers and booleans from
 * text).  EC2's lowerCamelCase names are turned into the API's member names by
 * a table (instancesSet/item/instanceId -> Instances[].InstanceId).
 * Attributes and namespaces are dropped.  No entities, no DTD, depth <= 64.
 */
#ifndef NET_XML_H
#define NET_XML_H

#include "backend/base/tree.h"

enum xml_dialect { XML_QUERY, XML_EC2 };

/* The tree below the root element, in a.  NULL with err for what is not XML:
 * the sentence says how the answer began. */
const struct tree *xml_parse(struct arena *a, enum xml_dialect dialect,
			     const char *bytes, size_t len, struct err *err);

/* Code and message of an error body in any of AWS's shapes. */
struct aws_fault {
	char code[96];
	char message[384];
	char request_id[64];
};
bool xml_fault(const char *bytes, size_t len, struct aws_fault *fault);

#endif
