/*
 * metadata.managedFields as clients see it, made from what owners.c remembers.
 */
#include "backend/sim/objects/apply.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"

static json_t *fields_of(struct place p, const json_t *config);

/* `k:{"name":"c"}` or `v:"x"`. */
static void
add_item(json_t *out, const struct schema_field *f, const json_t *item)
{
	json_t *key = json_object_get(item, f->key), *named, *below;
	char *text;

	if (f->list == LIST_SET) {
		text = json_dumps(item, JSON_COMPACT | JSON_ENCODE_ANY);
		below = json_object();
		named = json_sprintf("v:%s", str_or_empty(text));
	} else {
		json_t *only = json_object();

		json_object_set(only, f->key, key ? key : json_null());
		text = json_dumps(only, JSON_COMPACT);
		json_decref(only);
		below = fields_of(place_below(f), item);
		json_object_set_new(below, ".", json_object());
		named = json_sprintf("k:%s", str_or_empty(text));
	}
	json_object_set_new(out, json_string_value(named), below);
	json_decref(named);
	free(text);
}

static json_t *
below_field(const struct schema_field *f, const json_t *v)
{
	json_t *out, *item;
	size_t i;

	if (json_is_object(v) && (f->object || f->map)) {
		out = fields_of(place_below(f), v);
		if (f->map)
			json_object_set_new(out, ".", json_object());
		return out;
	}
	out = json_object();
	if (f->list >= LIST_BY_KEY)
		json_array_foreach((json_t *)v, i, item)
			add_item(out, f, item);
	return out;
}

static json_t *
fields_of(struct place p, const json_t *config)
{
	json_t *out = json_object(), *v, *below;
	char name[300];
	const char *key;

	json_object_foreach((json_t *)config, key, v) {
		struct schema_field f = place_field(p, key);

		if (place_is_identity(p, key))
			continue;
		below = below_field(&f, v);
		if (p.root && strcmp(key, "metadata") == 0) {
			/* What names the object is nobody's. */
			json_object_del(below, "f:name");
			json_object_del(below, "f:namespace");
			if (!json_object_size(below)) {
				json_decref(below);
				continue;
			}
		}
		snprintf(name, sizeof(name), "f:%s", key);
		json_object_set_new(out, name, below);
	}
	return out;
}

static json_t *
entry_of(const struct object_type *t, const struct owner *w)
{
	char api[160], when[TIME_TEXT];
	json_t *e = json_pack(
		"{s:s,s:s,s:s,s:s,s:s,s:o}", "manager", w->manager,
		"operation", w->update ? "Update" : "Apply", "apiVersion",
		type_api_version(t, api, sizeof(api)), "time",
		time_format(w->at_ms, false, when), "fieldsType", "FieldsV1",
		"fieldsV1", fields_of((struct place){ .root = t }, w->config));

	if (*w->sub)
		json_object_set_new(e, "subresource", json_string(w->sub));
	return e;
}

bool
objects_managed_fields(const struct objects *o, const struct object *obj,
		       struct buf *out)
{
	const struct owners *a = owners_of(o, obj->uid);
	json_t *list;

	if (!a || !a->n)
		return false;
	list = json_array();
	for (uint32_t i = 0; i < a->n; i++)
		json_array_append_new(list, entry_of(obj->type, &a->at[i]));
	object_dump(out, list);
	json_decref(list);
	return true;
}

static bool
names(const json_t *list, const struct owner *w)
{
	json_t *e;
	size_t i;

	json_array_foreach((json_t *)list, i, e) {
		const char *op = jtext(e, "operation");

		if (str_eq(jtext(e, "manager"), w->manager) &&
		    str_eq(op, w->update ? "Update" : "Apply"))
			return true;
	}
	return false;
}

void
objects_keep_managers(struct objects *o, const struct object *obj,
		      const json_t *list)
{
	struct owners *a = owners_of(o, obj->uid);

	for (uint32_t i = a ? a->n : 0; i-- > 0;)
		if (!names(list, &a->at[i]))
			owners_drop(a, i);
}
