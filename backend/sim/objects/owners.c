/*
 * Who set which fields: metadata.managedFields.
 *
 * Kept beside the object for those that clients write, as the values each
 * manager set; the parts of the simulated cluster itself are nobody here.  A
 * value that is not the object's any more belongs to whoever set it last.
 * Status is not followed.
 */
#include "backend/sim/objects/apply.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"

/* Objects whose writers are remembered; a load test has many more. */
#define NOTED_MAX 20000

struct owners *
owners_of(const struct objects *o, const char *uid)
{
	return map_get(o->applied, uid);
}

static void
owner_fini(struct owner *w)
{
	free(w->manager);
	free(w->sub);
	json_decref(w->config);
}

static void
owners_free(struct owners *a)
{
	for (uint32_t i = 0; a && i < a->n; i++)
		owner_fini(&a->at[i]);
	free(a);
}

void
apply_forget(struct objects *o, const char *uid)
{
	owners_free(map_take(o->applied, uid));
}

void
apply_fini(struct objects *o)
{
	const char *key;
	void *value;

	for (uint32_t i = 0; map_next(o->applied, &i, &key, &value);)
		owners_free(value);
	map_free(o->applied);
	free(o->writer.manager);
	free(o->writer.sub);
}

void
objects_set_writer(struct objects *o, const char *manager, const char *sub)
{
	free(o->writer.manager);
	free(o->writer.sub);
	o->writer.manager = manager && *manager ? xstrdup(manager) : NULL;
	o->writer.sub = xstrdup(str_or_empty(sub));
}

void
owners_drop(struct owners *a, uint32_t i)
{
	owner_fini(&a->at[i]);
	memmove(&a->at[i], &a->at[i + 1], (--a->n - i) * sizeof(a->at[0]));
}

/* The manager's own row of that kind, made when there is none; the oldest is
 * forgotten when there are too many. */
static struct owner *
owner_row(struct objects *o, const char *uid, const char *manager,
	  const char *sub, bool update)
{
	struct owners *a = owners_of(o, uid);
	uint32_t i;

	if (!a) {
		a = xcalloc(1, sizeof(*a));
		map_put(o->applied, uid, a);
	}
	for (i = 0; i < a->n; i++)
		if (a->at[i].update == update &&
		    strcmp(a->at[i].manager, manager) == 0 &&
		    strcmp(a->at[i].sub, sub) == 0)
			break;
	if (i == OWNERS_MAX) {
		owners_drop(a, 0);
		i = a->n;
	}
	if (i == a->n)
		a->at[a->n++] = (struct owner){ .manager = xstrdup(manager),
						.sub = xstrdup(sub),
						.update = update,
						.config = json_object() };
	a->at[i].at_ms = *o->now_ms;
	return &a->at[i];
}

uint32_t
owners_applier(const struct owners *a, const char *manager)
{
	uint32_t i = 0;

	while (a && i < a->n &&
	       (a->at[i].update || strcmp(a->at[i].manager, manager) != 0))
		i++;
	return i;
}

/* ---- what is still so ---- */

static json_t *still(struct place p, const json_t *theirs, const json_t *now);

static json_t *
still_list(const struct schema_field *f, const json_t *theirs,
	   const json_t *now)
{
	json_t *out = json_array(), *v;
	size_t i;

	json_array_foreach((json_t *)theirs, i, v) {
		json_t *same = f->list == LIST_BY_KEY
				       ? list_keyed(now, f->key, v)
				       : NULL;

		if (same)
			json_array_append_new(
				out, still(place_below(f), v, same));
		else if (f->list == LIST_SET && list_holds(now, v))
			json_array_append(out, v);
	}
	return out;
}

/* theirs without what now has not, or has otherwise. */
static json_t *
still(struct place p, const json_t *theirs, const json_t *now)
{
	json_t *out = json_object(), *v, *kept;
	const char *key;

	json_object_foreach((json_t *)theirs, key, v) {
		json_t *there = json_object_get(now, key);
		struct schema_field f = place_field(p, key);

		kept = NULL;
		if (place_is_identity(p, key))
			kept = json_incref(v);
		else if (!there)
			continue;
		else if (json_is_object(v) && json_is_object(there))
			kept = still(place_below(&f), v, there);
		else if (f.list >= LIST_BY_KEY && json_is_array(v) &&
			 json_is_array(there))
			kept = still_list(&f, v, there);
		else if (json_equal(v, there))
			kept = json_incref(v);
		if (kept)
			json_object_set_new(out, key, kept);
	}
	return out;
}

void
owners_settle(struct owners *a, const struct object_type *t,
	      const json_t *now)
{
	for (uint32_t i = 0; i < a->n; i++) {
		json_t *left = still((struct place){ .root = t },
				     a->at[i].config, now);

		json_decref(a->at[i].config);
		a->at[i].config = left;
	}
}

/* ---- what a write set ---- */

static json_t *news(struct place p, const json_t *was, const json_t *now);

static json_t *
news_list(const struct schema_field *f, const json_t *was, const json_t *now)
{
	json_t *out = json_array(), *v;
	size_t i;

	json_array_foreach((json_t *)now, i, v) {
		json_t *old = f->list == LIST_BY_KEY
				      ? list_keyed(was, f->key, v)
				      : NULL;
		json_t *part;

		if (f->list == LIST_SET ? list_holds(was, v)
					: old && json_equal(old, v))
			continue;
		if (!old) {
			json_array_append(out, v);
			continue;
		}
		part = news(place_below(f), old, v);
		json_object_set(part, f->key, json_object_get(v, f->key));
		json_array_append_new(out, part);
	}
	return out;
}

/* What of a new or changed object its writer answers for. */
static bool
is_settable(struct place p, const char *key)
{
	return !p.root || (strcmp(key, "status") != 0 &&
			   !place_is_identity(p, key));
}

/* The fields of now that was has not, or has otherwise. */
static json_t *
news(struct place p, const json_t *was, const json_t *now)
{
	json_t *out = json_object(), *v, *part;
	const char *key;

	json_object_foreach((json_t *)now, key, v) {
		json_t *old = json_object_get(was, key);
		struct schema_field f = place_field(p, key);

		if (!is_settable(p, key) || (old && json_equal(old, v)))
			continue;
		if (json_is_object(v) && (json_is_object(old) || !old))
			part = news(place_below(&f), old, v);
		else if (f.list >= LIST_BY_KEY && json_is_array(v) &&
			 json_is_array(old))
			part = news_list(&f, old, v);
		else
			part = json_incref(v);
		json_object_set_new(out, key, part);
	}
	return out;
}

static void
keep_settable_meta(json_t *config)
{
	static const char *const keep[] = { "labels", "annotations",
					    "finalizers", "ownerReferences" };
	json_t *meta = json_object_get(config, "metadata");
	json_t *out = json_object();

	for (size_t i = 0; i < ARRAY_LEN(keep); i++)
		if (json_object_get(meta, keep[i]))
			json_object_set(out, keep[i],
					json_object_get(meta, keep[i]));
	json_object_del(config, "metadata");
	if (json_object_size(out))
		json_object_set(config, "metadata", out);
	json_decref(out);
}

/* Both own what both set to the same. */
static json_t *
joined(struct place p, json_t *a, json_t *b)
{
	json_t *out = json_copy(a), *v, *item;
	const char *key;
	size_t i;

	json_object_foreach(b, key, v) {
		json_t *old = json_object_get(out, key);
		struct schema_field f = place_field(p, key);

		if (json_is_object(v) && json_is_object(old)) {
			json_object_set_new(out, key,
					    joined(place_below(&f), old, v));
			continue;
		}
		if (f.list < LIST_BY_KEY || !json_is_array(v) ||
		    !json_is_array(old)) {
			json_object_set(out, key, v);
			continue;
		}
		old = json_copy(old);
		json_array_foreach(v, i, item) {
			json_t *same = f.list == LIST_BY_KEY
					       ? list_keyed(old, f.key, item)
					       : NULL;
			size_t k = 0;

			while (same && json_array_get(old, k) != same)
				k++;
			if (same)
				json_array_set_new(
					old, k,
					joined(place_below(&f), same, item));
			else if (f.list == LIST_BY_KEY ||
				 !list_holds(old, item))
				json_array_append(old, item);
		}
		json_object_set_new(out, key, old);
	}
	return out;
}

/* Not a dry run's, and not gone with its last finalizer. */
static bool
is_stored(const struct objects *o, const struct object *obj)
{
	return objects_get(o, obj->type, obj->ns, obj->name) == obj;
}

void
owners_note(struct objects *o, const struct object *obj, const json_t *was)
{
	struct place root = { .root = obj->type };
	struct owners *a = owners_of(o, obj->uid);
	json_t *now, *set;
	struct owner *w;

	if (!o->writer.manager || !is_stored(o, obj) ||
	    (!a && map_count(o->applied) >= NOTED_MAX))
		return;
	now = object_tree(obj);
	set = news(root, was, now);
	keep_settable_meta(set);
	if (a)
		owners_settle(a, obj->type, now);
	if (json_object_size(set)) {
		w = owner_row(o, obj->uid, o->writer.manager, o->writer.sub,
			      true);
		json_decref(now);
		now = joined(root, w->config, set);
		json_decref(w->config);
		w->config = json_deep_copy(now);
	}
	json_decref(now);
	json_decref(set);
}

void
apply_remember(struct objects *o, const struct object *obj,
	       const struct patch_options *options, json_t *config)
{
	struct owners *a = owners_of(o, obj->uid);
	struct owner *w;
	json_t *now;

	if (!is_stored(o, obj))
		return;
	now = object_tree(obj);
	if (a)
		owners_settle(a, obj->type, now);
	w = owner_row(o, obj->uid, str_or_empty(options->manager), "", false);
	json_decref(w->config);
	w->config = json_deep_copy(config);
	json_decref(now);
}
