/*
 * Numbered lines over chunks.
 */
#include "tui/lines.h"

void
lines_of_stream(struct lines *l, const struct stream_view *v)
{
	memset(l, 0, sizeof(*l));
	if (!v)
		return;
	l->chunks = v->chunks;
	l->chunk_n = v->chunk_n;
	l->first = l->end = v->first_line;
	for (uint32_t i = 0; i < v->chunk_n; i++)
		l->end += v->chunks[i]->lines;
}

struct chunk *
chunk_of_text(const char *text, size_t len)
{
	bool open = len > 0 && text[len - 1] != '\n';
	struct chunk *c = xcalloc(1, sizeof(*c) + len + 1 + open);

	atomic_init(&c->refs, 1);
	memcpy(c->text, text, len);
	if (open)
		c->text[len++] = '\n';
	c->len = (uint32_t)len;
	for (size_t i = 0; i < len; i++)
		c->lines += c->text[i] == '\n';
	return c;
}

struct line_cursor
line_from(const struct lines *l, uint64_t number)
{
	struct line_cursor c = { .lines = l, .number = l->first };
	const char *text;
	size_t len;

	if (number > l->end)
		number = l->end;
	while (c.chunk < l->chunk_n &&
	       c.number + l->chunks[c.chunk]->lines <= number)
		c.number += l->chunks[c.chunk++]->lines;
	if (c.chunk < l->chunk_n)
		c.at = l->chunks[c.chunk]->text;
	while (c.number < number && line_next(&c, &text, &len))
		;
	return c;
}

bool
line_next(struct line_cursor *c, const char **text, size_t *len)
{
	const struct chunk *chunk;
	const char *end, *newline;

	while (c->chunk < c->lines->chunk_n) {
		chunk = c->lines->chunks[c->chunk];
		end = chunk->text + chunk->len;
		if (c->at < end) {
			newline = memchr(c->at, '\n', (size_t)(end - c->at));
			*text = c->at;
			*len = (size_t)((newline ? newline : end) - c->at);
			c->at = newline ? newline + 1 : end;
			c->number++;
			return true;
		}
		c->chunk++;
		if (c->chunk < c->lines->chunk_n)
			c->at = c->lines->chunks[c->chunk]->text;
	}
	return false;
}
