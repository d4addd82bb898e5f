/*
 * A small console on the terminal that is there: the real loop and app over a
 * fixture, with a thread in the backend's place.
 */
#ifndef TUI_DRIVER_H
#define TUI_DRIVER_H

#include <stdbool.h>

struct driver_config {
	int frame_fd;	  /* gets frame numbers; -1 */
	int beat_fd;	  /* gets a byte per turn of the backend thread; -1 */
	unsigned stuck_s; /* see tui/loop.h */
	const char *view; /* NULL: home */
	bool mono;
	bool breaks; /* a bug in the other thread at the next refresh */
	bool utf8; /* charts in block characters */
};

/* Runs to its end; the exit status: 0 quit, 128 + signal, 2 no terminal. */
int driver_run(const struct driver_config *config);

#endif
