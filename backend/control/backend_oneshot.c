/*
 * Pumping the backend by hand: one-shot commands and tests.
 */
#include "backend/control/backend_private.h"
#include "backend/control/engine_run.h"
#include "backend/control/hold.h"

/* Short enough that a deadline is kept, long enough to sleep in. */
#define TURN_MS 100

void
backend_turn(struct backend *b, int64_t wait_ms)
{
	reactor_turn(b->reactor, wait_ms);
}

static int64_t
turn_for(int64_t left_ms)
{
	return left_ms < TURN_MS ? left_ms : TURN_MS;
}

/* True when it is live, or will never be and that is fine. */
static bool
source_is_there(const struct backend *b, enum source source)
{
	const struct source_status *is = store_source(b->store, source);

	return is->state == SOURCE_LIVE ||
	       (is->state == SOURCE_OFF && !is->trouble_code);
}

static bool
source_failed(const struct backend *b, enum source source, struct err *err)
{
	const struct source_status *is = store_source(b->store, source);

	if (!is->trouble_code)
		return err_set(err, ERR_UNREACHABLE, "%s: no answer in time",
			       source_name(source));
	return err_set(err, (enum err_code)is->trouble_code, "%s: %s",
		       source_name(source), is->trouble);
}

static bool
all_there(const struct backend *b, unsigned sources)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (sources & 1u << i && !source_is_there(b, (enum source)i))
			return false;
	return true;
}

/* What no waiting mends. */
static bool
is_final(const struct source_status *is)
{
	return is->trouble_code == ERR_AUTH || is->trouble_code == ERR_DENIED ||
	       is->trouble_code == ERR_CONFIG ||
	       (is->state == SOURCE_OFF && is->trouble_code);
}

bool
backend_wait_live(struct backend *b, unsigned sources, int64_t deadline_ms,
		  struct err *err)
{
	int64_t end = backend_boot_ms(b) + deadline_ms, left;
	struct err blocked;

	for (;;) {
		bool there = all_there(b, sources);

		/* A plan is waited for only as long as one can come. */
		if (there && (!b->config.engine || engine_plan(b) ||
			      !engine_data_ok(b, &blocked)))
			return true;
		left = end - backend_boot_ms(b);
		for (int i = 0; i < SOURCE_COUNT; i++)
			if (sources & 1u << i &&
			    (left <= 0 ||
			     is_final(store_source(b->store,
						   (enum source)i))) &&
			    !source_is_there(b, (enum source)i))
				return source_failed(b, (enum source)i, err);
		if (left <= 0)
			return true; /* live, but nothing decided yet */
		backend_turn(b, turn_for(left));
	}
}

bool
backend_is_settled(struct backend *b)
{
	struct err blocked;

	backend_look_around(b);
	for (int i = 0; i < SOURCE_PADDOCK; i++) {
		int state = store_source(b->store, (enum source)i)->state;

		if (state == SOURCE_CONNECTING || state == SOURCE_LOADING)
			return false;
	}
	if (b->aws && !aws_is_caught_up(b->aws))
		return false;
	/* The deployed autoscaler's flags say where its Lease is. */
	if (b->config.engine && b->kube && !engine_policy(b))
		return false;
	return !b->config.engine || engine_plan(b) ||
	       !engine_data_ok(b, &blocked);
}

bool
backend_want_usage(struct backend *b, enum kind kind)
{
	if (!b->kube)
		return true;
	kube_want_usage(b->kube, kind, true);
	return kube_usage_told(b->kube, kind);
}

bool
backend_finish(struct backend *b, int64_t deadline_ms)
{
	int64_t end = backend_boot_ms(b) + deadline_ms;

	backend_quit(b);
	while (!backend_is_idle(b)) {
		int64_t left = end - backend_boot_ms(b);

		if (left <= 0)
			return false;
		backend_turn(b, turn_for(left));
	}
	return true;
}

const struct snapshot *
backend_look(struct backend *b)
{
	const struct snapshot *s;

	backend_look_around(b);
	s = store_peek(b->store);
	holds_refresh(b, s);
	snapshot_unref(s);
	store_hurry(b->store);
	return store_peek(b->store);
}

const struct plan *
backend_plan(struct backend *b)
{
	const struct plan *p = engine_plan(b);

	return p ? plan_ref(p) : NULL;
}

bool
backend_can_decide(struct backend *b, struct err *err)
{
	if (!b->config.engine)
		return err_set(err, ERR_USAGE, "the engine is not running");
	return engine_data_ok(b, err);
}

const struct policy *
backend_policy(struct backend *b)
{
	const struct policy *p = engine_policy(b);

	return p ? policy_ref(p) : NULL;
}

const struct config *
backend_file(const struct backend *b)
{
	return b->file;
}
