/*
 * Stories of nodes and capacity: each scenario comes to the symptom it states.
 */
#include <stdlib.h>

#include "backend/sim/world/eks.h"
#include "backend/sim/world/kubelet.h"
#include "backend/sim/world/releases.h"
#include "tests/unit/sim_story.h"

#define LOST "runner_system_failure"

static void
test_spot_refused(void **state)
{
	struct kit k = kit_open("spot-refused", 1);
	struct cloud_group *g = cloud_group(k.cloud, "arm64-spot");
	char *status;

	(void)state;
	kit_run(&k, 12 * 60);
	assert_int_equal(g->instances.n, 0);
	assert_true(story_activities(&k, "arm64-spot", "Failed",
				     "There is no Spot capacity available that "
				     "matches your request") > 0);
	assert_true(kit_events(&k, "NotTriggerScaleUp",
			       "in backoff after failed scale-up") > 0);
	assert_true(kit_events(&k, "ScaleUpFailed",
			       "nodes to group arm64-spot due to OutOfResource."
			       "placeholder-cannot-be-fulfilled") > 0);
	status = story_field(&k, "", "configmaps", "kube-system",
			     "cluster-autoscaler-status", "data.status");
	assert_text_contains(status, "placeholder-cannot-be-fulfilled");
	free(status);
	assert_true(kit_count(&k).unscheduled >= 6);
	kit_close(&k);
}

static void
test_spot_storm(void **state)
{
	struct kit k = kit_open("spot-storm", 1);
	struct cloud_group *g = cloud_group(k.cloud, "docker-spot");
	uint32_t taken = 0, at = 0;
	const char *id;
	void *value;

	(void)state;
	assert_int_equal(story_lost(&k, LOST), 0);
	kit_run(&k, 20 * 60);
	while (map_next(k.cloud->instances, &at, &id, &value)) {
		const struct cloud_instance *i = value;

		taken += str_eq(i->reason_code,
				"Server.SpotInstanceTermination");
	}
	assert_true(taken >= 6);
	assert_true(story_lost(&k, LOST) >= 10);
	/* Nothing looks wrong with its size. */
	assert_true(g->instances.n >= (uint32_t)g->desired);
	/* The storm passes. */
	kit_run(&k, 5 * 60);
	at = story_lost(&k, LOST);
	kit_run(&k, 8 * 60);
	assert_int_equal(story_lost(&k, LOST), at);
	kit_close(&k);
}

/* kubectl set env daemonset/aws-node WARM_IP_TARGET=2 */
static void
keep_two_warm(struct kit *k)
{
	const struct object *o = objects_get(
		k->objects, objects_type(k->objects, "apps", "daemonsets"),
		"kube-system", "aws-node");
	json_t *tree = object_tree(o), *at, *patch;
	struct patch_options options = { PATCH_MERGE, 0, NULL };
	struct status st = { 0 };

	at = json_object_get(
		json_object_get(json_object_get(tree, "spec"), "template"),
		"spec");
	json_array_append_new(
		json_object_get(
			json_array_get(json_object_get(at, "containers"), 0),
			"env"),
		json_pack("{s:s, s:s}", "name", "WARM_IP_TARGET", "value",
			  "2"));
	patch = json_pack("{s:{s:{s:{s:O}}}}", "spec", "template", "spec",
			  "containers", json_object_get(at, "containers"));
	assert_non_null(objects_patch(k->objects, o->type, "kube-system",
				      "aws-node", patch, &options, &st));
	json_decref(patch);
	json_decref(tree);
}

static void
test_ip_exhaustion(void **state)
{
	struct kit k = kit_open("ip-exhaustion", 1);
	uint32_t stuck;

	(void)state;
	kit_run(&k, 8 * 60);
	assert_int_equal(k.cloud->subnets[0].free, 0);
	assert_int_equal(k.cloud->subnets[1].free, 0);
	assert_true(kit_events(&k, "FailedCreatePodSandBox",
			       "failed to assign an IP address to container") >
		    20);
	stuck = kit_count(&k).starting;
	assert_true(stuck > 0);
	/* The runner's patience ends. */
	kit_run(&k, 4 * 60);
	assert_true(story_lost(&k, LOST) > 10);
	kit_close(&k);

	/* Fewer spare ones in time, and there is one for everybody more. */
	k = kit_open("ip-exhaustion", 1);
	kit_run(&k, 5 * 60);
	keep_two_warm(&k);
	kit_run(&k, 3 * 60);
	assert_true(kit_count(&k).starting < stuck);
	kit_close(&k);
}

static void
test_disk_full(void **state)
{
	struct kit k = kit_open("disk-full", 1);
	struct cloud_group *g = cloud_group(k.cloud, "docker");
	uint32_t pressed = 0;

	(void)state;
	kit_run(&k, 14 * 60);
	for (uint32_t i = 0; i < g->instances.n; i++) {
		struct knode *n = kubelet_node(sim_kubernetes(k.w),
					       g->instances.at[i]->dns);

		pressed += n && n->disk_pressure;
	}
	assert_true(pressed > 0);
	assert_true(kit_events(&k, "Evicted",
			       "The node was low on resource: "
			       "ephemeral-storage") > 0);
	assert_true(kit_events(&k, "FreeDiskSpaceFailed", "eligible to free") >
		    0);
	assert_true(story_lost(&k, LOST) > 0);
	kit_close(&k);
}

static void
test_two_operators(void **state)
{
	struct kit k = kit_open("two-operators", 1);
	struct cloud_group *g = cloud_group(k.cloud, "docker");
	int32_t before = g->desired;
	uint32_t ups = 0, downs = 0;

	(void)state;
	for (int step = 0; step < 22 * 6; step++) {
		kit_run(&k, 10);
		ups += g->desired > before;
		downs += g->desired < before;
		before = g->desired;
	}
	assert_true(ups >= 4);
	assert_true(downs >= 4);
	assert_true(story_activities(&k, "docker", "Successful",
				     "user request explicitly set group "
				     "desired capacity") > 0);
	assert_true(story_lost(&k, LOST) >= 5);
	kit_close(&k);
}

static uint32_t
old_nodes(struct cloud_group *g, const char *release)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->instances.n; i++)
		n += str_eq(g->instances.at[i]->release->version, release);
	return n;
}

static void
test_eks_upgrade(void **state)
{
	struct kit k = kit_open("eks-upgrade", 1);
	struct cloud_group *g = cloud_group(k.cloud, "docker");
	const char *before = g->instances.at[0]->release->version;
	const struct eks_update *u;

	(void)state;
	kit_run(&k, 4 * 60);
	assert_int_equal(story_lost(&k, LOST), 0);
	assert_int_equal(old_nodes(g, before), g->instances.n);
	kit_run(&k, 6 * 60);
	assert_int_equal(k.cloud->eks->updates.n, 1);
	u = k.cloud->eks->updates.at[0];
	assert_text_equal(u->type, "VersionUpdate");
	assert_text_equal(u->status, "InProgress");
	assert_int_equal(g->max, 12);
	assert_true(story_lost(&k, LOST) > 0);
	for (int minute = 0; minute < 60; minute++) {
		kit_run(&k, 60);
		if (!str_eq(u->status, "InProgress"))
			break;
	}
	assert_text_equal(u->status, "Successful");
	assert_int_equal(old_nodes(g, before), 0);
	assert_int_equal(g->max, 8);
	assert_true(story_lost(&k, LOST) >= 15);
	kit_close(&k);
}

SUITE(sim_story_nodes, TEST(test_spot_refused), TEST(test_spot_storm),
      TEST(test_ip_exhaustion), TEST(test_disk_full),
      TEST(test_two_operators), TEST(test_eks_upgrade));
