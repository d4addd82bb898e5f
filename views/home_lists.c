/*
 * Home: NEEDS YOU, the groups, the queues.
 */
#include <stdio.h>

#include "backend/base/text.h"
#include "views/home_parts.h"

/* Why a list is empty when its source tells nothing; "" when it does. */
static const char *
silence(const struct view_ctx *x, enum source source, char *out, size_t room)
{
	const struct source_status *st = &x->snap->source[source];

	out[0] = '\0';
	if (st->state == SOURCE_LIVE)
		return out;
	if (st->trouble[0])
		snprintf(out, room, "%s %s: %s", source_name(source),
			 source_state_name(st->state), st->trouble);
	else
		snprintf(out, room, "%s %s", source_name(source),
			 source_state_name(st->state));
	return out;
}

/* "(3)" or "(3 of 7)". */
static const char *
count_text(uint32_t shown, uint32_t total, char out[static 40])
{
	if (shown < total)
		snprintf(out, 40, " (%u of %u)", shown, total);
	else
		snprintf(out, 40, " (%u)", total);
	return out;
}

static enum tone
severity_tone(uint8_t severity)
{
	return severity == SEVERITY_CRIT   ? TONE_BAD
	       : severity == SEVERITY_WARN ? TONE_WARN
					   : TONE_NORMAL;
}

void
home_needs_heading(const struct view_ctx *x, struct page_out *out,
		   const struct row *rows, uint32_t shown, uint32_t total)
{
	struct page_line *line = page_add(out);
	const struct alarm *chosen =
		page_selected(out).kind == KIND_ALARM
			? snapshot_rec(x->snap, page_selected(out))
			: NULL;
	char why[CELL_TEXT], count[40], left[CELL_TEXT], keys[CELL_TEXT];
	const char *fix;
	int gap;

	if (!chosen && rows)
		chosen = rows[0].rec;
	silence(x, SOURCE_KUBERNETES, why, sizeof(why));
	if (!total && *why) {
		page_span(line, TONE_TITLE, "NEEDS YOU (?)");
		page_span(line, TONE_WARN, "  %s", why);
		return;
	}
	if (!total) {
		page_span(line, TONE_TITLE, "NEEDS YOU (0)");
		page_span(line, TONE_GOOD, "  nothing, as far as is known");
		return;
	}
	snprintf(left, sizeof(left), "NEEDS YOU%s",
		 count_text(shown, total, count));
	/* An alarm without a fix of its own is not offered one. */
	fix = chosen ? str_or_empty(chosen->fix_text) : "";
	snprintf(keys, sizeof(keys), "enter=why%s%s%s", *fix ? "  " : "", fix,
		 *fix && !str_has_prefix(fix, "a=") ? "  a=act" : "");
	gap = page_width(out) - (int)strlen(left) -
	      text_width(keys, strlen(keys));
	page_span(line, TONE_TITLE, "%s", left);
	page_span(line, TONE_DIM, "%*s%s", gap < 1 ? 1 : gap, "", keys);
}

/* Cells before an alarm's words: " 1 CRIT  22m ". */
enum { ALARM_INDENT = 13 };

int
home_alarm_lines(const struct alarm *a, int width)
{
	const char *text = str_or_empty(a->text);
	size_t left = strlen(text);
	int n = 0;

	do {
		size_t part = text_break(text, left, width - ALARM_INDENT);

		text += part;
		left -= part;
		n++;
	} while (left);
	return n;
}

void
home_alarm(const struct view_ctx *x, struct page_out *out,
	   const struct row *row, uint32_t number, int more)
{
	struct page_line *line = page_add(out);
	const struct alarm *a = row->rec;
	const char *text = str_or_empty(a->text);
	char age[TIME_TEXT];

	line->subject = row->handle;
	line->target = a->subject;
	/* A copy: lines outlive the snapshot they were painted from. */
	snprintf(line->verb, sizeof(line->verb), "%s",
		 str_or_empty(a->fix_verb));
	/* Only what a key picks has a number. */
	page_span(line, TONE_NORMAL, number < 10 ? " %u " : "   ", number);
	page_span(line, severity_tone(a->severity), "%s",
		  severity_name((enum severity)a->severity));
	page_span(line, TONE_NORMAL, " %4s ",
		  a->since_ms ? age_format(x->now_ms - a->since_ms, age)
			      : "?");
	for (; more > 0; more--) {
		size_t part = text_break(text, strlen(text),
					 page_width(out) - ALARM_INDENT);

		/* The blank it ends in may stand beyond the edge. */
		page_span(line, TONE_NORMAL, "%.*s",
			  (int)(text[part - 1] == ' ' ? part - 1 : part), text);
		line = page_add(out);
		page_span(line, TONE_NORMAL, "%*s", ALARM_INDENT, "");
		text += part;
	}
	page_span(line, TONE_NORMAL, "%s", text);
}

/* ---- groups ---- */

/* Cells of the name, the state, the chart and the reason (0: none) for a page
 * this wide. */
struct shape {
	int name, state, chart, why;
};

static struct shape
shape_of(const struct page_out *out)
{
	int extra = page_width(out) - 80;
	struct shape s = { 14, 14, 14, 0 };

	if (extra <= 0)
		return s;
	s.name += extra / 5 > 16 ? 16 : extra / 5;
	s.chart += extra / 3 > 46 ? 46 : extra / 3;
	extra -= s.name - 14 + s.chart - 14;
	if (extra > 20)
		s.why = extra - 2;
	return s;
}

/* Text cut or padded to exactly `cells` cells; what is cut says so. */
static const char *
fit(const struct view_ctx *x, const char *text, int cells,
    char out[static CELL_TEXT])
{
	char safe[CELL_TEXT];
	const char *ellipsis = "";
	int used;
	size_t n;

	text_clean_to(safe, sizeof(safe), text, strlen(text));
	n = text_fit(safe, strlen(safe), cells, &used);
	if (n < strlen(safe)) {
		n = text_fit(safe, n, cells - 1, &used);
		ellipsis = x->ascii ? "~" : "\xe2\x80\xa6";
		used++;
	}
	snprintf(out, CELL_TEXT, "%.*s%s%*s", (int)n, safe, ellipsis,
		 cells - used, "");
	return out;
}

void
home_group_heading(const struct view_ctx *x, struct page_out *out,
		   uint32_t shown, uint32_t total)
{
	struct page_line *line = page_add(out);
	struct shape s = shape_of(out);
	char name[CELL_TEXT], state[CELL_TEXT], why[CELL_TEXT], count[40];

	silence(x, SOURCE_AWS, why, sizeof(why));
	line->heading = true;
	if (!total) {
		page_span(line, TONE_TITLE, " GROUP");
		page_span(line, *why ? TONE_WARN : TONE_NORMAL, "  %s",
			  *why ? why : "no Auto Scaling groups");
		return;
	}
	snprintf(name, sizeof(name), "GROUP%s",
		 shown < total ? count_text(shown, total, count) : "");
	page_span(line, TONE_TITLE, " %s MIN DES RUN RDY MAX  JOBS CPUreq ",
		  fit(x, name, s.name, state));
	page_span(line, TONE_TITLE, "%s %s%s", fit(x, "STATE", s.state, state),
		  fit(x, "DESIRED 1h", s.why ? s.chart : 10, name),
		  s.why ? "  WHY" : "");
	if (*why)
		page_span(line, TONE_WARN, "  %s", why);
}

static void
count_span(struct page_line *line, enum tone tone, int width, int64_t n)
{
	if (n < 0)
		page_span(line, tone, "%*s", width, "?");
	else
		page_span(line, tone, "%*lld", width, (long long)n);
}

void
home_group(const struct view_ctx *x, struct page_out *out,
	   const struct row *row)
{
	struct page_line *line = page_add(out);
	const struct group *g = row->rec;
	const struct group_sum *sum = row->sum;
	struct shape s = shape_of(out);
	struct view_ctx wide = *x;
	struct cell chart, share;
	char text[CELL_TEXT];
	enum tone state = !sum		     ? TONE_NORMAL
			  : sum->refused > 0 ? TONE_BAD
			  : sum->at_max	     ? TONE_WARN
			  : sum->protected_group ? TONE_DIM
						 : TONE_NORMAL;

	line->subject = line->target = row->handle;
	page_span(line, TONE_NORMAL, " %s",
		  fit(x, str_or_empty(g->name), s.name, text));
	count_span(line, TONE_NORMAL, 4, g->min);
	count_span(line, TONE_NORMAL, 4, g->desired);
	count_span(line, sum && sum->running < g->desired ? TONE_WARN
							   : TONE_NORMAL,
		   4, sum ? sum->running : -1);
	count_span(line, sum && sum->ready < sum->running ? TONE_WARN
							  : TONE_NORMAL,
		   4, sum ? sum->ready : -1);
	count_span(line, TONE_NORMAL, 4, g->max);
	count_span(line, TONE_NORMAL, 6, sum ? sum->jobs : -1);
	cell_percent(&share, x, sum ? sum->cpu_request_milli : -1);
	page_span(line, TONE_NORMAL, "%7s ", share.text);
	page_span(line, state, "%s",
		  fit(x, sum && sum->state ? sum->state : "?", s.state, text));
	if (!sum)
		return;
	wide.chart_cells = (uint8_t)s.chart;
	cell_chart(&chart, &wide, sum->chart_desired, sum->chart_n, g->max);
	page_span(line, TONE_ACCENT, " %s", chart.text);
	if (s.why)
		page_span(line, TONE_NORMAL, "  %s", str_or_empty(sum->why));
}

/* ---- queues ---- */

static int
tag_cells(const struct page_out *out)
{
	int cells = page_width(out) / 4;

	return cells < 12 ? 12 : cells > 40 ? 40 : cells;
}

void
home_queue_heading(const struct view_ctx *x, struct page_out *out,
		   uint32_t shown, uint32_t total)
{
	struct page_line *line = page_add(out);
	char text[CELL_TEXT], name[CELL_TEXT], why[CELL_TEXT], count[40];
	bool pods_told = (x->snap->loaded_kinds >> KIND_POD) & 1;

	silence(x, SOURCE_GITLAB, why, sizeof(why));
	line->heading = true;
	if (!total) {
		page_span(line, TONE_TITLE, " TAG (waiting)");
		page_span(line, *why ? TONE_WARN : TONE_NORMAL, "  %s",
			  *why	      ? why
			  : pods_told ? "no jobs wait"
				      : "gitlab has none; which pods wait is "
					"not known");
		return;
	}
	snprintf(name, sizeof(name), "TAG%s",
		 shown < total ? count_text(shown, total, count)
			       : tag_cells(out) < 13 ? "" : " (waiting)");
	page_span(line, TONE_TITLE, " %s     N OLDEST  BLOCKED BY",
		  fit(x, name, tag_cells(out), text));
	if (*why)
		page_span(line, TONE_WARN, "  %s", why);
}

void
home_queue(struct page_out *out, const struct view_ctx *x,
	   const struct row *row)
{
	const struct queue *q = row->rec;
	struct page_line *line = page_add(out);
	char text[CELL_TEXT], age[TIME_TEXT];

	line->subject = row->handle;
	line->target = q->subject;
	page_span(line, TONE_NORMAL, " %s",
		  fit(x, str_or_empty(q->tags), tag_cells(out), text));
	count_span(line, TONE_WARN, 6, q->waiting);
	page_span(line, TONE_NORMAL, " %6s  %s",
		  q->oldest_ms ? age_format(x->now_ms - q->oldest_ms, age)
			       : "?",
		  str_or_empty(q->blocked_by));
}
