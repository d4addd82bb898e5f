/*
 * Finders: open addressing with linear probing.  Removing closes the gap, so
 * that a probe ends at the first empty slot.
 */
#include "backend/base/finder.h"

#include <stdlib.h>

#include "backend/base/map.h"

#define FIRST_SLOTS 16u

void
finder_init(struct finder *f, const struct finder_sort *sort)
{
	*f = (struct finder){ .sort = sort };
}

void
finder_fini(struct finder *f)
{
	free(f->slots);
	*f = (struct finder){ .sort = f->sort };
}

uint32_t
finder_hash(const char *key)
{
	return (uint32_t)hash_words(key, strlen(key));
}

static uint32_t
hash_of(const struct finder *f, const void *thing)
{
	uint32_t hash;

	memcpy(&hash, (const char *)thing + f->sort->hash_at, sizeof(hash));
	return hash;
}

void *
finder_get(const struct finder *f, uint32_t hash, const void *key)
{
	uint32_t mask = f->slot_n - 1;

	if (!f->n)
		return NULL;
	for (uint32_t i = hash & mask; f->slots[i]; i = (i + 1) & mask)
		if (hash_of(f, f->slots[i]) == hash &&
		    f->sort->has_key(f->slots[i], key))
			return f->slots[i];
	return NULL;
}

static void
place(struct finder *f, void *thing)
{
	uint32_t mask = f->slot_n - 1;
	uint32_t i = hash_of(f, thing) & mask;

	while (f->slots[i])
		i = (i + 1) & mask;
	f->slots[i] = thing;
}

/* At most three quarters full. */
static void
make_room(struct finder *f)
{
	void **old = f->slots;
	uint32_t old_n = f->slot_n;

	if (f->n < old_n / 4 * 3)
		return;
	BUG_IF(old_n > UINT32_MAX / 2);
	f->slot_n = old_n ? old_n * 2 : FIRST_SLOTS;
	f->slots = xcalloc(f->slot_n, sizeof(*f->slots));
	for (uint32_t i = 0; i < old_n; i++)
		if (old[i])
			place(f, old[i]);
	free(old);
}

void
finder_add(struct finder *f, void *thing)
{
	make_room(f);
	place(f, thing);
	f->n++;
}

/* Moves those up that were pushed past the gap by what stood there. */
static void
close_gap(struct finder *f, uint32_t gap)
{
	uint32_t mask = f->slot_n - 1;

	for (uint32_t i = (gap + 1) & mask; f->slots[i]; i = (i + 1) & mask) {
		uint32_t home = hash_of(f, f->slots[i]) & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue; /* it would stand before its home */
		f->slots[gap] = f->slots[i];
		gap = i;
	}
	f->slots[gap] = NULL;
}

void
finder_remove(struct finder *f, const void *thing)
{
	uint32_t mask = f->slot_n - 1;
	uint32_t i;

	BUG_IF(!f->n);
	for (i = hash_of(f, thing) & mask; f->slots[i] != thing;
	     i = (i + 1) & mask)
		BUG_IF(!f->slots[i]);
	close_gap(f, i);
	f->n--;
}

void *
finder_next(const struct finder *f, uint32_t *cursor)
{
	while (*cursor < f->slot_n) {
		void *thing = f->slots[(*cursor)++];

		if (thing)
			return thing;
	}
	return NULL;
}
