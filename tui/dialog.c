/*
 * Dialogs.
 */
#include "tui/dialog.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "keymaps/key.h"
#include "tui/view.h"

enum {
	/* Nobody reads and answers faster; what comes sooner was meant for
	 * something else. */
	ARM_AFTER_MS = 250,
	WIDTH_MAX = 100,
	TEXT_BYTES = 64 << 10,
};

void
dialog_open(struct dialog *d, enum dialog_about about, enum ask ask,
	    const char *title)
{
	dialog_close(d);
	d->about = (uint8_t)about;
	d->ask = (uint8_t)ask;
	snprintf(d->title, sizeof(d->title), "%s", title);
	prompt_open(&d->typed, "> ", "", NULL);
}

void
dialog_close(struct dialog *d)
{
	free(d->text);
	memset(d, 0, sizeof(*d));
}

bool
dialog_is_open(const struct dialog *d)
{
	return d->about != DIALOG_NONE;
}

void
dialog_text(struct dialog *d, const char *text)
{
	struct buf safe;

	buf_init(&safe, TEXT_BYTES);
	text_clean(&safe, text, strnlen(text, TEXT_BYTES / 4), TEXT_LINES);
	free(d->text);
	d->text = buf_take(&safe, NULL);
	buf_fini(&safe);
	d->scroll = 0;
	/* New text is a new question. */
	d->shown_ms = 0;
	d->armed = false;
}

void
dialog_shown(struct dialog *d, int64_t boot_ms)
{
	if (dialog_is_open(d) && !d->waiting && d->shown_ms == 0)
		d->shown_ms = boot_ms ? boot_ms : 1;
}

bool
dialog_tick(struct dialog *d, int64_t boot_ms)
{
	if (!dialog_is_open(d) || d->armed || d->shown_ms == 0 ||
	    boot_ms - d->shown_ms < ARM_AFTER_MS)
		return false;
	d->armed = true;
	return true;
}

/* ---- keys ---- */

static bool
can_say_yes(const struct dialog *d)
{
	return d->armed && !d->waiting && !d->refused && !d->blocked[0] &&
	       d->ask != ASK_NOTHING;
}

static bool
scroll_key(struct dialog *d, uint32_t key)
{
	int64_t to = d->scroll;
	int64_t most = (int64_t)d->line_n - d->height;

	switch (key) {
	case KEYCODE_UP:
		to--;
		break;
	case KEYCODE_DOWN:
		to++;
		break;
	case KEYCODE_PGUP:
		to -= d->height;
		break;
	case KEYCODE_PGDN:
		to += d->height;
		break;
	default:
		return false;
	}
	if (to > most)
		to = most;
	d->scroll = to < 0 ? 0 : (uint32_t)to;
	return true;
}

static enum dialog_answer
typed_key(struct dialog *d, uint32_t key)
{
	switch (prompt_key(&d->typed, key)) {
	case PROMPT_LEFT:
		return ANSWER_NO;
	case PROMPT_DONE:
		/* Exactly; anything else asks again. */
		if (strcmp(d->typed.text, d->expect) == 0)
			return ANSWER_YES;
		prompt_set(&d->typed, "");
		return ANSWER_NONE;
	default:
		return ANSWER_NONE;
	}
}

enum dialog_answer
dialog_key(struct dialog *d, uint32_t key)
{
	/* No is always safe. */
	if (key == KEYCODE_ESC || key == ('c' | KEYMOD_CTRL))
		return ANSWER_NO;
	if (scroll_key(d, key) || !d->armed)
		return ANSWER_NONE;
	if (d->waiting)
		return ANSWER_NONE;
	if (!can_say_yes(d))
		return key == KEYCODE_ENTER || key == 'n' || key == 'q'
			       ? ANSWER_NO
			       : ANSWER_NONE;
	if (d->ask == ASK_TYPED)
		return typed_key(d, key);
	if (key == 'y' || key == 'Y')
		return ANSWER_YES;
	/* Enter is Cancel: the default. */
	if (key == 'n' || key == 'N' || key == 'q' || key == KEYCODE_ENTER)
		return ANSWER_NO;
	return ANSWER_NONE;
}

/* ---- painting ---- */

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

/*
 * Breaks the text into screen lines of `cols` cells, at blanks where that
 * leaves no ragged hole; what is continued is indented.  Paints those from
 * `skip` on when g is given.  Returns how many there are.
 */
static uint32_t
flow(const char *text, struct grid *g, int row, int col, int rows, int cols,
     uint32_t skip)
{
	enum { INDENT = 2 };
	uint32_t n = 0;

	for (const char *p = text; *p && cols > INDENT;) {
		const char *end = strchrnul(p, '\n');
		int indent = 0;

		do {
			int room = cols - indent;
			size_t len = (size_t)(end - p);
			size_t part = text_fit(p, len, room, NULL);

			if (part < len) {
				const char *blank = memrchr(p, ' ', part);

				if (blank && blank - p > room / 2)
					part = (size_t)(blank - p) + 1;
			}
			if (part == 0 && len)
				part = len; /* nothing fits: cut */
			if (g && n >= skip && n - skip < (uint32_t)rows)
				grid_textn(g, row + (int)(n - skip),
					   col + indent, room,
					   (struct style){ 0, 0 }, p, part, 0);
			n++;
			p += part;
			indent = INDENT;
		} while (p < end);
		p += *end != '\0';
	}
	return n;
}

static void
paint_answers(struct dialog *d, struct grid *g, int row, int col, int cols)
{
	struct style keys = { TONE_TITLE, STYLE_REVERSE };
	struct style dim = { TONE_DIM, 0 };
	const char *more = d->line_n > (uint32_t)d->height ? "  up/down=more"
							   : "";

	if (d->waiting) {
		grid_text(g, row, col, cols, dim, "asking ...  esc=cancel", 0);
	} else if (d->blocked[0]) {
		int used = grid_text(g, row, col, cols,
				     (struct style){ TONE_WARN, 0 }, d->blocked,
				     0);

		grid_printf(g, row, col + used, cols - used, dim,
			    "  esc=back%s", more);
	} else if (d->refused || d->ask == ASK_NOTHING) {
		grid_printf(g, row, col, cols, dim, "esc=back%s", more);
	} else if (!d->armed) {
		grid_text(g, row, col, cols, dim, "...", 0);
	} else if (d->ask == ASK_TYPED) {
		int used = grid_text(g, row, col, cols, dim, "type ", 0);

		used += grid_printf(g, row, col + used, cols - used,
				    (struct style){ TONE_BAD, 0 }, "%s",
				    d->expect);
		used += grid_text(g, row, col + used, cols - used, dim,
				  " (esc=cancel) ", 0);
		prompt_paint(&d->typed, g, row, col + used, cols - used);
	} else {
		int used = grid_text(g, row, col, cols, dim, "y=yes  ", 0);

		used += grid_text(g, row, col + used, cols - used, keys,
				  "[enter, n, esc = Cancel]", 0);
		grid_text(g, row, col + used, cols - used, dim, more, 0);
	}
}

static int
text_columns(const struct dialog *d)
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
	return widest < 44 ? 44 : widest;
}

void
dialog_paint(struct dialog *d, struct grid *g)
{
	/* Frame, title, where, blank, text, blank, answers, frame. */
	enum { OTHER_LINES = 7 };
	int cols = text_columns(d) + 4, rows;
	int row, col, inner;

	if (cols > WIDTH_MAX)
		cols = WIDTH_MAX;
	if (cols > g->cols)
		cols = g->cols;
	inner = cols - 4;
	d->line_n = flow(str_or_empty(d->text), NULL, 0, 0, 0, inner, 0);
	rows = (int)d->line_n + OTHER_LINES;
	if (rows > g->rows)
		rows = g->rows;
	d->height = rows - OTHER_LINES > 0 ? rows - OTHER_LINES : 0;
	row = (g->rows - rows) / 2;
	col = (g->cols - cols) / 2;
	if (rows < 3 || cols < 8) {
		/* No room for a frame: the question and its answers. */
		grid_blank(g, 0, 0, g->rows, g->cols);
		grid_text(g, 0, 0, g->cols, (struct style){ TONE_TITLE, 0 },
			  d->title, 0);
		paint_answers(d, g, g->rows - 1, 0, g->cols);
		return;
	}
	paint_frame(g, row, col, rows, cols);
	grid_text(g, row + 1, col + 2, inner,
		  (struct style){ d->refused ? TONE_BAD : TONE_TITLE, 0 },
		  d->title, '~');
	if (rows > 4)
		grid_text(g, row + 2, col + 2, inner,
			  (struct style){ TONE_ACCENT, 0 }, d->where, '~');
	flow(str_or_empty(d->text), g, row + 4, col + 2, d->height, inner,
	     d->scroll);
	paint_answers(d, g, row + rows - 2, col + 2, inner);
}
