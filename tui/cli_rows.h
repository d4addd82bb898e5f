/*
 * The command functions that cli_rows.c names, one file each, and how flags
 * are stored.  Only the command line's own files include this.
 */
#ifndef TUI_CLI_ROWS_H
#define TUI_CLI_ROWS_H

#include "tui/cli_options.h"

enum flag_type { FLAG_SWITCH, FLAG_TEXT, FLAG_SET };

int cli_console(const struct options *o); /* cli_console.c */
int cli_demo(const struct options *o);	  /* cli_demo.c */
int cli_get(const struct options *o);	  /* cli_get.c */
int cli_plan(const struct options *o);	  /* cli_plan.c */
int cli_why(const struct options *o);	  /* cli_why.c */
int cli_engine(const struct options *o);  /* cli_engine.c */
int cli_replay(const struct options *o);  /* cli_replay.c */
int cli_whatif(const struct options *o,	  /* cli_whatif.c: its --policy */
	       void (*tell)(void *ctx, const char *text));
int cli_snapshot(const struct options *o); /* cli_plan.c */
int cli_cordon(const struct options *o);  /* cli_act.c */
int cli_uncordon(const struct options *o);
int cli_scale(const struct options *o);
int cli_limits(const struct options *o);
int cli_hold(const struct options *o);
int cli_unhold(const struct options *o);
int cli_delete(const struct options *o);
int cli_help(const struct options *o);	  /* cli_help.c */

/* Usage on stdout; command NULL: the whole program. */
void help_print(const struct command_row *command);
void help_print_manual(void); /* roff */

#endif
