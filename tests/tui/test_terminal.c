/*
 * The console on a real pty: sizes, suspend, every way out, a terminal that
 * nobody reads, colours, pasting.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/base/clock.h"
#include "tests/tui/driver.h"
#include "tests/tui/term.h"
#include "tests/unit/check.h"

static int
run_driver(void *ctx)
{
	return driver_run(ctx);
}

static struct term *
start(int rows, int cols, struct driver_config *config)
{
	struct term *t = term_open(rows, cols, run_driver, config);

	term_wait(t, "NEEDS YOU (3)");
	return t;
}

static void
assert_left_clean(struct term *t, int status)
{
	assert_true(WIFEXITED(status));
	assert_false(term_alternate(t));
	assert_true(term_cursor_visible(t));
	assert_true(term_is_cooked(t));
}

static void
test_types_and_quits(void **state)
{
	struct driver_config c = { .frame_fd = -1, .beat_fd = -1 };
	struct term *t = start(24, 80, &c);
	int status;

	(void)state;
	assert_true(term_alternate(t));
	assert_false(term_cursor_visible(t));
	assert_true(term_coloured(t) > 0);
	term_type(t, ":jobs\r");
	term_wait(t, "-- jobs (5)");
	term_type(t, "jj");
	term_wait(t, "\n>  90002");
	term_type(t, "\033[A"); /* an arrow is one key, in both modes */
	term_wait(t, "\n>  90003");
	term_type(t, "\033OA");
	term_wait(t, "\n>  90004");
	/* A key nobody knows is no key, not five. */
	term_type(t, "\033[33;7~j");
	term_wait(t, "\n>  90003");
	term_type(t, "/gpu\r");
	term_wait(t, "jobs (1 of 5)");
	term_type(t, "\033"); /* escape alone is one too */
	term_wait(t, "jobs (5)");
	term_type(t, ":q\r");
	status = term_wait_exit(t);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_left_clean(t, status);
	term_free(t);
}

static void
test_every_size_is_survived(void **state)
{
	static const int sizes[][2] = {
		{ 48, 160 }, { 10, 40 }, { 4, 10 }, { 1, 1 },	 { 2, 3 },
		{ 3, 200 },  { 200, 3 }, { 5, 20 }, { 100, 300 },
	};
	struct driver_config c = { .frame_fd = -1, .beat_fd = -1 };
	struct term *t = start(24, 80, &c);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		term_resize(t, sizes[i][0], sizes[i][1]);
		term_type(t, i % 3 == 0 ? "?" : i % 3 == 1 ? "!" : "\033");
		term_pump(t, 100);
		term_type(t, "\033");
	}
	term_resize(t, 24, 80);
	term_type(t, "\033\033~");
	term_wait(t, "NEEDS YOU (3)");
	term_wait(t, "W why");
	/* The whole width is used, also after the small ones. */
	term_resize(t, 30, 120);
	term_wait(t, "p50 1m11");
	term_type(t, "\003");
	assert_left_clean(t, term_wait_exit(t));
	term_free(t);
}

/* A shell with one job, which it brings back at a newline. */
static int
run_under_shell(void *ctx)
{
	pid_t job;
	int status, stops = 0;
	char c;

	signal(SIGTTOU, SIG_IGN);
	job = fork();
	if (job == 0) {
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		_exit(driver_run(ctx));
	}
	setpgid(job, job);
	tcsetpgrp(0, job);
	for (;;) {
		waitpid(job, &status, WUNTRACED);
		tcsetpgrp(0, getpgrp());
		if (!WIFSTOPPED(status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
		/* Numbered: the last one is still on this screen. */
		printf("job is stopped %d\r\n", ++stops);
		fflush(stdout);
		if (read(0, &c, 1) != 1)
			return 98;
		tcsetpgrp(0, job);
		kill(-job, SIGCONT);
	}
}

static void
test_suspend_and_resume(void **state)
{
	struct driver_config c = { .frame_fd = -1, .beat_fd = -1 };
	struct term *t = term_open(24, 80, run_under_shell, &c);

	(void)state;
	term_wait(t, "NEEDS YOU (3)");
	for (int round = 0; round < 2; round++) {
		term_type(t, "\032");
		term_wait(t, round ? "job is stopped 2" : "job is stopped 1");
		assert_false(term_alternate(t));
		assert_true(term_cursor_visible(t));
		assert_true(term_is_cooked(t));
		term_type(t, "\n");
		term_wait(t, "NEEDS YOU (3)");
		assert_true(term_alternate(t));
		term_type(t, ":nodes\r");
		term_wait(t, "-- nodes (4)");
		term_type(t, "~");
		term_wait(t, "NEEDS YOU (3)");
	}
	term_type(t, "\003");
	assert_int_equal(WEXITSTATUS(term_wait_exit(t)), 0);
	term_free(t);
}

static void
test_signals_restore_the_terminal(void **state)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGINT };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct driver_config c = { .frame_fd = -1, .beat_fd = -1 };
		struct term *t = start(24, 80, &c);
		int status;

		kill(term_pid(t), signals[i]);
		status = term_wait_exit(t);
		assert_int_equal(WEXITSTATUS(status),
				 signals[i] == SIGHUP ? 128 + SIGHUP
						      : 128 + SIGTERM);
		assert_left_clean(t, status);
		term_free(t);
	}
}

/* BUG() in another thread: the message stands on a terminal in order. */
static void
test_bug_leaves_the_terminal_in_order(void **state)
{
	struct driver_config c = { .frame_fd = -1, .beat_fd = -1,
				   .breaks = true };
	struct term *t = start(24, 80, &c);
	int status;

	(void)state;
	term_type(t, "\022");
	status = term_wait_exit(t);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	term_wait(t, "d->config->breaks");
	assert_false(term_alternate(t));
	assert_true(term_cursor_visible(t));
	assert_true(term_is_cooked(t));
	term_free(t);
}

static int
run_on_dumb(void *ctx)
{
	setenv("TERM", "dumb", 1);
	return driver_run(ctx);
}

static void
test_simple_terminal_is_told_so(void **state)
{
	struct driver_config c = { .frame_fd = -1, .beat_fd = -1 };
	struct term *t = term_open(24, 80, run_on_dumb, &c);

	(void)state;
	assert_int_equal(WEXITSTATUS(term_wait_exit(t)), 2);
	term_wait(t, "\"dumb\" is unknown or too simple");
	assert_true(term_is_cooked(t));
	term_free(t);
}

static void
test_lost_line_ends_it(void **state)
{
	struct driver_config c = { .frame_fd = -1, .beat_fd = -1 };
	struct term *t = start(24, 80, &c);

	(void)state;
	term_hang_up(t);
	assert_int_equal(WEXITSTATUS(term_wait_exit(t)), 128 + SIGHUP);
	term_free(t);
}

/* Bytes that come within the wait; 0 when none. */
static size_t
drain(int fd, int wait_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char bytes[4096];
	ssize_t n;

	if (poll(&p, 1, wait_ms) <= 0)
		return 0;
	n = read(fd, bytes, sizeof(bytes));
	return n > 0 ? (size_t)n : 0;
}

/*
 * Nobody reads the terminal: the UI blocks in its write, the thread in the
 * backend's place goes on, and SIGTERM still ends the program with the line
 * discipline restored.
 */
static void
test_unread_terminal_stops_nobody_else(void **state)
{
	struct driver_config c = { .stuck_s = 1 };
	int frames[2], beats[2], rows = 24, status, quiet = 0;
	int64_t end = clock_boot_ms(&clock_system) + TERM_DEADLINE_MS;
	struct term *t;
	size_t n;

	(void)state;
	assert_int_equal(pipe2(frames, O_NONBLOCK), 0);
	assert_int_equal(pipe2(beats, O_NONBLOCK), 0);
	c.frame_fd = frames[1];
	c.beat_fd = beats[1];
	t = start(24, 80, &c);
	/* Repaints pile up until a frame does not come back. */
	while (quiet < 20) {
		if (clock_boot_ms(&clock_system) > end)
			fail_msg("the terminal never filled up");
		rows = rows == 24 ? 25 : 24;
		term_resize(t, rows, rows == 24 ? 80 : 160);
		quiet = drain(frames[0], 100) ? 0 : quiet + 1;
		drain(beats[0], 0);
	}
	/* Stuck; the other thread's heart beats on. */
	for (n = 0; n < 20;) {
		if (clock_boot_ms(&clock_system) > end)
			fail_msg("the backend thread stopped too");
		n += drain(beats[0], 1000);
	}
	assert_int_equal(drain(frames[0], 0), 0);
	kill(term_pid(t), SIGTERM);
	/* Still nobody reads: the alarm must end it. */
	while (waitpid(term_pid(t), &status, WNOHANG) == 0) {
		if (clock_boot_ms(&clock_system) > end)
			fail_msg("SIGTERM did not end it");
		drain(beats[0], 50);
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 128 + SIGTERM);
	assert_true(term_is_cooked(t));
	term_forget_child(t);
	term_free(t);
	close(frames[0]);
	close(frames[1]);
	close(beats[0]);
	close(beats[1]);
}

static void
test_mono_has_no_colour(void **state)
{
	struct driver_config c = { .frame_fd = -1, .beat_fd = -1,
				   .mono = true };
	struct term *t = start(24, 80, &c);

	(void)state;
	assert_int_equal(term_coloured(t), 0);
	term_type(t, ":groups\r");
	term_wait(t, "AT MAX");
	assert_int_equal(term_coloured(t), 0);
	term_type(t, "\003");
	term_wait_exit(t);
	term_free(t);
}

static void
test_pasted_commands_are_not_run(void **state)
{
	struct driver_config c = { .frame_fd = -1, .beat_fd = -1 };
	struct term *t = start(24, 80, &c);

	(void)state;
	term_type(t, "\033[200~:q\r!y\033[201~");
	term_wait(t, "pasted text is not taken for keys");
	term_type(t, ":");
	term_type(t, "\033[200~jobs\033[201~");
	term_wait(t, "\n:jobs");
	term_type(t, "\r");
	term_wait(t, "-- jobs (5)");
	term_type(t, "\003");
	term_wait_exit(t);
	term_free(t);
}

static void
test_dialog_over_the_wire(void **state)
{
	struct driver_config c = { .frame_fd = -1, .beat_fd = -1 };
	struct term *t = start(24, 80, &c);

	(void)state;
	term_type(t, ":write 5m testing\r");
	term_wait(t, "writing allowed");
	term_wait(t, "WRITE 4m");
	/* The y is typed ahead: it must not answer. */
	term_type(t, ":cordon ip-10-0-1-10.eu-west-1.compute.internal\ry");
	term_wait(t, "y=yes");
	term_type(t, "y");
	term_wait(t, "\ndone");
	term_type(t, ":jobs\rjjl");
	term_wait(t, "following");
	term_wait(t, "step 499");
	term_type(t, "\003");
	term_wait_exit(t);
	term_free(t);
}

SUITE(tui_terminal,
      TEST(test_types_and_quits),
      TEST(test_every_size_is_survived),
      TEST(test_suspend_and_resume),
      TEST(test_signals_restore_the_terminal),
      TEST(test_bug_leaves_the_terminal_in_order),
      TEST(test_simple_terminal_is_told_so),
      TEST(test_lost_line_ends_it),
      TEST(test_unread_terminal_stops_nobody_else),
      TEST(test_mono_has_no_colour),
      TEST(test_pasted_commands_are_not_run),
      TEST(test_dialog_over_the_wire));
