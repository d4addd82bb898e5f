/*
 * Waiting jobs by tag set, and what blocks each.
 */
#include "tui/view.h"

#define QUEUE(row) ((const struct queue *)(row)->rec)

static void
get_tags(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, QUEUE(row)->tags);
}

static void
get_waiting(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, QUEUE(row)->waiting);
}

static void
get_running(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, QUEUE(row)->running);
}

static void
get_oldest(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (QUEUE(row)->waiting == 0)
		cell_blank(c);
	else
		cell_age(c, x, QUEUE(row)->oldest_ms);
}

static void
get_blocker(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, QUEUE(row)->blocked_by);
	c->tone = TONE_WARN;
}

static struct handle
get_subject(const struct row *row, const char *verb, const struct view_ctx *x)
{
	(void)verb;
	(void)x;
	return QUEUE(row)->subject;
}

static bool
is_faulty(const struct row *row, const struct view_ctx *x)
{
	(void)x;
	return QUEUE(row)->waiting > 0;
}

/* clang-format off */
static const struct column columns[] = {
	{ "TAGS", "tags", "The tags the jobs ask for, all of them",
	  { .min = 12, .max = 60, .grow = 2 }, 0, get_tags },
	{ "WAITING", "waiting", "Jobs that do not run yet",
	  { .min = 7, .max = 7 }, COLUMN_RIGHT | COLUMN_DESC, get_waiting },
	{ "RUNNING", "running", "Jobs that run",
	  { .min = 7, .max = 7, .prio = 2 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_running },
	{ "OLDEST", "oldestQueued", "Since when the oldest waits",
	  { .min = 6, .max = 6 }, COLUMN_RIGHT | COLUMN_CLOCK, get_oldest },
	{ "BLOCKED BY", "blockedBy", "What the oldest waits on",
	  { .min = 16, .max = 120, .grow = 4 }, 0, get_blocker },
	{ 0 },
};
/* clang-format on */

VIEW(queues) = {
	.name = "queues",
	.aliases = "queue,qu,tags",
	.title = "Queues",
	.help = "Waiting jobs by tag set, and what blocks each",
	.feed = KIND_QUEUE,
	.columns = columns,
	.sort = "-waiting",
	.enter = "jobs",
	.subject = get_subject,
	.faulty = is_faulty,
	.empty = "no jobs wait",
};
