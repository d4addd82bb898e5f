/*
 * exec, attach and portforward: what the API server checks itself, then what it
 * says when it cannot reach the kubelet.  No program runs in a simulated
 * container that could be talked to.
 */
#include <stdio.h>

#include "backend/base/json.h"
#include "backend/sim/kube/internal.h"

#define KUBELET_PORT 10250

static bool
may_connect(struct kube_call *c, const struct object *obj,
	    const struct tree *pod)
{
	const char *name = str_or_empty(kube_query(c, "container"));
	const char *host = tree_text(tree_at(pod, "status.hostIP"));

	if (strcmp(c->path.sub, "portforward") != 0 &&
	    !kube_container(c, pod, name))
		return false;
	if (!*obj->node)
		return status_fail(&c->st, 400, "BadRequest",
				   "pod %s does not have a host assigned",
				   obj->name);
	return status_fail(&c->st, 500, "",
			   "error dialing backend: dial tcp %s:%d: connect: "
			   "connection refused",
			   str_or_empty(host), KUBELET_PORT);
}

void
kube_connect(struct kube_call *c)
{
	const struct object *obj;
	struct err err;

	if (strcmp(c->q->method, "GET") != 0 &&
	    strcmp(c->q->method, "POST") != 0) {
		kube_method_not_allowed(c);
		return;
	}
	obj = objects_get(c->k->o, c->type, c->path.ns, c->path.name);
	if (!obj)
		status_fail_on(&c->st, 404, "NotFound", c->type, c->path.name,
			       "pods \"%s\" not found", c->path.name);
	else
		may_connect(c, obj,
			    json_parse(c->arena, obj->json, obj->len, &err));
	c->a->wrote = false; /* nothing was changed: not one for the log */
	kube_fail(c);
}
