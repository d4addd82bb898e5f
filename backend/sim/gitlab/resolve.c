/*
 * What the fields of GitLab's GraphQL say (reference integrations B4).
 */
#include "backend/sim/gitlab/resolve.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "backend/sim/world/manager.h"

static struct ci *
ci_of(const struct query_run *r)
{
	return r->call->ci;
}

json_t *
resolve_upper(const char *text)
{
	char out[64];
	size_t n = 0;

	for (; *text && n + 1 < sizeof(out); text++)
		out[n++] = (char)toupper((unsigned char)*text);
	return json_stringn(out, n);
}

static json_t *
gid(const char *model, int64_t id)
{
	return json_sprintf("gid://gitlab/%s/%lld", model, (long long)id);
}

bool
resolve_gid(const char *text, const char *model, int64_t *id)
{
	static const char head[] = "gid://gitlab/";
	size_t len = strlen(model);
	char *end;

	if (!str_has_prefix(text, head))
		return false;
	text += sizeof(head) - 1;
	if (strncmp(text, model, len) != 0 || text[len] != '/' ||
	    !isdigit((unsigned char)text[len + 1]))
		return false;
	errno = 0;
	*id = strtoll(text + len + 1, &end, 10);
	return !*end && errno == 0;
}

/* ---- values ---- */

#define VALUE(name, type, expr)                                                \
	json_t *name(struct query_run *r, const void *object)                  \
	{                                                                      \
		const struct type *o = object;                                 \
                                                                               \
		(void)r;                                                       \
		(void)o;                                                       \
		return expr;                                                   \
	}

static json_t *
duration_json(int64_t ms)
{
	return json_integer(ms / 1000);
}

VALUE(resolve_job_id, ci_job, gid("Ci::Build", o->id))
VALUE(resolve_job_name, ci_job, json_string(o->load->name))
VALUE(resolve_job_status, ci_job, resolve_upper(ci_status_name(o->status)))
VALUE(resolve_job_tags, ci_job, pack_names(&o->load->tags))
VALUE(resolve_job_ref, ci_job, json_string(o->load->ref))
VALUE(resolve_job_short_sha, ci_job, json_stringn(o->sha, 8))
VALUE(resolve_job_created, ci_job, gitlab_time(o->created_ms))
VALUE(resolve_job_queued, ci_job, gitlab_time(o->queued_ms))
VALUE(resolve_job_erased, ci_job, gitlab_time(o->erased_ms))
VALUE(resolve_job_started, ci_job, gitlab_time(o->started_ms))
VALUE(resolve_job_finished, ci_job, gitlab_time(o->finished_ms))
VALUE(resolve_job_duration, ci_job,
      o->finished_ms && o->started_ms
	      ? duration_json(o->finished_ms - o->started_ms)
	      : json_null())
VALUE(resolve_job_queued_for, ci_job,
      json_real((double)ci_queued_ms(ci_of(r), o) / 1000.0))
VALUE(resolve_job_stuck, ci_job, json_boolean(gitlab_is_stuck(ci_of(r), o)))
VALUE(resolve_job_cancelable, ci_job, json_boolean(ci_is_cancelable(o)))
VALUE(resolve_job_retryable, ci_job, json_boolean(ci_is_retryable(o)))
VALUE(resolve_job_retried, ci_job, json_boolean(o->retried_as != 0))
VALUE(resolve_job_playable, ci_job, json_boolean(o->status == CI_MANUAL))
VALUE(resolve_job_manual, ci_job, json_boolean(o->load->manual))
VALUE(resolve_job_active, ci_job,
      json_boolean(o->status == CI_PENDING || o->status == CI_RUNNING))
VALUE(resolve_job_failure, ci_job,
      o->failure_reason ? json_string(o->failure_reason) : json_null())
VALUE(resolve_job_exit_code, ci_job,
      o->exit_code ? json_integer(o->exit_code) : json_null())
VALUE(resolve_job_path, ci_job,
      json_sprintf("/%s/-/jobs/%lld", o->project->path, (long long)o->id))
VALUE(resolve_no, ci_job, json_false())
VALUE(resolve_stage_name, ci_job, json_string(o->load->stage))
VALUE(resolve_stage_id, ci_job,
      gid("Ci::Stage", o->pipeline_id * 10 + (int64_t)*o->load->stage % 10))
VALUE(resolve_pipeline_id, ci_job, gid("Ci::Pipeline", o->pipeline_id))
VALUE(resolve_pipeline_iid, ci_job,
      json_sprintf("%lld", (long long)(o->pipeline_id % 100000)))
VALUE(resolve_pipeline_path, ci_job,
      json_sprintf("/%s/-/pipelines/%lld", o->project->path,
		   (long long)o->pipeline_id))
VALUE(resolve_bot_id, ci_job, gid("User", 4000 + o->project->id))
VALUE(resolve_bot_username, ci_job,
      json_sprintf("project_%lld_bot", (long long)o->project->id))
VALUE(resolve_bot_name, ci_job, json_string("pipeline"))
VALUE(resolve_detailed_text, ci_job,
      json_string(gitlab_is_stuck(ci_of(r), o) ? "Stuck"
		  : o->status == CI_SUCCESS    ? "Passed"
					       : ci_status_name(o->status)))
VALUE(resolve_detailed_tooltip, ci_job, json_string(ci_status_name(o->status)))

VALUE(resolve_project_id, ci_project, gid("Project", o->id))
VALUE(resolve_project_name, ci_project, json_string(o->name))
VALUE(resolve_project_path, ci_project, json_string(o->path))
VALUE(resolve_project_full_name, ci_project,
      json_sprintf("%s / %s", o->namespace, o->name))
VALUE(resolve_project_url, ci_project, json_sprintf(GITLAB_URL "/%s", o->path))
VALUE(resolve_group_id, ci_project, gid("Group", o->namespace_id))
VALUE(resolve_group_path, ci_project, json_string(o->namespace))

VALUE(resolve_runner_id, ci_runner, gid("Ci::Runner", o->id))
VALUE(resolve_runner_sha, ci_runner, json_stringn(o->short9, 8))
VALUE(resolve_runner_description, ci_runner, json_string(o->description))
VALUE(resolve_runner_type, ci_runner, resolve_upper(o->plan->type))
VALUE(resolve_runner_status, ci_runner,
      resolve_upper(gitlab_liveness(ci_of(r), o->contacted_ms)))
VALUE(resolve_runner_paused, ci_runner, json_boolean(o->paused))
VALUE(resolve_runner_active, ci_runner, json_boolean(!o->paused))
VALUE(resolve_runner_tags, ci_runner, pack_names(&o->tags))
VALUE(resolve_runner_untagged, ci_runner, json_boolean(o->run_untagged))
VALUE(resolve_runner_locked, ci_runner, json_boolean(o->locked))
VALUE(resolve_runner_access, ci_runner,
      json_string(o->ref_protected ? "REF_PROTECTED" : "NOT_PROTECTED"))
VALUE(resolve_runner_note, ci_runner,
      o->maintenance_note ? json_string(o->maintenance_note) : json_null())
VALUE(resolve_runner_admin_url, ci_runner,
      gitlab_is_admin(r->call)
	      ? json_sprintf(GITLAB_URL "/admin/runners/%lld", (long long)o->id)
	      : json_null())
VALUE(resolve_runner_projects, ci_runner, json_null())
VALUE(resolve_runner_contacted, ci_runner, gitlab_time(o->contacted_ms))
VALUE(resolve_runner_created, ci_runner, gitlab_time(o->created_ms))
VALUE(resolve_runner_timeout, ci_runner,
      o->timeout_s ? json_integer(o->timeout_s) : json_null())
VALUE(resolve_runner_version, ci_runner, json_string(RUNNER_VERSION))
VALUE(resolve_runner_state, ci_runner, json_string("FINISHED"))

json_t *
resolve_runner_execution(struct query_run *r, const void *object)
{
	const struct ci_runner *o = object;

	(void)r;
	for (uint32_t i = 0; i < o->managers.n; i++) {
		if (o->managers.at[i]->running)
			return json_string("ACTIVE");
	}
	return json_string("IDLE");
}

json_t *
resolve_runner_job_count(struct query_run *r, const void *object)
{
	const struct ci *c = ci_of(r);
	json_int_t n = 0;

	for (uint32_t i = 0; i < c->jobs.n && n < 1001; i++)
		n += c->jobs.at[i]->runner == object;
	return json_integer(n);
}

VALUE(resolve_manager_id, ci_manager, gid("Ci::RunnerManager", o->id))
VALUE(resolve_manager_system, ci_manager, json_string(o->system_id))
VALUE(resolve_manager_status, ci_manager,
      resolve_upper(gitlab_liveness(ci_of(r), o->contacted_ms)))
VALUE(resolve_manager_contacted, ci_manager, gitlab_time(o->contacted_ms))
VALUE(resolve_manager_created, ci_manager, gitlab_time(o->created_ms))
VALUE(resolve_manager_executor, ci_manager, json_string(o->executor))
VALUE(resolve_manager_ip, ci_manager, json_null())
VALUE(resolve_manager_version, ci_manager, json_string(o->version))
VALUE(resolve_manager_revision, ci_manager, json_string(RUNNER_REVISION))
VALUE(resolve_manager_platform, ci_manager, json_string("linux"))
VALUE(resolve_manager_arch, ci_manager, json_string("amd64"))
VALUE(resolve_manager_execution, ci_manager,
      json_string(o->running ? "ACTIVE" : "IDLE"))

VALUE(resolve_user_id, sim_user, gid("User", o->gitlab_id))
VALUE(resolve_user_name, sim_user, json_string(o->name))
VALUE(resolve_metadata_version, scenario, json_string(GITLAB_VERSION))
VALUE(resolve_metadata_revision, scenario, json_string(GITLAB_REVISION))
VALUE(resolve_yes, scenario, json_true())

const void *
resolve_job_project(const struct schema_args *a, const void *object)
{
	(void)a;
	return ((const struct ci_job *)object)->project;
}

const void *
resolve_job_runner(const struct schema_args *a, const void *object)
{
	(void)a;
	return ((const struct ci_job *)object)->runner;
}

const void *
resolve_job_manager(const struct schema_args *a, const void *object)
{
	(void)a;
	return ((const struct ci_job *)object)->manager;
}
