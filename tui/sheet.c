/*
 * Sheets: cursor, marks, order.
 */
#include "tui/sheet.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

void
sheet_init(struct sheet *s, const struct view *v)
{
	memset(s, 0, sizeof(*s));
	s->view = v;
	s->height = 1;
	index_init(&s->index, v);
}

void
sheet_fini(struct sheet *s)
{
	index_fini(&s->index);
	vec_free(&s->marks);
}

/* ---- following ---- */

/* Marks of objects that are gone for good mean nothing any more. */
static void
prune_marks(struct sheet *s, const struct view_ctx *x)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->marks.n; i++)
		if (snapshot_slot(x->snap, s->marks.at[i]))
			s->marks.at[kept++] = s->marks.at[i];
	s->marks.n = kept;
}

static void
clamp_top(struct sheet *s)
{
	uint32_t n = s->index.rows.n;
	uint32_t height = s->height > 0 ? (uint32_t)s->height : 1;

	if (s->at < s->top)
		s->top = s->at;
	if (s->at >= s->top + height)
		s->top = s->at - height + 1;
	if (s->top + height > n)
		s->top = n > height ? n - height : 0;
}

static void
set_cursor(struct sheet *s, uint32_t row)
{
	uint32_t n = s->index.rows.n;

	if (n == 0) {
		s->at = s->top = 0;
		s->cursor = (struct handle){ 0 };
		return;
	}
	s->at = row < n ? row : n - 1;
	s->cursor = s->index.rows.at[s->at].handle;
	clamp_top(s);
}

void
sheet_follow(struct sheet *s, const struct view_ctx *x)
{
	uint32_t line = s->at - s->top, found;

	if (!index_follow(&s->index, x) && s->index.rows.n &&
	    !handle_is_none(s->cursor))
		return;
	prune_marks(s, x);
	/* Until the person moves, the first row is the one meant. */
	if (!s->touched) {
		set_cursor(s, 0);
		return;
	}
	found = index_find(&s->index, s->cursor, s->at);
	if (found == UINT32_MAX) {
		set_cursor(s, s->at);
		return;
	}
	s->at = found;
	s->top = found > line ? found - line : 0;
	clamp_top(s);
}

void
sheet_filter(struct sheet *s, const char *text)
{
	struct err err = { .code = ERR_NONE };
	struct filter *f = filter_parse(s->view, text, &err);

	snprintf(s->filter_text, sizeof(s->filter_text), "%s", text);
	s->filter_error[0] = '\0';
	if (err.code != ERR_NONE)
		snprintf(s->filter_error, sizeof(s->filter_error), "%.255s",
			 err.text);
	else
		index_filter(&s->index, f);
}

/* ---- moving ---- */

void
sheet_to(struct sheet *s, uint32_t row)
{
	s->touched = true;
	set_cursor(s, row);
}

void
sheet_move(struct sheet *s, int64_t by)
{
	int64_t to = (int64_t)s->at + by;

	sheet_to(s, to < 0 ? 0 : (uint32_t)to);
}

void
sheet_page(struct sheet *s, int pages)
{
	int64_t step = s->height > 1 ? s->height - 1 : 1;
	int64_t top = (int64_t)s->top + pages * step;

	s->top = top < 0 ? 0 : (uint32_t)top;
	sheet_move(s, pages * step);
}

void
sheet_scroll_columns(struct sheet *s, int by)
{
	int skip = s->skip + by, n = 0;

	for (const struct column *c = s->view->columns; c->title; c++)
		n += s->wide || !(c->flags & COLUMN_WIDE);
	if (skip > n - 2)
		skip = n - 2;
	s->skip = (uint8_t)(skip < 0 ? 0 : skip);
}

struct row
sheet_row(const struct sheet *s, const struct view_ctx *x)
{
	return view_row(x, s->cursor);
}

/* ---- sorting ---- */

static uint32_t
column_count(const struct view *v)
{
	uint32_t n = 0;

	while (v->columns[n].title)
		n++;
	return n;
}

static bool
natural_down(const struct column *c)
{
	return (c->flags & COLUMN_DESC) != 0;
}

bool
sheet_sort_letter(struct sheet *s, uint32_t letter)
{
	const struct column *columns = s->view->columns;
	uint32_t n = column_count(s->view), from = 0;

	for (uint32_t i = 0; i < n; i++)
		if (&columns[i] == s->index.sort)
			from = i;
	if (s->index.sort &&
	    toupper((unsigned char)s->index.sort->title[0]) == (int)letter) {
		if (s->index.down == natural_down(s->index.sort)) {
			index_sort(&s->index, s->index.sort, !s->index.down);
			return true;
		}
		from++;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct column *c = &columns[(from + i) % n];

		if (toupper((unsigned char)c->title[0]) != (int)letter)
			continue;
		index_sort(&s->index, c, natural_down(c));
		return true;
	}
	return false;
}

void
sheet_sort_step(struct sheet *s, int by)
{
	const struct column *columns = s->view->columns;
	int n = (int)column_count(s->view), at = by > 0 ? -1 : n;

	for (int i = 0; i < n; i++)
		if (&columns[i] == s->index.sort)
			at = i;
	do {
		at += by;
	} while (at >= 0 && at < n && !s->wide &&
		 (columns[at].flags & COLUMN_WIDE));
	if (at >= 0 && at < n)
		index_sort(&s->index, &columns[at],
			   natural_down(&columns[at]));
}

void
sheet_sort_turn(struct sheet *s)
{
	index_sort(&s->index, s->index.sort, !s->index.down);
}

/* ---- marks ---- */

bool
sheet_is_marked(const struct sheet *s, struct handle h)
{
	for (uint32_t i = 0; i < s->marks.n; i++)
		if (handle_eq(s->marks.at[i], h))
			return true;
	return false;
}

static void
add_mark(struct sheet *s, struct handle h)
{
	if (!sheet_is_marked(s, h) && s->marks.n < MARKS_MAX)
		vec_push(&s->marks, h);
}

void
sheet_mark(struct sheet *s)
{
	if (handle_is_none(s->cursor))
		return;
	s->touched = true;
	s->last_mark = s->cursor;
	for (uint32_t i = 0; i < s->marks.n; i++) {
		if (handle_eq(s->marks.at[i], s->cursor)) {
			s->marks.at[i] = s->marks.at[--s->marks.n];
			return;
		}
	}
	add_mark(s, s->cursor);
}

void
sheet_mark_range(struct sheet *s)
{
	uint32_t from = index_find(&s->index, s->last_mark, s->at);
	uint32_t to = s->at;

	if (from == UINT32_MAX || s->index.rows.n == 0) {
		sheet_mark(s);
		return;
	}
	if (from > to) {
		to = from;
		from = s->at;
	}
	for (uint32_t i = from; i <= to; i++)
		add_mark(s, s->index.rows.at[i].handle);
}

void
sheet_unmark(struct sheet *s)
{
	vec_clear(&s->marks);
	s->last_mark = (struct handle){ 0 };
}

uint32_t
sheet_ended(const struct sheet *s, const struct view_ctx *x)
{
	/* What the kind has; a filter may show fewer. */
	return x->snap->table[s->view->feed].ended;
}
