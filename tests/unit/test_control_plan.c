/*
 * The plan as rows of the store: acts first, then refused pods, then nodes that
 * stay, each with its reason, since when, and what would clear it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/control/blocker.h"
#include "tests/unit/control_rig.h"

static bool
has_rows(struct control_rig *r)
{
	const struct snapshot *s = rig_look(r);
	bool has = (s->loaded_kinds & UINT64_C(1) << KIND_STEP) != 0;

	snapshot_unref(s);
	return has;
}

static void
begin(struct control_rig *r)
{
	rig_small_world(r);
	rig_pod(r, "ci", "waits", "uid-waits", NULL, 77, NULL);
	rig_pod(r, "ci", "also", "uid-also", "n2", 78, NULL);
	r->options.engine = true;
}

static void
until_rows(struct control_rig *r)
{
	rig_go(r);
	rig_until_live(r);
	rig_until(r, has_rows(r));
}

static const struct plan_step *
row(const struct snapshot *s, const char *id)
{
	const struct plan_step *step = snapshot_rec(
		s, snapshot_find(s, KIND_STEP, NULL, id));

	if (!step)
		fail_msg("no line %s", id);
	return step;
}

static void
test_an_act_names_its_pods(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	const struct plan_step *up, *pod;

	(void)state;
	begin(&r);
	until_rows(&r);
	s = rig_look(&r);
	up = row(s, "grow/general");
	assert_int_equal(up->sort, STEP_ACT);
	assert_text_equal(up->what, "grow");
	assert_text_equal(up->change, "2>3");
	assert_text_equal(up->pods, "ci/waits");
	assert_int_equal(up->target.kind, KIND_GROUP);
	pod = row(s, "pod/ci/waits");
	assert_int_equal(pod->sort, STEP_WAITS);
	assert_text_equal(pod->reason, "no node: paddock would grow general "
				       "2>3");
	assert_text_equal(pod->clears, "");
	assert_true(up->order < pod->order);
	snapshot_unref(s);
	rig_end(&r);
}

static void
test_a_refused_pod_says_what_clears_it(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	const struct plan_step *pod, *node;

	(void)state;
	begin(&r);
	rig_pod(&r, "ci", "waits2", "uid-waits2", NULL, 79, NULL);
	rig_group(&r, "general", 1, 2, 2, "i-1,i-2");
	until_rows(&r);
	s = rig_look(&r);
	pod = row(s, "pod/ci/waits");
	assert_int_equal(pod->sort, STEP_REFUSED);
	assert_text_equal(pod->what, "refuse");
	assert_text_equal(pod->subject, "ci/waits");
	assert_text_equal(pod->change, "2 pods");
	assert_int_equal(pod->pod_n, 2);
	assert_text_equal(pod->reason, "group max: general 2/2");
	assert_text_contains(pod->clears, "raise general's maximum above 2");
	assert_text_contains(pod->detail, "not general: max node group size "
					  "reached: 2 of 2");
	assert_text_contains(pod->detail, "ci/waits2");
	assert_text_equal(pod->refusals, "general: max node group size "
					 "reached: 2 of 2");
	assert_true(pod->since_ms > 0);
	node = row(s, "node/n2");
	assert_int_equal(node->sort, STEP_NODE);
	assert_text_equal(node->what, "keep");
	/* What held at the first decision holds since nobody knows when. */
	assert_int_equal(node->since_ms, 0);
	assert_true(*node->upstream);
	snapshot_unref(s);
	rig_end(&r);
}

/* The same plan again is the same records: nothing to publish. */
static void
test_the_same_plan_is_no_news(void **state)
{
	struct control_rig r;
	const struct snapshot *s, *later;

	(void)state;
	begin(&r);
	rig_group(&r, "general", 1, 2, 2, "i-1,i-2");
	until_rows(&r);
	rig_pass(&r, 15000);
	s = rig_look(&r);
	rig_pass(&r, 30000);
	later = rig_look(&r);
	assert_true(later->engine.decided_ms > s->engine.decided_ms);
	assert_ptr_equal(row(s, "pod/ci/waits"), row(later, "pod/ci/waits"));
	snapshot_unref(later);
	/* A line goes with its cause. */
	rig_pod_gone(&r, "waits");
	rig_pass(&r, 15000);
	later = rig_look(&r);
	assert_true(handle_is_none(snapshot_find(later, KIND_STEP, NULL,
						 "pod/ci/waits")));
	snapshot_unref(later);
	snapshot_unref(s);
	rig_end(&r);
}

static void
says(const char *blocked, const char *by, int64_t since_ms, const char *text,
     const char *clears)
{
	struct plan_node n = { .node = "n",
			       .group = "g",
			       .blocked = blocked,
			       .by = by,
			       .unneeded_since_ms = since_ms };
	struct buf out;

	buf_init(&out, 1000);
	blocker_text(&n, &out);
	assert_text_equal(buf_text(&out), text);
	buf_reset(&out);
	blocker_clears(&n, &out);
	assert_text_equal(buf_text(&out), clears);
	buf_fini(&out);
}

static void
test_blockers_in_plain_words(void **state)
{
	(void)state;
	says("", "", 0, "", "");
	says("NotUnderutilized", "0.853 of requests, limit 0.5", 0,
	     "in use: 0.853 of requests, limit 0.5",
	     "fewer or smaller pods on it");
	says("NotUnneededLongEnough", "4m0s of 10m0s",
	     INT64_C(1771405200000),
	     "not needed for 4m0s of 10m0s",
	     "time: at 09:10:00");
	says("BlockedByPod", "ci/db-0: NotEnoughPdb", 0,
	     "its disruption budget allows none now: ci/db-0",
	     "more ready replicas, or a wider PodDisruptionBudget");
	says("BlockedByPod", "ci/run-1: JobRunning, up to 12m0s left", 0,
	     "a CI job runs in it: ci/run-1, up to 12m0s left",
	     "the job's end; cordon the node and no other follows");
	says("RecentlyUnremovable", "NoPlaceToMovePods: ci/web-1", 0,
	     "its pods fit nowhere else: ci/web-1 (found lately)",
	     "room on other nodes; tried again within minutes");
	says("RecentlyUnremovable", "BlockedByPod: ci/db-0: LocalStorage"
	     "Requested", 0, "it keeps data on the node: ci/db-0 (found "
	     "lately)", "safe-to-evict-local-volumes on the pod, or "
	     "skip-nodes-with-local-storage=false in the policy; tried again "
	     "within minutes");
	/* A name that is not known yet is shown as it is. */
	says("SomethingNew", "a number", 0, "SomethingNew: a number", "");
}

SUITE(control_plan,
	TEST(test_an_act_names_its_pods),
	TEST(test_a_refused_pod_says_what_clears_it),
	TEST(test_the_same_plan_is_no_news),
	TEST(test_blockers_in_plain_words));
