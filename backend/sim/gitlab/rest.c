/*
 * GitLab's REST API v4: the routes of reference integrations B2 that tell of
 * runners, jobs and who asks, and the few that change something.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/gitlab/face.h"

#define PER_PAGE 20
#define PER_PAGE_MAX 100

/* ---- numbers and pages ---- */

static bool
whole(const char *text, int64_t *n)
{
	char *end;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*n = strtoll(text, &end, 10);
	return !*end && errno == 0;
}

static int64_t
param_number(const struct gitlab_call *c, const char *name, int64_t absent)
{
	int64_t n;

	return whole(gitlab_param(c, name, 0), &n) ? n : absent;
}

static bool
flag_is(const char *text, bool on)
{
	return str_eq(text, on ? "true" : "false") ||
	       str_eq(text, on ? "1" : "0");
}

/* An answer in pages: items are offered one by one in the order of the list. */
struct listing {
	struct gitlab_call *c;
	json_t *items;
	int64_t page, per_page, seen;
	bool keyset;   /* follow by id instead of by page */
	int64_t below; /* keyset: only smaller ids */
	bool more;
	int64_t last_id;
};

static struct listing
listing_begin(struct gitlab_call *c)
{
	struct listing l = { .c = c,
			     .items = json_array(),
			     .page = param_number(c, "page", 1),
			     .per_page = param_number(c, "per_page", PER_PAGE),
			     .below = INT64_MAX };

	l.page = l.page < 1 ? 1 : l.page;
	if (l.per_page < 1)
		l.per_page = PER_PAGE;
	if (l.per_page > PER_PAGE_MAX)
		l.per_page = PER_PAGE_MAX;
	l.keyset = str_eq(gitlab_param(c, "pagination", 0), "keyset");
	if (l.keyset)
		l.below = param_number(c, "cursor",
				       param_number(c, "id_before", INT64_MAX));
	return l;
}

/* True: the item belongs on this page and is to be made. */
static bool
listing_wants(struct listing *l, int64_t id)
{
	int64_t first = (l->page - 1) * l->per_page;

	if (l->keyset) {
		if (id >= l->below)
			return false;
		if ((int64_t)json_array_size(l->items) == l->per_page) {
			l->more = true;
			return false;
		}
		l->last_id = id;
		return true;
	}
	l->seen++;
	return l->seen > first && l->seen <= first + l->per_page;
}

static void
set_number(struct gitlab_call *c, const char *name, int64_t n)
{
	char text[24] = "";

	if (n > 0)
		snprintf(text, sizeof(text), "%lld", (long long)n);
	face_set_header(c->answer, name, text);
}

/* The same query with other values of the paging parameters. */
static void
link_header(const struct listing *l, const char *key, int64_t value, char *out,
	    size_t room)
{
	const struct gitlab_call *c = l->c;
	const char *at = c->q->query, *host = face_header(c->q, "Host");
	struct buf b;

	buf_init(&b, 2048);
	buf_printf(&b, "<http://%s%s?", host ? host : "localhost", c->q->path);
	while (*at) {
		size_t len = strcspn(at, "&"), eq = strcspn(at, "=&");

		if ((eq != strlen(key) || strncmp(at, key, eq) != 0))
			buf_printf(&b, "%.*s&", (int)len, at);
		at += len + (at[len] == '&');
	}
	buf_printf(&b, "%s=%lld>; rel=\"next\"", key, (long long)value);
	snprintf(out, room, "%s", buf_ok(&b) ? buf_text(&b) : "");
	buf_fini(&b);
}

static void
listing_end(struct listing *l)
{
	struct gitlab_call *c = l->c;
	int64_t pages = (l->seen + l->per_page - 1) / l->per_page;
	char link[256];

	if (l->keyset) {
		if (l->more) {
			link_header(l, "cursor", l->last_id, link,
				    sizeof(link));
			face_set_header(c->answer, "Link", link);
		}
	} else {
		if (l->page < pages) {
			link_header(l, "page", l->page + 1, link, sizeof(link));
			face_set_header(c->answer, "Link", link);
		}
		set_number(c, "x-page", l->page);
		set_number(c, "x-per-page", l->per_page);
		set_number(c, "x-next-page", l->page < pages ? l->page + 1 : 0);
		set_number(c, "x-prev-page", l->page - 1);
		set_number(c, "x-total", l->seen);
		set_number(c, "x-total-pages", pages > 0 ? pages : 1);
	}
	gitlab_json(c, 200, l->items);
}

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
	json_t *scopes = json_array();
	const char *at = c->user->gitlab_scopes;

	while (*at) {
		size_t len = strcspn(at, ",");

		json_array_append_new(scopes, json_stringn(at, len));
		at += len + (at[len] == ',');
	}
	gitlab_json(c, 200,
		    pack("{s:I, s:s, s:b, s:o, s:o, s:I, s:b, s:s}", "id",
			 (json_int_t)(700 + c->user->gitlab_id), "name",
			 "paddock", "revoked", 0, "created_at",
			 gitlab_time(sim_scenario(c->w)->start_ms -
				     INT64_C(86400000) * 30),
			 "scopes", scopes, "user_id",
			 (json_int_t)c->user->gitlab_id, "active", 1,
			 "expires_at", "2026-12-31"));
}

/* ---- runners ---- */

static bool
runner_matches(const struct gitlab_call *c, const struct ci_runner *r)
{
	const char *type = gitlab_param(c, "type", 0);
	const char *status = gitlab_param(c, "status", 0);
	const char *paused = gitlab_param(c, "paused", 0);
	const char *tags = gitlab_param(c, "tag_list", 0);

	if (type && !str_eq(type, r->plan->type))
		return false;
	if (status && !str_eq(status, gitlab_liveness(c->ci, r->contacted_ms)))
		return false;
	if (paused && !flag_is(paused, r->paused))
		return false;
	while (tags && *tags) {
		size_t len = strcspn(tags, ",");
		bool found = len == 0;

		for (uint32_t i = 0; i < r->plan->tags.n && !found; i++)
			found = strlen(r->plan->tags.at[i]) == len &&
				strncmp(r->plan->tags.at[i], tags, len) == 0;
		if (!found)
			return false;
		tags += len + (tags[len] == ',');
	}
	return true;
}

static void
list_runners(struct gitlab_call *c)
{
	struct listing l = listing_begin(c);

	for (uint32_t i = c->ci->runner_n; i-- > 0;) {
		const struct ci_runner *r = &c->ci->runners[i];

		if (runner_matches(c, r) && listing_wants(&l, r->id))
			json_array_append_new(
				l.items, gitlab_runner_json(c->ci, r, false));
	}
	listing_end(&l);
}

static void
list_all_runners(struct gitlab_call *c)
{
	if (gitlab_is_admin(c))
		list_runners(c);
	else
		gitlab_message(c, 403, "403 Forbidden");
}

static struct ci_runner *
want_runner(struct gitlab_call *c)
{
	struct ci_runner *r = NULL;
	int64_t id;

	if (whole(c->part[0], &id))
		r = ci_runner(c->ci, id);
	if (!r)
		gitlab_message(c, 404, "404 Runner Not Found");
	return r;
}

static void
get_runner(struct gitlab_call *c)
{
	const struct ci_runner *r = want_runner(c);

	if (r)
		gitlab_json(c, 200, gitlab_runner_json(c->ci, r, true));
}

static void
list_managers(struct gitlab_call *c)
{
	const struct ci_runner *r = want_runner(c);
	struct listing l;

	if (!r)
		return;
	l = listing_begin(c);
	for (uint32_t i = r->managers.n; i-- > 0;) {
		if (listing_wants(&l, r->managers.at[i]->id))
			json_array_append_new(
				l.items,
				gitlab_manager_json(c->ci, r->managers.at[i]));
	}
	listing_end(&l);
}

static void
list_runner_jobs(struct gitlab_call *c)
{
	const struct ci_runner *r = want_runner(c);
	const char *status = gitlab_param(c, "status", 0);
	const char *system_id = gitlab_param(c, "system_id", 0);
	struct listing l;

	if (!r)
		return;
	l = listing_begin(c);
	for (uint32_t i = c->ci->jobs.n; i-- > 0;) {
		const struct ci_job *j = c->ci->jobs.at[i];

		if (j->runner != r ||
		    (status && !str_eq(status, ci_status_name(j->status))) ||
		    (system_id && (!j->manager ||
				   !str_eq(system_id, j->manager->system_id))))
			continue;
		if (listing_wants(&l, j->id))
			json_array_append_new(l.items,
					      gitlab_job_json(c->ci, j));
	}
	listing_end(&l);
}

/* PUT {"paused": true}, as JSON or as a form. */
static void
put_runner(struct gitlab_call *c)
{
	struct ci_runner *r = want_runner(c);
	json_t *body;
	const json_t *v;

	if (!r)
		return;
	body = json_loadb(c->q->body, c->q->body_len, 0, NULL);
	v = json_object_get(body, "paused");
	if (json_is_boolean(v)) {
		r->paused = json_is_true(v);
		gitlab_json(c, 200, gitlab_runner_json(c->ci, r, true));
	} else if (gitlab_param(c, "paused", 0)) {
		r->paused = flag_is(gitlab_param(c, "paused", 0), true);
		gitlab_json(c, 200, gitlab_runner_json(c->ci, r, true));
	} else {
		gitlab_json(c, 400,
			    pack("{s:s}", "error",
				 "paused is missing: nothing else can "
				 "be changed here"));
	}
	json_decref(body);
}

/* ---- projects and jobs ---- */

static void
list_projects(struct gitlab_call *c)
{
	struct listing l = listing_begin(c);

	for (uint32_t i = c->ci->project_n; i-- > 0;) {
		const struct ci_project *p = &c->ci->projects[i];

		if (listing_wants(&l, p->id))
			json_array_append_new(l.items, gitlab_project_json(p));
	}
	listing_end(&l);
}

/* By number, or by its path with %2F. */
static const struct ci_project *
want_project(struct gitlab_call *c)
{
	const struct ci_project *p = NULL;
	int64_t id;

	if (whole(c->part[0], &id))
		p = ci_project(c->ci, id);
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
	const struct ci_project *p = want_project(c);

	if (p)
		gitlab_json(c, 200, gitlab_project_json(p));
}

/* scope[]=pending&scope[]=running, or scope=running; none: all. */
static bool
in_scope(const struct gitlab_call *c, const struct ci_job *j)
{
	const char *want = gitlab_param(c, "scope[]", 0);
	const char *name = want ? "scope[]" : "scope";

	want = gitlab_param(c, name, 0);
	if (!want)
		return true;
	for (uint32_t n = 0; (want = gitlab_param(c, name, n)); n++) {
		if (str_eq(want, ci_status_name(j->status)))
			return true;
	}
	return false;
}

static void
list_project_jobs(struct gitlab_call *c)
{
	const struct ci_project *p = want_project(c);
	struct listing l;

	if (!p)
		return;
	l = listing_begin(c);
	for (uint32_t i = c->ci->jobs.n; i-- > 0;) {
		const struct ci_job *j = c->ci->jobs.at[i];

		if (j->project == p && in_scope(c, j) &&
		    listing_wants(&l, j->id))
			json_array_append_new(l.items,
					      gitlab_job_json(c->ci, j));
	}
	listing_end(&l);
}

static struct ci_job *
want_job(struct gitlab_call *c)
{
	const struct ci_project *p = want_project(c);
	struct ci_job *j = NULL;
	int64_t id;

	if (!p)
		return NULL;
	if (whole(c->part[1], &id))
		j = ci_job(c->ci, id);
	if (!j || j->project != p) {
		gitlab_message(c, 404, "404 Not found");
		return NULL;
	}
	return j;
}

static void
get_job(struct gitlab_call *c)
{
	const struct ci_job *j = want_job(c);

	if (j)
		gitlab_json(c, 200, gitlab_job_json(c->ci, j));
}

static void
get_trace(struct gitlab_call *c)
{
	const struct ci_job *j = want_job(c);

	if (!j)
		return;
	c->answer->type = "text/plain; charset=utf-8";
	ci_trace(c->ci, j, &c->answer->body);
}

static void
cancel_job(struct gitlab_call *c)
{
	struct ci_job *j = want_job(c);

	if (!j)
		return;
	if (!ci_cancel(c->ci, j)) {
		gitlab_message(c, 403,
			       "403 Forbidden - Job is not "
			       "cancelable");
		return;
	}
	gitlab_json(c, 201, gitlab_job_json(c->ci, j));
}

static void
retry_job(struct gitlab_call *c)
{
	const struct ci_job *j = want_job(c);
	struct rng rng;

	if (!j)
		return;
	if (j->status <= CI_RUNNING) {
		gitlab_message(c, 403, "403 Forbidden - Job is not retryable");
		return;
	}
	rng = (struct rng){ j->seed + 1 };
	gitlab_json(c, 201,
		    gitlab_job_json(c->ci, ci_add(c->ci, j->load, &rng)));
}

/* ---- routes ---- */

static const struct {
	const char *method, *path; /* ":" stands for one part */
	void (*serve)(struct gitlab_call *c);
} routes[] = {
	/* clang-format off */
	{ "GET", "/version", get_version },
	{ "GET", "/metadata", get_metadata },
	{ "GET", "/user", get_user },
	{ "GET", "/personal_access_tokens/self", get_token },
	{ "GET", "/runners", list_runners },
	{ "GET", "/runners/all", list_all_runners },
	{ "GET", "/runners/:", get_runner },
	{ "PUT", "/runners/:", put_runner },
	{ "GET", "/runners/:/managers", list_managers },
	{ "GET", "/runners/:/jobs", list_runner_jobs },
	{ "GET", "/projects", list_projects },
	{ "GET", "/projects/:", get_project },
	{ "GET", "/projects/:/runners", list_runners },
	{ "GET", "/projects/:/jobs", list_project_jobs },
	{ "GET", "/projects/:/jobs/:", get_job },
	{ "GET", "/projects/:/jobs/:/trace", get_trace },
	{ "POST", "/projects/:/jobs/:/cancel", cancel_job },
	{ "POST", "/projects/:/jobs/:/retry", retry_job },
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

bool
gitlab_rest(struct gitlab_call *c, const char *path)
{
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (!path_fits(c, routes[i].path, path))
			continue;
		known = true;
		if (str_eq(routes[i].method, c->q->method)) {
			routes[i].serve(c);
			return true;
		}
	}
	if (known)
		gitlab_json(c, 405, pack("{s:s}", "error", "405 Not Allowed"));
	return known;
}
