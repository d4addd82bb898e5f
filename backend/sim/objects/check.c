/*
 * Validation: what the API server refuses with 422 and the field's path.  The
 * rules that people and programs run into; the rest passes.
 */
#include "backend/sim/objects/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"

char *
check_compact(const json_t *v, char *out, size_t room)
{
	size_t n = v ? json_dumpb(v, out, room - 1,
				  JSON_COMPACT | JSON_ENCODE_ANY)
		     : 0;

	if (n >= room)
		n = room - 1;
	out[n] = '\0';
	return out;
}

bool
check_one_of(struct check *c, const char *field, const char *value,
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

bool
check_not_negative(struct check *c, const char *path)
{
	const json_t *v = jpath(c->tree, path);

	if (!json_is_integer(v) || json_integer_value(v) >= 0)
		return true;
	return FAIL(c, path,
		    "Invalid value: %lld: must be greater than or equal to 0",
		    (long long)json_integer_value(v));
}

bool
check_range(struct check *c, const char *field, const json_t *v,
	    int64_t least, int64_t most)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || (n >= least && n <= most))
		return true;
	return FAIL(c, field,
		    "Invalid value: %lld: must be between %lld and %lld, "
		    "inclusive", (long long)n, (long long)least,
		    (long long)most);
}

bool
check_immutable(struct check *c, const char *path)
{
	json_t *now = jpath(c->tree, path), *was = jpath(c->old, path);
	char text[160];

	if (!c->old || now == was || (now && was && json_equal(now, was)))
		return true;
	return FAIL(c, path, "Invalid value: %s: field is immutable",
		    check_compact(now, text, sizeof(text)));
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
			ok &= check_one_of(c, field, effect, effects);
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

/* ---- the rest ---- */

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
check_role_ref(struct check *c)
{
	static const char *const fields[] = { "apiGroup", "kind", "name" };
	const json_t *ref = json_object_get(c->tree, "roleRef");
	char field[40];
	bool ok = true;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const char *text = str_or_empty(jtext(ref, fields[i]));

		snprintf(field, sizeof(field), "roleRef.%s", fields[i]);
		if (i == 2 && !*text)
			ok = FAIL(c, field, "Required value");
		else if (i == 0 && strcmp(text, c->t->group) != 0)
			ok = FAIL(c, field,
				  "Unsupported value: \"%s\": supported "
				  "values: \"%s\"", text, c->t->group);
		else if (i == 1 && strcmp(text, "Role") != 0 &&
			 strcmp(text, "ClusterRole") != 0)
			ok = FAIL(c, field,
				  "Unsupported value: \"%s\": supported "
				  "values: \"ClusterRole\", \"Role\"", text);
	}
	return ok;
}

static bool
check_priority_class(struct check *c)
{
	const char *name = json_string_value(jpath(c->tree, "metadata.name"));
	const json_t *value = json_object_get(c->tree, "value");
	bool ok = check_immutable(c, "value");

	if (json_integer_value(value) > 1000000000 &&
	    !str_has_prefix(str_or_empty(name), "system-"))
		ok = FAIL(c, "value",
			  "Forbidden: maximum allowed value of a user defined "
			  "priority is 1000000000");
	return ok;
}

static bool
check_quota(struct check *c)
{
	const json_t *hard = jpath(c->tree, "spec.hard");
	const char *key;
	json_t *v;
	bool ok = true;

	json_object_foreach((json_t *)hard, key, v) {
		const char *text = str_or_empty(json_string_value(v));
		char field[160];
		int64_t n;

		if (!quantity_parse_milli(text, strlen(text), &n) || n >= 0)
			continue;
		snprintf(field, sizeof(field), "spec.hard[%s]", key);
		ok = FAIL(c, field,
			  "Invalid value: \"%s\": must be greater than or "
			  "equal to 0", text);
	}
	return ok;
}

static bool
check_claim(struct check *c)
{
	static const char *const modes[] = { "ReadWriteOnce", "ReadOnlyMany",
					     "ReadWriteMany",
					     "ReadWriteOncePod", NULL };
	const json_t *list = jpath(c->tree, "spec.accessModes");
	bool ok = true;
	json_t *v;
	size_t i;

	if (!json_array_size(list))
		ok = FAIL(c, "spec.accessModes",
			  "Required value: at least 1 access mode is "
			  "required");
	json_array_foreach((json_t *)list, i, v)
		ok &= check_one_of(c, "spec.accessModes",
				   str_or_empty(json_string_value(v)), modes);
	if (!jpath(c->tree, "spec.resources.requests.storage"))
		ok = FAIL(c, "spec.resources[storage]", "Required value");
	return ok;
}

static bool
check_binding(struct check *c)
{
	const json_t *now = json_object_get(c->tree, "roleRef");
	const json_t *was = json_object_get(c->old, "roleRef");
	char text[160];

	if (!c->old)
		return check_role_ref(c);
	if (json_equal(now, was))
		return true;
	return FAIL(c, "roleRef", "Invalid value: %s: cannot change roleRef",
		    check_compact(now, text, sizeof(text)));
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
	{ "",		"Service",		check_service },
	{ "",		"ResourceQuota",	check_quota },
	{ "",		"PersistentVolumeClaim", check_claim },
	{ "batch",	"Job",			check_job },
	{ "batch",	"CronJob",		check_cron_job },
	{ "autoscaling", "HorizontalPodAutoscaler", check_scaler },
	{ "networking.k8s.io", "Ingress",	check_ingress },
	{ "scheduling.k8s.io", "PriorityClass",	check_priority_class },
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
