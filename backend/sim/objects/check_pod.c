/*
 * Validation of pods and of the templates that make them.
 */
#include "backend/sim/objects/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"

static bool
check_quantities(struct check *c, const char *path, const json_t *map)
{
	const char *key;
	json_t *v;
	bool ok = true;

	json_object_foreach((json_t *)map, key, v) {
		char field[240];
		const char *text = json_string_value(v);
		int64_t n;

		snprintf(field, sizeof(field), "%s[%s]", path, key);
		if (!text || !quantity_parse_milli(text, strlen(text), &n))
			ok = FAIL(c, field,
				  "Invalid value: \"%s\": quantities must "
				  "match the regular expression "
				  "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?"
				  "[0-9]*)$'", str_or_empty(text));
		else if (n < 0)
			ok = FAIL(c, field,
				  "Invalid value: \"%s\": must be greater "
				  "than or equal to 0", text);
	}
	return ok;
}

static bool
check_resources(struct check *c, const char *path, const json_t *resources)
{
	const json_t *requests = json_object_get(resources, "requests");
	const json_t *limits = json_object_get(resources, "limits");
	char field[240];
	const char *key;
	json_t *v;
	bool ok;

	snprintf(field, sizeof(field), "%s.resources.limits", path);
	ok = check_quantities(c, field, limits);
	snprintf(field, sizeof(field), "%s.resources.requests", path);
	ok &= check_quantities(c, field, requests);
	json_object_foreach((json_t *)requests, key, v) {
		const char *want = json_string_value(v);
		const char *cap = jtext(limits, key);
		int64_t a, b;

		if (want && cap &&
		    quantity_parse_milli(want, strlen(want), &a) &&
		    quantity_parse_milli(cap, strlen(cap), &b) && a > b)
			ok = FAIL(c, field,
				  "Invalid value: \"%s\": must be less than "
				  "or equal to %s limit of %s", want, key,
				  cap);
	}
	return ok;
}

static const char *const policies[] = { "Always", "IfNotPresent", "Never",
					NULL };
static const char *const protocols[] = { "SCTP", "TCP", "UDP", NULL };

/* A name, and no second of its list. */
static bool
check_item_name(struct check *c, const char *at, const json_t *list, size_t i)
{
	const char *name = jtext(json_array_get(list, i), "name");
	char field[260];

	snprintf(field, sizeof(field), "%s.name", at);
	if (!name || !*name)
		return FAIL(c, field, "Required value");
	if (!name_is_label(name, strlen(name)))
		return FAIL(c, field, "Invalid value: \"%s\": " LABEL_RULE,
			    name);
	for (size_t k = 0; k < i; k++)
		if (str_eq(jtext(json_array_get(list, k), "name"), name))
			return FAIL(c, field, "Duplicate value: \"%s\"", name);
	return true;
}

static bool
check_ports(struct check *c, const char *at, const json_t *list)
{
	bool ok = true;
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v) {
		const char *name = jtext(v, "name");
		const char *protocol = jtext(v, "protocol");
		char field[260];

		snprintf(field, sizeof(field), "%s.ports[%zu].containerPort",
			 at, i);
		if (!json_integer_value(json_object_get(v, "containerPort")))
			ok = FAIL(c, field, "Required value");
		else
			ok &= check_range(c, field,
					  json_object_get(v, "containerPort"),
					  1, 65535);
		snprintf(field, sizeof(field), "%s.ports[%zu].protocol", at,
			 i);
		if (protocol)
			ok &= check_one_of(c, field, protocol, protocols);
		snprintf(field, sizeof(field), "%s.ports[%zu].name", at, i);
		for (size_t k = 0; name && k < i; k++)
			if (str_eq(jtext(json_array_get(list, k), "name"),
				   name))
				ok = FAIL(c, field, "Duplicate value: \"%s\"",
					  name);
	}
	return ok;
}

static bool
check_env(struct check *c, const char *at, const json_t *list)
{
	bool ok = true;
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v) {
		const char *name = str_or_empty(jtext(v, "name"));
		char field[260];

		snprintf(field, sizeof(field), "%s.env[%zu].name", at, i);
		if (!*name)
			ok = FAIL(c, field, "Required value");
		else if (strchr(name, '='))
			ok = FAIL(c, field,
				  "Invalid value: \"%s\": a valid environment "
				  "variable name must consist only of "
				  "printable ASCII characters other than '='",
				  name);
		if (!json_string_length(json_object_get(v, "value")) ||
		    !json_object_get(v, "valueFrom"))
			continue;
		snprintf(field, sizeof(field), "%s.env[%zu].valueFrom", at,
			 i);
		ok = FAIL(c, field,
			  "Invalid value: \"\": may not be specified when "
			  "`value` is not empty");
	}
	return ok;
}

static bool
has_volume(const json_t *spec, const char *name)
{
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(spec, "volumes"), i, v)
		if (str_eq(jtext(v, "name"), name))
			return true;
	return false;
}

static bool
check_mounts(struct check *c, const char *at, const json_t *list,
	     const json_t *spec)
{
	bool ok = true;
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v) {
		const char *name = str_or_empty(jtext(v, "name"));
		const char *path = str_or_empty(jtext(v, "mountPath"));
		char field[260];

		snprintf(field, sizeof(field), "%s.volumeMounts[%zu].name", at,
			 i);
		if (!*name)
			ok = FAIL(c, field, "Required value");
		else if (!has_volume(spec, name))
			ok = FAIL(c, field, "Not found: \"%s\"", name);
		snprintf(field, sizeof(field), "%s.volumeMounts[%zu].mountPath",
			 at, i);
		if (!*path)
			ok = FAIL(c, field, "Required value");
		for (size_t k = 0; *path && k < i; k++)
			if (str_eq(jtext(json_array_get(list, k), "mountPath"),
				   path))
				ok = FAIL(c, field,
					  "Invalid value: \"%s\": must be "
					  "unique", path);
	}
	return ok;
}

static bool
check_container(struct check *c, const char *path, const json_t *list,
		size_t i, const json_t *spec)
{
	const json_t *one = json_array_get(list, i);
	const char *image = jtext(one, "image");
	const char *policy = jtext(one, "imagePullPolicy");
	char at[160], field[200];
	bool ok;

	snprintf(at, sizeof(at), "%s[%zu]", path, i);
	ok = check_item_name(c, at, list, i);
	snprintf(field, sizeof(field), "%s.image", at);
	if (!image || !*image)
		ok = FAIL(c, field, "Required value");
	snprintf(field, sizeof(field), "%s.imagePullPolicy", at);
	if (policy)
		ok &= check_one_of(c, field, policy, policies);
	ok &= check_ports(c, at, json_object_get(one, "ports"));
	ok &= check_env(c, at, json_object_get(one, "env"));
	ok &= check_mounts(c, at, json_object_get(one, "volumeMounts"), spec);
	return ok & check_resources(c, at, json_object_get(one, "resources"));
}

static bool
check_volumes(struct check *c, const char *path, const json_t *list)
{
	bool ok = true;
	char at[160];

	for (size_t i = 0; i < json_array_size(list); i++) {
		snprintf(at, sizeof(at), "%s[%zu]", path, i);
		ok &= check_item_name(c, at, list, i);
	}
	return ok;
}

static bool
check_tolerations(struct check *c, const char *path, const json_t *list)
{
	static const char *const operators[] = { "Equal", "Exists", NULL };
	static const char *const effects[] = { "NoSchedule",
					       "PreferNoSchedule", "NoExecute",
					       NULL };
	bool ok = true;
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v) {
		const char *op = str_or_empty(jtext(v, "operator"));
		const char *effect = str_or_empty(jtext(v, "effect"));
		const char *key = str_or_empty(jtext(v, "key"));
		char field[160];

		snprintf(field, sizeof(field), "%s[%zu].operator", path, i);
		if (!*key && strcmp(op, "Exists") != 0)
			ok = FAIL(c, field,
				  "Invalid value: \"%s\": operator must be "
				  "Exists when `key` is empty, which means "
				  "\"match all values and all keys\"", op);
		if (*op)
			ok &= check_one_of(c, field, op, operators);
		snprintf(field, sizeof(field), "%s[%zu].effect", path, i);
		if (*effect)
			ok &= check_one_of(c, field, effect, effects);
	}
	return ok;
}

bool
check_pod_spec(struct check *c, const char *path, const json_t *spec)
{
	static const char *const restart[] = { "Always", "OnFailure", "Never",
					       NULL };
	static const char *const lists[] = { "containers", "initContainers" };
	const char *policy = jtext(spec, "restartPolicy");
	const json_t *list = json_object_get(spec, "containers");
	char field[120];
	bool ok = true;

	snprintf(field, sizeof(field), "%s.containers", path);
	if (!json_is_array(list) || !json_array_size(list))
		ok = FAIL(c, field, "Required value");
	for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
		list = json_object_get(spec, lists[l]);
		snprintf(field, sizeof(field), "%s.%s", path, lists[l]);
		for (size_t i = 0; i < json_array_size(list); i++)
			ok &= check_container(c, field, list, i, spec);
	}
	snprintf(field, sizeof(field), "%s.volumes", path);
	ok &= check_volumes(c, field, json_object_get(spec, "volumes"));
	snprintf(field, sizeof(field), "%s.restartPolicy", path);
	if (policy)
		ok &= check_one_of(c, field, policy, restart);
	snprintf(field, sizeof(field), "%s.tolerations", path);
	return ok & check_tolerations(c, field,
				      json_object_get(spec, "tolerations"));
}

#define POD_UPDATE_RULE                                                     \
	"Forbidden: pod updates may not change fields other than "          \
	"`spec.containers[*].image`,`spec.initContainers[*].image`,"         \
	"`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to " \
	"existing tolerations),`spec.terminationGracePeriodSeconds` (allow " \
	"it to be set to 1 if it was previously negative)"

/* A copy of a pod spec without what an update may change. */
static json_t *
frozen_part(const json_t *spec, bool bind)
{
	static const char *const free_fields[] = {
		"activeDeadlineSeconds", "tolerations", "schedulingGates",
		"terminationGracePeriodSeconds",
	};
	static const char *const lists[] = { "containers", "initContainers" };
	json_t *copy = json_copy((json_t *)spec), *c;
	size_t i;

	for (i = 0; i < ARRAY_LEN(free_fields); i++)
		json_object_del(copy, free_fields[i]);
	if (bind)
		json_object_del(copy, "nodeName");
	for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
		json_t *list = json_object_get(spec, lists[l]), *bare;

		if (!json_is_array(list))
			continue;
		bare = json_array();
		json_array_foreach(list, i, c) {
			json_t *one = json_copy(c);

			json_object_del(one, "image");
			json_object_del(one, "imagePullPolicy");
			json_array_append_new(bare, one);
		}
		json_object_set_new(copy, lists[l], bare);
	}
	return copy;
}

static bool
only_added(const json_t *was, const json_t *now)
{
	json_t *v, *w;
	size_t i, k;

	json_array_foreach((json_t *)was, i, v) {
		bool kept = false;

		json_array_foreach((json_t *)now, k, w)
			kept = kept || json_equal(v, w);
		if (!kept)
			return false;
	}
	return true;
}

static bool
check_pod_update(struct check *c)
{
	const json_t *now = json_object_get(c->tree, "spec");
	const json_t *was = json_object_get(c->old, "spec");
	json_t *a, *b;
	bool ok;

	if (now == was)
		return true;
	a = frozen_part(now, c->flags & WRITE_BIND);
	b = frozen_part(was, c->flags & WRITE_BIND);
	ok = json_equal(a, b);
	json_decref(a);
	json_decref(b);
	if (!ok)
		return FAIL(c, "spec", POD_UPDATE_RULE);
	if (!only_added(json_object_get(was, "tolerations"),
			json_object_get(now, "tolerations")))
		return FAIL(c, "spec.tolerations",
			    "Forbidden: existing toleration can not be "
			    "modified except its tolerationSeconds");
	return true;
}

bool
check_pod(struct check *c)
{
	bool ok = check_pod_spec(c, "spec", json_object_get(c->tree, "spec"));

	return c->old ? ok & check_pod_update(c) : ok;
}
