/*
 * How long a tainted node is left alone, so that the schedulers see the taint
 * (reference 5.9, step 2): as long as policy says, or twice the longest that
 * taints took to show in our own watch within the last hour, as upstream
 * measures it: from asking for the first until the last of a round shows.
 *
 * A scheduler hears of a taint as we do; if its watch lags as ours does, twice
 * that is enough.
 */
#include "backend/control/removal_private.h"

#include "backend/model/node.h"

/* Not shown by then: nothing was learned, policy's delay it is. */
#define SHOWS_MS ((int64_t)30 * 1000)
#define REMEMBERED_MS ((int64_t)3600 * 1000)

static int64_t
now_ms(const struct removals *all)
{
	return store_world_ms(all->backend->store);
}

static bool
same_round(const struct removal *a, const struct removal *b)
{
	return a->started_ms == b->started_ms && a->drain == b->drain &&
	       a->dynamic_delay == b->dynamic_delay;
}

static bool
shows(struct removal *r)
{
	const struct node *n = store_find(r->all->backend->store, KIND_NODE,
					  r->node.name, NULL);

	if (!r->shown_ms && n && node_taint(n, TAINT_TO_BE_DELETED))
		r->shown_ms = now_ms(r->all);
	return r->shown_ms != 0;
}

/* All of the round show, in lag_ms; what was given up does not count. */
static bool
round_shows(const struct removal *one, int64_t *lag_ms)
{
	bool all = true;

	*lag_ms = 0;
	for (struct removal *r = one->all->first; r; r = r->next) {
		if (!same_round(r, one) || (r->state != REMOVAL_TAINTING &&
					    r->state != REMOVAL_SETTLING))
			continue;
		if (!shows(r))
			all = false;
		else if (r->shown_ms - r->started_ms > *lag_ms)
			*lag_ms = r->shown_ms - r->started_ms;
	}
	return all;
}

static int64_t
longest(struct removals *all, int64_t now)
{
	int64_t most = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < all->lags.n; i++) {
		const struct taint_lag *lag = &all->lags.at[i];

		if (now - lag->at_ms >= REMEMBERED_MS)
			continue;
		all->lags.at[kept++] = *lag;
		if (lag->lag_ms > most)
			most = lag->lag_ms;
	}
	all->lags.n = kept;
	return most;
}

/* The round's delay is known from now on, and begins. */
static void
begin_delay(const struct removal *one, int64_t delay_ms)
{
	for (struct removal *r = one->all->first; r; r = r->next)
		if (r != one && same_round(r, one) &&
		    (r->state == REMOVAL_TAINTING ||
		     r->state == REMOVAL_SETTLING)) {
			r->delay_ms = delay_ms;
			r->since_ms = now_ms(one->all);
			r->dynamic_delay = false;
		}
}

bool
removal_has_settled(struct removal *r)
{
	struct removals *all = r->all;
	int64_t now = now_ms(all), lag;

	if (r->dynamic_delay) {
		if (round_shows(r, &lag)) {
			vec_push(&all->lags,
				 ((struct taint_lag){ now, lag }));
			r->delay_ms = 2 * longest(all, now);
		} else if (now - r->started_ms < SHOWS_MS) {
			return false;
		}
		begin_delay(r, r->delay_ms);
		r->since_ms = now;
		r->dynamic_delay = false;
	}
	return now - r->since_ms >= r->delay_ms;
}
