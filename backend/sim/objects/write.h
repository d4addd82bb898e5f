/*
 * Private to write.c and write_patch.c.
 */
#ifndef SIM_OBJECTS_WRITE_H
#define SIM_OBJECTS_WRITE_H

#include "backend/sim/objects/internal.h"

/* One write on its way. */
struct write {
	struct objects *o;
	struct store *s;
	const struct object_type *t;
	const char *ns, *name;
	unsigned flags;
	struct status *st;
	const struct object *now; /* NULL: create */
	json_t *old;		  /* its tree, owned */
};

/* Looks the object up; false with 404. */
bool write_find(struct write *w);
/* body is what the whole object should become; NULL with st set.  w->old must
 * be its tree now. */
const struct object *write_change(struct write *w, json_t *body);

#endif
