/*
 * Policy files: nothing crashes, errors name file and line, what is written
 * reads back as the same, and whatever is accepted can be decided by.
 */
#include <stdio.h>

#include "backend/base/json.h"
#include "backend/net/yaml.h"
#include "backend/world/world_file.h"
#include "tests/fuzz/fuzz.h"

/* Two groups, one node with a pod, one pod that waits. */
static const char small_world[] =
	"{\"time\":\"2026-02-18T09:00:00Z\",\"kubernetes\":{\"nodes\":[{"
	"\"metadata\":{\"name\":\"n\",\"creationTimestamp\":"
	"\"2026-02-18T08:00:00Z\"},\"spec\":{\"providerID\":"
	"\"aws:///a/i-n\"},\"status\":{\"capacity\":{\"cpu\":\"2\","
	"\"memory\":\"4Gi\",\"pods\":\"9\"},\"allocatable\":{\"cpu\":\"2\","
	"\"memory\":\"4Gi\",\"pods\":\"9\"},\"conditions\":[{\"type\":"
	"\"Ready\",\"status\":\"True\",\"lastTransitionTime\":"
	"\"2026-02-18T08:00:00Z\"}]}}],\"pods\":[{\"metadata\":{\"name\":"
	"\"on\",\"namespace\":\"d\",\"creationTimestamp\":"
	"\"2026-02-18T08:00:00Z\"},\"spec\":{\"nodeName\":\"n\","
	"\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"100m\"}}}]}"
	"},{\"metadata\":{\"name\":\"waits\",\"namespace\":\"d\","
	"\"creationTimestamp\":\"2026-02-18T08:00:00Z\"},\"spec\":{"
	"\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"1900m\","
	"\"memory\":\"3Gi\"}}}]},\"status\":{\"conditions\":[{\"type\":"
	"\"PodScheduled\",\"status\":\"False\",\"reason\":"
	"\"Unschedulable\"}]}}]},\"aws\":{\"autoScalingGroups\":[{"
	"\"AutoScalingGroupName\":\"g\",\"MaxSize\":5,\"DesiredCapacity\":1,"
	"\"AvailabilityZones\":[\"a\"],\"Instances\":[{\"InstanceId\":\"i-n\","
	"\"AvailabilityZone\":\"a\"}]},{\"AutoScalingGroupName\":\"h\","
	"\"MinSize\":1,\"MaxSize\":5,\"AvailabilityZones\":[\"a\"]}]}}";

static void
written(const struct policy *p, struct buf *out)
{
	struct jsonw *w;

	buf_init(out, (size_t)4 << 20);
	w = jsonw_new_buf(out, false);
	policy_write(w, p);
	must(jsonw_done(w));
}

static void
decide_by(const struct policy *p)
{
	struct world_reader *r = world_reader_new();
	struct err err = { .code = ERR_NONE };
	struct world_file f;

	must(world_reader_feed(r, small_world, sizeof(small_world) - 1,
			       &err) &&
	     world_reader_done(r, &f, &err));
	world_reader_free(r);
	plan_unref(engine_decide(&(struct engine_input){
		.world = f.world,
		.policy = p,
		.now_ms = f.world->time_ms,
		.work_limit = 10000,
	}));
	world_file_fini(&f);
}

static void
check_good(const struct policy *p)
{
	struct policy *again = policy_new(POLICY_WORLD_FILE);
	struct err err = { .code = ERR_NONE };
	struct arena *a = arena_new();
	struct buf one, two;

	written(p, &one);
	must(policy_read(again, json_parse(a, one.at, one.len, &err), NULL,
			 &err));
	written(again, &two);
	must(str_eq(buf_text(&one), buf_text(&two)));
	if (policy_check(p, &err))
		decide_by(p);
	else
		must(str_has_prefix(err.text, "policy"));
	buf_fini(&one);
	buf_fini(&two);
	arena_free(a);
	policy_unref(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct policy *p = policy_new(POLICY_WORLD_FILE);
	struct err err = { .code = ERR_NONE };
	char *text = xmemdup(data, size ? size : 1);
	const struct tree *t = yaml_parse(a, "f", text, size, &err);

	if (t && tree_is(t, TREE_OBJECT)) {
		if (policy_read(p, t, "f", &err))
			check_good(p);
		else
			must(str_has_prefix(err.text, "f:"));
	}
	free(text);
	policy_unref(p);
	arena_free(a);
	return 0;
}
