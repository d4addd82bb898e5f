/*
 * The deployed autoscaler in closed loops, its leadership, what it tells the
 * cluster.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/net/yaml.h"
#include "backend/sim/scenarios.h"
#include "tests/unit/sim_kit.h"

/* A compiled-in scenario with one line of it changed. */
static struct kit
open_changed(const char *name, const char *from, const char *to)
{
	for (const struct scenario_text *t = scenario_texts; t->name; t++) {
		const char *at;
		struct kit k;
		char *text;

		if (strcmp(t->name, name) != 0)
			continue;
		at = strstr(t->text, from);
		assert_non_null(at);
		text = xasprintf("%.*s%s%s", (int)(at - t->text), t->text, to,
				 at + strlen(from));
		k = kit_open_text(text, 1);
		free(text);
		return k;
	}
	fail_msg("no scenario %s", name);
	return (struct kit){ 0 };
}

static const struct object *
get(const struct kit *k, const char *group, const char *plural, const char *ns,
    const char *name)
{
	return objects_get(k->objects, objects_type(k->objects, group, plural),
			   ns, name);
}

static char *
text_in(const struct object *o, const char *a, const char *b)
{
	json_t *tree = object_tree(o);
	const char *text = json_string_value(json_object_get(
		b ? json_object_get(tree, a) : tree, b ? b : a));
	char *copy = xstrdup(text ? text : "");

	json_decref(tree);
	return copy;
}

static char *
lease_holder(const struct kit *k)
{
	const struct object *o = get(k, "coordination.k8s.io", "leases",
				     "kube-system", "cluster-autoscaler");

	return o ? text_in(o, "spec", "holderIdentity") : xstrdup("");
}

static void
patch(struct kit *k, const struct object *o, json_t *body)
{
	struct patch_options options = { PATCH_MERGE, 0, NULL };
	struct status st = { 0 };

	if (!objects_patch(k->objects, o->type, o->ns, o->name, body, &options,
			   &st))
		fail_msg("%s", st.message);
	json_decref(body);
}

/* ---- deciding and acting ---- */

static void
test_the_burst_is_served_and_forgotten(void **state)
{
	struct kit k = open_changed("monday-burst", "autoscaler: off",
				    "autoscaler: on");
	struct cloud_group *amd = cloud_group(k.cloud, "amd64-general");
	struct cloud_group *arm = cloud_group(k.cloud, "arm64-spot");
	int32_t most = 0;
	uint32_t lost = 0;

	(void)state;
	for (int minute = 0; minute < 90; minute++) {
		kit_run(&k, 60);
		kit_check_placements(&k);
		most = amd->desired > most ? amd->desired : most;
		assert_true(amd->desired <= amd->max);
		assert_true(amd->desired >= amd->min);
		assert_true(arm->desired <= arm->max);
	}
	assert_in_range(most, 12, 20);
	assert_int_equal(kit_count(&k).unscheduled, 0);
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		const struct ci_job *j = k.ci->jobs.at[i];

		lost += j->status == CI_FAILED &&
			strcmp(j->failure_reason, "script_failure") != 0;
	}
	/* Job pods have no controller: upstream drains none of them. */
	assert_int_equal(lost, 0);
	assert_int_equal(amd->desired, amd->min);
	assert_int_equal(amd->instances.n, (uint32_t)amd->min);
	assert_int_equal(arm->desired, 0);
	assert_true(kit_events(&k, "ScaleDownEmpty", "removed") > 0);
	kit_close(&k);
}

static void
test_growing_from_zero(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	struct cloud_group *arm = cloud_group(k.cloud, "arm64-spot");
	bool grew = false, shrank = false;

	(void)state;
	for (int minute = 0; minute < 90 && !shrank; minute++) {
		kit_run(&k, 60);
		grew |= arm->desired > 0;
		shrank |= grew && arm->desired == 0 && arm->instances.n == 0;
	}
	assert_true(grew);
	assert_true(shrank);
	assert_true(kit_events(&k, "TriggeredScaleUp",
			       "pod triggered scale-up: [{arm64-spot 0->1 "
			       "(max: 6)}]") > 0);
	kit_close(&k);
}

static void
test_at_max_it_says_so(void **state)
{
	struct kit k = kit_open("at-max", 1);
	struct cloud_group *g = cloud_group(k.cloud, "amd64-general");
	struct cloud_limits l = { INT64_MIN, 10, INT64_MIN };
	struct cloud_fault f = { 0 };

	(void)state;
	kit_run(&k, 60);
	assert_int_equal(g->desired, 6);
	assert_true(kit_events(&k, "NotTriggerScaleUp",
			       "max node group size reached") > 0);
	/* The remedy: raise the maximum, and it does the rest. */
	assert_true(cloud_update_group(k.cloud, "amd64-general", &l, &f));
	kit_run(&k, 300);
	assert_true(g->desired > 6);
	assert_int_equal(kit_count(&k).unscheduled, 0);
	kit_close(&k);
}

/* ---- leading ---- */

static void
test_who_loses_the_lease_stands_by(void **state)
{
	struct kit k = kit_open("at-max", 1);
	struct cloud_group *g = cloud_group(k.cloud, "amd64-general");
	struct cloud_limits l = { INT64_MIN, 10, INT64_MIN };
	struct cloud_fault f = { 0 };
	char *holder = lease_holder(&k);

	(void)state;
	assert_text_contains(holder, "cluster-autoscaler-");
	free(holder);
	/* Somebody takes it, and renews for five minutes. */
	for (int i = 0; i < 30; i++) {
		patch(&k,
		      get(&k, "coordination.k8s.io", "leases", "kube-system",
			  "cluster-autoscaler"),
		      json_pack("{s:{s:s, s:i, s:s}}", "spec", "holderIdentity",
				"somebody", "leaseDurationSeconds", 15,
				"renewTime",
				i % 2 ? "2026-02-18T14:00:00.000000Z"
				      : "2026-02-18T14:00:01.000000Z"));
		kit_run(&k, 10);
		/* Lost for sure: now there would be something to do. */
		if (i == 0)
			assert_true(cloud_update_group(k.cloud, "amd64-general",
						       &l, &f));
		holder = lease_holder(&k);
		assert_text_equal(holder, "somebody");
		free(holder);
		assert_int_equal(g->desired, 6);
	}
	assert_true(kit_events(&k, "Started",
			       "Started container cluster-autoscaler") > 0);
	/* Left alone it expires, and the standby leads and acts. */
	kit_run(&k, 120);
	holder = lease_holder(&k);
	assert_text_contains(holder, "cluster-autoscaler-");
	free(holder);
	assert_true(g->desired > 6);
	kit_close(&k);
}

static void
test_a_new_pod_leads(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	struct delete_options options = { .grace_s = -1 };
	struct status st = { 0 };
	char *before = lease_holder(&k), *after;

	(void)state;
	assert_true(objects_delete(k.objects, k.pods, "kube-system", before,
				   &options, NULL, NULL, &st));
	kit_run(&k, 60);
	after = lease_holder(&k);
	assert_text_contains(after, "cluster-autoscaler-");
	assert_true(strcmp(before, after) != 0);
	free(before);
	free(after);
	kit_close(&k);
}

static void
test_it_is_pending_when_its_node_dies(void **state)
{
	struct kit k = kit_open_text(
		"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\n"
		"groups:\n"
		"  - {name: only, types: m6i.large, min: 1, max: 2,\n"
		"     desired: 1}\n",
		1);
	struct cloud_group *g = cloud_group(k.cloud, "only");
	const struct object *lease;
	struct cloud_fault f = { 0 };
	uint64_t rv;

	(void)state;
	assert_true(cloud_terminate(k.cloud, g->instances.at[0]->id, &f));
	kit_run(&k, 10);
	lease = get(&k, "coordination.k8s.io", "leases", "kube-system",
		    "cluster-autoscaler");
	rv = lease->rv;
	kit_run(&k, 100);
	assert_true(kit_events(&k, "DeletingNode", "does not exist in the") >
		    0);
	assert_true(kit_events(&k, "FailedScheduling",
			       "no nodes available to schedule pods") +
			    kit_events(&k, "FailedScheduling",
				       "0/1 nodes are available") >
		    0);
	lease = get(&k, "coordination.k8s.io", "leases", "kube-system",
		    "cluster-autoscaler");
	assert_true(lease->rv == rv);
	/* The group replaces the machine by itself, and it leads again. */
	kit_run(&k, 200);
	lease = get(&k, "coordination.k8s.io", "leases", "kube-system",
		    "cluster-autoscaler");
	assert_true(lease->rv > rv);
	kit_close(&k);
}

static void
test_switched_off_it_rests(void **state)
{
	struct kit k = kit_open("at-max", 1);
	struct cloud_group *g = cloud_group(k.cloud, "amd64-general");
	struct cloud_limits l = { INT64_MIN, 10, INT64_MIN };
	struct cloud_fault f = { 0 };
	char *holder;

	(void)state;
	patch(&k,
	      get(&k, "apps", "deployments", "kube-system",
		  "cluster-autoscaler"),
	      json_pack("{s:{s:i}}", "spec", "replicas", 0));
	kit_run(&k, 30);
	assert_true(cloud_update_group(k.cloud, "amd64-general", &l, &f));
	kit_run(&k, 300);
	assert_int_equal(g->desired, 6);
	/* It gave the lease back on its way out. */
	holder = lease_holder(&k);
	assert_text_equal(holder, "");
	free(holder);
	kit_close(&k);
}

/* ---- telling ---- */

static void
test_the_status_is_upstreams_yaml(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	const struct object *o;
	struct arena *a = arena_new();
	struct err err = { 0 };
	const struct tree *t, *g;
	char *text;
	int64_t n = -1;

	(void)state;
	o = get(&k, "", "configmaps", "kube-system",
		"cluster-autoscaler-status");
	assert_non_null(o);
	text = text_in(o, "data", "status");
	t = yaml_parse(a, "status", text, strlen(text), &err);
	assert_ok(t != NULL, &err);
	assert_text_equal(tree_text(tree_get(t, "autoscalerStatus")),
			  "Running");
	assert_text_equal(tree_text(tree_at(t, "clusterWide.health.status")),
			  "Healthy");
	assert_true(tree_int(tree_at(t, "clusterWide.health.nodeCounts."
					"registered.ready"),
			     &n));
	assert_int_equal(n, kit_count(&k).ready);
	g = tree_get(t, "nodeGroups");
	assert_int_equal(g->len, 3);
	assert_text_equal(tree_text(tree_get(tree_index(g, 0), "name")),
			  "amd64-general");
	assert_true(tree_int(tree_at(tree_index(g, 0), "health.maxSize"), &n));
	assert_int_equal(n, 10);
	/* A loop writes it every ten seconds. */
	kit_run(&k, 10);
	assert_true(objects_get(k.objects, o->type, "kube-system",
				"cluster-autoscaler-status")
			    ->rv > 0);
	free(text);
	arena_free(a);
	kit_close(&k);
}

static void
test_it_tells_of_nodes_that_never_came(void **state)
{
	struct kit k = kit_open_text(
		"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\n"
		"groups:\n"
		"  - {name: system, types: m6i.large, max: 2, desired: 1}\n"
		"  - {name: a, types: m6i.large, max: 2,\n"
		"     labels: {role: jobs}, boot_fails: never-joins}\n"
		"runners:\n"
		"  - {name: r, run_untagged: true, poll_timeout: 1h,\n"
		"     node_selector: {role: jobs}}\n"
		"jobs:\n"
		"  - {name: j, project: a/b, from: 10s, at_once: 1}\n",
		1);

	(void)state;
	kit_run(&k, 17 * 60);
	assert_true(kit_events(&k, "ScaleUpTimedOut",
			       "Nodes added to group a failed to register "
			       "within 15m") > 0);
	assert_true(kit_events(&k, "NotTriggerScaleUp",
			       "in backoff after failed scale-up") > 0);
	kit_close(&k);
}

SUITE(sim_autoscaler, TEST(test_the_burst_is_served_and_forgotten),
      TEST(test_growing_from_zero), TEST(test_at_max_it_says_so),
      TEST(test_who_loses_the_lease_stands_by), TEST(test_a_new_pod_leads),
      TEST(test_it_is_pending_when_its_node_dies),
      TEST(test_switched_off_it_rests), TEST(test_the_status_is_upstreams_yaml),
      TEST(test_it_tells_of_nodes_that_never_came));
