/*
 * Snapshots and worlds: handles, ended rows, sorting, and every reference
 * given back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/decode/decode.h"
#include "backend/model/world.h"
#include "tests/unit/check.h"

static struct record *
pod_named(struct seal *s, const char *ns, const char *name)
{
	struct pod *p = seal_begin(s, sizeof(*p));

	seal_text(s, &p->meta.ns, ns);
	seal_text(s, &p->meta.name, name);
	return record_seal(s, KIND_POD);
}

static struct record *
job_numbered(struct seal *s, int64_t id)
{
	struct job *j = seal_begin(s, sizeof(*j));

	j->id = id;
	return record_seal(s, KIND_JOB);
}

/* A snapshot over one page per kind, as the store makes them. */
static struct snapshot *
snapshot_of(struct page *pods, struct page *jobs)
{
	struct snapshot *s = xcalloc(1, sizeof(*s));
	struct page **at;

	s->refs = 1;
	at = xcalloc(1, sizeof(*at));
	at[0] = pods;
	s->table[KIND_POD].pages = at;
	s->table[KIND_POD].page_n = 1;
	at = xcalloc(1, sizeof(*at));
	at[0] = jobs;
	s->table[KIND_JOB].pages = at;
	s->table[KIND_JOB].page_n = 1;
	s->clock.world_ms = 777;
	return s;
}

struct kit {
	struct seal *seal;
	struct page *pods, *jobs;
	struct record *a, *b, *gone, *job;
	struct snapshot *s;
};

static void
kit_make(struct kit *k)
{
	k->seal = seal_new();
	k->pods = page_new();
	k->jobs = page_new();
	k->a = pod_named(k->seal, "x", "web");
	k->b = pod_named(k->seal, "a", "web");
	k->gone = pod_named(k->seal, "a", "web");
	k->job = job_numbered(k->seal, 42);
	k->pods->slots[0] = (struct slot){ .rec = k->gone, .gen = 1,
					   .ended = true };
	k->pods->slots[3] = (struct slot){ .rec = k->a, .gen = 7 };
	k->pods->slots[63] = (struct slot){ .rec = k->b, .gen = 2 };
	k->jobs->slots[0] = (struct slot){ .rec = k->job, .gen = 1 };
	k->s = snapshot_of(k->pods, k->jobs);
}

static void
kit_drop(struct kit *k)
{
	snapshot_unref(k->s);
	seal_free(k->seal);
}

static void
test_handles(void **state)
{
	struct handle h, none = { 0 };
	struct kit k;

	(void)state;
	kit_make(&k);
	h = snapshot_handle(KIND_POD, 3, 7);
	assert_ptr_equal(snapshot_rec(k.s, h), k.a);
	assert_null(snapshot_sum(k.s, h));
	h.gen = 8;
	assert_null(snapshot_slot(k.s, h));
	assert_null(snapshot_slot(k.s, none));
	assert_null(snapshot_slot(k.s, snapshot_handle(KIND_POD, 4, 0)));
	assert_null(snapshot_slot(k.s, snapshot_handle(KIND_POD, 64, 0)));
	assert_null(snapshot_slot(k.s, snapshot_handle(KIND_NODE, 0, 0)));
	assert_null(snapshot_slot(k.s, (struct handle){ 1, 1, 200 }));
	kit_drop(&k);
}

static void
test_walk_and_find(void **state)
{
	const struct slot *slot;
	struct handle h;
	uint32_t seen = 0;
	struct kit k;

	(void)state;
	kit_make(&k);
	for (uint32_t i = 0;
	     (slot = snapshot_next(k.s, KIND_POD, &i, &h)); seen++)
		assert_ptr_equal(snapshot_slot(k.s, h), slot);
	assert_int_equal(seen, 3);
	/* The live one, though an ended one comes first. */
	h = snapshot_find(k.s, KIND_POD, "a", "web");
	assert_ptr_equal(snapshot_rec(k.s, h), k.b);
	h = snapshot_find(k.s, KIND_POD, NULL, "web");
	assert_ptr_equal(snapshot_rec(k.s, h), k.a);
	k.pods->slots[63].ended = true;
	h = snapshot_find(k.s, KIND_POD, "a", "web");
	assert_false(handle_is_none(h));
	assert_true(handle_is_none(snapshot_find(k.s, KIND_POD, "q", "web")));
	assert_true(handle_is_none(snapshot_find(k.s, KIND_COUNT, "", "x")));
	h = snapshot_find(k.s, KIND_JOB, NULL, "42");
	assert_ptr_equal(snapshot_rec(k.s, h), k.job);
	kit_drop(&k);
}

static void
test_pages_are_shared_and_copied(void **state)
{
	struct page *copy;
	struct kit k;

	(void)state;
	kit_make(&k);
	copy = page_copy(k.pods);
	assert_int_equal(k.a->refs, 2);
	assert_ptr_equal(copy->slots[3].rec, k.a);
	page_ref(copy);
	page_unref(copy);
	assert_int_equal(k.a->refs, 2);
	page_unref(copy);
	assert_int_equal(k.a->refs, 1);
	snapshot_ref(k.s);
	snapshot_unref(k.s);
	kit_drop(&k);
	snapshot_unref(NULL);
	page_unref(NULL);
}

static void
test_world_of_a_snapshot(void **state)
{
	struct world *w;
	struct kit k;
	uint32_t n = 0;

	(void)state;
	kit_make(&k);
	w = world_from_snapshot(k.s);
	assert_int_equal(w->time_ms, 777);
	assert_int_equal(w->of[KIND_POD].n, 2);
	assert_ptr_equal(w->of[KIND_POD].at[0], k.b);
	assert_ptr_equal(w->of[KIND_POD].at[1], k.a);
	/* No list is complete: nothing may act on this. */
	assert_int_equal(w->complete, 1u << SOURCE_PADDOCK);
	WORLD_EACH(pod, p, w, KIND_POD)
		n += strlen(p->meta.name) == 3;
	assert_int_equal(n, 2);
	world_unref(w);

	k.s->source[SOURCE_KUBERNETES].state = SOURCE_LIVE;
	k.s->source[SOURCE_AWS].state = SOURCE_STALE;
	k.s->loaded_kinds = ~UINT64_C(0) & ~(UINT64_C(1) << KIND_PDB);
	w = world_from_snapshot(k.s);
	assert_int_equal(w->complete, 1u << SOURCE_PADDOCK);
	world_unref(w);
	k.s->loaded_kinds = ~UINT64_C(0);
	w = world_from_snapshot(k.s);
	assert_int_equal(w->complete,
			 1u << SOURCE_PADDOCK | 1u << SOURCE_KUBERNETES);
	assert_int_equal(k.a->refs, 2);
	kit_drop(&k);
	/* A world outlives the snapshot it came from. */
	assert_text_equal(record_name(w->of[KIND_POD].at[0]), "web");
	world_ref(w);
	world_unref(w);
	world_unref(w);
	world_unref(NULL);
}

static void
test_world_does_not_know_the_order(void **state)
{
	struct seal *s = seal_new();
	struct dice dice = dice_new(5);
	enum { N = 200 };
	struct record *all[N];
	struct world *first = NULL;

	(void)state;
	for (int i = 0; i < N; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%d", i / 4);
		all[i] = i % 2 ? pod_named(s, i % 4 == 1 ? "a" : "b", name)
			       : job_numbered(s, i);
	}
	for (int round = 0; round < 5; round++) {
		struct world_builder *b = world_builder_new(1);
		struct world *w;

		for (int i = N; i-- > 1;) {
			uint32_t k = dice_below(&dice, (uint32_t)i + 1);
			struct record *swap = all[i];

			all[i] = all[k];
			all[k] = swap;
		}
		for (int i = 0; i < N; i++)
			world_builder_add(b, record_ref(all[i]));
		w = world_builder_done(b);
		assert_int_equal(w->complete, (1u << SOURCE_COUNT) - 1);
		for (int k = 0; first && k < KIND_COUNT; k++) {
			assert_int_equal(w->of[k].n, first->of[k].n);
			assert_memory_equal(w->of[k].at, first->of[k].at,
					    w->of[k].n * sizeof(void *));
		}
		if (first)
			world_unref(w);
		else
			first = w;
	}
	/* Numbers sort as numbers. */
	for (uint32_t i = 1; i < first->of[KIND_JOB].n; i++)
		assert_true(((const struct job *)(const void *)
				     first->of[KIND_JOB].at[i - 1])->id <
			    ((const struct job *)(const void *)
				     first->of[KIND_JOB].at[i])->id);
	world_unref(first);
	for (int i = 0; i < N; i++) {
		assert_int_equal(all[i]->refs, 1);
		record_unref(all[i]);
	}
	seal_free(s);
}

static void
test_builder_dropped(void **state)
{
	struct seal *s = seal_new();
	struct record *r = pod_named(s, "a", "b");
	struct world_builder *b = world_builder_new(1);

	(void)state;
	world_builder_add(b, record_ref(r));
	world_builder_drop(b);
	world_builder_drop(NULL);
	assert_int_equal(r->refs, 1);
	record_unref(r);
	seal_free(s);
}

/* A workload takes its template along. */
static void
test_template_is_owned(void **state)
{
	struct seal *s = seal_new();
	struct arena *a = arena_new();
	const struct record *r = codec_of(KIND_DEPLOYMENT)->decode(
		s,
		parse_text(a, "{'metadata':{'name':'d','namespace':'n'},"
			      "'spec':{'template':{'spec':{'containers':[{"
			      "'name':'c','image':'i:1'}]}}}}"),
		NULL);
	const struct workload *d = (const void *)r;
	const struct pod *p;

	(void)state;
	assert_non_null(r);
	p = record_ref(d->template_pod);
	assert_text_equal(p->meta.owner_kind, "Deployment");
	assert_text_equal(p->meta.owner_name, "d");
	assert_text_equal(p->meta.ns, "n");
	assert_text_equal(d->image, "i:1");
	record_unref(r);
	assert_int_equal(p->record.refs, 1);
	record_unref(p);
	arena_free(a);
	seal_free(s);
}

SUITE(model_world,
	TEST(test_handles),
	TEST(test_walk_and_find),
	TEST(test_pages_are_shared_and_copied),
	TEST(test_world_of_a_snapshot),
	TEST(test_world_does_not_know_the_order),
	TEST(test_builder_dropped),
	TEST(test_template_is_owned));
