/*
 * The VPC CNI's settings: what the aws-node DaemonSet's environment says holds
 * for every node from then on.  (The real one restarts node by node; the
 * addresses move within the minute all the same.)
 */
#include "backend/sim/world/parts.h"

#include <stdlib.h>

static int32_t
setting(const json_t *env, const char *name)
{
	json_t *e;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)env, i, e) {
		const char *value =
			json_string_value(json_object_get(e, "value"));
		long n;

		if (!value ||
		    !str_eq(json_string_value(json_object_get(e, "name")),
			    name))
			continue;
		n = strtol(value, NULL, 10);
		return n > 0 && n < 1000 ? (int32_t)n : 0;
	}
	return 0;
}

static void
on_daemonset(void *ctx, enum object_event e, const struct object *now,
	     const struct object *before)
{
	struct kubernetes *k = ctx;
	struct cloud *c = sim_cloud(k->sim);
	const char *id;
	json_t *tree, *at;
	void *value;

	(void)before;
	if (e == OBJECT_DELETED || !str_eq(now->name, "aws-node") ||
	    !str_eq(now->ns, "kube-system"))
		return;
	tree = object_tree(now);
	at = json_object_get(json_object_get(tree, "spec"), "template");
	at = json_object_get(json_object_get(at, "spec"), "containers");
	at = json_object_get(json_array_get(at, 0), "env");
	c->cni.warm_ips = setting(at, "WARM_IP_TARGET");
	c->cni.minimum_ips = setting(at, "MINIMUM_IP_TARGET");
	json_decref(tree);
	for (uint32_t n = 0; map_next(c->instances, &n, &id, &value);) {
		struct cloud_instance *i = value;

		/* A rented machine is no node and has no CNI. */
		if (i->state == INSTANCE_RUNNING && !i->machine)
			instance_addresses_trim(i);
	}
}

void
cni_listen(struct kubernetes *k)
{
	objects_listen(k->objects, k->daemonsets, on_daemonset, k);
}
