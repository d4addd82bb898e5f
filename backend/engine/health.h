/*
 * Cluster state: readiness counts, scale-up requests, backoff, health, upcoming
 * nodes, sizes that are wrong (reference 3.9, 3.10, 6).
 */
#ifndef ENGINE_HEALTH_H
#define ENGINE_HEALTH_H

#include "backend/engine/groups.h"

/* Launches the cloud gives up, by upstream's code and text (7.5). */
#define HEALTH_REFUSED "placeholder-cannot-be-fulfilled"
#define HEALTH_REFUSED_TEXT                                                   \
	"AWS cannot provision any more instances for this node group"

/* Folds acts and the old memory into every group's state; sets
 * run->cluster_healthy. */
void health_update(struct run *r);
/* Once more, after targets changed within this decision. */
void health_again(struct run *r);
/* The group's backoff after one more failure (3.10). */
void backoff_fail(const struct policy *p, struct memory_backoff *b,
		  int64_t at_ms, const char *code, const char *message);
/* What a request becomes by a change of delta nodes at a time (3.9). */
void request_change(const struct run *r, struct memory_request *q,
		    int32_t delta, int64_t at_ms);
/* Healthy and not backed off. */
static inline bool
group_is_safe(const struct node_group *g)
{
	return g->healthy && !g->backed_off;
}

/* acts.c: what was asked of the cloud since the old memory was made. */
void acts_fold(struct run *r);

#endif
