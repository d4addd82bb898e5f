/*
 * update-nodegroup-config: sizes, labels and taints of a node group.
 */
#include "backend/sim/world/eks.h"

#define SETTINGS_MS 14000 /* an update that moves no node */
#define LABELS_MAX 50
#define TAINTS_MAX 50

static const char *
text_of(const json_t *o, const char *key)
{
	return str_or_empty(json_string_value(json_object_get(o, key)));
}

/* "key=value" entries of old, without those of the same key as one of drop's
 * or put's; then put's. */
static struct names
merge_labels(struct cloud *c, const struct names *old, const json_t *put,
	     const json_t *drop)
{
	size_t most = old->n + json_object_size(put), i;
	const char **at = arena_alloc(c->arena, (most + 1) * sizeof(*at));
	const char *key;
	json_t *v;
	uint32_t n = 0;

	for (uint32_t k = 0; k < old->n; k++) {
		char *name = arena_strndup(c->arena, old->at[k],
					   strcspn(old->at[k], "="));
		bool gone = json_object_get(put, name) != NULL;

		json_array_foreach((json_t *)(uintptr_t)drop, i, v)
			gone |= str_eq(json_string_value(v), name);
		if (!gone)
			at[n++] = old->at[k];
	}
	json_object_foreach((json_t *)(uintptr_t)put, key, v)
		at[n++] = arena_printf(c->arena, "%s=%s", key,
				       str_or_empty(json_string_value(v)));
	return (struct names){ at, n };
}

static const char *
effect_of(const json_t *taint)
{
	const char *e = text_of(taint, "effect");

	return str_eq(e, "NO_SCHEDULE")		 ? "NoSchedule"
	       : str_eq(e, "NO_EXECUTE")	 ? "NoExecute"
	       : str_eq(e, "PREFER_NO_SCHEDULE") ? "PreferNoSchedule"
						 : NULL;
}

/* True when entry "key=value:Effect" is of the taint's key and effect. */
static bool
same_taint(const char *entry, const json_t *taint)
{
	const char *key = text_of(taint, "key");
	size_t len = strcspn(entry, "=");

	return strlen(key) == len && strncmp(entry, key, len) == 0 &&
	       str_eq(strrchr(entry, ':') + 1, effect_of(taint));
}

static struct names
merge_taints(struct cloud *c, const struct names *old, const json_t *put,
	     const json_t *drop)
{
	size_t most = old->n + json_array_size(put), i;
	const char **at = arena_alloc(c->arena, (most + 1) * sizeof(*at));
	json_t *t;
	uint32_t n = 0;

	for (uint32_t k = 0; k < old->n; k++) {
		bool gone = false;

		json_array_foreach((json_t *)(uintptr_t)put, i, t)
			gone |= same_taint(old->at[k], t);
		json_array_foreach((json_t *)(uintptr_t)drop, i, t)
			gone |= same_taint(old->at[k], t);
		if (!gone)
			at[n++] = old->at[k];
	}
	json_array_foreach((json_t *)(uintptr_t)put, i, t)
		at[n++] = arena_printf(c->arena, "%s=%s:%s", text_of(t, "key"),
				       text_of(t, "value"), effect_of(t));
	return (struct names){ at, n };
}

static bool
check_sizes(const struct cloud_group *g, const struct cloud_limits *l,
	    struct cloud_fault *f)
{
	int64_t min = l->min == INT64_MIN ? g->min : l->min;
	int64_t max = l->max == INT64_MIN ? g->max : l->max;
	int64_t desired = l->desired == INT64_MIN ? g->desired : l->desired;

	if (min > desired)
		return cloud_fail(f, 400, "InvalidParameterException",
				  "Minimum capacity %lld can't be greater than "
				  "desired size %lld",
				  (long long)min, (long long)desired);
	if (desired > max)
		return cloud_fail(f, 400, "InvalidParameterException",
				  "desired capacity %lld can't be greater than "
				  "max size %lld",
				  (long long)desired, (long long)max);
	return true;
}

static bool
check_config(const struct cloud_group *g, const struct eks_config *x,
	     struct cloud_fault *f)
{
	const char *key;
	json_t *v;
	size_t i;

	if (!check_sizes(g, &x->sizes, f))
		return false;
	json_object_foreach((json_t *)(uintptr_t)x->labels_put, key, v) {
		if (!json_is_string(v) || !*key || strchr(key, '=') ||
		    strlen(key) > 316 || strlen(json_string_value(v)) > 63)
			return cloud_fail(f, 400, "InvalidParameterException",
					  "Label %.80s is not valid", key);
		if (str_has_prefix(key, "eks.amazonaws.com/") ||
		    str_has_prefix(key, "kubernetes.io/"))
			return cloud_fail(f, 400, "InvalidParameterException",
					  "Label cannot contain reserved "
					  "prefixes [kubernetes.io/, k8s.io/, "
					  "eks.amazonaws.com/]");
	}
	json_array_foreach((json_t *)(uintptr_t)x->taints_put, i, v) {
		key = text_of(v, "key");
		if (!*key || strpbrk(key, "=:") ||
		    strpbrk(text_of(v, "value"), "=:") || !effect_of(v))
			return cloud_fail(f, 400, "InvalidParameterException",
					  "Taint %.80s is not valid", key);
	}
	json_array_foreach((json_t *)(uintptr_t)x->taints_drop, i, v) {
		if (!effect_of(v))
			return cloud_fail(f, 400, "InvalidParameterException",
					  "Taint %.80s is not valid",
					  text_of(v, "key"));
	}
	if (json_object_size(x->labels_put) > LABELS_MAX ||
	    json_array_size(x->taints_put) > TAINTS_MAX)
		return cloud_fail(f, 400, "InvalidParameterException",
				  "A node group has at most %d labels and %d "
				  "taints",
				  LABELS_MAX, TAINTS_MAX);
	return true;
}

static bool
is_free(const struct cloud_group *g, struct cloud_fault *f)
{
	if (!g->nodegroup->running)
		return true;
	return cloud_fail(f, 409, "ResourceInUseException",
			  "Nodegroup cannot be updated as it is currently not "
			  "in Active State");
}

struct eks_update *
eks_configure(struct cloud *c, struct cloud_group *g,
	      const struct eks_config *x, struct cloud_fault *f)
{
	struct scenario_group *plan = &c->plans[g - c->groups];
	struct cloud_nodegroup *n = g->nodegroup;
	struct names labels, taints;
	struct eks_update *u;

	if (!is_free(g, f) || !check_config(g, x, f) ||
	    !cloud_update_group(c, g->name, &x->sizes, f)) {
		json_decref(x->params);
		return NULL;
	}
	labels = merge_labels(c, &plan->labels, x->labels_put, x->labels_drop);
	taints = merge_taints(c, &plan->taints, x->taints_put, x->taints_drop);
	eks_nodes_configure(c, g, &labels, &taints);
	plan->labels = labels;
	plan->taints = taints;
	if (x->unavailable != INT64_MIN) {
		n->unavailable = (int32_t)x->unavailable;
		n->unavailable_percent = 0;
	} else if (x->unavailable_percent != INT64_MIN) {
		n->unavailable = 0;
		n->unavailable_percent = (int32_t)x->unavailable_percent;
	}
	if (x->strategy)
		n->minimal = str_eq(x->strategy, "MINIMAL");
	if (x->repair >= 0)
		n->repair = x->repair;
	u = eks_update_begin(c->eks, "ConfigUpdate", x->params);
	u->nodegroup = plan->name;
	n->running = u;
	eks_update_settle(c->eks, u, SETTINGS_MS);
	return u;
}
