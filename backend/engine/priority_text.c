/*
 * Reading priorities: the YAML of one shape, and Go's patterns.
 */
#include "backend/engine/priority_text.h"

#include <stdlib.h>
#include <strings.h>

#include "backend/base/buf.h"

/* ---- the map ---- */

enum { ROWS_MAX = 10000, PATTERN_MAX = 1000 };

struct line {
	const char *at;
	size_t len;
};

/* The next line without comment and trailing blanks; false at the end. */
static bool
next_line(const char **text, struct line *out)
{
	const char *p = *text, *end;
	char quote = 0;

	if (!*p)
		return false;
	out->at = p;
	for (end = p; *end && *end != '\n'; end++) {
		if (quote) {
			quote = *end == quote ? 0 : quote;
		} else if (*end == '\'' || *end == '"') {
			quote = *end;
		} else if (*end == '#' &&
			   (end == p || end[-1] == ' ' || end[-1] == '\t')) {
			break;
		}
	}
	out->len = (size_t)(end - p);
	end += strcspn(end, "\n");
	*text = end + (*end == '\n');
	while (out->len && strchr(" \t\r", out->at[out->len - 1]))
		out->len--;
	return true;
}

static void
skip_blanks(struct line *l)
{
	while (l->len && (*l->at == ' ' || *l->at == '\t')) {
		l->at++;
		l->len--;
	}
}

/* "10:", "'10':" or "10: [a, b]"; leaves what follows the colon. */
static bool
take_number(struct line *l, int64_t *number)
{
	const char *colon = memchr(l->at, ':', l->len);
	char copy[24], *text = copy, *end;
	size_t len, n;

	if (!colon || (len = (size_t)(colon - l->at)) == 0 ||
	    len >= sizeof(copy))
		return false;
	memcpy(copy, l->at, len);
	for (n = len; n > 0 && copy[n - 1] == ' '; n--)
		;
	if (n > 2 && (*text == '"' || *text == '\'') &&
	    text[n - 1] == *text) {
		text++;
		n--;
	}
	copy[n] = '\0';
	*number = strtoll(text, &end, text == copy ? 0 : 10);
	if (*end || end == text)
		return false;
	l->at += len + 1;
	l->len -= len + 1;
	skip_blanks(l);
	return true;
}

/* A text in quotes without them; NULL when YAML would not take it. */
static char *
unquote(struct arena *a, const char *text, size_t len)
{
	char quote = *text, *out = arena_alloc(a, len);
	size_t n = 0;

	if (len < 2 || text[len - 1] != quote)
		return NULL;
	for (size_t i = 1; i < len - 1; i++) {
		if (quote == '"' && text[i] == '\\') {
			i++;
			if (i == len - 1 || !strchr("\\\"/", text[i]))
				return NULL;
		} else if (text[i] == quote) {
			i++;
			if (quote == '"' || i == len - 1 || text[i] != quote)
				return NULL;
		}
		out[n++] = text[i];
	}
	out[n] = '\0';
	return out;
}

/* What YAML takes for a number or a truth, and so for no text. */
static bool
is_no_text(const char *text)
{
	static const char *const truths[] = { "y", "n", "yes", "no", "on",
					      "off", "true", "false" };
	const char *digit = text + (*text == '-' || *text == '+');
	char *end;

	for (size_t i = 0; i < ARRAY_LEN(truths); i++)
		if (strcasecmp(text, truths[i]) == 0)
			return true;
	digit += *digit == '.';
	if (*digit < '0' || *digit > '9')
		return false;
	strtod(text, &end);
	return *end == '\0';
}

/* A text of the list, in quotes or plain; NULL when it is something else. */
static const char *
scalar(struct arena *a, const char *text, size_t len)
{
	char *out;

	if (*text == '"' || *text == '\'')
		return unquote(a, text, len);
	if (strchr("*&!|>%@`[]{},", *text) || text[len - 1] == ':')
		return NULL;
	for (size_t i = 0; i + 1 < len; i++)
		if (text[i] == ':' && text[i + 1] == ' ')
			return NULL; /* a map */
	out = arena_strndup(a, text, len);
	if (is_no_text(out))
		return NULL;
	/* Nothing is the empty text, which is part of every name. */
	return strcmp(out, "~") == 0 || strcasecmp(out, "null") == 0 ? "" : out;
}

static bool
add_row(struct arena *a, struct priority_table *t, int64_t priority,
	const char *text, size_t len)
{
	struct priority_row *fresh;
	const char *pattern = len && len <= PATTERN_MAX
				      ? scalar(a, text, len)
				      : NULL;

	if (t->n == ROWS_MAX || !pattern)
		return false;
	if ((t->n & (t->n + 1)) == 0) { /* full at 0, 1, 3, 7 ... */
		fresh = arena_alloc(a, (t->n * 2 + 1) * sizeof(*fresh));
		if (t->n)
			memcpy(fresh, t->at, t->n * sizeof(*fresh));
		t->at = fresh;
	}
	t->at[t->n].priority = priority;
	t->at[t->n].pattern = pattern;
	t->n++;
	return true;
}

/* "[a, b]" */
static bool
add_flow(struct arena *a, struct priority_table *t, int64_t priority,
	 struct line l)
{
	if (l.len < 2 || l.at[0] != '[' || l.at[l.len - 1] != ']')
		return false;
	l.at++;
	l.len -= 2;
	while (l.len) {
		const char *comma = memchr(l.at, ',', l.len);
		size_t len = comma ? (size_t)(comma - l.at) : l.len;
		struct line one = { l.at, len };

		skip_blanks(&one);
		while (one.len && one.at[one.len - 1] == ' ')
			one.len--;
		if (!one.len ||
		    !add_row(a, t, priority, one.at, one.len))
			return false;
		l.at += len + (comma != NULL);
		l.len -= len + (comma != NULL);
	}
	return true;
}

/* Of a priority given twice the last list counts, as upstream: the rows of the
 * one before it become rows of nobody. */
static void
forget(struct priority_table *t, int64_t priority)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->at[i].priority == priority)
			t->at[i].priority = INT64_MIN;
}

bool
priority_parse(struct arena *a, const char *text, struct priority_table *out)
{
	int64_t priority = 0;
	bool open = false;
	struct line l;
	/* Of the first key, and of the items of the list. */
	ptrdiff_t key = -1, item = -1, indent;

	while (next_line(&text, &l)) {
		const char *start = l.at;

		skip_blanks(&l);
		indent = l.at - start;
		if (!l.len || (l.len == 3 && memcmp(l.at, "---", 3) == 0))
			continue;
		if (l.at[0] == '-' &&
		    (l.len == 1 || l.at[1] == ' ' || l.at[1] == '\t')) {
			l.at++;
			l.len--;
			skip_blanks(&l);
			if (item < 0)
				item = indent;
			if (!open || !l.len || indent < key || indent != item ||
			    !add_row(a, out, priority, l.at, l.len))
				return false;
		} else if (!take_number(&l, &priority)) {
			return false;
		} else {
			if (key < 0)
				key = indent;
			if (indent != key)
				return false;
			item = -1;
			forget(out, priority);
			open = l.len == 0;
			if (!open && !add_flow(a, out, priority, l))
				return false;
		}
	}
	return out->n > 0;
}

/* ---- patterns ---- */

/* Go's classes that POSIX writes otherwise; inside brackets without them. */
static const struct {
	char letter;
	const char *posix, *inside;
} classes[] = {
	{ 'd', "[0-9]", "0-9" },
	{ 'D', "[^0-9]", NULL },
	{ 'w', "[0-9A-Za-z_]", "0-9A-Za-z_" },
	{ 'W', "[^0-9A-Za-z_]", NULL },
	{ 's', "[ \t\n\f\r]", " \t\n\f\r" },
	{ 'S', "[^ \t\n\f\r]", NULL },
	{ 'A', "^", NULL },
	{ 'z', "$", NULL },
};

/* The escape at p ("\x"); false when it has no counterpart. */
static bool
translate_escape(struct buf *out, char c, bool inside)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		const char *text = inside ? classes[i].inside
					  : classes[i].posix;

		if (classes[i].letter != c)
			continue;
		if (text)
			buf_puts(out, text);
		return text != NULL;
	}
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || !c)
		return false;
	if (!inside)
		buf_putc(out, '\\');
	buf_putc(out, c);
	return true;
}

/* "[...]" from its bracket on; returns behind it, NULL when it cannot be. */
static const char *
translate_set(struct buf *out, const char *p)
{
	buf_putc(out, *p++);
	if (*p == '^')
		buf_putc(out, *p++);
	if (*p == ']')
		buf_putc(out, *p++);
	while (*p && *p != ']') {
		if (*p == '[' && p[1] == ':') {
			const char *end = strstr(p, ":]");

			if (!end)
				return NULL;
			buf_add(out, p, (size_t)(end + 2 - p));
			p = end + 2;
		} else if (*p == '\\') {
			if (!translate_escape(out, p[1], true))
				return NULL;
			p += 2;
		} else {
			buf_putc(out, *p++);
		}
	}
	if (*p != ']')
		return p; /* not closed: wrong here and there */
	buf_putc(out, *p);
	return p + 1;
}

char *
pattern_translate(const char *p, bool *fold)
{
	struct buf out;
	bool good = true, repeats = false;

	buf_init(&out, 64 * 1024);
	if (str_has_prefix(p, "(?i)")) {
		*fold = true;
		p += 4;
	}
	while (good && p && *p) {
		bool repeat = strchr("*+?", *p) != NULL;

		if (repeat && repeats) {
			buf_puts(&out, "[");
			break; /* "a**" is wrong there */
		}
		repeats = repeat;
		if (*p == '\\') {
			good = translate_escape(&out, p[1], false);
			p += 2;
		} else if (*p == '[') {
			p = translate_set(&out, p);
		} else if (p[0] == '(' && p[1] == '?') {
			good = p[2] == ':'; /* a group without a number */
			buf_putc(&out, '(');
			p += 3;
		} else if (strchr("*+?}", *p) && p[1] == '?') {
			/* Lazy: it matches the same texts. */
			buf_putc(&out, *p);
			p += 2;
		} else {
			buf_putc(&out, *p++);
		}
	}
	if (!good || !p || !buf_ok(&out)) {
		buf_fini(&out);
		return NULL;
	}
	buf_putc(&out, '\0');
	return buf_take(&out, NULL);
}
