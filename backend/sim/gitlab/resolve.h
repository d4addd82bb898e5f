/*
 * How the fields of the schema are answered, for the tables of schema.c: find.c
 * finds, resolve.c says, summary.c cuts traces short, mutate.c changes.
 */
#ifndef SIM_GITLAB_RESOLVE_H
#define SIM_GITLAB_RESOLVE_H

#include "backend/sim/gitlab/schema.h"

json_t *resolve_upper(const char *text); /* new */
/* "gid://gitlab/Ci::Build/7" of that model. */
bool resolve_gid(const char *text, const char *model, int64_t *id);

struct schema_list resolve_found_nodes(const struct schema_args *a,
				       const void *object);
struct schema_list resolve_found_edges(const struct schema_args *a,
				       const void *object);
const void *resolve_itself(const struct schema_args *a, const void *object);
const void *resolve_edge_node(const struct schema_args *a, const void *object);
json_t *resolve_edge_cursor(struct query_run *r, const void *object);
json_t *resolve_found_count(struct query_run *r, const void *object);
json_t *resolve_page_next(struct query_run *r, const void *object);
json_t *resolve_page_previous(struct query_run *r, const void *object);
json_t *resolve_page_start(struct query_run *r, const void *object);
json_t *resolve_page_end(struct query_run *r, const void *object);
const void *resolve_query_jobs(const struct schema_args *a, const void *object);
const void *resolve_project_jobs(const struct schema_args *a,
				 const void *object);
const void *resolve_runner_jobs(const struct schema_args *a,
				const void *object);
const void *resolve_query_runners(const struct schema_args *a,
				  const void *object);
const void *resolve_runner_managers(const struct schema_args *a,
				    const void *object);
const void *resolve_query_runner(const struct schema_args *a,
				 const void *object);
const void *resolve_query_project(const struct schema_args *a,
				  const void *object);
const void *resolve_query_user(const struct schema_args *a, const void *object);
json_t *resolve_runner_execution(struct query_run *r, const void *object);
json_t *resolve_runner_job_count(struct query_run *r, const void *object);
const void *resolve_job_project(const struct schema_args *a,
				const void *object);
const void *resolve_job_runner(const struct schema_args *a, const void *object);
const void *resolve_job_manager(const struct schema_args *a,
				const void *object);
json_t *resolve_job_id(struct query_run *r, const void *object);
json_t *resolve_job_name(struct query_run *r, const void *object);
json_t *resolve_job_status(struct query_run *r, const void *object);
json_t *resolve_job_tags(struct query_run *r, const void *object);
json_t *resolve_job_ref(struct query_run *r, const void *object);
json_t *resolve_job_short_sha(struct query_run *r, const void *object);
json_t *resolve_job_created(struct query_run *r, const void *object);
json_t *resolve_job_started(struct query_run *r, const void *object);
json_t *resolve_job_finished(struct query_run *r, const void *object);
json_t *resolve_job_duration(struct query_run *r, const void *object);
json_t *resolve_job_queued_for(struct query_run *r, const void *object);
json_t *resolve_job_stuck(struct query_run *r, const void *object);
json_t *resolve_job_cancelable(struct query_run *r, const void *object);
json_t *resolve_job_retryable(struct query_run *r, const void *object);
json_t *resolve_job_active(struct query_run *r, const void *object);
json_t *resolve_job_failure(struct query_run *r, const void *object);
json_t *resolve_job_exit_code(struct query_run *r, const void *object);
json_t *resolve_job_path(struct query_run *r, const void *object);
json_t *resolve_no(struct query_run *r, const void *object);
json_t *resolve_stage_name(struct query_run *r, const void *object);
json_t *resolve_stage_id(struct query_run *r, const void *object);
json_t *resolve_pipeline_id(struct query_run *r, const void *object);
json_t *resolve_pipeline_iid(struct query_run *r, const void *object);
json_t *resolve_pipeline_path(struct query_run *r, const void *object);
json_t *resolve_bot_id(struct query_run *r, const void *object);
json_t *resolve_bot_username(struct query_run *r, const void *object);
json_t *resolve_bot_name(struct query_run *r, const void *object);
json_t *resolve_detailed_text(struct query_run *r, const void *object);
json_t *resolve_detailed_tooltip(struct query_run *r, const void *object);
json_t *resolve_project_id(struct query_run *r, const void *object);
json_t *resolve_project_name(struct query_run *r, const void *object);
json_t *resolve_project_path(struct query_run *r, const void *object);
json_t *resolve_project_full_name(struct query_run *r, const void *object);
json_t *resolve_project_url(struct query_run *r, const void *object);
json_t *resolve_runner_id(struct query_run *r, const void *object);
json_t *resolve_runner_sha(struct query_run *r, const void *object);
json_t *resolve_runner_description(struct query_run *r, const void *object);
json_t *resolve_runner_type(struct query_run *r, const void *object);
json_t *resolve_runner_status(struct query_run *r, const void *object);
json_t *resolve_runner_paused(struct query_run *r, const void *object);
json_t *resolve_runner_active(struct query_run *r, const void *object);
json_t *resolve_runner_tags(struct query_run *r, const void *object);
json_t *resolve_runner_untagged(struct query_run *r, const void *object);
json_t *resolve_runner_locked(struct query_run *r, const void *object);
json_t *resolve_runner_access(struct query_run *r, const void *object);
json_t *resolve_runner_contacted(struct query_run *r, const void *object);
json_t *resolve_runner_created(struct query_run *r, const void *object);
json_t *resolve_runner_timeout(struct query_run *r, const void *object);
json_t *resolve_runner_version(struct query_run *r, const void *object);
json_t *resolve_runner_state(struct query_run *r, const void *object);
json_t *resolve_manager_id(struct query_run *r, const void *object);
json_t *resolve_manager_system(struct query_run *r, const void *object);
json_t *resolve_manager_status(struct query_run *r, const void *object);
json_t *resolve_manager_contacted(struct query_run *r, const void *object);
json_t *resolve_manager_created(struct query_run *r, const void *object);
json_t *resolve_manager_executor(struct query_run *r, const void *object);
json_t *resolve_manager_ip(struct query_run *r, const void *object);
json_t *resolve_manager_version(struct query_run *r, const void *object);
json_t *resolve_manager_revision(struct query_run *r, const void *object);
json_t *resolve_manager_platform(struct query_run *r, const void *object);
json_t *resolve_manager_arch(struct query_run *r, const void *object);
json_t *resolve_manager_execution(struct query_run *r, const void *object);
json_t *resolve_user_id(struct query_run *r, const void *object);
json_t *resolve_user_name(struct query_run *r, const void *object);
json_t *resolve_metadata_version(struct query_run *r, const void *object);
json_t *resolve_metadata_revision(struct query_run *r, const void *object);
json_t *resolve_yes(struct query_run *r, const void *object);
json_t *resolve_job_queued(struct query_run *r, const void *object);
json_t *resolve_job_erased(struct query_run *r, const void *object);
json_t *resolve_job_retried(struct query_run *r, const void *object);
json_t *resolve_job_playable(struct query_run *r, const void *object);
json_t *resolve_job_manual(struct query_run *r, const void *object);
json_t *resolve_runner_note(struct query_run *r, const void *object);
json_t *resolve_runner_admin_url(struct query_run *r, const void *object);
json_t *resolve_runner_projects(struct query_run *r, const void *object);
json_t *resolve_group_id(struct query_run *r, const void *object);
json_t *resolve_group_path(struct query_run *r, const void *object);
json_t *resolve_payload_errors(struct query_run *r, const void *object);
json_t *resolve_payload_client(struct query_run *r, const void *object);
json_t *resolve_trace_summary(struct query_run *r, const void *object);
const void *resolve_runners_of(const struct schema_args *a, const void *object);
const void *resolve_query_group(const struct schema_args *a,
				const void *object);
const void *resolve_group_projects(const struct schema_args *a,
				   const void *object);
const void *resolve_project_job(const struct schema_args *a,
				const void *object);
const void *resolve_query_metadata(const struct schema_args *a,
				   const void *object);
const void *resolve_mutate_cancel(const struct schema_args *a,
				  const void *object);
const void *resolve_mutate_retry(const struct schema_args *a,
				 const void *object);
const void *resolve_mutate_play(const struct schema_args *a,
				const void *object);
const void *resolve_mutate_runner(const struct schema_args *a,
				  const void *object);
const void *resolve_mutate_runner_delete(const struct schema_args *a,
					 const void *object);
const void *resolve_payload_job(const struct schema_args *a,
				const void *object);
const void *resolve_payload_runner(const struct schema_args *a,
				   const void *object);
const void *resolve_trace_of(const struct schema_args *a, const void *object);

#endif
