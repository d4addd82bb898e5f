/*
 * A shelf: the rows of one kind.
 *
 * Slots stand in pages that snapshots share; a page is copied the first time it
 * changes after a publication.  Every filled slot has a row: what the store
 * keeps beside the published records.  Live rows are found by record_key();
 * ended ones keep their slot until their time is up.
 *
 * Thread: the backend's.
 */
#ifndef STORE_SHELF_H
#define STORE_SHELF_H

#include "backend/base/finder.h"
#include "backend/model/sink.h"
#include "backend/store/list.h"

struct row { /* first member of every kind's own row */
	uint32_t index;	   /* slot, 0-based */
	uint16_t gen;
	uint8_t kind;
	bool ended;
	uint32_t dirty_at; /* 1-based place on the work list; 0: not on it */
	uint32_t epoch;	   /* the list that saw it last */
	uint32_t hash;	   /* of its key */
	struct link queue; /* arrived while live, gone when ended */
};

struct shelf {
	enum kind kind;
	VEC(struct page *) pages;
	VEC(struct row *) rows; /* by index; NULL: empty */
	VEC(uint32_t) empty;
	VEC(struct row *) dirty;
	struct finder by_key;	/* live rows */
	struct link arrived;	/* live, oldest first */
	struct link gone;	/* ended, oldest first */
	uint32_t live, ended;
	uint32_t epoch;		/* grows with every full list */
	uint32_t before;	/* live rows when the list began */
	bool listing, loaded;
	bool changed;		/* since the last publication */
};

void shelf_init(struct shelf *s, enum kind kind);
/* Rows are freed by the owner first; see shelf_remove. */
void shelf_fini(struct shelf *s);

struct row *shelf_find(const struct shelf *s, const char *key); /* live */
/* A new live row of row_bytes, zeroed behind struct row; takes the record. */
struct row *shelf_add(struct shelf *s, const struct record *taken,
		      const char *key, size_t row_bytes);
const struct slot *shelf_slot(const struct shelf *s, const struct row *r);
/* Each takes the reference over and drops the one it replaces. */
void shelf_set_rec(struct shelf *s, struct row *r, const struct record *taken);
void shelf_set_sum(struct shelf *s, struct row *r, const struct record *taken);
/* From live to ended; the key is free for a successor. */
void shelf_end(struct shelf *s, struct row *r, int64_t world_ms);
/* Empties the slot and frees the row. */
void shelf_remove(struct shelf *s, struct row *r);

/* Puts the row on the work list once. */
void shelf_dirty(struct shelf *s, struct row *r);
/* Takes one row off the work list; NULL when it is empty. */
struct row *shelf_next_dirty(struct shelf *s);

struct handle row_handle(const struct row *r); /* NULL: none */
/* Copies the pages' addresses with one reference each. */
void shelf_publish(const struct shelf *s, struct table *out);

#endif
