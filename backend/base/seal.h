/*
 * Sealing: building a record and everything it points to as one block.
 *
 * A decoder works in a scratch area; every pointer inside the record is set
 * through the calls below, which note where it stands.  seal_done() copies the
 * used bytes into one exact allocation and moves the noted pointers along.  The
 * result is immutable; what it has in common with other records it may hold as
 * parts (part.h), and any thread may release it.  A text that a record says
 * twice stands in it once.
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
/* The same for a text that many records say though nobody knows it beforehand:
 * an image, a node's name. */
void seal_common(struct seal *s, const char **slot, const char *t, size_t len);

/* All that is sealed between these two, the array that *slot points at and what
 * hangs on it, is likely to be the same in many records: it becomes a part when
 * such a one has been seen.  Nothing but *slot may point into it from outside,
 * and it may not be written to any more.  Within another sharing: nothing. */
struct seal_mark {
	size_t used;
	uint32_t moved;
	bool inner;
};
struct seal_mark seal_share_begin(struct seal *s);
void seal_share_end(struct seal *s, struct seal_mark mark, const void *slot);

/* A zeroed array of count items; NULL when count is 0. */
void *seal_array(struct seal *s, const void *slot, size_t count, size_t bytes);

/* True when the scratch was too small: the object is unreasonable (over 16
 * MiB) and must be dropped with an error. */
bool seal_overflowed(const struct seal *s);

/* The finished block (new), its size, and how many parts it holds on to; NULL
 * when it overflowed. */
void *seal_done(struct seal *s, uint32_t *bytes, uint16_t *parts);
/* Frees such a block. */
void seal_release(void *block, uint32_t bytes, uint16_t parts);

#endif
