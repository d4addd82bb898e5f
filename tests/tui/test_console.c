/*
 * What the console does: navigation, selection by identity, texts, prompts; all
 * without a terminal.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tui/session.h"
#include "tests/unit/check.h"

static struct session *
open_at(const char *view, int rows, int cols)
{
	struct app_config c = { .view = view, .ascii = true };

	return session_new(fixture_incident(), &c, rows, cols);
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
	assert_screen(s, "-- home > nodes[amd64-gene~> pods[ip-10-0-1-10.");
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
	assert_screen(s, "INVALID: filter: \"shop[\"");
	session_keys(s, "enter");
	assert_screen(s, "filter: \"shop[\": ");
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
	session_keys(s, "down");
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

/* Tables and texts under the top one must not keep an old world alive. */
static void
test_covered_panes_hold_no_old_world(void **state)
{
	struct session *s = open_at("nodes", 24, 80);
	struct command c;
	struct page *old;

	(void)state;
	session_keys(s, "down enter l");
	while (session_command(s, &c))
		if (c.kind == COMMAND_OPEN_STREAM)
			break;
	fixture_stream(s->f, c.ref, "a line\n", STREAM_OPEN);
	session_publish(s);
	session_frame(s);
	session_keys(s, "?");
	old = page_ref(s->f->table[KIND_NODE].pages.at[0]);
	fixture_end(s->f, snapshot_handle(KIND_NODE, 0, 1));
	session_publish(s);
	session_frame(s);
	assert_int_equal(atomic_load(&old->refs), 1);
	page_unref(old);
	/* All of it is there again on the way back, at the same row. */
	session_keys(s, "esc");
	assert_screen(s, "|a line");
	session_keys(s, "esc esc");
	assert_screen(s, "|> ip-10-0-1-11");
	assert_screen(s, "| xip-10-0-1-10");
	session_free(s);
}

/* The end of a pod's name tells it from its sisters. */
static void
test_long_names_are_cut_in_the_middle(void **state)
{
	struct session *s = open_at("pods", 12, 44);

	(void)state;
	fixture_put(s->f, KIND_POD,
		    make_pod(s->f, "ci",
			     "runner-su2rysq4h-project-1241-concurrent-3-x9z1",
			     "", POD_PENDING, 1),
		    NULL);
	fixture_put(s->f, KIND_POD,
		    make_pod(s->f, "ci",
			     "日本語日本語日本語日本語日本語日本語日本", "",
			     POD_PENDING, 1),
		    NULL);
	session_publish(s);
	session_frame(s);
	assert_screen(s, "urrent-3-x9z1");
	assert_screen(s, "runner-");
	assert_screen(s, "日本語~");
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

/* Nothing to read is never an empty page. */
static void
test_a_log_without_a_line_says_why(void **state)
{
	struct session *s = open_at("jobs", 14, 80);
	struct command c;

	(void)state;
	session_keys(s, "down down l");
	assert_true(session_command(s, &c));
	assert_screen(s, "|opening ...");
	fixture_stream(s->f, c.ref, "", STREAM_OPEN);
	session_publish(s);
	session_frame(s);
	assert_screen(s, "|no line yet");
	fixture_stream(s->f, c.ref, "", STREAM_ENDED);
	session_publish(s);
	session_frame(s);
	assert_screen(s, "|ended without a line");
	session_free(s);
}

/* From a line of the plan to all of it, and to its history. */
static void
test_plan_goes_deeper(void **state)
{
	struct session *s = open_at("plan", 24, 80);

	(void)state;
	assert_screen(s, "|> grow   arm64-spot");
	session_keys(s, "down enter");
	assert_screen(s, "TO CLEAR IT  raise amd64-general's maximum");
	assert_screen(s, "not amd64-general: max node group size reached");
	session_keys(s, "esc / 'keep' enter");
	assert_screen(s, "plan (2 of 4)");
	session_keys(s, "esc ctrl-f");
	assert_screen(s, "|> refuse ci/runner-abc-1");
	session_keys(s, "ctrl-f up D");
	assert_screen(s, "decisions[arm64-spot] (0)");
	session_free(s);
}

/* What follows from another line stands behind it, however old. */
static void
test_causes_stand_before_symptoms(void **state)
{
	struct session *s = open_at("home", 24, 80);
	struct handle none = { 0 };
	struct alarm *late = make_alarm(s->f, "late", SEVERITY_CRIT, 300,
					"jobs are late", none, "", "");

	(void)state;
	late->follows = true;
	fixture_put(s->f, KIND_ALARM, late, NULL);
	session_publish(s);
	session_frame(s);
	assert_screen(s, "1 CRIT  22m amd64-general at max");
	assert_screen(s, "2 CRIT 5h00 jobs are late");
	session_free(s);
}

/* Lost jobs: unknown, of few minutes, at least so many. */
static void
test_lost_says_how_long_was_watched(void **state)
{
	static const struct {
		int32_t lost;
		int minutes;
		const char *says;
	} cases[] = {
		{ -1, 0, "LOST ?/30m" },
		{ 0, 5, "LOST 0/5m" },
		{ 3, 0, "LOST 3+/30m: 3 spot" },
		{ 3, 30, "LOST 3/30m: 3 spot" },
		{ 0, 30, "LOST 0/30m" },
	};
	struct session *s = open_at("home", 24, 80);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fleet *f = &s->f->head.fleet;

		f->lost_30m = cases[i].lost;
		f->lost_spot = cases[i].lost > 0 ? cases[i].lost : 0;
		f->lost_image = 0;
		f->lost_watched_ms = cases[i].minutes * INT64_C(60000);
		session_publish(s);
		session_frame(s);
		assert_screen(s, cases[i].says);
	}
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
	/* The alarm, its remedy and what it is about, as one answer. */
	session_keys(s, "enter");
	assert_true(session_command(s, &c));
	assert_int_equal(c.what, STREAM_WHY);
	assert_int_equal(c.target.handle.kind, KIND_ALARM);
	assert_screen(s, "why alarm at-max/amd64-general");
	session_keys(s, "esc");
	while (session_command(s, &c)) /* the closing of the stream */
		;
	session_keys(s, "4 W");
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

/* The one file of a folder (new), and its text (new). */
static char *
only_file(const char *dir, char **text)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char *path = NULL;

	assert_non_null(d);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		assert_null(path);
		path = xasprintf("%s/%s", dir, e->d_name);
	}
	closedir(d);
	assert_non_null(path);
	*text = read_fixture(path, NULL);
	return path;
}

static void
test_saves_tables_and_texts(void **state)
{
	char *dir = temporary_new(), *saved = xasprintf("%s/saved", dir);
	struct app_config c = { .view = "groups", .ascii = true,
				.state_dir = dir };
	struct session *s = session_new(fixture_incident(), &c, 24, 80);
	char *path, *text;

	(void)state;
	session_keys(s, "/ 'spot' enter ctrl-s");
	assert_screen(s, "|saved ");
	path = only_file(saved, &text);
	assert_text_contains(path, "groups-20260218T0307");
	assert_text_contains(text, "name,min,desired");
	assert_text_contains(text, "arm64-spot,0,4,1,1,6");
	assert_null(strstr(text, "amd64-general"));
	unlink(path);
	free(path);
	free(text);
	session_keys(s, "v ctrl-s");
	path = only_file(saved, &text);
	assert_text_contains(path, ".txt");
	assert_text_contains(text, "GROUP        arm64-spot\n");
	free(path);
	free(text);
	session_free(s);
	/* What was typed is there at the next start. */
	s = session_new(fixture_incident(), &c, 24, 80);
	session_keys(s, "/ up");
	assert_screen(s, "|/spot");
	session_free(s);
	free(saved);
	temporary_remove(dir);
}

static void
test_namespace_holds_for_tables_opened_later(void **state)
{
	struct session *s = open_at("pods", 24, 80);

	(void)state;
	fixture_put(s->f, KIND_POD,
		    make_pod(s->f, "kube-system", "coredns-1", "", POD_RUNNING,
			     9),
		    NULL);
	session_publish(s);
	session_keys(s, "2");
	assert_screen(s, "namespace kube-system (0: all)");
	assert_screen(s, "pods (1)");
	session_keys(s, ": 'nodes' enter");
	assert_screen(s, "nodes (4)"); /* they have none */
	session_keys(s, ": 'pods' enter");
	assert_screen(s, "pods (1)");
	assert_screen(s, "ns kube-system");
	session_keys(s, "0");
	assert_screen(s, "pods (5)");
	session_keys(s, "7");
	assert_screen(s, "pods has rows of 2 namespaces");
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
      TEST(test_covered_panes_hold_no_old_world),
      TEST(test_long_names_are_cut_in_the_middle),
      TEST(test_logs_follow_pause_and_count),
      TEST(test_search_in_text),
      TEST(test_a_log_without_a_line_says_why),
      TEST(test_lost_says_how_long_was_watched),
      TEST(test_causes_stand_before_symptoms),
      TEST(test_plan_goes_deeper),
      TEST(test_why_of_an_alarm_and_of_a_group),
      TEST(test_decision_shows_every_refusal),
      TEST(test_help_lists_what_works_here),
      TEST(test_paste_is_text_never_keys),
      TEST(test_saves_tables_and_texts),
      TEST(test_namespace_holds_for_tables_opened_later),
      TEST(test_old_and_missing_data_say_so),
      TEST(test_write_countdown_and_clock));
