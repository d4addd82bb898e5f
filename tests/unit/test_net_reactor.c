/*
 * The loop: order of a turn, timers on a clock moved by hand, descriptors,
 * waking; waiting before the next try.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/buf.h"
#include "backend/net/reactor.h"
#include "backend/net/retry.h"
#include "tests/unit/check.h"
#include "tests/unit/fake_http.h"

struct scene {
	struct fake_clock clock;
	struct reactor *r;
	struct buf said;
	struct reactor_timer *timers[4];
	struct reactor_fd *fd;
	int pipe[2];
};

static void
scene_open(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	fake_clock_init(&s->clock);
	s->r = reactor_new(&s->clock.work);
	buf_init(&s->said, 4096);
	assert_int_equal(pipe(s->pipe), 0);
}

static void
scene_close(struct scene *s)
{
	reactor_free(s->r);
	buf_fini(&s->said);
	close(s->pipe[0]);
	close(s->pipe[1]);
}

struct word {
	struct scene *scene;
	const char *text;
};

static void
say(void *ctx)
{
	struct word *w = ctx;

	buf_puts(&w->scene->said, w->text);
}

static void
say_end(void *ctx)
{
	buf_puts(&((struct scene *)ctx)->said, ".");
}

static void
on_pipe(void *ctx, unsigned events)
{
	struct scene *s = ctx;
	char byte;

	assert_int_equal(events, REACTOR_READ);
	assert_int_equal(read(s->pipe[0], &byte, 1), 1);
	buf_putc(&s->said, byte);
}

static void
test_order_of_a_turn(void **state)
{
	struct scene s;
	struct word words[3] = { { &s, "b" }, { &s, "a" }, { &s, "c" } };
	static const int64_t delays[3] = { 20, 10, 20 };

	(void)state;
	scene_open(&s);
	for (int i = 0; i < 3; i++) {
		s.timers[i] = reactor_timer_new(s.r, say, &words[i]);
		reactor_timer_arm(s.timers[i], delays[i]);
	}
	reactor_on_turn_end(s.r, say_end, &s);
	s.fd = reactor_fd_new(s.r, s.pipe[0], REACTOR_READ, on_pipe, &s);
	reactor_turn(s.r, 0);
	assert_text_equal(buf_text(&s.said), ".");
	fake_clock_move(&s.clock, 9);
	reactor_turn(s.r, 0);
	assert_text_equal(buf_text(&s.said), "..");
	assert_int_equal(write(s.pipe[1], "x", 1), 1);
	fake_clock_move(&s.clock, 11);
	reactor_turn(s.r, 1000);
	/* by time, ties in order of arming; then descriptors; then the end */
	assert_text_equal(buf_text(&s.said), "..abcx.");
	assert_false(reactor_timer_armed(s.timers[0]));
	reactor_timer_arm(s.timers[0], 5);
	reactor_timer_disarm(s.timers[0]);
	fake_clock_move(&s.clock, 5);
	reactor_turn(s.r, 0);
	assert_text_equal(buf_text(&s.said), "..abcx..");
	scene_close(&s);
}

static void
again(void *ctx)
{
	struct scene *s = ctx;

	buf_puts(&s->said, "r");
	reactor_timer_arm(s->timers[0], 0);
}

static void
free_other(void *ctx)
{
	struct scene *s = ctx;

	reactor_timer_free(s->timers[1]);
	reactor_timer_free(s->timers[2]);
	reactor_fd_free(s->fd);
	s->timers[1] = s->timers[2] = NULL;
	s->fd = NULL;
}

/* One that re-arms itself at once runs once a turn; what a callback frees does
 * not run any more, itself included. */
static void
test_callbacks_that_change_the_set(void **state)
{
	struct scene s;
	struct word never = { &s, "never" };

	(void)state;
	scene_open(&s);
	s.timers[0] = reactor_timer_new(s.r, again, &s);
	s.timers[1] = reactor_timer_new(s.r, free_other, &s);
	s.timers[2] = reactor_timer_new(s.r, say, &never);
	s.fd = reactor_fd_new(s.r, s.pipe[0], REACTOR_READ, on_pipe, &s);
	assert_int_equal(write(s.pipe[1], "x", 1), 1);
	for (int i = 0; i < 3; i++)
		reactor_timer_arm(s.timers[i], 0);
	reactor_turn(s.r, 1000);
	assert_text_equal(buf_text(&s.said), "r");
	reactor_turn(s.r, 1000);
	assert_text_equal(buf_text(&s.said), "rr");
	scene_close(&s);
}

static void *
wake_it(void *ctx)
{
	reactor_wake(ctx);
	return NULL;
}

static void
test_wake_ends_the_wait(void **state)
{
	struct scene s;
	pthread_t thread;
	int64_t before = clock_boot_ms(&clock_system);

	(void)state;
	scene_open(&s);
	assert_int_equal(pthread_create(&thread, NULL, wake_it, s.r), 0);
	reactor_turn(s.r, 30000);
	pthread_join(thread, NULL);
	assert_true(clock_boot_ms(&clock_system) - before < 20000);
	scene_close(&s);
}

static void
stop(void *ctx)
{
	reactor_stop(((struct scene *)ctx)->r);
}

static void
test_run_until_stopped(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s);
	s.timers[0] = reactor_timer_new(s.r, stop, &s);
	reactor_timer_arm(s.timers[0], 0);
	reactor_run(s.r);
	scene_close(&s);
}

/* ---- retry ---- */

static void
test_backoff(void **state)
{
	struct backoff b = backoff_kube(7), same = backoff_kube(7);
	int64_t d = 800, boot = 5000;

	(void)state;
	for (int i = 0; i < 12; i++) {
		int64_t wait = backoff_next(&b, boot, -1);

		assert_true(wait >= d && wait < 2 * d);
		assert_int_equal(wait, backoff_next(&same, boot, -1));
		d = d * 2 > 30000 ? 30000 : d * 2;
	}
	/* the server's word is a floor */
	assert_int_equal(backoff_next(&b, boot, 600000), 600000);
	assert_true(backoff_next(&b, boot, 1000) >= 30000);
	/* too little of a good time changes nothing, two minutes do */
	backoff_good(&b, boot + 119999);
	assert_true(backoff_next(&b, boot + 119999, -1) >= 30000);
	backoff_good(&b, boot + 119999 + 120000);
	assert_true(backoff_next(&b, boot + 300000, -1) < 1600);
	b = backoff_aws(7);
	for (int i = 0; i < 50; i++)
		assert_true(backoff_next(&b, boot, -1) <
			    (i < 5 ? 1000 << i : 20000));
}

static void
test_budget(void **state)
{
	struct retry_budget b = { RETRY_BUDGET };
	int taken = 0;

	(void)state;
	while (retry_budget_take(&b, RETRY_COST_TIMEOUT))
		taken++;
	assert_int_equal(taken, 50);
	retry_budget_give(&b, 4);
	assert_false(retry_budget_take(&b, RETRY_COST));
	retry_budget_give(&b, 10000);
	assert_int_equal(b.tokens, RETRY_BUDGET);
}

static void
test_classes(void **state)
{
	static const struct {
		int status;
		enum err_code code;
		enum retry_class want;
	} cases[] = {
		{ 200, ERR_NONE, RETRY_NO },
		{ 404, ERR_NONE, RETRY_NO },
		{ 401, ERR_NONE, RETRY_AUTH },
		{ 429, ERR_NONE, RETRY_THROTTLE },
		{ 503, ERR_NONE, RETRY_TRANSIENT },
		{ 0, ERR_UNREACHABLE, RETRY_TRANSIENT },
		{ 0, ERR_RETRY, RETRY_TRANSIENT },
		{ 0, ERR_CONFIG, RETRY_NO },
		{ 0, ERR_CANCELLED, RETRY_NO },
		/* the head came, the body broke */
		{ 200, ERR_RETRY, RETRY_TRANSIENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_result r = { .head.status = cases[i].status,
					 .err.code = cases[i].code };

		assert_int_equal(retry_classify_status(&r), cases[i].want);
	}
}

SUITE(net_reactor,
      TEST(test_order_of_a_turn),
      TEST(test_callbacks_that_change_the_set),
      TEST(test_wake_ends_the_wait),
      TEST(test_run_until_stopped),
      TEST(test_backoff),
      TEST(test_budget),
      TEST(test_classes));
