/*
 * Joins and sums: job <-> pod <-> node <-> instance <-> group, runner <->
 * manager, whatever comes first and whatever goes first.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

/* Home's numbers, too. */
static const struct snapshot *
look_now(struct kit *k)
{
	store_hurry(k->store);
	return kit_look(k);
}

static const struct pod_sum *
pod_sum_of(struct kit *k, const char *name)
{
	const struct pod_sum *sum = kit_sum(k, KIND_POD, name);

	assert_non_null(sum);
	return sum;
}

static const struct node_sum *
node_sum_of(struct kit *k, const char *name)
{
	const struct node_sum *sum = kit_sum(k, KIND_NODE, name);

	assert_non_null(sum);
	return sum;
}

static const struct group_sum *
group_sum_of(struct kit *k, const char *name)
{
	const struct group_sum *sum = kit_sum(k, KIND_GROUP, name);

	assert_non_null(sum);
	return sum;
}

static const char *
name_of(struct kit *k, struct handle h)
{
	const struct record *r = snapshot_rec(k->snap, h);

	return r ? record_name(r) : "";
}

/* The six orders in which pod, node and group may arrive. */
static void
test_chain_in_any_order(void **state)
{
	static const char orders[6][4] = { "png", "pgn", "npg",
					   "ngp", "gpn", "gnp" };

	(void)state;
	for (int o = 0; o < 6; o++) {
		struct kit k;

		kit_init(&k);
		for (const char *c = orders[o]; *c; c++) {
			if (*c == 'p')
				kit_put(&k, kit_pod(&k, &(struct kit_pod){
								.name = "job",
								.job_id = 42,
								.node = "n1",
							}));
			else if (*c == 'n')
				kit_put(&k,
					kit_node(&k, &(struct kit_node){
							     .name = "n1",
							     .instance = "i-1",
						     }));
			else
				kit_put(&k, kit_group(&k, "general", 1, 2, 9,
						      "i-1,i-2"));
			look_now(&k); /* settles in between */
		}
		assert_text_equal(name_of(&k, pod_sum_of(&k, "job")->node),
				  "n1");
		assert_text_equal(name_of(&k, pod_sum_of(&k, "job")->group),
				  "general");
		assert_text_equal(name_of(&k, node_sum_of(&k, "n1")->group),
				  "general");
		assert_int_equal(node_sum_of(&k, "n1")->jobs, 1);
		assert_int_equal(node_sum_of(&k, "n1")->util_milli, 125);
		assert_int_equal(group_sum_of(&k, "general")->running, 2);
		assert_int_equal(group_sum_of(&k, "general")->registered, 1);
		assert_int_equal(group_sum_of(&k, "general")->ready, 1);
		assert_int_equal(group_sum_of(&k, "general")->jobs, 1);
		assert_int_equal(
			group_sum_of(&k, "general")->cpu_request_milli, 125);
		kit_fini(&k);
	}
}

static void
test_sums_follow_their_parts(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "general", 1, 1, 9, "i-1"));
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .instance = "i-1" }));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .node = "n1",
						   .cpu_mcpu = 2000 }));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "b",
						   .node = "n1",
						   .job_id = 5,
						   .cpu_mcpu = 3000 }));
	look_now(&k);
	assert_int_equal(node_sum_of(&k, "n1")->requests.cpu_mcpu, 5000);
	assert_int_equal(node_sum_of(&k, "n1")->pods, 2);
	/* A finished pod holds nothing any more. */
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .node = "n1",
						   .phase = POD_SUCCEEDED,
						   .cpu_mcpu = 2000 }));
	look_now(&k);
	assert_int_equal(node_sum_of(&k, "n1")->requests.cpu_mcpu, 3000);
	assert_int_equal(node_sum_of(&k, "n1")->pods, 1);
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/b");
	look_now(&k);
	assert_int_equal(node_sum_of(&k, "n1")->requests.cpu_mcpu, 0);
	assert_int_equal(node_sum_of(&k, "n1")->jobs, 0);
	assert_int_equal(group_sum_of(&k, "general")->jobs, 0);
	/* The ended row still says where it ran. */
	assert_text_equal(name_of(&k, pod_sum_of(&k, "b")->node), "n1");
	assert_text_equal(name_of(&k, pod_sum_of(&k, "b")->group), "general");
	kit_fini(&k);
}

/* An instance leaves its group while its node still stands. */
static void
test_instance_changes_hands(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "a", 0, 2, 9, "i-1,i-2"));
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .instance = "i-1" }));
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n2",
						     .instance = "i-2" }));
	look_now(&k);
	assert_int_equal(group_sum_of(&k, "a")->registered, 2);
	kit_put(&k, kit_group(&k, "a", 0, 1, 9, "i-2"));
	look_now(&k);
	assert_int_equal(group_sum_of(&k, "a")->registered, 1);
	assert_true(handle_is_none(node_sum_of(&k, "n1")->group));
	kit_put(&k, kit_group(&k, "b", 0, 1, 9, "i-2"));
	look_now(&k);
	assert_text_equal(name_of(&k, node_sum_of(&k, "n2")->group), "b");
	k.sink->gone(k.sink->ctx, KIND_GROUP, "b");
	look_now(&k);
	assert_true(handle_is_none(node_sum_of(&k, "n2")->group));
	kit_fini(&k);
}

static void
test_node_goes_and_takes_jobs_along(void **state)
{
	struct kit k;
	const struct job_sum *job;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .spot = true }));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .node = "n1",
						   .job_id = 5 }));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "ds",
						   .node = "n1",
						   .daemon = true }));
	look_now(&k);
	assert_int_equal(k.snap->fleet.running, 1);
	k.sink->gone(k.sink->ctx, KIND_NODE, "n1");
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/ds");
	hand_clock_step(&k.clock, 1000);
	look_now(&k);
	assert_int_equal(pod_sum_of(&k, "a")->phase, PHASE_LOST);
	assert_text_contains(pod_sum_of(&k, "a")->why, "spot node n1");
	assert_int_not_equal(pod_sum_of(&k, "ds")->phase, PHASE_LOST);
	assert_text_equal(name_of(&k, pod_sum_of(&k, "a")->node), "n1");
	assert_text_equal(node_sum_of(&k, "n1")->state, "gone");
	job = kit_sum(&k, KIND_JOB, "5");
	assert_non_null(job);
	assert_int_equal(job->phase, PHASE_LOST);
	assert_true(kit_slot(&k, KIND_JOB, NULL, "5")->ended);
	assert_int_equal(k.snap->fleet.running, 0);
	assert_int_equal(k.snap->fleet.lost_30m, 1);
	assert_int_equal(k.snap->fleet.lost_spot, 1);
	kit_fini(&k);
}

/* A node of the same name comes back as another object. */
static void
test_node_name_is_used_again(void **state)
{
	struct kit k;
	struct handle first;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .uid = "1" }));
	look_now(&k);
	first = snapshot_find(k.snap, KIND_NODE, NULL, "n1");
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .uid = "2" }));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .node = "n1" }));
	look_now(&k);
	assert_false(handle_eq(pod_sum_of(&k, "a")->node, first));
	assert_int_equal(node_sum_of(&k, "n1")->pods, 1);
	kit_fini(&k);
}

/* ---- jobs ---- */

static void
test_job_known_only_by_its_pod(void **state)
{
	struct kit k;
	const struct job *j;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .job_id = 77 }));
	look_now(&k);
	j = (const void *)kit_slot(&k, KIND_JOB, NULL, "77")->rec;
	assert_true(j->from_pod);
	assert_text_equal(j->name, "compile");
	assert_int_equal(j->timeout_ms, 3600000);
	assert_int_equal(k.snap->fleet.waiting, 1);
	/* GitLab's own word replaces it in place. */
	kit_put(&k, kit_job(&k, 77, JOB_RUNNING, "docker", 0,
			    KIT_START_MS - 60000));
	look_now(&k);
	assert_int_equal(k.snap->table[KIND_JOB].live, 1);
	j = (const void *)kit_slot(&k, KIND_JOB, NULL, "77")->rec;
	assert_false(j->from_pod);
	/* GitLab forgets it while the pod still stands. */
	kit_load(&k, KIND_JOB);
	look_now(&k);
	assert_int_equal(k.snap->table[KIND_JOB].live, 1);
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	look_now(&k);
	assert_int_equal(k.snap->table[KIND_JOB].live, 0);
	assert_int_equal(k.snap->table[KIND_JOB].ended, 1);
	assert_int_equal(k.snap->fleet.waiting, 0);
	kit_fini(&k);
}

static void
test_job_before_and_after_its_pod(void **state)
{
	struct kit k;
	const struct job_sum *sum;

	(void)state;
	kit_init(&k);
	kit_load(&k, KIND_POD);
	kit_put(&k, kit_job(&k, 9, JOB_PENDING, "docker", 0, KIT_START_MS));
	look_now(&k);
	sum = kit_sum(&k, KIND_JOB, "9");
	assert_int_equal(sum->phase, PHASE_QUEUED);
	assert_int_equal(sum->wait_from_ms, KIT_START_MS);
	hand_clock_step(&k.clock, 5000);
	kit_put(&k, kit_job(&k, 9, JOB_RUNNING, "docker", 0, KIT_START_MS));
	look_now(&k);
	sum = kit_sum(&k, KIND_JOB, "9");
	assert_int_equal(sum->phase, PHASE_PREPARING);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .job_id = 9,
						   .unschedulable = true }));
	look_now(&k);
	sum = kit_sum(&k, KIND_JOB, "9");
	assert_int_equal(sum->phase, PHASE_UNSCHEDULED);
	assert_text_contains(sum->why, "Insufficient cpu");
	hand_clock_step(&k.clock, 55000);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .job_id = 9,
						   .node = "n1" }));
	look_now(&k);
	sum = kit_sum(&k, KIND_JOB, "9");
	assert_int_equal(sum->phase, PHASE_RUNNING);
	assert_int_equal(sum->wait_ms, 60000);
	assert_int_equal(sum->wait_from_ms, 0);
	assert_text_equal(name_of(&k, sum->pod), "a");
	assert_int_equal(k.snap->fleet.running, 1);
	/* It succeeded; the runner then deletes the pod. */
	kit_put(&k, kit_job(&k, 9, JOB_SUCCESS, "docker", 0, KIT_START_MS));
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	k.sink->gone(k.sink->ctx, KIND_JOB, "9");
	look_now(&k);
	sum = kit_sum(&k, KIND_JOB, "9");
	assert_int_equal(sum->phase, PHASE_SUCCEEDED);
	assert_int_equal(k.snap->fleet.lost_30m, 0);
	kit_fini(&k);
}

/* The runner makes a second pod for a job that we knew by its first alone. */
static void
test_second_pod_of_a_job(void **state)
{
	struct kit k;
	const struct job_sum *sum;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .job_id = 9,
						   .node = "n1" }));
	look_now(&k);
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	look_now(&k);
	assert_int_equal(k.snap->table[KIND_JOB].live, 0);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "b",
						   .job_id = 9,
						   .node = "n1" }));
	look_now(&k);
	assert_int_equal(k.snap->table[KIND_JOB].live, 1);
	assert_int_equal(k.snap->table[KIND_JOB].ended, 1);
	sum = kit_sum(&k, KIND_JOB, "9");
	assert_int_equal(sum->phase, PHASE_RUNNING);
	assert_int_equal(k.snap->fleet.running, 1);
	kit_fini(&k);
}

/* ---- runners ---- */

static const char toml[] =
	"concurrent = 40\n"
	"check_interval = 3\n"
	"[[runners]]\n"
	"  name = \"docker\"\n"
	"  limit = 12\n"
	"  [runners.kubernetes]\n"
	"    poll_timeout = 1800\n"
	"    limit = 99\n";

static void
test_runner_and_its_manager(void **state)
{
	struct kit k;
	const struct runner_sum *sum;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "job",
						   .job_id = 3,
						   .token = "abcdefgh9" }));
	kit_put(&k, kit_runner(&k, 1, "abcdefgh", "docker", "docker",
			       "online"));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "docker-5f-x",
						   .app = "docker",
						   .node = "n1",
						   .manager = true }));
	look_now(&k);
	sum = kit_sum(&k, KIND_RUNNER, "1");
	assert_text_equal(name_of(&k, sum->manager_pod), "docker-5f-x");
	assert_int_equal(sum->concurrent, -1);
	assert_int_equal(sum->waiting, 1);
	assert_int_equal(pod_sum_of(&k, "job")->poll_timeout_ms, -1);
	kit_put(&k, kit_configmap(&k, "ci", "docker", "config.template.toml",
				  toml));
	look_now(&k);
	sum = kit_sum(&k, KIND_RUNNER, "1");
	assert_int_equal(sum->concurrent, 40);
	assert_int_equal(sum->limit, 12);
	assert_int_equal(sum->poll_timeout_ms, 1800000);
	/* The job's pod learns its runner's patience in the same turn or the
	 * next. */
	look_now(&k);
	assert_int_equal(pod_sum_of(&k, "job")->poll_timeout_ms, 1800000);
	assert_text_equal(name_of(&k, pod_sum_of(&k, "job")->runner),
			  "docker");
	/* The manager goes; its row stays as evidence, the link does not. */
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/docker-5f-x");
	look_now(&k);
	sum = kit_sum(&k, KIND_RUNNER, "1");
	assert_true(handle_is_none(sum->manager_pod));
	k.sink->gone(k.sink->ctx, KIND_RUNNER, "1");
	look_now(&k);
	assert_true(handle_is_none(pod_sum_of(&k, "job")->runner));
	kit_fini(&k);
}

SUITE(store_joins,
	TEST(test_chain_in_any_order),
	TEST(test_sums_follow_their_parts),
	TEST(test_instance_changes_hands),
	TEST(test_node_goes_and_takes_jobs_along),
	TEST(test_node_name_is_used_again),
	TEST(test_job_known_only_by_its_pod),
	TEST(test_job_before_and_after_its_pod),
	TEST(test_second_pod_of_a_job),
	TEST(test_runner_and_its_manager));
