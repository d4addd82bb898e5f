/*
 * What readers refuse and how they say it; what they overlook; defaults and
 * derived values.
 */
#include <stdlib.h>

#include "backend/decode/decode.h"
#include "tests/unit/check.h"

static const struct record *
read_one(enum kind kind, const char *quoted, struct err *err)
{
	struct seal *s = seal_new();
	struct arena *a = arena_new();
	const struct record *r;

	r = codec_of(kind)->decode(s, parse_text(a, quoted), err);
	arena_free(a);
	seal_free(s);
	return r;
}

static const void *
good(enum kind kind, const char *quoted)
{
	struct err err = { .code = ERR_NONE };
	const struct record *r = read_one(kind, quoted, &err);

	if (!r)
		fail_msg("%s: %s", err.text, quoted);
	return r;
}

static const struct {
	enum kind kind;
	const char *json, *says;
} refused[] = {
	{ KIND_POD,
	  "{'spec':{'containers':[{},{'resources':{'requests':{"
	  "'cpu':'12x'}}}]}}",
	  "spec.containers[1].resources.requests.cpu: "
	  "not a quantity: \"12x\"" },
	{ KIND_POD,
	  "{'spec':{'initContainers':[{'resources':{'limits':{"
	  "'memory':'-1Gi'}}}]}}",
	  "spec.initContainers[0].resources.limits.memory: "
	  "negative quantity: \"-1Gi\"" },
	{ KIND_POD,
	  "{'spec':{'containers':[{'resources':{'requests':{"
	  "'memory':'9Ei'}}}]}}",
	  "spec.containers[0].resources.requests.memory: "
	  "not a quantity: \"9Ei\"" },
	{ KIND_POD,
	  "{'spec':{'containers':[{'resources':{'requests':{"
	  "'x.com/y':true}}}]}}",
	  "spec.containers[0].resources.requests.x.com/y: "
	  "wanted quantity, found boolean" },
	{ KIND_POD,
	  "{'spec':{'containers':[{'name':'a','resources':{'requests':{"
	  "'memory':'5Ei'}}},{'name':'b','resources':{'requests':{"
	  "'memory':'5Ei'}}}]}}",
	  "spec.containers: the sum of resource requests is too large" },
	{ KIND_POD, "[]", "wanted object, found array" },
	{ KIND_POD, "{'metadata':7}",
	  "metadata: wanted object, found number" },
	{ KIND_POD, "{'metadata':{'labels':{'app':1}}}",
	  "metadata.labels.app: wanted string, found number" },
	{ KIND_POD, "{'metadata':{'creationTimestamp':'yesterday'}}",
	  "metadata.creationTimestamp: not a time: \"yesterday\"" },
	{ KIND_POD, "{'metadata':{'ownerReferences':[{'controller':'yes'}]}}",
	  "metadata.ownerReferences[0].controller: "
	  "wanted boolean, found string" },
	{ KIND_POD, "{'spec':{'containers':{}}}",
	  "spec.containers: wanted array, found object" },
	{ KIND_POD, "{'spec':{'priority':3000000000}}",
	  "spec.priority: out of range: 3000000000" },
	{ KIND_POD, "{'spec':{'priority':1.5}}",
	  "spec.priority: not a whole number: \"1.5\"" },
	{ KIND_POD, "{'spec':{'priority':'1'}}",
	  "spec.priority: wanted number, found string" },
	{ KIND_POD,
	  "{'spec':{'affinity':{'nodeAffinity':{"
	  "'requiredDuringSchedulingIgnoredDuringExecution':{"
	  "'nodeSelectorTerms':[{},{'matchExpressions':[{'key':'a',"
	  "'operator':'Near'}]}]}}}}}",
	  "spec.affinity.nodeAffinity."
	  "requiredDuringSchedulingIgnoredDuringExecution."
	  "nodeSelectorTerms[1].matchExpressions[0].operator: "
	  "not an operator: \"Near\"" },
	{ KIND_POD, "{'spec':{'tolerations':[{'tolerationSeconds':[]}]}}",
	  "spec.tolerations[0].tolerationSeconds: "
	  "wanted number, found array" },
	{ KIND_POD, "{'spec':{'volumes':[{'name':'a','csi':{'driver':2}}]}}",
	  "spec.volumes[0].csi.driver: wanted string, found number" },
	{ KIND_POD, "{'status':{'conditions':[{'type':true}]}}",
	  "status.conditions[0].type: wanted string, found boolean" },
	{ KIND_POD,
	  "{'spec':{'containers':[{'name':'a'}]},'status':{"
	  "'containerStatuses':[{'name':'a','state':{'terminated':{"
	  "'exitCode':'x'}}}]}}",
	  "status.containerStatuses[0].state.terminated.exitCode: "
	  "wanted number, found string" },
	{ KIND_NODE, "{'status':{'allocatable':{'pods':'many'}}}",
	  "status.allocatable.pods: not a quantity: \"many\"" },
	{ KIND_NODE, "{'spec':{'taints':[{'key':1}]}}",
	  "spec.taints[0].key: wanted string, found number" },
	{ KIND_DAEMONSET,
	  "{'spec':{'template':{'spec':{'containers':[{'resources':{"
	  "'requests':{'cpu':'?'}}}]}}}}",
	  "spec.template.spec.containers[0].resources.requests.cpu: "
	  "not a quantity: \"?\"" },
	{ KIND_DEPLOYMENT,
	  "{'spec':{'template':{'spec':{'containers':[{'args':['a',1]}]}}}}",
	  "spec.template.spec.containers[0].args[1]: "
	  "wanted string, found number" },
	{ KIND_RC, "{'spec':{'selector':{'app':{}}}}",
	  "spec.selector.app: wanted string, found object" },
	{ KIND_PDB, "{'spec':{'maxUnavailable':{}}}",
	  "spec.maxUnavailable: wanted number or string, found object" },
	{ KIND_PV, "{'spec':{'accessModes':['a',{}]}}",
	  "spec.accessModes[1]: wanted string, found object" },
	{ KIND_EVENT, "{'series':{'count':'x'}}",
	  "series.count: wanted number, found string" },
	{ KIND_GROUP, "{'MinSize':'x'}",
	  "MinSize: not a whole number: \"x\"" },
	{ KIND_GROUP, "{'Instances':[{'ProtectedFromScaleIn':'maybe'}]}",
	  "Instances[0].ProtectedFromScaleIn: "
	  "wanted boolean, found string" },
	{ KIND_GROUP,
	  "{'MixedInstancesPolicy':{'LaunchTemplate':{'Overrides':[{"
	  "'InstanceRequirements':{'VCpuCount':{'Min':'x'}}}]}}}",
	  "MixedInstancesPolicy.LaunchTemplate.Overrides[0]."
	  "InstanceRequirements.VCpuCount.Min: not a whole number: \"x\"" },
	/* found by fuzz_decode: what is cut would not parse again */
	{ KIND_TEMPLATE,
	  "{'LaunchTemplateData':{'InstanceRequirements':{"
	  "'a':[[[[[[[[1]]]]]]]]}}}",
	  "LaunchTemplateData.InstanceRequirements: "
	  "deeper than 8 levels or longer than 65536 bytes" },
	{ KIND_PRICE, "{'SpotPrice':'free'}",
	  "SpotPrice: not a price: \"free\"" },
	{ KIND_NODEGROUP, "{'labels':[]}",
	  "labels: wanted object, found array" },
	{ KIND_JOB, "{'id':'7'}", "id: wanted number, found string" },
	{ KIND_JOB, "{'tag_list':[7]}",
	  "tag_list[0]: wanted string, found number" },
	{ KIND_RUNNER, "{'tag_list':'docker'}",
	  "tag_list: wanted array, found string" },
};

static void
test_refusals_name_the_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct err err = { .code = ERR_NONE };

		if (read_one(refused[i].kind, refused[i].json, &err))
			fail_msg("accepted: %s", refused[i].json);
		assert_int_equal(err.code, ERR_BAD);
		assert_text_equal(err.text, refused[i].says);
		assert_null(read_one(refused[i].kind, refused[i].json, NULL));
	}
}

/* A path longer than its room keeps the end that matters least short. */
static void
test_long_paths_are_cut(void **state)
{
	struct err err = { .code = ERR_NONE };
	char *json, *key = xmalloc(1001);

	(void)state;
	memset(key, 'k', 1000);
	key[1000] = '\0';
	json = xasprintf("{'metadata':{'labels':{'%s':1}}}", key);
	assert_null(read_one(KIND_POD, json, &err));
	assert_text_contains(err.text, "metadata.labels.kkkk");
	assert_true(strlen(err.text) < 400);
	free(json);
	free(key);
}

static void
test_null_is_absent(void **state)
{
	const struct pod *p = good(
		KIND_POD,
		"{'metadata':{'creationTimestamp':null,'labels':null,"
		"'ownerReferences':null},'spec':{'containers':null,"
		"'affinity':null,'priority':null,'nodeSelector':null,"
		"'volumes':null,'tolerations':null},'status':null}");

	(void)state;
	assert_int_equal(p->container_n, 0);
	assert_false(p->has_priority);
	assert_int_equal(p->grace_s, -1);
	assert_text_equal(p->node_name, "");
	record_unref(p);
}

static void
test_unknown_members_are_ignored(void **state)
{
	const struct node *n = good(
		KIND_NODE, "{'new':[{'a':1}],'spec':{'future':{'x':[]}},"
			   "'status':{'conditions':[{'type':'Brandnew',"
			   "'status':'True'}],'volumesAttached':7}}");

	(void)state;
	assert_false(n->has_ready);
	record_unref(n);
}

/* The order of members must not matter: status may come first. */
static void
test_status_before_spec(void **state)
{
	const struct pod *p = good(
		KIND_POD,
		"{'status':{'containerStatuses':[{'name':'a','ready':true}],"
		"'initContainerStatuses':[{'name':'a','restartCount':3}]},"
		"'spec':{'containers':[{'name':'a'}],"
		"'initContainers':[{'name':'a'}]}}");

	(void)state;
	assert_int_equal(p->container_n, 2);
	assert_int_equal(p->containers[0].role, CONTAINER_INIT);
	assert_int_equal(p->containers[0].restarts, 3);
	assert_true(p->containers[1].ready);
	record_unref(p);
}

static void
test_maps_come_sorted_and_unique(void **state)
{
	const struct pod *p = good(
		KIND_POD, "{'metadata':{'labels':{'b':'1','a':'2','b':'3',"
			  "'':'empty'}}}");

	(void)state;
	assert_int_equal(p->meta.labels.n, 3);
	assert_text_equal(p->meta.labels.at[0].key, "");
	assert_text_equal(p->meta.labels.at[1].key, "a");
	/* Of a name given twice the last value counts, as in Go. */
	assert_text_equal(labels_get(&p->meta.labels, "b"), "3");
	record_unref(p);
}

static void
test_many_labels(void **state)
{
	struct buf b;
	const struct pod *p;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_puts(&b, "{'metadata':{'labels':{");
	for (int i = 500; i-- > 0;)
		buf_printf(&b, "'k%03d':'%d'%s", i, i, i ? "," : "");
	buf_puts(&b, "}}}");
	p = good(KIND_POD, buf_text(&b));
	assert_int_equal(p->meta.labels.n, 500);
	assert_text_equal(labels_get(&p->meta.labels, "k007"), "7");
	record_unref(p);
	buf_fini(&b);
}

/* ---- GitLab's marks on pods ---- */

static void
test_gitlab_marks(void **state)
{
	static const struct {
		const char *meta;
		bool job, manager, pause;
		int64_t id;
	} all[] = {
		{ "{'name':'p'}", false, false, false, 0 },
		{ "{'labels':{'manager.runner.gitlab.com/id-short':'t'},"
		  "'annotations':{'job.runner.gitlab.com/id':'77'}}",
		  true, false, false, 77 },
		/* An annotation alone may be anybody's. */
		{ "{'name':'web','annotations':{"
		  "'job.runner.gitlab.com/id':'77'}}",
		  false, false, false, 0 },
		{ "{'name':'runner-x-project-1-concurrent-0-abcdefgh',"
		  "'annotations':{'job.runner.gitlab.com/id':'77'}}",
		  true, false, false, 77 },
		{ "{'labels':{'job.runner.gitlab.com/pod':'t'},"
		  "'annotations':{'job.runner.gitlab.com/id':'77x'}}",
		  true, false, false, 0 },
		{ "{'labels':{'job.runner.gitlab.com/pod':'t'},"
		  "'annotations':{'job.runner.gitlab.com/id':'-3'}}",
		  true, false, false, 0 },
		{ "{'labels':{'runner.gitlab.com/pause-pod':'true',"
		  "'manager.runner.gitlab.com/id-short':'t'}}",
		  false, false, true, 0 },
		{ "{'labels':{'app':'ci-gitlab-runner'}}", false, true, false,
		  0 },
		{ "{'labels':{'app':'other','chart':'gitlab-runner-0.82'}}",
		  false, true, false, 0 },
		{ "{'labels':{'app.kubernetes.io/component':'runner'}}", false,
		  true, false, 0 },
		/* A job cannot make itself a manager by a label of its own. */
		{ "{'labels':{'app':'gitlab-runner',"
		  "'manager.runner.gitlab.com/id-short':'t'}}",
		  true, false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		char *json = xasprintf("{'metadata':%s}", all[i].meta);
		const struct pod *p = good(KIND_POD, json);

		if (p->is_job != all[i].job ||
		    p->is_manager != all[i].manager ||
		    p->is_pause != all[i].pause || p->job_id != all[i].id)
			fail_msg("%s", all[i].meta);
		record_unref(p);
		free(json);
	}
}

/* ---- spec hashes ---- */

static uint64_t
pod_hash(const char *json)
{
	const struct pod *p = good(KIND_POD, json);
	uint64_t h = p->spec_hash;

	record_unref(p);
	return h;
}

static void
test_pod_spec_hash(void **state)
{
	static const char base[] =
		"{'metadata':{'name':'a','labels':{'x':'1'}},'spec':{"
		"'containers':[{'name':'c','image':'i','resources':{"
		"'requests':{'cpu':'1'}}}]}}";
	/* Upstream overlooks these (reference 1.4), or they are not spec. */
	static const char *const same[] = {
		"{'metadata':{'name':'b','uid':'9','labels':{'x':'1'}},"
		"'spec':{'containers':[{'name':'c','image':'i','resources':{"
		"'requests':{'cpu':'1000m'}}}]},'status':{'phase':'Pending'}}",
		"{'metadata':{'labels':{'x':'1'}},'spec':{'hostname':'h',"
		"'volumes':[{'name':'kube-api-access-zz','projected':{}}],"
		"'containers':[{'name':'c','image':'i','env':[{'name':'A'}],"
		"'resources':{'requests':{'cpu':1}}}]}}",
	};
	static const char *const other[] = {
		"{'metadata':{'labels':{'x':'2'}},'spec':{'containers':[{"
		"'name':'c','image':'i','resources':{'requests':{"
		"'cpu':'1'}}}]}}",
		"{'metadata':{'labels':{'x':'1'}},'spec':{'containers':[{"
		"'name':'c','image':'i','resources':{'requests':{"
		"'cpu':'2'}}}]}}",
		"{'metadata':{'labels':{'x':'1'}},'spec':{'nodeSelector':{"
		"'a':'b'},'containers':[{'name':'c','image':'i','resources':{"
		"'requests':{'cpu':'1'}}}]}}",
		"{'metadata':{'labels':{'x':'1'}},'spec':{'tolerations':[{"
		"'operator':'Exists'}],'containers':[{'name':'c','image':'i',"
		"'resources':{'requests':{'cpu':'1'}}}]}}",
		"{'metadata':{'labels':{'x':'1'}},'spec':{'containers':[{"
		"'name':'c','image':'i','resources':{'requests':{'cpu':'1'},"
		"'limits':{}}}]}}",
	};
	uint64_t h = pod_hash(base);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		assert_true(pod_hash(same[i]) == h);
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		assert_true(pod_hash(other[i]) != h);
}

static void
test_node_spec_hash(void **state)
{
	const struct node *a = good(
		KIND_NODE, "{'metadata':{'name':'a','labels':{'x':'1',"
			   "'kubernetes.io/hostname':'a'}},'status':{"
			   "'allocatable':{'cpu':'2'}}}");
	const struct node *b = good(
		KIND_NODE, "{'metadata':{'name':'b','labels':{'x':'1',"
			   "'kubernetes.io/hostname':'b'}},'status':{"
			   "'allocatable':{'cpu':'2000m'},'phase':'x'}}");
	const struct node *c = good(
		KIND_NODE, "{'metadata':{'name':'b','labels':{'x':'1'}},"
			   "'spec':{'taints':[{'key':'t'}]},'status':{"
			   "'allocatable':{'cpu':'2'}}}");

	(void)state;
	assert_true(a->spec_hash == b->spec_hash);
	assert_true(a->spec_hash != c->spec_hash);
	record_unref(a);
	record_unref(b);
	record_unref(c);
}

static void
test_provider_ids(void **state)
{
	(void)state;
	assert_text_equal(provider_instance("aws:///eu-west-1a/i-0abc"),
			  "i-0abc");
	assert_text_equal(provider_instance("aws:///eu-west-1a/h/fargate-ip"),
			  "");
	assert_text_equal(provider_instance("gce://p/z/i-1"), "");
	assert_text_equal(provider_instance(""), "");
	assert_text_equal(provider_instance("aws://"), "");
}

static void
test_requirements_agree_however_they_come(void **state)
{
	const struct launch_template *xml = good(
		KIND_TEMPLATE,
		"{'LaunchTemplateData':{'InstanceRequirements':{"
		"'MemoryMiB':{'Min':'4096'},'VCpuCount':{'Max':'8',"
		"'Min':'2'},'RequireHibernateSupport':'false',"
		"'ExcludedInstanceTypes':['true']}}}");
	const struct types_from_requirements *json = good(
		KIND_TYPESFROMREQ,
		"{'InstanceRequirements':{'RequireHibernateSupport':false,"
		"'ExcludedInstanceTypes':['true'],"
		"'VCpuCount':{'Min':2,'Max':8},'MemoryMiB':{'Min':4096,"
		"'Max':null}}}");

	(void)state;
	assert_text_equal(xml->requirements->text,
			  "{\"ExcludedInstanceTypes\":[\"true\"],"
			  "\"MemoryMiB\":{\"Min\":4096},"
			  "\"RequireHibernateSupport\":false,"
			  "\"VCpuCount\":{\"Max\":8,\"Min\":2}}");
	assert_text_equal(json->text, xml->requirements->text);
	assert_true(json->digest == xml->requirements->digest);
	assert_int_equal(xml->requirements->vcpu_min, 2);
	assert_int_equal(xml->requirements->accelerator_min, -1);
	record_unref(xml);
	record_unref(json);
}

SUITE(decode_errors,
	TEST(test_refusals_name_the_path),
	TEST(test_long_paths_are_cut),
	TEST(test_null_is_absent),
	TEST(test_unknown_members_are_ignored),
	TEST(test_status_before_spec),
	TEST(test_maps_come_sorted_and_unique),
	TEST(test_many_labels),
	TEST(test_gitlab_marks),
	TEST(test_pod_spec_hash),
	TEST(test_node_spec_hash),
	TEST(test_provider_ids),
	TEST(test_requirements_agree_however_they_come));
