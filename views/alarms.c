/*
 * What needs somebody: the list behind NEEDS YOU, whole.
 */
#include "tui/view.h"

#define ALARM(row) ((const struct alarm *)(row)->rec)

static void
get_severity(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const int64_t room = INT64_C(1) << 45; /* over any ms since 1970 */
	uint8_t s = ALARM(row)->severity;

	/* The worst first, causes before what follows from them, then the
	 * oldest; of unknown age last. */
	cell_ordered(c, x, severity_name((enum severity)s),
		     ((SEVERITY_CRIT - (int64_t)s) * 2 + ALARM(row)->follows) *
				     room +
			     (ALARM(row)->since_ms ? ALARM(row)->since_ms
						   : room - 1));
	c->tone = s == SEVERITY_CRIT   ? TONE_BAD
		  : s == SEVERITY_WARN ? TONE_WARN
				       : TONE_NORMAL;
}

static void
get_since(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_age(c, x, ALARM(row)->since_ms);
}

static void
get_text(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ALARM(row)->text);
}

static void
get_fix(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ALARM(row)->fix_text);
}

static void
get_id(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, ALARM(row)->id);
}

static struct handle
get_subject(const struct row *row, const char *verb, const struct view_ctx *x)
{
	(void)x;
	return strcmp(verb, "why") == 0 ? row->handle : ALARM(row)->subject;
}

static void
add_detail(const struct row *row, const struct view_ctx *x, struct buf *out)
{
	(void)x;
	buf_puts(out, str_or_empty(ALARM(row)->why));
}

/* clang-format off */
static const struct column columns[] = {
	{ "SEV", "severity", "CRIT: somebody must act; WARN: soon",
	  { .min = 4, .max = 4 }, 0, get_severity },
	{ "SINCE", "since", "Since when",
	  { .min = 5, .max = 6 }, COLUMN_RIGHT | COLUMN_CLOCK, get_since },
	{ "WHAT", "text", "What, with numbers",
	  { .min = 30, .max = 200, .grow = 5 }, 0, get_text },
	{ "FIX", "fix", "The commonest fix",
	  { .min = 10, .max = 30, .grow = 1, .prio = 1 }, 0, get_fix },
	{ "ID", "id", "Stable name of the alarm",
	  { .min = 12, .max = 50 }, COLUMN_WIDE, get_id },
	{ 0 },
};
/* clang-format on */

VIEW(alarms) = {
	.name = "alarms",
	.aliases = "alarm,al,needs",
	.title = "Alarms",
	.help = "What needs somebody, the worst first",
	.feed = KIND_ALARM,
	.columns = columns,
	.sort = "severity",
	.enter = "why",
	.subject = get_subject,
	.detail = add_detail,
	.empty = "nothing needs you",
};
