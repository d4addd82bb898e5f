/*
 * EKS's records: updates, access entries, add-ons.
 */
#include "backend/sim/world/eks.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/ids.h"
#include "backend/sim/world/pack.h"

#define ADDON_MS 40000

/* clang-format off */
const struct eks_addon_version eks_addon_versions[] = {
	{ "coredns", "v1.12.4-eksbuild.1", "1.34", false },
	{ "coredns", "v1.12.2-eksbuild.4", "1.33", false },
	{ "coredns", "v1.12.1-eksbuild.2", "1.33", true },
	{ "coredns", "v1.11.4-eksbuild.24", "1.32", true },
	{ "kube-proxy", "v1.34.0-eksbuild.4", "1.34", false },
	{ "kube-proxy", "v1.33.5-eksbuild.2", "1.33", true },
	{ "kube-proxy", "v1.32.9-eksbuild.2", "1.32", true },
	{ "vpc-cni", "v1.20.5-eksbuild.1", "1.33", false },
	{ "vpc-cni", "v1.20.4-eksbuild.1", "1.33", true },
	{ 0 },
};
/* clang-format on */

/* ---- records ---- */

static void
update_free(struct eks_update *u)
{
	json_decref(u->params);
	json_decref(u->errors);
	free(u);
}

static void
access_free(struct eks_access *a)
{
	free(a->principal);
	free(a->username);
	free(a->type);
	free(a->id);
	json_decref(a->groups);
	json_decref(a->tags);
	json_decref(a->policies);
	free(a);
}

struct eks_access *
eks_access_add(struct eks *e, const char *principal, const char *type,
	       const char *username)
{
	struct eks_access *a = xcalloc(1, sizeof(*a));
	char id[40];

	a->principal = xstrdup(principal);
	a->type = xstrdup(type);
	a->username = xstrdup(username);
	a->id = xstrdup(id_uuid(&e->rng, id));
	a->groups = json_array();
	a->tags = json_object();
	a->policies = json_array();
	a->created_ms = a->modified_ms = sim_now_ms(e->cloud->sim);
	vec_push(&e->access, a);
	return a;
}

void
eks_access_drop(struct eks *e, struct eks_access *a)
{
	uint32_t i = 0;

	while (e->access.at[i] != a)
		i++;
	e->access.n--;
	memmove(&e->access.at[i], &e->access.at[i + 1],
		(e->access.n - i) * sizeof(a));
	access_free(a);
}

/* Who made the cluster, its people, and its nodes. */
static void
found_access(struct eks *e)
{
	static const struct {
		const char *principal, *group, *policy;
	} people[] = {
		{ "user/admin", NULL, "AmazonEKSClusterAdminPolicy" },
		{ "user/oncall", "paddock:oncall", NULL },
		{ "user/viewer", "paddock:viewer", NULL },
		{ "role/paddock-admin", NULL, "AmazonEKSClusterAdminPolicy" },
		{ "role/paddock-oncall", "paddock:oncall", NULL },
		{ "role/paddock-viewer", "paddock:viewer", NULL },
		{ "role/paddock-engine", "paddock:engine", NULL },
	};
	const struct cloud *c = e->cloud;
	char arn[160];

	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		struct eks_access *a;

		snprintf(arn, sizeof(arn), "arn:aws:iam::%s:%s", c->account,
			 people[i].principal);
		a = eks_access_add(e, arn, "STANDARD", arn);
		if (people[i].group)
			json_array_append_new(a->groups,
					      json_string(people[i].group));
		if (people[i].policy)
			json_array_append_new(
				a->policies,
				pack("{s:o, s:{s:s, s:[]}, s:I}", "policyArn",
				     json_sprintf("arn:aws:eks::aws:"
						  "cluster-access-policy/%s",
						  people[i].policy),
				     "accessScope", "type", "cluster",
				     "namespaces", "since",
				     (json_int_t)a->created_ms));
	}
	snprintf(arn, sizeof(arn), "arn:aws:iam::%s:role/%s-node", c->account,
		 sim_scenario(c->sim)->cluster);
	json_array_append_new(eks_access_add(e, arn, "EC2_LINUX",
					     "system:node:{{EC2PrivateDNSName}"
					     "}")
				      ->groups,
			      json_string("system:nodes"));
}

static void
found_addons(struct eks *e)
{
	const char *minor = sim_scenario(e->cloud->sim)->kubernetes;

	for (const struct eks_addon_version *v = eks_addon_versions; v->addon;
	     v++) {
		struct eks_addon *a;

		if (!v->initial || eks_addon(e, v->addon) ||
		    (strcmp(v->minor, minor) != 0 &&
		     strcmp(v->addon, "vpc-cni") != 0))
			continue;
		a = xcalloc(1, sizeof(*a));
		a->name = v->addon;
		a->version = xstrdup(v->version);
		id_uuid(&e->rng, a->id);
		a->created_ms = a->modified_ms = sim_now_ms(e->cloud->sim);
		vec_push(&e->addons, a);
	}
}

struct eks *
eks_new(struct cloud *c)
{
	struct eks *e = xcalloc(1, sizeof(*e));

	e->cloud = c;
	e->rng = sim_rng(c->sim, "eks");
	for (uint32_t i = 0; i < c->group_n; i++) {
		struct cloud_group *g = &c->groups[i];

		if (!g->plan->managed)
			continue;
		g->nodegroup = xcalloc(1, sizeof(*g->nodegroup));
		g->nodegroup->release = g->templates.at[0].release;
		g->nodegroup->unavailable = 1;
		g->nodegroup->modified_ms = g->created_ms;
	}
	found_access(e);
	found_addons(e);
	return e;
}

void
eks_free(struct eks *e)
{
	for (uint32_t i = 0; i < e->cloud->group_n; i++) {
		if (e->cloud->groups[i].nodegroup)
			roll_free(e->cloud->groups[i].nodegroup->roll);
		free(e->cloud->groups[i].nodegroup);
	}
	for (uint32_t i = 0; i < e->updates.n; i++)
		update_free(e->updates.at[i]);
	for (uint32_t i = 0; i < e->access.n; i++)
		access_free(e->access.at[i]);
	for (uint32_t i = 0; i < e->addons.n; i++) {
		free(e->addons.at[i]->version);
		free(e->addons.at[i]->configuration);
		free(e->addons.at[i]);
	}
	vec_free(&e->updates);
	vec_free(&e->access);
	vec_free(&e->addons);
	free(e);
}

/* ---- finding ---- */

struct cloud_group *
eks_nodegroup(struct cloud *c, const char *name)
{
	for (uint32_t i = 0; i < c->group_n; i++) {
		if (c->groups[i].nodegroup &&
		    str_eq(c->groups[i].plan->name, name))
			return &c->groups[i];
	}
	return NULL;
}

struct eks_update *
eks_update_find(struct eks *e, const char *id)
{
	for (uint32_t i = 0; i < e->updates.n; i++) {
		if (str_eq(e->updates.at[i]->id, id))
			return e->updates.at[i];
	}
	return NULL;
}

struct eks_addon *
eks_addon(struct eks *e, const char *name)
{
	for (uint32_t i = 0; i < e->addons.n; i++) {
		if (str_eq(e->addons.at[i]->name, name))
			return e->addons.at[i];
	}
	return NULL;
}

struct eks_access *
eks_access(struct eks *e, const char *principal)
{
	for (uint32_t i = 0; i < e->access.n; i++) {
		if (str_eq(e->access.at[i]->principal, principal))
			return e->access.at[i];
	}
	return NULL;
}

/* ---- updates ---- */

/* The oldest that is over makes room. */
static void
forget_one(struct eks *e)
{
	for (uint32_t i = 0; i < e->updates.n; i++) {
		struct eks_update *u = e->updates.at[i];

		if (str_eq(u->status, "InProgress"))
			continue;
		e->updates.n--;
		memmove(&e->updates.at[i], &e->updates.at[i + 1],
			(e->updates.n - i) * sizeof(u));
		update_free(u);
		return;
	}
}

struct eks_update *
eks_update_begin(struct eks *e, const char *type, json_t *params)
{
	struct eks_update *u = xcalloc(1, sizeof(*u));

	if (e->updates.n >= EKS_UPDATES_KEPT)
		forget_one(e);
	id_uuid(&e->rng, u->id);
	u->type = type;
	u->status = "InProgress";
	u->params = params;
	u->errors = json_array();
	u->created_ms = sim_now_ms(e->cloud->sim);
	vec_push(&e->updates, u);
	return u;
}

void
eks_update_end(struct eks *e, struct eks_update *u, json_t *errors)
{
	struct cloud_group *g = eks_nodegroup(e->cloud, u->nodegroup);
	struct eks_addon *a = eks_addon(e, u->addon);

	u->status = errors ? "Failed" : "Successful";
	if (errors) {
		json_decref(u->errors);
		u->errors = errors;
	}
	if (g && g->nodegroup->running == u) {
		g->nodegroup->running = NULL;
		g->nodegroup->modified_ms = sim_now_ms(e->cloud->sim);
	}
	if (a && a->running == u) {
		a->running = NULL;
		a->modified_ms = sim_now_ms(e->cloud->sim);
	}
}

static void
on_settled(struct sim *w, void *ctx, uint64_t arg)
{
	(void)arg;
	eks_update_end(sim_cloud(w)->eks, ctx, NULL);
}

void
eks_update_settle(struct eks *e, struct eks_update *u, int64_t median_ms)
{
	sim_after(e->cloud->sim, sim_draw_ms(&e->rng, median_ms, 0.2),
		  on_settled, u, 0);
}

/* ---- add-ons ---- */

struct eks_update *
eks_addon_update(struct eks *e, struct eks_addon *a, const char *version,
		 const char *configuration)
{
	json_t *params = json_array();
	struct eks_update *u;

	if (version) {
		json_array_append_new(params,
				      pack("{s:s, s:s}", "type", "AddonVersion",
					   "value", version));
		free(a->version);
		a->version = xstrdup(version);
	}
	if (configuration) {
		json_array_append_new(params, pack("{s:s, s:s}", "type",
						   "ConfigurationValues",
						   "value", configuration));
		free(a->configuration);
		a->configuration = xstrdup(configuration);
	}
	u = eks_update_begin(e, "AddonUpdate", params);
	u->addon = a->name;
	a->running = u;
	eks_addon_apply(e->cloud, a);
	eks_update_settle(e, u, ADDON_MS);
	return u;
}
