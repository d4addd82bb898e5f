/*
 * Parts: bytes that many records have in common (a pod's containers, its image,
 * its tolerations), held once for the whole program and counted.
 *
 * Content goes in, the one copy of it comes out; whoever holds a reference may
 * read it on any thread.  What has been seen only once is not worth a part: the
 * record keeps it itself.
 *
 * Thread: any, all calls; one lock, held for a lookup.
 */
#ifndef BASE_PART_H
#define BASE_PART_H

#include "backend/base/mem.h"

/* Below this a part costs more than it saves. */
enum { PART_MIN_BYTES = 16 };

/* Where pointers into the content itself stand: offsets from its start, each
 * slot holding the address of something in it, or anything else. */
struct part_slots {
	const uint32_t *at;
	uint32_t n;
	uint32_t from; /* what to take off each offset */
};

/* The part equal to these bytes (8-aligned), with one reference more, or NULL
 * when nothing like it has been seen lately.  The slots' pointers are turned
 * for comparing, and come out as they went in. */
const void *part_get(void *bytes, uint32_t len, const struct part_slots *slots);
/* The same for a text; len without its NUL. */
const char *part_text(const char *text, uint32_t len);
/* One reference less for each. */
void part_drop(const void *const *parts, uint32_t n);
/* What all parts take, for tests and figures. */
uint32_t part_count(void);
size_t part_bytes(void);

#endif
