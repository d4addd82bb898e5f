/*
 * Updates of node groups, and what became of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/aws/eks.h"

static const struct aws_paging updates_page = { "updateIds", NULL,
						"maxResults", 1, 100, 100 };

static struct cloud_group *
group_of(struct aws_context *c)
{
	struct cloud_group *g;

	if (!eks_is_cluster(c))
		return NULL;
	g = eks_nodegroup(c->cloud, c->args[1]);
	if (!g)
		eks_not_found(c, "node group", c->args[1]);
	return g;
}

/* ---- update-config ---- */

static void
add_param(json_t *params, const char *type, char *value)
{
	json_array_append_new(params, json_pack("{s:s, s:s}", "type", type,
						"value", value));
	free(value);
}

/* A number of the body into *out, and told as a parameter of the update. */
static void
take_number(struct aws_context *c, const json_t *from, const char *name,
	    const char *type, int64_t *out, json_t *params)
{
	const json_t *v = eks_member(c, from, name, JSON_INTEGER);

	if (!v)
		return;
	*out = json_integer_value(v);
	add_param(params, type, xasprintf("%lld", (long long)*out));
}

/* A list or map, told as JSON. */
static const json_t *
take_tree(struct aws_context *c, const json_t *from, const char *name,
	  const char *type, json_type is, json_t *params)
{
	const json_t *v = eks_member(c, from, name, is);

	if (v)
		add_param(params, type,
			  json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY));
	return v;
}

static void
take_update_config(struct aws_context *c, struct eks_config *x)
{
	const json_t *o = eks_member(c, c->input, "updateConfig", JSON_OBJECT);
	const json_t *v;

	take_number(c, o, "maxUnavailable", "MaxUnavailable", &x->unavailable,
		    x->params);
	take_number(c, o, "maxUnavailablePercentage",
		    "MaxUnavailablePercentage", &x->unavailable_percent,
		    x->params);
	v = eks_member(c, o, "updateStrategy", JSON_STRING);
	if (v) {
		x->strategy = json_string_value(v);
		add_param(x->params, "UpdateStrategy", xstrdup(x->strategy));
	}
}

static bool
check_update_config(struct aws_context *c, const struct eks_config *x)
{
	if (x->unavailable != INT64_MIN && x->unavailable_percent != INT64_MIN)
		return eks_bad(c, "Only one of maxUnavailable and "
				  "maxUnavailablePercentage can be set");
	if (x->unavailable != INT64_MIN &&
	    (x->unavailable < 1 || x->unavailable > 100))
		return eks_bad(c, "maxUnavailable must be between 1 and 100");
	if (x->unavailable_percent != INT64_MIN &&
	    (x->unavailable_percent < 1 || x->unavailable_percent > 100))
		return eks_bad(c, "maxUnavailablePercentage must be between 1 "
				  "and 100");
	if (x->strategy && strcmp(x->strategy, "DEFAULT") != 0 &&
	    strcmp(x->strategy, "MINIMAL") != 0)
		return eks_bad(c, "updateStrategy must be DEFAULT or MINIMAL");
	return true;
}

json_t *
eks_update_config(struct aws_context *c)
{
	struct cloud_group *g = group_of(c);
	struct eks_config x = {
		.sizes = { INT64_MIN, INT64_MIN, INT64_MIN },
		.unavailable = INT64_MIN,
		.unavailable_percent = INT64_MIN,
		.repair = -1,
	};
	const json_t *o, *v;

	if (!g)
		return NULL;
	if (eks_begun(c))
		return eks_answer_update(c, eks_begun(c));
	x.params = json_array();
	o = eks_member(c, c->input, "scalingConfig", JSON_OBJECT);
	take_number(c, o, "minSize", "MinSize", &x.sizes.min, x.params);
	take_number(c, o, "maxSize", "MaxSize", &x.sizes.max, x.params);
	take_number(c, o, "desiredSize", "DesiredSize", &x.sizes.desired,
		    x.params);
	o = eks_member(c, c->input, "labels", JSON_OBJECT);
	x.labels_put = take_tree(c, o, "addOrUpdateLabels", "LabelsToAdd",
				 JSON_OBJECT, x.params);
	x.labels_drop = take_tree(c, o, "removeLabels", "LabelsToRemove",
				  JSON_ARRAY, x.params);
	o = eks_member(c, c->input, "taints", JSON_OBJECT);
	x.taints_put = take_tree(c, o, "addOrUpdateTaints", "TaintsToAdd",
				 JSON_ARRAY, x.params);
	x.taints_drop = take_tree(c, o, "removeTaints", "TaintsToRemove",
				  JSON_ARRAY, x.params);
	take_update_config(c, &x);
	o = eks_member(c, c->input, "nodeRepairConfig", JSON_OBJECT);
	v = eks_member(c, o, "enabled", JSON_TRUE);
	if (v) {
		x.repair = json_is_true(v);
		add_param(x.params, "NodeRepairEnabled",
			  xstrdup(x.repair ? "true" : "false"));
	}
	if (c->fault.http || !check_update_config(c, &x)) {
		json_decref(x.params);
		return NULL;
	}
	return eks_answer_update(c, eks_configure(c->cloud, g, &x, &c->fault));
}

/* ---- update-version ---- */

static const struct sim_release *
wanted_release(struct aws_context *c, const struct cloud_group *g)
{
	const json_t *version =
		eks_member(c, c->input, "version", JSON_STRING);
	const json_t *release =
		eks_member(c, c->input, "releaseVersion", JSON_STRING);
	const char *cluster = sim_scenario(c->w)->kubernetes;
	const char *minor = version ? json_string_value(version) : cluster;
	const struct sim_release *r;

	if (c->fault.http)
		return NULL;
	if (json_object_get(c->input, "launchTemplate")) {
		eks_bad(c, "You cannot specify a launch template for a node "
			   "group that was created without one");
		return NULL;
	}
	/* "1.9" never was; all minors have two digits. */
	if (strcmp(minor, cluster) > 0) {
		eks_bad(c, "Nodegroup Kubernetes version can not be ahead of "
			   "the cluster's Kubernetes version");
		return NULL;
	}
	if (strcmp(minor, g->nodegroup->release->minor) < 0) {
		eks_bad(c, "Nodegroup Kubernetes version can not be "
			   "downgraded");
		return NULL;
	}
	if (!release)
		r = sim_release_latest(minor);
	else
		r = sim_release_find(json_string_value(release));
	if (r && !strcmp(r->minor, minor))
		return r;
	if (release)
		cloud_fail(&c->fault, 400, "InvalidParameterException",
			   "Requested release version %.60s is not valid for "
			   "kubernetes version %.20s.",
			   json_string_value(release), minor);
	else
		cloud_fail(&c->fault, 400, "InvalidParameterException",
			   "unsupported Kubernetes version %.20s", minor);
	return NULL;
}

json_t *
eks_update_version(struct aws_context *c)
{
	struct cloud_group *g = group_of(c);
	const struct sim_release *r;
	const json_t *force;

	if (!g)
		return NULL;
	if (eks_begun(c))
		return eks_answer_update(c, eks_begun(c));
	r = wanted_release(c, g);
	force = eks_member(c, c->input, "force", JSON_TRUE);
	if (!r || c->fault.http)
		return NULL;
	return eks_answer_update(c, eks_roll(c->cloud, g, r,
					     json_is_true(force), &c->fault));
}

/* ---- what became of them ---- */

/* Updates belong to a node group, an add-on or the cluster, and are found only
 * by whoever says which. */
static bool
belongs(struct aws_context *c, const struct eks_update *u)
{
	return str_eq(u->nodegroup,
		      face_query(c->q, c->arena, "nodegroupName")) &&
	       str_eq(u->addon, face_query(c->q, c->arena, "addonName"));
}

json_t *
eks_list_updates(struct aws_context *c)
{
	const char *group = face_query(c->q, c->arena, "nodegroupName");
	const char *addon = face_query(c->q, c->arena, "addonName");
	struct eks *e = c->cloud->eks;
	json_t *list;

	if (!eks_is_cluster(c))
		return NULL;
	if (group && !eks_nodegroup(c->cloud, group))
		return eks_not_found(c, "node group", group);
	if (addon && !eks_addon(e, addon))
		return eks_not_found(c, "addon", addon);
	list = json_array();
	for (uint32_t i = e->updates.n; i-- > 0;)
		if (belongs(c, e->updates.at[i]))
			json_array_append_new(
				list, json_string(e->updates.at[i]->id));
	return aws_page(c, &updates_page, list);
}

json_t *
eks_describe_update(struct aws_context *c)
{
	struct eks_update *u;

	if (!eks_is_cluster(c))
		return NULL;
	u = eks_update_find(c->cloud->eks, c->args[1]);
	if (u && belongs(c, u))
		return json_pack("{s:o}", "update", eks_update_json(u));
	cloud_fail(&c->fault, 404, "ResourceNotFoundException",
		   "No update found for ID: %s", c->args[1]);
	return NULL;
}
