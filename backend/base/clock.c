/*
 * Clocks: the only place that asks the system for the time.
 */
#include "backend/base/clock.h"

#include <time.h>

#define MS_PER_S INT64_C(1000)

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	BUG_IF(clock_gettime(id, &ts) != 0);
	return (int64_t)ts.tv_sec * MS_PER_S + ts.tv_nsec / 1000000;
}

static int64_t
system_wall_ms(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_REALTIME);
}

static int64_t
system_boot_ms(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_BOOTTIME);
}

const struct clockwork clock_system = {
	.wall_ms = system_wall_ms,
	.boot_ms = system_boot_ms,
};

int64_t
clock_wall_ms(const struct clockwork *c)
{
	return c->wall_ms(c->ctx);
}

int64_t
clock_boot_ms(const struct clockwork *c)
{
	return c->boot_ms(c->ctx);
}

int64_t
world_clock_at(const struct world_clock *w, int64_t boot_ms)
{
	int64_t passed = boot_ms - w->boot_ms;

	/* A reader's clock sample may be older than the writer's. */
	if (passed < 0)
		passed = 0;
	return w->world_ms + passed / 1000 * w->speed_milli +
	       passed % 1000 * w->speed_milli / 1000;
}
