/*
 * The header of every page: where we are, how old the data is, who leads.
 */
#include <stdio.h>

#include "backend/base/text.h"
#include "tui/app_private.h"

enum { SEGMENTS_MAX = 12, SEGMENT_TEXT = 160 };
enum { TROUBLE_LEAST = 20 }; /* cells; fewer tell nothing */

/* A piece of a header line; the one with the highest prio goes first when the
 * line is too narrow. */
struct segment {
	uint8_t tone, prio;
	bool bar; /* " | " in front instead of two blanks */
	char text[SEGMENT_TEXT];
};

struct segments {
	struct segment at[SEGMENTS_MAX];
	uint32_t n;
	int gap; /* cells between them */
};

PRINTF_LIKE(4, 5)
static struct segment *
add(struct segments *s, enum tone tone, uint8_t prio, const char *fmt, ...)
{
	struct segment *seg = &s->at[s->n < SEGMENTS_MAX ? s->n++
							 : SEGMENTS_MAX - 1];
	va_list args;

	memset(seg, 0, sizeof(*seg));
	seg->tone = (uint8_t)tone;
	seg->prio = prio;
	va_start(args, fmt);
	vsnprintf(seg->text, sizeof(seg->text), fmt, args);
	va_end(args);
	return seg;
}

static int
cells_of(const struct segments *s)
{
	int sum = 0;

	for (uint32_t i = 0; i < s->n; i++)
		sum += text_width(s->at[i].text, strlen(s->at[i].text)) +
		       (i ? (s->at[i].bar ? 3 : s->gap) : 0);
	return sum;
}

/* Narrows the gaps, then leaves segments out. */
static void
fit_segments(struct segments *s, int cells)
{
	s->gap = 2;
	if (cells_of(s) > cells)
		s->gap = 1;
	while (cells_of(s) > cells && s->n > 1) {
		uint32_t worst = 0;

		for (uint32_t i = 0; i < s->n; i++)
			if (s->at[i].prio >= s->at[worst].prio)
				worst = i;
		if (s->at[worst].prio == 0)
			return; /* cut by the edge */
		memmove(&s->at[worst], &s->at[worst + 1],
			(s->n - worst - 1) * sizeof(s->at[0]));
		s->n--;
	}
}

static int
paint_segments(const struct segments *s, struct grid *g, int row, int col)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct segment *seg = &s->at[i];
		struct style style = { seg->tone, 0 };

		if (i && seg->bar)
			col += grid_text(g, row, col, g->cols - col,
					 (struct style){ TONE_DIM, 0 }, " | ",
					 0);
		else if (i)
			col += s->gap;
		col += grid_text(g, row, col, g->cols - col, style, seg->text,
				 0);
	}
	return col;
}

/* ---- the first line: where ---- */

static void
add_access(const struct app *a, struct segments *s)
{
	const struct place *p = &a->snap->place;
	int64_t left = p->write_until_boot_ms - app_boot_ms(a);
	char age[TIME_TEXT];

	if (!p->may_write || (p->write_until_boot_ms && left <= 0))
		add(s, TONE_NORMAL, 1, "READ-ONLY");
	else if (p->write_until_boot_ms)
		add(s, TONE_WARN, 1, "WRITE %s", age_format(left, age));
	else
		add(s, TONE_WARN, 1, "WRITE");
}

/* A server's word on them counts for more than the time they claim. */
static bool
refuses(const struct app *a, enum source source)
{
	const struct source_status *st = &a->snap->source[source];

	return st->trouble_code == ERR_AUTH && (st->state == SOURCE_FAILED ||
						st->state == SOURCE_STALE);
}

static void
add_credentials(const struct app *a, struct segments *s)
{
	int64_t end = a->snap->place.credentials_end_ms;
	int64_t left = end - clock_wall_ms(a->clock);
	char age[TIME_TEXT];

	if (refuses(a, SOURCE_KUBERNETES) || refuses(a, SOURCE_AWS)) {
		add(s, TONE_BAD, 2, "creds REFUSED");
		return;
	}
	if (end == 0)
		return;
	if (left <= 0)
		add(s, TONE_BAD, 2, "creds EXPIRED");
	else
		add(s, left < 10 * 60000 ? TONE_WARN : TONE_NORMAL,
		    left < 10 * 60000 ? 2 : 5, "creds %s",
		    age_format(left, age));
}

/* "471100000090" -> "4711..90": enough to tell accounts apart. */
static const char *
short_account(const char *account, char out[static 16])
{
	size_t len = strlen(account);

	if (len <= 8)
		snprintf(out, 16, "%.8s", account);
	else
		snprintf(out, 16, "%.4s..%s", account, account + len - 2);
	return out;
}

/* Contexts that `aws eks update-kubeconfig` makes are ARNs; account and region
 * stand beside the name anyway, and dialogs show all of it. */
static const char *
short_context(const char *context)
{
	const char *name = strrchr(context, '/');

	if (!context[0])
		return "?";
	return str_has_prefix(context, "arn:") && name && name[1] ? name + 1
								  : context;
}

static void
add_place(const struct app *a, struct segments *s)
{
	const struct place *p = &a->snap->place;
	char account[16];

	if (p->production)
		add(s, TONE_BAD, 0, "*PROD*");
	else if (p->simulated)
		add(s, TONE_ACCENT, 0, "SIM");
	add(s, TONE_TITLE, 0, "%.40s", short_context(p->context));
	if (p->account[0])
		add(s, p->aws_proven ? TONE_NORMAL : TONE_WARN, 4, "acct %s%s",
		    short_account(p->account, account),
		    p->aws_proven ? "" : " unproven");
	if (p->region[0])
		add(s, TONE_NORMAL, 6, "%s", p->region);
}

/* World time in UTC and here; how fast it runs when that is not real time. */
static void
clock_text(const struct app *a, char *out, size_t room)
{
	const struct world_clock *c = &a->snap->clock;
	int64_t now = c->world_ms ? world_clock_at(c, app_boot_ms(a))
				  : clock_wall_ms(a->clock);
	char utc[TIME_TEXT], local[TIME_TEXT], speed[32] = "";

	if (a->now_note[0])
		snprintf(speed, sizeof(speed), "%.30s ", a->now_note);
	else if (c->world_ms && c->speed_milli == 0)
		snprintf(speed, sizeof(speed), "paused ");
	else if (c->world_ms && c->speed_milli != 1000)
		snprintf(speed, sizeof(speed), "x%g ", c->speed_milli / 1000.0);
	snprintf(out, room, "%s%sZ/%s", speed, time_format_hms(now, utc),
		 time_format_local(now, local));
}

void
chrome_place(const struct app *a, struct grid *g, int row)
{
	struct segments s = { 0 };
	char clock[80];
	int width, used;

	add_place(a, &s);
	add_access(a, &s);
	add_credentials(a, &s);
	clock_text(a, clock, sizeof(clock));
	width = text_width(clock, strlen(clock));
	if (width + 30 > g->cols)
		width = 0; /* no room for a clock */
	fit_segments(&s, g->cols - width - (width ? 1 : 0));
	used = paint_segments(&s, g, row, 0);
	if (width && used + width <= g->cols)
		grid_text(g, row, g->cols - width, width,
			  (struct style){ TONE_NORMAL, 0 }, clock, 0);
}

/* ---- the second line: how fresh, who leads ---- */

static void
add_source(const struct app *a, struct segments *s, enum source source,
	   const char *name)
{
	const struct source_status *st = &a->snap->source[source];
	char age[TIME_TEXT];
	int64_t old = app_boot_ms(a) - st->good_boot_ms;

	switch (st->state) {
	case SOURCE_LIVE:
		add(s, old > 90000 ? TONE_WARN : TONE_NORMAL, 1, "%s %s", name,
		    age_format(old, age));
		break;
	case SOURCE_STALE:
		add(s, TONE_BAD, 1, "%s STALE %s", name,
		    st->good_boot_ms ? age_format(old, age) : "?");
		break;
	case SOURCE_FAILED:
		add(s, TONE_BAD, 1, "%s FAILED", name);
		break;
	case SOURCE_OFF:
		add(s, TONE_DIM, 1, "%s off", name);
		break;
	default:
		add(s, TONE_WARN, 1, "%s %s", name,
		    source_state_name(st->state));
		break;
	}
}

static void
add_leader(const struct app *a, struct segments *s)
{
	const struct engine_status *e = &a->snap->engine;
	struct view_ctx x = app_ctx(a);
	int64_t old = x.now_ms - e->loop_ms;
	char age[TIME_TEXT];
	struct segment *seg;

	if (e->taking_over) {
		seg = add(s, TONE_WARN, 2, "taking over");
	} else if (e->handing_back) {
		seg = add(s, TONE_WARN, 2, "handing back");
	} else if (e->lead == LEAD_PADDOCK) {
		int64_t left = e->takeover_ends_boot_ms - app_boot_ms(a);

		seg = e->takeover_ends_boot_ms
			      ? add(s, TONE_WARN, 2, "PADDOCK leads, %s left",
				    age_format(left, age))
			      : add(s, TONE_WARN, 2, "PADDOCK leads");
		if (e->scale_down_off)
			add(s, TONE_NORMAL, 5, "scale-down off")->bar = true;
	} else if (e->lead == LEAD_CA) {
		/* A holder that renews is not a loop that runs. */
		seg = e->loop_ms ? add(s, old > 120000 ? TONE_BAD : TONE_NORMAL,
				       2, "CA leads, loop %s ago",
				       age_format(old, age))
				 : add(s, TONE_WARN, 2, "CA leads, loop ?");
	} else if (e->lead == LEAD_OTHER) {
		seg = add(s, TONE_WARN, 2, "%.30s leads", e->leader);
	} else if (e->lead == LEAD_NONE) {
		seg = add(s, TONE_BAD, 2, "NO autoscaler leads");
	} else {
		seg = add(s, TONE_NORMAL, 2, "leader ?");
	}
	seg->bar = true;
}

static void
add_engine(const struct app *a, struct segments *s)
{
	static const char *const modes[] = { "advisory", "approval",
					     "ACTIVE" };
	const struct engine_status *e = &a->snap->engine;
	uint32_t ops = app_operations(a);

	if (e->awaiting_approval)
		add(s, TONE_WARN, 0, "STEP WAITS: a")->bar = true;
	else if (e->blocked[0])
		add(s, TONE_WARN, 3, "engine %s, blocked",
		    e->mode < ARRAY_LEN(modes) ? modes[e->mode] : "?")
			->bar = true;
	else
		add(s, e->mode == MODE_ADVISORY ? TONE_NORMAL : TONE_WARN, 3,
		    "engine %s",
		    e->mode < ARRAY_LEN(modes) ? modes[e->mode] : "?")
			->bar = true;
	add(s, ops ? TONE_WARN : TONE_NORMAL, 4, "ops %u", ops)->bar = true;
	/* How well it would do in the other's place; nodes that only one of
	 * them removes are what hurts. */
	if (e->lead == LEAD_CA && e->shadow_acts)
		add(s, e->shadow_downs_agreed < e->shadow_downs ? TONE_WARN
								: TONE_NORMAL,
		    6, "agrees %u%% of %u",
		    e->shadow_agreed * 100 / e->shadow_acts, e->shadow_acts)
			->bar = true;
}

/* What a source in trouble says, when the line has room for it. */
static const char *
trouble_of(const struct app *a)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (a->snap->source[i].trouble[0] &&
		    a->snap->source[i].state != SOURCE_LIVE)
			return a->snap->source[i].trouble;
	return a->snap->engine.blocked;
}

/* In the rest of the line, cut where it ends. */
static void
paint_trouble(const struct app *a, struct grid *g, int row, int col)
{
	const char *trouble = trouble_of(a);

	if (!*trouble || g->cols - col < TROUBLE_LEAST)
		return;
	col += grid_text(g, row, col, g->cols - col,
			 (struct style){ TONE_DIM, 0 }, " | ", 0);
	grid_text(g, row, col, g->cols - col, (struct style){ TONE_WARN, 0 },
		  trouble, a->ascii ? '~' : 0x2026);
}

void
chrome_freshness(const struct app *a, struct grid *g, int row)
{
	struct segments s = { 0 };

	add_source(a, &s, SOURCE_KUBERNETES, "k8s");
	add_source(a, &s, SOURCE_AWS, "aws");
	add_source(a, &s, SOURCE_GITLAB, "gitlab");
	add_leader(a, &s);
	add_engine(a, &s);
	fit_segments(&s, g->cols);
	paint_trouble(a, g, row, paint_segments(&s, g, row, 0));
}
