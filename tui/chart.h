/*
 * A chart in one line of text: the newest point stands right.
 */
#ifndef TUI_CHART_H
#define TUI_CHART_H

#include "backend/base/mem.h"

enum { CHART_DEFAULT = 16 };

/*
 * Writes at most `cells` cells into out.  More points than cells are merged by
 * their maximum, so that a peak is never lost; fewer leave blanks on the left.
 * Heights run from 0 to the ceiling (or the largest point, when that is larger
 * or ceiling is not positive).  Negative points are unknown and print "?".
 */
void chart_line(char *out, size_t room, const int16_t *points, uint32_t n,
		int32_t ceiling, uint32_t cells, bool ascii);

/* A filled bar for a share of 0 .. 1000 milli: "####----". */
void chart_bar(char *out, size_t room, int32_t milli, uint32_t cells,
	       bool ascii);

#endif
