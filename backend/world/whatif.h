/*
 * What another policy would have done with the same pods.
 *
 * A recording tells which pods came when and how long they ran.  A run takes
 * these pods as they came and lets a policy decide at every recorded moment on
 * a fleet of its own: what it grows launches and becomes ready after the time
 * that group's nodes took, what it removes goes once its jobs have ended, and
 * pods are placed by the engine's own predicates.  Run once with the recorded
 * policy and once with the other, both figures carry the same simplifications:
 *
 *   pods come at their recorded times, whoever waits; a pod runs as long as it
 *   did, one that never ran as long as the median; launches never fail.
 *
 * Deterministic; any thread, one user.
 */
#ifndef WORLD_WHATIF_H
#define WORLD_WHATIF_H

#include "backend/world/recording.h"

struct whatif_sums {
	double node_hours;
	double dollars;		/* of nodes whose price is known */
	double unpriced_hours;	/* node hours without a known price */
	uint32_t most_nodes, added, removed;
	uint32_t pods;		/* that needed a node in this time */
	uint32_t still;		/* of these waiting at the end */
	uint32_t gave_up;	/* ... gone before they had a node */
	uint32_t moved;		/* pods that a drain made move */
	int64_t wait_p50_ms, wait_p90_ms, wait_max_ms, wait_sum_ms;
};

struct whatif;

struct whatif *whatif_new(void);
void whatif_free(struct whatif *w); /* NULL is fine; after its runs */

/* For types of which the recorded worlds know no price; before all else. */
void whatif_add_price(struct whatif *w, const char *type, bool spot,
		      int64_t udollars_hour);

/* First pass: every decision of the recording, in order. */
void whatif_learn(struct whatif *w, const struct recorded *entry);
/* World time of the first and the last; false before any. */
bool whatif_span(const struct whatif *w, int64_t *from_ms, int64_t *to_ms);
/* What really happened, once all is learnt. */
struct whatif_sums whatif_recorded(struct whatif *w);
/* The longest and the shortest time a node took, for the reader of the table;
 * false when no node came in the recording (a default is taken). */
bool whatif_boot_ms(const struct whatif *w, int64_t *low, int64_t *high);

/* Second pass, one for each policy; policy NULL: the recorded one.  adjust as
 * in tui/cli: keys put on top of the recorded policy. */
struct whatif_run;
struct whatif_run *whatif_run_new(struct whatif *w,
				  bool (*adjust)(const void *ctx,
						 struct policy *p,
						 struct err *err),
				  const void *ctx);
void whatif_run_free(struct whatif_run *r);
NODISCARD bool whatif_step(struct whatif_run *r, const struct recorded *entry,
			   struct err *err);
struct whatif_sums whatif_run_sums(struct whatif_run *r);

#endif
