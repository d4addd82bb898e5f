/*
 * Until when whoever leads leaves a group alone after failed launches, as
 * exactly as the cluster tells (for engine_memory.c).
 *
 * The status ConfigMap says that a group is avoided, and since when it says so;
 * never when it failed or until when.  The failures themselves are events on
 * the same ConfigMap, and each says its second; from all of them the end
 * follows by the leader's own rule (reference 3.10).  What is not known that
 * way: failures whose events are gone (the API server keeps them for an hour),
 * those that were not told because the same was told less than five minutes
 * before, and what a leader forgot when it was started anew.
 */
#ifndef CONTROL_ENGINE_BACKOFF_H
#define CONTROL_ENGINE_BACKOFF_H

#include "backend/engine/policy.h"
#include "backend/model/snapshot.h"

struct avoided { /* a group */
	const char *group, *code, *message; /* borrowed */
	int64_t failed_ms, until_ms, duration_ms;
};

/* What events of snap tell of a->group; false, and nothing changed, when they
 * tell of no failure. */
bool backoff_from_events(const struct policy *p, const struct snapshot *snap,
			 struct avoided *a);
/* It failed at a->failed_ms and was still avoided at said_ms: the shortest of
 * the policy's spans that reaches so far. */
void backoff_guess(const struct policy *p, struct avoided *a,
		   int64_t said_ms);

#endif
