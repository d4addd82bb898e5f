/*
 * Reading the schema notation, and checking trees against it.
 */
#include "backend/sim/objects/schema.h"
#include "backend/sim/objects/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH_BYTES 400
#define DEPTH_MAX 40

static const struct schema *
find_in(const struct schema *s, const char *name, size_t len)
{
	for (; s->name; s++)
		if (strncmp(s->name, name, len) == 0 && !s->name[len])
			return s;
	return NULL;
}

const struct schema *
schema_named(const char *name, size_t len)
{
	const struct schema *s = find_in(schema_rows, name, len);

	return s ? s : find_in(schema_kinds, name, len);
}

const struct schema *
schema_kind(const char *kind)
{
	return find_in(schema_kinds, kind, strlen(kind));
}

/* Kinds of these groups share no name with another kind of the table. */
static const char *const groups[] = {
	"", "apps", "batch", "policy", "scheduling.k8s.io",
	"coordination.k8s.io", "storage.k8s.io", "autoscaling",
	"rbac.authorization.k8s.io", "discovery.k8s.io", "networking.k8s.io",
	"node.k8s.io",
};

const struct schema *
schema_of(const struct object_type *t)
{
	if (t->custom)
		return NULL;
	if (t->storage)
		return schema_kind(*t->storage->group
					   ? "HorizontalPodAutoscaler.v1"
					   : "Event.events");
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (strcmp(groups[i], t->group) == 0)
			return schema_kind(t->kind);
	return NULL;
}

/* What stands before the type: [], [key], {}, ~, ^. */
static const char *
read_shape(const char *type, struct schema_field *f)
{
	if (*type == '[') {
		size_t len = strcspn(type, "]") - 1;

		f->list = len == 0	   ? LIST_ATOMIC
			  : type[1] == '+' ? LIST_SET
					   : LIST_BY_KEY;
		if (f->list == LIST_BY_KEY) {
			BUG_IF(len >= sizeof(f->key));
			memcpy(f->key, type + 1, len);
		}
		type += len + 2;
	} else if (*type == '{') {
		f->map = true;
		type += 2;
	}
	if (*type == '~') {
		f->retain = true;
		type++;
	} else if (*type == '^') {
		f->replace = true;
		type++;
	}
	return type;
}

bool
schema_next(const char **at, struct schema_field *f)
{
	const char *p = *at + strspn(*at, " "), *end, *type, *number;
	uint32_t before = f->number;

	if (!*p)
		return false;
	end = p + strcspn(p, " ");
	*at = end;
	*f = (struct schema_field){ .name = p, .number = before + 1 };
	f->name_len = strcspn(p, ":@! ");
	f->required = end[-1] == '!';
	f->inlined = *p == '*';
	if (f->required)
		end--;
	number = memchr(p, '@', (size_t)(end - p));
	if (number) {
		f->number = (uint32_t)strtoul(number + 1, NULL, 10);
		end = number;
	}
	type = p + f->name_len;
	type = read_shape(*type == ':' ? type + 1 : end, f);
	if (end[-1] == '?') {
		f->zero = true;
		end--;
	}
	if (type >= end) {
		f->basic = 's';
	} else if (end - type == 1) {
		f->basic = *type;
	} else {
		f->object = schema_named(type, (size_t)(end - type));
		if (!f->object)
			BUG("schema names an unknown struct: %.*s",
			    (int)(end - type), type);
	}
	return true;
}

bool
schema_field(const struct schema *s, const char *name, struct schema_field *f)
{
	size_t len = strlen(name);

	for (const char *at = s ? s->fields : ""; *at;) {
		size_t token = strcspn(at, " ");

		*f = (struct schema_field){ 0 };
		if (*at == '*') {
			const char *one = at;

			if (schema_next(&one, f) &&
			    schema_field(f->object, name, f))
				return true;
		} else if (strncmp(at, name, len) == 0 &&
			   strcspn(at, ":@! ") == len) {
			return schema_next(&at, f);
		}
		at += token;
		at += strspn(at, " ");
	}
	return false;
}

bool
schema_root_field(const struct object_type *t, const char *name,
		  struct schema_field *f)
{
	if (strcmp(name, "metadata") != 0)
		return schema_field(schema_of(t), name, f);
	*f = (struct schema_field){
		.name = "metadata",
		.name_len = 8,
		.object = schema_named("ObjectMeta", 10),
	};
	return true;
}

/* ---- walking a tree beside its schema ---- */

struct walk {
	char path[PATH_BYTES];
	size_t len;
	uint32_t depth;
	bool (*unknown)(void *ctx, const char *path);
	void *ctx;
	const struct object_type *t;
	struct status *st; /* types are checked when set */
	bool stopped;
};

static size_t
step(struct walk *w, const char *fmt, const char *name, size_t index)
{
	size_t was = w->len;
	int n = fmt[0] == '[' ? snprintf(w->path + was, PATH_BYTES - was,
					 "[%zu]", index)
			      : snprintf(w->path + was, PATH_BYTES - was,
					 "%s%s", was ? "." : "", name);

	w->len += n < 0 ? 0 : (size_t)n;
	if (w->len >= PATH_BYTES)
		w->len = PATH_BYTES - 1;
	return was;
}

static void
back(struct walk *w, size_t was)
{
	w->len = was;
	w->path[was] = '\0';
}

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
	case 's':
		return "string";
	case 't':
	case 'u':
		return "string";
	case 'y':
		return "[]uint8";
	default:
		return f->object ? f->object->name : "object";
	}
}

static void
bad_type(struct walk *w, const json_t *v, const struct schema_field *f,
	 const char *shape)
{
	char api[160];

	snprintf(api, sizeof(api), "%s%s%s", w->t->group,
		 *w->t->group ? "/" : "", w->t->version);
	status_fail(w->st, 400, "BadRequest",
		    "%s in version \"%s\" cannot be handled as a %s: json: "
		    "cannot unmarshal %s into Go struct field %s.%s of type "
		    "%s%s", w->t->kind, api, w->t->kind, json_kind_name(v),
		    w->t->kind, w->path, shape, go_type(f));
	w->stopped = true;
}

static bool
basic_fits(const struct schema_field *f, const json_t *v)
{
	switch (f->basic) {
	case 's':
	case 't':
		return json_is_string(v);
	case 'i':
		return json_is_integer(v);
	case 'n':
		return json_is_number(v);
	case 'b':
		return json_is_boolean(v);
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

static void walk_struct(struct walk *w, const struct schema *s,
			const json_t *tree);

static void
walk_value(struct walk *w, const struct schema_field *f, const json_t *v)
{
	if (json_is_null(v) || w->stopped)
		return;
	if (f->object) {
		if (json_is_object(v))
			walk_struct(w, f->object, v);
		else if (w->st)
			bad_type(w, v, f, "v1.");
	} else if (w->st && !basic_fits(f, v)) {
		bad_type(w, v, f, "");
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
			if (w->st)
				bad_type(w, v, f, f->object ? "[]v1." : "[]");
			return;
		}
		json_array_foreach((json_t *)v, i, item) {
			was = step(w, "[", NULL, i);
			walk_value(w, f, item);
			back(w, was);
		}
	} else if (f->map) {
		if (!json_is_object(v)) {
			if (w->st)
				bad_type(w, v, f, "map[string]");
			return;
		}
		json_object_foreach((json_t *)v, key, item) {
			was = step(w, ".", key, 0);
			walk_value(w, f, item);
			back(w, was);
		}
	} else {
		walk_value(w, f, v);
	}
}

static void
walk_struct(struct walk *w, const struct schema *s, const json_t *tree)
{
	struct schema_field f;
	const char *key;
	json_t *v;

	if (w->depth == DEPTH_MAX)
		return;
	w->depth++;
	json_object_foreach((json_t *)tree, key, v) {
		size_t was = step(w, ".", key, 0);

		if (schema_field(s, key, &f))
			walk_field(w, &f, v);
		else if (w->unknown && !w->stopped)
			w->stopped = !w->unknown(w->ctx, w->path);
		back(w, was);
		if (w->stopped)
			break;
	}
	w->depth--;
}

static void
walk_root(struct walk *w, const json_t *tree)
{
	const struct schema *s = schema_of(w->t);
	const struct schema *meta = schema_named("ObjectMeta", 10);
	struct schema_field f;
	const char *key;
	json_t *v;

	if (!json_is_object(tree))
		return;
	json_object_foreach((json_t *)tree, key, v) {
		size_t was = step(w, ".", key, 0);

		if (strcmp(key, "metadata") == 0) {
			if (json_is_object(v))
				walk_struct(w, meta, v);
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
	       bool (*fn)(void *ctx, const char *path), void *ctx)
{
	struct walk w = { .t = t, .unknown = fn, .ctx = ctx };

	walk_root(&w, tree);
}

bool
schema_types(const struct object_type *t, const json_t *tree,
	     struct status *st)
{
	struct walk w = { .t = t, .st = st };

	walk_root(&w, tree);
	return !w.stopped;
}
