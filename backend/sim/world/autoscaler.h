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

/*
 * The Lease in a client's hand.  Clients keep real time (design 4: wall rules
 * leases), of which the world knows nothing: what a client wrote holds until it
 * is written again, or until somebody who looks at a clock says that it ran
 * out.  That is a write like any other, and stands in the log.
 */
struct client_lease {
	uint64_t rv;
	int32_t duration_s;
};
/* Its resourceVersion, 0 when there is none. */
uint64_t autoscaler_lease_rv(const struct autoscaler *a);
/* A client wrote it as it is now. */
void autoscaler_lease_is_clients(struct autoscaler *a);
/* A client holds it and it has not run out. */
bool autoscaler_client_lease(const struct autoscaler *a,
			     struct client_lease *out);
/* False when no client holds it. */
bool autoscaler_lease_ran_out(struct autoscaler *a);

/* What it knows; borrowed, NULL when it does not run. */
const json_t *autoscaler_acts(const struct autoscaler *a);
const struct policy *autoscaler_policy(const struct autoscaler *a);
const struct memory *autoscaler_memory(const struct autoscaler *a);

#endif
