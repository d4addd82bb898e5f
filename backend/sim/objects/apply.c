/*
 * Server-side apply, simplified: who applied what is remembered beside the
 * object (its managedFields are not shown), so that a manager's fields go when
 * it stops applying them and two appliers of one field conflict.  Fields that
 * somebody set by update or patch belong to nobody here: no conflict with
 * those, which the real server would report.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/internal.h"
#include "backend/sim/objects/schema.h"

#define MANAGERS_MAX 8

struct applied {
	struct {
		char *manager;
		json_t *config;
	} at[MANAGERS_MAX];
	uint32_t n;
};

static void
applied_free(struct applied *a)
{
	for (uint32_t i = 0; a && i < a->n; i++) {
		free(a->at[i].manager);
		json_decref(a->at[i].config);
	}
	free(a);
}

void
apply_forget(struct objects *o, const char *uid)
{
	applied_free(map_take(o->applied, uid));
}

void
apply_fini(struct objects *o)
{
	const char *key;
	void *value;

	for (uint32_t i = 0; map_next(o->applied, &i, &key, &value);)
		applied_free(value);
	map_free(o->applied);
}

static uint32_t
slot_of(const struct applied *a, const char *manager)
{
	uint32_t i = 0;

	while (a && i < a->n && strcmp(a->at[i].manager, manager) != 0)
		i++;
	return i;
}

/* ---- walking configs beside their schema ---- */

struct place {
	const struct object_type *root; /* set at the outermost struct */
	const struct schema *s;
};

static struct schema_field
field_at(struct place p, const char *key)
{
	struct schema_field f = { .list = LIST_ATOMIC };

	if (!(p.root ? schema_root_field(p.root, key, &f)
		     : schema_field(p.s, key, &f)))
		f = (struct schema_field){ .list = LIST_ATOMIC };
	return f;
}

static json_t *
keyed(const json_t *list, const char *key, const json_t *item)
{
	json_t *want = json_object_get(item, key), *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v)
		if (want && json_equal(json_object_get(v, key), want))
			return v;
	return NULL;
}

static bool
holds(const json_t *list, const json_t *item)
{
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v)
		if (json_equal(v, (json_t *)item))
			return true;
	return false;
}

static bool
is_identity(struct place p, const char *key)
{
	return p.root && (strcmp(key, "kind") == 0 ||
			  strcmp(key, "apiVersion") == 0);
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
		json_t *old = f->list == LIST_BY_KEY ? keyed(out, f->key, v)
						     : NULL;

		if (f->list == LIST_SET) {
			if (!holds(out, v))
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
		struct schema_field f = field_at(p, key);
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
		     const json_t *now, const struct applied *others,
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
			mine = holds(was, v);
			still = holds(now, v);
		} else {
			json_t *old = keyed(was, f->key, v);
			json_t *kept = keyed(now, f->key, v);

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
      const struct applied *others, uint32_t self, json_t **of_others)
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
		struct schema_field f = field_at(p, key);
		json_t *below[MANAGERS_MAX] = { 0 };

		if (!there || is_identity(p, key))
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

/* ---- conflicts ---- */

struct clash {
	char path[300];
	size_t len;
	const char *manager;
	uint32_t n;
	char list[700];
	struct status *st; /* causes */
};

static void
note_clash(struct clash *c)
{
	size_t used = strlen(c->list);

	c->n++;
	snprintf(c->list + used, sizeof(c->list) - used,
		 "%sconflict with \"%s\": %s", c->n > 1 ? ", " : "",
		 c->manager, c->path);
	status_add_cause(c->st, "FieldManagerConflict", c->path,
			 "conflict with \"%s\"", c->manager);
}

static void
find_clashes(struct clash *c, struct place p, const json_t *theirs,
	     const json_t *mine)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)mine, key, v) {
		json_t *other = json_object_get(theirs, key);
		struct schema_field f = field_at(p, key);
		size_t was = c->len;

		if (!other || is_identity(p, key))
			continue;
		c->len += (size_t)snprintf(c->path + was,
					   sizeof(c->path) - was, ".%s", key);
		if (c->len >= sizeof(c->path))
			c->len = sizeof(c->path) - 1;
		if (json_is_object(v) && json_is_object(other))
			find_clashes(c,
				     (struct place){
					     .s = f.map ? NULL : f.object },
				     other, v);
		else if (f.list >= LIST_BY_KEY && json_is_array(v) &&
			 json_is_array(other)) {
			json_t *item;
			size_t i;

			json_array_foreach(v, i, item) {
				json_t *same = f.list == LIST_BY_KEY
						       ? keyed(other, f.key,
							       item)
						       : NULL;

				if (same)
					find_clashes(
						c,
						(struct place){
							.s = f.object },
						same, item);
			}
		} else if (!json_equal(v, other)) {
			note_clash(c);
		}
		c->len = was;
		c->path[was] = '\0';
	}
}

static bool
no_conflict(const struct object *now, const struct applied *a, uint32_t self,
	    json_t *config, struct status *st)
{
	struct status found = { 0 };
	struct clash c = { .st = &found };

	for (uint32_t i = 0; a && i < a->n; i++) {
		if (i == self)
			continue;
		c.manager = a->at[i].manager;
		find_clashes(&c, (struct place){ .root = now->type },
			     a->at[i].config, config);
	}
	if (!c.n)
		return true;
	status_fail_on(st, 409, "Conflict", now->type, now->name,
		       "Apply failed with %u conflict%s: %s", c.n,
		       c.n > 1 ? "s" : "", c.list);
	memcpy(st->causes, found.causes, sizeof(st->causes));
	st->cause_n = found.cause_n;
	return false;
}

/* ---- remembering ---- */

/* Takes out of theirs what mine sets to something else. */
static void
yield(struct place p, json_t *theirs, const json_t *mine)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)mine, key, v) {
		json_t *other = json_object_get(theirs, key);
		struct schema_field f = field_at(p, key);

		if (!other || is_identity(p, key))
			continue;
		if (json_is_object(v) && json_is_object(other))
			yield((struct place){ .s = f.map ? NULL : f.object },
			      other, v);
		else if (f.list < LIST_BY_KEY && !json_equal(v, other))
			json_object_del(theirs, key);
	}
}

void
apply_remember(struct objects *o, const struct object_type *t,
	       const char *uid, const struct patch_options *options,
	       json_t *config)
{
	struct applied *a = map_get(o->applied, uid);
	const char *manager = str_or_empty(options->manager);
	uint32_t i;

	if (!a) {
		a = xcalloc(1, sizeof(*a));
		map_put(o->applied, uid, a);
	}
	i = slot_of(a, manager);
	if (i == MANAGERS_MAX) {
		/* The oldest is forgotten: its fields become nobody's. */
		free(a->at[0].manager);
		json_decref(a->at[0].config);
		memmove(&a->at[0], &a->at[1],
			(MANAGERS_MAX - 1) * sizeof(a->at[0]));
		i = --a->n;
	}
	if (i == a->n) {
		a->at[i].manager = xstrdup(manager);
		a->n++;
	} else {
		json_decref(a->at[i].config);
	}
	a->at[i].config = json_deep_copy(config);
	for (uint32_t k = 0; k < a->n; k++)
		if (k != i && (options->flags & WRITE_FORCE))
			yield((struct place){ .root = t }, a->at[k].config,
			      config);
}

json_t *
patch_apply(struct objects *o, const struct object *now, json_t *target,
	    json_t *config, const struct patch_options *options,
	    struct status *st)
{
	struct place root = { .root = now->type };
	struct applied *a = map_get(o->applied, now->uid);
	uint32_t self = slot_of(a, str_or_empty(options->manager));
	json_t *configs[MANAGERS_MAX] = { 0 };
	json_t *pruned, *result;

	if (!json_is_object(config)) {
		status_fail(st, 400, "BadRequest",
			    "error decoding YAML: the configuration is no "
			    "object");
		return NULL;
	}
	if (!(options->flags & WRITE_FORCE) &&
	    !no_conflict(now, a, self, config, st))
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
