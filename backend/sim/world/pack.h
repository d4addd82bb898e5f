/*
 * Building JSON objects that cannot fail, and writing them into the store.
 */
#ifndef SIM_WORLD_PACK_H
#define SIM_WORLD_PACK_H

#include "backend/base/clock.h"
#include "backend/sim/objects/objects.h"
#include "backend/sim/world/scenario.h"

/* json_pack (jansson's format) that treats a mistake as the bug it is. */
RETURNS_NONNULL json_t *pack(const char *fmt, ...);

/* RFC 3339, seconds; with microseconds as Lease and Event times have. */
json_t *pack_time(int64_t ms);
json_t *pack_micro_time(int64_t ms);
char *micro_time(int64_t ms, char out[static TIME_TEXT]);
/* {"key": "value"} of "key=value" texts. */
json_t *pack_pairs(const struct names *pairs);
/* ["a", "b"] */
json_t *pack_names(const struct names *names);
/* Tolerations of "key=value:Effect" texts. */
json_t *pack_tolerations(const struct names *texts);

/* A text of base64. */
json_t *pack_base64(const char *bytes, size_t len);

/* Sets key to a text unless it is NULL or "". */
void pack_set(json_t *o, const char *key, const char *text);

/* True when the pair list has key=value. */
bool pairs_have(const struct names *pairs, const char *key, const char *value);

#endif
