/*
 * Event rings: one per type, bounded in bytes and events, read by cursors; and
 * what they make possible besides watching, the state as it was at an earlier
 * version.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/internal.h"

#define RING_FIRST 64u
#define RING_EVENTS (1u << 18)

static struct ring_event *
slot(const struct ring *r, uint64_t position)
{
	return &r->at[position & (r->room - 1)];
}

/* What an event keeps alive.  The state before is mostly the state of an
 * earlier event too, so this is a ceiling, not a sum. */
static size_t
event_bytes(const struct ring_event *e)
{
	return sizeof(*e) + e->now->len + (e->before ? e->before->len : 0);
}

static void
drop_first(struct ring *r)
{
	struct ring_event *e = slot(r, r->first++);

	r->bytes -= event_bytes(e);
	r->floor_rv = e->rv;
	object_unref(e->now);
	object_unref(e->before);
}

static void
grow(struct ring *r)
{
	uint32_t room = r->room ? r->room * 2 : RING_FIRST;
	struct ring_event *at = xcalloc(room, sizeof(*at));

	for (uint64_t p = r->first; p < r->next; p++)
		at[p & (room - 1)] = *slot(r, p);
	free(r->at);
	r->at = at;
	r->room = room;
}

void
ring_push(struct ring *r, size_t limit_bytes, enum object_event event,
	  const struct object *now, const struct object *before)
{
	struct ring_event *e;

	if (r->next - r->first == r->room) {
		if (r->room < RING_EVENTS)
			grow(r);
		else
			drop_first(r);
	}
	e = slot(r, r->next++);
	*e = (struct ring_event){
		.event = event,
		.now = object_ref(now),
		.before = before ? object_ref(before) : NULL,
		.rv = now->rv,
	};
	r->bytes += event_bytes(e);
	/* The newest stays whatever its size. */
	while (r->bytes > limit_bytes && r->next - r->first > 1)
		drop_first(r);
}

void
ring_fini(struct ring *r)
{
	while (r->first < r->next)
		drop_first(r);
	free(r->at);
	*r = (struct ring){ 0 };
}

/* Position of the first event after rv. */
static uint64_t
position_after(const struct ring *r, uint64_t rv)
{
	uint64_t low = r->first, high = r->next;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (slot(r, mid)->rv <= rv)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
objects_watch_from(struct objects *o, const struct object_type *t, uint64_t rv,
		   struct watch_cursor *c, struct status *st)
{
	const struct ring *r = &store_of(o, t)->ring;

	if (rv > o->rv) {
		status_fail(st, 504, "Timeout",
			    "Too large resource version: %llu, current: %llu",
			    (unsigned long long)rv, (unsigned long long)o->rv);
		status_add_cause(st, "ResourceVersionTooLarge", "",
				 "Too large resource version");
		st->retry_after_s = 1;
		return false;
	}
	if (rv < r->floor_rv)
		return status_fail(st, 410, "Expired",
				   "too old resource version: %llu (%llu)",
				   (unsigned long long)rv,
				   (unsigned long long)r->floor_rv);
	*c = (struct watch_cursor){ .type = t, .at = position_after(r, rv) };
	return true;
}

bool
objects_watch_next(struct objects *o, struct watch_cursor *c,
		   struct watch_event *e)
{
	const struct ring *r = &store_of(o, c->type)->ring;
	const struct ring_event *from;

	if (c->at < r->first)
		c->fell_out = true;
	if (c->fell_out || c->at == r->next)
		return false;
	from = slot(r, c->at++);
	*e = (struct watch_event){
		.event = from->event,
		.now = from->now,
		.before = from->before,
		.rv = from->rv,
	};
	return true;
}

/* ---- as it was ---- */

/* Keys that changed after rv, with what stood there before (NULL: nothing). */
struct past {
	const char *key;
	const struct object *was;
	uint64_t position;
};

static int
by_key_then_age(const void *a, const void *b)
{
	const struct past *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order)
		return order;
	return x->position < y->position ? -1 : x->position > y->position;
}

/* Sorted, one entry a key: the oldest change after rv tells what was there. */
static struct past *
past_of(const struct ring *r, uint64_t rv, size_t *count)
{
	uint64_t from = position_after(r, rv);
	size_t n = 0, kept = 0;
	struct past *at = xcalloc(r->next - from + 1, sizeof(*at));

	for (uint64_t p = from; p < r->next; p++)
		at[n++] = (struct past){ slot(r, p)->now->key,
					 slot(r, p)->before, p };
	qsort(at, n, sizeof(*at), by_key_then_age);
	for (size_t i = 0; i < n; i++)
		if (!kept || strcmp(at[kept - 1].key, at[i].key) != 0)
			at[kept++] = at[i];
	*count = kept;
	return at;
}

struct merge {
	const struct past *past;
	size_t at, n;
	const char *ns, *from;
	size_t ns_len;
	bool (*fn)(void *ctx, const struct object *obj);
	void *ctx;
	bool stopped;
};

static bool
past_in_range(const struct merge *m, const char *key)
{
	if (m->from && strcmp(key, m->from) <= 0)
		return false;
	return !m->ns || (strncmp(key, m->ns, m->ns_len) == 0 &&
			  key[m->ns_len] == '/');
}

/* Hands out past objects with keys before `key` (NULL: all that are left). */
static bool
past_until(struct merge *m, const char *key)
{
	while (m->at < m->n && !m->stopped &&
	       (!key || strcmp(m->past[m->at].key, key) < 0)) {
		const struct past *p = &m->past[m->at++];

		if (p->was && past_in_range(m, p->key))
			m->stopped = !m->fn(m->ctx, p->was);
	}
	return !m->stopped;
}

static bool
merge_one(void *ctx, const struct object *obj)
{
	struct merge *m = ctx;

	if (!past_until(m, obj->key))
		return false;
	if (m->at < m->n && strcmp(m->past[m->at].key, obj->key) == 0) {
		const struct object *was = m->past[m->at++].was;

		if (was)
			m->stopped = !m->fn(m->ctx, was);
	} else {
		m->stopped = !m->fn(m->ctx, obj);
	}
	return !m->stopped;
}

bool
objects_each_at(const struct objects *o, const struct object_type *t,
		uint64_t rv, const char *ns, const char *from,
		bool (*fn)(void *ctx, const struct object *obj), void *ctx)
{
	const struct ring *r = &store_of(o, t)->ring;
	struct merge m = { .from = from, .fn = fn, .ctx = ctx };
	struct past *past;

	if (rv < r->floor_rv)
		return false;
	if (t->namespaced && ns) {
		m.ns = ns;
		m.ns_len = strlen(ns);
	}
	past = past_of(r, rv, &m.n);
	m.past = past;
	objects_each(o, t, ns, from, merge_one, &m);
	past_until(&m, NULL);
	free(past);
	return true;
}
