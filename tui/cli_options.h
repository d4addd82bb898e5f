/*
 * The command line as tables: commands, flags, and what they were set to.
 *
 * --help, `paddock help COMMAND` and the man page are printed from the same
 * rows that parsing uses.  Flags may stand anywhere; unknown ones and bad
 * values are usage errors that name the word and the nearest known one.
 */
#ifndef TUI_CLI_OPTIONS_H
#define TUI_CLI_OPTIONS_H

#include "backend/base/err.h"

/* Which commands a flag belongs to. */
enum {
	FOR_ALL = 1 << 0,
	FOR_DEMO = 1 << 1,
	FOR_GET = 1 << 2,
	FOR_PLAN = 1 << 3,
	FOR_WHY = 1 << 4,
	FOR_ENGINE = 1 << 5,
	FOR_ACTION = 1 << 6,
	FOR_SCALE = 1 << 7,
	FOR_LIMITS = 1 << 8,
	FOR_SNAPSHOT = 1 << 9,
	FOR_CONSOLE = 1 << 10,
	FOR_HELP = 1 << 11,
	FOR_REPLAY = 1 << 12,
};

struct options {
	const char *kubeconfig, *context, *ns, *config, *policy, *world,
		*record, *theme, *keymap, *region, *write_reason, *output,
		*sort, *filter, *confirm, *mode, *speed, *seed, *out_file,
		*log_level, *min, *max, *now, *metrics_listen;
	bool read_only, no_aws, no_gitlab, yes, dry_run, approve, help,
		version;
	VEC(const char *) set;	/* --set key=value, in order */
	VEC(const char *) args;	/* positional, after the command */
	const struct command_row *command; /* NULL: the console */
	/* Checked values of the texts above. */
	int64_t now_ms;
};

struct command_row {
	const char *name;
	const char *args;	/* "VIEW [NAME]" */
	const char *summary;	/* one line */
	const char *detail;	/* paragraphs for help and the manual */
	unsigned flags;		/* FOR_* it takes besides FOR_ALL */
	uint8_t min_args, max_args; /* 255: any number */
	/* Returns the exit code. */
	int (*run)(const struct options *o);
};

struct flag_row {
	const char *name;	/* "--kubeconfig" */
	const char *letter;	/* "-n" or NULL */
	const char *value;	/* "FILE"; NULL: a switch */
	const char *help;
	unsigned commands;	/* FOR_* */
	uint8_t type;		/* enum flag_type */
	size_t offset;		/* into struct options */
};

/* Ends with name NULL. */
extern const struct command_row command_rows[];
extern const struct flag_row flag_rows[];

bool options_parse(struct options *o, int argc, char **argv, struct err *err);
void options_fini(struct options *o);

/* "Exit codes" of design 2.1 as rows, for help and the manual. */
struct exit_row {
	int code;
	const char *meaning;
};
extern const struct exit_row exit_rows[];

/* Variables the program reads, as help and manual print them. */
struct env_row {
	const char *names, *meaning;
};
extern const struct env_row env_rows[];

#endif
