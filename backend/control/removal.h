/*
 * Removing nodes for the engine, each an operation of its own (reference 5.9):
 *
 *	taint and cordon -> wait -> look again -> evict -> wait for the pods
 *	-> wait for delay-deletion annotations -> wait for others of the batch
 *	-> group and pods read once more -> terminate with decrement
 *
 * Whatever goes wrong before the last step takes taint and cordon off again.
 * A node on which a CI job, the autoscaler, a runner manager or paddock is
 * found is never terminated, whatever was decided (design 8, rules 5, 6, 8).
 *
 * Every request is an act under the lease.  Waiting is in world time.
 */
#ifndef CONTROL_REMOVAL_H
#define CONTROL_REMOVAL_H

#include "backend/control/act_run.h"
#include "backend/engine/plan.h"

struct removals;
struct policy;

/* One ended: err ERR_NONE: terminated; ERR_CONFLICT: given up because the node
 * is needed after all, which is no failure; else failed. */
typedef void (*removal_on_end)(void *ctx, const char *node, bool drained,
			       const struct err *err);

/* On the way there: what upstream tells as events (reference 5.9). */
enum removal_news {
	REMOVAL_MARKED,	       /* taint and cordon are there */
	REMOVAL_NOT_MARKED,    /* text: why */
	REMOVAL_POD_EVICTED,   /* pod: "ns/name", text: its uid */
	REMOVAL_POD_STAYS,     /* given up; the same */
	REMOVAL_CLEANED,       /* the former leader's taint came off */
	REMOVAL_ENDED_UNSEEN,  /* an instance that never was a node; text: ""
				  or why it failed */
};
typedef void (*removal_on_news)(void *ctx, enum removal_news news,
				const char *node, const char *pod,
				const char *text);

struct removals *removals_new(struct backend *b, removal_on_end on_end,
			      removal_on_news on_news, void *ctx);
void removals_free(struct removals *r);

/* Begins with the node of that name; false with err when it cannot.  Policy is
 * read now. */
bool removals_start(struct removals *r, const struct plan_scale_down *plan,
		    const struct policy *policy, struct err *err);
/* Takes the former leader's taint of removal off (reference 1, step 1). */
bool removals_clean(struct removals *r, const char *node, bool uncordon,
		    struct err *err);
/* Terminates an instance that never became a node (reference 5.10). */
bool removals_end_instance(struct removals *r, const char *group,
			   const char *instance, struct err *err);
bool removals_has(const struct removals *r, const char *node);
/* Under way, not yet terminated; group NULL: any. */
uint32_t removals_under_way(const struct removals *r, const char *group);
/* Everything that still carries our taint, "n1, n2"; how many. */
uint32_t removals_name(const struct removals *r, struct buf *out);

/* Goes on with what is due; every turn. */
void removals_turn(struct removals *r);
/* Gives up what is not terminated yet, and cleans up. */
void removals_stop(struct removals *r, const char *why);
/* The same for the nodes of one group. */
void removals_stop_group(struct removals *r, const char *group,
			 const char *why);
/* The lease is gone: nothing more may be sent. */
void removals_forget(struct removals *r);

#endif
