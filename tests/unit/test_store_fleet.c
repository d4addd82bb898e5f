/*
 * Home's numbers: queues and what blocks them, alarms, the fleet line, charts,
 * who leads the scaling.
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

/* ---- who leads ---- */

static void
status_map(struct kit *k, const char *time)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "autoscalerStatus: Running\nclusterWide:\n  health:\n"
		 "    lastProbeTime: \"2026-02-18T09:00:00Z\"\ntime: %s\n",
		 time);
	kit_put(k, kit_configmap(k, "kube-system",
				 "cluster-autoscaler-status", "status",
				 text));
}

static void
test_leader_and_its_loop(void **state)
{
	struct kit k;
	char rv[16];

	(void)state;
	kit_init(&k);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_UNKNOWN);
	assert_null(kit_alarm(&k, "autoscaler"));
	kit_load(&k, KIND_LEASE);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_NONE);
	assert_non_null(kit_alarm(&k, "autoscaler"));
	for (int i = 0; i < 60; i++) {
		snprintf(rv, sizeof(rv), "%d", i);
		kit_put(&k, kit_lease(&k, rv, "ca-7d9f-x",
				      k.clock.wall_now_ms));
		hand_clock_step(&k.clock, 1000);
		second(&k);
	}
	assert_int_equal(k.snap->engine.lead, LEAD_CA);
	assert_text_equal(k.snap->engine.leader, "ca-7d9f-x");
	assert_null(kit_alarm(&k, "autoscaler"));
	/* It renews, but its loop stands. */
	status_map(&k, "2026-02-18 08:40:00.123456789 +0000 UTC");
	second(&k);
	assert_int_equal(k.snap->engine.loop_ms,
			 KIT_START_MS - 20 * 60000 + 123);
	assert_non_null(kit_alarm(&k, "autoscaler"));
	assert_text_contains(kit_alarm(&k, "autoscaler")->text, "last loop");
	status_map(&k, "2026-02-18 10:02:01 +0100 CET");
	second(&k);
	assert_null(kit_alarm(&k, "autoscaler"));
	/* Nobody renews any more. */
	hand_clock_step(&k.clock, 40000);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_NONE);
	assert_text_contains(kit_alarm(&k, "autoscaler")->text, "dead");
	store_set_identity(k.store, "paddock-here-1");
	kit_put(&k, kit_lease(&k, "900", "paddock-here-1",
			      k.clock.wall_now_ms));
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_PADDOCK);
	kit_put(&k, kit_lease(&k, "901", "paddock-there-1",
			      k.clock.wall_now_ms));
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_OTHER);
	kit_fini(&k);
}

/* A paused or very fast world must not cry wolf. */
static void
test_lease_on_odd_clocks(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	k.sink->clock(k.sink->ctx,
		      &(struct world_clock){ KIT_START_MS,
					     k.clock.boot_now_ms, 30000 });
	kit_put(&k, kit_lease(&k, "1", "ca", KIT_START_MS));
	second(&k);
	hand_clock_step(&k.clock, 2000); /* a minute of world */
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_CA);
	k.sink->clock(k.sink->ctx,
		      &(struct world_clock){ store_world_ms(k.store),
					     k.clock.boot_now_ms, 0 });
	kit_put(&k, kit_lease(&k, "2", "ca", KIT_START_MS));
	second(&k);
	hand_clock_step(&k.clock, 600000); /* paused */
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_CA);
	kit_fini(&k);
}

/* What cannot be asked is not dead: nothing seen is no evidence. */
static void
test_silence_is_no_verdict(void **state)
{
	struct err refused = { .code = ERR_UNREACHABLE, .text = "refused" };
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_load(&k, KIND_POD);
	kit_load(&k, KIND_LEASE);
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_LIVE, NULL);
	kit_put(&k, kit_lease(&k, "1", "ca", KIT_START_MS));
	status_map(&k, "2026-02-18 09:00:00 +0000 UTC");
	second(&k);
	hand_clock_step(&k.clock, 20000);
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_LIVE, NULL);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_CA);
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_STALE, &refused);
	hand_clock_step(&k.clock, 20 * 60000);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_UNKNOWN);
	assert_null(kit_alarm(&k, "autoscaler"));
	assert_int_equal(k.snap->fleet.lost_30m, -1);
	/* Back, and what it shows is as old as before: the holder has its time
	 * to be seen. */
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_LIVE, NULL);
	status_map(&k, "2026-02-18 09:20:00 +0000 UTC");
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_CA);
	assert_null(kit_alarm(&k, "autoscaler"));
	hand_clock_step(&k.clock, 40000);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_NONE);
	assert_text_contains(kit_alarm(&k, "autoscaler")->text, "dead");
	kit_fini(&k);
}

static void
test_an_engine_that_may_not_decide(void **state)
{
	struct kit k;
	struct engine_status *e;

	(void)state;
	kit_init(&k);
	e = store_engine(k.store);
	k.sink->status(k.sink->ctx, SOURCE_AWS, SOURCE_LIVE, NULL);
	snprintf(e->blocked, sizeof(e->blocked), "pods were last heard");
	second(&k);
	assert_null(kit_alarm(&k, "blocked"));
	hand_clock_step(&k.clock, 30000);
	second(&k);
	assert_text_equal(kit_alarm(&k, "blocked")->text,
			  "paddock decides nothing: pods were last heard");
	assert_int_equal(kit_alarm(&k, "blocked")->severity, SEVERITY_WARN);
	/* The cause has its own alarm. */
	k.sink->status(k.sink->ctx, SOURCE_AWS, SOURCE_STALE, NULL);
	second(&k);
	assert_null(kit_alarm(&k, "blocked"));
	/* Who leads and idles is the worst of both. */
	e->mode = MODE_APPROVAL;
	store_set_identity(k.store, "paddock-here-1");
	kit_put(&k, kit_lease(&k, "1", "paddock-here-1", KIT_START_MS));
	second(&k);
	second(&k);
	assert_int_equal(kit_alarm(&k, "blocked")->severity, SEVERITY_CRIT);
	e->blocked[0] = '\0';
	second(&k);
	assert_null(kit_alarm(&k, "blocked"));
	kit_fini(&k);
}

static void
test_alarms_of_control_stay_until_cleared(void **state)
{
	struct kit k;
	struct store_alarm a = { .id = "orphan/a-1",
				 .severity = SEVERITY_WARN,
				 .text = "an act has no outcome" };

	(void)state;
	kit_init(&k);
	store_alarm(k.store, &a);
	second(&k);
	second(&k);
	assert_non_null(kit_alarm(&k, "orphan/a-1"));
	assert_int_equal(kit_alarm(&k, "orphan/a-1")->since_ms, KIT_START_MS);
	a.text = "two acts have no outcome";
	store_alarm(k.store, &a);
	second(&k);
	assert_text_contains(kit_alarm(&k, "orphan/a-1")->text, "two");
	assert_int_equal(kit_alarm(&k, "orphan/a-1")->since_ms, KIT_START_MS);
	store_alarm_clear(k.store, "orphan/a-1");
	store_alarm_clear(k.store, "orphan/a-1");
	second(&k);
	assert_null(kit_alarm(&k, "orphan/a-1"));
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
	hand_clock_step(&k.clock, 5 * 60000);
	kit_look(&k);
	assert_int_equal(k.snap->fleet.lost_30m, 0);
	assert_int_equal(k.snap->fleet.lost_watched_ms, 5 * 60000);
	hand_clock_step(&k.clock, 50 * 60000);
	kit_look(&k);
	assert_int_equal(k.snap->fleet.lost_watched_ms, 30 * 60000);
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
	TEST(test_refused_launches),
	TEST(test_leader_and_its_loop),
	TEST(test_lease_on_odd_clocks),
	TEST(test_silence_is_no_verdict),
	TEST(test_an_engine_that_may_not_decide),
	TEST(test_alarms_of_control_stay_until_cleared));
