/*
 * Keys as numbers and as names: "a" "A" "ctrl-d" "alt-x" "F5" "shift-up".
 *
 * A key is a Unicode character or a KEYCODE_, with modifier bits.  Shift of a
 * letter is the capital ("shift-a" reads as "A"); ctrl-m is enter, ctrl-i tab,
 * ctrl-h backspace, ctrl-[ esc, because terminals send the same bytes.
 */
#ifndef KEYMAPS_KEY_H
#define KEYMAPS_KEY_H

#include "backend/base/mem.h"

enum {
	KEYCODE_BASE = 0x200000, /* past Unicode */
	KEYCODE_ENTER = KEYCODE_BASE,
	KEYCODE_ESC,
	KEYCODE_TAB,
	KEYCODE_BACKSPACE,
	KEYCODE_UP,
	KEYCODE_DOWN,
	KEYCODE_LEFT,
	KEYCODE_RIGHT,
	KEYCODE_HOME,
	KEYCODE_END,
	KEYCODE_PGUP,
	KEYCODE_PGDN,
	KEYCODE_INSERT,
	KEYCODE_DELETE,
	KEYCODE_F0, /* F1 is KEYCODE_F0 + 1 */
	KEYCODE_LAST = KEYCODE_F0 + 24,

	KEYMOD_CTRL = 1 << 24,
	KEYMOD_ALT = 1 << 25,
	KEYMOD_SHIFT = 1 << 26,
	KEYMOD_ALL = KEYMOD_CTRL | KEYMOD_ALT | KEYMOD_SHIFT,
};

enum { KEY_TEXT = 32 };

/* False for what is no key name. */
bool key_parse(const char *name, size_t len, uint32_t *key);
/* The name key_parse reads back as the same key. */
char *key_format(uint32_t key, char out[static KEY_TEXT]);
/* The one spelling of a key that has several. */
uint32_t key_normal(uint32_t key);
/* The character a key types, or 0. */
uint32_t key_char(uint32_t key);

#endif
