/*
 * Create and update: from a body to a committed object, in the steps of the
 * real server: shape, preconditions, defaults, validation, version.  Patches
 * are in write_patch.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/objects/write.h"

#define GENERATE_TRIES 8

static bool
fail(struct write *w, int code, const char *reason, const char *name,
     const char *what)
{
	char label[200];

	return status_fail_on(w->st, code, reason, w->t, name, "%s \"%s\" %s",
			      object_type_label(w->t, label, sizeof(label)),
			      name, what);
}

static bool
conflict(struct write *w, const char *what)
{
	char label[200];

	return status_fail_on(w->st, 409, "Conflict", w->t, w->name,
			      "Operation cannot be fulfilled on %s \"%s\": %s",
			      object_type_label(w->t, label, sizeof(label)),
			      w->name, what);
}

static bool
same_key(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool
is_header(const char *key)
{
	return same_key(key, "kind") || same_key(key, "apiVersion") ||
	       same_key(key, "metadata");
}

/* Everything but kind, apiVersion and metadata; null members are absent. */
static void
copy_content(json_t *to, json_t *from)
{
	const char *key;
	json_t *v;

	json_object_foreach(from, key, v)
		if (!is_header(key) && !json_is_null(v))
			json_object_set(to, key, v);
}

/* The result stays readable until the next write although it is not (or no
 * longer) in the store. */
static const struct object *
keep_last(struct objects *o, const struct object *obj)
{
	object_unref(o->last);
	o->last = obj;
	return obj;
}

/* ---- create ---- */

/* A namespace must exist and live, except for what makes or ends it. */
static bool
namespace_ready(struct write *w)
{
	const struct object *ns;
	char label[200];

	if (!w->t->namespaced || !w->o->namespaces)
		return true;
	ns = objects_get(w->o, &w->o->namespaces->type, NULL, w->ns);
	if (!ns)
		return status_fail_on(w->st, 404, "NotFound",
				      &w->o->namespaces->type, w->ns,
				      "namespaces \"%s\" not found", w->ns);
	if (!ns->deleted_ms || w->s == w->o->events)
		return true;
	status_fail_on(w->st, 403, "Forbidden", w->t, w->name,
		       "%s \"%s\" is forbidden: unable to create new content "
		       "in namespace %s because it is being terminated",
		       object_type_label(w->t, label, sizeof(label)), w->name,
		       w->ns);
	status_add_cause(w->st, "NamespaceTerminating", "metadata.namespace",
			 "namespace %s is being terminated", w->ns);
	return false;
}

static void
create_silently(struct objects *o, const char *group, const char *plural,
		const char *ns, json_t *body)
{
	const struct object_type *t = objects_type(o, group, plural);
	struct status st;

	if (t)
		(void)objects_create(o, t, ns, body, 0, &st);
	json_decref(body);
}

/* What controllers put into every new namespace at once. */
static void
furnish_namespace(struct objects *o, const char *ns)
{
	create_silently(o, "", "serviceaccounts", ns,
			json_pack("{s:{s:s}}", "metadata", "name", "default"));
}

static json_t *
new_tree(struct write *w, json_t *body)
{
	json_t *tree = json_object();

	json_object_set_new(tree, "metadata",
			    meta_create(w->o, w->t, w->ns, w->name, body));
	copy_content(tree, body);
	object_first_status(w->o, w->t, tree,
			    w->flags & WRITE_KEEP_STATUS);
	if (!object_defaults(w->o, w->t, tree, NULL, w->st) ||
	    !object_check(w->t, tree, NULL, w->flags, w->st) ||
	    !quota_admit(w->o, w->t, w->ns, w->name, tree, w->st)) {
		json_decref(tree);
		return NULL;
	}
	return tree;
}

static const struct object *
store_new(struct write *w, json_t *tree)
{
	const struct object *obj =
		object_seal(w->o, w->t, tree, w->o->rv + 1);

	json_decref(tree);
	if (w->flags & WRITE_DRY_RUN)
		return keep_last(w->o, obj);
	w->o->rv++;
	objects_commit(w->o, w->s, obj);
	return obj;
}

static const struct object *
create(struct write *w, json_t *body)
{
	const json_t *meta = json_object_get(body, "metadata");
	const char *rv = jtext(meta, "resourceVersion");
	char room[300];
	json_t *tree;

	for (int tries = 0;; tries++) {
		w->name = meta_name(w->o, w->t, body, room, w->st);
		if (!w->name)
			return NULL;
		if (!objects_get(w->o, w->t, w->ns, w->name))
			break;
		if (w->name != room || tries == GENERATE_TRIES) {
			fail(w, 409, "AlreadyExists", w->name,
			     "already exists");
			return NULL;
		}
	}
	snprintf(w->st->name, sizeof(w->st->name), "%s", w->name);
	if (!namespace_ready(w))
		return NULL;
	if (rv && *rv) {
		status_fail(w->st, 400, "BadRequest",
			    "resourceVersion should not be set on objects to "
			    "be created");
		return NULL;
	}
	tree = new_tree(w, body);
	return tree ? store_new(w, tree) : NULL;
}

const struct object *
objects_create(struct objects *o, const struct object_type *t, const char *ns,
	       json_t *body, unsigned flags, struct status *st)
{
	struct write w = { .o = o, .s = store_of(o, t), .ns = ns,
			   .flags = flags & ~WRITE_STATUS, .st = st };
	const struct object *obj;

	*st = (struct status){ 0 };
	objects_expire(o);
	w.t = &w.s->type;
	if (!meta_check(w.t, body, st))
		return NULL;
	obj = create(&w, body);
	if (obj && !(flags & (WRITE_DRY_RUN | WRITE_FORCE)))
		owners_note(o, obj, NULL);
	if (obj && !(flags & WRITE_DRY_RUN) && w.s == o->namespaces) {
		object_ref(obj);
		furnish_namespace(o, obj->name);
		keep_last(o, obj);
	}
	return obj;
}

/* ---- change ---- */

static bool
versions_match(struct write *w, const json_t *body)
{
	const json_t *meta = json_object_get(body, "metadata");
	const char *rv = str_or_empty(jtext(meta, "resourceVersion"));
	const char *uid = str_or_empty(jtext(meta, "uid"));
	const char *name = str_or_empty(jtext(meta, "name"));
	char text[400];

	if (*name && !same_key(name, w->now->name))
		return status_fail(w->st, 400, "BadRequest",
				   "the name of the object (%s) does not "
				   "match the name on the URL (%s)", name,
				   w->now->name);
	if (*uid && !same_key(uid, w->now->uid)) {
		snprintf(text, sizeof(text),
			 "Precondition failed: UID in precondition: %s, UID "
			 "in object meta: %s", uid, w->now->uid);
		return conflict(w, text);
	}
	if (!*rv && w->t->need_rv && !(w->flags & WRITE_KEEP_STATUS)) {
		snprintf(w->st->name, sizeof(w->st->name), "%s", w->name);
		return status_invalid(w->st, w->t, "metadata.resourceVersion",
				      "Invalid value: 0x0: must be specified "
				      "for an update");
	}
	if (*rv && strtoull(rv, NULL, 10) != w->now->rv && !same_key(rv, "0"))
		return conflict(w, "the object has been modified; please "
				   "apply your changes to the latest version "
				   "and try again");
	return true;
}

static json_t *
changed_status(struct write *w, json_t *body)
{
	json_t *tree = json_copy(w->old);
	json_t *meta = meta_update(w->t, json_object_get(w->old, "metadata"),
				   w->old);
	json_t *given = json_object_get(body, "metadata");
	json_t *status = json_object_get(body, "status");

	if (json_is_object(given) && !w->t->custom) {
		json_t *labels = json_object_get(given, "labels");
		json_t *notes = json_object_get(given, "annotations");

		if (json_is_object(labels))
			json_object_set(meta, "labels", labels);
		if (json_is_object(notes))
			json_object_set(meta, "annotations", notes);
	}
	json_object_set_new(tree, "metadata", meta);
	if (status && !json_is_null(status))
		json_object_set(tree, "status", status);
	else
		json_object_set_new(tree, "status", json_object());
	return tree;
}

static json_t *
changed_tree(struct write *w, json_t *body)
{
	json_t *tree, *status = json_object_get(w->old, "status");

	if (w->flags & WRITE_STATUS)
		return changed_status(w, body);
	tree = json_object();
	json_object_set_new(tree, "metadata",
			    meta_update(w->t,
					json_object_get(w->old, "metadata"),
					body));
	copy_content(tree, body);
	if (!w->t->status || (w->flags & WRITE_KEEP_STATUS))
		return tree;
	json_object_del(tree, "status");
	if (status)
		json_object_set(tree, "status", status);
	return tree;
}

static bool
content_equal(const json_t *a, const json_t *b, bool with_status)
{
	const char *key;
	json_t *v;
	size_t n = 0, m = 0;

	json_object_foreach((json_t *)a, key, v) {
		const json_t *other = json_object_get(b, key);

		if (is_header(key) ||
		    (!with_status && same_key(key, "status")))
			continue;
		n++;
		if (!other || !json_equal(v, other))
			return false;
	}
	json_object_foreach((json_t *)b, key, v)
		m += !is_header(key) &&
		     (with_status || !same_key(key, "status"));
	return n == m;
}

static bool
meta_equal(const json_t *old, const json_t *now)
{
	const char *key;
	json_t *v;
	size_t n = 0;

	json_object_foreach((json_t *)old, key, v) {
		const json_t *other = json_object_get(now, key);

		if (same_key(key, "resourceVersion"))
			continue;
		n++;
		if (!other || !json_equal(v, other))
			return false;
	}
	return n == json_object_size(now);
}

/* An object that is going may lose finalizers, not gain any. */
static bool
finalizers_only_go(struct write *w, const json_t *tree)
{
	json_t *was = jpath(w->old, "metadata.finalizers");
	json_t *now = jpath(tree, "metadata.finalizers"), *v, *x;
	size_t i, k;

	if (!w->now->deleted_ms)
		return true;
	json_array_foreach(now, i, v) {
		bool known = false;

		json_array_foreach(was, k, x)
			known = known || json_equal(v, x);
		if (!known)
			return status_invalid(
				w->st, w->t, "metadata.finalizers",
				"Forbidden: no new finalizers can be added if "
				"the object is being deleted, found new "
				"finalizers []string{\"%s\"}",
				str_or_empty(json_string_value(v)));
	}
	return true;
}

static void
count_generation(struct write *w, json_t *tree)
{
	json_t *meta = json_object_get(tree, "metadata");
	json_int_t was = json_integer_value(
		jpath(w->old, "metadata.generation"));

	if (w->t->generation && !(w->flags & WRITE_STATUS) &&
	    !content_equal(w->old, tree, false))
		json_object_set_new(meta, "generation",
				    json_integer(was + 1));
}

/* Deletion waited for the last finalizer only. */
static bool
ready_to_go(const struct object *obj, const json_t *tree)
{
	return obj->deleted_ms && !obj->finalized &&
	       json_integer_value(
		       jpath(tree, "metadata.deletionGracePeriodSeconds")) ==
		       0;
}

static const struct object *
store_changed(struct write *w, json_t *tree)
{
	const struct object *obj;

	if (content_equal(w->old, tree, true) &&
	    meta_equal(json_object_get(w->old, "metadata"),
		       json_object_get(tree, "metadata")))
		return w->now;
	obj = object_seal(w->o, w->t, tree, w->o->rv + 1);
	if (w->flags & WRITE_DRY_RUN)
		return keep_last(w->o, obj);
	w->o->rv++;
	if (ready_to_go(obj, tree)) {
		object_ref(obj);
		objects_drop(w->o, w->s, obj);
		return keep_last(w->o, obj);
	}
	objects_commit(w->o, w->s, obj);
	return obj;
}

const struct object *
write_change(struct write *w, json_t *body)
{
	const struct object *obj = NULL;
	json_t *tree;

	if (!meta_check(w->t, body, w->st) || !versions_match(w, body))
		return NULL;
	snprintf(w->st->name, sizeof(w->st->name), "%s", w->name);
	tree = changed_tree(w, body);
	if (object_defaults(w->o, w->t, tree, w->old, w->st) &&
	    finalizers_only_go(w, tree) &&
	    object_check(w->t, tree, w->old, w->flags, w->st)) {
		count_generation(w, tree);
		obj = store_changed(w, tree);
	}
	json_decref(tree);
	return obj;
}

bool
write_find(struct write *w)
{
	*w->st = (struct status){ 0 };
	objects_expire(w->o);
	w->t = &w->s->type;
	w->now = objects_get(w->o, w->t, w->ns, w->name);
	return w->now || fail(w, 404, "NotFound", w->name, "not found");
}

static bool
begin_change(struct write *w)
{
	if (!write_find(w))
		return false;
	w->old = object_tree(w->now);
	return true;
}

const struct object *
objects_update(struct objects *o, const struct object_type *t, const char *ns,
	       const char *name, json_t *body, unsigned flags,
	       struct status *st)
{
	struct write w = { .o = o, .s = store_of(o, t), .ns = ns,
			   .name = name, .flags = flags, .st = st };
	const struct object *obj;

	if (!begin_change(&w)) {
		if (!t->upsert || (flags & WRITE_STATUS) || !body)
			return NULL;
		*st = (struct status){ 0 };
		return objects_create(o, t, ns, body, flags, st);
	}
	obj = write_change(&w, body);
	if (obj && !(flags & (WRITE_DRY_RUN | WRITE_STATUS)))
		owners_note(o, obj, w.old);
	json_decref(w.old);
	return obj;
}
