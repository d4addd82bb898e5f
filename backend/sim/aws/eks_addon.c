/*
 * Add-ons: what runs, what there is, and changing it.
 */
#include "backend/sim/aws/eks.h"

static const struct aws_paging addons_page = { "addons", NULL, "maxResults", 1,
					       100, 100 };
static const struct aws_paging catalogue_page = { "addons", "addonName",
						  "maxResults", 1, 100, 100 };

json_t *
eks_list_addons(struct aws_context *c)
{
	struct eks *e = c->cloud->eks;
	json_t *list;

	if (!eks_is_cluster(c))
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < e->addons.n; i++)
		json_array_append_new(list,
				      json_string(e->addons.at[i]->name));
	return aws_page(c, &addons_page, list);
}

static struct eks_addon *
addon_of(struct aws_context *c)
{
	struct eks_addon *a;

	if (!eks_is_cluster(c))
		return NULL;
	a = eks_addon(c->cloud->eks, c->args[1]);
	if (!a)
		cloud_fail(&c->fault, 404, "ResourceNotFoundException",
			   "No addon: %s found in cluster: %s", c->args[1],
			   c->args[0]);
	return a;
}

json_t *
eks_describe_addon(struct aws_context *c)
{
	struct eks_addon *a = addon_of(c);

	return a ? json_pack("{s:o}", "addon", eks_addon_json(c->cloud, a))
		 : NULL;
}

static bool
is_offered(const char *addon, const char *version)
{
	for (const struct eks_addon_version *v = eks_addon_versions; v->addon;
	     v++)
		if (!strcmp(v->addon, addon) && !strcmp(v->version, version))
			return true;
	return false;
}

json_t *
eks_update_addon(struct aws_context *c)
{
	struct eks_addon *a = addon_of(c);
	const json_t *version, *values;

	if (!a)
		return NULL;
	if (eks_begun(c))
		return eks_answer_update(c, eks_begun(c));
	version = eks_member(c, c->input, "addonVersion", JSON_STRING);
	values = eks_member(c, c->input, "configurationValues", JSON_STRING);
	if (c->fault.http)
		return NULL;
	if (version && !is_offered(a->name, json_string_value(version)))
		return eks_bad(c, "Addon version specified is not supported");
	if (a->running) {
		cloud_fail(&c->fault, 409, "ResourceInUseException",
			   "Addon %s cannot be updated as it is currently in "
			   "UPDATING state",
			   a->name);
		return NULL;
	}
	return eks_answer_update(
		c, eks_addon_update(c->cloud->eks, a,
				    json_string_value(version),
				    json_string_value(values)));
}

/* ---- the catalogue ---- */

static json_t *
version_json(const struct eks_addon_version *v)
{
	return json_pack("{s:s, s:[s,s], s:[s], s:[{s:s, s:[s], s:b}], s:b, "
			 "s:b}",
			 "addonVersion", v->version, "architecture", "amd64",
			 "arm64", "computeTypes", "ec2", "compatibilities",
			 "clusterVersion", v->minor, "platformVersions", "*",
			 "defaultVersion", (int)v->initial,
			 "requiresConfiguration", 0, "requiresIamPermissions",
			 (int)!strcmp(v->addon, "vpc-cni"));
}

json_t *
eks_addon_catalogue(struct aws_context *c)
{
	const char *name = face_query(c->q, c->arena, "addonName");
	const char *minor = face_query(c->q, c->arena, "kubernetesVersion");
	json_t *list = json_array(), *versions = NULL;
	const char *last = "";

	/* The table has the versions of one add-on together. */
	for (const struct eks_addon_version *v = eks_addon_versions; v->addon;
	     v++) {
		if ((name && strcmp(name, v->addon) != 0) ||
		    (minor && strcmp(minor, v->minor) != 0))
			continue;
		if (strcmp(last, v->addon) != 0) {
			versions = json_array();
			json_array_append_new(
				list,
				json_pack("{s:s, s:s, s:o, s:s, s:s, s:s}",
					  "addonName", v->addon, "type",
					  "networking", "addonVersions",
					  versions, "publisher", "eks",
					  "owner", "aws", "defaultNamespace",
					  "kube-system"));
			last = v->addon;
		}
		json_array_append_new(versions, version_json(v));
	}
	return aws_page(c, &catalogue_page, list);
}
