/*
 * GitLab's GraphQL nodes: other names, upper-case values and global ids, same
 * records (reference integrations B4).
 */
#include <stdlib.h>

#include "backend/decode/codecs.h"
#include "backend/decode/gitlab_parts.h"

/* "gid://gitlab/Ci::Build/42" -> 42. */
static bool
read_gid(struct wire *w, void *base, const struct tree *t)
{
	const char *last;
	struct tree number = { .kind = TREE_STRING };
	int64_t *id = base;

	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_STRING)
		return wire_wrong(w, "string", t);
	last = strrchr(t->text, '/');
	number.text = last ? last + 1 : t->text;
	number.len = (uint32_t)strlen(number.text);
	if (!str_has_prefix(t->text, "gid://") || !tree_int(&number, id))
		return wire_fail(w, "not a global id: \"%.48s\"", t->text);
	return true;
}

/* ONLINE -> online. */
static bool
read_lower(struct wire *w, void *base, const struct tree *t)
{
	char lower[64];
	size_t len;

	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	len = t->len < sizeof(lower) ? t->len : sizeof(lower);
	for (size_t i = 0; i < len; i++)
		lower[i] = (char)(t->text[i] >= 'A' && t->text[i] <= 'Z'
					  ? t->text[i] + ('a' - 'A')
					  : t->text[i]);
	seal_known(w->seal, base, lower, len);
	return true;
}

static bool
read_job_tags(struct wire *w, void *base, const struct tree *t)
{
	struct job *j = base;

	return read_tags(w, &j->tags, &j->tag_n, t);
}

static bool
read_runner_tags(struct wire *w, void *base, const struct tree *t)
{
	struct runner *r = base;

	r->tags_known = t->kind != TREE_NULL;
	return read_tags(w, &r->tags, &r->tag_n, t);
}

static bool
read_protected(struct wire *w, void *base, const struct tree *t)
{
	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	*(bool *)base = strcmp(t->text, "REF_PROTECTED") == 0;
	return true;
}

/* clang-format off */

/* ---- jobs ---- */

#define OF struct job
static const struct field stage_rows[] = { F_COMMON("name", stage) };
FIELDS(stage);

static const struct field project_rows[] = {
	F_CUSTOM_AT("id", project_id, read_gid, NULL),
	F_COMMON("fullPath", project),
};
FIELDS(project);

static const struct field pipeline_user_rows[] = { F_COMMON("username", user) };
FIELDS(pipeline_user);

static const struct field pipeline_rows[] = {
	F_CUSTOM_AT("id", pipeline_id, read_gid, NULL),
	F_INSIDE("user", pipeline_user_fields),
};
FIELDS(pipeline);

static const struct field job_runner_rows[] = {
	F_CUSTOM_AT("id", runner_id, read_gid, NULL),
};
FIELDS(job_runner);

static const struct field job_manager_rows[] = {
	F_COMMON("systemId", manager_system_id),
};
FIELDS(job_manager);

static const struct field job_rows[] = {
	F_CUSTOM_AT("id", id, read_gid, NULL),
	F_CUSTOM("status", read_job_status, NULL),
	F_COMMON("name", name),
	F_COMMON("refName", ref),
	F_CUSTOM("tags", read_job_tags, NULL),
	F_TEXT("webPath", web_url),
	F_TIME("createdAt", created_ms),
	F_TIME("queuedAt", queued_ms),
	F_TIME("startedAt", started_ms),
	F_TIME("finishedAt", finished_ms),
	F_BOOL("stuck", stuck),
	F_INSIDE("stage", stage_fields),
	F_INSIDE("project", project_fields),
	F_INSIDE("pipeline", pipeline_fields),
	F_INSIDE("runner", job_runner_fields),
	F_INSIDE("runnerManager", job_manager_fields),
};
FIELDS(job);
#undef OF

/* ---- runners ---- */

#define OF struct runner
static const struct field runner_rows[] = {
	F_CUSTOM_AT("id", id, read_gid, NULL),
	F_TEXT("shortSha", short_token),
	F_TEXT("description", description),
	F_CUSTOM_AT("runnerType", type, read_lower, NULL),
	F_CUSTOM_AT("status", status, read_lower, NULL),
	F_TEXT("version", version),
	F_CUSTOM("tagList", read_runner_tags, NULL),
	F_BOOL("paused", paused),
	F_BOOL("runUntagged", run_untagged),
	F_BOOL("locked", locked),
	F_CUSTOM_AT("accessLevel", ref_protected, read_protected, NULL),
	F_TIME("contactedAt", contacted_ms),
	F_I32("maximumTimeout", max_timeout_s, 0),
};
FIELDS(runner);
#undef OF

/* ---- managers ---- */

#define OF struct manager
static const struct field manager_rows[] = {
	F_CUSTOM_AT("id", id, read_gid, NULL),
	F_TEXT("systemId", system_id),
	F_TEXT("version", version),
	F_KNOWN("platformName", platform),
	F_KNOWN("architectureName", arch),
	F_TEXT("ipAddress", ip),
	F_CUSTOM_AT("status", status, read_lower, NULL),
	F_TEXT("executorName", executor),
	F_TIME("contactedAt", contacted_ms),
	F_TIME("createdAt", created_ms),
};
FIELDS(manager);
#undef OF
/* clang-format on */

/* webPath has no host: "/group/project/-/jobs/7". */
static void
project_from_path(struct wire *w, struct job *j)
{
	const char *end = strstr(j->web_url, "/-/");

	if (!*j->project && j->web_url[0] == '/' && end)
		seal_textn(w->seal, &j->project, j->web_url + 1,
			   (size_t)(end - j->web_url - 1));
}

const struct record *
decode_job_graphql(struct seal *s, const struct tree *t, struct err *err)
{
	struct job *j = seal_begin(s, sizeof(*j));
	struct wire w;
	bool ok;

	wire_init(&w, s, false);
	shape_blank(&shape_job, j);
	ok = wire_fields(&w, j, t, &job_fields);
	if (ok)
		project_from_path(&w, j);
	return wire_done(&w, ok, KIND_JOB, err);
}

const struct record *
decode_runner_graphql(struct seal *s, const struct tree *t, struct err *err)
{
	struct runner *r = seal_begin(s, sizeof(*r));
	struct wire w;
	const struct tree *running = tree_get(t, "runningJobs");
	const struct tree *count = tree_get(running, "count");
	bool ok;

	wire_init(&w, s, false);
	shape_blank(&shape_runner, r);
	ok = wire_fields(&w, r, t, &runner_fields);
	/* Asked for under an alias: runningJobs: jobs(statuses: RUNNING). */
	if (ok && count)
		ok = wire_i32(&w, &r->running_jobs, count) ||
		     wire_under(&w, "runningJobs.count");
	return wire_done(&w, ok, KIND_RUNNER, err);
}

const struct record *
decode_manager_graphql(struct seal *s, const struct tree *t,
		       int64_t runner_id, struct err *err)
{
	struct manager *m = seal_begin(s, sizeof(*m));
	struct wire w;

	wire_init(&w, s, false);
	shape_blank(&shape_manager, m);
	m->runner_id = runner_id;
	return wire_done(&w, wire_fields(&w, m, t, &manager_fields),
			 KIND_MANAGER, err);
}
