/*
 * Types and fields of GitLab's GraphQL for runners and jobs (reference
 * integrations B4).  Who is no administrator gets empty instance-wide lists,
 * not an error.
 */
#include "backend/sim/gitlab_schema.h"

#include <ctype.h>
#include <stdlib.h>

#include "backend/sim/manager.h"

#define PAGE 100

#define STATUSES                                                            \
	"CREATED,WAITING_FOR_RESOURCE,PREPARING,WAITING_FOR_CALLBACK,"      \
	"PENDING,RUNNING,SUCCESS,FAILED,CANCELING,CANCELED,SKIPPED,MANUAL," \
	"SCHEDULED"

const char *
schema_enum_of(const char *argument)
{
	if (str_eq(argument, "statuses"))
		return STATUSES;
	if (str_eq(argument, "status"))
		return "ONLINE,OFFLINE,STALE,NEVER_CONTACTED,ACTIVE,PAUSED";
	if (str_eq(argument, "type") || str_eq(argument, "runnerTypes"))
		return "INSTANCE_TYPE,GROUP_TYPE,PROJECT_TYPE";
	return NULL;
}

static struct ci *
ci_of(const struct query_run *r)
{
	return r->call->ci;
}

static json_t *
upper(const char *text)
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

/* ---- connections ---- */

/* What a connection field found: a page of objects with their ids. */
struct found {
	const void **at;
	int64_t *ids;
	uint32_t n, total;
	bool next, previous;
};

struct edge {
	const struct found *found;
	uint32_t index;
};

static const char cursor_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
				    "ghijklmnopqrstuvwxyz0123456789-_";

/* Opaque to clients: twelve characters of six bits. */
static json_t *
cursor_of(int64_t id)
{
	char out[13];

	for (int i = 11; i >= 0; i--, id >>= 6)
		out[i] = cursor_digits[id & 63];
	out[12] = '\0';
	return json_string(out);
}

static bool
cursor_read(const char *text, int64_t *id)
{
	*id = 0;
	if (!text || strlen(text) != 12)
		return false;
	for (; *text; text++) {
		const char *digit = strchr(cursor_digits, *text);

		if (!digit)
			return false;
		*id = (int64_t)((uint64_t)*id << 6 |
				(uint64_t)(digit - cursor_digits));
	}
	return true;
}

struct paging {
	struct found *found;
	int64_t after, first;
	uint32_t room;
};

static struct paging
paging_begin(const struct schema_args *a, uint32_t most)
{
	struct arena *arena = a->run->call->arena;
	struct paging p = { .found = arena_alloc(arena, sizeof(*p.found)),
			    .after = INT64_MAX };

	p.first = schema_arg_int(a, "first", PAGE);
	if (p.first < 0 || p.first > PAGE)
		p.first = PAGE;
	p.room = most < p.first ? most : (uint32_t)p.first;
	p.found->at = arena_alloc(arena, (p.room + 1) * sizeof(void *));
	p.found->ids = arena_alloc(arena, (p.room + 1) * sizeof(int64_t));
	if (!cursor_read(schema_arg_text(a, "after"), &p.after))
		p.after = INT64_MAX;
	return p;
}

/* Objects come by falling id. */
static void
paging_offer(struct paging *p, const void *object, int64_t id)
{
	p->found->total++;
	if (id >= p->after) {
		p->found->previous = true;
		return;
	}
	if (p->found->n == p->room) {
		p->found->next = true;
		return;
	}
	p->found->at[p->found->n] = object;
	p->found->ids[p->found->n++] = id;
}

static struct schema_list
found_nodes(const struct schema_args *a, const void *object)
{
	const struct found *f = object;

	(void)a;
	return (struct schema_list){ f->at, f->n };
}

static struct schema_list
found_edges(const struct schema_args *a, const void *object)
{
	struct arena *arena = a->run->call->arena;
	const struct found *f = object;
	struct schema_list l = { arena_alloc(arena, (f->n + 1) *
							    sizeof(void *)),
				 f->n };

	for (uint32_t i = 0; i < f->n; i++) {
		struct edge *e = arena_alloc(arena, sizeof(*e));

		*e = (struct edge){ f, i };
		l.at[i] = e;
	}
	return l;
}

static const void *
itself(const struct schema_args *a, const void *object)
{
	(void)a;
	return object;
}

static const void *
edge_node(const struct schema_args *a, const void *object)
{
	const struct edge *e = object;

	(void)a;
	return e->found->at[e->index];
}

static json_t *
edge_cursor(struct query_run *r, const void *object)
{
	const struct edge *e = object;

	(void)r;
	return cursor_of(e->found->ids[e->index]);
}

static json_t *
found_count(struct query_run *r, const void *object)
{
	(void)r;
	return json_integer(((const struct found *)object)->total);
}

static json_t *
page_next(struct query_run *r, const void *object)
{
	(void)r;
	return json_boolean(((const struct found *)object)->next);
}

static json_t *
page_previous(struct query_run *r, const void *object)
{
	(void)r;
	return json_boolean(((const struct found *)object)->previous);
}

static json_t *
page_start(struct query_run *r, const void *object)
{
	const struct found *f = object;

	(void)r;
	return f->n ? cursor_of(f->ids[0]) : json_null();
}

static json_t *
page_end(struct query_run *r, const void *object)
{
	const struct found *f = object;

	(void)r;
	return f->n ? cursor_of(f->ids[f->n - 1]) : json_null();
}

/* ---- finding jobs and runners ---- */

static bool
has_status(const json_t *statuses, const char *status)
{
	json_t *s, *wanted;
	size_t i;
	bool found = !statuses;

	if (!statuses)
		return true;
	wanted = upper(status);
	json_array_foreach((json_t *)(uintptr_t)statuses, i, s)
		found |= str_eq(json_string_value(s),
				json_string_value(wanted));
	json_decref(wanted);
	return found;
}

struct job_filter {
	const struct ci_project *project;
	const struct ci_runner *runner;
};

static const void *
find_jobs(const struct schema_args *a, const struct job_filter *f)
{
	struct ci *c = ci_of(a->run);
	struct paging p = paging_begin(a, c->jobs.n);
	json_t *statuses = schema_arg(a, "statuses");

	for (uint32_t i = c->jobs.n; i-- > 0;) {
		const struct ci_job *j = c->jobs.at[i];

		if ((f->project && j->project != f->project) ||
		    (f->runner && j->runner != f->runner) ||
		    !has_status(statuses, ci_status_name(j->status)))
			continue;
		paging_offer(&p, j, j->id);
	}
	json_decref(statuses);
	return p.found;
}

static const void *
query_jobs(const struct schema_args *a, const void *object)
{
	(void)object;
	if (!gitlab_is_admin(a->run->call))
		return paging_begin(a, 0).found;
	return find_jobs(a, &(struct job_filter){ 0 });
}

static const void *
project_jobs(const struct schema_args *a, const void *object)
{
	if (!schema_only_once(a, "Project"))
		return NULL;
	return find_jobs(a, &(struct job_filter){ .project = object });
}

static const void *
runner_jobs(const struct schema_args *a, const void *object)
{
	if (!schema_only_once(a, "CiRunner"))
		return NULL;
	return find_jobs(a, &(struct job_filter){ .runner = object });
}

static bool
runner_fits(const struct schema_args *a, const struct ci_runner *r)
{
	json_t *paused = schema_arg(a, "paused");
	json_t *tags = schema_arg(a, "tagList");
	json_t *type = schema_arg(a, "type");
	json_t *status = schema_arg(a, "status");
	json_t *mine_type = upper(r->plan->type), *tag;
	json_t *mine = upper(gitlab_liveness(ci_of(a->run), r->contacted_ms));
	bool fits = true;
	size_t i;

	if (paused)
		fits = json_is_true(paused) == r->paused;
	if (type)
		fits = fits && json_equal(type, mine_type);
	if (status)
		fits = fits && json_equal(status, mine);
	json_array_foreach(tags, i, tag)
	{
		bool has = false;

		for (uint32_t t = 0; t < r->plan->tags.n; t++)
			has |= str_eq(r->plan->tags.at[t],
				      json_string_value(tag));
		fits = fits && has;
	}
	json_decref(paused);
	json_decref(tags);
	json_decref(type);
	json_decref(status);
	json_decref(mine);
	json_decref(mine_type);
	return fits;
}

static const void *
query_runners(const struct schema_args *a, const void *object)
{
	struct ci *c = ci_of(a->run);
	bool admin = gitlab_is_admin(a->run->call);
	struct paging p = paging_begin(a, admin ? c->runner_n : 0);

	(void)object;
	for (uint32_t i = c->runner_n; admin && i-- > 0;) {
		if (runner_fits(a, &c->runners[i]))
			paging_offer(&p, &c->runners[i], c->runners[i].id);
	}
	return p.found;
}

static const void *
runner_managers(const struct schema_args *a, const void *object)
{
	const struct ci_runner *r = object;
	struct paging p = paging_begin(a, r->managers.n);

	for (uint32_t i = r->managers.n; i-- > 0;)
		paging_offer(&p, r->managers.at[i], r->managers.at[i]->id);
	return p.found;
}

static const void *
query_runner(const struct schema_args *a, const void *object)
{
	const char *id = schema_arg_text(a, "id");
	const char *slash = id ? strrchr(id, '/') : NULL;

	(void)object;
	return slash ? ci_runner(ci_of(a->run), strtoll(slash + 1, NULL, 10))
		     : NULL;
}

static const void *
query_project(const struct schema_args *a, const void *object)
{
	const char *path = schema_arg_text(a, "fullPath");
	struct ci *c = ci_of(a->run);

	(void)object;
	for (uint32_t i = 0; path && i < c->project_n; i++) {
		if (str_eq(c->projects[i].path, path))
			return &c->projects[i];
	}
	return NULL;
}

static const void *
query_user(const struct schema_args *a, const void *object)
{
	(void)object;
	return a->run->call->user;
}

/* ---- values ---- */

#define VALUE(name, type, expr)                                             \
	static json_t *name(struct query_run *r, const void *object)        \
	{                                                                   \
		const struct type *o = object;                              \
                                                                            \
		(void)r;                                                    \
		(void)o;                                                    \
		return expr;                                                \
	}

static json_t *
duration_json(int64_t ms)
{
	return json_integer(ms / 1000);
}

VALUE(job_id, ci_job, gid("Ci::Build", o->id))
VALUE(job_name, ci_job, json_string(o->load->name))
VALUE(job_status, ci_job, upper(ci_status_name(o->status)))
VALUE(job_tags, ci_job, pack_names(&o->load->tags))
VALUE(job_ref, ci_job, json_string(o->load->ref))
VALUE(job_short_sha, ci_job, json_stringn(o->sha, 8))
VALUE(job_created, ci_job, gitlab_time(o->created_ms))
VALUE(job_started, ci_job, gitlab_time(o->started_ms))
VALUE(job_finished, ci_job, gitlab_time(o->finished_ms))
VALUE(job_duration, ci_job,
      o->finished_ms && o->started_ms
	      ? duration_json(o->finished_ms - o->started_ms)
	      : json_null())
VALUE(job_queued_for, ci_job,
      json_real((double)ci_queued_ms(ci_of(r), o) / 1000.0))
VALUE(job_stuck, ci_job, json_boolean(gitlab_is_stuck(ci_of(r), o)))
VALUE(job_cancelable, ci_job, json_boolean(o->status <= CI_RUNNING))
VALUE(job_retryable, ci_job, json_boolean(o->status > CI_RUNNING))
VALUE(job_active, ci_job, json_boolean(o->status <= CI_RUNNING))
VALUE(job_failure, ci_job,
      o->failure_reason ? json_string(o->failure_reason) : json_null())
VALUE(job_exit_code, ci_job,
      str_eq(o->failure_reason, "script_failure") ? json_integer(1)
						  : json_null())
VALUE(job_path, ci_job,
      json_sprintf("/%s/-/jobs/%lld", o->project->path, (long long)o->id))
VALUE(no, ci_job, json_false())
VALUE(stage_name, ci_job, json_string(o->load->stage))
VALUE(stage_id, ci_job,
      gid("Ci::Stage", o->pipeline_id * 10 + (int64_t)*o->load->stage % 10))
VALUE(pipeline_id, ci_job, gid("Ci::Pipeline", o->pipeline_id))
VALUE(pipeline_iid, ci_job,
      json_sprintf("%lld", (long long)(o->pipeline_id % 100000)))
VALUE(pipeline_path, ci_job,
      json_sprintf("/%s/-/pipelines/%lld", o->project->path,
		   (long long)o->pipeline_id))
VALUE(bot_id, ci_job, gid("User", 4000 + o->project->id))
VALUE(bot_username, ci_job,
      json_sprintf("project_%lld_bot", (long long)o->project->id))
VALUE(bot_name, ci_job, json_string("pipeline"))
VALUE(detailed_text, ci_job,
      json_string(gitlab_is_stuck(ci_of(r), o) ? "Stuck"
		  : o->status == CI_SUCCESS    ? "Passed"
					       : ci_status_name(o->status)))
VALUE(detailed_tooltip, ci_job, json_string(ci_status_name(o->status)))

VALUE(project_id, ci_project, gid("Project", o->id))
VALUE(project_name, ci_project, json_string(o->name))
VALUE(project_path, ci_project, json_string(o->path))
VALUE(project_full_name, ci_project,
      json_sprintf("%s / %s", o->namespace, o->name))
VALUE(project_url, ci_project, json_sprintf(GITLAB_URL "/%s", o->path))

VALUE(runner_id, ci_runner, gid("Ci::Runner", o->id))
VALUE(runner_sha, ci_runner, json_stringn(o->short9, 8))
VALUE(runner_description, ci_runner, json_string(o->name))
VALUE(runner_type, ci_runner, upper(o->plan->type))
VALUE(runner_status, ci_runner,
      upper(gitlab_liveness(ci_of(r), o->contacted_ms)))
VALUE(runner_paused, ci_runner, json_boolean(o->paused))
VALUE(runner_active, ci_runner, json_boolean(!o->paused))
VALUE(runner_tags, ci_runner, pack_names(&o->plan->tags))
VALUE(runner_untagged, ci_runner, json_boolean(o->plan->run_untagged))
VALUE(runner_locked, ci_runner, json_false())
VALUE(runner_access, ci_runner, json_string("NOT_PROTECTED"))
VALUE(runner_contacted, ci_runner, gitlab_time(o->contacted_ms))
VALUE(runner_created, ci_runner, gitlab_time(o->created_ms))
VALUE(runner_timeout, ci_runner, json_null())
VALUE(runner_version, ci_runner, json_string(RUNNER_VERSION))
VALUE(runner_state, ci_runner, json_string("FINISHED"))

static json_t *
runner_execution(struct query_run *r, const void *object)
{
	const struct ci_runner *o = object;

	(void)r;
	for (uint32_t i = 0; i < o->managers.n; i++) {
		if (o->managers.at[i]->running)
			return json_string("ACTIVE");
	}
	return json_string("IDLE");
}

static json_t *
runner_job_count(struct query_run *r, const void *object)
{
	const struct ci *c = ci_of(r);
	json_int_t n = 0;

	for (uint32_t i = 0; i < c->jobs.n && n < 1001; i++)
		n += c->jobs.at[i]->runner == object;
	return json_integer(n);
}

VALUE(manager_id, ci_manager, gid("Ci::RunnerManager", o->id))
VALUE(manager_system, ci_manager, json_string(o->system_id))
VALUE(manager_status, ci_manager,
      upper(gitlab_liveness(ci_of(r), o->contacted_ms)))
VALUE(manager_contacted, ci_manager, gitlab_time(o->contacted_ms))
VALUE(manager_created, ci_manager, gitlab_time(o->created_ms))
VALUE(manager_executor, ci_manager, json_string("kubernetes"))
VALUE(manager_ip, ci_manager, json_null())
VALUE(manager_version, ci_manager, json_string(RUNNER_VERSION))
VALUE(manager_revision, ci_manager, json_string(RUNNER_REVISION))
VALUE(manager_platform, ci_manager, json_string("linux"))
VALUE(manager_arch, ci_manager, json_string("amd64"))
VALUE(manager_execution, ci_manager,
      json_string(o->running ? "ACTIVE" : "IDLE"))

VALUE(user_id, sim_user, gid("User", o->gitlab_id))
VALUE(user_name, sim_user, json_string(o->name))
VALUE(metadata_version, sim_user, json_string(GITLAB_VERSION))
VALUE(metadata_revision, sim_user, json_string(GITLAB_REVISION))
VALUE(yes, sim_user, json_true())

static const void *
job_project(const struct schema_args *a, const void *object)
{
	(void)a;
	return ((const struct ci_job *)object)->project;
}

static const void *
job_runner(const struct schema_args *a, const void *object)
{
	(void)a;
	return ((const struct ci_job *)object)->runner;
}

static const void *
job_manager(const struct schema_args *a, const void *object)
{
	(void)a;
	return ((const struct ci_job *)object)->manager;
}

/* ---- the tables ---- */

/* clang-format off */
#define PLAIN(field, scalar, get) \
	{ field, NULL, scalar, SHAPE_SCALAR, NULL, get, NULL, NULL }
#define ONE(field, to, args, get) \
	{ field, to, NULL, SHAPE_ONE, args, NULL, get, NULL }
#define MANY(field, to, get) \
	{ field, to, NULL, SHAPE_LIST, NULL, NULL, NULL, get }
#define PAGES "first,after,last,before"

extern const struct schema_type type_job, type_runner, type_manager,
	type_job_connection, type_runner_connection, type_manager_connection;

static const struct schema_field page_fields[] = {
	PLAIN("hasNextPage", "Boolean", page_next),
	PLAIN("hasPreviousPage", "Boolean", page_previous),
	PLAIN("startCursor", "String", page_start),
	PLAIN("endCursor", "String", page_end),
	{ 0 },
};
static const struct schema_type type_page = { "PageInfo", page_fields };

#define CONNECTION(id, prefix, node)                                        \
	static const struct schema_field id##_edge_fields[] = {             \
		PLAIN("cursor", "String", edge_cursor),                     \
		ONE("node", &node, NULL, edge_node),                        \
		{ 0 },                                                      \
	};                                                                  \
	static const struct schema_type type_##id##_edge = {                \
		prefix "Edge", id##_edge_fields                             \
	};                                                                  \
	static const struct schema_field id##_connection_fields[] = {       \
		PLAIN("count", "Int", found_count),                         \
		ONE("pageInfo", &type_page, NULL, itself),                  \
		MANY("nodes", &node, found_nodes),                          \
		MANY("edges", &type_##id##_edge, found_edges),              \
		{ 0 },                                                      \
	};                                                                  \
	const struct schema_type type_##id##_connection = {                 \
		prefix "Connection", id##_connection_fields                 \
	};

CONNECTION(job, "CiJob", type_job)
CONNECTION(runner, "CiRunner", type_runner)
CONNECTION(manager, "CiRunnerManager", type_manager)

static const struct schema_field stage_fields[] = {
	PLAIN("id", "CiStageID", stage_id),
	PLAIN("name", "String", stage_name),
	{ 0 },
};
static const struct schema_type type_stage = { "CiStage", stage_fields };

static const struct schema_field bot_fields[] = {
	PLAIN("id", "UserID", bot_id),
	PLAIN("username", "String", bot_username),
	PLAIN("name", "String", bot_name),
	{ 0 },
};
static const struct schema_type type_bot = { "UserCore", bot_fields };

static const struct schema_field pipeline_fields[] = {
	PLAIN("id", "CiPipelineID", pipeline_id),
	PLAIN("iid", "String", pipeline_iid),
	PLAIN("path", "String", pipeline_path),
	PLAIN("status", "PipelineStatusEnum", job_status),
	ONE("user", &type_bot, NULL, itself),
	{ 0 },
};
static const struct schema_type type_pipeline = { "Pipeline",
						  pipeline_fields };

static const struct schema_field detailed_fields[] = {
	PLAIN("text", "String", detailed_text),
	PLAIN("label", "String", detailed_tooltip),
	PLAIN("tooltip", "String", detailed_tooltip),
	{ 0 },
};
static const struct schema_type type_detailed = { "DetailedStatus",
						  detailed_fields };

static const struct schema_field project_fields[] = {
	PLAIN("id", "ID", project_id),
	PLAIN("name", "String", project_name),
	PLAIN("path", "String", project_name),
	PLAIN("fullPath", "ID", project_path),
	PLAIN("nameWithNamespace", "String", project_full_name),
	PLAIN("webUrl", "String", project_url),
	ONE("jobs", &type_job_connection, "statuses," PAGES, project_jobs),
	{ 0 },
};
static const struct schema_type type_project = { "Project", project_fields };

static const struct schema_field job_fields[] = {
	PLAIN("id", "JobID", job_id),
	PLAIN("name", "String", job_name),
	PLAIN("status", "CiJobStatus", job_status),
	PLAIN("tags", "[String!]", job_tags),
	ONE("stage", &type_stage, NULL, itself),
	PLAIN("refName", "String", job_ref),
	PLAIN("shortSha", "String", job_short_sha),
	PLAIN("createdAt", "Time", job_created),
	PLAIN("queuedAt", "Time", job_created),
	PLAIN("startedAt", "Time", job_started),
	PLAIN("finishedAt", "Time", job_finished),
	PLAIN("duration", "Int", job_duration),
	PLAIN("queuedDuration", "Duration", job_queued_for),
	PLAIN("stuck", "Boolean", job_stuck),
	PLAIN("active", "Boolean", job_active),
	PLAIN("cancelable", "Boolean", job_cancelable),
	PLAIN("retryable", "Boolean", job_retryable),
	PLAIN("retried", "Boolean", no),
	PLAIN("allowFailure", "Boolean", no),
	PLAIN("failureMessage", "String", job_failure),
	PLAIN("exitCode", "Int", job_exit_code),
	PLAIN("webPath", "String", job_path),
	ONE("runner", &type_runner, NULL, job_runner),
	ONE("runnerManager", &type_manager, NULL, job_manager),
	ONE("pipeline", &type_pipeline, NULL, itself),
	ONE("project", &type_project, NULL, job_project),
	ONE("detailedStatus", &type_detailed, NULL, itself),
	{ 0 },
};
const struct schema_type type_job = { "CiJob", job_fields };

static const struct schema_field runner_fields[] = {
	PLAIN("id", "CiRunnerID", runner_id),
	PLAIN("shortSha", "String", runner_sha),
	PLAIN("description", "String", runner_description),
	PLAIN("runnerType", "CiRunnerType", runner_type),
	PLAIN("status", "CiRunnerStatus", runner_status),
	PLAIN("paused", "Boolean", runner_paused),
	PLAIN("active", "Boolean", runner_active),
	PLAIN("tagList", "[String!]", runner_tags),
	PLAIN("runUntagged", "Boolean", runner_untagged),
	PLAIN("locked", "Boolean", runner_locked),
	PLAIN("accessLevel", "CiRunnerAccessLevel", runner_access),
	PLAIN("contactedAt", "Time", runner_contacted),
	PLAIN("createdAt", "Time", runner_created),
	PLAIN("maximumTimeout", "Int", runner_timeout),
	PLAIN("version", "String", runner_version),
	PLAIN("jobCount", "Int", runner_job_count),
	PLAIN("jobExecutionStatus", "CiRunnerJobExecutionStatus",
	      runner_execution),
	PLAIN("creationState", "CiRunnerCreationState", runner_state),
	ONE("managers", &type_manager_connection, PAGES, runner_managers),
	ONE("jobs", &type_job_connection, "statuses," PAGES, runner_jobs),
	{ 0 },
};
const struct schema_type type_runner = { "CiRunner", runner_fields };

static const struct schema_field manager_fields[] = {
	PLAIN("id", "CiRunnerManagerID", manager_id),
	PLAIN("systemId", "String", manager_system),
	PLAIN("status", "CiRunnerStatus", manager_status),
	PLAIN("contactedAt", "Time", manager_contacted),
	PLAIN("createdAt", "Time", manager_created),
	PLAIN("executorName", "String", manager_executor),
	PLAIN("ipAddress", "String", manager_ip),
	PLAIN("version", "String", manager_version),
	PLAIN("revision", "String", manager_revision),
	PLAIN("platformName", "String", manager_platform),
	PLAIN("architectureName", "String", manager_arch),
	PLAIN("jobExecutionStatus", "CiRunnerJobExecutionStatus",
	      manager_execution),
	{ 0 },
};
const struct schema_type type_manager = { "CiRunnerManager", manager_fields };

static const struct schema_field user_fields[] = {
	PLAIN("id", "UserID", user_id),
	PLAIN("username", "String", user_name),
	PLAIN("name", "String", user_name),
	{ 0 },
};
static const struct schema_type type_user = { "CurrentUser", user_fields };

static const struct schema_field metadata_fields[] = {
	PLAIN("version", "String", metadata_version),
	PLAIN("revision", "String", metadata_revision),
	PLAIN("enterprise", "Boolean", yes),
	{ 0 },
};
static const struct schema_type type_metadata = { "Metadata",
						  metadata_fields };

static const struct schema_field query_fields[] = {
	ONE("jobs", &type_job_connection,
	    "statuses,runnerTypes," PAGES, query_jobs),
	ONE("runners", &type_runner_connection,
	    "paused,status,type,tagList," PAGES, query_runners),
	ONE("runner", &type_runner, "id", query_runner),
	ONE("project", &type_project, "fullPath", query_project),
	ONE("currentUser", &type_user, NULL, query_user),
	ONE("metadata", &type_metadata, NULL, query_user),
	{ 0 },
};
const struct schema_type schema_query = { "Query", query_fields };
/* clang-format on */
