/*
 * World files and plans as text (design 6).
 *
 * Reading and writing stream: a file is never in memory as a whole.  Of known
 * members a wrong type is an error that names the JSON path.
 */
#ifndef WORLD_WORLD_FILE_H
#define WORLD_WORLD_FILE_H

#include "backend/engine/engine.h"

/* What a world file holds; all three are owned, memory may be NULL. */
struct world_file {
	const struct world *world;
	struct policy *policy; /* starts from upstream's defaults */
	const struct memory *memory;
};

void world_file_fini(struct world_file *f);

/* path "-" reads standard input.  On failure out is left empty and err tells
 * file, JSON path and what is wrong. */
NODISCARD bool world_file_read(const char *path, struct world_file *out,
			       struct err *err);

/* The same piece by piece. */
struct world_reader;
struct world_reader *world_reader_new(void);
void world_reader_free(struct world_reader *r); /* NULL is fine */
NODISCARD bool world_reader_feed(struct world_reader *r, const char *bytes,
				 size_t len, struct err *err);
/* Call once, at the end of input. */
NODISCARD bool world_reader_done(struct world_reader *r,
				 struct world_file *out, struct err *err);

typedef bool (*world_sink)(void *ctx, const char *bytes, size_t len);

/* policy and memory may be NULL: left out.  False when the sink refused. */
bool world_file_write(const struct world *w, const struct policy *policy,
		      const struct memory *memory, world_sink sink, void *ctx);
/* Writes to a new file (0600), atomically put in place of an old one. */
NODISCARD bool world_file_save(const char *path, const struct world *w,
			       const struct policy *policy,
			       const struct memory *memory, struct err *err);

/* ---- plans ---- */

bool plan_write_json(const struct plan *p, world_sink sink, void *ctx);
/* For people: short, causes named.  Texts from the cluster are cleaned. */
struct buf;
void plan_write_text(const struct plan *p, struct buf *out);

#endif
