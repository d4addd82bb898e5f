/*
 * The steps of a removal that are others' wishes: DaemonSets' pods, controllers
 * that ask for time, batches; and what is told of it all (reference 5.9, 3.12).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/policy.h"
#include "tests/unit/control_lead.h"

#define TERMINATE "TerminateInstanceInAutoScalingGroup"
#define MINUTE ((int64_t)60 * 1000)

static struct policy *
policy_with(const char *key, const char *value)
{
	static const char *const keys[][2] = {
		{ "scale-down-unneeded-time", "10s" },
		{ "unremovable-node-recheck-timeout", "0s" },
		{ "scale-down-delay-after-failure", "0s" },
		{ "skip-nodes-with-custom-controller-pods", "false" },
		{ "max-bulk-soft-taint-count", "0" },
	};
	struct policy *p = policy_new(POLICY_LIVE);

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_true(policy_set(p, keys[i][0], keys[i][1], NULL,
				       NULL));
	if (key)
		assert_true(policy_set(p, key, value, NULL, NULL));
	return p;
}

/* n1 carries a job and has room; n2 a pod that fits there, and a daemon. */
static void
drain_world(struct control_rig *r)
{
	rig_init(r);
	rig_node(r, "n1", "uid-n1", "i-1", false);
	rig_node(r, "n2", "uid-n2", "i-2", false);
	rig_pod(r, "ci", "job", "uid-job", "n1", 42, NULL);
	rig_pod(r, "ci", "small", "uid-small", "n2", 0, "tiny");
	rig_pod(r, "kube-system", "logger", "uid-logger", "n2", 0, "daemon");
	rig_group(r, "general", 1, 2, 5, "i-1,i-2");
}

static const char *
place_of(const struct control_rig *r, const char *text)
{
	return strstr(buf_text(&r->writes), text);
}

static void
test_daemons_of_drained_nodes_are_evicted(void **state)
{
	struct control_rig r;
	struct policy *p = policy_with(NULL, NULL);

	(void)state;
	drain_world(&r);
	rig_lead(&r, p);
	rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
	assert_int_equal(rig_wrote(&r, "pods/logger/eviction"), 1);
	assert_int_equal(rig_wrote(&r, "pods/small/eviction"), 1);
	assert_true(place_of(&r, "pods/logger/eviction") <
		    place_of(&r, TERMINATE));
	rig_pass_until(&r, rig_wrote(&r, "node n2 removed with drain"));
	/* Told of the pod that moves, not of the daemon. */
	assert_int_equal(rig_wrote(&r, "deleting pod for node scale down"),
			 1);
	assert_int_equal(rig_wrote(&r, "pods to reschedule: small"), 1);
	rig_leave(&r, p);

	p = policy_with("daemonset-eviction-for-occupied-nodes", "false");
	drain_world(&r);
	rig_lead(&r, p);
	rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
	assert_int_equal(rig_wrote(&r, "pods/logger/eviction"), 0);
	rig_leave(&r, p);
}

/* A daemon that may not go or does not end delays nothing. */
static void
refuse_logger(struct control_rig *r, const struct fake_request *q)
{
	r->refuse_evictions = strstr(q->target, "pods/logger/") != NULL;
}

static void
test_daemons_are_best_effort(void **state)
{
	struct control_rig r;
	struct policy *p = policy_with(NULL, NULL);

	(void)state;
	drain_world(&r);
	r.on_write = refuse_logger;
	rig_lead(&r, p);
	rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
	assert_int_equal(rig_wrote(&r, "pods/logger/eviction"), 1);
	rig_leave(&r, p);
}

/* Empty nodes: only when asked for. */
static void
test_daemons_of_empty_nodes(void **state)
{
	struct control_rig r;
	struct policy *p = policy_with(NULL, NULL);

	(void)state;
	drain_world(&r);
	rig_pod_gone(&r, "small");
	rig_lead(&r, p);
	rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
	assert_int_equal(rig_wrote(&r, "pods/logger/eviction"), 0);
	rig_leave(&r, p);

	p = policy_with("daemonset-eviction-for-empty-nodes", "true");
	drain_world(&r);
	rig_pod_gone(&r, "small");
	rig_lead(&r, p);
	rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
	assert_int_equal(rig_wrote(&r, "pods/logger/eviction"), 1);
	rig_leave(&r, p);
}

#define DELAY "delay-deletion.cluster-autoscaler.kubernetes.io/volumes"

static bool
is_marked(struct control_rig *r)
{
	return strstr(rig_node_json(r, "n2"), "ToBeDeleted") != NULL;
}

static void
test_others_may_ask_for_time(void **state)
{
	struct control_rig r;
	struct policy *p = policy_with(NULL, NULL);

	(void)state;
	rig_small_world(&r);
	rig_annotate(&r, "n2", DELAY, "1");
	rig_lead(&r, p);
	rig_pass_until(&r, is_marked(&r));
	rig_pass(&r, 60000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	rig_annotate(&r, "n2", DELAY, NULL);
	rig_pass(&r, 20000); /* well before the two minutes are over */
	assert_int_equal(rig_wrote(&r, TERMINATE), 1);
	rig_leave(&r, p);

	/* Two minutes, and no longer. */
	p = policy_with(NULL, NULL);
	rig_small_world(&r);
	rig_annotate(&r, "n2", DELAY, "1");
	rig_lead(&r, p);
	rig_pass_until(&r, is_marked(&r));
	rig_pass(&r, 115000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	rig_pass(&r, 20000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 1);
	rig_leave(&r, p);

	p = policy_with("node-deletion-delay-timeout", "0s");
	rig_small_world(&r);
	rig_annotate(&r, "n2", DELAY, "1");
	rig_lead(&r, p);
	rig_pass_until(&r, is_marked(&r));
	rig_pass(&r, 10000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 1);
	rig_leave(&r, p);
}

static void
test_batches_go_together(void **state)
{
	struct control_rig r;
	struct policy *p = policy_with("node-deletion-batcher-interval", "30s");

	(void)state;
	rig_small_world(&r);
	rig_node(&r, "n3", "uid-n3", "i-3", false);
	rig_group(&r, "general", 1, 3, 5, "i-1,i-2,i-3");
	rig_lead(&r, p);
	rig_pass_until(&r, is_marked(&r));
	rig_pass(&r, 30000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	rig_pass_until(&r, rig_wrote(&r, TERMINATE) > 0);
	rig_pass(&r, 1000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 2);
	rig_leave(&r, p);
}

/* ---- how long a taint is left alone ---- */

/* The watch says nothing of it yet. */
static void
hide_the_taint(struct control_rig *r, const struct fake_request *q)
{
	if (strstr(q->target, "/nodes/") &&
	    strstr(q->body, "ToBeDeletedByClusterAutoscaler"))
		r->silent[0] = true;
}

static void
show(struct control_rig *r, const char *node)
{
	r->silent[0] = false;
	rig_annotate(r, node, "seen", "1");
}

/* Shown after eight seconds: sixteen more, whatever policy's delay is; the rig
 * sends no bookmarks, so that it may stop for old data in between. */
static void
test_the_delay_follows_the_watch(void **state)
{
	static const char key[] =
		"dynamic-node-delete-delay-after-taint-enabled";
	struct control_rig r;
	struct policy *p = policy_with(key, "true");

	(void)state;
	assert_true(policy_set(p, "node-delete-delay-after-taint", "5m", NULL,
			       NULL));
	rig_small_world(&r);
	r.on_write = hide_the_taint;
	rig_lead(&r, p);
	rig_pass_until(&r, is_marked(&r));
	rig_pass(&r, 8000);
	show(&r, "n2");
	rig_pass(&r, 15000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	rig_pass(&r, 30000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 1);
	/* The next shows at once; the slow one is not forgotten. */
	r.on_write = NULL;
	rig_node_gone(&r, "n2");
	rig_node(&r, "n3", "uid-n3", "i-3", false);
	rig_group(&r, "general", 1, 2, 5, "i-1,i-3");
	rig_pass_until(&r, strstr(rig_node_json(&r, "n3"),
				  "ToBeDeletedByClusterAutoscaler"));
	rig_pass(&r, 15000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 1);
	rig_pass(&r, 30000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 2);
	rig_leave(&r, p);
}

/* Nothing is measured of what does not show: policy's delay. */
static void
test_a_taint_that_does_not_show(void **state)
{
	static const char key[] =
		"dynamic-node-delete-delay-after-taint-enabled";
	struct control_rig r;
	struct policy *p = policy_with(key, "true");

	(void)state;
	assert_true(policy_set(p, "node-delete-delay-after-taint", "20s",
			       NULL, NULL));
	rig_small_world(&r);
	r.on_write = hide_the_taint;
	rig_lead(&r, p);
	rig_pass_until(&r, is_marked(&r));
	rig_pass(&r, 25000);
	/* Others are heard, so that the data is live. */
	r.silent[0] = false;
	rig_annotate(&r, "n1", "seen", "1");
	rig_pod(&r, "ci", "web", "uid-web", "n1", 0, NULL);
	rig_pass(&r, 20000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	rig_pass(&r, 10000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 1);
	rig_leave(&r, p);
}

/* ---- pods that get no node ---- */

static void
test_refused_pods_are_told_once(void **state)
{
	struct control_rig r;
	struct policy *p = policy_with("scale-down-enabled", "false");

	(void)state;
	rig_small_world(&r);
	rig_group(&r, "general", 1, 2, 2, "i-1,i-2");
	rig_pod(&r, "ci", "waits", "uid-waits", NULL, 77, NULL);
	rig_pod(&r, "ci", "also", "uid-also", "n2", 78, NULL);
	rig_lead(&r, p);
	rig_pass_until(&r, rig_wrote(&r, "NotTriggerScaleUp"));
	assert_int_equal(rig_wrote(&r, "pod didn't trigger scale-up: 1 max "
				       "node group size reached"), 1);
	rig_pass(&r, 4 * MINUTE);
	assert_int_equal(rig_wrote(&r, "NotTriggerScaleUp"), 1);
	rig_pass(&r, 90000); /* one in five minutes, as upstream */
	assert_int_equal(rig_wrote(&r, "NotTriggerScaleUp"), 2);
	/* A pod that gets one is told that instead. */
	r.groups[0].max = 5;
	rig_pass_until(&r, rig_wrote(&r, "pod triggered scale-up"));
	assert_int_equal(rig_wrote(&r, "setting group general size to 3 "
				       "instead of 2 (max: 5)"), 1);
	rig_leave(&r, p);
}

SUITE(control_actuation,
	TEST(test_daemons_of_drained_nodes_are_evicted),
	TEST(test_daemons_are_best_effort),
	TEST(test_daemons_of_empty_nodes),
	TEST(test_others_may_ask_for_time),
	TEST(test_batches_go_together),
	TEST(test_the_delay_follows_the_watch),
	TEST(test_a_taint_that_does_not_show),
	TEST(test_refused_pods_are_told_once));
