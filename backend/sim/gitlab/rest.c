/*
 * GitLab's REST API v4: the routes of reference integrations B2 with the scope
 * and the role each demands, and who and what there is.
 */
#include "backend/sim/gitlab/rest.h"

#include "backend/sim/gitlab/page.h"

/* ---- who and what ---- */

static void
get_version(struct gitlab_call *c)
{
	gitlab_json(c, 200,
		    pack("{s:s, s:s}", "version", GITLAB_VERSION, "revision",
			 GITLAB_REVISION));
}

static void
get_metadata(struct gitlab_call *c)
{
	gitlab_json(c, 200,
		    pack("{s:s, s:s, s:{s:b, s:n, s:n}, s:b}", "version",
			 GITLAB_VERSION, "revision", GITLAB_REVISION, "kas",
			 "enabled", 0, "externalUrl", "version", "enterprise",
			 1));
}

static void
get_user(struct gitlab_call *c)
{
	gitlab_json(c, 200, gitlab_user_json(c->user));
}

static void
get_token(struct gitlab_call *c)
{
	gitlab_json(c, 200, gitlab_token_json(c));
}

/* ---- projects and groups ---- */

static void
list_projects_in(struct gitlab_call *c, const char *group)
{
	struct listing l = listing_begin(c);

	for (uint32_t i = 0; i < c->ci->project_n; i++) {
		const struct ci_project *p =
			&c->ci->projects[listing_at(&l, i, c->ci->project_n)];

		if (group && !str_eq(p->namespace, group) &&
		    !str_eq(p->root, group))
			continue;
		if (listing_wants(&l, p->id))
			json_array_append_new(l.items, gitlab_project_json(p));
	}
	listing_end(&l);
}

static void
list_projects(struct gitlab_call *c)
{
	list_projects_in(c, NULL);
}

const struct ci_project *
rest_project(struct gitlab_call *c)
{
	const struct ci_project *p = NULL;
	int64_t id;

	if (gitlab_whole(c->part[0], &id))
		p = ci_project(c->ci, id);
	/* By its path with %2F. */
	for (uint32_t i = 0; i < c->ci->project_n && !p; i++) {
		if (str_eq(c->ci->projects[i].path, c->part[0]))
			p = &c->ci->projects[i];
	}
	if (!p)
		gitlab_message(c, 404, "404 Project Not Found");
	return p;
}

static void
get_project(struct gitlab_call *c)
{
	const struct ci_project *p = rest_project(c);

	if (p)
		gitlab_json(c, 200, gitlab_project_json(p));
}

bool
rest_group(struct gitlab_call *c, const char **path, int64_t *id)
{
	int64_t wanted = -1;

	(void)gitlab_whole(c->part[0], &wanted);
	for (uint32_t i = 0; i < c->ci->project_n; i++) {
		const struct ci_project *p = &c->ci->projects[i];

		if (p->namespace_id != wanted &&
		    !str_eq(p->namespace, c->part[0]))
			continue;
		*path = p->namespace;
		*id = p->namespace_id;
		return true;
	}
	gitlab_message(c, 404, "404 Group Not Found");
	return false;
}

static json_t *
group_json(const char *path, int64_t id)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return pack("{s:I, s:s, s:s, s:s, s:s, s:o, s:s}", "id", (json_int_t)id,
		    "name", name, "path", name, "full_path", path, "full_name",
		    path, "web_url",
		    json_sprintf(GITLAB_URL "/groups/%s", path), "visibility",
		    "private");
}

static void
get_group(struct gitlab_call *c)
{
	const char *path;
	int64_t id;

	if (rest_group(c, &path, &id))
		gitlab_json(c, 200, group_json(path, id));
}

static void
list_groups(struct gitlab_call *c)
{
	struct listing l = listing_begin(c);

	for (uint32_t i = 0; i < c->ci->project_n; i++) {
		const struct ci_project *p = &c->ci->projects[i];
		uint32_t k = 0;

		while (k < i &&
		       !str_eq(c->ci->projects[k].namespace, p->namespace))
			k++;
		if (k == i && listing_wants(&l, p->namespace_id))
			json_array_append_new(
				l.items,
				group_json(p->namespace, p->namespace_id));
	}
	listing_end(&l);
}

static void
list_group_projects(struct gitlab_call *c)
{
	const char *path;
	int64_t id;

	if (rest_group(c, &path, &id))
		list_projects_in(c, path);
}

/* ---- routes ---- */

#define READ "api,read_api"
#define SELF "api,read_api,read_user"
#define WRITE "api"
#define RUNNERS "api,manage_runner"

static const struct {
	const char *method, *path; /* ":" stands for one part */
	const char *scopes;	   /* one of these */
	enum gitlab_level level;   /* at least */
	void (*serve)(struct gitlab_call *c);
} routes[] = {
	/* clang-format off */
	{ "GET", "/version", SELF, LEVEL_NONE, get_version },
	{ "GET", "/metadata", SELF, LEVEL_NONE, get_metadata },
	{ "GET", "/user", SELF, LEVEL_NONE, get_user },
	{ "GET", "/personal_access_tokens/self", "", LEVEL_NONE, get_token },
	{ "GET", "/runners", READ, LEVEL_NONE, rest_own_runners },
	{ "GET", "/runners/all", READ, LEVEL_ADMIN, rest_all_runners },
	{ "GET", "/runners/:", READ, LEVEL_NONE, rest_runner },
	{ "PUT", "/runners/:", RUNNERS, LEVEL_NONE, rest_runner_put },
	{ "DELETE", "/runners/:", RUNNERS, LEVEL_NONE, rest_runner_delete },
	{ "POST", "/runners/:/reset_authentication_token", RUNNERS,
	  LEVEL_NONE, rest_runner_token },
	{ "GET", "/runners/:/managers", READ, LEVEL_NONE,
	  rest_runner_managers },
	{ "GET", "/runners/:/jobs", READ, LEVEL_REPORTER, rest_runner_jobs },
	{ "GET", "/groups", READ, LEVEL_NONE, list_groups },
	{ "GET", "/groups/:", READ, LEVEL_NONE, get_group },
	{ "GET", "/groups/:/projects", READ, LEVEL_NONE, list_group_projects },
	{ "GET", "/groups/:/runners", READ, LEVEL_MAINTAINER,
	  rest_group_runners },
	{ "GET", "/projects", READ, LEVEL_NONE, list_projects },
	{ "GET", "/projects/:", READ, LEVEL_NONE, get_project },
	{ "GET", "/projects/:/runners", READ, LEVEL_MAINTAINER,
	  rest_project_runners },
	{ "GET", "/projects/:/jobs", READ, LEVEL_REPORTER, rest_project_jobs },
	{ "GET", "/projects/:/pipelines", READ, LEVEL_REPORTER,
	  rest_pipelines },
	{ "GET", "/projects/:/pipelines/:", READ, LEVEL_REPORTER,
	  rest_pipeline },
	{ "GET", "/projects/:/pipelines/:/jobs", READ, LEVEL_REPORTER,
	  rest_pipeline_jobs },
	{ "GET", "/projects/:/pipelines/:/bridges", READ, LEVEL_REPORTER,
	  rest_pipeline_bridges },
	{ "GET", "/projects/:/jobs/:", READ, LEVEL_REPORTER, rest_job },
	{ "GET", "/projects/:/jobs/:/trace", READ, LEVEL_REPORTER,
	  rest_job_trace },
	{ "GET", "/projects/:/jobs/:/artifacts", READ, LEVEL_REPORTER,
	  rest_job_artifacts },
	{ "POST", "/projects/:/jobs/:/cancel", WRITE, LEVEL_DEVELOPER,
	  rest_job_cancel },
	{ "POST", "/projects/:/jobs/:/retry", WRITE, LEVEL_DEVELOPER,
	  rest_job_retry },
	{ "POST", "/projects/:/jobs/:/play", WRITE, LEVEL_DEVELOPER,
	  rest_job_play },
	{ "POST", "/projects/:/jobs/:/erase", WRITE, LEVEL_DEVELOPER,
	  rest_job_erase },
	/* clang-format on */
};

static bool
path_fits(struct gitlab_call *c, const char *pattern, const char *path)
{
	uint32_t parts = 0;

	while (*pattern) {
		size_t len;

		if (*pattern != ':') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		len = strcspn(path, "/");
		if (len == 0)
			return false;
		c->part[parts++] = face_decode(c->arena, path, len, false);
		path += len;
		pattern++;
	}
	return !*path;
}

static bool
may(struct gitlab_call *c, const char *scopes, enum gitlab_level level)
{
	char told[64];

	if (*scopes && !gitlab_has_scope(c, scopes)) {
		size_t n = 0;

		for (; scopes[n] && n + 1 < sizeof(told); n++)
			told[n] = scopes[n] == ',' ? ' ' : scopes[n];
		told[n] = '\0';
		gitlab_json(c, 403,
			    pack("{s:s, s:s, s:s}", "error",
				 "insufficient_scope", "error_description",
				 "The request requires higher privileges than "
				 "provided by the access token.",
				 "scope", told));
		return false;
	}
	if (gitlab_level(c) >= level)
		return true;
	gitlab_message(c, 403, "403 Forbidden");
	return false;
}

static bool
is_invalid(struct gitlab_call *c, const char *name)
{
	gitlab_json(c, 400,
		    pack("{s:o}", "error", json_sprintf("%s is invalid",
							name)));
	return true;
}

/* Numbers that are none: refused before anybody looks anything up. */
static bool
misread(struct gitlab_call *c, const char *pattern)
{
	static const char *const numbers[] = { "page", "per_page" };
	static const struct {
		const char *prefix, *name;
		uint32_t part;
	} ids[] = {
		{ "/runners/:", "id", 0 },
		{ "/projects/:/jobs/:", "job_id", 1 },
		{ "/projects/:/pipelines/:", "pipeline_id", 1 },
	};
	const char *order = gitlab_param(c, "order_by", 0);
	int64_t n;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		if (str_has_prefix(pattern, ids[i].prefix) &&
		    !gitlab_whole(c->part[ids[i].part], &n))
			return is_invalid(c, ids[i].name);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		const char *text = gitlab_param(c, numbers[i], 0);

		if (text && *text && !gitlab_whole(text, &n))
			return is_invalid(c, numbers[i]);
	}
	if (!str_eq(gitlab_param(c, "pagination", 0), "keyset") || !order ||
	    str_eq(order, "id"))
		return false;
	gitlab_json(c, 405,
		    pack("{s:s}", "error",
			 "Keyset pagination is not yet available for this type "
			 "of request"));
	return true;
}

bool
gitlab_rest(struct gitlab_call *c, const char *path)
{
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		/* The first that fits is meant: "all" is no runner's number. */
		if (!path_fits(c, routes[i].path, path))
			continue;
		known = true;
		if (!str_eq(routes[i].method, c->q->method))
			continue;
		if (!may(c, routes[i].scopes, routes[i].level))
			return true;
		if (misread(c, routes[i].path))
			return true;
		if (!str_eq(routes[i].method, "GET"))
			gitlab_wrote(c);
		routes[i].serve(c);
		return true;
	}
	if (known)
		gitlab_json(c, 405, pack("{s:s}", "error", "405 Not Allowed"));
	return known;
}
