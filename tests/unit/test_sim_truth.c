/*
 * What the simulated world tells of itself: a world file, whole and current.
 */
#include "backend/base/buf.h"
#include "backend/world/world_file.h"
#include "tests/unit/sim_kit.h"

static bool
into_buf(void *ctx, const char *bytes, size_t n)
{
	buf_add(ctx, bytes, n);
	return true;
}

static void
test_it_is_a_world_file(void **state)
{
	struct kit k = kit_open("at-max", 1);
	struct world_reader *r = world_reader_new();
	struct world_file f = { 0 };
	struct engine_input in;
	const struct plan *p;
	struct err err = { 0 };
	struct buf text;

	(void)state;
	kit_run(&k, 30);
	buf_init(&text, (size_t)64 << 20);
	assert_true(sim_write_world(k.w, into_buf, &text));
	assert_true(buf_ok(&text));
	assert_ok(world_reader_feed(r, buf_text(&text), text.len, &err), &err);
	assert_ok(world_reader_done(r, &f, &err), &err);
	assert_int_equal(f.world->time_ms, sim_now_ms(k.w));
	assert_int_equal(f.world->of[KIND_POD].n,
			 objects_count(k.objects, k.pods));
	assert_int_equal(f.world->of[KIND_NODE].n, kit_count(&k).nodes);
	assert_int_equal(f.world->of[KIND_GROUP].n, 3);
	assert_int_equal(f.world->of[KIND_RUNNER].n, 2);
	assert_true(f.world->of[KIND_JOB].n >= k.ci->running + k.ci->pending.n);
	assert_true(f.world->of[KIND_INSTANCETYPE].n >= 6);
	assert_true(f.world->of[KIND_PRICE].n > 6);
	assert_true(f.world->of[KIND_EVENT].n > 100);
	/* No environment, no secrets. */
	assert_null(strstr(buf_text(&text), "CI_RUNNER_DESCRIPTION"));
	assert_null(strstr(buf_text(&text), "glrt-"));
	/* The engine reads it and sees what the scenario says. */
	in = (struct engine_input){ .world = f.world,
				    .policy = f.policy,
				    .memory = f.memory,
				    .now_ms = f.world->time_ms };
	p = engine_decide(&in);
	assert_int_equal(p->scale_up_n, 0);
	assert_true(p->pending_n >= 10);
	assert_text_equal(p->pending[0].groups[0].reason,
			  "max node group size reached");
	plan_unref(p);
	world_file_fini(&f);
	world_reader_free(r);
	buf_fini(&text);
	kit_close(&k);
}

/* What was told before does not stand where something has changed since. */
static void
test_it_is_told_anew(void **state)
{
	static const char fleet[] =
		"title: t\nnotice: n\nremedy: r\nwarm_up: 1m\n"
		"autoscaler: off\n"
		"groups:\n"
		"  - {name: a, types: [m6i.large, m5.large], max: 8,\n"
		"     desired: 1}\n";
	struct kit asked = kit_open_text(fleet, 1);
	struct kit silent = kit_open_text(fleet, 1);
	struct cloud_fault f = { 0 };
	struct buf told, fresh;

	(void)state;
	buf_init(&told, (size_t)64 << 20);
	buf_init(&fresh, (size_t)64 << 20);
	for (int i = 0; i < 15; i++) {
		int desired = i < 8 ? 6 : 4; /* launches, then terminations */

		assert_true(cloud_set_desired(asked.cloud, "a", desired, &f));
		assert_true(cloud_set_desired(silent.cloud, "a", desired, &f));
		kit_run(&asked, 20);
		kit_run(&silent, 20);
		buf_reset(&told);
		assert_true(sim_write_world(asked.w, into_buf, &told));
	}
	assert_true(sim_write_world(silent.w, into_buf, &fresh));
	assert_true(strstr(buf_text(&fresh), "Terminating EC2 instance"));
	assert_text_equal(buf_text(&told), buf_text(&fresh));
	buf_fini(&told);
	buf_fini(&fresh);
	kit_close(&asked);
	kit_close(&silent);
}

SUITE(sim_truth,
	TEST(test_it_is_a_world_file),
	TEST(test_it_is_told_anew));
