/*
 * EKS's REST face: clusters and managed node groups, read only so far
 * (reference integrations D6).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/aws/face.h"

static void
answer(struct face_answer *a, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);

	a->type = "application/json";
	buf_puts(&a->body, text);
	free(text);
	json_decref(body);
}

static bool
not_found(struct aws_context *c, const char *what, const char *name)
{
	return cloud_fail(&c->fault, 404, "ResourceNotFoundException",
			  "No %s found for name: %s.", what, name);
}

static json_t *
nodegroup_names(struct aws_context *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->cloud->group_n; i++)
		if (c->cloud->groups[i].plan->managed)
			json_array_append_new(
				list,
				json_string(c->cloud->groups[i].plan->name));
	return list;
}

static bool
serve_nodegroup(struct aws_context *c, const char *name,
		struct face_answer *a)
{
	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];

		if (!g->plan->managed || strcmp(g->plan->name, name) != 0)
			continue;
		answer(a, json_pack("{s:o}", "nodegroup",
				    cloud_nodegroup_json(c->cloud, g)));
		return true;
	}
	return not_found(c, "node group", name);
}

bool
aws_eks_serve(struct aws_context *c, const struct face_request *q,
	      struct face_answer *a)
{
	const char *cluster = sim_scenario(c->w)->cluster;
	const char *at = q->path + strlen("/clusters");
	const char *name;
	size_t len;

	if (strcmp(q->method, "GET") != 0)
		return cloud_fail(&c->fault, 403, "AccessDeniedException",
				  "the simulated EKS answers reads only");
	if (!*at) {
		answer(a, json_pack("{s:[s]}", "clusters", cluster));
		return true;
	}
	len = strcspn(at + 1, "/");
	name = face_decode(c->arena, at + 1, len, false);
	at += 1 + len;
	if (strcmp(name, cluster) != 0)
		return not_found(c, "cluster", name);
	if (!*at) {
		answer(a, json_pack("{s:o}", "cluster",
				    cloud_cluster_json(c->cloud)));
		return true;
	}
	if (!strcmp(at, "/node-groups")) {
		answer(a, json_pack("{s:o}", "nodegroups",
				    nodegroup_names(c)));
		return true;
	}
	if (str_has_prefix(at, "/node-groups/"))
		return serve_nodegroup(c,
				       face_decode(c->arena, at + 13,
						   strlen(at + 13), false),
				       a);
	return not_found(c, "resource", q->path);
}
