/*
 * NoExecute taints: who has to go, and when.
 */
#include <stdlib.h>

#include "tests/unit/sim_store.h"
#include "tests/unit/sim_story.h"

#define WORLD                                                                  \
	"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\nautoscaler: none\n"      \
	"zones: [eu-west-1a]\ngroups:\n"                                       \
	"  - {name: a, types: m6i.large, min: 1, max: 1, desired: 1}\n"

static void
make_pod(struct kit *k, const char *name, const char *toleration)
{
	struct status st = { 0 };
	char *text = xasprintf(
		"{'metadata':{'name':'%s'},'spec':{'tolerations':[%s],"
		"'containers':[{'name':'c','image':'busybox:1'}]}}",
		name, toleration);
	json_t *body = sim_json(text);

	if (!objects_create(k->objects, k->pods, "default", body, 0, &st))
		fail_msg("%s", st.message);
	json_decref(body);
	free(text);
}

static bool
name_of(void *ctx, const struct object *o)
{
	*(const char **)ctx = o->name;
	return false;
}

static uint32_t
daemons(struct kit *k)
{
	return (story_pod(k, "kube-system", "kube-proxy-") != NULL) +
	       (story_pod(k, "kube-system", "aws-node-") != NULL);
}

static void
test_no_execute(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);
	const char *node = NULL;

	(void)state;
	make_pod(&k, "plain", "");
	make_pod(&k, "other", "{'key':'b','operator':'Exists'}");
	make_pod(&k, "tolerant", "{'key':'a','operator':'Equal','value':'b',"
				 "'effect':'NoExecute'}");
	make_pod(&k, "patient", "{'key':'a','operator':'Exists','effect':"
				"'NoExecute','tolerationSeconds':60}");
	kit_run(&k, 20);
	assert_field(&k, "", "pods", "default", "patient", "status.phase",
		     "Running");
	objects_each(k.objects, k.nodes, NULL, NULL, name_of, &node);
	story_patch(&k, "", "nodes", "", node,
		    "{\"spec\":{\"taints\":[{\"key\":\"a\",\"value\":\"b\","
		    "\"effect\":\"NoExecute\"}]}}");
	kit_run(&k, 5);
	assert_null(story_pod(&k, "default", "plain"));
	assert_null(story_pod(&k, "default", "other"));
	assert_non_null(story_pod(&k, "default", "tolerant"));
	assert_non_null(story_pod(&k, "default", "patient"));
	assert_int_equal(kit_events(&k, "TaintManagerEviction",
				    "Marking for deletion Pod default/plain"),
			 1);
	assert_int_equal(daemons(&k), 2);
	kit_run(&k, 50);
	assert_non_null(story_pod(&k, "default", "patient"));
	kit_run(&k, 10);
	assert_null(story_pod(&k, "default", "patient"));
	/* Taken off in time, nobody has to go. */
	story_patch(&k, "", "nodes", "", node, "{\"spec\":{\"taints\":null}}");
	make_pod(&k, "second", "{'key':'a','operator':'Exists','effect':"
			       "'NoExecute','tolerationSeconds':60}");
	kit_run(&k, 20);
	story_patch(&k, "", "nodes", "", node,
		    "{\"spec\":{\"taints\":[{\"key\":\"a\",\"effect\":"
		    "\"NoExecute\"}]}}");
	kit_run(&k, 50);
	story_patch(&k, "", "nodes", "", node, "{\"spec\":{\"taints\":null}}");
	kit_run(&k, 60);
	assert_non_null(story_pod(&k, "default", "second"));
	kit_close(&k);
}

SUITE(sim_taints, TEST(test_no_execute));
