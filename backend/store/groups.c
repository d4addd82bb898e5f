/*
 * Auto Scaling groups: their instances and nodes added up, failed launches, and
 * an hour of desired against running, one point a minute of world time.
 */
#include "backend/store/private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"

/* Launches that failed longer ago say nothing about now. */
#define REFUSED_MS (30 * MINUTE_MS)
enum { REFUSAL_TEXT = 240 };

static struct group_row *
group_row_of(struct row *r)
{
	return link_of(r, group_row, row);
}

/* ---- joins ---- */

static void
release_machines(struct store *s, struct group_row *r)
{
	list_each (machine, m, &r->machines, in_group) {
		link_off(&m->in_group);
		m->group = NULL;
		machine_changed(s, m);
		machine_release(s, m);
	}
}

/* Takes over the machines the record lists now; those that stay keep their
 * nodes untouched. */
static void
take_machines(struct store *s, struct group_row *r, const struct group *g)
{
	struct link kept;

	list_init(&kept);
	for (uint32_t i = 0; i < g->instance_n; i++) {
		struct machine *m = machine_of(s, g->instances[i].id);
		bool mine = m->group == r;

		if (m->group && !mine) /* moved between groups */
			row_dirty(s, &m->group->row);
		link_off(&m->in_group);
		m->group = r;
		list_push(&kept, &m->in_group);
		if (!mine)
			machine_changed(s, m);
	}
	release_machines(s, r);
	list_each (machine, m, &kept, in_group) {
		link_off(&m->in_group);
		list_push(&r->machines, &m->in_group);
	}
}

static void
adopt_activities(struct store *s, struct group_row *r, const char *name)
{
	list_each (row, row, &s->shelf[KIND_ACTIVITY].arrived, queue) {
		struct activity_row *a = link_of(row, activity_row, row);
		const struct activity *act = row_rec(s, row);

		if (!link_is_on(&a->in_group) && str_eq(act->group, name))
			list_push(&r->activities, &a->in_group);
	}
}

static void
put_group(struct store *s, struct row *row, bool first)
{
	struct group_row *r = group_row_of(row);
	const struct group *g = row_rec(s, row);

	if (first) {
		list_init(&r->machines);
		list_init(&r->nodes);
		list_init(&r->activities);
		adopt_activities(s, r, g->name);
	}
	take_machines(s, r, g);
}

static void
forget_group(struct store *s, struct row *row)
{
	struct group_row *r = group_row_of(row);

	release_machines(s, r);
	/* Nodes left with their machines; what remains is on paper only. */
	list_each (node_row, n, &r->nodes, in_group) {
		link_off(&n->in_group);
		n->group = NULL;
		row_dirty(s, &n->row);
	}
	list_each (activity_row, a, &r->activities, in_group)
		link_off(&a->in_group);
	verdict_drop(&r->verdict);
	free(r->refusal);
	free(r->held_why);
}

/* ---- holds ---- */

void
store_holds(struct store *s, const struct store_hold *h, uint32_t n)
{
	list_each (row, row, &s->shelf[KIND_GROUP].arrived, queue) {
		struct group_row *r = group_row_of(row);
		const struct group *g = row_rec(s, row);
		const struct store_hold *is = NULL;

		for (uint32_t i = 0; i < n; i++)
			if (strcmp(h[i].group, g->name) == 0)
				is = &h[i];
		if (r->held_until_ms == (is ? is->until_ms : 0) &&
		    str_eq(r->held_why, is ? is->why : NULL))
			continue;
		r->held_until_ms = is ? is->until_ms : 0;
		free(r->held_why);
		r->held_why = is ? xstrdup(is->why) : NULL;
		row_dirty(s, row);
	}
}

/* ---- the sum ---- */

struct counts {
	int64_t cpu, memory, cpu_all, memory_all;
	int32_t running, registered, ready, jobs, pods, guarded, tainted;
	bool spot;
};

static void
count_nodes(const struct store *s, const struct group_row *r,
	    struct counts *c)
{
	list_each (node_row, n, (struct link *)(uintptr_t)&r->nodes,
		   in_group) {
		const struct node *rec = row_rec(s, &n->row);

		c->registered++;
		c->ready += n->ready;
		c->jobs += n->jobs;
		c->pods += n->pods;
		c->guarded += n->guarded;
		c->tainted += n->guarded_tainted;
		c->spot |= n->spot;
		if (!add_checked(&c->cpu, n->cpu_mcpu) ||
		    !add_checked(&c->memory, n->memory_bytes) ||
		    !add_checked(&c->cpu_all, rec->allocatable.cpu_mcpu) ||
		    !add_checked(&c->memory_all,
				 rec->allocatable.memory_bytes))
			c->cpu_all = c->memory_all = 0; /* unknown */
	}
}

static int32_t
count_running(const struct group *g)
{
	int32_t n = 0;

	for (uint32_t i = 0; i < g->instance_n; i++)
		n += str_has_prefix(str_or_empty(g->instances[i].lifecycle),
				    "InService");
	return n;
}

static bool
launches_spot(const struct group *g)
{
	return g->mixed && g->on_demand_percent == 0 &&
	       g->on_demand_base <= 0;
}

/* Of its words without the stop at their end: they stand within ours. */
static size_t
sentence_length(const char *text, size_t most)
{
	size_t n = strnlen(text, most);

	while (n > 0 && (text[n - 1] == '.' || text[n - 1] == ' '))
		n--;
	return n;
}

/* Failed launches of the last half hour, and the newest one's words. */
static void
count_refused(struct store *s, struct group_row *r)
{
	int64_t now = store_world_ms(s), newest = 0;
	const char *text = NULL;

	r->refused = 0;
	list_each (activity_row, a, &r->activities, in_group) {
		const struct activity *act = row_rec(s, &a->row);

		if (!str_eq(act->status, "Failed") ||
		    now - act->started_ms > REFUSED_MS ||
		    !str_has_prefix(str_or_empty(act->description),
				    "Launching"))
			continue;
		if (!r->refused++ || act->started_ms < r->refused_since_ms)
			r->refused_since_ms = act->started_ms;
		if (act->started_ms >= newest) {
			newest = act->started_ms;
			text = act->message;
		}
	}
	free(r->refusal);
	r->refusal = text ? xstrndup(text, sentence_length(text, REFUSAL_TEXT))
			  : NULL;
}

static int32_t
ratio_milli(int64_t part, int64_t whole)
{
	if (whole <= 0 || part > INT64_MAX / 1000)
		return -1;
	return (int32_t)(part * 1000 / whole);
}

static int16_t
clamp16(int32_t v)
{
	return (int16_t)(v < 0 ? 0 : v > INT16_MAX ? INT16_MAX : v);
}

/* The newest point follows the present; a new minute shifts the chart. */
static void
draw(struct group_row *r, const struct group *g, int64_t minute)
{
	int64_t steps = r->chart_n ? minute - r->chart_minute : 1;

	if (steps > CHART_POINTS || steps < 0)
		r->chart_n = 0; /* a gap or a clock set back: start over */
	if (r->chart_n == 0)
		steps = 1;
	for (; steps > 0; steps--) {
		if (r->chart_n == CHART_POINTS) {
			memmove(r->chart_desired, r->chart_desired + 1,
				sizeof(r->chart_desired) -
					sizeof(r->chart_desired[0]));
			memmove(r->chart_running, r->chart_running + 1,
				sizeof(r->chart_running) -
					sizeof(r->chart_running[0]));
			r->chart_n--;
		}
		r->chart_desired[r->chart_n] =
			r->chart_n ? r->chart_desired[r->chart_n - 1] : 0;
		r->chart_running[r->chart_n] =
			r->chart_n ? r->chart_running[r->chart_n - 1] : 0;
		r->chart_n++;
	}
	r->chart_minute = minute;
	r->chart_desired[r->chart_n - 1] = clamp16(g->desired);
	r->chart_running[r->chart_n - 1] = clamp16(r->running);
}

static void
track(struct store *s, struct group_row *r, const struct group *g,
      const struct counts *c)
{
	int64_t now = store_world_ms(s);
	bool at_max = g->max > 0 && g->desired >= g->max;

	r->running = c->running;
	r->registered = c->registered;
	r->ready = c->ready;
	r->jobs = c->jobs;
	/* Protected: kept apart for what must not be moved, not just a group
	 * that happens to carry it (the seed's first layout). */
	r->guarded = c->registered > 0 && c->tainted > 0;
	r->spot = c->spot || launches_spot(g);
	r->at_max = at_max;
	if (g->desired <= r->ready)
		r->short_since_ms = 0;
	else if (!r->short_since_ms)
		r->short_since_ms = now;
}

static void
settle_group(struct store *s, struct row *row)
{
	struct group_row *r = group_row_of(row);
	const struct group *g = row_rec(s, row);
	struct counts c = { .running = count_running(g) };
	struct group_sum *sum;
	char text[400];

	count_nodes(s, r, &c);
	count_refused(s, r);
	track(s, r, g, &c);
	draw(r, g, store_world_ms(s) / MINUTE_MS);

	sum = seal_begin(s->seal, sizeof(*sum));
	sum->running = c.running;
	sum->registered = c.registered;
	sum->ready = c.ready;
	sum->jobs = c.jobs;
	sum->pods = c.pods;
	sum->upcoming = said(r->verdict)->reason || said(r->verdict)->managed
				? said(r->verdict)->number
				: g->desired > c.registered
					  ? g->desired - c.registered
					  : 0;
	sum->cpu_request_milli = ratio_milli(c.cpu, c.cpu_all);
	sum->memory_request_milli = ratio_milli(c.memory, c.memory_all);
	sum->spot = r->spot;
	sum->protected_group = r->guarded;
	sum->managed = said(r->verdict)->managed;
	sum->at_max = r->at_max;
	sum->refused = r->refused;
	sum->backoff_until_ms = said(r->verdict)->since_ms;
	sum->held_until_ms = r->held_until_ms;
	sum->chart_n = r->chart_n;
	memcpy(sum->chart_desired, r->chart_desired,
	       sizeof(sum->chart_desired));
	memcpy(sum->chart_running, r->chart_running,
	       sizeof(sum->chart_running));
	group_state(r, g, text, sizeof(text));
	seal_text(s->seal, &sum->state, text);
	group_describe(s, r, g, text, sizeof(text));
	seal_text(s->seal, &sum->why, text);
	shelf_set_sum(&s->shelf[KIND_GROUP], row,
		      record_seal(s->seal, KIND_GROUP));
}

void
groups_minute(struct store *s)
{
	int64_t minute = store_world_ms(s) / MINUTE_MS;

	if (minute == s->chart_minute)
		return;
	s->chart_minute = minute;
	list_each (row, row, &s->shelf[KIND_GROUP].arrived, queue) {
		struct group_row *r = group_row_of(row);

		row_dirty(s, row);
		/* "Booting" turns into "not ready" by time alone. */
		list_each (node_row, n, &r->nodes, in_group)
			if (!n->ready)
				row_dirty(s, &n->row);
	}
}

const struct row_ops group_ops = {
	.bytes = sizeof(struct group_row),
	.put = put_group,
	.forget = forget_group,
	.settle = settle_group,
};

/* ---- scaling activities ---- */

static void
put_activity(struct store *s, struct row *row, bool first)
{
	struct activity_row *r = link_of(row, activity_row, row);
	const struct activity *a = row_rec(s, row);
	struct row *g = shelf_find(&s->shelf[KIND_GROUP],
				   str_or_empty(a->group));

	(void)first;
	if (!g)
		return;
	if (!link_is_on(&r->in_group))
		list_push(&group_row_of(g)->activities, &r->in_group);
	row_dirty(s, g);
}

static void
forget_activity(struct store *s, struct row *row)
{
	(void)s;
	link_off(&link_of(row, activity_row, row)->in_group);
}

const struct row_ops activity_ops = {
	.bytes = sizeof(struct activity_row),
	.ceiling = ACTIVITY_CEILING,
	.put = put_activity,
	.forget = forget_activity,
};
