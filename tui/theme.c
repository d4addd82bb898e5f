/*
 * The themes.
 */
#include "tui/theme.h"

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

#define PLAIN { .colour = COLOUR_DEFAULT }

/* clang-format off */
const struct theme themes[] = {
	{ "default", "the terminal's own colours, for dark backgrounds", {
		[TONE_NORMAL]	= PLAIN,
		[TONE_DIM]	= { .colour = COLOUR_DEFAULT, .dim = true },
		[TONE_GOOD]	= { .colour = GREEN },
		[TONE_WARN]	= { .colour = YELLOW },
		[TONE_BAD]	= { .colour = RED, .bold = true },
		[TONE_ACCENT]	= { .colour = CYAN },
		[TONE_TITLE]	= { .colour = COLOUR_DEFAULT, .bold = true },
		[TONE_ENDED]	= { .colour = COLOUR_DEFAULT, .dim = true },
	} },
	{ "light", "for light backgrounds", {
		[TONE_NORMAL]	= PLAIN,
		[TONE_DIM]	= { .colour = COLOUR_DEFAULT, .dim = true },
		[TONE_GOOD]	= { .colour = GREEN },
		[TONE_WARN]	= { .colour = MAGENTA },
		[TONE_BAD]	= { .colour = RED, .bold = true },
		[TONE_ACCENT]	= { .colour = BLUE },
		[TONE_TITLE]	= { .colour = COLOUR_DEFAULT, .bold = true },
		[TONE_ENDED]	= { .colour = COLOUR_DEFAULT, .dim = true },
	} },
	{ "blind", "no red against green", {
		[TONE_NORMAL]	= PLAIN,
		[TONE_DIM]	= { .colour = COLOUR_DEFAULT, .dim = true },
		[TONE_GOOD]	= { .colour = BLUE },
		[TONE_WARN]	= { .colour = YELLOW },
		[TONE_BAD]	= { .colour = MAGENTA, .bold = true,
				    .underline = true },
		[TONE_ACCENT]	= { .colour = CYAN },
		[TONE_TITLE]	= { .colour = COLOUR_DEFAULT, .bold = true },
		[TONE_ENDED]	= { .colour = COLOUR_DEFAULT, .dim = true },
	} },
	{ "mono", "attributes only, no colour", {
		[TONE_NORMAL]	= PLAIN,
		[TONE_DIM]	= PLAIN,
		[TONE_GOOD]	= PLAIN,
		[TONE_WARN]	= { .colour = COLOUR_DEFAULT, .bold = true },
		[TONE_BAD]	= { .colour = COLOUR_DEFAULT, .bold = true,
				    .underline = true },
		[TONE_ACCENT]	= PLAIN,
		[TONE_TITLE]	= { .colour = COLOUR_DEFAULT, .bold = true },
		[TONE_ENDED]	= { .colour = COLOUR_DEFAULT, .dim = true },
	} },
	{ 0 },
};
/* clang-format on */

const struct theme *
theme_find(const char *name)
{
	for (const struct theme *t = themes; t->name; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

const struct theme *
theme_mono(void)
{
	return theme_find("mono");
}
