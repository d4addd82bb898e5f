/*
 * Acting in the console: marks, preview, confirmation, read-only, refusal,
 * the questions it asks for itself.
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

static void
test_ended_rows_stay_and_refuse_actions(void **state)
{
	struct session *s = open_at("nodes", 24, 80);
	struct command c;

	(void)state;
	allow_writing(s);
	assert_screen(s, "| xip-10-0-1-12");
	/* Behind all that live, whatever the order. */
	session_keys(s, "G c");
	assert_screen(s, "|>xip-10-0-1-12");
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
	/* Of several objects: the lines of all. */
	done = (struct reply){ .id = c.id, .kind = REPLY_DONE,
			       .code = ERR_PARTIAL };
	snprintf(done.title, sizeof(done.title), "cordon");
	done.text = xstrdup("node-a: cordoned\nnode-b: not there\n");
	session_reply(s, &done);
	assert_screen(s, "cordon: node-a: cordoned ...");
	assert_screen(s, "nodes > cordon 1-2 of 2");
	assert_screen(s, "|node-b: not there");
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

/* A snapshot that came after the last frame: the page still shows lines of the
 * one before. */
static void
test_fix_of_a_line_whose_alarm_changed(void **state)
{
	struct session *s = open_at("home", 24, 80);
	struct handle group = { 1, 1, KIND_GROUP };

	(void)state;
	allow_writing(s);
	session_keys(s, "down up");
	fixture_set(s->f, snapshot_handle(KIND_ALARM, 0, 1),
		    make_alarm(s->f, "at-max/amd64-general", SEVERITY_CRIT, 23,
			       "other words", group, "limits", "m=raise max"),
		    NULL);
	fixture_publish(s->f);
	app_receive(s->app);
	fixture_publish(s->f);
	app_receive(s->app);
	app_key(s->app, 'a');
	assert_screen(s, "New maximum of amd64-general");
	session_free(s);
}

/* What was selected is gone: its neighbour, not the top. */
static void
test_home_cursor_stays_where_it_was(void **state)
{
	struct session *s = open_at("home", 24, 80);

	(void)state;
	session_keys(s, "down down");
	assert_screen(s, "|>3 WARN  11m arm64-spot");
	fixture_drop(s->f, snapshot_handle(KIND_ALARM, 1, 1));
	session_publish(s);
	session_frame(s);
	assert_screen(s, "|>amd64-general"); /* the line that came there */
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

/* Before it is enabled: how far both agreed, and where they differed, what
 * removes nodes before what adds some, whatever came last. */
static void
test_differences_are_shown_scale_downs_first(void **state)
{
	struct session *s = open_at("home", 40, 110);
	const char *down, *up;
	char *screen;

	(void)state;
	fixture_put(s->f, KIND_DECISION,
		    make_decision(s->f, 21, 1, "shadow", "differs: scale up",
				  "arm64-spot", "1>3", "CA did; not needed",
				  ""), NULL);
	fixture_put(s->f, KIND_DECISION,
		    make_decision(s->f, 20, 30, "shadow",
				  "differs: scale down", "ip-10-0-1-9", "",
				  "CA did; paddock keeps it: Held", ""),
		    NULL);
	s->f->head.engine.lead = LEAD_CA;
	s->f->head.engine.shadow_acts = 50;
	s->f->head.engine.shadow_agreed = 48;
	s->f->head.engine.shadow_downs = 1;
	snprintf(s->f->head.engine.shadow, sizeof(s->f->head.engine.shadow),
		 "shadowed 3h12m: 96%% of 50 acts agree");
	allow_writing(s);
	assert_screen(s, "agrees 96% of 50");
	session_keys(s, ": 'mode active' enter");
	assert_screen(s, "shadowed 3h12m");
	screen = session_text(s, false);
	down = strstr(screen, "down ip-10-0-1-9");
	up = strstr(screen, "up   arm64-spot 1>3: CA did");
	assert_true(down && up && down < up);
	free(screen);
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
under_way(struct session *s, enum act_by by)
{
	struct act *act = seal_begin(s->f->seal, sizeof(*act));

	act->by = (uint8_t)by;
	act->outcome = ACT_RUNNING;
	fixture_put(s->f, KIND_ACT, record_seal(s->f->seal, KIND_ACT), NULL);
	session_publish(s);
}

/* The engine's and the person's own; not what the deployed autoscaler does. */
static void
test_quit_waits_for_operations(void **state)
{
	struct session *s = open_at("home", 24, 80);

	(void)state;
	under_way(s, ACT_BY_CA);
	assert_screen(s, "ops 0");
	under_way(s, ACT_BY_PERSON);
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

SUITE(tui_acts,
      TEST(test_ended_rows_stay_and_refuse_actions),
      TEST(test_marks_go_into_one_preview),
      TEST(test_preview_then_yes),
      TEST(test_enter_escape_and_n_are_cancel),
      TEST(test_keys_from_before_are_discarded),
      TEST(test_typed_confirmation_is_exact),
      TEST(test_read_only_shows_but_does_not_ask),
      TEST(test_refused_preview_cannot_be_confirmed),
      TEST(test_argument_is_asked_for_a_fixed_object),
      TEST(test_fix_of_a_line_whose_alarm_changed),
      TEST(test_home_cursor_stays_where_it_was),
      TEST(test_acts_by_name),
      TEST(test_late_preview_is_dropped),
      TEST(test_differences_are_shown_scale_downs_first),
      TEST(test_panic_mode_and_approval_ask_once),
      TEST(test_quit_waits_for_operations),
      TEST(test_suspend_is_refused_while_leading));
