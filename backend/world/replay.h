/*
 * Replay: recorded decisions recomputed, and compared with what was recorded.
 *
 * The same world, policy, memory and time must give the same plan on every
 * machine and in every build; where it does not, each place is named.
 */
#ifndef WORLD_REPLAY_H
#define WORLD_REPLAY_H

#include "backend/world/recording.h"

struct replay_told {
	const struct recorded *entry; /* whose plan differs */
	uint32_t nth;		      /* difference of this decision, from 0 */
	const char *path;	      /* "scaleUp.amd64-general.to" */
	const struct tree *recorded, *now; /* NULL: not there */
};

struct replay_sums {
	uint64_t decisions, equal, differing, differences;
	int64_t first_ms, last_ms; /* world time */
};

/* Recomputes one decision; tells each difference.  True: equal. */
bool replay_check(const struct recorded *entry, struct replay_sums *sums,
		  void (*tell)(void *ctx, const struct replay_told *told),
		  void *ctx);

#endif
