/*
 * Events while we lead, with upstream's reasons and texts (reference 3.8, 5.9,
 * 8.3) and component paddock, so that what reads them goes on working.
 *
 * One of a kind per object in five minutes, as upstream.  Written under the
 * act that took the Lease; failures are only logged.
 */
#ifndef CONTROL_EVENTS_H
#define CONTROL_EVENTS_H

#include "backend/control/engine_private.h"

struct events;

struct events *events_new(struct engine_run *e);
void events_free(struct events *v);

/* On the status ConfigMap; nothing when that is not written. */
PRINTF_LIKE(4, 5)
void event_status(struct events *v, bool warning, const char *reason,
		  const char *fmt, ...);
/* On a node, a pod or a ConfigMap ("ns/name") as the store has it.  True when
 * it was news and was sent. */
PRINTF_LIKE(6, 7)
bool event_on(struct events *v, enum kind kind, const char *key, bool warning,
	      const char *reason, const char *fmt, ...);

/* On a pod ("ns/name") that may be gone from the store already. */
void event_on_pod(struct events *v, const char *key, const char *uid,
		  bool warning, const char *reason, const char *message);

#endif
