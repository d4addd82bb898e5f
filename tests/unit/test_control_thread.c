/*
 * The backend on its own thread: starting, publishing, stopping in time, and
 * stopping with something under way (run under ThreadSanitizer too).
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/control_rig.h"

/* The server must turn while the backend has a thread of its own. */
static const struct snapshot *
next_snapshot(struct control_rig *r, const struct snapshot *held)
{
	int64_t end = clock_boot_ms(&clock_system) + 15000;

	for (;;) {
		struct pollfd p = { .fd = port_ui_fd(r->port),
				    .events = POLLIN };
		const struct snapshot *s;

		reactor_turn(r->server_loop, 1);
		if (poll(&p, 1, 5) == 1) {
			port_ui_clear(r->port);
			s = port_take(r->port);
			if (s) {
				snapshot_unref(held);
				return s;
			}
		}
		if (clock_boot_ms(&clock_system) > end)
			fail_msg("no snapshot came");
	}
}

static const struct snapshot *
until_live(struct control_rig *r)
{
	const struct snapshot *s = next_snapshot(r, NULL);

	while (s->source[SOURCE_KUBERNETES].state != SOURCE_LIVE ||
	       s->source[SOURCE_AWS].state != SOURCE_LIVE)
		s = next_snapshot(r, s);
	return s;
}

static void
start(struct control_rig *r)
{
	struct err err = { .code = ERR_NONE };

	rig_small_world(r);
	/* Its own clock runs: the hand-moved one belongs to one thread. */
	r->options.clock = NULL;
	r->options.engine = true;
	rig_go(r);
	assert_ok(backend_start(r->backend, &err), &err);
}

static void
test_start_publish_act_stop(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	struct command c = { .kind = COMMAND_PREVIEW, .id = 5,
			     .verb = "cordon" };
	struct reply got = { 0 };

	(void)state;
	start(&r);
	s = until_live(&r);
	c.target.handle.kind = KIND_NODE;
	snprintf(c.target.name, sizeof(c.target.name), "n1");
	assert_true(port_send(r.port, &c));
	while (got.id != 5) {
		reply_fini(&got);
		memset(&got, 0, sizeof(got));
		s = next_snapshot(&r, s);
		port_next_reply(r.port, &got);
	}
	assert_int_equal(got.ask, ASK_YES);
	c = (struct command){ .kind = COMMAND_CONFIRM, .id = 6,
			      .ref = got.ref };
	assert_true(port_send(r.port, &c));
	while (got.id != 6) {
		reply_fini(&got);
		memset(&got, 0, sizeof(got));
		s = next_snapshot(&r, s);
		port_next_reply(r.port, &got);
	}
	assert_int_equal(got.code, ERR_NONE);
	reply_fini(&got);
	assert_int_equal(r.write_n, 1);
	assert_true(backend_stop(r.backend, 10000));
	snapshot_unref(s);
	rig_end(&r);
}

/* A request that never gets its answer must not hold the exit for ever. */
static void
test_stop_runs_out_of_patience(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	struct command c = { .kind = COMMAND_PREVIEW, .id = 5,
			     .verb = "cordon" };
	struct reply got = { 0 };

	(void)state;
	start(&r);
	s = until_live(&r);
	c.target.handle.kind = KIND_NODE;
	snprintf(c.target.name, sizeof(c.target.name), "n1");
	assert_true(port_send(r.port, &c));
	while (got.id != 5) {
		reply_fini(&got);
		memset(&got, 0, sizeof(got));
		s = next_snapshot(&r, s);
		port_next_reply(r.port, &got);
	}
	r.hang_writes = true;
	c = (struct command){ .kind = COMMAND_CONFIRM, .id = 6,
			      .ref = got.ref };
	reply_fini(&got);
	assert_true(port_send(r.port, &c));
	while (r.write_n == 0)
		s = next_snapshot(&r, s);
	assert_false(backend_stop(r.backend, 200));
	snapshot_unref(s);
	backend_free(r.backend);
	r.backend = NULL;
	/* What became of it is not known, and the journal says so. */
	assert_int_equal(rig_journalled(&r, "\"phase\":\"intent\""), 1);
	assert_int_equal(rig_journalled(&r, "\"phase\":\"outcome\""), 0);
	rig_end(&r);
}

/* SIGTERM while the other side is stuck: the backend leaves by itself. */
static void
test_terminate_leaves_when_nobody_stops_it(void **state)
{
	pid_t child;
	int status;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct control_rig r;
		struct err err;

		rig_small_world(&r);
		r.options.clock = NULL;
		rig_go(&r);
		if (!backend_start(r.backend, &err))
			_exit(1);
		backend_terminate(r.backend);
		for (;;) /* a write that never returns */
			pause();
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 128 + SIGTERM);
}

SUITE(control_thread,
	TEST(test_start_publish_act_stop),
	TEST(test_stop_runs_out_of_patience),
	TEST(test_terminate_leaves_when_nobody_stops_it));
