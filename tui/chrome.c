/*
 * The frame of every page: the rule with breadcrumbs below the header.
 */
#include <stdio.h>

#include "backend/base/text.h"
#include "tui/app_private.h"

/* ---- the rule: breadcrumbs and the state of the table ---- */

static void
crumbs(const struct app *a, char *out, size_t room)
{
	size_t at = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < a->depth && at < room; i++) {
		const struct pane *p = a->panes[i];
		const char *name = p->kind == PANE_SHEET ? p->sheet.view->name
				   : p->kind == PANE_PAGE
					   ? p->page.view->name
					   : p->pager.title;

		at += (size_t)snprintf(out + at, room - at, "%s%s",
				       i ? " > " : "", name);
		if (p->scope_name[0] && at < room)
			at += (size_t)snprintf(out + at, room - at, "[%.40s]",
					       p->scope_name);
	}
}

static void
sheet_state(const struct app *a, const struct sheet *s, char *left,
	    size_t left_room, char *right, size_t right_room)
{
	const struct index *ix = &s->index;
	size_t at = 0;

	(void)a;
	if (ix->rows.n == ix->total)
		snprintf(left, left_room, "(%u)", ix->total);
	else
		snprintf(left, left_room, "(%u of %u)", ix->rows.n, ix->total);
	right[0] = '\0';
	if (s->marks.n)
		at += (size_t)snprintf(right + at, right_room - at,
				       " %u marked", s->marks.n);
	if (ix->ns[0])
		at += (size_t)snprintf(right + at, right_room - at, " ns %s",
				       ix->ns);
	if (ix->faulty_only)
		at += (size_t)snprintf(right + at, right_room - at,
				       " only faulty");
	if (s->filter_error[0])
		snprintf(right + at, right_room - at, " INVALID: %s",
			 s->filter_error);
	else if (s->filter_text[0])
		snprintf(right + at, right_room - at, " /%s", s->filter_text);
}

/* Where one stands, then how far; a long way is cut in its middle, so that both
 * ends of it and the place in the text stay. */
static int
paint_path(struct grid *g, int row, int col, int cells, const char *path,
	   const char *left, uint32_t ellipsis)
{
	struct style words = { TONE_NORMAL, 0 };
	int state = text_width(left, strlen(left)), used;

	/* Words of why a text ended may be long: the page says them, too. */
	if (state > cells / 2)
		state = cells / 2;
	used = grid_text(g, row, col, cells, words, " ", 0);
	used += grid_text_middle(g, row, col + used, cells - 3 - state, words,
				 path, ellipsis);
	used += grid_text(g, row, col + used, cells - used, words, " ", 0);
	used += grid_text(g, row, col + used, cells - used - 1, words, left,
			  ellipsis);
	return used + grid_text(g, row, col + used, cells - used, words, " ",
				0);
}

static void
paint_rule(struct app *a, struct grid *g, int row)
{
	struct pane *p = app_top(a);
	char path[512], left[300] = "", right[600] = "";
	struct style rule = { TONE_DIM, 0 };
	int used, width;

	grid_fill(g, row, 0, g->cols, rule, '-');
	/* Alone on the first page there is nothing to say. */
	if (a->depth == 1 && p->kind == PANE_PAGE)
		return;
	crumbs(a, path, sizeof(path));
	if (p->kind == PANE_SHEET)
		sheet_state(a, &p->sheet, left, sizeof(left), right,
			    sizeof(right));
	else if (p->kind == PANE_PAGER)
		pager_status(&p->pager, left, sizeof(left));
	used = 2 + paint_path(g, row, 2, g->cols - 3, path, left,
			      a->ascii ? '~' : 0x2026);
	if (!right[0])
		return;
	snprintf(right + strlen(right), sizeof(right) - strlen(right), " ");
	width = text_width(right, strlen(right));
	if (width + 2 > g->cols - used)
		width = g->cols - used - 2;
	if (width > 0)
		grid_text(g, row, g->cols - width - 1, width,
			  (struct style){ p->sheet.filter_error[0]
						  ? TONE_BAD
						  : TONE_ACCENT,
					  0 },
			  right, '~');
}

struct body
chrome_paint(struct app *a, struct grid *g)
{
	struct body b = { .row = 0 };

	/* What a short screen leaves out first: freshness, place, rule. */
	if (g->rows >= 5)
		chrome_place(a, g, b.row++);
	if (g->rows >= 8)
		chrome_freshness(a, g, b.row++);
	if (g->rows >= 4)
		paint_rule(a, g, b.row++);
	b.rows = g->rows - b.row - (g->rows >= 2);
	return b;
}
