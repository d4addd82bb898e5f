/*
 * Merge patches between trees.
 */
#include "backend/world/tree_patch.h"

#include <stdio.h>

#include "backend/base/map.h"
#include "backend/engine/memory_values.h"

enum { FEW = 16, PATH_ROOM = 512 };

static const struct tree *
present(const struct tree *t)
{
	return t && t->kind != TREE_NULL ? t : NULL;
}

/* ---- members by key: mostly asked in their own order ---- */

struct members {
	const struct tree *object; /* NULL: none */
	const struct tree *next;   /* the likeliest answer */
	struct map *map;	   /* of many, once order failed */
};

static struct members
members_of(const struct tree *t)
{
	if (!tree_is(t, TREE_OBJECT))
		t = NULL;
	return (struct members){ t, t ? t->first : NULL, NULL };
}

static void
members_free(struct members *m)
{
	map_free(m->map);
}

static const struct tree *
search(struct members *m, const char *key)
{
	if (m->object->len <= FEW)
		return tree_get(m->object, key);
	if (!m->map) {
		m->map = map_new(NULL);
		tree_each(t, m->object)
			map_put(m->map, t->key, (void *)(uintptr_t)t);
	}
	return map_get(m->map, key);
}

static const struct tree *
member(struct members *m, const char *key)
{
	const struct tree *t;

	if (!m->object)
		return NULL;
	t = m->next && strcmp(m->next->key, key) == 0 ? m->next
						      : search(m, key);
	if (t)
		m->next = t->next;
	return present(t);
}

/* ---- comparing ---- */

static bool
objects_same(const struct tree *a, const struct tree *b)
{
	struct members in_a = members_of(a), in_b = members_of(b);
	bool same = true;

	for (const struct tree *t = a->first; t && same; t = t->next)
		same = tree_same(t, member(&in_b, t->key));
	for (const struct tree *t = b->first; t && same; t = t->next)
		same = !present(t) || member(&in_a, t->key);
	members_free(&in_a);
	members_free(&in_b);
	return same;
}

bool
tree_same(const struct tree *a, const struct tree *b)
{
	a = present(a);
	b = present(b);
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind)
		return false;
	switch ((enum tree_kind)a->kind) {
	case TREE_BOOL:
		return a->flag == b->flag;
	case TREE_NUMBER:
	case TREE_STRING:
		return a->len == b->len &&
		       memcmp(a->text, b->text, a->len) == 0;
	case TREE_ARRAY:
		if (a->len != b->len)
			return false;
		for (a = a->first, b = b->first; a; a = a->next, b = b->next)
			if (!tree_same(a, b))
				return false;
		return true;
	case TREE_OBJECT:
		return objects_same(a, b);
	default:
		return true;
	}
}

/* ---- writing ---- */

static void
write_members(struct jsonw *w, const struct tree *from, const struct tree *to)
{
	struct members old = members_of(from), new = members_of(to);

	jsonw_object(w);
	tree_each(t, to)
	{
		const struct tree *was = member(&old, t->key);

		if (tree_same(was, t))
			continue;
		jsonw_key(w, t->key);
		tree_patch_write(w, was, t);
	}
	tree_each(t, from)
	{
		if (!present(t) || member(&new, t->key))
			continue;
		jsonw_key(w, t->key);
		jsonw_null(w);
	}
	jsonw_end_object(w);
	members_free(&old);
	members_free(&new);
}

void
tree_patch_write(struct jsonw *w, const struct tree *from,
		 const struct tree *to)
{
	to = present(to);
	if (!to)
		jsonw_null(w);
	else if (to->kind != TREE_OBJECT)
		jsonw_tree(w, to);
	else
		write_members(w, tree_is(from, TREE_OBJECT) ? from : NULL,
			      to);
}

/* ---- applying ---- */

static void
append_as(struct arena *a, struct tree *object, struct tree **last,
	  const char *key, size_t len, struct tree *value)
{
	value->next = NULL;
	value->key = arena_strndup(a, key, len);
	value->key_len = (uint32_t)len;
	tree_append(object, last, value);
}

static struct tree *
apply(struct arena *a, const struct tree *from, const struct tree *patch)
{
	struct members changed, old;
	struct tree *out, *last = NULL;

	patch = present(patch);
	if (!patch)
		return NULL;
	if (patch->kind != TREE_OBJECT)
		return tree_copy(a, patch);
	if (!tree_is(from, TREE_OBJECT))
		from = NULL;
	out = tree_new(a, TREE_OBJECT);
	changed = members_of(patch);
	old = members_of(from);
	tree_each(t, from)
	{
		/* A null of the patch is a word too: it removes. */
		const struct tree *p = search(&changed, t->key);
		struct tree *value = p		? apply(a, t, p)
				     : present(t) ? tree_copy(a, t)
						  : NULL;

		if (value)
			append_as(a, out, &last, t->key, t->key_len, value);
	}
	tree_each(p, patch)
	{
		struct tree *value;

		if (from && search(&old, p->key))
			continue;
		value = apply(a, NULL, p);
		if (value)
			append_as(a, out, &last, p->key, p->key_len, value);
	}
	members_free(&changed);
	members_free(&old);
	return out;
}

const struct tree *
tree_patch_apply(struct arena *a, const struct tree *from,
		 const struct tree *patch)
{
	return apply(a, from, patch);
}

/* ---- keys for arrays ---- */

static const struct tree *
name_of(const struct tree *item)
{
	return tree_is(item, TREE_OBJECT) && tree_is(item->first, TREE_STRING)
		       ? item->first
		       : NULL;
}

static bool
is_named(const struct tree *array)
{
	struct map *seen = map_new(NULL);
	bool good = array->len > 0;

	for (const struct tree *t = array->first; t && good; t = t->next) {
		const struct tree *name = name_of(t);

		good = name && !map_put(seen, name->text, seen);
	}
	map_free(seen);
	return good;
}

static struct tree *
keyed(struct arena *a, const struct tree *t, const char *raw)
{
	struct tree *out, *last = NULL;
	bool named;

	if (t->kind != TREE_ARRAY && t->kind != TREE_OBJECT)
		return tree_copy(a, t);
	named = t->kind == TREE_ARRAY && is_named(t);
	out = tree_new(a, named ? TREE_OBJECT : (enum tree_kind)t->kind);
	tree_each(child, t)
	{
		bool keep = child->key && strcmp(child->key, raw) == 0;
		struct tree *copy = keep ? tree_copy(a, child)
					 : keyed(a, child, raw);
		const struct tree *name = named ? name_of(child) : NULL;

		if (name) {
			append_as(a, out, &last, name->text, name->len, copy);
		} else if (child->key) {
			append_as(a, out, &last, child->key, child->key_len,
				  copy);
		} else {
			copy->next = NULL;
			tree_append(out, &last, copy);
		}
	}
	return out;
}

const struct tree *
tree_keyed(struct arena *a, const struct tree *t, const char *raw)
{
	return keyed(a, t, raw);
}

/* ---- telling ---- */

struct telling {
	tree_told told;
	void *ctx;
	char path[PATH_ROOM];
};

static void
tell(struct telling *at, size_t len, const char *key, const struct tree *from,
     const struct tree *to)
{
	struct members old, new;

	if (tree_same(from, to))
		return;
	if (key)
		len += (size_t)snprintf(at->path + len, sizeof(at->path) - len,
					"%s%s", len ? "." : "", key);
	if (len >= sizeof(at->path))
		len = sizeof(at->path) - 1;
	at->path[len] = '\0';
	if (!tree_is(from, TREE_OBJECT) || !tree_is(to, TREE_OBJECT)) {
		at->told(at->ctx, at->path, present(from), present(to));
		return;
	}
	old = members_of(from);
	new = members_of(to);
	tree_each(t, from)
		tell(at, len, t->key, t, member(&new, t->key));
	tree_each(t, to)
		if (!member(&old, t->key))
			tell(at, len, t->key, NULL, t);
	members_free(&old);
	members_free(&new);
}

void
tree_differences(const struct tree *from, const struct tree *to,
		 tree_told told, void *ctx)
{
	struct telling at = { told, ctx, "" };

	tell(&at, 0, NULL, from, to);
}
