/*
 * Reading trees by tables.
 */
#include "backend/decode/wire.h"

#include <inttypes.h>
#include <stdio.h>

#include "backend/base/quantity.h"

/* ---- errors ---- */

void
wire_init(struct wire *w, struct seal *seal, bool loose)
{
	w->seal = seal;
	w->loose = loose;
	w->what[0] = '\0';
	w->path_at = sizeof(w->path) - 1;
	w->path[w->path_at] = '\0';
}

bool
wire_fail(struct wire *w, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(w->what, sizeof(w->what), fmt, args);
	va_end(args);
	return false;
}

bool
wire_wrong(struct wire *w, const char *wanted, const struct tree *t)
{
	return wire_fail(w, "wanted %s, found %s", wanted, tree_kind_name(t));
}

static bool
under(struct wire *w, const char *text, size_t len)
{
	char next = w->path[w->path_at];
	size_t dot = next && next != '[';

	/* A path this long has said enough. */
	if (len + dot > w->path_at)
		return false;
	if (dot)
		w->path[--w->path_at] = '.';
	w->path_at -= len;
	memcpy(w->path + w->path_at, text, len);
	return false;
}

bool
wire_under(struct wire *w, const char *key)
{
	return under(w, key, strlen(key));
}

bool
wire_under_tree(struct wire *w, const struct tree *member)
{
	size_t len = member->key_len < 128 ? member->key_len : 128;

	return under(w, member->key, len);
}

bool
wire_under_index(struct wire *w, uint32_t i)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "[%u]", i);

	return under(w, text, (size_t)len);
}

const struct record *
wire_done(struct wire *w, bool ok, enum kind kind, struct err *err)
{
	const char *path = w->path + w->path_at;
	const struct record *r;

	if (!ok) {
		err_set(err, ERR_BAD, "%s%s%s", path, *path ? ": " : "",
			w->what);
		return NULL;
	}
	r = record_seal(w->seal, kind);
	if (!r)
		err_set(err, ERR_LIMIT, "a %s larger than 16 MiB",
			kind_name(kind));
	return r;
}

/* ---- values ---- */

bool
wire_text(struct wire *w, const char **slot, const struct tree *t)
{
	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_STRING)
		return wire_wrong(w, "string", t);
	seal_textn(w->seal, slot, t->text, t->len);
	return true;
}

bool
wire_known(struct wire *w, const char **slot, const struct tree *t)
{
	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_STRING)
		return wire_wrong(w, "string", t);
	seal_known(w->seal, slot, t->text, t->len);
	return true;
}

bool
wire_common(struct wire *w, const char **slot, const struct tree *t)
{
	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_STRING)
		return wire_wrong(w, "string", t);
	seal_common(w->seal, slot, t->text, t->len);
	return true;
}

bool
wire_bool(struct wire *w, bool *value, const struct tree *t)
{
	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_BOOL &&
	    !(w->loose && t->kind == TREE_STRING &&
	      tree_bool(t, true) == tree_bool(t, false)))
		return wire_wrong(w, "boolean", t);
	*value = tree_bool(t, false);
	return true;
}

/* At most this much of a text from outside goes into a message. */
#define SHOWN 48

bool
wire_i64(struct wire *w, int64_t *value, const struct tree *t)
{
	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_NUMBER && !(w->loose && t->kind == TREE_STRING))
		return wire_wrong(w, "number", t);
	if (!tree_int(t, value))
		return wire_fail(w, "not a whole number: \"%.*s\"", SHOWN,
				 t->text);
	return true;
}

bool
wire_i32(struct wire *w, int32_t *value, const struct tree *t)
{
	int64_t wide = *value;

	if (!wire_i64(w, &wide, t))
		return false;
	if (wide < INT32_MIN || wide > INT32_MAX)
		return wire_fail(w, "out of range: %" PRId64, wide);
	*value = (int32_t)wide;
	return true;
}

bool
wire_count(struct wire *w, int32_t *value, const struct tree *t)
{
	if (!wire_i32(w, value, t))
		return false;
	if (*value < 0)
		return wire_fail(w, "negative: %d", (int)*value);
	return true;
}

bool
wire_time(struct wire *w, int64_t *ms, const struct tree *t)
{
	if (t->kind != TREE_NULL && t->kind != TREE_STRING &&
	    t->kind != TREE_NUMBER)
		return wire_wrong(w, "time", t);
	if (!tree_time(t, ms))
		return wire_fail(w, "not a time: \"%.*s\"", SHOWN, t->text);
	return true;
}

static bool
quantity(struct wire *w, int64_t *value, const struct tree *t,
	 bool (*parse)(const char *text, size_t len, int64_t *out))
{
	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_STRING && t->kind != TREE_NUMBER)
		return wire_wrong(w, "quantity", t);
	if (!parse(t->text, t->len, value))
		return wire_fail(w, "not a quantity: \"%.*s\"", SHOWN,
				 t->text);
	if (*value < 0)
		return wire_fail(w, "negative quantity: \"%.*s\"", SHOWN,
				 t->text);
	return true;
}

bool
wire_milli(struct wire *w, int64_t *value, const struct tree *t)
{
	return quantity(w, value, t, quantity_parse_milli);
}

bool
wire_units(struct wire *w, int64_t *value, const struct tree *t)
{
	return quantity(w, value, t, quantity_parse_units);
}

bool
wire_object(struct wire *w, const struct tree *t)
{
	if (t->kind == TREE_OBJECT || t->kind == TREE_NULL)
		return true;
	return wire_wrong(w, "object", t);
}

bool
wire_list(struct wire *w, const struct tree *t)
{
	if (t->kind == TREE_ARRAY || t->kind == TREE_NULL)
		return true;
	return wire_wrong(w, "array", t);
}

bool
wire_texts(struct wire *w, const char *const **slot, uint32_t *n,
	   const struct tree *t)
{
	const char **at;
	uint32_t i = 0;

	if (!wire_list(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	at = seal_array(w->seal, slot, t->len, sizeof(*at));
	*n = t->len;
	tree_each(c, t) {
		at[i] = "";
		if (!wire_known(w, &at[i], c))
			return wire_under_index(w, i);
		i++;
	}
	return true;
}

void *
wire_array(struct wire *w, const void *slot, uint32_t *n,
	   const struct shape *shape, const struct tree *t, bool *ok)
{
	char *at;

	*ok = wire_list(w, t);
	if (!*ok || t->kind == TREE_NULL)
		return NULL;
	at = seal_array(w->seal, slot, t->len, shape->bytes);
	*n = t->len;
	for (uint32_t i = 0; i < t->len; i++)
		shape_blank(shape, at + (size_t)i * shape->bytes);
	return at;
}

/* ---- tables ---- */

static bool
read_array(struct wire *w, char *base, const struct tree *t,
	   const struct field *f)
{
	uint32_t n = 0, i = 0;
	bool ok;
	char *at = wire_array(w, base + f->at, &n, f->shape, t, &ok);

	memcpy(base + f->count_at, &n, sizeof(n));
	if (!ok)
		return false;
	tree_each(c, t) {
		if (!wire_fields(w, at + (size_t)i * f->shape->bytes, c,
				 f->fields))
			return wire_under_index(w, i);
		i++;
	}
	return true;
}

static bool
read_enum(struct wire *w, uint8_t *value, const struct tree *t,
	  const struct names *names)
{
	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_STRING)
		return wire_wrong(w, "string", t);
	*value = names->other;
	for (uint8_t i = 0; i < names->n; i++)
		if (names->at[i] && strcmp(names->at[i], t->text) == 0)
			*value = i;
	return true;
}

static bool
read_plain_field(struct wire *w, void *base, const struct tree *t,
		 const struct field *f)
{
	char *at = (char *)base + f->at;
	void *any = at;

	switch ((enum field_type)f->type) {
	case FIELD_KNOWN:
		return wire_known(w, any, t);
	case FIELD_COMMON:
		return wire_common(w, any, t);
	case FIELD_TEXT:
	case FIELD_MAYBE:
		return wire_text(w, any, t);
	case FIELD_BOOL:
		return wire_bool(w, any, t);
	case FIELD_I32:
		return wire_i32(w, any, t);
	case FIELD_COUNT:
		return wire_count(w, any, t);
	case FIELD_I64:
		return wire_i64(w, any, t);
	case FIELD_TIME:
		return wire_time(w, any, t);
	case FIELD_ENUM:
		return read_enum(w, any, t, f->names);
	case FIELD_TEXTS:
		return wire_texts(w, any,
				  (uint32_t *)(void *)((char *)base +
						       f->count_at),
				  t);
	case FIELD_ARRAY:
		return read_array(w, base, t, f);
	case FIELD_INSIDE:
		return wire_fields(w, base, t, f->fields);
	case FIELD_PART:
		return wire_fields(w, at, t, f->fields);
	case FIELD_CUSTOM:
		return f->decode(w, at, t);
	}
	return true;
}

static bool
read_field(struct wire *w, void *base, const struct tree *t,
	   const struct field *f)
{
	struct seal_mark mark;

	if (!f->shared)
		return read_plain_field(w, base, t, f);
	mark = seal_share_begin(w->seal);
	if (!read_plain_field(w, base, t, f))
		return false;
	seal_share_end(w->seal, mark, (char *)base + f->at);
	return true;
}

bool
wire_fields(struct wire *w, void *base, const struct tree *t,
	    const struct fields *fields)
{
	if (!wire_object(w, t))
		return false;
	tree_each(c, t) {
		for (uint32_t i = 0; i < fields->n; i++) {
			const struct field *f = &fields->at[i];

			if (f->key_len != c->key_len ||
			    memcmp(f->key, c->key, c->key_len) != 0)
				continue;
			if (!read_field(w, base, c, f))
				return wire_under(w, f->key);
			break;
		}
	}
	return true;
}
