/*
 * The console on a terminal: one poll over keys, port and clock.
 *
 * Frames go out at most 30 times a second and at once after a quiet moment.
 * SIGWINCH, SIGTSTP/SIGCONT, SIGTERM, SIGHUP and SIGINT are handled here; the
 * terminal is restored on every way out, also on BUG() and out of memory.
 *
 * Thread: the UI's (the main thread).  Other threads must have all signals
 * blocked.
 */
#ifndef TUI_LOOP_H
#define TUI_LOOP_H

#include "tui/app.h"

struct loop_config {
	/* Called once the terminal is set up: descriptor, and the text that
	 * puts it back in order, for a forced exit while this thread is stuck
	 * in a write (backend_set_terminal).  May be NULL. */
	void (*on_terminal)(void *ctx, int fd, const char *reset);
	void *ctx;
	/* An eventfd (or pipe end) that the SIGTERM and SIGHUP handler writes
	 * eight bytes to as well, so that the backend learns of it although
	 * this thread may be stuck; -1: none. */
	int signal_fd;
	/* A descriptor that gets the number of each frame as a line after it
	 * was written; tests wait for it.  -1: none. */
	int frame_fd;
};

enum loop_end { LOOP_QUIT, LOOP_SIGNAL, LOOP_HANGUP };

/*
 * Runs until the person quits or a signal ends it.  False with err when stdin
 * or stdout is no terminal or the terminal is unknown (nothing was changed).
 */
bool loop_run(struct app *a, const struct loop_config *config,
	      enum loop_end *end, struct err *err);

#endif
