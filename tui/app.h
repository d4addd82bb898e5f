/*
 * The console: what main() needs of tui/.
 *
 * The app is the state of the screen and what keys do to it: a stack of views,
 * a prompt, a dialog, toasts.  It knows neither curses nor sockets: keys and
 * snapshots come in, a grid of cells and commands for the port come out, so
 * that tests drive it without a terminal.  tui/loop.h runs it on a terminal.
 *
 * Thread: the UI's.
 */
#ifndef TUI_APP_H
#define TUI_APP_H

#include "backend/base/clock.h"
#include "backend/port.h"

struct app;
struct grid;

struct app_config {
	struct port *port;		/* borrowed; outlives the app */
	const struct clockwork *clock;	/* NULL: the system's */
	const char *view;		/* first view; NULL: "home" */
	const char *theme;		/* theme name; NULL: "default" */
	const char *keymap;		/* built-in name or path; NULL: none
					   on top of "default" */
	const char *ns;			/* only this namespace; NULL: all */
	const char *state_dir;		/* history, saved files; NULL: nothing
					   is kept */
	const char *now_note;		/* "frozen at ..." or NULL: header */
	bool ascii;			/* only ASCII on screen */
	bool mono;			/* NO_COLOR, TERM=dumb */
};

/* NULL with err: no such view or theme, a mistake in the keymap. */
struct app *app_new(const struct app_config *config, struct err *err);
void app_free(struct app *a); /* NULL is fine */

/* ---- what the loop calls; tests too ---- */

/* Takes what the port has: the newest snapshot and all replies. */
void app_receive(struct app *a);
void app_key(struct app *a, uint32_t key);
/* Pasted text: goes into the open prompt or dialog as text, else nowhere. */
void app_paste(struct app *a, const char *text, size_t len);
void app_resize(struct app *a, int rows, int cols);
/* Time passed: ages, toasts. */
void app_tick(struct app *a);
/* Brings the grid up to date; borrowed until the next call. */
const struct grid *app_paint(struct app *a);
/* True when something changed since app_paint. */
bool app_is_dirty(const struct app *a);
/* The painted frame has reached the terminal: a dialog on it can be answered
 * from now on (keys typed before it appeared are discarded). */
void app_shown(struct app *a);

struct theme;
struct port *app_port(const struct app *a);
const struct clockwork *app_clock(const struct app *a);
const struct theme *app_theme(const struct app *a);
bool app_wants_quit(const struct app *a);
/* Set by ctrl-z; the loop suspends and clears it. */
bool app_take_suspend(struct app *a);
/* True while a suspend would stop an engine that leads (rule: refuse). */
bool app_engine_leads(const struct app *a);
/* Operations of ours still running, as the snapshot says. */
uint32_t app_operations(const struct app *a);

/* A line at the bottom, kept in the list that :log shows. */
PRINTF_LIKE(3, 4)
void app_toast(struct app *a, enum severity severity, const char *fmt, ...);

#endif
