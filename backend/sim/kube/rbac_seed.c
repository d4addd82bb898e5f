/*
 * The roles a cluster is born with, as far as the simulated cloud's users need
 * them, and the two roles Paddock recommends: reading for everybody, and what
 * an engineer on call does by hand.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/internal.h"

struct rule_row {
	const char *role; /* NULL: of the role before; "" never */
	const char *verbs, *groups, *resources, *names, *urls;
};

#define READ "get,list,watch"

/* clang-format off */
static const struct rule_row rules[] = {
	{ "cluster-admin", "*", "*", "*", NULL, NULL },
	{ NULL, "*", NULL, NULL, NULL, "*" },
	{ "system:discovery", "get", NULL, NULL, NULL,
	  "/api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,"
	  "/readyz,/version,/version/" },
	{ "system:public-info-viewer", "get", NULL, NULL, NULL,
	  "/healthz,/livez,/readyz,/version,/version/" },
	{ "system:basic-user", "create", "authorization.k8s.io",
	  "selfsubjectaccessreviews,selfsubjectrulesreviews", NULL, NULL },
	{ NULL, "create", "authentication.k8s.io", "selfsubjectreviews",
	  NULL, NULL },

	{ "paddock-viewer", READ, "",
	  "configmaps,endpoints,events,limitranges,namespaces,nodes,"
	  "persistentvolumeclaims,persistentvolumes,pods,"
	  "replicationcontrollers,resourcequotas,serviceaccounts,services",
	  NULL, NULL },
	{ NULL, "get", "", "pods/log,pods/proxy", NULL, NULL },
	{ NULL, READ, "apps",
	  "daemonsets,deployments,replicasets,statefulsets", NULL, NULL },
	{ NULL, READ, "batch", "cronjobs,jobs", NULL, NULL },
	{ NULL, READ, "policy", "poddisruptionbudgets", NULL, NULL },
	{ NULL, READ, "autoscaling", "horizontalpodautoscalers", NULL, NULL },
	{ NULL, READ, "coordination.k8s.io", "leases", NULL, NULL },
	{ NULL, READ, "discovery.k8s.io", "endpointslices", NULL, NULL },
	{ NULL, READ, "events.k8s.io", "events", NULL, NULL },
	{ NULL, READ, "scheduling.k8s.io", "priorityclasses", NULL, NULL },
	{ NULL, READ, "storage.k8s.io",
	  "csidrivers,csinodes,csistoragecapacities,storageclasses,"
	  "volumeattachments", NULL, NULL },
	{ NULL, READ, "resource.k8s.io",
	  "deviceclasses,resourceclaims,resourceslices", NULL, NULL },
	{ NULL, READ, "apiextensions.k8s.io", "customresourcedefinitions",
	  NULL, NULL },
	{ NULL, "get,list", "metrics.k8s.io", "nodes,pods", NULL, NULL },
	{ NULL, READ, "kustomize.toolkit.fluxcd.io", "kustomizations", NULL,
	  NULL },
	{ NULL, READ, "helm.toolkit.fluxcd.io", "helmreleases", NULL, NULL },
	{ NULL, READ, "source.toolkit.fluxcd.io",
	  "buckets,gitrepositories,helmcharts,helmrepositories,"
	  "ocirepositories", NULL, NULL },

	/* Cordon, drain, delete, restart, scale, and the locks. */
	{ "paddock-oncall", "patch,update", "", "nodes", NULL, NULL },
	{ NULL, "delete", "", "pods", NULL, NULL },
	{ NULL, "create", "", "pods/eviction", NULL, NULL },
	{ NULL, "patch,update", "apps", "deployments,deployments/scale", NULL,
	  NULL },
	{ NULL, "create,patch,update", "coordination.k8s.io", "leases", NULL,
	  NULL },
	{ NULL, "create,patch", ",events.k8s.io", "events", NULL, NULL },
};

static const struct {
	const char *name, *role, *group;
} bindings[] = {
	{ "cluster-admin",	    "cluster-admin",	"system:masters" },
	{ "system:discovery",	    "system:discovery",
	  "system:authenticated" },
	{ "system:basic-user",	    "system:basic-user",
	  "system:authenticated" },
	{ "system:public-info-viewer", "system:public-info-viewer",
	  "system:authenticated,system:unauthenticated" },
	{ "paddock-viewer",	    "paddock-viewer",
	  "paddock:viewer,paddock:oncall" },
	{ "paddock-oncall",	    "paddock-oncall",	"paddock:oncall" },
};
/* clang-format on */

static json_t *
list_of(const char *text)
{
	json_t *list = json_array();

	for (const char *at = text;;) {
		size_t len = strcspn(at, ",");

		json_array_append_new(list, json_stringn(at, len));
		if (!at[len])
			return list;
		at += len + 1;
	}
}

static void
set_list(json_t *to, const char *key, const char *text)
{
	if (text)
		json_object_set_new(to, key, list_of(text));
}

static json_t *
rule_of(const struct rule_row *r)
{
	json_t *rule = json_object();

	set_list(rule, "verbs", r->verbs);
	set_list(rule, "apiGroups", r->groups);
	set_list(rule, "resources", r->resources);
	set_list(rule, "resourceNames", r->names);
	set_list(rule, "nonResourceURLs", r->urls);
	return rule;
}

/* Takes body.  A world that brought the same name keeps its own. */
static void
create(struct objects *o, const char *plural, json_t *body)
{
	const struct object_type *t =
		objects_type(o, "rbac.authorization.k8s.io", plural);
	struct status st;

	if (t && !objects_create(o, t, "", body, 0, &st) && st.code != 409)
		BUG("%s: %s", plural, st.message);
	json_decref(body);
}

static json_t *
named(const char *name)
{
	return json_pack("{s:{s:s,s:{s:s}}}", "metadata", "name", name,
			 "labels", "kubernetes.io/bootstrapping",
			 "rbac-defaults");
}

void
rbac_seed(struct objects *o)
{
	for (size_t i = 0; i < ARRAY_LEN(rules);) {
		json_t *body = named(rules[i].role), *list = json_array();

		do
			json_array_append_new(list, rule_of(&rules[i++]));
		while (i < ARRAY_LEN(rules) && !rules[i].role);
		json_object_set_new(body, "rules", list);
		create(o, "clusterroles", body);
	}
	for (size_t i = 0; i < ARRAY_LEN(bindings); i++) {
		json_t *body = named(bindings[i].name), *groups, *group;
		json_t *subjects = json_array();
		size_t k;

		groups = list_of(bindings[i].group);
		json_array_foreach(groups, k, group)
			json_array_append_new(
				subjects,
				json_pack("{s:s,s:s,s:O}", "kind", "Group",
					  "apiGroup",
					  "rbac.authorization.k8s.io", "name",
					  group));
		json_decref(groups);
		json_object_set_new(body, "subjects", subjects);
		json_object_set_new(
			body, "roleRef",
			json_pack("{s:s,s:s,s:s}", "apiGroup",
				  "rbac.authorization.k8s.io", "kind",
				  "ClusterRole", "name", bindings[i].role));
		create(o, "clusterrolebindings", body);
	}
}
