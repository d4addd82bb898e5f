/*
 * GitLab runners: online, their jobs, what limits them.
 */
#include <stdio.h>

#include "tui/view.h"

#define RUNNER(row) ((const struct runner *)(row)->rec)
#define SUM(row) ((const struct runner_sum *)(row)->sum)

static void
get_id(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_int(c, x, RUNNER(row)->id);
}

static void
get_name(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, RUNNER(row)->description);
}

static void
get_status(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, RUNNER(row)->paused ? "paused" : RUNNER(row)->status);
	if (RUNNER(row)->paused)
		c->tone = TONE_WARN;
	else if (!str_eq(RUNNER(row)->status, "online"))
		c->tone = TONE_BAD;
}

static void
get_tags(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct runner *r = RUNNER(row);
	char list[CELL_TEXT] = "";
	size_t at = 0;

	if (!r->tags_known) {
		cell_unknown(c);
		return;
	}
	for (uint32_t i = 0; i < r->tag_n && at < sizeof(list) - 1; i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s",
				       i ? "," : "", r->tags[i]);
	cell_format(c, x, "%s", list);
	c->value_kind = VALUE_LIST;
	if (!*list) {
		c->str = "";
		snprintf(c->text, sizeof(c->text), "-");
	}
}

static void
get_running(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->running
				  : RUNNER(row)->running_jobs);
}

static void
get_waiting(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->waiting : -1);
}

static void
get_limit(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->limit : -1);
}

static void
get_concurrent(const struct row *row, const struct view_ctx *x,
	       struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->concurrent : -1);
}

static void
get_poll(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_span(c, x, SUM(row) && SUM(row)->poll_timeout_ms > 0
				? SUM(row)->poll_timeout_ms
				: -1);
}

static void
get_contact(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_age(c, x, RUNNER(row)->contacted_ms);
}

static void
get_manager(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (SUM(row) && SUM(row)->elsewhere)
		cell_text(c, x, "(not in the cluster)");
	else
		cell_text(c, x, SUM(row) ? view_name(x, SUM(row)->manager_pod,
						     "")
					 : NULL);
}

/* A manager that terminates, and what it takes along. */
static void
get_ending(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct runner_sum *sum = SUM(row);
	char at[TIME_TEXT] = "?";

	if (!sum || handle_is_none(sum->ending_pod)) {
		cell_blank(c);
		return;
	}
	if (sum->ending_ms)
		time_format_hms(sum->ending_ms, at);
	cell_format(c, x, "%d %s until %.5s: %s", sum->ending_jobs,
		    sum->ending_jobs == 1 ? "job" : "jobs", at,
		    view_name(x, sum->ending_pod, "?"));
	c->tone = sum->ending_jobs > 0 ? TONE_BAD : TONE_DIM;
}

static void
get_blocker(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, SUM(row) ? SUM(row)->blocker : NULL);
	c->tone = TONE_WARN;
}

static void
get_type(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, RUNNER(row)->type);
}

static void
get_version(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, RUNNER(row)->version);
}

static bool
is_faulty(const struct row *row, const struct view_ctx *x)
{
	(void)x;
	return RUNNER(row)->paused ||
	       !str_eq(RUNNER(row)->status, "online") ||
	       (SUM(row) &&
		(SUM(row)->ending_jobs > 0 || SUM(row)->lost_jobs > 0));
}

/* Logs and describe are about the manager's pod. */
static struct handle
get_subject(const struct row *row, const char *verb, const struct view_ctx *x)
{
	(void)x;
	if (strcmp(verb, "why") == 0 || !SUM(row))
		return row->handle;
	return SUM(row)->manager_pod;
}

/* clang-format off */
static const struct column columns[] = {
	{ "RUNNER", "id", "Number of the runner",
	  { .min = 6, .max = 10 }, COLUMN_RIGHT, get_id },
	{ "NAME", "description", "Its description",
	  { .min = 12, .max = 40, .grow = 2 }, 0, get_name },
	{ "STATUS", "status", "online, offline, stale, paused ...",
	  { .min = 7, .max = 15 }, 0, get_status },
	{ "TAGS", "tags", "Tags it carries",
	  { .min = 10, .max = 40, .grow = 2, .prio = 2 }, 0, get_tags },
	{ "JOBS", "running", "Jobs it runs",
	  { .min = 4, .max = 5 }, COLUMN_RIGHT | COLUMN_DESC, get_running },
	{ "WAIT", "waiting", "Jobs it took that do not run yet",
	  { .min = 4, .max = 5, .prio = 1 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_waiting },
	{ "LIMIT", "limit", "Most jobs at once of this runner",
	  { .min = 5, .max = 5, .prio = 3 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_limit },
	{ "CONC", "concurrent", "Most jobs at once of its manager",
	  { .min = 4, .max = 5, .prio = 4 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_concurrent },
	{ "POLL", "pollTimeoutSeconds",
	  "How long it waits for a job's pod before it gives up",
	  { .min = 4, .max = 6, .prio = 6 }, COLUMN_RIGHT, get_poll },
	{ "CONTACT", "contacted", "Last time GitLab heard of it",
	  { .min = 7, .max = 7, .prio = 5 }, COLUMN_RIGHT | COLUMN_CLOCK,
	  get_contact },
	{ "MANAGER", "managerPod", "Pod of its manager",
	  { .min = 12, .max = 50, .grow = 2, .prio = 7 }, COLUMN_TAIL,
	  get_manager },
	{ "ENDING", "endingManager",
	  "An older manager that only finishes its jobs, and when it is killed",
	  { .min = 20, .max = 70, .grow = 2, .prio = 8 }, COLUMN_TAIL,
	  get_ending },
	{ "BLOCKER", "blocker", "Why it takes no more jobs",
	  { .min = 14, .max = 80, .grow = 3, .prio = 3 }, 0, get_blocker },
	{ "TYPE", "type", "Instance, group or project runner",
	  { .min = 8, .max = 14 }, COLUMN_WIDE, get_type },
	{ "VERSION", "version", "Version of its manager",
	  { .min = 7, .max = 12 }, COLUMN_WIDE, get_version },
	{ 0 },
};

static const struct action actions[] = {
	{ .verb = "logs", .key = "l", .hint = "logs",
	  .help = "Follow the logs of its manager",
	  .need = { "get", "", "pods", "log" } },
	{ .verb = "describe", .key = "d", .hint = "describe",
	  .help = "Describe its manager's pod" },
	{ .verb = "open:pods", .key = "P", .help = "Pods of its jobs",
	  .hint = "pods" },
	{ 0 },
};
/* clang-format on */

VIEW(runners) = {
	.name = "runners",
	.aliases = "runner,ru",
	.title = "Runners",
	.help = "GitLab runners: online, their jobs, what limits them",
	.feed = KIND_RUNNER,
	.columns = columns,
	.actions = actions,
	.sort = "id",
	.enter = "jobs",
	.faulty = is_faulty,
	.subject = get_subject,
	.empty = "GitLab shows no runners to this token",
};
