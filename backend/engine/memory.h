/*
 * What one decision remembers for the next: timestamps, not conclusions.
 *
 * Immutable, reference counted.  May be written by others (design 6); unknown
 * keys are kept and written back.
 */
#ifndef ENGINE_MEMORY_H
#define ENGINE_MEMORY_H

#include "backend/base/err.h"
#include "backend/base/json.h"

struct memory; /* opaque */

const struct memory *memory_ref(const struct memory *m);
void memory_unref(const struct memory *m);
const struct memory *memory_read(const struct tree *object, struct err *err);
void memory_write(struct jsonw *w, const struct memory *m);

#endif
