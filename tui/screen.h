/*
 * The terminal: the only painter.  Grids come in, the changed runs go out in
 * one curses update.
 *
 * doupdate() blocks while nobody reads the terminal; nothing else on the UI
 * thread does.
 *
 * Thread: the UI's, but screen_restore.
 */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include "backend/base/err.h"
#include "tui/grid.h"
#include "tui/theme.h"

/* Takes the terminal over.  False with err when stdin or stdout is none. */
bool screen_open(struct err *err);
void screen_close(void); /* puts everything back; again is fine */
bool screen_is_open(void);
int screen_fd(void);
void screen_size(int *rows, int *cols);
/* The kernel's idea of the size has changed. */
void screen_resized(void);

/* Shows a grid; theme borrowed until the next call. */
void screen_flush(const struct grid *g, const struct theme *theme);
/* Paints everything anew with the next flush. */
void screen_forget(void);

/* Gives the terminal back and takes it again around a stop. */
void screen_suspend(void);
void screen_resume(void);

/* The bytes that bring the terminal to order; for a forced exit. */
const char *screen_reset_text(void);
/* The same at once, with the line discipline, without waiting.  Signal safe;
 * any thread. */
void screen_restore(void);

#endif
