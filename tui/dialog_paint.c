/*
 * Dialogs: painting.
 *
 * What is asked, where it would happen, and what has to be typed are never cut:
 * they go on on the next line.  Only the text between scrolls, and says so.
 */
#include "tui/dialog.h"

#include <stdio.h>

#include "backend/base/text.h"
#include "tui/view.h"

enum { WIDTH_MAX = 100, WIDTH_MIN = 44, FRAME = 2, INDENT = 2 };

/* Where the lines of one part go. */
struct part {
	struct grid *g; /* NULL: they are counted only */
	int row, col, rows, cols;
};

static void
paint_frame(struct grid *g, int row, int col, int rows, int cols)
{
	struct style s = { TONE_TITLE, 0 };

	grid_blank(g, row, col, rows, cols);
	for (int r = 0; r < rows; r++) {
		bool edge = r == 0 || r == rows - 1;

		if (edge)
			grid_fill(g, row + r, col, cols, s, '-');
		grid_put(g, row + r, col, 1, s, edge ? '+' : '|');
		grid_put(g, row + r, col + cols - 1, 1, s, edge ? '+' : '|');
	}
}

/* Breaks the text into screen lines, those from `skip` on into the part; what
 * is continued is indented.  Returns how many there are. */
static int
flow(const char *text, const struct part *to, int skip, struct style style)
{
	int n = 0;

	for (const char *p = text; *p && to->cols > INDENT;) {
		const char *end = strchrnul(p, '\n');
		int indent = 0;

		do {
			int room = to->cols - indent;
			size_t part = text_break(p, (size_t)(end - p), room);

			if (to->g && n >= skip && n - skip < to->rows)
				grid_textn(to->g, to->row + n - skip,
					   to->col + indent, room, style, p,
					   part, 0);
			n++;
			p += part;
			indent = INDENT;
		} while (p < end);
		p += *end != '\0';
	}
	return n;
}

/* ---- the answers ---- */

static const char type_this[] = "type ", cancels[] = " (esc=cancel) ";

static const char *
more_text(const struct dialog *d)
{
	return d->line_n > (uint32_t)d->height ? "  up/down=more" : "";
}

/* What must be typed, the question for it and the answer on one line. */
static bool
is_short(const struct dialog *d, int cols)
{
	int expect = text_width(d->expect, strlen(d->expect));

	return (int)(strlen(type_this) + strlen(cancels) + strlen("> ")) +
		       2 * expect + 1 <= cols;
}

static int
type_short(struct dialog *d, const struct part *to, struct style dim,
	   struct style bad)
{
	int used;

	if (!to->g)
		return 1;
	used = grid_text(to->g, to->row, to->col, to->cols, dim, type_this, 0);
	used += grid_text(to->g, to->row, to->col + used, to->cols - used, bad,
			  d->expect, 0);
	used += grid_text(to->g, to->row, to->col + used, to->cols - used, dim,
			  cancels, 0);
	prompt_paint(&d->typed, to->g, to->row, to->col + used,
		     to->cols - used);
	return 1;
}

/* The name on lines of its own, the answer below. */
static int
type_long(struct dialog *d, const struct part *to, struct style dim,
	  struct style bad)
{
	struct part name = *to;
	int n;

	if (to->g)
		grid_text(to->g, to->row, to->col, to->cols, dim,
			  "type this (esc=cancel):", 0);
	name.row++;
	name.rows -= 2;
	n = flow(d->expect, &name, 0, bad);
	if (to->g)
		prompt_paint(&d->typed, to->g, to->row + to->rows - 1, to->col,
			     to->cols);
	return n + 2;
}

/* Paints them, or counts their lines. */
static int
answers(struct dialog *d, const struct part *to)
{
	struct style keys = { TONE_TITLE, STYLE_REVERSE };
	struct style dim = { TONE_DIM, 0 }, bad = { TONE_BAD, 0 };
	struct part below = *to;
	char text[80];
	int used;

	if (d->waiting)
		return flow("asking ...  esc=cancel", to, 0, dim);
	snprintf(text, sizeof(text), "esc=back%s", more_text(d));
	if (d->blocked[0]) {
		used = flow(d->blocked, to, 0, (struct style){ TONE_WARN, 0 });
		below.row += used;
		below.rows -= used;
		return used + flow(text, &below, 0, dim);
	}
	if (d->refused || d->ask == ASK_NOTHING)
		return flow(text, to, 0, dim);
	if (to->g && !d->armed)
		return flow("...", to, 0, dim);
	if (d->ask == ASK_TYPED)
		return is_short(d, to->cols) ? type_short(d, to, dim, bad)
					     : type_long(d, to, dim, bad);
	if (!to->g)
		return 1;
	used = grid_text(to->g, to->row, to->col, to->cols, dim, "y=yes  ", 0);
	used += grid_text(to->g, to->row, to->col + used, to->cols - used, keys,
			  "[enter, n, esc = Cancel]", 0);
	grid_text(to->g, to->row, to->col + used, to->cols - used, dim,
		  more_text(d), 0);
	return 1;
}

/* ---- the whole ---- */

static int
width_of(const struct dialog *d)
{
	int widest = text_width(d->title, strlen(d->title));
	int where = text_width(d->where, strlen(d->where));

	if (where > widest)
		widest = where;
	for (const char *p = str_or_empty(d->text); *p;) {
		const char *end = strchrnul(p, '\n');
		int width = text_width(p, (size_t)(end - p));

		if (width > widest)
			widest = width;
		p = *end ? end + 1 : end;
	}
	return widest < WIDTH_MIN ? WIDTH_MIN : widest;
}

/* Lines of the parts, top to bottom. */
struct heights {
	int title, where, gap, text, answers;
};

/* Of too little room the text gives first, then the gaps around it, then the
 * place; the question and its answers stay. */
static struct heights
measure(struct dialog *d, int cols, int rows)
{
	struct part count = { .cols = cols };
	struct heights h = {
		.title = flow(d->title, &count, 0, (struct style){ 0 }),
		.where = flow(d->where, &count, 0, (struct style){ 0 }),
		.gap = 1,
		.text = flow(str_or_empty(d->text), &count, 0,
			     (struct style){ 0 }),
		.answers = answers(d, &count),
	};
	int room;

	d->line_n = (uint32_t)h.text;
	room = rows - FRAME - h.title - h.where - h.answers;
	if (room < 2 + (h.text < 3 ? h.text : 3))
		h.gap = 0;
	room -= 2 * h.gap;
	if (room < 0) {
		h.where += room;
		room = 0;
	}
	if (h.where < 0)
		h.where = 0;
	if (h.text > room)
		h.text = room;
	d->height = h.text;
	return h;
}

void
dialog_paint(struct dialog *d, struct grid *g)
{
	struct style title = { d->refused ? TONE_BAD : TONE_TITLE, 0 };
	int cols = width_of(d) + 4, rows;
	struct part to = { .g = g };
	struct heights h;

	if (cols > WIDTH_MAX)
		cols = WIDTH_MAX;
	if (cols > g->cols)
		cols = g->cols;
	h = measure(d, cols - 4, g->rows);
	rows = FRAME + h.title + h.where + 2 * h.gap + h.text + h.answers;
	if (rows > g->rows || cols < 8) {
		/* No room for a frame: the question and its answers. */
		grid_blank(g, 0, 0, g->rows, g->cols);
		to.cols = g->cols;
		to.rows = g->rows;
		flow(d->title, &to, 0, title);
		to.rows = 1;
		to.row = g->rows - 1;
		answers(d, &to);
		return;
	}
	to.row = (g->rows - rows) / 2;
	to.col = (g->cols - cols) / 2;
	paint_frame(g, to.row, to.col, rows, cols);
	to.row++;
	to.col += 2;
	to.cols = cols - 4;
	to.rows = h.title;
	flow(d->title, &to, 0, title);
	to.row += h.title;
	to.rows = h.where;
	flow(d->where, &to, 0, (struct style){ TONE_ACCENT, 0 });
	to.row += h.where + h.gap;
	to.rows = h.text;
	flow(str_or_empty(d->text), &to, (int)d->scroll,
	     (struct style){ 0, 0 });
	to.row += h.text + h.gap;
	to.rows = h.answers;
	answers(d, &to);
}
