/*
 * Snapshots: looking up, walking, and letting go.
 */
#include "backend/model/snapshot.h"

#include <stdlib.h>

static const char *const state_names[] = {
	[SOURCE_OFF] = "off",	  [SOURCE_CONNECTING] = "connecting",
	[SOURCE_LOADING] = "loading", [SOURCE_LIVE] = "live",
	[SOURCE_STALE] = "stale", [SOURCE_FAILED] = "failed",
};

const char *
source_state_name(enum source_state state)
{
	return (size_t)state < ARRAY_LEN(state_names) ? state_names[state]
						      : "unknown";
}

/* ---- references ---- */

static void
ref(_Atomic uint32_t *refs)
{
	atomic_fetch_add_explicit(refs, 1, memory_order_relaxed);
}

/* True for the last one. */
static bool
unref(_Atomic uint32_t *refs)
{
	uint32_t before;

	before = atomic_fetch_sub_explicit(refs, 1, memory_order_acq_rel);
	BUG_IF(before == 0);
	return before == 1;
}

struct page *
page_new(void)
{
	struct page *p = xcalloc(1, sizeof(*p));

	atomic_init(&p->refs, 1);
	return p;
}

struct page *
page_ref(struct page *p)
{
	ref(&p->refs);
	return p;
}

void
page_unref(struct page *p)
{
	if (!p || !unref(&p->refs))
		return;
	for (int i = 0; i < SLOT_PAGE; i++) {
		record_unref(p->slots[i].rec);
		record_unref(p->slots[i].sum);
	}
	free(p);
}

struct page *
page_copy(const struct page *p)
{
	struct page *copy = page_new();

	memcpy(copy->slots, p->slots, sizeof(copy->slots));
	for (int i = 0; i < SLOT_PAGE; i++) {
		record_ref(copy->slots[i].rec);
		record_ref(copy->slots[i].sum);
	}
	return copy;
}

struct chunk *
chunk_ref(struct chunk *c)
{
	ref(&c->refs);
	return c;
}

void
chunk_unref(struct chunk *c)
{
	if (c && unref(&c->refs))
		free(c);
}

const struct snapshot *
snapshot_ref(const struct snapshot *s)
{
	if (s)
		ref(&((struct snapshot *)(uintptr_t)s)->refs);
	return s;
}

void
snapshot_unref(const struct snapshot *taken)
{
	struct snapshot *s = (struct snapshot *)(uintptr_t)taken;

	if (!s || !unref(&s->refs))
		return;
	for (int k = 0; k < KIND_COUNT; k++) {
		for (uint32_t i = 0; i < s->table[k].page_n; i++)
			page_unref(s->table[k].pages[i]);
		free((void *)(uintptr_t)s->table[k].pages);
	}
	for (uint32_t i = 0; i < s->stream_n; i++) {
		struct stream_view *v = &s->streams[i];

		for (uint32_t c = 0; c < v->chunk_n; c++)
			chunk_unref(v->chunks[c]);
		free((void *)(uintptr_t)v->chunks);
	}
	free(s->streams);
	free(s);
}

/* ---- reading ---- */

const struct slot *
snapshot_slot(const struct snapshot *s, struct handle h)
{
	const struct slot *slot;
	uint32_t at = h.slot - 1;

	if (h.slot == 0 || h.kind >= KIND_COUNT ||
	    at / SLOT_PAGE >= s->table[h.kind].page_n)
		return NULL;
	slot = &s->table[h.kind].pages[at / SLOT_PAGE]->slots[at % SLOT_PAGE];
	return slot->rec && slot->gen == h.gen ? slot : NULL;
}

const void *
snapshot_rec(const struct snapshot *s, struct handle h)
{
	const struct slot *slot = snapshot_slot(s, h);

	return slot ? slot->rec : NULL;
}

const void *
snapshot_sum(const struct snapshot *s, struct handle h)
{
	const struct slot *slot = snapshot_slot(s, h);

	return slot ? slot->sum : NULL;
}

struct handle
snapshot_handle(enum kind kind, uint32_t index, uint16_t gen)
{
	return (struct handle){ index + 1, gen, (uint8_t)kind };
}

const struct slot *
snapshot_next(const struct snapshot *s, enum kind kind, uint32_t *cursor,
	      struct handle *h)
{
	const struct table *t = &s->table[kind];

	for (; *cursor / SLOT_PAGE < t->page_n; ++*cursor) {
		uint32_t at = *cursor;
		const struct slot *slot =
			&t->pages[at / SLOT_PAGE]->slots[at % SLOT_PAGE];

		if (!slot->rec)
			continue;
		if (h)
			*h = snapshot_handle(kind, at, slot->gen);
		++*cursor;
		return slot;
	}
	return NULL;
}

/* A live row wins over an ended one of the same name. */
struct handle
snapshot_find(const struct snapshot *s, enum kind kind, const char *ns,
	      const char *name)
{
	struct handle h, ended = { 0 };
	const struct slot *slot;

	if ((unsigned)kind >= KIND_COUNT)
		return ended;
	for (uint32_t i = 0; (slot = snapshot_next(s, kind, &i, &h));) {
		char key[RECORD_KEY];

		if (ns && strcmp(record_ns(slot->rec), ns) != 0)
			continue;
		if (strcmp(record_name(slot->rec), name) != 0 &&
		    (kind_source(kind) == SOURCE_KUBERNETES ||
		     strcmp(record_key(slot->rec, key), name) != 0))
			continue;
		if (!slot->ended)
			return h;
		ended = h;
	}
	return ended;
}

const struct stream_view *
snapshot_stream(const struct snapshot *s, uint64_t id)
{
	for (uint32_t i = 0; i < s->stream_n; i++)
		if (s->streams[i].id == id)
			return &s->streams[i];
	return NULL;
}
