/*
 * Sealing: building a record and everything it points to as one block.
 *
 * A decoder works in a scratch area; every pointer inside the record is set
 * through the calls below, which note where it stands.  seal_done() copies the
 * used bytes into one exact allocation and moves the noted pointers along.  The
 * result is immutable, has one malloc and one free, and shares nothing, so that
 * any thread may drop the last reference.  A text that a record says twice
 * stands in it once.
 *
 * The scratch never moves while a record is being built: pointers into it stay
 * good until seal_done or seal_begin.
 */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include "backend/base/mem.h"

struct seal;

/* One per thread that decodes; reserves address space, not memory. */
struct seal *seal_new(void);
void seal_free(struct seal *s);

/* Starts a record of `bytes`, zeroed; anything unfinished is dropped. */
RETURNS_NONNULL void *seal_begin(struct seal *s, size_t bytes);

/* Copies text behind the record and points *slot at it.  *slot must lie inside
 * the block (the record or an array of it).  NULL text stores NULL. */
void seal_text(struct seal *s, const char **slot, const char *text);
void seal_textn(struct seal *s, const char **slot, const char *t, size_t len);
/* The same for a text that is often one of a few well-known ones (label keys,
 * "Running", "NoSchedule"): those cost no bytes. */
void seal_known(struct seal *s, const char **slot, const char *t, size_t len);
/* A zeroed array of count items; NULL when count is 0. */
void *seal_array(struct seal *s, const void *slot, size_t count, size_t bytes);

/* True when the scratch was too small: the object is unreasonable (over 16
 * MiB) and must be dropped with an error. */
bool seal_overflowed(const struct seal *s);

/* The finished block (new; free() releases it) and its size; NULL when it
 * overflowed. */
void *seal_done(struct seal *s, uint32_t *bytes);

#endif
