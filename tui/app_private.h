/*
 * The app's own view of itself.  For app*.c, chrome.c, command.c and help.c.
 */
#ifndef TUI_APP_PRIVATE_H
#define TUI_APP_PRIVATE_H

#include "keymaps/keymap.h"
#include "tui/app.h"
#include "tui/dialog.h"
#include "tui/page.h"
#include "tui/pager.h"
#include "tui/prompt.h"
#include "tui/registry.h"
#include "tui/sheet.h"
#include "tui/theme.h"

enum {
	PANES_MAX = 16,	  /* depth of the stack */
	VISITED_MAX = 32, /* what [ and ] walk through */
	TOASTS_MAX = 50,
	CHAIN_MAX = 6,
};

enum pane_kind { PANE_SHEET, PANE_PAGE, PANE_PAGER };

/* One level of the stack. */
struct pane {
	uint8_t kind; /* enum pane_kind */
	struct sheet sheet;
	struct pager pager;
	struct {
		const struct page_view *view;
		struct page_out out;
		struct handle cursor;
		bool touched;
		uint32_t at;	 /* the line it was on at the last painting */
		int height, top; /* body rows, first line on screen */
	} page;
	char scope_name[128]; /* of the row it was opened from, "" */
};

enum prompt_about { ASKING_NOTHING, ASKING_COMMAND, ASKING_FILTER,
		    ASKING_SEARCH, ASKING_ARGUMENT };

struct toast {
	int64_t boot_ms, wall_ms;
	uint8_t severity;
	char text[240];
};

struct app {
	struct port *port;
	const struct clockwork *clock;
	char *state_dir;
	char now_note[80];
	char ns[64]; /* of all tables; "": every namespace */
	bool ascii, mono;
	const struct theme *theme;
	struct keymap *keymap;

	const struct snapshot *snap; /* never NULL: an empty one at first */
	struct grid grid;
	bool dirty, quit, suspend;

	struct pane *panes[PANES_MAX];
	uint32_t depth;
	char visited[VISITED_MAX][64]; /* view names, oldest first */
	uint32_t visited_n, visited_at, visited_last;
	uint64_t wanted;	 /* kinds last asked of the backend */

	struct prompt prompt;
	uint8_t asking;		 /* enum prompt_about */
	char before_filter[FILTER_MAX];
	struct history commands, filters;
	/* The action whose argument is being asked. */
	const struct action *action;
	struct target target;	 /* ASKING_ARGUMENT: fixed when asked */

	struct dialog dialog;
	uint64_t next_id;

	struct toast toasts[TOASTS_MAX];
	uint32_t toast_n;	 /* ever; the newest is toast_n - 1 */
	bool busy;		 /* the port refused a command */
};

/* ---- app.c ---- */
int64_t app_boot_ms(const struct app *a);
struct view_ctx app_ctx(const struct app *a);
uint64_t app_id(struct app *a);
/* False (with a toast) when the backend is too busy to take it. */
bool app_send(struct app *a, struct command *moved);
const struct toast *app_toast_now(const struct app *a); /* or NULL */
const struct pane *app_pane(const struct app *a);

/* ---- app_panes.c ---- */
struct pane *app_top(struct app *a);
/* Opens a view; scope none: all of it.  remember: into the visited list. */
void app_open(struct app *a, struct entry_view v, struct handle scope,
	      bool remember);
struct pager *app_open_pager(struct app *a, const char *title);
void app_close_panes(struct app *a);
/* Leaves the top pane; false when it is the last. */
bool app_leave(struct app *a);
/* Replaces the whole stack by one view. */
void app_go(struct app *a, struct entry_view v, bool remember);
void app_follow_panes(struct app *a);
void app_want(struct app *a);
void app_walk(struct app *a, int step); /* -1 older, +1 newer, 0 last */
/* The row under the cursor and what its actions are about; rec NULL: none. */
struct row app_row(const struct app *a);
struct row app_target_row(const struct app *a);
/* Layers in which a key is looked for; ended by NULL. */
void app_chain(const struct app *a, const char *chain[static CHAIN_MAX]);

/* ---- app_keys.c ---- */
void app_do(struct app *a, const char *verb, const char *args);

/* ---- app_prompt.c ---- */
void app_prompt(struct app *a, enum prompt_about about, const char *label,
		const char *text, struct history *history);
void app_prompt_filter(struct app *a);
void app_prompt_event(struct app *a, enum prompt_end end);

/* ---- app_move.c ---- */
void app_move(struct app *a, enum verb_id verb);
/* For this table and those opened from now on; "": every namespace. */
void app_namespace(struct app *a, const char *ns);
void app_pick(struct pane *p, const char *number);
void app_pick_namespace(struct app *a, struct sheet *s, const char *number);

/* ---- app_save.c ---- */
void app_save(struct app *a);

/* ---- app_act.c ---- */
/* The action of this verb where the cursor is, or NULL. */
const struct action *app_action(const struct app *a, const char *verb);
void app_act(struct app *a, const struct action *action);
/* With its argument known: asks the backend for a preview. */
void app_preview(struct app *a, const struct action *action,
		 const struct target *first, const char *args);
void app_reply(struct app *a, struct reply *r);
void app_dialog_answer(struct app *a, enum dialog_answer answer);
void app_ask_quit(struct app *a);
void app_ask_panic(struct app *a);
void app_ask_mode(struct app *a, enum engine_mode mode);
void app_ask_approve(struct app *a);
void app_fill_target(const struct app *a, struct handle h, struct target *t);

/* ---- app_text.c ---- */
void app_stream(struct app *a, enum stream_what what, struct handle h,
		const char *title, const char *args);
/* About what the row stands for, as its view says. */
void app_stream_of_row(struct app *a, enum stream_what what, const char *verb,
		       const char *args);
void app_why(struct app *a);
void app_show(struct app *a);
void app_help(struct app *a);
void app_views(struct app *a);
void app_log(struct app *a);

/* ---- command.c ---- */
void app_command(struct app *a, const char *line);
void app_suggest(struct app *a);
/* The `:` commands that are no views, for help; false past the end. */
bool command_usage(uint32_t i, const char **name, const char **args,
		   const char **help);

/* ---- chrome.c ---- */
struct body {
	int row, rows;
};
/* Paints the header and the rule; says where the body goes. */
struct body chrome_paint(struct app *a, struct grid *g);
/* chrome_head.c: the first two lines. */
void chrome_place(const struct app *a, struct grid *g, int row);
void chrome_freshness(const struct app *a, struct grid *g, int row);
/* Prompt, toast or key hints; after the body, which may add words. */
void chrome_bottom(struct app *a, struct grid *g);

#endif
