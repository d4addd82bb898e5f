/*
 * REST's entities: users, projects, runners, managers, jobs (B2).
 */
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/gitlab/face.h"
#include "backend/sim/world/manager.h"

#define ONLINE_MS INT64_C(7200000)
#define STALE_MS INT64_C(604800000)

json_t *
gitlab_time(int64_t ms)
{
	char text[TIME_TEXT];

	return ms ? json_string(time_format(ms, true, text)) : json_null();
}

static json_t *
seconds(int64_t ms)
{
	return json_real((double)ms / 1000.0);
}

const char *
gitlab_liveness(const struct ci *c, int64_t contacted_ms)
{
	int64_t age = sim_now_ms(c->sim) - contacted_ms;

	if (!contacted_ms)
		return "never_contacted";
	return age <= ONLINE_MS	 ? "online"
	       : age <= STALE_MS ? "offline"
				 : "stale";
}

bool
gitlab_is_stuck(const struct ci *c, const struct ci_job *j)
{
	if (j->status != CI_PENDING)
		return false;
	for (uint32_t i = 0; i < c->runner_n; i++) {
		const struct ci_runner *r = &c->runners[i];

		if (!r->paused && ci_runner_takes(r, j) &&
		    str_eq(gitlab_liveness(c, r->contacted_ms), "online"))
			return false;
	}
	return true;
}

json_t *
gitlab_user_json(const struct sim_user *u)
{
	return pack("{s:I, s:s, s:s, s:s, s:o, s:b}", "id",
		    (json_int_t)u->gitlab_id, "username", u->name, "name",
		    u->name, "state", "active", "web_url",
		    json_sprintf(GITLAB_URL "/%s", u->name), "is_admin",
		    (int)(u->role == SIM_ADMIN));
}

/* Pipelines run as their project's bot. */
static json_t *
bot_json(const struct ci_project *p)
{
	return pack("{s:I, s:o, s:s, s:s}", "id", (json_int_t)(4000 + p->id),
		    "username",
		    json_sprintf("project_%lld_bot", (long long)p->id), "name",
		    "pipeline", "state", "active");
}

json_t *
gitlab_project_json(const struct ci_project *p)
{
	return pack("{s:I, s:s, s:o, s:s, s:s, s:s, s:o, "
		    "s:{s:I, s:s, s:s, s:s}}",
		    "id", (json_int_t)p->id, "name", p->name,
		    "name_with_namespace",
		    json_sprintf("%s / %s", p->namespace, p->name), "path",
		    p->name, "path_with_namespace", p->path, "default_branch",
		    "main", "web_url", json_sprintf(GITLAB_URL "/%s", p->path),
		    "namespace", "id", (json_int_t)p->namespace_id, "path",
		    p->namespace, "kind", "group", "full_path", p->namespace);
}

/* ---- runners ---- */

static bool
is_busy(const struct ci_runner *r)
{
	for (uint32_t i = 0; i < r->managers.n; i++) {
		if (r->managers.at[i]->running)
			return true;
	}
	return false;
}

json_t *
gitlab_runner_json(const struct ci *c, const struct ci_runner *r, bool detail)
{
	const char *status = gitlab_liveness(c, r->contacted_ms);
	json_t *o = pack(
		"{s:I, s:s, s:n, s:b, s:b, s:b, s:s, s:n, s:b, s:s, s:o, s:n, "
		"s:s}",
		"id", (json_int_t)r->id, "description", r->description,
		"ip_address",
		"active", (int)!r->paused, "paused", (int)r->paused,
		"is_shared", (int)str_eq(r->plan->type, "instance_type"),
		"runner_type", r->plan->type, "name", "online",
		(int)str_eq(status, "online"), "status", status, "created_at",
		gitlab_time(r->created_ms), "created_by",
		"job_execution_status", is_busy(r) ? "active" : "idle");

	if (!detail)
		return o;
	json_object_update_new(
		o, pack("{s:o, s:b, s:b, s:o, s:s, s:s, s:s, s:s, s:s, s:o, "
			"s:o, s:[], s:[]}",
			"tag_list", pack_names(&r->tags), "run_untagged",
			(int)r->run_untagged, "locked", (int)r->locked,
			"maximum_timeout",
			r->timeout_s ? json_integer(r->timeout_s) : json_null(),
			"access_level",
			r->ref_protected ? "ref_protected" : "not_protected",
			"version", RUNNER_VERSION, "revision", RUNNER_REVISION,
			"platform", "linux", "architecture", "amd64",
			"contacted_at", gitlab_time(r->contacted_ms),
			"maintenance_note",
			r->maintenance_note ? json_string(r->maintenance_note)
					    : json_null(),
			"projects", "groups"));
	return o;
}

json_t *
gitlab_manager_json(const struct ci *c, const struct ci_manager *m)
{
	return pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:n, s:s, s:s}",
		    "id", (json_int_t)m->id, "system_id", m->system_id,
		    "version", m->version, "revision", RUNNER_REVISION,
		    "platform", "linux", "architecture", "amd64", "created_at",
		    gitlab_time(m->created_ms), "contacted_at",
		    gitlab_time(m->contacted_ms), "ip_address", "status",
		    gitlab_liveness(c, m->contacted_ms), "job_execution_status",
		    m->running ? "active" : "idle");
}

/* ---- jobs ---- */

/* A pipeline here is one job and its retries: the newest counts. */
static const char *
pipeline_status(const struct ci *c, const struct ci_job *j)
{
	const struct ci_job *next;

	while (j->retried_as && (next = ci_job(c, j->retried_as)))
		j = next;
	return ci_status_name(j->status);
}

json_t *
gitlab_pipeline_json(const struct ci *c, const struct ci_job *j)
{
	return pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "id",
		    (json_int_t)j->pipeline_id, "iid",
		    (json_int_t)(j->pipeline_id % 100000), "project_id",
		    (json_int_t)j->project->id, "sha", j->sha, "ref",
		    j->load->ref, "status",
		    pipeline_status(c, j), "source",
		    "push", "created_at", gitlab_time(j->created_ms),
		    "updated_at", gitlab_time(j->created_ms), "web_url",
		    json_sprintf(GITLAB_URL "/%s/-/pipelines/%lld",
				 j->project->path, (long long)j->pipeline_id));
}

static json_t *
commit_json(const struct ci_job *j)
{
	return pack("{s:s, s:s%, s:o, s:s, s:s}", "id", j->sha, "short_id",
		    j->sha, (size_t)8, "created_at", gitlab_time(j->created_ms),
		    "title", "Change what had to change", "author_name",
		    "pipeline");
}

json_t *
gitlab_job_json(const struct ci *c, const struct ci_job *j)
{
	int64_t end = j->finished_ms ? j->finished_ms : sim_now_ms(c->sim);
	json_t *o = pack(
		"{s:I, s:s, s:s, s:s, s:s, s:b, s:n, s:b, s:o, s:o, s:o, s:o, "
		"s:o, s:o, s:o}",
		"id", (json_int_t)j->id, "status", ci_status_name(j->status),
		"stage", j->load->stage, "name", j->load->name, "ref",
		j->load->ref, "tag", 0, "coverage", "allow_failure", 0,
		"created_at", gitlab_time(j->created_ms), "started_at",
		gitlab_time(j->started_ms), "finished_at",
		gitlab_time(j->finished_ms), "erased_at",
		gitlab_time(j->erased_ms), "duration",
		j->started_ms ? seconds(end - j->started_ms) : json_null(),
		"queued_duration", seconds(ci_queued_ms(c, j)), "tag_list",
		pack_names(&j->load->tags));

	pack_set(o, "failure_reason", j->failure_reason);
	json_object_update_new(
		o, pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:[], s:n}",
			"user", bot_json(j->project), "commit", commit_json(j),
			"pipeline", gitlab_pipeline_json(c, j), "web_url",
			json_sprintf(GITLAB_URL "/%s/-/jobs/%lld",
				     j->project->path, (long long)j->id),
			"project", gitlab_project_json(j->project), "runner",
			j->runner ? gitlab_runner_json(c, j->runner, false)
				  : json_null(),
			"runner_manager",
			j->manager ? gitlab_manager_json(c, j->manager)
				   : json_null(),
			"artifacts", "artifacts_expire_at"));
	return o;
}
