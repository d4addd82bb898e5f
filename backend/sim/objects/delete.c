/*
 * Deletion: preconditions, grace for pods, finalizers, the three propagation
 * policies, namespaces.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/objects/internal.h"

#define FOREGROUND "foregroundDeletion"

static const struct object *
current(struct objects *o, struct store *s, const struct object *like)
{
	struct index_place at;

	(void)o;
	return object_index_find(&s->index, like->key, &at)
		       ? object_index_at(&s->index, at)
		       : NULL;
}

static bool
preconditions(const struct object *now, const struct delete_options *d,
	      struct status *st)
{
	const struct object_type *t = now->type;
	char rv[32];

	if (d->uid && *d->uid && strcmp(d->uid, now->uid) != 0)
		return status_fail_on(
			st, 409, "Conflict", t, now->name,
			"Operation cannot be fulfilled on %s \"%s\": the UID "
			"in the precondition (%s) does not match the UID in "
			"record (%s). The object might have been deleted and "
			"then recreated", t->kind, now->name, d->uid,
			now->uid);
	snprintf(rv, sizeof(rv), "%llu", (unsigned long long)now->rv);
	if (d->rv && *d->rv && strcmp(d->rv, rv) != 0)
		return status_fail_on(
			st, 409, "Conflict", t, now->name,
			"Operation cannot be fulfilled on %s \"%s\": the "
			"ResourceVersion in the precondition (%s) does not "
			"match the ResourceVersion in record (%s). The object "
			"might have been modified", t->kind, now->name, d->rv,
			rv);
	return true;
}

/* Seconds a pod is given to stop: none when nothing of it runs. */
static int64_t
grace_of(struct objects *o, const struct object *now, const json_t *tree,
	 int64_t asked)
{
	const char *phase = json_string_value(jpath(tree, "status.phase"));
	const json_t *own = jpath(tree, "spec.terminationGracePeriodSeconds");
	int64_t grace = asked;

	if (!o->pods || now->type != &o->pods->type || !*now->node ||
	    str_eq(phase, "Succeeded") || str_eq(phase, "Failed"))
		return 0;
	if (grace < 0)
		grace = json_is_integer(own) ? json_integer_value(own) : 30;
	return grace < 0 ? 1 : grace;
}

static bool
has_text(const json_t *list, const char *text)
{
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v)
		if (str_eq(json_string_value(v), text))
			return true;
	return false;
}

/* Writes metadata that says "being deleted" into the tree. */
static void
mark(struct objects *o, const struct object_type *t, json_t *tree,
     int64_t deleted_ms, int64_t grace, bool foreground)
{
	json_t *meta = json_object_get(tree, "metadata"), *list;
	json_t *generation = json_object_get(meta, "generation");
	char time[TIME_TEXT];

	if (!json_object_get(meta, "deletionTimestamp") &&
	    json_is_integer(generation))
		json_object_set_new(
			meta, "generation",
			json_integer(json_integer_value(generation) + 1));
	json_object_set_new(meta, "deletionTimestamp",
			    json_string(time_format(deleted_ms, false, time)));
	json_object_set_new(meta, "deletionGracePeriodSeconds",
			    json_integer(grace));
	list = json_object_get(meta, "finalizers");
	if (foreground && !has_text(list, FOREGROUND)) {
		if (!json_is_array(list)) {
			list = json_array();
			json_object_set_new(meta, "finalizers", list);
		}
		json_array_append_new(list, json_string(FOREGROUND));
	}
	if (o->namespaces && t == &o->namespaces->type) {
		json_t *status = json_object_get(tree, "status");

		if (json_is_object(status))
			json_object_set_new(status, "phase",
					    json_string("Terminating"));
	}
}

static const struct object *
commit_tree(struct objects *o, struct store *s, json_t *tree)
{
	const struct object *obj = object_seal(o, &s->type, tree, ++o->rv);

	objects_commit(o, s, obj);
	return obj;
}

static void
drop(struct objects *o, struct store *s, const struct object *now,
     const struct object **last)
{
	const struct object *final = object_reversion(o, now, ++o->rv);

	if (last)
		*last = object_ref(final);
	objects_drop(o, s, final);
}

/* ---- namespaces ---- */

static bool
collect_object(void *ctx, const struct object *obj)
{
	struct object_vec *v = ctx;

	vec_push(v, object_ref(obj));
	return true;
}

void
objects_delete_all(struct objects *o, struct store *s, const char *ns)
{
	struct delete_options d = { .grace_s = -1,
				    .propagation = "Background" };
	struct object_vec v = { 0 };
	struct status st;

	objects_each(o, &s->type, ns, NULL, collect_object, &v);
	for (uint32_t i = 0; i < v.n; i++) {
		(void)objects_delete(o, &s->type, ns, v.at[i]->name, &d, NULL,
				     NULL, &st);
		object_unref(v.at[i]);
	}
	vec_free(&v);
}

static void
empty_namespace(struct objects *o, const char *ns)
{
	for (uint32_t i = 0; i < o->stores.n; i++) {
		struct store *s = o->stores.at[i];

		if (s->type.namespaced && !s->type.storage)
			objects_delete_all(o, s, ns);
	}
}

static bool
protected_namespace(struct objects *o, const struct object *now,
		    struct status *st)
{
	static const char *const kept[] = { "default", "kube-system",
					    "kube-public" };

	if (!o->namespaces || now->type != &o->namespaces->type)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (strcmp(now->name, kept[i]) == 0)
			return !status_fail_on(
				st, 403, "Forbidden", now->type, now->name,
				"namespaces \"%s\" is forbidden: this "
				"namespace may not be deleted", now->name);
	return false;
}

/* ---- dependants ---- */

/* Orphan: whoever names this owner forgets it. */
static void
orphan_dependants(struct objects *o, const struct object *owner)
{
	struct object_vec v = { 0 };

	objects_each_owned(o, owner->uid, collect_object, &v);
	for (uint32_t i = 0; i < v.n; i++) {
		struct store *s = store_of(o, v.at[i]->type);
		const struct object *now = current(o, s, v.at[i]);

		if (now)
			objects_disown(o, now, owner->uid);
		object_unref(v.at[i]);
	}
	vec_free(&v);
}

static void
delete_dependants(struct objects *o, const struct object *owner)
{
	struct delete_options d = { .grace_s = -1,
				    .propagation = "Foreground" };
	struct object_vec v = { 0 };
	struct status st;

	objects_each_owned(o, owner->uid, collect_object, &v);
	for (uint32_t i = 0; i < v.n; i++) {
		(void)objects_delete(o, v.at[i]->type, v.at[i]->ns,
				     v.at[i]->name, &d, NULL, NULL, &st);
		object_unref(v.at[i]);
	}
	vec_free(&v);
}

/* ---- the verb ---- */

struct deletion {
	struct objects *o;
	struct store *s;
	const struct object *now; /* reference */
	const struct delete_options *d;
	const struct object **last;
};

static bool
owns_something(struct objects *o, const struct object *obj)
{
	return map_get(o->by_owner, obj->uid) != NULL;
}

/* True when the object only got its deletion mark. */
static bool
delete_softly(struct deletion *x, json_t *tree)
{
	struct objects *o = x->o;
	int64_t grace = grace_of(o, x->now, tree, x->d->grace_s);
	const json_t *had = jpath(tree, "metadata.deletionGracePeriodSeconds");
	bool foreground = str_eq(x->d->propagation, "Foreground") &&
			  owns_something(o, x->now);
	bool namespace = o->namespaces == x->s;
	int64_t at = *o->now_ms + grace * 1000;
	const struct object *marked;

	if (!grace && !x->now->finalized && !foreground && !namespace)
		return false;
	if (x->now->deleted_ms && json_is_integer(had)) {
		int64_t old = json_integer_value(had);

		if (grace >= old && !foreground) {
			if (x->last)
				*x->last = object_ref(x->now);
			return true;
		}
		at = x->now->deleted_ms - (old - grace) * 1000;
	}
	mark(o, &x->s->type, tree, at, grace, foreground);
	marked = object_ref(commit_tree(o, x->s, tree));
	if (foreground)
		delete_dependants(o, marked);
	if (namespace)
		empty_namespace(o, marked->name);
	objects_settle(o, marked);
	if (x->last)
		*x->last = object_ref(marked);
	object_unref(marked);
	return true;
}

static void
delete_now(struct deletion *x, bool *gone)
{
	json_t *tree = object_tree(x->now);
	bool soft;

	if (str_eq(x->d->propagation, "Orphan"))
		orphan_dependants(x->o, x->now);
	soft = delete_softly(x, tree);
	json_decref(tree);
	if (!soft)
		drop(x->o, x->s, x->now, x->last);
	if (gone)
		*gone = !current(x->o, x->s, x->now);
}

bool
objects_delete(struct objects *o, const struct object_type *t, const char *ns,
	       const char *name, const struct delete_options *d,
	       const struct object **last, bool *gone, struct status *st)
{
	struct store *s = store_of(o, t);
	const struct object *now = objects_get(o, &s->type, ns, name);
	struct deletion x = { .o = o, .s = s, .d = d, .last = last };
	char label[200];

	*st = (struct status){ 0 };
	if (!now)
		return status_fail_on(st, 404, "NotFound", &s->type, name,
				      "%s \"%s\" not found",
				      object_type_label(&s->type, label,
							sizeof(label)),
				      name);
	if (!preconditions(now, d, st) || protected_namespace(o, now, st))
		return false;
	if (d->dry_run) {
		if (last)
			*last = object_ref(now);
		if (gone)
			*gone = false;
		return true;
	}
	x.now = object_ref(now);
	delete_now(&x, gone);
	object_unref(x.now);
	return true;
}

bool
objects_remove(struct objects *o, const struct object_type *t, const char *ns,
	       const char *name)
{
	struct store *s = store_of(o, t);
	const struct object *now = objects_get(o, &s->type, ns, name);
	json_t *tree;

	if (!now)
		return false;
	if (!now->finalized) {
		object_ref(now);
		drop(o, s, now, NULL);
		object_unref(now);
		return true;
	}
	tree = object_tree(now);
	mark(o, &s->type, tree,
	     now->deleted_ms ? now->deleted_ms : *o->now_ms, 0, false);
	commit_tree(o, s, tree);
	json_decref(tree);
	return true;
}
