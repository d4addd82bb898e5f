/*
 * What the deployed autoscaler does beside what we would have done.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/policy.h"
#include "tests/unit/control_rig.h"

#define TAINT "ToBeDeletedByClusterAutoscaler"

static void
start(struct control_rig *r, struct policy *p)
{
	r->options.engine = true;
	r->options.policy = p;
	rig_go(r);
	rig_until_live(r);
}

/* The deployed autoscaler renews while the world goes on. */
static void
it_leads_for(struct control_rig *r, int64_t ms)
{
	for (; ms > 0; ms -= 2000) {
		rig_lease(r, "ca-1");
		rig_pass(r, 2000);
	}
}

static struct engine_status
status(struct control_rig *r)
{
	const struct snapshot *s = rig_look(r);
	struct engine_status e = s->engine;

	snapshot_unref(s);
	return e;
}

static bool
differs(struct control_rig *r, const char *what, const char *reason)
{
	const struct snapshot *s = rig_look(r);
	const struct slot *slot;
	bool found = false;

	for (uint32_t i = 0;
	     (slot = snapshot_next(s, KIND_DECISION, &i, NULL));) {
		const struct decision *d = (const void *)slot->rec;

		found |= str_eq(d->by, "shadow") && str_eq(d->what, what) &&
			 strstr(d->reason, reason);
	}
	snapshot_unref(s);
	return found;
}

static const struct act *
find_act(const struct snapshot *s, const char *what)
{
	const struct slot *slot;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ACT, &i, NULL));) {
		const struct act *a = (const void *)slot->rec;

		if (a->by == ACT_BY_CA && str_eq(a->what, what))
			return a;
	}
	return NULL;
}

static void
test_unproven_is_said(void **state)
{
	struct control_rig r;
	struct policy *p = policy_new(POLICY_LIVE);
	struct reply done;

	(void)state;
	rig_small_world(&r);
	rig_lease(&r, "");
	start(&r, p);
	rig_until(&r, status(&r).decided_ms);
	rig_pass(&r, 1000);
	assert_text_equal(status(&r).shadow, "shadowed 0 h: unproven");
	done = rig_ask(&r, (struct command){ .kind = COMMAND_MODE,
					     .number = MODE_APPROVAL });
	assert_int_equal(done.code, ERR_NONE);
	reply_fini(&done);
	rig_until(&r, strstr(buf_text(&r.notes), "shadowed 0 h: unproven"));
	/* Scale-down is off at first, and a person's to switch on. */
	rig_pass(&r, 1000);
	assert_true(status(&r).scale_down_off);
	done = rig_ask(&r, (struct command){ .kind = COMMAND_SCALE_DOWN,
					     .number = 1 });
	assert_int_equal(done.code, ERR_NONE);
	reply_fini(&done);
	rig_pass(&r, 1000);
	assert_false(status(&r).scale_down_off);
	rig_end(&r);
	policy_unref(p);
}

static bool
did(struct control_rig *r, const char *by, const char *what)
{
	const struct snapshot *s = rig_look(r);
	const struct slot *slot;
	bool found = false;

	for (uint32_t i = 0;
	     (slot = snapshot_next(s, KIND_DECISION, &i, NULL));) {
		const struct decision *d = (const void *)slot->rec;

		found |= str_eq(d->by, by) && str_eq(d->what, what);
	}
	snapshot_unref(s);
	return found;
}

/* While it leads, a lower desired capacity is its own only when its taint was
 * on a node of the group. */
static void
test_who_made_a_group_smaller(void **state)
{
	struct control_rig r;
	struct policy *p = policy_new(POLICY_LIVE);

	(void)state;
	rig_small_world(&r);
	rig_pod(&r, "kube-system", "ca-1", "uid-ca", "n1", 0, "ca");
	start(&r, p);
	it_leads_for(&r, 20000);
	r.groups[0].desired = 1;
	it_leads_for(&r, 40000);
	assert_true(did(&r, "somebody", "scale down"));
	assert_false(did(&r, "CA", "scale down"));
	r.groups[0].desired = 2;
	it_leads_for(&r, 40000);
	rig_tainted_node(&r, "n2", "uid-n2", "i-2", TAINT);
	it_leads_for(&r, 4000);
	rig_node_gone(&r, "n2");
	r.groups[0].desired = 1;
	it_leads_for(&r, 40000);
	assert_true(did(&r, "CA", "scale down"));
	rig_end(&r);
	policy_unref(p);
}

static void
test_agreement_and_difference(void **state)
{
	struct control_rig r;
	struct policy *p = policy_new(POLICY_LIVE);
	const struct snapshot *s;
	const struct act *a;

	(void)state;
	rig_small_world(&r);
	rig_pod(&r, "ci", "waits", "uid-waits", NULL, 77, NULL);
	rig_pod(&r, "ci", "also", "uid-also", "n2", 78, NULL);
	rig_pod(&r, "kube-system", "ca-1", "uid-ca", "n1", 0, "ca");
	start(&r, p);
	it_leads_for(&r, 20000);
	/* As we would: 2>3. */
	r.groups[0].desired = 3;
	rig_event(&r, "Scale-up: group general size set to 3 instead of 2 "
		      "(max: 5)");
	it_leads_for(&r, 40000);
	s = rig_look(&r);
	a = find_act(s, "scaleUp");
	assert_non_null(a);
	assert_text_equal(a->group, "general");
	assert_int_equal(a->from, 2);
	assert_int_equal(a->to, 3);
	snapshot_unref(s);
	assert_int_equal(status(&r).shadow_acts, 1);
	assert_int_equal(status(&r).shadow_agreed, 1);
	/* A node with a job on it: we would not. */
	rig_tainted_node(&r, "n2", "uid-n2", "i-2", TAINT);
	it_leads_for(&r, 10000);
	s = rig_look(&r);
	a = find_act(s, "scaleDown");
	assert_non_null(a);
	assert_text_equal(a->node, "n2");
	assert_int_equal(a->outcome, ACT_RUNNING);
	snapshot_unref(s);
	it_leads_for(&r, 140000);
	assert_true(status(&r).shadow_acts >= 2);
	assert_int_equal(status(&r).shadow_downs, 1);
	assert_int_equal(status(&r).shadow_downs_agreed, 0);
	assert_true(differs(&r, "differs: scale down", "CA did; paddock"));
	assert_text_contains(status(&r).shadow,
			     "acts agree, scale-downs 0 of 1");
	/* The node is gone: the act has ended well. */
	rig_node_gone(&r, "n2");
	it_leads_for(&r, 4000);
	s = rig_look(&r);
	assert_int_equal(find_act(s, "scaleDown")->outcome, ACT_OK);
	snapshot_unref(s);
	rig_end(&r);
	policy_unref(p);
}

/* It does nothing about what we would do: that is a difference too. */
static void
test_what_it_does_not_do(void **state)
{
	struct control_rig r;
	struct policy *p = policy_new(POLICY_LIVE);

	(void)state;
	rig_small_world(&r);
	rig_pod(&r, "ci", "waits", "uid-waits", NULL, 77, NULL);
	rig_pod(&r, "ci", "also", "uid-also", "n2", 78, NULL);
	rig_pod(&r, "kube-system", "ca-1", "uid-ca", "n1", 0, "ca");
	start(&r, p);
	it_leads_for(&r, 200000);
	assert_true(differs(&r, "differs: scale up", "CA does not"));
	assert_int_equal(status(&r).shadow_acts, 1);
	assert_int_equal(status(&r).shadow_agreed, 0);
	assert_in_range(status(&r).shadowed_ms, 150000, 210000);
	rig_end(&r);
	policy_unref(p);
}

SUITE(control_shadow,
	TEST(test_unproven_is_said),
	TEST(test_who_made_a_group_smaller),
	TEST(test_agreement_and_difference),
	TEST(test_what_it_does_not_do));
