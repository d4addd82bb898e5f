/*
 * Chunks, ceilings and back-pressure of text streams.
 */
#include "backend/control/stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"

enum {
	CHUNK_BYTES = 16384,
	LINE_BYTES = 65536, /* a longer line is broken */
};

struct stream {
	struct backend *backend;
	uint64_t id;
	enum stream_state state;
	VEC(struct chunk *) chunks; /* one reference each */
	struct buf line;	/* text after the last newline sealed */
	size_t bytes;		/* in chunks */
	uint64_t first_line, lines; /* of the first chunk; all so far */
	uint64_t dropped_lines, dropped_bytes;
	uint64_t read_line;	/* where the reader stands */
	char note[STREAM_NOTE];
	struct stream_source source;
	bool paused;
};

struct streams {
	struct backend *backend;
	VEC(struct stream *) list; /* oldest first */
	bool changed;
};

struct streams *
streams_new(struct backend *b)
{
	struct streams *s = xcalloc(1, sizeof(*s));

	s->backend = b;
	return s;
}

static void
changed(struct stream *s)
{
	s->backend->streams->changed = true;
}

static void
close_source(struct stream *s)
{
	if (s->source.close)
		s->source.close(s->source.ctx);
	memset(&s->source, 0, sizeof(s->source));
}

static void
free_stream(struct stream *s)
{
	close_source(s);
	for (uint32_t i = 0; i < s->chunks.n; i++)
		chunk_unref(s->chunks.at[i]);
	vec_free(&s->chunks);
	buf_fini(&s->line);
	free(s);
}

void
streams_free(struct streams *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->list.n; i++)
		free_stream(s->list.at[i]);
	vec_free(&s->list);
	free(s);
}

static struct stream *
find(const struct backend *b, uint64_t id)
{
	for (uint32_t i = 0; i < b->streams->list.n; i++)
		if (b->streams->list.at[i]->id == id)
			return b->streams->list.at[i];
	return NULL;
}

/* ---- text in ---- */

static void
drop_oldest(struct stream *s)
{
	struct chunk *c = s->chunks.at[0];

	s->bytes -= c->len;
	s->dropped_bytes += c->len;
	s->dropped_lines += c->lines;
	s->first_line += c->lines;
	memmove(s->chunks.at, s->chunks.at + 1,
		(s->chunks.n - 1) * sizeof(*s->chunks.at));
	s->chunks.n--;
	chunk_unref(c);
}

/* Bytes in chunks that begin after the line the reader stands at. */
static size_t
unread(const struct stream *s)
{
	uint64_t line = s->first_line;
	size_t bytes = 0;

	for (uint32_t i = 0; i < s->chunks.n; i++) {
		if (line > s->read_line)
			bytes += s->chunks.at[i]->len;
		line += s->chunks.at[i]->lines;
	}
	return bytes;
}

static void
press_back(struct stream *s)
{
	bool lags = unread(s) > STREAM_BYTES / 2;

	if (lags == s->paused || !s->source.pause)
		return;
	s->paused = lags;
	s->source.pause(s->source.ctx, lags);
}

/* Seals the first len bytes of the line buffer: whole lines. */
static void
seal(struct stream *s, size_t len)
{
	struct chunk *c = xmalloc(sizeof(*c) + len + 1);

	atomic_init(&c->refs, 1);
	c->len = (uint32_t)len;
	c->lines = 0;
	memcpy(c->text, s->line.at, len);
	c->text[len] = '\0';
	for (size_t i = 0; i < len; i++)
		c->lines += c->text[i] == '\n';
	buf_consume(&s->line, len);
	vec_push(&s->chunks, c);
	s->bytes += len;
	s->lines += c->lines;
	while (s->bytes > STREAM_BYTES && s->chunks.n > 1)
		drop_oldest(s);
	changed(s);
}

/* What is complete becomes a chunk: when it is big enough, or now. */
static void
seal_lines(struct stream *s, bool now)
{
	size_t len = s->line.len;

	if (!len || (!now && len < CHUNK_BYTES))
		return;
	while (len && s->line.at[len - 1] != '\n')
		len--;
	if (len)
		seal(s, len);
	if (s->line.len >= LINE_BYTES) {
		buf_putc(&s->line, '\n'); /* broken, and it shows */
		seal(s, s->line.len);
	}
}

void
stream_add(struct stream *s, const char *text, size_t len)
{
	while (len) {
		size_t piece = len < CHUNK_BYTES ? len : CHUNK_BYTES;

		buf_add(&s->line, text, piece);
		text += piece;
		len -= piece;
		seal_lines(s, false);
	}
	if (s->state == STREAM_OPENING)
		s->state = STREAM_OPEN;
	changed(s);
	press_back(s);
}

void
stream_end(struct stream *s, const struct err *err)
{
	if (s->line.len && s->line.at[s->line.len - 1] != '\n')
		buf_putc(&s->line, '\n');
	seal_lines(s, true);
	s->state = STREAM_ENDED;
	if (err && err->code) {
		s->state = STREAM_FAILED;
		text_clean_to(s->note, sizeof(s->note), err->text,
			      strlen(err->text));
	}
	/* It ended by itself: there is nothing left to close. */
	memset(&s->source, 0, sizeof(s->source));
	changed(s);
}

struct backend *
stream_backend(const struct stream *s)
{
	return s->backend;
}

void
stream_set_source(struct stream *s, const struct stream_source *source)
{
	/* It may have failed at once. */
	if (s->state < STREAM_ENDED)
		s->source = *source;
}

/* ---- commands ---- */

static void
remove_at(struct streams *all, uint32_t i)
{
	free_stream(all->list.at[i]);
	memmove(&all->list.at[i], &all->list.at[i + 1],
		(all->list.n - i - 1) * sizeof(all->list.at[0]));
	all->list.n--;
	all->changed = true;
}

void
stream_close(struct backend *b, uint64_t id)
{
	for (uint32_t i = 0; i < b->streams->list.n; i++) {
		if (b->streams->list.at[i]->id == id) {
			remove_at(b->streams, i);
			return;
		}
	}
}

void
stream_read(struct backend *b, uint64_t id, int64_t line)
{
	struct stream *s = find(b, id);

	if (!s || line < 0)
		return;
	s->read_line = (uint64_t)line;
	press_back(s);
}

void
stream_open(struct backend *b, const struct command *c)
{
	static void (*const open[])(struct stream *s,
				    const struct command *c) = {
		[STREAM_LOGS] = stream_logs,
		[STREAM_YAML] = stream_yaml,
		[STREAM_DESCRIBE] = stream_describe,
		[STREAM_WHY] = stream_why,
	};
	struct streams *all = b->streams;
	struct stream *s;

	stream_close(b, c->ref);
	if (c->what >= ARRAY_LEN(open))
		return;
	if (all->list.n >= STREAMS)
		remove_at(all, 0);
	s = xcalloc(1, sizeof(*s));
	s->backend = b;
	s->id = c->ref;
	buf_init(&s->line, LINE_BYTES + 2 * CHUNK_BYTES);
	vec_push(&all->list, s);
	all->changed = true;
	open[c->what](s, c);
}

void
streams_publish(struct backend *b)
{
	struct streams *all = b->streams;
	struct stream_view views[STREAMS];

	for (uint32_t i = 0; i < all->list.n; i++)
		seal_lines(all->list.at[i], true);
	if (!all->changed)
		return;
	all->changed = false;
	memset(views, 0, sizeof(views));
	for (uint32_t i = 0; i < all->list.n; i++) {
		struct stream *s = all->list.at[i];
		struct stream_view *v = &views[i];

		v->id = s->id;
		v->state = (uint8_t)s->state;
		v->chunks = s->chunks.at;
		v->chunk_n = s->chunks.n;
		v->first_line = s->first_line;
		v->dropped_lines = s->dropped_lines;
		v->dropped_bytes = s->dropped_bytes;
		snprintf(v->note, sizeof(v->note), "%s", s->note);
	}
	store_set_streams(b->store, views, all->list.n);
}
