/*
 * ResourceQuotas: their status follows what the namespace uses.
 */
#include <stdlib.h>

#include "backend/sim/world/parts.h"

#define QUOTA_MS 60

struct quotas {
	struct kubernetes *k;
	const struct object_type *type;
	struct work_queue *work; /* namespaces */
};

static bool
collect(void *ctx, const struct object *o)
{
	struct pod_list *l = ctx;

	vec_push(&l->at, object_ref(o));
	return true;
}

static void
sync_quotas(void *ctx, const char *ns)
{
	struct quotas *q = ctx;
	struct kubernetes *k = q->k;
	struct pod_list list = { 0 };

	objects_each(k->objects, q->type, ns, NULL, collect, &list);
	for (uint32_t i = 0; i < list.at.n; i++) {
		const struct object *o = list.at.at[i];
		json_t *tree = object_tree(o);

		k8s_put_status(
			k, o,
			pack("{s:O, s:o}", "hard",
			     json_object_get(json_object_get(tree, "spec"),
					     "hard"),
			     "used", objects_quota_used(k->objects, o)));
		json_decref(tree);
	}
	pod_list_free(&list);
}

/* Whatever changes in a namespace that has quotas. */
static void
on_object(void *ctx, enum object_event e, const struct object *now,
	  const struct object *before)
{
	struct quotas *q = ctx;

	(void)e;
	(void)before;
	if (now->type->namespaced && now->type != q->k->events &&
	    objects_count(q->k->objects, q->type))
		work_queue_add(q->work, now->ns);
}

struct quotas *
quotas_new(struct kubernetes *k)
{
	struct quotas *q = xcalloc(1, sizeof(*q));

	q->k = k;
	q->type = objects_type(k->objects, "", "resourcequotas");
	q->work = work_queue_new(k->sim, QUOTA_MS, sync_quotas, q);
	objects_listen(k->objects, NULL, on_object, q);
	return q;
}

void
quotas_free(struct quotas *q)
{
	if (!q)
		return;
	work_queue_free(q->work);
	free(q);
}
