/*
 * The pager: wrapped lines, painting, status.
 */
#include <inttypes.h>
#include <stdio.h>

#include "backend/base/text.h"
#include "tui/ansi.h"
#include "tui/pager_layout.h"

/* ---- wrapping ---- */

enum { WRAP_CELLS = 1000 }; /* a screen line; grids are not wider */

struct glyph {
	uint32_t code;
	struct style style;
	uint8_t width;
};

/* Gathers characters and breaks them into screen lines: behind a blank where
 * that leaves no big hole, never inside a wide character. */
struct wrap {
	struct ansi ansi;
	struct glyph line[WRAP_CELLS + 1];
	int n, cells, width;
	int taken; /* of line, by the screen line last given out */
	bool done, begun;
};

static void
wrap_begin(struct wrap *w, const char *line, size_t len, int width)
{
	ansi_begin(&w->ansi, line, len);
	w->n = w->cells = w->taken = 0;
	w->width = width > WRAP_CELLS ? WRAP_CELLS : width;
	w->done = w->begun = false;
}

/* Where to break line[0 .. n), which is too wide by its last character; a blank
 * that stands there goes with the break. */
static int
break_at(const struct wrap *w, int *taken)
{
	int last = w->n - 1;

	if (last > 0 && w->line[last].code == ' ') {
		*taken = w->n;
		return last;
	}
	for (int i = last; i > w->width / 2; i--)
		if (w->line[i - 1].code == ' ')
			return *taken = i;
	return *taken = last > 0 ? last : 1;
}

/* The next screen line is line[0 .. *n); false when there is none.  A line
 * without text is one empty screen line. */
static bool
wrap_next(struct wrap *w, int *n)
{
	struct glyph g = { 0 };
	bool first = !w->begun;

	w->begun = true;
	w->n -= w->taken;
	memmove(w->line, w->line + w->taken, (size_t)w->n * sizeof(g));
	w->cells = 0;
	for (int i = 0; i < w->n; i++)
		w->cells += w->line[i].width;
	while (!w->done && w->cells <= w->width && w->n < WRAP_CELLS) {
		if (!ansi_next(&w->ansi, &g.code, &g.style)) {
			w->done = true;
			break;
		}
		g.width = (uint8_t)code_width(g.code);
		w->line[w->n++] = g;
		w->cells += g.width;
	}
	if (w->cells > w->width)
		*n = break_at(w, &w->taken);
	else
		*n = w->taken = w->n;
	return *n > 0 || first;
}

/* Screen lines that a line takes. */
static uint32_t
parts_of(const struct pager *p, const char *line, size_t len)
{
	size_t skip = pager_stamp(p, line, len);
	uint32_t parts = 0;
	struct wrap w;
	int n;

	/* Most lines fit, and bytes are at least as many as cells. */
	if (!p->wrap || p->width <= 0 ||
	    (len - skip <= (size_t)p->width && !memchr(line, '\t', len)))
		return 1;
	wrap_begin(&w, line + skip, len - skip, p->width);
	while (wrap_next(&w, &n))
		parts++;
	return parts;
}

static uint32_t
parts_at(const struct pager *p, uint64_t number)
{
	struct line_cursor c = line_from(&p->lines, number);
	const char *line;
	size_t len;

	return line_next(&c, &line, &len) ? parts_of(p, line, len) : 1;
}

void
pager_last_top(const struct pager *p, uint64_t *top, uint32_t *part)
{
	uint64_t at = p->lines.end;
	uint32_t room = p->height > 0 ? (uint32_t)p->height : 1;

	*part = 0;
	if (!p->wrap) {
		uint64_t n = p->lines.end - p->lines.first;

		*top = n > room ? p->lines.end - room : p->lines.first;
		return;
	}
	while (at > p->lines.first) {
		uint32_t parts = parts_at(p, at - 1);

		at--;
		if (parts >= room) {
			*part = parts - room;
			break;
		}
		room -= parts;
	}
	*top = at;
}

void
pager_up(struct pager *p, uint64_t n)
{
	if (!p->wrap) {
		uint64_t have = p->top - p->lines.first;

		p->top -= n < have ? n : have;
		return;
	}
	while (n > 0) {
		if (p->top_part > 0) {
			p->top_part--;
		} else if (p->top > p->lines.first) {
			p->top--;
			p->top_part = parts_at(p, p->top) - 1;
		} else {
			return;
		}
		n--;
	}
}

void
pager_down(struct pager *p, uint64_t n)
{
	if (!p->wrap) {
		uint64_t have = p->lines.end - p->top;

		p->top += n < have ? n : have;
		return;
	}
	while (n > 0 && p->top < p->lines.end) {
		if (p->top_part + 1 < parts_at(p, p->top)) {
			p->top_part++;
		} else {
			p->top++;
			p->top_part = 0;
		}
		n--;
	}
}

/* ---- painting ---- */

/* A line broken as parts_of() counts, without its first `skip` parts; returns
 * the screen lines painted. */
static int
paint_wrapped(struct grid *g, int row, int rows, int cols, const char *line,
	      size_t len, uint32_t skip, uint8_t bits)
{
	struct wrap w;
	int n, down = 0;

	wrap_begin(&w, line, len, cols);
	while (down < rows && wrap_next(&w, &n)) {
		int at = 0;

		if (skip > 0) {
			skip--;
			continue;
		}
		for (int i = 0; i < n; i++) {
			struct glyph *c = &w.line[i];

			c->style.bits |= bits;
			grid_put(g, row + down, at, cols - at, c->style,
				 c->code);
			at += c->width;
		}
		down++;
	}
	return down;
}

/* One line from cell `from` on; what does not fit is cut. */
static void
paint_line(struct grid *g, int row, int cols, const char *line, size_t len,
	   int from, uint8_t bits)
{
	struct ansi a;
	struct style style;
	uint32_t code;
	int at = -from;

	ansi_begin(&a, line, len);
	while (at < cols && ansi_next(&a, &code, &style)) {
		int width = code_width(code);

		style.bits |= bits;
		if (at >= 0)
			grid_put(g, row, at, cols - at, style, code);
		else if (at + width > 0) /* half of it is to the left */
			grid_put(g, row, 0, 1, style, ' ');
		at += width;
	}
}

/* Nothing to read: why, and not an empty page. */
static int
paint_silence(const struct pager *p, struct grid *g, int row, int rows,
	      int cols)
{
	char text[sizeof(p->note) + 40];

	if (!p->stream)
		return 0;
	switch ((enum stream_state)p->state) {
	case STREAM_OPENING:
		snprintf(text, sizeof(text), "opening ...");
		break;
	case STREAM_OPEN:
		snprintf(text, sizeof(text), "no line yet");
		break;
	case STREAM_FAILED:
		snprintf(text, sizeof(text), "FAILED: %s", p->note);
		break;
	default:
		snprintf(text, sizeof(text), "ended without a line%s%s",
			 p->note[0] ? ": " : "", p->note);
		break;
	}
	return paint_wrapped(g, row, rows, cols, text, strlen(text), 0, 0);
}

void
pager_paint(struct pager *p, struct grid *g, int row, int rows, int cols)
{
	struct line_cursor c;
	const char *line;
	size_t len;
	uint32_t part = p->top_part;
	int at = 0;

	p->height = rows > 0 ? rows : 1;
	p->width = cols > 0 ? cols : 1;
	if (p->follow || p->top > p->lines.end) {
		bool follow = p->follow;

		pager_bottom(p);
		p->follow = follow;
		part = p->top_part;
	}
	if (p->lines.end == p->lines.first && rows > 0)
		at = paint_silence(p, g, row, rows, cols);
	c = line_from(&p->lines, p->top);
	while (at < rows) {
		uint64_t number = c.number;
		size_t skip;
		uint8_t bits = 0;

		if (!line_next(&c, &line, &len))
			break;
		skip = pager_stamp(p, line, len);
		if (number == p->match)
			bits = STYLE_REVERSE;
		else if (p->has_pattern && pager_line_matches(p, line, len))
			bits = STYLE_BOLD;
		if (p->wrap)
			at += paint_wrapped(g, row + at, rows - at, cols,
					    line + skip, len - skip, part,
					    bits);
		else
			paint_line(g, row + at++, cols, line + skip,
				   len - skip, p->left, bits);
		part = 0;
	}
	/* Everything is on screen: nothing is new any more. */
	if (c.number >= p->lines.end && p->lines.end > p->seen)
		p->seen = p->lines.end;
}

void
pager_status(const struct pager *p, char *out, size_t room)
{
	uint64_t n = p->lines.end - p->lines.first;
	uint64_t from = p->top - p->lines.first + 1;
	uint64_t to = from + (uint64_t)p->height - 1;
	size_t at;

	if (to > n)
		to = n;
	at = (size_t)snprintf(out, room, "%" PRIu64 "-%" PRIu64 " of %" PRIu64,
			      n ? from : 0, to, n);
	if (p->dropped && at < room)
		at += (size_t)snprintf(out + at, room - at,
				       "  %" PRIu64 " lines let go",
				       p->dropped);
	if (p->live && p->lines.end > p->seen && !p->follow && at < room)
		at += (size_t)snprintf(out + at, room - at,
				       "  +%" PRIu64 " new",
				       p->lines.end - p->seen);
	if (at >= room)
		return;
	if (p->state == STREAM_OPENING)
		at += (size_t)snprintf(out + at, room - at, "  opening");
	else if (p->state == STREAM_OPEN)
		at += (size_t)snprintf(out + at, room - at, "  %s",
				       p->follow ? "following" : "paused");
	else if (p->state == STREAM_FAILED)
		at += (size_t)snprintf(out + at, room - at, "  FAILED: %s",
				       p->note);
	else if (p->stream)
		at += (size_t)snprintf(out + at, room - at, "  ended%s%s",
				       p->note[0] ? ": " : "", p->note);
	if (p->pattern_error[0] && at < room)
		snprintf(out + at, room - at, "  /%s", p->pattern_error);
}
