/*
 * Collecting the lines of a page view.
 */
#ifndef TUI_PAGE_H
#define TUI_PAGE_H

#include "tui/view.h"

struct page_out {
	int width, height;
	struct handle selected;
	VEC(struct page_line) lines;
	char footer[CELL_TEXT]; /* "" when there is none */
};

void page_out_init(struct page_out *out, int width, int height);
void page_out_fini(struct page_out *out);
/* Empties it for another painting. */
void page_out_reset(struct page_out *out, int width, int height,
		    struct handle selected);

/* The index of the line with this subject, or UINT32_MAX. */
uint32_t page_find(const struct page_out *out, struct handle subject);
/* The next selectable line after `from` (-1: from the beginning) in direction
 * step (+1, -1); UINT32_MAX when there is none. */
uint32_t page_next(const struct page_out *out, int64_t from, int step);
/* The text of a line, cleaned. */
void page_text(const struct page_line *line, struct buf *out);

#endif
