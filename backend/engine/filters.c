/*
 * NodeResourcesFit in words: what is wanted, what is free (reference 2.3).
 */
#include "backend/engine/filters.h"

#include <stdio.h>

#include "backend/base/quantity.h"

static void
put(const char *name, int64_t v, bool exact, char out[static QUANTITY_TEXT])
{
	if (strcmp(name, "cpu") == 0)
		(exact ? quantity_format_mcpu : mcpu_human)(v, out);
	else if (strcmp(name, "memory") == 0 ||
		 strcmp(name, "ephemeral-storage") == 0 ||
		 str_has_prefix(name, "hugepages-"))
		(exact ? quantity_format_bytes : bytes_human)(v, out);
	else
		snprintf(out, QUANTITY_TEXT, "%lld", (long long)v);
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
	put(name, want, false, a);
	put(name, free, false, b);
	if (strcmp(a, b) == 0) { /* rounding must not hide what is missing */
		put(name, want, true, a);
		put(name, free, true, b);
	}
	verdict_add(why, text, "wants %s, free %s", a, b);
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
