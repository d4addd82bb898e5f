/*
 * Owners and what they own.
 */
#include "backend/sim/world/owned.h"

#include <stdlib.h>

struct search {
	const struct object_type *type;
	const char *ns;
	struct owned *out;
};

static bool
match(void *ctx, const struct object *o)
{
	struct search *s = ctx;

	if (o->type == s->type && str_eq(o->ns, s->ns))
		vec_push(&s->out->at, object_ref(o));
	return true;
}

static int
by_age(const void *a, const void *b)
{
	const struct object *x = *(const struct object *const *)a;
	const struct object *y = *(const struct object *const *)b;

	if (x->created_ms != y->created_ms)
		return x->created_ms < y->created_ms ? -1 : 1;
	return strcmp(x->name, y->name);
}

struct owned
owned_find(struct kubernetes *k, const struct object_type *t,
	   const struct object *owner)
{
	struct owned out = { 0 };
	struct search s = { t, owner->ns, &out };

	objects_each_owned(k->objects, owner->uid, match, &s);
	if (out.at.n)
		qsort(out.at.at, out.at.n, sizeof(out.at.at[0]), by_age);
	return out;
}

void
owned_free(struct owned *o)
{
	for (uint32_t i = 0; i < o->at.n; i++)
		object_unref(o->at.at[i]);
	vec_free(&o->at);
}

json_t *
owner_reference(const struct object *owner)
{
	return pack(
		"[{s:o, s:s, s:s, s:s, s:b, s:b}]", "apiVersion",
		json_sprintf("%s/%s", owner->type->group, owner->type->version),
		"kind", owner->type->kind, "name", owner->name, "uid",
		owner->uid, "controller", 1, "blockOwnerDeletion", 1);
}

json_t *
pod_from_template(const struct object *owner, const json_t *tree,
		  const char *name)
{
	json_t *template =
		json_object_get(json_object_get(tree, "spec"), "template");
	json_t *body = json_deep_copy(template), *meta;

	if (!body)
		return NULL;
	meta = json_object_get(body, "metadata");
	if (!json_is_object(meta)) {
		meta = json_object();
		json_object_set_new(body, "metadata", meta);
	}
	json_object_del(meta, "creationTimestamp");
	json_object_set_new(meta, "name", json_string(name));
	json_object_set_new(meta, "generateName",
			    json_sprintf("%s-", owner->name));
	json_object_set_new(meta, "ownerReferences", owner_reference(owner));
	return body;
}

int32_t
share_of(const json_t *v, int32_t all, bool up, int32_t absent)
{
	long percent;

	if (json_is_integer(v))
		return (int32_t)json_integer_value(v);
	if (!json_is_string(v))
		return absent;
	percent = strtol(json_string_value(v), NULL, 10);
	return (int32_t)((percent * all + (up ? 99 : 0)) / 100);
}
