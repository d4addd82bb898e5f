/*
 * Objects that belong to a controller, and pods made from its template.
 */
#ifndef SIM_WORLD_OWNED_H
#define SIM_WORLD_OWNED_H

#include "backend/sim/world/parts.h"

/* Live objects of type t in the owner's namespace that name it, with a
 * reference each; sorted by age, then name.  Give them back. */
struct owned {
	VEC(const struct object *) at;
};
struct owned owned_find(struct kubernetes *k, const struct object_type *t,
			const struct object *owner);
void owned_free(struct owned *o);

/* [{apiVersion, kind, name, uid, controller, blockOwnerDeletion}] */
json_t *owner_reference(const struct object *owner);
/* A pod of the owner's template under this name; extra labels (stolen) may be
 * NULL. */
json_t *pod_from_template(const struct object *owner, const json_t *tree,
			  const char *name);
/* "25%" or a number of all; up: rounded up. */
int32_t share_of(const json_t *v, int32_t all, bool up, int32_t absent);

#endif
