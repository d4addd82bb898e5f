/*
 * Binding a pod to a node: what the scheduler writes.
 */
#include <stdio.h>

#include "backend/base/clock.h"
#include "backend/sim/objects/internal.h"

static void
set_scheduled(struct objects *o, json_t *status)
{
	json_t *list = json_object_get(status, "conditions"), *c;
	json_t *kept = json_array();
	char time[TIME_TEXT];
	size_t i;

	json_array_foreach(list, i, c)
		if (!str_eq(jtext(c, "type"), "PodScheduled"))
			json_array_append(kept, c);
	json_array_append_new(
		kept, json_pack("{s:s,s:s,s:n,s:s}", "type", "PodScheduled",
				"status", "True", "lastProbeTime",
				"lastTransitionTime",
				time_format(*o->now_ms, false, time)));
	json_object_set_new(status, "conditions", kept);
}

/* A pod that has no conditions yet needs no tree to get its first. */
static const struct object *
bind_in_text(struct objects *o, const struct object *pod, const char *node,
	     struct status *st)
{
	struct patch_options options = { PATCH_MERGE, WRITE_TRUSTED, NULL };
	json_t *status = json_object(), *patch;
	const struct object *bound;

	set_scheduled(o, status);
	patch = json_pack("{s:{s:s},s:o}", "spec", "nodeName", node, "status",
			  status);
	bound = objects_patch(o, pod->type, pod->ns, pod->name, patch, &options,
			      st);
	json_decref(patch);
	return bound;
}

static json_t *
bound_tree(struct objects *o, const struct object *pod, const char *node)
{
	json_t *tree = object_tree(pod);
	json_t *status = json_object_get(tree, "status");

	json_object_set_new(json_object_get(tree, "spec"), "nodeName",
			    json_string(node));
	if (!json_is_object(status)) {
		status = json_object();
		json_object_set_new(tree, "status", status);
	}
	set_scheduled(o, status);
	return tree;
}

const struct object *
objects_bind(struct objects *o, const char *ns, const char *name,
	     const char *uid, const char *node, struct status *st)
{
	const struct object_type *t;
	const struct object *pod, *bound;
	char text[400];
	json_t *body;

	BUG_IF(!o->pods);
	t = &o->pods->type;
	pod = objects_get(o, t, ns, name);
	if (!pod) {
		status_fail_on(st, 404, "NotFound", t, name,
			       "pods \"%s\" not found", name);
		return NULL;
	}
	if (uid && *uid && strcmp(uid, pod->uid) != 0) {
		snprintf(text, sizeof(text),
			 "Precondition failed: UID in precondition: %s, UID "
			 "in object meta: %s", uid, pod->uid);
	} else if (pod->deleted_ms) {
		snprintf(text, sizeof(text), "pod %s is being deleted, cannot "
			 "be assigned to a host", name);
	} else if (*pod->node) {
		snprintf(text, sizeof(text),
			 "pod %s is already assigned to node \"%s\"", name,
			 pod->node);
	} else if (!strstr(pod->json, "\"conditions\":")) {
		return bind_in_text(o, pod, node, st);
	} else {
		body = bound_tree(o, pod, node);
		bound = objects_update(o, t, ns, name, body,
				       WRITE_BIND | WRITE_KEEP_STATUS, st);
		json_decref(body);
		return bound;
	}
	status_fail_on(st, 409, "Conflict", t, name,
		       "Operation cannot be fulfilled on pods/binding \"%s\": "
		       "%s", name, text);
	return NULL;
}
