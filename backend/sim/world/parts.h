/*
 * What the parts of the cluster share: the store's types, the mirror of decoded
 * records, work queues, events, and writing that cannot fail quietly.
 *
 * Each part has its own struct, made by X_new and freed by X_free; parts know
 * each other only through the functions below and the store.
 */
#ifndef SIM_WORLD_PARTS_H
#define SIM_WORLD_PARTS_H

#include "backend/decode/decode.h"
#include "backend/sim/world/ci.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/kubernetes.h"
#include "backend/sim/world/ids.h"
#include "backend/sim/kube/hooks.h"
#include "backend/sim/world/pack.h"

struct kubernetes {
	struct sim *sim;
	struct objects *objects;
	const struct scenario *scenario;
	const struct object_type *pods, *nodes, *events, *leases, *namespaces,
		*deployments, *replicasets, *daemonsets, *pdbs, *services,
		*endpoints, *slices, *configmaps, *secrets;
	struct mirror *mirror;
	struct truth *truth;
	struct recorder *recorder;
	struct scheduler *scheduler;
	struct kubelets *kubelets;
	struct lifecycle_part *nodes_part;
	struct deployer *deployer;
	struct daemons *daemons;
	struct batch *batch;
	struct quotas *quotas;
	struct evictor *evictor;
	struct stateful *stateful;
	struct disruptions *disruptions;
	struct endpointer *endpointer;
	struct managers *managers;
	struct helm *helm;
	struct flux *flux;
	struct autoscaler *autoscaler;
	struct operator *operator;
	struct kube_hooks hooks;
};

/* ---- writing (parts.c) ---- */

/* Borrowed object, or NULL when the store refused (logged at debug: a client
 * was faster, or took the namespace away).  body is taken over. */
const struct object *k8s_put(struct kubernetes *k, const struct object_type *t,
			     const char *ns, json_t *body);
/* The same, with what the store said when it refused. */
const struct object *k8s_try_put(struct kubernetes *k,
				 const struct object_type *t, const char *ns,
				 json_t *body, struct status *st);
/* A merge patch of .status, or with put_merge of everything else. */
const struct object *k8s_put_status(struct kubernetes *k,
				    const struct object *o, json_t *status);
const struct object *k8s_put_merge(struct kubernetes *k, const struct object *o,
				   json_t *patch);
/* A merge patch whose result is right by itself: of leases and events, which
 * are written all the time. */
const struct object *k8s_put_trusted(struct kubernetes *k,
				     const struct object *o, json_t *patch);
/* Graceful with grace_s -1 (its own) or a number of seconds. */
void k8s_delete(struct kubernetes *k, const struct object *o, int64_t grace_s);

const struct object *k8s_find(struct kubernetes *k, const struct object_type *t,
			      const char *ns, const char *name);
/* key is "ns/name", or "name" when cluster-wide. */
const struct object *k8s_find_key(struct kubernetes *k,
				  const struct object_type *t, const char *key);
/* One of the selectable fields: "status.phase"; "" when there is none. */
const char *object_field(const struct object *o, const char *path);
bool pod_object_is_over(const struct object *pod); /* Succeeded, Failed */

/* conditions[] entry; reason and message may be NULL. */
json_t *k8s_condition(const char *type, bool on, const char *reason,
		      const char *message, int64_t since_ms);

/* ---- the mirror: objects as the model's records (mirror.c) ---- */

struct mirror *mirror_new(struct kubernetes *k);
void mirror_free(struct mirror *m);
/* The record of this state of the object, borrowed until the object's next
 * write; NULL when it cannot be decoded. */
const void *mirror_of(struct kubernetes *k, enum kind kind,
		      const struct object *o);
/* The same where only what is not status counts: the record may be of an
 * earlier state that differs in nothing else. */
const void *mirror_spec_of(struct kubernetes *k, enum kind kind,
			   const struct object *o);
const struct object_type *mirror_type(const struct kubernetes *k,
				      enum kind kind);
/* A tree in the API's JSON shape as a record: new reference, or NULL. */
const struct record *mirror_decode(struct kubernetes *k, enum kind kind,
				   const json_t *tree);

/* ---- work queues (parts.c): keys once each, worked off after a while ---- */

struct work_queue;
struct work_queue *work_queue_new(struct sim *w, int64_t delay_ms,
				  void (*work)(void *ctx, const char *key),
				  void *ctx);
void work_queue_free(struct work_queue *q);
void work_queue_add(struct work_queue *q, const char *key);

/* ---- events (recorder.c) ---- */

struct recorder *recorder_new(struct kubernetes *k);
void recorder_free(struct recorder *r);
struct event_source {
	const char *component, *host; /* host "" for controllers */
	const char *field;	      /* "spec.containers{build}", or NULL */
};
PRINTF_LIKE(6, 7)
void k8s_tell(struct kubernetes *k, const struct object *about,
	      const struct event_source *from, bool warning, const char *reason,
	      const char *fmt, ...);
/* As events.k8s.io has them: eventTime, action, series. */
PRINTF_LIKE(6, 7)
void k8s_tell_scheduling(struct kubernetes *k, const struct object *pod,
			 bool warning, const char *reason, const char *action,
			 const char *fmt, ...);

/* ---- taints (taints.c): false when there is no such node (or taint) ---- */

bool node_taint_set(struct kubernetes *k, const char *node, const char *key,
		    const char *value, const char *effect);
bool node_taint_drop(struct kubernetes *k, const char *node, const char *key);

/* ---- the pods of a node (drain.c) ---- */

struct pod_list { /* holds references */
	VEC(const struct object *) at;
};
/* Without those of DaemonSets and mirror pods when spare_daemons. */
struct pod_list node_pods(struct kubernetes *k, const char *node,
			  bool spare_daemons);
void pod_list_free(struct pod_list *l);
void node_set_cordon(struct kubernetes *k, const char *node, bool on);
/* Asks for the eviction of all that a drain moves, as far as budgets allow;
 * how many are still there. */
uint32_t node_evict_pods(struct kubernetes *k, const char *node);

/* ---- parts ---- */

void found_kubernetes(struct kubernetes *k); /* bootstrap.c */

struct scheduler *scheduler_new(struct kubernetes *k);
void scheduler_free(struct scheduler *s);

struct deployer *deployer_new(struct kubernetes *k);
void deployer_free(struct deployer *d);
struct daemons *daemons_new(struct kubernetes *k);
void daemons_free(struct daemons *d);
struct batch *batch_new(struct kubernetes *k); /* Jobs and CronJobs */
void batch_free(struct batch *b);
struct quotas *quotas_new(struct kubernetes *k);
void quotas_free(struct quotas *q);
struct stateful *stateful_new(struct kubernetes *k);
void stateful_free(struct stateful *s);
struct disruptions *disruptions_new(struct kubernetes *k);
void disruptions_free(struct disruptions *b);
/* POST pods/x/eviction: false with the status a client would get. */
bool k8s_evict(struct kubernetes *k, const struct object *pod, int64_t grace_s,
	       struct status *st);
/* Sets the pod's condition DisruptionTarget. */
void k8s_mark_disrupted(struct kubernetes *k, const struct object *pod,
			const char *reason, const char *message);
struct evictor *evictor_new(struct kubernetes *k); /* taint_eviction.c */
void evictor_free(struct evictor *e);
struct endpointer *endpointer_new(struct kubernetes *k);
void endpointer_free(struct endpointer *e);

struct lifecycle_part *nodes_part_new(struct kubernetes *k);
void nodes_part_free(struct lifecycle_part *n);
void nodes_part_wake(struct lifecycle_part *n);

void cni_listen(struct kubernetes *k); /* cni.c */

/* The scenario's second operator (operator.c). */
struct operator *operator_new(struct kubernetes *k);
void operator_free(struct operator *o);
void operator_wake(struct operator *o);

struct managers *managers_new(struct kubernetes *k);
void managers_free(struct managers *m);

#endif
