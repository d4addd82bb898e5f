/*
 * Holds: against both engines, only what they set taken away, whoever ends
 * them and whatever dies in between (design 8, rules 1, 2, 6 to 9).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/control/hold.h"
#include "tests/unit/control_lead.h"

#define MINUTE ((int64_t)60 * 1000)
#define SET "scale-down-disabled\":\"true\""
#define MARK "\"paddock/hold\":\""

static bool
node_has(struct control_rig *r, const char *node, const char *text)
{
	return strstr(rig_node_json(r, node), text) != NULL;
}

static void
start(struct control_rig *r)
{
	rig_go(r);
	rig_until_live(r);
	if (r->options.engine)
		rig_until(r, rig_decided(r));
}

static enum err_code
hold(struct control_rig *r, const char *args)
{
	return rig_do(r, "hold", KIND_GROUP, NULL, "general", args, NULL);
}

static enum err_code
unhold(struct control_rig *r)
{
	return rig_do(r, "unhold", KIND_GROUP, NULL, "general", NULL, NULL);
}

static void
state_of(struct control_rig *r, int64_t *until_ms, char *why, size_t room)
{
	const struct snapshot *s = rig_look(r);
	const struct group_sum *sum = snapshot_sum(
		s, snapshot_find(s, KIND_GROUP, NULL, "general"));

	assert_non_null(sum);
	*until_ms = sum->held_until_ms;
	snprintf(why, room, "%s %s", str_or_empty(sum->state),
		 str_or_empty(sum->why));
	snapshot_unref(s);
}

static bool
is_held(struct control_rig *r)
{
	int64_t until;
	char why[300];

	state_of(r, &until, why, sizeof(why));
	assert_int_equal(until != 0, str_has_prefix(why, "HELD"));
	return until != 0;
}

/* ---- the words ---- */

static void
test_how_long_and_why(void **state)
{
	static const char *const bad[] = { "",	   "1h",   "1h ",  "59s x",
					   "x y",  "8d x", "169h x",
					   "-1h x" };
	int64_t ms;
	const char *why;
	struct err err;

	(void)state;
	assert_true(hold_parse("1h30m disk is dying", &ms, &why, &err));
	assert_int_equal(ms, 90 * MINUTE);
	assert_text_equal(why, "disk is dying");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(hold_parse(bad[i], &ms, &why, &err));
		assert_int_equal(err.code, ERR_USAGE);
	}
}

static void
test_mark_of_anybody(void **state)
{
	static const char *const bad[] = {
		"", "x", "[]", "{}", "{\"id\":\"a\"}",
		"{\"id\":\"a\",\"since\":\"x\",\"until\":\"y\"}",
		"{\"id\":7,\"since\":[],\"until\":{}}",
	};
	struct hold h;

	(void)state;
	assert_false(mark_read(NULL, &h));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(mark_read(bad[i], &h));
	assert_true(mark_read("{\"id\":\"a-1\",\"since\":\"2026-02-18T09:00:"
			      "00Z\",\"until\":\"2026-02-18T10:00:00Z\","
			      "\"reason\":\"a\\u001b[2Jb\"}", &h));
	assert_text_equal(h.id, "a-1");
	assert_null(strchr(h.reason, '\x1b')); /* rule 10 */
}

/* ---- both engines ---- */

static void
test_preview_says_what_it_holds_and_changes_nothing(void **state)
{
	struct control_rig r;
	struct reply p;

	(void)state;
	rig_small_world(&r);
	start(&r);
	p = rig_preview(&r, "hold", KIND_GROUP, NULL, "general",
			"1h disk is dying");
	assert_int_equal(p.code, ERR_NONE);
	assert_int_equal(p.ask, ASK_YES);
	assert_text_contains(p.text, "disk is dying");
	assert_text_contains(p.text, "2 of them get");
	assert_text_contains(p.text, "It does not hold");
	assert_text_contains(p.text, "kubectl --context test annotate node n1 "
				     "n2 cluster-autoscaler.kubernetes.io/"
				     "scale-down-disabled=true");
	rig_pass(&r, 5000);
	assert_int_equal(r.write_n, 0);
	assert_false(is_held(&r));
	reply_fini(&p);
	rig_end(&r);
}

static void
test_marks_all_nodes_and_those_that_join(void **state)
{
	struct control_rig r;
	int64_t until;
	char why[300];

	(void)state;
	rig_small_world(&r);
	start(&r);
	assert_int_equal(hold(&r, "1h disk is dying"), ERR_NONE);
	assert_true(node_has(&r, "n1", SET) && node_has(&r, "n1", MARK));
	assert_true(node_has(&r, "n2", SET) && node_has(&r, "n2", MARK));
	state_of(&r, &until, why, sizeof(why));
	assert_text_contains(why, "HELD held until 10:0");
	assert_text_contains(why, "disk is dying");
	/* One joins; one of another group does not matter. */
	rig_group(&r, "general", 1, 3, 5, "i-1,i-2,i-3");
	rig_group(&r, "other", 0, 1, 5, "i-9");
	rig_node(&r, "n3", "uid-n3", "i-3", false);
	rig_node(&r, "n9", "uid-n9", "i-9", false);
	rig_pass(&r, 90000);
	assert_true(node_has(&r, "n3", SET));
	assert_false(node_has(&r, "n9", SET));
	assert_int_equal(rig_journalled(&r, "\"verb\":\"hold\""), 1);
	assert_int_equal(rig_journalled(&r, "\"verb\":\"annotate\""), 6);
	assert_int_equal(r.unjournalled, 0);
	/* Its end, an hour later. */
	rig_pass(&r, 62 * MINUTE);
	assert_false(is_held(&r));
	for (int i = 1; i <= 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		assert_false(node_has(&r, name, MARK));
		assert_false(node_has(&r, name, "scale-down-disabled"));
	}
	assert_int_equal(r.unjournalled, 0);
	rig_end(&r);
}

/* What stood there before stays, or comes back. */
static void
test_only_what_it_set_comes_off(void **state)
{
	struct control_rig r;

	(void)state;
	rig_small_world(&r);
	rig_annotate(&r, "n1",
		     "cluster-autoscaler.kubernetes.io/scale-down-disabled",
		     "true");
	rig_annotate(&r, "n2",
		     "cluster-autoscaler.kubernetes.io/scale-down-disabled",
		     "false");
	start(&r);
	assert_int_equal(hold(&r, "1h first"), ERR_NONE);
	assert_true(node_has(&r, "n2", SET));
	/* A second one takes the place of the first and forgets nothing. */
	rig_pass(&r, 2000);
	assert_int_equal(hold(&r, "2h second"), ERR_NONE);
	assert_true(node_has(&r, "n2", "second"));
	rig_pass(&r, 3000);
	assert_int_equal(unhold(&r), ERR_NONE);
	assert_false(node_has(&r, "n1", MARK) || node_has(&r, "n2", MARK));
	assert_true(node_has(&r, "n1", SET));
	assert_true(node_has(&r, "n2", "scale-down-disabled\":\"false\""));
	assert_false(is_held(&r));
	assert_int_equal(unhold(&r), ERR_CONFLICT);
	/* Nothing creeps back. */
	rig_pass(&r, 10000);
	assert_false(is_held(&r));
	assert_false(node_has(&r, "n1", MARK));
	rig_end(&r);
}

/* Our engine: a pod waits, and the group could grow. */
static void
test_our_engine_leaves_it_alone(void **state)
{
	struct control_rig r;
	const struct plan *p;

	(void)state;
	rig_small_world(&r);
	rig_pod(&r, "ci", "waits", "uid-waits", NULL, 77, NULL);
	rig_pod(&r, "ci", "also", "uid-also", "n2", 78, NULL);
	rig_lease(&r, "");
	r.options.engine = true;
	start(&r);
	p = backend_plan(r.backend);
	assert_int_equal(p->scale_up_n, 1);
	plan_unref(p);
	assert_int_equal(hold(&r, "30m wait"), ERR_NONE);
	rig_pass(&r, 11000);
	p = backend_plan(r.backend);
	assert_int_equal(p->scale_up_n, 0);
	assert_text_equal(plan_group(p, "general")->skipped, "held");
	plan_unref(p);
	rig_pass(&r, 31 * MINUTE);
	p = backend_plan(r.backend);
	assert_int_equal(p->scale_up_n, 1);
	plan_unref(p);
	rig_end(&r);
}

/* It begins while a node of the group is on its way out: given up. */
static void
test_removal_under_way_is_given_up(void **state)
{
	struct control_rig r;
	struct policy *p = policy_new(POLICY_LIVE);

	(void)state;
	policy_set(p, "scale-down-unneeded-time", "10s", NULL, NULL);
	policy_set(p, "node-delete-delay-after-taint", "60s", NULL, NULL);
	policy_set(p, "max-bulk-soft-taint-count", "0", NULL, NULL);
	rig_small_world(&r);
	rig_lease(&r, "");
	r.options.engine = true;
	r.options.via = "headless";
	r.options.mode = MODE_ACTIVE;
	r.options.policy = p;
	start(&r);
	for (int i = 0; i < 600 && !node_has(&r, "n2", "ToBeDeleted"); i++)
		rig_pass(&r, 200);
	assert_true(node_has(&r, "n2", "ToBeDeleted"));
	assert_int_equal(hold(&r, "1h stop"), ERR_NONE);
	rig_pass(&r, 3000);
	assert_false(node_has(&r, "n2", "ToBeDeleted"));
	assert_false(node_has(&r, "n2", "\"unschedulable\":true"));
	rig_pass(&r, 3 * MINUTE);
	assert_int_equal(rig_wrote(&r, "TerminateInstance"), 0);
	assert_false(node_has(&r, "n2", "ToBeDeleted"));
	rig_end(&r);
	policy_unref(p);
}

/* ---- restarts, others ---- */

static void
test_survives_a_restart_and_ends_after_one(void **state)
{
	struct control_rig r;

	(void)state;
	rig_small_world(&r);
	start(&r);
	assert_int_equal(hold(&r, "1h over the restart"), ERR_NONE);
	rig_restart(&r);
	rig_until_live(&r);
	assert_true(is_held(&r));
	/* Its end comes while nothing runs; the next start cleans up. */
	backend_free(r.backend);
	fake_clock_move(&r.clock, 2 * 60 * MINUTE);
	port_free(r.port);
	r.port = port_new();
	rig_go(&r);
	rig_until_live(&r);
	rig_pass(&r, 8000);
	assert_false(is_held(&r));
	assert_false(node_has(&r, "n1", MARK) || node_has(&r, "n2", MARK));
	assert_false(node_has(&r, "n1", "scale-down-disabled"));
	assert_int_equal(r.unjournalled, 0);
	rig_end(&r);
}

/* Another machine, another journal: the nodes tell of it, and it ends there. */
static void
test_shared_through_the_cluster(void **state)
{
	struct control_rig r;
	char *elsewhere;

	(void)state;
	rig_small_world(&r);
	start(&r);
	assert_int_equal(hold(&r, "1h for all of us"), ERR_NONE);
	rig_pass(&r, 3000); /* it sees its own marks */
	elsewhere = xasprintf("%s/elsewhere.jsonl", r.dir);
	r.options.journal_file = elsewhere;
	rig_restart(&r);
	rig_until_live(&r);
	assert_true(is_held(&r));
	free(r.journal);
	r.journal = elsewhere;
	assert_int_equal(unhold(&r), ERR_NONE);
	assert_false(node_has(&r, "n1", MARK));
	/* Back at the first: it is not begun again. */
	elsewhere = xasprintf("%s/journal.jsonl", r.dir);
	r.options.journal_file = elsewhere;
	rig_restart(&r);
	free(r.journal);
	r.journal = elsewhere;
	rig_until_live(&r);
	rig_pass(&r, 8000);
	assert_false(is_held(&r));
	assert_false(node_has(&r, "n1", MARK) || node_has(&r, "n2", MARK));
	rig_end(&r);
}

/* ---- the rules ---- */

static void
test_read_only_and_permission(void **state)
{
	struct control_rig r;
	struct reply p;

	(void)state;
	rig_small_world(&r);
	r.options.read_only = true;
	start(&r);
	p = rig_preview(&r, "hold", KIND_GROUP, NULL, "general", "1h x");
	assert_int_equal(p.code, ERR_REFUSED);
	assert_text_contains(p.text, "Not now: read-only");
	reply_fini(&p);
	assert_int_equal(r.write_n, 0);
	rig_end(&r);

	rig_small_world(&r);
	r.deny = "\"nodes\"";
	start(&r);
	assert_int_equal(hold(&r, "1h x"), ERR_DENIED);
	assert_int_equal(r.write_n, 0);
	assert_false(is_held(&r));
	rig_end(&r);
}

/* Rule 2: no journal, no hold and no request. */
static void
test_without_a_journal_nothing_is_held(void **state)
{
	struct control_rig r;
	struct reply p;

	(void)state;
	rig_small_world(&r);
	start(&r);
	p = rig_preview(&r, "hold", KIND_GROUP, NULL, "general", "1h x");
	assert_int_equal(p.code, ERR_NONE);
	assert_int_equal(mkdir(r.journal, 0700), 0); /* no plain file */
	{
		struct reply done = rig_confirm(&r, p.ref, NULL);

		assert_int_equal(done.code, ERR_IO);
		assert_text_contains(done.text, "nothing was changed");
		reply_fini(&done);
	}
	reply_fini(&p);
	assert_int_equal(r.write_n, 0);
	assert_false(is_held(&r));
	rmdir(r.journal);
	rig_end(&r);
}

/* Rule 7: a node replaced under its name is another node; a lost race is run
 * again. */
static void
test_races_and_replaced_nodes(void **state)
{
	struct control_rig r;

	(void)state;
	rig_small_world(&r);
	start(&r);
	r.conflicts = 3;
	assert_int_equal(hold(&r, "1h x"), ERR_NONE);
	assert_true(node_has(&r, "n1", SET) && node_has(&r, "n2", SET));
	assert_int_equal(unhold(&r), ERR_NONE);
	rig_node_gone(&r, "n2");
	rig_node(&r, "n2", "uid-new", "i-2", false);
	rig_pass(&r, 10000);
	assert_int_equal(hold(&r, "1h x"), ERR_NONE);
	assert_int_equal(rig_wrote(&r, "\"uid\":\"uid-new\""), 1);
	rig_end(&r);
}

/* The unlocked time is over before the hold is: that is said. */
static void
test_marks_that_may_not_come_off_are_told(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	struct reply done;
	struct command c = { .kind = COMMAND_UNLOCK, .number = 10 * MINUTE,
			     .text = "a hold" };

	(void)state;
	rig_small_world(&r);
	r.options.simulated = false;
	start(&r);
	done = rig_ask(&r, c);
	assert_int_equal(done.code, ERR_NONE);
	reply_fini(&done);
	assert_int_equal(hold(&r, "30m x"), ERR_NONE);
	rig_pass(&r, 32 * MINUTE);
	assert_false(is_held(&r)); /* our engine goes on */
	assert_true(node_has(&r, "n1", SET));
	s = rig_look(&r);
	assert_false(handle_is_none(
		snapshot_find(s, KIND_ALARM, NULL, "hold")));
	snapshot_unref(s);
	done = rig_ask(&r, c);
	reply_fini(&done);
	rig_pass(&r, 6000);
	assert_false(node_has(&r, "n1", "scale-down-disabled"));
	s = rig_look(&r);
	assert_true(handle_is_none(
		snapshot_find(s, KIND_ALARM, NULL, "hold")));
	snapshot_unref(s);
	rig_end(&r);
}

SUITE(control_hold,
	TEST(test_how_long_and_why),
	TEST(test_mark_of_anybody),
	TEST(test_preview_says_what_it_holds_and_changes_nothing),
	TEST(test_marks_all_nodes_and_those_that_join),
	TEST(test_only_what_it_set_comes_off),
	TEST(test_our_engine_leaves_it_alone),
	TEST(test_removal_under_way_is_given_up),
	TEST(test_survives_a_restart_and_ends_after_one),
	TEST(test_shared_through_the_cluster),
	TEST(test_read_only_and_permission),
	TEST(test_without_a_journal_nothing_is_held),
	TEST(test_races_and_replaced_nodes),
	TEST(test_marks_that_may_not_come_off_are_told));
