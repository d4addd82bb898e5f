/*
 * Jobs in the queue as the pods they will be ("queue-lookahead", ours).
 */
#ifndef ENGINE_LOOKAHEAD_H
#define ENGINE_LOOKAHEAD_H

#include "backend/engine/run.h"

/* By namespace and name, in the scratch; none unless the policy says so.  Their
 * names are "queued-job-ID". */
const struct pod *const *lookahead_pods(struct run *r, uint32_t *n);

#endif
