/*
 * The pager: wrapped lines, painting, status.
 */
#include <inttypes.h>
#include <stdio.h>

#include "backend/base/text.h"
#include "tui/ansi.h"
#include "tui/pager_layout.h"

/* Screen lines that a line takes. */
static uint32_t
parts_of(const struct pager *p, const char *line, size_t len)
{
	size_t skip = pager_stamp(p, line, len);
	struct style style;
	struct ansi a;
	uint32_t code, parts = 1;
	int at = 0;

	if (!p->wrap || p->width <= 0)
		return 1;
	ansi_begin(&a, line + skip, len - skip);
	while (ansi_next(&a, &code, &style)) {
		int width = code_width(code);

		/* A wide character does not straddle the edge. */
		if (at + width > p->width) {
			parts++;
			at = 0;
		}
		at += width;
	}
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
paint_wrapped(struct grid *g, int row, int col, int rows, int cols,
	      const char *line, size_t len, uint32_t skip, uint8_t bits)
{
	struct ansi a;
	struct style style;
	uint32_t code;
	int at = 0, down = -(int)skip;

	ansi_begin(&a, line, len);
	while (down < rows && ansi_next(&a, &code, &style)) {
		int width = code_width(code);

		if (at + width > cols) {
			down++;
			at = 0;
		}
		style.bits |= bits;
		if (down >= 0 && down < rows)
			grid_put(g, row + down, col + at, cols - at, style,
				 code);
		at += width;
	}
	return down < rows ? down + 1 : rows;
}

/* One line from cell `from` on; what does not fit is cut. */
static void
paint_line(struct grid *g, int row, int col, int cols, const char *line,
	   size_t len, int from, uint8_t bits)
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
			grid_put(g, row, col + at, cols - at, style, code);
		else if (at + width > 0) /* half of it is to the left */
			grid_put(g, row, col, 1, style, ' ');
		at += width;
	}
}

void
pager_paint(struct pager *p, struct grid *g, int row, int col, int rows,
	    int cols)
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
			at += paint_wrapped(g, row + at, col, rows - at, cols,
					    line + skip, len - skip, part,
					    bits);
		else
			paint_line(g, row + at++, col, cols, line + skip,
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
	if (p->stream && p->lines.end > p->seen && !p->follow && at < room)
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
