/*
 * The Kubernetes face: writes, scale, binding, eviction.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sim_kube.h"

#define CM "/api/v1/namespaces/default/configmaps"
#define PODS "/api/v1/namespaces/default/pods"
#define APPS "/apis/apps/v1/namespaces/default"
#define PDBS "/apis/policy/v1/namespaces/default/poddisruptionbudgets"

static void
test_writes_through_the_face(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	assert_int_equal(sim_call(&x, "POST", CM, NULL,
				  "{'kind':'ConfigMap','apiVersion':'v1',"
				  "'metadata':{'name':'a'},'data':{'k':'1'}}"),
			 201);
	assert_int_equal(sim_call(&x, "POST", CM, NULL,
				  "{'metadata':{'name':'a'}}"), 409);
	assert_int_equal(sim_call(&x, "POST", CM "?dryRun=All", NULL,
				  "{'metadata':{'name':'d'}}"), 201);
	assert_int_equal(sim_get_call(&x, CM "/d"), 404);
	assert_int_equal(sim_call(&x, "POST", CM "?dryRun=Some", NULL,
				  "{'metadata':{'name':'d'}}"), 422);
	assert_int_equal(sim_call(&x, "POST", CM, NULL, "{'kind':"), 400);
	assert_int_equal(sim_call(&x, "POST", CM, NULL, "[]"), 400);
	assert_int_equal(sim_call(&x, "POST", CM, NULL,
				  "{'apiVersion':'apps/v1','metadata':{'name':"
				  "'d'}}"), 400);
	assert_text_contains(sim_body(&x), "does not match the expected API "
			     "version (v1)");
	assert_int_equal(sim_call(&x, "POST", CM, NULL,
				  "{'metadata':{'name':'d','namespace':"
				  "'other'}}"), 400);
	assert_int_equal(sim_call(&x, "PUT", CM "/a", NULL,
				  "{'metadata':{'name':'b'}}"), 400);
	assert_int_equal(sim_call(&x, "PUT", CM "/a", NULL,
				  "{'metadata':{'name':'a'},'data':{'k':'2'}}"),
			 200);
	assert_int_equal(sim_call(&x, "PATCH", CM "/a",
				  "application/json-patch+json",
				  "[{'op':'replace','path':'/data/k','value':"
				  "'3'}]"), 200);
	assert_text_contains(sim_body(&x), "'data':{'k':'3'}");
	assert_int_equal(sim_call(&x, "PATCH", CM "/a",
				  "application/json-patch+json",
				  "[{'op':'test','path':'/data/k','value':"
				  "'9'}]"), 422);
	assert_int_equal(sim_call(&x, "PATCH", CM "/a?fieldManager=m",
				  "application/apply-patch+yaml",
				  "{'data':{'l':'4'}}"), 200);
	assert_int_equal(sim_call(&x, "PATCH", CM "/a",
				  "application/apply-patch+yaml",
				  "{'data':{'l':'4'}}"), 422);
	assert_int_equal(sim_call(&x, "PATCH", CM "/new?fieldManager=m",
				  "application/apply-patch+yaml",
				  "{'metadata':{'name':'new'}}"), 201);
	assert_int_equal(sim_call(&x, "DELETE", CM "/a", NULL,
				  "{'preconditions':{'uid':'x'}}"), 409);
	assert_int_equal(sim_call(&x, "DELETE", CM "/a?propagationPolicy=Odd",
				  NULL, NULL), 422);
	assert_int_equal(sim_call(&x, "DELETE", CM "/a", NULL, NULL), 200);
	assert_text_contains(sim_body(&x), "'status':'Success','details':{"
			     "'name':'a','kind':'configmaps','uid':'");
	assert_int_equal(sim_call(&x, "DELETE", CM "?labelSelector=x", NULL,
				  NULL), 200);
	assert_non_null(sim_get(&x.s, "configmaps", "default", "new"));
	assert_int_equal(sim_call(&x, "DELETE", CM, NULL, NULL), 200);
	assert_null(sim_get(&x.s, "configmaps", "default", "new"));
	sim_kube_fini(&x);
}

static void
test_unknown_fields(void **state)
{
	struct sim_kube x;
	static const char body[] =
		"{'metadata':{'name':'p'},'spec':{'contaners':[],"
		"'containers':[{'name':'c','image':'i'}]}}";

	(void)state;
	sim_kube_init(&x);
	assert_int_equal(sim_call(&x, "POST", PODS "?fieldValidation=Strict",
				  NULL, body), 400);
	assert_text_contains(sim_body(&x),
			     "Pod in version \\'v1\\' cannot be handled as a "
			     "Pod: strict decoding error: unknown field "
			     "\\'spec.contaners\\'");
	assert_int_equal(sim_call(&x, "POST", PODS, NULL, body), 201);
	assert_text_equal(sim_header(&x, "Warning"),
			  "299 - \"unknown field \\\"spec.contaners\\\"\"");
	assert_int_equal(sim_call(&x, "PATCH", PODS "/p",
				  "application/merge-patch+json",
				  "{'spec':{'activeDeadlineSeconds':'7'}}"),
			 422);
	assert_text_contains(sim_body(&x), "patch: Invalid value");
	/* A member said twice counts once; strictly, not at all. */
	assert_int_equal(sim_call(&x, "POST", PODS "?fieldValidation=Strict",
				  NULL,
				  "{'metadata':{'name':'q'},'spec':{"
				  "'containers':[{'name':'c','image':'i',"
				  "'image':'j'}]}}"),
			 400);
	assert_text_contains(sim_body(&x),
			     "strict decoding error: duplicate field "
			     "\\'spec.containers[0].image\\'");
	/* Operations, too, must leave a pod behind. */
	assert_int_equal(sim_call(&x, "PATCH", PODS "/p",
				  "application/json-patch+json",
				  "[{'op':'add','path':'/spec/hostNetwork',"
				  "'value':'yes'}]"),
			 422);
	assert_text_contains(sim_body(&x),
			     "cannot unmarshal string into Go struct field "
			     "PodSpec.spec.hostNetwork of type bool");
	/* Apply has words of its own, and no Status of its own. */
	assert_int_equal(sim_call(&x, "PATCH", PODS "/p?fieldManager=m",
				  "application/apply-patch+yaml",
				  "{'spec':{'contaners':[]}}"),
			 500);
	assert_text_contains(sim_body(&x),
			     "failed to create typed patch object (default/p; "
			     "v1, Kind=Pod): .spec.contaners: field not "
			     "declared in schema");
	sim_kube_fini(&x);
}

static void
test_events_in_both_shapes(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	assert_int_equal(sim_call(&x, "POST",
				  "/apis/events.k8s.io/v1/namespaces/default/"
				  "events", NULL,
				  "{'metadata':{'name':'e'},'regarding':"
				  "{'kind':'Pod','namespace':'default','name':"
				  "'p'},'note':'hello','reason':'R','type':"
				  "'Normal','eventTime':"
				  "'2026-02-18T09:00:00.000000Z',"
				  "'reportingController':'me'}"), 201);
	assert_text_contains(sim_body(&x), "'apiVersion':'events.k8s.io/v1'");
	assert_text_contains(sim_body(&x), "'note':'hello'");
	assert_int_equal(sim_get_call(
		&x, "/api/v1/namespaces/default/events?fieldSelector="
		"involvedObject.name%3Dp,type%3DNormal"), 200);
	assert_text_contains(sim_body(&x), "'message':'hello'");
	assert_text_contains(sim_body(&x), "'reportingComponent':'me'");
	assert_int_equal(sim_get_call(&x, "/apis/events.k8s.io/v1/events"),
			 200);
	assert_text_contains(sim_body(&x), "{'kind':'EventList','apiVersion':"
			     "'events.k8s.io/v1'");
	assert_text_contains(sim_body(&x), "'regarding':{");
	sim_kube_fini(&x);
}

/* ---- scale, binding ---- */

static void
make_deployment(struct sim_kube *x)
{
	sim_make(&x->s, "deployments", "default",
		 "{'metadata':{'name':'d'},'spec':{'replicas':2,'selector':"
		 "{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':"
		 "{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}"
		 "}}");
}

static void
test_scale(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	make_deployment(&x);
	assert_int_equal(sim_get_call(&x, APPS "/deployments/d/scale"), 200);
	assert_text_contains(sim_body(&x), "'spec':{'replicas':2},'status':"
			     "{'replicas':0,'selector':'a=b'}}");
	x.accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
	assert_int_equal(sim_get_call(&x, APPS "/deployments/d/scale"), 200);
	assert_text_contains(sim_body(&x), "{'name':'Available','type':"
			     "'integer',");
	assert_text_contains(sim_body(&x), "'cells':['d',2,0,'0s'],'object':{"
			     "'kind':'Scale'");
	x.accept = NULL;
	assert_int_equal(sim_call(&x, "PATCH", APPS "/deployments/d/scale",
				  "application/merge-patch+json",
				  "{'spec':{'replicas':5}}"), 200);
	assert_text_equal(sim_at(sim_get(&x.s, "deployments", "default", "d"),
				 "spec.replicas"), "5");
	assert_int_equal(sim_call(&x, "PUT", APPS "/deployments/d/scale",
				  NULL, "{'spec':{'replicas':-1}}"), 422);
	assert_int_equal(sim_call(&x, "PUT", APPS "/deployments/d/scale",
				  NULL, "{'metadata':{'resourceVersion':'1'},"
				  "'spec':{'replicas':1}}"), 409);
	assert_int_equal(sim_get_call(&x, APPS "/deployments/e/scale"), 404);
	assert_int_equal(sim_get_call(&x, APPS "/daemonsets/e/scale"), 404);
	sim_kube_fini(&x);
}

static void
make_pod(struct sim_kube *x, const char *name, const char *node)
{
	char text[300];

	snprintf(text, sizeof(text), "{'metadata':{'name':'%s','labels':"
		 "{'app':'web'}},'spec':{'containers':[{'name':'build','image'"
		 ":'i'},{'name':'helper','image':'i'}],'initContainers':"
		 "[{'name':'init','image':'i'}]}}", name);
	sim_make(&x->s, "pods", "default", text);
	if (node)
		assert_non_null(objects_bind(x->s.o, "default", name, NULL,
					     node, &x->s.st));
}

static void
test_binding(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	make_pod(&x, "p", NULL);
	assert_int_equal(sim_call(&x, "POST", PODS "/p/binding", NULL,
				  "{'target':{'kind':'Node'}}"), 422);
	assert_int_equal(sim_call(&x, "POST", PODS "/p/binding", NULL,
				  "{'target':{'kind':'Node','name':'n1'}}"),
			 201);
	assert_int_equal(sim_call(&x, "POST", PODS "/p/binding", NULL,
				  "{'target':{'kind':'Node','name':'n2'}}"),
			 409);
	sim_kube_fini(&x);
}

/* ---- eviction ---- */

static void
set_status(struct sim_kube *x, const char *plural, const char *name,
	   const char *quoted)
{
	json_t *body = sim_json(quoted);

	assert_non_null(objects_update(x->s.o, sim_type(&x->s, plural),
				       "default", name, body,
				       WRITE_STATUS | WRITE_KEEP_STATUS,
				       &x->s.st));
	json_decref(body);
}

static int
evict(struct sim_kube *x, const char *name, const char *options)
{
	char target[200], body[300];

	snprintf(target, sizeof(target), PODS "/%s/eviction", name);
	snprintf(body, sizeof(body), "{'kind':'Eviction','apiVersion':"
		 "'policy/v1','metadata':{'name':'%s'}%s}", name, options);
	return sim_call(x, "POST", target, NULL, body);
}

static void
test_eviction_asks_the_budgets(void **state)
{
	static const char ready[] =
		"{'status':{'phase':'Running','conditions':[{'type':'Ready',"
		"'status':'True'}]}}";
	struct sim_kube x;
	const struct object *p;

	(void)state;
	sim_kube_init(&x);
	make_pod(&x, "a", "n");
	make_pod(&x, "b", "n");
	set_status(&x, "pods", "a", ready);
	set_status(&x, "pods", "b", ready);
	sim_make(&x.s, "poddisruptionbudgets", "default",
		 "{'metadata':{'name':'web'},'spec':{'minAvailable':1,"
		 "'selector':{'matchLabels':{'app':'web'}}}}");
	/* Nobody has looked at the budget yet. */
	assert_int_equal(evict(&x, "a", ""), 429);
	assert_text_contains(sim_body(&x), "The disruption budget web is "
			     "still being processed by the server.");
	assert_text_equal(sim_header(&x, "Retry-After"), "10");
	set_status(&x, "poddisruptionbudgets", "web",
		   "{'status':{'observedGeneration':1,'disruptionsAllowed':1,"
		   "'currentHealthy':2,'desiredHealthy':1,'expectedPods':2}}");
	assert_int_equal(evict(&x, "a", ",'deleteOptions':{'dryRun':['All']}"),
			 201);
	assert_int_equal(evict(&x, "a", ",'deleteOptions':{"
			       "'gracePeriodSeconds':5}"), 201);
	p = sim_get(&x.s, "pods", "default", "a");
	assert_true(p->deleted_ms == x.s.now_ms + 5000);
	assert_text_contains(sim_at(p, "status.conditions"),
			     "EvictionByEvictionAPI");
	assert_text_contains(sim_at(sim_get(&x.s, "poddisruptionbudgets",
					    "default", "web"), "status"),
			     "'disruptionsAllowed':0");
	assert_int_equal(evict(&x, "b", ""), 429);
	assert_text_contains(sim_body(&x),
			     "'message':'Cannot evict pod as it would violate "
			     "the pod's disruption budget.','reason':"
			     "'TooManyRequests','details':{'causes':[{'reason'"
			     ":'DisruptionBudget','message':'The disruption "
			     "budget web needs 1 healthy pods and has 2 "
			     "currently'}]},'code':429}");
	/* Pods that do not run are nobody's business. */
	make_pod(&x, "c", NULL);
	assert_int_equal(evict(&x, "c", ""), 201);
	assert_null(sim_get(&x.s, "pods", "default", "c"));
	sim_make(&x.s, "poddisruptionbudgets", "default",
		 "{'metadata':{'name':'two'},'spec':{'minAvailable':1,"
		 "'selector':{'matchExpressions':[{'key':'app','operator':"
		 "'Exists'}]}}}");
	assert_int_equal(evict(&x, "b", ""), 500);
	assert_text_contains(sim_body(&x), "more than one "
			     "PodDisruptionBudget");
	assert_int_equal(evict(&x, "nobody", ""), 404);
	assert_int_equal(sim_call(&x, "POST", PODS "/b/eviction", NULL,
				  "{'metadata':{'name':'c'}}"), 400);
	sim_kube_fini(&x);
}

SUITE(sim_kube_write,
	TEST(test_writes_through_the_face),
	TEST(test_unknown_fields),
	TEST(test_events_in_both_shapes),
	TEST(test_scale),
	TEST(test_binding),
	TEST(test_eviction_asks_the_budgets));
