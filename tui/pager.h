/*
 * The pager: logs, YAML, describe, why, help, the log.
 *
 * Text is a stream in the snapshot, or our own.  A paused pager keeps its place
 * while lines arrive ("+n new") and while the oldest are let go.
 *
 * Thread: the UI's.
 */
#ifndef TUI_PAGER_H
#define TUI_PAGER_H

#include "tui/grid.h"
#include "tui/lines.h"
#include "tui/pattern.h"
#include "tui/view.h"

enum { PAGER_TITLE = 200 };

struct pager {
	char title[PAGER_TITLE];
	uint64_t stream;	/* id; 0: own text */
	/* References of our own: holding the snapshot would keep a whole old
	 * world alive for a page of text. */
	VEC(struct chunk *) held;
	struct lines lines;	/* over held */
	uint8_t state;		/* enum stream_state; ENDED for own text */
	char note[STREAM_NOTE];
	uint64_t dropped;	/* lines let go by the backend */

	uint64_t top;		/* number of the first line on screen */
	uint32_t top_part;	/* wrapped: screen lines of it above */
	uint64_t seen;		/* its end when the end was last on screen */
	bool live;		/* lines come as they happen: "+n new" */
	bool follow, wrap, times;
	bool has_times;		/* lines begin with RFC 3339 stamps */
	int left;		/* cells scrolled to the right */
	int height, width;	/* of the last painting */

	struct pattern pattern;
	bool has_pattern;
	char pattern_error[128];
	uint64_t match;		/* line of the last hit; UINT64_MAX: none */
	uint64_t reported;	/* reader position last told the backend */
};

void pager_init(struct pager *p, const char *title);
void pager_fini(struct pager *p);
/* Own text, copied. */
void pager_text(struct pager *p, const char *text, size_t len);
/* Takes what the snapshot has of its stream. */
void pager_follow(struct pager *p, const struct snapshot *s);

void pager_move(struct pager *p, int64_t by);
void pager_page(struct pager *p, int pages);
void pager_top(struct pager *p);
void pager_bottom(struct pager *p);
void pager_sideways(struct pager *p, int by);
void pager_toggle_follow(struct pager *p);

/* "" forgets the pattern.  False with pattern_error when it is invalid. */
bool pager_search(struct pager *p, const char *text);
/* To the next (+1) or previous (-1) matching line, round the end. */
bool pager_find(struct pager *p, int direction);

/* Over the whole width of the grid's first `cols` columns. */
void pager_paint(struct pager *p, struct grid *g, int row, int rows, int cols);
/* "line 5-40 of 312  following" for the rule above. */
void pager_status(const struct pager *p, char *out, size_t room);
/* Everything that is there, made safe. */
void pager_save(const struct pager *p, struct buf *out);
/* The line to tell the backend the reader stands at; false: nothing new. */
bool pager_report(struct pager *p, uint64_t *line);

#endif
