/*
 * Recordings: every decision of an engine with all that went into it, so that
 * it can be recomputed later, elsewhere, also with another policy.
 *
 * A recording is a folder of segments, "paddock-20260216T090000.000Z-PID-N
 * .jsonl", sorted by name.  A segment stands alone and is JSON lines:
 *
 *   {"apiVersion":"paddock/v1","kind":"Record","version":1,"began":WALL,
 *    "context":..,"cluster":..,"account":..,"region":..,"program":..}
 *   {"put":"kubernetes.pods","object":{..}}        one object came or changed
 *   {"gone":"kubernetes.pods","key":"ns/name"}     one object went
 *   {"decision":7,"now":..,"time":..,"complete":["kubernetes",..],
 *    "policy":{..},"memory":{..},"plan":{..},"digest":"..","sum":".."}
 *
 * Objects are written as in world files (design 6).  The lines before the first
 * decision are the whole world, later ones what changed since the decision
 * before.  `now` is what the engine was told, `time` the world's own time,
 * `complete` the sources whose lists were whole (design 8, rule 8).
 *
 *   policy  all keys that are not upstream's defaults; left out: as before
 *   memory  what the decision remembered, as a merge patch (RFC 7386) on the
 *	     `memory` of the plan before; null: nothing
 *   plan    the Plan (design 6) as a merge patch on the plan before, arrays of
 *	     named entries as objects by name
 *   digest  64-bit FNV of the plan as `paddock plan -o json` prints it
 *   sum     64-bit FNV over the lines since the decision before, this member
 *	     left out: a line torn or changed is found
 *
 * Bounds: a segment ends after an hour or 64 MiB of changes, whichever is first
 * (but not before it has doubled its first world); segments beyond 1 GiB in all
 * or older than a week are removed, the oldest first, before a new one begins.
 * Files are 0600, a new folder 0700.  Events and Leases are left out: no
 * decision reads them; so are ConfigMaps other than the priority expander's.
 *
 * Nothing is synced to the disk: a recording survives the death of the program
 * (kill -9), not that of the machine; of its last record then only a part may
 * be there, which readers tell and skip.
 */
#ifndef WORLD_RECORDING_H
#define WORLD_RECORDING_H

#include "backend/engine/engine.h"

enum { RECORDING_VERSION = 1 };

/* ---- writing: one thread at a time (the worker) ---- */

struct recording_options {
	const char *dir;
	const char *context, *cluster, *account, *region; /* NULL: unknown */
	/* 0: the bounds above. */
	uint64_t segment_bytes, total_bytes;
	int64_t segment_ms, keep_ms;
};

struct recording_writer;

/* Makes the folder when it is missing; texts are copied.  NULL with err when it
 * cannot be written to. */
struct recording_writer *
recording_writer_new(const struct recording_options *o, struct err *err);
void recording_writer_free(struct recording_writer *w); /* NULL is fine */

/* Appends a decision: what went in and what came out.  After a failure the next
 * call begins a new segment. */
NODISCARD bool recording_add(struct recording_writer *w,
			     const struct engine_input *in,
			     const struct plan *plan, int64_t wall_ms,
			     struct err *err);

/* ---- reading ---- */

/* One decision; all is borrowed until the next recording_next(). */
struct recorded {
	uint64_t number;	/* as the writer counted */
	int64_t now_ms;
	const struct world *world;
	const struct policy *policy;
	const struct memory *memory; /* NULL: a fresh start */
	const struct tree *plan;     /* arrays of named entries as objects */
	uint64_t digest;
	const char *file;	     /* name of the segment */
	bool first_of_segment;
};

enum recording_next {
	RECORDING_ENTRY,
	RECORDING_END,
	RECORDING_FAILED, /* err says why; no more comes */
};

struct recording_reader;

/* path: a folder or one segment.  Damage (a torn end, a changed line) is told
 * in a sentence and reading goes on with the next segment. */
struct recording_reader *
recording_open(const char *path, void (*tell)(void *ctx, const char *text),
	       void *ctx, struct err *err);
void recording_close(struct recording_reader *r); /* NULL is fine */
enum recording_next recording_next(struct recording_reader *r,
				   struct recorded *out, struct err *err);
/* Segments with damage that is no torn end: records are missing. */
uint32_t recording_damaged(const struct recording_reader *r);

/* One segment from memory, for tests and fuzzing; sums: they must hold. */
struct recording_reader *
recording_open_text(const char *bytes, size_t len, bool sums,
		    void (*tell)(void *ctx, const char *text), void *ctx);

/* The digest of a plan. */
uint64_t recording_digest(const struct plan *p);

/* ---- recording_files.c ---- */

/* Sorted paths of all segments; new texts in a new array ended by NULL. */
char **recording_segments(const char *dir, struct err *err);
void recording_segments_free(char **segments);
/* Removes the oldest ones that nobody writes to, until all fit. */
uint64_t recording_prune(const char *dir, uint64_t total_bytes,
			 int64_t older_ms);

#endif
