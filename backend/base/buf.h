/*
 * Growing text with a stated ceiling.
 *
 * A failed append is sticky: append freely, ask buf_ok() once at the end.  The
 * content is always NUL terminated.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "backend/base/mem.h"

struct buf {
	char *at; /* owned; NULL while empty */
	size_t len, room, limit;
	bool failed; /* the ceiling was hit; later appends do nothing */
};

void buf_init(struct buf *b, size_t limit_bytes);
void buf_fini(struct buf *b);
void buf_reset(struct buf *b);
bool buf_ok(const struct buf *b);
/* The text, never NULL. */
const char *buf_text(const struct buf *b);
/* Moves the text out (new, caller frees) and leaves the buffer empty. */
char *buf_take(struct buf *b, size_t *len);

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
PRINTF_LIKE(2, 3) void buf_printf(struct buf *b, const char *fmt, ...);
/* Drops the first `len` bytes. */
void buf_consume(struct buf *b, size_t len);
/* JSON string with quotes and escapes. */
void buf_json_string(struct buf *b, const char *text, size_t len);
/* Percent-encodes all but A-Z a-z 0-9 - _ . ~ (and '/' when keep_slash). */
void buf_percent(struct buf *b, const char *text, size_t len, bool keep_slash);

#endif
