/*
 * Private to apply.c and owners.c: who set which fields of an object.
 */
#ifndef SIM_OBJECTS_APPLY_H
#define SIM_OBJECTS_APPLY_H

#include "backend/sim/objects/internal.h"
#include "backend/sim/objects/schema.h"

enum { OWNERS_MAX = 10 };

struct owner {
	char *manager;
	char *sub;	/* subresource it wrote through, "" for none */
	bool update;	/* it set fields by other ways than apply */
	int64_t at_ms;
	json_t *config; /* its fields as an object would have them */
};

struct owners { /* of one object, the oldest first */
	struct owner at[OWNERS_MAX];
	uint32_t n;
};

/* Where a value stands beside the schema. */
struct place {
	const struct object_type *root; /* set at the outermost struct */
	const struct schema *s;
};

/* The field of that name; of none, an atomic one. */
struct schema_field place_field(struct place p, const char *key);
/* What stands below a field that holds a struct or a map. */
struct place place_below(const struct schema_field *f);
/* kind and apiVersion: nobody's. */
bool place_is_identity(struct place p, const char *key);
/* The item of a list that has the same key; NULL. */
json_t *list_keyed(const json_t *list, const char *key, const json_t *item);
bool list_holds(const json_t *list, const json_t *item);

struct owners *owners_of(const struct objects *o, const char *uid);
/* Takes out what is not (any more) as the object has it. */
void owners_settle(struct owners *a, const struct object_type *t,
		   const json_t *now);
/* Its place among the appliers; a->n when it is none. */
uint32_t owners_applier(const struct owners *a, const char *manager);
/* False: 409 with the fields that somebody else (not self) set otherwise. */
bool owners_agree(const struct object *now, const struct owners *a,
		  uint32_t self, const char *manager, json_t *config,
		  struct status *st);
/* Its row is given up. */
void owners_drop(struct owners *a, uint32_t i);

#endif
