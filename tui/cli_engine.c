/*
 * paddock engine: the engine without a screen, until SIGTERM.
 *
 * Prints each decision once, as one line; trouble goes to stderr when it
 * changes.  Ending is orderly: a held lease is handed back first.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

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
	*mode = MODE_ACTIVE;
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

int
cli_engine(const struct options *o)
{
	struct backend_config config;
	struct port *port = port_new();
	const struct snapshot *snap;
	struct cli_session s = { .port = port };
	struct err err = { 0 };
	char trouble[256] = "";
	uint64_t seen = 0;
	int code = 0;

	cli_backend_config(o, &config);
	config.engine = true;
	config.via = "headless";
	s.policy = cli_policy(o, &err);
	if (!s.policy || !read_mode(o, &config.mode, &err)) {
		code = cli_fail(&err);
		goto out;
	}
	config.policy = s.policy;
	s.backend = backend_new(&config, port, &err);
	if (!s.backend) {
		code = cli_fail(&err);
		goto out;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	while (!ending) {
		snap = s.snap;
		cli_turn(&s);
		if (s.snap == snap || !s.snap)
			continue;
		seen = print_new(s.snap, seen);
		print_trouble(s.snap, trouble);
	}
	if (!backend_finish(s.backend, FINISH_MS))
		fprintf(stderr, "paddock: ended with work under way; the "
			"journal says which\n");
out:
	cli_close(&s);
	return code;
}
