/*
 * What tests of the simulated cloud's object store share: a store on a clock
 * of their own, and objects written with single quotes.
 */
#ifndef UNIT_SIM_STORE_H
#define UNIT_SIM_STORE_H

#include "backend/sim/objects/objects.h"
#include "tests/unit/check.h"

#define SIM_TEST_START_MS 1771405200000 /* 2026-02-18T09:00:00Z */

struct sim_store {
	int64_t now_ms;
	struct objects *o;
	struct status st;
};

void sim_store_init(struct sim_store *s);
void sim_store_fini(struct sim_store *s);
const struct object_type *sim_type(struct sim_store *s, const char *plural);
/* New tree from text with single quotes. */
json_t *sim_json(const char *quoted);
/* Must succeed. */
const struct object *sim_make(struct sim_store *s, const char *plural,
			      const char *ns, const char *quoted);
/* Must fail with the code; the status is in s->st. */
void sim_refuse(struct sim_store *s, const char *plural, const char *ns,
		const char *quoted, int code);
const struct object *sim_get(struct sim_store *s, const char *plural,
			     const char *ns, const char *name);
const struct object *sim_patch(struct sim_store *s, const char *plural,
			       const char *ns, const char *name,
			       enum patch_kind kind, const char *quoted);
bool sim_delete(struct sim_store *s, const char *plural, const char *ns,
		const char *name, const char *propagation);
/* The member at a dotted path as compact JSON with single quotes; "" when
 * absent.  Lives until the next call. */
const char *sim_at(const struct object *obj, const char *path);

#endif
