/*
 * The journal: every act, by whom, why, and how it ended.
 */
#include "tui/view.h"

#define ENTRY(row) ((const struct entry *)(row)->rec)

static void
get_time(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_wall(c, x, ENTRY(row)->at_ms);
}

static void
get_by(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->by);
}

static void
get_verb(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->verb);
}

static void
get_target(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->target);
}

static void
get_change(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->change);
}

static void
get_phase(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->orphaned ? "orphaned" : ENTRY(row)->phase);
	if (ENTRY(row)->orphaned)
		c->tone = TONE_BAD;
}

static void
get_result(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->result);
}

static void
get_why(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->why);
}

static void
get_seq(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_int(c, x, (int64_t)ENTRY(row)->seq);
}

static void
get_id(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->id);
}

static void
get_op(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->op);
}

static void
get_via(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->via);
}

static void
get_context(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ENTRY(row)->context);
}

static bool
is_faulty(const struct row *row, const struct view_ctx *x)
{
	const char *result = str_or_empty(ENTRY(row)->result);

	(void)x;
	return ENTRY(row)->orphaned || (*result && strcmp(result, "ok") != 0);
}

/* clang-format off */
static const struct column columns[] = {
	{ "TIME", "time", "When (wall clock, UTC)",
	  { .min = 8, .max = 11 }, 0, get_time },
	{ "BY", "by", "Who",
	  { .min = 7, .max = 20, .grow = 1 }, 0, get_by },
	{ "ACT", "verb", "What was done",
	  { .min = 8, .max = 14 }, 0, get_verb },
	{ "TARGET", "target", "To what",
	  { .min = 14, .max = 60, .grow = 3 }, COLUMN_TAIL, get_target },
	{ "CHANGE", "change", "From and to",
	  { .min = 6, .max = 16, .prio = 2 }, 0, get_change },
	{ "PHASE", "phase",
	  "intent, then outcome; orphaned: its writer died in between",
	  { .min = 7, .max = 9 }, 0, get_phase },
	{ "RESULT", "result", "How it ended",
	  { .min = 8, .max = 80, .grow = 2 }, 0, get_result },
	{ "WHY", "why", "The reason given",
	  { .min = 12, .max = 80, .grow = 2, .prio = 3 }, 0, get_why },
	{ "SEQ", "seq", "Number of the line",
	  { .min = 5, .max = 10 }, COLUMN_WIDE | COLUMN_RIGHT, get_seq },
	{ "ID", "id", "Id of the act, as the cluster's audit log shows it",
	  { .min = 10, .max = 24 }, COLUMN_WIDE, get_id },
	{ "OP", "op", "Operation it belongs to",
	  { .min = 8, .max = 24 }, COLUMN_WIDE, get_op },
	{ "VIA", "via", "console, command line or headless",
	  { .min = 7, .max = 14 }, COLUMN_WIDE, get_via },
	{ "CONTEXT", "context", "Kubeconfig context it went to",
	  { .min = 8, .max = 30 }, COLUMN_WIDE, get_context },
	{ 0 },
};
static const struct action actions[] = {
	{ .verb = "acknowledge", .key = "x", .hint = "acknowledge",
	  .help = "Close an entry whose writer died, with what was found",
	  .prompt = "What was found about {name}",
	  .need = { "acknowledge", "paddock", NULL, NULL },
	  .flags = ACTION_MUTATES | ACTION_ASKS },
	{ 0 },
};
/* clang-format on */

VIEW(journal) = {
	.name = "journal",
	.aliases = "jo,audit",
	.title = "Journal",
	.help = "Every act of yours and of the engine, and how it ended",
	.feed = KIND_ENTRY,
	.columns = columns,
	.actions = actions,
	.sort = "-seq",
	.enter = "show",
	.faulty = is_faulty,
	.empty = "nothing was done yet",
};
