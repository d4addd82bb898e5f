/*
 * VolumeBinding and VolumeZone: can a pod's claims have their volumes on this
 * node (reference 2.2)?
 */
#ifndef ENGINE_VOLUME_BINDING_H
#define ENGINE_VOLUME_BINDING_H

#include "backend/engine/volumes.h"

/* v has a world. */
bool volume_claims_fit(const struct volumes *v, const struct pod *p,
		       const struct node *n, struct verdict *why);
bool volume_zones_fit(const struct volumes *v, const struct pod *p,
		      const struct node *n, struct verdict *why);

#endif
