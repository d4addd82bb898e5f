/*
 * Growing text with a ceiling.
 */
#include "backend/base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"

#define BUF_FIRST_BYTES 64

void
buf_init(struct buf *b, size_t limit_bytes)
{
	*b = (struct buf){ .limit = limit_bytes };
}

void
buf_fini(struct buf *b)
{
	free(b->at);
	*b = (struct buf){ .limit = b->limit };
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->at)
		b->at[0] = '\0';
}

bool
buf_ok(const struct buf *b)
{
	return !b->failed;
}

const char *
buf_text(const struct buf *b)
{
	return b->at ? b->at : "";
}

char *
buf_take(struct buf *b, size_t *len)
{
	char *text = b->at ? b->at : xstrdup("");

	if (len)
		*len = b->len;
	*b = (struct buf){ .limit = b->limit };
	return text;
}

/* Room for len more bytes and the NUL; false once over the ceiling. */
static bool
buf_reserve(struct buf *b, size_t len)
{
	size_t room;

	if (b->failed)
		return false;
	if (len > b->limit || b->len > b->limit - len) {
		b->failed = true;
		return false;
	}
	if (b->room > len && b->room - len > b->len)
		return true;
	room = b->room ? b->room : BUF_FIRST_BYTES;
	while (room < b->len + len + 1)
		room += room / 2;
	/* Not limit + 1: SIZE_MAX is a limit too. */
	if (room - 1 > b->limit)
		room = b->limit + 1;
	b->at = xrealloc(b->at, room);
	b->room = room;
	return true;
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!buf_reserve(b, len))
		return;
	if (len)
		memcpy(b->at + b->len, bytes, len);
	b->len += len;
	b->at[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args, again;
	size_t free_bytes;
	int len;

	if (b->failed)
		return;
	/* Most pieces fit into what is there already: one pass then. */
	free_bytes = b->room > b->len ? b->room - b->len : 0;
	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(b->at ? b->at + b->len : NULL, free_bytes, fmt, args);
	va_end(args);
	BUG_IF(len < 0);
	if ((size_t)len < free_bytes && b->len + (size_t)len <= b->limit) {
		b->len += (size_t)len;
	} else if (buf_reserve(b, (size_t)len)) {
		vsnprintf(b->at + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	} else if (b->at) {
		b->at[b->len] = '\0';
	}
	va_end(again);
}

void
buf_consume(struct buf *b, size_t len)
{
	BUG_IF(len > b->len);
	if (!len)
		return;
	b->len -= len;
	memmove(b->at, b->at + len, b->len);
	b->at[b->len] = '\0';
}

static void
json_escape(struct buf *b, unsigned char c)
{
	static const char letter[] = "btn\0fr"; /* 8 9 10 11 12 13 */

	if (c == '"' || c == '\\')
		buf_printf(b, "\\%c", c);
	else if (c >= 8 && c <= 13 && letter[c - 8])
		buf_printf(b, "\\%c", letter[c - 8]);
	else
		buf_printf(b, "\\u%04x", c);
}

void
buf_json_string(struct buf *b, const char *text, size_t len)
{
	size_t from = 0, i = 0;

	buf_putc(b, '"');
	while (i < len) {
		unsigned char c = (unsigned char)text[i];
		uint32_t code;
		size_t n = 1;

		if (c >= 0x80) {
			n = utf8_decode(text + i, len - i, &code);
			if (n == 1) { /* invalid: JSON must be UTF-8 */
				buf_add(b, text + from, i - from);
				buf_puts(b, "\xef\xbf\xbd");
				from = i + 1;
			}
		} else if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
			buf_add(b, text + from, i - from);
			json_escape(b, c);
			from = i + 1;
		}
		i += n;
	}
	buf_add(b, text + from, len - from);
	buf_putc(b, '"');
}

void
buf_percent(struct buf *b, const char *text, size_t len, bool keep_slash)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		    c == '.' || c == '~' || (c == '/' && keep_slash))
			buf_putc(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}
