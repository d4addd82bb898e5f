/*
 * EKS's REST face: clusters, node groups, versions, and the table of its
 * actions (reference integrations D6).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/aws/eks.h"

static const struct aws_paging clusters_page = { "clusters", NULL,
						 "maxResults", 1, 100, 100 };
static const struct aws_paging nodegroups_page = {
	"nodegroups", NULL, "maxResults", 1, 100, 100
};
static const struct aws_paging versions_page = {
	"clusterVersions", "clusterVersion", "maxResults", 1, 100, 100
};
static const struct aws_paging associations_page = {
	"associations", "associationId", "maxResults", 1, 100, 100
};

/* ---- what all share ---- */

json_t *
eks_not_found(struct aws_context *c, const char *what, const char *name)
{
	cloud_fail(&c->fault, 404, "ResourceNotFoundException",
		   "No %s found for name: %s.", what, name);
	return NULL;
}

json_t *
eks_bad(struct aws_context *c, const char *message)
{
	cloud_fail(&c->fault, 400, "InvalidParameterException", "%s", message);
	return NULL;
}

bool
eks_is_cluster(struct aws_context *c)
{
	if (!strcmp(c->args[0], sim_scenario(c->w)->cluster))
		return true;
	eks_not_found(c, "cluster", c->args[0]);
	return false;
}

const json_t *
eks_member(struct aws_context *c, const json_t *from, const char *name,
	   json_type type)
{
	const json_t *v = json_object_get(from, name);
	bool flag = type == JSON_TRUE && json_is_false(v);

	if (!v || json_is_null(v))
		return NULL;
	if (json_typeof(v) == type || flag)
		return v;
	cloud_fail(&c->fault, 400, "SerializationException",
		   "The member %s is of a wrong type.", name);
	return NULL;
}

struct eks_update *
eks_begun(struct aws_context *c)
{
	const char *token = aws_text(c, "clientRequestToken");
	struct eks *e = c->cloud->eks;

	for (uint32_t i = 0; token && i < e->updates.n; i++)
		if (str_eq(e->updates.at[i]->token, token))
			return e->updates.at[i];
	return NULL;
}

json_t *
eks_answer_update(struct aws_context *c, struct eks_update *u)
{
	const char *token = aws_text(c, "clientRequestToken");

	if (!u)
		return NULL;
	if (token && !*u->token)
		snprintf(u->token, sizeof(u->token), "%s", token);
	return json_pack("{s:o}", "update", eks_update_json(u));
}

/* ---- clusters ---- */

static json_t *
list_clusters(struct aws_context *c)
{
	return aws_page(c, &clusters_page,
			json_pack("[s]", sim_scenario(c->w)->cluster));
}

static json_t *
describe_cluster(struct aws_context *c)
{
	return eks_is_cluster(c) ? json_pack("{s:o}", "cluster",
					     cloud_cluster_json(c->cloud))
				 : NULL;
}

static json_t *
list_nodegroups(struct aws_context *c)
{
	json_t *list;

	if (!eks_is_cluster(c))
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < c->cloud->group_n; i++)
		if (c->cloud->groups[i].nodegroup)
			json_array_append_new(
				list,
				json_string(c->cloud->groups[i].plan->name));
	return aws_page(c, &nodegroups_page, list);
}

static json_t *
describe_nodegroup(struct aws_context *c)
{
	struct cloud_group *g;

	if (!eks_is_cluster(c))
		return NULL;
	g = eks_nodegroup(c->cloud, c->args[1]);
	return g ? json_pack("{s:o}", "nodegroup",
			     cloud_nodegroup_json(c->cloud, g))
		 : eks_not_found(c, "node group", c->args[1]);
}

static json_t *
list_associations(struct aws_context *c)
{
	/* Pods get roles by IRSA here, not by pod identity. */
	return eks_is_cluster(c) ? aws_page(c, &associations_page, json_array())
				 : NULL;
}

/* ---- versions ---- */

/* Of the EKS release calendar. */
static const struct version {
	const char *minor, *patch;
	int64_t released, standard_end, extended_end; /* days since 1970 */
} versions[] = {
	{ "1.34", "1.34.2", 20363, 20789, 21154 },
	{ "1.33", "1.33.5", 20237, 20663, 21028 },
	{ "1.32", "1.32.9", 20111, 20535, 20900 },
	{ "1.31", "1.31.13", 19992, 20418, 20783 },
};

#define DAY_MS (24 * 3600000LL)

static json_t *
version_json(struct aws_context *c, const struct version *v)
{
	int64_t now = sim_now_ms(c->w) / DAY_MS;
	bool standard = now < v->standard_end, ended = now >= v->extended_end;

	return json_pack(
		"{s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:s, s:s, s:s}",
		"clusterVersion", v->minor, "clusterType", "eks",
		"defaultPlatformVersion", "eks.12", "defaultVersion",
		(int)(v == &versions[0]), "releaseDate",
		aws_seconds(v->released * DAY_MS), "endOfStandardSupportDate",
		aws_seconds(v->standard_end * DAY_MS),
		"endOfExtendedSupportDate",
		aws_seconds(v->extended_end * DAY_MS), "status",
		standard ? "standard-support"
		: ended	 ? "unsupported"
			 : "extended-support",
		"versionStatus",
		standard ? "STANDARD_SUPPORT"
		: ended	 ? "UNSUPPORTED"
			 : "EXTENDED_SUPPORT",
		"kubernetesPatchVersion", v->patch);
}

static json_t *
describe_versions(struct aws_context *c)
{
	const char *only = face_query(c->q, c->arena, "clusterVersions");
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		const char *wanted = only;

		for (uint32_t n = 0; wanted; n++) {
			wanted = face_query_at(c->q, c->arena,
					       "clusterVersions", n);
			if (wanted && !strcmp(wanted, versions[i].minor))
				break;
		}
		if (!only || wanted)
			json_array_append_new(list,
					      version_json(c, &versions[i]));
	}
	return aws_page(c, &versions_page, list);
}

/* clang-format off */
#define NODEGROUP "/clusters/:/node-groups/:"
#define ACCESS "/clusters/:/access-entries"
#define ADDON "/clusters/:/addons/:"

const struct aws_action aws_eks_actions[] = {
	{ "ListClusters", list_clusters, false, "GET", "/clusters" },
	{ "DescribeCluster", describe_cluster, false, "GET", "/clusters/:" },
	{ "ListNodegroups", list_nodegroups, false, "GET",
	  "/clusters/:/node-groups" },
	{ "DescribeNodegroup", describe_nodegroup, false, "GET", NODEGROUP },
	{ "UpdateNodegroupConfig", eks_update_config, true, "POST",
	  NODEGROUP "/update-config" },
	{ "UpdateNodegroupVersion", eks_update_version, true, "POST",
	  NODEGROUP "/update-version" },
	{ "ListUpdates", eks_list_updates, false, "GET",
	  "/clusters/:/updates" },
	{ "DescribeUpdate", eks_describe_update, false, "GET",
	  "/clusters/:/updates/:" },
	{ "ListAccessEntries", eks_list_access, false, "GET", ACCESS },
	{ "CreateAccessEntry", eks_create_access, true, "POST", ACCESS },
	{ "DescribeAccessEntry", eks_describe_access, false, "GET",
	  ACCESS "/:" },
	{ "UpdateAccessEntry", eks_update_access, true, "POST", ACCESS "/:" },
	{ "DeleteAccessEntry", eks_delete_access, true, "DELETE",
	  ACCESS "/:" },
	{ "ListAssociatedAccessPolicies", eks_list_associated, false, "GET",
	  ACCESS "/:/access-policies" },
	{ "AssociateAccessPolicy", eks_associate, true, "POST",
	  ACCESS "/:/access-policies" },
	{ "DisassociateAccessPolicy", eks_disassociate, true, "DELETE",
	  ACCESS "/:/access-policies/:" },
	{ "ListAccessPolicies", eks_list_policies, false, "GET",
	  "/access-policies" },
	{ "ListAddons", eks_list_addons, false, "GET",
	  "/clusters/:/addons" },
	{ "DescribeAddon", eks_describe_addon, false, "GET", ADDON },
	{ "UpdateAddon", eks_update_addon, true, "POST", ADDON "/update" },
	{ "DescribeAddonVersions", eks_addon_catalogue, false, "GET",
	  "/addons/supported-versions" },
	{ "DescribeClusterVersions", describe_versions, false, "GET",
	  "/cluster-versions" },
	{ "ListPodIdentityAssociations", list_associations, false, "GET",
	  "/clusters/:/pod-identity-associations" },
	{ "DescribePodIdentityAssociation", eks_describe_association, false,
	  "GET", "/clusters/:/pod-identity-associations/:" },
	{ "ListInsights", eks_list_insights, false, "POST",
	  "/clusters/:/insights" },
	{ "DescribeInsight", eks_describe_insight, false, "GET",
	  "/clusters/:/insights/:" },
	{ "ListTagsForResource", eks_list_tags, false, "GET", "/tags/:" },
	{ "ListFargateProfiles", eks_list_fargate, false, "GET",
	  "/clusters/:/fargate-profiles" },
	{ "ListIdentityProviderConfigs", eks_list_identity_providers, false,
	  "GET", "/clusters/:/identity-provider-configs" },
	{ 0 }
};
/* clang-format on */
