/*
 * REST: runners, their managers and jobs.
 */
#include "backend/sim/gitlab/page.h"
#include "backend/sim/gitlab/rest.h"
#include "backend/sim/world/manager.h"

#include <stdlib.h>

/* ---- lists ---- */

static bool
has_tags(const struct ci_runner *r, const char *tags)
{
	while (*tags) {
		size_t len = strcspn(tags, ",");
		bool found = len == 0;

		for (uint32_t i = 0; i < r->tags.n && !found; i++)
			found = strlen(r->tags.at[i]) == len &&
				strncmp(r->tags.at[i], tags, len) == 0;
		if (!found)
			return false;
		tags += len + (tags[len] == ',');
	}
	return true;
}

static bool
matches(const struct gitlab_call *c, const struct ci_runner *r)
{
	const char *type = gitlab_param(c, "type", 0);
	const char *status = gitlab_param(c, "status", 0);
	const char *paused = gitlab_param(c, "paused", 0);
	const char *tags = gitlab_param(c, "tag_list", 0);
	const char *version = gitlab_param(c, "version_prefix", 0);

	if (type && !str_eq(type, r->plan->type))
		return false;
	if (status && !str_eq(status, gitlab_liveness(c->ci, r->contacted_ms)))
		return false;
	if (paused && !gitlab_flag_is(paused, r->paused))
		return false;
	if (version && !str_has_prefix(RUNNER_VERSION, version))
		return false;
	return !tags || has_tags(r, tags);
}

/* Grape says which parameter has which wrong value before anything else. */
static bool
params_are_good(struct gitlab_call *c)
{
	static const struct {
		const char *name, *values;
	} params[] = {
		{ "type", ",instance_type,group_type,project_type," },
		{ "status", ",active,paused,online,offline,never_contacted,"
			    "stale," },
	};

	for (size_t i = 0; i < ARRAY_LEN(params); i++) {
		const char *v = gitlab_param(c, params[i].name, 0);
		char *quoted;
		bool known;

		if (!v)
			continue;
		quoted = xasprintf(",%s,", v);
		known = !strchr(v, ',') && strstr(params[i].values, quoted);
		free(quoted);
		if (known)
			continue;
		gitlab_json(c, 400,
			    pack("{s:o}", "error",
				 json_sprintf("%s does not have a valid value",
					      params[i].name)));
		return false;
	}
	return true;
}

static void
list(struct gitlab_call *c, bool mine)
{
	struct listing l;

	if (!params_are_good(c))
		return;
	l = listing_begin(c);
	for (uint32_t i = 0; i < c->ci->runner_n; i++) {
		const struct ci_runner *r =
			&c->ci->runners[listing_at(&l, i, c->ci->runner_n)];

		if (r->deleted || (mine && !gitlab_may_runner(c, r, true)) ||
		    !matches(c, r))
			continue;
		if (listing_wants(&l, r->id))
			json_array_append_new(
				l.items, gitlab_runner_json(c->ci, r, false));
	}
	listing_end(&l);
}

/* Those the caller may change. */
void
rest_own_runners(struct gitlab_call *c)
{
	list(c, true);
}

void
rest_all_runners(struct gitlab_call *c)
{
	list(c, false);
}

void
rest_project_runners(struct gitlab_call *c)
{
	if (rest_project(c))
		list(c, false);
}

/* Runners of groups serve every group here. */
void
rest_group_runners(struct gitlab_call *c)
{
	const char *path;
	int64_t id;

	if (rest_group(c, &path, &id))
		list(c, false);
}

/* ---- one ---- */

static struct ci_runner *
want(struct gitlab_call *c, bool edit)
{
	struct ci_runner *r = NULL;
	int64_t id;

	if (gitlab_whole(c->part[0], &id))
		r = ci_runner(c->ci, id);
	if (!r) {
		gitlab_message(c, 404, "404 Runner Not Found");
		return NULL;
	}
	if (!gitlab_may_runner(c, r, edit)) {
		gitlab_message(c, 403, "403 Forbidden - No access granted");
		return NULL;
	}
	return r;
}

void
rest_runner(struct gitlab_call *c)
{
	const struct ci_runner *r = want(c, false);

	if (r)
		gitlab_json(c, 200, gitlab_runner_json(c->ci, r, true));
}

void
rest_runner_managers(struct gitlab_call *c)
{
	const struct ci_runner *r = want(c, false);
	struct listing l;

	if (!r)
		return;
	l = listing_begin(c);
	for (uint32_t i = 0; i < r->managers.n; i++) {
		const struct ci_manager *m =
			r->managers.at[listing_at(&l, i, r->managers.n)];

		if (listing_wants(&l, m->id))
			json_array_append_new(l.items,
					      gitlab_manager_json(c->ci, m));
	}
	listing_end(&l);
}

static bool
jobs_params_good(struct gitlab_call *c)
{
	const char *status = gitlab_param(c, "status", 0);
	const char *order = gitlab_param(c, "order_by", 0);
	const char *sort = gitlab_param(c, "sort", 0), *wrong = NULL;

	if (status && !ci_status_known(status))
		wrong = "status";
	else if (order && !str_eq(order, "id"))
		wrong = "order_by";
	else if (sort && !str_eq(sort, "asc") && !str_eq(sort, "desc"))
		wrong = "sort";
	if (wrong)
		gitlab_json(c, 400,
			    pack("{s:o}", "error",
				 json_sprintf("%s does not have a valid value",
					      wrong)));
	return !wrong;
}

void
rest_runner_jobs(struct gitlab_call *c)
{
	const char *status = gitlab_param(c, "status", 0);
	const char *system_id = gitlab_param(c, "system_id", 0);
	const struct ci_runner *r = NULL;
	struct listing l;
	int64_t id;

	/* Jobs of one's projects are shown whoever runs them. */
	if (gitlab_whole(c->part[0], &id))
		r = ci_runner(c->ci, id);
	if (!r) {
		gitlab_message(c, 404, "404 Runner Not Found");
		return;
	}
	if (!jobs_params_good(c))
		return;
	l = listing_begin(c);
	for (uint32_t i = 0; i < c->ci->jobs.n; i++) {
		const struct ci_job *j =
			c->ci->jobs.at[listing_at(&l, i, c->ci->jobs.n)];

		if (j->runner != r ||
		    (status && !str_eq(status, ci_status_name(j->status))) ||
		    (system_id && !str_eq(system_id, j->system_id)))
			continue;
		if (listing_wants(&l, j->id))
			json_array_append_new(l.items,
					      gitlab_job_json(c->ci, j));
	}
	listing_end(&l);
}

/* ---- changes ---- */

/* A form's or a query's fields as JSON would have them. */
static json_t *
fields_of_form(struct gitlab_call *c)
{
	static const char *const texts[] = { "description", "access_level",
					     "maintenance_note" };
	static const char *const flags[] = { "paused", "locked",
					     "run_untagged" };
	json_t *o = json_object();
	const char *v;
	int64_t n;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		v = gitlab_param(c, texts[i], 0);
		if (v)
			json_object_set_new(o, texts[i], json_string(v));
	}
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		v = gitlab_param(c, flags[i], 0);
		if (v)
			json_object_set_new(
				o, flags[i],
				gitlab_flag_is(v, true)	   ? json_true()
				: gitlab_flag_is(v, false) ? json_false()
							   : json_string(v));
	}
	v = gitlab_param(c, "tag_list", 0);
	if (v)
		json_object_set_new(o, "tag_list", json_string(v));
	v = gitlab_param(c, "maximum_timeout", 0);
	if (v)
		json_object_set_new(o, "maximum_timeout",
				    gitlab_whole(v, &n)
					    ? json_integer((json_int_t)n)
					    : json_string(v));
	return o;
}

static json_t *
fields_of(struct gitlab_call *c)
{
	const char *type = face_header(c->q, "Content-Type");
	struct face_request form = *c->q;
	struct gitlab_call with_form = *c;
	json_t *o;

	if (c->q->body_len && type &&
	    str_has_prefix(type, "application/x-www-form-urlencoded")) {
		form.query =
			arena_strndup(c->arena, c->q->body, c->q->body_len);
		with_form.q = &form;
		return fields_of_form(&with_form);
	}
	if (!c->q->body_len)
		return fields_of_form(c);
	o = json_loadb(c->q->body, c->q->body_len, 0, NULL);
	if (json_is_object(o))
		return o;
	json_decref(o);
	return NULL;
}

void
rest_runner_put(struct gitlab_call *c)
{
	struct ci_runner *r = want(c, true);
	char *wrong = NULL;
	json_t *fields;

	if (!r)
		return;
	fields = fields_of(c);
	if (!fields) {
		gitlab_json(c, 400,
			    pack("{s:s}", "error",
				 "The provided content-type "
				 "'application/json' is not supported."));
		return;
	}
	if (gitlab_edit_runner(c->ci, r, fields, &wrong))
		gitlab_json(c, 200, gitlab_runner_json(c->ci, r, true));
	else
		gitlab_json(c, 400, pack("{s:s}", "error", wrong));
	free(wrong);
	json_decref(fields);
}

void
rest_runner_delete(struct gitlab_call *c)
{
	struct ci_runner *r = want(c, true);

	if (!r)
		return;
	ci_runner_delete(c->ci, r);
	c->answer->status = 204;
}

void
rest_runner_token(struct gitlab_call *c)
{
	struct ci_runner *r = want(c, true);

	if (!r)
		return;
	ci_runner_reset_token(c->ci, r);
	gitlab_json(c, 201,
		    pack("{s:s, s:n}", "token", r->token, "token_expires_at"));
}
