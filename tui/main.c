/*
 * paddock: the composition root.  Reads the command line, sets up what must
 * exist before threads, and runs one command.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/net/http.h"
#include "tui/cli.h"
#include "tui/cli_rows.h"

/* Without a UTF-8 locale wide characters have no width; C.UTF-8 is always
 * there on Debian. */
static void
set_locale(void)
{
	const char *name = setlocale(LC_CTYPE, "");

	if (!name || !strcmp(name, "C") || !strcmp(name, "POSIX"))
		setlocale(LC_CTYPE, "C.UTF-8");
}

static bool
open_log(const struct options *o, struct err *err)
{
	enum log_level level = LOG_WARN;
	char *path;

	if (o->log_level && !log_level_parse(o->log_level, &level))
		return err_set(err, ERR_USAGE,
			       "--log-level wants error, warn, info or debug, "
			       "found \"%s\"", o->log_level);
	path = cli_state_path("paddock.log");
	/* A log that cannot be written is no reason not to help at night: the
	 * ring still holds the newest lines. */
	if ((!path || !log_open(path, level)) && !log_open(NULL, level))
		log_threshold = level;
	free(path);
	return true;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct err err = { 0 };
	int code;

	mem_one_heap();
	mem_give_back();
	set_locale();
	signal(SIGPIPE, SIG_IGN);
	if (!options_parse(&o, argc, argv, &err)) {
		code = cli_fail(&err);
		goto out;
	}
	if (o.version) {
		printf("paddock %s\n", PADDOCK_VERSION);
		code = 0;
		goto out;
	}
	if (o.help) {
		help_print(o.command);
		code = 0;
		goto out;
	}
	if (!open_log(&o, &err)) {
		code = cli_fail(&err);
		goto out;
	}
	http_global_init();
	code = o.command ? o.command->run(&o) : cli_console(&o);
	http_global_fini();
	log_close();
out:
	options_fini(&o);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "paddock: cannot write the output: %m\n");
		return code ? code : 1;
	}
	return code;
}
