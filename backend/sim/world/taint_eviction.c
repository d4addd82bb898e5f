/*
 * NoExecute taints: pods that do not tolerate them go, at once or when their
 * tolerationSeconds are over.  Nodes that fall silent are another matter
 * (nodes.c), as are the taints that say so.
 */
#include <stdlib.h>

#include "backend/engine/predicates.h"
#include "backend/sim/world/parts.h"

#define EVICTION_MS 40

static const struct event_source source = { "taint-eviction-controller", "",
					    NULL };

struct evictor {
	struct kubernetes *k;
	struct work_queue *work; /* node names */
	struct map *nodes;	 /* name -> struct tainted */
};

struct tainted {
	struct evictor *e;
	char *node;
	uint64_t timer;
	struct map *since; /* uid -> when the pod was found there, int64_t */
};

static void
tainted_free(void *value)
{
	struct tainted *t = value;

	sim_cancel(t->e->k->sim, t->timer);
	map_free(t->since);
	free(t->node);
	free(t);
}

static bool
counts(const struct taint *t)
{
	return t->effect == TAINT_NO_EXECUTE &&
	       !str_eq(t->key, "node.kubernetes.io/not-ready") &&
	       !str_eq(t->key, "node.kubernetes.io/unreachable");
}

static bool
has_taints(const struct node *n)
{
	for (uint32_t i = 0; n && i < n->taint_n; i++)
		if (counts(&n->taints[i]))
			return true;
	return false;
}

/* Seconds the pod may stay: 0 not at all, -1 for good. */
static int64_t
may_stay_s(const struct pod *p, const struct node *n)
{
	int64_t least = -1;

	for (uint32_t i = 0; i < n->taint_n; i++) {
		bool tolerated = false;

		if (!counts(&n->taints[i]))
			continue;
		for (uint32_t k = 0; k < p->toleration_n; k++) {
			const struct toleration *t = &p->tolerations[k];

			if (!toleration_matches(t, &n->taints[i]))
				continue;
			tolerated = true;
			if (t->seconds >= 0 &&
			    (least < 0 || t->seconds < least))
				least = t->seconds;
		}
		if (!tolerated)
			return 0;
	}
	return least;
}

static void
evict(struct kubernetes *k, const struct object *pod)
{
	const struct object *held = object_ref(pod);

	k8s_tell(k, held, &source, false, "TaintManagerEviction",
		 "Marking for deletion Pod %s/%s", held->ns, held->name);
	k8s_mark_disrupted(k, held, "DeletionByTaintManager",
			   "Taint manager: deleting due to NoExecute taint");
	k8s_delete(k, held, -1);
	object_unref(held);
}

static int64_t
found_ms(struct tainted *t, const struct object *pod, int64_t now_ms)
{
	int64_t *since = map_get(t->since, pod->uid);

	if (!since) {
		since = xmalloc(sizeof(*since));
		*since = now_ms;
		map_put(t->since, pod->uid, since);
	}
	return *since;
}

static void
on_time(struct sim *w, void *ctx, uint64_t arg)
{
	struct tainted *t = ctx;

	(void)w;
	(void)arg;
	t->timer = 0;
	work_queue_add(t->e->work, t->node);
}

static void
look_at_pods(struct tainted *t, const struct node *n)
{
	struct kubernetes *k = t->e->k;
	struct pod_list pods = node_pods(k, t->node, false);
	int64_t now = sim_now_ms(k->sim), next = INT64_MAX;

	for (uint32_t i = 0; i < pods.at.n; i++) {
		const struct object *o = pods.at.at[i];
		const struct pod *p = mirror_of(k, KIND_POD, o);
		int64_t stay, ends;

		if (!p || o->deleted_ms || pod_is_finished(p))
			continue;
		stay = may_stay_s(p, n);
		if (stay < 0)
			continue;
		ends = found_ms(t, o, now) + stay * 1000;
		if (ends <= now)
			evict(k, o);
		else if (ends < next)
			next = ends;
	}
	pod_list_free(&pods);
	sim_cancel(k->sim, t->timer);
	t->timer = next == INT64_MAX
			   ? 0
			   : sim_after(k->sim, next - now, on_time, t, 0);
}

static void
sync_node(void *ctx, const char *name)
{
	struct evictor *e = ctx;
	const struct object *o = k8s_find(e->k, e->k->nodes, "", name);
	const struct node *n = o ? mirror_of(e->k, KIND_NODE, o) : NULL;
	struct tainted *t = map_get(e->nodes, name);

	if (!has_taints(n)) {
		if (t)
			tainted_free(map_take(e->nodes, name));
		return;
	}
	if (!t) {
		t = xcalloc(1, sizeof(*t));
		t->e = e;
		t->node = xstrdup(name);
		t->since = map_new(free);
		map_put(e->nodes, name, t);
	}
	/* The record must outlive what the evictions write. */
	o = object_ref(o);
	look_at_pods(t, n);
	object_unref(o);
}

static void
on_node(void *ctx, enum object_event e, const struct object *now,
	const struct object *before)
{
	struct evictor *v = ctx;

	(void)before;
	/* Heartbeats are no news: only what is not status counts. */
	if (e == OBJECT_DELETED || map_get(v->nodes, now->name) ||
	    has_taints(mirror_spec_of(v->k, KIND_NODE, now)))
		work_queue_add(v->work, now->name);
}

static void
on_pod(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	struct evictor *v = ctx;

	if (e != OBJECT_DELETED && *now->node && (!before || !*before->node) &&
	    map_get(v->nodes, now->node))
		work_queue_add(v->work, now->node);
}

struct evictor *
evictor_new(struct kubernetes *k)
{
	struct evictor *e = xcalloc(1, sizeof(*e));

	e->k = k;
	e->nodes = map_new(tainted_free);
	e->work = work_queue_new(k->sim, EVICTION_MS, sync_node, e);
	objects_listen(k->objects, k->nodes, on_node, e);
	objects_listen(k->objects, k->pods, on_pod, e);
	return e;
}

void
evictor_free(struct evictor *e)
{
	if (!e)
		return;
	map_free(e->nodes);
	work_queue_free(e->work);
	free(e);
}
