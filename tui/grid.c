/*
 * The grid.
 */
#include "tui/grid.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "tui/view.h"

enum { SIDE_MAX = 1000 }; /* rows or columns; terminals report nonsense too */

static const struct gcell blank = { .code = ' ', .width = 1 };

static int
clamp(int n)
{
	return n < 0 ? 0 : n > SIDE_MAX ? SIDE_MAX : n;
}

void
grid_init(struct grid *g, int rows, int cols)
{
	memset(g, 0, sizeof(*g));
	grid_resize(g, rows, cols);
}

void
grid_fini(struct grid *g)
{
	free(g->at);
	memset(g, 0, sizeof(*g));
}

void
grid_resize(struct grid *g, int rows, int cols)
{
	g->rows = clamp(rows);
	g->cols = clamp(cols);
	free(g->at);
	g->at = xcalloc((size_t)g->rows * (size_t)g->cols + 1,
			sizeof(*g->at));
	grid_clear(g);
}

void
grid_clear(struct grid *g)
{
	for (int i = 0; i < g->rows * g->cols; i++)
		g->at[i] = blank;
	g->cursor_row = g->cursor_col = -1;
}

static struct gcell *
cell_at(struct grid *g, int row, int col)
{
	if (row < 0 || row >= g->rows || col < 0 || col >= g->cols)
		return NULL;
	return &g->at[row * g->cols + col];
}

/* Half a wide character must not stay behind when the other half goes. */
static void
clear_at(struct grid *g, int row, int col)
{
	struct gcell *c = cell_at(g, row, col);

	if (!c)
		return;
	if (c->width == 0 && col > 0)
		g->at[row * g->cols + col - 1] = blank;
	if (c->width == 2 && col + 1 < g->cols)
		g->at[row * g->cols + col + 1] = blank;
	*c = blank;
}

static void
add_mark(struct grid *g, int row, int col, uint32_t code)
{
	struct gcell *c = cell_at(g, row, col);

	if (c && c->width == 0)
		c = cell_at(g, row, col - 1);
	if (!c)
		return;
	for (int i = 0; i < GCELL_MARKS; i++) {
		if (c->marks[i] == 0) {
			c->marks[i] = code;
			return;
		}
	}
}

int
grid_put(struct grid *g, int row, int col, int cells, struct style style,
	 uint32_t code)
{
	struct gcell *c;
	int width;

	if (code_is_unsafe(code))
		code = 0xfffd;
	width = code_width(code);
	if (width == 0) {
		add_mark(g, row, col - 1, code);
		return 0;
	}
	if (width > cells)
		return 0;
	c = cell_at(g, row, col);
	/* Clipped on either side: a wide one needs both its cells. */
	if (!c || (width == 2 && col + 1 >= g->cols))
		return width;
	clear_at(g, row, col);
	if (width == 2) {
		clear_at(g, row, col + 1);
		c[1] = (struct gcell){ .code = ' ', .width = 0,
				       .tone = style.tone,
				       .bits = style.bits };
	}
	*c = (struct gcell){ .code = code, .width = (uint8_t)width,
			     .tone = style.tone, .bits = style.bits };
	return width;
}

int
grid_textn(struct grid *g, int row, int col, int cells, struct style style,
	   const char *text, size_t len, uint32_t ellipsis)
{
	int used = 0, room = cells;
	bool cut = false;

	if (cells <= 0)
		return 0;
	if (ellipsis && text_width(text, len) > cells) {
		room = cells - 1;
		cut = true;
	}
	while (len > 0) {
		uint32_t code;
		size_t n = utf8_decode(text, len, &code);
		int width = code_is_unsafe(code) ? 1 : code_width(code);

		if (width > room - used)
			break;
		grid_put(g, row, col + used, room - used, style, code);
		used += width;
		text += n;
		len -= n;
	}
	if (cut)
		used += grid_put(g, row, col + used, cells - used, style,
				 ellipsis);
	return used;
}

int
grid_text(struct grid *g, int row, int col, int cells, struct style style,
	  const char *text, uint32_t ellipsis)
{
	return grid_textn(g, row, col, cells, style, text, strlen(text),
			  ellipsis);
}

/* "runner-su2...ncurrent-3-ab1x": the beginning tells what it is, the end which
 * one. */
int
grid_text_middle(struct grid *g, int row, int col, int cells,
		 struct style style, const char *text, uint32_t ellipsis)
{
	size_t len = strlen(text);
	int head = cells / 3, tail = cells - head - 1, used;
	const char *end = text + len;

	if (text_width(text, len) <= cells || tail < 1)
		return grid_text(g, row, col, cells, style, text, ellipsis);
	while (text_width(text, (size_t)(end - text)) >
	       text_width(text, len) - tail) {
		do {
			end--;
		} while (end > text && ((unsigned char)*end & 0xc0) == 0x80);
	}
	/* One character too many may have been taken: a wide one. */
	while (text_width(end, strlen(end)) > tail) {
		uint32_t code;

		end += utf8_decode(end, strlen(end), &code);
	}
	used = grid_textn(g, row, col, head, style, text, len, 0);
	used += grid_put(g, row, col + used, cells - used, style, ellipsis);
	return used + grid_text(g, row, col + used, cells - used, style, end,
				0);
}

int
grid_printf(struct grid *g, int row, int col, int cells, struct style style,
	    const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return grid_text(g, row, col, cells, style, text, 0);
}

void
grid_fill(struct grid *g, int row, int col, int cells, struct style style,
	  uint32_t code)
{
	for (int i = 0; i < cells && col + i < g->cols; i++)
		grid_put(g, row, col + i, 1, style, code);
}

void
grid_add_bits(struct grid *g, int row, int col, int cells, uint8_t bits)
{
	for (int i = 0; i < cells; i++) {
		struct gcell *c = cell_at(g, row, col + i);

		if (c)
			c->bits |= bits;
	}
}

void
grid_blank(struct grid *g, int row, int col, int rows, int cols)
{
	for (int r = 0; r < rows; r++)
		for (int c = 0; c < cols; c++)
			clear_at(g, row + r, col + c);
}

/* ---- text ---- */

static char
style_letter(const struct gcell *c)
{
	static const char letters[TONE_COUNT] = { '.', 'd', 'g', 'w', 'b',
						  'a', 't', 'e' };
	char l = c->tone < TONE_COUNT ? letters[c->tone] : '?';

	if (l == '.' && (c->bits & (STYLE_BOLD | STYLE_UNDERLINE)))
		l = 'u';
	if (c->bits & STYLE_REVERSE)
		l = l == '.' ? 'R' : (char)toupper((unsigned char)l);
	return l;
}

static void
dump_cell(const struct gcell *c, struct buf *out)
{
	char bytes[4];

	if (c->width == 0)
		return;
	buf_add(out, bytes, utf8_encode(c->code, bytes));
	for (int i = 0; i < GCELL_MARKS && c->marks[i]; i++)
		buf_add(out, bytes, utf8_encode(c->marks[i], bytes));
}

void
grid_dump(const struct grid *g, bool styles, struct buf *out)
{
	for (int row = 0; row < g->rows; row++) {
		const struct gcell *cells = &g->at[row * g->cols];
		int end = g->cols, style_end = g->cols;

		while (end > 0 && cells[end - 1].code == ' ' &&
		       cells[end - 1].width == 1)
			end--;
		buf_putc(out, '|');
		for (int i = 0; i < end; i++)
			dump_cell(&cells[i], out);
		buf_putc(out, '\n');
		while (style_end > 0 &&
		       style_letter(&cells[style_end - 1]) == '.')
			style_end--;
		if (!styles || style_end == 0)
			continue;
		buf_putc(out, '~');
		for (int i = 0; i < style_end; i++)
			buf_putc(out, style_letter(&cells[i]));
		buf_putc(out, '\n');
	}
}
