/*
 * EKS's view of the account: the cluster and its managed node groups, in the
 * member names of its REST API (times are epoch seconds).
 */
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/pack.h"

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

json_t *
cloud_nodegroup_json(const struct cloud *c, const struct cloud_group *g)
{
	const struct scenario *s = sim_scenario(c->sim);
	const char *uuid = strstr(g->arn, "autoScalingGroup:") + 17;

	json_t *o =
		pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:s, s:s, "
		     "s:{s:i, s:i, s:i}, s:o, s:o, s:s, s:o}",
		     "nodegroupName", g->plan->name, "nodegroupArn",
		     json_sprintf("arn:aws:eks:%s:%s:nodegroup/%s/%s/%.36s",
				  c->region, c->account, s->cluster,
				  g->plan->name, uuid),
		     "clusterName", s->cluster, "version", s->kubernetes,
		     "releaseVersion", cloud_release_version(), "createdAt",
		     seconds(g->created_ms), "modifiedAt",
		     seconds(g->created_ms), "status", "ACTIVE", "capacityType",
		     g->plan->spot ? "SPOT" : "ON_DEMAND", "scalingConfig",
		     "minSize", g->min, "maxSize", g->max, "desiredSize",
		     g->desired, "instanceTypes", pack_names(&g->plan->types),
		     "subnets", subnet_ids(c), "amiType",
		     str_eq(g->plan->arch, "arm64") ? "AL2023_ARM_64_STANDARD"
						    : "AL2023_x86_64_STANDARD",
		     "nodeRole",
		     json_sprintf("arn:aws:iam::%s:role/%s-node", c->account,
				  s->cluster));

	json_object_update_new(
		o,
		pack("{s:o, s:o, s:{s:[{s:s}]}, s:i, s:{s:[]}, "
		     "s:{s:i}, s:{s:s, s:s, s:s}, s:{s:s, s:s}}",
		     "labels", pack_pairs(&g->plan->labels), "taints",
		     taints_json(&g->plan->taints), "resources",
		     "autoScalingGroups", "name", g->name, "diskSize",
		     (int)g->plan->disk_gib, "health", "issues", "updateConfig",
		     "maxUnavailable", 1, "launchTemplate", "name",
		     g->template_name, "version", "1", "id", g->template_id,
		     "tags", "alpha.eksctl.io/cluster-name", s->cluster,
		     "alpha.eksctl.io/nodegroup-name", g->plan->name));
	return o;
}

json_t *
cloud_cluster_json(const struct cloud *c)
{
	const struct scenario *s = sim_scenario(c->sim);
	int64_t created = s->start_ms - scenario_history_ms(s);

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

	json_object_update_new(
		o,
		pack("{s:{s:o, s:s, s:b, s:b, s:[s]}, s:{s:s, s:s}, "
		     "s:{s:s}, s:{s:[]}, s:{s:s}}",
		     "resourcesVpcConfig", "subnetIds", subnet_ids(c), "vpcId",
		     c->vpc_id, "endpointPublicAccess", 0,
		     "endpointPrivateAccess", 1, "publicAccessCidrs",
		     "0.0.0.0/0", "kubernetesNetworkConfig", "serviceIpv4Cidr",
		     "172.20.0.0/16", "ipFamily", "ipv4", "accessConfig",
		     "authenticationMode", "API", "health", "issues", "tags",
		     "alpha.eksctl.io/cluster-name", s->cluster));
	return o;
}
