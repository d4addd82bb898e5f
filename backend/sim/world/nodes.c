/*
 * Nodes come and go: registration, the cloud's first greeting, leases, and the
 * controllers that notice a silent kubelet, remove nodes whose machine is gone
 * and clean up behind them.
 */
#include "backend/sim/world/kubelet.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/bootstrap.h"

#define JOIN_MS 12000	/* from registered to Ready, about */
#define SLOW_TIMES 8	/* a boot that is slow, of the usual time */
#define GREET_MS 1200	/* the cloud controller's first visit */
#define NETWORK_MS 2500 /* from aws-node running to Ready */
#define LEASE_MS 10000
#define LEASE_S 40
#define STATUS_MS 300000   /* nodeStatusReportFrequency */
#define SHUTDOWN_MS 4000   /* the machine takes the kubelet down */
#define GRACE_MS 40000	   /* node-monitor-grace-period */
#define CLOUD_LOOK_MS 5000 /* node-monitor-period of the cloud controller */
#define ORPHANED_MS 40000  /* pods of a node that is no more */
#define EVICT_AFTER_MS 300000
#define CONTROLLER_MS 60

struct lifecycle_part {
	struct kubernetes *k;
	struct work_queue *taints, *orphans;
};

static const struct event_source node_controller = { "node-controller", "",
						     NULL };

static const struct object *
object_of(const struct knode *n)
{
	return k8s_find(n->k, n->k->nodes, "", n->name);
}

/* ---- joining ---- */

static void
write_lease(struct knode *n)
{
	struct kubernetes *k = n->k;
	const struct object *node = object_of(n), *o;
	int64_t now = sim_now_ms(k->sim);

	n->lease_ms = now;
	o = k8s_find(k, k->leases, "kube-node-lease", n->name);
	if (o) {
		k8s_put_trusted(k, o,
			      pack("{s:{s:o}}", "spec", "renewTime",
				   pack_micro_time(now)));
	} else if (node) {
		k8s_put(k, k->leases, "kube-node-lease",
			pack("{s:{s:s, s:[{s:s, s:s, s:s, s:s}]}, "
			     "s:{s:s, s:i, s:o}}",
			     "metadata", "name", n->name, "ownerReferences",
			     "apiVersion", "v1", "kind", "Node", "name",
			     n->name, "uid", node->uid, "spec",
			     "holderIdentity", n->name, "leaseDurationSeconds",
			     LEASE_S, "renewTime", pack_micro_time(now)));
	}
}

static void
on_lease(struct sim *w, void *ctx, uint64_t arg)
{
	struct knode *n = ctx;

	(void)arg;
	write_lease(n);
	n->lease_timer = sim_after(w, LEASE_MS, on_lease, n, 0);
}

void
node_write_status(struct knode *n)
{
	const struct object *o = object_of(n);

	if (o)
		k8s_put_status(n->k, o,
			       pack("{s:o, s:o}", "conditions",
				    node_conditions(n), "images",
				    node_images(n)));
}

static void
on_status(struct sim *w, void *ctx, uint64_t arg)
{
	struct knode *n = ctx;

	(void)arg;
	node_write_status(n);
	n->status_timer = sim_after(w, STATUS_MS, on_status, n, 0);
}

/* The periodic part of a kubelet's life. */
static void
begin_beating(struct knode *n)
{
	struct sim *w = n->k->sim;

	if (n->lease_timer || sim_in_history(w))
		return;
	n->lease_timer = sim_after(w, sim_draw_ms(&n->rng, LEASE_MS / 2, 0.4),
				   on_lease, n, 0);
	n->status_timer = sim_after(w, sim_draw_ms(&n->rng, STATUS_MS / 2, 0.4),
				    on_status, n, 0);
}

static void
on_greeted(struct sim *w, void *ctx, uint64_t arg)
{
	struct knode *n = ctx;
	const struct object *o;

	(void)w;
	(void)arg;
	if (!node_is_there(n))
		return;
	o = object_of(n);
	if (!o || n->dead)
		return;
	k8s_put_merge(n->k, o, node_cloud_patch(n));
	node_taint_drop(n->k, n->name,
			"node.cloudprovider.kubernetes.io/uninitialized");
	o = object_of(n);
	if (o)
		k8s_tell(n->k, o, &node_controller, false, "RegisteredNode",
			 "Node %s event: Registered Node %s in Controller",
			 n->name, n->name);
}

void
node_register(struct knode *n)
{
	struct sim *w = n->k->sim;
	struct event_source from = { "kubelet", n->name, NULL };
	const struct object *o;

	n->registered_ms = n->lease_ms = sim_now_ms(w);
	o = k8s_put(n->k, n->k->nodes, "", node_body(n));
	if (!o)
		return;
	n->registered = true;
	k8s_install(n->k, "storage.k8s.io", "csinodes", "", node_csi_body(o));
	k8s_tell(n->k, o, &from, false, "Starting", "Starting kubelet.");
	write_lease(n);
	kubelet_adopt(n);
	begin_beating(n);
	node_later(n, sim_draw_ms(&n->rng, GREET_MS, 0.2), on_greeted, 0);
}

static void
on_join(struct sim *w, void *ctx, uint64_t arg)
{
	struct knode *n = ctx;

	(void)w;
	(void)arg;
	if (node_is_there(n) && !n->dead)
		node_register(n);
}

void
kubernetes_instance_running(struct kubernetes *k, struct cloud_instance *i,
			    int64_t ready_in_ms)
{
	struct knode *n = kubelet_boot(k, i);
	int64_t wait =
		ready_in_ms > JOIN_MS + 1000 ? ready_in_ms - JOIN_MS : 1000;

	if (i->boot == BOOT_SLOW)
		wait *= SLOW_TIMES;
	if (i->boot != BOOT_NEVER_JOINS)
		node_later(n, wait, on_join, 0);
}

static void
on_network(struct sim *w, void *ctx, uint64_t arg)
{
	struct knode *n = ctx;
	struct event_source from = { "kubelet", n->name, NULL };
	const struct object *o;

	(void)arg;
	if (!node_is_there(n) || n->dead || n->ready || !n->registered ||
	    n->instance->boot == BOOT_NOT_READY)
		return;
	n->ready = true;
	n->ready_ms = sim_now_ms(w);
	node_write_status(n);
	o = object_of(n);
	if (o)
		k8s_tell(n->k, o, &from, false, "NodeReady",
			 "Node %s status is now: NodeReady", n->name);
}

void
node_network_up(struct knode *n)
{
	node_later(n, sim_draw_ms(&n->rng, NETWORK_MS, 0.2), on_network, 0);
}

/* ---- taints that follow from the node's state ---- */

/* True when that was a write of the node: we are called again. */
static bool
sync_taint(struct kubernetes *k, const struct node *n, const char *key, bool on)
{
	if (on == !!node_taint(n, key))
		return false;
	if (on)
		node_taint_set(k, n->meta.name, key, "", "NoSchedule");
	else
		node_taint_drop(k, n->meta.name, key);
	return true;
}

static void
sync_taints(void *ctx, const char *name)
{
	struct lifecycle_part *part = ctx;
	struct kubernetes *k = part->k;
	const struct object *o = k8s_find(k, k->nodes, "", name);
	const struct node *rec = o ? mirror_of(k, KIND_NODE, o) : NULL;

	if (!rec ||
	    sync_taint(k, rec, "node.kubernetes.io/unschedulable",
		       rec->unschedulable) ||
	    sync_taint(k, rec, "node.kubernetes.io/disk-pressure",
		       rec->disk_pressure == TRI_TRUE))
		return;
	if (rec->ready != TRI_FALSE &&
	    node_taint(rec, "node.kubernetes.io/not-ready"))
		node_taint_drop(k, name, "node.kubernetes.io/not-ready");
}

static void
on_node(void *ctx, enum object_event e, const struct object *now,
	const struct object *before)
{
	struct lifecycle_part *part = ctx;

	(void)before;
	if (e == OBJECT_DELETED)
		work_queue_add(part->orphans, now->name);
	else
		work_queue_add(part->taints, now->name);
}

/* ---- leaving ---- */

/* The pod garbage collector. */
static void
collect_orphans(void *ctx, const char *name)
{
	struct lifecycle_part *part = ctx;
	struct kubernetes *k = part->k;
	struct pod_list pods = { 0 };

	if (k8s_find(k, k->nodes, "", name))
		return;
	pods = node_pods(k, name, false);
	for (uint32_t i = 0; i < pods.at.n; i++) {
		const struct object *o = pods.at.at[i];
		json_t *list = json_array();

		if (!pod_object_is_over(o)) {
			json_array_append_new(
				list,
				k8s_condition("DisruptionTarget", true,
					      "DeletionByPodGC",
					      "PodGC: node no longer exists",
					      sim_now_ms(k->sim)));
			k8s_put_status(k, o,
				       pack("{s:s, s:o}", "phase", "Failed",
					    "conditions", list));
		} else {
			json_decref(list);
		}
		objects_remove(k->objects, k->pods, o->ns, o->name);
	}
	pod_list_free(&pods);
	kubelet_forget(k, name);
}

/* What the taint NoExecute does, when nobody tolerates it for longer. */
static void
evict_silent(struct knode *n)
{
	struct pod_list pods = node_pods(n->k, n->name, true);

	for (uint32_t i = 0; i < pods.at.n; i++) {
		if (!pods.at.at[i]->deleted_ms)
			k8s_delete(n->k, pods.at.at[i], -1);
	}
	pod_list_free(&pods);
}

/* The cloud controller looks at nodes that are not ready. */
static void
on_cloud_look(struct sim *w, void *ctx, uint64_t arg)
{
	struct knode *n = ctx;
	const struct object *o;

	(void)w;
	if (!node_is_there(n))
		return;
	o = object_of(n);
	if (!o)
		return;
	if (n->instance->state == INSTANCE_TERMINATED) {
		k8s_tell(n->k, o,
			 &(struct event_source){ "cloud-node-lifecycle-"
						 "controller",
						 "", NULL },
			 false, "DeletingNode",
			 "Deleting node %s because it does not exist in the "
			 "cloud "
			 "provider",
			 n->name);
		o = object_of(n);
		if (o)
			k8s_delete(n->k, o, 0);
		return;
	}
	arg += CLOUD_LOOK_MS;
	if (arg >= EVICT_AFTER_MS && arg < EVICT_AFTER_MS + CLOUD_LOOK_MS)
		evict_silent(n);
	node_later(n, CLOUD_LOOK_MS, on_cloud_look, arg);
}

static void
on_silent(struct sim *w, void *ctx, uint64_t arg)
{
	struct knode *n = ctx;
	const struct object *o;

	(void)w;
	(void)arg;
	if (!node_is_there(n))
		return;
	o = object_of(n);
	if (!o) {
		kubelet_forget(n->k, n->name);
		return;
	}
	k8s_put_status(n->k, o,
		       pack("{s:o}", "conditions", node_unknown_conditions(n)));
	node_taint_set(n->k, n->name, "node.kubernetes.io/unreachable", "",
		       "NoSchedule");
	node_taint_set(n->k, n->name, "node.kubernetes.io/unreachable", "",
		       "NoExecute");
	o = object_of(n);
	if (o)
		k8s_tell(n->k, o, &node_controller, false, "NodeNotReady",
			 "Node %s status is now: NodeNotReady", n->name);
	node_later(n, CLOUD_LOOK_MS, on_cloud_look, 0);
}

static void
on_shutdown(struct sim *w, void *ctx, uint64_t arg)
{
	struct knode *n = ctx;

	(void)w;
	(void)arg;
	if (!node_is_there(n) || n->dead)
		return;
	kubelet_die(n);
	if (n->registered)
		node_later(n, GRACE_MS, on_silent, 0);
	else
		kubelet_forget(n->k, n->name);
}

void
kubernetes_instance_stopping(struct kubernetes *k, struct cloud_instance *i)
{
	struct knode *n = kubelet_node(k, i->dns);

	if (n && n->instance == i)
		node_later(n, sim_draw_ms(&n->rng, SHUTDOWN_MS, 0.3),
			   on_shutdown, 0);
}

/* ---- the part ---- */

struct lifecycle_part *
nodes_part_new(struct kubernetes *k)
{
	struct lifecycle_part *part = xcalloc(1, sizeof(*part));

	part->k = k;
	part->taints = work_queue_new(k->sim, CONTROLLER_MS, sync_taints, part);
	part->orphans =
		work_queue_new(k->sim, ORPHANED_MS, collect_orphans, part);
	objects_listen(k->objects, k->nodes, on_node, part);
	return part;
}

void
nodes_part_free(struct lifecycle_part *part)
{
	if (!part)
		return;
	work_queue_free(part->taints);
	work_queue_free(part->orphans);
	free(part);
}

void
nodes_part_wake(struct lifecycle_part *part)
{
	const char *name;
	void *value;

	for (uint32_t at = 0;
	     map_next(part->k->kubelets->nodes, &at, &name, &value);) {
		struct knode *n = value;

		if (n->registered && !n->dead) {
			write_lease(n);
			node_write_status(n);
			begin_beating(n);
		}
	}
}
