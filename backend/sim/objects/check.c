/*
 * Validation: what the API server refuses with 422 and the field's path.  The
 * rules that people and programs run into; the rest passes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"
#include "backend/sim/objects/internal.h"

struct check {
	const struct object_type *t;
	json_t *tree, *old; /* old NULL on create */
	unsigned flags;
	struct status *st;
};

#define FAIL(c, field, ...) status_invalid((c)->st, (c)->t, field, __VA_ARGS__)

static char *
compact(const json_t *v, char *out, size_t room)
{
	size_t n = v ? json_dumpb(v, out, room - 1,
				  JSON_COMPACT | JSON_ENCODE_ANY)
		     : 0;

	if (n >= room)
		n = room - 1;
	out[n] = '\0';
	return out;
}

static bool
one_of(struct check *c, const char *field, const char *value,
       const char *const *allowed)
{
	char list[200] = "";
	size_t n = 0;

	for (size_t i = 0; allowed[i]; i++) {
		if (strcmp(value, allowed[i]) == 0)
			return true;
		n += (size_t)snprintf(list + n, sizeof(list) - n,
				      "%s\"%s\"", i ? ", " : "", allowed[i]);
	}
	return FAIL(c, field, "Unsupported value: \"%s\": supported values: %s",
		    value, list);
}

static bool
not_negative(struct check *c, const char *path)
{
	const json_t *v = jpath(c->tree, path);

	if (!json_is_integer(v) || json_integer_value(v) >= 0)
		return true;
	return FAIL(c, path,
		    "Invalid value: %lld: must be greater than or equal to 0",
		    (long long)json_integer_value(v));
}

static bool
immutable(struct check *c, const char *path)
{
	json_t *now = jpath(c->tree, path), *was = jpath(c->old, path);
	char text[160];

	if (!c->old || now == was || (now && was && json_equal(now, was)))
		return true;
	return FAIL(c, path, "Invalid value: %s: field is immutable",
		    compact(now, text, sizeof(text)));
}

/* ---- pods and templates ---- */

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

static bool
check_container(struct check *c, const char *path, const json_t *list,
		size_t i)
{
	const json_t *one = json_array_get(list, i);
	const char *name = jtext(one, "name"), *image = jtext(one, "image");
	char at[160], field[200];
	bool ok = true;

	snprintf(at, sizeof(at), "%s[%zu]", path, i);
	snprintf(field, sizeof(field), "%s.name", at);
	if (!name || !*name)
		ok = FAIL(c, field, "Required value");
	for (size_t k = 0; name && k < i; k++) {
		if (str_eq(jtext(json_array_get(list, k), "name"), name)) {
			ok = FAIL(c, field, "Duplicate value: \"%s\"", name);
			break;
		}
	}
	snprintf(field, sizeof(field), "%s.image", at);
	if (!image || !*image)
		ok = FAIL(c, field, "Required value");
	return ok & check_resources(c, at, json_object_get(one, "resources"));
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
			ok &= one_of(c, field, op, operators);
		snprintf(field, sizeof(field), "%s[%zu].effect", path, i);
		if (*effect)
			ok &= one_of(c, field, effect, effects);
	}
	return ok;
}

static bool
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
			ok &= check_container(c, field, list, i);
	}
	snprintf(field, sizeof(field), "%s.restartPolicy", path);
	if (policy)
		ok &= one_of(c, field, policy, restart);
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

static bool
check_pod(struct check *c)
{
	bool ok = check_pod_spec(c, "spec", json_object_get(c->tree, "spec"));

	return c->old ? ok & check_pod_update(c) : ok;
}

/* ---- nodes ---- */

static bool
check_taints(struct check *c, const json_t *list)
{
	static const char *const effects[] = { "NoSchedule",
					       "PreferNoSchedule", "NoExecute",
					       NULL };
	bool ok = true;
	json_t *v, *w;
	size_t i, k;

	json_array_foreach((json_t *)list, i, v) {
		const char *key = str_or_empty(jtext(v, "key"));
		const char *effect = str_or_empty(jtext(v, "effect"));
		char field[60];

		snprintf(field, sizeof(field), "spec.taints[%zu].key", i);
		if (!*key)
			ok = FAIL(c, field, "Invalid value: \"\": name part "
				  "must be non-empty");
		snprintf(field, sizeof(field), "spec.taints[%zu].effect", i);
		if (!*effect)
			ok = FAIL(c, field, "Required value");
		else
			ok &= one_of(c, field, effect, effects);
		json_array_foreach((json_t *)list, k, w) {
			if (k >= i)
				break;
			if (!str_eq(jtext(w, "key"), key) ||
			    !str_eq(jtext(w, "effect"), effect))
				continue;
			snprintf(field, sizeof(field), "spec.taints[%zu]", i);
			ok = FAIL(c, field,
				  "Duplicate value: {\"key\":\"%s\","
				  "\"effect\":\"%s\"}: taints must be unique "
				  "by key and effect pair", key, effect);
		}
	}
	return ok;
}

static bool
check_node(struct check *c)
{
	const char *was = json_string_value(jpath(c->old, "spec.providerID"));
	const char *now = json_string_value(jpath(c->tree, "spec.providerID"));
	bool ok = check_taints(c, jpath(c->tree, "spec.taints"));

	if (was && *was && !str_eq(was, now))
		ok = FAIL(c, "spec.providerID",
			  "Forbidden: node updates may not change providerID "
			  "except from \"\" to valid");
	return ok;
}

/* ---- workloads ---- */

static bool
matches_labels(const json_t *want, const json_t *labels)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)want, key, v)
		if (!str_eq(json_string_value(v), jtext(labels, key)) ||
		    !json_object_get(labels, key))
			return false;
	return true;
}

static bool
check_workload(struct check *c)
{
	const json_t *spec = json_object_get(c->tree, "spec");
	const json_t *selector = json_object_get(spec, "selector");
	const json_t *labels = jpath(spec, "template.metadata.labels");
	char text[160];
	bool ok;

	ok = not_negative(c, "spec.replicas");
	if (!json_object_size(selector))
		ok = FAIL(c, "spec.selector", "Required value");
	else if (!matches_labels(json_object_get(selector, "matchLabels"),
				 labels))
		ok = FAIL(c, "spec.template.metadata.labels",
			  "Invalid value: %s: `selector` does not match "
			  "template `labels`",
			  compact(labels, text, sizeof(text)));
	ok &= immutable(c, "spec.selector");
	return ok & check_pod_spec(c, "spec.template.spec",
				   jpath(spec, "template.spec"));
}

static bool
check_job(struct check *c)
{
	const json_t *pod = jpath(c->tree, "spec.template.spec");
	const char *policy = str_or_empty(jtext(pod, "restartPolicy"));
	bool ok = not_negative(c, "spec.parallelism");

	ok &= not_negative(c, "spec.completions");
	ok &= not_negative(c, "spec.backoffLimit");
	ok &= check_pod_spec(c, "spec.template.spec", pod);
	if (strcmp(policy, "OnFailure") != 0 && strcmp(policy, "Never") != 0)
		ok = FAIL(c, "spec.template.spec.restartPolicy",
			  "Required value: valid values: \"OnFailure\", "
			  "\"Never\"");
	ok &= immutable(c, "spec.selector");
	return ok & immutable(c, "spec.completions");
}

/* ---- the rest ---- */

static bool
check_pdb(struct check *c)
{
	const json_t *spec = json_object_get(c->tree, "spec");
	char text[160];

	if (json_object_get(spec, "minAvailable") &&
	    json_object_get(spec, "maxUnavailable"))
		return FAIL(c, "spec",
			    "Invalid value: %s: minAvailable and "
			    "maxUnavailable cannot be both set",
			    compact(spec, text, sizeof(text)));
	return not_negative(c, "spec.minAvailable") &
	       not_negative(c, "spec.maxUnavailable");
}

static bool
check_lease(struct check *c)
{
	const json_t *s = jpath(c->tree, "spec.leaseDurationSeconds");
	const json_t *n = jpath(c->tree, "spec.leaseTransitions");
	bool ok = true;

	if (json_is_integer(s) && json_integer_value(s) <= 0)
		ok = FAIL(c, "spec.leaseDurationSeconds",
			  "Invalid value: %lld: must be greater than 0",
			  (long long)json_integer_value(s));
	if (json_is_integer(n) && json_integer_value(n) < 0)
		ok = FAIL(c, "spec.leaseTransitions",
			  "Invalid value: %lld: must be greater than or equal "
			  "to 0", (long long)json_integer_value(n));
	return ok;
}

static bool
check_event(struct check *c)
{
	const char *ns = json_string_value(jpath(c->tree,
						 "metadata.namespace"));
	const char *of = json_string_value(jpath(c->tree,
						 "involvedObject.namespace"));

	/* Events about cluster-wide objects live in default. */
	if (!of || !*of) {
		if (str_eq(ns, "default") || str_eq(ns, "kube-system"))
			return true;
		return FAIL(c, "involvedObject.namespace",
			    "Invalid value: \"\": does not match "
			    "event.namespace");
	}
	if (str_eq(ns, of))
		return true;
	return FAIL(c, "involvedObject.namespace",
		    "Invalid value: \"%s\": does not match event.namespace",
		    of);
}

/* ConfigMaps and Secrets: 1 MiB, and what is immutable stays. */
static bool
check_data(struct check *c)
{
	const json_t *data = json_object_get(c->tree, "data");
	size_t bytes = 0;
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)data, key, v)
		bytes += json_string_length(v);
	if (bytes > 1048576)
		return FAIL(c, "data", "Too long: may not be more than "
			    "1048576 bytes");
	if (c->old && json_is_true(json_object_get(c->old, "immutable"))) {
		json_t *was = json_object_get(c->old, "data");

		if (!json_is_true(json_object_get(c->tree, "immutable")))
			return FAIL(c, "immutable",
				    "Forbidden: field is immutable when "
				    "`immutable` is set");
		if (was != data && !json_equal(was, data))
			return FAIL(c, "data",
				    "Forbidden: field is immutable when "
				    "`immutable` is set");
	}
	return true;
}

static bool
check_binding(struct check *c)
{
	const json_t *now = json_object_get(c->tree, "roleRef");
	const json_t *was = json_object_get(c->old, "roleRef");
	char text[160];

	if (!c->old || json_equal(now, was))
		return true;
	return FAIL(c, "roleRef", "Invalid value: %s: cannot change roleRef",
		    compact(now, text, sizeof(text)));
}

/* clang-format off */
static const struct {
	const char *group, *kind;
	bool (*fn)(struct check *c);
} checks[] = {
	{ "",		"Pod",			check_pod },
	{ "",		"Node",			check_node },
	{ "",		"Event",		check_event },
	{ "",		"ConfigMap",		check_data },
	{ "",		"Secret",		check_data },
	{ "apps",	"Deployment",		check_workload },
	{ "apps",	"ReplicaSet",		check_workload },
	{ "apps",	"DaemonSet",		check_workload },
	{ "apps",	"StatefulSet",		check_workload },
	{ "batch",	"Job",			check_job },
	{ "policy",	"PodDisruptionBudget",	check_pdb },
	{ "coordination.k8s.io", "Lease",	check_lease },
	{ "rbac.authorization.k8s.io", "RoleBinding", check_binding },
	{ "rbac.authorization.k8s.io", "ClusterRoleBinding", check_binding },
};
/* clang-format on */

bool
object_check(const struct object_type *t, json_t *tree, json_t *old,
	     unsigned flags, struct status *st)
{
	struct check c = { t, tree, old, flags, st };
	bool ok = meta_validate(t, json_object_get(tree, "metadata"), st);

	if (flags & WRITE_STATUS)
		return ok;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (strcmp(checks[i].kind, t->kind) == 0 &&
		    strcmp(checks[i].group, t->group) == 0)
			return ok & checks[i].fn(&c);
	return ok;
}
