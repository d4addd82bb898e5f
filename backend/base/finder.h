/*
 * A finder: finds things by a key that stands in them, so that no key is kept
 * twice.  Each thing carries the hash of its key; two of one key are a bug.
 *
 * Thread: one user.
 */
#ifndef BASE_FINDER_H
#define BASE_FINDER_H

#include "backend/base/mem.h"

/* What sort of things they are. */
struct finder_sort {
	size_t hash_at; /* where a thing's uint32_t hash stands in it */
	/* key: whatever finder_get was asked for. */
	bool (*has_key)(const void *thing, const void *key);
};

struct finder {
	const struct finder_sort *sort;
	void **slots;	 /* NULL: empty */
	uint32_t slot_n; /* a power of two, or 0 */
	uint32_t n;
};

void finder_init(struct finder *f, const struct finder_sort *sort);
void finder_fini(struct finder *f); /* the things are others' */

/* For keys that are text. */
uint32_t finder_hash(const char *key);

void *finder_get(const struct finder *f, uint32_t hash, const void *key);
/* Borrows the thing until it is removed; its hash stands in it already. */
void finder_add(struct finder *f, void *thing);
/* for (uint32_t i = 0; (thing = finder_next(f, &i));) -- in no order to rely
 * on; nothing is added or removed meanwhile.  NULL at the end. */
void *finder_next(const struct finder *f, uint32_t *cursor);
void finder_remove(struct finder *f, const void *thing);

#endif
