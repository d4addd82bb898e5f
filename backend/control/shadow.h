/*
 * Shadowing: while the deployed autoscaler leads, what it does becomes
 * world.acts and is compared with our plans over the same minutes (design 5).
 * Whoever takes its place knows how often the two agreed, and why not.
 *
 * Its acts are seen where they show: desired capacity and its events, the
 * taint of removal on nodes.  An act and a plan of ours agree when they name
 * the same group with the same size, or the same node, within two minutes of
 * each other; a wish of ours that stands that long without an act of its own
 * is a disagreement too.
 */
#ifndef CONTROL_SHADOW_H
#define CONTROL_SHADOW_H

#include "backend/control/engine_private.h"

struct shadow *shadow_new(struct engine_run *e);
void shadow_free(struct shadow *s);
/* The autoscaler set a group's desired capacity. */
void shadow_resized(struct shadow *s, const char *group, int32_t from,
		    int32_t to);
/* Looks at nodes for its taint, and settles what is old enough; on ticks. */
void shadow_turn(struct shadow *s, const struct snapshot *snap);
/* A new plan of ours. */
void shadow_planned(struct shadow *s);
/* "shadowed 3h12m: 96% of 54 acts agree, scale-downs 12 of 12", or
 * "shadowed 0 h: unproven". */
void shadow_text(const struct engine_status *e, char *out, size_t room);

#endif
