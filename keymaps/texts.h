/*
 * The .keys files of this folder, compiled in (generated at build time).
 */
#ifndef KEYMAPS_TEXTS_H
#define KEYMAPS_TEXTS_H

#include <stddef.h>

struct keymap_text {
	const char *name; /* file name without ".keys"; NULL ends the table */
	const char *text;
	size_t len;
};

extern const struct keymap_text keymap_texts[];

#endif
