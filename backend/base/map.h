/*
 * Hash map from text to pointer, keeping insertion order for iteration.
 *
 * Keys are copied; values are borrowed (free them yourself, or give on_drop).
 * Removal leaves a hole that iteration skips; lookups are O(1).
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "backend/base/mem.h"

struct map;

struct map *map_new(void (*on_drop)(void *value));
void map_free(struct map *m);
void map_clear(struct map *m);
uint32_t map_count(const struct map *m);

void *map_get(const struct map *m, const char *key);
void *map_getn(const struct map *m, const char *key, size_t len);
/* Stores and returns the value it replaced (not dropped), or NULL. */
void *map_put(struct map *m, const char *key, void *value);
/* Removes and returns the value (not dropped), or NULL. */
void *map_take(struct map *m, const char *key);

/* for (uint32_t i = 0; map_next(m, &i, &key, &value);) -- in order of first
 * insertion; removing the current entry while iterating is allowed. */
bool map_next(const struct map *m, uint32_t *cursor, const char **key,
	      void **value);

/* Stable 64-bit hash (FNV-1a with finaliser), the same on every machine. */
uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed);
uint64_t hash_text(const char *text);
/* For tables in memory alone: eight bytes at a time, not the same on every
 * machine. */
uint64_t hash_words(const void *bytes, size_t len);

#endif
