/*
 * A sheet: one table view on screen.  Cursor, marks and scroll position belong
 * to objects, not to line numbers: rows move, fingers do not.
 *
 * Thread: the UI's.
 */
#ifndef TUI_SHEET_H
#define TUI_SHEET_H

#include "tui/grid.h"
#include "tui/index.h"

enum { SHEET_COLUMNS = 40, MARKS_MAX = 5000 };

/* Where each shown column stands; in order of the view's table. */
struct sheet_layout {
	uint8_t count;
	struct {
		uint8_t column;
		int16_t at, cells;
	} shown[SHEET_COLUMNS];
	uint8_t dropped; /* columns that found no room */
};

struct sheet {
	const struct view *view;
	struct index index;
	char filter_text[FILTER_MAX];
	char filter_error[256]; /* "" when the pattern is fine */

	struct handle cursor;
	uint32_t at;	 /* its row */
	uint32_t top;	 /* first row on screen */
	bool touched;	 /* the person moved: the cursor follows its object */
	bool wide;
	uint8_t skip;	 /* leading columns scrolled out, behind the first */
	int height;	 /* rows on screen at the last painting */
	/* Cells the widest text seen in each column takes; only grows, so that
	 * columns do not dance. */
	uint8_t need[SHEET_COLUMNS];

	VEC(struct handle) marks;
	struct handle last_mark;
};

void sheet_init(struct sheet *s, const struct view *v);
void sheet_fini(struct sheet *s);

/* Follows the snapshot; keeps the cursor on its object and on its line. */
void sheet_follow(struct sheet *s, const struct view_ctx *x);
/* Takes a filter as typed; an invalid one leaves the old rows and says why in
 * filter_error. */
void sheet_filter(struct sheet *s, const char *text);

/* ---- moving ---- */
void sheet_move(struct sheet *s, int64_t by);
void sheet_to(struct sheet *s, uint32_t row); /* UINT32_MAX: the last */
void sheet_page(struct sheet *s, int pages);
void sheet_scroll_columns(struct sheet *s, int by);
/* The row under the cursor; rec NULL when there is none. */
struct row sheet_row(const struct sheet *s, const struct view_ctx *x);

/* ---- sorting ---- */
/* By the next column whose title begins with this letter: first its natural
 * order, then turned round, then the next such column.  False: no column. */
bool sheet_sort_letter(struct sheet *s, uint32_t letter);
void sheet_sort_step(struct sheet *s, int by);
void sheet_sort_turn(struct sheet *s);

/* ---- marks ---- */
bool sheet_is_marked(const struct sheet *s, struct handle h);
void sheet_mark(struct sheet *s);
void sheet_mark_range(struct sheet *s);
void sheet_unmark(struct sheet *s);

/* ---- painting ---- */
void sheet_layout(const struct sheet *s, int width, struct sheet_layout *out);
/* Title row and rows into a rectangle of the grid. */
void sheet_paint(struct sheet *s, const struct view_ctx *x, struct grid *g,
		 int row, int col, int rows, int cols);
/* How many rows have ended. */
uint32_t sheet_ended(const struct sheet *s, const struct view_ctx *x);

#endif
