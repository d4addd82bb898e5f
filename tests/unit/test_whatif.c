/*
 * What another policy would have done: a recording of pods that nobody helped,
 * and what two policies make of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/base/clock.h"
#include "backend/world/whatif.h"
#include "backend/world/world_file.h"
#include "tests/unit/check.h"

#define START_MS INT64_C(1771405200000) /* 2026-02-18T09:00:00Z */
#define MINUTES 60

/* Pods come in the third minute; of the group no node was ever seen. */
static const struct world *
world_at(int minute, int pods)
{
	struct world_reader *r = world_reader_new();
	struct err err = { .code = ERR_NONE };
	struct world_file f;
	char at[TIME_TEXT], came[TIME_TEXT];
	struct buf text;

	time_format(START_MS + minute * 60000, false, at);
	time_format(START_MS + 2 * 60000, false, came);
	buf_init(&text, SIZE_MAX);
	buf_printf(&text, "{\"apiVersion\":\"paddock/v1\",\"kind\":\"World\","
		   "\"time\":\"%s\",\"kubernetes\":{\"pods\":[", at);
	for (int i = 0; i < pods; i++)
		buf_printf(&text, "%s{\"metadata\":{\"name\":\"p%d\","
			   "\"namespace\":\"ci\",\"uid\":\"u%d\","
			   "\"creationTimestamp\":\"%s\",\"ownerReferences\":"
			   "[{\"kind\":\"ReplicaSet\",\"name\":\"rs\",\"uid\":"
			   "\"rs\",\"controller\":true}]},\"spec\":"
			   "{\"containers\":[{\"name\":\"b\",\"resources\":"
			   "{\"requests\":{\"cpu\":\"1500m\"}}}]},\"status\":"
			   "{\"phase\":\"Pending\",\"conditions\":[{\"type\":"
			   "\"PodScheduled\",\"status\":\"False\","
			   "\"reason\":\"Unschedulable\"}]}}",
			   i ? "," : "", i, i, came);
	buf_puts(&text,
		 "],\"replicaSets\":[{\"metadata\":{\"name\":\"rs\","
		 "\"namespace\":\"ci\",\"uid\":\"rs\"},\"spec\":"
		 "{\"replicas\":4}}]},\"aws\":{\"autoScalingGroups\":[{"
		 "\"AutoScalingGroupName\":\"g\",\"MinSize\":0,\"MaxSize\":5,"
		 "\"DesiredCapacity\":0,\"AvailabilityZones\":[\"z\\\"1\"],"
		 "\"LaunchTemplate\":{\"LaunchTemplateId\":\"lt-1\","
		 "\"LaunchTemplateName\":\"lt\",\"Version\":\"1\"}}],"
		 "\"launchTemplateVersions\":[{\"LaunchTemplateId\":\"lt-1\","
		 "\"LaunchTemplateName\":\"lt\",\"VersionNumber\":1,"
		 "\"DefaultVersion\":true,\"LaunchTemplateData\":"
		 "{\"InstanceType\":\"m6i.large\"}}],\"instanceTypes\":[{"
		 "\"InstanceType\":\"m6i.large\",\"VCpuInfo\":"
		 "{\"DefaultVCpus\":2},\"MemoryInfo\":{\"SizeInMiB\":8192},"
		 "\"ProcessorInfo\":{\"SupportedArchitectures\":[\"x86_64\"]}"
		 "}]}}");
	assert_ok(world_reader_feed(r, text.at, text.len, &err), &err);
	assert_ok(world_reader_done(r, &f, &err), &err);
	policy_unref(f.policy);
	memory_unref(f.memory);
	world_reader_free(r);
	buf_fini(&text);
	return f.world;
}

/* The pods never get a node, and go after half an hour. */
static void
each_minute(const struct policy *policy,
	    void (*see)(void *ctx, const struct recorded *entry), void *ctx)
{
	for (int minute = 0; minute < MINUTES; minute++) {
		const struct world *w = world_at(
			minute, minute >= 2 && minute < 32 ? 4 : 0);

		see(ctx, &(struct recorded){
				 .number = (uint64_t)minute + 1,
				 .now_ms = START_MS + minute * 60000,
				 .world = w,
				 .policy = policy,
			 });
		world_unref(w);
	}
}

static void
learn(void *ctx, const struct recorded *entry)
{
	whatif_learn(ctx, entry);
}

static void
step(void *ctx, const struct recorded *entry)
{
	struct err err = { .code = ERR_NONE };

	assert_ok(whatif_step(ctx, entry, &err), &err);
}

static bool
hurry(const void *ctx, struct policy *p, struct err *err)
{
	(void)ctx;
	return policy_set(p, "scale-down-unneeded-time", "2m", NULL, err) &&
	       policy_set(p, "scale-down-delay-after-add", "2m", NULL, err);
}

static bool
keep_small(const void *ctx, struct policy *p, struct err *err)
{
	(void)ctx;
	return policy_set(p, "max-nodes-total", "1", NULL, err);
}

static bool
refuse(const void *ctx, struct policy *p, struct err *err)
{
	(void)ctx;
	return policy_set(p, "no-such-key", "1", NULL, err);
}

static struct whatif_sums
run(struct whatif *w, const struct policy *policy,
    bool (*adjust)(const void *ctx, struct policy *p, struct err *err))
{
	struct whatif_run *r = whatif_run_new(w, adjust, NULL);
	struct whatif_sums s;

	each_minute(policy, step, r);
	s = whatif_run_sums(r);
	whatif_run_free(r);
	return s;
}

static void
test_policies_side_by_side(void **state)
{
	struct policy *policy = policy_new(POLICY_WORLD_FILE);
	struct whatif *w = whatif_new();
	struct whatif_sums real, same, quick, small;
	struct whatif_run *bad;
	struct err err = { .code = ERR_NONE };
	const struct world *world = world_at(0, 0);
	int64_t low, high;

	(void)state;
	whatif_add_price(w, "m6i.large", false, 100000);
	each_minute(policy, learn, w);
	real = whatif_recorded(w);
	assert_int_equal(real.pods, 4);
	assert_int_equal(real.gave_up, 4);
	assert_int_equal(real.most_nodes, 0);
	assert_int_equal(real.wait_max_ms, 30 * 60000);
	assert_false(whatif_boot_ms(w, &low, &high));

	/* Four nodes of two cores, two minutes each; jobs of five minutes (the
	 * default: none ever ran), then ten minutes unneeded. */
	same = run(w, policy, NULL);
	assert_int_equal(same.pods, 4);
	assert_int_equal(same.added, 4);
	assert_int_equal(same.removed, 4);
	assert_int_equal(same.most_nodes, 4);
	assert_int_equal(same.gave_up, 0);
	assert_int_equal(same.still, 0);
	assert_in_range(same.wait_max_ms, 2 * 60000, 3 * 60000);
	assert_true(same.node_hours > 1 && same.node_hours < 1.7);
	assert_true(same.dollars > same.node_hours * 0.0999 &&
		    same.dollars < same.node_hours * 0.1001);

	quick = run(w, policy, hurry);
	assert_int_equal(quick.wait_max_ms, same.wait_max_ms);
	assert_true(quick.node_hours < same.node_hours - 0.3);

	/* One node at most: the others wait for it, one after the other. */
	small = run(w, policy, keep_small);
	assert_int_equal(small.most_nodes, 1);
	assert_int_equal(small.gave_up, 0);
	assert_true(small.wait_max_ms > 15 * 60000);
	assert_true(small.node_hours < quick.node_hours);

	bad = whatif_run_new(w, refuse, NULL);
	assert_false(whatif_step(bad,
				 &(struct recorded){ .number = 1,
						     .now_ms = START_MS,
						     .world = world,
						     .policy = policy },
				 &err));
	assert_text_contains(err.text, "no-such-key");
	whatif_run_free(bad);
	world_unref(world);
	whatif_free(w);
	policy_unref(policy);
}

SUITE(whatif, TEST(test_policies_side_by_side));
