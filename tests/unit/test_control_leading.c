/*
 * The engine in active mode: take-over, approval, hand-back, and what counts as
 * loss of the Lease (design 5; design 8, rules 3, 4, 13).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/control/backend_private.h"
#include "tests/unit/control_lead.h"

static enum lead
lead_of(struct control_rig *r)
{
	const struct snapshot *s = rig_look(r);
	enum lead lead = (enum lead)s->engine.lead;

	snapshot_unref(s);
	return lead;
}

static enum engine_mode
mode_of(struct control_rig *r)
{
	const struct snapshot *s = rig_look(r);
	enum engine_mode m = (enum engine_mode)s->engine.mode;

	snapshot_unref(s);
	return m;
}

static void
test_unattended_needs_more_than_a_wish(void **state)
{
	struct control_rig r;

	(void)state;
	rig_waiting_world(&r);
	rig_until_decided(&r);
	assert_int_equal(rig_mode(&r, MODE_ACTIVE), ERR_REFUSED);
	rig_end(&r);
	/* A real context that selects no groups: exit 3. */
	rig_waiting_world(&r);
	r.options.simulated = false;
	rig_until_decided(&r);
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_CONFIG);
	assert_int_equal(err_exit_code(ERR_CONFIG), 3);
	assert_int_equal(r.write_n, 0);
	rig_end(&r);
	/* A deployed autoscaler that would not stand back. */
	rig_waiting_world(&r);
	rig_deployment(&r, "cluster-autoscaler",
		       "registry.k8s.io/autoscaling/cluster-autoscaler:v1.36",
		       "[\"./cluster-autoscaler\",\"--nodes=1:5:general\","
		       "\"--leader-elect=false\"]");
	rig_until_decided(&r);
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_REFUSED);
	assert_int_equal(r.write_n, 0);
	rig_end(&r);
}

static void
test_take_over_approve_hand_back(void **state)
{
	struct control_rig r;
	char next[256], *holder;
	uint32_t renewals;

	(void)state;
	rig_waiting_world(&r);
	rig_lease(&r, "");
	rig_until_decided(&r);
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_until(&r, rig_awaits_approval(&r));
	holder = rig_lease_holder(&r);
	assert_true(str_has_prefix(holder, "paddock-"));
	free(holder);
	rig_next_step(&r, next, sizeof(next));
	assert_text_equal(next, "scale general 2>3 for 1 pod");
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	/* A yes to something else is no yes. */
	assert_int_equal(rig_approve(&r, "scale general 2>5 for 9 pods"),
			 ERR_CONFLICT);
	assert_int_equal(rig_approve(&r, next), ERR_NONE);
	rig_until(&r, r.groups[0].desired == 3);
	rig_until(&r, rig_journalled(&r, "\"by\":\"engine\"") == 2);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 1);
	assert_int_equal(r.unjournalled, 0);
	assert_int_equal(rig_approve(&r, ""), ERR_GONE);
	/* The lease is kept up. */
	renewals = rig_wrote(&r, "PUT ");
	rig_pass(&r, 10000);
	assert_true(rig_wrote(&r, "PUT ") >= renewals + 4);
	assert_int_equal(rig_journalled(&r, "\"verb\":\"take over\""), 2);
	/* Advisory again: the lease goes back. */
	assert_int_equal(rig_mode(&r, MODE_ADVISORY), ERR_NONE);
	rig_until(&r, rig_journalled(&r, "\"verb\":\"hand back\"") == 2);
	holder = rig_lease_holder(&r);
	assert_text_equal(holder, "");
	free(holder);
	rig_end(&r);
}

/* The deployed autoscaler, a pod, leads over a world that waits. */
static void
ca_leads(struct control_rig *r)
{
	rig_waiting_world(r);
	rig_pod(r, "kube-system", "ca-1", "uid-ca", "n1", 0, "ca");
	rig_lease(r, "ca-1");
	rig_until_decided(r);
}

/* Nothing is done before the former holder is known to have stopped. */
static void
test_former_holder_stops_first(void **state)
{
	struct control_rig r;

	(void)state;
	ca_leads(&r);
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_until(&r, rig_wrote(&r, "pods/ca-1") == 1);
	assert_int_equal(rig_wrote(&r, "\"uid\":\"uid-ca\""), 1);
	rig_pass(&r, 12000); /* it takes its time */
	assert_false(rig_awaits_approval(&r));
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	rig_pod_gone(&r, "ca-1");
	rig_until(&r, rig_awaits_approval(&r));
	assert_int_equal(rig_approve(&r, ""), ERR_NONE);
	rig_until(&r, r.groups[0].desired == 3);
	rig_end(&r);
}

static int races;

static void
holder_is_faster(struct control_rig *r, const struct fake_request *q)
{
	if (strstr(q->target, "/leases") && races > 0) {
		races--;
		rig_lease(r, "ca-1");
	}
}

/* It renews between our read and our write, as it does every two seconds: that
 * is looked at again, with all that follows from it, and no failure. */
static void
test_a_holder_that_is_faster(void **state)
{
	struct control_rig r;

	(void)state;
	ca_leads(&r);
	r.on_write = holder_is_faster;
	races = 2;
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_pass_until(&r, rig_wrote(&r, "pods/ca-1") == 1);
	assert_int_equal(rig_wrote(&r, "PUT /apis/coordination"), 3);
	assert_false(rig_noted(&r, "failed"));
	rig_pod_gone(&r, "ca-1");
	rig_pass_until(&r, rig_awaits_approval(&r));
	rig_end(&r);
	/* Not for ever. */
	ca_leads(&r);
	r.on_write = holder_is_faster;
	races = 100;
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_pass_until(&r, rig_noted(&r, "take-over failed"));
	rig_pass(&r, 30000);
	assert_int_equal(rig_wrote(&r, "PUT /apis/coordination"), 7);
	rig_end(&r);
}

/* A holder that is no pod we can see could never be known to have stopped. */
static void
test_unseen_holder_is_not_replaced(void **state)
{
	struct control_rig r;
	char *holder;

	(void)state;
	rig_waiting_world(&r);
	rig_lease(&r, "somewhere-else");
	rig_until_decided(&r);
	rig_until(&r, lead_of(&r) == LEAD_CA);
	rig_mode(&r, MODE_APPROVAL);
	for (int i = 0; i < 20; i++) { /* it renews */
		rig_lease(&r, "somewhere-else");
		rig_pass(&r, 2000);
	}
	assert_true(rig_noted(&r, "take-over refused"));
	assert_int_equal(mode_of(&r), MODE_ADVISORY);
	holder = rig_lease_holder(&r);
	assert_text_equal(holder, "somewhere-else");
	free(holder);
	assert_int_equal(rig_wrote(&r, "PUT "), 0);
	rig_end(&r);
}

static void
lead_and_approve_nothing(struct control_rig *r)
{
	rig_waiting_world(r);
	rig_lease(r, "");
	rig_until_decided(r);
	assert_int_equal(rig_mode(r, MODE_APPROVAL), ERR_NONE);
	rig_until(r, rig_awaits_approval(r));
}

/* Rule 3: no renewal, no acts, well before another may hold the lease. */
static void
test_unrenewed_lease_stops_acts(void **state)
{
	struct control_rig r;

	(void)state;
	lead_and_approve_nothing(&r);
	r.break_renewals = true;
	/* Five of ten seconds are left: a request of five could outlive it. */
	rig_pass(&r, 8000);
	for (int i = 0; i < 3; i++) {
		rig_approve(&r, "");
		rig_pass(&r, 200);
	}
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	/* The lease's trouble is no failure of the steps (rule 4). */
	assert_int_equal(rig_journalled(&r, "failed in a row"), 0);
	rig_pass(&r, 4000);
	assert_int_equal(mode_of(&r), MODE_ADVISORY);
	assert_int_equal(rig_approve(&r, ""), ERR_GONE);
	assert_int_equal(rig_journalled(&r, "could not be renewed"), 1);
	rig_end(&r);
}

static struct alarm const *
alarm_named(const struct snapshot *s, const char *id)
{
	struct handle h = snapshot_find(s, KIND_ALARM, NULL, id);

	return handle_is_none(h) ? NULL : snapshot_rec(s, h);
}

/* Rule 8: a list that is suddenly empty is not believed; the lease is held
 * meanwhile, which somebody must hear of.  To choose the mode again is to say
 * that it is true. */
static void
test_shrunken_list_stops_it_until_told(void **state)
{
	struct control_rig r;
	const struct sink *sink;
	const struct snapshot *s;
	char name[16];

	(void)state;
	rig_waiting_world(&r);
	rig_lease(&r, "");
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		rig_pod(&r, "ci", name, name, "n1", 0, "tiny");
	}
	rig_until_decided(&r);
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_until(&r, rig_awaits_approval(&r));
	sink = store_sink(r.backend->store);
	sink->list_begin(sink->ctx, KIND_POD);
	sink->list_end(sink->ctx, KIND_POD, true);
	rig_approve(&r, "");
	rig_pass(&r, 3000);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	s = rig_look(&r);
	assert_text_contains(s->engine.blocked, "list of pods lost 100%");
	assert_null(alarm_named(s, "blocked")); /* it may pass */
	snapshot_unref(s);
	rig_pass(&r, 32000);
	s = rig_look(&r);
	assert_non_null(alarm_named(s, "blocked"));
	assert_text_contains(alarm_named(s, "blocked")->text,
			     "paddock leads and does nothing");
	snapshot_unref(s);
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_pass(&r, 2000);
	s = rig_look(&r);
	assert_null(strstr(s->engine.blocked, "lost"));
	snapshot_unref(s);
	rig_end(&r);
}

static void
test_lease_taken_by_another_stops_acts(void **state)
{
	struct control_rig r;

	(void)state;
	lead_and_approve_nothing(&r);
	rig_lease(&r, "ca-2");
	rig_until(&r, mode_of(&r) == MODE_ADVISORY);
	assert_int_equal(rig_approve(&r, ""), ERR_GONE);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	{
		char *holder = rig_lease_holder(&r);

		assert_text_equal(holder, "ca-2");
		free(holder);
	}
	rig_end(&r);
}

static void
test_jump_of_the_clock_is_loss(void **state)
{
	struct control_rig r;

	(void)state;
	lead_and_approve_nothing(&r);
	r.clock.wall += 2500; /* boot time did not move */
	rig_turn(&r);
	assert_int_equal(mode_of(&r), MODE_ADVISORY);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	rig_end(&r);
	/* Suspended for a minute: boot time counts it. */
	lead_and_approve_nothing(&r);
	fake_clock_move(&r.clock, 60000);
	rig_turn(&r);
	assert_int_equal(mode_of(&r), MODE_ADVISORY);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	rig_end(&r);
}

static void
test_take_over_ends_after_an_hour(void **state)
{
	struct control_rig r;
	char *holder;

	(void)state;
	lead_and_approve_nothing(&r);
	rig_pass(&r, 59 * 60000);
	assert_int_equal(mode_of(&r), MODE_APPROVAL);
	rig_pass(&r, 2 * 60000);
	assert_int_equal(mode_of(&r), MODE_ADVISORY);
	holder = rig_lease_holder(&r);
	assert_text_equal(holder, "");
	free(holder);
	rig_end(&r);
}

/* Rule 13, and quitting: both hand back. */
static void
test_panic_and_quit_hand_back(void **state)
{
	struct control_rig r;
	struct reply done;
	char *holder;

	(void)state;
	lead_and_approve_nothing(&r);
	done = rig_ask(&r, (struct command){ .kind = COMMAND_PANIC });
	assert_int_equal(done.code, ERR_NONE);
	reply_fini(&done);
	assert_int_equal(mode_of(&r), MODE_ADVISORY);
	rig_until(&r, rig_journalled(&r, "\"verb\":\"hand back\"") == 2);
	rig_end(&r);

	lead_and_approve_nothing(&r);
	{
		struct command c = { .kind = COMMAND_QUIT };

		assert_true(port_send(r.port, &c));
	}
	rig_until(&r, rig_journalled(&r, "\"verb\":\"hand back\"") == 2);
	holder = rig_lease_holder(&r);
	assert_text_equal(holder, "");
	free(holder);
	assert_true(backend_finish(r.backend, 5000));
	rig_end(&r);
}

static void
test_changed_group_is_decided_anew(void **state)
{
	struct control_rig r;

	(void)state;
	lead_and_approve_nothing(&r);
	r.groups[0].desired = 4; /* somebody was faster */
	rig_approve(&r, "");
	rig_pass(&r, 3000);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	assert_int_equal(r.groups[0].desired, 4);
	rig_end(&r);
}

SUITE(control_leading, TEST(test_unattended_needs_more_than_a_wish),
      TEST(test_take_over_approve_hand_back),
      TEST(test_former_holder_stops_first),
      TEST(test_unseen_holder_is_not_replaced),
      TEST(test_a_holder_that_is_faster),
      TEST(test_unrenewed_lease_stops_acts),
      TEST(test_shrunken_list_stops_it_until_told),
      TEST(test_lease_taken_by_another_stops_acts),
      TEST(test_jump_of_the_clock_is_loss),
      TEST(test_take_over_ends_after_an_hour),
      TEST(test_panic_and_quit_hand_back),
      TEST(test_changed_group_is_decided_anew));
