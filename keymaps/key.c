/*
 * Key names.
 */
#include "keymaps/key.h"

#include <stdio.h>
#include <strings.h>

#include "backend/base/text.h"

static const struct {
	const char *name;
	uint32_t code;
} names[] = {
	/* The first name of a code is the one printed. */
	{ "enter", KEYCODE_ENTER },	{ "return", KEYCODE_ENTER },
	{ "esc", KEYCODE_ESC },		{ "escape", KEYCODE_ESC },
	{ "tab", KEYCODE_TAB },		{ "backspace", KEYCODE_BACKSPACE },
	{ "up", KEYCODE_UP },		{ "down", KEYCODE_DOWN },
	{ "left", KEYCODE_LEFT },	{ "right", KEYCODE_RIGHT },
	{ "home", KEYCODE_HOME },	{ "end", KEYCODE_END },
	{ "pgup", KEYCODE_PGUP },	{ "pageup", KEYCODE_PGUP },
	{ "pgdn", KEYCODE_PGDN },	{ "pagedown", KEYCODE_PGDN },
	{ "insert", KEYCODE_INSERT },	{ "delete", KEYCODE_DELETE },
	{ "space", ' ' },
};

static const struct {
	const char *prefix;
	uint32_t bit;
} mods[] = {
	{ "ctrl-", KEYMOD_CTRL },
	{ "alt-", KEYMOD_ALT },
	{ "shift-", KEYMOD_SHIFT },
};

uint32_t
key_normal(uint32_t key)
{
	uint32_t code = key & ~(uint32_t)KEYMOD_ALL;
	uint32_t mod = key & KEYMOD_ALL;

	if ((mod & KEYMOD_SHIFT) && code < KEYCODE_BASE) {
		if (code >= 'a' && code <= 'z')
			code -= 32;
		mod &= ~(uint32_t)KEYMOD_SHIFT;
	}
	if (mod & KEYMOD_CTRL) {
		if (code >= 'A' && code <= 'Z')
			code += 32;
		switch (code) {
		case 'm':
		case 'j':
			code = KEYCODE_ENTER;
			mod &= ~(uint32_t)KEYMOD_CTRL;
			break;
		case 'i':
			code = KEYCODE_TAB;
			mod &= ~(uint32_t)KEYMOD_CTRL;
			break;
		case 'h':
			code = KEYCODE_BACKSPACE;
			mod &= ~(uint32_t)KEYMOD_CTRL;
			break;
		case '[':
			code = KEYCODE_ESC;
			mod &= ~(uint32_t)KEYMOD_CTRL;
			break;
		default:
			break;
		}
	}
	return code | mod;
}

uint32_t
key_char(uint32_t key)
{
	return key < KEYCODE_BASE && key >= 0x20 && key != 0x7f ? key : 0;
}

static bool
code_parse(const char *name, size_t len, uint32_t *code)
{
	size_t used;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strlen(names[i].name) == len &&
		    strncasecmp(names[i].name, name, len) == 0) {
			*code = names[i].code;
			return true;
		}
	}
	if ((name[0] == 'F' || name[0] == 'f') && (len == 2 || len == 3)) {
		uint32_t n = 0;

		for (size_t i = 1; i < len; i++) {
			if (name[i] < '0' || name[i] > '9')
				return false;
			n = n * 10 + (uint32_t)(name[i] - '0');
		}
		*code = KEYCODE_F0 + n;
		return n >= 1 && n <= 24;
	}
	used = utf8_decode(name, len, code);
	return used == len && !code_is_unsafe(*code) && *code != ' ' &&
	       (*code != 0xfffd || len == 3);
}

bool
key_parse(const char *name, size_t len, uint32_t *key)
{
	uint32_t bits = 0, code;

	for (size_t i = 0; i < ARRAY_LEN(mods); i++) {
		size_t n = strlen(mods[i].prefix);

		/* "ctrl--" is ctrl and the minus sign. */
		if (len > n && strncasecmp(name, mods[i].prefix, n) == 0 &&
		    !(bits & mods[i].bit)) {
			bits |= mods[i].bit;
			name += n;
			len -= n;
			i = (size_t)-1; /* in any order */
		}
	}
	if (len == 0 || !code_parse(name, len, &code))
		return false;
	*key = key_normal(code | bits);
	return true;
}

char *
key_format(uint32_t key, char out[static KEY_TEXT])
{
	uint32_t code;
	size_t at = 0;

	key = key_normal(key);
	code = key & ~(uint32_t)KEYMOD_ALL;
	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(mods); i++)
		if (key & mods[i].bit)
			at += (size_t)snprintf(out + at, KEY_TEXT - at, "%s",
					       mods[i].prefix);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].code == code) {
			snprintf(out + at, KEY_TEXT - at, "%s", names[i].name);
			return out;
		}
	}
	if (code > KEYCODE_F0 && code <= KEYCODE_LAST) {
		snprintf(out + at, KEY_TEXT - at, "F%u", code - KEYCODE_F0);
	} else {
		size_t n = utf8_encode(code_is_unsafe(code) ? 0xfffd : code,
				       out + at);

		out[at + n] = '\0';
	}
	return out;
}
