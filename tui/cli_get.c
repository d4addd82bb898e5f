/*
 * paddock get: one view, once, to standard output.
 *
 * Waits for what the view shows, not for everything: `get nodes` on a cluster
 * without AWS prints nodes.  A source that is configured but silent makes the
 * answer partial: what is known is printed, the trouble goes to stderr, and the
 * exit code is 6.
 */
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tui/cli.h"
#include "tui/cli_rows.h"
#include "tui/print.h"

enum { WAIT_MS = 20000, SETTLE_MS = 8000, USAGE_MS = 2000 };

static bool
find_view(const char *name, struct entry_view *v, struct err *err)
{
	struct buf names;

	*v = registry_find(name);
	if (!entry_view_none(*v))
		return true;
	buf_init(&names, 400);
	for (uint32_t i = 0; i < registry_count(); i++)
		buf_printf(&names, "%s%s", i ? ", " : "",
			   entry_view_name(registry_at(i)));
	err_set(err, ERR_USAGE, "there is no view \"%s\"; there are %s", name,
		buf_text(&names));
	buf_fini(&names);
	return false;
}

/* The source without which the view would be empty for the wrong reason. */
static unsigned
needed_sources(struct entry_view v)
{
	enum source s = v.table ? kind_source(v.table->feed)
				: SOURCE_KUBERNETES;

	if (s == SOURCE_PADDOCK)
		s = SOURCE_KUBERNETES;
	return 1u << s;
}

/* The first list of the view's own kind must be complete: a source is live as
 * soon as some of its lists are. */
static bool
wait_loaded(struct cli_session *s, struct entry_view v)
{
	int64_t end = clock_boot_ms(&clock_system) + SETTLE_MS;
	enum kind kind = v.table ? v.table->feed : KIND_POD;

	while (kind_source(kind) != SOURCE_PADDOCK &&
	       !(s->snap->loaded_kinds & (UINT64_C(1) << kind)) &&
	       clock_boot_ms(&clock_system) < end)
		cli_turn(s);
	return kind_source(kind) == SOURCE_PADDOCK ||
	       (s->snap->loaded_kinds & (UINT64_C(1) << kind));
}

/* Usage is told by another API than the objects, and may never be. */
static void
wait_usage(struct cli_session *s, struct entry_view v, enum print_format as)
{
	int64_t end = clock_boot_ms(&clock_system) + USAGE_MS;
	enum kind kind = v.table ? v.table->feed : KIND_ALARM;

	/* A plain table of pods does not show it. */
	if (kind != KIND_NODE && (kind != KIND_POD || as == PRINT_TABLE))
		return;
	while (!backend_want_usage(s->backend, kind) &&
	       clock_boot_ms(&clock_system) < end)
		cli_turn(s);
	cli_turn(s);
}

/* The plan is paddock's own: without a decision it is not empty but unknown. */
static int
report_undecided(const struct snapshot *snap)
{
	struct err err = { 0 };

	err_set(&err, ERR_PARTIAL, "nothing is decided%s%s",
		*snap->engine.blocked ? ": " : "", snap->engine.blocked);
	return cli_fail(&err);
}

/* complete: the view's own list is whole; what else still loads only joins. */
static int
report_partial(const struct snapshot *snap, bool complete)
{
	int code = 0;

	for (int i = 0; i < SOURCE_COUNT; i++) {
		const struct source_status *st = &snap->source[i];
		struct err err = { 0 };

		if (i == SOURCE_PADDOCK || st->state == SOURCE_LIVE ||
		    st->state == SOURCE_OFF ||
		    (complete && st->state == SOURCE_LOADING))
			continue;
		err_set(&err, ERR_PARTIAL, "%s is %s%s%s", source_name(i),
			source_state_name(st->state),
			*st->trouble ? ": " : "", st->trouble);
		code = cli_fail(&err);
	}
	return code;
}

int
cli_get(const struct options *o)
{
	struct print_options p = { .sink = print_to_file, .ctx = stdout };
	struct cli_session s;
	struct entry_view v;
	struct err err = { 0 };
	struct winsize size;
	bool complete;
	uint32_t rows;
	int code;

	if (!find_view(o->args.at[0], &v, &err))
		return cli_fail(&err);
	if (!print_format_parse(o->output ? o->output : "table", &p.format)) {
		err_set(&err, ERR_USAGE,
			"-o wants table, wide, json or csv, found \"%s\"",
			o->output);
		return cli_fail(&err);
	}
	if (!cli_open(&s, o, "command line", true, &err))
		return cli_fail(&err);
	if (!cli_wait(&s, needed_sources(v), WAIT_MS, &err)) {
		code = cli_fail(&err);
		goto out;
	}
	complete = wait_loaded(&s, v);
	wait_usage(&s, v, p.format);
	cli_settle(&s, SETTLE_MS);
	p.name = o->args.n > 1 ? o->args.at[1] : NULL;
	p.ns = o->ns;
	p.filter = o->filter;
	p.sort = o->sort;
	p.boot_ms = clock_boot_ms(&clock_system);
	p.wall_ms = clock_wall_ms(&clock_system);
	if (isatty(STDOUT_FILENO) &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		p.width = size.ws_col;
	if (!view_print(v, s.snap, &p, &rows, &err))
		code = cli_fail(&err);
	else
		code = report_partial(s.snap, complete);
	/* A heading alone might be a fault; programs get what is empty. */
	if (!code && !err.code && v.table && !rows &&
	    (p.format == PRINT_TABLE || p.format == PRINT_WIDE))
		fprintf(stderr, "paddock: %s%s\n", str_or_empty(v.table->empty),
			p.ns || p.filter ? " among those asked for" : "");
	if (!code && v.table && v.table->feed == KIND_STEP &&
	    !(s.snap->loaded_kinds & UINT64_C(1) << KIND_STEP))
		code = report_undecided(s.snap);
out:
	cli_close(&s);
	return code;
}
