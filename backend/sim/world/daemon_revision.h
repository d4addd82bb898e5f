/*
 * The history of a DaemonSet's template: its ControllerRevisions.
 */
#ifndef SIM_WORLD_DAEMON_REVISION_H
#define SIM_WORLD_DAEMON_REVISION_H

#include "backend/sim/world/parts.h"

#define REVISION_LABEL "controller-revision-hash"

/* Sees to it that the present template is the newest revision of the DaemonSet
 * o, whose tree is given; the name of that revision goes to hash. */
void daemon_revise(struct kubernetes *k, const struct object *o,
		   const json_t *tree, char hash[static 32]);

#endif
