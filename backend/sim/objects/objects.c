/*
 * The object store: types, lookups, and the one place where an object enters
 * or leaves.
 */
#include "backend/sim/objects/objects.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/internal.h"

/* A Secret or ConfigMap is at most 1 MiB; nothing stored is larger than the 3
 * MiB a request may be, with room for what defaults add. */
#define OBJECT_BYTES ((size_t)4 << 20)

/* ---- Status ---- */

static void
status_vset(struct status *st, int code, const char *reason, const char *fmt,
	    va_list args)
{
	*st = (struct status){ .code = code };
	snprintf(st->reason, sizeof(st->reason), "%s", reason);
	vsnprintf(st->message, sizeof(st->message), fmt, args);
}

bool
status_fail(struct status *st, int code, const char *reason, const char *fmt,
	    ...)
{
	va_list args;

	va_start(args, fmt);
	status_vset(st, code, reason, fmt, args);
	va_end(args);
	return false;
}

bool
status_fail_on(struct status *st, int code, const char *reason,
	       const struct object_type *t, const char *name, const char *fmt,
	       ...)
{
	va_list args;

	va_start(args, fmt);
	status_vset(st, code, reason, fmt, args);
	va_end(args);
	snprintf(st->kind, sizeof(st->kind), "%s", t->plural);
	snprintf(st->group, sizeof(st->group), "%s", t->group);
	snprintf(st->name, sizeof(st->name), "%s", str_or_empty(name));
	return false;
}

void
status_add_cause(struct status *st, const char *reason, const char *field,
		 const char *fmt, ...)
{
	struct status_cause *c;
	va_list args;

	if (st->cause_n == ARRAY_LEN(st->causes))
		return;
	c = &st->causes[st->cause_n++];
	*c = (struct status_cause){ 0 };
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
	snprintf(c->field, sizeof(c->field), "%s", str_or_empty(field));
	va_start(args, fmt);
	vsnprintf(c->message, sizeof(c->message), fmt, args);
	va_end(args);
}

/* ---- the store ---- */

struct objects *
objects_new(const int64_t *now_ms, uint64_t seed, size_t ring_bytes)
{
	struct objects *o = xcalloc(1, sizeof(*o));

	/* Out of memory inside jansson must die like everywhere else. */
	json_set_alloc_funcs(xmalloc, free);
	o->now_ms = now_ms;
	o->seed = seed;
	o->rv = 1;
	o->ring_bytes = ring_bytes;
	o->by_name = map_new(NULL);
	o->by_node = map_new(NULL);
	o->by_owner = map_new(NULL);
	o->applied = map_new(NULL);
	buf_init(&o->scratch, OBJECT_BYTES);
	return o;
}

static void
free_vectors(struct map *m)
{
	const char *key;
	void *value;

	for (uint32_t i = 0; map_next(m, &i, &key, &value);) {
		struct object_vec *v = value;

		vec_free(v);
		free(v);
	}
	map_free(m);
}

static void
store_free(struct store *s)
{
	struct index_place at = { 0 };
	const struct object *obj;

	while ((obj = object_index_next(&s->index, &at)))
		object_unref(obj);
	object_index_fini(&s->index);
	ring_fini(&s->ring);
	vec_free(&s->listeners);
	arena_free(s->arena);
	free(s);
}

void
objects_free(struct objects *o)
{
	if (!o)
		return;
	for (uint32_t i = 0; i < o->stores.n; i++)
		store_free(o->stores.at[i]);
	vec_free(&o->stores);
	map_free(o->by_name);
	free_vectors(o->by_node);
	free_vectors(o->by_owner);
	apply_fini(o);
	vec_free(&o->listeners);
	object_unref(o->last);
	buf_fini(&o->scratch);
	for (uint32_t i = 0; i < o->expiry_n; i++)
		free(o->expiries[(o->expiry_at + i) % o->expiry_room].key);
	free(o->expiries);
	vec_free(&o->orphaned);
	free(o);
}

int64_t
objects_now_ms(const struct objects *o)
{
	return *o->now_ms;
}

uint64_t
objects_rv(const struct objects *o)
{
	return o->rv;
}

/* ---- types ---- */

static void
type_name(char *out, size_t room, const char *group, const char *plural)
{
	snprintf(out, room, "%s/%s", group, plural);
}

const struct object_type *
objects_add_type(struct objects *o, const struct object_type *type)
{
	struct store *s = xcalloc(1, sizeof(*s));
	char name[400];

	s->type = *type;
	s->type.index = o->stores.n;
	vec_push(&o->stores, s);
	/* An older version of a kind has its version in its name. */
	if (type->storage && strcmp(type->storage->group, type->group) == 0)
		snprintf(name, sizeof(name), "%s/%s/%s", type->group,
			 type->version, type->plural);
	else
		type_name(name, sizeof(name), type->group, type->plural);
	map_put(o->by_name, name, s);
	if (!*type->group && strcmp(type->plural, "namespaces") == 0)
		o->namespaces = s;
	else if (!*type->group && strcmp(type->plural, "pods") == 0)
		o->pods = s;
	else if (!*type->group && strcmp(type->plural, "events") == 0)
		o->events = s;
	else if (strcmp(type->plural, "customresourcedefinitions") == 0)
		o->crds = s;
	else if (!*type->group && strcmp(type->plural, "resourcequotas") == 0)
		o->quotas = s;
	return &s->type;
}

const struct object_type *
objects_type(const struct objects *o, const char *group, const char *plural)
{
	char name[400];
	const struct store *s;

	type_name(name, sizeof(name), group, plural);
	s = map_get(o->by_name, name);
	return s && !s->type.gone ? &s->type : NULL;
}

const struct object_type *
objects_type_in(const struct objects *o, const char *group,
		const char *version, const char *plural)
{
	const struct object_type *t = objects_type(o, group, plural);
	const struct store *s;
	char name[400];

	if (t && strcmp(t->version, version) == 0)
		return t;
	snprintf(name, sizeof(name), "%s/%s/%s", group, version, plural);
	s = map_get(o->by_name, name);
	return s && !s->type.gone ? &s->type : NULL;
}

const struct object_type *
objects_type_at(const struct objects *o, uint32_t i)
{
	return i < o->stores.n ? &o->stores.at[i]->type : NULL;
}

uint32_t
objects_type_count(const struct objects *o)
{
	return o->stores.n;
}

const struct object_type *
objects_type_of_kind(const struct objects *o, const char *group,
		     const char *kind)
{
	for (uint32_t i = 0; i < o->stores.n; i++) {
		const struct object_type *t = &o->stores.at[i]->type;

		if (!t->gone && strcmp(t->kind, kind) == 0 &&
		    strcmp(t->group, group) == 0)
			return t;
	}
	return NULL;
}

char *
object_type_label(const struct object_type *t, char *out, size_t room)
{
	snprintf(out, room, "%s%s%s", t->plural, *t->group ? "." : "",
		 t->group);
	return out;
}

struct store *
store_of(const struct objects *o, const struct object_type *t)
{
	if (t->storage)
		t = t->storage;
	BUG_IF(t->index >= o->stores.n);
	return o->stores.at[t->index];
}

/* ---- reading ---- */

char *
object_key(const struct object_type *t, const char *ns, const char *name)
{
	return t->namespaced ? xasprintf("%s/%s", str_or_empty(ns), name)
			     : xstrdup(name);
}

const struct object *
objects_get(const struct objects *o, const struct object_type *t,
	    const char *ns, const char *name)
{
	const struct store *s = store_of(o, t);
	char *key = object_key(t, ns, name);
	struct index_place at;
	bool there = object_index_find(&s->index, key, &at);

	free(key);
	return there ? object_index_at(&s->index, at) : NULL;
}

void
objects_each(const struct objects *o, const struct object_type *t,
	     const char *ns, const char *from,
	     bool (*fn)(void *ctx, const struct object *obj), void *ctx)
{
	const struct store *s = store_of(o, t);
	struct index_place at = { 0 };
	const struct object *obj;

	ns = t->namespaced ? ns : NULL;
	if (from) {
		at = object_index_seek(&s->index, from, true);
	} else if (ns) {
		char *first = xasprintf("%s/", ns);

		at = object_index_seek(&s->index, first, false);
		free(first);
	}
	while ((obj = object_index_next(&s->index, &at))) {
		if (ns && strcmp(obj->ns, ns) != 0)
			return;
		if (!fn(ctx, obj))
			return;
	}
}

uint32_t
objects_count(const struct objects *o, const struct object_type *t)
{
	return store_of(o, t)->index.count;
}

static void
each_in(const struct object_vec *v,
	bool (*fn)(void *ctx, const struct object *obj), void *ctx)
{
	for (uint32_t i = 0; v && i < v->n; i++)
		if (!fn(ctx, v->at[i]))
			return;
}

void
objects_each_on_node(const struct objects *o, const char *node,
		     bool (*fn)(void *ctx, const struct object *pod),
		     void *ctx)
{
	each_in(map_get(o->by_node, node), fn, ctx);
}

void
objects_each_owned(const struct objects *o, const char *uid,
		   bool (*fn)(void *ctx, const struct object *obj), void *ctx)
{
	each_in(map_get(o->by_owner, uid), fn, ctx);
}

/* ---- the secondary indexes ---- */

static void
vector_swap(struct map *m, const char *key, const struct object *old,
	    const struct object *obj)
{
	struct object_vec *v = map_get(m, key);

	if (!v) {
		BUG_IF(old);
		v = xcalloc(1, sizeof(*v));
		map_put(m, key, v);
	}
	if (!old) {
		vec_push(v, obj);
		return;
	}
	for (uint32_t i = 0; i < v->n; i++) {
		if (v->at[i] != old)
			continue;
		if (obj) {
			v->at[i] = obj;
			return;
		}
		v->at[i] = v->at[--v->n];
		if (!v->n) {
			map_take(m, key);
			vec_free(v);
			free(v);
		}
		return;
	}
	BUG("%s is not in the index of %s", old->key, key);
}

static void
index_node(struct objects *o, const struct object *old,
	   const struct object *obj)
{
	const char *before = old ? old->node : "", *now = obj ? obj->node : "";

	if (strcmp(before, now) == 0) {
		if (*now)
			vector_swap(o->by_node, now, old, obj);
		return;
	}
	if (*before)
		vector_swap(o->by_node, before, old, NULL);
	if (*now)
		vector_swap(o->by_node, now, NULL, obj);
}

static bool
same_owners(const struct object *a, const struct object *b)
{
	if (!a || !b || a->owner_n != b->owner_n)
		return false;
	for (uint32_t i = 0; i < a->owner_n; i++)
		if (strcmp(a->owners[i], b->owners[i]) != 0)
			return false;
	return true;
}

static void
index_owners(struct objects *o, const struct object *old,
	     const struct object *obj)
{
	bool same = same_owners(old, obj);

	for (uint32_t i = 0; old && i < old->owner_n; i++)
		vector_swap(o->by_owner, old->owners[i], old,
			    same ? obj : NULL);
	for (uint32_t i = 0; !same && obj && i < obj->owner_n; i++)
		vector_swap(o->by_owner, obj->owners[i], NULL, obj);
}

/* ---- in and out ---- */

void
objects_listen(struct objects *o, const struct object_type *t,
	       void (*fn)(void *ctx, enum object_event e,
			  const struct object *now,
			  const struct object *before),
	       void *ctx)
{
	struct listener l = { .fn = fn, .ctx = ctx };
	struct listener_vec *v = t ? &store_of(o, t)->listeners : &o->listeners;

	vec_push(v, l);
}

static void
tell(struct objects *o, struct store *s, enum object_event e,
     const struct object *now, const struct object *before)
{
	for (uint32_t i = 0; i < s->listeners.n; i++)
		s->listeners.at[i].fn(s->listeners.at[i].ctx, e, now, before);
	for (uint32_t i = 0; i < o->listeners.n; i++)
		o->listeners.at[i].fn(o->listeners.at[i].ctx, e, now, before);
}

void
objects_commit(struct objects *o, struct store *s, const struct object *obj)
{
	const struct object *old = object_index_put(&s->index, obj);
	enum object_event e = old ? OBJECT_MODIFIED : OBJECT_ADDED;

	if (s == o->pods)
		index_node(o, old, obj);
	index_owners(o, old, obj);
	ring_push(&s->ring, o->ring_bytes, e, obj, old);
	if (s == o->events)
		expiry_note(o, obj);
	else if (s == o->crds && !old)
		crd_added(o, obj);
	tell(o, s, e, obj, old);
	object_unref(old);
}

void
objects_drop(struct objects *o, struct store *s, const struct object *last)
{
	const struct object *old = object_index_take(&s->index, last->key);

	BUG_IF(!old);
	if (s == o->pods)
		index_node(o, old, NULL);
	index_owners(o, old, NULL);
	ring_push(&s->ring, o->ring_bytes, OBJECT_DELETED, last, old);
	if (s == o->crds)
		crd_removed(o, last);
	tell(o, s, OBJECT_DELETED, last, old);
	object_unref(old);
	apply_forget(o, last->uid);
	objects_collect(o, last);
	object_unref(last);
}
