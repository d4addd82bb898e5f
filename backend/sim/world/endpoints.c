/*
 * Endpoints and EndpointSlices of services with a selector.
 */
#include <stdlib.h>

#include "backend/sim/world/owned.h"

#define CONTROLLER_MS 150

struct endpointer {
	struct kubernetes *k;
	struct work_queue *work;
};

struct gathering {
	struct kubernetes *k;
	json_t *selector;
	json_t *addresses, *endpoints; /* of the two kinds of object */
};

static bool
selected(const json_t *selector, const struct object *pod)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)selector, key, v)
	{
		if (!str_eq(object_label(pod, key), json_string_value(v)))
			return false;
	}
	return true;
}

static bool
gather(void *ctx, const struct object *o)
{
	struct gathering *g = ctx;
	const struct pod *p;
	json_t *target;

	if (!selected(g->selector, o))
		return true;
	p = mirror_of(g->k, KIND_POD, o);
	if (!p || !*str_or_empty(p->pod_ip) || pod_is_finished(p))
		return true;
	target = pack("{s:s, s:s, s:s, s:s}", "kind", "Pod", "namespace", o->ns,
		      "name", o->name, "uid", o->uid);
	if (p->ready)
		json_array_append_new(g->addresses,
				      pack("{s:s, s:s, s:O}", "ip", p->pod_ip,
					   "nodeName", p->node_name,
					   "targetRef", target));
	json_array_append_new(
		g->endpoints,
		pack("{s:[s], s:{s:b, s:b, s:b}, s:s, s:o}", "addresses",
		     p->pod_ip, "conditions", "ready", (int)p->ready, "serving",
		     (int)p->ready, "terminating", (int)(o->deleted_ms != 0),
		     "nodeName", p->node_name, "targetRef", target));
	return true;
}

/* The service's ports by number; a named target port is the number itself in
 * everything we found. */
static json_t *
ports_of(const json_t *spec)
{
	json_t *list = json_array(), *p;
	size_t i;

	json_array_foreach(json_object_get(spec, "ports"), i, p)
	{
		json_t *target = json_object_get(p, "targetPort");
		json_t *out = pack("{s:O, s:s}", "port",
				   json_is_integer(target)
					   ? target
					   : json_object_get(p, "port"),
				   "protocol", "TCP");
		json_t *name = json_object_get(p, "name");
		json_t *protocol = json_object_get(p, "protocol");

		if (json_is_string(protocol))
			json_object_set(out, "protocol", protocol);
		if (name)
			json_object_set(out, "name", name);
		json_array_append_new(list, out);
	}
	return list;
}

static void
write(struct kubernetes *k, const struct object_type *t,
      const struct object *svc, const char *name, json_t *body)
{
	const struct object *o = k8s_find(k, t, svc->ns, name);

	if (o)
		k8s_put_merge(k, o, body);
	else
		k8s_put(k, t, svc->ns, body);
}

static void
sync_service(void *ctx, const char *key)
{
	struct endpointer *e = ctx;
	struct kubernetes *k = e->k;
	const struct object *o = k8s_find_key(k, k->services, key);
	struct gathering g = { .k = k };
	json_t *tree, *spec, *ports, *subsets;
	char *slice;

	if (!o || o->deleted_ms)
		return;
	o = object_ref(o);
	tree = object_tree(o);
	spec = json_object_get(tree, "spec");
	g.selector = json_object_get(spec, "selector");
	if (!json_is_object(g.selector) || json_object_size(g.selector) == 0)
		goto out;
	g.addresses = json_array();
	g.endpoints = json_array();
	objects_each(k->objects, k->pods, o->ns, NULL, gather, &g);
	ports = ports_of(spec);
	subsets = json_array();
	if (json_array_size(g.addresses))
		json_array_append_new(subsets,
				      pack("{s:O, s:O}", "addresses",
					   g.addresses, "ports", ports));
	write(k, k->endpoints, o, o->name,
	      pack("{s:{s:s}, s:o}", "metadata", "name", o->name, "subsets",
		   subsets));
	slice = xasprintf("%s-%.5s", o->name, o->uid);
	write(k, k->slices, o, slice,
	      pack("{s:s, s:{s:s, s:{s:s, s:s}, s:[{s:s, s:s, s:s, s:s, s:b, "
		   "s:b}]}, s:O, s:o}",
		   "addressType", "IPv4", "metadata", "name", slice, "labels",
		   "kubernetes.io/service-name", o->name,
		   "endpointslice.kubernetes.io/managed-by",
		   "endpointslice-controller.k8s.io", "ownerReferences",
		   "apiVersion", "v1", "kind", "Service", "name", o->name,
		   "uid", o->uid, "controller", 1, "blockOwnerDeletion", 1,
		   "endpoints", g.endpoints, "ports", ports));
	free(slice);
	json_decref(g.addresses);
	json_decref(g.endpoints);
out:
	json_decref(tree);
	object_unref(o);
}

static bool
queue_each(void *ctx, const struct object *o)
{
	struct endpointer *e = ctx;

	work_queue_add(e->work, o->key);
	return true;
}

static void
on_change(void *ctx, enum object_event e, const struct object *now,
	  const struct object *before)
{
	struct endpointer *p = ctx;

	(void)before;
	if (now->type == p->k->services) {
		if (e != OBJECT_DELETED)
			queue_each(p, now);
		return;
	}
	objects_each(p->k->objects, p->k->services, now->ns, NULL, queue_each,
		     p);
}

struct endpointer *
endpointer_new(struct kubernetes *k)
{
	struct endpointer *e = xcalloc(1, sizeof(*e));

	e->k = k;
	e->work = work_queue_new(k->sim, CONTROLLER_MS, sync_service, e);
	objects_listen(k->objects, k->services, on_change, e);
	objects_listen(k->objects, k->pods, on_change, e);
	return e;
}

void
endpointer_free(struct endpointer *e)
{
	if (!e)
		return;
	work_queue_free(e->work);
	free(e);
}
