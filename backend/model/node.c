/*
 * What a node is: readiness, well-known labels with their older spellings.
 */
#include "backend/model/node.h"

#include <stdio.h>
#include <strings.h>

const struct taint *
node_taint(const struct node *n, const char *key)
{
	for (uint32_t i = 0; i < n->taint_n; i++)
		if (strcmp(n->taints[i].key, key) == 0)
			return &n->taints[i];
	return NULL;
}

bool
node_is_ready(const struct node *n)
{
	return n->ready == TRI_TRUE && n->disk_pressure != TRI_TRUE &&
	       n->network_unavailable != TRI_TRUE &&
	       !node_taint(n, "node.kubernetes.io/not-ready") &&
	       !node_taint(n, "node.kubernetes.io/disk-pressure") &&
	       !node_taint(n, "node.kubernetes.io/network-unavailable");
}

const char *
node_status_text(const struct node *n, char *out, size_t room)
{
	const char *text = "Unknown";

	if (n->has_ready)
		text = n->ready == TRI_TRUE ? "Ready" : "NotReady";
	snprintf(out, room, "%s%s", text,
		 n->unschedulable ? ",SchedulingDisabled" : "");
	return out;
}

/* The first of some labels that is there and not empty. */
static const char *
first_label(const struct node *n, const char *const *keys)
{
	for (; *keys; keys++) {
		const char *value = labels_get(&n->meta.labels, *keys);

		if (value && *value)
			return value;
	}
	return "";
}

const char *
node_instance_type(const struct node *n)
{
	static const char *const keys[] = {
		"node.kubernetes.io/instance-type",
		"beta.kubernetes.io/instance-type",
		NULL,
	};

	return first_label(n, keys);
}

const char *
node_zone(const struct node *n)
{
	static const char *const keys[] = {
		"topology.kubernetes.io/zone",
		"failure-domain.beta.kubernetes.io/zone",
		NULL,
	};

	return first_label(n, keys);
}

const char *
node_capacity_type(const struct node *n)
{
	static const char *const keys[] = {
		"eks.amazonaws.com/capacityType",
		"karpenter.sh/capacity-type",
		"node.kubernetes.io/lifecycle",
		"node-lifecycle",
		NULL,
	};
	const char *value = first_label(n, keys);

	if (strcasecmp(value, "spot") == 0 ||
	    strcasecmp(value, "Ec2Spot") == 0)
		return "spot";
	if (strcasecmp(value, "ON_DEMAND") == 0 ||
	    strcasecmp(value, "on-demand") == 0 ||
	    strcasecmp(value, "normal") == 0 ||
	    strcasecmp(value, "OnDemand") == 0)
		return "on-demand";
	return "";
}
