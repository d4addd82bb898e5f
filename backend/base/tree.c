/*
 * The neutral tree: building and reading.
 */
#include "backend/base/tree.h"

#include <errno.h>
#include <stdlib.h>

#include "backend/base/clock.h"

struct tree *
tree_new(struct arena *a, enum tree_kind kind)
{
	struct tree *t = arena_alloc(a, sizeof(*t));

	t->kind = (uint8_t)kind;
	return t;
}

void
tree_append(struct tree *parent, struct tree **last, struct tree *child)
{
	if (*last)
		(*last)->next = child;
	else
		parent->first = child;
	*last = child;
	parent->len++;
}

static const struct tree *
tree_getn(const struct tree *object, const char *key, size_t len)
{
	if (!object || object->kind != TREE_OBJECT)
		return NULL;
	for (const struct tree *c = object->first; c; c = c->next)
		if (c->key_len == len && memcmp(c->key, key, len) == 0)
			return c;
	return NULL;
}

const struct tree *
tree_get(const struct tree *object, const char *key)
{
	return tree_getn(object, key, strlen(key));
}

const struct tree *
tree_at(const struct tree *t, const char *path)
{
	while (t && *path) {
		size_t len = strcspn(path, ".");

		t = tree_getn(t, path, len);
		path += len;
		if (*path == '.')
			path++;
	}
	return t;
}

const struct tree *
tree_index(const struct tree *array, uint32_t i)
{
	const struct tree *c;

	if (!tree_is(array, TREE_ARRAY) || i >= array->len)
		return NULL;
	for (c = array->first; i > 0; i--)
		c = c->next;
	return c;
}

bool
tree_is(const struct tree *t, enum tree_kind kind)
{
	return t && t->kind == kind;
}

const char *
tree_text(const struct tree *t)
{
	if (!t || (t->kind != TREE_STRING && t->kind != TREE_NUMBER))
		return NULL;
	return t->text;
}

bool
tree_bool(const struct tree *t, bool absent)
{
	if (tree_is(t, TREE_BOOL))
		return t->flag;
	/* XML and annotations carry booleans as text. */
	if (tree_is(t, TREE_STRING)) {
		if (strcmp(t->text, "true") == 0)
			return true;
		if (strcmp(t->text, "false") == 0)
			return false;
	}
	return absent;
}

bool
tree_int(const struct tree *t, int64_t *value)
{
	const char *text = tree_text(t);
	char *end;
	long long v;
	double real;

	if (!text || !t->len || strspn(text, "+-0123456789.eE") != t->len)
		return false;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (*end == '\0' && end != text) {
		if (errno)
			return false;
		*value = v;
		return true;
	}
	/* 1e3 and 2.0 are whole numbers too; 2^53 bounds what a double says. */
	if (!tree_real(t, &real) || real < -9007199254740992.0 ||
	    real > 9007199254740992.0 || real != (double)(int64_t)real)
		return false;
	*value = (int64_t)real;
	return true;
}

bool
tree_real(const struct tree *t, double *value)
{
	const char *text = tree_text(t);
	char *end;
	double v;

	/* strspn keeps out what strtod takes but JSON does not: inf, hex. */
	if (!text || !t->len || strspn(text, "+-0123456789.eE") != t->len)
		return false;
	v = strtod(text, &end);
	if (*end || end == text || v > 1.7976931348623157e308 ||
	    v < -1.7976931348623157e308)
		return false;
	*value = v;
	return true;
}

bool
tree_time(const struct tree *t, int64_t *ms)
{
	double seconds;

	if (!t || t->kind == TREE_NULL) {
		*ms = 0;
		return true;
	}
	if (t->kind == TREE_STRING) {
		if (t->len == 0) {
			*ms = 0;
			return true;
		}
		return time_parse_rfc3339(t->text, t->len, ms);
	}
	if (!tree_is(t, TREE_NUMBER) || !tree_real(t, &seconds) ||
	    seconds < -1e12 || seconds > 1e12)
		return false;
	*ms = (int64_t)(seconds * 1000.0 + (seconds < 0 ? -0.5 : 0.5));
	return true;
}

static const char *const kind_names[] = {
	[TREE_NULL] = "null",	  [TREE_BOOL] = "boolean",
	[TREE_NUMBER] = "number", [TREE_STRING] = "string",
	[TREE_ARRAY] = "array",	  [TREE_OBJECT] = "object",
};

const char *
tree_kind_name(const struct tree *t)
{
	return t ? kind_names[t->kind] : "absent";
}

bool
tree_want(const struct tree *t, enum tree_kind kind, const char *path,
	  struct err *err)
{
	if (!t || t->kind == TREE_NULL || t->kind == kind)
		return true;
	return err_set(err, ERR_BAD, "%s: wanted %s, found %s", path,
		       kind_names[kind], tree_kind_name(t));
}
