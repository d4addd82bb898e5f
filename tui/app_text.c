/*
 * The app: what opens in the pager.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/base/text.h"
#include "tui/app_private.h"

enum { TEXT_BYTES = 1 << 20 };

static void
open_text(struct app *a, const char *title, const struct buf *text)
{
	struct pager *p = app_open_pager(a, title);

	pager_text(p, buf_text(text), text->len);
}

/* ---- streams ---- */

void
app_stream(struct app *a, enum stream_what what, struct handle h,
	   const char *title, const char *args)
{
	struct command c = { .id = app_id(a), .kind = COMMAND_OPEN_STREAM,
			     .what = (uint8_t)what };
	struct pager *p;

	c.ref = app_id(a);
	app_fill_target(a, h, &c.target);
	snprintf(c.args, sizeof(c.args), "%s", args);
	uint64_t ref = c.ref;

	if (!app_send(a, &c))
		return;
	p = app_open_pager(a, title);
	p->stream = ref;
	p->state = STREAM_OPENING;
	p->live = what == STREAM_LOGS;
	p->follow = p->live && strstr(args, "follow");
	p->wrap = what == STREAM_WHY;
}

static struct handle
subject_of(const struct row *row, const char *verb, const struct view_ctx *x)
{
	const struct view *v = registry_view_of(row->handle.kind);

	return v && v->subject ? v->subject(row, verb, x) : row->handle;
}

void
app_stream_of_row(struct app *a, enum stream_what what, const char *verb,
		  const char *args)
{
	struct row row = app_target_row(a);
	struct view_ctx x = app_ctx(a);
	struct handle h;
	char title[PAGER_TITLE];

	if (!row.rec) {
		app_toast(a, SEVERITY_INFO, "%s: no row is selected", verb);
		return;
	}
	h = subject_of(&row, verb, &x);
	if (!snapshot_slot(a->snap, h)) {
		app_toast(a, SEVERITY_INFO, "%s: %s %s has none now", verb,
			  kind_name((enum kind)row.handle.kind),
			  record_name(row.rec));
		return;
	}
	snprintf(title, sizeof(title), "%s %s", verb, view_name(&x, h, "?"));
	app_stream(a, what, h, title, args);
}

void
app_why(struct app *a)
{
	struct row row = app_row(a);
	struct view_ctx x = app_ctx(a);
	struct handle h;
	char title[PAGER_TITLE];

	if (!row.rec) {
		app_toast(a, SEVERITY_INFO, "why: no row is selected");
		return;
	}
	h = subject_of(&row, "why", &x);
	if (!snapshot_slot(a->snap, h)) {
		app_show(a); /* it has no object: its own columns say it all */
		return;
	}
	snprintf(title, sizeof(title), "why %s %s",
		 kind_name((enum kind)h.kind), view_name(&x, h, "?"));
	app_stream(a, STREAM_WHY, h, title, "");
}

/* ---- one row in full ---- */

void
app_show(struct app *a)
{
	struct row row = app_row(a);
	const struct view *v = row.rec ? registry_view_of(row.handle.kind)
				       : NULL;
	struct view_ctx x = app_ctx(a);
	struct buf text;
	char title[PAGER_TITLE], age[TIME_TEXT];

	if (!v) {
		app_toast(a, SEVERITY_INFO, "show: no row is selected");
		return;
	}
	x.chart_cells = CHART_POINTS;
	buf_init(&text, TEXT_BYTES);
	for (const struct column *c = v->columns; c->title; c++) {
		struct cell cell;

		c->get(&row, &x, &cell);
		buf_printf(&text, "%-12s %s\n", c->title, cell.text);
	}
	if (row.slot->ended)
		buf_printf(&text, "%-12s %s ago; this is its last state\n",
			   "ENDED",
			   age_format(x.now_ms - row.slot->ended_ms, age));
	if (v->detail) {
		buf_putc(&text, '\n');
		v->detail(&row, &x, &text);
	}
	snprintf(title, sizeof(title), "%s %s",
		 kind_name((enum kind)row.handle.kind),
		 record_name(row.rec));
	open_text(a, title, &text);
	app_top(a)->pager.wrap = true;
	buf_fini(&text);
}

/* ---- lists ---- */

void
app_views(struct app *a)
{
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	buf_printf(&text, "%-11s %-22s %s\n", "VIEW", "ALSO", "WHAT");
	for (uint32_t i = 0; i < registry_count(); i++) {
		struct entry_view v = registry_at(i);

		buf_printf(&text, "%-11s %-22s %s\n", entry_view_name(v),
			   entry_view_aliases(v), entry_view_help(v));
	}
	buf_puts(&text, "\n:VIEW opens one, :VIEW /FILTER filtered.\n");
	open_text(a, "views", &text);
	buf_fini(&text);
}

void
app_log(struct app *a)
{
	struct buf text;
	uint32_t lines;
	size_t len;
	char *recent = log_recent(&len, &lines);

	buf_init(&text, TEXT_BYTES);
	/* Lines come separated by NUL. */
	for (size_t at = 0; at < len; at += strlen(recent + at) + 1)
		buf_printf(&text, "%s\n", recent + at);
	if (len == 0)
		buf_puts(&text, "nothing was logged yet\n");
	free(recent);
	open_text(a, "log", &text);
	pager_bottom(&app_top(a)->pager);
	buf_fini(&text);
}
