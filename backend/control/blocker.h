/*
 * What keeps a node, in words: upstream's reason names (reference
 * cluster-autoscaler 5.12) and ours, what they mean, and what would clear them.
 *
 * Pure; any thread.
 */
#ifndef CONTROL_BLOCKER_H
#define CONTROL_BLOCKER_H

#include "backend/base/buf.h"
#include "backend/engine/plan.h"

/* Adds one line with its numbers: "in use: 0.85 of requests, limit 0.5";
 * nothing for a node that nothing keeps. */
void blocker_text(const struct plan_node *n, struct buf *out);
/* Adds what would clear it, without a full stop; nothing where nothing does. */
void blocker_clears(const struct plan_node *n, struct buf *out);

#endif
