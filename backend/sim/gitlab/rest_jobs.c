/*
 * REST: jobs, their pipelines and traces, and what may be done to a job.
 */
#include "backend/sim/gitlab/page.h"
#include "backend/sim/gitlab/rest.h"

/* scope[]=pending&scope[]=running, or scope=running; none: all.  False: a
 * value that is none, which is answered. */
static bool
scopes_are_good(struct gitlab_call *c, const char **name)
{
	static const char others[] = ",created,waiting_for_resource,preparing,"
				     "waiting_for_callback,skipped,scheduled,";
	const char *v;

	*name = gitlab_param(c, "scope[]", 0) ? "scope[]" : "scope";
	for (uint32_t n = 0; (v = gitlab_param(c, *name, n)); n++) {
		const char *quoted = arena_printf(c->arena, ",%s,", v);

		if (ci_status_known(v) ||
		    (!strchr(v, ',') && strstr(others, quoted)))
			continue;
		gitlab_json(c, 400,
			    pack("{s:s}", "error",
				 "scope does not have a valid value"));
		return false;
	}
	return true;
}

static bool
in_scope(const struct gitlab_call *c, const char *name, const struct ci_job *j)
{
	const char *v = gitlab_param(c, name, 0);

	for (uint32_t n = 1; v; n++) {
		if (str_eq(v, ci_status_name(j->status)))
			return true;
		v = gitlab_param(c, name, n);
		if (!v)
			return false;
	}
	return true;
}

struct job_query {
	const struct ci_project *project;
	int64_t pipeline_id; /* 0: of all */
	bool with_retried;
};

static void
list_jobs(struct gitlab_call *c, const struct job_query *q)
{
	const char *scope;
	struct listing l;

	if (!scopes_are_good(c, &scope))
		return;
	l = listing_begin(c);
	for (uint32_t i = 0; i < c->ci->jobs.n; i++) {
		const struct ci_job *j =
			c->ci->jobs.at[listing_at(&l, i, c->ci->jobs.n)];

		if (j->project != q->project ||
		    (q->pipeline_id && j->pipeline_id != q->pipeline_id) ||
		    (j->retried_as && !q->with_retried) ||
		    !in_scope(c, scope, j))
			continue;
		if (listing_wants(&l, j->id))
			json_array_append_new(l.items,
					      gitlab_job_json(c->ci, j));
	}
	listing_end(&l);
}

void
rest_project_jobs(struct gitlab_call *c)
{
	struct job_query q = { .project = rest_project(c),
			       .with_retried = true };

	if (q.project && !gitlab_limit_project_jobs(c))
		list_jobs(c, &q);
}

/* ---- pipelines: known by their jobs ---- */

/* The first job of the pipeline named by part[1]; NULL: answered. */
static const struct ci_job *
want_pipeline(struct gitlab_call *c)
{
	const struct ci_project *p = rest_project(c);
	int64_t id;

	if (!p)
		return NULL;
	for (uint32_t i = 0; gitlab_whole(c->part[1], &id) && i < c->ci->jobs.n;
	     i++) {
		const struct ci_job *j = c->ci->jobs.at[i];

		if (j->project == p && j->pipeline_id == id)
			return j;
	}
	gitlab_message(c, 404, "404 Not found");
	return NULL;
}

void
rest_pipelines(struct gitlab_call *c)
{
	const struct ci_project *p = rest_project(c);
	struct listing l;

	if (!p)
		return;
	l = listing_begin(c);
	for (uint32_t i = 0; i < c->ci->jobs.n; i++) {
		const struct ci_job *j =
			c->ci->jobs.at[listing_at(&l, i, c->ci->jobs.n)];

		/* Told with the job that is no retry of another: one each. */
		if (j->project == p && !j->retried_as &&
		    listing_wants(&l, j->pipeline_id))
			json_array_append_new(l.items,
					      gitlab_pipeline_json(c->ci, j));
	}
	listing_end(&l);
}

void
rest_pipeline(struct gitlab_call *c)
{
	const struct ci_job *j = want_pipeline(c);

	if (j)
		gitlab_json(c, 200, gitlab_pipeline_json(c->ci, j));
}

void
rest_pipeline_jobs(struct gitlab_call *c)
{
	const struct ci_job *j = want_pipeline(c);

	if (j)
		list_jobs(c,
			  &(struct job_query){
				  j->project, j->pipeline_id,
				  gitlab_flag_is(
					  gitlab_param(c, "include_retried", 0),
					  true) });
}

/* No pipeline here triggers another. */
void
rest_pipeline_bridges(struct gitlab_call *c)
{
	struct listing l;

	if (!want_pipeline(c))
		return;
	l = listing_begin(c);
	listing_end(&l);
}

/* ---- one job ---- */

static struct ci_job *
want_job(struct gitlab_call *c)
{
	const struct ci_project *p = rest_project(c);
	struct ci_job *j = NULL;
	int64_t id;

	if (!p)
		return NULL;
	if (gitlab_whole(c->part[1], &id))
		j = ci_job(c->ci, id);
	if (!j || j->project != p) {
		gitlab_message(c, 404, "404 Not found");
		return NULL;
	}
	return j;
}

void
rest_job(struct gitlab_call *c)
{
	const struct ci_job *j = want_job(c);

	if (j)
		gitlab_json(c, 200, gitlab_job_json(c->ci, j));
}

void
rest_job_trace(struct gitlab_call *c)
{
	const struct ci_job *j = want_job(c);

	if (!j)
		return;
	c->answer->type = "text/plain";
	ci_trace(c->ci, j, &c->answer->body);
}

/* Jobs of the simulated fleet keep none. */
void
rest_job_artifacts(struct gitlab_call *c)
{
	if (want_job(c))
		gitlab_message(c, 404, "404 Not Found");
}

void
rest_job_cancel(struct gitlab_call *c)
{
	struct ci_job *j = want_job(c);
	bool force = gitlab_flag_is(gitlab_param(c, "force", 0), true);

	if (!j)
		return;
	if (force && gitlab_level(c) < LEVEL_MAINTAINER) {
		gitlab_message(c, 403, "403 Forbidden");
		return;
	}
	/* Force is for jobs that do not end: it needs one that is ending. */
	if (!ci_cancel(c->ci, j, force && j->status == CI_CANCELING)) {
		gitlab_message(c, 403, "403 Forbidden - Job is not cancelable");
		return;
	}
	gitlab_json(c, 201, gitlab_job_json(c->ci, j));
}

static void
answer_job(struct gitlab_call *c, const struct ci_job *j, int status,
	   const char *refusal)
{
	if (j)
		gitlab_json(c, status, gitlab_job_json(c->ci, j));
	else
		gitlab_message(c, str_has_prefix(refusal, "400") ? 400 : 403,
			       refusal);
}

void
rest_job_retry(struct gitlab_call *c)
{
	struct ci_job *j = want_job(c);

	if (j)
		answer_job(c, ci_retry(c->ci, j), 201,
			   "403 Forbidden - Job is not retryable");
}

void
rest_job_play(struct gitlab_call *c)
{
	struct ci_job *j = want_job(c);

	if (j)
		answer_job(c, ci_play(c->ci, j) ? j : NULL, 200,
			   "400 Bad request - Unplayable Job");
}

void
rest_job_erase(struct gitlab_call *c)
{
	struct ci_job *j = want_job(c);

	if (j)
		answer_job(c, ci_erase(c->ci, j) ? j : NULL, 201,
			   "403 Forbidden - Job is not erasable!");
}
