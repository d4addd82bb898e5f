/*
 * The simulated cluster: everything Kubernetes does by itself.  Its parts work
 * on the object store alone, as controllers do, and on the cloud where the real
 * ones would call it.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_KUBERNETES_H
#define SIM_WORLD_KUBERNETES_H

#include "backend/sim/world/cloud.h"
#include "backend/sim/world/sim.h"

struct kubernetes;
struct kube_hooks;

struct kubernetes *kubernetes_new(struct sim *w);
void kubernetes_free(struct kubernetes *k);
/* Puts the founding objects there and sets the history off. */
void kubernetes_begin(struct kubernetes *k);
/* Jobs came while the history goes on: the managers ask for them. */
void kubernetes_find_work(struct kubernetes *k);
/* The history is over: what is periodic begins. */
void kubernetes_wake(struct kubernetes *k);
struct kube_hooks *kubernetes_hooks(struct kubernetes *k);
/* POST pods/x/eviction: honours budgets; false with the refusal. */
bool kubernetes_evict(struct kubernetes *k, const struct object *pod,
		      int64_t grace_s, struct status *st);

/* The cloud tells: a machine runs and its node is to be Ready about then; it
 * waits for its node to be drained (answered by instance_drained); it shuts
 * down. */
void kubernetes_instance_running(struct kubernetes *k,
				 struct cloud_instance *i,
				 int64_t ready_in_ms);
void kubernetes_instance_drain(struct kubernetes *k,
			       struct cloud_instance *i);
void kubernetes_instance_stopping(struct kubernetes *k,
				  struct cloud_instance *i);
/* EC2 takes it back in two minutes: EKS drains a managed group's node. */
void kubernetes_instance_notice(struct kubernetes *k,
				struct cloud_instance *i);

#endif
