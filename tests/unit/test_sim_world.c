/*
 * The simulated world in closed loops: what happens when nobody helps, and
 * what happens when somebody does.
 */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "tests/unit/sim_kit.h"

static void
set_desired(struct kit *k, const char *group, int64_t n)
{
	struct cloud_fault f = { 0 };

	if (!cloud_set_desired(k->cloud, group, n, &f))
		fail_msg("%s: %s", f.code, f.message);
}

/* Jobs of a load by what became of them. */
static uint32_t
jobs_of(const struct kit *k, const char *load, enum ci_status status)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < k->ci->jobs.n; i++)
		n += k->ci->jobs.at[i]->status == status &&
		     strcmp(k->ci->jobs.at[i]->load->name, load) == 0;
	return n;
}

static void
test_the_world_opens_settled(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	struct kit_counts c = kit_count(&k);

	(void)state;
	assert_int_equal(sim_now_ms(k.w), k.scenario->start_ms);
	assert_in_range(c.nodes, 5, 7);
	assert_int_equal(c.ready, c.nodes);
	/* Eight jobs a minute of some minutes each. */
	assert_in_range(c.running, 10, 60);
	assert_true(k.ci->finished > 60);
	kit_check_placements(&k);
	kit_close(&k);
}

static void
test_a_burst_piles_up_unhelped(void **state)
{
	struct kit k = kit_open("monday-burst", 1);
	struct kit_counts c = kit_count(&k);
	uint32_t nodes = c.nodes;

	(void)state;
	assert_in_range(c.running, 20, 60);
	assert_in_range(c.unscheduled, 0, 2);
	for (int minute = 0; minute < 7; minute++) {
		kit_run(&k, 60);
		kit_check_placements(&k);
	}
	c = kit_count(&k);
	assert_in_range(k.ci->running + k.ci->pending.n, 370, 460);
	assert_true(c.unscheduled > 200);
	assert_int_equal(c.nodes, nodes);
	assert_true(kit_events(&k, "FailedScheduling", "Insufficient cpu") >
		    200);
	assert_true(kit_events(&k, "FailedScheduling",
			       "0/5 nodes are available: 2 node(s) had "
			       "untolerated taint {dedicated: management}") >
		    0);
	/* GitLab calls these running: the manager has taken them. */
	assert_true(k.ci->running > c.running);
	kit_close(&k);
}

static void
test_at_the_maximum(void **state)
{
	struct kit k = kit_open("at-max", 1);
	struct kit_counts c = kit_count(&k);
	struct cloud_group *g = cloud_group(k.cloud, "amd64-general");
	struct cloud_fault f = { 0 };

	(void)state;
	assert_int_equal(g->desired, g->max);
	assert_int_equal(g->instances.n, 6);
	assert_true(c.unscheduled >= 10);
	assert_true(k.ci->pending.n >= 30);
	assert_int_equal(jobs_of(&k, "train", CI_PENDING), 3);
	assert_false(cloud_set_desired(k.cloud, "amd64-general", 7, &f));
	assert_text_equal(f.code, "ValidationError");
	assert_text_equal(f.message, "New SetDesiredCapacity value 7 is above "
				     "max value 6 for the AutoScalingGroup.");
	kit_run(&k, 600);
	assert_int_equal(jobs_of(&k, "train", CI_PENDING), 3);
	kit_check_placements(&k);
	kit_close(&k);
}

static void
test_same_seed_same_bytes(void **state)
{
	uint64_t digest[3];

	(void)state;
	for (int run = 0; run < 3; run++) {
		struct kit k = kit_open("monday-burst", run == 2 ? 8 : 7);

		kit_run(&k, 200);
		set_desired(&k, "amd64-general", 9);
		kit_run(&k, 400);
		digest[run] = kit_digest(&k);
		kit_close(&k);
	}
	assert_true(digest[0] == digest[1]);
	assert_true(digest[0] != digest[2]);
}

/* One long jump or many small steps: the same world. */
static void
test_steps_do_not_matter(void **state)
{
	struct kit a = kit_open("quiet-day", 3), b = kit_open("quiet-day", 3);

	(void)state;
	kit_run(&a, 300);
	for (int i = 0; i < 3000; i++)
		sim_advance(b.w, sim_now_ms(b.w) + 100);
	assert_int_equal(sim_now_ms(a.w), sim_now_ms(b.w));
	assert_true(kit_digest(&a) == kit_digest(&b));
	kit_close(&a);
	kit_close(&b);
}

static void
test_terminating_an_instance(void **state)
{
	struct kit k = kit_open("monday-burst", 1);
	struct cloud_group *g = cloud_group(k.cloud, "amd64-general");
	const struct cloud_activity *a = NULL;
	struct cloud_fault f = { 0 };
	char id[24], node[80];
	uint32_t lost = 0;

	(void)state;
	snprintf(id, sizeof(id), "%s", g->instances.at[0]->id);
	snprintf(node, sizeof(node), "%s", g->instances.at[0]->dns);
	assert_non_null(objects_get(k.objects, k.nodes, "", node));
	assert_true(cloud_terminate_in_group(k.cloud, id, true, &a, &f));
	assert_int_equal(g->desired, 2);
	assert_text_contains(a->cause, "was taken out of service in response "
				       "to a user request, shrinking the "
				       "capacity from 3 to 2.");
	/* EKS drains first, so jobs on it die. */
	kit_run(&k, 2);
	assert_int_equal(cloud_instance(k.cloud, id)->lifecycle,
			 LIFECYCLE_TERMINATING_WAIT);
	kit_run(&k, 300);
	assert_null(objects_get(k.objects, k.nodes, "", node));
	assert_int_equal(g->instances.n, 2);
	assert_int_equal(cloud_instance(k.cloud, id)->state,
			 INSTANCE_TERMINATED);
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		const struct ci_job *j = k.ci->jobs.at[i];

		lost += j->status == CI_FAILED &&
			strcmp(j->failure_reason, "runner_system_failure") == 0;
	}
	assert_true(lost > 0);
	/* The record goes an hour after the instance. */
	kit_run(&k, 3700);
	assert_null(cloud_instance(k.cloud, id));
	kit_close(&k);
}

struct name_check {
	regex_t name;
	uint32_t n;
};

static bool
check_job_pod(void *ctx, const struct object *o)
{
	struct name_check *c = ctx;
	json_t *tree, *a;

	if (strncmp(o->name, "runner-", 7) != 0)
		return true;
	assert_int_equal(regexec(&c->name, o->name, 0, NULL, 0), 0);
	assert_non_null(object_label(o, "manager.runner.gitlab.com/id-short"));
	assert_text_equal(object_label(o, "pod"), o->name);
	tree = object_tree(o);
	a = json_object_get(json_object_get(tree, "metadata"), "annotations");
	assert_non_null(json_object_get(a, "job.runner.gitlab.com/id"));
	assert_non_null(json_object_get(a, "job.runner.gitlab.com/timeout"));
	json_decref(tree);
	c->n++;
	return true;
}

static void
test_job_pods_are_named_as_the_executor_does(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	struct name_check c = { .n = 0 };

	(void)state;
	assert_int_equal(regcomp(&c.name,
				 "^runner-([a-z0-9-]{1,9})-project-([0-9]+)-"
				 "concurrent-([0-9]+)-([a-z0-9]{8})$",
				 REG_EXTENDED | REG_NOSUB),
			 0);
	objects_each(k.objects, k.pods, NULL, NULL, check_job_pod, &c);
	assert_true(c.n > 5);
	regfree(&c.name);
	kit_close(&k);
}

/* clang-format off */
SUITE(sim_world,
	TEST(test_the_world_opens_settled),
	TEST(test_a_burst_piles_up_unhelped),
	TEST(test_at_the_maximum),
	TEST(test_same_seed_same_bytes),
	TEST(test_steps_do_not_matter),
	TEST(test_terminating_an_instance),
	TEST(test_job_pods_are_named_as_the_executor_does));
