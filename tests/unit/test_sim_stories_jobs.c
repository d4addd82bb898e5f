/*
 * The scenarios about jobs and their managers, each run in virtual time until
 * what it says an engineer should notice is there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sim_kit.h"

/* Jobs of a load that ended for this reason. */
static uint32_t
lost(const struct kit *k, const char *load, const char *reason)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < k->ci->jobs.n; i++) {
		const struct ci_job *j = k->ci->jobs.at[i];

		n += strcmp(j->load->name, load) == 0 && j->failure_reason &&
		     strcmp(j->failure_reason, reason) == 0;
	}
	return n;
}

static uint32_t
jobs_that(const struct kit *k, const char *load, enum ci_status status)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < k->ci->jobs.n; i++)
		n += strcmp(k->ci->jobs.at[i]->load->name, load) == 0 &&
		     k->ci->jobs.at[i]->status == status;
	return n;
}

static const char *
last_words(const struct kit *k, const char *load, const char *reason)
{
	for (uint32_t i = k->ci->jobs.n; i-- > 0;) {
		const struct ci_job *j = k->ci->jobs.at[i];

		if (strcmp(j->load->name, load) == 0 && j->failure_reason &&
		    strcmp(j->failure_reason, reason) == 0)
			return j->failure_text ? j->failure_text : "";
	}
	return "";
}

static void
test_slow_images(void **state)
{
	struct kit k = kit_open("slow-images", 1);
	uint32_t before;

	(void)state;
	kit_run(&k, 7 * 60);
	assert_true(lost(&k, "train-smoke", "runner_system_failure") >= 3);
	assert_true(lost(&k, "notebook", "runner_system_failure") >= 1);
	assert_text_contains(
		last_words(&k, "train-smoke", "runner_system_failure"),
		"timed out waiting for pod to start");
	/* It is the image: small ones start on the same nodes. */
	assert_int_equal(lost(&k, "unit", "runner_system_failure"), 0);
	assert_true(kit_events(&k, "Pulling", "cuda-devel:12.8") > 0);
	/* A node that has it runs the jobs. */
	kit_run(&k, 25 * 60);
	before = jobs_that(&k, "train-smoke", CI_SUCCESS);
	assert_true(before > 0);
	kit_close(&k);
}

struct build_search {
	uint32_t killed;
};

static bool
find_killed(void *ctx, const struct object *o)
{
	struct build_search *s = ctx;

	s->killed += strstr(o->json, "\"OOMKilled\"") != NULL;
	return true;
}

static void
test_oom_limits(void **state)
{
	struct kit k = kit_open("oom-limits", 1);
	struct build_search s = { 0 };
	uint32_t killed = 0, n = 0;

	(void)state;
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		const struct ci_job *j = k.ci->jobs.at[i];

		if (strcmp(j->load->name, "link") != 0 || !ci_is_over(j))
			continue;
		n++;
		killed += j->exit_code == 137;
	}
	assert_true(n >= 15);
	assert_true(killed > n / 2);
	assert_text_contains(last_words(&k, "link", "script_failure"),
			     "exit code 137");
	/* The pod says why while it is there. */
	for (int i = 0; i < 300 && !s.killed; i++) {
		kit_run(&k, 1);
		objects_each(k.objects, k.pods, NULL, NULL, find_killed, &s);
	}
	assert_true(s.killed > 0);
	/* Others are not touched. */
	for (uint32_t i = 0; i < k.ci->jobs.n; i++)
		if (strcmp(k.ci->jobs.at[i]->load->name, "unit") == 0)
			assert_int_not_equal(k.ci->jobs.at[i]->exit_code, 137);
	kit_close(&k);
}

static void
test_manager_upgrade(void **state)
{
	struct kit k = kit_open("manager-upgrade", 1);
	const struct ci_runner *r = &k.ci->runners[0];
	const struct ci_manager *old = r->managers.at[0], *new;
	uint32_t orphans = 0;

	(void)state;
	assert_int_equal(r->managers.n, 1);
	assert_int_equal(jobs_that(&k, "soak", CI_RUNNING), 5);
	kit_run(&k, 4 * 60);
	assert_int_equal(r->managers.n, 2);
	new = r->managers.at[1];
	assert_text_equal(new->version, "18.9.0");
	assert_text_equal(old->version, "18.8.0");
	/* It lingers with its jobs, and takes none. */
	assert_non_null(
		objects_get(k.objects, k.pods, "gitlab-runner", old->host));
	assert_true(old->running >= 5 && new->running > 0);
	kit_run(&k, 15 * 60);
	assert_true(old->running >= 5 && old->running < 8);
	/* Then its time is over. */
	kit_run(&k, 6 * 60);
	assert_null(objects_get(k.objects, k.pods, "gitlab-runner", old->host));
	assert_int_equal(jobs_that(&k, "soak", CI_RUNNING), 5);
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		const struct ci_job *j = k.ci->jobs.at[i];

		if (strcmp(j->load->name, "soak") == 0)
			orphans += objects_get(k.objects, k.pods,
					       "gitlab-runner", j->pod) != NULL;
	}
	assert_int_equal(orphans, 5);
	kit_run(&k, 62 * 60);
	assert_int_equal(lost(&k, "soak", "stuck_or_timeout_failure"), 5);
	kit_close(&k);
}

/* clang-format off */
SUITE(sim_stories_jobs,
	TEST(test_slow_images),
	TEST(test_oom_limits),
	TEST(test_manager_upgrade));
