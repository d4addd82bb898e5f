/*
 * What follows from a removal: dependants by ownerReferences, owners that wait
 * for them in the foreground, namespaces that are empty now; and events that
 * are older than an hour.
 *
 * Removals queue up and are worked off by the outermost call, so that a long
 * chain of owners costs no stack.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/internal.h"

#define EVENT_LIFE_MS (3600 * (int64_t)1000)
#define EVENT_WRITES 40000u /* remembered; beyond, the oldest goes early */

/* The owner an ownerReference names, when it still is that object. */
static const struct object *
owner_of(struct objects *o, const struct object *dependant, const json_t *ref)
{
	const char *api = str_or_empty(jtext(ref, "apiVersion"));
	const char *kind = str_or_empty(jtext(ref, "kind"));
	const char *name = str_or_empty(jtext(ref, "name"));
	const char *slash = strchr(api, '/');
	char *group = xstrndup(api, slash ? (size_t)(slash - api) : 0);
	const struct object_type *t = objects_type_of_kind(o, group, kind);
	const struct object *owner;

	free(group);
	if (!t)
		return NULL;
	owner = objects_get(o, t, dependant->ns, name);
	return owner && str_eq(owner->uid, jtext(ref, "uid")) ? owner : NULL;
}

void
objects_disown(struct objects *o, const struct object *now, const char *uid)
{
	struct store *s = store_of(o, now->type);
	json_t *tree = object_tree(now);
	json_t *meta = json_object_get(tree, "metadata");
	json_t *list = json_object_get(meta, "ownerReferences"), *v;
	size_t i = 0;

	while ((v = json_array_get(list, i))) {
		if (str_eq(jtext(v, "uid"), uid))
			json_array_remove(list, i);
		else
			i++;
	}
	if (!json_array_size(list))
		json_object_del(meta, "ownerReferences");
	objects_commit(o, s, object_seal(o, &s->type, tree, ++o->rv));
	json_decref(tree);
}

/* ---- dependants of what went ---- */

static bool
has_other_owner(struct objects *o, const struct object *dependant,
		const char *gone_uid)
{
	json_t *tree = object_tree(dependant), *v;
	bool other = false;
	size_t i;

	json_array_foreach(jpath(tree, "metadata.ownerReferences"), i, v)
		other = other || (!str_eq(jtext(v, "uid"), gone_uid) &&
				  owner_of(o, dependant, v));
	json_decref(tree);
	return other;
}

static bool
collect_ref(void *ctx, const struct object *obj)
{
	struct object_vec *v = ctx;

	vec_push(v, object_ref(obj));
	return true;
}

static void
release_dependants(struct objects *o, const struct object *gone)
{
	struct delete_options d = { .grace_s = -1,
				    .propagation = "Background" };
	struct object_vec v = { 0 };
	struct status st;

	objects_each_owned(o, gone->uid, collect_ref, &v);
	for (uint32_t i = 0; i < v.n; i++) {
		const struct object *now =
			objects_get(o, v.at[i]->type, v.at[i]->ns,
				    v.at[i]->name);

		if (now && str_eq(now->uid, v.at[i]->uid)) {
			if (has_other_owner(o, now, gone->uid))
				objects_disown(o, now, gone->uid);
			else if (!now->deleted_ms)
				(void)objects_delete(o, now->type, now->ns,
						     now->name, &d, NULL,
						     NULL, &st);
		}
		object_unref(v.at[i]);
	}
	vec_free(&v);
}

/* ---- owners that wait ---- */

static bool
none_left(const struct object_vec *v)
{
	return !v || v->n == 0;
}

/* Takes the foreground finalizer off; the object goes when it was the last. */
static void
finish_foreground(struct objects *o, const struct object *owner)
{
	struct store *s = store_of(o, owner->type);
	json_t *tree = object_tree(owner);
	json_t *meta = json_object_get(tree, "metadata");
	json_t *list = json_object_get(meta, "finalizers"), *v;
	const struct object *obj;
	size_t i = 0;

	while ((v = json_array_get(list, i))) {
		if (str_eq(json_string_value(v), "foregroundDeletion"))
			json_array_remove(list, i);
		else
			i++;
	}
	if (!json_array_size(list))
		json_object_del(meta, "finalizers");
	obj = object_seal(o, &s->type, tree, ++o->rv);
	json_decref(tree);
	if (obj->finalized)
		objects_commit(o, s, obj);
	else
		objects_drop(o, s, obj);
}

static bool
waits_in_foreground(const struct object *owner)
{
	json_t *tree, *v;
	bool waits = false;
	size_t i;

	if (!owner->deleted_ms || !owner->finalized)
		return false;
	tree = object_tree(owner);
	json_array_foreach(jpath(tree, "metadata.finalizers"), i, v)
		waits = waits ||
			str_eq(json_string_value(v), "foregroundDeletion");
	json_decref(tree);
	return waits;
}

static void
settle_owners(struct objects *o, const struct object *gone)
{
	json_t *tree, *v;
	size_t i;

	if (!gone->owner_n)
		return;
	tree = object_tree(gone);
	json_array_foreach(jpath(tree, "metadata.ownerReferences"), i, v) {
		const struct object *owner = owner_of(o, gone, v);

		if (owner)
			objects_settle(o, owner);
	}
	json_decref(tree);
}

/* ---- namespaces ---- */

/* Events do not count: they are told until the last pod has gone. */
static bool
namespace_is_empty(struct objects *o, const char *ns)
{
	char first[300];

	snprintf(first, sizeof(first), "%s/", ns);
	for (uint32_t i = 0; i < o->stores.n; i++) {
		struct store *s = o->stores.at[i];
		const struct object *obj;

		if (!s->type.namespaced || s->type.storage || s == o->events)
			continue;
		obj = object_index_at(&s->index,
			       object_index_seek(&s->index, first, false));
		if (obj && strcmp(obj->ns, ns) == 0)
			return false;
	}
	return true;
}

static void
finish_namespace(struct objects *o, const struct object *obj)
{
	const struct object *ns = object_ref(obj), *now;

	if (o->events)
		objects_delete_all(o, o->events, ns->name);
	/* The last event's going may have settled it already. */
	now = objects_get(o, ns->type, NULL, ns->name);
	if (now && str_eq(now->uid, ns->uid))
		objects_drop(o, o->namespaces,
			     object_reversion(o, now, ++o->rv));
	object_unref(ns);
}

void
objects_settle(struct objects *o, const struct object *obj)
{
	const struct object *now =
		objects_get(o, obj->type, obj->ns, obj->name);

	if (!now || !now->deleted_ms || !str_eq(now->uid, obj->uid))
		return;
	if (waits_in_foreground(now)) {
		if (none_left(map_get(o->by_owner, now->uid)))
			finish_foreground(o, now);
		return;
	}
	if (o->namespaces && now->type == &o->namespaces->type &&
	    !now->finalized && namespace_is_empty(o, now->name))
		finish_namespace(o, obj);
}

static void
settle_namespace(struct objects *o, const struct object *gone)
{
	const struct object *ns;

	if (!o->namespaces || !*gone->ns)
		return;
	ns = objects_get(o, &o->namespaces->type, NULL, gone->ns);
	if (ns && ns->deleted_ms)
		objects_settle(o, ns);
}

void
objects_collect(struct objects *o, const struct object *gone)
{
	vec_push(&o->orphaned, object_ref(gone));
	if (o->collecting)
		return;
	o->collecting = true;
	for (uint32_t i = 0; i < o->orphaned.n; i++) {
		const struct object *one = o->orphaned.at[i];

		release_dependants(o, one);
		settle_owners(o, one);
		settle_namespace(o, one);
		object_unref(one);
	}
	vec_clear(&o->orphaned);
	o->collecting = false;
}

/* ---- events expire ---- */

static void
expiry_grow(struct objects *o)
{
	uint32_t room = o->expiry_room ? o->expiry_room * 2 : 256;
	struct expiry *at = xcalloc(room, sizeof(*at));

	for (uint32_t i = 0; i < o->expiry_n; i++)
		at[i] = o->expiries[(o->expiry_at + i) % o->expiry_room];
	free(o->expiries);
	o->expiries = at;
	o->expiry_at = 0;
	o->expiry_room = room;
}

void
expiry_note(struct objects *o, const struct object *event)
{
	if (o->expiry_n == o->expiry_room)
		expiry_grow(o);
	o->expiries[(o->expiry_at + o->expiry_n++) % o->expiry_room] =
		(struct expiry){ .key = xstrdup(event->key),
				 .rv = event->rv,
				 .at_ms = *o->now_ms + EVENT_LIFE_MS };
}

void
objects_expire(struct objects *o)
{
	if (o->collecting)
		return;
	while (o->expiry_n) {
		struct expiry *e = &o->expiries[o->expiry_at];
		struct index_place at;
		const struct object *obj = NULL;

		if (e->at_ms > *o->now_ms && o->expiry_n < EVENT_WRITES)
			return;
		if (object_index_find(&o->events->index, e->key, &at))
			obj = object_index_at(&o->events->index, at);
		free(e->key);
		o->expiry_at = (o->expiry_at + 1) % o->expiry_room;
		o->expiry_n--;
		if (obj && obj->rv == e->rv)
			objects_drop(o, o->events,
				     object_reversion(o, obj, ++o->rv));
	}
}
