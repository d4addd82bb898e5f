/*
 * Objects of one type in key order: pages of pointers, so that an insert moves
 * at most one page and a list walks straight through.
 */
#ifndef SIM_OBJECTS_INDEX_H
#define SIM_OBJECTS_INDEX_H

#include "backend/sim/objects/objects.h"

#define INDEX_PAGE 256

struct index_page {
	uint32_t n; /* never 0 in an index */
	const struct object *at[INDEX_PAGE];
};

struct object_index { /* holds no references: its user does */
	VEC(struct index_page *) pages;
	uint32_t count;
};

struct index_place {
	uint32_t page, slot;
};

void object_index_fini(struct object_index *x);
/* Where key stands, or would; true when it is there. */
bool object_index_find(const struct object_index *x, const char *key,
		       struct index_place *at);
/* The first object with a key >= key (or > key when after). */
struct index_place object_index_seek(const struct object_index *x,
				     const char *key, bool after);
/* NULL at the end; else the object at the place, which moves on. */
const struct object *object_index_next(const struct object_index *x,
				       struct index_place *at);
const struct object *object_index_at(const struct object_index *x,
				     struct index_place at);
/* Stores obj under its key; returns what it replaced. */
const struct object *object_index_put(struct object_index *x,
				      const struct object *obj);
/* Removes and returns, NULL when absent. */
const struct object *object_index_take(struct object_index *x, const char *key);

#endif
