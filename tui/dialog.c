/*
 * Dialogs: what they ask and how they take an answer.
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
