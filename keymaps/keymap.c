/*
 * Keymaps: parsing and looking up.
 */
#include "keymaps/keymap.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "keymaps/texts.h"

enum { BINDINGS_MAX = 2048, LINE_MAX_BYTES = 512 };

struct keymap {
	VEC(struct binding) all;
};

struct keymap *
keymap_new(void)
{
	return xcalloc(1, sizeof(struct keymap));
}

void
keymap_free(struct keymap *m)
{
	if (!m)
		return;
	vec_free(&m->all);
	free(m);
}

uint32_t
keymap_count(const struct keymap *m)
{
	return m->all.n;
}

const struct binding *
keymap_get(const struct keymap *m, uint32_t i)
{
	BUG_IF(i >= m->all.n);
	return &m->all.at[i];
}

static struct binding *
at(const struct keymap *m, const char *layer, uint32_t key)
{
	for (uint32_t i = 0; i < m->all.n; i++)
		if (m->all.at[i].key == key &&
		    strcmp(m->all.at[i].layer, layer) == 0)
			return &m->all.at[i];
	return NULL;
}

const struct binding *
keymap_at(const struct keymap *m, const char *layer, uint32_t key)
{
	return at(m, layer, key_normal(key));
}

const struct binding *
keymap_find(const struct keymap *m, const char *const *chain, uint32_t key)
{
	for (; *chain; chain++) {
		const struct binding *b = keymap_at(m, *chain, key);

		if (b)
			return strcmp(b->verb, "none") == 0 ? NULL : b;
	}
	return NULL;
}

static void
put(struct keymap *m, const struct binding *b)
{
	struct binding *old = at(m, b->layer, b->key);

	if (old)
		*old = *b;
	else
		vec_push(&m->all, *b);
}

void
keymap_bind(struct keymap *m, const char *layer, uint32_t key,
	    const char *verb, const char *args, bool weak)
{
	struct binding b = { .key = key_normal(key) };

	if (weak && at(m, layer, b.key))
		return;
	snprintf(b.layer, sizeof(b.layer), "%s", layer);
	snprintf(b.verb, sizeof(b.verb), "%s", verb);
	snprintf(b.args, sizeof(b.args), "%s", str_or_empty(args));
	put(m, &b);
}

/* "1, 2, 3, 4" is "1-4". */
static void
join_digits(char *list)
{
	char *at = list;

	while (*at) {
		size_t n = 0;
		bool alone = at == list || at[-1] == ' ';

		while (alone && at[n] >= '0' && at[n] < '9' &&
		       at[n + 1] == ',' && at[n + 2] == ' ' &&
		       at[n + 3] == at[n] + 1)
			n += 3;
		if (n >= 6 && (!at[n + 1] || at[n + 1] == ',')) {
			at[1] = '-';
			memmove(at + 2, at + n, strlen(at + n) + 1);
			at += 3;
		} else {
			at++;
		}
	}
}

const char *
keymap_keys(const struct keymap *m, const char *const *chain, const char *verb,
	    const char *args, char *out, size_t room)
{
	size_t used = 0;
	char name[KEY_TEXT];

	out[0] = '\0';
	for (const char *const *layer = chain; *layer; layer++) {
		for (uint32_t i = 0; i < m->all.n; i++) {
			const struct binding *b = &m->all.at[i];

			if (strcmp(b->layer, *layer) != 0 ||
			    strcmp(b->verb, verb) != 0 ||
			    (args && strcmp(b->args, args) != 0) ||
			    keymap_find(m, chain, b->key) != b)
				continue;
			key_format(b->key, name);
			if (used + strlen(name) + 3 > room) {
				join_digits(out);
				return out;
			}
			used += (size_t)snprintf(out + used, room - used,
						 "%s%s", used ? ", " : "",
						 name);
		}
	}
	join_digits(out);
	return out;
}

const char *
keymap_text_find(const char *name, size_t *len)
{
	for (const struct keymap_text *t = keymap_texts; t->name; t++) {
		if (strcmp(t->name, name) == 0) {
			*len = t->len;
			return t->text;
		}
	}
	return NULL;
}

/* ---- parsing ---- */

struct parser {
	const char *file;
	uint32_t line;
	char layer[KEYMAP_NAME];
	const struct keymap_words *words;
	struct keymap *into;
	struct err *err;
};

PRINTF_LIKE(2, 3)
static bool
mistake(struct parser *p, const char *fmt, ...)
{
	char raw[256], safe[256];
	va_list args;

	/* Names from a file go to a terminal. */
	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	text_clean_to(safe, sizeof(safe), raw, strlen(raw));
	return err_set(p->err, ERR_CONFIG, "%s:%u: %s", p->file, p->line,
		       safe);
}

static bool
section(struct parser *p, char *line)
{
	char *end = strchr(line, ']');
	size_t len;

	if (!end || end[1] || end == line + 1)
		return mistake(p, "a section reads [name]: %s", line);
	*end = '\0';
	len = strlen(line + 1);
	if (len >= KEYMAP_NAME ||
	    !p->words->is_layer(p->words->ctx, line + 1))
		return mistake(p, "no layer or view \"%s\"",
			       line + 1);
	memcpy(p->layer, line + 1, len + 1);
	return true;
}

/* Cuts the first word off; returns what follows it. */
static char *
cut_word(char *line)
{
	char *rest = line + strcspn(line, " \t");

	if (*rest)
		*rest++ = '\0';
	return rest + strspn(rest, " \t");
}

static bool
bind_line(struct parser *p, char *line)
{
	struct binding b = { .line = p->line };
	char *verb = cut_word(line);
	char *args = cut_word(verb);

	if (!p->layer[0])
		return mistake(p, "\"%s\" before the first [section]",
			       line);
	if (!key_parse(line, strlen(line), &b.key))
		return mistake(p, "no key \"%s\"", line);
	if (!*verb)
		return mistake(p, "key \"%s\" without a verb", line);
	if (strcmp(verb, ":") == 0 && !*args)
		return mistake(p, "key \"%s\": no command after \":\"",
			       line);
	if (strlen(verb) >= KEYMAP_NAME ||
	    (strcmp(verb, "none") != 0 && strcmp(verb, ":") != 0 &&
	     !p->words->is_verb(p->words->ctx, p->layer, verb)))
		return mistake(p, "no verb \"%s\" in [%s]", verb, p->layer);
	if (strlen(args) >= KEYMAP_ARGS)
		return mistake(p, "key \"%s\": command too long", line);
	snprintf(b.layer, sizeof(b.layer), "%s", p->layer);
	memcpy(b.verb, verb, strlen(verb) + 1);
	memcpy(b.args, args, strlen(args) + 1);
	if (at(p->into, b.layer, b.key))
		return mistake(p, "key \"%s\" is bound twice in [%s]", line,
			       p->layer);
	if (p->into->all.n == BINDINGS_MAX)
		return mistake(p, "too many bindings");
	vec_push(&p->into->all, b);
	return true;
}

static bool
parse_line(struct parser *p, const char *text, size_t len)
{
	char line[LINE_MAX_BYTES];

	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	while (len && strchr(" \t\r", text[len - 1]))
		len--;
	if (len == 0)
		return true;
	if (len >= sizeof(line) || memchr(text, '\0', len))
		return mistake(p, "line too long, or not text");
	memcpy(line, text, len);
	line[len] = '\0';
	/* "#" alone in front is a comment; "# verb" would be the key "#". */
	if (*line == '#')
		return true;
	/* "[ verb" binds the bracket; "[name]" opens a section. */
	if (*line == '[' && line[1] && line[1] != ' ' && line[1] != '\t')
		return section(p, line);
	return bind_line(p, line);
}

bool
keymap_load(struct keymap *m, const char *text, size_t len, const char *file,
	    const struct keymap_words *words, struct err *err)
{
	struct keymap fresh = { { 0 } };
	struct parser p = { .file = file, .words = words, .into = &fresh,
			    .err = err };
	bool ok = true;

	while (ok && len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		p.line++;
		ok = parse_line(&p, text, n);
		text += n + (end != NULL);
		len -= n + (end != NULL);
	}
	for (uint32_t i = 0; ok && i < fresh.all.n; i++)
		put(m, &fresh.all.at[i]);
	vec_free(&fresh.all);
	return ok;
}
