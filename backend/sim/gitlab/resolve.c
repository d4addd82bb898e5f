/*
 * What the fields of GitLab's GraphQL say (reference integrations B4).  Who is
 * no administrator gets empty instance-wide lists, not an error.
 */
#include "backend/sim/gitlab/resolve.h"

#include <ctype.h>
#include <stdlib.h>

#include "backend/sim/world/manager.h"

#define PAGE 100

#define STATUSES                                                               \
	"CREATED,WAITING_FOR_RESOURCE,PREPARING,WAITING_FOR_CALLBACK,"         \
	"PENDING,RUNNING,SUCCESS,FAILED,CANCELING,CANCELED,SKIPPED,MANUAL,"    \
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

struct schema_list
resolve_found_nodes(const struct schema_args *a, const void *object)
{
	const struct found *f = object;

	(void)a;
	return (struct schema_list){ f->at, f->n };
}

struct schema_list
resolve_found_edges(const struct schema_args *a, const void *object)
{
	struct arena *arena = a->run->call->arena;
	const struct found *f = object;
	struct schema_list l = {
		arena_alloc(arena, (f->n + 1) * sizeof(void *)), f->n
	};

	for (uint32_t i = 0; i < f->n; i++) {
		struct edge *e = arena_alloc(arena, sizeof(*e));

		*e = (struct edge){ f, i };
		l.at[i] = e;
	}
	return l;
}

const void *
resolve_itself(const struct schema_args *a, const void *object)
{
	(void)a;
	return object;
}

const void *
resolve_edge_node(const struct schema_args *a, const void *object)
{
	const struct edge *e = object;

	(void)a;
	return e->found->at[e->index];
}

json_t *
resolve_edge_cursor(struct query_run *r, const void *object)
{
	const struct edge *e = object;

	(void)r;
	return cursor_of(e->found->ids[e->index]);
}

json_t *
resolve_found_count(struct query_run *r, const void *object)
{
	(void)r;
	return json_integer(((const struct found *)object)->total);
}

json_t *
resolve_page_next(struct query_run *r, const void *object)
{
	(void)r;
	return json_boolean(((const struct found *)object)->next);
}

json_t *
resolve_page_previous(struct query_run *r, const void *object)
{
	(void)r;
	return json_boolean(((const struct found *)object)->previous);
}

json_t *
resolve_page_start(struct query_run *r, const void *object)
{
	const struct found *f = object;

	(void)r;
	return f->n ? cursor_of(f->ids[0]) : json_null();
}

json_t *
resolve_page_end(struct query_run *r, const void *object)
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
	json_array_foreach((json_t *)(uintptr_t)statuses, i, s) found |=
		str_eq(json_string_value(s), json_string_value(wanted));
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

const void *
resolve_query_jobs(const struct schema_args *a, const void *object)
{
	(void)object;
	if (!gitlab_is_admin(a->run->call))
		return paging_begin(a, 0).found;
	return find_jobs(a, &(struct job_filter){ 0 });
}

const void *
resolve_project_jobs(const struct schema_args *a, const void *object)
{
	if (!schema_only_once(a, "Project"))
		return NULL;
	return find_jobs(a, &(struct job_filter){ .project = object });
}

const void *
resolve_runner_jobs(const struct schema_args *a, const void *object)
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

const void *
resolve_query_runners(const struct schema_args *a, const void *object)
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

const void *
resolve_runner_managers(const struct schema_args *a, const void *object)
{
	const struct ci_runner *r = object;
	struct paging p = paging_begin(a, r->managers.n);

	for (uint32_t i = r->managers.n; i-- > 0;)
		paging_offer(&p, r->managers.at[i], r->managers.at[i]->id);
	return p.found;
}

const void *
resolve_query_runner(const struct schema_args *a, const void *object)
{
	const char *id = schema_arg_text(a, "id");
	const char *slash = id ? strrchr(id, '/') : NULL;

	(void)object;
	return slash ? ci_runner(ci_of(a->run), strtoll(slash + 1, NULL, 10))
		     : NULL;
}

const void *
resolve_query_project(const struct schema_args *a, const void *object)
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

const void *
resolve_query_user(const struct schema_args *a, const void *object)
{
	(void)object;
	return a->run->call->user;
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
VALUE(resolve_job_status, ci_job, upper(ci_status_name(o->status)))
VALUE(resolve_job_tags, ci_job, pack_names(&o->load->tags))
VALUE(resolve_job_ref, ci_job, json_string(o->load->ref))
VALUE(resolve_job_short_sha, ci_job, json_stringn(o->sha, 8))
VALUE(resolve_job_created, ci_job, gitlab_time(o->created_ms))
VALUE(resolve_job_started, ci_job, gitlab_time(o->started_ms))
VALUE(resolve_job_finished, ci_job, gitlab_time(o->finished_ms))
VALUE(resolve_job_duration, ci_job,
      o->finished_ms && o->started_ms
	      ? duration_json(o->finished_ms - o->started_ms)
	      : json_null())
VALUE(resolve_job_queued_for, ci_job,
      json_real((double)ci_queued_ms(ci_of(r), o) / 1000.0))
VALUE(resolve_job_stuck, ci_job, json_boolean(gitlab_is_stuck(ci_of(r), o)))
VALUE(resolve_job_cancelable, ci_job, json_boolean(o->status <= CI_RUNNING))
VALUE(resolve_job_retryable, ci_job, json_boolean(o->status > CI_RUNNING))
VALUE(resolve_job_active, ci_job, json_boolean(o->status <= CI_RUNNING))
VALUE(resolve_job_failure, ci_job,
      o->failure_reason ? json_string(o->failure_reason) : json_null())
VALUE(resolve_job_exit_code, ci_job,
      str_eq(o->failure_reason, "script_failure") ? json_integer(1)
						  : json_null())
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

VALUE(resolve_runner_id, ci_runner, gid("Ci::Runner", o->id))
VALUE(resolve_runner_sha, ci_runner, json_stringn(o->short9, 8))
VALUE(resolve_runner_description, ci_runner, json_string(o->name))
VALUE(resolve_runner_type, ci_runner, upper(o->plan->type))
VALUE(resolve_runner_status, ci_runner,
      upper(gitlab_liveness(ci_of(r), o->contacted_ms)))
VALUE(resolve_runner_paused, ci_runner, json_boolean(o->paused))
VALUE(resolve_runner_active, ci_runner, json_boolean(!o->paused))
VALUE(resolve_runner_tags, ci_runner, pack_names(&o->plan->tags))
VALUE(resolve_runner_untagged, ci_runner, json_boolean(o->plan->run_untagged))
VALUE(resolve_runner_locked, ci_runner, json_false())
VALUE(resolve_runner_access, ci_runner, json_string("NOT_PROTECTED"))
VALUE(resolve_runner_contacted, ci_runner, gitlab_time(o->contacted_ms))
VALUE(resolve_runner_created, ci_runner, gitlab_time(o->created_ms))
VALUE(resolve_runner_timeout, ci_runner, json_null())
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
      upper(gitlab_liveness(ci_of(r), o->contacted_ms)))
VALUE(resolve_manager_contacted, ci_manager, gitlab_time(o->contacted_ms))
VALUE(resolve_manager_created, ci_manager, gitlab_time(o->created_ms))
VALUE(resolve_manager_executor, ci_manager, json_string("kubernetes"))
VALUE(resolve_manager_ip, ci_manager, json_null())
VALUE(resolve_manager_version, ci_manager, json_string(RUNNER_VERSION))
VALUE(resolve_manager_revision, ci_manager, json_string(RUNNER_REVISION))
VALUE(resolve_manager_platform, ci_manager, json_string("linux"))
VALUE(resolve_manager_arch, ci_manager, json_string("amd64"))
VALUE(resolve_manager_execution, ci_manager,
      json_string(o->running ? "ACTIVE" : "IDLE"))

VALUE(resolve_user_id, sim_user, gid("User", o->gitlab_id))
VALUE(resolve_user_name, sim_user, json_string(o->name))
VALUE(resolve_metadata_version, sim_user, json_string(GITLAB_VERSION))
VALUE(resolve_metadata_revision, sim_user, json_string(GITLAB_REVISION))
VALUE(resolve_yes, sim_user, json_true())

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
