/*
 * Cells: how extractors say values and texts.
 */
#include "tui/view.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"
#include "backend/base/text.h"
#include "tui/chart.h"

enum { DATE_AFTER_MS = 20 * 3600 * 1000 };

static void
set(struct cell *c, enum value_kind kind, enum unit unit)
{
	c->value_kind = (uint8_t)kind;
	c->unit = (uint8_t)unit;
	c->tone = TONE_NORMAL;
	c->ordered = false;
	c->number = 0;
	c->real = 0;
	c->str = NULL;
	c->text[0] = '\0';
}

static void
put(struct cell *c, const struct view_ctx *x, const char *text)
{
	if (x->want_text)
		snprintf(c->text, sizeof(c->text), "%s", text);
}

void
cell_unknown(struct cell *c)
{
	set(c, VALUE_NONE, UNIT_PLAIN);
	snprintf(c->text, sizeof(c->text), "?");
}

void
cell_blank(struct cell *c)
{
	set(c, VALUE_NONE, UNIT_PLAIN);
	snprintf(c->text, sizeof(c->text), "-");
}

void
cell_text(struct cell *c, const struct view_ctx *x, const char *str)
{
	if (!str || !*str) {
		cell_blank(c);
		return;
	}
	set(c, VALUE_TEXT, UNIT_PLAIN);
	c->str = str;
	put(c, x, str);
}

void
cell_format(struct cell *c, const struct view_ctx *x, const char *fmt, ...)
{
	va_list args;

	(void)x; /* the text is the value, so sorting needs it as well */
	set(c, VALUE_TEXT, UNIT_PLAIN);
	va_start(args, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, args);
	va_end(args);
	c->str = c->text;
}

void
cell_ordered(struct cell *c, const struct view_ctx *x, const char *str,
	     int64_t order)
{
	set(c, VALUE_TEXT, UNIT_PLAIN);
	c->str = str_or_empty(str);
	c->number = order;
	c->ordered = true;
	put(c, x, c->str);
}

void
cell_list(struct cell *c, const struct view_ctx *x, const char *list)
{
	set(c, VALUE_LIST, UNIT_PLAIN);
	c->str = str_or_empty(list);
	put(c, x, *c->str ? c->str : "-");
}

void
cell_label(struct cell *c, const struct view_ctx *x, int64_t number,
	   const char *text)
{
	set(c, VALUE_INT, UNIT_PLAIN);
	c->number = number;
	put(c, x, str_or_empty(text));
}

void
cell_int(struct cell *c, const struct view_ctx *x, int64_t n)
{
	set(c, VALUE_INT, UNIT_PLAIN);
	c->number = n;
	if (x->want_text)
		snprintf(c->text, sizeof(c->text), "%lld", (long long)n);
}

void
cell_count(struct cell *c, const struct view_ctx *x, int64_t n)
{
	if (n < 0)
		cell_unknown(c);
	else
		cell_int(c, x, n);
}

void
cell_bool(struct cell *c, const struct view_ctx *x, bool v)
{
	set(c, VALUE_BOOL, UNIT_PLAIN);
	c->number = v;
	put(c, x, v ? "yes" : "-");
}

void
cell_age(struct cell *c, const struct view_ctx *x, int64_t since_ms)
{
	char out[TIME_TEXT];

	if (since_ms == 0) {
		cell_unknown(c);
		return;
	}
	set(c, VALUE_TIME, UNIT_AGE);
	c->number = since_ms;
	if (x->want_text)
		put(c, x, age_format(x->now_ms - since_ms, out));
}

static void
set_time(struct cell *c, const struct view_ctx *x, int64_t at_ms,
	 int64_t now_ms)
{
	char out[TIME_TEXT], full[TIME_TEXT];

	if (at_ms == 0) {
		cell_unknown(c);
		return;
	}
	set(c, VALUE_TIME, UNIT_CLOCK);
	c->number = at_ms;
	if (!x->want_text)
		return;
	time_format_hms(at_ms, out);
	if (llabs(now_ms - at_ms) < DATE_AFTER_MS) {
		put(c, x, out);
		return;
	}
	/* "2026-02-18T09:00:00Z" -> "02-18 09:00" */
	time_format(at_ms, false, full);
	snprintf(c->text, sizeof(c->text), "%.5s %.5s",
		 strlen(full) > 10 ? full + 5 : full, out);
}

void
cell_clock(struct cell *c, const struct view_ctx *x, int64_t at_ms)
{
	set_time(c, x, at_ms, x->now_ms);
}

void
cell_wall(struct cell *c, const struct view_ctx *x, int64_t at_ms)
{
	set_time(c, x, at_ms, x->wall_ms);
}

void
cell_span(struct cell *c, const struct view_ctx *x, int64_t span_ms)
{
	char out[TIME_TEXT];

	if (span_ms < 0) {
		cell_unknown(c);
		return;
	}
	set(c, VALUE_INT, UNIT_SECONDS);
	c->number = span_ms / 1000;
	if (x->want_text)
		put(c, x, age_format(span_ms, out));
}

void
cell_percent(struct cell *c, const struct view_ctx *x, int64_t milli)
{
	if (milli < 0) {
		cell_unknown(c);
		return;
	}
	set(c, VALUE_REAL, UNIT_PERCENT);
	c->real = (double)milli / 10;
	if (x->want_text)
		snprintf(c->text, sizeof(c->text), "%lld%%",
			 (long long)(milli / 10 + (milli % 10 >= 5)));
}

void
cell_mcpu(struct cell *c, const struct view_ctx *x, int64_t mcpu)
{
	char out[QUANTITY_TEXT];

	if (mcpu < 0) {
		cell_unknown(c);
		return;
	}
	set(c, VALUE_INT, UNIT_MCPU);
	c->number = mcpu;
	if (x->want_text)
		put(c, x, mcpu_human(mcpu, out));
}

void
cell_bytes(struct cell *c, const struct view_ctx *x, int64_t bytes)
{
	char out[QUANTITY_TEXT];

	if (bytes < 0) {
		cell_unknown(c);
		return;
	}
	set(c, VALUE_INT, UNIT_BYTES);
	c->number = bytes;
	if (x->want_text)
		put(c, x, bytes_human(bytes, out));
}

void
cell_chart(struct cell *c, const struct view_ctx *x, const int16_t *points,
	   uint32_t n, int32_t ceiling)
{
	set(c, VALUE_NONE, UNIT_PLAIN);
	if (x->want_text)
		chart_line(c->text, sizeof(c->text), points, n, ceiling,
			   x->chart_cells ? x->chart_cells : CHART_DEFAULT,
			   x->ascii);
}

struct row
view_row(const struct view_ctx *x, struct handle h)
{
	struct row row = { .handle = h };

	row.slot = snapshot_slot(x->snap, h);
	if (row.slot) {
		row.rec = row.slot->rec;
		row.sum = row.slot->sum;
	}
	return row;
}

const char *
view_name(const struct view_ctx *x, struct handle h, const char *none)
{
	const struct slot *slot = snapshot_slot(x->snap, h);
	const char *name = slot ? record_name(slot->rec) : NULL;

	return name && *name ? name : none;
}
