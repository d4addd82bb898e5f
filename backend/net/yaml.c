/*
 * YAML by libyaml's events into the neutral tree.
 *
 * libyaml is quadratic on deep nesting and returns every plain scalar as text,
 * so depth and size are limited here and scalars resolved here.
 */
#include "backend/net/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "backend/base/buf.h"
#include "backend/base/map.h"
#include "backend/base/text.h"

enum { SIZE_LIMIT = 4 << 20, DEPTH_LIMIT = 64, NODE_LIMIT = 400000,
       FEW_KEYS = 32 };

struct frame {
	struct tree *node, *last;
	const char *key; /* waiting for its value; mappings only */
	uint32_t key_len;
};

struct builder {
	struct arena *arena;
	const char *name;
	struct frame stack[DEPTH_LIMIT];
	uint32_t depth, nodes;
	struct tree *root;
	struct map *anchors;
	struct err *err;
};

static bool
fail(struct builder *b, size_t line, const char *what)
{
	return err_set(b->err, ERR_BAD, "%s:%zu: %s", b->name, line, what);
}

/* ---- scalars: the core schema of YAML 1.2 ---- */

static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return true;
	return false;
}

/*
 * Decimal numbers become JSON numbers: ".5" is 0.5 and "1." is 1.0.  Leading
 * zeros, "+1", hexadecimal and octal stay text: nobody writes those here for
 * their value, and account numbers must keep their zeros.
 */
static bool
is_number(const char *t, bool *bare_start, bool *bare_end)
{
	size_t whole, part = 0;

	*bare_end = false;
	if (*t == '-')
		t++;
	whole = strspn(t, "0123456789");
	if (whole > 1 && *t == '0')
		return false;
	*bare_start = !whole;
	t += whole;
	if (*t == '.') {
		part = strspn(++t, "0123456789");
		*bare_end = !part;
		t += part;
	}
	if (!whole && !part)
		return false;
	if (*t == 'e' || *t == 'E') {
		t++;
		if (*t == '-' || *t == '+')
			t++;
		if (!isdigit((unsigned char)*t))
			return false;
		t += strspn(t, "0123456789");
	}
	return !*t;
}

static struct tree *
number(struct builder *b, const char *text)
{
	bool bare_start, bare_end;
	const char *dot = strchr(text, '.');
	struct tree *t;

	if (!is_number(text, &bare_start, &bare_end))
		return NULL;
	t = tree_new(b->arena, TREE_NUMBER);
	if (bare_start || bare_end)
		t->text = arena_printf(b->arena, "%.*s%s.%s%s",
				       (int)(dot - text), text,
				       bare_start ? "0" : "",
				       bare_end ? "0" : "", dot + 1);
	else
		t->text = arena_strdup(b->arena, text);
	t->len = (uint32_t)strlen(t->text);
	return t;
}

static struct tree *
word(struct builder *b, const char *text)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL",
					     NULL };
	static const char *const yes[] = { "true", "True", "TRUE", NULL };
	static const char *const no[] = { "false", "False", "FALSE", NULL };
	struct tree *t;

	if (is_one_of(text, nulls))
		return tree_new(b->arena, TREE_NULL);
	if (!is_one_of(text, yes) && !is_one_of(text, no))
		return NULL;
	t = tree_new(b->arena, TREE_BOOL);
	t->flag = is_one_of(text, yes);
	return t;
}

/* What a tag asks for: text, the plain rules, or something we do not have. */
enum asked { ASKED_PLAIN, ASKED_TEXT, ASKED_UNKNOWN };

static enum asked
asked(const yaml_event_t *e)
{
	static const char *const plain[] = { YAML_NULL_TAG, YAML_BOOL_TAG,
					     YAML_INT_TAG, YAML_FLOAT_TAG,
					     NULL };
	const char *tag = (const char *)e->data.scalar.tag;

	if (!tag)
		return e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE
			       ? ASKED_PLAIN
			       : ASKED_TEXT;
	if (is_one_of(tag, plain))
		return ASKED_PLAIN;
	return strcmp(tag, "!") == 0 || strcmp(tag, YAML_STR_TAG) == 0
		       ? ASKED_TEXT
		       : ASKED_UNKNOWN;
}

/* NULL when it failed. */
static struct tree *
scalar(struct builder *b, const yaml_event_t *e, size_t line)
{
	const char *text = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length;
	enum asked want = asked(e);
	struct tree *t = NULL;

	if (want == ASKED_UNKNOWN) {
		fail(b, line, "a tag of an unknown kind");
		return NULL;
	}
	if (memchr(text, '\0', len)) {
		fail(b, line, "a text holds a NUL character");
		return NULL;
	}
	if (want == ASKED_PLAIN)
		t = word(b, text);
	if (!t && want == ASKED_PLAIN)
		t = number(b, text);
	if (t)
		return t;
	t = tree_new(b->arena, TREE_STRING);
	t->text = arena_strndup(b->arena, text, len);
	t->len = (uint32_t)len;
	return t;
}

/* ---- structure ---- */

static bool
fail_twice(struct builder *b, size_t line, const char *key, size_t len)
{
	char text[200];

	text_clean_to(text, sizeof(text), key, len);
	return err_set(b->err, ERR_BAD, "%s:%zu: the key \"%s\" is there twice",
		       b->name, line, text);
}

/* Small mappings are checked key by key, large ones when they are whole. */
static bool
seen_before(const struct frame *f)
{
	if (f->node->len > FEW_KEYS)
		return false;
	tree_each(child, f->node)
		if (child->key_len == f->key_len &&
		    memcmp(child->key, f->key, f->key_len) == 0)
			return true;
	return false;
}

static int
by_key(const void *a, const void *b)
{
	const struct tree *left = *(const struct tree *const *)a;
	const struct tree *right = *(const struct tree *const *)b;
	int order = strcmp(left->key, right->key);

	return order ? order : left->line < right->line ? -1 : 1;
}

static bool
check_keys(struct builder *b, const struct tree *mapping)
{
	const struct tree **all;
	uint32_t n = 0, i;

	if (mapping->len <= FEW_KEYS)
		return true;
	all = xcalloc(mapping->len, sizeof(*all));
	tree_each(child, mapping)
		all[n++] = child;
	qsort(all, n, sizeof(*all), by_key);
	for (i = 1; i < n; i++)
		if (strcmp(all[i - 1]->key, all[i]->key) == 0)
			break;
	if (i < n)
		fail_twice(b, all[i]->line, all[i]->key, all[i]->key_len);
	free(all);
	return i == n;
}

/* Puts a finished value where it belongs.  line: of the value. */
static bool
place(struct builder *b, struct tree *t, size_t line)
{
	struct frame *f = b->depth ? &b->stack[b->depth - 1] : NULL;

	if (++b->nodes > NODE_LIMIT)
		return fail(b, line, "too many values");
	t->line = (uint32_t)line;
	if (!f) {
		b->root = t;
		return true;
	}
	if (f->node->kind == TREE_OBJECT) {
		t->key = f->key;
		t->key_len = f->key_len;
		f->key = NULL;
	}
	tree_append(f->node, &f->last, t);
	return true;
}

static bool
wants_key(const struct builder *b)
{
	const struct frame *f = b->depth ? &b->stack[b->depth - 1] : NULL;

	return f && f->node->kind == TREE_OBJECT && !f->key;
}

static bool
take_key(struct builder *b, const yaml_event_t *e, size_t line)
{
	struct frame *f = &b->stack[b->depth - 1];
	const char *text = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length;

	if (memchr(text, '\0', len))
		return fail(b, line, "a key holds a NUL character");
	/* YAML 1.1's merge key: taken literally it would be lost. */
	if (strcmp(text, "<<") == 0 && asked(e) == ASKED_PLAIN)
		return fail(b, line, "merge keys (<<) are not understood");
	f->key_len = (uint32_t)len;
	f->key = arena_strndup(b->arena, text, len);
	if (seen_before(f))
		return fail_twice(b, line, f->key, f->key_len);
	return true;
}

static bool
open_container(struct builder *b, enum tree_kind kind, size_t line)
{
	struct tree *t;

	if (wants_key(b))
		return fail(b, line, "a key must be a word, not a structure");
	if (b->depth == DEPTH_LIMIT)
		return fail(b, line, "nested too deeply");
	t = tree_new(b->arena, kind);
	if (!place(b, t, line))
		return false;
	b->stack[b->depth++] = (struct frame){ .node = t };
	return true;
}

static struct tree *
copy(struct builder *b, const struct tree *from)
{
	struct tree *t = tree_new(b->arena, from->kind);
	struct tree *last = NULL;

	b->nodes++;
	t->line = from->line;
	t->flag = from->flag;
	if (from->kind != TREE_ARRAY && from->kind != TREE_OBJECT) {
		t->len = from->len;
		t->text = from->text;
		return t;
	}
	for (const struct tree *c = from->first;
	     c && b->nodes <= NODE_LIMIT; c = c->next) {
		struct tree *child = copy(b, c);

		child->key = c->key;
		child->key_len = c->key_len;
		tree_append(t, &last, child);
	}
	return t;
}

static bool
alias(struct builder *b, const yaml_event_t *e, size_t line)
{
	const char *anchor = (const char *)e->data.alias.anchor;
	const struct tree *t = map_get(b->anchors, anchor);

	if (wants_key(b))
		return fail(b, line, "an alias cannot be a key");
	if (!t)
		return fail(b, line, "an alias to nothing");
	/* An alias to what it stands in would never end. */
	for (uint32_t i = 0; i < b->depth; i++)
		if (b->stack[i].node == t)
			return fail(b, line, "an alias to what holds it");
	return place(b, copy(b, t), line);
}

static void
remember(struct builder *b, const yaml_char_t *anchor, struct tree *t)
{
	if (anchor)
		map_put(b->anchors, (const char *)anchor, t);
}

static struct tree *
newest(const struct builder *b)
{
	return b->depth ? b->stack[b->depth - 1].node : b->root;
}

static bool
on_event(struct builder *b, const yaml_event_t *e)
{
	size_t line = e->start_mark.line + 1;
	struct tree *t;

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		if (wants_key(b))
			return take_key(b, e, line);
		t = scalar(b, e, line);
		if (!t)
			return false;
		remember(b, e->data.scalar.anchor, t);
		return place(b, t, line);
	case YAML_SEQUENCE_START_EVENT:
		if (!open_container(b, TREE_ARRAY, line))
			return false;
		remember(b, e->data.sequence_start.anchor, newest(b));
		return true;
	case YAML_MAPPING_START_EVENT:
		if (!open_container(b, TREE_OBJECT, line))
			return false;
		remember(b, e->data.mapping_start.anchor, newest(b));
		return true;
	case YAML_SEQUENCE_END_EVENT:
		b->depth--;
		return true;
	case YAML_MAPPING_END_EVENT:
		return check_keys(b, b->stack[--b->depth].node);
	case YAML_ALIAS_EVENT:
		return alias(b, e, line);
	case YAML_DOCUMENT_START_EVENT:
		if (b->root)
			return fail(b, line, "only one document is expected");
		return true;
	default:
		return true;
	}
}

const struct tree *
yaml_parse(struct arena *a, const char *name, const char *bytes, size_t len,
	   struct err *err)
{
	struct builder b = { .arena = a, .name = name, .err = err };
	yaml_parser_t parser;
	bool ok = true, over = false;

	if (len > SIZE_LIMIT) {
		err_set(err, ERR_LIMIT, "%s: larger than %d MiB", name,
			SIZE_LIMIT >> 20);
		return NULL;
	}
	if (!yaml_parser_initialize(&parser))
		BUG("yaml_parser_initialize");
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes,
				     len);
	b.anchors = map_new(NULL);
	while (ok && !over) {
		yaml_event_t e;

		if (!yaml_parser_parse(&parser, &e)) {
			size_t line = parser.problem_mark.line + 1;

			ok = fail(&b, line, parser.problem
						    ? parser.problem
						    : "not YAML");
			break;
		}
		over = e.type == YAML_STREAM_END_EVENT;
		ok = on_event(&b, &e);
		yaml_event_delete(&e);
	}
	map_free(b.anchors);
	yaml_parser_delete(&parser);
	if (!ok)
		return NULL;
	return b.root ? b.root : tree_new(a, TREE_NULL);
}

const struct tree *
yaml_read(struct arena *a, const char *path, struct err *err)
{
	const struct tree *t = NULL;
	struct buf text;
	char piece[8192];
	size_t got;
	FILE *f = fopen(path, "re");

	if (!f) {
		err_set(err, ERR_IO, "cannot read %s: %s", path,
			strerror(errno));
		return NULL;
	}
	buf_init(&text, SIZE_LIMIT + 1);
	while (buf_ok(&text) && (got = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&text, piece, got);
	if (ferror(f))
		err_set(err, ERR_IO, "cannot read %s: %s", path,
			strerror(errno));
	else if (!buf_ok(&text))
		err_set(err, ERR_LIMIT, "%s: larger than %d MiB", path,
			SIZE_LIMIT >> 20);
	else
		t = yaml_parse(a, path, buf_text(&text), text.len, err);
	fclose(f);
	buf_fini(&text);
	return t;
}
