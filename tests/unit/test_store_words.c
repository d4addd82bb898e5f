/*
 * What home says in words: of queues, groups and alarms, and since when.
 */
#include <stdio.h>

#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

static void
second(struct kit *k)
{
	hand_clock_step(&k->clock, 1000);
	kit_look(k);
}

static const char *
blocked_by(struct kit *k, const char *tags)
{
	const struct slot *slot = kit_slot(k, KIND_QUEUE, NULL, tags);

	assert_non_null(slot);
	return ((const struct queue *)(const void *)slot->rec)->blocked_by;
}

/* ---- queues ---- */

/* A hundred jobs that wait for nodes stand before those that no runner has
 * taken: what keeps these is known nonetheless. */
static void
test_queued_behind_many(void **state)
{
	struct kit k;
	char name[16];

	(void)state;
	kit_init(&k);
	kit_load(&k, KIND_POD);
	k.sink->list_begin(k.sink->ctx, KIND_RUNNER);
	kit_put(&k, kit_runner(&k, 1, "tokenAAA", "shell", "windows",
			       "online"));
	k.sink->list_end(k.sink->ctx, KIND_RUNNER, true);
	for (int i = 1; i <= 100; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		kit_put(&k, kit_job(&k, i, JOB_RUNNING, "docker", 0,
				    KIT_START_MS - 100000 + i));
		kit_put(&k, kit_pod(&k, &(struct kit_pod){
						.name = name,
						.job_id = i,
						.unschedulable = true }));
	}
	for (int i = 101; i <= 250; i++)
		kit_put(&k, kit_job(&k, i, JOB_PENDING, "docker", 0,
				    KIT_START_MS + i));
	second(&k);
	assert_text_equal(blocked_by(&k, "docker"), "no runner carries it");
	assert_non_null(kit_alarm(&k, "queue/docker"));
	kit_fini(&k);
}

/* Of several tags the one that is missing is named. */
static void
test_the_tag_nobody_carries(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	k.sink->list_begin(k.sink->ctx, KIND_RUNNER);
	kit_put(&k, kit_runner(&k, 1, "tokenAAA", "docker", "docker,linux",
			       "online"));
	kit_put(&k, kit_runner(&k, 2, "tokenBBB", "arm", "docker,arm64",
			       "online"));
	k.sink->list_end(k.sink->ctx, KIND_RUNNER, true);
	kit_put(&k, kit_job(&k, 1, JOB_PENDING, "docker,e2e", 0,
			    KIT_START_MS));
	kit_put(&k, kit_job(&k, 2, JOB_PENDING, "arm64,linux", 0,
			    KIT_START_MS));
	kit_put(&k, kit_job(&k, 3, JOB_PENDING, "gpu", 0, KIT_START_MS));
	kit_put(&k, kit_job(&k, 4, JOB_PENDING, NULL, 0, KIT_START_MS));
	second(&k);
	assert_text_equal(blocked_by(&k, "docker,e2e"),
			  "no runner carries e2e");
	assert_text_equal(blocked_by(&k, "arm64,linux"),
			  "no runner carries all of them");
	assert_text_equal(blocked_by(&k, "gpu"), "no runner carries it");
	assert_text_equal(kit_alarm(&k, "queue/docker,e2e")->text,
			  "tag \"docker,e2e\": 1 job waits, no runner carries "
			  "e2e");
	assert_text_equal(kit_alarm(&k, "queue/(none)")->text,
			  "no tag: 1 job waits, no runner takes untagged "
			  "jobs");
	kit_fini(&k);
}

/* Without the cluster's word on pods GitLab's stands: jobs that run do not wait
 * for a pod that nobody could see. */
static void
test_running_while_pods_are_unknown(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_job(&k, 1, JOB_RUNNING, "docker", 0, KIT_START_MS));
	kit_put(&k, kit_job(&k, 2, JOB_PENDING, "docker", 0, KIT_START_MS));
	second(&k);
	assert_int_equal(k.snap->fleet.running, 1);
	assert_int_equal(k.snap->fleet.waiting, 1);
	assert_text_contains(((const struct job_sum *)kit_sum(
				      &k, KIND_JOB, "1"))->why,
			     "gitlab says it runs");
	/* With it the pod is missed. */
	kit_load(&k, KIND_POD);
	second(&k);
	assert_int_equal(k.snap->fleet.running, 0);
	assert_int_equal(k.snap->fleet.waiting, 2);
	assert_text_contains(((const struct job_sum *)kit_sum(
				      &k, KIND_JOB, "1"))->why,
			     "no pod seen yet");
	kit_fini(&k);
}

/* ---- alarms ---- */

/* The oldest job got its place: the queue starves no less long for that. */
static void
test_an_alarm_grows_no_younger(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_load(&k, KIND_RUNNER);
	kit_put(&k, kit_job(&k, 1, JOB_PENDING, "gpu", 0,
			    KIT_START_MS - 60000));
	kit_put(&k, kit_job(&k, 2, JOB_PENDING, "gpu", 0,
			    KIT_START_MS - 30000));
	second(&k);
	assert_int_equal(kit_alarm(&k, "queue/gpu")->since_ms,
			 KIT_START_MS - 60000);
	k.sink->gone(k.sink->ctx, KIND_JOB, "1");
	second(&k);
	assert_int_equal(kit_alarm(&k, "queue/gpu")->since_ms,
			 KIT_START_MS - 60000);
	assert_text_contains(kit_alarm(&k, "queue/gpu")->text, "1 job waits");
	/* A cause found to be older makes it older. */
	kit_put(&k, kit_job(&k, 3, JOB_PENDING, "gpu", 0,
			    KIT_START_MS - 90000));
	second(&k);
	assert_int_equal(kit_alarm(&k, "queue/gpu")->since_ms,
			 KIT_START_MS - 90000);
	kit_fini(&k);
}

static void
test_dry_subnets_are_one_line(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_subnet(&k, "subnet-a", "eu-west-1a", 0));
	kit_put(&k, kit_subnet(&k, "subnet-b", "eu-west-1b", 0));
	kit_put(&k, kit_subnet(&k, "subnet-c", "eu-west-1c", 9));
	kit_put(&k, kit_subnet(&k, "subnet-d", "eu-west-1d", 900));
	second(&k);
	assert_text_equal(kit_alarm(&k, "addresses/none")->text,
			  "0 addresses left in subnet-a (eu-west-1a), "
			  "subnet-b (eu-west-1b)");
	assert_int_equal(kit_alarm(&k, "addresses/none")->severity,
			 SEVERITY_CRIT);
	assert_text_equal(kit_alarm(&k, "addresses/few")->text,
			  "9 addresses left in subnet-c (eu-west-1c)");
	kit_fini(&k);
}

/* ---- groups ---- */

static const char *
group_why(struct kit *k)
{
	return ((const struct group_sum *)kit_sum(k, KIND_GROUP, "g"))->why;
}

/* A node short of disk is ready to Kubernetes, and no use all the same. */
static void
test_not_ready_says_how(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "g", 1, 2, 5, "i-1,i-2"));
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .instance = "i-1" }));
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n2",
						     .instance = "i-2",
						     .disk_pressure = true }));
	second(&k);
	assert_text_equal(group_why(&k), "1 of 2 nodes is short of disk");
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1", .rv = "2",
						     .instance = "i-1",
						     .not_ready = true }));
	second(&k);
	assert_text_equal(group_why(&k), "2 of 2 nodes are not ready");
	kit_fini(&k);
}

/* AWS' words end in a stop; ours go on behind them. */
static void
test_launches_that_fail(void **state)
{
	static const struct {
		const char *message, *remedy;
	} rows[] = {
		{ "The image id '[ami-04f35e02f577bb4f5]' does not exist. "
		  "Launching EC2 instance failed.", "an image that exists" },
		{ "Could not launch Spot Instances. "
		  "InsufficientInstanceCapacity - There is no Spot capacity "
		  "available that matches your request.", "on-demand" },
		{ "We currently do not have sufficient m7i.large capacity in "
		  "the Availability Zone you requested (eu-west-1a).",
		  "instance types and zones" },
		{ "There are not enough free addresses in subnet "
		  "'subnet-84f62a6bc7c68bac8' to satisfy the requested number "
		  "of instances.", "free addresses in the subnet" },
		{ "You have requested more vCPU capacity than your current "
		  "vCPU limit of 32 allows.", "quota" },
		{ "You are not authorized to perform this operation.",
		  "role that launches" },
		{ "something new", "what AWS says" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_text_contains(store_launch_remedy(rows[i].message),
				     rows[i].remedy);
}

SUITE(store_words,
	TEST(test_queued_behind_many),
	TEST(test_the_tag_nobody_carries),
	TEST(test_running_while_pods_are_unknown),
	TEST(test_an_alarm_grows_no_younger),
	TEST(test_dry_subnets_are_one_line),
	TEST(test_not_ready_says_how),
	TEST(test_launches_that_fail));
