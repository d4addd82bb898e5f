/*
 * What the engine would do now, whom it refuses, which nodes stay, and what
 * would change each.  `decisions` is the history of this.
 */
#include <stdio.h>

#include "tui/view.h"

#define STEP(row) ((const struct plan_step *)(row)->rec)

static void
get_what(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct plan_step *s = STEP(row);
	const int64_t room = INT64_C(1) << 32; /* more lines than there are */

	cell_ordered(c, x, str_or_empty(s->what), s->sort * room + s->order);
	c->tone = s->sort == STEP_ACT	     ? TONE_ACCENT
		  : s->sort == STEP_REFUSED ? TONE_WARN
		  : s->sort == STEP_NODE    ? TONE_DIM
					    : TONE_NORMAL;
}

static void
get_subject(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, STEP(row)->subject);
}

static void
get_group(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (*str_or_empty(STEP(row)->group))
		cell_text(c, x, STEP(row)->group);
	else
		cell_blank(c);
}

static void
get_change(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (*str_or_empty(STEP(row)->change))
		cell_text(c, x, STEP(row)->change);
	else
		cell_blank(c);
	if (STEP(row)->sort == STEP_ACT)
		c->tone = TONE_ACCENT;
}

static void
get_since(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_age(c, x, STEP(row)->since_ms);
}

static void
get_reason(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, STEP(row)->reason);
}

static void
get_clears(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (*str_or_empty(STEP(row)->clears))
		cell_text(c, x, STEP(row)->clears);
	else
		cell_blank(c);
}

static void
get_upstream(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (*str_or_empty(STEP(row)->upstream))
		cell_text(c, x, STEP(row)->upstream);
	else
		cell_blank(c);
}

static void
get_refusals(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (*str_or_empty(STEP(row)->refusals))
		cell_text(c, x, STEP(row)->refusals);
	else
		cell_blank(c);
}

static void
get_pods(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	/* The screen has them in the details; JSON and filters have all. */
	cell_list(c, x, str_or_empty(STEP(row)->pods));
	if (x->want_text && STEP(row)->pod_n > 1)
		snprintf(c->text, sizeof(c->text), "%d", STEP(row)->pod_n);
}

/* Lines about a node, a pod or a group: what they name, and what they are
 * of. */
static bool
is_under(const struct row *row, const struct row *scope,
	 const struct view_ctx *x)
{
	const struct plan_step *s = STEP(row);

	(void)x;
	return handle_eq(s->target, scope->handle) ||
	       (scope->handle.kind == KIND_GROUP &&
		str_eq(s->group, record_name(scope->rec)));
}

static struct handle
get_target(const struct row *row, const char *verb, const struct view_ctx *x)
{
	(void)x;
	/* why begins with the line itself. */
	return strcmp(verb, "why") == 0 ? row->handle : STEP(row)->target;
}

static bool
is_faulty(const struct row *row, const struct view_ctx *x)
{
	(void)x;
	return STEP(row)->sort == STEP_REFUSED;
}

static void
add_detail(const struct row *row, const struct view_ctx *x, struct buf *out)
{
	(void)x;
	buf_puts(out, str_or_empty(STEP(row)->detail));
}

/* clang-format off */
static const struct column columns[] = {
	{ "WHAT", "what", "Acts first, then refused pods, then nodes that stay",
	  { .min = 6, .max = 8 }, 0, get_what },
	{ "SUBJECT", "subject", "Group, node or pod",
	  { .min = 14, .max = 60, .grow = 2 }, COLUMN_TAIL | COLUMN_HOST,
	  get_subject },
	{ "GROUP", "group", "Group it concerns",
	  { .min = 8, .max = 24, .prio = 4 }, 0, get_group },
	{ "CHANGE", "change", "From and to; pods in the same case; what pods "
	  "request of a node",
	  { .min = 6, .max = 9 }, COLUMN_RIGHT, get_change },
	{ "SINCE", "since", "How long it is so; ? when longer than "
	  "paddock has looked",
	  { .min = 5, .max = 6 }, COLUMN_RIGHT | COLUMN_CLOCK, get_since },
	{ "REASON", "reason", "Why, with its numbers",
	  { .min = 34, .max = 120, .grow = 4, .prio = 1 }, 0, get_reason },
	{ "TO CLEAR IT", "clears", "What would change it",
	  { .min = 20, .max = 160, .grow = 3, .prio = 5 }, 0, get_clears },
	{ "UPSTREAM", "upstream", "The reason's name in Cluster Autoscaler",
	  { .min = 10, .max = 40 }, COLUMN_WIDE, get_upstream },
	{ "REFUSALS", "refusals", "Of every group what the pods lack there",
	  { .min = 10, .max = 120 }, COLUMN_WIDE, get_refusals },
	{ "PODS", "pods", "Pods it is about",
	  { .min = 10, .max = 60 }, COLUMN_WIDE, get_pods },
	{ 0 },
};

static const struct action actions[] = {
	{ .verb = "show", .key = "s", .hint = "all of it",
	  .help = "Every group's refusal, the numbers, what would clear it" },
	{ .verb = "open:decisions", .key = "D", .hint = "history",
	  .help = "What was decided about it before" },
	{ 0 },
};
/* clang-format on */

VIEW(plan) = {
	.name = "plan",
	.aliases = "pl,steps",
	.title = "Plan",
	.help = "What the engine would do now, what it refuses and which nodes "
		"stay; enter: all of it",
	.feed = KIND_STEP,
	.columns = columns,
	.actions = actions,
	.sort = "what",
	.enter = "show",
	.under = is_under,
	.faulty = is_faulty,
	.subject = get_target,
	.detail = add_detail,
	.empty = "nothing to do, and no node that could go",
};
