/*
 * Ordered rows: following snapshots gives what building anew gives.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/tui/world_fixture.h"
#include "tests/unit/check.h"
#include "tui/index.h"
#include "tui/registry.h"

static struct view_ctx
ctx(const struct fixture *f, const struct snapshot *s)
{
	return (struct view_ctx){ .snap = s, .now_ms = fixture_now(f) };
}

static void
test_order_and_ties(void **state)
{
	struct fixture *f = fixture_incident();
	const struct snapshot *s = fixture_snapshot(f);
	struct view_ctx x = ctx(f, s);
	struct index ix;

	(void)state;
	index_init(&ix, registry_find("jobs").table);
	assert_true(index_follow(&ix, &x));
	assert_int_equal(ix.rows.n, 5);
	assert_int_equal(ix.total, 5);
	/* By phase in the order of a life. */
	assert_int_equal(((const struct job *)(const void *)ix.rows.at[0].rec)
				 ->id, 90004);
	assert_int_equal(((const struct job *)(const void *)ix.rows.at[4].rec)
				 ->id, 89990);
	/* The same snapshot again changes nothing. */
	assert_false(index_follow(&ix, &x));
	index_sort(&ix, view_column(ix.view, "name", 4), true);
	assert_true(index_follow(&ix, &x));
	assert_int_equal(((const struct job *)(const void *)ix.rows.at[0].rec)
				 ->id, 90001); /* unit */
	index_fini(&ix);
	snapshot_unref(s);
	fixture_free(f);
}

static void
test_unknown_sorts_last_both_ways(void **state)
{
	struct fixture *f = fixture_incident();
	const struct snapshot *s;
	struct handle h = fixture_put(f, KIND_GROUP,
				      make_group(f, "aaa", 0, 0, 1), NULL);
	struct view_ctx x;
	struct index ix;

	(void)state;
	s = fixture_snapshot(f);
	x = ctx(f, s);
	index_init(&ix, registry_find("groups").table);
	for (int down = 0; down < 2; down++) {
		index_sort(&ix, view_column(ix.view, "ready", 5), down);
		index_follow(&ix, &x);
		assert_int_equal(ix.rows.n, 4);
		assert_true(handle_eq(ix.rows.at[3].handle, h));
	}
	index_fini(&ix);
	snapshot_unref(s);
	fixture_free(f);
}

static void
test_scope_outlives_its_object(void **state)
{
	struct fixture *f = fixture_incident();
	const struct snapshot *s = fixture_snapshot(f);
	struct view_ctx x = ctx(f, s);
	struct handle group =
		snapshot_find(s, KIND_GROUP, NULL, "amd64-general");
	struct index ix;

	(void)state;
	index_init(&ix, registry_find("nodes").table);
	index_scope(&ix, s, group);
	index_follow(&ix, &x);
	assert_int_equal(ix.rows.n, 2);
	fixture_drop(f, group);
	snapshot_unref(s);
	s = fixture_snapshot(f);
	x = ctx(f, s);
	index_follow(&ix, &x);
	assert_int_equal(ix.rows.n, 2);
	index_fini(&ix);
	snapshot_unref(s);
	fixture_free(f);
}

static void
assert_same_rows(const struct index *a, const struct index *b)
{
	assert_int_equal(a->rows.n, b->rows.n);
	assert_int_equal(a->total, b->total);
	for (uint32_t i = 0; i < a->rows.n; i++)
		if (!handle_eq(a->rows.at[i].handle, b->rows.at[i].handle))
			fail_msg("row %u differs", i);
}

/* One change somewhere, as watches bring them. */
static void
change_something(struct fixture *f, struct dice *d, struct handle *pods,
		 uint32_t n, int round)
{
	static const struct handle none;
	uint32_t i = dice_below(d, n);
	const struct slot *slot;
	char name[40];

	slot = &f->table[KIND_POD]
			.pages.at[(pods[i].slot - 1) / SLOT_PAGE]
			->slots[(pods[i].slot - 1) % SLOT_PAGE];
	snprintf(name, sizeof(name), "p-%u-%d", dice_below(d, 50), round);
	if (!slot->rec) {
		pods[i] = fixture_reuse(
			f, pods[i],
			make_pod(f, "ci", name, "", POD_PENDING, 3),
			make_pod_sum(f, none, none, none, PHASE_UNSCHEDULED,
				     3, "why"));
		return;
	}
	switch (dice_below(d, 4)) {
	case 0:
		fixture_drop(f, pods[i]);
		break;
	case 1:
		fixture_end(f, pods[i]);
		break;
	case 2:
		fixture_set(f, pods[i],
			    make_pod(f, "ci", name, "node-1", POD_RUNNING, 9),
			    NULL);
		break;
	default:
		fixture_set(f, pods[i], NULL,
			    make_pod_sum(f, none, none, none,
					 (enum phase)dice_below(d, 12),
					 (int)dice_below(d, 60), "why"));
		break;
	}
}

/*
 * Random changes, some snapshots skipped: the index that followed must equal
 * one built anew, whatever the order and the filter.
 */
static void
test_following_equals_building_anew(void **state)
{
	static const char *const sorts[] = { "name", "phase", "created",
					     "why" };
	static const char *const filters[] = { "", "p-1", "phase:run",
					       "!running" };
	struct dice d = { 77 };

	(void)state;
	for (uint32_t run = 0; run < 12; run++) {
		struct fixture *f = fixture_large(300, 3);
		const struct view *v = registry_find("pods").table;
		struct handle pods[300];
		struct index follows;
		const char *sort = sorts[run % 4];
		struct err err = { .code = ERR_NONE };

		for (uint32_t i = 0; i < 300; i++)
			pods[i] = snapshot_handle(KIND_POD, i, 1);
		index_init(&follows, v);
		index_sort(&follows, view_column(v, sort, strlen(sort)),
			   run & 1);
		index_filter(&follows,
			     filter_parse(v, filters[run / 3], &err));
		for (int round = 0; round < 40; round++) {
			uint32_t changes = 1 + dice_below(&d, round % 9 == 8
								      ? 200
								      : 12);
			const struct snapshot *s;
			struct index fresh;
			struct view_ctx x;

			for (uint32_t c = 0; c < changes; c++)
				change_something(f, &d, pods, 300, round);
			s = fixture_snapshot(f);
			x = ctx(f, s);
			if (dice_below(&d, 4)) { /* else this one is skipped */
				index_follow(&follows, &x);
				index_init(&fresh, v);
				index_sort(&fresh, follows.sort, follows.down);
				index_filter(&fresh,
					     filter_parse(v, filters[run / 3],
							  &err));
				index_follow(&fresh, &x);
				assert_same_rows(&follows, &fresh);
				index_fini(&fresh);
			}
			snapshot_unref(s);
		}
		assert_true(follows.merges > 10);
		index_fini(&follows);
		fixture_free(f);
	}
}

static void
test_unchanged_pages_cost_nothing(void **state)
{
	struct fixture *f = fixture_large(2000, 10);
	const struct snapshot *s = fixture_snapshot(f);
	struct view_ctx x = ctx(f, s);
	struct index ix;

	(void)state;
	index_init(&ix, registry_find("pods").table);
	index_follow(&ix, &x);
	for (int i = 0; i < 5; i++) {
		snapshot_unref(s);
		s = fixture_snapshot(f);
		x = ctx(f, s);
		assert_false(index_follow(&ix, &x));
	}
	assert_int_equal(ix.rebuilds, 1);
	assert_int_equal(ix.merges, 0);
	index_fini(&ix);
	snapshot_unref(s);
	fixture_free(f);
}

SUITE(tui_index,
      TEST(test_order_and_ties),
      TEST(test_unknown_sorts_last_both_ways),
      TEST(test_scope_outlives_its_object),
      TEST(test_following_equals_building_anew),
      TEST(test_unchanged_pages_cost_nothing));
