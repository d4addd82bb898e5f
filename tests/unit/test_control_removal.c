/*
 * Nodes removed by the engine: in order, with the lease, and given up whenever
 * a job could be hurt (reference 5.9; design 8, rules 3 to 8).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/policy.h"
#include "tests/unit/control_lead.h"

static struct policy *
quick_policy(void)
{
	static const char *const keys[][2] = {
		{ "scale-down-unneeded-time", "10s" },
		{ "unremovable-node-recheck-timeout", "0s" },
		{ "scale-down-delay-after-failure", "0s" },
		{ "skip-nodes-with-custom-controller-pods", "false" },
		{ "initial-node-group-backoff-duration", "1s" },
		{ "max-node-group-backoff-duration", "1s" },
		{ "max-bulk-soft-taint-count", "0" },
	};
	struct policy *p = policy_new(POLICY_LIVE);
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (!policy_set(p, keys[i][0], keys[i][1], NULL, &err))
			fail_msg("%s", err.text);
	return p;
}

/* n1 carries a job and has room; n2 a pod that fits there. */
static void
drain_world(struct control_rig *r)
{
	rig_init(r);
	rig_node(r, "n1", "uid-n1", "i-1", false);
	rig_node(r, "n2", "uid-n2", "i-2", false);
	rig_pod(r, "ci", "job", "uid-job", "n1", 42, NULL);
	rig_pod(r, "ci", "small", "uid-small", "n2", 0, "tiny");
	rig_group(r, "general", 1, 2, 5, "i-1,i-2");
}

static bool
node_has(struct control_rig *r, const char *node, const char *text)
{
	return strstr(rig_node_json(r, node), text) != NULL;
}

#define TAINT "ToBeDeletedByClusterAutoscaler"
#define TERMINATE "TerminateInstanceInAutoScalingGroup"

static const struct act *
find_act(const struct snapshot *s, const char *what)
{
	const struct slot *slot;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ACT, &i, NULL));)
		if (str_eq(((const struct act *)(const void *)slot->rec)->what,
			   what))
			return (const void *)slot->rec;
	return NULL;
}

static int
outcome_of(struct control_rig *r, const char *what)
{
	const struct snapshot *s = rig_look(r);
	const struct act *a = find_act(s, what);
	int outcome = a ? a->outcome : -1;

	snapshot_unref(s);
	return outcome;
}

static void
test_empty_node_is_removed_in_order(void **state)
{
	struct control_rig r;
	struct policy *p = quick_policy();
	const char *taint, *end;

	(void)state;
	rig_small_world(&r);
	rig_lead(&r, p);
	rig_pass_until(&r, node_has(&r, "n2", TAINT));
	assert_true(node_has(&r, "n2", "\"unschedulable\":true"));
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	assert_int_equal(outcome_of(&r, "scaleDown"), ACT_RUNNING);
	rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
	/* The schedulers had their five seconds. */
	taint = strstr(buf_text(&r.writes), "PUT /api/v1/nodes/n2");
	end = strstr(buf_text(&r.writes), TERMINATE);
	assert_true(taint && end && taint < end);
	assert_int_equal(r.groups[0].desired, 1);
	assert_text_equal(r.groups[0].instances, "i-1");
	/* And what watches the autoscaler's status sees it run. */
	assert_true(rig_wrote(&r, "POST /api/v1/namespaces/kube-system/"
				  "configmaps") > 0);
	assert_true(rig_wrote(&r, "autoscalerStatus: Running") > 0);
	rig_pass_until(&r, rig_wrote(&r, "Scale-down: empty node n2 removed"));
	assert_int_equal(rig_wrote(&r, "\"reason\":\"ScaleDownEmpty\""), 2);
	assert_int_equal(rig_wrote(&r, "removing empty node \\\"n2\\\""), 1);
	assert_int_equal(rig_wrote(&r, "marked the node as toBeDeleted"), 1);
	assert_true(rig_wrote(&r, "\"component\":\"paddock\"") > 0);
	rig_pass_until(&r, outcome_of(&r, "scaleDown") == ACT_OK);
	rig_node_gone(&r, "n2");
	/* At its minimum it stays. */
	rig_pass(&r, 60000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 1);
	assert_false(node_has(&r, "n1", TAINT));
	rig_leave(&r, p);
}

/* Rule 6, 8: what is on the node is asked right before the end. */
static void
job_comes(struct control_rig *r, const struct fake_request *q)
{
	if (strstr(q->target, "/nodes/n2") && strstr(q->body, TAINT) &&
	    !rig_wrote(r, "come"))
		rig_pod(r, "ci", "come", "uid-come", "n2", 99, NULL);
}

static void
test_job_that_came_stays_alive(void **state)
{
	struct control_rig r;
	struct policy *p = quick_policy();

	(void)state;
	rig_small_world(&r);
	r.on_write = job_comes;
	rig_lead(&r, p);
	rig_pass_until(&r, rig_journalled(&r, "\"verb\":\"untaint\"") == 2);
	assert_false(node_has(&r, "n2", TAINT));
	assert_false(node_has(&r, "n2", "\"unschedulable\":true"));
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	assert_int_equal(outcome_of(&r, "scaleDown"), ACT_FAILED);
	/* It is no failure of ours: still active. */
	rig_pass(&r, 30000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	assert_null(strstr(buf_text(&r.notes), "failures in a row"));
	rig_leave(&r, p);
}

static void
test_pods_are_evicted_first(void **state)
{
	struct control_rig r;
	struct policy *p = quick_policy();
	const char *evict, *end;

	(void)state;
	drain_world(&r);
	rig_lead(&r, p);
	r.keep_evicted = true;
	rig_pass_until(&r, rig_wrote(&r, "pods/small/eviction") == 1);
	assert_int_equal(rig_wrote(&r, "\"uid\":\"uid-small\""), 1);
	rig_pass(&r, 20000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	rig_pod_gone(&r, "small");
	rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
	evict = strstr(buf_text(&r.writes), "pods/small/eviction");
	end = strstr(buf_text(&r.writes), TERMINATE);
	assert_true(evict < end);
	rig_leave(&r, p);
}

/* A budget that never allows it: the node is given back. */
static void
test_refused_eviction_is_rolled_back(void **state)
{
	struct control_rig r;
	struct policy *p = quick_policy();

	(void)state;
	drain_world(&r);
	r.refuse_evictions = true;
	rig_lead(&r, p);
	rig_pass_until(&r, node_has(&r, "n2", TAINT));
	rig_pass_until(&r, !node_has(&r, "n2", TAINT));
	/* Every ten seconds for two minutes. */
	assert_in_range(rig_wrote(&r, "pods/small/eviction"), 6, 14);
	assert_false(node_has(&r, "n2", "\"unschedulable\":true"));
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	rig_leave(&r, p);
}

/* Low priorities go first, each round with a grace of its own. */
static void
test_rounds_by_priority(void **state)
{
	static const char *const names[] = { "low", "middle", "high" };
	static const int priorities[] = { 100, 2000, 2000000005 };
	struct control_rig r;
	struct policy *p = quick_policy();
	struct err err;

	(void)state;
	assert_ok(policy_set(p, "drain-priority-config",
			     "0:3,1000:2,2000000000:1", NULL, &err),
		  &err);
	rig_init(&r);
	rig_node(&r, "n1", "uid-n1", "i-1", false);
	rig_node(&r, "n2", "uid-n2", "i-2", false);
	rig_pod(&r, "ci", "job", "uid-job", "n1", 42, NULL);
	for (int i = 2; i >= 0; i--) {
		char uid[32];

		snprintf(uid, sizeof(uid), "uid-%s", names[i]);
		r.pod_priority = priorities[i];
		rig_pod(&r, "ci", names[i], uid, "n2", 0, "tiny");
	}
	rig_group(&r, "general", 1, 2, 5, "i-1,i-2");
	rig_lead(&r, p);
	r.keep_evicted = true;
	for (int i = 0; i < 3; i++) {
		char path[64], grace[40];

		snprintf(path, sizeof(path), "pods/%s/eviction", names[i]);
		snprintf(grace, sizeof(grace), "\"gracePeriodSeconds\":%d",
			 3 - i);
		rig_pass_until(&r, rig_wrote(&r, path) == 1);
		assert_int_equal(rig_wrote(&r, "/eviction"), i + 1);
		assert_int_equal(rig_wrote(&r, grace), 1);
		rig_pass(&r, 8000);
		assert_int_equal(rig_wrote(&r, "/eviction"), i + 1);
		rig_pod_gone(&r, names[i]);
	}
	rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
	rig_leave(&r, p);
}

/* DaemonSets' pods of a drained node are asked too, once; nobody waits for
 * them. */
static void
test_daemons_are_asked_once(void **state)
{
	(void)state;
	for (int evict = 0; evict < 2; evict++) {
		struct control_rig r;
		struct policy *p = quick_policy();
		struct err err;

		assert_ok(policy_set(p,
				     "daemonset-eviction-for-occupied-nodes",
				     evict ? "true" : "false", NULL, &err),
			  &err);
		drain_world(&r);
		rig_pod(&r, "ci", "agent", "uid-agent", "n2", 0, "daemon");
		rig_lead(&r, p);
		r.keep_evicted = true;
		rig_pass_until(&r, rig_wrote(&r, "pods/small/eviction") == 1);
		rig_pod_gone(&r, "small");
		rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
		assert_int_equal(rig_wrote(&r, "pods/agent/eviction"), evict);
		rig_leave(&r, p);
	}
}

#define DELAY "\"delay-deletion.cluster-autoscaler.kubernetes.io/x\":\"y\""

/* Somebody asks for time: the node waits until it has ended, or two minutes. */
static void
test_delay_is_waited_for(void **state)
{
	(void)state;
	for (int ends = 0; ends < 2; ends++) {
		struct control_rig r;
		struct policy *p = quick_policy();
		int64_t began_ms, took_ms;

		rig_small_world(&r);
		rig_annotate_node(&r, "n2", DELAY);
		rig_lead(&r, p);
		rig_pass_until(&r, node_has(&r, "n2", TAINT));
		began_ms = r.clock.boot;
		rig_pass(&r, 60000);
		assert_int_equal(rig_wrote(&r, TERMINATE), 0);
		if (ends)
			rig_annotate_node(&r, "n2", "");
		rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
		took_ms = r.clock.boot - began_ms;
		/* Its end is what ended the wait, or nothing but the limit. */
		if (ends)
			assert_in_range(took_ms, 60000, 119000);
		else
			assert_in_range(took_ms, 119000, 400000);
		rig_leave(&r, p);
	}
}

/* The answers do not come, what was asked happens: read back, not repeated. */
static void
test_lost_answers_are_read_back(void **state)
{
	struct control_rig r;
	struct policy *p = quick_policy();

	(void)state;
	rig_small_world(&r);
	rig_lead(&r, p);
	rig_pass_until(&r, rig_wrote(&r, "PUT /apis/coordination") > 2);
	r.lose_answers = r.keep_lease_answers = true;
	rig_pass_until(&r, rig_wrote(&r, TERMINATE) == 1);
	rig_pass_until(&r, outcome_of(&r, "scaleDown") == ACT_OK);
	assert_int_equal(rig_wrote(&r, "PUT /api/v1/nodes/n2"), 1);
	rig_pass(&r, 10000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 1);
	rig_leave(&r, p);
}

/* The same of a group that grows: desired is set once. */
static void
test_lost_growth_is_read_back(void **state)
{
	struct control_rig r;
	struct policy *p = quick_policy();

	(void)state;
	rig_small_world(&r);
	rig_pod(&r, "ci", "waits", "uid-waits", NULL, 77, NULL);
	rig_pod(&r, "ci", "also", "uid-also", "n2", 78, NULL);
	r.lose_answers = r.keep_lease_answers = true;
	rig_lead(&r, p);
	rig_pass_until(&r, outcome_of(&r, "scaleUp") == ACT_OK);
	assert_int_equal(r.groups[0].desired, 3);
	rig_pass(&r, 30000);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 1);
	assert_int_equal(r.groups[0].desired, 3);
	assert_true(rig_journalled(&r, "read back: desired=3") == 1);
	rig_leave(&r, p);
}

/* Rule 5, and the former leader's leftovers. */
static void
test_stale_taint_comes_off_first(void **state)
{
	struct control_rig r;
	struct policy *p = quick_policy();

	(void)state;
	rig_small_world(&r);
	rig_pod(&r, "ci", "runner", "uid-runner", "n2", 0, "manager");
	rig_tainted_node(&r, "n1", "uid-n1", "i-1", TAINT);
	rig_lead(&r, p);
	rig_pass_until(&r, !node_has(&r, "n1", TAINT));
	assert_false(node_has(&r, "n1", "\"unschedulable\":true"));
	rig_pass(&r, 60000);
	assert_int_equal(rig_wrote(&r, TERMINATE), 0);
	rig_leave(&r, p);
}

/* Handing back in the middle: the taint is gone before the lease is. */
static void
test_hand_back_cleans_up(void **state)
{
	struct control_rig r;
	struct policy *p = quick_policy();
	const char *clean, *back;
	char *holder;

	(void)state;
	drain_world(&r);
	r.refuse_evictions = true;
	rig_lead(&r, p);
	rig_pass_until(&r, rig_wrote(&r, "pods/small/eviction") == 1);
	{
		struct command c = { .kind = COMMAND_QUIT };

		assert_true(port_send(r.port, &c));
	}
	rig_pass_until(&r, rig_journalled(&r, "\"verb\":\"hand back\"") == 2);
	assert_false(node_has(&r, "n2", TAINT));
	holder = rig_lease_holder(&r);
	assert_text_equal(holder, "");
	free(holder);
	clean = strstr(buf_text(&r.writes), "\"taints\":[]");
	back = strstr(buf_text(&r.writes), "\"holderIdentity\":\"\"");
	assert_true(clean && back && clean < back);
	rig_leave(&r, p);
}

/* The lease goes in the middle: nothing more is sent at all. */
static void
test_lost_lease_stops_everything(void **state)
{
	struct control_rig r;
	struct policy *p = quick_policy();
	uint32_t wrote;

	(void)state;
	rig_small_world(&r);
	rig_lead(&r, p);
	rig_pass_until(&r, node_has(&r, "n2", TAINT));
	rig_lease(&r, "ca-2");
	rig_pass_until(&r, strstr(buf_text(&r.notes), "no longer leading"));
	wrote = r.write_n;
	rig_pass(&r, 30000);
	assert_int_equal(r.write_n, wrote);
	assert_true(node_has(&r, "n2", TAINT));
	rig_leave(&r, p);
}

/* Unneeded nodes are avoided; needed ones not any more (5.11). */
static void
test_soft_taints_follow_need(void **state)
{
	static const char soft[] = "DeletionCandidateOfClusterAutoscaler";
	struct control_rig r;
	struct policy *p = quick_policy();

	(void)state;
	assert_true(policy_set(p, "max-bulk-soft-taint-count", "10", NULL,
			       NULL));
	assert_true(policy_set(p, "scale-down-unneeded-time", "1h", NULL,
			       NULL));
	rig_small_world(&r);
	rig_lead(&r, p);
	rig_pass_until(&r, node_has(&r, "n2", soft));
	assert_true(node_has(&r, "n2", "PreferNoSchedule"));
	assert_false(node_has(&r, "n2", "\"unschedulable\":true"));
	assert_false(node_has(&r, "n1", soft));
	rig_pod(&r, "ci", "also", "uid-also", "n2", 78, NULL);
	rig_pass_until(&r, !node_has(&r, "n2", soft));
	rig_leave(&r, p);
}

SUITE(control_removal,
	TEST(test_empty_node_is_removed_in_order),
	TEST(test_job_that_came_stays_alive),
	TEST(test_pods_are_evicted_first),
	TEST(test_refused_eviction_is_rolled_back),
	TEST(test_rounds_by_priority),
	TEST(test_daemons_are_asked_once),
	TEST(test_delay_is_waited_for),
	TEST(test_lost_answers_are_read_back),
	TEST(test_lost_growth_is_read_back),
	TEST(test_stale_taint_comes_off_first),
	TEST(test_hand_back_cleans_up),
	TEST(test_lost_lease_stops_everything),
	TEST(test_soft_taints_follow_need));
