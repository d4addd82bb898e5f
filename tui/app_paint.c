/*
 * The app: painting the top pane between header and bottom line.
 */
#include "tui/app_private.h"

/* What does not fit is cut, and seen to be. */
static void
paint_page_line(const struct page_line *line, struct grid *g, int row,
		uint32_t ellipsis)
{
	int col = 0;

	for (int i = 0; i < line->span_n; i++) {
		const struct span *span = &line->spans[i];
		struct style style = { span->tone,
				       span->bold ? STYLE_BOLD : 0 };

		if (col >= g->cols && span->text[0])
			grid_put(g, row, g->cols - 1, 1, style, ellipsis);
		col += grid_text(g, row, col, g->cols - col, style, span->text,
				 ellipsis);
	}
}

static void
paint_page(struct app *a, struct pane *p, struct grid *g, struct body body)
{
	struct view_ctx x = app_ctx(a);
	struct page_out *out = &p->page.out;
	uint32_t at;

	page_out_reset(out, g->cols, body.rows, p->page.cursor);
	p->page.view->paint(&x, out);
	at = page_find(out, p->page.cursor);
	/* Untouched, the cursor stays with the first thing that needs me; a
	 * line that is gone leaves it to its neighbour. */
	if (at == UINT32_MAX || !p->page.touched) {
		uint32_t first = page_next(
			out, p->page.touched ? (int64_t)p->page.at - 1 : -1,
			1);

		if (first == UINT32_MAX)
			first = page_next(out, out->lines.n, -1);
		if (first != at) {
			at = first;
			p->page.cursor = at == UINT32_MAX
						 ? (struct handle){ 0 }
						 : out->lines.at[at].subject;
			page_out_reset(out, g->cols, body.rows,
				       p->page.cursor);
			p->page.view->paint(&x, out);
		}
	}
	if (at != UINT32_MAX)
		p->page.at = at;
	p->page.height = body.rows;
	if (at != UINT32_MAX && (int)at >= p->page.top + body.rows)
		p->page.top = (int)at - body.rows + 1;
	if (at != UINT32_MAX && (int)at < p->page.top)
		p->page.top = (int)at;
	if (p->page.top + body.rows > (int)out->lines.n)
		p->page.top = (int)out->lines.n > body.rows
				      ? (int)out->lines.n - body.rows
				      : 0;
	for (int i = 0; i < body.rows; i++) {
		uint32_t n = (uint32_t)(p->page.top + i);
		const struct page_line *line;

		if (n >= out->lines.n)
			break;
		line = &out->lines.at[n];
		paint_page_line(line, g, body.row + i,
				a->ascii ? '~' : 0x2026);
		if (n == at) {
			grid_put(g, body.row + i, 0, 1,
				 (struct style){ TONE_ACCENT, 0 }, '>');
			grid_add_bits(g, body.row + i, 0, g->cols,
				      STYLE_REVERSE);
		}
	}
}

static void
paint_empty(struct app *a, const struct pane *p, struct grid *g,
	    struct body body)
{
	const struct view *v = p->sheet.view;
	enum source source = kind_source(v->feed);
	const struct source_status *st = &a->snap->source[source];
	struct style style = { TONE_DIM, 0 };
	bool loaded = (a->snap->loaded_kinds >> v->feed) & 1;

	if (p->sheet.index.rows.n || body.rows < 2)
		return;
	if (p->sheet.index.total)
		grid_printf(g, body.row + 1, 1, g->cols - 1, style,
			    "none of %u rows passes the filter (esc clears "
			    "it)", p->sheet.index.total);
	else if (source != SOURCE_PADDOCK && st->state != SOURCE_LIVE)
		grid_printf(g, body.row + 1, 1, g->cols - 1,
			    (struct style){ TONE_WARN, 0 }, "? %s %s%s%s",
			    source_name(source), source_state_name(st->state),
			    st->trouble[0] ? ": " : "", st->trouble);
	else if (!loaded && source != SOURCE_PADDOCK)
		grid_text(g, body.row + 1, 1, g->cols - 1, style, "loading",
			  0);
	else
		grid_text(g, body.row + 1, 1, g->cols - 1, style,
			  str_or_empty(v->empty), 0);
}

const struct grid *
app_paint(struct app *a)
{
	struct grid *g = &a->grid;
	struct pane *p = app_top(a);
	struct view_ctx x = app_ctx(a);
	struct body body;

	grid_clear(g);
	body = chrome_paint(a, g);
	switch (p->kind) {
	case PANE_SHEET:
		sheet_follow(&p->sheet, &x);
		sheet_paint(&p->sheet, &x, g, body.row, 0, body.rows, g->cols);
		paint_empty(a, p, g, body);
		break;
	case PANE_PAGE:
		paint_page(a, p, g, body);
		break;
	default:
		pager_paint(&p->pager, g, body.row, body.rows, g->cols);
		break;
	}
	chrome_bottom(a, g);
	if (dialog_is_open(&a->dialog)) {
		g->cursor_row = g->cursor_col = -1;
		dialog_paint(&a->dialog, g);
	}
	a->dirty = false;
	return g;
}
