/*
 * The simulation's clock: a heap of events ordered by time, then by order of
 * scheduling, and the parts that hang on it.
 *
 * An event's id names a slot and the slot's generation; the slot knows where in
 * the heap its event stands, so that cancelling removes it at once and nothing
 * piles up.
 */
#include "backend/sim/world/sim.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "backend/sim/world/ci.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/kubernetes.h"
#include "backend/sim/world/machines.h"
#include "backend/sim/world/metrics.h"
#include "backend/sim/world/scenario.h"

/* Objects of one kind that watchers can still read about after the fact. */
#define RING_BYTES ((size_t)8 << 20)
/* The store forgets an event after that. */
#define EVENT_LIFE_MS ((int64_t)3600 * 1000)
/* More events than this at one instant: two of them call each other. */
#define INSTANT_LIMIT 20000000u

struct heap_entry {
	int64_t at_ms;
	uint64_t seq;
	uint32_t slot;
};

struct event_slot {
	sim_fn fn;
	void *ctx;
	uint64_t arg;
	uint32_t gen;
	uint32_t heap_at; /* while waiting; else the next free slot */
	bool waiting;
};

#define NO_SLOT UINT32_MAX

struct sim {
	pthread_mutex_t lock;
	const struct scenario *scenario;
	uint64_t seed, seq, events;
	int64_t now_ms;
	bool history;
	VEC(struct heap_entry) heap;
	VEC(struct event_slot) slots;
	uint32_t free_slot;
	struct objects *objects;
	struct kubernetes *kubernetes;
	struct cloud *cloud;
	struct ci *ci;
	struct machines *machines;
	struct metrics *metrics;
};

/* ---- the heap ---- */

static bool
entry_before(const struct heap_entry *a, const struct heap_entry *b)
{
	if (a->at_ms != b->at_ms)
		return a->at_ms < b->at_ms;
	return a->seq < b->seq;
}

static void
heap_set(struct sim *w, uint32_t at, struct heap_entry e)
{
	w->heap.at[at] = e;
	w->slots.at[e.slot].heap_at = at;
}

static void
heap_up(struct sim *w, uint32_t at)
{
	struct heap_entry e = w->heap.at[at];

	while (at > 0) {
		uint32_t parent = (at - 1) / 2;

		if (!entry_before(&e, &w->heap.at[parent]))
			break;
		heap_set(w, at, w->heap.at[parent]);
		at = parent;
	}
	heap_set(w, at, e);
}

static void
heap_down(struct sim *w, uint32_t at)
{
	struct heap_entry e = w->heap.at[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= w->heap.n)
			break;
		if (child + 1 < w->heap.n &&
		    entry_before(&w->heap.at[child + 1], &w->heap.at[child]))
			child++;
		if (!entry_before(&w->heap.at[child], &e))
			break;
		heap_set(w, at, w->heap.at[child]);
		at = child;
	}
	heap_set(w, at, e);
}

static void
heap_remove(struct sim *w, uint32_t at)
{
	struct heap_entry last = w->heap.at[--w->heap.n];

	if (at == w->heap.n)
		return;
	heap_set(w, at, last);
	heap_up(w, at);
	heap_down(w, w->slots.at[last.slot].heap_at);
}

static void
slot_free(struct sim *w, uint32_t slot)
{
	struct event_slot *s = &w->slots.at[slot];

	s->waiting = false;
	s->gen++;
	s->heap_at = w->free_slot;
	w->free_slot = slot;
}

uint64_t
sim_after(struct sim *w, int64_t delay_ms, sim_fn fn, void *ctx, uint64_t arg)
{
	uint32_t slot = w->free_slot;
	struct event_slot *s;

	BUG_IF(delay_ms < 0);
	if (slot == NO_SLOT) {
		slot = w->slots.n;
		(void)vec_add(&w->slots);
	} else {
		w->free_slot = w->slots.at[slot].heap_at;
	}
	s = &w->slots.at[slot];
	s->fn = fn;
	s->ctx = ctx;
	s->arg = arg;
	s->waiting = true;
	vec_push(&w->heap,
		 ((struct heap_entry){ w->now_ms + delay_ms, w->seq++, slot }));
	s->heap_at = w->heap.n - 1;
	heap_up(w, w->heap.n - 1);
	return ((uint64_t)s->gen << 32) | (slot + 1);
}

void
sim_cancel(struct sim *w, uint64_t id)
{
	uint32_t slot = (uint32_t)id - 1;

	if (id == 0 || slot >= w->slots.n || !w->slots.at[slot].waiting ||
	    w->slots.at[slot].gen != (uint32_t)(id >> 32))
		return;
	heap_remove(w, w->slots.at[slot].heap_at);
	slot_free(w, slot);
}

int64_t
sim_next_ms(const struct sim *w)
{
	return w->heap.n ? w->heap.at[0].at_ms : INT64_MAX;
}

void
sim_advance(struct sim *w, int64_t until_ms)
{
	uint64_t at_once = 0;

	while (w->heap.n && w->heap.at[0].at_ms <= until_ms) {
		struct heap_entry e = w->heap.at[0];
		struct event_slot s = w->slots.at[e.slot];

		heap_remove(w, 0);
		slot_free(w, e.slot);
		at_once = e.at_ms > w->now_ms ? 0 : at_once + 1;
		BUG_IF(at_once > INSTANT_LIMIT);
		if (e.at_ms > w->now_ms)
			w->now_ms = e.at_ms;
		w->events++;
		s.fn(w, s.ctx, s.arg);
	}
	if (until_ms > w->now_ms)
		w->now_ms = until_ms;
}

/* ---- chance ---- */

struct rng
sim_rng(const struct sim *w, const char *subject)
{
	return (struct rng){ hash_bytes(subject, strlen(subject),
					w->seed * UINT64_C(0x9e3779b97f4a7c15) +
						1) };
}

int64_t
sim_draw_ms(struct rng *r, int64_t median_ms, double spread)
{
	/* Twelve uniform draws less six are as good as normal here. */
	double z = -6.0, factor;

	for (int i = 0; i < 12; i++)
		z += rng_unit(r);
	factor = exp(z * spread);
	if (factor > 20.0)
		factor = 20.0;
	if (median_ms <= 0)
		return 0;
	return 1 + (int64_t)((double)median_ms * factor);
}

/* ---- the world ---- */

/* Jobs that were taken long before the history ends. */
static void
found_work(struct sim *w, int64_t open_ms)
{
	bool any = false;

	for (uint32_t i = 0; i < w->scenario->load_n; i++)
		any |= w->scenario->loads[i].at_work > 0;
	if (!any)
		return;
	sim_advance(w, open_ms - AT_WORK_MS);
	loads_found(w->ci->loads);
	kubernetes_find_work(w->kubernetes);
}

struct sim *
sim_new(const struct scenario *s, uint64_t seed, struct err *err)
{
	struct sim *w;

	if (s->group_n == 0) {
		err_set(err, ERR_CONFIG,
			"scenario %s has no node group: nothing could run",
			s->name);
		return NULL;
	}
	w = xcalloc(1, sizeof(*w));

	pthread_mutex_init(&w->lock, NULL);
	w->scenario = s;
	w->seed = seed;
	w->free_slot = NO_SLOT;
	w->history = true;
	w->now_ms = s->start_ms - scenario_history_ms(s);
	w->objects = objects_new(&w->now_ms, seed, RING_BYTES);
	objects_add_builtin(w->objects);
	w->cloud = cloud_new(w);
	w->ci = ci_new(w);
	w->machines = machines_new(w);
	w->kubernetes = kubernetes_new(w);
	kubernetes_begin(w->kubernetes);
	found_work(w, s->start_ms - s->warm_up_ms);
	sim_advance(w, s->start_ms - s->warm_up_ms);
	w->history = false;
	kubernetes_wake(w->kubernetes);
	machines_wake(w->machines);
	w->metrics = metrics_new(w);
	metrics_wake(w->metrics);
	spot_begin(w->cloud);
	ci_begin(w->ci);
	sim_advance(w, s->start_ms);
	return w;
}

void
sim_free(struct sim *w)
{
	if (!w)
		return;
	metrics_free(w->metrics);
	kubernetes_free(w->kubernetes);
	machines_free(w->machines);
	ci_free(w->ci);
	cloud_free(w->cloud);
	objects_free(w->objects);
	vec_free(&w->heap);
	vec_free(&w->slots);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void
sim_lock(struct sim *w)
{
	pthread_mutex_lock(&w->lock);
}

void
sim_unlock(struct sim *w)
{
	pthread_mutex_unlock(&w->lock);
}

int64_t
sim_now_ms(const struct sim *w)
{
	return w->now_ms;
}

bool
sim_in_history(const struct sim *w)
{
	return w->history;
}

bool
sim_is_silent(const struct sim *w)
{
	const struct scenario *s = w->scenario;

	return w->history &&
	       w->now_ms + EVENT_LIFE_MS < s->start_ms - s->warm_up_ms;
}

uint64_t
sim_events(const struct sim *w)
{
	return w->events;
}

struct objects *
sim_objects(struct sim *w)
{
	return w->objects;
}

struct kubernetes *
sim_kubernetes(struct sim *w)
{
	return w->kubernetes;
}

struct cloud *
sim_cloud(struct sim *w)
{
	return w->cloud;
}

struct metrics *
sim_metrics(struct sim *w)
{
	return w->metrics;
}

struct ci *
sim_ci(struct sim *w)
{
	return w->ci;
}

struct kube_hooks *
sim_kube_hooks(struct sim *w)
{
	return kubernetes_hooks(w->kubernetes);
}

const struct scenario *
sim_scenario(const struct sim *w)
{
	return w->scenario;
}
