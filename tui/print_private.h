/*
 * Between the files of tui/print.h: what is being printed, and its JSON.
 */
#ifndef TUI_PRINT_PRIVATE_H
#define TUI_PRINT_PRIVATE_H

#include "tui/index.h"
#include "tui/page.h"
#include "tui/print.h"

struct printer {
	const struct print_options *o;
	const struct view *view;
	struct view_ctx x;
	struct index index;
	struct buf line; /* a piece on its way to the sink */
	bool stopped;
};

/* Sends what has gathered in `line` once it is worth a call, or when `all`. */
void print_send(struct printer *p, bool all);

/* The rows of a table, or a page, as one JSON object.  False when it could not
 * be written whole, `stopped` or not. */
bool print_json_rows(struct printer *p);
bool print_json_page(struct printer *p, const struct page_view *v);

#endif
