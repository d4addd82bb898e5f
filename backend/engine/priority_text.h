/*
 * The text of the priority expander's ConfigMap, and its patterns.
 */
#ifndef ENGINE_PRIORITY_TEXT_H
#define ENGINE_PRIORITY_TEXT_H

#include "backend/base/mem.h"

struct priority_row {
	int64_t priority;
	const char *pattern;
};

struct priority_table {
	struct priority_row *at;
	uint32_t n;
};

/* False when the text is not a map of numbers to lists, or empty. */
bool priority_parse(struct arena *a, const char *text,
		    struct priority_table *out);

/* A Go pattern as a POSIX extended one (new, caller frees); NULL when it uses
 * what has no counterpart.  *fold: letters match in both cases. */
char *pattern_translate(const char *pattern, bool *fold);

#endif
