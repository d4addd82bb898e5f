/*
 * The pager's parts that know screen lines: wrapping and painting.  For
 * pager*.c only.
 */
#ifndef TUI_PAGER_LAYOUT_H
#define TUI_PAGER_LAYOUT_H

#include "tui/pager.h"

/* The place (line, part) that puts the last line at the bottom. */
void pager_last_top(const struct pager *p, uint64_t *top, uint32_t *part);
void pager_up(struct pager *p, uint64_t screen_lines);
void pager_down(struct pager *p, uint64_t screen_lines);
/* Bytes of a stamp in front that is not to be shown. */
size_t pager_stamp(const struct pager *p, const char *line, size_t len);
bool pager_line_matches(const struct pager *p, const char *line, size_t len);

#endif
