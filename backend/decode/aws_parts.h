/*
 * What several AWS decoders share: tags and instance requirements.
 *
 * Inside decode/ only.
 */
#ifndef DECODE_AWS_PARTS_H
#define DECODE_AWS_PARTS_H

#include "backend/decode/wire.h"
#include "backend/model/cloud.h"

extern const struct fields tag_fields; /* of struct group_tag */

/* InstanceRequirements behind *slot (struct type_requirements *). */
bool read_requirements(struct wire *w, void *slot, const struct tree *t);
void write_requirements(struct out *o, const char *key, const void *slot);
/* The whole as compact JSON with sorted members, so that the XML answer, a
 * world file and a request by hand agree; false when it is too long. */
bool canonical_requirements(struct buf *out, const struct tree *t);
/* Writes canonical text back as JSON. */
void write_canonical(struct out *o, const char *key, const char *text);

/* One text of each object of an array: [{"ProcessName": "Launch"}]. */
bool read_picked(struct wire *w, const char *const **slot, uint32_t *n,
		 const struct tree *t, const char *member);
void write_picked(struct out *o, const char *key, const char *member,
		  const char *const *texts, uint32_t n);

#endif
