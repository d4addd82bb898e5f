/*
 * Checking trees against the schema: fields that nobody knows, and values of
 * the wrong type in the words of the decoder that meets them.
 */
#include "backend/sim/objects/internal.h"
#include "backend/sim/objects/schema.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"

#define PATH_BYTES 400
#define DEPTH_MAX 40

struct walk {
	char path[PATH_BYTES];
	size_t len;
	uint32_t depth;
	bool (*unknown)(void *ctx, const char *path);
	void *ctx;
	const struct object_type *t;
	const char *in; /* the struct walked now, as Go names it */
	enum schema_words words;
	char *why; /* types are checked when set */
	size_t why_room;
	bool stopped;
};

enum shape { SHAPE_VALUE, SHAPE_LIST, SHAPE_MAP };

static void
add_path(struct walk *w, const char *fmt, const char *a, const char *b,
	 size_t index)
{
	size_t room = PATH_BYTES - w->len;
	int n = 0;

	switch (fmt[0]) {
	case '.':
		n = snprintf(w->path + w->len, room, "%s%s",
			     w->len || w->words == WORDS_APPLY ? "." : "", a);
		break;
	case '=':
		n = snprintf(w->path + w->len, room, "[%s=\"%s\"]", a, b);
		break;
	default:
		n = snprintf(w->path + w->len, room, "[%zu]", index);
	}
	w->len += n < 0 ? 0 : (size_t)n;
	if (w->len >= PATH_BYTES)
		w->len = PATH_BYTES - 1;
}

static void
back(struct walk *w, size_t was)
{
	w->len = was;
	w->path[was] = '\0';
}

/* Apply names an item by its key, strict decoding by its place; Go's JSON
 * decoder tells neither. */
static size_t
step_item(struct walk *w, const struct schema_field *f, const json_t *item,
	  size_t index)
{
	size_t was = w->len;
	const char *key = f->list == LIST_BY_KEY ? jtext(item, f->key) : NULL;

	if (w->words == WORDS_APPLY && key)
		add_path(w, "=", f->key, key, 0);
	else if (!w->why || w->words == WORDS_APPLY)
		add_path(w, "[", NULL, NULL, index);
	return was;
}

static size_t
step_key(struct walk *w, const char *key, bool of_map)
{
	size_t was = w->len;

	if (!of_map || !w->why || w->words == WORDS_APPLY)
		add_path(w, ".", key, NULL, 0);
	return was;
}

/* ---- wrong types ---- */

static const char *
go_type(const struct schema_field *f)
{
	switch (f->basic) {
	case 'i':
		return "int32";
	case 'n':
		return "float64";
	case 'b':
		return "bool";
	case 'y':
		return "[]uint8";
	default:
		return f->basic || !f->object ? "string" : f->object->name;
	}
}

/* The schema tells structs of one name apart by what follows a dot. */
static int
name_len(const char *struct_name)
{
	return (int)strcspn(struct_name, ".");
}

static void
say_json(struct walk *w, const json_t *v, const struct schema_field *f,
	 enum shape want)
{
	static const char *const shapes[] = { "", "[]", "map[string]" };
	const char *type = go_type(f);

	snprintf(w->why, w->why_room,
		 "json: cannot unmarshal %s into Go struct field %.*s.%s of "
		 "type %s%s%.*s", json_kind_name(v), name_len(w->in), w->in,
		 w->path, shapes[want], f->object ? "v1." : "",
		 f->object ? name_len(type) : (int)strlen(type), type);
}

/* As apimachinery's converter from unstructured content. */
static void
say_patch(struct walk *w, const json_t *v, const struct schema_field *f,
	  enum shape want)
{
	static const char *const kinds[] = {
		[JSON_OBJECT] = "map",	  [JSON_ARRAY] = "slice",
		[JSON_STRING] = "string", [JSON_INTEGER] = "int64",
		[JSON_REAL] = "float64",  [JSON_TRUE] = "bool",
		[JSON_FALSE] = "bool",	  [JSON_NULL] = "invalid",
	};
	const char *kind = kinds[json_typeof(v)];

	if (want == SHAPE_LIST || f->basic == 'y')
		snprintf(w->why, w->why_room, "cannot restore slice from %s",
			 kind);
	else if (want == SHAPE_MAP)
		snprintf(w->why, w->why_room, "cannot restore map from %s",
			 kind);
	else if (f->object)
		snprintf(w->why, w->why_room,
			 "cannot restore struct from: %s", kind);
	else if (json_is_integer(v) && strcmp(go_type(f), "string") == 0)
		snprintf(w->why, w->why_room,
			 "cannot convert int64 to string");
	else
		snprintf(w->why, w->why_room, "unrecognized type: %s",
			 go_type(f));
}

/* As structured-merge-diff's validation. */
static void
say_apply(struct walk *w, const json_t *v, const struct schema_field *f,
	  enum shape want)
{
	static const char *const go[] = {
		[JSON_OBJECT] = "map[string]interface {}",
		[JSON_ARRAY] = "[]interface {}", [JSON_STRING] = "string",
		[JSON_INTEGER] = "int64",	 [JSON_REAL] = "float64",
		[JSON_TRUE] = "bool",		 [JSON_FALSE] = "bool",
		[JSON_NULL] = "<nil>",
	};
	char value[100] = "";
	size_t n = json_dumpb(v, value, sizeof(value) - 1,
			      JSON_COMPACT | JSON_ENCODE_ANY);

	value[n < sizeof(value) ? n : sizeof(value) - 1] = '\0';
	if (want == SHAPE_LIST)
		snprintf(w->why, w->why_room, "%s: expected list, got &{%s}",
			 w->path, value);
	else if (want == SHAPE_MAP || f->object)
		snprintf(w->why, w->why_room, "%s: expected map, got &{%s}",
			 w->path, value);
	else if (f->basic == 'i' || f->basic == 'n')
		snprintf(w->why, w->why_room,
			 "%s: expected numeric (int or float), got %s",
			 w->path, go[json_typeof(v)]);
	else
		snprintf(w->why, w->why_room,
			 "%s: expected %s, got "
			 "&value.valueUnstructured{Value:%s}", w->path,
			 f->basic == 'b' ? "boolean" : "string", value);
}

static void
wrong(struct walk *w, const json_t *v, const struct schema_field *f,
      enum shape want)
{
	if (!w->why)
		return;
	if (w->words == WORDS_APPLY)
		say_apply(w, v, f, want);
	else if (w->words == WORDS_PATCH)
		say_patch(w, v, f, want);
	else
		say_json(w, v, f, want);
	w->stopped = true;
}

/* ---- texts that must mean something ---- */

/* Where base64 goes wrong; -1: nowhere. */
static long
bad_base64(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789+/";
	size_t n = 0, i = 0;

	for (; text[i] && text[i] != '='; i++) {
		if (text[i] == '\n' || text[i] == '\r')
			continue;
		if (!strchr(letters, text[i]))
			return (long)i;
		n++;
	}
	for (; text[i] == '=' && n % 4 > 1; i++)
		n++;
	return text[i] || n % 4 ? (long)i : -1;
}

static bool
is_quantity(const json_t *v)
{
	int64_t n;

	return !json_is_string(v) ||
	       quantity_parse_milli(json_string_value(v),
				    json_string_length(v), &n);
}

static void
check_meaning(struct walk *w, const struct schema_field *f, const json_t *v)
{
	long at;

	if (f->basic == 'y' && (at = bad_base64(json_string_value(v))) >= 0)
		snprintf(w->why, w->why_room,
			 w->words == WORDS_PATCH
				 ? "error decoding from json: illegal base64 "
				   "data at input byte %ld"
				 : "illegal base64 data at input byte %ld",
			 at);
	else if (f->basic == 'q' && !is_quantity(v))
		snprintf(w->why, w->why_room,
			 "quantities must match the regular expression "
			 "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
	else
		return;
	w->stopped = true;
}

static bool
basic_fits(const struct schema_field *f, const json_t *v)
{
	switch (f->basic) {
	case 'i':
		return json_is_integer(v);
	case 'n':
		return json_is_number(v);
	case 'b':
		return json_is_boolean(v);
	case 's':
	case 't':
	case 'y':
	case 'u':
		return json_is_string(v);
	case 'q':
	case 'x':
		return json_is_string(v) || json_is_number(v);
	default:
		return true;
	}
}

/* ---- the walk ---- */

static void walk_struct(struct walk *w, const char *name, const char *fields,
			const json_t *tree);

static void
walk_value(struct walk *w, const struct schema_field *f, const json_t *v)
{
	if (json_is_null(v) || w->stopped)
		return;
	if (f->object) {
		if (json_is_object(v))
			walk_struct(w, f->object->name, f->object->fields, v);
		else
			wrong(w, v, f, SHAPE_VALUE);
	} else if (w->why) {
		if (basic_fits(f, v))
			check_meaning(w, f, v);
		else
			wrong(w, v, f, SHAPE_VALUE);
	}
}

static void
walk_field(struct walk *w, const struct schema_field *f, const json_t *v)
{
	const char *key;
	json_t *item;
	size_t i, was;

	if (json_is_null(v))
		return;
	if (f->list) {
		if (!json_is_array(v)) {
			wrong(w, v, f, SHAPE_LIST);
			return;
		}
		json_array_foreach((json_t *)v, i, item) {
			was = step_item(w, f, item, i);
			walk_value(w, f, item);
			back(w, was);
		}
	} else if (f->map) {
		if (!json_is_object(v)) {
			wrong(w, v, f, SHAPE_MAP);
			return;
		}
		json_object_foreach((json_t *)v, key, item) {
			was = step_key(w, key, true);
			walk_value(w, f, item);
			back(w, was);
		}
	} else {
		walk_value(w, f, v);
	}
}

static void
walk_struct(struct walk *w, const char *name, const char *fields,
	    const json_t *tree)
{
	const struct schema s = { name, fields };
	const char *outer = w->in;
	struct schema_field f;
	const char *key;
	json_t *v;

	if (w->depth == DEPTH_MAX)
		return;
	w->depth++;
	w->in = name;
	json_object_foreach((json_t *)tree, key, v) {
		size_t was = step_key(w, key, false);

		if (schema_field(&s, key, &f))
			walk_field(w, &f, v);
		else if (w->unknown && !w->stopped)
			w->stopped = !w->unknown(w->ctx, w->path);
		back(w, was);
		if (w->stopped)
			break;
	}
	w->in = outer;
	w->depth--;
}

static void
walk_root(struct walk *w, const json_t *tree)
{
	const struct schema *s = schema_of(w->t);
	struct schema_field f;
	const char *key;
	json_t *v;

	if (!json_is_object(tree))
		return;
	w->in = w->t->kind;
	json_object_foreach((json_t *)tree, key, v) {
		size_t was = step_key(w, key, false);

		if (strcmp(key, "metadata") == 0) {
			if (schema_root_field(w->t, key, &f))
				walk_field(w, &f, v);
		} else if (s && strcmp(key, "kind") != 0 &&
			   strcmp(key, "apiVersion") != 0) {
			if (schema_field(s, key, &f))
				walk_field(w, &f, v);
			else if (w->unknown)
				w->stopped = !w->unknown(w->ctx, w->path);
		}
		back(w, was);
		if (w->stopped)
			break;
	}
}

void
schema_unknown(const struct object_type *t, const json_t *tree,
	       enum schema_words words,
	       bool (*fn)(void *ctx, const char *path), void *ctx)
{
	struct walk w = { .t = t, .unknown = fn, .ctx = ctx, .words = words };

	walk_root(&w, tree);
}

bool
schema_types(const struct object_type *t, const json_t *tree,
	     enum schema_words words, char *why, size_t room)
{
	struct walk w = { .t = t, .words = words, .why = why,
			  .why_room = room };

	walk_root(&w, tree);
	return !w.stopped;
}
