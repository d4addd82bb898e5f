/*
 * Virtual time against real time.
 */
#include "backend/sim/server/pace.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/wake.h"

enum {
	TICK_MS = 20,	  /* the world moves at least this often */
	IDLE_MS = 200,	  /* at least this often, also while paused */
	SLICE_MS = 20,	  /* longest hold of the lock at full speed */
	GAP_MS = 10,	  /* moves are told of no more often than this */
};

struct pace {
	struct sim *world;
	double speed;
	int64_t base_boot_ms, base_world_ms; /* the last time both were equal */
	int64_t until_ms;
	bool over;
	struct pace_feed feed; /* run NULL: none */
	void (*moved)(void *ctx);
	void *ctx;
	pthread_t thread;
	struct wake wake; /* signalled by pace_poke and pace_stop */
	_Atomic bool stopping;
	bool running;
};

static int64_t
boot_ms(void)
{
	return clock_boot_ms(&clock_system);
}

static void
rebase(struct pace *p)
{
	p->base_boot_ms = boot_ms();
	p->base_world_ms = sim_now_ms(p->world);
}

struct pace *
pace_new(struct sim *w, double speed)
{
	struct pace *p = xcalloc(1, sizeof(*p));
	struct err err = { 0 };

	p->world = w;
	p->speed = speed;
	if (!wake_open(&p->wake, &err))
		BUG("%s", err.text);
	rebase(p);
	return p;
}

void
pace_free(struct pace *p)
{
	if (!p)
		return;
	wake_close(&p->wake);
	free(p);
}

bool
pace_parse(const char *text, double *speed)
{
	char *end;

	if (!strcmp(text, "max")) {
		*speed = PACE_MAX;
		return true;
	}
	*speed = strtod(text, &end);
	return end != text && !*end && *speed >= 1 && *speed <= 600;
}

static int64_t
feed_ms(const struct pace *p)
{
	return p->feed.run ? p->feed.next_ms(p->feed.ctx) : INT64_MAX;
}

/* The world's or the feed's. */
static int64_t
next_ms(const struct pace *p)
{
	int64_t world = sim_next_ms(p->world), fed = feed_ms(p);

	return fed < world ? fed : world;
}

static void
move_to(struct pace *p, int64_t world_ms)
{
	int64_t fed;

	if (p->until_ms && world_ms >= p->until_ms) {
		world_ms = p->until_ms;
		p->over = true;
	}
	while ((fed = feed_ms(p)) <= world_ms) {
		sim_advance(p->world, fed);
		p->feed.run(p->feed.ctx);
	}
	if (world_ms > sim_now_ms(p->world))
		sim_advance(p->world, world_ms);
}

/* At full speed the world jumps from event to event for one slice. */
static void
run_flat_out(struct pace *p)
{
	int64_t end = boot_ms() + SLICE_MS;

	while (!p->over && boot_ms() < end) {
		int64_t next = next_ms(p);

		if (next == INT64_MAX)
			next = p->until_ms ? p->until_ms
					   : sim_now_ms(p->world) + TICK_MS;
		move_to(p, next);
	}
	rebase(p);
}

void
pace_catch_up(struct pace *p)
{
	int64_t gone = boot_ms() - p->base_boot_ms;

	if (p->over || p->speed <= 0 || p->speed >= PACE_MAX)
		return;
	move_to(p, p->base_world_ms + (int64_t)((double)gone * p->speed));
}

void
pace_set_speed(struct pace *p, double speed)
{
	pace_catch_up(p);
	p->speed = speed;
	rebase(p);
}

double
pace_speed(const struct pace *p)
{
	return p->speed;
}

void
pace_advance(struct pace *p, int64_t by_ms)
{
	pace_catch_up(p);
	if (p->over)
		return;
	move_to(p, sim_now_ms(p->world) + by_ms);
	rebase(p);
}

void
pace_step(struct pace *p)
{
	pace_catch_up(p);
	if (next_ms(p) != INT64_MAX)
		move_to(p, next_ms(p));
	rebase(p);
}

void
pace_set_feed(struct pace *p, const struct pace_feed *feed)
{
	p->feed = *feed;
}

void
pace_until(struct pace *p, int64_t world_ms)
{
	p->until_ms = world_ms;
}

bool
pace_over(const struct pace *p)
{
	return p->over;
}

/* Until the next event is due in real time, at most a tick. */
static int64_t
nap_ms(struct pace *p)
{
	int64_t left;

	if (p->speed >= PACE_MAX)
		return 0;
	if (p->speed <= 0)
		return IDLE_MS;
	left = next_ms(p) - sim_now_ms(p->world);
	if (left > (int64_t)(IDLE_MS * p->speed))
		return IDLE_MS;
	left = (int64_t)((double)left / p->speed);
	return left > TICK_MS ? left : TICK_MS;
}

/* Sleeps until poked, at most ms, and until a gap after the last move.  False
 * when it is time to stop. */
static bool
nap(struct pace *p, int64_t ms, int64_t moved_boot_ms)
{
	struct pollfd fd = { .fd = p->wake.fd, .events = POLLIN };
	bool flat_out = ms == 0;
	int64_t left;

	for (;;) {
		if (poll(&fd, 1, (int)ms) > 0)
			wake_clear(&p->wake);
		if (p->stopping)
			return false;
		left = moved_boot_ms + GAP_MS - boot_ms();
		if (left <= 0 || flat_out)
			return true;
		ms = left;
	}
}

static void *
run(void *arg)
{
	struct pace *p = arg;
	int64_t wait = 0, moved_boot_ms = 0;

	while (nap(p, wait, moved_boot_ms)) {
		bool over;

		sim_lock(p->world);
		if (p->speed >= PACE_MAX)
			run_flat_out(p);
		else
			pace_catch_up(p);
		wait = nap_ms(p);
		over = p->over;
		sim_unlock(p->world);
		moved_boot_ms = boot_ms();
		p->moved(p->ctx);
		if (over)
			break;
	}
	return NULL;
}

bool
pace_start(struct pace *p, void (*moved)(void *ctx), void *ctx,
	   struct err *err)
{
	int rc;

	p->moved = moved;
	p->ctx = ctx;
	sim_lock(p->world);
	rebase(p);
	sim_unlock(p->world);
	rc = pthread_create(&p->thread, NULL, run, p);
	if (rc)
		return err_set(err, ERR_IO, "cannot start a thread: %s",
			       strerror(rc));
	p->running = true;
	return true;
}

void
pace_stop(struct pace *p)
{
	if (!p->running)
		return;
	p->stopping = true;
	wake_signal(&p->wake);
	pthread_join(p->thread, NULL);
	p->running = false;
}

void
pace_poke(struct pace *p)
{
	wake_signal(&p->wake);
}
