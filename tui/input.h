/*
 * The keyboard: the only reader.  Curses does escape sequences (25 ms) and
 * UTF-8; pasted text arrives as text, never as keys.
 *
 * Thread: the UI's, with the screen open.
 */
#ifndef TUI_INPUT_H
#define TUI_INPUT_H

#include "backend/base/buf.h"

enum input_kind { INPUT_NONE, INPUT_KEY, INPUT_PASTE, INPUT_END };

struct input {
	bool pasting;
	struct buf paste;
	int64_t paste_ms; /* when its last character came */
	uint32_t empty;	  /* wake-ups that brought nothing, in a row */
};

void input_init(struct input *in);
void input_fini(struct input *in);

/*
 * The next event that has already arrived.  KEY fills *key (keymaps/key.h);
 * PASTE: the text is in in->paste until the next call; END: the terminal is
 * gone.  now_ms ends a paste whose closing mark never came.
 */
enum input_kind input_next(struct input *in, int64_t now_ms, uint32_t *key);
/* True when the descriptor said readable and there was nothing: hang-up. */
bool input_seems_dead(struct input *in);
/* Throws away what was typed and not yet read. */
void input_discard(struct input *in);

#endif
