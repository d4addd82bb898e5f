/*
 * Runner managers: those whose jobs run outside the cluster, one that ends with
 * jobs on it, jobs that have none any more, and a limit that changes.
 */
#include <stdio.h>

#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

static void
second(struct kit *k)
{
	hand_clock_step(&k->clock, 1000);
	kit_look(k);
	kit_look(k);
}

static const void *
job_of(struct kit *k, int64_t id, int64_t runner, const char *system_id)
{
	struct job *j = seal_begin(k->seal, sizeof(*j));

	j->id = id;
	j->project_id = 7;
	j->runner_id = runner;
	j->status = JOB_RUNNING;
	j->created_ms = j->queued_ms = KIT_START_MS - 60000;
	j->started_ms = KIT_START_MS - 20000;
	seal_text(k->seal, &j->name, "compile");
	seal_text(k->seal, &j->project, "group/app");
	seal_text(k->seal, &j->failure_reason, "");
	seal_text(k->seal, &j->manager_system_id, system_id);
	return record_seal(k->seal, KIND_JOB);
}

/* No pod is no sign of trouble where there are none. */
static void
test_jobs_on_machines_run(void **state)
{
	struct kit k;
	const struct job_sum *sum;
	const struct runner_sum *runner;

	(void)state;
	kit_init(&k);
	kit_load(&k, KIND_POD);
	kit_load(&k, KIND_RUNNER);
	kit_put(&k, kit_runner(&k, 41, "AAAAAAAAA", "legacy", "legacy",
			       "online"));
	kit_put(&k, job_of(&k, 9, 41, "s_1"));
	second(&k);
	sum = kit_sum(&k, KIND_JOB, "9");
	assert_int_equal(sum->phase, PHASE_PREPARING);
	kit_put(&k, kit_manager(&k, 1, 41, "s_1", "docker+machine", 1, 1));
	second(&k);
	sum = kit_sum(&k, KIND_JOB, "9");
	assert_int_equal(sum->phase, PHASE_RUNNING);
	assert_int_equal(sum->phase_since_ms, KIT_START_MS - 20000);
	assert_int_equal(sum->wait_ms, 40000);
	assert_text_contains(sum->why, "outside the cluster");
	runner = kit_sum(&k, KIND_RUNNER, "legacy");
	assert_int_equal(runner->running, 1);
	assert_int_equal(runner->waiting, 0);
	assert_true(runner->elsewhere);
	/* What it takes is none of the cluster's room. */
	assert_int_equal(k.snap->fleet.running, 1);
	assert_int_equal(k.snap->fleet.slots_runner, 0);
	kit_fini(&k);
}

/* The host of a docker+machine manager was replaced: its jobs hang, its
 * machines belong to nobody. */
static void
test_machines_of_a_lost_manager(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_load(&k, KIND_POD);
	kit_load(&k, KIND_RUNNER);
	kit_put(&k, kit_runner(&k, 41, "AAAAAAAAA", "legacy", "docker",
			       "online"));
	kit_put(&k, kit_manager(&k, 1, 41, "s_old", "docker+machine",
				KIT_START_MS - 3600000,
				KIT_START_MS - 600000));
	kit_put(&k, job_of(&k, 8, 41, "s_old"));
	second(&k);
	second(&k);
	/* Nobody else was heard: perhaps GitLab is not. */
	assert_null(kit_alarm(&k, "manager-gone/41"));
	kit_put(&k, kit_manager(&k, 2, 41, "s_new", "docker+machine",
				KIT_START_MS - 500000, KIT_START_MS));
	kit_put(&k, job_of(&k, 9, 41, "s_new"));
	second(&k);
	second(&k);
	assert_non_null(kit_alarm(&k, "manager-gone/41"));
	assert_text_equal(kit_alarm(&k, "manager-gone/41")->text,
			  "legacy: 1 job runs without a manager: the one that "
			  "took it is gone");
	assert_text_contains(kit_alarm(&k, "manager-gone/41")->why,
			     "Values=runner-*");
	kit_fini(&k);
}

static void
put_manager_pod(struct kit *k, const char *name, int64_t created_ms,
		int64_t deleted_ms)
{
	kit_put(k, kit_pod(k, &(struct kit_pod){ .name = name,
						 .manager = true,
						 .app = "docker",
						 .node = "n",
						 .created_ms = created_ms,
						 .deleted_ms = deleted_ms }));
}

static void
upgraded(struct kit *k)
{
	kit_init(k);
	kit_load(k, KIND_POD);
	kit_load(k, KIND_RUNNER);
	kit_put(k, kit_runner(k, 41, "AAAAAAAAA", "docker", "docker",
			      "online"));
	put_manager_pod(k, "docker-old", KIT_START_MS - 3600000,
			KIT_START_MS + 600000);
	put_manager_pod(k, "docker-new", KIT_START_MS - 300000, 0);
	kit_put(k, kit_manager(k, 1, 41, "r_old", "kubernetes",
			       KIT_START_MS - 3590000,
			       KIT_START_MS - 300000));
	kit_put(k, kit_manager(k, 2, 41, "r_new", "kubernetes",
			       KIT_START_MS - 290000, KIT_START_MS));
	kit_put(k, job_of(k, 8, 41, "r_old"));
	kit_put(k, job_of(k, 9, 41, "r_new"));
	second(k);
	second(k);
}

static void
test_an_old_manager_ends_with_a_job(void **state)
{
	struct kit k;
	const struct runner_sum *sum;
	const struct pod *p;

	(void)state;
	upgraded(&k);
	sum = kit_sum(&k, KIND_RUNNER, "docker");
	p = snapshot_rec(k.snap, sum->manager_pod);
	assert_text_equal(p->meta.name, "docker-new");
	p = snapshot_rec(k.snap, sum->ending_pod);
	assert_text_equal(p->meta.name, "docker-old");
	assert_int_equal(sum->ending_jobs, 1);
	assert_int_equal(sum->lost_jobs, 0);
	assert_int_equal(sum->ending_ms, KIT_START_MS + 600000);
	assert_non_null(kit_alarm(&k, "manager-ends/41"));
	assert_text_equal(kit_alarm(&k, "manager-ends/41")->text,
			  "docker: old manager has 1 job and is killed at "
			  "09:10 (in 9m)");
	kit_fini(&k);
}

static void
test_a_killed_manager_leaves_a_job(void **state)
{
	struct kit k;
	const struct runner_sum *sum;

	(void)state;
	upgraded(&k);
	hand_clock_step(&k.clock, 601000);
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/docker-old");
	second(&k);
	second(&k);
	sum = kit_sum(&k, KIND_RUNNER, "docker");
	assert_true(handle_is_none(sum->ending_pod));
	assert_int_equal(sum->lost_jobs, 1);
	assert_null(kit_alarm(&k, "manager-ends/41"));
	assert_non_null(kit_alarm(&k, "manager-gone/41"));
	assert_text_equal(kit_alarm(&k, "manager-gone/41")->text,
			  "docker: 1 job runs without a manager: the one that "
			  "took it is gone");
	assert_int_equal(kit_alarm(&k, "manager-gone/41")->severity,
			 SEVERITY_CRIT);
	kit_put(&k, kit_job(&k, 8, JOB_CANCELED, "docker", 41,
			    KIT_START_MS));
	second(&k);
	second(&k);
	assert_null(kit_alarm(&k, "manager-gone/41"));
	kit_fini(&k);
}

/* A manager that is only restarting is not "ending" beside itself. */
static void
test_the_only_manager_stays_the_manager(void **state)
{
	struct kit k;
	const struct runner_sum *sum;

	(void)state;
	upgraded(&k);
	k.sink->gone(k.sink->ctx, KIND_POD, "ci/docker-new");
	second(&k);
	sum = kit_sum(&k, KIND_RUNNER, "docker");
	assert_true(handle_is_none(sum->ending_pod));
	assert_text_equal(((const struct pod *)snapshot_rec(
				   k.snap, sum->manager_pod))->meta.name,
			  "docker-old");
	kit_fini(&k);
}

static void
concurrent(struct kit *k, const char *line)
{
	kit_put(k, kit_configmap(k, "ci", "docker", "config.template.toml",
				 line));
	second(k);
}

static void
test_a_limit_changed_while_watching(void **state)
{
	struct kit k;
	const struct alarm *a;

	(void)state;
	kit_init(&k);
	kit_load(&k, KIND_POD);
	kit_load(&k, KIND_RUNNER);
	kit_put(&k, kit_runner(&k, 41, "AAAAAAAAA", "docker", "docker",
			       "online"));
	put_manager_pod(&k, "docker-a", KIT_START_MS, 0);
	concurrent(&k, "concurrent = 60\n");
	assert_null(kit_alarm(&k, "limit-changed/41"));
	concurrent(&k, "concurrent = 20\n");
	a = kit_alarm(&k, "limit-changed/41");
	assert_non_null(a);
	assert_text_equal(a->text, "docker: somebody changed how many jobs it "
				   "takes, 60>20 at 09:00");
	assert_int_equal(a->severity, SEVERITY_WARN);
	hand_clock_step(&k.clock, 31 * 60000);
	second(&k);
	assert_null(kit_alarm(&k, "limit-changed/41"));
	kit_fini(&k);
}

SUITE(store_managers,
	TEST(test_jobs_on_machines_run),
	TEST(test_machines_of_a_lost_manager),
	TEST(test_an_old_manager_ends_with_a_job),
	TEST(test_a_killed_manager_leaves_a_job),
	TEST(test_the_only_manager_stays_the_manager),
	TEST(test_a_limit_changed_while_watching));
