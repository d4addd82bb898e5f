/*
 * Slots, generations and shared pages of one kind.
 */
#include "backend/store/shelf.h"

#include <stdlib.h>

/* Whose row, and which key. */
struct asked {
	const struct shelf *shelf;
	const char *key;
};

static bool
row_has_key(const void *row, const void *asked)
{
	const struct asked *a = asked;

	return record_has_key(shelf_slot(a->shelf, row)->rec, a->key);
}

static const struct finder_sort rows_by_key = { offsetof(struct row, hash),
						row_has_key };

void
shelf_init(struct shelf *s, enum kind kind)
{
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	finder_init(&s->by_key, &rows_by_key);
	list_init(&s->arrived);
	list_init(&s->gone);
}

void
shelf_fini(struct shelf *s)
{
	for (uint32_t i = 0; i < s->pages.n; i++)
		page_unref(s->pages.at[i]);
	for (uint32_t i = 0; i < s->rows.n; i++)
		free(s->rows.at[i]);
	vec_free(&s->pages);
	vec_free(&s->rows);
	vec_free(&s->empty);
	vec_free(&s->dirty);
	finder_fini(&s->by_key);
}

struct row *
shelf_find(const struct shelf *s, const char *key)
{
	return finder_get(&s->by_key, finder_hash(key),
			  &(struct asked){ s, key });
}

/* The slot for writing: its page is copied when a snapshot holds it. */
static struct slot *
slot_for_write(struct shelf *s, uint32_t index)
{
	struct page **page = &s->pages.at[index / SLOT_PAGE];

	/* Acquire: whoever let go of the page has read it to the end. */
	if (atomic_load_explicit(&(*page)->refs, memory_order_acquire) > 1) {
		struct page *copy = page_copy(*page);

		page_unref(*page);
		*page = copy;
	}
	s->changed = true;
	return &(*page)->slots[index % SLOT_PAGE];
}

const struct slot *
shelf_slot(const struct shelf *s, const struct row *r)
{
	return &s->pages.at[r->index / SLOT_PAGE]
			->slots[r->index % SLOT_PAGE];
}

static uint32_t
take_index(struct shelf *s)
{
	if (s->empty.n)
		return s->empty.at[--s->empty.n];
	if (s->rows.n % SLOT_PAGE == 0) {
		struct page *page = page_new();

		vec_push(&s->pages, page);
	}
	vec_push(&s->rows, NULL);
	return s->rows.n - 1;
}

struct row *
shelf_add(struct shelf *s, const struct record *taken, const char *key,
	  size_t row_bytes)
{
	struct row *r = xcalloc(1, row_bytes);
	struct slot *slot;

	r->index = take_index(s);
	r->kind = (uint8_t)s->kind;
	slot = slot_for_write(s, r->index);
	r->gen = slot->gen;
	slot->rec = taken;
	s->rows.at[r->index] = r;
	r->hash = finder_hash(key);
	finder_add(&s->by_key, r);
	list_push(&s->arrived, &r->queue);
	s->live++;
	return r;
}

void
shelf_set_rec(struct shelf *s, struct row *r, const struct record *taken)
{
	struct slot *slot = slot_for_write(s, r->index);
	const struct record *old = slot->rec;

	slot->rec = taken;
	record_unref(old);
}

void
shelf_set_sum(struct shelf *s, struct row *r, const struct record *taken)
{
	struct slot *slot = slot_for_write(s, r->index);
	const struct record *old = slot->sum;

	slot->sum = taken;
	record_unref(old);
}

void
shelf_end(struct shelf *s, struct row *r, int64_t world_ms)
{
	struct slot *slot;

	BUG_IF(r->ended);
	finder_remove(&s->by_key, r);
	slot = slot_for_write(s, r->index);
	slot->ended = true;
	slot->ended_ms = world_ms;
	r->ended = true;
	link_off(&r->queue);
	list_push(&s->gone, &r->queue);
	s->live--;
	s->ended++;
}

void
shelf_remove(struct shelf *s, struct row *r)
{
	struct slot *slot;

	if (r->ended) {
		s->ended--;
	} else {
		finder_remove(&s->by_key, r);
		s->live--;
	}
	link_off(&r->queue);
	if (r->dirty_at)
		s->dirty.at[r->dirty_at - 1] = NULL;
	slot = slot_for_write(s, r->index);
	record_unref(slot->rec);
	record_unref(slot->sum);
	memset(slot, 0, sizeof(*slot));
	/* A handle to what stood here must not find what comes next. */
	slot->gen = (uint16_t)(r->gen + 1);
	s->rows.at[r->index] = NULL;
	vec_push(&s->empty, r->index);
	free(r);
}

void
shelf_dirty(struct shelf *s, struct row *r)
{
	if (r->dirty_at)
		return;
	vec_push(&s->dirty, r);
	r->dirty_at = s->dirty.n;
}

struct row *
shelf_next_dirty(struct shelf *s)
{
	while (s->dirty.n) {
		struct row *r = s->dirty.at[--s->dirty.n];

		if (!r)
			continue;
		r->dirty_at = 0;
		return r;
	}
	return NULL;
}

struct handle
row_handle(const struct row *r)
{
	struct handle none = { 0 };

	return r ? snapshot_handle((enum kind)r->kind, r->index, r->gen)
		 : none;
}

void
shelf_publish(const struct shelf *s, struct table *out)
{
	struct page **pages = NULL;

	if (s->pages.n) {
		pages = xmalloc(s->pages.n * sizeof(*pages));
		for (uint32_t i = 0; i < s->pages.n; i++)
			pages[i] = page_ref(s->pages.at[i]);
	}
	out->pages = pages;
	out->page_n = s->pages.n;
	out->live = s->live;
	out->ended = s->ended;
}
