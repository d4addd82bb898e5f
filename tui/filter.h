/*
 * Filters: `/` in tables and --filter on the command line.
 *
 *	web docker		both words somewhere in the row (AND)
 *	!spot			not in the row
 *	^ip-10-.*1a$		a regular expression, when it looks like one;
 *				anchors are those of one cell
 *	"out of cpu"		quotes keep blanks
 *	node:ip-10		only in that column
 *	cpu>80 wait>=10m mem<1Gi	numbers, spans, quantities
 *	-l app=x,tier!=y	label selector; k=v alone when k is no column
 *
 * Letters match in either case.  A pattern that cannot work is an error with
 * one sentence, never an empty table.
 */
#ifndef TUI_FILTER_H
#define TUI_FILTER_H

#include "tui/view.h"

struct filter;

enum { FILTER_MAX = 256 }; /* bytes of text */

/* NULL with err when the text is invalid or NULL when it holds no term (err
 * untouched).  New; filter_free releases it. */
struct filter *filter_parse(const struct view *v, const char *text,
			    struct err *err);
void filter_free(struct filter *f); /* NULL is fine */
bool filter_match(const struct filter *f, const struct row *row,
		  const struct view_ctx *x);
/* True when the answer may change with time alone. */
bool filter_has_clock(const struct filter *f);

/* Column by title or JSON name, whatever the case and punctuation; then by the
 * beginning of a title if only one begins so.  NULL: none. */
const struct column *view_column(const struct view *v, const char *name,
				 size_t len);

#endif
