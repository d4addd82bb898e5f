/*
 * Small helpers of the defaults: each only adds what is absent.
 */
#ifndef SIM_OBJECTS_DEFAULT_H
#define SIM_OBJECTS_DEFAULT_H

#include "backend/sim/objects/internal.h"

static inline bool
jabsent(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return !v || json_is_null(v);
}

/* Takes value. */
static inline void
def(json_t *o, const char *key, json_t *value)
{
	if (json_is_object(o) && jabsent(o, key))
		json_object_set_new(o, key, value);
	else
		json_decref(value);
}

static inline void
def_text(json_t *o, const char *key, const char *value)
{
	def(o, key, json_string(value));
}

static inline void
def_int(json_t *o, const char *key, json_int_t value)
{
	def(o, key, json_integer(value));
}

/* The member as an object, made when absent; NULL when it is something else. */
static inline json_t *
need_object(json_t *o, const char *key)
{
	json_t *v;

	def(o, key, json_object());
	v = json_object_get(o, key);
	return json_is_object(v) ? v : NULL;
}

typedef bool default_fn(struct objects *o, json_t *tree, const json_t *old,
			struct status *st);

/* objects_default_pod.c: everything that carries a pod template. */
default_fn default_pod, default_deployment, default_replicated,
	default_daemonset, default_statefulset, default_job, default_cronjob;

/* limits.c */
default_fn default_limits;
/* Gives a new pod's containers what the namespace's LimitRanges say; false with
 * 403 when they do not allow what it has. */
bool limits_admit(struct objects *o, json_t *pod, struct status *st);

/* Numbers are quantities too: 2 becomes "2", 0.5 becomes "500m". */
void texts_of_quantities(json_t *map);
/* Guaranteed, Burstable or BestEffort. */
const char *qos_class(const json_t *spec);

#endif
