/*
 * What the connections of GitLab's GraphQL find (reference integrations B4):
 * jobs, runners, managers, projects, in pages by cursor.  Who is no
 * administrator gets empty instance-wide lists, not an error.
 */
#include "backend/sim/gitlab/resolve.h"

#include <ctype.h>
#include <stdlib.h>

#include "backend/sim/world/manager.h"

#define PAGE 100

#define RUNNER_TYPES "INSTANCE_TYPE,GROUP_TYPE,PROJECT_TYPE"
#define STATUSES                                                               \
	"CREATED,WAITING_FOR_RESOURCE,PREPARING,WAITING_FOR_CALLBACK,"         \
	"PENDING,RUNNING,SUCCESS,FAILED,CANCELING,CANCELED,SKIPPED,MANUAL,"    \
	"SCHEDULED"

const struct schema_enum *
schema_enum_of(const char *argument)
{
	/* clang-format off */
	static const struct {
		const char *argument;
		struct schema_enum is;
	} enums[] = {
		{ "statuses",	 { "[CiJobStatus!]", STATUSES } },
		{ "status",	 { "CiRunnerStatus", "ONLINE,OFFLINE,STALE,"
				   "NEVER_CONTACTED,ACTIVE,PAUSED" } },
		{ "type",	 { "CiRunnerType", RUNNER_TYPES } },
		{ "runnerTypes", { "[CiRunnerType!]", RUNNER_TYPES } },
		{ "membership",	 { "CiRunnerMembershipFilter",
				   "DIRECT,DESCENDANTS,ALL_AVAILABLE" } },
		{ "sort",	 { "CiRunnerSort",
				   "CREATED_ASC,CREATED_DESC" } },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(enums); i++)
		if (str_eq(argument, enums[i].argument))
			return &enums[i].is;
	return NULL;
}

static struct ci *
ci_of(const struct query_run *r)
{
	return r->call->ci;
}

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
	int64_t after, first; /* after -1: from the beginning */
	uint32_t room;
	bool up; /* CREATED_ASC */
};

static struct paging
paging_begin(const struct schema_args *a, uint32_t most)
{
	struct arena *arena = a->run->call->arena;
	struct paging p = { .found = arena_alloc(arena, sizeof(*p.found)),
			    .up = str_eq(schema_arg_text(a, "sort"),
					 "CREATED_ASC") };

	p.first = schema_arg_int(a, "first", PAGE);
	if (p.first < 0 || p.first > PAGE)
		p.first = PAGE;
	p.room = most < p.first ? most : (uint32_t)p.first;
	p.found->at = arena_alloc(arena, (p.room + 1) * sizeof(void *));
	p.found->ids = arena_alloc(arena, (p.room + 1) * sizeof(int64_t));
	if (cursor_read(schema_arg_text(a, "after"), &p.after))
		return p;
	p.after = -1;
	if (str_or_empty(schema_arg_text(a, "after"))[0]) {
		p.room = 0;
		(void)schema_complain(a->run, a->field->line, a->field->column,
				      "Please provide a valid cursor");
	}
	return p;
}

/* Objects come by falling id, or by rising when it goes up. */
static void
paging_offer(struct paging *p, const void *object, int64_t id)
{
	p->found->total++;
	if (p->after >= 0 && (p->up ? id <= p->after : id >= p->after)) {
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
	wanted = resolve_upper(status);
	json_array_foreach((json_t *)(uintptr_t)statuses, i, s) found |=
		str_eq(json_string_value(s), json_string_value(wanted));
	json_decref(wanted);
	return found;
}

struct job_filter {
	const struct ci_project *project;
	const struct ci_runner *runner, *compatible;
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
		    (f->compatible && !ci_runner_takes(f->compatible, j)) ||
		    !has_status(statuses, ci_status_name(j->status)))
			continue;
		paging_offer(&p, j, j->id);
	}
	json_decref(statuses);
	return p.found;
}

static const struct ci_runner *
find_runner(const struct schema_args *a, const char *gid)
{
	int64_t id;

	if (resolve_gid(gid, "Ci::Runner", &id))
		return ci_runner(ci_of(a->run), id);
	(void)schema_complain(a->run, a->field->line, a->field->column,
			      str_has_prefix(gid, "gid://gitlab/")
				      ? "\"%.100s\" does not represent an "
					"instance of Ci::Runner"
				      : "\"%.100s\" is not a valid GitLab ID.",
			      gid);
	return NULL;
}

static bool
only_pending(const struct schema_args *a)
{
	json_t *statuses = schema_arg(a, "statuses");
	bool only = json_array_size(statuses) == 1 &&
		    str_eq(json_string_value(json_array_get(statuses, 0)),
			   "PENDING");

	json_decref(statuses);
	return only;
}

const void *
resolve_query_jobs(const struct schema_args *a, const void *object)
{
	const char *id = schema_arg_text(a, "compatibleRunnerId");
	struct job_filter f = { 0 };

	(void)object;
	if (id && !only_pending(a)) {
		(void)schema_complain(a->run, a->field->line, a->field->column,
				      "compatibleRunnerId can only be used "
				      "when the `statuses` argument equals "
				      "[PENDING]");
		return NULL;
	}
	if (!gitlab_is_admin(a->run->call))
		return paging_begin(a, 0).found;
	if (id) {
		f.compatible = find_runner(a, id);
		if (!f.compatible)
			return paging_begin(a, 0).found;
	}
	return find_jobs(a, &f);
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
fits_texts(const struct schema_args *a, const struct ci_runner *r)
{
	const char *search = schema_arg_text(a, "search");
	const char *version = schema_arg_text(a, "versionPrefix");

	if (search && !strstr(r->description, search))
		return false;
	return !version || str_has_prefix(RUNNER_VERSION, version);
}

static bool
runner_fits(const struct schema_args *a, const struct ci_runner *r)
{
	json_t *paused = schema_arg(a, "paused");
	json_t *tags = schema_arg(a, "tagList");
	json_t *type = schema_arg(a, "type");
	json_t *status = schema_arg(a, "status");
	json_t *mine_type = resolve_upper(r->plan->type), *tag;
	json_t *mine =
		resolve_upper(gitlab_liveness(ci_of(a->run), r->contacted_ms));
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

		for (uint32_t t = 0; t < r->tags.n; t++)
			has |= str_eq(r->tags.at[t], json_string_value(tag));
		fits = fits && has;
	}
	fits = fits && fits_texts(a, r);
	json_decref(paused);
	json_decref(tags);
	json_decref(type);
	json_decref(status);
	json_decref(mine);
	json_decref(mine_type);
	return fits;
}

static const void *
find_runners(const struct schema_args *a, bool shown)
{
	struct ci *c = ci_of(a->run);
	struct paging p = paging_begin(a, shown ? c->runner_n : 0);

	for (uint32_t i = 0; shown && i < c->runner_n; i++) {
		const struct ci_runner *r =
			&c->runners[p.up ? i : c->runner_n - 1 - i];

		if (!r->deleted && runner_fits(a, r))
			paging_offer(&p, r, r->id);
	}
	return p.found;
}

const void *
resolve_query_runners(const struct schema_args *a, const void *object)
{
	(void)object;
	return find_runners(a, gitlab_is_admin(a->run->call));
}

/* Of a project or a group: runners here serve all of them. */
const void *
resolve_runners_of(const struct schema_args *a, const void *object)
{
	(void)object;
	return find_runners(a, gitlab_level(a->run->call) >= LEVEL_MAINTAINER);
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
	const struct ci_runner *r = id ? find_runner(a, id) : NULL;

	(void)object;
	return r && gitlab_may_runner(a->run->call, r, false) ? r : NULL;
}

/* Projects and groups are private: nobody sees none. */
const void *
resolve_query_project(const struct schema_args *a, const void *object)
{
	const char *path = schema_arg_text(a, "fullPath");
	struct ci *c = ci_of(a->run);

	(void)object;
	for (uint32_t i = 0; path && a->run->call->user && i < c->project_n;
	     i++) {
		if (str_eq(c->projects[i].path, path))
			return &c->projects[i];
	}
	return NULL;
}

/* A group is told by the first project in it. */
const void *
resolve_query_group(const struct schema_args *a, const void *object)
{
	const char *path = schema_arg_text(a, "fullPath");
	struct ci *c = ci_of(a->run);

	(void)object;
	for (uint32_t i = 0; path && a->run->call->user && i < c->project_n;
	     i++) {
		if (str_eq(c->projects[i].namespace, path))
			return &c->projects[i];
	}
	return NULL;
}

const void *
resolve_group_projects(const struct schema_args *a, const void *object)
{
	const struct ci_project *group = object;
	struct ci *c = ci_of(a->run);
	struct paging p = paging_begin(a, c->project_n);

	for (uint32_t i = c->project_n; i-- > 0;) {
		if (str_eq(c->projects[i].namespace, group->namespace))
			paging_offer(&p, &c->projects[i], c->projects[i].id);
	}
	return p.found;
}

const void *
resolve_project_job(const struct schema_args *a, const void *object)
{
	const char *text = schema_arg_text(a, "id");
	const struct ci_job *j;
	int64_t id;

	if (!text || !resolve_gid(text, "Ci::Build", &id))
		return NULL;
	j = ci_job(ci_of(a->run), id);
	return j && j->project == object ? j : NULL;
}

const void *
resolve_query_user(const struct schema_args *a, const void *object)
{
	(void)object;
	return a->run->call->user;
}

const void *
resolve_query_metadata(const struct schema_args *a, const void *object)
{
	(void)object;
	return a->run->call->user ? (const void *)sim_scenario(a->run->call->w)
				  : NULL;
}
