/*
 * Loads: jobs arrive, some at once, the rest at random around a mean rate.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/ci.h"

struct load {
	struct ci *ci;
	const struct scenario_load *plan;
	struct rng rng;
	int32_t at_once; /* still to come */
	int64_t end_ms;
};

struct loads {
	struct load *at;
	uint32_t n;
};

struct loads *
loads_new(struct ci *c)
{
	const struct scenario *s = sim_scenario(c->sim);
	struct loads *l = xcalloc(1, sizeof(*l));

	l->n = s->load_n;
	l->at = xcalloc(l->n + 1, sizeof(*l->at));
	for (uint32_t i = 0; i < l->n; i++) {
		char subject[32];

		snprintf(subject, sizeof(subject), "load/%u", i);
		l->at[i] = (struct load){
			.ci = c,
			.plan = &s->loads[i],
			.rng = sim_rng(c->sim, subject),
			.at_once = s->loads[i].at_start,
			.end_ms = s->loads[i].to_ms
					  ? s->start_ms + s->loads[i].to_ms
					  : INT64_MAX,
		};
	}
	return l;
}

void
loads_free(struct loads *l)
{
	if (!l)
		return;
	free(l->at);
	free(l);
}

static void on_arrival(struct sim *w, void *ctx, uint64_t arg);

static void
wait_for_next(struct load *l)
{
	double u = 1.0 - rng_unit(&l->rng), wait;

	if (l->plan->per_minute <= 0)
		return;
	wait = -log(u) * 60000.0 / l->plan->per_minute;
	if ((double)sim_now_ms(l->ci->sim) + wait > (double)l->end_ms)
		return;
	sim_after(l->ci->sim, (int64_t)wait, on_arrival, l, 0);
}

static void
on_arrival(struct sim *w, void *ctx, uint64_t arg)
{
	struct load *l = ctx;

	(void)w;
	(void)arg;
	(void)ci_add(l->ci, l->plan, &l->rng);
	wait_for_next(l);
}

void
loads_found(struct loads *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		struct load *x = &l->at[i];

		for (int32_t n = x->plan->at_work; n > 0; n--)
			(void)ci_add(x->ci, x->plan, &x->rng);
	}
}

static void
on_begin(struct sim *w, void *ctx, uint64_t arg)
{
	struct load *l = ctx;

	(void)w;
	(void)arg;
	for (; l->at_once > 0; l->at_once--)
		(void)ci_add(l->ci, l->plan, &l->rng);
	wait_for_next(l);
}

void
loads_begin(struct loads *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		struct load *x = &l->at[i];
		const struct scenario *s = sim_scenario(x->ci->sim);
		int64_t at = s->start_ms + x->plan->from_ms;
		int64_t now = sim_now_ms(x->ci->sim);

		/* What began before the warm-up goes on from there. */
		sim_after(x->ci->sim, at > now ? at - now : 0, on_begin, x, 0);
	}
}
