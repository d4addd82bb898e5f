/*
 * The table of verbs.
 */
#include "keymaps/verbs.h"

const struct verb verbs[VERB_COUNT] = {
	[VERB_NONE] = { "", LAYER_GLOBAL, "", "" },
#define VERB(id, name, layer, hint, help)                                   \
	[VERB_##id] = { name, LAYER_##layer, hint, help },
#include "keymaps/verbs.def"
#undef VERB
};

enum verb_id
verb_find(const char *name)
{
	for (int i = VERB_NONE + 1; i < VERB_COUNT; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return (enum verb_id)i;
	return VERB_NONE;
}
