/*
 * The simulated world over hours: what waiting ends in, and what does not grow.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "tests/unit/sim_kit.h"

static void
set_desired(struct kit *k, const char *group, int64_t n)
{
	struct cloud_fault f = { 0 };

	if (!cloud_set_desired(k->cloud, group, n, &f))
		fail_msg("%s: %s", f.code, f.message);
}

/* Jobs of a load by what became of them. */
static uint32_t
jobs_of(const struct kit *k, const char *load, enum ci_status status)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < k->ci->jobs.n; i++)
		n += k->ci->jobs.at[i]->status == status &&
		     strcmp(k->ci->jobs.at[i]->load->name, load) == 0;
	return n;
}

static void
test_raising_desired_runs_every_job(void **state)
{
	static const char *const burst[] = { "unit", "compile", "image-arm64" };
	struct kit k = kit_open("monday-burst", 1);
	struct kit_counts c;

	(void)state;
	kit_run(&k, 360);
	set_desired(&k, "amd64-general", 20);
	set_desired(&k, "arm64-spot", 6);
	for (int minute = 0; minute < 60; minute++) {
		kit_run(&k, 60);
		kit_check_placements(&k);
	}
	c = kit_count(&k);
	assert_int_equal(c.nodes, 2 + 20 + 6);
	assert_int_equal(c.ready, 2 + 20 + 6);
	assert_int_equal(c.unscheduled, 0);
	for (size_t i = 0; i < ARRAY_LEN(burst); i++) {
		assert_int_equal(jobs_of(&k, burst[i], CI_PENDING), 0);
		assert_int_equal(jobs_of(&k, burst[i], CI_RUNNING), 0);
		assert_true(jobs_of(&k, burst[i], CI_SUCCESS) > 10);
	}
	/* Scripts fail now and then; the system did not. */
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		const struct ci_job *j = k.ci->jobs.at[i];

		if (j->status == CI_FAILED)
			assert_text_equal(j->failure_reason, "script_failure");
	}
	kit_close(&k);
}

static void
test_patience_ends(void **state)
{
	struct kit k = kit_open("monday-burst", 1);
	uint32_t lost = 0;

	(void)state;
	kit_run(&k, 45 * 60);
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		const struct ci_job *j = k.ci->jobs.at[i];

		if (j->status != CI_FAILED ||
		    strcmp(j->failure_reason, "runner_system_failure") != 0)
			continue;
		lost++;
		assert_text_contains(j->failure_text,
				     "timed out waiting for pod to start");
		/* Half an hour after its pod was made, within a poll. */
		assert_in_range(j->finished_ms - j->step_ms[STEP_POD], 1800000,
				1803000);
	}
	/* The arm64 jobs of the burst for certain: their group stood at zero.
	 */
	assert_in_range(lost, 100, 300);
	kit_close(&k);
}

static void
test_hours_stay_bounded(void **state)
{
	struct kit k = kit_open("quiet-day", 5);
	uint32_t most_events = 0;

	(void)state;
	for (int hour = 0; hour < 2; hour++) {
		kit_run(&k, 3600);
		if (objects_count(k.objects, k.events) > most_events)
			most_events = objects_count(k.objects, k.events);
		kit_check_placements(&k);
	}
	/* An hour's worth: eight jobs a minute of about 25 events each. */
	assert_true(most_events < 20000);
	assert_true(k.ci->finished <= CI_FINISHED_KEPT);
	assert_true(k.ci->jobs.n < CI_FINISHED_KEPT + 200);
	kit_close(&k);
}

/* What a trace said it goes on saying. */
static void
test_traces_only_grow(void **state)
{
	struct kit k = kit_open("monday-burst", 2);
	const struct ci_job *j;
	char *before = xstrdup("");
	int64_t id;

	(void)state;
	kit_run(&k, 240);
	id = k.ci->jobs.at[k.ci->jobs.n - 1]->id;
	set_desired(&k, "amd64-general", 20);
	set_desired(&k, "arm64-spot", 6);
	for (int i = 0; i < 1500; i++) {
		struct buf now;

		sim_advance(k.w, sim_now_ms(k.w) + 700);
		j = ci_job(k.ci, id);
		buf_init(&now, 1 << 20);
		ci_trace(k.ci, j, &now);
		assert_true(buf_ok(&now));
		assert_int_equal(
			strncmp(buf_text(&now), before, strlen(before)), 0);
		free(before);
		before = xstrdup(buf_text(&now));
		buf_fini(&now);
	}
	assert_true(ci_is_over(ci_job(k.ci, id)));
	assert_text_contains(before, "Waiting for pod gitlab-runner/runner-");
	assert_text_contains(before, "Unschedulable: \"0/");
	assert_text_contains(before, "section_start:");
	free(before);
	kit_close(&k);
}

SUITE(sim_world_hours,
	TEST(test_raising_desired_runs_every_job),
	TEST(test_patience_ends),
	TEST(test_hours_stay_bounded),
	TEST(test_traces_only_grow));
