/*
 * The port: latest wins, bounded rings, owned texts, and two threads that
 * hammer it (run under ThreadSanitizer too).
 */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "backend/base/wake.h"
#include "backend/port.h"
#include "tests/unit/check.h"

static const struct snapshot *
snapshot_numbered(uint64_t seq)
{
	struct snapshot *s = xcalloc(1, sizeof(*s));

	atomic_init(&s->refs, 1);
	s->seq = seq;
	return s;
}

static bool
readable(int fd, int wait_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, wait_ms) == 1 && (p.revents & POLLIN);
}

static void
test_newest_snapshot_wins(void **state)
{
	struct port *p = port_new();
	const struct snapshot *s;

	(void)state;
	assert_null(port_take(p));
	assert_false(readable(port_ui_fd(p), 0));
	port_publish(p, snapshot_numbered(1));
	port_publish(p, snapshot_numbered(2));
	assert_true(readable(port_ui_fd(p), 0));
	port_ui_clear(p);
	assert_false(readable(port_ui_fd(p), 0));
	s = port_take(p);
	assert_int_equal(s->seq, 2);
	snapshot_unref(s);
	assert_null(port_take(p));
	port_publish(p, snapshot_numbered(3)); /* freed with the port */
	port_free(p);
}

static void
test_full_rings_say_busy_and_keep_order(void **state)
{
	struct port *p = port_new();
	struct command c = { .kind = COMMAND_PREVIEW };
	struct reply r = { .kind = REPLY_NOTE };
	uint64_t sent = 0, answered = 0;

	(void)state;
	for (c.id = 1; port_send(p, &c); c.id++)
		sent++;
	assert_true(sent >= 16);
	assert_true(readable(port_backend_fd(p), 0));
	/* Wrap around: take half, send again. */
	for (uint64_t i = 1; i <= sent / 2; i++) {
		assert_true(port_receive(p, &c));
		assert_int_equal(c.id, i);
	}
	for (uint64_t i = 0; i < sent / 2; i++) {
		c.id = sent + 1 + i;
		assert_true(port_send(p, &c));
	}
	for (uint64_t i = sent / 2 + 1; i <= sent + sent / 2; i++) {
		assert_true(port_receive(p, &c));
		assert_int_equal(c.id, i);
	}
	assert_false(port_receive(p, &c));

	for (r.id = 1; port_reply(p, &r); r.id++)
		answered++;
	assert_true(answered >= 16);
	for (uint64_t i = 1; i <= answered; i++) {
		assert_true(port_next_reply(p, &r));
		assert_int_equal(r.id, i);
	}
	assert_false(port_next_reply(p, &r));
	port_free(p);
}

/* A refused message stays the sender's; one on its way dies with the port. */
static void
test_owned_blocks_move_once(void **state)
{
	struct port *p = port_new();
	struct command c = { .kind = COMMAND_PREVIEW, .more_n = 3 };
	struct reply r = { .kind = REPLY_PREVIEW };

	(void)state;
	for (;;) {
		c.more = xcalloc(3, sizeof(*c.more));
		if (!port_send(p, &c))
			break;
	}
	assert_non_null(c.more);
	command_fini(&c);
	assert_null(c.more);
	for (;;) {
		r.text = xstrdup("lines");
		if (!port_reply(p, &r))
			break;
	}
	assert_text_equal(r.text, "lines");
	reply_fini(&r);
	assert_true(port_receive(p, &c));
	command_fini(&c);
	assert_true(port_next_reply(p, &r));
	reply_fini(&r);
	port_free(p);
}

static void
test_many_wakes_need_one_clear(void **state)
{
	struct wake w;
	struct err err;

	(void)state;
	assert_ok(wake_open(&w, &err), &err);
	for (int i = 0; i < 10000; i++)
		wake_signal(&w);
	assert_true(readable(w.fd, 0));
	wake_clear(&w);
	assert_false(readable(w.fd, 0));
	wake_clear(&w); /* harmless */
	wake_close(&w);
}

/* ---- two threads ---- */

enum { ROUNDS = 20000, DEADLINE_MS = 20000 };

struct backend_side {
	struct port *port;
	uint64_t commands; /* seen */
	uint64_t checksum;
};

static void *
backend_thread(void *arg)
{
	struct backend_side *b = arg;
	uint64_t seq = 0;

	while (b->commands < ROUNDS) {
		struct command c;

		if (!readable(port_backend_fd(b->port), DEADLINE_MS))
			return NULL; /* the counts will tell */
		port_backend_clear(b->port);
		while (port_receive(b->port, &c)) {
			struct reply r = { .id = c.id, .kind = REPLY_DONE };

			b->commands++;
			b->checksum += c.id * c.more[0].handle.slot;
			r.text = xasprintf("%llu", (unsigned long long)c.id);
			while (!port_reply(b->port, &r))
				readable(port_backend_fd(b->port), 1);
			command_fini(&c);
			port_publish(b->port, snapshot_numbered(++seq));
		}
	}
	return b;
}

static void
test_two_threads(void **state)
{
	struct backend_side b = { .port = port_new() };
	uint64_t sent = 0, answered = 0, checksum = 0, seen = 0;
	pthread_t thread;
	void *ended;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, backend_thread, &b), 0);
	while (answered < ROUNDS) {
		const struct snapshot *s;
		struct reply r;

		while (sent < ROUNDS) {
			struct command c = { .id = sent + 1, .more_n = 1 };

			c.more = xcalloc(1, sizeof(*c.more));
			c.more[0].handle.slot = (uint32_t)(sent % 7);
			if (!port_send(b.port, &c)) {
				command_fini(&c);
				break;
			}
			sent++;
			checksum += sent * ((sent - 1) % 7);
		}
		if (!readable(port_ui_fd(b.port), DEADLINE_MS))
			break;
		port_ui_clear(b.port);
		s = port_take(b.port);
		if (s) {
			/* Never older than one already shown. */
			assert_true(s->seq > seen);
			seen = s->seq;
			snapshot_unref(s);
		}
		while (port_next_reply(b.port, &r)) {
			assert_int_equal(r.id, answered + 1);
			assert_int_equal(strtoull(r.text, NULL, 10), r.id);
			reply_fini(&r);
			answered++;
		}
	}
	assert_int_equal(pthread_join(thread, &ended), 0);
	assert_non_null(ended);
	assert_int_equal(answered, ROUNDS);
	assert_int_equal(b.commands, ROUNDS);
	assert_true(b.checksum == checksum);
	port_free(b.port);
}

SUITE(port,
	TEST(test_newest_snapshot_wins),
	TEST(test_full_rings_say_busy_and_keep_order),
	TEST(test_owned_blocks_move_once),
	TEST(test_many_wakes_need_one_clear),
	TEST(test_two_threads));
