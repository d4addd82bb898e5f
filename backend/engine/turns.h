/*
 * Whose turn it is: the search for a node goes on behind the one that took the
 * last pod, as Cluster Autoscaler's does (reference 1.1).
 *
 * It counts places in the list of nodes that stand, not nodes: what is gone
 * has no place, and what was taken back leaves the turn where it is.
 */
#ifndef ENGINE_TURNS_H
#define ENGINE_TURNS_H

#include "backend/engine/cluster.h"

/* A node steps out of the list, or back into it. */
void turns_out(struct cluster *c, uint32_t node);
void turns_in(struct cluster *c, uint32_t node);
/* The node to begin a search with; NONE when no node stands. */
uint32_t turns_start(const struct cluster *c);
/* The node took a pod. */
void turns_took(struct cluster *c, uint32_t node);

#endif
