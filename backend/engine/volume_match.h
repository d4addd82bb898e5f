/*
 * Which volumes go with which claims and nodes.
 */
#ifndef ENGINE_VOLUME_MATCH_H
#define ENGINE_VOLUME_MATCH_H

#include "backend/model/node.h"
#include "backend/model/storage.h"
#include "backend/model/world.h"

/* The volume's node affinity. */
bool pv_allows_node(const struct pv *pv, const struct node *n);
/* The smallest free volume that satisfies the claim on this node and is not
 * among those taken; NULL when there is none. */
const struct pv *pv_for_claim(const struct world *w, const struct pvc *c,
			      const struct node *n,
			      const struct pv *const *taken,
			      uint32_t taken_n);
/* allowedTopologies. */
bool class_allows_node(const struct storage_class *class,
		       const struct node *n);
/* Some CSIStorageCapacity of the class says there is room. */
bool class_has_room(const struct world *w, const struct storage_class *class,
		    int64_t bytes, const struct node *n);
/* Labels of zone and region on the volume, against the node's. */
bool pv_zone_matches(const struct pv *pv, const struct node *n);
bool node_has_zone_labels(const struct node *n);

#endif
