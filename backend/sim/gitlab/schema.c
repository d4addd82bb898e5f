/*
 * Types and fields of GitLab's GraphQL for runners and jobs, as tables.
 */
#include "backend/sim/gitlab/resolve.h"

/* clang-format off */
#define PLAIN(field, scalar, get) \
	{ field, NULL, scalar, SHAPE_SCALAR, NULL, get, NULL, NULL }
#define ONE(field, to, args, get) \
	{ field, to, NULL, SHAPE_ONE, args, NULL, get, NULL }
#define MANY(field, to, get) \
	{ field, to, NULL, SHAPE_LIST, NULL, NULL, NULL, get }
#define PAGES "first,after,last,before"
#define RUNNER_FILTERS "paused,status,type,tagList,search,sort,versionPrefix,"

extern const struct schema_type type_job, type_runner, type_manager,
	type_job_connection, type_runner_connection, type_manager_connection,
	type_project, type_project_connection;

static const struct schema_field page_fields[] = {
	PLAIN("hasNextPage", "Boolean", resolve_page_next),
	PLAIN("hasPreviousPage", "Boolean", resolve_page_previous),
	PLAIN("startCursor", "String", resolve_page_start),
	PLAIN("endCursor", "String", resolve_page_end),
	{ 0 },
};
static const struct schema_type type_page = { "PageInfo", page_fields };

#define CONNECTION(id, prefix, node)                                        \
	static const struct schema_field id##_edge_fields[] = {             \
		PLAIN("cursor", "String", resolve_edge_cursor),             \
		ONE("node", &node, NULL, resolve_edge_node),                \
		{ 0 },                                                      \
	};                                                                  \
	static const struct schema_type type_##id##_edge = {                \
		prefix "Edge", id##_edge_fields                             \
	};                                                                  \
	static const struct schema_field id##_connection_fields[] = {       \
		PLAIN("count", "Int", resolve_found_count),                 \
		ONE("pageInfo", &type_page, NULL, resolve_itself),          \
		MANY("nodes", &node, resolve_found_nodes),                  \
		MANY("edges", &type_##id##_edge, resolve_found_edges),      \
		{ 0 },                                                      \
	};                                                                  \
	const struct schema_type type_##id##_connection = {                 \
		prefix "Connection", id##_connection_fields                 \
	};

CONNECTION(job, "CiJob", type_job)
CONNECTION(runner, "CiRunner", type_runner)
CONNECTION(manager, "CiRunnerManager", type_manager)
CONNECTION(project, "Project", type_project)

static const struct schema_field stage_fields[] = {
	PLAIN("id", "CiStageID", resolve_stage_id),
	PLAIN("name", "String", resolve_stage_name),
	{ 0 },
};
static const struct schema_type type_stage = { "CiStage", stage_fields };

static const struct schema_field bot_fields[] = {
	PLAIN("id", "UserID", resolve_bot_id),
	PLAIN("username", "String", resolve_bot_username),
	PLAIN("name", "String", resolve_bot_name),
	{ 0 },
};
static const struct schema_type type_bot = { "UserCore", bot_fields };

static const struct schema_field pipeline_fields[] = {
	PLAIN("id", "CiPipelineID", resolve_pipeline_id),
	PLAIN("iid", "String", resolve_pipeline_iid),
	PLAIN("path", "String", resolve_pipeline_path),
	PLAIN("status", "PipelineStatusEnum", resolve_job_status),
	ONE("user", &type_bot, NULL, resolve_itself),
	{ 0 },
};
static const struct schema_type type_pipeline = { "Pipeline",
						  pipeline_fields };

static const struct schema_field detailed_fields[] = {
	PLAIN("text", "String", resolve_detailed_text),
	PLAIN("label", "String", resolve_detailed_tooltip),
	PLAIN("tooltip", "String", resolve_detailed_tooltip),
	{ 0 },
};
static const struct schema_type type_detailed = { "DetailedStatus",
						  detailed_fields };

static const struct schema_field project_fields[] = {
	PLAIN("id", "ID", resolve_project_id),
	PLAIN("name", "String", resolve_project_name),
	PLAIN("path", "String", resolve_project_name),
	PLAIN("fullPath", "ID", resolve_project_path),
	PLAIN("nameWithNamespace", "String", resolve_project_full_name),
	PLAIN("webUrl", "String", resolve_project_url),
	ONE("jobs", &type_job_connection, "statuses," PAGES,
	      resolve_project_jobs),
	ONE("job", &type_job, "id", resolve_project_job),
	ONE("runners", &type_runner_connection, RUNNER_FILTERS PAGES,
	      resolve_runners_of),
	{ 0 },
};
const struct schema_type type_project = { "Project", project_fields };

static const struct schema_field group_fields[] = {
	PLAIN("id", "ID", resolve_group_id),
	PLAIN("name", "String", resolve_group_path),
	PLAIN("fullPath", "ID", resolve_group_path),
	ONE("projects", &type_project_connection, "includeSubgroups," PAGES,
	      resolve_group_projects),
	ONE("runners", &type_runner_connection,
	      "membership," RUNNER_FILTERS PAGES, resolve_runners_of),
	{ 0 },
};
static const struct schema_type type_group = { "Group", group_fields };

static const struct schema_field trace_fields[] = {
	{ "htmlSummary", NULL, "String", SHAPE_SCALAR, "lastLines",
	  resolve_trace_summary, NULL, NULL },
	{ 0 },
};
static const struct schema_type type_trace = { "CiJobTrace", trace_fields };

static const struct schema_field job_fields[] = {
	PLAIN("id", "JobID", resolve_job_id),
	PLAIN("name", "String", resolve_job_name),
	PLAIN("status", "CiJobStatus", resolve_job_status),
	PLAIN("tags", "[String!]", resolve_job_tags),
	ONE("stage", &type_stage, NULL, resolve_itself),
	PLAIN("refName", "String", resolve_job_ref),
	PLAIN("shortSha", "String", resolve_job_short_sha),
	PLAIN("createdAt", "Time", resolve_job_created),
	PLAIN("queuedAt", "Time", resolve_job_queued),
	PLAIN("startedAt", "Time", resolve_job_started),
	PLAIN("finishedAt", "Time", resolve_job_finished),
	PLAIN("duration", "Int", resolve_job_duration),
	PLAIN("queuedDuration", "Duration", resolve_job_queued_for),
	PLAIN("stuck", "Boolean", resolve_job_stuck),
	PLAIN("active", "Boolean", resolve_job_active),
	PLAIN("cancelable", "Boolean", resolve_job_cancelable),
	PLAIN("retryable", "Boolean", resolve_job_retryable),
	PLAIN("retried", "Boolean", resolve_job_retried),
	PLAIN("playable", "Boolean", resolve_job_playable),
	PLAIN("manualJob", "Boolean", resolve_job_manual),
	PLAIN("erasedAt", "Time", resolve_job_erased),
	ONE("trace", &type_trace, NULL, resolve_trace_of),
	PLAIN("allowFailure", "Boolean", resolve_no),
	PLAIN("failureMessage", "String", resolve_job_failure),
	PLAIN("exitCode", "Int", resolve_job_exit_code),
	PLAIN("webPath", "String", resolve_job_path),
	ONE("runner", &type_runner, NULL, resolve_job_runner),
	ONE("runnerManager", &type_manager, NULL, resolve_job_manager),
	ONE("pipeline", &type_pipeline, NULL, resolve_itself),
	ONE("project", &type_project, NULL, resolve_job_project),
	ONE("detailedStatus", &type_detailed, NULL, resolve_itself),
	{ 0 },
};
const struct schema_type type_job = { "CiJob", job_fields };

static const struct schema_field runner_fields[] = {
	PLAIN("id", "CiRunnerID", resolve_runner_id),
	PLAIN("shortSha", "String", resolve_runner_sha),
	PLAIN("description", "String", resolve_runner_description),
	PLAIN("runnerType", "CiRunnerType", resolve_runner_type),
	PLAIN("status", "CiRunnerStatus", resolve_runner_status),
	PLAIN("paused", "Boolean", resolve_runner_paused),
	PLAIN("active", "Boolean", resolve_runner_active),
	PLAIN("tagList", "[String!]", resolve_runner_tags),
	PLAIN("runUntagged", "Boolean", resolve_runner_untagged),
	PLAIN("locked", "Boolean", resolve_runner_locked),
	PLAIN("accessLevel", "CiRunnerAccessLevel", resolve_runner_access),
	PLAIN("contactedAt", "Time", resolve_runner_contacted),
	PLAIN("createdAt", "Time", resolve_runner_created),
	PLAIN("maximumTimeout", "Int", resolve_runner_timeout),
	PLAIN("version", "String", resolve_runner_version),
	PLAIN("maintenanceNote", "String", resolve_runner_note),
	PLAIN("adminUrl", "String", resolve_runner_admin_url),
	PLAIN("projectCount", "Int", resolve_runner_projects),
	PLAIN("jobCount", "Int", resolve_runner_job_count),
	PLAIN("jobExecutionStatus", "CiRunnerJobExecutionStatus",
	      resolve_runner_execution),
	PLAIN("creationState", "CiRunnerCreationState", resolve_runner_state),
	ONE("managers", &type_manager_connection, PAGES,
	      resolve_runner_managers),
	ONE("jobs", &type_job_connection, "statuses," PAGES,
	      resolve_runner_jobs),
	{ 0 },
};
const struct schema_type type_runner = { "CiRunner", runner_fields };

static const struct schema_field manager_fields[] = {
	PLAIN("id", "CiRunnerManagerID", resolve_manager_id),
	PLAIN("systemId", "String", resolve_manager_system),
	PLAIN("status", "CiRunnerStatus", resolve_manager_status),
	PLAIN("contactedAt", "Time", resolve_manager_contacted),
	PLAIN("createdAt", "Time", resolve_manager_created),
	PLAIN("executorName", "String", resolve_manager_executor),
	PLAIN("ipAddress", "String", resolve_manager_ip),
	PLAIN("version", "String", resolve_manager_version),
	PLAIN("revision", "String", resolve_manager_revision),
	PLAIN("platformName", "String", resolve_manager_platform),
	PLAIN("architectureName", "String", resolve_manager_arch),
	PLAIN("jobExecutionStatus", "CiRunnerJobExecutionStatus",
	      resolve_manager_execution),
	{ 0 },
};
const struct schema_type type_manager = { "CiRunnerManager", manager_fields };

static const struct schema_field user_fields[] = {
	PLAIN("id", "UserID", resolve_user_id),
	PLAIN("username", "String", resolve_user_name),
	PLAIN("name", "String", resolve_user_name),
	{ 0 },
};
static const struct schema_type type_user = { "CurrentUser", user_fields };

static const struct schema_field metadata_fields[] = {
	PLAIN("version", "String", resolve_metadata_version),
	PLAIN("revision", "String", resolve_metadata_revision),
	PLAIN("enterprise", "Boolean", resolve_yes),
	{ 0 },
};
static const struct schema_type type_metadata = { "Metadata",
						  metadata_fields };

static const struct schema_field query_fields[] = {
	ONE("jobs", &type_job_connection,
	    "statuses,runnerTypes,compatibleRunnerId," PAGES,
	    resolve_query_jobs),
	ONE("runners", &type_runner_connection,
	    RUNNER_FILTERS "creatorId," PAGES, resolve_query_runners),
	ONE("runner", &type_runner, "id", resolve_query_runner),
	ONE("project", &type_project, "fullPath", resolve_query_project),
	ONE("group", &type_group, "fullPath", resolve_query_group),
	ONE("currentUser", &type_user, NULL, resolve_query_user),
	ONE("metadata", &type_metadata, NULL, resolve_query_metadata),
	{ 0 },
};
const struct schema_type schema_query = { "Query", query_fields };

#define PAYLOAD_FIELDS                                                      \
	PLAIN("clientMutationId", "String", resolve_payload_client),        \
	PLAIN("errors", "[String!]!", resolve_payload_errors)

#define JOB_PAYLOAD(id, title)                                              \
	static const struct schema_field id##_payload_fields[] = {          \
		PAYLOAD_FIELDS,                                             \
		ONE("job", &type_job, NULL, resolve_payload_job),           \
		{ 0 },                                                      \
	};                                                                  \
	static const struct schema_type type_##id##_payload = {             \
		title, id##_payload_fields                                  \
	};

JOB_PAYLOAD(cancel, "JobCancelPayload")
JOB_PAYLOAD(retry, "JobRetryPayload")
JOB_PAYLOAD(play, "JobPlayPayload")

static const struct schema_field runner_payload_fields[] = {
	PAYLOAD_FIELDS,
	ONE("runner", &type_runner, NULL, resolve_payload_runner),
	{ 0 },
};
static const struct schema_type type_runner_payload = {
	"RunnerUpdatePayload", runner_payload_fields
};

static const struct schema_field delete_payload_fields[] = {
	PAYLOAD_FIELDS,
	{ 0 },
};
static const struct schema_type type_delete_payload = {
	"RunnerDeletePayload", delete_payload_fields
};

static const struct schema_field mutation_fields[] = {
	ONE("jobCancel", &type_cancel_payload, "input", resolve_mutate_cancel),
	ONE("jobRetry", &type_retry_payload, "input", resolve_mutate_retry),
	ONE("jobPlay", &type_play_payload, "input", resolve_mutate_play),
	ONE("runnerUpdate", &type_runner_payload, "input",
	    resolve_mutate_runner),
	ONE("runnerDelete", &type_delete_payload, "input",
	    resolve_mutate_runner_delete),
	{ 0 },
};
const struct schema_type schema_mutation = { "Mutation", mutation_fields };
/* clang-format on */
