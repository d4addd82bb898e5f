/*
 * The world as the engine reads it: one frozen array of records per kind.
 *
 * Made from a snapshot, from a world file, or by the simulated cloud; equal
 * contents in any order must give equal decisions.  Holds one reference to each
 * record.
 */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include "backend/model/snapshot.h"

struct records {
	const struct record *const *at;
	uint32_t n;
};

struct world {
	_Atomic uint32_t refs;
	int64_t time_ms;
	struct records of[KIND_COUNT];
	/* Bit per source: lists are complete and live (design 8, rule 8). */
	uint32_t complete;
};

/* Growing, then frozen. */
struct world_builder;
struct world_builder *world_builder_new(int64_t time_ms);
/* Takes the reference over. */
void world_builder_add(struct world_builder *b, const struct record *taken);
/* Bits of struct world.complete; all of them unless set. */
void world_builder_set_complete(struct world_builder *b, uint32_t sources);
/* Frees the builder; the world has one reference. */
struct world *world_builder_done(struct world_builder *b);
void world_builder_drop(struct world_builder *b);

/* Live rows only (ended ones are history, not world). */
struct world *world_from_snapshot(const struct snapshot *s);
const struct world *world_ref(const struct world *w);
void world_unref(const struct world *w);
/* How the records of a kind are sorted; 0: the same object. */
int world_order(const struct record *a, const struct record *b);

/* Casts: WORLD_EACH(pod, p, w, KIND_POD) { use p } */
#define WORLD_EACH(type, var, w, kindid)                                    \
	for (uint32_t var##_i = 0; var##_i < (w)->of[kindid].n; var##_i++)  \
		for (const struct type *var = (const struct type *)         \
			     (const void *)(w)->of[kindid].at[var##_i];     \
		     var; var = NULL)

#endif
