/*
 * The engine in active mode over the stories of the simulated cloud, judged by
 * the world (loop_truth.h).
 */
#include <stdlib.h>

#include "tests/unit/loop_truth.h"

static void
minutes(struct loop *l, struct loop_truth *t, int n)
{
	for (int m = 1; m <= n; m++) {
		loop_pass(l, 60);
		assert_true(loop_leads(l));
		if (m % 5 && m != n)
			continue;
		kit_check_placements(&l->kit);
		truth_look(t);
	}
}

/* ---- monday-burst: no autoscaler but paddock ---- */

static void
test_monday_burst(void **state)
{
	struct loop l;
	struct loop_truth t;
	int64_t quiet_ms;

	(void)state;
	loop_open(&l, kit_open("monday-burst", 1), NULL);
	truth_open(&t, &l);
	loop_until_leads(&l, 60);
	minutes(&l, &t, 12);
	assert_int_equal(kit_count(&l.kit).unscheduled, 0);
	/* Unneeded for ten minutes, then three nodes in ten at most. */
	minutes(&l, &t, 40);
	for (int i = 0; i < 50 && !truth_at_rest(&t); i++)
		minutes(&l, &t, 1);
	assert_true(truth_at_rest(&t));
	truth_all_served(&t);
	for (int i = 0; i < LOST_COUNT; i++)
		assert_int_equal(t.lost[i], 0);
	assert_true(t.jobs > 500);
	/* And it stays there: nothing more is done. */
	quiet_ms = loop_now_ms(&l);
	minutes(&l, &t, 3);
	assert_int_equal(truth_acts_since(&t, quiet_ms), 0);
	truth_print(&t, "monday-burst");
	assert_true(t.flips <= 1);
	truth_close(&t);
	loop_close(&l);
}

/* ---- those in which the deployed autoscaler stands by ---- */

static void
test_spot_storm(void **state)
{
	struct loop l;
	struct loop_truth t;

	(void)state;
	loop_open(&l, kit_open("spot-storm", 1), NULL);
	truth_open(&t, &l);
	loop_until_leads(&l, 60);
	minutes(&l, &t, 30);
	truth_print(&t, "spot-storm");
	/* The storm took its share, and nobody else took any. */
	assert_true(t.lost[LOST_SPOT] > 5);
	for (int i = 0; i < LOST_COUNT; i++)
		if (i != LOST_SPOT)
			assert_int_equal(t.lost[i], 0);
	truth_close(&t);
	loop_close(&l);
}

static void
test_eks_upgrade(void **state)
{
	struct loop l;
	struct loop_truth t;

	(void)state;
	loop_open(&l, kit_open("eks-upgrade", 1), NULL);
	truth_open(&t, &l);
	loop_until_leads(&l, 60);
	minutes(&l, &t, 40);
	truth_print(&t, "eks-upgrade");
	assert_true(t.lost[LOST_ROLL] > 5);
	for (int i = 0; i < LOST_COUNT; i++)
		if (i != LOST_ROLL)
			assert_int_equal(t.lost[i], 0);
	truth_close(&t);
	loop_close(&l);
}

SUITE(loop_stories, TEST(test_monday_burst), TEST(test_spot_storm),
      TEST(test_eks_upgrade));
