/*
 * Validation of what makes pods, counts them or keeps them.
 */
#include "backend/sim/objects/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/schedule.h"

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

bool
check_workload(struct check *c)
{
	const json_t *spec = json_object_get(c->tree, "spec");
	const json_t *selector = json_object_get(spec, "selector");
	const json_t *labels = jpath(spec, "template.metadata.labels");
	const char *restart = json_string_value(
		jpath(spec, "template.spec.restartPolicy"));
	char text[160];
	bool ok;

	ok = check_not_negative(c, "spec.replicas");
	if (!json_object_size(selector))
		ok = FAIL(c, "spec.selector", "Required value");
	else if (!matches_labels(json_object_get(selector, "matchLabels"),
				 labels))
		ok = FAIL(c, "spec.template.metadata.labels",
			  "Invalid value: %s: `selector` does not match "
			  "template `labels`",
			  check_compact(labels, text, sizeof(text)));
	ok &= check_immutable(c, "spec.selector");
	ok &= check_pod_spec(c, "spec.template.spec",
			     jpath(spec, "template.spec"));
	if (restart && (strcmp(restart, "OnFailure") == 0 ||
			strcmp(restart, "Never") == 0))
		ok = FAIL(c, "spec.template.spec.restartPolicy",
			  "Unsupported value: \"%s\": supported values: "
			  "\"Always\"", restart);
	return ok;
}

bool
check_job(struct check *c)
{
	const json_t *pod = jpath(c->tree, "spec.template.spec");
	const char *policy = str_or_empty(jtext(pod, "restartPolicy"));
	bool ok = check_not_negative(c, "spec.parallelism");

	ok &= check_not_negative(c, "spec.completions");
	ok &= check_not_negative(c, "spec.backoffLimit");
	ok &= check_pod_spec(c, "spec.template.spec", pod);
	if (strcmp(policy, "OnFailure") != 0 && strcmp(policy, "Never") != 0)
		ok = FAIL(c, "spec.template.spec.restartPolicy",
			  "Required value: valid values: \"OnFailure\", "
			  "\"Never\"");
	ok &= check_immutable(c, "spec.selector");
	return ok & check_immutable(c, "spec.completions");
}

/* ---- CronJobs ---- */

bool
check_cron_job(struct check *c)
{
	static const char *const concurrency[] = { "Allow", "Forbid",
						   "Replace", NULL };
	static const char path[] = "spec.jobTemplate.spec.template.spec";
	const char *schedule = json_string_value(
		jpath(c->tree, "spec.schedule"));
	const char *policy = json_string_value(
		jpath(c->tree, "spec.concurrencyPolicy"));
	const json_t *pod = jpath(c->tree, path);
	const char *restart = str_or_empty(jtext(pod, "restartPolicy"));
	char why[200] = "";
	struct schedule parsed;
	bool ok = check_pod_spec(c, path, pod);

	if (!schedule || !*schedule)
		ok = FAIL(c, "spec.schedule", "Required value");
	else if (!schedule_parse(schedule, &parsed, why, sizeof(why)))
		ok = FAIL(c, "spec.schedule", "Invalid value: \"%s\": %s",
			  schedule, why);
	if (policy)
		ok &= check_one_of(c, "spec.concurrencyPolicy", policy,
				   concurrency);
	if (strcmp(restart, "OnFailure") != 0 && strcmp(restart, "Never") != 0)
		ok = FAIL(c,
			  "spec.jobTemplate.spec.template.spec.restartPolicy",
			  "Required value: valid values: \"OnFailure\", "
			  "\"Never\"");
	return ok;
}

/* ---- the rest ---- */

bool
check_scaler(struct check *c)
{
	const json_t *spec = json_object_get(c->tree, "spec");
	const json_t *least = json_object_get(spec, "minReplicas");
	json_int_t most =
		json_integer_value(json_object_get(spec, "maxReplicas"));
	const json_t *ref = json_object_get(spec, "scaleTargetRef");
	bool ok = true;

	if (json_is_integer(least) && json_integer_value(least) < 1)
		ok = FAIL(c, "spec.minReplicas",
			  "Invalid value: %lld: must be greater than or equal "
			  "to 1", (long long)json_integer_value(least));
	if (most < 1)
		ok = FAIL(c, "spec.maxReplicas",
			  "Invalid value: %lld: must be greater than 0",
			  (long long)most);
	if (json_is_integer(least) && most < json_integer_value(least))
		ok = FAIL(c, "spec.maxReplicas",
			  "Invalid value: %lld: must be greater than or equal "
			  "to `minReplicas`", (long long)most);
	if (!*str_or_empty(jtext(ref, "kind")))
		ok = FAIL(c, "spec.scaleTargetRef.kind", "Required value");
	if (!*str_or_empty(jtext(ref, "name")))
		ok = FAIL(c, "spec.scaleTargetRef.name", "Required value");
	return ok;
}

bool
check_pdb(struct check *c)
{
	const json_t *spec = json_object_get(c->tree, "spec");
	char text[160];

	if (json_object_get(spec, "minAvailable") &&
	    json_object_get(spec, "maxUnavailable"))
		return FAIL(c, "spec",
			    "Invalid value: %s: minAvailable and "
			    "maxUnavailable cannot be both set",
			    check_compact(spec, text, sizeof(text)));
	return check_not_negative(c, "spec.minAvailable") &
	       check_not_negative(c, "spec.maxUnavailable");
}
