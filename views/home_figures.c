/*
 * Home: the two lines of figures, the newest decisions, and the JSON.
 */
#include <stdio.h>

#include "views/home_parts.h"

enum { NUMBER = 24 };

/* -1 is unknown. */
static const char *
number(int64_t n, char out[static NUMBER])
{
	if (n < 0)
		snprintf(out, NUMBER, "?");
	else
		snprintf(out, NUMBER, "%lld", (long long)n);
	return out;
}

/* "6m02" where ages would say "6m"; -1 is unknown. */
static const char *
span(int64_t ms, char out[static TIME_TEXT])
{
	if (ms < 0) {
		snprintf(out, TIME_TEXT, "?");
		return out;
	}
	if (ms >= 60000 && ms < 3600000) {
		snprintf(out, TIME_TEXT, "%dm%02d", (int)(ms / 60000),
			 (int)(ms / 1000 % 60));
		return out;
	}
	return age_format(ms, out);
}

#define LOST_MS ((int64_t)30 * 60 * 1000)

/* On a narrow page two, or of more the one that cost most: what follows shall
 * not be cut. */
static void
paint_causes(const struct fleet *f, struct page_line *line, bool wide)
{
	struct {
		int32_t n;
		const char *name;
	} causes[] = {
		{ f->lost_spot, "spot" },	{ f->lost_image, "image" },
		{ f->lost_memory, "memory" },	{ f->lost_evicted, "evicted" },
		{ f->lost_other, "other" },
	};
	size_t left = 0;
	int32_t told = 0;

	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		left += causes[i].n > 0;
	if (!wide && left > 2)
		left = 1;
	page_span(line, TONE_NORMAL, ":");
	for (; left > 0; left--) {
		size_t most = 0;

		for (size_t i = 1; i < ARRAY_LEN(causes); i++)
			if (causes[i].n > causes[most].n)
				most = i;
		if (causes[most].n <= 0)
			return;
		page_span(line, TONE_NORMAL, " %d %s", causes[most].n,
			  causes[most].name);
		told += causes[most].n;
		causes[most].n = 0;
	}
	if (told < f->lost_30m)
		page_span(line, TONE_NORMAL, " +%d", f->lost_30m - told);
}

/* None seen while few minutes were watched is said of those minutes; some seen
 * then may not be all. */
static void
paint_lost(const struct fleet *f, struct page_line *line, bool wide)
{
	bool all = f->lost_watched_ms >= LOST_MS;
	char t[TIME_TEXT];

	if (f->lost_30m < 0) {
		page_span(line, TONE_NORMAL, "  LOST ?/30m");
		return;
	}
	page_span(line, f->lost_30m ? TONE_BAD : TONE_NORMAL, "  LOST %d%s/%s",
		  f->lost_30m, f->lost_30m && !all ? "+" : "",
		  f->lost_30m || all ? "30m"
				     : age_format(f->lost_watched_ms, t));
	if (f->lost_30m == 0)
		return;
	paint_causes(f, line, wide);
	if (wide && !all)
		page_span(line, TONE_DIM, " (watched %s)",
			  f->lost_watched_ms
				  ? age_format(f->lost_watched_ms, t)
				  : "<1m");
}

static bool
knows(const struct view_ctx *x, enum kind kind)
{
	return (x->snap->loaded_kinds >> kind) & 1;
}

static void
paint_fleet(const struct view_ctx *x, struct page_out *out)
{
	const struct fleet *f = &x->snap->fleet;
	struct page_line *line = page_add(out);
	char n[NUMBER], t[TIME_TEXT];

	/* Of those that a runner has taken only pods tell who waits. */
	page_span(line, f->waiting > 0 ? TONE_WARN : TONE_NORMAL,
		  "WAITING %s%s", number(f->waiting, n),
		  f->waiting >= 0 && !knows(x, KIND_POD) ? "+" : "");
	if (f->oldest_wait_ms)
		page_span(line, TONE_NORMAL, " oldest %s",
			  age_format(x->now_ms - f->oldest_wait_ms, t));
	page_span(line, TONE_NORMAL, "  RUNNING %s", number(f->running, n));
	paint_lost(f, line, page_width(out) >= 100);
	page_span(line, TONE_NORMAL, "  START p90 %s",
		  span(f->start_p90_ms, t));
	if (page_width(out) >= 100)
		page_span(line, TONE_DIM, "  p50 %s", span(f->start_p50_ms, t));
	if (page_width(out) >= 130) {
		if (knows(x, KIND_NODE))
			page_span(line, TONE_DIM, "  NODES %d ready of %d",
				  f->nodes_ready, f->nodes);
		else
			page_span(line, TONE_DIM, "  NODES ?");
		if (knows(x, KIND_POD))
			page_span(line, TONE_DIM, "  PODS %d, %d pending",
				  f->pods, f->pods_pending);
		else
			page_span(line, TONE_DIM, "  PODS ?");
	}
}

/* What all bounds take with four digits each. */
enum { SLOTS_CELLS = 76 };

struct bound {
	const char *name;
	int32_t slots;
	bool optional; /* left out when unknown: many fleets have none */
};

static void
paint_slots(const struct view_ctx *x, struct page_out *out)
{
	const struct fleet *f = &x->snap->fleet;
	const struct bound bounds[] = {
		{ "runner", f->slots_runner, false },
		{ "quota", f->slots_quota, true },
		{ "nodes", f->slots_nodes, false },
		{ "group max", f->slots_group, false },
		{ "addresses", f->slots_addresses, false },
	};
	struct page_line *line = page_add(out);
	const char *comma = "";
	char n[NUMBER];

	page_span(line, f->free_slots == 0 ? TONE_WARN : TONE_NORMAL,
		  "FREE SLOTS %s", number(f->free_slots, n));
	page_span(line, TONE_NORMAL, " = min(");
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		const struct bound *b = &bounds[i];
		bool binds = str_eq(f->slots_bound, b->name) && b->slots >= 0;

		if (b->optional && b->slots < 0)
			continue;
		/* Without room for all of them the one that counts. */
		if (!binds && page_width(out) < SLOTS_CELLS &&
		    *str_or_empty(f->slots_bound))
			continue;
		page_span(line, binds ? TONE_WARN : TONE_NORMAL,
			  "%s%s%s %s%s", comma, binds ? "*" : "", b->name,
			  number(b->slots, n), binds ? "*" : "");
		comma = ", ";
	}
	page_span(line, TONE_NORMAL, ")");
}

void
home_figures(const struct view_ctx *x, struct page_out *out)
{
	paint_fleet(x, out);
	paint_slots(x, out);
}

/* ---- what happened lately ---- */

enum { RECENT_MAX = 16 };

/* The newest first; returns how many. */
static uint32_t
newest(const struct view_ctx *x, const struct slot *out[RECENT_MAX],
       struct handle handles[RECENT_MAX])
{
	const struct slot *slot;
	struct handle h;
	uint32_t n = 0;

	for (uint32_t i = 0;
	     (slot = snapshot_next(x->snap, KIND_DECISION, &i, &h));) {
		const struct decision *d = (const void *)slot->rec;
		uint32_t at = n;

		while (at > 0) {
			const struct decision *o = (const void *)out[at - 1]
							   ->rec;

			if (o->at_ms > d->at_ms ||
			    (o->at_ms == d->at_ms && o->number >= d->number))
				break;
			at--;
		}
		if (at == RECENT_MAX)
			continue;
		if (n < RECENT_MAX)
			n++;
		for (uint32_t k = n - 1; k > at; k--) {
			out[k] = out[k - 1];
			handles[k] = handles[k - 1];
		}
		out[at] = slot;
		handles[at] = h;
	}
	return n;
}

void
home_recent(const struct view_ctx *x, struct page_out *out, int lines)
{
	const struct slot *slots[RECENT_MAX];
	struct handle handles[RECENT_MAX];
	uint32_t n = newest(x, slots, handles);
	char footer[CELL_TEXT] = "", at[TIME_TEXT];
	size_t used = 0;

	if (lines > 0) {
		page_add(out);
		page_span(page_add(out), TONE_TITLE, "RECENT%s",
			  n ? "" : "  no decision yet");
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct decision *d = (const void *)slots[i]->rec;

		time_format_hms(d->at_ms, at);
		at[5] = '\0';
		if (i < 2 && used < sizeof(footer))
			used += (size_t)snprintf(
				footer + used, sizeof(footer) - used,
				"%s%s %s %s %s%s%s", i ? " | " : "RECENT ", at,
				str_or_empty(d->by), str_or_empty(d->what),
				str_or_empty(d->subject),
				*str_or_empty(d->change) ? " " : "",
				str_or_empty(d->change));
		if ((int)i < lines) {
			struct page_line *line = page_add(out);

			line->subject = line->target = handles[i];
			page_span(line, TONE_DIM, " %s ", at);
			page_span(line, TONE_NORMAL, "%-13s %s %s",
				  str_or_empty(d->by), str_or_empty(d->what),
				  str_or_empty(d->subject));
			page_span(line, TONE_ACCENT, " %s",
				  str_or_empty(d->change));
			page_span(line, TONE_NORMAL, "  %s",
				  str_or_empty(d->reason));
		}
	}
	/* Said in full above when there was room. */
	if (*footer && lines <= 0)
		page_footer(out, "%s", footer);
}

/* ---- JSON ---- */

static void
json_number(struct jsonw *w, const char *key, int64_t n)
{
	jsonw_key(w, key);
	if (n < 0)
		jsonw_null(w);
	else
		jsonw_int(w, n);
}

void
home_json(const struct view_ctx *x, struct jsonw *w)
{
	const struct fleet *f = &x->snap->fleet;

	jsonw_key(w, "fleet");
	jsonw_object(w);
	json_number(w, "waiting", f->waiting);
	json_number(w, "running", f->running);
	json_number(w, "oldestWaitSeconds",
		    f->oldest_wait_ms
			    ? (x->now_ms - f->oldest_wait_ms) / 1000
			    : -1);
	json_number(w, "lost30m", f->lost_30m);
	json_number(w, "lostWatchedSeconds", f->lost_watched_ms / 1000);
	json_number(w, "startP50Seconds",
		    f->start_p50_ms < 0 ? -1 : f->start_p50_ms / 1000);
	json_number(w, "startP90Seconds",
		    f->start_p90_ms < 0 ? -1 : f->start_p90_ms / 1000);
	json_number(w, "freeSlots", f->free_slots);
	json_number(w, "slotsRunner", f->slots_runner);
	json_number(w, "slotsQuota", f->slots_quota);
	json_number(w, "slotsNodes", f->slots_nodes);
	json_number(w, "slotsGroupMax", f->slots_group);
	json_number(w, "slotsAddresses", f->slots_addresses);
	json_number(w, "nodes", f->nodes);
	json_number(w, "nodesReady", f->nodes_ready);
	json_number(w, "pods", f->pods);
	json_number(w, "podsPending", f->pods_pending);
	jsonw_end_object(w);
}
