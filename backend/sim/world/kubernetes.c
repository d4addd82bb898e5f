/*
 * The cluster's parts, put together.
 */
#include "backend/sim/world/kubernetes.h"

#include <stdlib.h>

#include "backend/sim/world/autoscaler.h"
#include "backend/sim/world/flux.h"
#include "backend/sim/world/kubelet.h"
#include "backend/sim/world/manager.h"
#include "backend/sim/world/truth.h"

static const struct object_type *
type_of(struct kubernetes *k, const char *group, const char *plural)
{
	const struct object_type *t = objects_type(k->objects, group, plural);

	BUG_IF(!t);
	return t;
}

struct kubernetes *
kubernetes_new(struct sim *w)
{
	struct kubernetes *k = xcalloc(1, sizeof(*k));

	k->sim = w;
	k->objects = sim_objects(w);
	k->scenario = sim_scenario(w);
	k->pods = type_of(k, "", "pods");
	k->nodes = type_of(k, "", "nodes");
	k->events = type_of(k, "", "events");
	k->namespaces = type_of(k, "", "namespaces");
	k->services = type_of(k, "", "services");
	k->endpoints = type_of(k, "", "endpoints");
	k->configmaps = type_of(k, "", "configmaps");
	k->secrets = type_of(k, "", "secrets");
	k->leases = type_of(k, "coordination.k8s.io", "leases");
	k->deployments = type_of(k, "apps", "deployments");
	k->replicasets = type_of(k, "apps", "replicasets");
	k->daemonsets = type_of(k, "apps", "daemonsets");
	k->pdbs = type_of(k, "policy", "poddisruptionbudgets");
	k->slices = type_of(k, "discovery.k8s.io", "endpointslices");
	/* The mirror first: the others read through it. */
	k->mirror = mirror_new(k);
	k->truth = truth_new();
	k->recorder = recorder_new(k);
	k->scheduler = scheduler_new(k);
	k->kubelets = kubelets_new(k);
	k->nodes_part = nodes_part_new(k);
	k->deployer = deployer_new(k);
	k->daemons = daemons_new(k);
	k->batch = batch_new(k);
	k->quotas = quotas_new(k);
	k->evictor = evictor_new(k);
	k->stateful = stateful_new(k);
	k->disruptions = disruptions_new(k);
	k->endpointer = endpointer_new(k);
	k->managers = managers_new(k);
	k->helm = helm_new(k);
	k->flux = flux_new(k);
	k->autoscaler = autoscaler_new(k);
	k->operator = operator_new(k);
	cni_listen(k);
	hooks_fill(k);
	return k;
}

void
kubernetes_free(struct kubernetes *k)
{
	if (!k)
		return;
	kubelets_free(k->kubelets);
	operator_free(k->operator);
	autoscaler_free(k->autoscaler);
	flux_free(k->flux);
	helm_free(k->helm);
	managers_free(k->managers);
	endpointer_free(k->endpointer);
	disruptions_free(k->disruptions);
	evictor_free(k->evictor);
	quotas_free(k->quotas);
	batch_free(k->batch);
	stateful_free(k->stateful);
	daemons_free(k->daemons);
	deployer_free(k->deployer);
	nodes_part_free(k->nodes_part);
	scheduler_free(k->scheduler);
	recorder_free(k->recorder);
	truth_free(k->truth);
	mirror_free(k->mirror);
	free(k);
}

void
kubernetes_begin(struct kubernetes *k)
{
	found_kubernetes(k);
}

void
kubernetes_find_work(struct kubernetes *k)
{
	managers_wake(k->managers);
}

void
kubernetes_wake(struct kubernetes *k)
{
	nodes_part_wake(k->nodes_part);
	managers_wake(k->managers);
	flux_wake(k->flux);
	autoscaler_wake(k->autoscaler);
	operator_wake(k->operator);
}

struct kube_hooks *
kubernetes_hooks(struct kubernetes *k)
{
	return &k->hooks;
}

bool
kubernetes_evict(struct kubernetes *k, const struct object *pod,
		 int64_t grace_s, struct status *st)
{
	return k8s_evict(k, pod, grace_s, st);
}
