/*
 * The mirror: decoded records of the store's objects, made when somebody asks
 * and kept until the object changes.
 */
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/sim/world/parts.h"

struct mirrored {
	uint64_t rv, spec_rv;
	const struct record *record; /* NULL: this state cannot be decoded */
};

struct mirror {
	struct seal *seal;
	struct arena *arena;
	const struct object_type *types[KIND_COUNT];
	struct map *kept[KIND_COUNT]; /* object key -> struct mirrored */
	/* Of a state that is no longer the object's: until the next such. */
	const struct record *past[KIND_COUNT];
	struct work_queue *gone; /* "kind\nkey" of deleted objects */
	uint8_t kind_of[256];	 /* by type index; KIND_COUNT: none */
};

static void
drop(void *value)
{
	struct mirrored *m = value;

	record_unref(m->record);
	free(m);
}

/* Others listen too and may still ask for the record: dropped afterwards. */
static void
on_change(void *ctx, enum object_event e, const struct object *now,
	  const struct object *before)
{
	struct kubernetes *k = ctx;
	struct mirror *m = k->mirror;
	char *key;
	uint8_t kind;

	(void)before;
	if (e != OBJECT_DELETED || now->type->index >= sizeof(m->kind_of))
		return;
	kind = m->kind_of[now->type->index];
	if (kind >= KIND_COUNT)
		return;
	key = xasprintf("%u\n%s", kind, now->key);
	work_queue_add(m->gone, key);
	free(key);
}

static void
drop_gone(void *ctx, const char *key)
{
	struct kubernetes *k = ctx;
	struct mirror *m = k->mirror;
	char *name;
	long kind = strtol(key, &name, 10);
	void *e;

	name++;
	if (k8s_find_key(k, m->types[kind], name))
		return; /* there is another of that name */
	e = map_take(m->kept[kind], name);
	if (e)
		drop(e);
}

struct mirror *
mirror_new(struct kubernetes *k)
{
	struct mirror *m = xcalloc(1, sizeof(*m));

	m->seal = seal_new();
	m->arena = arena_new();
	memset(m->kind_of, KIND_COUNT, sizeof(m->kind_of));
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		const struct codec *c = codec_of((enum kind)kind);
		const struct object_type *t;

		if (!c || !c->api_plural)
			continue;
		t = objects_type(k->objects, c->api_group, c->api_plural);
		if (!t || t->index >= sizeof(m->kind_of))
			continue;
		m->types[kind] = t;
		m->kind_of[t->index] = (uint8_t)kind;
		m->kept[kind] = map_new(drop);
	}
	m->gone = work_queue_new(k->sim, 0, drop_gone, k);
	objects_listen(k->objects, NULL, on_change, k);
	return m;
}

void
mirror_free(struct mirror *m)
{
	if (!m)
		return;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		map_free(m->kept[kind]);
		record_unref(m->past[kind]);
	}
	work_queue_free(m->gone);
	seal_free(m->seal);
	arena_free(m->arena);
	free(m);
}

const struct object_type *
mirror_type(const struct kubernetes *k, enum kind kind)
{
	return k->mirror->types[kind];
}

static const struct record *
decode(struct mirror *m, enum kind kind, const char *json, size_t len,
       const char *name)
{
	struct err err = { 0 };
	const struct tree *t;
	const struct record *r = NULL;

	arena_reset(m->arena);
	t = json_parse(m->arena, json, len, &err);
	if (t)
		r = codec_of(kind)->decode(m->seal, t, &err);
	if (!r)
		log_at(LOG_WARN, "sim", "%s %s cannot be read: %s",
		       kind_name(kind), name, err.text);
	return r;
}

const void *
mirror_of(struct kubernetes *k, enum kind kind, const struct object *o)
{
	struct mirror *m = k->mirror;
	struct mirrored *e = map_get(m->kept[kind], o->key);

	if (!e) {
		e = xcalloc(1, sizeof(*e));
		map_put(m->kept[kind], o->key, e);
	} else if (e->rv == o->rv) {
		return e->record;
	} else if (e->rv > o->rv) {
		/* Others may hold the newer record: it must stay. */
		record_unref(m->past[kind]);
		m->past[kind] = decode(m, kind, o->json, o->len, o->key);
		return m->past[kind];
	}
	record_unref(e->record);
	e->rv = o->rv;
	e->spec_rv = o->spec_rv;
	e->record = decode(m, kind, o->json, o->len, o->key);
	return e->record;
}

const void *
mirror_spec_of(struct kubernetes *k, enum kind kind, const struct object *o)
{
	const struct mirrored *e = map_get(k->mirror->kept[kind], o->key);

	return e && e->record && e->spec_rv == o->spec_rv
		       ? e->record
		       : mirror_of(k, kind, o);
}

const struct record *
mirror_decode(struct kubernetes *k, enum kind kind, const json_t *tree)
{
	char *text = json_dumps(tree, JSON_COMPACT);
	const struct record *r;

	BUG_IF(!text);
	r = decode(k->mirror, kind, text, strlen(text), kind_name(kind));
	free(text);
	return r;
}
