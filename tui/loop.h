/*
 * The console on a terminal: one poll over keys, port and clock.
 *
 * Frames that data asks for go out at most 30 times a second, and at once after
 * a quiet moment; a key is answered within milliseconds all the same.
 * SIGWINCH, SIGTSTP/SIGCONT, SIGTERM, SIGHUP and SIGINT are handled here; the
 * terminal is restored on every way out, also on BUG() and out of memory.
 *
 * Thread: the UI's (the main thread).  Other threads must have all signals
 * blocked.
 */
#ifndef TUI_LOOP_H
#define TUI_LOOP_H

#include "backend/base/wake.h"
#include "tui/app.h"

struct loop_config {
	/* Called once the terminal is set up: descriptor, and the text that
	 * puts it back in order, for a forced exit while this thread is stuck
	 * in a write (backend_set_terminal).  May be NULL. */
	void (*on_terminal)(void *ctx, int fd, const char *reset);
	void *ctx;
	/* Signalled by the SIGTERM and SIGHUP handler too, so that the backend
	 * learns of it although this thread may be stuck; NULL: nobody. */
	const struct wake *on_signal;
	/* Seconds after SIGTERM or SIGHUP at which the process is ended here
	 * (terminal restored, exit status 143) because this thread is still
	 * stuck in a write; 0: somebody else sees to that. */
	unsigned stuck_s;
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

/* Puts the terminal in order at once without waiting: one non-blocking write
 * and the line discipline.  Signal safe, any thread; nothing when the loop does
 * not hold the terminal. */
void loop_restore_terminal(void);

#endif
