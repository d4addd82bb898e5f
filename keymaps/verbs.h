/*
 * The console's own verbs, as a table (verbs.def).  Verbs of views (cordon,
 * scale ...) come from the views' action tables.
 */
#ifndef KEYMAPS_VERBS_H
#define KEYMAPS_VERBS_H

#include "backend/base/mem.h"

enum verb_layer { LAYER_GLOBAL, LAYER_TABLE, LAYER_PAGE, LAYER_PAGER };

enum verb_id {
	VERB_NONE,
#define VERB(id, name, layer, hint, help) VERB_##id,
#include "keymaps/verbs.def"
#undef VERB
	VERB_COUNT
};

struct verb {
	const char *name;
	enum verb_layer layer;
	const char *hint, *help;
};

extern const struct verb verbs[VERB_COUNT]; /* [VERB_NONE] is empty */

/* VERB_NONE when there is none of that name. */
enum verb_id verb_find(const char *name);

#endif
