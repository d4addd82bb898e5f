/*
 * A console in the test's own process: a fixture, keys in, a grid out.
 */
#ifndef TUI_SESSION_H
#define TUI_SESSION_H

#include "tests/tui/world_fixture.h"
#include "tui/app.h"
#include "tui/grid.h"

struct session {
	struct fixture *f; /* owned */
	struct app *app;
};

/* Takes the fixture; config may be NULL (home, ASCII). */
struct session *session_new(struct fixture *f, const struct app_config *config,
			    int rows, int cols);
void session_free(struct session *s);

/* Publishes the fixture and lets the app take it. */
void session_publish(struct session *s);
/* Keys by name, blanks between: "down enter ctrl-d"; 'text' types letters. */
void session_keys(struct session *s, const char *keys);
/* Paints as the loop does; dialogs count as shown, and time passes so that they
 * can be answered. */
void session_frame(struct session *s);
/* The screen as text (new). */
char *session_text(struct session *s, bool styles);
/* The next command the app sent (kinds the console sends by itself, WANT and
 * STREAM_READ, are skipped); false: none. */
bool session_command(struct session *s, struct command *out);
/* Replies and lets the app take it. */
void session_reply(struct session *s, struct reply *r);

/*
 * Compares the screen with tests/tui/screens/NAME.txt; with GOLDEN set in the
 * environment writes that file instead.
 */
void session_golden(struct session *s, const char *name);

/* Fails with the whole screen when the text is not (is) on it. */
#define assert_screen(s, text)                                              \
	check_screen_((s), (text), true, __FILE__, __LINE__)
#define assert_no_screen(s, text)                                           \
	check_screen_((s), (text), false, __FILE__, __LINE__)
void check_screen_(struct session *s, const char *text, bool want,
		   const char *file, int line);

#endif
