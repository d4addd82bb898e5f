/*
 * NEEDS YOU names the jobs that wait for nodes, in every state of whoever
 * leads.
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

/* A job's pod without a node, and what the engine says of it. */
static void
pending_job(struct kit *k)
{
	kit_put(k, kit_pod(k, &(struct kit_pod){
				      .name = "a",
				      .job_id = 1,
				      .created_ms = KIT_START_MS,
				      .unschedulable = true,
			      }));
	store_verdicts(k->store,
		       &(struct store_verdict){
			       .kind = KIND_POD,
			       .key = "ci/a",
			       .reason = "no node: paddock would grow g 1>2",
		       },
		       1);
}

static void
leader(struct kit *k, int seconds)
{
	char rv[16];

	for (int i = 0; i < seconds; i++) {
		snprintf(rv, sizeof(rv), "%lld",
			 (long long)k->clock.wall_now_ms);
		kit_put(k, kit_lease(k, rv, "ca-7d9f-x", k->clock.wall_now_ms));
		second(k);
	}
}

static void
test_jobs_without_a_node(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	pending_job(&k);
	leader(&k, 60);
	/* A node takes its time to come. */
	assert_null(kit_alarm(&k, "no-node"));
	leader(&k, 70);
	assert_non_null(kit_alarm(&k, "no-node"));
	assert_text_contains(kit_alarm(&k, "no-node")->text,
			     "1 job waits without a node");
	assert_text_contains(kit_alarm(&k, "no-node")->text,
			     ": paddock would grow g 1>2");
	assert_int_equal(kit_alarm(&k, "no-node")->severity, SEVERITY_WARN);
	assert_int_equal(kit_alarm(&k, "no-node")->since_ms, KIT_START_MS);
	leader(&k, 480);
	assert_int_equal(kit_alarm(&k, "no-node")->severity, SEVERITY_CRIT);
	kit_fini(&k);
}

static void
test_nobody_leads_and_jobs_wait(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_load(&k, KIND_LEASE);
	pending_job(&k);
	second(&k);
	assert_text_equal(kit_alarm(&k, "autoscaler")->text,
			  "no autoscaler leads; 1 job waits without a node");
	assert_text_equal(kit_alarm(&k, "autoscaler")->fix_verb, "mode");
	/* Without a Lease nobody knows since when, but the jobs know. */
	assert_int_equal(kit_alarm(&k, "autoscaler")->since_ms, KIT_START_MS);
	assert_false(kit_alarm(&k, "autoscaler")->follows);
	/* One line for one cause. */
	hand_clock_step(&k.clock, 600000);
	second(&k);
	assert_null(kit_alarm(&k, "no-node"));
	kit_fini(&k);
}

static void
test_a_step_waits_for_approval(void **state)
{
	struct kit k;
	struct engine_status *e;

	(void)state;
	kit_init(&k);
	store_set_identity(k.store, "ca-7d9f-x");
	pending_job(&k);
	leader(&k, 1);
	assert_int_equal(k.snap->engine.lead, LEAD_PADDOCK);
	e = store_engine(k.store);
	e->awaiting_approval = true;
	snprintf(e->next_step, sizeof(e->next_step), "scale g 1>2");
	leader(&k, 1);
	assert_text_equal(kit_alarm(&k, "approval")->text,
			  "scale g 1>2: waits for you; "
			  "1 job waits without a node");
	assert_int_equal(kit_alarm(&k, "approval")->severity, SEVERITY_CRIT);
	assert_text_equal(kit_alarm(&k, "approval")->fix_verb, "approve");
	e->awaiting_approval = false;
	leader(&k, 1);
	assert_null(kit_alarm(&k, "approval"));
	kit_fini(&k);
}

/* The seed's story: its own node went, and nobody is left to make room. */
static void
test_the_autoscaler_itself_waits(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	/* Found standing still for long: no need to watch it. */
	kit_put(&k, kit_lease(&k, "7", "ca-7d9f-x", KIT_START_MS - 120000));
	second(&k);
	assert_text_equal(kit_alarm(&k, "autoscaler")->text,
			  "autoscaler dead: ca-7d9f-x does not renew its "
			  "lease");
	assert_int_equal(kit_alarm(&k, "autoscaler")->since_ms,
			 KIT_START_MS - 120000);
	kit_put(&k, kit_lease(&k, "8", "", KIT_START_MS));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "ca-7d9f-y",
						   .autoscaler = true,
						   .unschedulable = true }));
	second(&k);
	assert_text_equal(kit_alarm(&k, "autoscaler")->text,
			  "no autoscaler leads, its pod is unscheduled");
	kit_fini(&k);
}

static void
test_instances_that_become_no_nodes(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "g", 0, 2, 9, "i-1,i-2"));
	kit_put(&k, kit_instance(&k, "i-1", KIT_START_MS));
	kit_put(&k, kit_instance(&k, "i-2", KIT_START_MS));
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .instance = "i-1" }));
	second(&k);
	assert_null(kit_alarm(&k, "nodeless/g"));
	hand_clock_step(&k.clock, 600000);
	second(&k);
	/* What AWS said ten minutes ago is no news. */
	assert_null(kit_alarm(&k, "nodeless/g"));
	k.sink->status(k.sink->ctx, SOURCE_AWS, SOURCE_LIVE, NULL);
	second(&k);
	assert_text_equal(kit_alarm(&k, "nodeless/g")->text,
			  "g: 1 of 2 instances did not become a node");
	assert_int_equal(kit_alarm(&k, "nodeless/g")->since_ms, KIT_START_MS);
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n2",
						     .instance = "i-2" }));
	second(&k);
	assert_null(kit_alarm(&k, "nodeless/g"));
	kit_fini(&k);
}

static void
test_full_disks(void **state)
{
	struct kit k;
	const struct node_sum *sum;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .disk_pressure = true }));
	second(&k);
	sum = kit_sum(&k, KIND_NODE, "n1");
	assert_text_equal(sum->state, "disk pressure");
	assert_text_equal(kit_alarm(&k, "disk")->text,
			  "node n1 lacks disk space");
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .rv = "2" }));
	second(&k);
	assert_null(kit_alarm(&k, "disk"));
	kit_fini(&k);
}

SUITE(store_alarms,
	TEST(test_jobs_without_a_node),
	TEST(test_nobody_leads_and_jobs_wait),
	TEST(test_a_step_waits_for_approval),
	TEST(test_the_autoscaler_itself_waits),
	TEST(test_instances_that_become_no_nodes),
	TEST(test_full_disks));
