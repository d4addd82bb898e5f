/*
 * A grid of cells: what the screen should show.
 *
 * Everything paints into a grid; only screen.c turns grids into terminal
 * output.  All text passes grid_text, which makes it safe (design 8, rule 10)
 * and counts cells by display width.
 *
 * Thread: the UI's.
 */
#ifndef TUI_GRID_H
#define TUI_GRID_H

#include "backend/base/buf.h"

enum { STYLE_BOLD = 1, STYLE_REVERSE = 2, STYLE_UNDERLINE = 4 };

struct style {
	uint8_t tone; /* enum tone of view.h */
	uint8_t bits; /* STYLE_ */
};

enum { GCELL_MARKS = 2 };

struct gcell {
	uint32_t code;			/* ' ' when blank */
	uint32_t marks[GCELL_MARKS];	/* combining marks, 0: none */
	uint8_t width;			/* 1, 2; 0: right half of a wide one */
	uint8_t tone, bits;
	uint8_t unused;			/* 0: cells compare as bytes */
};

struct grid {
	int rows, cols;
	struct gcell *at;	    /* rows * cols, row by row; owned */
	int cursor_row, cursor_col; /* -1: hidden */
};

void grid_init(struct grid *g, int rows, int cols);
void grid_fini(struct grid *g);
/* Changes the size and clears. */
void grid_resize(struct grid *g, int rows, int cols);
void grid_clear(struct grid *g);

/*
 * Writes text from (row, col) into at most `cells` cells and returns the cells
 * used.  What lies outside the grid is cut off.  With `ellipsis` a text that
 * does not fit ends in that character (0: it is just cut).
 */
int grid_text(struct grid *g, int row, int col, int cells, struct style style,
	      const char *text, uint32_t ellipsis);
int grid_textn(struct grid *g, int row, int col, int cells,
	       struct style style, const char *text, size_t len,
	       uint32_t ellipsis);
/* What does not fit is left out in the middle, where the ellipsis stands. */
int grid_text_middle(struct grid *g, int row, int col, int cells,
		     struct style style, const char *text, uint32_t ellipsis);
PRINTF_LIKE(6, 7)
int grid_printf(struct grid *g, int row, int col, int cells,
		struct style style, const char *fmt, ...);
/* One character (made safe); returns its width, 0 when it did not fit. */
int grid_put(struct grid *g, int row, int col, int cells, struct style style,
	     uint32_t code);
/* `cells` times one narrow character. */
void grid_fill(struct grid *g, int row, int col, int cells,
	       struct style style, uint32_t code);
/* Adds style bits to cells that are there. */
void grid_add_bits(struct grid *g, int row, int col, int cells, uint8_t bits);
/* Blanks a rectangle. */
void grid_blank(struct grid *g, int row, int col, int rows, int cols);

/*
 * The grid as text: a line "|..." a row, blanks at its end left out; then,
 * where a cell is not plain, a line "~..." with a letter a cell: '.' plain, d
 * dim, g good, w warn, b bad, a accent, t title, e ended, u bold or
 * underlined; capital: reversed (R: plain reversed).
 */
void grid_dump(const struct grid *g, bool styles, struct buf *out);

#endif
