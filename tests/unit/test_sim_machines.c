/*
 * What goes wrong with machines: boots, spot instances wanted back, addresses
 * of a small subnet, a disk that fills.
 */
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/kubelet.h"
#include "tests/unit/sim_kit.h"

#define HEAD \
	"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\nautoscaler: none\n" \
	"zones: [eu-west-1a]\n"
#define RUNNER \
	"runners:\n" \
	"  - {name: r, run_untagged: true, concurrent: 90, cpu: 20m,\n" \
	"     helper_cpu: 10m, memory: 64Mi, poll_timeout: 1h,\n" \
	"     node_selector: {role: jobs}}\n"

static struct cloud_instance *
first_of(struct kit *k, const char *group)
{
	struct cloud_group *g = cloud_group(k->cloud, group);

	assert_true(g->instances.n > 0);
	return g->instances.at[0];
}

/* The node's condition, "" when there is no such node. */
static char *
condition(struct kit *k, const char *node, const char *type)
{
	const struct object *o = objects_get(k->objects, k->nodes, "", node);
	json_t *tree = o ? object_tree(o) : json_object(), *c;
	char *text = NULL;
	size_t i;

	json_array_foreach(
		json_object_get(json_object_get(tree, "status"), "conditions"),
		i, c)
	{
		if (str_eq(json_string_value(json_object_get(c, "type")), type))
			text = xstrdup(json_string_value(
				json_object_get(c, "status")));
	}
	json_decref(tree);
	return text ? text : xstrdup("");
}

#define assert_condition(k, node, type, want) \
	do { \
		char *_is = condition(k, node, type); \
		assert_text_equal(_is, want); \
		free(_is); \
	} while (0)

/* ---- boots ---- */

static void
test_boots_that_fail(void **state)
{
	struct kit k = kit_open_text(
		HEAD "groups:\n"
		     "  - {name: good, types: m6i.large, max: 3, desired: 1}\n"
		     "  - {name: lost, types: m6i.large, max: 3, desired: 1,\n"
		     "     boot_fails: never-joins}\n"
		     "  - {name: mute, types: m6i.large, max: 3,\n"
		     "     boot_fails: not-ready, boot_fails_to: 10m}\n"
		     "  - {name: late, types: m6i.large, max: 3, ready: 60s,\n"
		     "     boot_fails: slow}\n"
		     "operator:\n"
		     "  - {at: 10s, act: desired, on: lost, value: 2}\n"
		     "  - {at: 10s, act: desired, on: mute, value: 1}\n"
		     "  - {at: 10s, act: desired, on: late, value: 1}\n"
		     "  - {at: 11m, act: desired, on: mute, value: 2}\n",
		1);
	struct cloud_group *lost = cloud_group(k.cloud, "lost");
	struct cloud_group *mute = cloud_group(k.cloud, "mute");

	(void)state;
	/* Those that were there before the trouble are good. */
	assert_condition(&k, first_of(&k, "lost")->dns, "Ready", "True");
	kit_run(&k, 300);
	assert_int_equal(lost->instances.n, 2);
	assert_int_equal(lost->instances.at[1]->lifecycle,
			 LIFECYCLE_IN_SERVICE);
	assert_condition(&k, lost->instances.at[1]->dns, "Ready", "");
	assert_condition(&k, mute->instances.at[0]->dns, "Ready", "False");
	assert_true(kit_events(&k, "BackOff",
			       "restarting failed container aws-node") > 0);
	assert_condition(&k, first_of(&k, "late")->dns, "Ready", "");
	kit_run(&k, 600);
	assert_condition(&k, first_of(&k, "late")->dns, "Ready", "True");
	assert_condition(&k, mute->instances.at[1]->dns, "Ready", "True");
	assert_condition(&k, mute->instances.at[0]->dns, "Ready", "False");
	kit_close(&k);
}

/* ---- spot ---- */

static void
test_two_minutes_notice(void **state)
{
	struct kit k = kit_open_text(
		HEAD "groups:\n"
		     "  - {name: a, types: m6i.xlarge, min: 1, max: 4,\n"
		     "     desired: 1, labels: {role: jobs}, spot: true}\n"
		     "  - {name: b, types: m6i.xlarge, max: 4, desired: 1,\n"
		     "     spot: true, managed: false}\n" RUNNER
		     "jobs:\n  - {name: j, project: a/b, from: -4m, at_once: "
		     "4,\n     duration: 1h, spread: 0}\n",
		1);
	struct cloud_instance *a = first_of(&k, "a"), *b = first_of(&k, "b");
	uint32_t lost = 0;

	(void)state;
	kit_run(&k, 10);
	assert_int_equal(kit_count(&k).running, 4);
	spot_notice(k.cloud, a);
	spot_notice(k.cloud, b);
	kit_run(&k, 60);
	/* EKS drains its own; who looks after his own node has to see to it. */
	assert_int_equal(a->state, INSTANCE_RUNNING);
	assert_int_equal(kit_count(&k).running, 0);
	for (uint32_t i = 0; i < k.ci->jobs.n; i++)
		lost += k.ci->jobs.at[i]->status == CI_FAILED;
	assert_int_equal(lost, 4);
	assert_condition(&k, b->dns, "Ready", "True");
	kit_run(&k, 70);
	assert_true(a->state >= INSTANCE_SHUTTING_DOWN);
	assert_text_equal(a->reason_code, "Server.SpotInstanceTermination");
	assert_true(b->state >= INSTANCE_SHUTTING_DOWN);
	/* The group replaces it by itself. */
	kit_run(&k, 240);
	assert_true(first_of(&k, "a") != a);
	assert_condition(&k, first_of(&k, "a")->dns, "Ready", "True");
	kit_close(&k);
}

/* ---- addresses ---- */

static void
test_a_small_subnet_runs_dry(void **state)
{
	/* 64 less AWS' five, and two interfaces of m6i.large hold 20. */
	struct kit k = kit_open_text(
		HEAD "subnet: 26\ngroups:\n"
		     "  - {name: a, types: m6i.large, max: 4, desired: 4,\n"
		     "     labels: {role: jobs}}\n" RUNNER
		     "jobs:\n  - {name: j, project: a/b, from: 10s, at_once: "
		     "60,\n     duration: 8m, spread: 0}\n",
		1);
	struct cloud_subnet *s = &k.cloud->subnets[0];
	uint32_t free_before;

	(void)state;
	assert_text_equal(s->cidr, "10.0.0.0/26");
	assert_int_equal(s->size, 64);
	kit_run(&k, 180);
	assert_int_equal(s->free, 0);
	assert_true(kit_events(&k, "FailedCreatePodSandBox",
			       "failed to assign an IP address to container") >
		    0);
	assert_true(kit_count(&k).starting > 0);
	kit_check_placements(&k);
	/* When jobs end, the interfaces go back and others get theirs. */
	kit_run(&k, 2400);
	assert_int_equal(kit_count(&k).job_pods, 0);
	free_before = s->free;
	assert_true(free_before > 0);
	/* All goes back when the machines go. */
	for (uint32_t i = 0; i < 4; i++) {
		struct cloud_fault f = { 0 };
		const struct cloud_activity *activity;

		assert_true(cloud_terminate_in_group(
			k.cloud, cloud_group(k.cloud, "a")->instances.at[i]->id,
			true, &activity, &f));
	}
	kit_run(&k, 1200);
	assert_int_equal(s->free, 59);
	kit_close(&k);
}

/* ---- the disk ---- */

static void
test_images_go_before_pods(void **state)
{
	/* Three images of 2 GiB take 18 of 25 GiB; nobody uses two of them. */
	struct kit k = kit_open_text(
		HEAD "groups:\n"
		     "  - {name: a, types: m6i.2xlarge, max: 1, desired: 1,\n"
		     "     disk: 25, labels: {role: jobs}}\n" RUNNER
		     "jobs:\n"
		     "  - {name: one, project: a/b, image: one, image_size: "
		     "2Gi,\n     from: 10s, at_once: 1, duration: 20s}\n"
		     "  - {name: two, project: a/b, image: two, image_size: "
		     "2Gi,\n     from: 3m, at_once: 1, duration: 20s}\n"
		     "  - {name: big, project: a/b, image: big, image_size: "
		     "2Gi,\n     from: 8m, at_once: 2, duration: 5m, spread: "
		     "0, disk: 2Gi}\n",
		1);
	struct knode *n =
		kubelet_node(sim_kubernetes(k.w), first_of(&k, "a")->dns);

	(void)state;
	kit_run(&k, 420);
	assert_non_null(map_get(n->images, "one"));
	assert_non_null(map_get(n->images, "two"));
	kit_run(&k, 420);
	assert_null(map_get(n->images, "one"));
	assert_non_null(map_get(n->images, "big"));
	assert_false(n->disk_pressure);
	assert_int_equal(kit_events(&k, "Evicted", ""), 0);
	kit_close(&k);
}

/* How long the pull of this image took, as its event says. */
struct pull_search {
	const char *image;
	int64_t took_ms;
};

static bool
match_pull(void *ctx, const struct object *o)
{
	struct pull_search *s = ctx;
	json_t *tree = object_tree(o);
	const char *text =
		json_string_value(json_object_get(tree, "message"));
	const char *in = text ? strstr(text, " in ") : NULL;
	char *word;

	if (in && strstr(text, "Successfully pulled") &&
	    strstr(text, s->image)) {
		word = xstrndup(in + 4, strcspn(in + 4, " "));
		assert_true(duration_parse(word, &s->took_ms));
		free(word);
	}
	json_decref(tree);
	return true;
}

static int64_t
pull_of(struct kit *k, const char *image)
{
	struct pull_search s = { image, 0 };

	objects_each(k->objects, k->events, NULL, NULL, match_pull, &s);
	assert_true(s.took_ms > 0);
	return s.took_ms;
}

static void
test_tags_share_layers(void **state)
{
	struct kit k = kit_open_text(
		HEAD "groups:\n"
		     "  - {name: a, types: m6i.2xlarge, max: 1, desired: 1,\n"
		     "     labels: {role: jobs}}\n" RUNNER
		     "jobs:\n"
		     "  - {name: one, project: a/b, image: r.example.com/x:1,\n"
		     "     image_size: 3Gi, from: 10s, at_once: 1}\n"
		     "  - {name: two, project: a/b, image: r.example.com/x:2,\n"
		     "     image_size: 3Gi, from: 3m, at_once: 1}\n"
		     "  - {name: old, project: a/b, image: r.example.com/y:1,\n"
		     "     image_size: 3Gi, from: 6m, at_once: 1}\n",
		1);

	(void)state;
	kit_run(&k, 500);
	assert_true(pull_of(&k, "x:1") > 20000);
	assert_true(pull_of(&k, "x:2") < pull_of(&k, "x:1") / 2);
	assert_true(pull_of(&k, "y:1") > 20000);
	kit_close(&k);
}

static void
test_a_full_disk_costs_pods(void **state)
{
	struct kit k = kit_open_text(
		HEAD "groups:\n"
		     "  - {name: a, types: m6i.2xlarge, max: 1, desired: 1,\n"
		     "     disk: 20, labels: {role: jobs}}\n" RUNNER
		     "jobs:\n"
		     "  - {name: hog, project: a/b, from: 10s, at_once: 3,\n"
		     "     duration: 5m, spread: 0, disk: 5Gi}\n"
		     "  - {name: meek, project: a/b, from: 290s, at_once: 1,\n"
		     "     duration: 1m}\n",
		1);
	const char *node = first_of(&k, "a")->dns;
	uint32_t lost = 0;

	(void)state;
	kit_run(&k, 340);
	assert_condition(&k, node, "DiskPressure", "True");
	assert_true(kit_events(&k, "EvictionThresholdMet",
			       "Attempting to reclaim ephemeral-storage") > 0);
	assert_true(kit_events(&k, "Evicted",
			       "The node was low on resource: "
			       "ephemeral-storage. Threshold quantity: ") > 0);
	assert_true(kit_events(&k, "FreeDiskSpaceFailed", "bytes eligible") >
		    0);
	/* Its taint keeps new pods away until it has been calm a while. */
	assert_true(kit_events(&k, "FailedScheduling",
			       "untolerated taint "
			       "{node.kubernetes.io/disk-pressure: }") > 0);
	for (uint32_t i = 0; i < k.ci->jobs.n; i++)
		lost += k.ci->jobs.at[i]->status == CI_FAILED;
	assert_in_range(lost, 1, 2);
	kit_run(&k, 900);
	assert_condition(&k, node, "DiskPressure", "False");
	assert_int_equal(kit_count(&k).unscheduled, 0);
	kit_close(&k);
}

SUITE(sim_machines, TEST(test_boots_that_fail), TEST(test_two_minutes_notice),
      TEST(test_a_small_subnet_runs_dry), TEST(test_images_go_before_pods),
      TEST(test_tags_share_layers),
      TEST(test_a_full_disk_costs_pods));
