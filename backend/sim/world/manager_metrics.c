/*
 * What a manager answers on port 9252: metrics in Prometheus' text, the list of
 * its jobs, health (reference integrations A8).  It counts what it does
 * itself; a new process begins at zero.
 */
#include "backend/sim/world/manager_build.h"

#include <stdlib.h>

#include "backend/base/clock.h"

#define TEXT "text/plain; version=0.0.4; charset=utf-8"

/* clang-format off */
const char *const failure_names[] = {
	"script_failure", "runner_system_failure", "job_execution_timeout",
	"image_pull_failure", "unknown_failure", NULL,
};
static const int32_t duration_le_s[] = { 30, 60, 300, 600, 1800, 3600, 7200,
					 10800, 18000, 36000 };
static const int32_t queue_le_s[] = { 1, 3, 10, 30, 60, 120, 300, 900, 1800,
				      3600 };
/* clang-format on */

static const char *
stage_of(const struct ci_job *j, int64_t now)
{
	static const struct {
		enum ci_step step;
		const char *stage;
	} stages[] = {
		{ STEP_CLEANUP, "cleanup_file_variables" },
		{ STEP_UPLOAD, "upload_artifacts_on_success" },
		{ STEP_ARCHIVE, "archive_cache" },
		{ STEP_AFTER, "after_script" },
		{ STEP_SCRIPT, "step_script" },
		{ STEP_CACHE, "restore_cache" },
		{ STEP_SOURCES, "get_sources" },
	};

	for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
		int64_t at = j->step_ms[stages[i].step];

		if (at && at <= now)
			return stages[i].stage;
	}
	return "prepare_executor";
}

void
process_count_end(struct process *m, const struct ci_job *j)
{
	struct process_counts *c = &m->counts;
	double took = (double)(sim_now_ms(m->k->sim) - j->started_ms) / 1000.0;
	double queued = (double)ci_queued_ms(sim_ci(m->k->sim), j) / 1000.0;

	c->ended++;
	c->seconds += took;
	c->queued += queued;
	for (size_t i = 0; i < ARRAY_LEN(c->seconds_buckets); i++) {
		c->seconds_buckets[i] += took <= duration_le_s[i];
		c->queue_buckets[i] += queued <= queue_le_s[i];
	}
	for (size_t i = 0; failure_names[i]; i++)
		c->failed[i] += str_eq(failure_names[i], j->failure_reason);
}

static void
head(struct buf *b, const char *name, const char *help, const char *type)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
add_jobs(const struct process *m, struct buf *b)
{
	int64_t now = sim_now_ms(m->k->sim);

	head(b, "gitlab_runner_jobs", "The current number of running builds",
	     "gauge");
	buf_puts(b, "gitlab_runner_jobs{executor_stage=\"\",runner=\"\","
		    "runner_name=\"\",stage=\"idle\",state=\"idle\","
		    "system_id=\"\"} 0\n");
	/* Rows of one stage are one row. */
	for (uint32_t i = 0; i < m->builds.n; i++) {
		const struct build *x = m->builds.at[i];
		const char *stage = stage_of(x->job, now);
		uint32_t n = 0;
		bool first = true;

		for (uint32_t k = 0; k < m->builds.n; k++) {
			if (!str_eq(stage_of(m->builds.at[k]->job, now), stage))
				continue;
			first = first && k >= i;
			n++;
		}
		if (!first)
			continue;
		buf_printf(
			b,
			"gitlab_runner_jobs{executor_stage=\"%s\","
			"runner=\"%s\",runner_name=\"%s\",stage=\"%s\","
			"state=\"running\",system_id=\"%s\"} %u\n",
			str_eq(stage, "prepare_executor") ? "prepare" : "run",
			m->short9, m->runner->name, stage, m->ci->system_id, n);
	}
	head(b, "gitlab_runner_jobs_total", "Total number of handled jobs",
	     "counter");
	buf_printf(b,
		   "gitlab_runner_jobs_total{runner=\"%s\",runner_name=\"%s\","
		   "system_id=\"%s\"} %llu\n",
		   m->short9, m->runner->name, m->ci->system_id,
		   (unsigned long long)m->counts.taken);
	head(b, "gitlab_runner_failed_jobs_total",
	     "Total number of failed jobs", "counter");
	for (size_t i = 0; failure_names[i]; i++) {
		if (m->counts.failed[i])
			buf_printf(b,
				   "gitlab_runner_failed_jobs_total{"
				   "failure_reason=\"%s\",mode=\"default\","
				   "runner=\"%s\",runner_name=\"%s\"} %llu\n",
				   failure_names[i], m->short9, m->runner->name,
				   (unsigned long long)m->counts.failed[i]);
	}
}

struct histogram {
	const char *name, *help, *extra;
	const int32_t *le;
	const uint64_t *buckets;
	double sum;
};

static void
add_histogram(const struct process *m, struct buf *b, const struct histogram *h)
{
	head(b, h->name, h->help, "histogram");
	for (size_t i = 0; i < ARRAY_LEN(m->counts.seconds_buckets); i++)
		buf_printf(b,
			   "%s_bucket{%srunner=\"%s\",runner_name=\"%s\","
			   "system_id=\"%s\",le=\"%d\"} %llu\n",
			   h->name, h->extra, m->short9, m->runner->name,
			   m->ci->system_id, h->le[i],
			   (unsigned long long)h->buckets[i]);
	buf_printf(b,
		   "%s_bucket{%srunner=\"%s\",runner_name=\"%s\","
		   "system_id=\"%s\",le=\"+Inf\"} %llu\n",
		   h->name, h->extra, m->short9, m->runner->name,
		   m->ci->system_id, (unsigned long long)m->counts.ended);
	buf_printf(b,
		   "%s_sum{%srunner=\"%s\",runner_name=\"%s\","
		   "system_id=\"%s\"} %.3f\n"
		   "%s_count{%srunner=\"%s\",runner_name=\"%s\","
		   "system_id=\"%s\"} %llu\n",
		   h->name, h->extra, m->short9, m->runner->name,
		   m->ci->system_id, h->sum, h->name, h->extra, m->short9,
		   m->runner->name, m->ci->system_id,
		   (unsigned long long)m->counts.ended);
}

static void
add_requests(const struct process *m, struct buf *b)
{
	static const int status[] = { 201, 204, 403 };

	head(b, "gitlab_runner_api_request_statuses_total",
	     "The total number of api requests, partitioned by runner, "
	     "system_id, endpoint, status and method.",
	     "counter");
	for (size_t i = 0; i < ARRAY_LEN(status); i++) {
		if (m->counts.requests[i])
			buf_printf(b,
				   "gitlab_runner_api_request_statuses_total{"
				   "endpoint=\"request_job\",method=\"post\","
				   "runner=\"%s\",status=\"%d\","
				   "system_id=\"%s\"} %llu\n",
				   m->short9, status[i], m->ci->system_id,
				   (unsigned long long)m->counts.requests[i]);
	}
	head(b, "gitlab_runner_concurrent",
	     "The current value of concurrent setting", "gauge");
	buf_printf(b, "gitlab_runner_concurrent %d\n", m->concurrent);
	head(b, "gitlab_runner_limit", "The current value of runner's limit",
	     "gauge");
	buf_printf(b,
		   "gitlab_runner_limit{runner=\"%s\",system_id=\"%s\"} "
		   "%d\n",
		   m->short9, m->ci->system_id, m->runner->plan->limit);
	head(b, "gitlab_runner_version_info",
	     "A metric with a constant '1' value labeled by different build "
	     "stats fields.",
	     "gauge");
	buf_printf(b,
		   "gitlab_runner_version_info{architecture=\"amd64\","
		   "name=\"gitlab-runner\",os=\"linux\","
		   "revision=\"" RUNNER_REVISION "\",version=\"%s\"} 1\n",
		   m->ci->version);
	head(b, "process_start_time_seconds",
	     "Start time of the process since unix epoch in seconds.", "gauge");
	buf_printf(b, "process_start_time_seconds %lld\n",
		   (long long)(m->started_ms / 1000));
}

static void
add_metrics(const struct process *m, struct buf *b)
{
	add_jobs(m, b);
	add_histogram(m, b,
		      &(struct histogram){ "gitlab_runner_job_duration_seconds",
					   "Histogram of job durations",
					   "mode=\"default\",", duration_le_s,
					   m->counts.seconds_buckets,
					   m->counts.seconds });
	add_histogram(m, b,
		      &(struct histogram){
			      "gitlab_runner_job_queue_duration_seconds",
			      "A histogram representing job queue duration.",
			      "project_jobs_running=\"\",", queue_le_s,
			      m->counts.queue_buckets, m->counts.queued });
	add_requests(m, b);
}

static void
add_list(const struct process *m, struct buf *b)
{
	int64_t now = sim_now_ms(m->k->sim);

	for (uint32_t i = 0; i < m->builds.n; i++) {
		const struct ci_job *j = m->builds.at[i]->job;
		const char *stage = stage_of(j, now);
		char took[TIME_TEXT];

		duration_format(now - j->started_ms, took);
		buf_printf(b,
			   "url=https://gitlab.example.com/%s/-/jobs/%lld "
			   "state=running stage=%s executor_stage=%s "
			   "duration=%s\n",
			   j->project->path, (long long)j->id, stage,
			   str_eq(stage, "prepare_executor") ? "prepare"
							     : "run",
			   took);
	}
}

void
process_serve(const struct process *m, const char *path, struct kube_answer *a)
{
	size_t len = strcspn(path, "?");

	a->type = TEXT;
	if (len == 8 && strncmp(path, "/metrics", len) == 0) {
		add_metrics(m, a->body);
	} else if (len == 16 && strncmp(path, "/debug/jobs/list", len) == 0) {
		a->type = "text/plain";
		add_list(m, a->body);
	} else if (len == 13 && strncmp(path, "/health/ready", len) == 0) {
		a->type = "text/plain";
		buf_puts(a->body, "ok\n");
	} else {
		a->status = 404;
		buf_puts(a->body, "404 page not found\n");
	}
}
