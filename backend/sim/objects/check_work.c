/*
 * Validation of what makes pods, counts them or keeps them.
 */
#include "backend/sim/objects/check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

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

/* ---- schedules ---- */

/* clang-format off */
static const struct schedule_field {
	long least, most;
	const char *names; /* three letters each, from the least */
} schedule_fields[] = {
	{ 0, 59, "" },
	{ 0, 23, "" },
	{ 1, 31, "" },
	{ 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
	{ 0, 6,  "sunmontuewedthufrisat" },
};
/* clang-format on */

/* A number or name of the field; -1: none. */
static long
schedule_number(const struct schedule_field *f, const char *text, size_t len)
{
	char word[8], *end;
	long n;

	if (!len || len >= sizeof(word))
		return -1;
	for (size_t i = 0; i < len; i++)
		word[i] = (char)tolower((unsigned char)text[i]);
	word[len] = '\0';
	for (const char *at = f->names; len == 3 && *at; at += 3)
		if (strncmp(at, word, 3) == 0)
			return f->least + (at - f->names) / 3;
	n = strtol(word, &end, 10);
	return *end || !isdigit((unsigned char)word[0]) ? -1 : n;
}

/* "*", "5", "1-5", and each with "/N". */
static bool
schedule_range(const struct schedule_field *f, const char *text, size_t len,
	       char *why, size_t room)
{
	const char *slash = memchr(text, '/', len);
	size_t span = slash ? (size_t)(slash - text) : len;
	const char *dash = memchr(text, '-', span);
	size_t first = dash ? (size_t)(dash - text) : span;
	long a = f->least, b = f->most;

	if (span != 1 || (*text != '*' && *text != '?')) {
		a = schedule_number(f, text, first);
		b = dash ? schedule_number(f, dash + 1, span - first - 1) : a;
	}
	if (a < 0 || b < 0)
		snprintf(why, room,
			 "failed to parse int from %.*s: strconv.Atoi: parsing "
			 "\"%.*s\": invalid syntax", (int)span, text,
			 (int)span, text);
	else if (slash && schedule_number(f, slash + 1, len - span - 1) <= 0)
		snprintf(why, room,
			 "step of range should be a positive number: %.*s",
			 (int)len, text);
	else if (a < f->least)
		snprintf(why, room,
			 "beginning of range (%ld) below minimum (%ld): %.*s",
			 a, f->least, (int)len, text);
	else if (b > f->most)
		snprintf(why, room,
			 "end of range (%ld) above maximum (%ld): %.*s", b,
			 f->most, (int)len, text);
	else if (a > b)
		snprintf(why, room,
			 "beginning of range (%ld) beyond end of range (%ld): "
			 "%.*s", a, b, (int)len, text);
	else
		return true;
	return false;
}

static bool
schedule_parse(const char *text, char *why, size_t room)
{
	static const char *const words[] = { "@yearly",	 "@annually",
					     "@monthly", "@weekly", "@daily",
					     "@midnight", "@hourly" };
	uint32_t n = 0;
	bool ok = true;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	if (*text == '@') {
		snprintf(why, room, "unrecognized descriptor: %s", text);
		return str_has_prefix(text, "@every ");
	}
	for (const char *at = text; *(at += strspn(at, " \t")); n++) {
		size_t len = strcspn(at, " \t");

		for (size_t i = 0, part; ok && n < 5 && i <= len;
		     i += part + 1) {
			part = strcspn(at + i, ", \t");
			ok = schedule_range(&schedule_fields[n], at + i, part,
					    why, room);
		}
		at += len;
	}
	if (n == 5)
		return ok;
	snprintf(why, room, "expected exactly 5 fields, found %u: [%s]", n,
		 text);
	return false;
}

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
	bool ok = check_pod_spec(c, path, pod);

	if (!schedule || !*schedule)
		ok = FAIL(c, "spec.schedule", "Required value");
	else if (!schedule_parse(schedule, why, sizeof(why)))
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
