/*
 * One line of typing at the bottom: commands, filters, arguments, names to be
 * typed in dialogs.
 */
#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include "tui/grid.h"
#include "tui/history.h"

enum { PROMPT_BYTES = 256 };

struct prompt {
	char text[PROMPT_BYTES];
	uint32_t len, at;	   /* bytes; at: the cursor */
	char label[160];	   /* in front: ":", "/", "New maximum: " */
	char suggestion[PROMPT_BYTES]; /* what tab would add; "" */
	struct history *history;   /* borrowed; NULL: none */
	uint32_t back;		   /* 0: the line being typed */
	char draft[PROMPT_BYTES];  /* it, while history is shown */
};

enum prompt_end { PROMPT_GOES_ON, PROMPT_CHANGED, PROMPT_DONE, PROMPT_LEFT };

void prompt_open(struct prompt *p, const char *label, const char *text,
		 struct history *history);
/* LEFT: escape, or backspace on an empty line. */
enum prompt_end prompt_key(struct prompt *p, uint32_t key);
/* Text becomes part of the line: its first line, made safe. */
enum prompt_end prompt_paste(struct prompt *p, const char *text, size_t len);
void prompt_set(struct prompt *p, const char *text);
/* The cursor goes into the grid too. */
void prompt_paint(const struct prompt *p, struct grid *g, int row, int col,
		  int cells);

#endif
