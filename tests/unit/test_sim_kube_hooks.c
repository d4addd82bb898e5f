/*
 * The Kubernetes face: what is no object but comes from the world by hooks
 * (logs, usage, proxies), and what nobody serves.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sim_kube.h"

#define PODS "/api/v1/namespaces/default/pods"

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

struct fake {
	uint64_t lines;
	bool growing, gone;
};

static bool
log_state(void *ctx, const struct kube_log_key *key,
	  struct kube_log_state *state)
{
	struct fake *f = ctx;

	if (f->gone || strcmp(key->container, "build") != 0 || key->previous)
		return false;
	*state = (struct kube_log_state){ 0, f->lines, f->growing };
	return true;
}

static bool
log_line(void *ctx, const struct kube_log_key *key, uint64_t n,
	 int64_t *at_ms, struct buf *text)
{
	(void)ctx, (void)key;
	*at_ms = SIM_TEST_START_MS + (int64_t)n * 1000;
	buf_printf(text, "line %u", (unsigned)n);
	return true;
}

static bool
proxy(void *ctx, const struct object *pod, int port, const char *path,
      struct kube_answer *answer)
{
	(void)ctx;
	if (port != 9252)
		return false;
	answer->type = "text/plain; version=0.0.4";
	buf_printf(answer->body, "%s %s", pod->name, path);
	return true;
}

static bool
node_usage(void *ctx, const char *node, int64_t *mcpu, int64_t *bytes)
{
	(void)ctx;
	*mcpu = 1500;
	*bytes = 2048 * 1024;
	return strcmp(node, "n1") == 0;
}

static bool
container_usage(void *ctx, const struct object *pod, const char *container,
		int64_t *mcpu, int64_t *bytes)
{
	(void)ctx, (void)pod;
	*mcpu = 250;
	*bytes = 1 << 20;
	return strcmp(container, "build") == 0;
}

static void
with_hooks(struct sim_kube *x, struct fake *f)
{
	sim_kube_init(x);
	x->hooks = (struct kube_hooks){ f, log_state, log_line, proxy,
					node_usage, container_usage };
}

static void
test_logs(void **state)
{
	/* clang-format off */
	static const struct {
		const char *query, *text;
	} cases[] = {
		{ "container=build", "line 0\nline 1\nline 2\nline 3\n" },
		{ "container=build&tailLines=2", "line 2\nline 3\n" },
		{ "container=build&tailLines=0", "" },
		{ "container=build&limitBytes=9", "line 0\nli" },
		{ "container=build&sinceSeconds=2", "line 2\nline 3\n" },
		{ "container=build&sinceTime=2026-02-18T09:00:03Z",
		  "line 3\n" },
		{ "container=build&tailLines=1&timestamps=true",
		  "2026-02-18T09:00:03.000000000Z line 3\n" },
	};
	static const struct {
		const char *query, *message;
		int code;
	} refusals[] = {
		{ "", "a container name must be specified for pod p, choose "
		  "one of: [build helper] or one of the init containers: "
		  "[init]", 400 },
		{ "container=x", "container x is not valid for pod p", 400 },
		{ "container=helper", "container \\'helper\\' in pod \\'p\\'"
		  " is waiting to start: ContainerCreating", 400 },
		{ "container=build&previous=true", "previous terminated "
		  "container \\'build\\' in pod \\'p\\' not found", 400 },
		{ "container=build&tailLines=-1", "must be greater than or "
		  "equal to 0", 422 },
		{ "container=build&tailLines=x", "invalid syntax", 400 },
		{ "container=build&limitBytes=0", "must be greater than 0",
		  422 },
	};
	/* clang-format on */
	struct fake f = { .lines = 4 };
	struct sim_kube x;
	char target[200];

	(void)state;
	with_hooks(&x, &f);
	make_pod(&x, "p", "n1");
	x.s.now_ms += 4000;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(target, sizeof(target), PODS "/p/log?%s",
			 cases[i].query);
		assert_int_equal(sim_get_call(&x, target), 200);
		assert_text_equal(sim_body(&x), cases[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		snprintf(target, sizeof(target), PODS "/p/log?%s",
			 refusals[i].query);
		assert_int_equal(sim_get_call(&x, target), refusals[i].code);
		assert_text_contains(sim_body(&x), refusals[i].message);
	}
	assert_int_equal(sim_get_call(&x, PODS "/q/log"), 404);
	make_pod(&x, "unbound", NULL);
	assert_int_equal(sim_get_call(&x, PODS "/unbound/log?container=build"),
			 204);
	sim_kube_fini(&x);
}

static void
test_logs_that_grow(void **state)
{
	struct fake f = { .lines = 1, .growing = true };
	struct sim_kube x;
	bool open;

	(void)state;
	with_hooks(&x, &f);
	make_pod(&x, "p", "n1");
	assert_int_equal(sim_get_call(&x, PODS "/p/log?container=build&"
				      "follow=true"), 200);
	assert_text_equal(sim_pull(&x, &open), "line 0\n");
	assert_true(open);
	assert_text_equal(sim_pull(&x, &open), "");
	f.lines = 3;
	assert_text_equal(sim_pull(&x, &open), "line 1\nline 2\n");
	f.lines = 4;
	f.growing = false;
	assert_text_equal(sim_pull(&x, &open), "line 3\n");
	assert_false(open);
	sim_kube_fini(&x);
}

/* What the API server says itself, and then that nothing listens. */
static void
test_nobody_to_connect_to(void **state)
{
	/* clang-format off */
	static const struct {
		const char *target, *message;
		int code;
	} cases[] = {
		{ "/nobody/exec?command=ls", "pods \\'nobody\\' not found",
		  404 },
		{ "/p/exec?command=ls&container=x",
		  "container x is not valid for pod p", 400 },
		{ "/p/attach", "a container name must be specified for pod p, "
		  "choose one of: [build helper] or one of the init "
		  "containers: [init]", 400 },
		{ "/unbound/exec?container=build",
		  "pod unbound does not have a host assigned", 400 },
		{ "/p/exec?container=build", "'message':'error dialing "
		  "backend: dial tcp 10.0.0.7:10250: connect: connection "
		  "refused','code':500}", 500 },
		{ "/p/portforward", "error dialing backend", 500 },
	};
	/* clang-format on */
	struct sim_kube x;
	char target[200];

	(void)state;
	sim_kube_init(&x);
	make_pod(&x, "p", "n1");
	make_pod(&x, "unbound", NULL);
	assert_int_equal(sim_call(&x, "PATCH", PODS "/p/status",
				  "application/merge-patch+json",
				  "{'status':{'hostIP':'10.0.0.7'}}"), 200);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(target, sizeof(target), PODS "%s", cases[i].target);
		for (int post = 0; post < 2; post++) {
			assert_int_equal(sim_call(&x, post ? "POST" : "GET",
						  target, NULL, NULL),
					 cases[i].code);
			assert_text_contains(sim_body(&x), cases[i].message);
			assert_false(x.a.wrote);
		}
	}
	assert_int_equal(sim_call(&x, "DELETE", PODS "/p/exec", NULL, NULL),
			 405);
	x.token = "simulated-token-oncall";
	assert_int_equal(sim_call(&x, "POST", PODS "/p/exec", NULL, NULL),
			 403);
	assert_text_contains(sim_body(&x), "cannot create resource "
			     "\\'pods/exec\\'");
	sim_kube_fini(&x);
}

static void
test_usage_and_proxies(void **state)
{
	struct fake f = { 0 };
	struct sim_kube x;

	(void)state;
	with_hooks(&x, &f);
	sim_make(&x.s, "nodes", NULL, "{'metadata':{'name':'n1'}}");
	sim_make(&x.s, "nodes", NULL, "{'metadata':{'name':'n2'}}");
	make_pod(&x, "p", "n1");
	assert_int_equal(sim_get_call(&x, "/apis/metrics.k8s.io/v1beta1/"
				      "nodes"), 200);
	assert_text_contains(sim_body(&x), "{'kind':'NodeMetricsList'");
	assert_text_contains(sim_body(&x), "'usage':{'cpu':'1500000000n',"
			     "'memory':'2048Ki'}}]}");
	assert_null(strstr(sim_body(&x), "'n2'"));
	assert_int_equal(sim_get_call(&x, "/apis/metrics.k8s.io/v1beta1/"
				      "nodes/n2"), 404);
	assert_int_equal(sim_get_call(&x, "/apis/metrics.k8s.io/v1beta1/"
				      "namespaces/default/pods/p"), 200);
	assert_text_contains(sim_body(&x), "'containers':[{'name':'build',"
			     "'usage':{'cpu':'250000000n','memory':'1024Ki'}}"
			     "]}");
	assert_int_equal(sim_get_call(&x, "/apis/metrics.k8s.io/v1beta1/pods?"
				      "labelSelector=app%3Dother"), 200);
	assert_text_contains(sim_body(&x), "'items':[]}");
	/* As kubectl asks: metrics-server's Tables have their own columns. */
	x.accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
	assert_int_equal(sim_get_call(&x, "/apis/metrics.k8s.io/v1beta1/"
				      "nodes"), 200);
	assert_text_contains(sim_body(&x), "'name':'cpu','type':'string'");
	assert_text_contains(sim_body(&x), "'rows':[{'cells':['n1','1500m',"
			     "'2048Ki','20s'],'object':{'kind':"
			     "'PartialObjectMetadata'");
	assert_null(strstr(sim_body(&x), "'n2'"));
	assert_int_equal(sim_get_call(&x, "/apis/metrics.k8s.io/v1beta1/"
				      "namespaces/default/pods/p"), 200);
	assert_text_contains(sim_body(&x), "'cells':['p','250m','1024Ki',");
	assert_int_equal(sim_get_call(&x, "/apis/metrics.k8s.io/v1beta1/"
				      "nodes/n2"), 404);
	x.accept = NULL;
	assert_int_equal(sim_get_call(&x, PODS "/http:p:9252/proxy/metrics?"
				      "a=b"), 200);
	assert_text_equal(sim_body(&x), "p /metrics?a=b");
	assert_int_equal(sim_get_call(&x, PODS "/p:80/proxy/"), 400);
	sim_kube_fini(&x);

	/* Without metrics-server there is no such group. */
	sim_kube_init(&x);
	assert_int_equal(sim_get_call(&x, "/apis/metrics.k8s.io/v1beta1/"
				      "nodes"), 404);
	assert_int_equal(sim_get_call(&x, "/apis"), 200);
	assert_null(strstr(sim_body(&x), "metrics.k8s.io"));
	sim_kube_fini(&x);
}

SUITE(sim_kube_hooks,
	TEST(test_logs),
	TEST(test_logs_that_grow),
	TEST(test_nobody_to_connect_to),
	TEST(test_usage_and_proxies));
