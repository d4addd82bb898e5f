/*
 * The history of a template, of DaemonSets and StatefulSets: its
 * ControllerRevisions.
 */
#ifndef SIM_WORLD_REVISION_H
#define SIM_WORLD_REVISION_H

#include "backend/sim/world/parts.h"

#define REVISION_LABEL "controller-revision-hash"

/* Sees to it that the present template is the newest revision of its owner o,
 * whose tree is given; that revision is called "OWNER-HASH". */
void revise(struct kubernetes *k, const struct object *o, const json_t *tree,
	    char hash[static 32]);

#endif
