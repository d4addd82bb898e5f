/*
 * Refusals of the plan in words: of all groups' refusals the one that would
 * have to change first, and what would clear it.
 *
 * Pure; any thread.
 */
#ifndef CONTROL_REFUSAL_H
#define CONTROL_REFUSAL_H

#include "backend/base/buf.h"
#include "backend/engine/plan.h"

struct arena;

/* Why a refused pod has no node, in one line; allocated in `a` or borrowed from
 * the plan.  *group: the group whose limit it is, or NULL. */
const char *refusal_cause(const struct plan *plan, const struct plan_pod *p,
			 struct arena *a, const char **group);
/* The same for any waiting pod.  acts: paddock carries its plans out. */
const char *refusal_pod_text(const struct plan *plan, const struct plan_pod *p,
			     bool acts, struct arena *a, const char **group);
/* Nobody refused it: another group grows first. */
bool refusal_waits_turn(const struct plan *plan, const struct plan_pod *p);

/* Adds what would clear it, without a full stop; nothing for pods that are not
 * refused. */
void refusal_clears(const struct plan *plan, const struct plan_pod *p,
		    struct buf *out);
/* The same of a group that is no option at all now. */
void refusal_group_clears(const struct plan_group *g, struct buf *out);

/* A refusal's detail (may be NULL) for people: plans tell times with their
 * date, screens those of the day. */
void refusal_detail(const char *detail, struct buf *out);

#endif
