/*
 * The pieces of the home page.
 */
#ifndef VIEWS_HOME_PARTS_H
#define VIEWS_HOME_PARTS_H

#include "tui/view.h"

/* WAITING ... and FREE SLOTS ...: two lines. */
void home_figures(const struct view_ctx *x, struct page_out *out);

/* rows: the alarms, NULL when there are none. */
void home_needs_heading(const struct view_ctx *x, struct page_out *out,
			const struct row *rows, uint32_t shown,
			uint32_t total);
/* Lines its words take on a page this wide. */
int home_alarm_lines(const struct alarm *a, int width);
/* more: lines for its words beyond the first; what does not fit is cut. */
void home_alarm(const struct view_ctx *x, struct page_out *out,
		const struct row *row, uint32_t number, int more);

void home_group_heading(const struct view_ctx *x, struct page_out *out,
			uint32_t shown, uint32_t total);
void home_group(const struct view_ctx *x, struct page_out *out,
		const struct row *row);

void home_queue_heading(const struct view_ctx *x, struct page_out *out,
			uint32_t shown, uint32_t total);
void home_queue(struct page_out *out, const struct view_ctx *x,
		const struct row *row);

/* The newest decisions: `lines` lines of them, and one for the key line. */
void home_recent(const struct view_ctx *x, struct page_out *out, int lines);

void home_json(const struct view_ctx *x, struct jsonw *w);

#endif
