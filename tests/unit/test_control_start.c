/*
 * What a fresh start knows: from the cluster (design 5) and from earlier runs'
 * journal (design 8, rules 2 and 4).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/control/engine_memory.h"
#include "backend/control/why.h"
#include "backend/engine/memory_values.h"
#include "backend/engine/policy.h"
#include "tests/unit/control_lead.h"

#define NINE INT64_C(1771405200000) /* 2026-02-18T09:00:00Z */
#define MINUTE ((int64_t)60 * 1000)

/* ---- the span of an avoided group, from the status alone ---- */

static const struct memory *
seed(const char *times, const char *old, struct memory_seeded *out)
{
	static const struct snapshot empty = { .clock.world_ms = NINE };
	struct policy *p = policy_new(POLICY_LIVE);
	struct arena *a = arena_new();
	const struct memory *before = NULL, *m;
	struct err err;
	char *status = xasprintf("autoscalerStatus: Running\nnodeGroups:\n"
				 "- name: spot\n  scaleUp:\n"
				 "    backoffInfo:\n"
				 "      errorCode: OutOfCapacity\n"
				 "      errorMessage: no capacity\n%s"
				 "    status: Backoff\n"
				 "- name: calm\n  scaleUp:\n"
				 "    backoffInfo: {}\n"
				 "    status: NoActivity\n"
				 "time: 2026-02-18 08:59:50.5 +0000 UTC\n",
				 times);

	if (old) {
		before = memory_read(json_parse(a, old, strlen(old), &err),
				     &err);
		assert_non_null(before);
	}
	m = memory_seed(before, p, &empty, status, out);
	assert_non_null(m);
	memory_unref(before);
	free(status);
	arena_free(a);
	policy_unref(p);
	return m;
}

static void
check_span(const char *times, int64_t failed_ms, int64_t duration_ms,
	   int64_t until_ms)
{
	struct memory_seeded out;
	const struct memory *m = seed(times, NULL, &out);
	const struct memory_group *g = memory_group(m, "spot");

	assert_true(out.status_read);
	assert_int_equal(out.groups, 1);
	assert_non_null(g);
	assert_null(memory_group(m, "calm"));
	assert_text_equal(g->backoff.code, "OutOfCapacity");
	assert_text_equal(g->backoff.message, "no capacity");
	assert_int_equal(g->backoff.failed_ms, failed_ms);
	assert_int_equal(g->backoff.duration_ms, duration_ms);
	assert_int_equal(g->backoff.until_ms, until_ms);
	memory_unref(m);
}

static void
test_span_reaches_to_the_last_word(void **state)
{
	(void)state;
	/* First failure: five minutes. */
	check_span("    lastProbeTime: \"2026-02-18T08:59:50Z\"\n"
		   "    lastTransitionTime: \"2026-02-18T08:57:00Z\"\n",
		   NINE - 3 * MINUTE, 5 * MINUTE, NINE + 2 * MINUTE);
	/* Still avoided after seven: it is the second, ten. */
	check_span("    lastProbeTime: \"2026-02-18T08:59:50Z\"\n"
		   "    lastTransitionTime: \"2026-02-18T08:53:00Z\"\n",
		   NINE - 7 * MINUTE, 10 * MINUTE, NINE + 3 * MINUTE);
	/* At most thirty. */
	check_span("    lastProbeTime: \"2026-02-18T08:59:50Z\"\n"
		   "    lastTransitionTime: \"2026-02-18T08:35:00Z\"\n",
		   NINE - 25 * MINUTE, 30 * MINUTE, NINE + 5 * MINUTE);
	/* Longer than any span we know: its word holds for a moment. */
	check_span("    lastProbeTime: \"2026-02-18T08:59:50Z\"\n"
		   "    lastTransitionTime: \"2026-02-18T07:00:00Z\"\n",
		   NINE - 120 * MINUTE, 30 * MINUTE,
		   NINE - 10000 + 2 * MINUTE);
	/* A group without nodes has no times: the status' own. */
	check_span("    lastProbeTime: null\n    lastTransitionTime: null\n",
		   NINE - 9500, 5 * MINUTE, NINE - 9500 + 5 * MINUTE);
}

/* What was seen with own eyes stays. */
static void
test_own_memory_is_better(void **state)
{
	static const char ours[] =
		"{\"nodes\":{\"n9\":{\"unneededSince\":\"2026-02-18T08:00:00Z"
		"\"}},\"groups\":{\"spot\":{\"request\":null,\"backoff\":{"
		"\"until\":\"2026-02-18T09:20:00Z\",\"duration\":\"20m\","
		"\"failed\":\"2026-02-18T09:00:00Z\",\"code\":\"ours\"},"
		"\"incorrectSize\":null}}}";
	static const char silent[] =
		"{\"groups\":{\"spot\":{\"lastScaleUp\":"
		"\"2026-02-18T08:30:00Z\",\"backoff\":null},\"calm\":{"
		"\"lastScaleUp\":\"2026-02-18T08:31:00Z\"}}}";
	struct memory_seeded out;
	const struct memory *m = seed("", ours, &out);

	(void)state;
	assert_text_equal(memory_group(m, "spot")->backoff.code, "ours");
	assert_int_equal(memory_node(m, "n9")->unneeded_since_ms,
			 NINE - 60 * MINUTE);
	memory_unref(m);
	m = seed("", silent, &out);
	assert_text_equal(memory_group(m, "spot")->backoff.code,
			  "OutOfCapacity");
	assert_int_equal(memory_group(m, "spot")->last_up_ms,
			 NINE - 30 * MINUTE);
	assert_int_equal(memory_group(m, "calm")->last_up_ms,
			 NINE - 29 * MINUTE);
	memory_unref(m);
}

/* ---- a start ---- */

static char *
status_map(const char *time)
{
	return xasprintf(
		"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{"
		"\"name\":\"cluster-autoscaler-status\",\"namespace\":"
		"\"kube-system\",\"uid\":\"cm-1\",\"resourceVersion\":\"7\"},"
		"\"data\":{\"status\":\"autoscalerStatus: Running\\n"
		"nodeGroups:\\n- name: general\\n  scaleUp:\\n"
		"    backoffInfo:\\n      errorCode: OutOfCapacity\\n"
		"    lastProbeTime: \\\"2026-02-18T08:59:55Z\\\"\\n"
		"    lastTransitionTime: \\\"2026-02-18T08:58:00Z\\\"\\n"
		"    status: Backoff\\ntime: 2026-02-18 %s +0000 UTC\\n\"}}",
		time);
}

static char *
explained(struct control_rig *r, enum kind kind, const char *name)
{
	const struct snapshot *s = rig_look(r);
	const struct plan *p = backend_plan(r->backend);
	struct buf out;
	char *text;

	buf_init(&out, 1 << 16);
	assert_true(why_write(s, p, snapshot_find(s, kind, NULL, name),
			      &out));
	text = buf_take(&out, NULL);
	plan_unref(p);
	snapshot_unref(s);
	return text;
}

/* What the leader avoids is avoided from the first decision on. */
static void
test_first_decision_avoids_what_the_leader_does(void **state)
{
	struct control_rig r;
	const struct plan *p;
	char *map = status_map("08:59:58.123"), *why;

	(void)state;
	rig_waiting_world(&r);
	r.secret = map;
	rig_until_decided(&r);
	p = backend_plan(r.backend);
	assert_int_equal(p->scale_up_n, 0);
	assert_true(plan_group(p, "general")->backoff_until_ms >=
		    NINE + 3 * MINUTE);
	assert_text_contains(plan_group(p, "general")->skipped, "in backoff");
	plan_unref(p);
	why = explained(&r, KIND_GROUP, "general");
	assert_text_contains(why, "OutOfCapacity");
	assert_null(strstr(why, "unknown before"));
	free(why);
	/* And not for ever. */
	rig_pass(&r, 4 * MINUTE);
	p = backend_plan(r.backend);
	assert_int_equal(p->scale_up_n, 1);
	plan_unref(p);
	rig_end(&r);
	free(map);
}

/* A status nobody can read: that is said, not guessed. */
static void
test_unknown_is_said(void **state)
{
	struct control_rig r;
	char *why;

	(void)state;
	rig_small_world(&r);
	r.options.engine = true;
	r.secret = "{\"kind\":\"ConfigMap\",\"data\":{\"status\":\": [\"}}";
	rig_until_decided(&r);
	why = explained(&r, KIND_GROUP, "general");
	assert_text_contains(why, "failed are unknown before 09:00");
	free(why);
	why = explained(&r, KIND_NODE, "n2");
	assert_text_contains(why, ", unknown before 09:00");
	free(why);
	rig_end(&r);
}

static int64_t
unneeded_since(struct control_rig *r, const char *node)
{
	const struct plan *p = backend_plan(r->backend);
	const struct plan_node *n = plan_node(p, node);
	int64_t since = n ? n->unneeded_since_ms : -1;

	plan_unref(p);
	return since;
}

/* n2 is empty; its taint is of 08:58:20. */
static void
test_taints_tell_unless_their_writer_is_dead(void **state)
{
	struct control_rig r;
	char *map = status_map("08:59:30"), *why;

	(void)state;
	rig_small_world(&r);
	rig_tainted_node(&r, "n2", "uid-n2", "i-2",
			 "DeletionCandidateOfClusterAutoscaler");
	r.options.engine = true;
	r.secret = map;
	rig_until_decided(&r);
	assert_int_equal(unneeded_since(&r, "n2"), NINE - 100000);
	why = explained(&r, KIND_NODE, "n2");
	assert_null(strstr(why, "unknown before"));
	free(why);
	rig_end(&r);
	free(map);

	map = status_map("08:40:00");
	rig_small_world(&r);
	rig_tainted_node(&r, "n2", "uid-n2", "i-2",
			 "DeletionCandidateOfClusterAutoscaler");
	r.options.engine = true;
	r.secret = map;
	rig_until_decided(&r);
	assert_true(unneeded_since(&r, "n2") >= NINE);
	rig_end(&r);
	free(map);
}

/* ---- rule 4 and restarts ---- */

static struct policy *
narrow_policy(void)
{
	static const char *const keys[][2] = {
		{ "step-add-nodes", "1" },
		{ "step-add-percent", "0" },
		{ "max-node-provision-time", "20m" },
	};

	return rig_policy(keys, ARRAY_LEN(keys));
}

/* One node in ten minutes, however often the program is started. */
static void
test_step_limit_survives_restarts(void **state)
{
	struct control_rig r;
	struct policy *p = narrow_policy();

	(void)state;
	rig_waiting_world(&r);
	rig_pod(&r, "ci", "more", "uid-more", NULL, 79, NULL);
	rig_lease(&r, "");
	r.options.via = "headless";
	r.options.mode = MODE_ACTIVE;
	r.options.policy = p;
	rig_until_decided(&r);
	rig_until(&r, r.groups[0].desired == 3);
	rig_until(&r, rig_journalled(&r, "\"verb\":\"scale\"") == 2);
	/* The new machine runs, so that two still wait. */
	rig_group(&r, "general", 1, 3, 5, "i-1,i-2,i-3");
	rig_node(&r, "n3", "uid-n3", "i-3", false);
	rig_pod(&r, "ci", "fills", "uid-fills", "n3", 80, NULL);
	for (int i = 0; i < 3; i++) {
		rig_quit(&r, 1 + i);
		rig_start_again(&r);
		rig_pass(&r, MINUTE);
		assert_int_equal(r.groups[0].desired, 3);
	}
	rig_pass(&r, 8 * MINUTE);
	rig_until(&r, r.groups[0].desired == 4);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 2);
	assert_int_equal(r.unjournalled, 0);
	rig_end(&r);
	policy_unref(p);
}

/* A launch of the run before counts as on its way: nothing is asked twice. */
static void
test_launches_survive_restarts(void **state)
{
	struct control_rig r;

	(void)state;
	rig_waiting_world(&r);
	rig_lease(&r, "");
	r.options.via = "headless";
	r.options.mode = MODE_ACTIVE;
	rig_until_decided(&r);
	rig_until(&r, r.groups[0].desired == 3);
	rig_until(&r, rig_journalled(&r, "\"verb\":\"scale\"") == 2);
	rig_quit(&r, 1);
	rig_start_again(&r);
	rig_until(&r, rig_decided(&r));
	rig_pass(&r, MINUTE);
	assert_int_equal(r.groups[0].desired, 3);
	rig_end(&r);
}

SUITE(control_start,
	TEST(test_span_reaches_to_the_last_word),
	TEST(test_own_memory_is_better),
	TEST(test_first_decision_avoids_what_the_leader_does),
	TEST(test_unknown_is_said),
	TEST(test_taints_tell_unless_their_writer_is_dead),
	TEST(test_step_limit_survives_restarts),
	TEST(test_launches_survive_restarts));
