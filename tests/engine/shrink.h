/*
 * World texts made smaller, or put in another order.
 */
#ifndef ENGINE_SHRINK_H
#define ENGINE_SHRINK_H

#include "backend/base/buf.h"
#include "tests/unit/check.h"

/* Takes objects, then members and elements away for as long as the world still
 * fails; text becomes the smallest found. */
void shrink_world(struct buf *text,
		  bool (*fails)(void *ctx, const struct buf *text), void *ctx);

/* The same world with the objects of every array in another order. */
void permute_world(const struct buf *text, struct dice *dice,
		   struct buf *out);

#endif
