/*
 * The pager: its text, moving, searching.
 */
#include "tui/pager.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "tui/ansi.h"
#include "tui/pager_layout.h"

void
pager_init(struct pager *p, const char *title)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->title, sizeof(p->title), "%s", title);
	p->state = STREAM_ENDED;
	p->height = 1;
	p->width = 80;
	p->match = UINT64_MAX;
	p->reported = UINT64_MAX;
}

static void
let_go(struct pager *p)
{
	for (uint32_t i = 0; i < p->held.n; i++)
		chunk_unref(p->held.at[i]);
	vec_clear(&p->held);
}

void
pager_fini(struct pager *p)
{
	pattern_fini(&p->pattern);
	let_go(p);
	vec_free(&p->held);
	memset(p, 0, sizeof(*p));
}

void
pager_text(struct pager *p, const char *text, size_t len)
{
	let_go(p);
	vec_push(&p->held, chunk_of_text(text, len));
	p->lines = (struct lines){ p->held.at, 1, 0, p->held.at[0]->lines };
}

/* Do the lines carry the stamps that `times` hides? */
static bool
has_stamp(const char *line, size_t len)
{
	return len > 20 && isdigit((unsigned char)line[0]) && line[4] == '-' &&
	       line[7] == '-' && line[10] == 'T' && line[13] == ':';
}

size_t
pager_stamp(const struct pager *p, const char *line, size_t len)
{
	const char *blank;

	if (p->times || !p->has_times || !has_stamp(line, len))
		return 0;
	blank = memchr(line, ' ', len < 48 ? len : 48);
	return blank ? (size_t)(blank + 1 - line) : 0;
}

/* The new references first: most chunks are the ones held already. */
static void
hold(struct pager *p, const struct stream_view *v)
{
	uint32_t old = p->held.n;

	for (uint32_t i = 0; i < v->chunk_n; i++)
		vec_push(&p->held, chunk_ref(v->chunks[i]));
	for (uint32_t i = 0; i < old; i++)
		chunk_unref(p->held.at[i]);
	if (v->chunk_n)
		memmove(p->held.at, p->held.at + old,
			v->chunk_n * sizeof(p->held.at[0]));
	p->held.n = v->chunk_n;
}

void
pager_follow(struct pager *p, const struct snapshot *s)
{
	const struct stream_view *v;
	const char *line;
	size_t len;

	if (!p->stream)
		return;
	v = snapshot_stream(s, p->stream);
	if (!v) {
		/* Asked for and not there yet, or closed by the backend: the
		 * text we hold stays. */
		return;
	}
	hold(p, v);
	lines_of_stream(&p->lines, v);
	p->lines.chunks = p->held.at;
	p->state = v->state;
	p->dropped = v->dropped_lines;
	snprintf(p->note, sizeof(p->note), "%s", v->note);
	if (!p->has_times) {
		struct line_cursor c = line_from(&p->lines, p->lines.first);

		p->has_times = line_next(&c, &line, &len) &&
			       has_stamp(line, len);
	}
	if (p->follow) {
		pager_bottom(p);
		p->follow = true;
	} else if (p->top < p->lines.first) {
		p->top = p->lines.first;
		p->top_part = 0;
	}
}

/* ---- moving ---- */

static void
note_end(struct pager *p)
{
	uint64_t last;
	uint32_t part;

	pager_last_top(p, &last, &part);
	if (p->top > last || (p->top == last && p->top_part >= part)) {
		p->top = last;
		p->top_part = part;
		p->seen = p->lines.end;
	}
}

void
pager_move(struct pager *p, int64_t by)
{
	p->follow = false;
	if (by < 0)
		pager_up(p, (uint64_t)-by);
	else
		pager_down(p, (uint64_t)by);
	note_end(p);
}

void
pager_page(struct pager *p, int pages)
{
	pager_move(p, (int64_t)pages * (p->height > 1 ? p->height - 1 : 1));
}

void
pager_top(struct pager *p)
{
	p->follow = false;
	p->top = p->lines.first;
	p->top_part = 0;
	note_end(p);
}

void
pager_bottom(struct pager *p)
{
	p->follow = false;
	pager_last_top(p, &p->top, &p->top_part);
	p->seen = p->lines.end;
}

void
pager_sideways(struct pager *p, int by)
{
	p->left += by;
	if (p->left < 0 || p->wrap)
		p->left = 0;
	if (p->left > 10000)
		p->left = 10000;
}

void
pager_toggle_follow(struct pager *p)
{
	bool follow = !p->follow;

	if (follow)
		pager_bottom(p);
	p->follow = follow;
	p->seen = p->lines.end;
}

/* ---- searching ---- */

bool
pager_search(struct pager *p, const char *text)
{
	struct err err = { .code = ERR_NONE };

	pattern_fini(&p->pattern);
	p->pattern_error[0] = '\0';
	p->match = UINT64_MAX;
	p->has_pattern = false;
	if (!*text)
		return true;
	p->has_pattern = pattern_init(&p->pattern, text, false, &err);
	if (!p->has_pattern)
		snprintf(p->pattern_error, sizeof(p->pattern_error), "%.127s",
			 err.text);
	return p->has_pattern;
}

bool
pager_line_matches(const struct pager *p, const char *line, size_t len)
{
	struct buf plain;
	bool hit;

	if (!p->has_pattern)
		return false;
	buf_init(&plain, len * 4 + 16);
	ansi_plain(line, len, &plain);
	hit = pattern_hits(&p->pattern, buf_text(&plain));
	buf_fini(&plain);
	return hit;
}

/* The first matching line in [from, to), or the last of them. */
static uint64_t
scan(const struct pager *p, uint64_t from, uint64_t to, bool want_last)
{
	struct line_cursor c = line_from(&p->lines, from);
	uint64_t found = UINT64_MAX, number = c.number;
	const char *line;
	size_t len;

	while (number < to && line_next(&c, &line, &len)) {
		if (pager_line_matches(p, line, len)) {
			found = number;
			if (!want_last)
				return found;
		}
		number = c.number;
	}
	return found;
}

bool
pager_find(struct pager *p, int direction)
{
	uint64_t from = p->match != UINT64_MAX ? p->match : p->top;
	uint64_t hit;

	if (!p->has_pattern)
		return false;
	if (direction > 0) {
		from += p->match != UINT64_MAX;
		hit = scan(p, from, UINT64_MAX, false);
		if (hit == UINT64_MAX)
			hit = scan(p, p->lines.first, from, false);
	} else {
		hit = scan(p, p->lines.first, from, true);
		if (hit == UINT64_MAX)
			hit = scan(p, from, UINT64_MAX, true);
	}
	if (hit == UINT64_MAX)
		return false;
	p->match = hit;
	p->follow = false;
	/* Into view, a third down the screen, unless it is there already. */
	if (hit < p->top || hit >= p->top + (uint64_t)p->height) {
		p->top = hit;
		p->top_part = 0;
		pager_up(p, (uint64_t)(p->height / 3));
	}
	note_end(p);
	return true;
}

void
pager_save(const struct pager *p, struct buf *out)
{
	struct line_cursor c = line_from(&p->lines, p->lines.first);
	const char *line;
	size_t len;

	while (line_next(&c, &line, &len)) {
		ansi_plain(line, len, out);
		buf_putc(out, '\n');
	}
}

bool
pager_report(struct pager *p, uint64_t *line)
{
	uint64_t at = p->follow ? p->lines.end
				: p->top + (uint64_t)p->height;

	if (!p->stream || at == p->reported)
		return false;
	p->reported = at;
	*line = at;
	return true;
}
