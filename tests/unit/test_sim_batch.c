/*
 * Jobs and CronJobs: schedules, what commands come to, and the controllers that
 * go by both.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/hooks.h"
#include "backend/sim/objects/schedule.h"
#include "backend/sim/world/command.h"
#include "tests/unit/sim_store.h"
#include "tests/unit/sim_story.h"

#define WORLD                                                                  \
	"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\nautoscaler: none\n"      \
	"zones: [eu-west-1a]\ngroups:\n"                                       \
	"  - {name: a, types: m6i.large, min: 1, max: 9, desired: 2}\n"

/* ---- schedules ---- */

static int64_t
at(const char *text)
{
	int64_t ms = 0;

	assert_true(time_parse_rfc3339(text, strlen(text), &ms));
	return ms;
}

static void
test_next_time(void **state)
{
	/* clang-format off */
	static const struct {
		const char *schedule, *after, *next;
	} cases[] = {
		{ "*/5 * * * *",
		  "2026-02-18T09:00:00Z", "2026-02-18T09:05:00Z" },
		{ "*/5 * * * *",
		  "2026-02-18T09:59:59Z", "2026-02-18T10:00:00Z" },
		{ "30 2 * * *",
		  "2026-02-18T02:30:00Z", "2026-02-19T02:30:00Z" },
		{ "0 0 29 2 *",
		  "2026-02-18T09:00:00Z", "2028-02-29T00:00:00Z" },
		{ "0 12 * * mon",
		  "2026-02-18T09:00:00Z", "2026-02-23T12:00:00Z" },
		/* Both days given: either will do. */
		{ "0 0 1 * FRI",
		  "2026-02-18T09:00:00Z", "2026-02-20T00:00:00Z" },
		{ "10/20 9 * * *",
		  "2026-02-18T09:31:00Z", "2026-02-18T09:50:00Z" },
		{ "0 9-17/4,23 * * *",
		  "2026-02-18T18:00:00Z", "2026-02-18T23:00:00Z" },
		{ "@hourly",
		  "2026-02-18T09:00:01Z", "2026-02-18T10:00:00Z" },
		{ "@weekly",
		  "2026-02-18T09:00:00Z", "2026-02-22T00:00:00Z" },
		{ "@every 90s",
		  "2026-02-18T09:00:00Z", "2026-02-18T09:01:30Z" },
	};
	/* clang-format on */
	struct schedule s;
	char why[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(schedule_parse(cases[i].schedule, &s, why,
					   sizeof(why)));
		assert_int_equal(schedule_next(&s, at(cases[i].after)),
				 at(cases[i].next));
	}
	assert_true(schedule_parse("0 0 31 2 *", &s, why, sizeof(why)));
	assert_true(schedule_next(&s, at("2026-02-18T09:00:00Z")) == INT64_MAX);
	assert_false(schedule_parse("@every soon", &s, why, sizeof(why)));
	assert_string_equal(why, "failed to parse duration @every soon: time: "
				 "invalid duration \"soon\"");
	assert_false(schedule_parse("*/0 * * * *", &s, why, sizeof(why)));
	assert_string_equal(why,
			    "step of range should be a positive number: */0");
}

/* ---- commands ---- */

static void
on_line(void *ctx, int64_t after_ms, const char *line)
{
	(void)after_ms;
	buf_printf(ctx, "%s|", line);
}

static void
test_what_commands_come_to(void **state)
{
	/* clang-format off */
	static const struct {
		const char *container;
		bool ends;
		int32_t code;
		int64_t least_ms;
		const char *out;
	} cases[] = {
		{ "{'command':['sleep','90']}", true, 0, 90000, "" },
		{ "{'command':['/bin/sleep','1.5m']}", true, 0, 90000, "" },
		{ "{'command':['sleep','infinity']}",
		  false, 0, 0, "" },
		{ "{'command':['false']}",
		  true, 1, 0, "" },
		{ "{'args':['echo','-n','a','b']}",
		  true, 0, 0, "a b|" },
		{ "{'command':['echo','$(A)x'],"
		  "'env':[{'name':'A','value':'1'}]}",
		  true, 0, 0, "1x|" },
		{ "{'command':['sh','-c'],"
		  "'args':['echo hi; sleep 2 && exit 3']}",
		  true, 3, 2000, "hi|" },
		{ "{'command':['bash','-ec',"
		  "'false || echo no; true && date']}",
		  true, 0, 0, "no|Wed Feb 18 09:00:00 UTC 2026|" },
		{ "{'command':['sh','-c','false && echo no; exit']}",
		  true, 1, 0, "" },
		{ "{'command':['sh','-c','echo \\\"$HOSTNAME ${A}\\\"']}",
		  true, 0, 0, "me |" },
		/* Beyond what is foreseen. */
		{ "{'command':['sh','-c','while true; do date; done']}",
		  false, 0, 0, "" },
		{ "{'command':['sh','-c','echo a | wc']}",
		  false, 0, 0, "a|" },
		{ "{'command':['nginx']}",
		  false, 0, 0, "" },
		{ "{}",
		  false, 0, 0, "" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *c = sim_json(cases[i].container);
		struct buf out;
		struct command_end end = { .print = on_line, .ctx = &out };

		buf_init(&out, 4096);
		command_foresee(c, "me", SIM_TEST_START_MS, &end);
		assert_int_equal(end.ends, cases[i].ends);
		assert_text_equal(buf_text(&out), cases[i].out);
		if (end.ends) {
			assert_int_equal(end.code, cases[i].code);
			assert_true(end.after_ms >= cases[i].least_ms &&
				    end.after_ms < cases[i].least_ms + 1000);
		}
		buf_fini(&out);
		json_decref(c);
	}
}

/* ---- Jobs ---- */

static void
make(struct kit *k, const char *plural, const char *quoted)
{
	struct status st = { 0 };
	json_t *body = sim_json(quoted);

	if (!objects_create(k->objects,
			    objects_type(k->objects, "batch", plural),
			    "default", body, 0, &st))
		fail_msg("%s", st.message);
	json_decref(body);
}

static void
make_job(struct kit *k, const char *name, const char *spec, const char *policy,
	 const char *command)
{
	char text[800];

	snprintf(text, sizeof(text),
		 "{'metadata':{'name':'%s'},'spec':{%s'template':{'spec':{"
		 "'restartPolicy':'%s','containers':[{'name':'c','image':"
		 "'busybox:1'%s}]}}}}",
		 name, spec, policy, command);
	make(k, "jobs", text);
}

#define assert_job(k, name, path, want)                                        \
	assert_field(k, "batch", "jobs", "default", name, path, want)

static void
test_job_completes(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);

	(void)state;
	make_job(&k, "one", "", "Never", ",'command':['sleep','20']");
	kit_run(&k, 12);
	assert_job(&k, "one", "status.active", "1");
	assert_job(&k, "one", "status.ready", "1");
	kit_run(&k, 30);
	assert_job(&k, "one", "status.active", "");
	assert_job(&k, "one", "status.succeeded", "1");
	assert_int_equal(kit_events(&k, "Completed", "Job completed"), 1);
	assert_non_null(story_pod(&k, "default", "one-"));
	/* Without a word of what it does: it ends, as is the way of Jobs. */
	make_job(&k, "many", "'completions':4,'parallelism':3,", "OnFailure",
		 "");
	kit_run(&k, 12);
	assert_job(&k, "many", "status.completionTime", "");
	kit_run(&k, 60);
	assert_job(&k, "many", "status.succeeded", "4");
	/* Of nobody: it runs on. */
	assert_int_equal(kit_events(&k, "SuccessfulCreate", "pod: many-"), 4);
	kit_close(&k);
}

static void
test_job_gives_up(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);

	(void)state;
	make_job(&k, "bad", "'backoffLimit':2,", "Never",
		 ",'command':['false']");
	kit_run(&k, 9);
	assert_job(&k, "bad", "status.failed", "1");
	/* The second waits ten seconds, the third twenty. */
	kit_run(&k, 10);
	assert_job(&k, "bad", "status.failed", "2");
	kit_run(&k, 60);
	assert_job(&k, "bad", "status.failed", "3");
	assert_int_equal(kit_events(&k, "BackoffLimitExceeded", ""), 1);
	make_job(&k, "late", "'activeDeadlineSeconds':30,", "Never",
		 ",'command':['sleep','900']");
	kit_run(&k, 29);
	assert_job(&k, "late", "status.active", "1");
	kit_run(&k, 5);
	assert_job(&k, "late", "status.active", "");
	assert_job(&k, "late", "status.failed", "1");
	assert_int_equal(kit_events(&k, "DeadlineExceeded", "Job was active"),
			 1);
	kit_close(&k);
}

static void
test_job_of_indexes(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);

	(void)state;
	make_job(&k, "ix",
		 "'completions':3,'parallelism':2,'completionMode':'Indexed',"
		 "'ttlSecondsAfterFinished':60,",
		 "Never", ",'command':['sleep','5']");
	kit_run(&k, 5);
	assert_non_null(story_pod(&k, "default", "ix-0-"));
	assert_non_null(story_pod(&k, "default", "ix-1-"));
	assert_null(story_pod(&k, "default", "ix-2-"));
	kit_run(&k, 30);
	assert_job(&k, "ix", "status.completedIndexes", "0-2");
	kit_run(&k, 60);
	assert_job(&k, "ix", "metadata.name", "");
	assert_null(story_pod(&k, "default", "ix-"));
	kit_close(&k);
}

static void
test_job_is_suspended(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);

	(void)state;
	make_job(&k, "s", "'suspend':true,", "Never",
		 ",'command':['sleep','60']");
	kit_run(&k, 5);
	assert_null(story_pod(&k, "default", "s-"));
	assert_int_equal(kit_events(&k, "Suspended", "Job suspended"), 1);
	story_patch(&k, "batch", "jobs", "default", "s",
		    "{\"spec\":{\"suspend\":false}}");
	kit_run(&k, 20);
	assert_job(&k, "s", "status.ready", "1");
	assert_int_equal(kit_events(&k, "Resumed", "Job resumed"), 1);
	/* A pod that somebody takes away is a failure, and replaced. */
	story_delete_pod(&k, "default", "s-");
	kit_run(&k, 30);
	assert_job(&k, "s", "status.failed", "1");
	assert_job(&k, "s", "status.active", "1");
	kit_run(&k, 90);
	assert_job(&k, "s", "status.succeeded", "1");
	kit_close(&k);
}

/* What a quota refuses is told, and counted in its status. */
static void
test_quota_holds_pods_back(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);
	struct status st = { 0 };
	json_t *body = sim_json(
		"{'metadata':{'name':'q'},'spec':{'hard':{'pods':'1'}}}");

	(void)state;
	assert_non_null(objects_create(
		k.objects, objects_type(k.objects, "", "resourcequotas"),
		"default", body, 0, &st));
	json_decref(body);
	make_job(&k, "two", "'parallelism':2,'completions':2,", "Never",
		 ",'command':['sleep','900']");
	kit_run(&k, 10);
	assert_job(&k, "two", "status.active", "1");
	assert_true(kit_events(&k, "FailedCreate", "exceeded quota: q") > 0);
	assert_field(&k, "", "resourcequotas", "default", "q", "status.used",
		     "{\"pods\":\"1\"}");
	kit_close(&k);
}

/* ---- CronJobs ---- */

static uint32_t
jobs_of(struct kit *k, const char *cron)
{
	char part[80];

	snprintf(part, sizeof(part), "Created job %s-", cron);
	return kit_events(k, "SuccessfulCreate", part);
}

static void
make_cron(struct kit *k, const char *name, const char *spec,
	  const char *command)
{
	char text[800];

	snprintf(text, sizeof(text),
		 "{'metadata':{'name':'%s'},'spec':{'schedule':'*/2 * * * *',"
		 "%s'jobTemplate':{'spec':{'template':{'spec':{"
		 "'restartPolicy':'Never','containers':[{'name':'c','image':"
		 "'busybox:1','command':[%s]}]}}}}}}",
		 name, spec, command);
	make(k, "cronjobs", text);
}

static void
test_cron_job(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);

	(void)state;
	make_cron(&k, "tick", "'successfulJobsHistoryLimit':2,", "'true'");
	make_cron(&k, "still", "'suspend':true,", "'true'");
	make_cron(&k, "long", "'concurrencyPolicy':'Forbid',",
		  "'sleep','1000'");
	make_cron(&k, "new", "'concurrencyPolicy':'Replace',",
		  "'sleep','1000'");
	kit_run(&k, 8 * 60 + 30);
	assert_int_equal(jobs_of(&k, "tick"), 4);
	assert_int_equal(kit_events(&k, "SawCompletedJob", "job: tick-"), 4);
	assert_int_equal(kit_events(&k, "SuccessfulDelete", "job tick-"), 2);
	assert_int_equal(jobs_of(&k, "still"), 0);
	assert_int_equal(jobs_of(&k, "long"), 1);
	assert_true(kit_events(&k, "JobAlreadyActive", "") > 0);
	assert_int_equal(jobs_of(&k, "new"), 4);
	assert_field(&k, "batch", "cronjobs", "default", "tick",
		     "status.active", "");
	kit_close(&k);
}

SUITE(sim_batch, TEST(test_next_time), TEST(test_what_commands_come_to),
      TEST(test_job_completes), TEST(test_job_gives_up),
      TEST(test_job_of_indexes), TEST(test_job_is_suspended),
      TEST(test_quota_holds_pods_back), TEST(test_cron_job));
