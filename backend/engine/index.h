/*
 * Text to number, for names the engine meets often.  Keys are borrowed; memory
 * is the arena's.  Never iterated: order would be the hash's.
 */
#ifndef ENGINE_INDEX_H
#define ENGINE_INDEX_H

#include "backend/base/mem.h"

struct index;

struct index *index_new(struct arena *a, uint32_t expected);
/* The number stored; UINT32_MAX when there is none. */
uint32_t index_get(const struct index *x, const char *key);
uint32_t index_getn(const struct index *x, const char *key, size_t len);
/* Keeps the first number of a key; false when there was one. */
bool index_put(struct index *x, const char *key, uint32_t number);

#endif
