/*
 * EKS's view of the account: the cluster and its managed node groups, in the
 * member names of its REST API (times are epoch seconds).
 */
#include "backend/sim/world/eks.h"
#include "backend/sim/world/pack.h"

#define STRANGER_MS 900000

static json_t *
seconds(int64_t ms)
{
	return json_real((double)ms / 1000.0);
}

/* "key=value:NoSchedule" in EKS's spelling. */
static json_t *
taints_json(const struct names *n)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < n->n; i++) {
		const char *eq = strchr(n->at[i], '=');
		const char *colon = strrchr(n->at[i], ':');
		const char *effect =
			str_eq(colon, ":NoSchedule")  ? "NO_SCHEDULE"
			: str_eq(colon, ":NoExecute") ? "NO_EXECUTE"
						      : "PREFER_NO_SCHEDULE";

		json_array_append_new(
			list, pack("{s:s%, s:s%, s:s}", "key", n->at[i],
				   (size_t)(eq - n->at[i]), "value", eq + 1,
				   (size_t)(colon - eq - 1), "effect", effect));
	}
	return list;
}

static json_t *
subnet_ids(const struct cloud *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->subnet_n; i++)
		json_array_append_new(list, json_string(c->subnets[i].id));
	return list;
}

/* Instances in service that are no nodes after a quarter of an hour; their ids
 * go into ids, unless NULL. */
static uint32_t
strangers(const struct cloud *c, const struct cloud_group *g, json_t *ids)
{
	int64_t since = sim_now_ms(c->sim) - STRANGER_MS;
	uint32_t n = 0;

	for (uint32_t k = 0; k < g->instances.n; k++) {
		const struct cloud_instance *i = g->instances.at[k];

		if (i->boot != BOOT_NEVER_JOINS || i->launched_ms > since ||
		    i->lifecycle != LIFECYCLE_IN_SERVICE)
			continue;
		n++;
		if (ids)
			json_array_append_new(ids, json_string(i->id));
	}
	return n;
}

static const char *
nodegroup_status(const struct cloud *c, const struct cloud_group *g)
{
	if (g->nodegroup->running)
		return "UPDATING";
	return g->failures || strangers(c, g, NULL) ? "DEGRADED" : "ACTIVE";
}

/* Launches that fail, and instances that do not become nodes. */
static json_t *
issues_json(const struct cloud *c, const struct cloud_group *g)
{
	json_t *list = json_array(), *ids = json_array();

	if (strangers(c, g, ids))
		json_array_append_new(
			list, pack("{s:s, s:s, s:O}", "code",
				   "NodeCreationFailure", "message",
				   "Instances failed to join the kubernetes "
				   "cluster",
				   "resourceIds", ids));
	json_decref(ids);

	for (uint32_t i = g->activities.n; g->failures && i-- > 0;) {
		const struct cloud_activity *a = g->activities.at[i];

		if (!a->message)
			continue;
		json_array_append_new(
			list,
			pack("{s:s, s:o, s:[s]}", "code",
			     strstr(a->message, "free addresses")
				     ? "InsufficientFreeAddresses"
				     : "AsgInstanceLaunchFailures",
			     "message",
			     json_sprintf("Could not launch On-Demand or Spot "
					  "Instances: %s",
					  a->message),
			     "resourceIds", g->name));
		break;
	}
	return list;
}

static json_t *
update_config(const struct cloud_nodegroup *n)
{
	json_t *o = n->unavailable_percent
			    ? pack("{s:i}", "maxUnavailablePercentage",
				   (int)n->unavailable_percent)
			    : pack("{s:i}", "maxUnavailable",
				   (int)n->unavailable);

	json_object_set_new(o, "updateStrategy",
			    json_string(n->minimal ? "MINIMAL" : "DEFAULT"));
	return o;
}

json_t *
cloud_nodegroup_json(const struct cloud *c, const struct cloud_group *g)
{
	const struct scenario *s = sim_scenario(c->sim);
	const struct cloud_nodegroup *n = g->nodegroup;
	const char *uuid = strstr(g->arn, "autoScalingGroup:") + 17;

	json_t *o =
		pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:s, s:s, "
		     "s:{s:i, s:i, s:i}, s:o, s:o, s:s, s:o}",
		     "nodegroupName", g->plan->name, "nodegroupArn",
		     json_sprintf("arn:aws:eks:%s:%s:nodegroup/%s/%s/%.36s",
				  c->region, c->account, s->cluster,
				  g->plan->name, uuid),
		     "clusterName", s->cluster, "version", n->release->minor,
		     "releaseVersion", n->release->version, "createdAt",
		     seconds(g->created_ms), "modifiedAt",
		     seconds(n->modified_ms), "status",
		     nodegroup_status(c, g),
		     "capacityType", g->plan->spot ? "SPOT" : "ON_DEMAND",
		     "scalingConfig", "minSize", g->min, "maxSize", g->max,
		     "desiredSize", g->desired, "instanceTypes",
		     pack_names(&g->plan->types), "subnets", subnet_ids(c),
		     "amiType",
		     str_eq(g->plan->arch, "arm64") ? "AL2023_ARM_64_STANDARD"
						    : "AL2023_x86_64_STANDARD",
		     "nodeRole",
		     json_sprintf("arn:aws:iam::%s:role/%s-node", c->account,
				  s->cluster));

	json_object_update_new(
		o,
		pack("{s:o, s:o, s:{s:[{s:s}]}, s:i, s:{s:o}, s:o, s:{s:b}, "
		     "s:{s:s, s:o, s:s}, s:{s:s, s:s}}",
		     "labels", pack_pairs(&g->plan->labels), "taints",
		     taints_json(&g->plan->taints), "resources",
		     "autoScalingGroups", "name", g->name, "diskSize",
		     (int)g->plan->disk_gib, "health", "issues",
		     issues_json(c, g),
		     "updateConfig", update_config(n), "nodeRepairConfig",
		     "enabled", (int)n->repair, "launchTemplate", "name",
		     g->template_name, "version",
		     json_sprintf("%u", g->templates.n), "id", g->template_id,
		     "tags", "alpha.eksctl.io/cluster-name", s->cluster,
		     "alpha.eksctl.io/nodegroup-name", g->plan->name));
	return o;
}

json_t *
cloud_cluster_json(const struct cloud *c)
{
	const struct scenario *s = sim_scenario(c->sim);
	int64_t created = s->start_ms - scenario_history_ms(s);
	char group[32];

	json_t *o =
		pack("{s:s, s:o, s:o, s:s, s:o, s:s, s:s, s:{s:s}, s:{s:b}}",
		     "name", s->cluster, "arn",
		     json_sprintf("arn:aws:eks:%s:%s:cluster/%s", c->region,
				  c->account, s->cluster),
		     "createdAt", seconds(created), "version", s->kubernetes,
		     "roleArn",
		     json_sprintf("arn:aws:iam::%s:role/%s-cluster", c->account,
				  s->cluster),
		     "status", "ACTIVE", "platformVersion", "eks.12",
		     "upgradePolicy", "supportType", "STANDARD",
		     "zonalShiftConfig", "enabled", 0);

	json_object_set_new(o, "identity",
			    pack("{s:{s:s}}", "oidc", "issuer", c->issuer));
	json_object_update_new(
		o,
		pack("{s:{s:o, s:s, s:s, s:b, s:b, s:[s]}, s:{s:s, s:s}, "
		     "s:{s:s}, s:{s:[]}, s:{s:s}}",
		     "resourcesVpcConfig", "subnetIds", subnet_ids(c), "vpcId",
		     c->vpc_id, "clusterSecurityGroupId",
		     cloud_id(c, "sg", "cluster", group),
		     "endpointPublicAccess", 0,
		     "endpointPrivateAccess", 1, "publicAccessCidrs",
		     "0.0.0.0/0", "kubernetesNetworkConfig", "serviceIpv4Cidr",
		     "172.20.0.0/16", "ipFamily", "ipv4", "accessConfig",
		     "authenticationMode", "API", "health", "issues", "tags",
		     "alpha.eksctl.io/cluster-name", s->cluster));
	if (c->endpoint)
		json_object_update_new(
			o, pack("{s:s, s:{s:o}}", "endpoint", c->endpoint,
				"certificateAuthority", "data",
				pack_base64(c->authority,
					    strlen(c->authority))));
	return o;
}

json_t *
eks_update_json(const struct eks_update *u)
{
	return pack("{s:s, s:s, s:s, s:O, s:o, s:O}", "id", u->id, "status",
		    u->status, "type", u->type, "params", u->params,
		    "createdAt", seconds(u->created_ms), "errors", u->errors);
}

json_t *
eks_access_json(const struct cloud *c, const struct eks_access *a)
{
	const char *cluster = sim_scenario(c->sim)->cluster;
	const char *name = strrchr(a->principal, '/');
	bool role = strstr(a->principal, ":role/") != NULL;

	return pack("{s:s, s:s, s:O, s:o, s:o, s:o, s:O, s:s, s:s}",
		    "clusterName", cluster, "principalArn", a->principal,
		    "kubernetesGroups", a->groups, "accessEntryArn",
		    json_sprintf("arn:aws:eks:%s:%s:access-entry/%s/%s/%s/%s/"
				 "%s",
				 c->region, c->account, cluster,
				 role ? "role" : "user", c->account,
				 name ? name + 1 : a->principal, a->id),
		    "createdAt", seconds(a->created_ms), "modifiedAt",
		    seconds(a->modified_ms), "tags", a->tags, "username",
		    a->username, "type", a->type);
}

json_t *
eks_addon_json(const struct cloud *c, const struct eks_addon *a)
{
	const char *cluster = sim_scenario(c->sim)->cluster;
	json_t *o = pack(
		"{s:s, s:s, s:s, s:s, s:{s:[]}, s:o, s:o, s:o, s:{}, s:s, s:s}",
		"addonName", a->name, "clusterName", cluster, "status",
		a->running ? "UPDATING" : "ACTIVE", "addonVersion", a->version,
		"health", "issues", "addonArn",
		json_sprintf("arn:aws:eks:%s:%s:addon/%s/%s/%s", c->region,
			     c->account, cluster, a->name, a->id),
		"createdAt", seconds(a->created_ms), "modifiedAt",
		seconds(a->modified_ms), "tags", "publisher", "eks", "owner",
		"aws");

	if (a->configuration)
		json_object_set_new(o, "configurationValues",
				    json_string(a->configuration));
	return o;
}
