/*
 * The scheduler's volume predicates: VolumeRestrictions, NodeVolumeLimits,
 * VolumeBinding, VolumeZone (reference 2.2).
 *
 * Knows storage objects of one world, not where pods stand: callers tell which
 * pods are on a node, and who uses a claim.
 */
#ifndef ENGINE_VOLUMES_H
#define ENGINE_VOLUMES_H

#include "backend/engine/predicates.h"

struct volumes;

/* world may be NULL: then there are no storage objects. */
struct volumes *volumes_new(const struct world *world);
void volumes_free(struct volumes *v); /* NULL is fine */

bool pod_has_volumes(const struct pod *p); /* that scheduling looks at */

/* Fails when the pod cannot run anywhere: a claim that is missing or that waits
 * for a volume.  why may be NULL. */
bool volumes_prefilter(const struct volumes *v, const struct pod *p,
		       struct verdict *why);

/* One node: n as labelled, csi_node the name its CSINode goes by ("" none),
 * others the pods that stand there. */
struct volume_place {
	const struct node *node;
	const char *csi_node;
	const struct pod *const *others;
	uint32_t other_n;
};

bool volumes_fit(const struct volumes *v, const struct pod *p,
		 const struct volume_place *at, struct verdict *why);

/* Does the pod name this claim of its namespace (not by an ephemeral volume)?
 * For ReadWriteOncePod. */
bool pod_uses_claim(const struct pod *p, const char *name);
/* The pod's first claim that only one pod may use; NULL when none. */
const char *volumes_exclusive_claim(const struct volumes *v,
				    const struct pod *p, uint32_t *from);
bool refuse_exclusive(struct verdict *why, const char *claim);

#endif
