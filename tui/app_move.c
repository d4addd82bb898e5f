/*
 * The app: moving about in the top pane.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tui/app_private.h"

static void
page_move(struct app *a, struct pane *p, enum verb_id verb)
{
	struct page_out *out = &p->page.out;
	int64_t at = (int64_t)(int32_t)page_find(out, p->page.cursor);
	int step = verb == VERB_UP || verb == VERB_PAGE_UP ||
				   verb == VERB_BOTTOM
			   ? -1
			   : 1;
	uint32_t to;

	(void)a;
	if (verb == VERB_TOP)
		at = -1;
	else if (verb == VERB_BOTTOM)
		at = out->lines.n;
	else if (verb == VERB_PAGE_UP || verb == VERB_PAGE_DOWN)
		at += step * (p->page.height - 2);
	if (at < -1)
		at = -1;
	if (at > out->lines.n)
		at = out->lines.n;
	to = page_next(out, at, step);
	/* A page further is past the end: take the last one there is. */
	if (to == UINT32_MAX && (verb == VERB_PAGE_UP ||
				 verb == VERB_PAGE_DOWN))
		to = page_next(out, step > 0 ? (int64_t)out->lines.n : -1,
			       -step);
	if (to == UINT32_MAX)
		return;
	p->page.touched = true;
	p->page.cursor = out->lines.at[to].subject;
}

void
app_pick(struct pane *p, const char *args)
{
	long n = strtol(args, NULL, 10);
	int64_t at = -1;

	while (n-- > 0) {
		uint32_t to = page_next(&p->page.out, at, 1);

		if (to == UINT32_MAX)
			return;
		at = to;
	}
	if (at < 0)
		return;
	p->page.touched = true;
	p->page.cursor = p->page.out.lines.at[at].subject;
}

static void
move_sheet(struct sheet *s, enum verb_id verb)
{
	switch (verb) {
	case VERB_UP:
		sheet_move(s, -1);
		break;
	case VERB_DOWN:
		sheet_move(s, 1);
		break;
	case VERB_PAGE_UP:
		sheet_page(s, -1);
		break;
	case VERB_PAGE_DOWN:
		sheet_page(s, 1);
		break;
	case VERB_TOP:
		sheet_to(s, 0);
		break;
	case VERB_BOTTOM:
		sheet_to(s, UINT32_MAX);
		break;
	case VERB_LEFT:
		sheet_scroll_columns(s, -1);
		break;
	default:
		sheet_scroll_columns(s, 1);
		break;
	}
}

static void
move_pager(struct pager *p, enum verb_id verb)
{
	switch (verb) {
	case VERB_UP:
		pager_move(p, -1);
		break;
	case VERB_DOWN:
		pager_move(p, 1);
		break;
	case VERB_PAGE_UP:
		pager_page(p, -1);
		break;
	case VERB_PAGE_DOWN:
		pager_page(p, 1);
		break;
	case VERB_TOP:
		pager_top(p);
		break;
	case VERB_BOTTOM:
		pager_bottom(p);
		break;
	case VERB_LEFT:
		pager_sideways(p, -8);
		break;
	default:
		pager_sideways(p, 8);
		break;
	}
}

void
app_move(struct app *a, enum verb_id verb)
{
	struct pane *p = app_top(a);

	if (p->kind == PANE_SHEET)
		move_sheet(&p->sheet, verb);
	else if (p->kind == PANE_PAGER)
		move_pager(&p->pager, verb);
	else if (verb != VERB_LEFT && verb != VERB_RIGHT)
		page_move(a, p, verb);
}

void
app_namespace(struct app *a, const char *ns)
{
	struct pane *p = app_top(a);

	snprintf(a->ns, sizeof(a->ns), "%s", ns);
	if (p->kind == PANE_SHEET)
		index_namespace(&p->sheet.index, a->ns);
}

/* 0: all; 1-9: the namespaces this kind has rows of, by name. */
void
app_pick_namespace(struct app *a, struct sheet *s, const char *args)
{
	const struct slot *slot;
	long n = strtol(args, NULL, 10);
	VEC(const char *) names = { 0 };
	uint32_t at;

	if (n == 0) {
		app_namespace(a, "");
		app_toast(a, SEVERITY_INFO, "all namespaces");
		return;
	}
	for (uint32_t i = 0;
	     (slot = snapshot_next(a->snap, s->view->feed, &i, NULL));) {
		const char *ns = record_ns(slot->rec);
		bool known = !*ns;

		for (at = 0; at < names.n && !known; at++)
			known = strcmp(names.at[at], ns) == 0;
		if (known || names.n > 100)
			continue;
		vec_push(&names, ns);
		for (at = names.n - 1;
		     at > 0 && strcmp(names.at[at - 1], ns) > 0; at--)
			names.at[at] = names.at[at - 1];
		names.at[at] = ns;
	}
	if (names.n < (uint32_t)n) {
		app_toast(a, SEVERITY_INFO, "%s has rows of %u namespace%s",
			  s->view->name, names.n, names.n == 1 ? "" : "s");
	} else {
		app_namespace(a, names.at[n - 1]);
		app_toast(a, SEVERITY_INFO, "namespace %s (0: all)",
			  names.at[n - 1]);
	}
	vec_free(&names);
}
