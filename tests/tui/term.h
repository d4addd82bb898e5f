/*
 * A terminal for tests: a pty with libvterm behind it, and a child in front.
 *
 * Everything waits for text or state with a deadline; nothing sleeps.
 */
#ifndef TUI_TERM_H
#define TUI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct term;

enum { TERM_DEADLINE_MS = 20000 }; /* sanitizers on a busy machine are slow */

/*
 * Forks; the child runs `child(ctx)` on the terminal and exits with what it
 * returns.
 */
struct term *term_open(int rows, int cols, int (*child)(void *ctx),
		       void *ctx);
/* Ends the child if it is still there. */
void term_free(struct term *t);

pid_t term_pid(const struct term *t);
void term_type(struct term *t, const char *bytes);
void term_resize(struct term *t, int rows, int cols);
/* Takes in what has arrived, at most wait_ms long for the first of it. */
void term_pump(struct term *t, int wait_ms);

/* The screen, rows separated by newlines, blanks at their ends left out. */
const char *term_text(struct term *t);
/* Waits until the text is (is not) on the screen; fails the test else. */
void term_wait(struct term *t, const char *text);
void term_wait_gone(struct term *t, const char *text);
/* Waits for the child's end; its status as waitpid gives it. */
int term_wait_exit(struct term *t);

bool term_alternate(const struct term *t);     /* on the other screen */
bool term_cursor_visible(const struct term *t);
/* Line discipline: canonical and echoing, as a shell wants it. */
bool term_is_cooked(const struct term *t);
/* Cells with a colour other than the terminal's own. */
uint32_t term_coloured(const struct term *t);
/* The child was waited for by somebody else. */
void term_forget_child(struct term *t);
/* Closes our side: the line drops. */
void term_hang_up(struct term *t);

#endif
