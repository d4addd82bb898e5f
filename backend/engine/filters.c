/*
 * NodeResourcesFit in words: what is wanted, what is free (reference 2.3).
 */
#include "backend/engine/filters.h"

#include <stdio.h>

#include "backend/base/quantity.h"

static char *
human(const char *name, int64_t v, char out[static QUANTITY_TEXT])
{
	if (strcmp(name, "cpu") == 0)
		return mcpu_human(v, out);
	if (strcmp(name, "memory") == 0 ||
	    strcmp(name, "ephemeral-storage") == 0 ||
	    str_has_prefix(name, "hugepages-"))
		return bytes_human(v, out);
	snprintf(out, QUANTITY_TEXT, "%lld", (long long)v);
	return out;
}

bool
filter_amount(struct verdict *why, const char *name, int64_t want,
	      int64_t free)
{
	char a[QUANTITY_TEXT], b[QUANTITY_TEXT], text[VERDICT_TEXT];

	if (want <= 0 || want <= free)
		return true;
	if (!why)
		return false;
	if (why->plugin != PLUGIN_NODE_RESOURCES_FIT)
		verdict_begin(why, PLUGIN_NODE_RESOURCES_FIT);
	snprintf(text, sizeof(text), "Insufficient %.100s", name);
	verdict_add(why, text, "wants %s, free %s", human(name, want, a),
		    human(name, free, b));
	return false;
}

void
filter_pods(struct verdict *why, int64_t allowed, int64_t used)
{
	if (!why)
		return;
	if (why->plugin != PLUGIN_NODE_RESOURCES_FIT)
		verdict_begin(why, PLUGIN_NODE_RESOURCES_FIT);
	verdict_add(why, "Too many pods", "%lld of %lld", (long long)used,
		    (long long)allowed);
}
