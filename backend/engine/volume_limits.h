/*
 * NodeVolumeLimits: how many volumes a CSI driver can attach to a node
 * (reference 2.2).
 */
#ifndef ENGINE_VOLUME_LIMITS_H
#define ENGINE_VOLUME_LIMITS_H

#include "backend/engine/volumes.h"

/* v has a world. */
bool volume_limits_fit(const struct volumes *v, const struct pod *p,
		       const struct volume_place *at, struct verdict *why);

#endif
