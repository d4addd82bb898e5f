/*
 * Disruption budgets: their status, and evictions that honour it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/parts.h"

#define CONTROLLER_MS 120

struct disruptions {
	struct kubernetes *k;
	struct work_queue *work;
};

struct counting {
	struct kubernetes *k;
	const struct pdb *pdb;
	int32_t pods, healthy;
};

static bool
count_pod(void *ctx, const struct object *o)
{
	struct counting *c = ctx;
	const struct pod *p = mirror_of(c->k, KIND_POD, o);

	if (!p || pod_is_finished(p) ||
	    !selector_matches(&c->pdb->selector, &p->meta.labels))
		return true;
	c->pods++;
	c->healthy += p->ready && !p->meta.deleted_ms;
	return true;
}

/* "25%" of all, or the number; percentages round up. */
static int32_t
scaled(const char *text, int32_t all)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end == '%')
		return (int32_t)((n * all + 99) / 100);
	return (int32_t)n;
}

static void
sync_budget(void *ctx, const char *key)
{
	struct disruptions *b = ctx;
	struct kubernetes *k = b->k;
	const struct object *o = k8s_find_key(k, k->pdbs, key);
	const struct pdb *pdb = o ? mirror_of(k, KIND_PDB, o) : NULL;
	struct counting c = { k, pdb, 0, 0 };
	int32_t desired, allowed;
	const char *reason;

	if (!pdb)
		return;
	objects_each(k->objects, k->pods, o->ns, NULL, count_pod, &c);
	if (pdb->max_unavailable)
		desired = c.pods - scaled(pdb->max_unavailable, c.pods);
	else
		desired = scaled(str_or_empty(pdb->min_available), c.pods);
	desired = desired < 0 ? 0 : desired;
	allowed = c.healthy > desired ? c.healthy - desired : 0;
	if (c.pods == 0)
		allowed = 0;
	if (pdb->current_healthy == c.healthy && pdb->expected == c.pods &&
	    pdb->desired_healthy == desired &&
	    pdb->disruptions_allowed == allowed)
		return;
	reason = allowed ? "SufficientPods" : "InsufficientPods";
	k8s_put_status(k, o,
		       pack("{s:i, s:i, s:i, s:i, s:I, s:n, s:[{s:s, s:s, s:s, "
			    "s:s, s:o, s:I}]}",
			    "currentHealthy", c.healthy, "desiredHealthy",
			    desired, "expectedPods", c.pods,
			    "disruptionsAllowed", allowed, "observedGeneration",
			    (json_int_t)pdb->meta.generation, "disruptedPods",
			    "conditions", "type", "DisruptionAllowed", "status",
			    allowed ? "True" : "False", "reason", reason,
			    "message", "", "lastTransitionTime",
			    pack_time(sim_now_ms(k->sim)), "observedGeneration",
			    (json_int_t)pdb->meta.generation));
}

static bool
queue_budget(void *ctx, const struct object *o)
{
	struct disruptions *b = ctx;

	work_queue_add(b->work, o->key);
	return true;
}

static void
on_pod(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	struct disruptions *b = ctx;

	(void)e;
	(void)before;
	objects_each(b->k->objects, b->k->pdbs, now->ns, NULL, queue_budget, b);
}

static void
on_pdb(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	(void)before;
	if (e != OBJECT_DELETED)
		queue_budget(ctx, now);
}

struct disruptions *
disruptions_new(struct kubernetes *k)
{
	struct disruptions *b = xcalloc(1, sizeof(*b));

	b->k = k;
	b->work = work_queue_new(k->sim, CONTROLLER_MS, sync_budget, b);
	objects_listen(k->objects, k->pods, on_pod, b);
	objects_listen(k->objects, k->pdbs, on_pdb, b);
	return b;
}

void
disruptions_free(struct disruptions *b)
{
	if (!b)
		return;
	work_queue_free(b->work);
	free(b);
}

/* ---- eviction ---- */

struct matching {
	struct kubernetes *k;
	const struct pod *pod;
	const struct object *found;
	uint32_t n;
};

static bool
match_budget(void *ctx, const struct object *o)
{
	struct matching *m = ctx;
	const struct pdb *pdb = mirror_of(m->k, KIND_PDB, o);

	if (pdb && selector_matches(&pdb->selector, &m->pod->meta.labels)) {
		m->found = o;
		m->n++;
	}
	return true;
}

/* Takes one disruption from the budget; false with the refusal. */
static bool
spend(struct kubernetes *k, const struct object *o, const struct pod *pod,
      struct status *st)
{
	const struct pdb *pdb = mirror_of(k, KIND_PDB, o);

	/* A pod that is not healthy anyway costs a met budget nothing. */
	if (!pod->ready && pdb->current_healthy >= pdb->desired_healthy &&
	    pdb->current_healthy > 0)
		return true;
	if (pdb->disruptions_allowed <= 0) {
		status_fail(st, 429, "TooManyRequests",
			    "Cannot evict pod as it would violate the pod's "
			    "disruption budget.");
		status_add_cause(st, "DisruptionBudget", "",
				 "The disruption budget %s needs %d healthy "
				 "pods and has %d currently",
				 o->name, pdb->desired_healthy,
				 pdb->current_healthy);
		return false;
	}
	k8s_put_status(k, o,
		       pack("{s:i, s:{s:o}}", "disruptionsAllowed",
			    pdb->disruptions_allowed - 1, "disruptedPods",
			    pod->meta.name, pack_time(sim_now_ms(k->sim))));
	return true;
}

void
k8s_mark_disrupted(struct kubernetes *k, const struct object *o,
		   const char *reason, const char *message)
{
	json_t *tree = object_tree(o);
	json_t *list =
		json_object_get(json_object_get(tree, "status"), "conditions");

	list = list ? json_copy(list) : json_array();
	json_array_append_new(list,
			      k8s_condition("DisruptionTarget", true, reason,
					    message, sim_now_ms(k->sim)));
	k8s_put_status(k, o, pack("{s:o}", "conditions", list));
	json_decref(tree);
}

bool
k8s_evict(struct kubernetes *k, const struct object *pod, int64_t grace_s,
	  struct status *st)
{
	const struct pod *rec = mirror_of(k, KIND_POD, pod);
	const struct object *held;
	struct matching m = { .k = k, .pod = rec };

	if (!rec)
		return status_fail(st, 500, "InternalError",
				   "pod %s cannot be read", pod->key);
	if (rec->phase == POD_RUNNING && !rec->meta.deleted_ms) {
		objects_each(k->objects, k->pdbs, pod->ns, NULL, match_budget,
			     &m);
		if (m.n > 1)
			return status_fail(
				st, 500, "InternalError",
				"This pod has more than one "
				"PodDisruptionBudget, which the eviction "
				"subresource does not support.");
		if (m.n == 1 && !spend(k, m.found, rec, st))
			return false;
	}
	held = object_ref(pod);
	if (rec->phase == POD_RUNNING && !rec->disruption_target)
		k8s_mark_disrupted(k, held, "EvictionByEvictionAPI",
			   "Eviction API: evicting");
	k8s_delete(k, held, grace_s);
	object_unref(held);
	return true;
}
