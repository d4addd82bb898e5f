/*
 * Worlds: gathered, sorted by identity, frozen.
 *
 * Sorting is what makes a decision independent of the order in which records
 * came; two records of one key keep the order of their contents' arrival,
 * which readers refuse before it comes to that.
 */
#include "backend/model/world.h"

#include <stdlib.h>

#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"
#include "backend/model/workload.h"

struct world_builder {
	int64_t time_ms;
	uint32_t complete;
	VEC(const struct record *) of[KIND_COUNT];
};

struct world_builder *
world_builder_new(int64_t time_ms)
{
	struct world_builder *b = xcalloc(1, sizeof(*b));

	b->time_ms = time_ms;
	b->complete = (1u << SOURCE_COUNT) - 1;
	return b;
}

void
world_builder_add(struct world_builder *b, const struct record *taken)
{
	BUG_IF(taken->kind >= KIND_COUNT);
	vec_push(&b->of[taken->kind], taken);
}

void
world_builder_set_complete(struct world_builder *b, uint32_t sources)
{
	b->complete = sources;
}

static int
order_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

#define AS(type, r) ((const struct type *)(const void *)(r))

/* Kinds that are told apart by more than namespace and name. */
static int
order_special(const struct record *a, const struct record *b)
{
	char ka[RECORD_KEY], kb[RECORD_KEY];

	switch (a->kind) {
	case KIND_RUNNER:
		return order_i64(AS(runner, a)->id, AS(runner, b)->id);
	case KIND_MANAGER:
		return order_i64(AS(manager, a)->id, AS(manager, b)->id);
	case KIND_JOB:
		return order_i64(AS(job, a)->id, AS(job, b)->id);
	case KIND_TEMPLATE:
	case KIND_TYPESFROMREQ:
	case KIND_PRICE:
		return strcmp(record_key(a, ka), record_key(b, kb));
	default:
		return 0;
	}
}

int
world_order(const struct record *a, const struct record *b)
{
	int diff = order_special(a, b);

	if (!diff)
		diff = strcmp(record_ns(a), record_ns(b));
	if (!diff)
		diff = strcmp(record_name(a), record_name(b));
	return diff ? diff : strcmp(record_uid(a), record_uid(b));
}

static int
order(const void *pa, const void *pb)
{
	return world_order(*(const struct record *const *)pa,
			   *(const struct record *const *)pb);
}

struct world *
world_builder_done(struct world_builder *b)
{
	struct world *w = xcalloc(1, sizeof(*w));

	atomic_init(&w->refs, 1);
	w->time_ms = b->time_ms;
	w->complete = b->complete;
	for (int k = 0; k < KIND_COUNT; k++) {
		if (b->of[k].n > 1)
			qsort(b->of[k].at, b->of[k].n, sizeof(*b->of[k].at),
			      order);
		w->of[k].at = b->of[k].at;
		w->of[k].n = b->of[k].n;
	}
	free(b);
	return w;
}

void
world_builder_drop(struct world_builder *b)
{
	if (b)
		world_unref(world_builder_done(b));
}

/* Kinds without which a source's word is not complete (design 8, rule 8). */
static const struct {
	uint8_t source;
	uint64_t kinds;
} needed[] = {
	{ SOURCE_KUBERNETES, UINT64_C(1) << KIND_POD |
				     UINT64_C(1) << KIND_NODE |
				     UINT64_C(1) << KIND_PDB },
	{ SOURCE_AWS, UINT64_C(1) << KIND_GROUP },
	{ SOURCE_GITLAB, UINT64_C(1) << KIND_JOB },
	{ SOURCE_PADDOCK, 0 },
};

/* A runner does not know its limit; the store does, from the manager's
 * configuration.  The engine reads records only. */
static const struct record *
with_limit(struct seal *s, const struct runner *u, int32_t limit)
{
	struct runner *copy = seal_begin(s, sizeof(*copy));
	const char **tags;

	record_copy(copy, u, sizeof(*copy));
	copy->job_limit = limit;
	seal_text(s, &copy->short_token, u->short_token);
	seal_text(s, &copy->description, u->description);
	seal_text(s, &copy->type, u->type);
	seal_text(s, &copy->status, u->status);
	seal_text(s, &copy->version, u->version);
	tags = seal_array(s, &copy->tags, u->tag_n, sizeof(*tags));
	for (uint32_t i = 0; i < u->tag_n; i++)
		seal_text(s, &tags[i], u->tags[i]);
	return record_seal(s, KIND_RUNNER);
}

static void
add_runners(struct world_builder *b, const struct snapshot *s)
{
	struct seal *seal = seal_new();
	const struct slot *slot;

	for (uint32_t i = 0;
	     (slot = snapshot_next(s, KIND_RUNNER, &i, NULL));) {
		const struct runner *u = AS(runner, slot->rec);
		const struct runner_sum *sum =
			slot->sum ? AS(runner_sum, slot->sum) : NULL;
		int32_t limit = !sum	       ? -1
				: sum->limit > 0 ? sum->limit
						 : sum->concurrent;

		if (slot->ended)
			continue;
		world_builder_add(b, limit > 0 && limit != u->job_limit
					     ? with_limit(seal, u, limit)
					     : record_ref(u));
	}
	seal_free(seal);
}

/* Runner managers keep tokens in theirs: a world, which may become a file, has
 * only what Cluster Autoscaler reads and writes (rule 10: no secrets). */
static bool
may_be_told(const struct record *r)
{
	const struct configmap *m;

	if (r->kind != KIND_CONFIGMAP)
		return true;
	m = AS(configmap, r);
	return str_eq(m->meta.name, "cluster-autoscaler-priority-expander") ||
	       (m->data.n == 1 && labels_get(&m->data, "status"));
}

struct world *
world_from_snapshot(const struct snapshot *s)
{
	struct world_builder *b = world_builder_new(s->clock.world_ms);
	const struct slot *slot;
	uint32_t complete = 0;

	/* What is behind ACT is ours to show, not the engine's to read. */
	for (int k = 0; k <= KIND_ACT; k++)
		for (uint32_t i = 0;
		     k != KIND_RUNNER &&
		     (slot = snapshot_next(s, (enum kind)k, &i, NULL));)
			if (!slot->ended && may_be_told(slot->rec))
				world_builder_add(b, record_ref(slot->rec));
	add_runners(b, s);
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		bool live = needed[i].source == SOURCE_PADDOCK ||
			    s->source[needed[i].source].state == SOURCE_LIVE;

		if (live && (s->loaded_kinds & needed[i].kinds) ==
				    needed[i].kinds)
			complete |= 1u << needed[i].source;
	}
	world_builder_set_complete(b, complete);
	return world_builder_done(b);
}

const struct world *
world_ref(const struct world *w)
{
	if (w)
		atomic_fetch_add_explicit(
			&((struct world *)(uintptr_t)w)->refs, 1,
			memory_order_relaxed);
	return w;
}

void
world_unref(const struct world *taken)
{
	struct world *w = (struct world *)(uintptr_t)taken;

	if (!w || atomic_fetch_sub_explicit(&w->refs, 1,
					    memory_order_acq_rel) != 1)
		return;
	for (int k = 0; k < KIND_COUNT; k++) {
		for (uint32_t i = 0; i < w->of[k].n; i++)
			record_unref(w->of[k].at[i]);
		free((void *)(uintptr_t)w->of[k].at);
	}
	free(w);
}
