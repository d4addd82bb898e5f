/*
 * Taints in the tags of Auto Scaling groups.
 */
#include "backend/model/taint_tag.h"

#include <string.h>

bool
taint_tag_has_effect(const char *value)
{
	const char *colon = strrchr(value, ':');

	return colon && (strcmp(colon + 1, "NoSchedule") == 0 ||
			 strcmp(colon + 1, "PreferNoSchedule") == 0 ||
			 strcmp(colon + 1, "NoExecute") == 0);
}

const struct group_tag *
taint_tag_lame(const struct group *g)
{
	for (uint32_t i = 0; i < g->tag_n; i++)
		if (str_has_prefix(str_or_empty(g->tags[i].key), TAINT_TAG) &&
		    !taint_tag_has_effect(str_or_empty(g->tags[i].value)))
			return &g->tags[i];
	return NULL;
}
