/*
 * Inside of the volume predicates: storage objects of one world by their names,
 * and the claims behind a pod's volumes.
 */
#ifndef ENGINE_VOLUME_OBJECTS_H
#define ENGINE_VOLUME_OBJECTS_H

#include "backend/engine/index.h"
#include "backend/engine/volumes.h"
#include "backend/model/storage.h"

enum { CLAIM_NAME = 520 };

struct volumes {
	struct arena *arena;
	const struct world *world; /* NULL: there are no objects */
	struct index *claims, *pvs, *classes, *csinodes, *drivers;
};

/* An object of that name (NULL is fine) in one of the indexes; or NULL. */
const void *volume_object(const struct volumes *v, const struct index *x,
			  enum kind kind, const char *name);
const struct pvc *volume_claim(const struct volumes *v, const char *ns,
			       const char *name);
const struct pv *volume_pv(const struct volumes *v, const struct pvc *claim);
const struct storage_class *volume_class(const struct volumes *v,
					 const struct pvc *claim);

bool claim_is_bound(const struct pvc *c);
/* A volume will be found or made once the node is known. */
bool claim_binds_late(const struct volumes *v, const struct pvc *c);

/* Name of the claim behind a volume, perhaps in room; NULL when it has
 * none. */
const char *volume_claim_name(const struct pod *p, const struct volume *vol,
			      char *room, size_t size);
/* The claim behind the pod's volume i; NULL when there is none. */
const struct pvc *volume_claim_at(const struct volumes *v, const struct pod *p,
				  uint32_t i);

/* False, with one reason. */
bool volume_refuse(struct verdict *why, enum plugin plugin, const char *text,
		   const char *detail);

#endif
