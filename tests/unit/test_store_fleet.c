/*
 * Home's numbers: queues and what blocks them, alarms, the fleet line, charts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

static void
second(struct kit *k)
{
	hand_clock_step(&k->clock, 1000);
	kit_look(k);
}

static const struct queue *
queue_of(struct kit *k, const char *tags)
{
	const struct slot *slot = kit_slot(k, KIND_QUEUE, NULL, tags);

	return slot ? (const void *)slot->rec : NULL;
}

static const char *
job_why(struct kit *k, const char *id)
{
	const struct job_sum *sum = kit_sum(k, KIND_JOB, id);

	assert_non_null(sum);
	return sum->why;
}

static void
test_queue_blocked_by_runners(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_job(&k, 1, JOB_PENDING, "gpu", 0,
			    KIT_START_MS - 9000));
	kit_put(&k, kit_job(&k, 2, JOB_PENDING, "gpu", 0,
			    KIT_START_MS - 60000));
	kit_put(&k, kit_job(&k, 3, JOB_PENDING, NULL, 0, KIT_START_MS));
	second(&k);
	assert_int_equal(queue_of(&k, "gpu")->waiting, 2);
	assert_int_equal(queue_of(&k, "gpu")->oldest_ms,
			 KIT_START_MS - 60000);
	assert_int_equal(queue_of(&k, "(none)")->waiting, 1);
	assert_int_equal(k.snap->fleet.oldest_wait_ms, KIT_START_MS - 60000);
	/* Nothing is known of runners yet: no alarm. */
	assert_null(kit_alarm(&k, "queue/gpu"));
	k.sink->list_begin(k.sink->ctx, KIND_RUNNER);
	kit_put(&k, kit_runner(&k, 1, "tokenAAA", "docker", "docker",
			       "online"));
	k.sink->list_end(k.sink->ctx, KIND_RUNNER, true);
	second(&k);
	assert_text_contains(queue_of(&k, "gpu")->blocked_by, "no runner");
	second(&k); /* then its jobs know, too */
	assert_text_equal(job_why(&k, "1"), "no runner carries its tags");
	assert_non_null(kit_alarm(&k, "queue/gpu"));
	assert_text_contains(kit_alarm(&k, "queue/gpu")->text, "2 jobs wait");
	assert_int_equal(kit_alarm(&k, "queue/gpu")->since_ms,
			 KIT_START_MS - 60000);
	kit_put(&k, kit_runner(&k, 2, "tokenBBB", "gpu-box", "gpu",
			       "offline"));
	second(&k);
	assert_text_contains(queue_of(&k, "gpu")->blocked_by,
			     "gpu-box is offline");
	second(&k);
	assert_text_equal(job_why(&k, "2"), "runner offline: gpu-box");
	kit_put(&k, kit_runner(&k, 2, "tokenBBB", "gpu-box", "gpu",
			       "online"));
	second(&k);
	assert_text_contains(queue_of(&k, "gpu")->blocked_by, "not taken yet");
	assert_null(kit_alarm(&k, "queue/gpu"));
	k.sink->gone(k.sink->ctx, KIND_JOB, "1");
	k.sink->gone(k.sink->ctx, KIND_JOB, "2");
	second(&k);
	assert_null(queue_of(&k, "gpu"));
	kit_fini(&k);
}

static void
test_queue_blocked_by_a_group(void **state)
{
	struct kit k;
	struct store_verdict v[8];
	char names[8][16], keys[8][16];

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "general", 1, 2, 2, "i-1,i-2"));
	memset(v, 0, sizeof(v));
	for (int i = 0; i < 8; i++) {
		snprintf(names[i], sizeof(names[i]), "p%d", i);
		snprintf(keys[i], sizeof(keys[i]), "ci/p%d", i);
		kit_put(&k, kit_job(&k, i + 1, JOB_RUNNING, "docker", 0,
				    KIT_START_MS));
		kit_put(&k, kit_pod(&k, &(struct kit_pod){
						.name = names[i],
						.job_id = i + 1,
						.unschedulable = true }));
		v[i].kind = KIND_POD;
		v[i].key = keys[i];
		v[i].reason = "group max: general 2/2";
		v[i].group = "general";
	}
	store_verdicts(k.store, v, 8);
	second(&k);
	assert_text_equal(queue_of(&k, "docker")->blocked_by,
			  "group max: general 2/2");
	assert_int_equal(queue_of(&k, "docker")->waiting, 8);
	assert_non_null(kit_alarm(&k, "at-max/general"));
	assert_text_contains(kit_alarm(&k, "at-max/general")->text,
			     "general at max 2/2; 8 jobs wait");
	assert_text_equal(kit_alarm(&k, "at-max/general")->fix_verb, "limits");
	/* Raising the maximum ends it. */
	kit_put(&k, kit_group(&k, "general", 1, 2, 5, "i-1,i-2"));
	second(&k);
	assert_null(kit_alarm(&k, "at-max/general"));
	kit_fini(&k);
}

static void
test_oldest_first_whatever_the_order(void **state)
{
	struct kit k;
	struct dice dice = { 3 };

	(void)state;
	kit_init(&k);
	for (int i = 0; i < 200; i++)
		kit_put(&k, kit_job(&k, i + 1, JOB_PENDING, "t", 0,
				    KIT_START_MS - 1 -
					    dice_below(&dice, 100000)));
	kit_put(&k, kit_job(&k, 500, JOB_PENDING, "t", 0,
			    KIT_START_MS - 200000));
	kit_look(&k);
	assert_int_equal(queue_of(&k, "t")->oldest_ms, KIT_START_MS - 200000);
	/* A retry of the row with another time moves it. */
	kit_put(&k, kit_job(&k, 500, JOB_PENDING, "t", 0, KIT_START_MS));
	kit_look(&k);
	assert_true(queue_of(&k, "t")->oldest_ms >= KIT_START_MS - 100001);
	kit_fini(&k);
}

static void
test_start_latency(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	second(&k);
	assert_int_equal(k.snap->fleet.start_p50_ms, -1);
	for (int i = 1; i <= 10; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%d", i);
		kit_put(&k, kit_job(&k, i, JOB_RUNNING, "t", 0,
				    k.clock.wall_now_ms - i * 1000));
		kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = name,
							   .job_id = i,
							   .node = "n" }));
	}
	second(&k);
	assert_int_equal(k.snap->fleet.start_p50_ms, 5000);
	assert_int_equal(k.snap->fleet.start_p90_ms, 9000);
	/* Seen again they count once. */
	kit_put(&k, kit_job(&k, 10, JOB_RUNNING, "t", 0,
			    k.clock.wall_now_ms - 500000));
	second(&k);
	assert_int_equal(k.snap->fleet.start_p90_ms, 9000);
	hand_clock_step(&k.clock, 61 * 60000);
	kit_look(&k);
	assert_int_equal(k.snap->fleet.start_p50_ms, -1);
	kit_fini(&k);
}

static void
test_free_slots(void **state)
{
	struct kit k;
	const struct fleet *f;

	(void)state;
	kit_init(&k);
	second(&k);
	f = &k.snap->fleet;
	assert_int_equal(f->free_slots, -1);
	assert_int_equal(f->slots_nodes, -1);
	assert_int_equal(f->slots_quota, -1);
	k.sink->list_begin(k.sink->ctx, KIND_GROUP);
	kit_put(&k, kit_group(&k, "general", 1, 2, 4, "i-1,i-2"));
	k.sink->list_end(k.sink->ctx, KIND_GROUP, true);
	for (int i = 1; i <= 2; i++) {
		char node[16], instance[16];

		snprintf(node, sizeof(node), "n%d", i);
		snprintf(instance, sizeof(instance), "i-%d", i);
		kit_put(&k, kit_node(&k, &(struct kit_node){
						 .name = node,
						 .instance = instance,
						 .cpu_mcpu = 4000 }));
	}
	/* Jobs of one core: three more fit on n1, four on n2. */
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .job_id = 1,
						   .node = "n1" }));
	second(&k);
	second(&k);
	f = &k.snap->fleet;
	assert_int_equal(f->slots_nodes, 7);
	assert_int_equal(f->slots_group, 7 + 2 * 4);
	assert_int_equal(f->free_slots, 7);
	assert_text_equal(f->slots_bound, "nodes");
	kit_put(&k, kit_group(&k, "general", 1, 2, 2, "i-1,i-2"));
	second(&k);
	assert_text_equal(k.snap->fleet.slots_bound, "group max");
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n2",
						     .instance = "i-2",
						     .rv = "2",
						     .cordoned = true,
						     .cpu_mcpu = 4000 }));
	second(&k);
	assert_int_equal(k.snap->fleet.slots_nodes, 3);
	kit_fini(&k);
}

static void
test_jobs_near_their_timeout(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_runner(&k, 1, "tokenAAA", "docker", "docker",
			       "online"));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "docker-1",
						   .app = "docker",
						   .node = "n1",
						   .manager = true }));
	kit_put(&k, kit_configmap(&k, "ci", "docker", "config.toml",
				  "[[runners]]\n[runners.kubernetes]\n"
				  "poll_timeout = 300\n"));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .job_id = 1,
						   .token = "tokenAAA",
						   .unschedulable = true }));
	second(&k);
	assert_null(kit_alarm(&k, "late"));
	hand_clock_step(&k.clock, 200000);
	second(&k);
	assert_non_null(kit_alarm(&k, "late"));
	assert_text_contains(kit_alarm(&k, "late")->text, "09:05:00");
	assert_int_equal(kit_alarm(&k, "late")->severity, SEVERITY_CRIT);
	kit_fini(&k);
}

static void
test_first_layout_of_the_seed(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "all", 1, 1, 9, "i-1"));
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .instance = "i-1" }));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "ca",
						   .node = "n1",
						   .autoscaler = true }));
	second(&k);
	assert_non_null(kit_alarm(&k, "layout/all"));
	assert_text_contains(kit_alarm(&k, "layout/all")->text,
			     "the autoscaler runs on all");
	assert_false(((const struct group_sum *)kit_sum(&k, KIND_GROUP, "all"))
			     ->protected_group);
	/* On tainted nodes of their own they are safe. */
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .instance = "i-1",
						     .rv = "2",
						     .taint = "management" }));
	second(&k);
	assert_null(kit_alarm(&k, "layout/all"));
	assert_true(((const struct group_sum *)kit_sum(&k, KIND_GROUP, "all"))
			    ->protected_group);
	assert_text_equal(((const struct group_sum *)kit_sum(&k, KIND_GROUP,
							     "all"))
				  ->state,
			  "protected");
	kit_fini(&k);
}

static void
test_chart_is_one_point_a_minute(void **state)
{
	struct kit k;
	const struct group_sum *sum;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "g", 0, 1, 9, "i-1"));
	second(&k);
	sum = kit_sum(&k, KIND_GROUP, "g");
	assert_int_equal(sum->chart_n, 1);
	for (int m = 0; m < 70; m++) {
		hand_clock_step(&k.clock, 60000);
		if (m == 65)
			kit_put(&k, kit_group(&k, "g", 0, 5, 9, "i-1,i-2"));
		kit_look(&k);
	}
	sum = kit_sum(&k, KIND_GROUP, "g");
	assert_int_equal(sum->chart_n, CHART_POINTS);
	assert_int_equal(sum->chart_desired[CHART_POINTS - 1], 5);
	assert_int_equal(sum->chart_running[CHART_POINTS - 1], 2);
	assert_int_equal(sum->chart_desired[CHART_POINTS - 6], 1);
	assert_int_equal(sum->chart_desired[CHART_POINTS - 5], 5);
	kit_fini(&k);
}

static void
test_refused_launches(void **state)
{
	struct kit k;
	struct activity *a;
	const struct group_sum *sum;

	(void)state;
	kit_init(&k);
	/* The activity may be heard of before its group. */
	a = seal_begin(k.seal, sizeof(*a));
	seal_text(k.seal, &a->id, "act-1");
	seal_text(k.seal, &a->group, "g");
	seal_text(k.seal, &a->status, "Failed");
	seal_text(k.seal, &a->description, "Launching a new EC2 instance.");
	seal_text(k.seal, &a->message, "Could not launch Spot Instances. "
				       "UnfulfillableCapacity");
	a->started_ms = KIT_START_MS - 60000;
	kit_put(&k, record_seal(k.seal, KIND_ACTIVITY));
	kit_put(&k, kit_group(&k, "g", 0, 4, 6, "i-1"));
	second(&k);
	sum = kit_sum(&k, KIND_GROUP, "g");
	assert_int_equal(sum->refused, 1);
	assert_text_equal(sum->state, "REFUSED 1x");
	assert_text_contains(sum->why, "UnfulfillableCapacity");
	assert_non_null(kit_alarm(&k, "refused/g"));
	assert_int_equal(kit_alarm(&k, "refused/g")->since_ms,
			 KIT_START_MS - 60000);
	hand_clock_step(&k.clock, 31 * 60000);
	second(&k);
	sum = kit_sum(&k, KIND_GROUP, "g");
	assert_int_equal(sum->refused, 0);
	assert_null(kit_alarm(&k, "refused/g"));
	kit_fini(&k);
}

/* Nothing seen is not nothing lost: it says how long was watched. */
static void
test_lost_is_unknown_until_watched(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_look(&k);
	assert_int_equal(k.snap->fleet.lost_30m, -1);
	kit_load(&k, KIND_POD);
	hand_clock_step(&k.clock, 1000);
	kit_look(&k);
	assert_int_equal(k.snap->fleet.lost_30m, -1);
	assert_int_equal(k.snap->fleet.lost_watched_ms, 0);
	kit_watch(&k, 5);
	assert_int_equal(k.snap->fleet.lost_30m, 0);
	assert_int_equal(k.snap->fleet.lost_watched_ms, 5 * 60000);
	kit_watch(&k, 50);
	assert_int_equal(k.snap->fleet.lost_watched_ms, 30 * 60000);
	/* The lid was closed for an hour: nobody saw what ended then. */
	hand_clock_step(&k.clock, 60 * 60000);
	kit_look(&k);
	assert_int_equal(k.snap->fleet.lost_30m, -1);
	assert_int_equal(k.snap->fleet.lost_watched_ms, 0);
	kit_watch(&k, 2);
	assert_int_equal(k.snap->fleet.lost_30m, 0);
	assert_true(k.snap->fleet.lost_watched_ms <= 2 * 60000);
	kit_fini(&k);

	/* Where GitLab is asked, its word on jobs belongs to it. */
	kit_init(&k);
	kit_load(&k, KIND_POD);
	k.sink->status(k.sink->ctx, SOURCE_GITLAB, SOURCE_LOADING, NULL);
	kit_look(&k);
	hand_clock_step(&k.clock, 5 * 60000);
	kit_look(&k);
	assert_int_equal(k.snap->fleet.lost_30m, -1);
	kit_fini(&k);
}

SUITE(store_fleet,
	TEST(test_lost_is_unknown_until_watched),
	TEST(test_queue_blocked_by_runners),
	TEST(test_queue_blocked_by_a_group),
	TEST(test_oldest_first_whatever_the_order),
	TEST(test_start_latency),
	TEST(test_free_slots),
	TEST(test_jobs_near_their_timeout),
	TEST(test_first_layout_of_the_seed),
	TEST(test_chart_is_one_point_a_minute),
	TEST(test_refused_launches));
