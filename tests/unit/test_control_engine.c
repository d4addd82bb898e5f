/*
 * The engine's run: deciding on live data, explaining, acting under the Lease
 * (design 5; design 8, rules 3, 4, 8, 13).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/policy_values.h"
#include "tests/unit/control_rig.h"

/* One pod waits; general may grow to five. */
static void
waiting_world(struct control_rig *r)
{
	rig_small_world(r);
	rig_pod(r, "ci", "waits", "uid-waits", NULL, 77, NULL);
	rig_pod(r, "ci", "also", "uid-also", "n2", 78, NULL);
	r->options.engine = true;
}

static bool
decided(struct control_rig *r)
{
	const struct plan *p = backend_plan(r->backend);

	plan_unref(p);
	return p != NULL;
}

static void
until_decided(struct control_rig *r)
{
	rig_go(r);
	rig_until_live(r);
	rig_until(r, decided(r));
}

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

static enum err_code
mode(struct control_rig *r, enum engine_mode m)
{
	struct reply done = rig_ask(r, (struct command){ .kind = COMMAND_MODE,
							 .number = m });
	enum err_code code = (enum err_code)done.code;

	reply_fini(&done);
	return code;
}

static enum lead
lead_of(struct control_rig *r, bool *awaiting, char *next, size_t room)
{
	const struct snapshot *s = rig_look(r);
	enum lead lead = (enum lead)s->engine.lead;

	if (awaiting)
		*awaiting = s->engine.awaiting_approval;
	if (next)
		snprintf(next, room, "%s", s->engine.next_step);
	snapshot_unref(s);
	return lead;
}

static bool
awaits(struct control_rig *r)
{
	bool yes;

	lead_of(r, &yes, NULL, 0);
	return yes;
}

static enum err_code
approve(struct control_rig *r, const char *shown)
{
	struct command c = { .kind = COMMAND_APPROVE };
	struct reply done;
	enum err_code code;

	snprintf(c.text, sizeof(c.text), "%s", shown);
	done = rig_ask(r, c);
	code = (enum err_code)done.code;
	reply_fini(&done);
	return code;
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
	waiting_world(&r);
	until_decided(&r);
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
	waiting_world(&r);
	rig_group(&r, "general", 1, 2, 2, "i-1,i-2");
	until_decided(&r);
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
	waiting_world(&r);
	until_decided(&r);
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
	waiting_world(&r);
	until_decided(&r);
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

/* ---- active ---- */

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
	waiting_world(&r);
	until_decided(&r);
	assert_int_equal(mode(&r, MODE_ACTIVE), ERR_REFUSED);
	rig_end(&r);
	/* A real context that selects no groups: exit 3. */
	waiting_world(&r);
	r.options.simulated = false;
	until_decided(&r);
	assert_int_equal(mode(&r, MODE_APPROVAL), ERR_CONFIG);
	assert_int_equal(err_exit_code(ERR_CONFIG), 3);
	assert_int_equal(r.write_n, 0);
	rig_end(&r);
	/* A deployed autoscaler that would not stand back. */
	waiting_world(&r);
	rig_deployment(&r, "cluster-autoscaler",
		       "registry.k8s.io/autoscaling/cluster-autoscaler:v1.36",
		       "[\"./cluster-autoscaler\",\"--nodes=1:5:general\","
		       "\"--leader-elect=false\"]");
	until_decided(&r);
	assert_int_equal(mode(&r, MODE_APPROVAL), ERR_REFUSED);
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
	waiting_world(&r);
	rig_lease(&r, "");
	until_decided(&r);
	assert_int_equal(mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_until(&r, awaits(&r));
	holder = rig_lease_holder(&r);
	assert_true(str_has_prefix(holder, "paddock-"));
	free(holder);
	lead_of(&r, NULL, next, sizeof(next));
	assert_text_equal(next, "scale general 2>3 for 1 pod");
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	/* A yes to something else is no yes. */
	assert_int_equal(approve(&r, "scale general 2>5 for 9 pods"),
			 ERR_CONFLICT);
	assert_int_equal(approve(&r, next), ERR_NONE);
	rig_until(&r, r.groups[0].desired == 3);
	rig_until(&r, rig_journalled(&r, "\"by\":\"engine\"") == 2);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 1);
	assert_int_equal(r.unjournalled, 0);
	assert_int_equal(approve(&r, ""), ERR_GONE);
	/* The lease is kept up. */
	renewals = rig_wrote(&r, "PUT ");
	rig_pass(&r, 10000);
	assert_true(rig_wrote(&r, "PUT ") >= renewals + 4);
	assert_int_equal(rig_journalled(&r, "\"verb\":\"take over\""), 2);
	/* Advisory again: the lease goes back. */
	assert_int_equal(mode(&r, MODE_ADVISORY), ERR_NONE);
	rig_until(&r, rig_journalled(&r, "\"verb\":\"hand back\"") == 2);
	holder = rig_lease_holder(&r);
	assert_text_equal(holder, "");
	free(holder);
	rig_end(&r);
}

/* Nothing is done before the former holder is known to have stopped. */
static void
test_former_holder_stops_first(void **state)
{
	struct control_rig r;

	(void)state;
	waiting_world(&r);
	rig_pod(&r, "kube-system", "ca-1", "uid-ca", "n1", 0, "ca");
	rig_lease(&r, "ca-1");
	until_decided(&r);
	assert_int_equal(mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_until(&r, rig_wrote(&r, "pods/ca-1") == 1);
	assert_int_equal(rig_wrote(&r, "\"uid\":\"uid-ca\""), 1);
	rig_pass(&r, 12000); /* it takes its time */
	assert_false(awaits(&r));
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	rig_pod_gone(&r, "ca-1");
	rig_until(&r, awaits(&r));
	assert_int_equal(approve(&r, ""), ERR_NONE);
	rig_until(&r, r.groups[0].desired == 3);
	rig_end(&r);
}

/* A holder that is no pod we can see could never be known to have stopped. */
static void
test_unseen_holder_is_not_replaced(void **state)
{
	struct control_rig r;
	char *holder;

	(void)state;
	waiting_world(&r);
	rig_lease(&r, "somewhere-else");
	until_decided(&r);
	rig_until(&r, lead_of(&r, NULL, NULL, 0) == LEAD_CA);
	mode(&r, MODE_APPROVAL);
	for (int i = 0; i < 20; i++) { /* it renews */
		rig_lease(&r, "somewhere-else");
		rig_pass(&r, 2000);
	}
	assert_non_null(strstr(buf_text(&r.notes), "take-over refused"));
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
	waiting_world(r);
	rig_lease(r, "");
	until_decided(r);
	assert_int_equal(mode(r, MODE_APPROVAL), ERR_NONE);
	rig_until(r, awaits(r));
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
	approve(&r, "");
	rig_pass(&r, 500);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	rig_pass(&r, 4000);
	assert_int_equal(mode_of(&r), MODE_ADVISORY);
	assert_int_equal(approve(&r, ""), ERR_GONE);
	assert_int_equal(rig_journalled(&r, "could not be renewed"), 1);
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
	assert_int_equal(approve(&r, ""), ERR_GONE);
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
	approve(&r, "");
	rig_pass(&r, 3000);
	assert_int_equal(rig_wrote(&r, "SetDesiredCapacity"), 0);
	assert_int_equal(r.groups[0].desired, 4);
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
	waiting_world(&r);
	rig_group(&r, "other", 0, 0, 9, "");
	rig_deployment(&r, "cluster-autoscaler",
		       "registry.k8s.io/autoscaling/cluster-autoscaler:v1.36",
		       "[\"./cluster-autoscaler\",\"--v=4\","
		       "\"--expendable-pods-priority-cutoff\",\"-20\","
		       "\"--balance-similar-node-groups\","
		       "\"--nodes\",\"1:5:general\","
		       "\"--scale-down-unneeded-time=33m\"]");
	until_decided(&r);
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
	waiting_world(&r);
	until_decided(&r);
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
	waiting_world(&r);
	until_decided(&r);
	assert_int_equal(rig_do(&r, "limits", KIND_GROUP, NULL, "general",
				"max=8", ""),
			 ERR_NONE);
	r.groups[0].max = 8;
	rig_pass(&r, 40000);
	assert_false(has_decision(&r, "limits", "somebody"));
	rig_end(&r);
}

SUITE(control_engine,
	TEST(test_advice_is_explained_and_not_carried_out),
	TEST(test_full_group_is_the_cause),
	TEST(test_history_says_something_new_each_time),
	TEST(test_old_data_is_not_decided_upon),
	TEST(test_unattended_needs_more_than_a_wish),
	TEST(test_take_over_approve_hand_back),
	TEST(test_former_holder_stops_first),
	TEST(test_unseen_holder_is_not_replaced),
	TEST(test_unrenewed_lease_stops_acts),
	TEST(test_lease_taken_by_another_stops_acts),
	TEST(test_jump_of_the_clock_is_loss),
	TEST(test_take_over_ends_after_an_hour),
	TEST(test_panic_and_quit_hand_back),
	TEST(test_changed_group_is_decided_anew),
	TEST(test_flags_of_the_autoscaler_are_adopted),
	TEST(test_others_deeds_are_seen),
	TEST(test_our_own_limits_are_not_anothers));
