/*
 * The line editor.
 */
#include "tui/prompt.h"

#include <stdio.h>

#include "backend/base/text.h"
#include "keymaps/key.h"
#include "tui/view.h"

void
prompt_set(struct prompt *p, const char *text)
{
	text_clean_to(p->text, sizeof(p->text), text, strlen(text));
	p->len = p->at = (uint32_t)strlen(p->text);
	p->suggestion[0] = '\0';
}

void
prompt_open(struct prompt *p, const char *label, const char *text,
	    struct history *history)
{
	memset(p, 0, sizeof(*p));
	text_clean_to(p->label, sizeof(p->label), label, strlen(label));
	p->history = history;
	prompt_set(p, text);
}

/* ---- editing ---- */

static uint32_t
char_before(const struct prompt *p)
{
	uint32_t at = p->at;

	while (at > 0 && ((unsigned char)p->text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static uint32_t
char_after(const struct prompt *p)
{
	uint32_t at = p->at;

	if (at < p->len)
		at++;
	while (at < p->len && ((unsigned char)p->text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static void
cut(struct prompt *p, uint32_t from, uint32_t to)
{
	memmove(p->text + from, p->text + to, p->len - to + 1);
	p->len -= to - from;
	p->at = from;
}

static bool
insert(struct prompt *p, const char *bytes, size_t n)
{
	if (p->len + n >= sizeof(p->text))
		return false;
	memmove(p->text + p->at + n, p->text + p->at, p->len - p->at + 1);
	memcpy(p->text + p->at, bytes, n);
	p->at += (uint32_t)n;
	p->len += (uint32_t)n;
	return true;
}

static enum prompt_end
cut_word(struct prompt *p)
{
	uint32_t from = p->at;

	while (from > 0 && p->text[from - 1] == ' ')
		from--;
	while (from > 0 && p->text[from - 1] != ' ')
		from--;
	cut(p, from, p->at);
	return PROMPT_CHANGED;
}

static enum prompt_end
older(struct prompt *p, int step)
{
	uint32_t back = p->back + (uint32_t)step;
	const char *line;

	if (!p->history || (step < 0 && p->back == 0))
		return PROMPT_GOES_ON;
	if (p->back == 0)
		memcpy(p->draft, p->text, sizeof(p->draft));
	line = back == 0 ? p->draft : history_at(p->history, back);
	if (!line)
		return PROMPT_GOES_ON;
	p->back = back;
	prompt_set(p, line);
	return PROMPT_CHANGED;
}

static enum prompt_end
accept_suggestion(struct prompt *p)
{
	if (!p->suggestion[0] || p->at != p->len)
		return PROMPT_GOES_ON;
	insert(p, p->suggestion, strlen(p->suggestion));
	p->suggestion[0] = '\0';
	return PROMPT_CHANGED;
}

static enum prompt_end
type(struct prompt *p, uint32_t key)
{
	uint32_t code = key_char(key);
	char bytes[4];

	if (!code || code_is_unsafe(code))
		return PROMPT_GOES_ON;
	return insert(p, bytes, utf8_encode(code, bytes)) ? PROMPT_CHANGED
							  : PROMPT_GOES_ON;
}

enum prompt_end
prompt_key(struct prompt *p, uint32_t key)
{
	switch (key) {
	case KEYCODE_ENTER:
		return PROMPT_DONE;
	case KEYCODE_ESC:
	case 'c' | KEYMOD_CTRL:
	case 'g' | KEYMOD_CTRL:
		return PROMPT_LEFT;
	case KEYCODE_BACKSPACE:
		if (p->len == 0)
			return PROMPT_LEFT;
		cut(p, char_before(p), p->at);
		return PROMPT_CHANGED;
	case KEYCODE_DELETE:
	case 'd' | KEYMOD_CTRL: {
		uint32_t at = p->at;

		cut(p, at, char_after(p));
		return PROMPT_CHANGED;
	}
	case KEYCODE_LEFT:
	case 'b' | KEYMOD_CTRL:
		p->at = char_before(p);
		return PROMPT_GOES_ON;
	case KEYCODE_RIGHT:
	case 'f' | KEYMOD_CTRL:
		if (p->at == p->len)
			return accept_suggestion(p);
		p->at = char_after(p);
		return PROMPT_GOES_ON;
	case KEYCODE_HOME:
	case 'a' | KEYMOD_CTRL:
		p->at = 0;
		return PROMPT_GOES_ON;
	case KEYCODE_END:
	case 'e' | KEYMOD_CTRL:
		p->at = p->len;
		return accept_suggestion(p);
	case 'u' | KEYMOD_CTRL:
		cut(p, 0, p->at);
		return PROMPT_CHANGED;
	case 'k' | KEYMOD_CTRL:
		cut(p, p->at, p->len);
		return PROMPT_CHANGED;
	case 'w' | KEYMOD_CTRL:
		return cut_word(p);
	case KEYCODE_TAB:
		return accept_suggestion(p);
	case KEYCODE_UP:
	case 'p' | KEYMOD_CTRL:
		return older(p, 1);
	case KEYCODE_DOWN:
	case 'n' | KEYMOD_CTRL:
		return older(p, -1);
	default:
		return type(p, key);
	}
}

enum prompt_end
prompt_paste(struct prompt *p, const char *text, size_t len)
{
	char safe[PROMPT_BYTES];
	const char *newline = memchr(text, '\n', len);

	if (newline)
		len = (size_t)(newline - text);
	text_clean_to(safe, sizeof(safe) - p->len, text, len);
	insert(p, safe, strlen(safe));
	return PROMPT_CHANGED;
}

void
prompt_paint(const struct prompt *p, struct grid *g, int row, int col,
	     int cells)
{
	struct style plain = { TONE_NORMAL, 0 }, dim = { TONE_DIM, 0 };
	struct style title = { TONE_TITLE, 0 };
	int used = grid_text(g, row, col, cells, title, p->label, 0);
	int room = cells - used - 1; /* one for the cursor */
	uint32_t from = 0;

	if (room < 1)
		return;
	/* Long lines scroll so that the cursor stays in sight. */
	while (from < p->at &&
	       text_width(p->text + from, p->at - from) > room) {
		from++;
		while (from < p->at &&
		       ((unsigned char)p->text[from] & 0xc0) == 0x80)
			from++;
	}
	g->cursor_row = row;
	g->cursor_col = col + used +
			text_width(p->text + from, p->at - from);
	used += grid_text(g, row, col + used, room, plain, p->text + from, 0);
	if (p->suggestion[0] && p->at == p->len)
		grid_text(g, row, col + used, cells - used, dim,
			  p->suggestion, 0);
}
