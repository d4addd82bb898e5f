/*
 * Sheets: column layout and painting of the visible rows.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "tui/sheet.h"

enum { MARGIN = 2 }; /* cursor and mark before each row */

static int
gap_cells(int width)
{
	return width >= 120 ? 2 : 1;
}

static int
title_cells(const struct column *c)
{
	return text_width(c->title, strlen(c->title));
}

/* What a column would like: its widest text, within its own limits. */
static int
wanted_cells(const struct sheet *s, int i)
{
	const struct column *c = &s->view->columns[i];
	int want = title_cells(c);

	if (s->need[i] > want)
		want = s->need[i];
	if ((c->flags & COLUMN_RIGHT) && want < c->width.min)
		want = c->width.min; /* numbers grow by a digit any time */
	if (c->width.max && want > c->width.max)
		want = c->width.max;
	return want;
}

/* The least it takes: its minimum, or less when its texts are shorter.  Half a
 * number is worse than none: those are never cut. */
static int
least_cells(const struct sheet *s, int i)
{
	const struct column *c = &s->view->columns[i];
	int want = wanted_cells(s, i);

	return want < c->width.min || (c->flags & COLUMN_RIGHT) ? want
								 : c->width.min;
}

/* Cells all shown columns take at their least. */
static int
least_width(const struct sheet *s, const bool *shown, int gap)
{
	int sum = MARGIN - gap;

	for (int i = 0; s->view->columns[i].title; i++)
		if (shown[i])
			sum += least_cells(s, i) + gap;
	return sum;
}

/* The shown column that goes first: highest prio, then the rightmost. */
static int
next_to_drop(const struct sheet *s, const bool *shown)
{
	int worst = -1;

	for (int i = 0; s->view->columns[i].title; i++)
		if (shown[i] && s->view->columns[i].width.prio > 0 &&
		    (worst < 0 || s->view->columns[i].width.prio >=
					  s->view->columns[worst].width.prio))
			worst = i;
	return worst;
}

static void
choose(const struct sheet *s, int width, int gap, bool *shown, uint8_t *dropped)
{
	int skip = s->skip, drop;

	*dropped = 0;
	for (int i = 0; s->view->columns[i].title; i++) {
		const struct column *c = &s->view->columns[i];

		BUG_IF(i >= SHEET_COLUMNS);
		shown[i] = s->wide || !(c->flags & COLUMN_WIDE);
		if (shown[i] && i > 0 && skip > 0) {
			shown[i] = false;
			skip--;
		}
	}
	while (least_width(s, shown, gap) > width &&
	       (drop = next_to_drop(s, shown)) >= 0) {
		shown[drop] = false;
		(*dropped)++;
	}
}

/* A column that claims no share still gets a little. */
static int
share_of(const struct sheet *s, int column)
{
	uint8_t grow = s->view->columns[column].width.grow;

	return grow ? grow * 2 : 1;
}

/* Shares out what is left over to columns that want more. */
static void
spread(const struct sheet *s, struct sheet_layout *out, int left)
{
	bool more = true;

	while (left > 0 && more) {
		int shares = 0, each;

		more = false;
		for (int i = 0; i < out->count; i++) {
			int column = out->shown[i].column;

			if (out->shown[i].cells < wanted_cells(s, column))
				shares += share_of(s, column);
		}
		if (shares == 0)
			break;
		each = left / shares > 0 ? left / shares : 1;
		for (int i = 0; i < out->count && left > 0; i++) {
			int column = out->shown[i].column;
			int room = wanted_cells(s, column) -
				   out->shown[i].cells;
			int take = each * share_of(s, column);

			if (take > room)
				take = room;
			if (take > left)
				take = left;
			if (take <= 0)
				continue;
			out->shown[i].cells += (int16_t)take;
			left -= take;
			more = true;
		}
	}
}

void
sheet_layout(const struct sheet *s, int width, struct sheet_layout *out)
{
	bool shown[SHEET_COLUMNS] = { false };
	int gap = gap_cells(width), at = MARGIN;

	memset(out, 0, sizeof(*out));
	choose(s, width, gap, shown, &out->dropped);
	for (int i = 0; s->view->columns[i].title; i++) {
		if (!shown[i])
			continue;
		out->shown[out->count].column = (uint8_t)i;
		out->shown[out->count].cells = (int16_t)least_cells(s, i);
		out->count++;
	}
	spread(s, out, width - least_width(s, shown, gap));
	for (int i = 0; i < out->count; i++) {
		out->shown[i].at = (int16_t)at;
		at += out->shown[i].cells + gap;
	}
}

/* Every node of a cluster has the same private domain, and it would push what
 * differs out of the column.  Output for programs keeps it. */
static void
leave_domain_out(struct cell *cell)
{
	static const char *const domains[] = { ".compute.internal",
					       ".ec2.internal" };
	size_t len = strlen(cell->text);

	for (size_t i = 0; i < ARRAY_LEN(domains); i++) {
		size_t tail = strlen(domains[i]);

		if (len > tail &&
		    strcmp(cell->text + len - tail, domains[i]) == 0)
			cell->text[strcspn(cell->text, ".")] = '\0';
	}
}

static void
get_cell(const struct column *c, const struct row *row,
	 const struct view_ctx *x, struct cell *cell)
{
	c->get(row, x, cell);
	if (c->flags & COLUMN_HOST)
		leave_domain_out(cell);
}

/* Looks how wide the texts of the rows on screen are. */
static void
measure(struct sheet *s, const struct view_ctx *x, int rows)
{
	struct view_ctx mine = *x;
	struct cell cell;

	for (int r = 0; r < rows; r++) {
		uint32_t at = s->top + (uint32_t)r;
		struct row row;

		if (at >= s->index.rows.n)
			return;
		row = view_row(x, s->index.rows.at[at].handle);
		if (!row.slot)
			continue;
		for (int i = 0; s->view->columns[i].title; i++) {
			const struct column *c = &s->view->columns[i];
			int width;

			if ((c->flags & COLUMN_WIDE) && !s->wide)
				continue;
			mine.chart_cells = c->width.max;
			get_cell(c, &row, &mine, &cell);
			width = text_width(cell.text, strlen(cell.text));
			if (width > UINT8_MAX)
				width = UINT8_MAX;
			if (width > s->need[i])
				s->need[i] = (uint8_t)width;
		}
	}
}

/* ---- painting ---- */

static void
paint_titles(const struct sheet *s, const struct sheet_layout *layout,
	     struct grid *g, int row, int col, int cols)
{
	for (int i = 0; i < layout->count; i++) {
		const struct column *c =
			&s->view->columns[layout->shown[i].column];
		struct style style = { TONE_TITLE, 0 };
		int cells = layout->shown[i].cells;
		int at = layout->shown[i].at;
		int width = text_width(c->title, strlen(c->title));

		if (at >= cols)
			break;
		if (at + cells > cols)
			cells = cols - at;
		if (c == s->index.sort)
			style.bits = STYLE_UNDERLINE;
		if ((c->flags & COLUMN_RIGHT) && width < cells) {
			at += cells - width;
			cells = width;
		}
		grid_text(g, row, col + at, cells, style, c->title, 0);
	}
}

static enum tone
cell_tone(const struct cell *cell, const struct slot *slot, enum tone row)
{
	if (slot->ended)
		return TONE_ENDED;
	return cell->tone != TONE_NORMAL ? (enum tone)cell->tone : row;
}

static void
paint_row(const struct sheet *s, const struct view_ctx *x,
	  const struct sheet_layout *layout, struct grid *g,
	  const struct row *row, int line, int col, int cols)
{
	enum tone tone = s->view->tone ? s->view->tone(row, x) : TONE_NORMAL;
	uint32_t ellipsis = x->ascii ? '~' : 0x2026;
	struct view_ctx mine = *x;
	struct cell cell;

	for (int i = 0; i < layout->count; i++) {
		const struct column *c =
			&s->view->columns[layout->shown[i].column];
		int cells = layout->shown[i].cells;
		int at = layout->shown[i].at, width;
		struct style style;

		if (at >= cols)
			break;
		if (at + cells > cols)
			cells = cols - at;
		mine.chart_cells = (uint8_t)(cells > 60 ? 60 : cells);
		get_cell(c, row, &mine, &cell);
		style = (struct style){
			(uint8_t)cell_tone(&cell, row->slot, tone), 0
		};
		if (c->flags & COLUMN_RIGHT) {
			width = text_width(cell.text, strlen(cell.text));
			if (width < cells) {
				at += cells - width;
				cells = width;
			}
		}
		if (c->flags & COLUMN_TAIL)
			grid_text_middle(g, line, col + at, cells, style,
					 cell.text, ellipsis);
		else
			grid_text(g, line, col + at, cells, style, cell.text,
				  ellipsis);
	}
}

/* '>' under the cursor, '*' marked, 'x' ended: readable without colour. */
static void
paint_margin(const struct sheet *s, const struct row *row, bool cursor,
	     struct grid *g, int line, int col)
{
	struct style style = { TONE_ACCENT, 0 };

	grid_put(g, line, col, 1, style, cursor ? '>' : ' ');
	grid_put(g, line, col + 1, 1, style,
		 sheet_is_marked(s, row->handle) ? '*'
		 : row->slot->ended		 ? 'x'
						 : ' ');
}

void
sheet_paint(struct sheet *s, const struct view_ctx *x, struct grid *g, int row,
	    int col, int rows, int cols)
{
	struct sheet_layout layout;

	if (rows <= 0 || cols <= 0)
		return;
	s->height = rows - 1 > 0 ? rows - 1 : 1;
	if (s->index.rows.n) /* the height may have changed */
		s->top = s->at < s->top ? s->at
			 : s->at >= s->top + (uint32_t)s->height
				 ? s->at - (uint32_t)s->height + 1
				 : s->top;
	measure(s, x, rows - 1);
	sheet_layout(s, cols, &layout);
	paint_titles(s, &layout, g, row, col, cols);
	for (int i = 0; i < rows - 1; i++) {
		uint32_t at = s->top + (uint32_t)i;
		struct row r;

		if (at >= s->index.rows.n)
			break;
		r = view_row(x, s->index.rows.at[at].handle);
		if (!r.slot)
			continue;
		paint_margin(s, &r, at == s->at, g, row + 1 + i, col);
		paint_row(s, x, &layout, g, &r, row + 1 + i, col, cols);
		if (at == s->at)
			grid_add_bits(g, row + 1 + i, col, cols,
				      STYLE_REVERSE);
	}
}
