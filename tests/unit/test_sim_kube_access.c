/*
 * The Kubernetes face: who may do what, reviews, discovery, health, OpenAPI,
 * paths.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/path.h"
#include "tests/unit/sim_kube.h"

#define PODS "/api/v1/namespaces/default/pods"

static void
test_who_gets_in(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	x.token = "wrong";
	assert_int_equal(sim_get_call(&x, "/api/v1/pods"), 401);
	assert_text_equal(sim_body(&x),
			  "{'kind':'Status','apiVersion':'v1','metadata':{},"
			  "'status':'Failure','message':'Unauthorized',"
			  "'reason':'Unauthorized','code':401}\n");
	x.token = NULL;
	assert_int_equal(sim_get_call(&x, "/api/v1/pods"), 403);
	assert_text_contains(sim_body(&x),
			     "pods is forbidden: User "
			     "\\'system:anonymous\\' cannot list resource "
			     "\\'pods\\' in API group \\'\\' at the cluster "
			     "scope");
	assert_int_equal(sim_get_call(&x, "/readyz"), 200);
	assert_int_equal(sim_get_call(&x, "/api"), 403);
	assert_text_contains(sim_body(&x), "forbidden: User "
			     "\\'system:anonymous\\' cannot get path "
			     "\\'/api\\'");
	sim_kube_fini(&x);
}

static void
test_roles_are_enough_and_no_more(void **state)
{
	/* clang-format off */
	static const struct {
		const char *method, *target;
		bool viewer, oncall;
	} cases[] = {
		{ "GET",    "/api/v1/pods", true, true },
		{ "GET",    "/api/v1/nodes?watch=true", true, true },
		{ "GET",    PODS "/p/log", true, true },
		{ "GET",    "/apis/coordination.k8s.io/v1/leases", true,
		  true },
		{ "GET",    "/api/v1/secrets", false, false },
		{ "GET",    "/apis", true, true },
		{ "PATCH",  "/api/v1/nodes/n", false, true },
		{ "DELETE", PODS "/p", false, true },
		{ "DELETE", PODS, false, false },
		{ "POST",   PODS "/p/eviction", false, true },
		{ "POST",   PODS, false, false },
		{ "PATCH",  "/apis/apps/v1/namespaces/default/deployments/d/"
			    "scale", false, true },
		{ "PATCH",  "/apis/apps/v1/namespaces/default/daemonsets/d",
		  false, false },
		{ "DELETE", "/api/v1/nodes/n", false, false },
		{ "POST",   "/apis/authorization.k8s.io/v1/"
			    "selfsubjectaccessreviews", true, true },
		{ "POST",   "/apis/authorization.k8s.io/v1/"
			    "subjectaccessreviews", false, false },
	};
	static const char *const tokens[] = { "simulated-token-viewer",
					      "simulated-token-oncall" };
	/* clang-format on */
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (int who = 0; who < 2; who++) {
			bool may = who ? cases[i].oncall : cases[i].viewer;
			int code;

			x.token = tokens[who];
			code = sim_call(&x, cases[i].method, cases[i].target,
					NULL, NULL);
			if ((code != 403) != may)
				fail_msg("%s %s as %s: %d", cases[i].method,
					 cases[i].target, tokens[who], code);
		}
	}
	x.token = tokens[0];
	assert_int_equal(sim_call(&x, "DELETE", PODS "/p", NULL, NULL), 403);
	assert_text_contains(sim_body(&x),
			     "pods \\'p\\' is forbidden: User \\'viewer\\' "
			     "cannot delete resource \\'pods\\' in API group "
			     "\\'\\' in the namespace \\'default\\'");
	assert_int_equal(sim_call(&x, "PATCH", "/apis/apps/v1/namespaces/"
				  "default/deployments/d/scale", NULL, NULL),
			 403);
	assert_text_contains(sim_body(&x),
			     "deployments.apps \\'d\\' is forbidden: User "
			     "\\'viewer\\' cannot patch resource "
			     "\\'deployments/scale\\' in API group "
			     "\\'apps\\'");
	sim_kube_fini(&x);
}

static void
test_new_bindings_count_at_once(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	x.token = "simulated-token-viewer";
	assert_int_equal(sim_get_call(&x, "/api/v1/namespaces/default/"
				      "secrets"), 403);
	sim_make(&x.s, "roles", "default",
		 "{'metadata':{'name':'r'},'rules':[{'verbs':['list'],"
		 "'apiGroups':[''],'resources':['secrets']}]}");
	sim_make(&x.s, "rolebindings", "default",
		 "{'metadata':{'name':'b'},'roleRef':{'apiGroup':"
		 "'rbac.authorization.k8s.io','kind':'Role','name':'r'},"
		 "'subjects':[{'kind':'User','name':'viewer'}]}");
	assert_int_equal(sim_get_call(&x, "/api/v1/namespaces/default/"
				      "secrets"), 200);
	assert_int_equal(sim_get_call(&x, "/api/v1/namespaces/kube-system/"
				      "secrets"), 403);
	assert_int_equal(sim_get_call(&x, "/api/v1/secrets"), 403);
	sim_delete(&x.s, "rolebindings", "default", "b", NULL);
	assert_int_equal(sim_get_call(&x, "/api/v1/namespaces/default/"
				      "secrets"), 403);
	sim_kube_fini(&x);
}

static int
review(struct sim_kube *x, const char *plural, const char *spec)
{
	char target[200], body[400];

	snprintf(target, sizeof(target),
		 "/apis/authorization.k8s.io/v1/%s", plural);
	snprintf(body, sizeof(body), "{'spec':%s}", spec);
	return sim_call(x, "POST", target, NULL, body);
}

static void
test_reviews(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	x.token = "simulated-token-oncall";
	assert_int_equal(review(&x, "selfsubjectaccessreviews",
				"{'resourceAttributes':{'verb':'create',"
				"'resource':'pods','subresource':'eviction',"
				"'namespace':'ci'}}"), 201);
	assert_text_contains(sim_body(&x),
			     "'status':{'allowed':true,'reason':'RBAC: "
			     "allowed by ClusterRoleBinding "
			     "\\'paddock-oncall\\' of ClusterRole "
			     "\\'paddock-oncall\\' to Group "
			     "\\'paddock:oncall\\''}");
	assert_int_equal(review(&x, "selfsubjectaccessreviews",
				"{'resourceAttributes':{'verb':'delete',"
				"'resource':'nodes'}}"), 201);
	assert_text_contains(sim_body(&x), "'status':{'allowed':false}");
	assert_int_equal(review(&x, "selfsubjectaccessreviews",
				"{'nonResourceAttributes':{'verb':'get',"
				"'path':'/version'}}"), 201);
	assert_text_contains(sim_body(&x), "'allowed':true");
	assert_int_equal(review(&x, "selfsubjectrulesreviews",
				"{'namespace':'default'}"), 201);
	assert_text_contains(sim_body(&x), "'incomplete':true");
	assert_text_contains(sim_body(&x), "'resources':['pods/eviction']");
	assert_int_equal(review(&x, "selfsubjectaccessreviews", "7"), 422);
	x.token = "simulated-token-admin";
	assert_int_equal(review(&x, "subjectaccessreviews",
				"{'user':'jane','groups':['paddock:viewer'],"
				"'resourceAttributes':{'verb':'list',"
				"'resource':'pods'}}"), 201);
	assert_text_contains(sim_body(&x), "'allowed':true");
	assert_int_equal(sim_call(&x, "POST", "/apis/authentication.k8s.io/v1/"
				  "selfsubjectreviews", NULL, "{}"), 201);
	assert_text_contains(sim_body(&x),
			     "'userInfo':{'username':'admin','groups':"
			     "['system:masters','system:authenticated']}");
	assert_int_equal(sim_call(&x, "POST", "/apis/authentication.k8s.io/v1/"
				  "tokenreviews", NULL, "{'spec':{'token':"
				  "'simulated-token-viewer'}}"), 201);
	assert_text_contains(sim_body(&x), "'authenticated':true");
	assert_text_contains(sim_body(&x), "'spec':{");
	assert_null(strstr(sim_body(&x), "simulated-token"));
	assert_int_equal(sim_get_call(&x, "/apis/authorization.k8s.io/v1/"
				      "selfsubjectaccessreviews"), 405);
	sim_kube_fini(&x);
}

static void
test_discovery(void **state)
{
	struct sim_kube x;
	json_t *tree;

	(void)state;
	sim_kube_init(&x);
	assert_int_equal(sim_get_call(&x, "/apis"), 200);
	assert_text_contains(sim_body(&x), "{'name':'apps','versions':"
			     "[{'groupVersion':'apps/v1','version':'v1'}]");
	assert_int_equal(sim_get_call(&x, "/apis/apps/"), 200);
	assert_int_equal(sim_get_call(&x, "/apis/nope"), 404);
	assert_int_equal(sim_get_call(&x, "/api/v1"), 200);
	assert_text_contains(sim_body(&x),
			     "{'name':'pods/eviction','singularName':'',"
			     "'namespaced':true,'group':'policy','version':"
			     "'v1','kind':'Eviction','verbs':['create']}");
	assert_text_contains(sim_body(&x), "'shortNames':['po']");
	tree = sim_json(sim_body(&x));
	json_decref(tree);
	x.accept = "application/json;g=apidiscovery.k8s.io;v=v2;"
		   "as=APIGroupDiscoveryList,application/json";
	assert_int_equal(sim_get_call(&x, "/apis"), 200);
	assert_text_equal(x.a.type,
			  "application/json;g=apidiscovery.k8s.io;v=v2;"
			  "as=APIGroupDiscoveryList");
	tree = sim_json(sim_body(&x));
	assert_true(json_array_size(json_object_get(tree, "items")) > 10);
	json_decref(tree);
	assert_int_equal(sim_get_call(&x, "/api"), 200);
	tree = sim_json(sim_body(&x));
	json_decref(tree);
	assert_text_contains(sim_body(&x),
			     "'subresources':[{'subresource':'attach'");
	x.accept = NULL;
	assert_int_equal(sim_get_call(&x, "/version"), 200);
	assert_text_contains(sim_body(&x), "'minor':'33'");
	assert_int_equal(sim_get_call(&x, "/readyz?verbose"), 200);
	assert_text_contains(sim_body(&x), "readyz check passed");
	assert_int_equal(sim_get_call(&x, "/"), 200);
	assert_int_equal(sim_get_call(&x, "/nothing"), 404);
	sim_kube_fini(&x);
}

static void
test_every_openapi_document_is_json(void **state)
{
	struct sim_kube x;
	json_t *index, *doc, *v;
	const char *key;
	char target[300];
	int n = 0;

	(void)state;
	sim_kube_init(&x);
	assert_int_equal(sim_get_call(&x, "/openapi/v3"), 200);
	index = sim_json(sim_body(&x));
	json_object_foreach(json_object_get(index, "paths"), key, v) {
		snprintf(target, sizeof(target), "/openapi/v3/%s", key);
		assert_int_equal(sim_get_call(&x, target), 200);
		doc = sim_json(sim_body(&x));
		assert_true(json_object_size(json_object_get(
			json_object_get(doc, "components"), "schemas")) > 50);
		json_decref(doc);
		n++;
	}
	assert_true(n > 15);
	json_decref(index);
	assert_int_equal(sim_get_call(&x, "/openapi/v3/apis/nope/v1"), 404);
	assert_int_equal(sim_get_call(&x, "/openapi/v2"), 200);
	doc = sim_json(sim_body(&x));
	assert_text_equal(json_string_value(json_object_get(doc, "swagger")),
			  "2.0");
	json_decref(doc);
	sim_kube_fini(&x);
}

static void
test_paths(void **state)
{
	/* clang-format off */
	static const struct {
		const char *raw, *group, *ns, *plural, *name, *sub, *rest;
	} cases[] = {
		{ "/api/v1/pods", "", NULL, "pods", NULL, NULL, "" },
		{ "/api/v1/namespaces", "", NULL, "namespaces", NULL, NULL,
		  "" },
		{ "/api/v1/namespaces/ci", "", NULL, "namespaces", "ci", NULL,
		  "" },
		{ "/api/v1/namespaces/ci/status", "", NULL, "namespaces", "ci",
		  "status", "" },
		{ "/api/v1/namespaces/ci/pods", "", "ci", "pods", NULL, NULL,
		  "" },
		{ "/api/v1/namespaces/ci/pods/a/log/", "", "ci", "pods", "a",
		  "log", "" },
		{ "/apis/apps/v1/namespaces/x/deployments/d/scale", "apps",
		  "x", "deployments", "d", "scale", "" },
		{ "/api/v1/namespaces/ci/pods/http:a:9252/proxy/a/b%20c", "",
		  "ci", "pods", "http:a:9252", "proxy", "/a/b c" },
		{ "/api/v1/nodes/ip-10%2D0", "", NULL, "nodes", "ip-10-0",
		  NULL, "" },
	};
	static const char *const others[] = {
		"", "/", "/api", "/api/v1", "/api/v2/pods", "/apis/apps/v1",
		"/version", "/api/v1/pods/a/log/more",
		"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/1/2/3/4"
		"/5/6/7/8/9",
	};
	/* clang-format on */
	struct arena *a = arena_new();
	struct kube_path p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		kube_path_parse(a, cases[i].raw, &p);
		assert_true(p.resource);
		assert_text_equal(p.group, cases[i].group);
		assert_text_equal(p.ns, cases[i].ns);
		assert_text_equal(p.plural, cases[i].plural);
		assert_text_equal(p.name, cases[i].name);
		assert_text_equal(p.sub, cases[i].sub);
		assert_text_equal(p.rest, cases[i].rest);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		kube_path_parse(a, others[i], &p);
		assert_false(p.resource);
		assert_int_equal(*p.whole, '/');
	}
	arena_free(a);
}

/* The roles for users that every cluster has. */
static void
test_roles_for_users(void **state)
{
	/* clang-format off */
	static const struct {
		const char *role, *what;
		bool may;
	} cases[] = {
		{ "view",  "'verb':'list','resource':'pods'", true },
		{ "view",  "'verb':'get','resource':'secrets'", false },
		{ "view",  "'verb':'delete','resource':'pods'", false },
		{ "view",  "'verb':'watch','resource':'jobs','group':'batch'",
		  true },
		{ "edit",  "'verb':'get','resource':'secrets'", true },
		{ "edit",  "'verb':'delete','resource':'pods'", true },
		{ "edit",  "'verb':'list','resource':'roles','group':"
		  "'rbac.authorization.k8s.io'", false },
		{ "admin", "'verb':'list','resource':'roles','group':"
		  "'rbac.authorization.k8s.io'", true },
		{ "admin", "'verb':'delete','resource':'pods'", true },
		{ "admin", "'verb':'delete','resource':'nodes'", false },
	};
	/* clang-format on */
	struct sim_kube x;
	char text[500];

	(void)state;
	sim_kube_init(&x);
	x.token = "simulated-token-admin";
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(text, sizeof(text),
			 "{'metadata':{'name':'b%zu'},'subjects':[{'kind':"
			 "'User','apiGroup':'rbac.authorization.k8s.io','name':"
			 "'u%zu'}],'roleRef':{'apiGroup':"
			 "'rbac.authorization.k8s.io','kind':'ClusterRole',"
			 "'name':'%s'}}", i, i, cases[i].role);
		sim_make(&x.s, "rolebindings", "default", text);
		snprintf(text, sizeof(text),
			 "{'user':'u%zu','resourceAttributes':{'namespace':"
			 "'default',%s}}", i, cases[i].what);
		assert_int_equal(review(&x, "subjectaccessreviews", text),
				 201);
		if ((strstr(sim_body(&x), "'allowed':true") != NULL) !=
		    cases[i].may)
			fail_msg("%s: %s", cases[i].role, cases[i].what);
	}
	sim_kube_fini(&x);
}

SUITE(sim_kube_access,
	TEST(test_who_gets_in),
	TEST(test_roles_are_enough_and_no_more),
	TEST(test_new_bindings_count_at_once),
	TEST(test_roles_for_users),
	TEST(test_reviews),
	TEST(test_discovery),
	TEST(test_every_openapi_document_is_json),
	TEST(test_paths));
