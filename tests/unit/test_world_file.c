/*
 * World files: what is read, what is refused and with which words, and that
 * what is written reads back the same.
 */
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/world/world_file.h"
#include "tests/unit/check.h"

#define HEAD "'apiVersion':'paddock/v1','kind':'World'," \
	     "'time':'2026-02-18T09:00:00Z'"

/* Single quotes stand for double ones. */
static bool
read_text(const char *quoted, struct world_file *out, struct err *err)
{
	struct world_reader *r = world_reader_new();
	char *text = xstrdup(quoted);
	bool good;

	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	good = world_reader_feed(r, text, strlen(text), err) &&
	       world_reader_done(r, out, err);
	free(text);
	world_reader_free(r);
	return good;
}

static bool
to_buf(void *ctx, const char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return buf_ok(ctx);
}

#define ONE_GROUP                                                           \
	"{" HEAD ",'kubernetes':{'nodes':[],'pods':[{'metadata':{'name':"   \
	"'p1','namespace':'ci','uid':'u1'},'spec':{'containers':[{'name':"  \
	"'build','resources':{'requests':{'cpu':'1500m','memory':'1Gi'}}}]}" \
	",'status':{'phase':'Pending','conditions':[{'type':'PodScheduled'," \
	"'status':'False','reason':'Unschedulable'}]}}]},'aws':{"           \
	"'autoScalingGroups':[{'AutoScalingGroupName':'g','MinSize':0,"     \
	"'MaxSize':5,'DesiredCapacity':0,'AvailabilityZones':"              \
	"['eu-west-1a'],'Instances':[],'LaunchTemplate':{'LaunchTemplateId'" \
	":'lt-1','LaunchTemplateName':'lt','Version':'1'},'Tags':[]}],"     \
	"'launchTemplateVersions':[{'LaunchTemplateId':'lt-1',"             \
	"'LaunchTemplateName':'lt','VersionNumber':1,'DefaultVersion':true," \
	"'LaunchTemplateData':{'InstanceType':'m6i.large'}}],"              \
	"'instanceTypes':[{'InstanceType':'m6i.large','VCpuInfo':"          \
	"{'DefaultVCpus':2},'MemoryInfo':{'SizeInMiB':8192},"               \
	"'ProcessorInfo':{'SupportedArchitectures':['x86_64']}}]},"         \
	"'policy':{'expander':'least-waste','max-nodes-total':'7'}}"

static void
test_reads_and_decides(void **state)
{
	struct err err = { .code = ERR_NONE };
	struct world_file f;
	const struct plan *p;

	(void)state;
	assert_ok(read_text(ONE_GROUP, &f, &err), &err);
	p = engine_decide(&(struct engine_input){
		.world = f.world,
		.policy = f.policy,
		.now_ms = f.world->time_ms,
	});
	assert_text_equal(p->result, "Successful");
	assert_int_equal(p->scale_up_n, 1);
	assert_text_equal(p->scale_up[0].group, "g");
	assert_int_equal(p->scale_up[0].from, 0);
	assert_int_equal(p->scale_up[0].to, 1);
	assert_text_equal(plan_pod(p, "ci/p1")->reason, "g");
	assert_text_equal(plan_group(p, "g")->template_from, "cloud");
	plan_unref(p);
	world_file_fini(&f);
}

static void
test_writes_what_it_read(void **state)
{
	struct err err = { .code = ERR_NONE };
	struct world_file f, again;
	struct world_reader *r = world_reader_new();
	struct buf first, second;

	(void)state;
	buf_init(&first, 1 << 20);
	buf_init(&second, 1 << 20);
	assert_ok(read_text(ONE_GROUP, &f, &err), &err);
	assert_true(world_file_write(f.world, f.policy, f.memory, to_buf,
				     &first));
	assert_ok(world_reader_feed(r, first.at, first.len, &err), &err);
	assert_ok(world_reader_done(r, &again, &err), &err);
	assert_true(world_file_write(again.world, again.policy, again.memory,
				     to_buf, &second));
	assert_text_equal(buf_text(&second), buf_text(&first));
	assert_text_contains(buf_text(&first), "\"max-nodes-total\":7");
	world_reader_free(r);
	world_file_fini(&f);
	world_file_fini(&again);
	buf_fini(&first);
	buf_fini(&second);
}

static void
test_names_the_path_of_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "no JSON" },
		{ "[]", "wanted object" },
		{ "{", "" },
		{ "{'time':3}", "time: wanted" },
		{ "{'kind':'Plan','time':'2026-02-18T09:00:00Z'}",
		  "kind: wanted \"World\"" },
		{ "{" HEAD ",'kubernetes':{'gateways':[]}}",
		  "kubernetes.gateways: no such kind" },
		{ "{" HEAD ",'kubernetes':{'pods':{}}}",
		  "kubernetes.pods: wanted array" },
		{ "{" HEAD ",'kubernetes':{'pods':[{'metadata':{'name':'a'}},"
		  "3]}}", "kubernetes.pods[1]: wanted object, found number" },
		{ "{" HEAD ",'kubernetes':{'pods':[{'metadata':{'name':5}}]}}",
		  "kubernetes.pods[0]" },
		{ "{" HEAD ",'kubernetes':{'pods':[{'kind':'Node','metadata':"
		  "{'name':'a'}}]}}",
		  "kubernetes.pods[0].kind: wanted Pod, found \"Node\"" },
		{ "{" HEAD ",'kubernetes':{'pods':[{'metadata':{'name':'a',"
		  "'uid':'1'}},{'metadata':{'name':'b','uid':'1'}}]}}",
		  "kubernetes.pods[1]: the same uid as kubernetes.pods[0]" },
		{ "{" HEAD ",'kubernetes':{'nodes':[{'metadata':{'name':'a'}},"
		  "{'metadata':{'name':'a'}}]}}",
		  "kubernetes.nodes[1]: the same name" },
		{ "{" HEAD ",'policy':{'no-such-key':1}}",
		  "there is no key \"no-such-key\"" },
		{ "{" HEAD ",'policy':{'scale-down-unneeded-time':'soon'}}",
		  "policy.scale-down-unneeded-time: wanted a duration" },
		{ "{" HEAD ",'policy':{'max-empty-bulk-delete':3}}",
		  "max-empty-bulk-delete was removed" },
		{ "{" HEAD ",'memory':{'nodes':{'n':{'unneededSince':true}}}}",
		  "memory.nodes.n.unneededSince: wanted a time" },
		{ "{" HEAD ",'memory':{'nodes':[]}}",
		  "memory.nodes: wanted object" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { .code = ERR_NONE };
		struct world_file f;

		if (read_text(cases[i].text, &f, &err))
			fail_msg("taken: %s", cases[i].text);
		assert_text_contains(err.text, cases[i].says);
		assert_null(f.world);
	}
}

static void
test_missing_file_is_told(void **state)
{
	struct err err = { .code = ERR_NONE };
	struct world_file f;

	(void)state;
	assert_false(world_file_read("no/such/file.json", &f, &err));
	assert_text_contains(err.text, "no/such/file.json");
	assert_int_equal(err.code, ERR_IO);
}

SUITE(world_file,
	TEST(test_reads_and_decides),
	TEST(test_writes_what_it_read),
	TEST(test_names_the_path_of_what_is_wrong),
	TEST(test_missing_file_is_told));
