/*
 * The deployed Cluster Autoscaler: a process in its own Deployment's pod that
 * leads by its Lease, decides with engine_decide and acts through the same
 * functions as any caller of the cloud.
 *
 * autoscaler.c is the process and its loop, autoscaler_lease.c its leadership,
 * autoscaler_act.c carries a plan out, autoscaler_remove.c takes nodes away,
 * autoscaler_status.c tells the world (reference cluster-autoscaler 5.9, 8).
 */
#ifndef SIM_WORLD_AUTOSCALER_H
#define SIM_WORLD_AUTOSCALER_H

#include "backend/engine/engine.h"
#include "backend/sim/world/kubelet.h"

struct autoscaler;

struct autoscaler *autoscaler_new(struct kubernetes *k);
void autoscaler_free(struct autoscaler *a);
void autoscaler_wake(struct autoscaler *a);

/* What it knows; borrowed, NULL when it does not run. */
const json_t *autoscaler_acts(const struct autoscaler *a);
const struct policy *autoscaler_policy(const struct autoscaler *a);
const struct memory *autoscaler_memory(const struct autoscaler *a);

#endif
