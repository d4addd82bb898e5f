/*
 * Server-side apply: what a manager applies is merged in, what it no longer
 * applies goes unless others have it too.  Who has what is in owners.c.
 */
#include "backend/sim/objects/apply.h"

#include <stdio.h>
#include <stdlib.h>

struct schema_field
place_field(struct place p, const char *key)
{
	struct schema_field f = { .list = LIST_ATOMIC };

	if (!(p.root ? schema_root_field(p.root, key, &f)
		     : schema_field(p.s, key, &f)))
		f = (struct schema_field){ .list = LIST_ATOMIC };
	return f;
}

json_t *
list_keyed(const json_t *list, const char *key, const json_t *item)
{
	json_t *want = json_object_get(item, key), *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v)
		if (want && json_equal(json_object_get(v, key), want))
			return v;
	return NULL;
}

bool
list_holds(const json_t *list, const json_t *item)
{
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v)
		if (json_equal(v, (json_t *)item))
			return true;
	return false;
}

bool
place_is_identity(struct place p, const char *key)
{
	return p.root && (strcmp(key, "kind") == 0 ||
			  strcmp(key, "apiVersion") == 0);
}

struct place
place_below(const struct schema_field *f)
{
	return (struct place){ .s = f->map ? NULL : f->object };
}

/* ---- merge ---- */

static json_t *merge(struct place p, json_t *target, json_t *config);

static json_t *
merge_list(const struct schema_field *f, json_t *target, json_t *config)
{
	json_t *out, *v;
	size_t i, k;

	if (f->list < LIST_BY_KEY || !json_is_array(target))
		return json_incref(config);
	out = json_copy(target);
	json_array_foreach(config, i, v) {
		json_t *old = f->list == LIST_BY_KEY
				      ? list_keyed(out, f->key, v)
				      : NULL;

		if (f->list == LIST_SET) {
			if (!list_holds(out, v))
				json_array_append(out, v);
			continue;
		}
		for (k = 0; old && json_array_get(out, k) != old;)
			k++;
		if (old)
			json_array_set_new(
				out, k,
				merge((struct place){ .s = f->object }, old,
				      v));
		else
			json_array_append(out, v);
	}
	return out;
}

static json_t *
merge(struct place p, json_t *target, json_t *config)
{
	json_t *out, *v;
	const char *key;

	if (!json_is_object(config))
		return json_incref(config);
	out = json_is_object(target) ? json_copy(target) : json_object();
	json_object_foreach(config, key, v) {
		struct schema_field f = place_field(p, key);
		json_t *old = json_object_get(out, key);

		if (json_is_null(v))
			continue;
		if (json_is_array(v))
			json_object_set_new(out, key, merge_list(&f, old, v));
		else
			json_object_set_new(
				out, key,
				merge((struct place){
					      .s = f.map ? NULL : f.object },
				      old, v));
	}
	return out;
}

/* ---- what a manager no longer applies ---- */

/* target without what `was` has and `now` and the others have not. */
static json_t *prune(struct place p, json_t *target, const json_t *was,
		     const json_t *now, const struct owners *others,
		     uint32_t self, json_t **of_others);

static json_t *
prune_list(const struct schema_field *f, json_t *target, const json_t *was,
	   const json_t *now)
{
	json_t *out, *v;
	size_t i;

	if (f->list < LIST_BY_KEY || !json_is_array(target) ||
	    !json_is_array(was))
		return json_incref(target);
	out = json_array();
	json_array_foreach(target, i, v) {
		bool mine, still;

		if (f->list == LIST_SET) {
			mine = list_holds(was, v);
			still = list_holds(now, v);
		} else {
			json_t *old = list_keyed(was, f->key, v);
			json_t *kept = list_keyed(now, f->key, v);

			mine = old;
			still = kept;
			if (mine && still) {
				json_array_append_new(
					out,
					prune((struct place){
						      .s = f->object },
					      v, old, kept, NULL, 0, NULL));
				continue;
			}
		}
		if (!mine || still)
			json_array_append(out, v);
	}
	return out;
}

static bool
others_have(json_t **of_others, uint32_t n, const char *key)
{
	for (uint32_t i = 0; of_others && i < n; i++)
		if (json_object_get(of_others[i], key))
			return true;
	return false;
}

static json_t *
prune(struct place p, json_t *target, const json_t *was, const json_t *now,
      const struct owners *others, uint32_t self, json_t **of_others)
{
	uint32_t n = others ? others->n : 0;
	json_t *out, *old;
	const char *key;

	if (!json_is_object(target) || !json_is_object(was))
		return json_incref(target);
	out = json_copy(target);
	json_object_foreach((json_t *)was, key, old) {
		json_t *there = json_object_get(out, key);
		json_t *kept = json_object_get(now, key);
		struct schema_field f = place_field(p, key);
		json_t *below[OWNERS_MAX] = { 0 };

		if (!there || place_is_identity(p, key))
			continue;
		if (!kept && !others_have(of_others, n, key)) {
			json_object_del(out, key);
			continue;
		}
		for (uint32_t i = 0; i < n; i++)
			below[i] = i == self ? NULL
					     : json_object_get(of_others[i],
							       key);
		if (json_is_array(there))
			json_object_set_new(out, key,
					    prune_list(&f, there, old, kept));
		else
			json_object_set_new(
				out, key,
				prune((struct place){
					      .s = f.map ? NULL : f.object },
				      there, old, kept, others, self, below));
	}
	return out;
}

json_t *
patch_apply(struct objects *o, const struct object *now, json_t *target,
	    json_t *config, const struct patch_options *options,
	    struct status *st)
{
	struct place root = { .root = now->type };
	struct owners *a = owners_of(o, now->uid);
	uint32_t self;
	json_t *configs[OWNERS_MAX] = { 0 };
	json_t *pruned, *result;

	if (!json_is_object(config)) {
		status_fail(st, 400, "BadRequest",
			    "error decoding YAML: the configuration is no "
			    "object");
		return NULL;
	}
	if (a)
		owners_settle(a, now->type, target);
	self = owners_applier(a, str_or_empty(options->manager));
	if (!(options->flags & WRITE_FORCE) &&
	    !owners_agree(now, a, self, str_or_empty(options->manager),
			  config, st))
		return NULL;
	for (uint32_t i = 0; a && i < a->n; i++)
		configs[i] = i == self ? NULL : a->at[i].config;
	pruned = a && self < a->n ? prune(root, target, a->at[self].config,
					  config, a, self, configs)
				  : json_incref(target);
	result = merge(root, pruned, config);
	json_decref(pruned);
	return result;
}
