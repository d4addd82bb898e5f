/*
 * Who leads the scaling, what silence says of it, and the alarms of control.
 */
#include <stdio.h>

#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

static void
second(struct kit *k)
{
	hand_clock_step(&k->clock, 1000);
	kit_look(k);
}

static void
status_map(struct kit *k, const char *time)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "autoscalerStatus: Running\nclusterWide:\n  health:\n"
		 "    lastProbeTime: \"2026-02-18T09:00:00Z\"\ntime: %s\n",
		 time);
	kit_put(k, kit_configmap(k, "kube-system",
				 "cluster-autoscaler-status", "status",
				 text));
}

static void
test_leader_and_its_loop(void **state)
{
	struct kit k;
	char rv[16];

	(void)state;
	kit_init(&k);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_UNKNOWN);
	assert_null(kit_alarm(&k, "autoscaler"));
	kit_load(&k, KIND_LEASE);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_NONE);
	assert_non_null(kit_alarm(&k, "autoscaler"));
	for (int i = 0; i < 60; i++) {
		snprintf(rv, sizeof(rv), "%d", i);
		kit_put(&k, kit_lease(&k, rv, "ca-7d9f-x",
				      k.clock.wall_now_ms));
		hand_clock_step(&k.clock, 1000);
		second(&k);
	}
	assert_int_equal(k.snap->engine.lead, LEAD_CA);
	assert_text_equal(k.snap->engine.leader, "ca-7d9f-x");
	assert_null(kit_alarm(&k, "autoscaler"));
	/* It renews, but its loop stands. */
	status_map(&k, "2026-02-18 08:40:00.123456789 +0000 UTC");
	second(&k);
	assert_int_equal(k.snap->engine.loop_ms,
			 KIT_START_MS - 20 * 60000 + 123);
	assert_non_null(kit_alarm(&k, "autoscaler"));
	assert_text_contains(kit_alarm(&k, "autoscaler")->text, "last loop");
	status_map(&k, "2026-02-18 10:02:01 +0100 CET");
	second(&k);
	assert_null(kit_alarm(&k, "autoscaler"));
	/* Nobody renews any more. */
	hand_clock_step(&k.clock, 40000);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_NONE);
	assert_text_contains(kit_alarm(&k, "autoscaler")->text, "dead");
	store_set_identity(k.store, "paddock-here-1");
	kit_put(&k, kit_lease(&k, "900", "paddock-here-1",
			      k.clock.wall_now_ms));
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_PADDOCK);
	kit_put(&k, kit_lease(&k, "901", "paddock-there-1",
			      k.clock.wall_now_ms));
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_OTHER);
	kit_fini(&k);
}

/* A paused or very fast world must not cry wolf. */
static void
test_lease_on_odd_clocks(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	k.sink->clock(k.sink->ctx,
		      &(struct world_clock){ KIT_START_MS,
					     k.clock.boot_now_ms, 30000 });
	kit_put(&k, kit_lease(&k, "1", "ca", KIT_START_MS));
	second(&k);
	hand_clock_step(&k.clock, 2000); /* a minute of world */
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_CA);
	k.sink->clock(k.sink->ctx,
		      &(struct world_clock){ store_world_ms(k.store),
					     k.clock.boot_now_ms, 0 });
	kit_put(&k, kit_lease(&k, "2", "ca", KIT_START_MS));
	second(&k);
	hand_clock_step(&k.clock, 600000); /* paused */
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_CA);
	kit_fini(&k);
}

/* What cannot be asked is not dead: nothing seen is no evidence. */
static void
test_silence_is_no_verdict(void **state)
{
	struct err refused = { .code = ERR_UNREACHABLE, .text = "refused" };
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_load(&k, KIND_POD);
	kit_load(&k, KIND_LEASE);
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_LIVE, NULL);
	kit_put(&k, kit_lease(&k, "1", "ca", KIT_START_MS));
	status_map(&k, "2026-02-18 09:00:00 +0000 UTC");
	second(&k);
	hand_clock_step(&k.clock, 20000);
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_LIVE, NULL);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_CA);
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_STALE, &refused);
	hand_clock_step(&k.clock, 20 * 60000);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_UNKNOWN);
	assert_null(kit_alarm(&k, "autoscaler"));
	assert_int_equal(k.snap->fleet.lost_30m, -1);
	/* Back, and what it shows is as old as before: the holder has its time
	 * to be seen. */
	k.sink->status(k.sink->ctx, SOURCE_KUBERNETES, SOURCE_LIVE, NULL);
	status_map(&k, "2026-02-18 09:20:00 +0000 UTC");
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_CA);
	assert_null(kit_alarm(&k, "autoscaler"));
	hand_clock_step(&k.clock, 40000);
	second(&k);
	assert_int_equal(k.snap->engine.lead, LEAD_NONE);
	assert_text_contains(kit_alarm(&k, "autoscaler")->text, "dead");
	kit_fini(&k);
}

static void
test_an_engine_that_may_not_decide(void **state)
{
	struct kit k;
	struct engine_status *e;

	(void)state;
	kit_init(&k);
	e = store_engine(k.store);
	k.sink->status(k.sink->ctx, SOURCE_AWS, SOURCE_LIVE, NULL);
	snprintf(e->blocked, sizeof(e->blocked), "pods were last heard");
	second(&k);
	assert_null(kit_alarm(&k, "blocked"));
	hand_clock_step(&k.clock, 30000);
	second(&k);
	assert_text_equal(kit_alarm(&k, "blocked")->text,
			  "paddock decides nothing: pods were last heard");
	assert_int_equal(kit_alarm(&k, "blocked")->severity, SEVERITY_WARN);
	/* The cause has its own alarm. */
	k.sink->status(k.sink->ctx, SOURCE_AWS, SOURCE_STALE, NULL);
	second(&k);
	assert_null(kit_alarm(&k, "blocked"));
	/* Who leads and idles is the worst of both. */
	e->mode = MODE_APPROVAL;
	store_set_identity(k.store, "paddock-here-1");
	kit_put(&k, kit_lease(&k, "1", "paddock-here-1", KIT_START_MS));
	second(&k);
	second(&k);
	assert_int_equal(kit_alarm(&k, "blocked")->severity, SEVERITY_CRIT);
	e->blocked[0] = '\0';
	second(&k);
	assert_null(kit_alarm(&k, "blocked"));
	kit_fini(&k);
}

static void
test_alarms_of_control_stay_until_cleared(void **state)
{
	struct kit k;
	struct store_alarm a = { .id = "orphan/a-1",
				 .severity = SEVERITY_WARN,
				 .text = "an act has no outcome" };

	(void)state;
	kit_init(&k);
	store_alarm(k.store, &a);
	second(&k);
	second(&k);
	assert_non_null(kit_alarm(&k, "orphan/a-1"));
	assert_int_equal(kit_alarm(&k, "orphan/a-1")->since_ms, KIT_START_MS);
	a.text = "two acts have no outcome";
	store_alarm(k.store, &a);
	second(&k);
	assert_text_contains(kit_alarm(&k, "orphan/a-1")->text, "two");
	assert_int_equal(kit_alarm(&k, "orphan/a-1")->since_ms, KIT_START_MS);
	store_alarm_clear(k.store, "orphan/a-1");
	store_alarm_clear(k.store, "orphan/a-1");
	second(&k);
	assert_null(kit_alarm(&k, "orphan/a-1"));
	kit_fini(&k);
}

SUITE(store_leader,
	TEST(test_leader_and_its_loop),
	TEST(test_lease_on_odd_clocks),
	TEST(test_silence_is_no_verdict),
	TEST(test_an_engine_that_may_not_decide),
	TEST(test_alarms_of_control_stay_until_cleared));
