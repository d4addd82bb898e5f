/*
 * Home: what needs me, and why (design 1).
 *
 * Lines are dealt out by need: alarms first and in full words, then groups,
 * then queues, each at least a few; what does not fit is counted in the
 * heading.
 */
#include <stdio.h>
#include <stdlib.h>

#include "views/home_parts.h"

enum { LISTS = 3, LIST_MAX = 200 };

/* Rows of one list, sorted. */
struct list {
	struct row rows[LIST_MAX];
	uint8_t more[LIST_MAX]; /* lines a row has beyond its first */
	uint32_t n, shown;
	uint32_t total; /* before the cut at LIST_MAX */
};

static void
collect(struct list *l, const struct view_ctx *x, enum kind kind,
	bool (*wanted)(const struct row *row),
	int (*order)(const void *a, const void *b))
{
	const struct slot *slot;
	struct handle h;

	l->n = l->total = 0;
	for (uint32_t i = 0; (slot = snapshot_next(x->snap, kind, &i, &h));) {
		struct row row = { h, slot, slot->rec, slot->sum };

		if (slot->ended || (wanted && !wanted(&row)))
			continue;
		l->total++;
		if (l->n < LIST_MAX)
			l->rows[l->n++] = row;
	}
	qsort(l->rows, l->n, sizeof(l->rows[0]), order);
}

static int
by_severity(const void *pa, const void *pb)
{
	const struct alarm *a = ((const struct row *)pa)->rec;
	const struct alarm *b = ((const struct row *)pb)->rec;

	if (a->severity != b->severity)
		return b->severity - a->severity;
	/* Causes before what follows from them. */
	if (a->follows != b->follows)
		return a->follows ? 1 : -1;
	/* The oldest first; of unknown age last. */
	if (a->since_ms != b->since_ms)
		return !a->since_ms ? 1
		       : !b->since_ms || a->since_ms < b->since_ms ? -1
								    : 1;
	return strcmp(str_or_empty(a->id), str_or_empty(b->id));
}

static int
by_name(const void *pa, const void *pb)
{
	const struct group *a = ((const struct row *)pa)->rec;
	const struct group *b = ((const struct row *)pb)->rec;

	return strcmp(str_or_empty(a->name), str_or_empty(b->name));
}

static int
by_waiting(const void *pa, const void *pb)
{
	const struct queue *a = ((const struct row *)pa)->rec;
	const struct queue *b = ((const struct row *)pb)->rec;

	if (a->waiting != b->waiting)
		return a->waiting > b->waiting ? -1 : 1;
	return strcmp(str_or_empty(a->tags), str_or_empty(b->tags));
}

static bool
is_waiting(const struct row *row)
{
	return ((const struct queue *)row->rec)->waiting != 0;
}

/* One line to each of the lists in turn, up to `most` of a list; what is left
 * of the room. */
static int
deal_rows(struct list *lists, const uint32_t most[LISTS], int room)
{
	bool more = true;

	while (room > 0 && more) {
		more = false;
		for (int i = 0; i < LISTS && room > 0; i++) {
			struct list *l = &lists[i];

			if (l->shown >= l->n || l->shown >= most[i])
				continue;
			l->shown++;
			room--;
			more = true;
		}
	}
	return room;
}

/* Further lines for shown alarms that one line would cut. */
static int
deal_words(struct list *alarms, int width, uint8_t severity, int room)
{
	for (uint32_t i = 0; i < alarms->shown && room > 0; i++) {
		const struct alarm *a = alarms->rows[i].rec;
		int more;

		if (a->severity < severity || alarms->more[i])
			continue;
		more = home_alarm_lines(a, width) - 1;
		alarms->more[i] = (uint8_t)(more < room ? more : room);
		room -= alarms->more[i];
	}
	return room;
}

/*
 * Deals `room` lines: their least to the lists, then a line to every alarm, the
 * whole words to the critical ones, more groups and queues, and the words of
 * the rest.  Returns what is left.
 */
static int
deal(struct list *lists, int width, int room)
{
	enum { LEAST = 3 + 4 + 2, LONG_PAGE = 100 };
	static const uint32_t least[LISTS] = { 3, 4, 2 };
	static const uint32_t alarms[LISTS] = { LIST_MAX, 0, 0 };
	static const uint32_t all[LISTS] = { LIST_MAX, LIST_MAX, LIST_MAX };
	bool scrolls = room < LEAST;

	/* Nobody goes without: a page longer than its screen scrolls. */
	if (scrolls)
		room = LONG_PAGE;
	room = deal_rows(lists, least, room);
	room = deal_rows(lists, alarms, room);
	room = deal_words(&lists[0], width, SEVERITY_CRIT, room);
	room = deal_rows(lists, all, room);
	room = deal_words(&lists[0], width, 0, room);
	return scrolls ? 0 : room;
}

static void
paint_alarms(const struct view_ctx *x, struct page_out *out,
	     const struct list *l)
{
	home_needs_heading(x, out, l->n ? l->rows : NULL, l->shown, l->total);
	for (uint32_t i = 0; i < l->shown; i++)
		home_alarm(x, out, &l->rows[i], i + 1, l->more[i]);
}

static void
paint_lists(const struct view_ctx *x, struct page_out *out,
	    struct list lists[LISTS])
{
	paint_alarms(x, out, &lists[0]);
	page_add(out);
	home_group_heading(x, out, lists[1].shown, lists[1].total);
	for (uint32_t i = 0; i < lists[1].shown; i++)
		home_group(x, out, &lists[1].rows[i]);
	page_add(out);
	home_queue_heading(x, out, lists[2].shown, lists[2].total);
	for (uint32_t i = 0; i < lists[2].shown; i++)
		home_queue(out, x, &lists[2].rows[i]);
}

static void
paint(const struct view_ctx *x, struct page_out *out)
{
	/* Two lines of figures, three blank, three headings. */
	enum { FIXED = 8, RECENT_LINES = 6 };
	struct list *lists = xcalloc(LISTS, sizeof(*lists));
	int room, recent = 0;

	collect(&lists[0], x, KIND_ALARM, NULL, by_severity);
	collect(&lists[1], x, KIND_GROUP, NULL, by_name);
	collect(&lists[2], x, KIND_QUEUE, is_waiting, by_waiting);
	room = deal(lists, page_width(out), page_height(out) - FIXED);
	/* What is left over tells what happened lately. */
	if (room >= 4)
		recent = room - 2 > RECENT_LINES ? RECENT_LINES : room - 2;
	home_figures(x, out);
	page_add(out);
	paint_lists(x, out, lists);
	home_recent(x, out, recent);
	free(lists);
}

PAGE_VIEW(home) = {
	.name = "home",
	.aliases = "ho,overview",
	.title = "Home",
	.help = "What needs me, and why: the whole fleet on one page",
	.paint = paint,
	.json = home_json,
};
