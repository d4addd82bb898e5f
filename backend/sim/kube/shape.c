/*
 * Kinds that are another shape of what is stored: events.k8s.io beside core's
 * events, autoscaling/v1 beside v2.  Both ways change a tree in place; patches
 * go the same way as whole bodies.
 */
#include "backend/sim/kube/internal.h"

/* clang-format off */
static const struct {
	const char *core, *events;
} event_names[] = {
	{ "involvedObject",	"regarding" },
	{ "message",		"note" },
	{ "source",		"deprecatedSource" },
	{ "firstTimestamp",	"deprecatedFirstTimestamp" },
	{ "lastTimestamp",	"deprecatedLastTimestamp" },
	{ "count",		"deprecatedCount" },
	{ "reportingComponent",	"reportingController" },
};
/* clang-format on */

static void
rename_member(json_t *tree, const char *from, const char *to)
{
	json_t *v = json_object_get(tree, from);

	if (!v)
		return;
	json_object_set(tree, to, v);
	json_object_del(tree, from);
}

static void
event_shown(json_t *tree)
{
	for (size_t i = 0; i < ARRAY_LEN(event_names); i++)
		rename_member(tree, event_names[i].core,
			      event_names[i].events);
}

static void
event_stored(json_t *body)
{
	for (size_t i = 0; i < ARRAY_LEN(event_names); i++)
		rename_member(body, event_names[i].events,
			      event_names[i].core);
}

/* ---- autoscaling/v1: one target, cpu in percent of requests ---- */

/* list of metrics or of their status; wanted is "target" or "current". */
static json_t *
cpu_percent(const json_t *list, const char *wanted)
{
	json_t *m;
	size_t i;

	json_array_foreach((json_t *)list, i, m) {
		const json_t *r = json_object_get(m, "resource");
		const char *name =
			json_string_value(json_object_get(r, "name"));

		if (str_eq(name, "cpu"))
			return json_object_get(json_object_get(r, wanted),
					       "averageUtilization");
	}
	return NULL;
}

static void
replace(json_t *in, const char *gone, const char *list_part, const char *added)
{
	json_t *n = cpu_percent(json_object_get(in, gone), list_part);

	if (n)
		json_object_set(in, added, n);
	json_object_del(in, gone);
}

static void
scaler_shown(json_t *tree)
{
	json_t *spec = json_object_get(tree, "spec");
	json_t *status = json_object_get(tree, "status");

	replace(spec, "metrics", "target", "targetCPUUtilizationPercentage");
	json_object_del(spec, "behavior");
	replace(status, "currentMetrics", "current",
		"currentCPUUtilizationPercentage");
	json_object_del(status, "conditions");
}

static void
scaler_stored(json_t *body)
{
	json_t *spec = json_object_get(body, "spec");
	json_t *n = json_object_get(spec, "targetCPUUtilizationPercentage");

	if (json_is_integer(n))
		json_object_set_new(
			spec, "metrics",
			json_pack("[{s:s,s:{s:s,s:{s:s,s:O}}}]", "type",
				  "Resource", "resource", "name", "cpu",
				  "target", "type", "Utilization",
				  "averageUtilization", n));
	json_object_del(spec, "targetCPUUtilizationPercentage");
	json_object_del(json_object_get(body, "status"),
			"currentCPUUtilizationPercentage");
}

void
shape_shown(const struct object_type *t, json_t *tree)
{
	if (!t->storage)
		return;
	json_object_set_new(tree, "apiVersion",
			    json_sprintf("%s/%s", t->group, t->version));
	if (*t->storage->group)
		scaler_shown(tree);
	else
		event_shown(tree);
}

void
shape_stored(const struct object_type *t, json_t *body)
{
	if (!t->storage || !json_is_object(body))
		return;
	json_object_del(body, "apiVersion");
	if (*t->storage->group)
		scaler_stored(body);
	else
		event_stored(body);
}
