/*
 * The engine's run, advisory: deciding on live data, explaining, and what
 * others did (design 5; design 8, rule 8).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/policy_values.h"
#include "tests/unit/control_lead.h"

static const struct decision *
find_decision(const struct snapshot *s, const char *what, const char *by)
{
	const struct slot *slot;
	const struct decision *found = NULL;

	for (uint32_t i = 0;
	     (slot = snapshot_next(s, KIND_DECISION, &i, NULL));) {
		const struct decision *d = (const void *)slot->rec;

		if (str_eq(d->what, what) && str_eq(d->by, by))
			found = d;
	}
	return found;
}

static bool
has_decision(struct control_rig *r, const char *what, const char *by)
{
	const struct snapshot *s = rig_look(r);
	bool has = find_decision(s, what, by) != NULL;

	snapshot_unref(s);
	return has;
}

/* ---- advisory ---- */

static void
test_advice_is_explained_and_not_carried_out(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	const struct decision *d;
	const struct pod_sum *pod;
	const struct slot *slot;

	(void)state;
	rig_waiting_world(&r);
	rig_until_decided(&r);
	rig_until(&r, has_decision(&r, "scale up", "paddock would"));
	s = rig_look(&r);
	d = find_decision(s, "scale up", "paddock would");
	assert_text_equal(d->subject, "general");
	assert_text_equal(d->change, "2>3");
	assert_text_contains(d->detail, "ci/waits");
	slot = snapshot_slot(s, snapshot_find(s, KIND_POD, "ci", "waits"));
	pod = (const void *)slot->sum;
	assert_text_contains(pod->why, "paddock would grow general 2>3");
	assert_int_equal(s->engine.mode, MODE_ADVISORY);
	assert_true(s->engine.decided_ms > 0);
	snapshot_unref(s);
	rig_pass(&r, 30000);
	assert_int_equal(r.write_n, 0);
	rig_end(&r);
}

static void
test_full_group_is_the_cause(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	const struct queue *q = NULL;
	const struct slot *slot;

	(void)state;
	rig_waiting_world(&r);
	rig_group(&r, "general", 1, 2, 2, "i-1,i-2");
	rig_until_decided(&r);
	rig_until(&r, has_decision(&r, "refuse", "paddock would"));
	rig_pass(&r, 1500);
	s = rig_look(&r);
	assert_text_equal(find_decision(s, "refuse", "paddock would")->reason,
			  "group max: general 2/2");
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_QUEUE, &i, NULL));)
		if (((const struct queue *)(const void *)slot->rec)->waiting)
			q = (const void *)slot->rec;
	assert_non_null(q);
	assert_text_equal(q->blocked_by, "group max: general 2/2");
	assert_false(handle_is_none(
		snapshot_find(s, KIND_ALARM, NULL, "at-max/general")));
	snapshot_unref(s);
	rig_end(&r);
}

/* The same world decided again and again is one line of history. */
static void
test_history_says_something_new_each_time(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	uint32_t first, later;

	(void)state;
	rig_waiting_world(&r);
	rig_until_decided(&r);
	rig_until(&r, has_decision(&r, "scale up", "paddock would"));
	rig_pass(&r, 25000);
	s = rig_look(&r);
	first = s->table[KIND_DECISION].live;
	snapshot_unref(s);
	rig_pass(&r, 60000);
	s = rig_look(&r);
	later = s->table[KIND_DECISION].live;
	snapshot_unref(s);
	assert_int_equal(first, later);
	rig_pod_gone(&r, "waits");
	rig_until(&r, has_decision(&r, "wait", "paddock would"));
	rig_end(&r);
}

/* Rule 8: no decision on data that is old. */
static void
test_old_data_is_not_decided_upon(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	int64_t at;

	(void)state;
	rig_waiting_world(&r);
	rig_until_decided(&r);
	fake_http_listen(r.server, false);
	/* Also the idle ones, which would serve the next request. */
	for (int i = 0; i < 8; i++) {
		struct fake_conn *c = fake_conn_of(
			r.server, i < 4 ? "POST /"
					: "GET /api/v1/namespaces/kube-system/"
					  "configmaps/");

		if (c)
			fake_reset(c);
	}
	rig_pass(&r, 40000);
	s = rig_look(&r);
	at = s->engine.decided_ms;
	assert_text_contains(s->engine.blocked, "rule 8");
	snapshot_unref(s);
	rig_pass(&r, 30000);
	s = rig_look(&r);
	assert_int_equal(s->engine.decided_ms, at);
	snapshot_unref(s);
	/* It comes back by itself. */
	fake_http_listen(r.server, true);
	rig_pass(&r, 150000);
	s = rig_look(&r);
	assert_true(s->engine.decided_ms > at);
	assert_text_equal(s->engine.blocked, "");
	snapshot_unref(s);
	rig_end(&r);
}

/* ---- the deployed autoscaler's own flags ---- */

static void
test_flags_of_the_autoscaler_are_adopted(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	const struct decision *d;

	(void)state;
	rig_waiting_world(&r);
	rig_group(&r, "other", 0, 0, 9, "");
	rig_deployment(&r, "cluster-autoscaler",
		       "registry.k8s.io/autoscaling/cluster-autoscaler:v1.36",
		       "[\"./cluster-autoscaler\",\"--v=4\","
		       "\"--expendable-pods-priority-cutoff\",\"-20\","
		       "\"--balance-similar-node-groups\","
		       "\"--nodes\",\"1:5:general\","
		       "\"--scale-down-unneeded-time=33m\"]");
	rig_until_decided(&r);
	rig_until(&r, has_decision(&r, "scale up", "paddock would"));
	s = rig_look(&r);
	d = find_decision(s, "scale up", "paddock would");
	assert_text_equal(d->subject, "general");
	{
		const struct group_sum *sum = snapshot_sum(
			s, snapshot_find(s, KIND_GROUP, NULL, "other"));

		assert_false(sum->managed);
		sum = snapshot_sum(
			s, snapshot_find(s, KIND_GROUP, NULL, "general"));
		assert_true(sum->managed);
	}
	{
		const struct policy *p = backend_policy(r.backend);

		assert_int_equal(policy_int(p, POLICY_EXPENDABLE_CUTOFF), -20);
		assert_true(policy_flag(p, POLICY_BALANCE_SIMILAR));
		assert_int_equal(policy_ms(p, POLICY_UNNEEDED_TIME),
				 33 * 60 * 1000);
		policy_unref(p);
	}
	snapshot_unref(s);
	rig_end(&r);
}

static void
test_others_deeds_are_seen(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	const struct decision *d;

	(void)state;
	rig_waiting_world(&r);
	rig_until_decided(&r);
	r.groups[0].desired = 4;
	rig_pass(&r, 40000);
	assert_true(has_decision(&r, "scale up", "somebody"));
	assert_false(has_decision(&r, "limits", "somebody"));
	r.groups[0].max = 9;
	rig_pass(&r, 40000);
	s = rig_look(&r);
	d = find_decision(s, "limits", "somebody");
	assert_non_null(d);
	assert_text_equal(d->subject, "general");
	assert_text_equal(d->change, "max 5>9");
	snapshot_unref(s);
	rig_end(&r);
}

/* Our own change of limits is no news from elsewhere. */
static void
test_our_own_limits_are_not_anothers(void **state)
{
	struct control_rig r;

	(void)state;
	rig_waiting_world(&r);
	rig_until_decided(&r);
	assert_int_equal(rig_do(&r, "limits", KIND_GROUP, NULL, "general",
				"max=8", ""),
			 ERR_NONE);
	r.groups[0].max = 8;
	rig_pass(&r, 40000);
	assert_false(has_decision(&r, "limits", "somebody"));
	rig_end(&r);
}

/* ---- own changes ---- */

/* Decided anew since the plan was made, which is not looked into. */
static bool
decided_since(struct control_rig *r, const struct plan *before)
{
	const struct plan *p = backend_plan(r->backend);
	bool anew = p != before;

	plan_unref(p);
	return anew;
}

/* Between a change of a group and the first reading after it groups look as
 * before: a decision upon that would take the launch for one that has come. */
static void
test_own_changes_are_read_before_deciding(void **state)
{
	struct control_rig r;
	const struct plan *before, *after;

	(void)state;
	rig_waiting_world(&r);
	rig_until_decided(&r);
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_until(&r, rig_awaits_approval(&r));
	/* Nothing was done yet, and nothing is told as if it were. */
	assert_true(has_decision(&r, "scale up", "paddock would"));
	assert_false(has_decision(&r, "scale up", "paddock"));
	r.late_groups = true;
	assert_int_equal(rig_approve(&r, ""), ERR_NONE);
	rig_until(&r, rig_journalled(&r, "\"by\":\"engine\"") == 2);
	before = backend_plan(r.backend);
	rig_pod(&r, "ci", "more", "uid-more", NULL, 79, NULL);
	rig_pass_until(&r, rig_knows(&r, KIND_POD, "more"));
	rig_pass(&r, 4000);
	assert_false(decided_since(&r, before));
	r.late_groups = false;
	rig_pass_until(&r, decided_since(&r, before));
	after = backend_plan(r.backend);
	assert_int_equal(plan_group(after, "general")->upcoming, 1);
	plan_unref(after);
	plan_unref(before);
	rig_end(&r);
}

SUITE(control_engine,
	TEST(test_advice_is_explained_and_not_carried_out),
	TEST(test_full_group_is_the_cause),
	TEST(test_history_says_something_new_each_time),
	TEST(test_old_data_is_not_decided_upon),
	TEST(test_flags_of_the_autoscaler_are_adopted),
	TEST(test_own_changes_are_read_before_deciding),
	TEST(test_others_deeds_are_seen),
	TEST(test_our_own_limits_are_not_anothers));
