/*
 * Trees of maxima over the nodes: what is free at most, so that a search skips
 * whole ranges of nodes that are too full.
 */
#ifndef ENGINE_MAXIMA_H
#define ENGINE_MAXIMA_H

#include "backend/engine/cluster.h"

/* The node's free amounts or its being open changed. */
void maxima_update(struct cluster *c, uint32_t node);
/* The node is again what it was: a tree built meanwhile may have it in the
 * wrong class. */
void maxima_settle(struct cluster *c, uint32_t node);
/* The last node, a fake one, is gone. */
void maxima_drop(struct cluster *c, uint32_t node);
void maxima_free(struct cluster *c);

#endif
