/*
 * Text as numbered lines: of a stream in a snapshot, or of our own.
 *
 * Line numbers count from the beginning of the stream and stay when the oldest
 * lines are let go.
 */
#ifndef TUI_LINES_H
#define TUI_LINES_H

#include "backend/model/snapshot.h"

struct lines {
	struct chunk *const *chunks; /* borrowed */
	uint32_t chunk_n;
	uint64_t first, end; /* numbers: [first, end) are there */
};

/* A walk over lines from a given one. */
struct line_cursor {
	const struct lines *lines;
	uint32_t chunk;
	const char *at;
	uint64_t number; /* of the line that line_next yields next */
};

void lines_of_stream(struct lines *l, const struct stream_view *v);
/* One block of text as a chunk list of one (new; chunk_unref releases). */
struct chunk *chunk_of_text(const char *text, size_t len);

/* From line `number`, or the first that is still there. */
struct line_cursor line_from(const struct lines *l, uint64_t number);
/* The line without its newline; false at the end. */
bool line_next(struct line_cursor *c, const char **text, size_t *len);

#endif
