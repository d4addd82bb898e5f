/*
 * The console put together: backend on its thread, app and loop on this one.
 *
 * The order of the end matters: the loop puts the terminal back first, then the
 * backend finishes (hands back a lease, flushes the journal) with words on
 * stderr if that takes long.
 */
#include "tui/cli_console.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tui/cli.h"
#include "tui/loop.h"
#include "tui/cli_rows.h"

enum { STOP_MS = 20000, STUCK_S = 25 };

bool
console_possible(struct err *err)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(err, ERR_USAGE,
			       "the console needs a terminal; for one view "
			       "once, use `paddock get VIEW`");
	if (!term || !*term)
		return err_set(err, ERR_USAGE,
			       "TERM is not set; the console cannot know what "
			       "this terminal understands");
	return true;
}

/* main() takes C.UTF-8 for a plain C, so that texts have their width.  Who says
 * C in so many words has a terminal that shows ASCII only; where nothing is
 * said (ssh hands it on seldom) it shows more. */
static void
keep_to_ascii(void)
{
	static const char *const says[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL;

	for (size_t i = 0; i < ARRAY_LEN(says) && !(value && *value); i++)
		value = getenv(says[i]);
	if (str_eq(value, "C") || str_eq(value, "POSIX"))
		setlocale(LC_CTYPE, "C");
}

static void
on_terminal(void *ctx, int fd, const char *reset)
{
	backend_set_terminal(ctx, fd, reset);
}

static int
run_app(const struct options *o, struct port *port, struct backend *backend)
{
	char *state = cli_state_path("");
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct app_config config = {
		.port = port,
		.theme = o->theme,
		.keymap = o->keymap,
		.state_dir = state,
		.now_note = o->now,
		.mono = (no_color && *no_color) || str_eq(term, "dumb"),
	};
	struct loop_config loop = {
		.on_terminal = on_terminal,
		.ctx = backend,
		.stuck_s = STUCK_S,
		.frame_fd = -1,
	};
	enum loop_end end = LOOP_QUIT;
	struct err err = { 0 };
	struct app *app;
	int code = 0;

	keep_to_ascii();
	app = app_new(&config, &err);
	if (!app || !backend_start(backend, &err) ||
	    !loop_run(app, &loop, &end, &err))
		code = cli_fail(&err);
	app_free(app);
	free(state);
	return code;
}

int
console_run(const struct options *o, bool simulated)
{
	struct backend_config config;
	struct policy *policy = NULL;
	struct port *port = port_new();
	struct backend *backend = NULL;
	struct err err = { 0 };
	int code;

	if (!console_possible(&err) || !(policy = cli_policy(o, &err))) {
		code = cli_fail(&err);
		goto out;
	}
	cli_backend_config(o, &config);
	config.policy = o->world ? NULL : policy;
	config.simulated = simulated;
	config.loopback_only = simulated;
	config.engine = true;
	config.mode = MODE_ADVISORY;
	config.via = "console";
	backend = backend_new(&config, port, &err);
	if (!backend) {
		code = cli_fail(&err);
		goto out;
	}
	code = run_app(o, port, backend);
	if (!backend_stop(backend, STOP_MS))
		fprintf(stderr, "paddock: the backend did not end in time; "
			"see the journal for what was under way\n");
out:
	backend_free(backend);
	port_free(port);
	policy_unref(policy);
	return code;
}

int
cli_console(const struct options *o)
{
	return console_run(o, false);
}
