/*
 * What monitoring and readers of events are told of launches that failed, and
 * of taints (reference 3.9, 6.3, 8.3, 8.4).
 */
#include <stdio.h>

#include "backend/control/monitor.h"
#include "backend/engine/policy.h"
#include "tests/unit/control_lead.h"

#define MINUTE ((int64_t)60 * 1000)
#define FAILED "cluster_autoscaler_failed_scale_ups_total{reason=\"%s\","      \
	"gpu_resource_name=\"\",gpu_name=\"\",dra_drivers=\"\"} %d\n"
#define LOST                                                                   \
	"cluster_autoscaler_failed_node_creations_total{reason=\"%s\"} %d\n"
#define TAINTS "cluster_autoscaler_node_taints_count{type=\"%s\"} %d\n"

static struct policy *
policy_with(const char *const (*keys)[2], size_t n)
{
	struct policy *p = policy_new(POLICY_LIVE);

	for (size_t i = 0; i < n; i++)
		assert_true(policy_set(p, keys[i][0], keys[i][1], NULL,
				       NULL));
	return p;
}

PRINTF_LIKE(2, 3)
static bool
told(const struct control_rig *r, const char *fmt, ...)
{
	struct buf out;
	char line[200];
	va_list args;
	bool is;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	buf_init(&out, 1 << 20);
	monitor_write(r->backend->engine, 0, 0, &out);
	assert_true(buf_ok(&out));
	is = strstr(buf_text(&out), line) != NULL;
	buf_fini(&out);
	return is;
}

/* Asked for, never there: told once, and by no one who does not lead. */
static void
test_launches_that_do_not_come(void **state)
{
	static const char *const keys[][2] = {
		{ "max-node-provision-time", "2m" },
		{ "scale-down-enabled", "false" },
	};
	struct control_rig r;
	struct policy *p = policy_with(keys, ARRAY_LEN(keys));

	(void)state;
	rig_waiting_world(&r);
	rig_lead(&r, p);
	rig_pass_until(&r, r.groups[0].desired == 3);
	assert_true(told(&r, FAILED, "timeout", 0));
	rig_pass_until(&r, rig_wrote(&r, "ScaleUpTimedOut"));
	assert_int_equal(rig_wrote(&r, "Nodes added to group general failed "
				       "to register within 2m"), 1);
	rig_pass(&r, MINUTE);
	assert_int_equal(rig_wrote(&r, "\"ScaleUpTimedOut\""), 1);
	assert_true(told(&r, FAILED, "timeout", 1));
	assert_true(told(&r, LOST, "timeout", 1));
	assert_true(told(&r, FAILED, "cloudProviderError", 0));
	rig_leave(&r, p);
}

static void
test_launches_that_cannot_be_asked_for(void **state)
{
	static const char *const keys[][2] = {
		{ "initial-node-group-backoff-duration", "1s" },
		{ "max-node-group-backoff-duration", "1s" },
	};
	struct control_rig r;
	struct policy *p = policy_with(keys, ARRAY_LEN(keys));

	(void)state;
	rig_waiting_world(&r);
	r.fail_aws = true;
	rig_lead(&r, p);
	rig_pass_until(&r, told(&r, FAILED, "cloudProviderError", 2));
	assert_true(told(&r, LOST, "cloudProviderError", 2));
	assert_true(told(&r, FAILED, "timeout", 0));
	rig_leave(&r, p);
}

/* ---- the priority expander's ConfigMap ---- */

#define CONFIG(data)                                                         \
	"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{"         \
	"\"name\":\"cluster-autoscaler-priority-expander\",\"namespace\":"     \
	"\"kube-system\",\"uid\":\"cm-9\",\"resourceVersion\":\"9\"},"         \
	"\"data\":{" data "}}"

static const char *const priority[][2] = { { "expander", "priority" },
					   { "scale-down-enabled", "false" } };

/* Two groups could grow; 'general' is first by name. */
static void
choice_world(struct control_rig *r, char *config)
{
	rig_waiting_world(r);
	rig_group(r, "other", 0, 1, 5, "i-9");
	rig_node(r, "n9", "uid-n9", "i-9", false);
	rig_pod(r, "ci", "full", "uid-full", "n9", 79, NULL);
	r->priorities = config;
}

static void
test_the_priority_map_decides(void **state)
{
	static char config[] = CONFIG("\"priorities\":\"10: [other]\\n\"");
	struct control_rig r;
	struct policy *p = policy_with(priority, ARRAY_LEN(priority));

	(void)state;
	choice_world(&r, config);
	rig_lead(&r, p);
	rig_pass_until(&r, r.groups[1].desired == 2);
	assert_int_equal(r.groups[0].desired, 2);
	/* What it leaves out is told, on it and once. */
	rig_pass_until(&r, rig_wrote(&r, "PriorityConfigMapNotMatchedGroup"));
	assert_int_equal(rig_wrote(&r, "no pattern matches group general"),
			 1);
	assert_int_equal(rig_wrote(&r, "\"uid\":\"cm-9\""), 1);
	rig_leave(&r, p);
}

static void
test_a_priority_map_that_says_nothing(void **state)
{
	static char wrong[] = CONFIG("\"priorities\":\"first: other\"");
	static char empty[] = CONFIG("\"prios\":\"10: [other]\"");
	static char unlike[] = CONFIG("\"priorities\":\"10: [third]\\n\"");
	static const struct {
		char *config;
		const char *reason;
	} cases[] = {
		{ wrong, "\"PriorityConfigMapInvalid\"" },
		{ empty, "\"PriorityConfigMapInvalid\"" },
		{ unlike, "\"PriorityConfigMapNoGroupMatched\"" },
	};
	struct control_rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct policy *p = policy_with(priority, ARRAY_LEN(priority));

		choice_world(&r, cases[i].config);
		rig_lead(&r, p);
		rig_pass_until(&r, r.groups[0].desired == 3);
		rig_pass_until(&r, rig_wrote(&r, cases[i].reason) == 1);
		rig_leave(&r, p);
	}
}

static void
test_taints_by_their_meaning(void **state)
{
	static const char *const keys[][2] = {
		{ "startup-taint", "team/warming" },
		{ "startup-taint-prefix", "boot." },
		{ "status-taint", "team/weak" },
	};
	static const char *const taints[] = {
		"ToBeDeletedByClusterAutoscaler",
		"node.kubernetes.io/unschedulable",
		"ignore-taint.cluster-autoscaler.kubernetes.io/a",
		"startup-taint.cluster-autoscaler.kubernetes.io/b",
		"team/warming",
		"boot.x",
		"status-taint.cluster-autoscaler.kubernetes.io/c",
		"team/weak",
		"dedicated",
	};
	struct control_rig r;
	struct policy *p = policy_with(keys, ARRAY_LEN(keys));
	char name[16];

	(void)state;
	rig_small_world(&r);
	for (size_t i = 0; i < ARRAY_LEN(taints); i++) {
		snprintf(name, sizeof(name), "t%zu", i);
		rig_tainted_node(&r, name, name, name, taints[i]);
	}
	r.options.engine = true;
	r.options.policy = p;
	rig_until_decided(&r);
	assert_true(told(&r, TAINTS, "ToBeDeletedByClusterAutoscaler", 1));
	assert_true(told(&r, TAINTS, "node.kubernetes.io/unschedulable", 1));
	assert_true(told(&r, TAINTS,
			 "ignore-taint.cluster-autoscaler.kubernetes.io/", 1));
	assert_true(told(&r, TAINTS, "startup-taint", 3));
	assert_true(told(&r, TAINTS, "status-taint", 2));
	assert_true(told(&r, TAINTS, "other", 1));
	assert_false(told(&r, "DeletionCandidate"));
	rig_leave(&r, p);
}

SUITE(control_monitor,
	TEST(test_launches_that_do_not_come),
	TEST(test_launches_that_cannot_be_asked_for),
	TEST(test_the_priority_map_decides),
	TEST(test_a_priority_map_that_says_nothing),
	TEST(test_taints_by_their_meaning));
