/*
 * Stories of the autoscaler: each scenario comes to the symptom it states, and
 * its remedy helps.
 */
#include <stdlib.h>

#include "backend/sim/world/eks.h"
#include "backend/sim/world/releases.h"
#include "tests/unit/sim_story.h"

#define CA "cluster-autoscaler"

/* ---- self-eviction ---- */

static bool
add_cordoned(void *ctx, const struct object *o)
{
	const char **name = ctx;
	json_t *tree = object_tree(o);

	if (json_is_true(json_object_get(json_object_get(tree, "spec"),
					 "unschedulable")))
		*name = o->name;
	json_decref(tree);
	return true;
}

static void
test_self_eviction(void **state)
{
	struct kit k = kit_open("self-eviction", 1);
	struct cloud_group *g = cloud_group(k.cloud, "general");
	const char *cordoned = NULL, *ca;
	char *taints, *holder;

	(void)state;
	kit_run(&k, 20 * 60);
	ca = story_pod(&k, "kube-system", CA);
	assert_field(&k, "", "pods", "kube-system", ca, "status.phase",
		     "Pending");
	assert_true(kit_events(&k, "FailedScheduling",
			       "1 Insufficient cpu, 1 node(s) were "
			       "unschedulable") > 0);
	assert_true(kit_events(&k, "ScaleDown",
			       "deleting pod for node scale down") > 0);
	objects_each(k.objects, k.nodes, NULL, NULL, add_cordoned, &cordoned);
	assert_non_null(cordoned);
	taints = story_field(&k, "", "nodes", "", cordoned, "spec.taints");
	assert_text_contains(taints, "ToBeDeletedByClusterAutoscaler");
	free(taints);
	holder = story_field(&k, "coordination.k8s.io", "leases", "kube-system",
			     CA, "spec.holderIdentity");
	assert_text_equal(holder, "");
	free(holder);
	assert_int_equal(g->desired, 2);
	assert_true(kit_count(&k).unscheduled > 20);
	assert_true(k.ci->pending.n > 20);

	story_patch(&k, "", "nodes", "", cordoned,
		    "{\"spec\":{\"unschedulable\":null,\"taints\":null}}");
	kit_run(&k, 300);
	ca = story_pod(&k, "kube-system", CA);
	assert_field(&k, "", "pods", "kube-system", ca, "status.phase",
		     "Running");
	assert_int_equal(kit_count(&k).unscheduled, 0);
	kit_close(&k);
}

/* ---- ca-hung ---- */

static void
test_ca_hung(void **state)
{
	struct kit k = kit_open("ca-hung", 1);
	struct cloud_group *g = cloud_group(k.cloud, "docker");
	char *was, *is, *looked, *pod;

	(void)state;
	kit_run(&k, 12 * 60);
	assert_int_equal(g->desired, 2);
	assert_true(kit_count(&k).unscheduled > 20);
	assert_int_equal(kit_events(&k, "TriggeredScaleUp", ""), 0);
	pod = xstrdup(story_pod(&k, "kube-system", CA));
	assert_field(&k, "", "pods", "kube-system", pod, "status.phase",
		     "Running");
	assert_field(&k, "coordination.k8s.io", "leases", "kube-system", CA,
		     "spec.holderIdentity", pod);
	/* The lease moves on, the loop does not. */
	was = story_field(&k, "coordination.k8s.io", "leases", "kube-system",
			  CA, "spec.renewTime");
	looked = story_field(&k, "", "configmaps", "kube-system", CA "-status",
			     "data.status");
	assert_text_contains(looked, "time: 2026-02-17 08:31:");
	kit_run(&k, 60);
	is = story_field(&k, "coordination.k8s.io", "leases", "kube-system",
			 CA, "spec.renewTime");
	assert_true(strcmp(is, was) > 0);
	assert_field(&k, "", "configmaps", "kube-system", CA "-status",
		     "data.status", looked);
	free(was);
	free(is);
	free(looked);
	free(pod);

	story_delete_pod(&k, "kube-system", CA);
	kit_run(&k, 60);
	assert_true(g->desired > 6);
	kit_run(&k, 180);
	assert_true(kit_count(&k).unscheduled < 10);
	kit_close(&k);
}

/* ---- tags ---- */

static void
test_scale_from_zero_missing_tag(void **state)
{
	struct kit k = kit_open("scale-from-zero-missing-tag", 1);
	struct cloud_group *g = cloud_group(k.cloud, "gpu-t4");
	struct cloud_fault f = { 0 };

	(void)state;
	kit_run(&k, 8 * 60);
	assert_int_equal(g->desired, 0);
	assert_int_equal(kit_count(&k).unscheduled, 3);
	assert_true(kit_events(&k, "NotTriggerScaleUp",
			       "node(s) didn't match Pod's node "
			       "affinity/selector") > 0);

	assert_true(cloud_put_tag(k.cloud, "gpu-t4",
				  "k8s.io/cluster-autoscaler/node-template/"
				  "label/accelerator",
				  "t4", true, &f));
	kit_run(&k, 90);
	assert_true(g->desired > 0);
	kit_run(&k, 240);
	assert_int_equal(kit_count(&k).unscheduled, 0);
	kit_close(&k);
}

static void
test_eksctl_taint_tag(void **state)
{
	struct kit k = kit_open("eksctl-taint-tag", 1);
	struct cloud_group *g = cloud_group(k.cloud, "batch");
	struct cloud_fault f = { 0 };
	int32_t most = 0;
	bool again = false;

	(void)state;
	for (int minute = 0; minute < 30; minute++) {
		kit_run(&k, 60);
		if (g->desired > most)
			most = g->desired;
	}
	/* It grew for pods that its nodes then would not take. */
	assert_true(most > 0);
	assert_true(kit_events(&k, "TriggeredScaleUp", "{batch 0->") > 0);
	assert_true(kit_events(&k, "FailedScheduling",
			       "untolerated taint {dedicated: batch}") > 0);
	assert_int_equal(g->desired, 0);
	assert_true(kit_events(&k, "ScaleDownEmpty", "removed") > 0);
	assert_true(kit_count(&k).unscheduled > 0);

	/* Corrected, it is left alone even by an autoscaler that forgot. */
	assert_true(cloud_put_tag(k.cloud, "batch",
				  "k8s.io/cluster-autoscaler/node-template/"
				  "taint/dedicated",
				  "batch:NoSchedule", true, &f));
	story_delete_pod(&k, "kube-system", CA);
	for (int minute = 0; minute < 10; minute++) {
		kit_run(&k, 60);
		again |= g->desired > 0;
	}
	assert_false(again);
	kit_close(&k);
}

/* ---- launches and boots that fail ---- */

static void
test_stuck_loop(void **state)
{
	struct kit k = kit_open("stuck-loop", 1);
	struct cloud_group *g = cloud_group(k.cloud, "docker");
	struct cloud_fault f = { 0 };
	int32_t ups = 0, before;

	(void)state;
	before = g->desired;
	for (int step = 0; step < 40 * 6; step++) {
		kit_run(&k, 10);
		ups += g->desired > before;
		before = g->desired;
	}
	/* Asked for and taken back, again and again. */
	assert_in_range(ups, 2, 9);
	assert_int_equal(g->instances.n, 1);
	assert_true(story_activities(&k, "docker", "Failed",
				     "The image id '[ami-") >= 2);
	assert_true(kit_events(&k, "NotTriggerScaleUp",
			       "in backoff after failed scale-up") > 0);
	assert_true(kit_count(&k).unscheduled > 20);

	/* A new version of the launch template, by way of the node group; the
	 * autoscaler would take EKS's own request back. */
	story_patch(&k, "apps", "deployments", "kube-system", CA,
		    "{\"spec\":{\"replicas\":0}}");
	kit_run(&k, 10);
	assert_non_null(eks_roll(k.cloud, g, sim_release_latest("1.33"), false,
				 &f));
	kit_run(&k, 8 * 60);
	assert_true(g->instances.at[0]->release == sim_release_latest("1.33"));
	/* A new process knows of no backoff. */
	story_patch(&k, "apps", "deployments", "kube-system", CA,
		    "{\"spec\":{\"replicas\":1}}");
	kit_run(&k, 5 * 60);
	assert_true(g->instances.n > 3);
	kit_close(&k);
}

static void
test_node_never_joins(void **state)
{
	struct kit k = kit_open("node-never-joins", 1);
	struct cloud_group *g = cloud_group(k.cloud, "docker");
	uint32_t nodes = kit_count(&k).nodes;
	json_t *issues;
	char *text;

	(void)state;
	kit_run(&k, 12 * 60);
	assert_true(g->instances.n >= 6);
	assert_int_equal(kit_count(&k).nodes, nodes);
	assert_true(kit_count(&k).unscheduled > 20);
	/* EKS is the one that tells. */
	kit_run(&k, 4 * 60 + 20);
	issues = cloud_nodegroup_json(k.cloud, g);
	text = json_dumps(json_object_get(issues, "health"), 0);
	assert_text_contains(text, "NodeCreationFailure");
	free(text);
	json_decref(issues);
	/* After fifteen minutes they go, unseen. */
	kit_run(&k, 6 * 60);
	assert_true(kit_events(&k, "DeleteUnregistered",
			       "Removed unregistered node "
			       "aws:///eu-west-1") >= 4);
	kit_run(&k, 8 * 60);
	assert_int_equal(kit_count(&k).nodes, nodes);
	kit_close(&k);
}

SUITE(sim_story_autoscaler, TEST(test_self_eviction), TEST(test_ca_hung),
      TEST(test_scale_from_zero_missing_tag), TEST(test_eksctl_taint_tag),
      TEST(test_stuck_loop), TEST(test_node_never_joins));
