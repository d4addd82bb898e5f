/*
 * Strategic merge patch: lists merge by the key their schema names, and
 * directives ($patch, $retainKeys, $deleteFromPrimitiveList, $setElementOrder)
 * say what a plain merge cannot.  Nothing is changed in place.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/internal.h"
#include "backend/sim/objects/schema.h"

#define DELETE_ITEMS "$deleteFromPrimitiveList/"
#define SET_ORDER "$setElementOrder/"

struct strategic {
	const struct object_type *root; /* of the outermost struct only */
	struct status *st;
	bool failed;
};

static json_t *merge_struct(struct strategic *x, const struct schema *s,
			    json_t *target, json_t *patch);

static bool
field_of(struct strategic *x, const struct schema *s, const char *key,
	 struct schema_field *f)
{
	*f = (struct schema_field){ .list = LIST_ATOMIC };
	if (x->root) {
		return schema_root_field(x->root, key, f);
	}
	return schema_field(s, key, f);
}

static void
fail(struct strategic *x, const char *what, const char *key)
{
	x->failed = true;
	status_fail(x->st, 400, "BadRequest", "%s: %s", what, key);
}

static const char *
directive(const json_t *patch)
{
	return json_is_object(patch) ? jtext(patch, "$patch") : NULL;
}

static json_t *
without_directive(json_t *patch)
{
	json_t *copy = json_copy(patch);

	json_object_del(copy, "$patch");
	return copy;
}

/* ---- lists ---- */

static size_t
find_keyed(const json_t *list, const char *key, const json_t *value)
{
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v) {
		const json_t *k = json_object_get(v, key);

		if (k && json_equal((json_t *)k, (json_t *)value))
			return i;
	}
	return SIZE_MAX;
}

static size_t
find_plain(const json_t *list, const json_t *value)
{
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v)
		if (json_equal(v, (json_t *)value))
			return i;
	return SIZE_MAX;
}

static void
merge_item(struct strategic *x, const struct schema_field *f, json_t *result,
	   json_t *item)
{
	const json_t *key = json_object_get(item, f->key);
	const char *order = directive(item);
	json_t *merged;
	size_t at;

	if (!json_is_object(item) || !key) {
		fail(x, "map does not contain declared merge key", f->key);
		return;
	}
	at = find_keyed(result, f->key, key);
	if (str_eq(order, "delete")) {
		while (at != SIZE_MAX) {
			json_array_remove(result, at);
			at = find_keyed(result, f->key, key);
		}
		return;
	}
	if (str_eq(order, "replace"))
		merged = without_directive(item);
	else
		merged = merge_struct(x, f->object,
				      at == SIZE_MAX
					      ? NULL
					      : json_array_get(result, at),
				      item);
	if (at == SIZE_MAX)
		json_array_append_new(result, merged);
	else
		json_array_set_new(result, at, merged);
}

/* An element {"$patch": "replace"} makes the others the whole list. */
static json_t *
replacing_list(json_t *patch)
{
	json_t *item, *rest = json_array();
	bool replace = false;
	size_t i;

	json_array_foreach(patch, i, item) {
		if (str_eq(directive(item), "replace") &&
		    json_object_size(item) == 1)
			replace = true;
		else
			json_array_append(rest, item);
	}
	if (replace)
		return rest;
	json_decref(rest);
	return NULL;
}

static json_t *
merge_list(struct strategic *x, const struct schema_field *f, json_t *target,
	   json_t *patch)
{
	json_t *result = replacing_list(patch), *item;
	size_t i;

	if (result)
		return result;
	if (f->list == LIST_ATOMIC || f->list == LIST_NONE)
		return json_incref(patch);
	result = json_is_array(target) ? json_copy(target) : json_array();
	json_array_foreach(patch, i, item) {
		if (f->list == LIST_BY_KEY)
			merge_item(x, f, result, item);
		else if (find_plain(result, item) == SIZE_MAX)
			json_array_append(result, item);
	}
	return result;
}

static size_t
place_in(const json_t *order, const struct schema_field *f, const json_t *item)
{
	const json_t *key = f->list == LIST_BY_KEY
				    ? json_object_get(item, f->key)
				    : item;

	if (!key)
		return SIZE_MAX;
	return f->list == LIST_BY_KEY ? find_keyed(order, f->key, key)
				      : find_plain(order, key);
}

/* Items named by the order come in that order; what only the server has stays
 * in front of whatever it stood in front of before. */
static json_t *
reordered(const struct schema_field *f, const json_t *list,
	  const json_t *before, const json_t *order)
{
	json_t *named = json_array(), *rest = json_array(), *v;
	json_t *out = json_array();
	size_t i, k = 0;

	json_array_foreach((json_t *)order, i, v) {
		const json_t *key = f->list == LIST_BY_KEY
					    ? json_object_get(v, f->key)
					    : v;
		size_t at = !key ? SIZE_MAX
			    : f->list == LIST_BY_KEY
				    ? find_keyed(list, f->key, key)
				    : find_plain(list, key);

		if (at != SIZE_MAX)
			json_array_append(named, json_array_get(list, at));
	}
	json_array_foreach((json_t *)list, i, v)
		if (place_in(order, f, v) == SIZE_MAX)
			json_array_append(rest, v);
	for (i = 0; i < json_array_size(rest) || k < json_array_size(named);) {
		json_t *l = json_array_get(rest, i);
		json_t *r = json_array_get(named, k);
		size_t a = l && before ? place_in(before, f, l) : SIZE_MAX;
		size_t b = r && before ? place_in(before, f, r) : SIZE_MAX;
		bool left = !r || (l && a != SIZE_MAX && b != SIZE_MAX &&
				   a < b);

		json_array_append(out, left ? l : r);
		if (left)
			i++;
		else
			k++;
	}
	json_decref(named);
	json_decref(rest);
	return out;
}

/* ---- structs ---- */

static void
retain_keys(json_t *result, const json_t *keep)
{
	const char *key;
	json_t *v;
	void *next;

	if (!json_is_array(keep))
		return;
	json_object_foreach_safe(result, next, key, v) {
		json_t *name = json_string(key);

		if (find_plain(keep, name) == SIZE_MAX)
			json_object_del(result, key);
		json_decref(name);
	}
}

static void
delete_items(json_t *result, const char *key, const json_t *items)
{
	json_t *list = json_object_get(result, key), *v;
	size_t i, at;

	if (!json_is_array(list))
		return;
	list = json_copy(list);
	json_array_foreach((json_t *)items, i, v)
		while ((at = find_plain(list, v)) != SIZE_MAX)
			json_array_remove(list, at);
	json_object_set_new(result, key, list);
}

static void
merge_member(struct strategic *x, const struct schema *s, json_t *result,
	     const char *key, json_t *v)
{
	json_t *old = json_object_get(result, key), *merged;
	const struct object_type *root = x->root;
	struct schema_field f;

	(void)field_of(x, s, key, &f);
	if (json_is_null(v) || str_eq(directive(v), "delete")) {
		json_object_del(result, key);
		return;
	}
	x->root = NULL;
	if (json_is_object(v) && !f.replace)
		merged = merge_struct(x, f.map ? NULL : f.object, old, v);
	else if (json_is_array(v))
		merged = merge_list(x, &f, old, v);
	else
		merged = json_incref(v);
	x->root = root;
	json_object_set_new(result, key, merged);
}

static void
apply_orders(struct strategic *x, const struct schema *s, json_t *result,
	     const json_t *target, json_t *patch)
{
	const char *key;
	json_t *order;

	json_object_foreach(patch, key, order) {
		const char *name = key + strlen(SET_ORDER);
		struct schema_field f;
		json_t *list;

		if (!str_has_prefix(key, SET_ORDER))
			continue;
		list = json_object_get(result, name);
		if (!field_of(x, s, name, &f) || f.list < LIST_BY_KEY ||
		    !json_is_array(list) || !json_is_array(order))
			continue;
		json_object_set_new(result, name,
				    reordered(&f, list,
					      json_object_get(target, name),
					      order));
	}
}

static json_t *
merge_struct(struct strategic *x, const struct schema *s, json_t *target,
	     json_t *patch)
{
	const char *order = directive(patch), *key;
	json_t *result, *v;

	if (str_eq(order, "replace"))
		return without_directive(patch);
	if (order && strcmp(order, "merge") != 0 &&
	    strcmp(order, "delete") != 0)
		fail(x, "Unknown patch type found", order);
	if (str_eq(order, "delete"))
		return json_object();
	result = json_is_object(target) ? json_copy(target) : json_object();
	retain_keys(result, json_object_get(patch, "$retainKeys"));
	json_object_foreach(patch, key, v) {
		if (str_has_prefix(key, DELETE_ITEMS))
			delete_items(result, key + strlen(DELETE_ITEMS), v);
		else if (*key != '$')
			merge_member(x, s, result, key, v);
		if (x->failed)
			break;
	}
	apply_orders(x, s, result, target, patch);
	return result;
}

json_t *
patch_strategic(const struct object_type *t, json_t *target, json_t *patch,
		struct status *st)
{
	struct strategic x = { .root = t, .st = st };
	json_t *result;

	if (!json_is_object(patch)) {
		status_fail(st, 400, "BadRequest",
			    "error decoding patch: json: cannot unmarshal "
			    "into Go value of type map[string]interface {}");
		return NULL;
	}
	result = merge_struct(&x, NULL, target, patch);
	if (!x.failed)
		return result;
	json_decref(result);
	return NULL;
}
