/*
 * AWS query answers (XML by expat) turned into the JSON shape, so that the live
 * client and world files share one decoder.
 *
 * <member> and <item> lists become arrays; elements become members with their
 * own names; text becomes STRING (decoders read numbers and booleans from
 * text); an element with neither children nor text becomes NULL, which readers
 * take as absent.  EC2's lowerCamelCase names are turned into the API's member
 * names by a rule and a table of its exceptions (instancesSet/item/instanceId
 * -> Instances[].InstanceId).  Attributes and namespaces are dropped.  No DTD,
 * so no entities but XML's own five; depth <= 64.
 *
 * Source of the names: botocore's service model of EC2 (integrations D3, D5).
 */
#ifndef NET_XML_H
#define NET_XML_H

#include "backend/base/tree.h"

enum xml_dialect { XML_QUERY, XML_EC2 };

/* The tree below the root element, in a: {XResult, ResponseMetadata} of a query
 * answer, {Reservations, NextToken ...} of EC2.  NULL with err for what is not
 * XML: the sentence says how the answer began. */
const struct tree *xml_parse(struct arena *a, enum xml_dialect dialect,
			     const char *bytes, size_t len, struct err *err);
/* The member whose name ends in "Result", else the answer itself: where the
 * API's own members stand in both dialects.  Borrowed. */
const struct tree *xml_result(const struct tree *answer);

/* Code and message of an error body in any of AWS's shapes. */
struct aws_fault {
	char code[96];
	char message[384];
	char request_id[64];
};
/* True when a code was found.  Otherwise the code is "" and the message says
 * what the body was instead ("an HTML page: 502 Bad Gateway").  All texts are
 * clean and on one line. */
bool xml_fault(const char *bytes, size_t len, struct aws_fault *fault);

#endif
