/*
 * The roles and policies Paddock recommends against its table of requests: what
 * a row needs is allowed to whoever needs the row, and nothing is allowed that
 * no row needs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/decode/decode.h"
#include "backend/net/rows.h"
#include "backend/sim/aws/face.h"
#include "tests/unit/sim_kube.h"

enum role { VIEWER = 1, ONCALL = 2, ENGINE = 4 };

#define EVERY_KIND "(every kind that the codecs read)"

struct need {
	enum row_id row;
	unsigned who; /* ENGINE and ONCALL read as VIEWER does */
	const char *verb, *group, *resource, *ns, *name;
};

/* clang-format off */
static const struct need needs[] = {
	{ ROW_K8S_LIST,		VIEWER, "list",	 "", EVERY_KIND },
	{ ROW_K8S_WATCH,	VIEWER, "watch", "", EVERY_KIND },
	{ ROW_K8S_GET,		VIEWER, "get",	 "", EVERY_KIND },
	{ ROW_K8S_LOGS,		VIEWER, "get",	 "", "pods/log" },
	{ ROW_K8S_PROXY_GET,	VIEWER, "get",	 "", "pods/proxy" },
	{ ROW_K8S_METRICS,	VIEWER, "list",	 "metrics.k8s.io", "nodes" },
	{ ROW_K8S_METRICS,	VIEWER, "list",	 "metrics.k8s.io", "pods" },
	{ ROW_K8S_CORDON,	ONCALL, "patch", "", "nodes" },
	{ ROW_K8S_ANNOTATE_NODE, ONCALL, "patch", "", "nodes" },
	{ ROW_K8S_SCALE,	ONCALL, "patch", "apps", "deployments/scale" },
	{ ROW_K8S_DELETE_POD,	ONCALL | ENGINE, "delete", "", "pods" },
	{ ROW_K8S_EVICT,	ONCALL | ENGINE, "create", "",
	  "pods/eviction" },
	{ ROW_K8S_TAINT,	ENGINE, "update", "", "nodes" },
	{ ROW_K8S_EVENT,	ENGINE, "create", "", "events" },
	{ ROW_K8S_LEASE_CREATE,	ENGINE, "create", "coordination.k8s.io",
	  "leases", "kube-system" },
	{ ROW_K8S_LEASE,	ENGINE, "update", "coordination.k8s.io",
	  "leases", "kube-system", "cluster-autoscaler" },
	{ ROW_K8S_CONFIGMAP_CREATE, ENGINE, "create", "", "configmaps",
	  "kube-system" },
	{ ROW_K8S_CONFIGMAP,	ENGINE, "update", "", "configmaps",
	  "kube-system", "cluster-autoscaler-status" },
};

/* Who may do what to AWS; a row that is not here is VIEWER's when it reads. */
static const struct {
	enum row_id row;
	unsigned who;
} aws_writes[] = {
	{ ROW_AWS_SET_DESIRED,	ONCALL | ENGINE },
	{ ROW_AWS_UPDATE_GROUP,	ONCALL },
	{ ROW_AWS_TERMINATE,	ENGINE },
};

/* Allowed to everybody who is somebody. */
static const enum row_id anybodys[] = {
	ROW_K8S_VERSION, ROW_K8S_DISCOVER, ROW_K8S_ACCESS_REVIEW,
	ROW_K8S_SELF_REVIEW,
};

static const struct {
	enum role role;
	const char *name, *group;
} roles[] = {
	{ VIEWER, "paddock-viewer", "paddock:viewer" },
	{ ONCALL, "paddock-oncall", "paddock:oncall" },
	{ ENGINE, "paddock-engine", "paddock:engine" },
};
/* clang-format on */

/* ---- every row is somebody's ---- */

static bool
is_known(enum row_id row)
{
	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (needs[i].row == row)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(anybodys); i++)
		if (anybodys[i] == row)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(aws_writes); i++)
		if (aws_writes[i].row == row)
			return true;
	return rows[row].access == ROW_READ &&
	       rows[row].service != SERVICE_KUBERNETES;
}

static void
test_every_row_has_a_role(void **state)
{
	(void)state;
	for (int i = 0; i < ROW_COUNT; i++)
		if (!is_known((enum row_id)i))
			fail_msg("no role is said to need %s", rows[i].name);
}

/* ---- Kubernetes ---- */

struct lines {
	char *at[512];
	uint32_t n;
};

static void
add(struct lines *l, const char *verb, const char *group, const char *resource,
    const char *ns, const char *name)
{
	char *text = xasprintf("%s %s/%s in '%s' named '%s'", verb, group,
			       resource, str_or_empty(ns), str_or_empty(name));

	for (uint32_t i = 0; i < l->n; i++) {
		if (strcmp(l->at[i], text) == 0) {
			free(text);
			return;
		}
	}
	assert_true(l->n < ARRAY_LEN(l->at));
	l->at[l->n++] = text;
}

static void
free_lines(struct lines *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		free(l->at[i]);
}

static bool
has(const struct lines *l, const char *line)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (strcmp(l->at[i], line) == 0)
			return true;
	return false;
}

static void
needed_by(unsigned role, struct lines *out)
{
	for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
		const struct need *n = &needs[i];

		if (!(n->who & role))
			continue;
		if (strcmp(n->resource, EVERY_KIND) != 0) {
			add(out, n->verb, n->group, n->resource, n->ns,
			    n->name);
			continue;
		}
		for (int k = 0; k < KIND_COUNT; k++) {
			const struct codec *c = codec_of((enum kind)k);

			if (c && c->api_plural)
				add(out, n->verb, c->api_group, c->api_plural,
				    NULL, NULL);
		}
	}
}

static const char *
text_at(const json_t *list, size_t i)
{
	return json_string_value(json_array_get(list, i));
}

static void
granted_by_rule(const json_t *rule, const char *ns, struct lines *out)
{
	const json_t *verbs = json_object_get(rule, "verbs");
	const json_t *groups = json_object_get(rule, "apiGroups");
	const json_t *resources = json_object_get(rule, "resources");
	const json_t *names = json_object_get(rule, "resourceNames");

	for (size_t v = 0; v < json_array_size(verbs); v++)
		for (size_t g = 0; g < json_array_size(groups); g++)
			for (size_t r = 0; r < json_array_size(resources); r++)
				add(out, text_at(verbs, v), text_at(groups, g),
				    text_at(resources, r), ns,
				    text_at(names, 0));
	assert_true(json_array_size(names) <= 1);
}

static void
granted_by(struct sim_kube *x, const char *plural, const char *ns,
	   const char *role, struct lines *out)
{
	const struct object *o = sim_get(&x->s, plural, ns, role);
	json_t *tree = o ? object_tree(o) : NULL, *rule;
	size_t i;

	json_array_foreach(json_object_get(tree, "rules"), i, rule)
		granted_by_rule(rule, ns, out);
	json_decref(tree);
}

/* Each line a request needs is granted, and the other way round: a rule without
 * which every request still passes would be left over. */
static void
test_rules_are_what_the_rows_need(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		struct lines needed = { 0 }, granted = { 0 };

		needed_by(roles[i].role, &needed);
		granted_by(&x, "clusterroles", NULL, roles[i].name, &granted);
		granted_by(&x, "roles", "kube-system", roles[i].name, &granted);
		assert_true(needed.n > 3);
		for (uint32_t n = 0; n < needed.n; n++)
			if (!has(&granted, needed.at[n]))
				fail_msg("%s may not %s", roles[i].name,
					 needed.at[n]);
		for (uint32_t n = 0; n < granted.n; n++)
			if (!has(&needed, granted.at[n]))
				fail_msg("%s need not %s", roles[i].name,
					 granted.at[n]);
		free_lines(&needed);
		free_lines(&granted);
	}
	sim_kube_fini(&x);
}

static bool
may(struct sim_kube *x, const char *group, const struct need *n,
    const char *api_group, const char *resource)
{
	const char *slash = strchr(resource, '/');
	char body[600];

	snprintf(body, sizeof(body),
		 "{'spec':{'user':'somebody','groups':['%s',"
		 "'system:authenticated'],'resourceAttributes':{'verb':'%s',"
		 "'group':'%s','resource':'%.*s','subresource':'%s',"
		 "'namespace':'%s','name':'%s'}}}",
		 group, n->verb, api_group, (int)strcspn(resource, "/"),
		 resource, slash ? slash + 1 : "", str_or_empty(n->ns),
		 str_or_empty(n->name));
	assert_int_equal(sim_call(x, "POST",
				  "/apis/authorization.k8s.io/v1/"
				  "subjectaccessreviews",
				  NULL, body),
			 201);
	return strstr(sim_body(x), "'allowed':true") != NULL;
}

/* What the authorizer says, for all three and each request. */
static void
test_who_may_send_which_row(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
		const struct need *n = &needs[i];
		bool all = strcmp(n->resource, EVERY_KIND) == 0;

		for (size_t r = 0; r < ARRAY_LEN(roles); r++) {
			bool want = n->who & (roles[r].role | VIEWER);

			for (int k = 0; all && k < KIND_COUNT; k++) {
				const struct codec *c = codec_of((enum kind)k);

				if (c && c->api_plural)
					assert_true(may(&x, roles[r].group, n,
							c->api_group,
							c->api_plural));
			}
			if (!all && may(&x, roles[r].group, n, n->group,
					n->resource) != want)
				fail_msg("%s: %s", roles[r].group,
					 rows[n->row].name);
		}
		if (all)
			continue;
		assert_false(may(&x, "system:authenticated", n, n->group,
				 n->resource));
	}
	sim_kube_fini(&x);
}

static void
test_what_anybody_may(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	x.token = "simulated-token-viewer";
	assert_int_equal(sim_get_call(&x, "/version"), 200);
	assert_int_equal(sim_get_call(&x, "/apis"), 200);
	assert_int_equal(sim_call(&x, "POST",
				  "/apis/authorization.k8s.io/v1/"
				  "selfsubjectaccessreviews",
				  NULL,
				  "{'spec':{'nonResourceAttributes':{'verb':"
				  "'get','path':'/version'}}}"),
			 201);
	assert_int_equal(sim_call(&x, "POST",
				  "/apis/authentication.k8s.io/v1/"
				  "selfsubjectreviews",
				  NULL, "{}"),
			 201);
	sim_kube_fini(&x);
}

/* ---- AWS ---- */

static unsigned
aws_who(enum row_id row)
{
	for (size_t i = 0; i < ARRAY_LEN(aws_writes); i++)
		if (aws_writes[i].row == row)
			return aws_writes[i].who;
	return VIEWER | ONCALL | ENGINE;
}

static bool
is_policys(enum row_id row)
{
	enum row_service s = rows[row].service;

	return s == SERVICE_AUTOSCALING || s == SERVICE_EC2 || s == SERVICE_EKS;
}

static void
test_policies_are_what_the_rows_need(void **state)
{
	static const struct aws_grant *const policies[] = { aws_grants_viewer,
							    aws_grants_oncall,
							    aws_grants_engine };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		uint32_t granted = 0, needed = 0;

		while (policies[i][granted].action)
			granted++;
		for (int r = 0; r < ROW_COUNT; r++) {
			uint32_t found = 0;

			if (!is_policys((enum row_id)r) ||
			    !(aws_who((enum row_id)r) & roles[i].role))
				continue;
			needed++;
			for (uint32_t g = 0; g < granted; g++)
				found += strcmp(policies[i][g].action,
						rows[r].action) == 0;
			if (found != 1)
				fail_msg("%s: %s is granted %u times",
					 roles[i].name, rows[r].action, found);
		}
		/* Each of them once: what is left over nobody needs. */
		assert_int_equal(granted, needed);
	}
}

SUITE(sim_roles, TEST(test_every_row_has_a_role),
      TEST(test_rules_are_what_the_rows_need),
      TEST(test_who_may_send_which_row), TEST(test_what_anybody_may),
      TEST(test_policies_are_what_the_rows_need));
