/*
 * The app: the stack of panes, the views visited, the row that is meant.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tui/app_private.h"

struct pane *
app_top(struct app *a)
{
	return a->panes[a->depth - 1];
}

const struct pane *
app_pane(const struct app *a)
{
	return a->panes[a->depth - 1];
}

static void
free_pane(struct pane *p)
{
	switch (p->kind) {
	case PANE_SHEET:
		sheet_fini(&p->sheet);
		break;
	case PANE_PAGE:
		page_out_fini(&p->page.out);
		break;
	default:
		pager_fini(&p->pager);
		break;
	}
	free(p);
}

static void
pop(struct app *a)
{
	struct pane *p = app_top(a);

	if (p->kind == PANE_PAGER && p->pager.stream) {
		struct command c = { .id = app_id(a), .ref = p->pager.stream,
				     .kind = COMMAND_CLOSE_STREAM };

		app_send(a, &c);
	}
	a->depth--;
	free_pane(p);
}

void
app_close_panes(struct app *a)
{
	while (a->depth > 0)
		pop(a);
}

/* A stack that is full loses the pane above its root. */
static struct pane *
push(struct app *a, enum pane_kind kind)
{
	struct pane *p = xcalloc(1, sizeof(*p));

	if (a->depth == PANES_MAX) {
		free_pane(a->panes[1]);
		memmove(&a->panes[1], &a->panes[2],
			(PANES_MAX - 2) * sizeof(a->panes[0]));
		a->depth--;
	}
	/* What is covered now catches up when it is seen again. */
	if (a->depth && app_top(a)->kind == PANE_SHEET)
		index_park(&app_top(a)->sheet.index);
	p->kind = (uint8_t)kind;
	a->panes[a->depth++] = p;
	a->dirty = true;
	return p;
}

bool
app_leave(struct app *a)
{
	if (a->depth <= 1)
		return false;
	pop(a);
	app_follow_panes(a);
	app_want(a);
	a->dirty = true;
	return true;
}

/* ---- what the backend should keep fresh ---- */

void
app_want(struct app *a)
{
	uint64_t bits = 0;

	for (uint32_t i = 0; i < a->depth; i++) {
		const struct pane *p = a->panes[i];

		if (p->kind == PANE_SHEET)
			bits |= UINT64_C(1) << p->sheet.view->feed;
		else if (p->kind == PANE_PAGE)
			bits |= UINT64_C(1) << KIND_ALARM |
				UINT64_C(1) << KIND_GROUP |
				UINT64_C(1) << KIND_QUEUE |
				UINT64_C(1) << KIND_DECISION;
	}
	if (bits == a->wanted)
		return;
	struct command c = { .id = app_id(a), .kind = COMMAND_WANT,
			     .number = (int64_t)bits };

	if (port_send(a->port, &c))
		a->wanted = bits; /* else asked again with the next change */
}

/* ---- visited views ---- */

static void
visit(struct app *a, const char *name)
{
	char(*v)[64] = a->visited;

	if (a->visited_n && strcmp(v[a->visited_at], name) == 0)
		return;
	if (a->visited_n)
		a->visited_n = a->visited_at + 1;
	if (a->visited_n == VISITED_MAX) {
		memmove(v[0], v[1], (VISITED_MAX - 1) * sizeof(v[0]));
		a->visited_n--;
	}
	a->visited_last = a->visited_at;
	snprintf(v[a->visited_n], sizeof(v[0]), "%s", name);
	a->visited_at = a->visited_n++;
}

void
app_walk(struct app *a, int step)
{
	uint32_t at = a->visited_at;

	if (step == 0) { /* between the last two */
		if (a->visited_last >= a->visited_n)
			return;
		at = a->visited_last;
	} else if (step < 0 ? at == 0 : at + 1 >= a->visited_n) {
		app_toast(a, SEVERITY_INFO, "no %s view",
			  step < 0 ? "older" : "newer");
		return;
	} else {
		at += (uint32_t)step;
	}
	a->visited_last = a->visited_at;
	a->visited_at = at;
	app_go(a, registry_find(a->visited[at]), false);
}

/* ---- opening ---- */

void
app_open(struct app *a, struct entry_view v, struct handle scope,
	 bool remember)
{
	struct view_ctx x = app_ctx(a);
	struct pane *p;

	if (entry_view_none(v))
		return;
	if (v.page) {
		p = push(a, PANE_PAGE);
		p->page.view = v.page;
		page_out_init(&p->page.out, a->grid.cols, a->grid.rows);
	} else {
		p = push(a, PANE_SHEET);
		sheet_init(&p->sheet, v.table);
		/* What a row stands for is not narrowed by the namespace. */
		if (handle_is_none(scope))
			index_namespace(&p->sheet.index, a->ns);
		if (!handle_is_none(scope)) {
			index_scope(&p->sheet.index, a->snap, scope);
			snprintf(p->scope_name, sizeof(p->scope_name), "%s",
				 view_name(&x, scope, "?"));
		}
		sheet_follow(&p->sheet, &x);
	}
	if (remember)
		visit(a, entry_view_name(v));
	app_want(a);
}

void
app_go(struct app *a, struct entry_view v, bool remember)
{
	if (entry_view_none(v))
		return;
	app_close_panes(a);
	app_open(a, v, (struct handle){ 0 }, remember);
}

struct pager *
app_open_pager(struct app *a, const char *title)
{
	struct pane *p = push(a, PANE_PAGER);

	pager_init(&p->pager, title);
	p->pager.width = a->grid.cols;
	p->pager.height = a->grid.rows;
	app_want(a);
	return &p->pager;
}

void
app_follow_panes(struct app *a)
{
	struct view_ctx x = app_ctx(a);
	struct pane *p = app_top(a);
	uint64_t line;

	if (p->kind == PANE_SHEET)
		sheet_follow(&p->sheet, &x);
	if (p->kind != PANE_PAGER)
		return;
	pager_follow(&p->pager, a->snap);
	if (pager_report(&p->pager, &line)) {
		struct command c = { .id = app_id(a),
				     .ref = p->pager.stream,
				     .kind = COMMAND_STREAM_READ,
				     .number = (int64_t)line };

		if (!port_send(a->port, &c)) {
			command_fini(&c);
			p->pager.reported = UINT64_MAX; /* again later */
		}
	}
}

/* ---- the row that is meant ---- */

static const struct page_line *
page_line_at(const struct app *a)
{
	const struct pane *p = app_pane(a);
	uint32_t at = page_find(&p->page.out, p->page.cursor);

	return at == UINT32_MAX ? NULL : &p->page.out.lines.at[at];
}

struct row
app_row(const struct app *a)
{
	const struct pane *p = app_pane(a);
	struct view_ctx x = app_ctx(a);

	switch (p->kind) {
	case PANE_SHEET:
		return sheet_row(&p->sheet, &x);
	case PANE_PAGE:
		return view_row(&x, p->page.cursor);
	default:
		return (struct row){ 0 };
	}
}

struct row
app_target_row(const struct app *a)
{
	const struct pane *p = app_pane(a);
	struct view_ctx x = app_ctx(a);
	const struct page_line *line;

	if (p->kind == PANE_PAGE) {
		line = page_line_at(a);
		return line ? view_row(&x, line->target) : (struct row){ 0 };
	}
	return app_row(a);
}

void
app_chain(const struct app *a, const char *chain[static CHAIN_MAX])
{
	const struct pane *p = app_pane(a);
	const struct view *v;
	int n = 0;

	if (p->kind == PANE_SHEET) {
		chain[n++] = p->sheet.view->name;
		chain[n++] = "table";
	} else if (p->kind == PANE_PAGE) {
		struct row row = app_target_row(a);

		chain[n++] = p->page.view->name;
		/* The line's object brings the keys of its own view. */
		v = row.rec ? registry_view_of(row.handle.kind) : NULL;
		if (v)
			chain[n++] = v->name;
		chain[n++] = "page";
	} else {
		chain[n++] = "pager";
	}
	chain[n++] = "global";
	chain[n] = NULL;
}
