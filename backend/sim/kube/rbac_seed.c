/*
 * The roles a cluster is born with, as far as the simulated cloud's users need
 * them, and the roles Paddock recommends: reading for everybody, what an
 * engineer on call does by hand, and what the engine does.  A test holds them
 * against the request table: nothing is missing, nothing is too much.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/internal.h"

struct rule_row {
	const char *role; /* NULL: of the role before; "NS/NAME": a Role */
	const char *verbs, *groups, *resources, *names, *urls;
};

#define READ "get,list,watch"

#define WRITE "create,delete,deletecollection,patch,update"

/* clang-format off */

/* The roles for users, each with what the smaller ones may. */
#define VIEW \
	READ, "", \
	  "bindings,configmaps,endpoints,events,limitranges,namespaces," \
	  "namespaces/status,persistentvolumeclaims," \
	  "persistentvolumeclaims/status,pods,pods/log,pods/status," \
	  "replicationcontrollers,replicationcontrollers/scale," \
	  "replicationcontrollers/status,resourcequotas," \
	  "resourcequotas/status,serviceaccounts,services," \
	  "services/status", NULL, NULL }, \
	{ NULL, READ, "apps", \
	  "controllerrevisions,daemonsets,daemonsets/status,deployments," \
	  "deployments/scale,deployments/status,replicasets," \
	  "replicasets/scale,replicasets/status,statefulsets," \
	  "statefulsets/scale,statefulsets/status", NULL, NULL }, \
	{ NULL, READ, "autoscaling", \
	  "horizontalpodautoscalers,horizontalpodautoscalers/status", \
	  NULL, NULL }, \
	{ NULL, READ, "batch", \
	  "cronjobs,cronjobs/status,jobs,jobs/status", NULL, NULL }, \
	{ NULL, READ, "discovery.k8s.io", "endpointslices", NULL, NULL }, \
	{ NULL, READ, "networking.k8s.io", \
	  "ingresses,ingresses/status,networkpolicies", NULL, NULL }, \
	{ NULL, READ, "policy", \
	  "poddisruptionbudgets,poddisruptionbudgets/status", NULL, NULL }, \
	{ NULL, READ, "metrics.k8s.io", "nodes,pods", NULL, NULL
#define EDIT \
	VIEW }, \
	{ NULL, READ, "", \
	  "pods/attach,pods/exec,pods/portforward,pods/proxy,secrets," \
	  "services/proxy", NULL, NULL }, \
	{ NULL, "impersonate", "", "serviceaccounts", NULL, NULL }, \
	{ NULL, WRITE, "", \
	  "configmaps,events,persistentvolumeclaims,pods,pods/attach," \
	  "pods/exec,pods/portforward,pods/proxy,replicationcontrollers," \
	  "replicationcontrollers/scale,secrets,serviceaccounts,services," \
	  "services/proxy", NULL, NULL }, \
	{ NULL, "create", "", "pods/eviction,serviceaccounts/token", NULL, \
	  NULL }, \
	{ NULL, WRITE, "apps", \
	  "daemonsets,deployments,deployments/rollback,deployments/scale," \
	  "replicasets,replicasets/scale,statefulsets,statefulsets/scale", \
	  NULL, NULL }, \
	{ NULL, WRITE, "autoscaling", "horizontalpodautoscalers", NULL, \
	  NULL }, \
	{ NULL, WRITE, "batch", "cronjobs,jobs", NULL, NULL }, \
	{ NULL, WRITE, "networking.k8s.io", "ingresses,networkpolicies", \
	  NULL, NULL }, \
	{ NULL, WRITE, "policy", "poddisruptionbudgets", NULL, NULL }, \
	{ NULL, READ "," WRITE, "coordination.k8s.io", "leases", \
	  NULL, NULL

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

	{ "view", VIEW },
	{ "edit", EDIT },
	{ "admin", EDIT },
	{ NULL, "create", "authorization.k8s.io", "localsubjectaccessreviews",
	  NULL, NULL },
	{ NULL, READ "," WRITE, "rbac.authorization.k8s.io",
	  "rolebindings,roles", NULL, NULL },

	/* What the request table (net/rows.def) reads, for everybody. */
	{ "paddock-viewer", READ, "",
	  "configmaps,events,namespaces,nodes,persistentvolumeclaims,"
	  "persistentvolumes,pods,replicationcontrollers", NULL, NULL },
	{ NULL, "get", "", "pods/log,pods/proxy", NULL, NULL },
	{ NULL, READ, "apps",
	  "daemonsets,deployments,replicasets,statefulsets", NULL, NULL },
	{ NULL, READ, "batch", "jobs", NULL, NULL },
	{ NULL, READ, "policy", "poddisruptionbudgets", NULL, NULL },
	{ NULL, READ, "coordination.k8s.io", "leases", NULL, NULL },
	{ NULL, READ, "scheduling.k8s.io", "priorityclasses", NULL, NULL },
	{ NULL, READ, "storage.k8s.io",
	  "csidrivers,csinodes,csistoragecapacities,storageclasses,"
	  "volumeattachments", NULL, NULL },
	{ NULL, "list", "metrics.k8s.io", "nodes,pods", NULL, NULL },

	/* What an engineer does by hand: cordon, hold, drain, delete, scale. */
	{ "paddock-oncall", "patch", "", "nodes", NULL, NULL },
	{ NULL, "delete", "", "pods", NULL, NULL },
	{ NULL, "create", "", "pods/eviction", NULL, NULL },
	{ NULL, "patch", "apps", "deployments/scale", NULL, NULL },

	/* What the engine does while it leads. */
	{ "paddock-engine", "update", "", "nodes", NULL, NULL },
	{ NULL, "delete", "", "pods", NULL, NULL },
	{ NULL, "create", "", "pods/eviction", NULL, NULL },
	{ NULL, "create", "", "events", NULL, NULL },
	{ "kube-system/paddock-engine", "create", "coordination.k8s.io",
	  "leases", NULL, NULL },
	{ NULL, "update", "coordination.k8s.io", "leases",
	  "cluster-autoscaler", NULL },
	{ NULL, "create", "", "configmaps", NULL, NULL },
	{ NULL, "update", "", "configmaps", "cluster-autoscaler-status",
	  NULL },
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
	  "paddock:viewer,paddock:oncall,paddock:engine" },
	{ "paddock-oncall",	    "paddock-oncall",	"paddock:oncall" },
	{ "paddock-engine",	    "paddock-engine",	"paddock:engine" },
	{ "kube-system/paddock-engine", "paddock-engine", "paddock:engine" },
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
create(struct objects *o, const char *plural, const char *ns, json_t *body)
{
	const struct object_type *t =
		objects_type(o, "rbac.authorization.k8s.io", plural);
	struct status st;

	if (t && !objects_create(o, t, ns, body, 0, &st) && st.code != 409)
		BUG("%s: %s", plural, st.message);
	json_decref(body);
}

/* "NS/NAME" or "NAME": its body, and the namespace ("" for none). */
static json_t *
named(const char *path, char ns[static 64])
{
	const char *slash = strchr(path, '/');

	snprintf(ns, 64, "%.*s", slash ? (int)(slash - path) : 0, path);
	return json_pack("{s:{s:s,s:{s:s}}}", "metadata", "name",
			 slash ? slash + 1 : path, "labels",
			 "kubernetes.io/bootstrapping", "rbac-defaults");
}

static json_t *
subjects_of(const char *names)
{
	json_t *groups = list_of(names), *subjects = json_array(), *group;
	size_t k;

	json_array_foreach(groups, k, group)
		json_array_append_new(
			subjects,
			json_pack("{s:s,s:s,s:O}", "kind", "Group", "apiGroup",
				  "rbac.authorization.k8s.io", "name", group));
	json_decref(groups);
	return subjects;
}

void
rbac_seed(struct objects *o)
{
	char ns[64];

	for (size_t i = 0; i < ARRAY_LEN(rules);) {
		json_t *body = named(rules[i].role, ns), *list = json_array();

		do
			json_array_append_new(list, rule_of(&rules[i++]));
		while (i < ARRAY_LEN(rules) && !rules[i].role);
		json_object_set_new(body, "rules", list);
		create(o, *ns ? "roles" : "clusterroles", ns, body);
	}
	for (size_t i = 0; i < ARRAY_LEN(bindings); i++) {
		json_t *body = named(bindings[i].name, ns);

		json_object_set_new(body, "subjects",
				    subjects_of(bindings[i].group));
		json_object_set_new(
			body, "roleRef",
			json_pack("{s:s,s:s,s:s}", "apiGroup",
				  "rbac.authorization.k8s.io", "kind",
				  *ns ? "Role" : "ClusterRole", "name",
				  bindings[i].role));
		create(o, *ns ? "rolebindings" : "clusterrolebindings", ns,
		       body);
	}
}
