/*
 * CustomResourceDefinitions: each that is stored adds its kind.
 *
 * One version is served, the one that is stored.  A kind whose definition goes
 * takes its objects along; its slot is used again when it comes back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/objects/internal.h"

#define COLUMNS_MAX 24

static const json_t *
storage_version(const json_t *spec)
{
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(spec, "versions"), i, v)
		if (json_is_true(json_object_get(v, "storage")))
			return v;
	return NULL;
}

/* ".spec.suspend" becomes the dotted path "spec.suspend"; what needs more of
 * JSONPath (filters) is kept for the cells' own reader. */
static const struct object_column *
columns_of(struct arena *a, const json_t *version)
{
	const json_t *list =
		json_object_get(version, "additionalPrinterColumns");
	struct object_column *out =
		arena_alloc(a, (COLUMNS_MAX + 2) * sizeof(*out));
	uint32_t n = 0;
	json_t *v;
	size_t i;

	if (!json_array_size(list))
		return NULL;
	out[n++] = (struct object_column){
		.name = "Name", .type = "string", .format = "name",
		.description = "", .path = "metadata.name",
	};
	json_array_foreach((json_t *)list, i, v) {
		const char *path = str_or_empty(jtext(v, "jsonPath"));

		if (n > COLUMNS_MAX)
			break;
		out[n++] = (struct object_column){
			.name = arena_strdup(a, str_or_empty(jtext(v,
								   "name"))),
			.type = arena_strdup(a, str_or_empty(jtext(v,
								   "type"))),
			.format = "",
			.description = arena_strdup(
				a, str_or_empty(jtext(v, "description"))),
			.priority = (int32_t)json_integer_value(
				json_object_get(v, "priority")),
			.path = arena_strdup(a, path),
		};
	}
	return out;
}

static const char *
joined(struct arena *a, const json_t *list)
{
	const char *all = NULL;
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v) {
		const char *one = json_string_value(v);

		if (one)
			all = all ? arena_printf(a, "%s,%s", all, one)
				  : arena_strdup(a, one);
	}
	return all;
}

static struct object_type
type_of(struct arena *a, const json_t *spec, const json_t *version)
{
	const json_t *names = json_object_get(spec, "names");
	const json_t *sub = json_object_get(version, "subresources");
	const char *kind = str_or_empty(jtext(names, "kind"));
	const char *singular = jtext(names, "singular");
	char *lower = arena_strdup(a, kind);

	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	return (struct object_type){
		.group = arena_strdup(a, str_or_empty(jtext(spec, "group"))),
		.version = arena_strdup(a, str_or_empty(jtext(version,
							      "name"))),
		.kind = arena_strdup(a, kind),
		.plural = arena_strdup(a, str_or_empty(jtext(names,
							     "plural"))),
		.singular = singular && *singular ? arena_strdup(a, singular)
						  : lower,
		.short_names = joined(a, json_object_get(names, "shortNames")),
		.categories = joined(a, json_object_get(names, "categories")),
		.namespaced = str_eq(jtext(spec, "scope"), "Namespaced"),
		.status = json_object_get(sub, "status") != NULL,
		.custom = true,
		.generation = true,
		.need_rv = true,
		.columns = columns_of(a, version),
	};
}

static struct store *
store_named(struct objects *o, const char *group, const char *plural)
{
	for (uint32_t i = 0; i < o->stores.n; i++)
		if (strcmp(o->stores.at[i]->type.group, group) == 0 &&
		    strcmp(o->stores.at[i]->type.plural, plural) == 0)
			return o->stores.at[i];
	return NULL;
}

void
crd_added(struct objects *o, const struct object *crd)
{
	json_t *tree = object_tree(crd);
	const json_t *spec = json_object_get(tree, "spec");
	const json_t *version = storage_version(spec);
	struct arena *a = arena_new();
	struct object_type t = type_of(a, spec, version);
	struct store *s = store_named(o, t.group, t.plural);

	json_decref(tree);
	if (!version || !*t.kind || !*t.plural || (s && !s->type.gone)) {
		arena_free(a);
		return;
	}
	if (s) {
		arena_free(s->arena);
		t.index = s->type.index;
		s->type = t;
	} else {
		s = store_of(o, objects_add_type(o, &t));
	}
	s->arena = a;
}

void
crd_removed(struct objects *o, const struct object *crd)
{
	json_t *tree = object_tree(crd);
	const json_t *spec = json_object_get(tree, "spec");
	const char *plural = json_string_value(jpath(spec, "names.plural"));
	struct store *s = store_named(o, str_or_empty(jtext(spec, "group")),
				      str_or_empty(plural));

	json_decref(tree);
	if (!s || !s->type.custom || s->type.gone)
		return;
	s->type.gone = true;
	while (s->index.count) {
		const struct object *first =
			object_index_at(&s->index, (struct index_place){ 0 });

		objects_drop(o, s, object_reversion(o, first, ++o->rv));
	}
}

static json_t *
condition(const char *type, const char *reason, const char *message,
	  const char *time)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "type", type, "status",
			 "True", "lastTransitionTime", time, "reason", reason,
			 "message", message);
}

json_t *
crd_status(const struct objects *o, const json_t *tree)
{
	const json_t *spec = json_object_get(tree, "spec");
	const json_t *version = storage_version(spec);
	json_t *names = json_object_get(spec, "names");
	const char *stored = str_or_empty(jtext(version, "name"));
	char time[TIME_TEXT];

	time_format(*o->now_ms, false, time);
	return json_pack("{s:[oo],s:O*,s:[s]}", "conditions",
			 condition("NamesAccepted", "NoConflicts",
				   "no conflicts found", time),
			 condition("Established", "InitialNamesAccepted",
				   "the initial names have been accepted",
				   time),
			 "acceptedNames", names, "storedVersions", stored);
}
