/*
 * Records: immutable, reference counted, one block each (base/seal.h) and what
 * it has in common with others (base/part.h).
 *
 * A record is built once, then only read, by any thread; the last unref frees
 * it on whichever thread that is.  Records never point at each other: they
 * refer by handle, resolved in a snapshot in O(1).
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include <stdatomic.h>

#include "backend/base/seal.h"

enum kind {
#define KIND(id, name, plural, source) KIND_##id,
#include "backend/model/kinds.def"
#undef KIND
	KIND_COUNT
};

enum source { SOURCE_KUBERNETES, SOURCE_AWS, SOURCE_GITLAB, SOURCE_PADDOCK,
	      SOURCE_COUNT };

const char *kind_name(enum kind kind);	 /* "pod" */
const char *kind_plural(enum kind kind); /* "pods": the world file's array */
enum source kind_source(enum kind kind);
const char *source_name(enum source source); /* "kubernetes" */
/* KIND_COUNT when there is none of that name or plural; "jobs" are GitLab's. */
enum kind kind_by_name(const char *name);

/* Stable identity of a row for as long as its object lives: a slot is reused
 * only with another generation.  All zero is "none". */
struct handle {
	uint32_t slot;	  /* 1-based; 0: none */
	uint16_t gen;
	uint8_t kind;	  /* enum kind */
};

static inline bool
handle_is_none(struct handle h)
{
	return h.slot == 0;
}

static inline bool
handle_eq(struct handle a, struct handle b)
{
	return a.slot == b.slot && a.gen == b.gen && a.kind == b.kind;
}

/* First member of every record. */
struct record {
	_Atomic uint32_t refs;
	uint32_t bytes; /* the whole block */
	uint16_t parts; /* it holds on to; see seal_release() */
	uint8_t kind;	/* enum kind; sums use their subject's kind */
};

/* Finishes a sealed record with one reference; NULL when it overflowed. */
void *record_seal(struct seal *s, enum kind kind);
const void *record_ref(const void *record);
void record_unref(const void *record); /* NULL is fine */
/* The first `bytes` of a record, with a count of its own: that of `from` is
 * changed by other threads meanwhile.  What it points to stays its. */
void record_copy(void *to, const void *from, size_t bytes);

#endif
