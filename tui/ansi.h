/*
 * Lines of logs and traces: escape sequences become attributes or nothing,
 * never terminal output (design 8, rule 10).
 */
#ifndef TUI_ANSI_H
#define TUI_ANSI_H

#include "tui/grid.h"

struct ansi {
	const char *at, *end;
	struct style style;
	uint32_t column; /* cells so far, for tabs */
	uint32_t blanks; /* of a tab still to come */
};

void ansi_begin(struct ansi *a, const char *line, size_t len);
/* The next character with its style; false at the end.  Tabs come as blanks;
 * of text overwritten by carriage returns only the last comes. */
bool ansi_next(struct ansi *a, uint32_t *code, struct style *style);
/* Display width of a line. */
int ansi_width(const char *line, size_t len);
/* The line without sequences and made safe. */
void ansi_plain(const char *line, size_t len, struct buf *out);

#endif
