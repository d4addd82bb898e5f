/*
 * Auto Scaling's rules on the simulated account: what is suspended stands
 * still, what is protected or put aside stays, refusals have reasons; and EKS
 * replaces a group's nodes without falling below what was wanted.
 */
#include "backend/sim/world/eks.h"
#include "tests/unit/sim_kit.h"

static const char story[] = "title: t\n"
			    "notice: n\n"
			    "remedy: r\n"
			    "warm_up: 2m\n"
			    "autoscaler: none\n"
			    "groups:\n"
			    "  - {name: g, types: [m6i.large], min: 1,\n"
			    "     max: 6, desired: 3, age: 2h}\n"
			    "  - {name: none, types: [c6i.large], max: 3,\n"
			    "     refuse_to: 9h, refuse_reason: unsupported}\n";

static struct cloud_group *
group(struct kit *k)
{
	return cloud_group(k->cloud, "g");
}

static void
set_desired(struct kit *k, const char *name, int64_t n)
{
	struct cloud_fault f = { 0 };

	assert_true(cloud_set_desired(k->cloud, name, n, &f));
}

static void
suspend(struct kit *k, const char *process, bool on)
{
	struct cloud_fault f = { 0 };
	struct names one = { &process, 1 };

	assert_true(cloud_suspend(k->cloud, "g", on, &one, &f));
}

static void
test_suspended_processes(void **state)
{
	struct kit k = kit_open_text(story, 1);
	struct cloud_fault f = { 0 };

	(void)state;
	suspend(&k, "Launch", true);
	set_desired(&k, "g", 5);
	kit_run(&k, 300);
	assert_int_equal(group_alive(group(&k)), 3);
	suspend(&k, "Launch", false);
	kit_run(&k, 300);
	assert_int_equal(group_alive(group(&k)), 5);
	suspend(&k, "Terminate", true);
	set_desired(&k, "g", 3);
	kit_run(&k, 300);
	assert_int_equal(group_alive(group(&k)), 5);
	suspend(&k, "Terminate", false);
	kit_run(&k, 1200);
	assert_int_equal(group_alive(group(&k)), 3);
	/* What EC2 stops is found, but not replaced. */
	suspend(&k, "ReplaceUnhealthy", true);
	assert_true(cloud_terminate(k.cloud, group(&k)->instances.at[0]->id,
				    &f));
	kit_run(&k, 300);
	assert_int_equal(group(&k)->instances.n, 3);
	assert_true(group(&k)->instances.at[0]->unhealthy);
	suspend(&k, "ReplaceUnhealthy", false);
	kit_run(&k, 300);
	assert_int_equal(group_alive(group(&k)), 3);
	assert_false(group(&k)->instances.at[0]->unhealthy);
	kit_close(&k);
}

/* EC2's own failures: the group finds out and replaces what is gone; until
 * then the machine counts for it and may be ended by its name. */
static void
test_a_machine_breaks(void **state)
{
	struct kit k = kit_open_text(story, 1);
	struct cloud_instance *i = group(&k)->instances.at[0];
	const struct cloud_activity *a;
	struct cloud_fault f = { 0 };

	(void)state;
	instance_stop(k.cloud, i, "Server.InternalError",
		      "Server.InternalError: Internal error on the host");
	kit_run(&k, 10);
	assert_int_equal(group_alive(group(&k)), 3);
	kit_run(&k, 300);
	assert_ptr_not_equal(group(&k)->instances.at[0], i);
	assert_int_equal(group_alive(group(&k)), 3);

	i = group(&k)->instances.at[0];
	instance_stop(k.cloud, i, "Server.InternalError",
		      "Server.InternalError: Internal error on the host");
	assert_true(cloud_terminate_in_group(k.cloud, i->id, true, &a, &f));
	assert_int_equal(group(&k)->desired, 2);
	kit_run(&k, 300);
	assert_int_equal(group_alive(group(&k)), 2);
	assert_int_equal(group(&k)->instances.n, 2);
	kit_close(&k);
}

static void
test_standby(void **state)
{
	struct kit k = kit_open_text(story, 1);
	const struct cloud_activity *a[2];
	struct cloud_fault f = { 0 };
	const char *ids[2] = { group(&k)->instances.at[0]->id,
			       group(&k)->instances.at[1]->id };
	struct names one = { ids, 1 }, twice = { (const char *[]){ ids[0],
								   ids[0] },
						 2 };

	(void)state;
	assert_false(cloud_enter_standby(k.cloud, "g", &twice, true, a, &f));
	assert_text_contains(f.message, "named twice");
	assert_int_equal(group(&k)->desired, 3);
	assert_true(cloud_enter_standby(k.cloud, "g", &one, false, a, &f));
	assert_text_contains(a[0]->description, "Moving EC2 instance to");
	kit_run(&k, 200);
	/* It does not count, so another was launched. */
	assert_int_equal(group(&k)->desired, 3);
	assert_int_equal(group_alive(group(&k)), 3);
	assert_int_equal(group(&k)->instances.n, 4);
	assert_string_equal(
		lifecycle_name(cloud_instance(k.cloud, ids[0])->lifecycle),
		"Standby");
	assert_true(cloud_exit_standby(k.cloud, "g", &one, a, &f));
	kit_run(&k, 200);
	assert_int_equal(group(&k)->desired, 4);
	assert_int_equal(group_alive(group(&k)), 4);
	kit_close(&k);
}

static void
test_refusals_have_reasons(void **state)
{
	struct kit k = kit_open_text(story, 1);
	struct cloud_group *g = cloud_group(k.cloud, "none");
	json_t *o, *issues;

	(void)state;
	set_desired(&k, "none", 2);
	kit_run(&k, 600);
	assert_int_equal(group_alive(g), 0);
	assert_true(g->activities.n >= 2);
	assert_string_equal(g->activities.at[0]->status, "Failed");
	assert_text_contains(g->activities.at[0]->message,
			     "is not supported in your requested "
			     "Availability Zone");
	o = cloud_nodegroup_json(k.cloud, g);
	assert_string_equal(
		json_string_value(json_object_get(o, "status")), "DEGRADED");
	issues = json_object_get(json_object_get(o, "health"), "issues");
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(issues, 0),
						  "code")),
		"AsgInstanceLaunchFailures");
	json_decref(o);
	kit_close(&k);
}

/* A roll of an empty group is a new template version; of others, new nodes. */
static void
test_roll(void **state)
{
	const struct sim_release *to = sim_release_latest("1.33");
	struct kit k = kit_open_text(story, 1);
	struct cloud_group *g = group(&k);
	struct cloud_fault f = { 0 };
	struct eks_update *u, *empty;
	uint32_t least = g->instances.n;

	(void)state;
	empty = eks_roll(k.cloud, cloud_group(k.cloud, "none"), to, false, &f);
	u = eks_roll(k.cloud, g, to, false, &f);
	assert_non_null(u);
	assert_null(eks_roll(k.cloud, g, to, false, &f));
	assert_string_equal(f.code, "ResourceInUseException");
	for (int i = 0; i < 240 && strcmp(u->status, "InProgress") == 0; i++) {
		kit_run(&k, 15);
		if (group_alive(g) < least)
			least = group_alive(g);
	}
	assert_string_equal(empty->status, "Successful");
	assert_string_equal(u->status, "Successful");
	assert_int_equal(least, 3);
	kit_run(&k, 900);
	assert_int_equal(g->desired, 3);
	assert_int_equal(g->max, 6);
	assert_int_equal(g->instances.n, 3);
	for (uint32_t i = 0; i < g->instances.n; i++)
		assert_ptr_equal(g->instances.at[i]->release, to);
	assert_ptr_equal(g->nodegroup->release, to);
	assert_int_equal(kit_count(&k).ready, 3);
	kit_close(&k);
}

SUITE(sim_cloud,
	TEST(test_suspended_processes),
	TEST(test_a_machine_breaks),
	TEST(test_standby),
	TEST(test_refusals_have_reasons),
	TEST(test_roll));
