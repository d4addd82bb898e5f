/*
 * Subresources with a body of their own: scale and binding.
 */
#include <stdio.h>

#include "backend/sim/kube/cells.h"
#include "backend/sim/kube/internal.h"

static const json_t *
at(const json_t *t, const char *a, const char *b)
{
	return json_object_get(json_object_get(t, a), b);
}

static const char *
joined(struct kube_call *c, const json_t *list)
{
	const char *all = "";
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v)
		all = arena_printf(c->arena, "%s%s%s", all, i ? "," : "",
				   str_or_empty(json_string_value(v)));
	return all;
}

static const char *
expression(struct kube_call *c, const json_t *e)
{
	const char *key = str_or_empty(
		json_string_value(json_object_get(e, "key")));
	const char *op = str_or_empty(
		json_string_value(json_object_get(e, "operator")));
	const char *values = joined(c, json_object_get(e, "values"));

	if (strcmp(op, "In") == 0)
		return arena_printf(c->arena, "%s in (%s)", key, values);
	if (strcmp(op, "NotIn") == 0)
		return arena_printf(c->arena, "%s notin (%s)", key, values);
	return strcmp(op, "DoesNotExist") == 0
		       ? arena_printf(c->arena, "!%s", key)
		       : key;
}

/* A selector as text, as spec.selector of workloads and old controllers. */
static const char *
selector_text(struct kube_call *c, const json_t *tree)
{
	const json_t *s = at(tree, "spec", "selector");
	const json_t *labels = json_object_get(s, "matchLabels");
	const json_t *more = json_object_get(s, "matchExpressions");
	const char *all = "", *key;
	json_t *v;
	size_t i;

	json_object_foreach((json_t *)(labels || more ? labels : s), key, v)
		all = arena_printf(c->arena, "%s%s%s=%s", all,
				   *all ? "," : "", key,
				   str_or_empty(json_string_value(v)));
	json_array_foreach((json_t *)more, i, v)
		all = arena_printf(c->arena, "%s%s%s", all, *all ? "," : "",
				   expression(c, v));
	return all;
}

static json_t *
scale_of(struct kube_call *c, const struct object *obj)
{
	json_t *tree = object_tree(obj);
	json_t *meta = json_object_get(tree, "metadata");
	json_int_t want = json_integer_value(at(tree, "spec", "replicas"));
	json_int_t have = json_integer_value(at(tree, "status", "replicas"));
	json_t *scale;

	scale = json_pack(
		"{s:s,s:s,s:{s:s,s:s,s:s,s:O,s:O},s:{s:I},s:{s:I,s:s}}",
		"kind", "Scale", "apiVersion", "autoscaling/v1", "metadata",
		"name", obj->name, "namespace", obj->ns, "uid", obj->uid,
		"resourceVersion", json_object_get(meta, "resourceVersion"),
		"creationTimestamp",
		json_object_get(meta, "creationTimestamp"), "spec",
		"replicas", want, "status", "replicas", have, "selector",
		selector_text(c, tree));
	json_decref(tree);
	return scale;
}

/* Its columns are its own. */
static json_t *
scale_table(struct kube_call *c, const struct object *obj, json_t *scale)
{
	static const char *const columns[][3] = {
		{ "Name", "string", "name" },
		{ "Desired", "integer", "" },
		{ "Available", "integer", "" },
		{ "Age", "string", "" },
	};
	json_t *heads = json_array(), *table;
	char age[40];

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		json_array_append_new(
			heads, json_pack("{s:s,s:s,s:s,s:s,s:i}", "name",
					 columns[i][0], "type", columns[i][1],
					 "format", columns[i][2],
					 "description", "", "priority", 0));
	table = json_pack(
		"{s:s,s:o,s:{},s:o,s:[{s:[s,O,O,s],s:O}]}", "kind", "Table",
		"apiVersion",
		json_sprintf("meta.k8s.io/%s", *c->accept.version
						       ? c->accept.version
						       : "v1"),
		"metadata", "columnDefinitions", heads, "rows", "cells",
		obj->name, at(scale, "spec", "replicas"),
		at(scale, "status", "replicas"),
		human_duration(objects_now_ms(c->k->o) - obj->created_ms, age),
		"object", scale);
	json_decref(scale);
	return table;
}

/* Writes what the scale object asks for. */
static void
set_scale(struct kube_call *c, const json_t *scale, unsigned flags)
{
	const json_t *n = at(scale, "spec", "replicas");
	const json_t *rv = at(scale, "metadata", "resourceVersion");
	struct patch_options o = { .kind = PATCH_MERGE, .flags = flags };
	const struct object *obj;
	json_t *patch;

	if (!json_is_integer(n) || json_integer_value(n) < 0) {
		kube_failf(c, 422, "Invalid",
			   "Scale.autoscaling \"%s\" is invalid: "
			   "spec.replicas: Invalid value: %lld: must be "
			   "greater than or equal to 0", c->path.name,
			   (long long)json_integer_value(n));
		return;
	}
	patch = json_pack("{s:{s:O}}", "spec", "replicas", n);
	if (json_is_string(rv) && *json_string_value(rv))
		json_object_set_new(patch, "metadata",
				    json_pack("{s:O}", "resourceVersion", rv));
	obj = objects_patch(c->k->o, c->type, c->path.ns, c->path.name, patch,
			    &o, &c->st);
	json_decref(patch);
	if (obj)
		kube_json(c, 200, scale_of(c, obj));
	else
		kube_fail(c);
}

/* Scale objects are plain: every patch but a JSON patch merges. */
static void
patch_scale(struct kube_call *c, const struct object *obj, unsigned flags)
{
	enum patch_kind kind;
	json_t *scale, *patch, *result;

	if (!kube_patch_kind(c, &kind) || !(patch = kube_body(c))) {
		kube_fail(c);
		return;
	}
	scale = scale_of(c, obj);
	result = kind == PATCH_JSON
			 ? objects_json_patch(scale, patch, &c->st)
			 : objects_merge_patch(scale, patch);
	json_decref(patch);
	json_decref(scale);
	if (!result) {
		kube_fail(c);
		return;
	}
	set_scale(c, result, flags);
	json_decref(result);
}

void
kube_scale(struct kube_call *c)
{
	const struct object *obj =
		objects_get(c->k->o, c->type, c->path.ns, c->path.name);
	const char *method = c->q->method;
	unsigned flags;
	json_t *body;
	char label[200];

	if (!c->type->scale) {
		kube_not_found(c);
		return;
	}
	if (!obj) {
		status_fail_on(&c->st, 404, "NotFound", c->type, c->path.name,
			       "%s \"%s\" not found",
			       object_type_label(c->type, label,
						 sizeof(label)),
			       c->path.name);
		kube_fail(c);
	} else if (strcmp(method, "GET") == 0) {
		json_t *scale = scale_of(c, obj);

		kube_json(c, 200, c->accept.form == FORM_TABLE
					  ? scale_table(c, obj, scale)
					  : scale);
	} else if (!kube_write_flags(c, &flags)) {
		kube_fail(c);
	} else if (strcmp(method, "PATCH") == 0) {
		patch_scale(c, obj, flags);
	} else if (strcmp(method, "PUT") == 0) {
		body = kube_body(c);
		if (body)
			set_scale(c, body, flags);
		else
			kube_fail(c);
		json_decref(body);
	} else {
		kube_method_not_allowed(c);
	}
}

void
kube_binding(struct kube_call *c)
{
	const char *node, *uid;
	json_t *body;

	if (strcmp(c->q->method, "POST") != 0) {
		kube_method_not_allowed(c);
		return;
	}
	body = kube_body(c);
	if (!body) {
		kube_fail(c);
		return;
	}
	node = json_string_value(at(body, "target", "name"));
	uid = json_string_value(at(body, "metadata", "uid"));
	if (!node || !*node)
		kube_failf(c, 422, "Invalid",
			   "Binding \"%s\" is invalid: target.name: Required "
			   "value", c->path.name);
	else if (objects_bind(c->k->o, c->path.ns, c->path.name, uid, node,
			      &c->st))
		kube_success(c, 201, NULL, "", "");
	else
		kube_fail(c);
	json_decref(body);
}
