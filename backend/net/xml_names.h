/*
 * EC2's wire names and the API's member names.
 */
#ifndef NET_XML_NAMES_H
#define NET_XML_NAMES_H

#include "backend/base/mem.h"

/* The member name of element `wire` inside `parent` (its wire name; the name of
 * the list when it stands in an <item>).  In a, or static. */
const char *xml_ec2_name(struct arena *a, const char *parent,
			 const char *wire);

#endif
