/*
 * The scenarios that are there for their size, in small: the same YAML, a part
 * of each group, runner and load.  In full `make bench` runs them.
 */
#include <stdlib.h>

#include "tests/unit/sim_story.h"

/* All nodes there and Ready, no group at its maximum (of those that are more
 * than one node in small), every pod placed. */
static void
is_well(struct kit *k)
{
	struct kit_counts n = kit_count(k);

	assert_int_equal(n.ready, n.nodes);
	for (uint32_t i = 0; i < k->cloud->group_n; i++) {
		const struct cloud_group *g = &k->cloud->groups[i];

		assert_true(g->max == 1 || g->desired < g->max);
	}
	/* A pod is placed within seconds, and few come each second. */
	assert_true(n.unscheduled * 50 <= n.job_pods);
	assert_true(n.running * 10 >= n.job_pods * 9);
	assert_true(k->ci->pending.n * 50 <= k->ci->running);
	assert_int_equal(story_lost(k, "runner_system_failure"), 0);
	kit_check_placements(k);
}

/* A thousand changes a second: a tenth of them here. */
static void
test_big(void **state)
{
	struct kit k = kit_open_part("big", 10, 7);
	uint64_t from = objects_rv(k.objects);

	(void)state;
	is_well(&k);
	assert_in_range(kit_count(&k).nodes, 49, 60);
	assert_in_range(objects_count(k.objects, k.pods), 850, 1100);
	kit_run(&k, 20);
	assert_in_range(objects_rv(k.objects) - from, 20 * 60, 20 * 180);
	is_well(&k);
	kit_close(&k);
}

static void
test_huge(void **state)
{
	struct kit k = kit_open_part("huge", 100, 7);
	const struct ci_job *oldest = k.ci->jobs.at[0];
	uint64_t from;

	(void)state;
	is_well(&k);
	assert_in_range(kit_count(&k).nodes, 50, 54);
	assert_in_range(objects_count(k.objects, k.pods), 1400, 1650);
	/* With an idle interface a node there are not addresses for all. */
	assert_int_equal(k.cloud->cni.warm_ips, 2);
	/* At work for long: what was told of them is forgotten. */
	assert_true(sim_now_ms(k.w) - oldest->started_ms > AT_WORK_MS);
	assert_true(objects_count(k.objects, k.events) < 4000);
	assert_field(&k, "apps", "deployments", "kube-system",
		     "cluster-autoscaler", "spec.replicas", "0");
	/* It goes on: jobs come and end. */
	from = k.ci->finished;
	kit_run(&k, 600);
	assert_true(k.ci->finished > from + 50);
	is_well(&k);
	kit_close(&k);
}

/* The same world twice, jobs of the history and all. */
static void
test_huge_is_repeatable(void **state)
{
	uint64_t digests[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct kit k = kit_open_part("huge", 250, 3);

		kit_run(&k, 60);
		digests[i] = kit_digest(&k);
		kit_close(&k);
	}
	assert_true(digests[0] == digests[1]);
}

static void
test_parts_round_up(void **state)
{
	struct err err = { 0 };
	struct scenario *s = scenario_load("huge", &err);

	(void)state;
	assert_non_null(s);
	scenario_scale(s, 1000);
	assert_int_equal(s->groups[0].desired, 1);
	assert_int_equal(s->groups[1].max, 3);
	assert_int_equal(s->runners[0].replicas, 1);
	assert_int_equal(s->loads[1].at_work, 43);
	scenario_free(s);
}

SUITE(sim_stories_size, TEST(test_big), TEST(test_huge),
      TEST(test_huge_is_repeatable), TEST(test_parts_round_up));
