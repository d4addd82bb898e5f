/*
 * Themes: what a tone looks like.
 *
 * Colours are the terminal's eight and its own defaults, so that light and dark
 * terminals both stay readable.  Colour never carries meaning alone: every tone
 * stands beside a word, a letter or a number, and mono has attributes instead.
 */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include "tui/view.h"

enum { COLOUR_DEFAULT = -1 };

struct look {
	int8_t colour; /* 0 .. 7 as ANSI numbers them, or COLOUR_DEFAULT */
	bool bold, dim, underline, reverse;
};

struct theme {
	const char *name, *help;
	struct look looks[TONE_COUNT];
};

/* Ends with name NULL.  The first is "default". */
extern const struct theme themes[];
const struct theme *theme_find(const char *name); /* NULL: none */
/* What NO_COLOR and TERM=dumb get. */
const struct theme *theme_mono(void);

#endif
