/*
 * Auto Scaling groups: wanted against there, why not more, how it went.
 */
#include <stdio.h>

#include "tui/view.h"

#define GROUP(row) ((const struct group *)(row)->rec)
#define SUM(row) ((const struct group_sum *)(row)->sum)

static void
get_name(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, GROUP(row)->name);
}

static void
get_min(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_int(c, x, GROUP(row)->min);
}

static void
get_desired(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_int(c, x, GROUP(row)->desired);
	if (SUM(row) && SUM(row)->running >= 0 &&
	    SUM(row)->running < GROUP(row)->desired)
		c->tone = TONE_WARN;
}

static void
get_running(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->running : -1);
}

static void
get_ready(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->ready : -1);
	if (SUM(row) && SUM(row)->ready < SUM(row)->running)
		c->tone = TONE_WARN;
}

static void
get_max(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_int(c, x, GROUP(row)->max);
	if (SUM(row) && SUM(row)->at_max)
		c->tone = TONE_WARN;
}

static void
get_market(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else
		cell_text(c, x, SUM(row)->spot ? "spot" : "on-demand");
	if (x->want_text && strcmp(c->text, "on-demand") == 0)
		snprintf(c->text, sizeof(c->text), "od");
}

static void
get_jobs(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->jobs : -1);
}

static void
get_pods(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->pods : -1);
}

static void
get_cpu(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_percent(c, x, SUM(row) ? SUM(row)->cpu_request_milli : -1);
}

static void
get_memory(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_percent(c, x, SUM(row) ? SUM(row)->memory_request_milli : -1);
}

static enum tone
state_tone(const struct group_sum *sum)
{
	if (sum->held_until_ms)
		return TONE_WARN;
	if (sum->refused > 0)
		return TONE_BAD;
	if (sum->at_max)
		return TONE_WARN;
	return sum->protected_group ? TONE_DIM : TONE_NORMAL;
}

static void
get_state(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct group_sum *sum = SUM(row);
	char left[TIME_TEXT];

	if (!sum || !sum->state) {
		cell_unknown(c);
		return;
	}
	if (sum->held_until_ms > x->now_ms)
		cell_format(c, x, "%s %s", sum->state,
			    age_format(sum->held_until_ms - x->now_ms, left));
	else
		cell_text(c, x, sum->state);
	c->tone = (uint8_t)state_tone(sum);
}

static void
get_why(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, SUM(row) ? SUM(row)->why : NULL);
}

static void
get_upcoming(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->upcoming : -1);
}

static void
get_refused(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->refused : -1);
	if (SUM(row) && SUM(row)->refused > 0)
		c->tone = TONE_BAD;
}

static void
get_backoff(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	int64_t left;

	if (!SUM(row)) {
		cell_unknown(c);
		return;
	}
	left = SUM(row)->backoff_until_ms - x->now_ms;
	if (SUM(row)->backoff_until_ms == 0 || left <= 0)
		cell_blank(c);
	else
		cell_span(c, x, left);
}

static void
get_held(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else if (!SUM(row)->held_until_ms)
		cell_blank(c);
	else
		cell_clock(c, x, SUM(row)->held_until_ms);
}

static void
get_managed(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else
		cell_bool(c, x, SUM(row)->managed);
}

static int32_t
ceiling(const struct row *row)
{
	return GROUP(row)->max;
}

static void
get_desired_chart(const struct row *row, const struct view_ctx *x,
		  struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else
		cell_chart(c, x, SUM(row)->chart_desired, SUM(row)->chart_n,
			   ceiling(row));
}

static void
get_running_chart(const struct row *row, const struct view_ctx *x,
		  struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else
		cell_chart(c, x, SUM(row)->chart_running, SUM(row)->chart_n,
			   ceiling(row));
}

static bool
is_under(const struct row *row, const struct row *scope,
	 const struct view_ctx *x)
{
	(void)x;
	switch (scope->handle.kind) {
	case KIND_NODE:
		return scope->sum &&
		       handle_eq(((const struct node_sum *)scope->sum)->group,
				 row->handle);
	case KIND_POD:
		return scope->sum &&
		       handle_eq(((const struct pod_sum *)scope->sum)->group,
				 row->handle);
	case KIND_JOB:
		return scope->sum &&
		       handle_eq(((const struct job_sum *)scope->sum)->group,
				 row->handle);
	default:
		return false;
	}
}

static bool
is_faulty(const struct row *row, const struct view_ctx *x)
{
	const struct group_sum *sum = SUM(row);

	(void)x;
	return sum && (sum->at_max || sum->refused > 0 ||
		       sum->running != GROUP(row)->desired ||
		       sum->ready != sum->running);
}

static void
add_detail(const struct row *row, const struct view_ctx *x, struct buf *out)
{
	const struct group *g = GROUP(row);

	(void)x;
	for (uint32_t i = 0; i < g->instance_n; i++)
		buf_printf(out, "instance %s  %s  %s  %s  %s%s\n",
			   g->instances[i].id,
			   str_or_empty(g->instances[i].type),
			   str_or_empty(g->instances[i].zone),
			   str_or_empty(g->instances[i].lifecycle),
			   str_or_empty(g->instances[i].health),
			   g->instances[i].protected_from_scale_in
				   ? "  protected from scale-in"
				   : "");
	for (uint32_t i = 0; i < g->override_n; i++)
		buf_printf(out, "override %s\n",
			   g->overrides[i].type ? g->overrides[i].type
						: "by requirements");
	for (uint32_t i = 0; i < g->suspended_n; i++)
		buf_printf(out, "suspended %s\n", g->suspended[i]);
	for (uint32_t i = 0; i < g->tag_n; i++)
		buf_printf(out, "tag      %s=%s\n", g->tags[i].key,
			   str_or_empty(g->tags[i].value));
}

/* clang-format off */
static const struct column columns[] = {
	{ "GROUP", "name", "Name of the Auto Scaling group",
	  { .min = 13, .max = 40, .grow = 2 }, 0, get_name },
	{ "MIN", "min", "Minimum size",
	  { .min = 3, .max = 5, .prio = 1 }, COLUMN_RIGHT, get_min },
	{ "DES", "desired", "Desired capacity",
	  { .min = 3, .max = 5 }, COLUMN_RIGHT | COLUMN_DESC, get_desired },
	{ "RUN", "running", "Instances in service or on their way",
	  { .min = 3, .max = 5 }, COLUMN_RIGHT | COLUMN_DESC, get_running },
	{ "RDY", "ready", "Nodes that are ready",
	  { .min = 3, .max = 5 }, COLUMN_RIGHT | COLUMN_DESC, get_ready },
	{ "MAX", "max", "Maximum size",
	  { .min = 3, .max = 5 }, COLUMN_RIGHT | COLUMN_DESC, get_max },
	{ "JOBS", "jobs", "CI jobs running on its nodes",
	  { .min = 5, .max = 6 }, COLUMN_RIGHT | COLUMN_DESC, get_jobs },
	{ "CPUreq", "cpuRequestPercent",
	  "Requested share of its nodes' allocatable CPU",
	  { .min = 6, .max = 6, .prio = 3 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_cpu },
	{ "MEMreq", "memoryRequestPercent",
	  "Requested share of its nodes' allocatable memory",
	  { .min = 6, .max = 6, .prio = 6 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_memory },
	{ "MARKET", "capacityType", "spot or od (on-demand)",
	  { .min = 4, .max = 9, .prio = 5 }, 0, get_market },
	{ "STATE", "state", "ok, AT MAX, REFUSED, protected, HELD 42m ...",
	  { .min = 10, .max = 16 }, COLUMN_CLOCK, get_state },
	{ "DESIRED 1h", "desiredChart",
	  "Desired capacity over the last hour, full height is the maximum",
	  { .min = 12, .max = 30, .grow = 1, .prio = 4 }, 0,
	  get_desired_chart },
	{ "RUNNING 1h", "runningChart",
	  "Running instances over the last hour, same scale",
	  { .min = 12, .max = 30, .grow = 1, .prio = 7 }, 0,
	  get_running_chart },
	{ "WHY", "why", "Desired against actual in one line",
	  { .min = 16, .max = 90, .grow = 3, .prio = 8 }, 0, get_why },
	{ "PODS", "pods", "Pods on its nodes",
	  { .min = 4, .max = 6 }, COLUMN_WIDE | COLUMN_RIGHT, get_pods },
	{ "COMING", "upcoming", "Instances asked for and not yet nodes",
	  { .min = 6, .max = 6 }, COLUMN_WIDE | COLUMN_RIGHT, get_upcoming },
	{ "REFUSED", "launchesRefused", "Launches that failed lately",
	  { .min = 7, .max = 7 }, COLUMN_WIDE | COLUMN_RIGHT, get_refused },
	{ "BACKOFF", "backoffSeconds",
	  "Time left in which the autoscaler avoids the group",
	  { .min = 7, .max = 7 }, COLUMN_WIDE | COLUMN_RIGHT | COLUMN_CLOCK,
	  get_backoff },
	{ "HELD", "heldUntil", "When its hold ends",
	  { .min = 8, .max = 16 }, COLUMN_WIDE, get_held },
	{ "MANAGED", "managed", "Selected by the engine's policy",
	  { .min = 7, .max = 7 }, COLUMN_WIDE, get_managed },
	{ 0 },
};

static const struct action actions[] = {
	{ .verb = "scale", .key = "s", .hint = "scale",
	  .help = "Scale: change the desired capacity",
	  .prompt = "Scale {name}: +N or N",
	  .need = { "autoscaling:SetDesiredCapacity", "aws", NULL, NULL },
	  .flags = ACTION_MUTATES | ACTION_ASKS },
	{ .verb = "limits", .key = "m", .hint = "raise max",
	  .help = "Limits: change the maximum (or min=N,max=N)",
	  .prompt = "New maximum of {name} (or min=N,max=N)",
	  .arg = "max=",
	  .need = { "autoscaling:UpdateAutoScalingGroup", "aws", NULL, NULL },
	  .flags = ACTION_MUTATES | ACTION_ASKS },
	{ .verb = "hold", .key = "H", .hint = "hold",
	  .help = "Hold: no autoscaler removes its nodes for a time",
	  .prompt = "Hold {name}: how long and why (1h REASON)",
	  .need = { "patch", "", "nodes", NULL },
	  .flags = ACTION_MUTATES | ACTION_ASKS },
	{ .verb = "unhold", .key = "U",
	  .help = "Unhold: end its hold now",
	  .need = { "patch", "", "nodes", NULL },
	  .flags = ACTION_MUTATES },
	{ .verb = "describe", .key = "d", .help = "Describe",
	  .hint = "describe" },
	{ .verb = "open:jobs", .key = "J", .help = "Jobs on its nodes",
	  .hint = "jobs" },
	{ .verb = "open:pods", .key = "P", .help = "Pods on its nodes" },
	{ 0 },
};
/* clang-format on */

VIEW(groups) = {
	.name = "groups",
	.aliases = "group,gr,asg,ng",
	.title = "Groups",
	.help = "Auto Scaling groups: sizes, state, chart of the last hour",
	.feed = KIND_GROUP,
	.columns = columns,
	.actions = actions,
	.sort = "name",
	.enter = "nodes",
	.under = is_under,
	.faulty = is_faulty,
	.detail = add_detail,
	.empty = "no Auto Scaling groups",
};
