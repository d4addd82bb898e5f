/*
 * Groups in words: their state, what explains it, and what helps against
 * launches that fail.
 */
#include "backend/store/private.h"

#include <stdio.h>

/* What the nodes have that count as not ready.  To Kubernetes a node short of
 * disk is ready; to Cluster Autoscaler it is not (reference 6.2). */
static const char *
ailment_text(const struct store *s, const struct group_row *r, bool one)
{
	bool disk = true;

	list_each (node_row, n, (struct link *)(uintptr_t)&r->nodes, in_group) {
		const struct node *rec = row_rec(s, &n->row);

		if (!n->ready)
			disk &= rec->ready == TRI_TRUE &&
				rec->disk_pressure == TRI_TRUE;
	}
	if (disk)
		return one ? "is short of disk" : "are short of disk";
	return one ? "is not ready" : "are not ready";
}

void
group_describe(const struct store *s, const struct group_row *r,
	       const struct group *g, char *out, size_t room)
{
	int32_t launching = g->desired - r->running;
	int32_t nodeless = r->running - r->registered;
	char at[TIME_TEXT];

	out[0] = '\0';
	if (r->held_until_ms)
		snprintf(out, room, "held until %.5s: %s",
			 time_format_hms(r->held_until_ms, at),
			 str_or_empty(r->held_why));
	else if (r->refused)
		snprintf(out, room, "%d %s failed: %s", r->refused,
			 r->refused == 1 ? "launch" : "launches",
			 str_or_empty(r->refusal));
	else if (launching > 0)
		snprintf(out, room, "wants %d, %d run: %d on the way",
			 g->desired, r->running, launching);
	else if (launching < 0)
		snprintf(out, room, "wants %d, %d run: %d to go", g->desired,
			 r->running, -launching);
	else if (nodeless > 0)
		snprintf(out, room, "%d of %d instances %s no node yet",
			 nodeless, r->running, nodeless == 1 ? "has" : "have");
	else if (r->ready < r->registered)
		snprintf(out, room, "%d of %d nodes %s", r->registered -
			 r->ready, r->registered,
			 ailment_text(s, r, r->registered - r->ready == 1));
	else if (said(r->verdict)->reason)
		snprintf(out, room, "%s", said(r->verdict)->reason);
}

void
group_state(const struct group_row *r, const struct group *g, char *out,
	    size_t room)
{
	if (*str_or_empty(g->status))
		snprintf(out, room, "%s", g->status);
	else if (r->held_until_ms)
		snprintf(out, room, "HELD");
	else if (r->guarded)
		snprintf(out, room, "protected");
	else if (r->refused)
		snprintf(out, room, "REFUSED %dx", r->refused);
	else if (r->at_max)
		snprintf(out, room, "AT MAX");
	else if (g->desired > r->ready)
		snprintf(out, room, "growing +%d", g->desired - r->ready);
	else if (g->desired < r->running)
		snprintf(out, room, "shrinking -%d", r->running - g->desired);
	else
		snprintf(out, room, "ok");
}

/* ---- launches that fail ---- */

/* What EC2 and Auto Scaling write of failed launches; the first text found in
 * the message counts.  Reference integrations D4. */
static const struct {
	const char *says, *remedy;
} launch_remedies[] = {
	{ "image id", "name an image that exists in a new version of the "
		      "group's launch template" },
	{ "InvalidAMI", "name an image that exists in a new version of the "
			"group's launch template" },
	{ "free addresses", "free addresses in the subnet, or give the group "
			    "another one" },
	{ "InsufficientFreeAddresses", "free addresses in the subnet, or give "
				       "the group another one" },
	{ "LimitExceeded", "raise the account's quota (Service Quotas), or "
			   "use other instance types" },
	{ "MaxSpotInstanceCount", "raise the account's quota for spot "
				  "instances (Service Quotas)" },
	{ "vCPU capacity", "raise the account's quota (Service Quotas), or "
			   "use other instance types" },
	{ "Spot capacity", "add instance types and zones to the group, or let "
			   "it use on-demand instances" },
	{ "InsufficientInstanceCapacity", "add instance types and zones to "
					  "the group" },
	{ "sufficient", "add instance types and zones to the group" },
	{ "not authorized", "give the role that launches what it lacks (the "
			    "key of encrypted volumes, too)" },
	{ "AccessDenied", "give the role that launches what it lacks (the key "
			  "of encrypted volumes, too)" },
	{ "key", "look at the key of the encrypted volumes and who may use "
		 "it" },
	{ "security group", "correct the security groups of the group's "
			    "launch template" },
	{ "launch template", "correct the group's launch template" },
};

const char *
store_launch_remedy(const char *message)
{
	for (size_t i = 0; i < ARRAY_LEN(launch_remedies); i++)
		if (strstr(message, launch_remedies[i].says))
			return launch_remedies[i].remedy;
	return "mend what AWS says of the launch";
}
