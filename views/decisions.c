/*
 * What an engine decided, when and why; ours and what others were seen doing.
 */
#include "tui/view.h"

#define DECISION(row) ((const struct decision *)(row)->rec)

static void
get_time(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_clock(c, x, DECISION(row)->at_ms);
}

static void
get_by(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, DECISION(row)->by);
}

static void
get_what(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const char *what = str_or_empty(DECISION(row)->what);

	cell_text(c, x, what);
	if (str_has_prefix(what, "refuse"))
		c->tone = TONE_WARN;
}

static void
get_subject_name(const struct row *row, const struct view_ctx *x,
		 struct cell *c)
{
	cell_text(c, x, DECISION(row)->subject);
}

static void
get_change(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, DECISION(row)->change);
	c->tone = TONE_ACCENT;
}

static void
get_reason(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, DECISION(row)->reason);
}

static void
get_number(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_int(c, x, (int64_t)DECISION(row)->number);
}

static bool
is_under(const struct row *row, const struct row *scope,
	 const struct view_ctx *x)
{
	const struct decision *d = DECISION(row);

	(void)x;
	if (str_eq(d->subject, record_name(scope->rec)))
		return true;
	if (handle_is_none(d->target))
		return false;
	/* Of a line of the plan: what was decided about its object before. */
	if (scope->handle.kind == KIND_STEP)
		return handle_eq(d->target, ((const struct plan_step *)
						     scope->rec)->target);
	return handle_eq(d->target, scope->handle);
}

static struct handle
get_subject(const struct row *row, const char *verb, const struct view_ctx *x)
{
	(void)verb;
	(void)x;
	return DECISION(row)->target;
}

static void
add_detail(const struct row *row, const struct view_ctx *x, struct buf *out)
{
	(void)x;
	buf_puts(out, str_or_empty(DECISION(row)->detail));
}

/* clang-format off */
static const struct column columns[] = {
	{ "TIME", "time", "When",
	  { .min = 8, .max = 11 }, 0, get_time },
	{ "BY", "by", "paddock would, paddock, CA or a person",
	  { .min = 13, .max = 14, .prio = 2 }, 0, get_by },
	{ "WHAT", "what", "What was decided",
	  { .min = 8, .max = 16 }, 0, get_what },
	{ "SUBJECT", "subject", "Group, node or pod",
	  { .min = 12, .max = 50, .grow = 2 }, COLUMN_TAIL,
	  get_subject_name },
	{ "CHANGE", "change", "From and to",
	  { .min = 6, .max = 18 }, COLUMN_RIGHT, get_change },
	{ "REASON", "reason", "Why, in one line; enter shows all of it",
	  { .min = 20, .max = 200, .grow = 4, .prio = 1 }, 0, get_reason },
	{ "NO", "number", "Number of the decision",
	  { .min = 4, .max = 8 }, COLUMN_WIDE | COLUMN_RIGHT, get_number },
	{ 0 },
};

static const struct action actions[] = {
	{ .verb = "show", .key = "s", .hint = "reasons",
	  .help = "Every group's refusal and the numbers" },
	{ 0 },
};
/* clang-format on */

VIEW(decisions) = {
	.name = "decisions",
	.aliases = "dec,decision,engine",
	.title = "Decisions",
	.help = "What the engine decided, when and why; enter: every refusal",
	.feed = KIND_DECISION,
	.columns = columns,
	.actions = actions,
	.sort = "-time",
	.enter = "show",
	.under = is_under,
	.subject = get_subject,
	.detail = add_detail,
	.empty = "no decisions yet",
};
