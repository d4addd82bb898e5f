/*
 * Where a pod stands and why, by its status and its events; runner
 * configuration.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/store/runner_config.h"
#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

static const struct pod_sum *
sum_of(struct kit *k)
{
	const struct pod_sum *sum;

	kit_look(k);
	sum = kit_sum(k, KIND_POD, "a");
	assert_non_null(sum);
	return sum;
}

static void
put(struct kit *k, struct kit_pod p)
{
	static int rv;
	char version[16];

	snprintf(version, sizeof(version), "%d", ++rv);
	p.name = "a";
	p.rv = version;
	if (!p.job_id)
		p.job_id = 1;
	kit_put(k, kit_pod(k, &p));
}

static void
event(struct kit *k, const char *type, const char *reason, const char *text)
{
	static int n;
	char name[16];

	snprintf(name, sizeof(name), "e%d", ++n);
	kit_put(k, kit_event(k, name, "a", type, reason, text,
			     k->clock.wall_now_ms));
}

static void
test_life_of_a_job_pod(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	put(&k, (struct kit_pod){ .unschedulable = true });
	assert_int_equal(sum_of(&k)->phase, PHASE_UNSCHEDULED);
	assert_int_equal(sum_of(&k)->phase_since_ms, KIT_START_MS);
	assert_int_equal(sum_of(&k)->wait_from_ms, KIT_START_MS);
	hand_clock_step(&k.clock, 60000);
	assert_int_equal(sum_of(&k)->wait_ms, 60000); /* so far */
	put(&k, (struct kit_pod){ .node = "n",
				  .phase = POD_PENDING,
				  .created_ms = KIT_START_MS });
	assert_int_equal(sum_of(&k)->phase, PHASE_SCHEDULED);
	hand_clock_step(&k.clock, 1000);
	event(&k, "Normal", "Pulling", "Pulling image \"golang\"");
	assert_int_equal(sum_of(&k)->phase, PHASE_PULLING);
	assert_int_equal(sum_of(&k)->phase_since_ms, k.clock.wall_now_ms);
	event(&k, "Normal", "Pulled", "in the same second");
	assert_int_equal(sum_of(&k)->phase, PHASE_STARTING);
	hand_clock_step(&k.clock, 1000);
	event(&k, "Normal", "Pulling", "the helper's");
	assert_int_equal(sum_of(&k)->phase, PHASE_PULLING);
	hand_clock_step(&k.clock, 9000);
	event(&k, "Normal", "Pulled", "");
	assert_int_equal(sum_of(&k)->phase, PHASE_STARTING);
	put(&k, (struct kit_pod){ .node = "n", .created_ms = KIT_START_MS });
	assert_int_equal(sum_of(&k)->phase, PHASE_RUNNING);
	assert_int_equal(sum_of(&k)->wait_ms, 71000);
	hand_clock_step(&k.clock, 30000);
	assert_int_equal(sum_of(&k)->wait_ms, 71000);
	put(&k, (struct kit_pod){ .node = "n",
				  .created_ms = KIT_START_MS,
				  .deleted_ms = k.clock.wall_now_ms });
	assert_int_equal(sum_of(&k)->phase, PHASE_ENDING);
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	assert_int_equal(sum_of(&k)->phase, PHASE_UNKNOWN);
	assert_text_contains(sum_of(&k)->why, "GitLab");
	assert_int_equal(k.snap->fleet.lost_30m, -1); /* nobody watched */
	kit_fini(&k);
}

static void
test_no_address(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	/* The event may come before the pod's list. */
	event(&k, "Warning", "FailedCreatePodSandBox",
	      "plugin type=\"aws-cni\" failed (add): add cmd: failed to assign "
	      "an IP address to container");
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put(&k, (struct kit_pod){ .node = "n", .phase = POD_PENDING });
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	assert_int_equal(sum_of(&k)->phase, PHASE_NO_ADDRESS);
	assert_text_contains(sum_of(&k)->why, "assign an IP address");
	hand_clock_step(&k.clock, 1000);
	kit_look(&k);
	assert_non_null(kit_alarm(&k, "no-address"));
	put(&k, (struct kit_pod){ .node = "n",
				  .phase = POD_PENDING,
				  .ip = "10.0.0.9" });
	assert_int_equal(sum_of(&k)->phase, PHASE_SCHEDULED);
	hand_clock_step(&k.clock, 1000);
	kit_look(&k);
	assert_null(kit_alarm(&k, "no-address"));
	kit_fini(&k);
}

static void
test_image_that_never_comes(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	/* The world turns out to be months behind the wall. */
	kit_look(&k);
	k.sink->clock(k.sink->ctx,
		      &(struct world_clock){ KIT_START_MS - INT64_C(9000000000),
					     k.clock.boot_now_ms, 1000 });
	put(&k, (struct kit_pod){ .node = "n",
				  .phase = POD_PENDING,
				  .created_ms = KIT_START_MS -
						INT64_C(9000000000),
				  .waiting = "ImagePullBackOff" });
	assert_int_equal(sum_of(&k)->phase, PHASE_PULLING);
	assert_text_contains(sum_of(&k)->why, "ImagePullBackOff");
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	assert_int_equal(sum_of(&k)->phase, PHASE_LOST);
	hand_clock_step(&k.clock, 1000);
	kit_look(&k);
	assert_int_equal(k.snap->fleet.lost_image, 1);
	kit_fini(&k);
}

static void
test_ends(void **state)
{
	static const struct {
		struct kit_pod pod;
		enum phase phase;
		const char *why;
	} ends[] = {
		{ { .phase = POD_SUCCEEDED }, PHASE_SUCCEEDED, "" },
		{ { .phase = POD_FAILED, .exit_code = 1 },
		  PHASE_FAILED,
		  "container build: exit 1" },
		{ { .phase = POD_FAILED,
		    .exit_code = 137,
		    .waiting = "OOMKilled" },
		  PHASE_LOST,
		  "over its memory limit: container build" },
		{ { .phase = POD_FAILED,
		    .reason = "Evicted",
		    .message = "low on resource: ephemeral-storage" },
		  PHASE_LOST,
		  "ephemeral-storage" },
		{ { .phase = POD_FAILED, .disrupted = true },
		  PHASE_LOST,
		  "disrupted" },
		/* Ended well on SIGTERM: its job was cut off all the same. */
		{ { .phase = POD_SUCCEEDED, .disrupted = true },
		  PHASE_LOST,
		  "disrupted" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct kit k;
		struct kit_pod p = ends[i].pod;

		kit_init(&k);
		p.node = "n";
		put(&k, p);
		assert_int_equal(sum_of(&k)->phase, ends[i].phase);
		assert_text_contains(sum_of(&k)->why, ends[i].why);
		k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
		assert_int_equal(sum_of(&k)->phase, ends[i].phase);
		kit_fini(&k);
	}
}

/* Cancelled after a moment is nobody's fault; after poll_timeout the runner
 * gave up. */
static void
test_pending_and_deleted(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	put(&k, (struct kit_pod){ .unschedulable = true });
	hand_clock_step(&k.clock, 30000);
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	assert_int_equal(sum_of(&k)->phase, PHASE_UNKNOWN);
	kit_fini(&k);

	kit_init(&k);
	kit_load(&k, KIND_POD);
	put(&k, (struct kit_pod){ .unschedulable = true });
	hand_clock_step(&k.clock, 180000);
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	assert_int_equal(sum_of(&k)->phase, PHASE_LOST);
	hand_clock_step(&k.clock, 1000);
	kit_look(&k);
	assert_int_equal(k.snap->fleet.lost_other, 1);
	/* Half an hour later it is history. */
	kit_watch(&k, 31);
	assert_int_equal(k.snap->fleet.lost_30m, 0);
	kit_fini(&k);
}

static void
test_spot_reclaim_by_the_termination_handler(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_node(&k, &(struct kit_node){
					 .name = "n",
					 .spot = true,
					 .taint = "aws-node-termination-handler"
						  "/spot-itn",
				 }));
	put(&k, (struct kit_pod){ .node = "n" });
	put(&k, (struct kit_pod){ .node = "n",
				  .disrupted = true,
				  .deleted_ms = KIT_START_MS });
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	hand_clock_step(&k.clock, 1000);
	assert_int_equal(sum_of(&k)->phase, PHASE_LOST);
	assert_int_equal(k.snap->fleet.lost_spot, 1);
	kit_fini(&k);
}

static void
test_verdict_of_the_plan(void **state)
{
	struct kit k;
	const struct store_verdict v = {
		.kind = KIND_POD,
		.key = "ci/a",
		.reason = "group max: general 20/20",
		.group = "general",
	};
	const struct page *page;

	(void)state;
	kit_init(&k);
	put(&k, (struct kit_pod){ .unschedulable = true });
	store_verdicts(k.store, &v, 1);
	assert_text_equal(sum_of(&k)->why, "group max: general 20/20");
	assert_text_equal(((const struct job_sum *)kit_sum(&k, KIND_JOB, "1"))
				  ->why,
			  "group max: general 20/20");
	page = k.snap->table[KIND_POD].pages[0];
	store_verdicts(k.store, &v, 1); /* the same again is no change */
	kit_look(&k);
	assert_ptr_equal(k.snap->table[KIND_POD].pages[0], page);
	store_verdicts(k.store, NULL, 0);
	assert_text_contains(sum_of(&k)->why, "Insufficient cpu");
	kit_fini(&k);
}

/* ---- config.toml ---- */

static void
read_config(struct runner_config *c, const char *toml, const char *name)
{
	runner_config_init(c);
	runner_config_read(c, toml, name);
}

static void
test_runner_config(void **state)
{
	struct runner_config c;

	(void)state;
	read_config(&c, "", "x");
	assert_int_equal(c.concurrent, -1);
	assert_int_equal(c.limit, -1);
	assert_int_equal(c.poll_timeout_ms, -1);
	read_config(&c,
		    "concurrent=7\n[[runners]]\nname = \"a\"\nlimit = 3\n"
		    "[runners.kubernetes]\npoll_timeout = 600\n"
		    "[runners.kubernetes.pod_labels]\npoll_timeout = 5\n"
		    "[[runners]]\n\tname = 'b'\n\tlimit = 0\n"
		    "  [runners.kubernetes]\n",
		    "b");
	assert_int_equal(c.concurrent, 7);
	assert_int_equal(c.limit, 0);
	assert_int_equal(c.poll_timeout_ms, -1);
	read_config(&c,
		    "[[runners]]\nname=\"a\"\nlimit = 3\n"
		    "[[runners]]\nname=\"b\"\nlimit = 4",
		    "ab"); /* nobody of that name: the first */
	assert_int_equal(c.limit, 3);
	read_config(&c,
		    "concurrent = x\nconcurrent = 99999999999999\n"
		    "concurrents = 3\n[[runners]]\nlimit = -4\nlimit\n",
		    "");
	assert_int_equal(c.concurrent, -1);
	assert_int_equal(c.limit, -1);
}

SUITE(store_phases,
	TEST(test_life_of_a_job_pod),
	TEST(test_no_address),
	TEST(test_image_that_never_comes),
	TEST(test_ends),
	TEST(test_pending_and_deleted),
	TEST(test_spot_reclaim_by_the_termination_handler),
	TEST(test_verdict_of_the_plan),
	TEST(test_runner_config));
