/*
 * The kubelet of a node: which pods it looks after, and its own beginning and
 * end.
 */
#include "backend/sim/world/kubelet_pod.h"

#include <stdio.h>
#include <stdlib.h>

#define SEE_MS 40 /* from the watch event to the pod worker */

/* ---- keeping up with the API ---- */

/* key is "node\nuid\nns/name". */
static void
sync_pod(void *ctx, const char *key)
{
	struct kubelets *ks = ctx;
	const char *uid = strchr(key, '\n') + 1;
	const char *pod = strchr(uid, '\n') + 1;
	char *node = xstrndup(key, (size_t)(uid - key - 1));
	char *id = xstrndup(uid, (size_t)(pod - uid - 1));
	struct knode *n = map_get(ks->nodes, node);
	const struct object *o = k8s_find_key(ks->k, ks->k->pods, pod);
	struct kpod *p = n ? map_get(n->pods, id) : NULL;

	if (o && !str_eq(o->uid, id))
		o = NULL;
	if (!n || n->dead || !n->registered)
		goto out;
	if (!o) {
		if (p)
			kpod_drop(p);
	} else if (!p && !o->deleted_ms) {
		kpod_admit(n, o);
	} else if (o->deleted_ms && (!p || p->phase == KPOD_ENDED)) {
		if (p)
			kpod_drop(p);
		objects_remove(ks->k->objects, ks->k->pods, o->ns, o->name);
	} else if (o->deleted_ms && p->phase != KPOD_STOPPING) {
		kpod_stop(p, kpod_grace(p, o));
	}
out:
	free(node);
	free(id);
}

static void
queue_pod(struct kubelets *ks, const struct object *o)
{
	char *key = xasprintf("%s\n%s\n%s", o->node, o->uid, o->key);

	work_queue_add(ks->sync, key);
	free(key);
}

static void
on_pod(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	struct kubelets *ks = ctx;

	if (!*now->node)
		return;
	if (e == OBJECT_DELETED || !before || !*before->node ||
	    (now->deleted_ms && !before->deleted_ms))
		queue_pod(ks, now);
}

static bool
queue_each(void *ctx, const struct object *pod)
{
	queue_pod(ctx, pod);
	return true;
}

/* ---- the nodes' ---- */

struct knode *
kubelet_node(struct kubernetes *k, const char *name)
{
	return map_get(k->kubelets->nodes, name);
}

struct kpod *
kubelet_pod(struct kubernetes *k, const char *ns, const char *name,
	    const char *uid)
{
	const struct object *o = k8s_find(k, k->pods, ns, name);
	struct knode *n = o && *o->node ? kubelet_node(k, o->node) : NULL;

	if (!n || (uid && *uid && !str_eq(o->uid, uid)))
		return NULL;
	return map_get(n->pods, o->uid);
}

static void
forget_pods(struct knode *n)
{
	const char *uid;
	void *value;

	for (uint32_t at = 0; map_next(n->pods, &at, &uid, &value);) {
		struct kpod *p = value;

		kpod_stop_program(p);
		map_take(n->pods, p->uid);
		kpod_free(p);
	}
}

static void
node_free(struct knode *n)
{
	for (uint32_t i = 0; i < n->pulls.n; i++) {
		vec_free(&n->pulls.at[i]->waiting);
		free(n->pulls.at[i]->image);
		free(n->pulls.at[i]);
	}
	vec_free(&n->pulls);
	map_free(n->pods);
	map_free(n->images);
	free(n);
}

static void
node_retire(struct knode *n)
{
	kubelet_die(n);
	map_take(n->k->kubelets->nodes, n->name);
	n->gone = true;
	if (n->refs)
		vec_push(&n->k->kubelets->gone, n);
	else
		node_free(n);
}

void
node_later(struct knode *n, int64_t delay_ms, sim_fn fn, uint64_t arg)
{
	n->refs++;
	sim_after(n->k->sim, delay_ms, fn, n, arg);
}

bool
node_is_there(struct knode *n)
{
	struct kubelets *ks = n->k->kubelets;

	n->refs--;
	if (!n->gone)
		return true;
	if (n->refs)
		return false;
	for (uint32_t i = 0; i < ks->gone.n; i++) {
		if (ks->gone.at[i] == n)
			ks->gone.at[i] = ks->gone.at[--ks->gone.n];
	}
	node_free(n);
	return false;
}

struct knode *
kubelet_boot(struct kubernetes *k, struct cloud_instance *i)
{
	struct knode *n = xcalloc(1, sizeof(*n)), *old;
	char subject[160];

	n->k = k;
	n->instance = i;
	snprintf(n->name, sizeof(n->name), "%s", i->dns);
	snprintf(subject, sizeof(subject), "kubelet/%s", i->id);
	n->rng = sim_rng(k->sim, subject);
	n->pods = map_new(NULL);
	n->images = map_new(free);
	n->created_ms = sim_now_ms(k->sim);
	kubelet_seed_images(n);
	old = map_get(k->kubelets->nodes, n->name);
	if (old)
		node_retire(old);
	map_put(k->kubelets->nodes, n->name, n);
	return n;
}

void
kubelet_adopt(struct knode *n)
{
	objects_each_on_node(n->k->objects, n->name, queue_each,
			     n->k->kubelets);
}

void
kubelet_die(struct knode *n)
{
	struct sim *w = n->k->sim;

	n->dead = true;
	forget_pods(n);
	sim_cancel(w, n->pull_timer);
	sim_cancel(w, n->lease_timer);
	sim_cancel(w, n->status_timer);
	sim_cancel(w, n->disk_timer);
	n->pull_timer = n->lease_timer = n->status_timer = 0;
	n->disk_timer = 0;
}

void
kubelet_forget(struct kubernetes *k, const char *node)
{
	struct knode *n = map_get(k->kubelets->nodes, node);

	if (n && n->dead)
		node_retire(n);
}

struct kubelets *
kubelets_new(struct kubernetes *k)
{
	struct kubelets *ks = xcalloc(1, sizeof(*ks));

	ks->k = k;
	ks->nodes = map_new(NULL);
	ks->sync = work_queue_new(k->sim, SEE_MS, sync_pod, ks);
	objects_listen(k->objects, k->pods, on_pod, ks);
	return ks;
}

void
kubelets_free(struct kubelets *ks)
{
	const char *name;
	void *value;

	if (!ks)
		return;
	ks->closing = true;
	for (uint32_t at = 0; map_next(ks->nodes, &at, &name, &value);) {
		kubelet_die(value);
		node_free(value);
	}
	for (uint32_t i = 0; i < ks->gone.n; i++)
		node_free(ks->gone.at[i]);
	vec_free(&ks->gone);
	map_free(ks->nodes);
	work_queue_free(ks->sync);
	free(ks);
}
