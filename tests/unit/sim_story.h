/*
 * What the tests of the stories share: a scenario's world, looked at as a
 * client would.
 */
#ifndef UNIT_SIM_STORY_H
#define UNIT_SIM_STORY_H

#include "tests/unit/sim_kit.h"

/* The text at a dotted path of the object, in JSON when it is no text; to be
 * freed; "" when there is none.  Group "" is the core's. */
char *story_field(struct kit *k, const char *group, const char *plural,
		  const char *ns, const char *name, const char *path);
/* The name of the first pod in ns that begins so, or NULL; borrowed. */
const char *story_pod(struct kit *k, const char *ns, const char *prefix);
/* Jobs that failed for this reason so far. */
uint32_t story_lost(struct kit *k, const char *reason);
/* Activities of the group with this status whose message holds part. */
uint32_t story_activities(struct kit *k, const char *group, const char *status,
			  const char *part);
void story_patch(struct kit *k, const char *group, const char *plural,
		 const char *ns, const char *name, const char *merge);
void story_delete_pod(struct kit *k, const char *ns, const char *prefix);

#define assert_field(k, group, plural, ns, name, path, want) \
	do { \
		char *_is = story_field(k, group, plural, ns, name, path); \
		assert_text_equal(_is, want); \
		free(_is); \
	} while (0)

#endif
