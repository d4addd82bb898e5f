/*
 * The engine in active mode over the stories of the simulated cloud, judged by
 * the world (loop_truth.h).
 */
#include <stdlib.h>

#include "tests/unit/loop_truth.h"
#include "tests/unit/sim_story.h"

#define CA "cluster-autoscaler"

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

/* ---- the hand-back ---- */

static bool
is_held_by(struct loop *l, const char *prefix)
{
	char *holder = story_field(&l->kit, "coordination.k8s.io", "leases",
				   "kube-system", CA, "spec.holderIdentity");
	bool is = str_has_prefix(holder, prefix);

	free(holder);
	return is;
}

static bool
count_mark(void *ctx, const struct object *o)
{
	uint32_t *n = ctx;

	*n += memmem(o->json, o->len, "ToBeDeletedByCl", 15) != NULL;
	return true;
}

static uint32_t
marked(struct loop *l)
{
	uint32_t n = 0;

	objects_each(l->kit.objects, l->kit.nodes, NULL, NULL, count_mark,
		     &n);
	return n;
}

/* Until some node carries our taint, if one does within a quarter of an hour:
 * then it is handed back in the middle of a removal. */
static void
until_removing(struct loop *l, struct loop_truth *t)
{
	for (int s = 0; s < 900 && !marked(l); s++) {
		loop_pass(l, 1);
		if (s % 300 == 0)
			truth_look(t);
	}
}

/* The deployed autoscaler, which stood by all the time, leads again, no node
 * carries our taint, and paddock does nothing more. */
static void
hand_back(struct loop *l, struct loop_truth *t)
{
	struct command c = { .kind = COMMAND_MODE, .number = MODE_ADVISORY };
	uint64_t writes;
	uint32_t going;
	int64_t ms;

	assert_non_null(story_pod(&l->kit, "kube-system", CA));
	assert_true(is_held_by(l, "paddock-"));
	going = marked(l);
	assert_true(port_send(l->port, &c));
	for (ms = loop_now_ms(l); is_held_by(l, "paddock-"); loop_pass(l, 1))
		if (loop_now_ms(l) - ms > 6 * 60 * 1000)
			fail_msg("paddock does not hand back: %u nodes carry "
				 "its taint", marked(l));
	assert_int_equal(marked(l), 0);
	print_message("handed back within %lld s, %u nodes were going\n",
		      (long long)(loop_now_ms(l) - ms) / 1000, going);
	writes = l->writes;
	ms = loop_now_ms(l);
	loop_pass(l, 60);
	assert_true(is_held_by(l, CA));
	for (int m = 0; m < 14; m++) {
		loop_pass(l, 60);
		truth_look(t);
	}
	assert_true(is_held_by(l, CA));
	assert_int_equal(truth_acts_since(t, ms), 0);
	assert_int_equal(l->writes, writes);
	kit_check_placements(&l->kit);
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
	until_removing(&l, &t);
	hand_back(&l, &t);
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
	hand_back(&l, &t);
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
