/*
 * Memory for a start without one, and for a take-over: what the cluster shows
 * (design 5).  Pure.
 */
#ifndef CONTROL_ENGINE_MEMORY_H
#define CONTROL_ENGINE_MEMORY_H

#include "backend/control/backend_private.h"
#include "backend/engine/memory.h"

struct memory_seeded {
	bool status_read;	/* the leader's status was there and said so */
	uint32_t groups;	/* it avoids */
	uint32_t nodes;		/* whose unneeded time a taint tells */
};

/* old, or nothing, with what the nodes of snap and the leader's status (its
 * text; NULL: none) add; what old knows stays.  New; NULL when old could not
 * be read: it stays as it is. */
const struct memory *memory_seed(const struct memory *old,
				 const struct policy *policy,
				 const struct snapshot *snap,
				 const char *status,
				 struct memory_seeded *out);

#endif
