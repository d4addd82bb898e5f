/*
 * What EKS tells of a cluster beside its parts: upgrade insights, tags, and
 * what this cluster has none of.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/aws/eks.h"

/* Kubelets may be three minor versions behind the control plane. */
enum { SKEW_MAX = 3 };

#define SKEW_ID "5a0c3a4e-6a0f-4f7b-9c1d-2f6f1d5c8e21"

static const struct aws_paging insights_page = { "insights", "id", "maxResults",
						 1, 100, 100 };
static const struct aws_paging fargate_page = { "fargateProfileNames", NULL,
						"maxResults", 1, 100, 100 };
static const struct aws_paging providers_page = {
	"identityProviderConfigs", "name", "maxResults", 1, 100, 100
};

/* ---- insights ---- */

static int
minor_of(const json_t *version)
{
	const char *dot = strchr(str_or_empty(json_string_value(version)), '.');

	return dot ? (int)strtol(dot + 1, NULL, 10) : 0;
}

/* How far the oldest node group would be behind after the next upgrade. */
static int
skew_after_upgrade(struct aws_context *c, int next)
{
	int worst = 0;

	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		json_t *group;
		int behind;

		if (!c->cloud->groups[i].nodegroup)
			continue;
		group = cloud_nodegroup_json(c->cloud, &c->cloud->groups[i]);
		behind = next - minor_of(json_object_get(group, "version"));
		worst = behind > worst ? behind : worst;
		json_decref(group);
	}
	return worst;
}

/* The summary of the one insight that this cluster has: kubelets' versions. */
static json_t *
skew_insight(struct aws_context *c)
{
	json_t *cluster = cloud_cluster_json(c->cloud);
	int next = minor_of(json_object_get(cluster, "version")) + 1;
	int skew = skew_after_upgrade(c, next);
	json_t *seen = aws_seconds(sim_now_ms(c->w) / 86400000 * 86400000);
	json_t *o;

	json_decref(cluster);
	o = json_pack(
		"{s:s, s:s, s:s, s:o, s:O, s:O, s:s, s:{s:s, s:s}}", "id",
		SKEW_ID, "name", "Kubelet version skew", "category",
		"UPGRADE_READINESS", "kubernetesVersion",
		json_sprintf("1.%d", next), "lastRefreshTime", seen,
		"lastTransitionTime", seen, "description",
		"Checks for kubelet versions of worker nodes in the cluster to "
		"see if upgrade would cause non compliance with supported "
		"Kubernetes kubelet version skew policy.",
		"insightStatus", "status",
		skew > SKEW_MAX	   ? "ERROR"
		: skew == SKEW_MAX ? "WARNING"
				   : "PASSING",
		"reason",
		skew >= SKEW_MAX ? "Node kubelet versions are too far behind "
				   "the cluster's next version."
				 : "No node kubelet version skew detected.");
	json_decref(seen);
	return o;
}

static bool
asked_for(const json_t *filter, const char *name, const char *value)
{
	const json_t *list = json_object_get(filter, name);
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, v)
		if (str_eq(json_string_value(v), value))
			return true;
	return !json_array_size(list);
}

json_t *
eks_list_insights(struct aws_context *c)
{
	const json_t *filter;
	json_t *list, *one;
	const char *status;

	if (!eks_is_cluster(c))
		return NULL;
	filter = json_object_get(c->input, "filter");
	list = json_array();
	one = skew_insight(c);
	status = json_string_value(json_object_get(
		json_object_get(one, "insightStatus"), "status"));
	if (asked_for(filter, "categories", "UPGRADE_READINESS") &&
	    asked_for(filter, "kubernetesVersions",
		      json_string_value(
			      json_object_get(one, "kubernetesVersion"))) &&
	    asked_for(filter, "statuses", status))
		json_array_append(list, one);
	json_decref(one);
	return aws_page(c, &insights_page, list);
}

json_t *
eks_describe_insight(struct aws_context *c)
{
	json_t *one;

	if (!eks_is_cluster(c))
		return NULL;
	if (strcmp(c->args[1], SKEW_ID) != 0)
		return eks_not_found(c, "insight", c->args[1]);
	one = skew_insight(c);
	json_object_set_new(
		one, "recommendation",
		json_string("Update the node groups whose kubelets are too far "
			    "behind before the cluster is updated."));
	json_object_set_new(one, "additionalInfo", json_object());
	json_object_set_new(one, "resources", json_array());
	json_object_set_new(one, "categorySpecificSummary", json_object());
	return json_pack("{s:o}", "insight", one);
}

/* ---- tags ---- */

/* {"tags": ...} when the object has that ARN; takes the object. */
static json_t *
tags_if(json_t *object, const char *arn_name, const char *arn)
{
	json_t *tags = json_object_get(object, "tags"), *out = NULL;

	if (str_eq(json_string_value(json_object_get(object, arn_name)), arn))
		out = tags ? json_pack("{s:O}", "tags", tags)
			   : json_pack("{s:{}}", "tags");
	json_decref(object);
	return out;
}

json_t *
eks_list_tags(struct aws_context *c)
{
	const char *arn = c->args[0];
	json_t *out = tags_if(cloud_cluster_json(c->cloud), "arn", arn);

	for (uint32_t i = 0; !out && i < c->cloud->group_n; i++)
		if (c->cloud->groups[i].nodegroup)
			out = tags_if(cloud_nodegroup_json(
					      c->cloud, &c->cloud->groups[i]),
				      "nodegroupArn", arn);
	if (out)
		return out;
	if (!str_has_prefix(arn, "arn:"))
		cloud_fail(&c->fault, 400, "BadRequestException",
			   "Invalid ARN: %s", arn);
	else
		cloud_fail(&c->fault, 404, "NotFoundException",
			   "Resource not found: %s", arn);
	return NULL;
}

/* ---- what this cluster has none of ---- */

json_t *
eks_list_fargate(struct aws_context *c)
{
	return eks_is_cluster(c) ? aws_page(c, &fargate_page, json_array())
				 : NULL;
}

json_t *
eks_list_identity_providers(struct aws_context *c)
{
	return eks_is_cluster(c) ? aws_page(c, &providers_page, json_array())
				 : NULL;
}

json_t *
eks_describe_association(struct aws_context *c)
{
	return eks_is_cluster(c)
		       ? eks_not_found(c, "pod identity association",
				       c->args[1])
		       : NULL;
}
