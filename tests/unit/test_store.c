/*
 * The store: lists and changes, identity, evidence, shared pages.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

static void
put_pods(struct kit *k, int from, int to)
{
	for (int i = from; i < to; i++) {
		char name[32];

		snprintf(name, sizeof(name), "p%d", i);
		kit_put(k, kit_pod(k, &(struct kit_pod){ .name = name }));
	}
}

static void
test_list_sweeps_what_it_did_not_see(void **state)
{
	struct kit k;
	const struct slot *slot;

	(void)state;
	kit_init(&k);
	assert_false(kit_look(&k)->loaded_kinds & 1u << KIND_POD);
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 0, 10);
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	assert_int_equal(kit_look(&k)->table[KIND_POD].live, 10);
	assert_true(k.snap->loaded_kinds & 1u << KIND_POD);

	/* An interrupted list removes nothing. */
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 0, 2);
	k.sink->list_end(k.sink->ctx, KIND_POD, false);
	assert_int_equal(kit_look(&k)->table[KIND_POD].live, 10);

	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 1, 10);
	put_pods(&k, 20, 21);
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	assert_int_equal(kit_look(&k)->table[KIND_POD].live, 10);
	assert_int_equal(k.snap->table[KIND_POD].ended, 1);
	slot = kit_slot(&k, KIND_POD, "ci", "p0");
	assert_true(slot->ended);
	assert_int_equal(slot->ended_ms, k.clock.wall_now_ms);
	kit_fini(&k);
}

static void
test_changes_between_lists(void **state)
{
	struct kit k;
	struct handle before, after;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a", .rv = "1" }));
	kit_look(&k);
	before = snapshot_find(k.snap, KIND_POD, "ci", "a");
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .rv = "2",
						   .node = "n1" }));
	kit_look(&k);
	after = snapshot_find(k.snap, KIND_POD, "ci", "a");
	assert_true(handle_eq(before, after));
	assert_text_equal(record_rv(snapshot_rec(k.snap, after)), "2");
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a"); /* twice is harmless */
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/never");
	kit_look(&k);
	assert_int_equal(k.snap->table[KIND_POD].live, 0);
	assert_non_null(snapshot_rec(k.snap, after));
	kit_fini(&k);
}

/* The same name with another uid is another object: the old one ends. */
static void
test_successor_is_another_row(void **state)
{
	struct kit k;
	struct handle first, second;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .uid = "u1" }));
	kit_look(&k);
	first = snapshot_find(k.snap, KIND_POD, "ci", "a");
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a",
						   .uid = "u2" }));
	kit_look(&k);
	second = snapshot_find(k.snap, KIND_POD, "ci", "a");
	assert_false(handle_eq(first, second));
	assert_text_equal(record_uid(snapshot_rec(k.snap, second)), "u2");
	assert_text_equal(record_uid(snapshot_rec(k.snap, first)), "u1");
	assert_true(snapshot_slot(k.snap, first)->ended);
	kit_fini(&k);
}

/* A relist that brings the object as it was changes nothing. */
static void
test_repeat_is_no_change(void **state)
{
	struct kit k;
	const struct page *page;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a", .rv = "7" }));
	page = kit_look(&k)->table[KIND_POD].pages[0];
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a", .rv = "7" }));
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	assert_ptr_equal(kit_look(&k)->table[KIND_POD].pages[0], page);
	assert_int_equal(k.snap->table[KIND_POD].live, 1);
	kit_fini(&k);
}

static void
test_evidence_stays_an_hour_and_is_bounded(void **state)
{
	struct kit k;
	struct handle old;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a" }));
	kit_look(&k);
	old = snapshot_find(k.snap, KIND_POD, "ci", "a");
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/a");
	hand_clock_step(&k.clock, 59 * 60 * 1000);
	assert_non_null(snapshot_slot(kit_look(&k), old));
	hand_clock_step(&k.clock, 2 * 60 * 1000);
	assert_null(snapshot_slot(kit_look(&k), old));
	assert_int_equal(k.snap->table[KIND_POD].ended, 0);

	/* The slot is used again under another generation. */
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "b" }));
	kit_look(&k);
	assert_null(snapshot_slot(k.snap, old));
	assert_int_equal(snapshot_find(k.snap, KIND_POD, "ci", "b").slot,
			 old.slot);

	put_pods(&k, 0, STORE_ENDED + 300);
	kit_load(&k, KIND_POD); /* all gone at once */
	kit_look(&k);
	assert_int_equal(k.snap->table[KIND_POD].live, 0);
	assert_int_equal(k.snap->table[KIND_POD].ended, STORE_ENDED);
	kit_fini(&k);
}

/* What a reader holds never moves under it. */
static void
test_pages_are_copied_on_write(void **state)
{
	struct kit k;
	const struct snapshot *held;
	struct handle h;
	uint32_t same = 0;

	(void)state;
	kit_init(&k);
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 0, 1000);
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	held = store_publish(k.store);
	h = snapshot_find(held, KIND_POD, "ci", "p500");
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "p500",
						   .rv = "9",
						   .deleted_ms = 1 }));
	kit_look(&k);
	assert_text_equal(record_rv(snapshot_rec(held, h)), "");
	assert_text_equal(record_rv(snapshot_rec(k.snap, h)), "9");
	assert_int_equal(held->table[KIND_POD].page_n, 16);
	for (uint32_t i = 0; i < 16; i++)
		same += held->table[KIND_POD].pages[i] ==
			k.snap->table[KIND_POD].pages[i];
	assert_int_equal(same, 15);
	assert_true(k.snap->seq > held->seq);
	snapshot_unref(held);
	kit_fini(&k);
}

static void
test_dirty_only_when_something_is_new(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_look(&k);
	assert_false(store_dirty(k.store));
	kit_put(&k, kit_pod(&k, &(struct kit_pod){ .name = "a" }));
	assert_true(store_dirty(k.store));
	kit_look(&k);
	assert_false(store_dirty(k.store));
	snprintf(store_place(k.store)->cluster,
		 sizeof(store_place(k.store)->cluster), "ci-prod");
	assert_true(store_dirty(k.store));
	assert_text_equal(kit_look(&k)->place.cluster, "ci-prod");
	assert_false(store_dirty(k.store));
	k.sink->status(k.sink->ctx, SOURCE_AWS, SOURCE_CONNECTING, NULL);
	assert_true(store_dirty(k.store));
	kit_look(&k);
	/* The same world time told again is no news; another speed is. */
	k.sink->clock(k.sink->ctx,
		      &(struct world_clock){ k.clock.wall_now_ms,
					     k.clock.boot_now_ms, 1000 });
	assert_false(store_dirty(k.store));
	k.sink->clock(k.sink->ctx,
		      &(struct world_clock){ k.clock.wall_now_ms,
					     k.clock.boot_now_ms, 30000 });
	assert_true(store_dirty(k.store));
	kit_fini(&k);
}

static void
test_sources_and_trouble(void **state)
{
	struct kit k;
	struct err err;
	const struct source_status *is;

	(void)state;
	kit_init(&k);
	err_set(&err, ERR_UNREACHABLE, "GET https://h:6443/api: \033[31mred");
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_FAILED, &err);
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_FAILED, &err);
	is = &kit_look(&k)->source[SOURCE_KUBERNETES];
	assert_int_equal(is->state, SOURCE_FAILED);
	assert_int_equal(is->failures, 2);
	assert_int_equal(is->trouble_code, ERR_UNREACHABLE);
	assert_int_equal(is->good_boot_ms, 0);
	assert_null(strchr(is->trouble, '\033'));
	assert_text_contains(is->trouble, "red");
	assert_non_null(kit_alarm(&k, "source/kubernetes"));
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_LIVE, NULL);
	hand_clock_step(&k.clock, 1000);
	is = &kit_look(&k)->source[SOURCE_KUBERNETES];
	assert_int_equal(is->failures, 0);
	assert_text_equal(is->trouble, "");
	assert_int_equal(is->good_boot_ms, k.clock.boot_now_ms - 1000);
	assert_null(kit_alarm(&k, "source/kubernetes"));
	kit_fini(&k);
}

static void
test_world_time(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	assert_int_equal(store_world_ms(k.store), KIT_START_MS);
	k.sink->clock(k.sink->ctx,
		      &(struct world_clock){ 5000, k.clock.boot_now_ms,
					     30000 });
	hand_clock_step(&k.clock, 1000);
	assert_int_equal(store_world_ms(k.store), 35000);
	assert_int_equal(kit_look(&k)->clock.world_ms, 35000);
	assert_int_equal(k.snap->clock.speed_milli, 30000);
	store_freeze(k.store, 777);
	k.sink->clock(k.sink->ctx,
		      &(struct world_clock){ 9, k.clock.boot_now_ms, 1000 });
	hand_clock_step(&k.clock, 1000);
	assert_int_equal(store_world_ms(k.store), 777);
	kit_fini(&k);
}

/* Rule 8: a list that lost more than 30 % is not believed. */
static void
test_shrinking_is_noticed_and_heals(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 0, 100);
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 0, 71);
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	assert_int_equal(store_shrunk_percent(k.store, KIND_POD), 0);
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 0, 40);
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	assert_int_equal(store_shrunk_percent(k.store, KIND_POD), 43);
	/* A second look that shows the same few is no proof. */
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 0, 40);
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	assert_int_equal(store_shrunk_percent(k.store, KIND_POD), 43);
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 0, 60);
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	assert_int_equal(store_shrunk_percent(k.store, KIND_POD), 0);
	kit_load(&k, KIND_POD);
	assert_int_equal(store_shrunk_percent(k.store, KIND_POD), 100);
	store_accept_shrunk(k.store);
	assert_int_equal(store_shrunk_percent(k.store, KIND_POD), 0);
	/* Others in their place, as after a sleep: none is missing. */
	put_pods(&k, 0, 100);
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 200, 290);
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	assert_int_equal(store_shrunk_percent(k.store, KIND_POD), 0);
	/* Watches bring them back as lists do. */
	k.sink->list_begin(k.sink->ctx, KIND_POD);
	put_pods(&k, 200, 240);
	k.sink->list_end(k.sink->ctx, KIND_POD, true);
	assert_int_equal(store_shrunk_percent(k.store, KIND_POD), 55);
	put_pods(&k, 300, 330);
	assert_int_equal(store_shrunk_percent(k.store, KIND_POD), 0);
	kit_fini(&k);
}

static void
test_ceilings(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	for (int i = 0; i < 6500; i++) {
		char name[32];

		snprintf(name, sizeof(name), "e%d", i);
		kit_put(&k, kit_event(&k, name, "p",
				      i % 100 ? "Normal" : "Warning",
				      "Started", "", i));
	}
	kit_look(&k);
	assert_int_equal(k.snap->table[KIND_EVENT].live, 6000);
	/* Warnings outlive what is ordinary: 505 of those make 500. */
	assert_non_null(kit_slot(&k, KIND_EVENT, "ci", "e400"));
	assert_null(kit_slot(&k, KIND_EVENT, "ci", "e505"));
	assert_non_null(kit_slot(&k, KIND_EVENT, "ci", "e506"));
	kit_fini(&k);
}

/* Random puts, deletions and lists against a naive model. */
static void
test_equals_naive_model(void **state)
{
	enum { NAMES = 150, STEPS = 20000 };
	struct kit k;
	struct dice dice = { 7 };
	int version[NAMES] = { 0 }; /* 0: absent */
	int next = 1;

	(void)state;
	kit_init(&k);
	for (int step = 0; step < STEPS; step++) {
		int i = (int)dice_below(&dice, NAMES);
		char name[32], rv[16];

		snprintf(name, sizeof(name), "p%d", i);
		switch (dice_below(&dice, 40)) {
		case 0:
			k.sink->list_begin(k.sink->ctx, KIND_POD);
			for (int n = 0; n < NAMES; n++) {
				if (dice_below(&dice, 3) == 0) {
					version[n] = 0;
					continue;
				}
				version[n] = next++;
				snprintf(name, sizeof(name), "p%d", n);
				snprintf(rv, sizeof(rv), "%d", version[n]);
				kit_put(&k, kit_pod(&k, &(struct kit_pod){
								.name = name,
								.rv = rv }));
			}
			k.sink->list_end(k.sink->ctx, KIND_POD, true);
			break;
		case 1 ... 12:
			snprintf(name, sizeof(name), "ci/p%d", i);
			k.sink->gone(k.sink->ctx, KIND_POD, name);
			version[i] = 0;
			break;
		default:
			version[i] = next++;
			snprintf(rv, sizeof(rv), "%d", version[i]);
			kit_put(&k, kit_pod(&k, &(struct kit_pod){
							.name = name,
							.rv = rv }));
		}
		if (step % 500 == 0) {
			hand_clock_step(&k.clock, 300000);
			kit_look(&k);
			for (int n = 0; n < NAMES; n++) {
				const struct slot *slot;

				snprintf(name, sizeof(name), "p%d", n);
				slot = kit_slot(&k, KIND_POD, "ci", name);
				if (!version[n]) {
					assert_true(!slot || slot->ended);
					continue;
				}
				assert_non_null(slot);
				assert_false(slot->ended);
				snprintf(rv, sizeof(rv), "%d", version[n]);
				assert_text_equal(record_rv(slot->rec), rv);
			}
		}
	}
	kit_fini(&k);
}

SUITE(store,
	TEST(test_list_sweeps_what_it_did_not_see),
	TEST(test_changes_between_lists),
	TEST(test_successor_is_another_row),
	TEST(test_repeat_is_no_change),
	TEST(test_evidence_stays_an_hour_and_is_bounded),
	TEST(test_pages_are_copied_on_write),
	TEST(test_dirty_only_when_something_is_new),
	TEST(test_sources_and_trouble),
	TEST(test_world_time),
	TEST(test_shrinking_is_noticed_and_heals),
	TEST(test_ceilings),
	TEST(test_equals_naive_model));
