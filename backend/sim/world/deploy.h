/*
 * What the Deployment and the ReplicaSet controllers share.
 */
#ifndef SIM_WORLD_DEPLOY_H
#define SIM_WORLD_DEPLOY_H

#include "backend/sim/world/owned.h"

struct deployer {
	struct kubernetes *k;
	struct work_queue *deployments, *replicasets;
	struct rng rng;
};

void sync_replicaset(void *deployer, const char *key); /* replicas.c */
void sync_deployment(void *deployer, const char *key); /* deploy.c */

#endif
