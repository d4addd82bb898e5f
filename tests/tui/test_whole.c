/*
 * The whole program on a pty: `paddock demo` beside this test's own binary, as
 * somebody new would use it.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/base/mem.h"
#include "tests/tui/term.h"
#include "tests/unit/check.h"

struct program {
	char path[PATH_MAX];
	char *state; /* owned; a private XDG_STATE_HOME */
	const char *scenario;
	const char *locale; /* NULL: C.UTF-8 */
};

/* The console built like this test; skips when it is not there. */
static bool
find_program(struct program *p)
{
	ssize_t n = readlink("/proc/self/exe", p->path, sizeof(p->path) - 16);
	char *slash;

	if (n <= 0)
		return false;
	p->path[n] = '\0';
	slash = strrchr(p->path, '/');
	snprintf(slash + 1, 16, "paddock-sim");
	if (access(p->path, X_OK) != 0)
		return false;
	snprintf(slash + 1, 16, "paddock");
	if (access(p->path, X_OK) != 0)
		return false;
	p->state = temporary_new();
	return true;
}

static int
run_program(void *ctx)
{
	struct program *p = ctx;

	setenv("XDG_STATE_HOME", p->state, 1);
	setenv("LC_ALL", p->locale ? p->locale : "C.UTF-8", 1);
	execl(p->path, "paddock", "demo", p->scenario, "--speed", "30",
	      (char *)NULL);
	return 127;
}

static struct term *
open_demo(struct program *p)
{
	if (!find_program(p))
		skip();
	return term_open(24, 80, run_program, p);
}

static void
test_at_max_is_seen_and_raised(void **state)
{
	struct program p = { .scenario = "at-max" };
	struct term *t;
	char *journal;

	(void)state;
	t = open_demo(&p);
	term_wait(t, "SIM  paddock-sim");
	term_wait(t, "AT MAX");
	term_wait(t, "amd64-general at max 6/6");
	/* The commonest fix is four keys away. */
	term_type(t, "m");
	term_wait(t, "New maximum of amd64-general");
	term_type(t, "9\r");
	term_wait(t, "y=yes");
	term_wait(t, "aws autoscaling update-auto-scaling-group");
	term_type(t, "y");
	term_wait_gone(t, "AT MAX");
	/* Every view opens on live data. */
	term_type(t, ":nodes\r");
	term_wait(t, "ip-10-0-");
	term_type(t, ":jobs\r");
	term_wait(t, "  queued  ");
	term_type(t, ":journal\r");
	term_wait(t, "limits");
	term_type(t, ":events\r");
	term_wait(t, "Scheduled");
	term_resize(t, 48, 160);
	term_type(t, "~");
	term_wait(t, "p50 ");
	term_type(t, "\003");
	assert_int_equal(WEXITSTATUS(term_wait_exit(t)), 0);
	assert_false(term_alternate(t));
	assert_true(term_is_cooked(t));
	term_free(t);
	/* What was done is on disk. */
	journal = xasprintf("%s/paddock/journal.jsonl", p.state);
	assert_int_equal(access(journal, R_OK), 0);
	free(journal);
	temporary_remove(p.state);
}

static void
test_terminated_program_restores_the_terminal(void **state)
{
	struct program p = { .scenario = "quiet-day" };
	struct term *t;

	(void)state;
	t = open_demo(&p);
	term_wait(t, "NEEDS YOU");
	kill(term_pid(t), SIGTERM);
	term_wait_exit(t);
	assert_false(term_alternate(t));
	assert_true(term_cursor_visible(t));
	assert_true(term_is_cooked(t));
	term_free(t);
	temporary_remove(p.state);
}

/* The simulated cloud that this paddock started: its only child. */
static pid_t
cloud_of(pid_t console)
{
	char path[64], text[64];
	FILE *f;
	long pid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", console,
		 console);
	f = fopen(path, "re");
	assert_non_null(f);
	if (fgets(text, sizeof(text), f))
		pid = strtol(text, NULL, 10);
	fclose(f);
	assert_true(pid > 1);
	return (pid_t)pid;
}

/* Rule 12: when every server is gone the screen says so, judges nothing by what
 * it cannot see, keeps what it has, and works on. */
static void
test_every_server_is_gone(void **state)
{
	struct program p = { .scenario = "quiet-day" };
	struct term *t;

	(void)state;
	t = open_demo(&p);
	term_wait(t, "CA leads");
	term_wait(t, "amd64-general");
	kill(cloud_of(term_pid(t)), SIGKILL);
	term_wait(t, "k8s STALE");
	term_wait(t, "kubernetes: https://127.0.0.1");
	term_wait(t, "leader ?");
	assert_null(strstr(term_text(t), "autoscaler"));
	term_type(t, ":nodes\r");
	term_wait(t, "ip-10-0-");
	term_type(t, "/management\r");
	term_wait(t, "/management");
	term_type(t, "\003");
	assert_int_equal(WEXITSTATUS(term_wait_exit(t)), 0);
	assert_true(term_is_cooked(t));
	term_free(t);
	temporary_remove(p.state);
}

/* LANG=C is a terminal that knows nothing beyond ASCII. */
static void
test_plain_c_is_ascii(void **state)
{
	struct program p = { .scenario = "at-max", .locale = "C" };
	struct term *t;

	(void)state;
	t = open_demo(&p);
	term_wait(t, "AT MAX");
	term_wait(t, "#"); /* the chart */
	term_type(t, ":jobs\r");
	term_wait(t, "  queued  ");
	term_wait(t, "~"); /* cut */
	for (const char *c = term_text(t); *c; c++)
		assert_true((unsigned char)*c < 128);
	term_type(t, "\003");
	assert_int_equal(WEXITSTATUS(term_wait_exit(t)), 0);
	term_free(t);
	temporary_remove(p.state);
}

SUITE(tui_whole,
      TEST(test_every_server_is_gone),
      TEST(test_at_max_is_seen_and_raised),
      TEST(test_terminated_program_restores_the_terminal),
      TEST(test_plain_c_is_ascii));
