/*
 * paddock engine: the engine without a screen, until SIGTERM.
 *
 * Prints each decision once, as one line; trouble goes to stderr when it
 * changes.  Ending is orderly: a held lease is handed back first.  With
 * --approve each step is asked for on the terminal.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/text.h"
#include "tui/cli.h"
#include "tui/cli_rows.h"

enum { FINISH_MS = 20000 };

static volatile sig_atomic_t ending;

static void
on_signal(int number)
{
	(void)number;
	ending = 1;
}

static bool
read_mode(const struct options *o, enum engine_mode *mode, struct err *err)
{
	if (!o->mode || !strcmp(o->mode, "advisory")) {
		*mode = MODE_ADVISORY;
		if (o->approve)
			return err_set(err, ERR_USAGE,
				       "--approve belongs to --mode active");
		return true;
	}
	if (strcmp(o->mode, "active") != 0)
		return err_set(err, ERR_USAGE,
			       "--mode wants advisory or active, found \"%s\"",
			       o->mode);
	*mode = o->approve ? MODE_APPROVAL : MODE_ACTIVE;
	if (o->approve && (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)))
		return err_set(err, ERR_REFUSED,
			       "--approve asks on a terminal, and there is "
			       "none");
	return true;
}

static void
print_decision(const struct decision *d)
{
	char when[TIME_TEXT];
	struct buf line;

	buf_init(&line, 8192);
	buf_printf(&line, "%s %s: %s %s%s%s%s%s\n",
		   time_format(d->at_ms, false, when), str_or_empty(d->by),
		   str_or_empty(d->what), str_or_empty(d->subject),
		   d->change && *d->change ? " " : "",
		   str_or_empty(d->change),
		   d->reason && *d->reason ? ": " : "",
		   str_or_empty(d->reason));
	cli_print(buf_text(&line), line.len);
	fflush(stdout);
	buf_fini(&line);
}

/* Decisions are numbered upward; slots are not in that order. */
static uint64_t
print_new(const struct snapshot *s, uint64_t seen)
{
	for (;;) {
		const struct decision *next = NULL;
		const struct slot *slot;
		struct handle h;

		for (uint32_t i = 0;
		     (slot = snapshot_next(s, KIND_DECISION, &i, &h));) {
			const struct decision *d = (const void *)slot->rec;

			if (d->number > seen &&
			    (!next || d->number < next->number))
				next = d;
		}
		if (!next)
			return seen;
		print_decision(next);
		seen = next->number;
	}
}

static void
print_trouble(const struct snapshot *s, char last[static 256])
{
	const char *now = s->engine.blocked;

	if (!strcmp(now, last))
		return;
	snprintf(last, 256, "%s", now);
	if (*now) {
		char line[256];

		text_clean_to(line, sizeof(line), now, strlen(now));
		fprintf(stderr, "paddock: engine waits: %s\n", line);
	}
}

/* ---- approval on the terminal ---- */

struct asking {
	bool on;
	char step[256];		/* as it was asked */
	uint64_t id;
};

static void
ask_step(struct asking *a, const struct engine_status *e)
{
	char line[256];

	if (!e->awaiting_approval) {
		a->step[0] = '\0';
		return;
	}
	if (!strcmp(a->step, e->next_step))
		return;
	snprintf(a->step, sizeof(a->step), "%s", e->next_step);
	text_clean_to(line, sizeof(line), a->step, strlen(a->step));
	fprintf(stderr, "paddock: %s? [y, enter] ", line);
}

/* What is typed before a step is shown answers nothing. */
static void
hear_answer(struct asking *a, struct port *port)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	struct command c = { .kind = COMMAND_APPROVE, .id = ++a->id };
	char line[64];
	ssize_t n;

	if (poll(&p, 1, 0) != 1)
		return;
	n = read(STDIN_FILENO, line, sizeof(line));
	if (n <= 0) { /* the terminal went away: hand back */
		ending = 1;
		return;
	}
	if (!*a->step)
		return;
	if ((line[0] != 'y' && line[0] != 'Y') || n != 2) {
		fprintf(stderr, "paddock: not approved; y approves, ctrl-c "
			"hands back and ends\n");
		a->step[0] = '\0'; /* asked again at the next decision */
		return;
	}
	snprintf(c.text, sizeof(c.text), "%s", a->step);
	port_send(port, &c);
}

static void
print_replies(struct port *port)
{
	struct reply r;

	while (port_next_reply(port, &r)) {
		char line[400];

		text_clean_to(line, sizeof(line), r.text ? r.text : r.title,
			      strlen(r.text ? r.text : r.title));
		if (!r.id || r.code)
			fprintf(stderr, "paddock: %s\n", line);
		reply_fini(&r);
	}
}

int
cli_engine(const struct options *o)
{
	struct backend_config config;
	struct port *port = port_new();
	const struct snapshot *snap;
	struct cli_session s = { .port = port };
	struct err err = { 0 };
	char trouble[256] = "";
	struct asking asking = { .on = false };
	uint64_t seen = 0;
	int code = 0;

	cli_backend_config(o, &config);
	config.engine = true;
	config.metrics_listen = o->metrics_listen;
	config.via = o->approve ? "terminal" : "headless";
	s.policy = cli_policy(o, &err);
	if (!s.policy || !read_mode(o, &config.mode, &err)) {
		code = cli_fail(&err);
		goto out;
	}
	cli_policy_notes(s.policy);
	config.policy = s.policy;
	s.backend = backend_new(&config, port, &err);
	if (!s.backend) {
		code = cli_fail(&err);
		goto out;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGHUP, on_signal);
	asking.on = o->approve;
	while (!ending) {
		snap = s.snap;
		cli_turn(&s);
		print_replies(port);
		if (asking.on)
			hear_answer(&asking, port);
		if (s.snap == snap || !s.snap)
			continue;
		if (asking.on)
			ask_step(&asking, &s.snap->engine);
		seen = print_new(s.snap, seen);
		print_trouble(s.snap, trouble);
	}
	if (s.snap && s.snap->engine.shadowed_ms)
		fprintf(stderr, "paddock: %s\n", s.snap->engine.shadow);
	if (!backend_finish(s.backend, FINISH_MS))
		fprintf(stderr, "paddock: ended with work under way; the "
			"journal says which\n");
out:
	cli_close(&s);
	return code;
}
