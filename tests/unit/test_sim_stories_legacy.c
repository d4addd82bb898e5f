/*
 * The scenarios of the old fleet, each run in virtual time until what it says
 * an engineer should notice is there.
 */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "tests/unit/sim_kit.h"

struct rented { /* instances of docker+machine */
	uint32_t n, untagged, old, pending;
};

static struct rented
rented(const struct kit *k)
{
	struct rented r = { 0 };
	regex_t name;
	const char *id;
	void *value;

	/* Reference integrations C1. */
	assert_int_equal(regcomp(&name,
				 "^runner-([a-z0-9_-]{8,9})-(.+)-[0-9]{10}-"
				 "[0-9a-f]{8}$",
				 REG_EXTENDED | REG_NOSUB),
			 0);
	for (uint32_t at = 0;
	     map_next(k->cloud->instances, &at, &id, &value);) {
		const struct cloud_instance *i = value;
		json_t *o;

		r.pending += i->machine && i->state == INSTANCE_PENDING;
		if (!i->machine || i->state != INSTANCE_RUNNING)
			continue;
		r.n++;
		assert_int_equal(regexec(&name, i->machine, 0, NULL, 0), 0);
		o = cloud_instance_json(k->cloud, i);
		assert_text_equal(
			json_string_value(json_object_get(o, "KeyName")),
			i->machine);
		r.untagged += json_array_size(json_object_get(o, "Tags")) == 0;
		r.old += sim_now_ms(k->w) - i->launched_ms > 6 * 3600 * 1000;
		json_decref(o);
	}
	regfree(&name);
	return r;
}

static uint32_t
count(const struct kit *k, const char *load, enum ci_status status)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < k->ci->jobs.n; i++)
		n += strcmp(k->ci->jobs.at[i]->load->name, load) == 0 &&
		     k->ci->jobs.at[i]->status == status;
	return n;
}

static void
test_orphans(void **state)
{
	struct kit k = kit_open("orphans", 1);
	const struct ci_runner *r = &k.ci->runners[0];
	struct rented before = rented(&k), after;
	uint32_t hung = 0;

	(void)state;
	assert_true(before.n > 26 && before.n < 45);
	assert_int_equal(before.old, 24);
	assert_true(before.untagged >= 8 && before.untagged <= 10);
	assert_true(count(&k, "e2e", CI_SUCCESS) > 5);
	/* A key pair for each, and three whose instance is gone. */
	assert_int_equal(k.cloud->keys.n, before.n + before.pending + 3);
	assert_int_equal(r->managers.n, 1);
	assert_int_equal(r->managers.at[0]->system_id[0], 's');
	kit_run(&k, 15 * 60);
	assert_int_equal(r->managers.n, 2);
	after = rented(&k);
	/* The old ones are all still there, and those of the lost host. */
	assert_int_equal(after.old, 24);
	assert_true(after.n > before.n);
	for (uint32_t i = 0; i < k.ci->jobs.n; i++)
		hung += k.ci->jobs.at[i]->manager == r->managers.at[0] &&
			k.ci->jobs.at[i]->status == CI_RUNNING;
	assert_true(hung > 0);
	kit_run(&k, 65 * 60);
	for (uint32_t i = 0; i < k.ci->jobs.n; i++)
		if (k.ci->jobs.at[i]->manager == r->managers.at[0])
			assert_int_not_equal(k.ci->jobs.at[i]->status,
					     CI_RUNNING);
	assert_int_equal(rented(&k).old, 24);
	kit_close(&k);
}

/* A machine's tags come late: not before it runs. */
static void
test_tags_come_late(void **state)
{
	struct kit k = kit_open("orphans", 2);
	bool pending_untagged = false, running_untagged = false;

	(void)state;
	for (int s = 0; s < 400; s++) {
		const char *id;
		void *value;

		kit_run(&k, 1);
		for (uint32_t at = 0;
		     map_next(k.cloud->instances, &at, &id, &value);) {
			const struct cloud_instance *i = value;

			if (!i->machine || i->tagged ||
			    sim_now_ms(k.w) - i->launched_ms > 60000)
				continue;
			pending_untagged |= i->state == INSTANCE_PENDING;
			running_untagged |= i->state == INSTANCE_RUNNING;
		}
	}
	assert_true(pending_untagged && running_untagged);
	kit_close(&k);
}

static void
test_legacy_cutover(void **state)
{
	struct kit k = kit_open("legacy-cutover", 1);
	const struct ci_runner *legacy = &k.ci->runners[0];
	struct rented busy = rented(&k);

	(void)state;
	assert_true(legacy->managers.at[0]->running > 3);
	assert_true(busy.n > 5 && busy.untagged < 5);
	kit_run(&k, 9 * 60);
	assert_true(count(&k, "unit", CI_SUCCESS) > 30);
	/* The first move: unit goes to pods, e2e fits nobody. */
	kit_run(&k, 6 * 60);
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		const struct ci_job *j = k.ci->jobs.at[i];

		if (j->queued_ms > k.scenario->start_ms + 11 * 60000 &&
		    j->started_ms && strcmp(j->load->name, "unit") == 0) {
			assert_ptr_equal(j->runner, &k.ci->runners[1]);
			assert_null(j->machine);
		}
	}
	assert_true(count(&k, "e2e", CI_PENDING) >= 2);
	/* The second: nothing waits, the old fleet empties. */
	kit_run(&k, 12 * 60);
	assert_true(count(&k, "e2e", CI_PENDING) <= 1);
	kit_run(&k, 15 * 60);
	assert_int_equal(legacy->managers.at[0]->running, 0);
	assert_true(rented(&k).n <= 3);
	kit_close(&k);
}

static void
test_a_job_on_a_machine(void **state)
{
	struct kit k = kit_open("legacy-cutover", 1);
	struct ci_job *j = NULL;
	struct buf text;

	(void)state;
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		if (k.ci->jobs.at[i]->machine &&
		    k.ci->jobs.at[i]->status == CI_RUNNING)
			j = k.ci->jobs.at[i];
	}
	assert_non_null(j);
	buf_init(&text, (size_t)16 << 20);
	ci_trace(k.ci, j, &text);
	assert_text_contains(buf_text(&text),
			     "Preparing the \"docker+machine\" executor");
	assert_null(strstr(buf_text(&text), "kubernetes"));
	buf_fini(&text);
	assert_true(ci_cancel(k.ci, j, false));
	kit_run(&k, 10);
	assert_int_equal(j->status, CI_CANCELED);
	kit_close(&k);
}

/* Somebody ends the instance under a job. */
static void
test_a_machine_is_terminated(void **state)
{
	struct kit k = kit_open("legacy-cutover", 1);
	struct cloud_fault f = { 0 };
	struct ci_job *j = NULL;
	const char *id;
	void *value;

	(void)state;
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		if (k.ci->jobs.at[i]->machine &&
		    k.ci->jobs.at[i]->status == CI_RUNNING)
			j = k.ci->jobs.at[i];
	}
	assert_non_null(j);
	for (uint32_t at = 0; map_next(k.cloud->instances, &at, &id, &value);) {
		const struct cloud_instance *i = value;

		if (i->machine && strcmp(i->machine, j->machine) == 0)
			break;
	}
	assert_true(cloud_terminate(k.cloud, id, &f));
	kit_run(&k, 10);
	assert_int_equal(j->status, CI_FAILED);
	assert_text_equal(j->failure_reason, "runner_system_failure");
	kit_close(&k);
}

/* clang-format off */
SUITE(sim_stories_legacy,
	TEST(test_orphans),
	TEST(test_tags_come_late),
	TEST(test_legacy_cutover),
	TEST(test_a_job_on_a_machine),
	TEST(test_a_machine_is_terminated));
