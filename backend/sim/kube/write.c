/*
 * The writing verbs: from request to store and back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/internal.h"

bool
kube_write_flags(struct kube_call *c, unsigned *flags)
{
	const char *dry = kube_query(c, "dryRun");

	*flags = 0;
	if (!dry || !*dry)
		return true;
	if (strcmp(dry, "All") != 0)
		return status_fail(&c->st, 422, "Invalid",
				   "CreateOptions.meta.k8s.io \"\" is "
				   "invalid: dryRun: Unsupported value: "
				   "\"%.60s\": supported values: \"All\"",
				   dry);
	*flags = WRITE_DRY_RUN;
	return true;
}

void
kube_get(struct kube_call *c)
{
	const struct object *obj =
		objects_get(c->k->o, c->type, c->path.ns, c->path.name);
	char label[200];

	if (obj) {
		kube_object(c, 200, obj);
		return;
	}
	status_fail_on(&c->st, 404, "NotFound", c->type, c->path.name,
		       "%s \"%s\" not found",
		       object_type_label(c->type, label, sizeof(label)),
		       c->path.name);
	kube_fail(c);
}

void
kube_create(struct kube_call *c)
{
	const struct object *obj = NULL;
	unsigned flags;
	json_t *body;

	if (c->type->namespaced && !c->path.ns) {
		kube_method_not_allowed(c);
		return;
	}
	body = kube_write_flags(c, &flags) ? kube_typed_body(c) : NULL;
	if (body)
		obj = objects_create(c->k->o, c->type, c->path.ns, body,
				     flags, &c->st);
	json_decref(body);
	if (obj)
		kube_object(c, 201, obj);
	else
		kube_fail(c);
}

static bool
named_like_url(struct kube_call *c, json_t *body)
{
	const json_t *meta = json_object_get(body, "metadata");
	const char *name = json_string_value(json_object_get(meta, "name"));

	if (!name || !*name)
		return status_fail(&c->st, 400, "BadRequest",
				   "the name of the object (%s based on URL) "
				   "was undeterminable: name must be provided",
				   c->path.name);
	if (strcmp(name, c->path.name) == 0)
		return true;
	return status_fail(&c->st, 400, "BadRequest",
			   "the name of the object (%.200s) does not match "
			   "the name on the URL (%.200s)", name,
			   c->path.name);
}

void
kube_update(struct kube_call *c)
{
	const struct object *obj = NULL;
	bool existed = objects_get(c->k->o, c->type, c->path.ns,
				   c->path.name);
	unsigned flags;
	json_t *body;

	body = kube_write_flags(c, &flags) ? kube_typed_body(c) : NULL;
	if (body && named_like_url(c, body)) {
		if (c->path.sub)
			flags |= WRITE_STATUS;
		obj = objects_update(c->k->o, c->type, c->path.ns,
				     c->path.name, body, flags, &c->st);
	}
	json_decref(body);
	if (obj)
		kube_object(c, existed ? 200 : 201, obj);
	else
		kube_fail(c);
}

static bool
patch_options(struct kube_call *c, struct patch_options *o)
{
	const char *force = kube_query(c, "force");

	*o = (struct patch_options){
		.manager = kube_query(c, "fieldManager") };
	if (!kube_write_flags(c, &o->flags) || !kube_patch_kind(c, &o->kind))
		return false;
	if (o->kind == PATCH_APPLY && !str_or_empty(o->manager)[0])
		return status_fail(&c->st, 422, "Invalid",
				   "PatchOptions.meta.k8s.io \"\" is invalid: "
				   "fieldManager: Required value: is required "
				   "for apply patch");
	if (o->kind != PATCH_APPLY && force && *force)
		return status_fail(&c->st, 422, "Invalid",
				   "PatchOptions.meta.k8s.io \"\" is invalid: "
				   "force: Forbidden: may not be specified "
				   "for non-apply patch");
	if (kube_query_bool(c, "force"))
		o->flags |= WRITE_FORCE;
	if (c->path.sub)
		o->flags |= WRITE_STATUS;
	return true;
}

/* managedFields are no part of what is stored: takes the operations on them
 * out.  The list that replaces them (new reference), or NULL. */
static json_t *
take_managers(json_t *ops)
{
	static const char path[] = "/metadata/managedFields";
	json_t *list = NULL;

	for (size_t i = json_array_size(ops); i-- > 0;) {
		json_t *op = json_array_get(ops, i);
		const char *to =
			json_string_value(json_object_get(op, "path"));

		if (!str_has_prefix(str_or_empty(to), path))
			continue;
		if (!to[sizeof(path) - 1] && !list)
			list = json_incref(json_object_get(op, "value"));
		json_array_remove(ops, i);
	}
	return list;
}

void
kube_patch(struct kube_call *c)
{
	const struct object *obj = NULL;
	bool existed = objects_get(c->k->o, c->type, c->path.ns,
				   c->path.name);
	struct patch_options o;
	json_t *patch = NULL, *managers = NULL;

	if (patch_options(c, &o))
		patch = kube_body(c);
	if (patch && o.kind == PATCH_JSON)
		managers = take_managers(patch);
	if (patch && kube_check_patch(c, patch, o.kind)) {
		shape_stored(c->type, patch);
		obj = objects_patch(c->k->o, c->type, c->path.ns,
				    c->path.name, patch, &o, &c->st);
	}
	if (obj && json_is_array(managers) && !(o.flags & WRITE_DRY_RUN))
		objects_keep_managers(c->k->o, obj, managers);
	json_decref(managers);
	json_decref(patch);
	if (obj)
		kube_object(c, existed ? 200 : 201, obj);
	else
		kube_fail(c);
}

/* ---- delete ---- */

static bool
read_delete_body(struct kube_call *c, struct delete_options *d)
{
	json_t *body, *v;
	const json_t *pre;

	if (!c->q->body_len)
		return true;
	body = kube_body(c);
	if (!body)
		return false;
	v = json_object_get(body, "gracePeriodSeconds");
	if (json_is_integer(v))
		d->grace_s = json_integer_value(v);
	v = json_object_get(body, "propagationPolicy");
	if (json_is_string(v))
		d->propagation = arena_strdup(c->arena, json_string_value(v));
	if (json_is_true(json_object_get(body, "orphanDependents")))
		d->propagation = "Orphan";
	pre = json_object_get(body, "preconditions");
	v = json_object_get(pre, "uid");
	if (json_is_string(v))
		d->uid = arena_strdup(c->arena, json_string_value(v));
	v = json_object_get(pre, "resourceVersion");
	if (json_is_string(v))
		d->rv = arena_strdup(c->arena, json_string_value(v));
	v = json_array_get(json_object_get(body, "dryRun"), 0);
	if (str_eq(json_string_value(v), "All"))
		d->dry_run = true;
	json_decref(body);
	return true;
}

bool
kube_delete_options(struct kube_call *c, struct delete_options *d)
{
	static const char *const policies[] = { "Background", "Foreground",
						"Orphan" };
	const char *grace = kube_query(c, "gracePeriodSeconds");
	const char *policy = kube_query(c, "propagationPolicy");
	unsigned flags;
	char *end;

	*d = (struct delete_options){ .grace_s = -1 };
	if (!kube_write_flags(c, &flags) || !read_delete_body(c, d))
		return false;
	if (flags & WRITE_DRY_RUN)
		d->dry_run = true;
	if (grace && *grace) {
		d->grace_s = strtoll(grace, &end, 10);
		if (*end)
			return status_fail(&c->st, 400, "BadRequest",
					   "strconv.ParseInt: parsing "
					   "\"%.60s\": invalid syntax", grace);
	}
	if (policy && *policy)
		d->propagation = policy;
	if (kube_query_bool(c, "orphanDependents"))
		d->propagation = "Orphan";
	for (size_t i = 0; d->propagation && i < ARRAY_LEN(policies); i++)
		if (strcmp(d->propagation, policies[i]) == 0)
			return true;
	if (!d->propagation)
		return true;
	return status_fail(&c->st, 422, "Invalid",
			   "DeleteOptions.meta.k8s.io \"\" is invalid: "
			   "propagationPolicy: Unsupported value: \"%.60s\": "
			   "supported values: \"Foreground\", \"Background\", "
			   "\"Orphan\", \"nil\"", d->propagation);
}

/* Kinds whose last state is the answer even when they are gone. */
static bool
answers_object(const struct object_type *t)
{
	static const char *const plurals[] = {
		"pods", "persistentvolumeclaims", "persistentvolumes",
		"podtemplates", "resourcequotas", "serviceaccounts",
	};

	for (size_t i = 0; !*t->group && i < ARRAY_LEN(plurals); i++)
		if (strcmp(plurals[i], t->plural) == 0)
			return true;
	return false;
}

void
kube_delete(struct kube_call *c)
{
	struct delete_options d;
	const struct object *last = NULL;
	bool gone = false;

	if (!kube_delete_options(c, &d) ||
	    !objects_delete(c->k->o, c->type, c->path.ns, c->path.name, &d,
			    &last, &gone, &c->st)) {
		kube_fail(c);
		return;
	}
	if (!answers_object(c->type) && (gone || d.dry_run))
		kube_success(c, 200, c->type, last->name, last->uid);
	else
		kube_object(c, 200, last);
	object_unref(last);
}

struct doomed {
	const struct selector *sel;
	VEC(const struct object *) items;
};

static bool
doom(void *ctx, const struct object *obj)
{
	struct doomed *x = ctx;

	if (kube_selector_matches(x->sel, obj))
		vec_push(&x->items, object_ref(obj));
	return true;
}

static void
delete_doomed(struct kube_call *c, struct doomed *x,
	      const struct delete_options *d)
{
	struct buf *out = &c->a->body;
	struct status st;

	buf_printf(out,
		   "{\"kind\":\"%sList\",\"apiVersion\":\"%s%s%s\","
		   "\"metadata\":{\"resourceVersion\":\"%llu\"},\"items\":[",
		   c->type->kind, c->type->group, *c->type->group ? "/" : "",
		   c->type->version,
		   (unsigned long long)objects_rv(c->k->o));
	for (uint32_t i = 0; i < x->items.n; i++) {
		const struct object *obj = x->items.at[i];

		/* Gone meanwhile (its owner was first): that was asked for. */
		(void)objects_delete(c->k->o, c->type, obj->ns, obj->name, d,
				     NULL, NULL, &st);
		if (i)
			buf_putc(out, ',');
		item_bare(out, c->type, obj);
	}
	buf_puts(out, "]}\n");
	c->a->status = 200;
	c->a->type = "application/json";
}

void
kube_delete_collection(struct kube_call *c)
{
	const char *labels = kube_query(c, "labelSelector");
	const struct object_type *t = c->type->storage ? c->type->storage
						       : c->type;
	struct delete_options d;
	struct selector sel;
	struct doomed x = { .sel = &sel };

	selector_init(&sel);
	if (!selector_labels(&sel, c->arena, labels, &c->st) ||
	    !selector_fields(&sel, c->arena, kube_query(c, "fieldSelector"),
			     t, labels, &c->st) ||
	    !kube_delete_options(c, &d)) {
		kube_fail(c);
	} else {
		objects_each(c->k->o, c->type, c->path.ns, NULL, doom, &x);
		delete_doomed(c, &x, &d);
	}
	for (uint32_t i = 0; i < x.items.n; i++)
		object_unref(x.items.at[i]);
	vec_free(&x.items);
	selector_fini(&sel);
}
