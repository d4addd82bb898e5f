/*
 * Actions from the command line: the same preview, questions, journal and
 * safety rules as in the console, because both send the same commands through
 * the same port.
 *
 * The preview goes to stderr, the outcome to stdout.  --yes answers plain
 * questions only; typed ones need --confirm TEXT exactly as asked; without a
 * terminal and without an answer nothing is done and the exit code is 7.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/text.h"
#include "tui/cli.h"
#include "tui/cli_rows.h"

enum { WAIT_MS = 20000, ANSWER_MS = 60000 };

static void
say(const char *text)
{
	struct buf clean;

	buf_init(&clean, SIZE_MAX);
	text_clean(&clean, str_or_empty(text), strlen(str_or_empty(text)),
		   TEXT_LINES);
	fputs(buf_text(&clean), stderr);
	if (clean.len && clean.at[clean.len - 1] != '\n')
		fputc('\n', stderr);
	buf_fini(&clean);
}

static bool
await_reply(struct cli_session *s, uint64_t id, struct reply *out,
	    struct err *err)
{
	int64_t end = clock_boot_ms(&clock_system) + ANSWER_MS;

	do {
		while (port_next_reply(s->port, out)) {
			if (out->id == id)
				return true;
			reply_fini(out);
		}
		cli_turn(s);
	} while (clock_boot_ms(&clock_system) < end);
	return err_set(err, ERR_UNREACHABLE,
		       "no answer within %d s; the journal says what is known",
		       ANSWER_MS / 1000);
}

/* Asks the person at the terminal.  False: no, or nobody to ask. */
static bool
ask(const struct options *o, const struct reply *preview, char *typed,
    size_t room, struct err *err)
{
	char line[TARGET_NAME + 2];
	char expect[TARGET_NAME];
	bool said_yes;

	text_clean_to(expect, sizeof(expect), preview->expect,
		      strlen(preview->expect));
	if (preview->ask == ASK_TYPED && o->confirm) {
		snprintf(typed, room, "%s", o->confirm);
		if (strcmp(o->confirm, preview->expect))
			return err_set(err, ERR_REFUSED,
				       "--confirm must be exactly \"%s\"",
				       expect);
		return true;
	}
	if (preview->ask == ASK_YES && o->yes)
		return true;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return preview->ask == ASK_TYPED
			       ? err_set(err, ERR_REFUSED,
					 "this needs --confirm \"%s\"",
					 expect)
			       : err_set(err, ERR_REFUSED,
					 "not confirmed: no terminal to ask "
					 "and no --yes");
	if (preview->ask == ASK_TYPED)
		fprintf(stderr, "Type %s to go on: ", expect);
	else
		fprintf(stderr, "Go on? [y/N] ");
	fflush(stderr);
	if (!fgets(line, sizeof(line), stdin))
		return err_set(err, ERR_REFUSED, "not confirmed");
	line[strcspn(line, "\r\n")] = '\0';
	if (preview->ask == ASK_TYPED)
		said_yes = !strcmp(line, preview->expect);
	else
		said_yes = !strcmp(line, "y") || !strcmp(line, "yes");
	if (!said_yes)
		return err_set(err, ERR_REFUSED, "not confirmed");
	snprintf(typed, room, "%.*s", (int)room - 1, line);
	return true;
}

/* Preview, question, act.  Targets are moved into the command. */
static int
act(struct cli_session *s, const struct options *o, const char *verb,
    const char *args, struct target *targets, uint32_t n)
{
	struct command c = { .id = 1, .kind = COMMAND_PREVIEW };
	struct reply preview = { 0 }, done = { 0 };
	struct err err = { 0 };
	char typed[TARGET_NAME] = "";
	int code = 0;

	snprintf(c.verb, sizeof(c.verb), "%s", verb);
	snprintf(c.args, sizeof(c.args), "%s", args);
	c.target = targets[0];
	if (n > 1) {
		c.more = xmemdup(targets + 1, (n - 1) * sizeof(*targets));
		c.more_n = n - 1;
	}
	if (!port_send(s->port, &c)) {
		command_fini(&c);
		err_set(&err, ERR_LIMIT, "the backend is busy; try again");
		return cli_fail(&err);
	}
	if (!await_reply(s, 1, &preview, &err))
		return cli_fail(&err);
	if (preview.code != ERR_NONE && preview.kind == REPLY_PREVIEW) {
		/* What it would do, and why it may not now. */
		say(preview.title);
		say(preview.text);
		code = err_exit_code(preview.code);
		goto out;
	}
	if (preview.code != ERR_NONE || preview.kind != REPLY_PREVIEW) {
		err_set(&err, preview.code ? preview.code : ERR_BAD, "%s",
			preview.text ? preview.text : preview.title);
		code = cli_fail(&err);
		goto out;
	}
	say(preview.title);
	say(preview.text);
	if (o->dry_run) {
		fputs("Dry run: nothing was changed.\n", stderr);
		goto out;
	}
	if (preview.ask != ASK_NOTHING &&
	    !ask(o, &preview, typed, sizeof(typed), &err)) {
		code = cli_fail(&err);
		goto out;
	}
	c = (struct command){ .id = 2, .kind = COMMAND_CONFIRM,
			      .ref = preview.ref };
	snprintf(c.text, sizeof(c.text), "%s", typed);
	if (!port_send(s->port, &c)) {
		err_set(&err, ERR_LIMIT, "the backend is busy; try again");
		code = cli_fail(&err);
		goto out;
	}
	if (!await_reply(s, 2, &done, &err)) {
		code = cli_fail(&err);
		goto out;
	}
	if (done.code != ERR_NONE) {
		err_set(&err, done.code, "%s",
			done.text ? done.text : done.title);
		code = cli_fail(&err);
		goto out;
	}
	cli_print(done.title, strlen(done.title));
	putchar('\n');
	if (done.text)
		cli_print(done.text, strlen(done.text));
out:
	reply_fini(&preview);
	reply_fini(&done);
	return code;
}

static int
act_on(const struct options *o, const char *verb, const char *args,
       enum kind kind, uint32_t first, uint32_t n, unsigned sources)
{
	struct cli_session s;
	struct err err = { 0 };
	struct target *targets = xcalloc(n, sizeof(*targets));
	int code = 0;

	if (!cli_open(&s, o, "command line", false, &err)) {
		free(targets);
		return cli_fail(&err);
	}
	if (!cli_wait(&s, sources, WAIT_MS, &err))
		code = cli_fail(&err);
	for (uint32_t i = 0; !code && i < n; i++)
		if (!cli_find_target(s.snap, kind, o->args.at[first + i],
				     false, &targets[i], &err))
			code = cli_fail(&err);
	if (!code)
		code = act(&s, o, verb, args, targets, n);
	free(targets);
	cli_close(&s);
	return code;
}

enum { NEED_KUBE = 1 << SOURCE_KUBERNETES, NEED_AWS = 1 << SOURCE_AWS };

int
cli_cordon(const struct options *o)
{
	return act_on(o, "cordon", "", KIND_NODE, 0, o->args.n, NEED_KUBE);
}

int
cli_uncordon(const struct options *o)
{
	return act_on(o, "uncordon", "", KIND_NODE, 0, o->args.n, NEED_KUBE);
}

int
cli_delete(const struct options *o)
{
	struct err err = { 0 };

	if (strcmp(o->args.at[0], "pod") && strcmp(o->args.at[0], "pods")) {
		err_set(&err, ERR_USAGE,
			"only pods can be deleted; usage: paddock delete pod "
			"NS/NAME...");
		return cli_fail(&err);
	}
	return act_on(o, "delete", "", KIND_POD, 1, o->args.n - 1, NEED_KUBE);
}

static bool
is_count(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= 6 && !text[digits];
}

int
cli_scale(const struct options *o)
{
	const char *to = o->args.at[1];
	struct err err = { 0 };

	if (!is_count(*to == '+' || *to == '-' ? to + 1 : to)) {
		err_set(&err, ERR_USAGE,
			"scale wants N, +N or -N, found \"%s\"", to);
		return cli_fail(&err);
	}
	return act_on(o, "scale", to, KIND_GROUP, 0, 1, NEED_KUBE | NEED_AWS);
}

int
cli_limits(const struct options *o)
{
	char args[64];
	struct err err = { 0 };

	if ((o->min && !is_count(o->min)) || (o->max && !is_count(o->max)))
		err_set(&err, ERR_USAGE, "%s wants a number, found \"%s\"",
			o->min && !is_count(o->min) ? "--min" : "--max",
			o->min && !is_count(o->min) ? o->min : o->max);
	else if (!o->min && !o->max)
		err_set(&err, ERR_USAGE,
			"limits wants --min N, --max N or both");
	if (err.code)
		return cli_fail(&err);
	snprintf(args, sizeof(args), "%s%s%s%s%s", o->min ? "min=" : "",
		 o->min ? o->min : "", o->min && o->max ? "," : "",
		 o->max ? "max=" : "", o->max ? o->max : "");
	return act_on(o, "limits", args, KIND_GROUP, 0, 1,
		      NEED_KUBE | NEED_AWS);
}

/* The words after the time are the reason. */
int
cli_hold(const struct options *o)
{
	struct command *room = NULL;
	char args[sizeof(room->args)];
	struct err err = { 0 };
	size_t len = 0;

	for (uint32_t i = 1; i < o->args.n; i++) {
		int n = snprintf(args + len, sizeof(args) - len, "%s%s",
				 i > 1 ? " " : "", o->args.at[i]);

		if (n < 0 || (size_t)n >= sizeof(args) - len) {
			err_set(&err, ERR_USAGE,
				"hold: the reason is longer than %zu bytes",
				sizeof(args) - 20);
			return cli_fail(&err);
		}
		len += (size_t)n;
	}
	return act_on(o, "hold", args, KIND_GROUP, 0, 1,
		      NEED_KUBE | NEED_AWS);
}

int
cli_unhold(const struct options *o)
{
	return act_on(o, "unhold", "", KIND_GROUP, 0, 1,
		      NEED_KUBE | NEED_AWS);
}
