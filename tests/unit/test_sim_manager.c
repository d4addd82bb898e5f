/*
 * Runner managers as processes: their port, their token, their ends.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/sim/kube/hooks.h"
#include "tests/unit/sim_kit.h"

#define SMALL                                                                  \
	"title: t\nnotice: n\nremedy: r\ngroups:\n"                            \
	"  - {name: amd64-general, types: m6i.2xlarge, max: 3, desired: 2}\n"  \
	"runners:\n"                                                           \
	"  - {name: docker, tags: [x], concurrent: 12}\n"                      \
	"jobs:\n"                                                              \
	"  - {name: build, stage: build, project: a/b, tags: [x], at_once: "   \
	"6,\n"                                                                 \
	"     duration: 3m, from: -15m, per_minute: 2, failure_rate: 0.3}\n"   \
	"  - {name: test, project: a/c, tags: [x], at_once: 4,\n"              \
	"     duration: 5m, from: -15m, per_minute: 1, timeout: 6m}\n"

struct manager_pod {
	const char *app;
	char name[100];
	uint32_t n;
};

static bool
take_manager(void *ctx, const struct object *o)
{
	struct manager_pod *m = ctx;
	const char *app = object_label(o, "app");

	if (app && strcmp(app, m->app) == 0) {
		snprintf(m->name, sizeof(m->name), "%s", o->name);
		m->n++;
	}
	return true;
}

static struct manager_pod
manager_of(const struct kit *k, const char *app)
{
	struct manager_pod m = { .app = app };

	objects_each(k->objects, k->pods, NULL, NULL, take_manager, &m);
	return m;
}

/* What the proxy brings from that path of the manager's port. */
static char *
fetch(struct kit *k, const char *pod, int port, const char *path, int *status)
{
	struct kube_hooks *h = sim_kube_hooks(k->w);
	const struct object *o =
		objects_get(k->objects, k->pods, "gitlab-runner", pod);
	struct buf body;
	struct kube_answer a = { .status = 200, .body = &body };
	char *text = NULL;

	assert_non_null(o);
	buf_init(&body, (size_t)4 << 20);
	*status = 0;
	if (h->proxy(h->ctx, o, port, path, &a)) {
		*status = a.status;
		text = xstrdup(buf_text(&body));
	}
	buf_fini(&body);
	return text;
}

/* The number after this row's labels. */
static double
metric(const char *text, const char *row)
{
	const char *at = strstr(text, row);

	if (!at)
		fail_msg("no row %s in:\n%s", row, text);
	return strtod(strstr(at, "} ") + 2, NULL);
}

static void
test_metrics_say_what_runs(void **state)
{
	struct kit k = kit_open_text(SMALL, 1);
	struct manager_pod m = manager_of(&k, "gitlab-runner-docker");
	const struct ci_manager *ci = k.ci->runners[0].managers.at[0];
	char *text, *list;
	uint32_t lines = 0;
	int status;

	(void)state;
	assert_int_equal(m.n, 1);
	text = fetch(&k, m.name, 9252, "/metrics", &status);
	assert_int_equal(status, 200);
	assert_text_contains(text, ci->system_id);
	assert_true(metric(text, "gitlab_runner_jobs_total{") >= 30);
	assert_true(metric(text, "gitlab_runner_job_duration_seconds_count{") >
		    20);
	assert_true(metric(text, "gitlab_runner_job_duration_seconds_bucket{") <
		    metric(text, "gitlab_runner_job_duration_seconds_count{"));
	assert_true(metric(text, "gitlab_runner_api_request_statuses_total{") >
		    0);
	assert_text_contains(text, "gitlab_runner_concurrent 12\n");
	assert_text_contains(text, "stage=\"idle\"");
	list = fetch(&k, m.name, 9252, "/debug/jobs/list", &status);
	for (const char *c = list; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, ci->running);
	free(list);
	free(text);
	text = fetch(&k, m.name, 9252, "/health/ready", &status);
	assert_int_equal(status, 200);
	free(text);
	text = fetch(&k, m.name, 9252, "/nothing", &status);
	assert_int_equal(status, 404);
	free(text);
	assert_null(fetch(&k, m.name, 80, "/metrics", &status));
	kit_close(&k);
}

/* A new process: another system_id, and the old one stays in GitLab. */
static void
test_every_restart_is_a_new_manager(void **state)
{
	struct kit k = kit_open_text(SMALL, 1);
	struct ci_runner *r = &k.ci->runners[0];
	struct manager_pod m = manager_of(&k, "gitlab-runner-docker");
	struct status st = { 0 };

	(void)state;
	assert_int_equal(r->managers.n, 1);
	assert_true(objects_delete(k.objects, k.pods, "gitlab-runner", m.name,
				   &(struct delete_options){ .grace_s = 0 },
				   NULL, NULL, &st));
	kit_run(&k, 120);
	assert_int_equal(r->managers.n, 2);
	assert_true(strcmp(r->managers.at[0]->system_id,
			   r->managers.at[1]->system_id) != 0);
	assert_true(r->managers.at[1]->contacted_ms >
		    r->managers.at[0]->contacted_ms);
	kit_close(&k);
}

/* Told to stop it takes nothing new and ends with its last job. */
static void
test_a_graceful_drain(void **state)
{
	struct kit k = kit_open_text(SMALL, 1);
	struct ci_runner *r = &k.ci->runners[0];
	const struct ci_manager *old = r->managers.at[0];
	struct manager_pod m = manager_of(&k, "gitlab-runner-docker");
	uint32_t ran = old->running;
	struct status st = { 0 };

	(void)state;
	assert_true(ran > 3);
	assert_true(objects_delete(k.objects, k.pods, "gitlab-runner", m.name,
				   &(struct delete_options){ .grace_s = -1 },
				   NULL, NULL, &st));
	kit_run(&k, 20);
	assert_true(old->running > 0 && old->running <= ran);
	assert_non_null(
		objects_get(k.objects, k.pods, "gitlab-runner", m.name));
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		const struct ci_job *j = k.ci->jobs.at[i];

		if (j->manager == old)
			assert_true(j->started_ms <=
				    k.scenario->start_ms + 1000);
	}
	kit_run(&k, 600);
	assert_int_equal(old->running, 0);
	assert_null(objects_get(k.objects, k.pods, "gitlab-runner", m.name));
	/* None of its jobs was lost. */
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		const struct ci_job *j = k.ci->jobs.at[i];

		if (j->manager == old && j->failure_reason)
			assert_string_not_equal(j->failure_reason,
						"runner_system_failure");
	}
	kit_close(&k);
}

/* clang-format off */
SUITE(sim_manager,
	TEST(test_metrics_say_what_runs),
	TEST(test_every_restart_is_a_new_manager),
	TEST(test_a_graceful_drain));
