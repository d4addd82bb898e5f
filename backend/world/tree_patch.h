/*
 * Differences between two trees: written as a JSON merge patch (RFC 7386),
 * applied, and told path by path.
 *
 * A member that is null counts as absent, on both sides.  Arrays are replaced
 * whole; tree_keyed() first turns arrays of named objects into objects by name,
 * so that one changed entry costs one entry.
 *
 * Pure; any thread.
 */
#ifndef WORLD_TREE_PATCH_H
#define WORLD_TREE_PATCH_H

#include "backend/base/json.h"

/* NULL stands for absent. */
bool tree_same(const struct tree *a, const struct tree *b);

/* Writes the value that turns `from` into `to`.  Both may be NULL: absent
 * `from` writes all of `to`, absent `to` writes null. */
void tree_patch_write(struct jsonw *w, const struct tree *from,
		      const struct tree *to);
/* New tree in a, sharing nothing with either; NULL when nothing is left. */
const struct tree *tree_patch_apply(struct arena *a, const struct tree *from,
				    const struct tree *patch);

/* A copy in a in which each array of objects whose first members are texts, all
 * different, is an object with these texts as keys.  What stands below a member
 * called `raw` is copied as it is. */
const struct tree *tree_keyed(struct arena *a, const struct tree *t,
			      const char *raw);

/* Every place where two trees differ: "pending.ci/p.fate"; one side may be
 * NULL.  Deepest objects only. */
typedef void (*tree_told)(void *ctx, const char *path, const struct tree *from,
			  const struct tree *to);
void tree_differences(const struct tree *from, const struct tree *to,
		      tree_told told, void *ctx);

#endif
