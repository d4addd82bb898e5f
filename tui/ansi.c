/*
 * Escape sequences of logs.
 */
#include "tui/ansi.h"

#include "backend/base/text.h"
#include "tui/view.h"

enum { TAB = 8 };

/* Behind the last carriage return that something follows. */
static const char *
last_overwrite(const char *line, size_t len)
{
	const char *cr;

	while (len && line[len - 1] == '\r')
		len--;
	cr = memrchr(line, '\r', len);
	return cr ? cr + 1 : line;
}

void
ansi_begin(struct ansi *a, const char *line, size_t len)
{
	memset(a, 0, sizeof(*a));
	while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	a->end = line + len;
	a->at = last_overwrite(line, len);
}

static uint8_t
tone_of_colour(int colour)
{
	switch (colour) {
	case 1:
		return TONE_BAD;
	case 2:
		return TONE_GOOD;
	case 3:
		return TONE_WARN;
	case 4:
	case 5:
	case 6:
		return TONE_ACCENT;
	default:
		return TONE_NORMAL;
	}
}

static void
set_rendition(struct ansi *a, int n)
{
	if (n == 0)
		a->style = (struct style){ 0 };
	else if (n == 1)
		a->style.bits |= STYLE_BOLD;
	else if (n == 4)
		a->style.bits |= STYLE_UNDERLINE;
	else if (n == 7)
		a->style.bits |= STYLE_REVERSE;
	else if (n == 22)
		a->style.bits &= (uint8_t)~STYLE_BOLD;
	else if (n == 24)
		a->style.bits &= (uint8_t)~STYLE_UNDERLINE;
	else if (n == 27)
		a->style.bits &= (uint8_t)~STYLE_REVERSE;
	else if (n >= 30 && n <= 37)
		a->style.tone = tone_of_colour(n - 30);
	else if (n >= 90 && n <= 97)
		a->style.tone = tone_of_colour(n - 90);
	else if (n == 39)
		a->style.tone = TONE_NORMAL;
}

/* ESC [ parameters final: only SGR means something here. */
static void
control_sequence(struct ansi *a)
{
	int n = 0;
	bool extended = false; /* 38;5;n and 48;2;r;g;b: skip their numbers */
	const char *from = a->at, *p = a->at;

	while (p < a->end && (unsigned char)*p >= 0x20 &&
	       (unsigned char)*p < 0x40)
		p++;
	a->at = p < a->end ? p + 1 : p;
	if (p == a->end || *p != 'm')
		return;
	for (; from <= p; from++) {
		if (*from >= '0' && *from <= '9') {
			n = n < 1000 ? n * 10 + (*from - '0') : n;
		} else {
			if (n == 38 || n == 48)
				extended = true;
			if (!extended)
				set_rendition(a, n);
			n = 0;
		}
	}
}

/* ESC ] ... BEL or ESC \ : titles, links; nothing of them is shown. */
static void
string_sequence(struct ansi *a)
{
	while (a->at < a->end) {
		char c = *a->at++;

		if (c == '\a')
			return;
		if (c == '\033') {
			if (a->at < a->end && *a->at == '\\')
				a->at++;
			return;
		}
	}
}

static void
escape(struct ansi *a)
{
	if (a->at == a->end)
		return;
	switch (*a->at++) {
	case '[':
		control_sequence(a);
		break;
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		string_sequence(a);
		break;
	case '(':
	case ')':
		if (a->at < a->end)
			a->at++;
		break;
	default:
		break;
	}
}

bool
ansi_next(struct ansi *a, uint32_t *code, struct style *style)
{
	for (;;) {
		if (a->blanks) {
			a->blanks--;
			*code = ' ';
			break;
		}
		if (a->at >= a->end)
			return false;
		a->at += utf8_decode(a->at, (size_t)(a->end - a->at), code);
		if (*code == 0x1b) {
			escape(a);
		} else if (*code == '\t') {
			a->blanks = TAB - a->column % TAB;
		} else {
			if (code_is_unsafe(*code))
				*code = 0xfffd;
			break;
		}
	}
	a->column += (uint32_t)code_width(*code);
	*style = a->style;
	return true;
}

int
ansi_width(const char *line, size_t len)
{
	struct ansi a;
	struct style style;
	uint32_t code;

	ansi_begin(&a, line, len);
	while (ansi_next(&a, &code, &style))
		;
	return a.column > INT32_MAX ? INT32_MAX : (int)a.column;
}

void
ansi_plain(const char *line, size_t len, struct buf *out)
{
	struct ansi a;
	struct style style;
	uint32_t code;
	char bytes[4];

	ansi_begin(&a, line, len);
	while (ansi_next(&a, &code, &style))
		buf_add(out, bytes, utf8_encode(code, bytes));
}
