/*
 * Keys from curses.
 */
#include "tui/input.h"

#include <curses.h>
#include <wchar.h>

#include "backend/base/text.h"
#include "keymaps/key.h"

enum {
	PASTE_BEGIN = KEY_MAX + 1, /* as screen.c defines them */
	PASTE_END = KEY_MAX + 2,
	PASTE_BYTES = 64 << 10,
	PASTE_GIVE_UP_MS = 2000,
	DEAD_WAKEUPS = 50,
};

static const struct {
	wint_t curses;
	uint32_t key;
} codes[] = {
	{ KEY_UP, KEYCODE_UP },
	{ KEY_DOWN, KEYCODE_DOWN },
	{ KEY_LEFT, KEYCODE_LEFT },
	{ KEY_RIGHT, KEYCODE_RIGHT },
	{ KEY_HOME, KEYCODE_HOME },
	{ KEY_END, KEYCODE_END },
	{ KEY_PPAGE, KEYCODE_PGUP },
	{ KEY_NPAGE, KEYCODE_PGDN },
	{ KEY_IC, KEYCODE_INSERT },
	{ KEY_DC, KEYCODE_DELETE },
	{ KEY_BACKSPACE, KEYCODE_BACKSPACE },
	{ KEY_ENTER, KEYCODE_ENTER },
	{ KEY_BTAB, KEYCODE_TAB | KEYMOD_SHIFT },
	{ KEY_SR, KEYCODE_UP | KEYMOD_SHIFT },
	{ KEY_SF, KEYCODE_DOWN | KEYMOD_SHIFT },
	{ KEY_SLEFT, KEYCODE_LEFT | KEYMOD_SHIFT },
	{ KEY_SRIGHT, KEYCODE_RIGHT | KEYMOD_SHIFT },
	{ KEY_SHOME, KEYCODE_HOME | KEYMOD_SHIFT },
	{ KEY_SEND, KEYCODE_END | KEYMOD_SHIFT },
};

void
input_init(struct input *in)
{
	memset(in, 0, sizeof(*in));
	buf_init(&in->paste, PASTE_BYTES);
}

void
input_fini(struct input *in)
{
	buf_fini(&in->paste);
}

/* 0 for keys we have no name for. */
static uint32_t
from_code(wint_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].curses == code)
			return codes[i].key;
	if (code >= KEY_F(1) && code <= KEY_F(24))
		return KEYCODE_F0 + (code - KEY_F0);
	return 0;
}

static uint32_t
from_char(wint_t c)
{
	switch (c) {
	case '\r':
	case '\n':
		return KEYCODE_ENTER;
	case '\t':
		return KEYCODE_TAB;
	case 0x1b:
		return KEYCODE_ESC;
	case 0x08:
	case 0x7f:
		return KEYCODE_BACKSPACE;
	case 0:
		return ' ' | KEYMOD_CTRL;
	default:
		break;
	}
	if (c < 0x1b)
		return ('a' + (uint32_t)c - 1) | KEYMOD_CTRL;
	if (c < 0x20) /* ctrl-\ ] ^ _ */
		return (0x40 + (uint32_t)c) | KEYMOD_CTRL;
	return code_is_unsafe((uint32_t)c) ? 0 : (uint32_t)c;
}

static void
paste_char(struct input *in, wint_t c)
{
	char bytes[4];

	/* What is too long is cut, never turned into keys. */
	if (c == '\r')
		c = '\n';
	if (in->paste.len + sizeof(bytes) < PASTE_BYTES)
		buf_add(&in->paste, bytes, utf8_encode((uint32_t)c, bytes));
}

/*
 * An escape that came alone is the key; with a sequence behind it that curses
 * does not know, the sequence is swallowed: its letters are no keys.
 */
static uint32_t
after_escape(void)
{
	enum { SEQUENCE_MAX = 64 };
	wint_t c;
	int got = wget_wch(stdscr, &c);

	if (got == ERR)
		return KEYCODE_ESC;
	if (got != OK || (c != '[' && c != 'O')) {
		if (got == OK)
			unget_wch((wchar_t)c);
		else
			ungetch((int)c);
		return KEYCODE_ESC;
	}
	for (int i = 0; i < SEQUENCE_MAX; i++) {
		got = wget_wch(stdscr, &c);
		if (got == ERR || (got == OK && c >= 0x40 && c <= 0x7e))
			break;
	}
	return 0;
}

enum input_kind
input_next(struct input *in, int64_t now_ms, uint32_t *key)
{
	wint_t c;

	if (!in->pasting)
		buf_reset(&in->paste);
	for (;;) {
		int got = wget_wch(stdscr, &c);

		if (got == ERR) {
			if (in->pasting &&
			    now_ms - in->paste_ms > PASTE_GIVE_UP_MS) {
				in->pasting = false;
				return INPUT_PASTE;
			}
			return INPUT_NONE;
		}
		in->empty = 0;
		if (got == KEY_CODE_YES && c == PASTE_BEGIN) {
			in->pasting = true;
			in->paste_ms = now_ms;
			buf_reset(&in->paste);
		} else if (got == KEY_CODE_YES && c == PASTE_END) {
			if (!in->pasting)
				continue;
			in->pasting = false;
			return INPUT_PASTE;
		} else if (in->pasting) {
			in->paste_ms = now_ms;
			if (got == OK)
				paste_char(in, c);
		} else {
			if (got == OK && c == 0x1b)
				*key = after_escape();
			else
				*key = got == OK ? from_char(c) : from_code(c);
			if (*key)
				return INPUT_KEY;
		}
	}
}

bool
input_seems_dead(struct input *in)
{
	return ++in->empty > DEAD_WAKEUPS;
}

void
input_discard(struct input *in)
{
	flushinp();
	in->pasting = false;
	buf_reset(&in->paste);
}
