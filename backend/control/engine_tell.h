/*
 * What a leader tells of its steps: events with upstream's reasons and texts,
 * so that what reads them goes on working (reference 3.8, 3.12, 5.9, 5.10,
 * 8.3).  How often is events.h's.
 */
#ifndef CONTROL_ENGINE_TELL_H
#define CONTROL_ENGINE_TELL_H

#include "backend/control/engine_private.h"
#include "backend/control/removal.h"

/* Before: the pods a group grows for; the node that will go. */
void engine_tell_growth(struct engine_run *e, const char *group, int32_t from,
			int32_t to);
void engine_tell_removal(struct engine_run *e,
			 const struct plan_scale_down *d);
/* How it ended. */
void engine_tell_resized(struct engine_run *e, const struct err *err,
			 const char *group, int32_t from, int32_t to);
void engine_tell_removed(struct engine_run *e, const char *node, bool drained,
			 const struct err *err);
/* On the way; counts evictions, too.  For removals_new. */
void engine_tell_news(void *ctx, enum removal_news news, const char *node,
		      const char *pod, const char *text);
/* After each decision: pods that get no node, an unhealthy cluster. */
void engine_tell_decided(struct engine_run *e);

#endif
