/*
 * What the console does: navigation, selection by identity, actions through
 * preview and confirmation, texts, prompts; all without a terminal.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/tui/session.h"
#include "tests/unit/check.h"

static struct session *
open_at(const char *view, int rows, int cols)
{
	struct app_config c = { .view = view, .ascii = true };

	return session_new(fixture_incident(), &c, rows, cols);
}

static void
preview(struct session *s, uint64_t id, enum ask ask, const char *title,
	const char *expect, enum err_code code)
{
	struct reply r = { .id = id, .ref = 700, .kind = REPLY_PREVIEW,
			   .ask = (uint8_t)ask, .code = (uint8_t)code };

	snprintf(r.title, sizeof(r.title), "%s", title);
	snprintf(r.expect, sizeof(r.expect), "%s", expect);
	r.text = xstrdup("No new pods come; 11 jobs go on.\n\n"
			 "  kubectl cordon ip-10-0-1-10\n");
	session_reply(s, &r);
}

static void
allow_writing(struct session *s)
{
	s->f->head.place.may_write = true;
	session_publish(s);
}

/* ---- navigation ---- */

static void
test_drill_down_and_back(void **state)
{
	struct session *s = open_at("home", 24, 80);

	(void)state;
	session_keys(s, "4 enter"); /* the fourth line is a group */
	assert_screen(s, "home > nodes[amd64-general] (2)");
	assert_no_screen(s, "ip-10-0-9-4");
	session_keys(s, "enter");
	assert_screen(s, "> nodes[amd64-general] > pods[ip-10-0-1-10");
	assert_screen(s, "runner-abc-1");
	assert_no_screen(s, "runner-abc-2");
	session_keys(s, "esc");
	assert_screen(s, "nodes[amd64-general] (2)");
	session_keys(s, "esc");
	assert_screen(s, "NEEDS YOU (3)");
	session_keys(s, "esc");
	assert_screen(s, "this is the first page");
	session_free(s);
}

static void
test_commands_completion_and_history(void **state)
{
	struct session *s = open_at("home", 24, 80);

	(void)state;
	session_keys(s, ": 'no' tab");
	assert_screen(s, "|:nodes");
	session_keys(s, "enter");
	assert_screen(s, "-- nodes (4)");
	session_keys(s, ": 'pods /pending' enter");
	assert_screen(s, "-- pods (2 of 4)");
	assert_screen(s, "/pending -");
	session_keys(s, "[");
	assert_screen(s, "-- nodes (4)");
	session_keys(s, "-");
	assert_screen(s, "-- pods (4)");
	session_keys(s, "-");
	assert_screen(s, "-- nodes (4)");
	session_keys(s, "[ [");
	assert_screen(s, "NEEDS YOU");
	assert_screen(s, "no older view");
	session_keys(s, "] ]");
	assert_screen(s, "-- pods (4)");
	session_keys(s, ": up");
	assert_screen(s, "|:pods /pending");
	session_keys(s, "up");
	assert_screen(s, "|:nodes");
	session_keys(s, "esc : 'nosuch' enter");
	assert_screen(s, "no view or command \"nosuch\"");
	session_keys(s, ": 'theme da' esc : 'mode ' enter");
	assert_screen(s, ":mode advisory or :mode active");
	session_free(s);
}

static void
test_filter_live_invalid_and_cleared(void **state)
{
	struct session *s = open_at("jobs", 24, 80);

	(void)state;
	session_keys(s, "/ 'shop'");
	assert_screen(s, "jobs (4 of 5)");
	session_keys(s, "'['");
	/* Invalid while typing: the rows of before, and why. */
	assert_screen(s, "jobs (4 of 5)");
	assert_screen(s, "INVALID: filter \"shop[\"");
	session_keys(s, "enter");
	assert_screen(s, "filter \"shop[\": ");
	session_keys(s, "/ ctrl-u 'gpu' enter");
	assert_screen(s, "jobs (1 of 5)");
	session_keys(s, "/ 'xyz' esc"); /* leaving restores */
	assert_screen(s, "jobs (1 of 5)");
	session_keys(s, "/ ctrl-u 'nothing-like-it' enter");
	assert_screen(s, "none of 5 rows passes the filter");
	session_keys(s, "esc");
	assert_screen(s, "jobs (5)");
	session_free(s);
}

static void
test_sort_by_letter_and_arrows(void **state)
{
	struct session *s = open_at("groups", 24, 100);

	(void)state;
	session_keys(s, "M");
	assert_screen(s, "sorted by MIN, upward");
	session_keys(s, "M");
	assert_screen(s, "sorted by MIN, downward");
	session_keys(s, "M");
	assert_screen(s, "sorted by MAX, downward");
	session_keys(s, "shift-left");
	assert_screen(s, "sorted by RDY, downward");
	session_keys(s, "I");
	assert_screen(s, "sorted by RDY, upward");
	session_free(s);
}

/* Rows move; fingers do not. */
static void
test_cursor_stays_with_its_object(void **state)
{
	struct session *s = open_at("pods", 24, 80);

	(void)state;
	session_keys(s, "down down");
	assert_screen(s, "|> runner-abc-2");
	fixture_put(s->f, KIND_POD,
		    make_pod(s->f, "ci", "aaa-first", "", POD_PENDING, 1),
		    NULL);
	session_publish(s);
	session_frame(s);
	assert_screen(s, "aaa-first");
	assert_screen(s, "|> runner-abc-2");
	/* Gone for good: the row that took its place. */
	fixture_drop(s->f, snapshot_handle(KIND_POD, 1, 1));
	session_publish(s);
	session_frame(s);
	assert_screen(s, "|> runner-abc-3");
	session_free(s);
}

static void
test_ended_rows_stay_and_refuse_actions(void **state)
{
	struct session *s = open_at("nodes", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	assert_screen(s, "| xip-10-0-1-12");
	session_keys(s, "down down c");
	assert_screen(s, "cordon: gone, only its last state is kept");
	assert_false(session_command(s, &c));
	session_free(s);
}

static void
test_marks_go_into_one_preview(void **state)
{
	struct session *s = open_at("nodes", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	session_keys(s, "space space c");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_PREVIEW);
	assert_text_equal(c.verb, "cordon");
	assert_text_equal(c.target.name,
			  "ip-10-0-1-10.eu-west-1.compute.internal");
	assert_text_equal(c.target.uid,
			  "uid-ip-10-0-1-10.eu-west-1.compute.internal");
	assert_text_equal(c.target.rv, "100");
	assert_int_equal(c.more_n, 1);
	assert_text_equal(c.more[0].name,
			  "ip-10-0-1-11.eu-west-1.compute.internal");
	command_fini(&c);
	assert_screen(s, "cordon 2 objects?");
	session_free(s);
}

/* ---- actions ---- */

static void
test_preview_then_yes(void **state)
{
	struct session *s = open_at("nodes", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	session_keys(s, "c");
	assert_true(session_command(s, &c));
	assert_screen(s, "asking ...");
	/* Nothing can be said yes to before the preview is there. */
	session_keys(s, "y");
	preview(s, c.id, ASK_YES, "Cordon ip-10-0-1-10?", "", ERR_NONE);
	assert_screen(s, "Cordon ip-10-0-1-10?");
	assert_screen(s, "PROD  context ci-prod  account 471100000090");
	assert_screen(s, "kubectl cordon");
	assert_screen(s, "y=yes  [enter, n, esc = Cancel]");
	assert_false(session_command(s, &c));
	session_keys(s, "y");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_CONFIRM);
	assert_int_equal(c.ref, 700);
	assert_no_screen(s, "Cordon ip-10-0-1-10?");
	struct reply done = { .id = c.id, .kind = REPLY_DONE };

	snprintf(done.title, sizeof(done.title), "ip-10-0-1-10 is cordoned");
	session_reply(s, &done);
	assert_screen(s, "ip-10-0-1-10 is cordoned");
	session_free(s);
}

static void
test_enter_escape_and_n_are_cancel(void **state)
{
	static const char *const keys[] = { "enter", "esc", "n", "ctrl-c" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct session *s = open_at("nodes", 24, 80);
		struct command c;

		allow_writing(s);
		session_keys(s, "c");
		assert_true(session_command(s, &c));
		preview(s, c.id, ASK_YES, "Cordon?", "", ERR_NONE);
		session_keys(s, keys[i]);
		assert_true(session_command(s, &c));
		assert_int_equal(c.kind, COMMAND_DROP);
		assert_int_equal(c.ref, 700);
		assert_no_screen(s, "Cordon?");
		assert_false(app_wants_quit(s->app));
		session_free(s);
	}
}

/* Rule 7: keys typed before the question was on screen are not answers. */
static void
test_keys_from_before_are_discarded(void **state)
{
	struct session *s = open_at("nodes", 24, 80);
	struct command c;
	struct reply r = { .kind = REPLY_PREVIEW, .ref = 9, .ask = ASK_YES };

	(void)state;
	allow_writing(s);
	session_keys(s, "c");
	assert_true(session_command(s, &c));
	r.id = c.id;
	assert_true(port_reply(s->f->port, &r));
	app_receive(s->app);
	app_key(s->app, 'y'); /* before any frame showed it */
	assert_false(session_command(s, &c));
	app_paint(s->app);
	app_shown(s->app);
	app_key(s->app, 'y'); /* in the instant it appeared */
	assert_false(session_command(s, &c));
	assert_no_screen(s, "y=yes");
	fixture_advance(s->f, 300);
	app_tick(s->app);
	assert_screen(s, "y=yes");
	app_key(s->app, 'y');
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_CONFIRM);
	session_free(s);
}

static void
test_typed_confirmation_is_exact(void **state)
{
	struct session *s = open_at("pods", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	session_keys(s, "down ctrl-d");
	assert_true(session_command(s, &c));
	assert_text_equal(c.verb, "delete");
	preview(s, c.id, ASK_TYPED, "Delete pod ci/runner-abc-1?",
		"runner-abc-1", ERR_NONE);
	assert_screen(s, "type runner-abc-1 (esc=cancel)");
	session_keys(s, "'runner-abc-2' enter 'y' enter");
	assert_false(session_command(s, &c));
	assert_screen(s, "Delete pod ci/runner-abc-1?");
	session_keys(s, "'runner-abc-1' enter");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_CONFIRM);
	assert_text_equal(c.text, "runner-abc-1");
	session_free(s);
}

static void
test_read_only_shows_but_does_not_ask(void **state)
{
	struct session *s = open_at("nodes", 24, 80);
	struct command c;

	(void)state;
	session_keys(s, "c");
	assert_true(session_command(s, &c));
	preview(s, c.id, ASK_YES, "Cordon?", "", ERR_NONE);
	assert_screen(s, "READ-ONLY: \":write 30m REASON\" unlocks");
	session_keys(s, "y");
	assert_false(session_command(s, &c));
	session_keys(s, "esc");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_DROP);
	session_keys(s, ": 'write 30m pager says so' enter");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_UNLOCK);
	assert_int_equal(c.number, 30 * 60000);
	assert_text_equal(c.text, "pager says so");
	session_keys(s, ": 'write 30m' enter");
	assert_screen(s, ":write 30m REASON: how long, and why");
	assert_false(session_command(s, &c));
	session_free(s);
}

static void
test_refused_preview_cannot_be_confirmed(void **state)
{
	struct session *s = open_at("nodes", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	session_keys(s, "c");
	assert_true(session_command(s, &c));
	preview(s, c.id, ASK_YES, "Refused: carries the autoscaler", "",
		ERR_REFUSED);
	assert_screen(s, "Refused: carries the autoscaler");
	assert_no_screen(s, "y=yes");
	session_keys(s, "y");
	assert_true(!session_command(s, &c) || c.kind == COMMAND_DROP);
	session_free(s);
}

static void
test_argument_is_asked_for_a_fixed_object(void **state)
{
	struct session *s = open_at("home", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	session_keys(s, "m"); /* the first alarm is about amd64-general */
	assert_screen(s, "New maximum of amd64-general");
	session_keys(s, "'25' enter");
	assert_true(session_command(s, &c));
	assert_text_equal(c.verb, "limits");
	assert_text_equal(c.args, "max=25");
	assert_text_equal(c.target.name, "amd64-general");
	assert_int_equal(c.target.handle.kind, KIND_GROUP);
	session_keys(s, "esc a"); /* act: the alarm's own fix */
	assert_screen(s, "New maximum of amd64-general");
	session_keys(s, "'min=2' enter");
	assert_true(session_command(s, &c));
	assert_text_equal(c.args, "min=2");
	session_free(s);
}

static void
test_acts_by_name(void **state)
{
	struct session *s = open_at("home", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	session_keys(s, ": 'scale arm64-spot +2' enter");
	assert_true(session_command(s, &c));
	assert_text_equal(c.verb, "scale");
	assert_text_equal(c.args, "+2");
	assert_text_equal(c.target.name, "arm64-spot");
	session_keys(s, "esc : 'delete pod ci/runner-abc-1' enter");
	assert_true(session_command(s, &c));
	assert_text_equal(c.verb, "delete");
	assert_text_equal(c.target.ns, "ci");
	assert_text_equal(c.target.name, "runner-abc-1");
	session_keys(s, "esc : 'scale arm64-spot' enter");
	assert_screen(s, ":scale arm64-spot ARGUMENT");
	session_keys(s, ": 'cordon nobody' enter");
	assert_screen(s, "cordon: no node \"nobody\" here");
	session_keys(s, ": 'scale am'");
	assert_screen(s, "|:scale amd64-general");
	session_free(s);
}

static void
test_late_preview_is_dropped(void **state)
{
	struct session *s = open_at("nodes", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	session_keys(s, "c");
	assert_true(session_command(s, &c));
	session_keys(s, "esc"); /* the person went on */
	preview(s, c.id, ASK_YES, "Cordon?", "", ERR_NONE);
	assert_no_screen(s, "Cordon?");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_DROP);
	assert_int_equal(c.ref, 700);
	session_free(s);
}

static void
test_panic_mode_and_approval_ask_once(void **state)
{
	struct session *s = open_at("home", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	session_keys(s, "!");
	assert_screen(s, "Panic: stop everything paddock does?");
	session_keys(s, "y");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_PANIC);
	session_keys(s, ": 'mode active' enter");
	assert_screen(s, "each step approved by you");
	session_keys(s, "y");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_MODE);
	assert_int_equal(c.number, MODE_APPROVAL);
	s->f->head.engine.mode = MODE_APPROVAL;
	s->f->head.engine.awaiting_approval = true;
	snprintf(s->f->head.engine.next_step, 80, "scale amd64-general 4>7");
	session_publish(s);
	assert_screen(s, "STEP WAITS: a");
	session_keys(s, "a");
	assert_screen(s, "scale amd64-general 4>7");
	session_keys(s, "y");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_APPROVE);
	assert_text_equal(c.text, "scale amd64-general 4>7");
	session_free(s);
}

static void
test_quit_waits_for_operations(void **state)
{
	struct session *s = open_at("home", 24, 80);
	struct act *act;

	(void)state;
	act = seal_begin(s->f->seal, sizeof(*act));
	act->by = ACT_BY_PADDOCK;
	act->outcome = ACT_RUNNING;
	fixture_put(s->f, KIND_ACT, record_seal(s->f->seal, KIND_ACT), NULL);
	session_publish(s);
	assert_screen(s, "ops 1");
	session_keys(s, "ctrl-c");
	assert_screen(s, "Quit while 1 operation runs?");
	assert_false(app_wants_quit(s->app));
	session_keys(s, "n");
	assert_false(app_wants_quit(s->app));
	session_keys(s, "ctrl-c y");
	assert_true(app_wants_quit(s->app));
	session_free(s);
}

static void
test_suspend_is_refused_while_leading(void **state)
{
	struct session *s = open_at("home", 24, 80);

	(void)state;
	session_keys(s, "ctrl-z");
	assert_true(app_take_suspend(s->app));
	s->f->head.engine.lead = LEAD_PADDOCK;
	session_publish(s);
	session_keys(s, "ctrl-z");
	assert_false(app_take_suspend(s->app));
	assert_screen(s, "paddock leads: a suspended engine");
	session_free(s);
}

/* ---- texts ---- */

static void
test_logs_follow_pause_and_count(void **state)
{
	struct session *s = open_at("jobs", 14, 80);
	struct command c;
	char line[64];

	(void)state;
	session_keys(s, "down down l"); /* 90002 */
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_OPEN_STREAM);
	assert_int_equal(c.what, STREAM_LOGS);
	assert_text_equal(c.target.name, "runner-abc-2");
	assert_screen(s, "opening");
	for (int i = 0; i < 30; i++) {
		snprintf(line, sizeof(line),
			 "2026-02-18T03:00:%02dZ \033[31mline %d\033[0m\n", i,
			 i);
		fixture_stream(s->f, c.ref, line, STREAM_OPEN);
	}
	session_publish(s);
	session_frame(s);
	assert_screen(s, "21-30 of 30  following");
	assert_screen(s, "|line 29");
	assert_no_screen(s, "2026-02-18T03:00:29Z");
	session_keys(s, "t");
	assert_screen(s, "|2026-02-18T03:00:29Z line 29");
	session_keys(s, "t up up");
	assert_screen(s, "19-28 of 30  paused");
	fixture_stream(s->f, c.ref, "2026-02-18T03:01:00Z more\nand more\n",
		       STREAM_OPEN);
	session_publish(s);
	session_frame(s);
	assert_screen(s, "19-28 of 32  +2 new  paused");
	assert_screen(s, "|line 18"); /* nothing moved */
	fixture_stream_drop(s->f, c.ref, 10);
	session_publish(s);
	session_frame(s);
	assert_screen(s, "10 lines let go");
	assert_screen(s, "|line 18");
	session_keys(s, "G");
	assert_no_screen(s, "new");
	session_keys(s, "s");
	assert_screen(s, "following");
	session_keys(s, "esc");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_CLOSE_STREAM);
	session_free(s);
}

static void
test_search_in_text(void **state)
{
	struct session *s = open_at("jobs", 14, 80);

	(void)state;
	session_keys(s, "? / 'theme' enter");
	assert_screen(s, ":theme");
	session_keys(s, "n N / 'nothing-like-this' enter");
	assert_screen(s, "no match for \"nothing-like-this\"");
	session_keys(s, "/ ctrl-u 'a[' enter");
	assert_screen(s, "search: ");
	session_free(s);
}

static void
test_why_of_an_alarm_and_of_a_group(void **state)
{
	struct session *s = open_at("home", 24, 80);
	struct command c;

	(void)state;
	session_keys(s, "enter");
	assert_screen(s, "CRIT for 22m: amd64-general at max");
	assert_screen(s, "second reason");
	assert_screen(s, "The commonest fix: m=raise max");
	assert_false(session_command(s, &c));
	session_keys(s, "esc 4 W");
	assert_true(session_command(s, &c));
	assert_int_equal(c.what, STREAM_WHY);
	assert_int_equal(c.target.handle.kind, KIND_GROUP);
	assert_screen(s, "why group amd64-general");
	session_free(s);
}

static void
test_decision_shows_every_refusal(void **state)
{
	struct session *s = open_at("decisions", 24, 80);

	(void)state;
	session_keys(s, "down enter");
	assert_screen(s, "SUBJECT      amd64-general");
	assert_screen(s, "untolerated taint {dedicated: management}");
	session_free(s);
}

static void
test_help_lists_what_works_here(void **state)
{
	struct session *s = open_at("nodes", 120, 100);

	(void)state;
	session_keys(s, "?");
	assert_screen(s, "c                  cordon      Cordon: no new pods");
	assert_screen(s, "ctrl-w             wide");
	assert_screen(s, "SCALE-DOWN");
	assert_screen(s, ":write     30m REASON");
	assert_screen(s, ":scale     NAME ARGUMENT");
	session_keys(s, "?");
	assert_no_screen(s, ":write     30m REASON");
	session_free(s);
}

static void
test_paste_is_text_never_keys(void **state)
{
	struct session *s = open_at("nodes", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	app_paste(s->app, "c\ny\n!", 5);
	assert_screen(s, "pasted text is not taken for keys");
	assert_false(session_command(s, &c));
	session_keys(s, "/");
	app_paste(s->app, "amd64\nrm -rf", 12);
	assert_screen(s, "|/amd64");
	assert_no_screen(s, "rm -rf");
	session_free(s);
}

/* ---- data that is old or missing ---- */

static void
test_old_and_missing_data_say_so(void **state)
{
	struct session *s = open_at("groups", 24, 120);
	struct source_status *aws = &s->f->head.source[SOURCE_AWS];

	(void)state;
	aws->state = SOURCE_STALE;
	snprintf(aws->trouble, sizeof(aws->trouble), "credentials expired");
	aws->good_boot_ms = s->f->boot_ms - MINUTES(4);
	s->f->head.engine.loop_ms -= MINUTES(10);
	session_publish(s);
	assert_screen(s, "aws STALE 4m");
	assert_screen(s, "credentials expired");
	assert_screen(s, "amd64-general"); /* still there */
	assert_screen(s, "loop 10m ago");
	session_free(s);

	struct app_config c = { .view = "groups", .ascii = true };
	struct fixture *f = fixture_new();

	f->head.source[SOURCE_AWS].state = SOURCE_FAILED;
	snprintf(f->head.source[SOURCE_AWS].trouble, 80, "access denied");
	s = session_new(f, &c, 24, 80);
	assert_screen(s, "aws FAILED");
	assert_screen(s, "? aws failed: access denied");
	session_free(s);
}

static void
test_write_countdown_and_clock(void **state)
{
	struct session *s = open_at("home", 24, 100);

	(void)state;
	allow_writing(s);
	s->f->head.place.write_until_boot_ms = s->f->boot_ms + MINUTES(30);
	s->f->head.clock.speed_milli = 30000;
	session_publish(s);
	session_frame(s);
	assert_screen(s, "WRITE 29m");
	assert_screen(s, "x30 ");
	fixture_advance(s->f, MINUTES(31));
	app_tick(s->app);
	assert_screen(s, "READ-ONLY");
	session_free(s);
}

SUITE(tui_console,
      TEST(test_drill_down_and_back),
      TEST(test_commands_completion_and_history),
      TEST(test_filter_live_invalid_and_cleared),
      TEST(test_sort_by_letter_and_arrows),
      TEST(test_cursor_stays_with_its_object),
      TEST(test_ended_rows_stay_and_refuse_actions),
      TEST(test_marks_go_into_one_preview),
      TEST(test_preview_then_yes),
      TEST(test_enter_escape_and_n_are_cancel),
      TEST(test_keys_from_before_are_discarded),
      TEST(test_typed_confirmation_is_exact),
      TEST(test_read_only_shows_but_does_not_ask),
      TEST(test_refused_preview_cannot_be_confirmed),
      TEST(test_argument_is_asked_for_a_fixed_object),
      TEST(test_acts_by_name),
      TEST(test_late_preview_is_dropped),
      TEST(test_panic_mode_and_approval_ask_once),
      TEST(test_quit_waits_for_operations),
      TEST(test_suspend_is_refused_while_leading),
      TEST(test_logs_follow_pause_and_count),
      TEST(test_search_in_text),
      TEST(test_why_of_an_alarm_and_of_a_group),
      TEST(test_decision_shows_every_refusal),
      TEST(test_help_lists_what_works_here),
      TEST(test_paste_is_text_never_keys),
      TEST(test_old_and_missing_data_say_so),
      TEST(test_write_countdown_and_clock));
