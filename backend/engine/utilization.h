/*
 * Utilization of a node: requests, never usage (reference 5.4).
 */
#ifndef ENGINE_UTILIZATION_H
#define ENGINE_UTILIZATION_H

#include "backend/engine/groups.h"

struct utilization {
	bool known;   /* false: allocatable is missing or 0 */
	bool gpu;     /* counted by GPUs alone */
	double share; /* of the dearest resource */
};

struct utilization utilization_of(const struct run *r, uint32_t node,
				  bool ignore_daemonsets);
/* Terminating for longer than its grace and a bit (5.6, rule 2). */
bool pod_is_long_terminating(const struct pod *p, int64_t now_ms);

#endif
