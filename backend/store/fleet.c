/*
 * The first lines of home: how many wait and run, what was lost and to what,
 * how long starting takes, and how many more jobs could start right now.
 */
#include "backend/store/private.h"

#include <stdlib.h>

#include "backend/base/quantity.h"

/* ---- lost jobs: one bucket a minute ---- */

#define LOST_MS (30 * MINUTE_MS)

static void
roll(struct store *s, int64_t minute)
{
	int64_t steps = minute - s->lost_minute;

	if (!steps)
		return;
	/* Before a server told the time of its world the wall's was taken for
	 * it, which may be months ahead: start over. */
	if (steps > LOST_MINUTES || steps < 0)
		steps = LOST_MINUTES;
	for (int64_t i = 1; i <= steps; i++)
		memset(s->lost[(minute - steps + i) % LOST_MINUTES], 0,
		       sizeof(s->lost[0]));
	s->lost_minute = minute;
}

void
fleet_lost(struct store *s, int64_t at_ms, enum lost cause)
{
	int64_t minute = at_ms / MINUTE_MS;

	roll(s, store_world_ms(s) / MINUTE_MS);
	if (minute > s->lost_minute)
		minute = s->lost_minute;
	if (minute <= s->lost_minute - LOST_MINUTES || minute < 0)
		return; /* long ago: read from a first list */
	s->lost[minute % LOST_MINUTES][cause]++;
}

/* A lapse of less than a minute is made up for by what is read after it. */
static bool
lapsed(const struct store *s, enum source source)
{
	return source_is_silent(s, source) &&
	       store_world_ms(s) - source_seen_ms(s, source) > MINUTE_MS;
}

/* Nobody looked for a while: the machine slept, or the program was stopped. */
static bool
slept(struct store *s)
{
	int64_t boot_ms = clock_boot_ms(s->clock);
	int64_t looked_ms = s->lost_looked_boot_ms;

	s->lost_looked_boot_ms = boot_ms;
	return looked_ms && boot_ms - looked_ms > MINUTE_MS;
}

/* Ends of jobs are seen once pods and, where GitLab is asked, jobs are known;
 * a world that stands still shows none. */
static void
watch_lost(struct store *s)
{
	int64_t now = store_world_ms(s), watched_ms;

	if (slept(s) || lapsed(s, SOURCE_KUBERNETES) ||
	    lapsed(s, SOURCE_GITLAB)) {
		s->lost_watched_from_ms = 0;
		s->fleet.lost_watched_ms = 0;
		return;
	}
	if (!s->shelf[KIND_POD].loaded ||
	    (s->source[SOURCE_GITLAB].state != SOURCE_OFF &&
	     !s->shelf[KIND_JOB].loaded))
		return;
	if (!s->lost_watched_from_ms || s->lost_watched_from_ms > now)
		s->lost_watched_from_ms = now;
	watched_ms = now - s->lost_watched_from_ms;
	watched_ms -= watched_ms % MINUTE_MS;
	s->fleet.lost_watched_ms =
		watched_ms < LOST_MS ? watched_ms : LOST_MS;
}

static void
count_lost(struct store *s)
{
	struct fleet *f = &s->fleet;
	int32_t sum[LOST_CAUSES] = { 0 };

	roll(s, store_world_ms(s) / MINUTE_MS);
	s->lost_first_ms = 0;
	for (int64_t m = s->lost_minute - LOST_MINUTES + 1;
	     m <= s->lost_minute; m++)
		for (int c = 0; m >= 0 && c < LOST_CAUSES; c++) {
			int32_t n = s->lost[m % LOST_MINUTES][c];

			sum[c] += n;
			if (n && !s->lost_first_ms)
				s->lost_first_ms = m * MINUTE_MS;
		}
	f->lost_spot = sum[LOST_SPOT];
	f->lost_image = sum[LOST_IMAGE];
	f->lost_memory = sum[LOST_MEMORY];
	f->lost_evicted = sum[LOST_EVICTED];
	f->lost_other = sum[LOST_OTHER];
	f->lost_30m = f->lost_spot + f->lost_image + f->lost_memory +
		      f->lost_evicted + f->lost_other;
	watch_lost(s);
	if (!f->lost_30m && !f->lost_watched_ms)
		f->lost_30m = -1;
}

/* ---- how long starting takes ---- */

void
fleet_started(struct store *s, int64_t at_ms, int64_t wait_ms)
{
	if (store_world_ms(s) - at_ms > HOUR_MS)
		return;
	s->starts[s->start_at] = (struct start_sample){ at_ms, wait_ms };
	s->start_at = (s->start_at + 1) % START_SAMPLES;
	if (s->start_n < START_SAMPLES)
		s->start_n++;
	s->starts_changed = true;
}

static int
by_value(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static void
percentiles(struct store *s)
{
	int64_t now = store_world_ms(s), minute = now / MINUTE_MS;
	int64_t *waits;
	uint32_t n = 0;

	if (!s->starts_changed && minute == s->starts_minute)
		return;
	s->starts_changed = false;
	s->starts_minute = minute;
	waits = xmalloc(START_SAMPLES * sizeof(*waits));
	for (uint32_t i = 0; i < s->start_n; i++)
		if (now - s->starts[i].at_ms <= HOUR_MS)
			waits[n++] = s->starts[i].wait_ms;
	qsort(waits, n, sizeof(*waits), by_value);
	/* Nearest rank. */
	s->fleet.start_p50_ms = n ? waits[(n * 50 + 99) / 100 - 1] : -1;
	s->fleet.start_p90_ms = n ? waits[(n * 90 + 99) / 100 - 1] : -1;
	free(waits);
}

/* ---- free slots ---- */

static int32_t
clamp(int64_t n)
{
	return n < 0 ? 0 : n > INT32_MAX ? INT32_MAX : (int32_t)n;
}

/* What online runners may still take; unknown when one does not say. */
static int32_t
slots_runner(const struct store *s)
{
	const struct shelf *shelf = &s->shelf[KIND_RUNNER];
	int64_t free_slots = 0;

	if (!shelf->loaded || !shelf->live)
		return -1;
	list_each (row, row, (struct link *)(uintptr_t)&shelf->arrived,
		   queue) {
		const struct runner_row *r = link_of(row, runner_row, row);
		const struct runner *u = row_rec(s, row);
		int32_t most = r->limit > 0 ? r->limit : r->concurrent;

		/* Those elsewhere take none of the cluster's room. */
		if (u->paused || !str_eq(u->status, "online") || r->elsewhere)
			continue;
		if (most < 0)
			return -1;
		if (most > r->running + r->waiting)
			free_slots += most - r->running - r->waiting;
	}
	return clamp(free_slots);
}

/* Jobs of the usual shape that fit on nodes as they stand, and what growing
 * every group to its maximum would add. */
static void
slots_nodes(struct store *s)
{
	struct fleet *f = &s->fleet;
	int64_t now = 0, later = 0;
	bool groups = s->shelf[KIND_GROUP].loaded;

	f->nodes = clamp(s->shelf[KIND_NODE].live);
	f->nodes_ready = 0;
	list_each (row, row, &s->shelf[KIND_NODE].arrived, queue) {
		const struct node_row *r = link_of(row, node_row, row);

		f->nodes_ready += r->ready;
		now += r->fits;
	}
	list_each (row, row, &s->shelf[KIND_GROUP].arrived, queue) {
		struct group_row *r = link_of(row, group_row, row);
		const struct group *g = row_rec(s, row);
		int64_t best = 0;

		if (r->guarded || g->max <= g->desired)
			continue;
		/* A fresh node holds what the best of its group would
		 * without its jobs. */
		list_each (node_row, n, &r->nodes, in_group) {
			int64_t all = n->fits + n->jobs;

			if (n->ready && all > best)
				best = all;
		}
		later += best * (g->max - g->desired);
	}
	if (!s->shape_cpu_mcpu && !s->shape_memory_bytes) {
		f->slots_nodes = f->slots_group = -1;
		return;
	}
	f->slots_nodes = clamp(now);
	f->slots_group = groups ? clamp(now + later) : -1;
}

static int32_t
slots_addresses(const struct store *s)
{
	const struct shelf *shelf = &s->shelf[KIND_SUBNET];
	int64_t sum = 0;

	if (!shelf->live)
		return -1;
	list_each (row, row, (struct link *)(uintptr_t)&shelf->arrived,
		   queue)
		sum += ((const struct subnet *)row_rec(s, row))
			       ->free_addresses;
	return clamp(sum);
}

static void
bound(struct fleet *f)
{
	const struct {
		const char *name;
		int32_t slots;
	} all[] = {
		/* A tie goes to what would have to change: when the groups
		 * cannot grow, it is their maximum and not the nodes. */
		{ "group max", f->slots_group },
		{ "nodes", f->slots_nodes },
		{ "runner", f->slots_runner },
		{ "quota", f->slots_quota },
		{ "addresses", f->slots_addresses },
	};

	f->free_slots = -1;
	f->slots_bound = "";
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (all[i].slots < 0 ||
		    (f->free_slots >= 0 && all[i].slots >= f->free_slots))
			continue;
		f->free_slots = all[i].slots;
		f->slots_bound = all[i].name;
	}
}

void
fleet_settle(struct store *s)
{
	struct fleet *f = &s->fleet;

	f->waiting = s->waiting_jobs;
	f->running = s->running_jobs;
	f->oldest_wait_ms = 0;
	list_each (row, row, &s->shelf[KIND_QUEUE].arrived, queue) {
		const struct queue *q = row_rec(s, row);

		if (q->oldest_ms && (!f->oldest_wait_ms ||
				     q->oldest_ms < f->oldest_wait_ms))
			f->oldest_wait_ms = q->oldest_ms;
	}
	f->pods = clamp(s->shelf[KIND_POD].live);
	f->pods_pending = 0;
	list_each (pod_row, r, &s->waiting, in_waiting)
		f->pods_pending++;
	count_lost(s);
	percentiles(s);
	f->slots_runner = slots_runner(s);
	f->slots_quota = -1; /* quotas are not read yet */
	slots_nodes(s);
	f->slots_addresses = slots_addresses(s);
	bound(f);
}
