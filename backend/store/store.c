/*
 * Current objects: what arrives, what goes, what is kept as evidence.
 */
#include "backend/store/private.h"

#include <stdlib.h>

#include "backend/base/text.h"

/* Less than this is no crowd whose shrinking says anything. */
#define SHRINK_MIN_ROWS 5u
#define SHRINK_LIMIT_PERCENT 30u

/* Off by more than this, ages on screen would jump. */
#define CLOCK_NEWS_MS 1000

static const struct row_ops plain_ops = { .bytes = sizeof(struct row) };
static const struct row_ops decision_ops = { .bytes = sizeof(struct row),
					     .ceiling = DECISION_CEILING };
static const struct row_ops entry_ops = { .bytes = sizeof(struct row),
					  .ceiling = ENTRY_CEILING };
static const struct row_ops act_ops = { .bytes = sizeof(struct row),
					.ceiling = ACT_CEILING };

static const struct row_ops *const ops[KIND_COUNT] = {
	[KIND_POD] = &pod_ops,		 [KIND_NODE] = &node_ops,
	[KIND_INSTANCE] = &instance_ops, [KIND_GROUP] = &group_ops,
	[KIND_ACTIVITY] = &activity_ops, [KIND_EVENT] = &event_ops,
	[KIND_JOB] = &job_ops,		 [KIND_RUNNER] = &runner_ops,
	[KIND_MANAGER] = &manager_ops,	 [KIND_CONFIGMAP] = &configmap_ops,
	[KIND_QUEUE] = &queue_ops,	 [KIND_ALARM] = &alarm_ops,
	[KIND_DECISION] = &decision_ops, [KIND_ENTRY] = &entry_ops,
	[KIND_ACT] = &act_ops,
};

const struct row_ops *
ops_of(enum kind kind)
{
	return ops[kind] ? ops[kind] : &plain_ops;
}

int64_t
store_world_ms(const struct store *s)
{
	return world_clock_at(&s->world, clock_boot_ms(s->clock));
}

int32_t
store_speed_milli(const struct store *s)
{
	return s->world.speed_milli;
}

/* ---- rows come and go ---- */

void
store_drop(struct store *s, struct row *r)
{
	const struct row_ops *o = ops_of((enum kind)r->kind);

	if (o->forget)
		o->forget(s, r);
	shelf_remove(&s->shelf[r->kind], r);
}

void
store_end(struct store *s, struct row *r)
{
	struct shelf *shelf = &s->shelf[r->kind];
	const struct row_ops *o = ops_of(shelf->kind);

	if (!o->keeps_ended) {
		store_drop(s, r);
		return;
	}
	shelf_end(shelf, r, store_world_ms(s));
	if (o->ended)
		o->ended(s, r);
	while (shelf->ended > STORE_ENDED)
		store_drop(s, link_of(shelf->gone.next, row, queue));
}

/* An object of the same name is not the same object. */
static bool
is_successor(const struct record *was, const struct record *now)
{
	const char *uid = record_uid(was);

	return *uid && strcmp(uid, record_uid(now)) != 0;
}

/* A relist brings most objects as they were. */
static bool
is_repeat(const struct record *was, const struct record *now)
{
	const char *rv = record_rv(was);

	return *rv && strcmp(rv, record_rv(now)) == 0;
}

struct row *
store_take(struct store *s, const struct record *taken)
{
	struct shelf *shelf = &s->shelf[taken->kind];
	const struct row_ops *o = ops_of(shelf->kind);
	char key[RECORD_KEY];
	struct row *r = shelf_find(shelf, record_key(taken, key));
	bool first;

	if (r && is_successor(row_rec(s, r), taken)) {
		store_end(s, r);
		r = NULL;
	}
	first = !r;
	if (r) {
		if (is_repeat(row_rec(s, r), taken)) {
			r->epoch = shelf->epoch;
			record_unref(taken);
			return r;
		}
		shelf_set_rec(shelf, r, taken);
	} else {
		while (o->ceiling && shelf->live >= o->ceiling)
			store_drop(s, o->least ? o->least(s)
					       : link_of(shelf->arrived.next,
							 row, queue));
		r = shelf_add(shelf, taken, key, o->bytes);
	}
	r->epoch = shelf->epoch;
	if (o->put)
		o->put(s, r, first);
	if (o->settle)
		shelf_dirty(shelf, r);
	return r;
}

/* ---- the sink ---- */

static void
on_list_begin(void *ctx, enum kind kind)
{
	struct store *s = ctx;
	struct shelf *shelf = &s->shelf[kind];

	shelf->epoch++;
	shelf->listing = true;
	shelf->before = shelf->live;
}

/* Gone from its source: most rows end, some live on for another reason. */
static void
went(struct store *s, struct row *r)
{
	const struct row_ops *o = ops_of((enum kind)r->kind);

	if (!o->lingers || !o->lingers(s, r))
		store_end(s, r);
}

static bool
has_grown_back(const struct store *s, enum kind kind)
{
	return (uint64_t)s->shelf[kind].live * 100 >=
	       (uint64_t)s->shrunk[kind].from * (100 - SHRINK_LIMIT_PERCENT);
}

/* Rule 8: a list that is suddenly much shorter is more often a wrong list than
 * a true one.  Remembered until there are as many again.  How many came anew
 * does not matter: after a while without news all jobs' pods are others. */
static void
judge_shrinking(struct store *s, const struct shelf *shelf)
{
	struct shrunken *was = &s->shrunk[shelf->kind];
	uint32_t lost = shelf->before > shelf->live
				? shelf->before - shelf->live
				: 0;
	uint32_t percent = shelf->before >= SHRINK_MIN_ROWS
				   ? lost * 100 / shelf->before
				   : 0;

	if (percent > SHRINK_LIMIT_PERCENT) {
		if (!was->percent)
			was->from = shelf->before;
		was->percent = percent;
	} else if (has_grown_back(s, (enum kind)shelf->kind)) {
		was->percent = was->from = 0;
	}
}

static void
on_list_end(void *ctx, enum kind kind, bool complete)
{
	struct store *s = ctx;
	struct shelf *shelf = &s->shelf[kind];

	if (!shelf->listing)
		return;
	shelf->listing = false;
	if (!complete)
		return;
	for (uint32_t i = 0; i < shelf->rows.n; i++) {
		struct row *r = shelf->rows.at[i];

		if (!r || r->ended || r->epoch == shelf->epoch)
			continue;
		went(s, r);
	}
	judge_shrinking(s, shelf);
	if (!shelf->loaded) {
		shelf->changed = true;
		if (kind == KIND_POD)
			jobs_hear_pods(s);
	}
	shelf->loaded = true;
	if (kind == KIND_POD)
		pods_hear_events(s);
}

static void
on_put(void *ctx, const struct record *taken)
{
	store_take(ctx, taken);
}

static void
on_gone(void *ctx, enum kind kind, const char *key)
{
	struct store *s = ctx;
	struct row *r = shelf_find(&s->shelf[kind], key);

	if (r)
		went(s, r);
	/* Asked for by name and not found is knowledge too. */
	else if (kind == KIND_LEASE && strcmp(key, s->lease_key) == 0)
		s->lease_absent = true;
}

static void
on_clock(void *ctx, const struct world_clock *clock)
{
	struct store *s = ctx;

	int64_t off;

	if (s->frozen)
		return;
	off = clock->world_ms - world_clock_at(&s->world, clock->boot_ms);
	/* Every answer tells the time; only a correction is news. */
	if (clock->speed_milli != s->world.speed_milli ||
	    off > CLOCK_NEWS_MS || off < -CLOCK_NEWS_MS)
		s->clock_told = true;
	s->world = *clock;
}

void
store_freeze(struct store *s, int64_t world_ms)
{
	s->frozen = true;
	s->world.world_ms = world_ms;
	s->world.boot_ms = clock_boot_ms(s->clock);
	s->world.speed_milli = 0;
}

/* ---- rows of ours ---- */

void
store_put(struct store *s, const struct record *taken)
{
	store_take(s, taken);
}

void
store_remove(struct store *s, enum kind kind, const char *key)
{
	struct row *r = shelf_find(&s->shelf[kind], key);

	if (r)
		store_end(s, r);
}

const void *
store_find(const struct store *s, enum kind kind, const char *key,
	   struct handle *out)
{
	const struct row *r = shelf_find(&s->shelf[kind], key);

	if (out)
		*out = row_handle(r);
	return r ? row_rec(s, r) : NULL;
}

const void *
store_sum(const struct store *s, struct handle h)
{
	const struct shelf *shelf;
	const struct row *r;

	if (!h.slot || h.kind >= KIND_COUNT)
		return NULL;
	shelf = &s->shelf[h.kind];
	r = h.slot <= shelf->rows.n ? shelf->rows.at[h.slot - 1] : NULL;
	return r && r->gen == h.gen ? row_sum(s, r) : NULL;
}

const struct pod *
store_next_manager(const struct store *s, void **cursor)
{
	const struct link *at = *cursor ? *cursor : &s->managers;
	struct link *next = at->next;

	if (next == &s->managers)
		return NULL;
	*cursor = next;
	return row_rec(s, &link_of(next, pod_row, in_managers)->row);
}

bool
store_is_proven(const struct store *s)
{
	list_each (row, r,
		   (struct link *)(uintptr_t)&s->shelf[KIND_NODE].arrived,
		   queue)
		if (link_of(r, node_row, row)->group)
			return true;
	return false;
}

uint32_t
store_shrunk_percent(const struct store *s, enum kind kind)
{
	return has_grown_back(s, kind) ? 0 : s->shrunk[kind].percent;
}

void
store_accept_shrunk(struct store *s)
{
	memset(s->shrunk, 0, sizeof(s->shrunk));
}

static void
on_usage(void *ctx, enum kind kind, const char *key, int64_t mcpu,
	 int64_t bytes)
{
	usage_hear(ctx, kind, key, mcpu, bytes);
}

static void
on_usage_end(void *ctx, enum kind kind)
{
	usage_end(ctx, kind);
}

/* ---- a store's life ---- */

struct store *
store_new(const struct clockwork *clock)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->clock = clock;
	s->sink = (struct sink){
		.ctx = s,
		.list_begin = on_list_begin,
		.list_end = on_list_end,
		.put = on_put,
		.gone = on_gone,
		.status = source_told,
		.usage = on_usage,
		.usage_end = on_usage_end,
		.clock = on_clock,
	};
	s->seal = seal_new();
	for (int k = 0; k < KIND_COUNT; k++)
		shelf_init(&s->shelf[k], (enum kind)k);
	joins_init(s);
	s->world.world_ms = clock_wall_ms(clock);
	s->world.boot_ms = clock_boot_ms(clock);
	s->world.speed_milli = 1000;
	s->starts = xcalloc(START_SAMPLES, sizeof(*s->starts));
	s->fleet.start_p50_ms = s->fleet.start_p90_ms = -1;
	s->fleet.lost_30m = -1;
	store_set_autoscaler(s, "kube-system/cluster-autoscaler",
			     "kube-system/cluster-autoscaler-status");
	return s;
}

void
store_free(struct store *s)
{
	if (!s)
		return;
	for (int k = 0; k < KIND_COUNT; k++) {
		struct shelf *shelf = &s->shelf[k];

		for (uint32_t i = 0; i < shelf->rows.n; i++)
			if (shelf->rows.at[i])
				store_drop(s, shelf->rows.at[i]);
		shelf_fini(shelf);
	}
	joins_fini(s);
	store_set_streams(s, NULL, 0);
	seal_free(s->seal);
	free(s->starts);
	free(s);
}

const struct sink *
store_sink(struct store *s)
{
	return &s->sink;
}

struct place *
store_place(struct store *s)
{
	return &s->place;
}

struct engine_status *
store_engine(struct store *s)
{
	return &s->engine;
}

void
store_set_identity(struct store *s, const char *holder)
{
	text_clean_to(s->identity, sizeof(s->identity), holder,
		      strlen(holder));
}
