/*
 * NEEDS YOU tells what an hour of scaling activities and a group's tags say,
 * to whoever comes when all is over.
 */
#include <stdio.h>

#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

#define ENDED "Terminating EC2 instance: i-1"
#define SET "a user request explicitly set group desired capacity changing "

static void
second(struct kit *k)
{
	hand_clock_step(&k->clock, 1000);
	kit_look(k);
}

static void
past(struct kit *k, int n, const char *cause, int minutes_ago, int each_s)
{
	static int id;
	char name[24];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "act-%d", ++id);
		kit_put(k, kit_activity(k, name, "g", ENDED, cause,
					k->clock.wall_now_ms -
						minutes_ago * 60000 +
						i * each_s * 1000));
	}
}

static void
test_spot_instances_taken_back(void **state)
{
	static const char cause[] =
		"At 10:21 an instance was taken out of service in response to "
		"an EC2 health check indicating it has been terminated or "
		"stopped.";
	struct kit k;
	const struct alarm *a;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "g", 0, 1, 6, "i-9"));
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n",
						     .instance = "i-9",
						     .spot = true }));
	past(&k, 2, cause, 18, 0);
	second(&k);
	assert_null(kit_alarm(&k, "taken/g")); /* one now and then is life */
	past(&k, 3, cause, 26, 0);
	past(&k, 9, cause, 75, 0); /* another day */
	second(&k);
	a = kit_alarm(&k, "taken/g");
	assert_non_null(a);
	assert_text_equal(a->text, "g: 5 spot instances taken back in 1h, last "
				   "18m ago; their jobs were lost");
	assert_int_equal(a->severity, SEVERITY_WARN);
	assert_int_equal(a->since_ms, KIT_START_MS + 1000 - 26 * 60000);
	hand_clock_step(&k.clock, 20 * 60000);
	second(&k);
	assert_int_equal(kit_alarm(&k, "taken/g")->severity, SEVERITY_INFO);
	hand_clock_step(&k.clock, 40 * 60000);
	second(&k);
	assert_null(kit_alarm(&k, "taken/g"));
	kit_fini(&k);
}

/* The autoscaler ends instances by name; a lower desired capacity is somebody
 * else, also when the autoscaler raised it again in the same second. */
static void
test_desired_lowered_by_somebody(void **state)
{
	struct kit k;
	const struct alarm *a;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "g", 0, 5, 6, ""));
	past(&k, 1, "At 10:33 instance i-1 was taken out of service in "
		    "response to a user request, shrinking the capacity from "
		    "6 to 5.", 9, 0);
	second(&k);
	assert_null(kit_alarm(&k, "lowered/g"));
	past(&k, 3, "At 14:34 " SET "the desired capacity from 5 to 2.  At "
		    "14:34 an instance was taken out of service in response "
		    "to a difference between desired and actual capacity, "
		    "shrinking the capacity from 5 to 2.", 6, 0);
	past(&k, 2, "At 14:39 " SET "the desired capacity from 2 to 3.  At "
		    "14:39 an instance was taken out of service in response "
		    "to a difference between desired and actual capacity, "
		    "shrinking the capacity from 5 to 3.", 1, 0);
	second(&k);
	a = kit_alarm(&k, "lowered/g");
	assert_non_null(a);
	assert_text_equal(a->text, "g: somebody lowered desired 2 times in 1h, "
				   "last 1m ago; 5 instances ended under their "
				   "jobs");
	assert_text_contains(a->why, "CloudTrail");
	assert_text_equal(a->fix_verb, "limits");
	kit_fini(&k);
}

static void
test_eks_rolls_a_node_group(void **state)
{
	static const char cause[] =
		"At 14:12 instance i-1 was taken out of service in response "
		"to a user request.";
	struct kit k;
	const struct alarm *a;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "g", 0, 2, 6, "i-1,i-2"));
	kit_put(&k, kit_node(&k, &(struct kit_node){
					 .name = "n1",
					 .instance = "i-1",
					 .cordoned = true,
					 .taint = "eks.amazonaws.com/nodegroup",
				 }));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .job_id = 9,
						   .node = "n1" }));
	past(&k, 2, cause, 4, 120);
	second(&k);
	a = kit_alarm(&k, "roll/g");
	assert_non_null(a);
	assert_text_equal(a->text, "g: EKS rolls the node group: 2 replaced in "
				   "1h, 1 being drained with 1 job on it");
	assert_int_equal(a->severity, SEVERITY_CRIT);
	/* Afterwards it is said what has happened. */
	k.sink->gone(k.sink->ctx, KIND_NODE, "n1");
	hand_clock_step(&k.clock, 10 * 60000);
	second(&k);
	a = kit_alarm(&k, "roll/g");
	assert_non_null(a);
	assert_int_equal(a->severity, SEVERITY_INFO);
	assert_text_contains(a->text, "2 instances were replaced one by one");
	kit_fini(&k);
}

/* ---- what keeps a group from growing ---- */

static void
blocked_job(struct kit *k, const char *reason, const char *detail,
	    int64_t until_ms)
{
	const struct store_verdict v[] = {
		{ .kind = KIND_POD,
		  .key = "ci/a",
		  .reason = "launches refused: g",
		  .group = "g" },
		{ .kind = KIND_GROUP,
		  .key = "g",
		  .reason = reason,
		  .detail = detail,
		  .since_ms = until_ms,
		  .managed = true },
	};

	kit_put(k, kit_pod(k, &(struct kit_pod){ .name = "a",
						 .job_id = 1,
						 .created_ms = KIT_START_MS,
						 .unschedulable = true }));
	store_verdicts(k->store, v, ARRAY_LEN(v));
}

/* Nobody tries a group that failed: that is said with the jobs and the end. */
static void
test_a_group_that_is_avoided(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "g", 0, 0, 6, ""));
	blocked_job(&k, "in backoff after failed scale-up", "",
		    KIT_START_MS + 600000);
	second(&k);
	assert_non_null(kit_alarm(&k, "refused/g"));
	assert_text_equal(kit_alarm(&k, "refused/g")->text,
			  "g: launches failed, 1 job waits, not tried before "
			  "09:10");
	assert_int_equal(kit_alarm(&k, "refused/g")->severity, SEVERITY_CRIT);
	assert_null(kit_alarm(&k, "no-node"));
	assert_null(kit_alarm(&k, "stuck/g"));
	kit_fini(&k);
}

static void
test_any_other_limit_is_named(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "g", 0, 0, 6, ""));
	blocked_job(&k, "exceeded quota", "cpu: 40 of 40", 0);
	second(&k);
	assert_non_null(kit_alarm(&k, "stuck/g"));
	assert_text_equal(kit_alarm(&k, "stuck/g")->text,
			  "g cannot grow; 1 job waits: exceeded quota: cpu: "
			  "40 of 40");
	kit_fini(&k);
}

static const void *
tagged(struct kit *k, const char *value)
{
	struct group *g = seal_begin(k->seal, sizeof(*g));
	struct group_tag *tag;

	seal_text(k->seal, &g->name, "g");
	seal_text(k->seal, &g->arn, "g");
	g->max = 4;
	tag = seal_array(k->seal, &g->tags, 1, sizeof(*tag));
	g->tag_n = 1;
	seal_text(k->seal, &tag->key, "k8s.io/cluster-autoscaler/"
				      "node-template/taint/dedicated");
	seal_text(k->seal, &tag->value, value);
	return record_seal(k->seal, KIND_GROUP);
}

static void
test_a_taint_tag_without_its_effect(void **state)
{
	struct kit k;
	const struct alarm *a;

	(void)state;
	kit_init(&k);
	kit_put(&k, tagged(&k, "batch:NoSchedule"));
	second(&k);
	assert_null(kit_alarm(&k, "taint-tag/g"));
	kit_put(&k, tagged(&k, "batch"));
	second(&k);
	a = kit_alarm(&k, "taint-tag/g");
	assert_non_null(a);
	assert_text_equal(a->text, "g: tag taint/dedicated is \"batch\", must "
				   "be \"batch:NoSchedule\": the autoscaler "
				   "sees no taint");
	assert_text_contains(a->why, "Key=k8s.io/cluster-autoscaler/node-"
				     "template/taint/dedicated,"
				     "Value=batch:NoSchedule");
	assert_int_equal(a->severity, SEVERITY_WARN);
	/* Jobs wait: it may be what lures the autoscaler away from them. */
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .job_id = 1,
						   .created_ms = KIT_START_MS,
						   .unschedulable = true }));
	second(&k);
	assert_int_equal(kit_alarm(&k, "taint-tag/g")->severity,
			 SEVERITY_CRIT);
	kit_fini(&k);
}

/* ---- nodes ---- */

static void
test_a_removal_left_behind(void **state)
{
	struct kit k;
	const struct alarm *a;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_node(&k, &(struct kit_node){
					 .name = "ip-10-0-1-4.eu-west-1."
						 "compute.internal",
					 .cordoned = true,
					 .taint = "ToBeDeletedByCluster"
						  "Autoscaler",
					 .taint_value = "1771404300",
				 }));
	kit_put(&k, kit_lease(&k, "7", "ca", KIT_START_MS));
	second(&k);
	assert_null(kit_alarm(&k, "left-behind")); /* it is at it */
	kit_put(&k, kit_lease(&k, "8", "", KIT_START_MS));
	second(&k);
	second(&k);
	a = kit_alarm(&k, "left-behind");
	assert_non_null(a);
	assert_text_equal(a->text, "node ip-10-0-1-4 is marked for removal by "
				   "an autoscaler that is gone; 0 jobs on "
				   "it");
	assert_text_equal(a->fix_verb, "uncordon");
	/* The taint says since when. */
	assert_int_equal(a->since_ms, INT64_C(1771404300000));
	kit_fini(&k);
}

static void
test_evictions_by_kubelets(void **state)
{
	struct kit k;
	const struct alarm *a;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_event(&k, "e1", "a", "Warning", "Evicted",
			      "The node was low on resource: "
			      "ephemeral-storage.", KIT_START_MS - 60000));
	kit_put(&k, kit_event(&k, "e2", "b", "Warning", "Evicted",
			      "The node was low on resource: "
			      "ephemeral-storage.", KIT_START_MS));
	kit_put(&k, kit_event(&k, "e3", "c", "Warning", "Evicted", "old",
			      KIT_START_MS - 3600000));
	second(&k);
	a = kit_alarm(&k, "evicted");
	assert_non_null(a);
	assert_text_equal(a->text, "2 pods evicted by kubelets in 30m: The "
				   "node was low on resource: "
				   "ephemeral-storage");
	assert_int_equal(a->since_ms, KIT_START_MS - 60000);
	kit_fini(&k);
}

/* Since before anybody looked is not since now. */
static void
test_unknown_since_is_not_now(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_load(&k, KIND_POD);
	kit_put(&k, tagged(&k, "batch"));
	second(&k);
	assert_int_equal(kit_alarm(&k, "taint-tag/g")->since_ms, 0);
	kit_put(&k, tagged(&k, "batch:NoSchedule"));
	kit_watch(&k, 2);
	second(&k);
	kit_put(&k, tagged(&k, "batch"));
	second(&k);
	assert_int_equal(kit_alarm(&k, "taint-tag/g")->since_ms,
			 k.clock.wall_now_ms);
	kit_fini(&k);
}

SUITE(store_past,
	TEST(test_spot_instances_taken_back),
	TEST(test_desired_lowered_by_somebody),
	TEST(test_eks_rolls_a_node_group),
	TEST(test_a_group_that_is_avoided),
	TEST(test_any_other_limit_is_named),
	TEST(test_a_taint_tag_without_its_effect),
	TEST(test_a_removal_left_behind),
	TEST(test_evictions_by_kubelets),
	TEST(test_unknown_since_is_not_now));
