/*
 * Lines typed after ":" and "/": kept over starts, the newest last.
 */
#ifndef TUI_HISTORY_H
#define TUI_HISTORY_H

#include "backend/base/err.h"

enum { HISTORY_LINES = 100, HISTORY_BYTES = 256 };

struct history {
	char *path; /* owned; NULL: only in memory */
	VEC(char *) lines;
};

/* Reads the file when there is one; dir NULL: nothing is kept.  A file that
 * cannot be read is an empty history. */
void history_init(struct history *h, const char *dir, const char *file);
void history_fini(struct history *h);
/* Adds a line (a repetition moves to the end) and writes the file anew.
 * False with err when that failed; the line is remembered all the same. */
bool history_add(struct history *h, const char *line, struct err *err);
/* back: 1 is the newest.  NULL past the ends. */
const char *history_at(const struct history *h, uint32_t back);

#endif
