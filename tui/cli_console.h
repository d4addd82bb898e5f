/*
 * The console: backend thread, port, screen and loop put together.
 */
#ifndef TUI_CLI_CONSOLE_H
#define TUI_CLI_CONSOLE_H

#include "tui/cli_options.h"

/* False with a sentence when there is no usable terminal. */
bool console_possible(struct err *err);

/* Runs until the person quits; returns the exit code. */
int console_run(const struct options *o, bool simulated);

#endif
