/*
 * Labels, annotations, selectors, taints and resource vectors.
 */
#include "backend/model/meta.h"

#include <errno.h>
#include <stdlib.h>

const char *
labels_get(const struct labels *l, const char *key)
{
	uint32_t low = 0, high = l->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(l->at[mid].key, key);

		if (order == 0)
			return l->at[mid].value;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Annotations that something of ours reads or shows. */
static const char *const kept_prefixes[] = {
	"cluster-autoscaler.kubernetes.io/",
	"delay-deletion.cluster-autoscaler.kubernetes.io/",
	"k8s.io/cluster-autoscaler",
};

static const char *const kept_keys[] = {
	"job.runner.gitlab.com/id",
	"job.runner.gitlab.com/name",
	"job.runner.gitlab.com/ref",
	"job.runner.gitlab.com/timeout",
	"job.runner.gitlab.com/url",
	"kubernetes.io/config.mirror",
	"paddock/hold",
	"project.runner.gitlab.com/id",
	"pv.kubernetes.io/bind-completed",
	"volume.kubernetes.io/selected-node",
	"storageclass.kubernetes.io/is-default-class",
	"storageclass.beta.kubernetes.io/is-default-class",
};

bool
meta_keeps_annotation(const char *key, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(kept_prefixes); i++) {
		size_t n = strlen(kept_prefixes[i]);

		if (len >= n && memcmp(key, kept_prefixes[i], n) == 0)
			return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(kept_keys); i++)
		if (strlen(kept_keys[i]) == len &&
		    memcmp(key, kept_keys[i], len) == 0)
			return true;
	return false;
}

/* As strconv.ParseInt(text, 10, 64): no blanks, no rest. */
static bool
whole_number(const char *text, int64_t *value)
{
	char *end;
	const char *digits = text + (*text == '-' || *text == '+');

	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	*value = strtoll(text, &end, 10);
	return !errno && *end == '\0';
}

static bool
holds_value(const struct requirement *r, const char *value)
{
	for (uint32_t i = 0; i < r->value_n; i++)
		if (strcmp(r->values[i], value) == 0)
			return true;
	return false;
}

bool
requirement_matches(const struct requirement *r, const char *value)
{
	int64_t have, want;

	switch ((enum selector_op)r->op) {
	case OP_IN:
		return value && holds_value(r, value);
	case OP_NOT_IN:
		return !value || !holds_value(r, value);
	case OP_EXISTS:
		return value != NULL;
	case OP_NOT_EXISTS:
		return value == NULL;
	case OP_GT:
	case OP_LT:
		if (!value || r->value_n != 1 || !whole_number(value, &have) ||
		    !whole_number(r->values[0], &want))
			return false;
		return r->op == OP_GT ? have > want : have < want;
	}
	return false;
}

bool
selector_matches(const struct selector *s, const struct labels *l)
{
	if (!s->present)
		return false;
	for (uint32_t i = 0; i < s->n; i++)
		if (!requirement_matches(&s->at[i],
					 labels_get(l, s->at[i].key)))
			return false;
	return true;
}

const char *
taint_effect_name(enum taint_effect effect)
{
	switch (effect) {
	case TAINT_ANY:
		return "";
	case TAINT_NO_SCHEDULE:
		return "NoSchedule";
	case TAINT_PREFER_NO_SCHEDULE:
		return "PreferNoSchedule";
	case TAINT_NO_EXECUTE:
		return "NoExecute";
	case TAINT_OTHER:
		break;
	}
	return "Other";
}

int64_t
resources_get(const struct resources *r, const char *name)
{
	uint32_t low = 0, high = r->ext_n;

	if (strcmp(name, "cpu") == 0)
		return r->cpu_mcpu;
	if (strcmp(name, "memory") == 0)
		return r->memory_bytes;
	if (strcmp(name, "ephemeral-storage") == 0)
		return r->ephemeral_bytes;
	if (strcmp(name, "pods") == 0)
		return r->pods;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(r->ext[mid].name, name);

		if (order == 0)
			return r->ext[mid].amount;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}
