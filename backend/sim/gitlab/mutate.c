/*
 * GitLab's mutations for jobs and runners: what may be changed, in its own
 * words when it may not.
 */
#include "backend/sim/gitlab/resolve.h"

#include <ctype.h>
#include <stdlib.h>

struct payload { /* of a mutation, in the request's arena */
	const char *client_id, *error; /* or NULL */
	const struct ci_job *job;
	const struct ci_runner *runner;
};

/* ---- input ---- */

/* The input with its id as a number; NULL: it was complained.  fields are the
 * names it may have besides. */
static json_t *
read_input(const struct schema_args *a, const char *model, const char *fields,
	   int64_t *id)
{
	json_t *input = schema_arg(a, "input"), *v;
	const char *text, *key, *wrong = NULL;

	json_object_foreach(input, key, v)
	{
		const char *quoted =
			arena_printf(a->run->call->arena, ",%s,", key);

		if (!strchr(key, ',') && !strstr(fields, quoted) &&
		    !str_eq(key, "id") && !str_eq(key, "clientMutationId"))
			wrong = arena_strdup(a->run->call->arena, key);
	}
	text = json_string_value(json_object_get(input, "id"));
	if (!json_is_object(input))
		(void)schema_complain(
			a->run, a->field->line, a->field->column,
			"Field '%s' is missing required arguments: input",
			a->field->name);
	else if (wrong)
		(void)schema_complain(
			a->run, a->field->line, a->field->column,
			"InputObject of '%s' doesn't accept argument '%.60s'",
			a->field->name, wrong);
	else if (!text)
		(void)schema_complain(
			a->run, a->field->line, a->field->column,
			"Argument 'id' on InputObject of '%s' is required",
			a->field->name);
	else if (!str_has_prefix(text, "gid://"))
		(void)schema_complain(a->run, a->field->line, a->field->column,
				      "\"%.80s\" is not a valid GitLab Global "
				      "ID.",
				      text);
	else if (!resolve_gid(text, model, id))
		(void)schema_complain(a->run, a->field->line, a->field->column,
				      "\"%.80s\" does not represent an "
				      "instance of %s",
				      text, model);
	else
		return input;
	json_decref(input);
	return NULL;
}

static struct payload *
payload_new(const struct schema_args *a, const json_t *input)
{
	struct payload *p = arena_alloc(a->run->call->arena, sizeof(*p));
	const char *id =
		json_string_value(json_object_get(input, "clientMutationId"));

	*p = (struct payload){
		.client_id = id ? arena_strdup(a->run->call->arena, id) : NULL
	};
	return p;
}

/* ---- jobs ---- */

static struct ci_job *
want_job(const struct schema_args *a, int64_t id)
{
	struct gitlab_call *c = a->run->call;
	struct ci_job *j = ci_job(c->ci, id);

	if (j && gitlab_level(c) >= LEVEL_DEVELOPER &&
	    gitlab_has_scope(c, "api"))
		return j;
	schema_not_yours(a);
	return NULL;
}

/* The common part: the payload of a mutation of one job; *j is that job, NULL
 * when there is nothing to do. */
static struct payload *
begin_job(const struct schema_args *a, const char *fields, struct ci_job **j)
{
	struct payload *p = NULL;
	json_t *input;
	int64_t id;

	*j = NULL;
	input = read_input(a, "Ci::Build", fields, &id);
	if (!input)
		return NULL;
	*j = want_job(a, id);
	if (*j)
		p = payload_new(a, input);
	json_decref(input);
	return p;
}

const void *
resolve_mutate_cancel(const struct schema_args *a, const void *object)
{
	struct ci_job *j;
	struct payload *p = begin_job(a, "", &j);

	(void)object;
	if (!p)
		return NULL;
	p->job = j;
	if (!ci_cancel(a->run->call->ci, j, false))
		p->error = "Job is not cancelable";
	return p;
}

const void *
resolve_mutate_retry(const struct schema_args *a, const void *object)
{
	struct ci_job *j;
	struct payload *p = begin_job(a, ",variables,", &j);

	(void)object;
	if (!p)
		return NULL;
	p->job = ci_retry(a->run->call->ci, j);
	if (!p->job)
		p->error = "Job cannot be retried";
	return p;
}

const void *
resolve_mutate_play(const struct schema_args *a, const void *object)
{
	struct ci_job *j;
	struct payload *p = begin_job(a, ",variables,", &j);

	(void)object;
	if (!p)
		return NULL;
	if (ci_play(a->run->call->ci, j))
		p->job = j;
	else
		p->error = "Unplayable Job";
	return p;
}

/* ---- runners ---- */

static struct ci_runner *
want_runner(const struct schema_args *a, int64_t id)
{
	struct gitlab_call *c = a->run->call;
	struct ci_runner *r = ci_runner(c->ci, id);

	if (r && gitlab_may_runner(c, r, true) && gitlab_has_scope(c, "api"))
		return r;
	schema_not_yours(a);
	return NULL;
}

/* GraphQL's names as REST has them. */
static json_t *
rest_fields(const json_t *input)
{
	static const char *const names[][2] = {
		{ "description", "description" },
		{ "maintenanceNote", "maintenance_note" },
		{ "maximumTimeout", "maximum_timeout" },
		{ "paused", "paused" },
		{ "locked", "locked" },
		{ "runUntagged", "run_untagged" },
		{ "tagList", "tag_list" },
	};
	const char *access =
		json_string_value(json_object_get(input, "accessLevel"));
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		json_t *v = json_object_get(input, names[i][0]);

		if (v)
			json_object_set(o, names[i][1], v);
	}
	if (access) {
		char lower[32];
		size_t n = 0;

		for (; access[n] && n + 1 < sizeof(lower); n++)
			lower[n] = (char)tolower((unsigned char)access[n]);
		json_object_set_new(o, "access_level", json_stringn(lower, n));
	}
	return o;
}

const void *
resolve_mutate_runner(const struct schema_args *a, const void *object)
{
	static const char fields[] =
		",description,maintenanceNote,maximumTimeout,paused,locked,"
		"runUntagged,tagList,accessLevel,";
	struct payload *p = NULL;
	json_t *input, *rest;
	struct ci_runner *r;
	char *wrong = NULL;
	int64_t id;

	(void)object;
	input = read_input(a, "Ci::Runner", fields, &id);
	if (!input)
		return NULL;
	r = want_runner(a, id);
	if (r) {
		p = payload_new(a, input);
		rest = rest_fields(input);
		if (!gitlab_edit_runner(a->run->call->ci, r, rest, &wrong))
			p->error = arena_strdup(a->run->call->arena, wrong);
		p->runner = r;
		json_decref(rest);
		free(wrong);
	}
	json_decref(input);
	return p;
}

const void *
resolve_mutate_runner_delete(const struct schema_args *a, const void *object)
{
	struct payload *p = NULL;
	struct ci_runner *r;
	json_t *input;
	int64_t id;

	(void)object;
	input = read_input(a, "Ci::Runner", "", &id);
	if (!input)
		return NULL;
	r = want_runner(a, id);
	if (r) {
		p = payload_new(a, input);
		ci_runner_delete(a->run->call->ci, r);
	}
	json_decref(input);
	return p;
}

/* ---- what the payload says ---- */

json_t *
resolve_payload_errors(struct query_run *r, const void *object)
{
	const struct payload *p = object;

	(void)r;
	return p->error ? pack("[s]", p->error) : json_array();
}

json_t *
resolve_payload_client(struct query_run *r, const void *object)
{
	const struct payload *p = object;

	(void)r;
	return p->client_id ? json_string(p->client_id) : json_null();
}

const void *
resolve_payload_job(const struct schema_args *a, const void *object)
{
	(void)a;
	return ((const struct payload *)object)->job;
}

const void *
resolve_payload_runner(const struct schema_args *a, const void *object)
{
	(void)a;
	return ((const struct payload *)object)->runner;
}
