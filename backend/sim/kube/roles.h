/*
 * The roles a cluster is born with and those of its three users.  The world
 * creates them when it founds the cluster; a face that is opened on a bare
 * store does it itself.
 */
#ifndef SIM_KUBE_ROLES_H
#define SIM_KUBE_ROLES_H

#include "backend/sim/objects/objects.h"

/* A role that is there already stays as it is. */
void rbac_seed(struct objects *o);

#endif
