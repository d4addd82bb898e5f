/*
 * Settling what changed, and publishing it.
 */
#include "backend/store/private.h"

#include <stdlib.h>

/* Waiting rows whose "so far" is brought up to date, a second. */
enum { REFRESH_ROWS = 512 };

/* ---- verdicts ---- */

static struct verdict **
verdict_slot(struct row *r)
{
	switch (r->kind) {
	case KIND_POD:
		return &link_of(r, pod_row, row)->verdict;
	case KIND_NODE:
		return &link_of(r, node_row, row)->verdict;
	case KIND_GROUP:
		return &link_of(r, group_row, row)->verdict;
	default:
		BUG("no verdict is said of a %s",
		    kind_name((enum kind)r->kind));
	}
}

static void
replace_text(char **slot, const char *text)
{
	free(*slot);
	*slot = text && *text ? xstrdup(text) : NULL;
}

static struct verdict *
verdict_of(struct store *s, struct row *r)
{
	struct verdict **slot = verdict_slot(r);

	if (!*slot) {
		*slot = xcalloc(1, sizeof(**slot));
		(*slot)->row = r;
		list_push(&s->told, &(*slot)->in_told);
	}
	return *slot;
}

static void
tell(struct store *s, struct row *r, const struct store_verdict *v)
{
	struct verdict *now = verdict_of(s, r);
	bool changed;

	changed = !str_eq(now->reason, v->reason) ||
		  !str_eq(now->detail, v->detail) ||
		  !str_eq(now->group, v->group) ||
		  now->since_ms != v->since_ms || now->number != v->number ||
		  now->managed != v->managed;
	now->epoch = s->verdict_epoch;
	if (!changed)
		return;
	replace_text(&now->reason, v->reason);
	replace_text(&now->detail, v->detail);
	replace_text(&now->group, v->group);
	now->since_ms = v->since_ms;
	now->number = v->number;
	now->managed = v->managed;
	row_dirty(s, r);
}

static void
forget_untold(struct store *s)
{
	list_each (verdict, v, &s->told, in_told) {
		if (v->epoch == s->verdict_epoch)
			continue;
		row_dirty(s, v->row);
		verdict_drop(verdict_slot(v->row));
	}
}

void
store_verdicts(struct store *s, const struct store_verdict *v, uint32_t n)
{
	s->verdict_epoch++;
	for (uint32_t i = 0; i < n; i++) {
		struct row *r;

		r = shelf_find(&s->shelf[v[i].kind], v[i].key);
		if (r)
			tell(s, r, &v[i]);
	}
	forget_untold(s);
	/* Queues and alarms say the same in the same snapshot. */
	store_hurry(s);
}

/* ---- settling ---- */

/* In the order in which sums feed each other. */
static const uint8_t settle_order[] = {
	KIND_POD, KIND_JOB, KIND_NODE, KIND_GROUP, KIND_RUNNER, KIND_QUEUE,
};

static void
work_off(struct store *s)
{
	for (size_t i = 0; i < ARRAY_LEN(settle_order); i++) {
		struct shelf *shelf = &s->shelf[settle_order[i]];
		struct row *r;

		while ((r = shelf_next_dirty(shelf)))
			ops_of(shelf->kind)->settle(s, r);
	}
}

static void
expire(struct store *s)
{
	int64_t before = store_world_ms(s) - HOUR_MS;

	for (int k = 0; k < KIND_COUNT; k++) {
		struct shelf *shelf = &s->shelf[k];

		while (!list_is_empty(&shelf->gone)) {
			struct row *r = link_of(shelf->gone.next, row, queue);

			if (shelf_slot(shelf, r)->ended_ms > before)
				break;
			store_drop(s, r);
		}
	}
}

/* Sums say how long a row has waited so far; the oldest rows take turns. */
static void
refresh_waiting(struct store *s)
{
	uint32_t n = 0;

	while (n < REFRESH_ROWS && !list_is_empty(&s->waiting)) {
		struct pod_row *r =
			link_of(s->waiting.next, pod_row, in_waiting);

		if (r->refreshed_boot_ms == s->second_boot_ms)
			break; /* all had their turn */
		r->refreshed_boot_ms = s->second_boot_ms;
		row_dirty(s, &r->row);
		link_off(&r->in_waiting);
		list_push(&s->waiting, &r->in_waiting);
		n++;
	}
}

/* Home's numbers and its alarms are of the same moment: one that counts more
 * jobs without a node than wait would be no help. */
static void
every_second(struct store *s)
{
	int64_t boot = clock_boot_ms(s->clock);

	if (s->second_boot_ms && boot - s->second_boot_ms < 1000)
		return;
	s->second_boot_ms = boot ? boot : 1;
	expire(s);
	groups_minute(s);
	runners_second(s);
	refresh_waiting(s);
	list_each (row, q, &s->shelf[KIND_QUEUE].arrived, queue)
		row_dirty(s, q);
	work_off(s);
	fleet_settle(s);
	autoscaler_settle(s);
	alarms_settle(s);
}

void
store_hurry(struct store *s)
{
	s->second_boot_ms = 0;
}

void
store_settle(struct store *s)
{
	work_off(s);
	every_second(s);
}

/* ---- streams ---- */

static void
drop_streams(struct stream_view *streams, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t c = 0; c < streams[i].chunk_n; c++)
			chunk_unref(streams[i].chunks[c]);
		free((void *)(uintptr_t)streams[i].chunks);
	}
	free(streams);
}

static struct stream_view *
copy_streams(const struct stream_view *streams, uint32_t n)
{
	struct stream_view *copy;

	if (!n)
		return NULL;
	copy = xmemdup(streams, n * sizeof(*copy));
	for (uint32_t i = 0; i < n; i++) {
		struct chunk **chunks = NULL;

		if (copy[i].chunk_n)
			chunks = xmalloc(copy[i].chunk_n * sizeof(*chunks));
		for (uint32_t c = 0; c < copy[i].chunk_n; c++)
			chunks[c] = chunk_ref(streams[i].chunks[c]);
		copy[i].chunks = chunks;
	}
	return copy;
}

void
store_set_streams(struct store *s, const struct stream_view *streams,
		  uint32_t n)
{
	struct stream_view *copy = copy_streams(streams, n);

	drop_streams(s->streams, s->stream_n);
	s->streams = copy;
	s->stream_n = n;
	s->streams_changed = true;
}

/* ---- publishing ---- */

static bool
sources_changed(const struct store *s)
{
	for (int i = 0; i < SOURCE_COUNT; i++) {
		const struct source_status *now = &s->source[i];
		const struct source_status *told = &s->told_source[i];

		/* A good word a moment later is not news. */
		if (now->state != told->state ||
		    now->failures != told->failures ||
		    now->good_boot_ms - told->good_boot_ms >= 1000 ||
		    strcmp(now->trouble, told->trouble) != 0)
			return true;
	}
	return false;
}

bool
store_dirty(const struct store *s)
{
	for (int k = 0; k < KIND_COUNT; k++)
		if (s->shelf[k].changed || s->shelf[k].dirty.n)
			return true;
	return s->streams_changed || s->clock_told || sources_changed(s) ||
	       clock_boot_ms(s->clock) - s->second_boot_ms >= 1000 ||
	       memcmp(&s->place, &s->told_place, sizeof(s->place)) != 0 ||
	       memcmp(&s->engine, &s->told_engine, sizeof(s->engine)) != 0 ||
	       memcmp(&s->fleet, &s->told_fleet, sizeof(s->fleet)) != 0;
}

const struct snapshot *
store_peek(struct store *s)
{
	struct snapshot *out = xcalloc(1, sizeof(*out));

	store_settle(s);
	atomic_init(&out->refs, 1);
	out->seq = s->seq;
	/* Told anew from here, so that it is the time of this picture. */
	out->clock = s->world;
	out->clock.boot_ms = clock_boot_ms(s->clock);
	out->clock.world_ms = store_world_ms(s);
	memcpy(out->source, s->source, sizeof(out->source));
	out->place = s->place;
	out->engine = s->engine;
	out->fleet = s->fleet;
	for (int k = 0; k < KIND_COUNT; k++) {
		shelf_publish(&s->shelf[k], &out->table[k]);
		if (s->shelf[k].loaded)
			out->loaded_kinds |= UINT64_C(1) << k;
	}
	out->streams = copy_streams(s->streams, s->stream_n);
	out->stream_n = s->stream_n;
	return out;
}

const struct snapshot *
store_publish(struct store *s)
{
	const struct snapshot *out;

	s->seq++;
	out = store_peek(s);
	for (int k = 0; k < KIND_COUNT; k++)
		s->shelf[k].changed = false;
	memcpy(s->told_source, s->source, sizeof(s->told_source));
	s->told_place = s->place;
	s->told_engine = s->engine;
	s->told_fleet = s->fleet;
	s->streams_changed = false;
	s->clock_told = false;
	return out;
}
