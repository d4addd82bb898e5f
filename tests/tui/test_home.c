/*
 * Home when much is wrong at once: on a small terminal nobody may have to guess
 * the end of an alarm while lines stand empty.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/tui/session.h"
#include "tests/unit/check.h"

static const struct handle none;

static void
add_alarm(struct fixture *f, const char *id, int severity, int minutes,
	  const char *text)
{
	fixture_put(f, KIND_ALARM,
		    make_alarm(f, id, severity, minutes, text, none, "", ""),
		    NULL);
}

static struct session *
open_home(struct fixture *f, int rows, int cols)
{
	struct app_config c = { .view = "home", .ascii = true };

	return session_new(f, &c, rows, cols);
}

static struct fixture *
fixture_live(void)
{
	struct fixture *f = fixture_new();

	for (int i = 0; i < SOURCE_COUNT; i++)
		f->head.source[i].state = SOURCE_LIVE;
	f->head.loaded_kinds = ~UINT64_C(0);
	return f;
}

static const char launches[] =
	"arm64-spot 3 launches refused, 20 jobs wait, not tried before 10:34: "
	"no Spot capacity in eu-west-1a";

static void
test_words_go_on_below(void **state)
{
	struct fixture *f = fixture_live();
	struct session *s;

	(void)state;
	add_alarm(f, "refused/arm64-spot", SEVERITY_CRIT, 28, launches);
	add_alarm(f, "queue/arm64", SEVERITY_WARN, 29,
		  "tag \"arm64\": 14 jobs wait, runner limit 20/20: "
		  "gitlab-runner-arm64-production");
	s = open_home(f, 24, 80);
	assert_screen(s, "|>1 CRIT  28m arm64-spot 3 launches refused, 20 jobs "
			 "wait, not tried before");
	assert_screen(s, "|             10:34: no Spot capacity in "
			 "eu-west-1a");
	assert_screen(s, "|             gitlab-runner-arm64-production");
	/* The words below are the same line to keys. */
	session_keys(s, "down");
	assert_screen(s, "|>2 WARN  29m");
	session_keys(s, "up");
	assert_screen(s, "|>1 CRIT  28m");
	session_free(s);
}

/* Every alarm has a line before any has two; the critical ones come first to
 * their words. */
static void
test_lines_before_words(void **state)
{
	struct fixture *f = fixture_live();
	struct session *s;
	char id[20];

	(void)state;
	add_alarm(f, "refused/arm64-spot", SEVERITY_CRIT, 28, launches);
	for (int i = 0; i < 8; i++) {
		snprintf(id, sizeof(id), "queue/%d", i);
		add_alarm(f, id, SEVERITY_WARN, 20 - i,
			  "tag \"arm64\": 14 jobs wait, runner limit 20/20: "
			  "gitlab-runner-arm64-production");
	}
	s = open_home(f, 24, 80);
	assert_screen(s, "NEEDS YOU (9)");
	assert_screen(s, "| 9 WARN  13m");
	assert_screen(s, "|             10:34: no Spot capacity in "
			 "eu-west-1a");
	session_free(s);
}

/* Where nothing is to spare the end is cut, and says so. */
static void
test_no_room_at_all(void **state)
{
	struct fixture *f = fixture_live();
	struct session *s;
	char id[20];

	(void)state;
	add_alarm(f, "refused/arm64-spot", SEVERITY_CRIT, 28, launches);
	for (int i = 0; i < 30; i++) {
		snprintf(id, sizeof(id), "z/%d", i);
		add_alarm(f, id, SEVERITY_WARN, 5, "one more");
	}
	s = open_home(f, 24, 80);
	assert_screen(s, "of 31)");
	assert_screen(s, "not tried before 10:3~");
	/* Only what a key picks is numbered. */
	assert_screen(s, "|   WARN   5m one more");
	session_free(s);
}

/* On any terminal: the first alarm, and what free slots depend on. */
static void
test_forty_columns(void **state)
{
	struct session *s = open_home(fixture_incident(), 10, 40);

	(void)state;
	assert_screen(s, "FREE SLOTS 0 = min(*group max 0*)");
	assert_screen(s, "NEEDS YOU (3)");
	assert_screen(s, "|>1 CRIT  22m amd64-general at max 20/20;");
	/* The rest is below. */
	session_keys(s, "G");
	assert_screen(s, "| TAG              N OLDEST");
	assert_screen(s, "|>arm64 ");
	session_keys(s, "g");
	assert_screen(s, "|>1 CRIT  22m amd64-general");
	session_free(s);
}

/* What only kubernetes tells is not zero when it says nothing. */
static void
test_pods_unknown(void **state)
{
	struct fixture *f = fixture_live();
	struct session *s;

	(void)state;
	f->head.loaded_kinds = UINT64_C(1) << KIND_JOB;
	f->head.fleet.waiting = 0;
	f->head.fleet.running = 50;
	s = open_home(f, 24, 160);
	assert_screen(s, "WAITING 0+  RUNNING 50");
	assert_screen(s, "NODES ?  PODS ?");
	assert_no_screen(s, "no jobs wait");
	session_free(s);
}

/* A name that is longer than its column is seen to be. */
static void
test_long_names(void **state)
{
	struct fixture *f = fixture_live();
	struct session *s;

	(void)state;
	fixture_put(f, KIND_GROUP,
		    make_group(f, "amd64-general-production", 1, 2, 3),
		    NULL);
	s = open_home(f, 24, 80);
	assert_screen(s, "|>amd64-general~   1   2");
	session_free(s);
}

/* Many causes of loss push nothing off the line; a cut line says so. */
static void
test_many_causes_of_loss(void **state)
{
	struct fixture *f = fixture_incident();
	struct session *s;

	(void)state;
	f->head.fleet.lost_30m = 26;
	f->head.fleet.lost_spot = 4;
	f->head.fleet.lost_image = 3;
	f->head.fleet.lost_memory = 12;
	f->head.fleet.lost_evicted = 2;
	f->head.fleet.lost_other = 5;
	s = open_home(f, 24, 80);
	assert_screen(s, "LOST 26/30m: 12 memory +14  START p90 6m02");
	session_free(s);
	f = fixture_incident();
	s = open_home(f, 24, 50);
	assert_screen(s, "|WAITING 143 oldest 1h04  RUNNING 214  LOST 9/30m:~");
	session_free(s);
}

SUITE(tui_home,
      TEST(test_words_go_on_below),
      TEST(test_lines_before_words),
      TEST(test_no_room_at_all),
      TEST(test_forty_columns),
      TEST(test_pods_unknown),
      TEST(test_long_names),
      TEST(test_many_causes_of_loss));
