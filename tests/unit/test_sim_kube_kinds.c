/*
 * The rarer kinds as kube-apiserver prints them, and kinds that are shown in
 * another version than the one that is stored.
 */
#include "tests/unit/sim_kube.h"

#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io"
#define SCALERS "/namespaces/default/horizontalpodautoscalers"

/* clang-format off */
static const struct {
	const char *path, *body, *cells;
} printed[] = {
	{ "/api/v1/namespaces/default/podtemplates",
	  "{'metadata':{'name':'x'},'template':{'metadata':{'labels':{"
	  "'a':'b'}},'spec':{'containers':[{'name':'c','image':'i:1'}]}}}",
	  "['x','c','i:1','a=b']" },
	{ "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
	  "{'metadata':{'name':'x'},'spec':{'tls':[{'hosts':['h']}],'rules':["
	  "{'host':'h'},{'host':'i'},{'host':'j'},{'host':'k'}]}}",
	  "['x','<none>','h,i,j + 1 more...','','80, 443','0s']" },
	{ "/apis/networking.k8s.io/v1/ingressclasses",
	  "{'metadata':{'name':'alb'},'spec':{'controller':'ingress.k8s.aws/"
	  "alb','parameters':{'apiGroup':'elbv2.k8s.aws','kind':'Params',"
	  "'name':'p'}}}",
	  "['alb','ingress.k8s.aws/alb','Params.elbv2.k8s.aws/p','0s']" },
	{ "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
	  "{'metadata':{'name':'x'},'spec':{'podSelector':{'matchLabels':{"
	  "'a':'b'}}}}", "['x','a=b','0s']" },
	{ "/apis/node.k8s.io/v1/runtimeclasses",
	  "{'metadata':{'name':'gvisor'},'handler':'runsc'}",
	  "['gvisor','runsc','0s']" },
	{ "/apis/apps/v1/namespaces/default/controllerrevisions",
	  "{'metadata':{'name':'x','ownerReferences':[{'apiVersion':'apps/v1',"
	  "'kind':'DaemonSet','name':'d','uid':'u','controller':true}]},"
	  "'revision':3}", "['x','daemonset.apps/d',3,'0s']" },
	{ "/apis/certificates.k8s.io/v1/certificatesigningrequests",
	  "{'metadata':{'name':'x'},'spec':{'request':'eA==','signerName':"
	  "'beta.eks.amazonaws.com/app-serving','usages':['client auth'],"
	  "'username':'u','expirationSeconds':7200}}",
	  "['x','0s','beta.eks.amazonaws.com/app-serving','u','120m',"
	  "'Pending']" },
	{ "/apis/admissionregistration.k8s.io/v1/"
	  "validatingwebhookconfigurations",
	  "{'metadata':{'name':'x'},'webhooks':[{'name':'a.b.c'}]}",
	  "['x',1,'0s']" },
	{ "/apis/storage.k8s.io/v1/csidrivers",
	  "{'metadata':{'name':'ebs.csi.aws.com'},'spec':{'attachRequired':"
	  "true,'podInfoOnMount':false,'tokenRequests':[{'audience':'sts'}],"
	  "'volumeLifecycleModes':['Persistent']}}",
	  "['ebs.csi.aws.com',true,false,false,'sts',false,'Persistent',"
	  "'0s']" },
};
/* clang-format on */

static void
test_rarer_kinds_have_their_own_columns(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	x.accept = TABLE;
	for (size_t i = 0; i < ARRAY_LEN(printed); i++) {
		assert_int_equal(sim_call(&x, "POST", printed[i].path, NULL,
					  printed[i].body), 201);
		assert_text_contains(sim_body(&x), printed[i].cells);
	}
	sim_kube_fini(&x);
}

static void
test_quotas_say_what_is_used(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	x.accept = TABLE;
	sim_make(&x.s, "resourcequotas", "default",
		 "{'metadata':{'name':'q'},'spec':{'hard':{'pods':'50'}}}");
	assert_int_equal(
		sim_call(&x, "PATCH",
			 "/api/v1/namespaces/default/resourcequotas/q/status",
			 "application/merge-patch+json",
			 "{'status':{'hard':{'limits.cpu':'9','pods':'50'},"
			 "'used':{'limits.cpu':'4','pods':'3'}}}"), 200);
	assert_text_contains(sim_body(&x),
			     "['q','pods: 3/50','limits.cpu: 4/9','0s']");
	sim_kube_fini(&x);
}

static void
test_scalers_have_an_older_version(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	assert_int_equal(
		sim_call(&x, "POST", "/apis/autoscaling/v1" SCALERS, NULL,
			 "{'apiVersion':'autoscaling/v1','kind':"
			 "'HorizontalPodAutoscaler','metadata':{'name':'h'},"
			 "'spec':{'scaleTargetRef':{'apiVersion':'apps/v1',"
			 "'kind':'Deployment','name':'d'},'minReplicas':1,"
			 "'maxReplicas':4,'targetCPUUtilizationPercentage':"
			 "70}}"), 201);
	assert_text_contains(sim_body(&x), "'targetCPUUtilizationPercentage'"
					   ":70");
	assert_int_equal(sim_get_call(&x, "/apis/autoscaling/v2" SCALERS "/h"),
			 200);
	assert_text_contains(sim_body(&x), "'apiVersion':'autoscaling/v2'");
	assert_text_contains(sim_body(&x),
			     "'metrics':[{'type':'Resource','resource':{"
			     "'name':'cpu','target':{'type':'Utilization',"
			     "'averageUtilization':70}}}]");
	assert_int_equal(sim_get_call(&x, "/apis/autoscaling/v1" SCALERS),
			 200);
	assert_text_contains(sim_body(&x), "'apiVersion':'autoscaling/v1'");
	assert_int_equal(
		sim_call(&x, "PATCH", "/apis/autoscaling/v1" SCALERS "/h",
			 "application/merge-patch+json",
			 "{'spec':{'targetCPUUtilizationPercentage':50}}"),
		200);
	assert_text_contains(sim_body(&x), "'targetCPUUtilizationPercentage'"
					   ":50");
	/* A field of the newer version is unknown in the older. */
	assert_int_equal(
		sim_call(&x, "PATCH",
			 "/apis/autoscaling/v1" SCALERS
			 "/h?fieldValidation=Strict",
			 "application/merge-patch+json",
			 "{'spec':{'metrics':[]}}"), 422);
	sim_kube_fini(&x);
}

static void
test_discovery_prefers_the_newer(void **state)
{
	struct sim_kube x;
	const char *text;

	(void)state;
	sim_kube_init(&x);
	assert_int_equal(sim_get_call(&x, "/apis/autoscaling"), 200);
	assert_text_contains(
		sim_body(&x),
		"'versions':[{'groupVersion':'autoscaling/v2','version':'v2'}"
		",{'groupVersion':'autoscaling/v1','version':'v1'}],"
		"'preferredVersion':{'groupVersion':'autoscaling/v2'");
	assert_int_equal(sim_get_call(&x, "/apis/autoscaling/v1"), 200);
	assert_text_contains(sim_body(&x), "'horizontalpodautoscalers/status'");
	x.accept = "application/json;g=apidiscovery.k8s.io;v=v2;"
		   "as=APIGroupDiscoveryList";
	assert_int_equal(sim_get_call(&x, "/apis"), 200);
	text = strstr(sim_body(&x), "{'name':'autoscaling'");
	assert_non_null(text);
	assert_text_contains(text, "{'version':'v2','resources':[");
	assert_text_contains(text, "{'version':'v1','resources':[");
	sim_kube_fini(&x);
}

SUITE(sim_kube_kinds,
	TEST(test_rarer_kinds_have_their_own_columns),
	TEST(test_quotas_say_what_is_used),
	TEST(test_scalers_have_an_older_version),
	TEST(test_discovery_prefers_the_newer));
