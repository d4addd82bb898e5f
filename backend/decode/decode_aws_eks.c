/*
 * EKS managed node groups, whose API spells in lowerCamelCase.
 */
#include "backend/decode/aws_parts.h"
#include "backend/decode/codecs.h"
#include "backend/decode/parts.h"

static const char *const effects[] = {
	[TAINT_ANY] = NULL,
	[TAINT_NO_SCHEDULE] = "NO_SCHEDULE",
	[TAINT_PREFER_NO_SCHEDULE] = "PREFER_NO_SCHEDULE",
	[TAINT_NO_EXECUTE] = "NO_EXECUTE",
	[TAINT_OTHER] = "OTHER",
};

static const struct names eks_effects = { effects, ARRAY_LEN(effects),
					  TAINT_OTHER };

static bool
read_groups(struct wire *w, void *base, const struct tree *t)
{
	struct nodegroup *g = base;

	return read_picked(w, &g->groups, &g->group_n, t, "name");
}

static void
write_groups(struct out *o, const char *key, const void *base)
{
	const struct nodegroup *g = base;

	write_picked(o, key, "name", g->groups, g->group_n);
}

#define OF struct nodegroup
static const struct field issue_rows[] = {
	F_TEXT("code", issue_code),
	F_TEXT("message", issue_message),
};
FIELDS(issue);
#undef OF

/* Of the issues the first. */
static bool
read_issues(struct wire *w, void *base, const struct tree *t)
{
	const struct tree *first = tree_index(t, 0);

	if (!wire_list(w, t))
		return false;
	return !first || wire_fields(w, base, first, &issue_fields) ||
	       wire_under_index(w, 0);
}

static void
write_issues(struct out *o, const char *key, const void *base)
{
	const struct nodegroup *g = base;

	if (!*g->issue_code && !*g->issue_message)
		return;
	jsonw_array(out_key(o, key));
	jsonw_object(o->w);
	out_fields(o, g, &issue_fields);
	jsonw_end_object(o->w);
	jsonw_end_array(o->w);
}

/* clang-format off */
#define OF struct nodegroup_taint
static const struct field eks_taint_rows[] = {
	F_TEXT("key", key),
	F_MAYBE("value", value),
	F_ENUM("effect", effect, eks_effects, TAINT_ANY),
};
FIELDS(eks_taint);
#undef OF

#define OF struct nodegroup
static const struct field scaling_rows[] = {
	F_I32("minSize", min, 0),
	F_I32("maxSize", max, 0),
	F_I32("desiredSize", desired, 0),
};
FIELDS(scaling);

static const struct field resources_rows[] = {
	F_CUSTOM("autoScalingGroups", read_groups, write_groups),
};
FIELDS(resources);

static const struct field health_rows[] = {
	F_CUSTOM("issues", read_issues, write_issues),
};
FIELDS(health);

static const struct field nodegroup_rows[] = {
	F_TEXT("nodegroupName", name),
	F_TEXT("clusterName", cluster),
	F_TEXT("nodegroupArn", arn),
	F_KNOWN("status", status),
	F_TEXT("version", version),
	F_TEXT("releaseVersion", release),
	F_KNOWN("capacityType", capacity_type),
	F_TEXT("amiType", ami_type),
	F_I32("diskSize", disk_gb, 0),
	F_INSIDE("scalingConfig", scaling_fields),
	F_TEXTS("instanceTypes", types, type_n),
	F_CUSTOM_AT("labels", labels, read_labels, write_labels),
	F_CUSTOM_AT("tags", tags, read_labels, write_labels),
	F_ARRAY("taints", taints, taint_n, nodegroup_taint, eks_taint_fields),
	F_INSIDE("resources", resources_fields),
	F_INSIDE("health", health_fields),
};
FIELDS(nodegroup);
#undef OF
/* clang-format on */

PLAIN_CODEC(nodegroup, struct nodegroup, KIND_NODEGROUP, true);
