/*
 * Random small worlds, as world file text: the same text for the same seed.
 */
#ifndef ENGINE_RANDOM_WORLD_H
#define ENGINE_RANDOM_WORLD_H

#include "backend/base/buf.h"
#include "backend/world/world_file.h"
#include "tests/unit/check.h"

enum world_taste {
	TASTE_PLACING, /* predicates: pods of all sorts, few groups */
	TASTE_SCALING, /* groups, limits, requests, removals */
};

/* shuffle: the order of every array drawn from another seed; 0: as made. */
void random_world(struct buf *out, uint64_t seed, enum world_taste taste,
		  uint64_t shuffle);
/* Reads it; fails the test when it is refused. */
void random_world_read(const struct buf *text, struct world_file *out);
/* How many worlds a test looks at: so many, or as the soak says. */
uint32_t random_worlds(uint32_t usual);
uint64_t random_seed(void);

#endif
