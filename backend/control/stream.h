/*
 * Text streams: logs, YAML, describe, why (design 4).
 *
 * Text travels as sealed chunks of whole lines listed in the snapshot.  A
 * stream holds at most STREAM_BYTES; what it lets go is counted, never silent.
 * When the reader lags by half of that the transfer is paused, so that lines
 * are let go only after they were read, or when a single answer is larger than
 * the ceiling.
 *
 * Thread: the backend's.
 */
#ifndef CONTROL_STREAM_H
#define CONTROL_STREAM_H

#include "backend/control/backend_private.h"

#define STREAM_BYTES ((size_t)8 << 20)
enum { STREAMS = 8 }; /* open at once; the oldest closes for a ninth */

struct streams *streams_new(struct backend *b);
void streams_free(struct streams *s);
void stream_open(struct backend *b, const struct command *c);
/* The reader stands at this line. */
void stream_read(struct backend *b, uint64_t id, int64_t line);
void stream_close(struct backend *b, uint64_t id);
/* Hands what changed to the store; before publishing. */
void streams_publish(struct backend *b);

/* ---- for the files that fill them ---- */

struct stream;

void stream_add(struct stream *s, const char *text, size_t len);
/* No more text comes; err NULL or ERR_NONE: it is all there. */
void stream_end(struct stream *s, const struct err *err);
struct backend *stream_backend(const struct stream *s);

/* The other files of streams; each fills s and ends it, at once or later. */
void stream_logs(struct stream *s, const struct command *c);
void stream_yaml(struct stream *s, const struct command *c);
void stream_describe(struct stream *s, const struct command *c);
void stream_why(struct stream *s, const struct command *c);

/* What a source needs to be paused and closed; ctx is the source's own. */
struct stream_source {
	void (*pause)(void *ctx, bool paused);
	void (*close)(void *ctx);
	void *ctx;
};
/* Requests whose answers never came; after the client is freed. */
void stream_asks_free(struct backend *b);
void stream_set_source(struct stream *s, const struct stream_source *source);

#endif
