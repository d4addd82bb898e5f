/*
 * The edges of acting under the Lease: how long after the last renewal, what
 * is in flight at a hand-back, and which step an approval is for (design 5;
 * design 8, rule 3).
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/control_lead.h"

/* args NULL: no deployed autoscaler to take flags from. */
static void
lead(struct control_rig *r, const char *args)
{
	rig_waiting_world(r);
	if (args)
		rig_deployment(r, "cluster-autoscaler",
			       "registry.k8s.io/autoscaling/"
			       "cluster-autoscaler:v1.36", args);
	rig_lease(r, "");
	rig_until_decided(r);
	assert_int_equal(rig_mode(r, MODE_APPROVAL), ERR_NONE);
	rig_until(r, rig_awaits_approval(r));
}

static bool
is_held_by_us(struct control_rig *r)
{
	char *holder = rig_lease_holder(r);
	bool ours = str_has_prefix(holder, "paddock-");

	free(holder);
	return ours;
}

/* ---- age of the renewal + the act's own five seconds < the deadline ---- */

/* No renewal succeeds from here on; the last was at most two seconds ago. */
static void
try_after(struct control_rig *r, int64_t ms, bool sent)
{
	r->break_renewals = true;
	rig_pass(r, ms);
	rig_approve(r, "");
	/* The disk takes its time; the world's hardly passes. */
	for (int i = 0; i < 200 && !rig_wrote(r, "SetDesiredCapacity"); i++)
		rig_turn(r);
	assert_int_equal(rig_wrote(r, "SetDesiredCapacity"), sent);
}

static void
test_acts_go_until_five_seconds_before_the_deadline(void **state)
{
	struct control_rig r;

	(void)state;
	lead(&r, NULL); /* ten seconds */
	try_after(&r, 2400, true);
	rig_end(&r);
	lead(&r, NULL);
	try_after(&r, 5200, false);
	rig_end(&r);
}

/* The deployed autoscaler judges our lease by its own flags. */
static void
test_the_deadline_is_the_deployed_one(void **state)
{
	static const char slow[] =
		"[\"./cluster-autoscaler\",\"--nodes=1:5:general\","
		"\"--leader-elect-lease-duration=40s\","
		"\"--leader-elect-renew-deadline=25s\","
		"\"--leader-elect-retry-period=2s\"]";
	static const char quick[] =
		"[\"./cluster-autoscaler\",\"--nodes=1:5:general\","
		"\"--leader-elect-lease-duration=10s\","
		"\"--leader-elect-renew-deadline=8s\","
		"\"--leader-elect-retry-period=1s\"]";
	struct control_rig r;

	(void)state;
	lead(&r, slow);
	try_after(&r, 16000, true);
	rig_end(&r);
	lead(&r, slow);
	try_after(&r, 20200, false);
	assert_true(is_held_by_us(&r));
	rig_end(&r);
	lead(&r, quick);
	try_after(&r, 700, true);
	rig_end(&r);
	lead(&r, quick);
	try_after(&r, 3300, false);
	rig_end(&r);
}

/* ---- handing back with an act in flight ---- */

static void
test_nothing_is_in_flight_when_it_goes_back(void **state)
{
	struct control_rig r;

	(void)state;
	lead(&r, NULL);
	r.lose_answers = r.keep_lease_answers = true;
	assert_int_equal(rig_approve(&r, ""), ERR_NONE);
	rig_until(&r, rig_wrote(&r, "SetDesiredCapacity") == 1);
	assert_int_equal(rig_mode(&r, MODE_ADVISORY), ERR_NONE);
	/* The request may still reach the cloud: nobody else may lead yet. */
	for (int i = 0; i < 15; i++) {
		rig_pass(&r, 200);
		assert_true(is_held_by_us(&r));
	}
	assert_int_equal(rig_journalled(&r, "\"verb\":\"hand back\""), 0);
	r.lose_answers = false;
	rig_pass(&r, 8000);
	assert_false(is_held_by_us(&r));
	/* And nothing followed it. */
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 1);
	rig_end(&r);
}

/* ---- the hour is for people ---- */

/* A take-over from a screen ends after an hour (control_engine); a headless
 * engine leads for as long as it runs, and hands back when it ends. */
static void
test_headless_leads_beyond_the_hour(void **state)
{
	struct control_rig r;
	struct command c = { .kind = COMMAND_QUIT };

	(void)state;
	rig_small_world(&r);
	rig_pod(&r, "ci", "also", "uid-also", "n2", 78, NULL);
	rig_lease(&r, "");
	r.options.engine = true;
	r.options.via = "headless";
	r.options.mode = MODE_ACTIVE;
	rig_go(&r);
	rig_until_live(&r);
	rig_until(&r, is_held_by_us(&r));
	rig_pass(&r, (int64_t)130 * 60000);
	assert_true(is_held_by_us(&r));
	assert_int_equal(rig_journalled(&r, "\"verb\":\"take over\""), 2);
	assert_true(port_send(r.port, &c));
	rig_until(&r, !is_held_by_us(&r));
	rig_until(&r, rig_journalled(&r, "\"verb\":\"hand back\"") == 2);
	rig_end(&r);
}

/* ---- two groups that would both do ---- */

static void
test_shown_step_does_not_flip(void **state)
{
	struct control_rig r;
	char next[256];

	(void)state;
	rig_small_world(&r);
	rig_pod(&r, "ci", "waits", "uid-waits", NULL, 77, NULL);
	rig_pod(&r, "ci", "also", "uid-also", "n2", 78, NULL);
	rig_group(&r, "alike", 0, 1, 1, "i-3"); /* full */
	rig_node(&r, "n3", "uid-n3", "i-3", false);
	rig_pod(&r, "ci", "third", "uid-third", "n3", 79, NULL);
	rig_lease(&r, "");
	r.options.engine = true;
	rig_until_decided(&r);
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_until(&r, rig_awaits_approval(&r));
	rig_next_step(&r, next, sizeof(next));
	assert_text_equal(next, "scale general 2>3 for 1 pod");
	/* The other one has room now and would be chosen first. */
	rig_group(&r, "alike", 0, 1, 9, "i-3");
	for (int i = 0; i < 300; i++) {
		rig_pass(&r, 200);
		assert_true(rig_awaits_approval(&r));
		rig_next_step(&r, next, sizeof(next));
		assert_text_equal(next, "scale general 2>3 for 1 pod");
	}
	{
		const struct plan *p = backend_plan(r.backend);

		assert_int_equal(p->scale_up_n, 1);
		assert_text_equal(p->scale_up[0].group, "alike");
		plan_unref(p);
	}
	assert_int_equal(rig_approve(&r, next), ERR_NONE);
	rig_until(&r, r.groups[0].desired == 3);
	rig_pass(&r, 30000);
	assert_int_equal(r.groups[1].desired, 1); /* once is enough */
	/* The pod went: the step goes, too. */
	rig_end(&r);
}

static void
test_shown_step_goes_with_its_cause(void **state)
{
	struct control_rig r;

	(void)state;
	lead(&r, NULL);
	rig_pod_gone(&r, "waits");
	rig_pass(&r, 15000);
	assert_false(rig_awaits_approval(&r));
	assert_int_equal(rig_approve(&r, ""), ERR_GONE);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	rig_end(&r);
}

SUITE(control_edges,
	TEST(test_acts_go_until_five_seconds_before_the_deadline),
	TEST(test_the_deadline_is_the_deployed_one),
	TEST(test_nothing_is_in_flight_when_it_goes_back),
	TEST(test_headless_leads_beyond_the_hour),
	TEST(test_shown_step_does_not_flip),
	TEST(test_shown_step_goes_with_its_cause));
