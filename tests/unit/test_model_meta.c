/*
 * Labels, selectors, kept annotations, kinds by name, keys, node helpers.
 */
#include "backend/decode/decode.h"
#include "backend/model/snapshot.h"
#include "tests/unit/check.h"

static const struct record *
record_of(enum kind kind, const char *quoted)
{
	struct seal *s = seal_new();
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	const struct record *r;

	r = codec_of(kind)->decode(s, parse_text(a, quoted), &err);
	if (!r)
		fail_msg("%s: %s", err.text, quoted);
	arena_free(a);
	seal_free(s);
	return r;
}

static void
test_labels_by_binary_search(void **state)
{
	static const struct label at[] = {
		{ "a", "1" }, { "b", "2" }, { "c/d", "3" }, { "z", "" },
	};
	struct labels l = { at, ARRAY_LEN(at) }, none = { NULL, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(at); i++)
		assert_ptr_equal(labels_get(&l, at[i].key), at[i].value);
	assert_null(labels_get(&l, ""));
	assert_null(labels_get(&l, "aa"));
	assert_null(labels_get(&l, "zz"));
	assert_null(labels_get(&none, "a"));
}

static void
test_requirements(void **state)
{
	static const char *const two[] = { "x", "7" };
	static const char *const seven[] = { "7" };
	static const struct {
		const char *const *values;
		uint32_t n;
		enum selector_op op;
		const char *value;
		bool matches;
	} all[] = {
		{ two, 2, OP_IN, "7", true },
		{ two, 2, OP_IN, "8", false },
		{ two, 2, OP_IN, NULL, false },
		{ NULL, 0, OP_IN, "", false },
		{ two, 2, OP_NOT_IN, "8", true },
		{ two, 2, OP_NOT_IN, "x", false },
		{ two, 2, OP_NOT_IN, NULL, true },
		{ NULL, 0, OP_EXISTS, "", true },
		{ NULL, 0, OP_EXISTS, NULL, false },
		{ NULL, 0, OP_NOT_EXISTS, NULL, true },
		{ NULL, 0, OP_NOT_EXISTS, "", false },
		{ seven, 1, OP_GT, "8", true },
		{ seven, 1, OP_GT, "7", false },
		{ seven, 1, OP_GT, "-8", false },
		{ seven, 1, OP_LT, "-8", true },
		{ seven, 1, OP_LT, NULL, false },
		{ seven, 1, OP_LT, "", false },
		{ seven, 1, OP_LT, " 1", false },
		{ seven, 1, OP_LT, "1x", false },
		{ seven, 1, OP_LT, "99999999999999999999", false },
		{ two, 2, OP_LT, "1", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct requirement r = { "k", all[i].values, all[i].n,
					 (uint8_t)all[i].op };

		if (requirement_matches(&r, all[i].value) != all[i].matches)
			fail_msg("row %zu", i);
	}
}

static void
test_selectors(void **state)
{
	const struct pdb *b = (const void *)record_of(
		KIND_PDB, "{'spec':{'selector':{'matchLabels':{'b':'2',"
			  "'a':'1'},'matchExpressions':[{'key':'c',"
			  "'operator':'DoesNotExist'}]}}}");
	const struct pdb *all = (const void *)record_of(
		KIND_PDB, "{'spec':{'selector':{}}}");
	const struct pdb *none = (const void *)record_of(KIND_PDB, "{}");
	static const struct label abc[] = { { "a", "1" }, { "b", "2" },
					    { "c", "" } };
	struct labels two = { abc, 2 }, three = { abc, 3 }, one = { abc, 1 };

	(void)state;
	assert_text_equal(b->selector.at[0].key, "a");
	assert_true(selector_matches(&b->selector, &two));
	assert_false(selector_matches(&b->selector, &three));
	assert_false(selector_matches(&b->selector, &one));
	assert_true(selector_matches(&all->selector, &one));
	assert_false(selector_matches(&none->selector, &one));
	record_unref(b);
	record_unref(all);
	record_unref(none);
}

static void
test_kept_annotations(void **state)
{
	static const struct {
		const char *key;
		bool kept;
	} all[] = {
		{ "cluster-autoscaler.kubernetes.io/safe-to-evict", true },
		{ "delay-deletion.cluster-autoscaler.kubernetes.io/x", true },
		{ "k8s.io/cluster-autoscaler-enabled", true },
		{ "kubernetes.io/config.mirror", true },
		{ "job.runner.gitlab.com/id", true },
		{ "job.runner.gitlab.com/idx", false },
		{ "kubectl.kubernetes.io/last-applied-configuration", false },
		{ "kubernetes.io/config.hash", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (meta_keeps_annotation(all[i].key, strlen(all[i].key)) !=
		    all[i].kept)
			fail_msg("%s", all[i].key);
}

static void
test_kinds_by_name(void **state)
{
	(void)state;
	for (int k = 0; k < KIND_COUNT; k++) {
		assert_int_equal(kind_by_name(kind_name(k)), k);
		if (k != KIND_BATCHJOB)
			assert_int_equal(kind_by_name(kind_plural(k)), k);
	}
	assert_int_equal(kind_by_name("jobs"), KIND_JOB);
	assert_int_equal(kind_by_name("nothing"), KIND_COUNT);
	assert_text_equal(source_name(kind_source(KIND_GROUP)), "aws");
}

static void
test_keys(void **state)
{
	static const struct {
		enum kind kind;
		const char *json, *key, *name;
	} all[] = {
		{ KIND_POD, "{'metadata':{'namespace':'n','name':'p'}}", "n/p",
		  "p" },
		{ KIND_NODE, "{'metadata':{'name':'n1'}}", "n1", "n1" },
		{ KIND_GROUP, "{'AutoScalingGroupName':'g'}", "g", "g" },
		{ KIND_TEMPLATE,
		  "{'LaunchTemplateId':'lt-1','LaunchTemplateName':'t',"
		  "'VersionNumber':3}",
		  "lt-1/3", "t" },
		{ KIND_INSTANCE, "{'InstanceId':'i-1'}", "i-1", "i-1" },
		{ KIND_PRICE,
		  "{'InstanceType':'m5.large','AvailabilityZone':'a',"
		  "'SpotPrice':'1'}",
		  "m5.large/a/spot", "m5.large" },
		{ KIND_JOB, "{'id':12,'name':'build'}", "12", "build" },
		{ KIND_RUNNER, "{'id':4,'description':'d'}", "4", "d" },
		{ KIND_MANAGER, "{'id':9}", "9", "" },
		{ KIND_ACT, "{'id':'a1'}", "a1", "a1" },
	};
	char key[RECORD_KEY];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const struct record *r = record_of(all[i].kind, all[i].json);

		assert_text_equal(record_key(r, key), all[i].key);
		assert_text_equal(record_name(r), all[i].name);
		record_unref(r);
	}
}

static void
test_node_helpers(void **state)
{
	static const struct {
		const char *json, *status, *type, *zone, *capacity;
		bool ready;
	} all[] = {
		{ "{}", "Unknown", "", "", "", false },
		{ "{'metadata':{'labels':{"
		  "'beta.kubernetes.io/instance-type':'m4.large',"
		  "'failure-domain.beta.kubernetes.io/zone':'a',"
		  "'node.kubernetes.io/lifecycle':'normal'}},'spec':{"
		  "'unschedulable':true},'status':{'conditions':[{"
		  "'type':'Ready','status':'True'},{'type':'MemoryPressure',"
		  "'status':'True'}]}}",
		  "Ready,SchedulingDisabled", "m4.large", "a", "on-demand",
		  true },
		{ "{'metadata':{'labels':{"
		  "'node.kubernetes.io/instance-type':'m5.large',"
		  "'beta.kubernetes.io/instance-type':'old',"
		  "'topology.kubernetes.io/zone':'b',"
		  "'eks.amazonaws.com/capacityType':'SPOT'}},'status':{"
		  "'conditions':[{'type':'Ready','status':'Unknown'}]}}",
		  "NotReady", "m5.large", "b", "spot", false },
		{ "{'spec':{'taints':[{'key':'node.kubernetes.io/not-ready',"
		  "'effect':'NoSchedule'}]},'status':{'conditions':[{"
		  "'type':'Ready','status':'True'}]}}",
		  "Ready", "", "", "", false },
		{ "{'status':{'conditions':[{'type':'Ready','status':'True'},"
		  "{'type':'DiskPressure','status':'True'}]}}",
		  "Ready", "", "", "", false },
		{ "{'status':{'conditions':[{'type':'Ready','status':'True'},"
		  "{'type':'NetworkUnavailable','status':'Unknown'}]}}",
		  "Ready", "", "", "", true },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const struct node *n =
			(const void *)record_of(KIND_NODE, all[i].json);

		assert_text_equal(node_status_text(n, text, sizeof(text)),
				  all[i].status);
		assert_text_equal(node_instance_type(n), all[i].type);
		assert_text_equal(node_zone(n), all[i].zone);
		assert_text_equal(node_capacity_type(n), all[i].capacity);
		assert_int_equal(node_is_ready(n), all[i].ready);
		record_unref(n);
	}
}

static void
test_words_of_gitlab_and_groups(void **state)
{
	const struct group *g = (const void *)record_of(
		KIND_GROUP, "{'Tags':[{'Key':'a','Value':'1'},{'Key':'b'}]}");
	struct job j = { .status = JOB_CANCELING };

	(void)state;
	assert_text_equal(group_tag(g, "a"), "1");
	assert_text_equal(group_tag(g, "b"), "");
	assert_null(group_tag(g, "c"));
	assert_int_equal(job_status_parse("PENDING"), JOB_PENDING);
	assert_int_equal(job_status_parse("waiting_for_resource"), JOB_OTHER);
	assert_int_equal(job_status_parse(NULL), JOB_OTHER);
	assert_false(job_is_over(&j));
	j.status = JOB_CANCELED;
	assert_true(job_is_over(&j));
	assert_text_equal(phase_name(PHASE_NO_ADDRESS), "no address");
	assert_text_equal(severity_name(SEVERITY_CRIT), "CRIT");
	record_unref(g);
}

SUITE(model_meta,
	TEST(test_labels_by_binary_search),
	TEST(test_requirements),
	TEST(test_selectors),
	TEST(test_kept_annotations),
	TEST(test_kinds_by_name),
	TEST(test_keys),
	TEST(test_node_helpers),
	TEST(test_words_of_gitlab_and_groups));
