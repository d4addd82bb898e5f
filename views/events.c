/*
 * Events of the cluster, the newest first.
 */
#include "tui/view.h"

#define EVENT(row) ((const struct event *)(row)->rec)

static void
get_last(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct event *e = EVENT(row);

	cell_age(c, x, e->last_ms ? e->last_ms : e->first_ms);
}

static void
get_type(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, EVENT(row)->type);
	if (str_eq(EVENT(row)->type, "Warning"))
		c->tone = TONE_WARN;
}

static void
get_reason(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, EVENT(row)->reason);
}

static void
get_object(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct event *e = EVENT(row);

	if (!e->object_kind || !*e->object_kind)
		cell_text(c, x, e->object_name);
	else
		cell_format(c, x, "%s/%s", e->object_kind,
			    str_or_empty(e->object_name));
}

static void
get_count(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_int(c, x, EVENT(row)->count);
}

static void
get_message(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, EVENT(row)->message);
}

static void
get_namespace(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, EVENT(row)->object_ns);
}

static void
get_source(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, EVENT(row)->source);
}

static void
get_first(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_age(c, x, EVENT(row)->first_ms);
}

/* By identity where the event carries one, else by name. */
static bool
is_under(const struct row *row, const struct row *scope,
	 const struct view_ctx *x)
{
	const struct event *e = EVENT(row);
	const struct record *of = scope->rec;
	const char *uid = record_uid(of);

	(void)x;
	if (e->object_uid && *e->object_uid && *uid &&
	    strcmp(e->object_uid, uid) == 0)
		return true;
	/* A node's events carry its name where its uid should be. */
	return str_eq(e->object_name, record_name(of)) &&
	       (str_eq(e->object_ns, record_ns(of)) || !*record_ns(of));
}

static bool
is_faulty(const struct row *row, const struct view_ctx *x)
{
	(void)x;
	return str_eq(EVENT(row)->type, "Warning");
}

static struct handle
get_subject(const struct row *row, const char *verb, const struct view_ctx *x)
{
	static const struct {
		const char *name;
		enum kind kind;
	} kinds[] = {
		{ "Pod", KIND_POD },
		{ "Node", KIND_NODE },
	};
	const struct event *e = EVENT(row);

	(void)verb;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(e->object_kind, kinds[i].name))
			return snapshot_find(
				x->snap, kinds[i].kind,
				kinds[i].kind == KIND_POD ? e->object_ns : NULL,
				str_or_empty(e->object_name));
	return row->handle;
}

/* clang-format off */
static const struct column columns[] = {
	{ "LAST", "lastSeen", "Time since it was last seen",
	  { .min = 4, .max = 6 }, COLUMN_RIGHT | COLUMN_CLOCK, get_last },
	{ "TYPE", "type", "Normal or Warning",
	  { .min = 7, .max = 7, .prio = 3 }, 0, get_type },
	{ "REASON", "reason", "Why, in one word",
	  { .min = 12, .max = 26, .grow = 1 }, 0, get_reason },
	{ "OBJECT", "object", "What it is about",
	  { .min = 16, .max = 60, .grow = 2 }, COLUMN_TAIL, get_object },
	{ "N", "count", "How often",
	  { .min = 2, .max = 5, .prio = 4 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_count },
	{ "MESSAGE", "message", "What happened",
	  { .min = 20, .max = 240, .grow = 5, .prio = 1 }, 0, get_message },
	{ "NAMESPACE", "namespace", "Namespace of the object",
	  { .min = 9, .max = 20 }, COLUMN_WIDE, get_namespace },
	{ "SOURCE", "source", "Who reported it",
	  { .min = 8, .max = 30 }, COLUMN_WIDE, get_source },
	{ "FIRST", "firstSeen", "Time since it was first seen",
	  { .min = 5, .max = 6 }, COLUMN_WIDE | COLUMN_RIGHT | COLUMN_CLOCK,
	  get_first },
	{ 0 },
};

static const struct action actions[] = {
	{ .verb = "describe", .key = "d", .help = "Describe its object",
	  .hint = "describe" },
	{ .verb = "logs", .key = "l", .help = "Logs of its pod",
	  .hint = "logs", .need = { "get", "", "pods", "log" } },
	{ 0 },
};
/* clang-format on */

VIEW(events) = {
	.name = "events",
	.aliases = "ev,event",
	.title = "Events",
	.help = "Events of the cluster, the newest first",
	.feed = KIND_EVENT,
	.columns = columns,
	.actions = actions,
	.sort = "lastSeen",
	.enter = "show",
	.under = is_under,
	.faulty = is_faulty,
	.subject = get_subject,
	.empty = "no events (the API server keeps them for an hour)",
};
