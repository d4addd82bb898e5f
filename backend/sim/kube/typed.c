/*
 * Bodies and patches against the schema: values of the wrong type, fields that
 * the server does not know (fieldValidation), in the words of whoever decodes
 * them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/sim/kube/internal.h"
#include "backend/sim/objects/schema.h"

enum { UNKNOWN_SHOWN = 8, WHY_BYTES = 500, PATCH_SHOWN = 500 };

/* ---- fields the server does not know ---- */

struct unknown {
	struct kube_call *c;
	bool strict;
	char list[600];
	uint32_t n;
};

static bool
note(struct unknown *u, const char *what, const char *path)
{
	size_t used = strlen(u->list);

	if (u->strict)
		snprintf(u->list + used, sizeof(u->list) - used,
			 "%s%s field \"%s\"", u->n ? ", " : "", what, path);
	else
		face_set_header(u->c->a, "Warning",
				arena_printf(u->c->arena,
					     "299 - \"%s field \\\"%s\\\"\"",
					     what, path));
	return ++u->n < UNKNOWN_SHOWN;
}

static bool
note_unknown(void *ctx, const char *path)
{
	/* A directive of a strategic patch is none. */
	return strstr(path, "$") || note(ctx, "unknown", path);
}

/* Members said twice (the last counts); false: enough of them. */
static bool
note_twice(struct unknown *u, const struct tree *t, const char *path)
{
	uint32_t i = 0;

	tree_each(v, t) {
		const char *at =
			t->kind == TREE_ARRAY
				? arena_printf(u->c->arena, "%s[%u]", path, i++)
				: arena_printf(u->c->arena, "%s%s%s", path,
					       *path ? "." : "", v->key);

		if (t->kind == TREE_OBJECT && tree_get(t, v->key) != v &&
		    !note(u, "duplicate", at))
			return false;
		if ((v->kind == TREE_OBJECT || v->kind == TREE_ARRAY) &&
		    !note_twice(u, v, at))
			return false;
	}
	return true;
}

/* jansson forgets what was said twice. */
static void
look_for_twice(struct kube_call *c, struct unknown *u)
{
	struct err err = { 0 };
	const struct tree *t = NULL;

	if (c->q->body_len && *c->q->body == '{')
		t = json_parse(c->arena, c->q->body, c->q->body_len, &err);
	if (t)
		note_twice(u, t, "");
}

/* False with the 422 of a value it may not have; *strict and *warn say which
 * it is. */
static bool
field_validation(struct kube_call *c, bool *strict, bool *warn)
{
	const char *mode = str_or_empty(kube_query(c, "fieldValidation"));

	*strict = strcmp(mode, "Strict") == 0;
	*warn = !*mode || strcmp(mode, "Warn") == 0;
	if (*strict || *warn || strcmp(mode, "Ignore") == 0)
		return true;
	return status_fail(&c->st, 422, "Invalid",
			   "CreateOptions.meta.k8s.io \"\" is invalid: "
			   "fieldValidation: Invalid value: \"%.60s\": "
			   "fieldValidation query parameter only supports "
			   "\"Ignore\", \"Warn\", and \"Strict\" values", mode);
}

/* False: there are some, and they are listed in u. */
static bool
all_known(struct kube_call *c, const json_t *body, struct unknown *u)
{
	bool warn;

	*u = (struct unknown){ .c = c };
	if (!field_validation(c, &u->strict, &warn))
		return false;
	if (u->strict || warn) {
		look_for_twice(c, u);
		schema_unknown(c->type, body, WORDS_JSON, note_unknown, u);
	}
	return !u->strict || !u->n;
}

static bool
undecodable(struct kube_call *c, const char *why, const char *what)
{
	return status_fail(&c->st, 400, "BadRequest",
			   "%s in version \"%s\" cannot be handled as a %s: "
			   "%s%s", c->type->kind, c->type->version,
			   c->type->kind, why, what);
}

static bool
check_fields(struct kube_call *c, const json_t *body)
{
	struct unknown u;

	if (all_known(c, body, &u))
		return true;
	return !c->st.code && undecodable(c, "strict decoding error: ", u.list);
}

static bool
check_types(struct kube_call *c, const json_t *body)
{
	char why[WHY_BYTES];

	return schema_types(c->type, body, WORDS_JSON, why, sizeof(why)) ||
	       undecodable(c, why, "");
}

/* ---- whole bodies ---- */

static bool
check_header(struct kube_call *c, const json_t *body)
{
	const char *kind =
		json_string_value(json_object_get(body, "kind"));
	const char *api =
		json_string_value(json_object_get(body, "apiVersion"));
	const json_t *meta = json_object_get(body, "metadata");
	const char *ns =
		json_string_value(json_object_get(meta, "namespace"));
	char want[200];

	snprintf(want, sizeof(want), "%s%s%s", c->type->group,
		 *c->type->group ? "/" : "", c->type->version);
	if (api && *api && strcmp(api, want) != 0)
		return status_fail(&c->st, 400, "BadRequest",
				   "the API version in the data (%.100s) does "
				   "not match the expected API version (%s)",
				   api, want);
	if (kind && *kind && strcmp(kind, c->type->kind) != 0)
		return status_fail(&c->st, 400, "BadRequest",
				   "%.100s in version \"%s\" cannot be handled "
				   "as a %s: no kind \"%.100s\" is registered "
				   "for this resource", kind,
				   c->type->version, c->type->kind, kind);
	if (c->type->namespaced && ns && *ns && c->path.ns &&
	    strcmp(ns, c->path.ns) != 0)
		return status_fail(&c->st, 400, "BadRequest",
				   "the namespace of the provided object does "
				   "not match the namespace sent on the "
				   "request");
	return true;
}

json_t *
kube_typed_body(struct kube_call *c)
{
	json_t *body = kube_body(c);

	if (!body)
		return NULL;
	if (json_is_object(body) && check_header(c, body) &&
	    check_types(c, body) && check_fields(c, body)) {
		shape_stored(c->type, body);
		return body;
	}
	if (!json_is_object(body))
		status_fail(&c->st, 400, "BadRequest",
			    "couldn't get version/kind; json parse error: "
			    "json: cannot unmarshal into Go value of type "
			    "struct { APIVersion string; Kind string }");
	json_decref(body);
	return NULL;
}

/* ---- patches ---- */

/* As Go prints a map: map[a:1 b:map[c:[x y]]]. */
static void
go_value(struct buf *out, const json_t *v)
{
	const char *key;
	json_t *item;
	size_t i;

	switch (json_typeof(v)) {
	case JSON_OBJECT:
		buf_puts(out, "map[");
		json_object_foreach((json_t *)v, key, item) {
			if (out->at[out->len - 1] != '[')
				buf_putc(out, ' ');
			buf_printf(out, "%s:", key);
			go_value(out, item);
		}
		buf_putc(out, ']');
		break;
	case JSON_ARRAY:
		buf_putc(out, '[');
		json_array_foreach((json_t *)v, i, item) {
			if (i)
				buf_putc(out, ' ');
			go_value(out, item);
		}
		buf_putc(out, ']');
		break;
	case JSON_STRING:
		buf_puts(out, json_string_value(v));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%lld", (long long)json_integer_value(v));
		break;
	case JSON_REAL:
		buf_printf(out, "%g", json_real_value(v));
		break;
	case JSON_NULL:
		buf_puts(out, "<nil>");
		break;
	default:
		buf_puts(out, json_is_true(v) ? "true" : "false");
	}
}

/* The 422 of a patch whose result is no object of the kind.  A merge patch is
 * shown as JSON, a strategic one as Go prints it. */
static bool
bad_patch(struct kube_call *c, const json_t *patch, enum patch_kind kind,
	  const char *why, const char *what)
{
	struct buf shown;
	char *text;

	buf_init(&shown, SIZE_MAX);
	if (kind == PATCH_STRATEGIC) {
		go_value(&shown, patch);
	} else {
		text = json_dumps(patch, JSON_COMPACT);
		buf_puts(&shown, str_or_empty(text));
		free(text);
	}
	status_fail(&c->st, 422, "Invalid",
		    " \"\" is invalid: patch: Invalid value: \"%.*s\": %s%s",
		    PATCH_SHOWN, buf_text(&shown), why, what);
	status_add_cause(&c->st, "FieldValueInvalid", "patch",
			 "Invalid value: \"%.*s\": %s%s", 120,
			 buf_text(&shown), why, what);
	buf_fini(&shown);
	return false;
}

static bool
not_declared(void *ctx, const char *path)
{
	snprintf(ctx, WHY_BYTES, "%s: field not declared in schema", path);
	return false;
}

/* An error that is no Status of its own: 500, and kubectl prints it bare. */
static bool
check_applied(struct kube_call *c, const json_t *config)
{
	char why[WHY_BYTES] = "";

	schema_unknown(c->type, config, WORDS_APPLY, not_declared, why);
	if (!*why && schema_types(c->type, config, WORDS_APPLY, why,
				  sizeof(why)))
		return true;
	return status_fail(&c->st, 500, "InternalError",
			   "failed to create typed patch object (%s/%s; "
			   "%s%s%s, Kind=%s): %s", str_or_empty(c->path.ns),
			   c->path.name, c->type->group,
			   *c->type->group ? "/" : "", c->type->version,
			   c->type->kind, why);
}

bool
kube_check_patch(struct kube_call *c, const json_t *patch,
		 enum patch_kind kind)
{
	char why[WHY_BYTES];
	struct unknown u;

	if (kind == PATCH_JSON)
		return true; /* its result is checked */
	if (kind == PATCH_APPLY)
		return check_applied(c, patch);
	if (!schema_types(c->type, patch,
			  kind == PATCH_STRATEGIC ? WORDS_PATCH : WORDS_JSON,
			  why, sizeof(why)))
		return bad_patch(c, patch, kind, why, "");
	if (all_known(c, patch, &u))
		return true;
	return !c->st.code &&
	       bad_patch(c, patch, kind, "strict decoding error: ", u.list);
}
