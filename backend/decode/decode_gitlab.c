/*
 * GitLab's runners, managers and jobs in REST's spelling, which world files
 * use too; decode_graphql.c reads the other one.
 *
 * What no REST entity has but our records hold is written under a name of its
 * own: queued_at, stuck, timeout, from_pod of jobs; short_sha, running_jobs and
 * job_limit of runners; runner_id and executor_name of managers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/decode/codecs.h"
#include "backend/decode/gitlab_parts.h"

/* ---- tags: always sorted ---- */

static int
tag_order(const void *a, const void *b)
{
	const struct tree *x = *(const struct tree *const *)a;
	const struct tree *y = *(const struct tree *const *)b;

	return strcmp(str_or_empty(tree_text(x)), str_or_empty(tree_text(y)));
}

bool
read_tags(struct wire *w, const char *const **slot, uint32_t *n,
	  const struct tree *t)
{
	VEC(const struct tree *) tags = { 0 };
	const char **at;
	bool ok = true;

	if (!wire_list(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	tree_each(c, t)
		vec_push(&tags, c);
	/* Before sealing: a sealed text does not change its place. */
	if (tags.n > 1)
		qsort(tags.at, tags.n, sizeof(*tags.at), tag_order);
	at = seal_array(w->seal, slot, tags.n, sizeof(*at));
	*n = tags.n;
	for (uint32_t i = 0; i < tags.n && ok; i++) {
		at[i] = "";
		ok = wire_known(w, &at[i], tags.at[i]) ||
		     wire_under_index(w, i);
	}
	vec_free(&tags);
	return ok;
}

/* ---- runners ---- */

static bool
read_runner_tags(struct wire *w, void *base, const struct tree *t)
{
	struct runner *r = base;

	r->tags_known = t->kind != TREE_NULL;
	return read_tags(w, &r->tags, &r->tag_n, t);
}

static void
write_runner_tags(struct out *o, const char *key, const void *base)
{
	const struct runner *r = base;

	if (!r->tags_known)
		return;
	jsonw_array(out_key(o, key));
	for (uint32_t i = 0; i < r->tag_n; i++)
		jsonw_text(o->w, r->tags[i]);
	jsonw_end_array(o->w);
}

static bool
read_access(struct wire *w, void *base, const struct tree *t)
{
	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	*(bool *)base = strcmp(t->text, "ref_protected") == 0;
	return true;
}

static void
write_access(struct out *o, const char *key, const void *base)
{
	if (*(const bool *)base)
		jsonw_text(out_key(o, key), "ref_protected");
}

/* clang-format off */
#define OF struct runner
static const struct field runner_rows[] = {
	F_I64("id", id, 0),
	F_TEXT("short_sha", short_token),
	F_TEXT("description", description),
	F_KNOWN("runner_type", type),
	F_KNOWN("status", status),
	F_TEXT("version", version),
	F_CUSTOM("tag_list", read_runner_tags, write_runner_tags),
	F_BOOL("paused", paused),
	F_BOOL("run_untagged", run_untagged),
	F_BOOL("locked", locked),
	F_CUSTOM_AT("access_level", ref_protected, read_access, write_access),
	F_TIME("contacted_at", contacted_ms),
	F_I32("maximum_timeout", max_timeout_s, 0),
	F_I32("running_jobs", running_jobs, -1),
	F_I32("job_limit", job_limit, -1),
};
FIELDS(runner);
#undef OF

PLAIN_CODEC(runner, struct runner, KIND_RUNNER, false);

/* ---- managers ---- */

#define OF struct manager
static const struct field manager_rows[] = {
	F_I64("id", id, 0),
	F_I64("runner_id", runner_id, 0),
	F_TEXT("system_id", system_id),
	F_TEXT("version", version),
	F_KNOWN("platform", platform),
	F_KNOWN("architecture", arch),
	F_TEXT("ip_address", ip),
	F_KNOWN("status", status),
	F_TEXT("executor_name", executor),
	F_TIME("contacted_at", contacted_ms),
	F_TIME("created_at", created_ms),
};
FIELDS(manager);
#undef OF

PLAIN_CODEC(manager, struct manager, KIND_MANAGER, false);

const struct record *
decode_manager_of(struct seal *s, const struct tree *t, int64_t runner_id,
		  struct err *err)
{
	struct manager *m = seal_begin(s, sizeof(*m));
	struct wire w;

	wire_init(&w, s, false);
	shape_blank(&shape_manager, m);
	m->runner_id = runner_id;
	return wire_done(&w, wire_fields(&w, m, t, &manager_fields),
			 KIND_MANAGER, err);
}

/* ---- jobs ---- */

bool
read_job_status(struct wire *w, void *base, const struct tree *t)
{
	struct job *j = base;
	char lower[64];
	size_t len;

	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	len = t->len < sizeof(lower) ? t->len : sizeof(lower);
	for (size_t i = 0; i < len; i++)
		lower[i] = (char)(t->text[i] >= 'A' && t->text[i] <= 'Z'
					  ? t->text[i] + ('a' - 'A')
					  : t->text[i]);
	seal_known(w->seal, &j->status_text, lower, len);
	j->status = (uint8_t)job_status_parse(j->status_text);
	return true;
}

static void
write_job_status(struct out *o, const char *key, const void *base)
{
	out_text(o, key, ((const struct job *)base)->status_text);
}

static bool
read_job_tags(struct wire *w, void *base, const struct tree *t)
{
	struct job *j = base;

	return read_tags(w, &j->tags, &j->tag_n, t);
}

static void
write_job_tags(struct out *o, const char *key, const void *base)
{
	const struct job *j = base;

	out_texts(o, key, j->tags, j->tag_n);
}

/* Seconds that may have a fraction. */
bool
read_seconds(struct wire *w, int64_t *ms, const struct tree *t)
{
	double seconds;

	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_NUMBER)
		return wire_wrong(w, "number", t);
	if (!tree_real(t, &seconds) || seconds < 0 || seconds > 1e10)
		return wire_fail(w, "not a number of seconds: \"%.48s\"",
				 t->text);
	*ms = (int64_t)(seconds * 1000 + 0.5);
	return true;
}

static bool
read_timeout(struct wire *w, void *base, const struct tree *t)
{
	return read_seconds(w, base, t);
}

static void
write_timeout(struct out *o, const char *key, const void *base)
{
	int64_t ms = *(const int64_t *)base;

	if (ms && ms % 1000 == 0)
		jsonw_int(out_key(o, key), ms / 1000);
	else if (ms)
		jsonw_real(out_key(o, key), (double)ms / 1000);
}

#define OF struct job
static const struct field user_rows[] = { F_COMMON("username", user) };
FIELDS(user);

static const struct field project_rows[] = {
	F_I64("id", project_id, 0),
	F_COMMON("path_with_namespace", project),
};
FIELDS(project);

static const struct field job_runner_rows[] = { F_I64("id", runner_id, 0) };
FIELDS(job_runner);

static const struct field job_manager_rows[] = {
	F_COMMON("system_id", manager_system_id),
};
FIELDS(job_manager);
#undef OF

/* A pipeline knows its project too; the job's own word, if any, counts. */
static bool
read_pipeline(struct wire *w, void *base, const struct tree *t)
{
	struct job *j = base;
	const struct tree *id = tree_get(t, "id");
	const struct tree *project = tree_get(t, "project_id");

	if (!wire_object(w, t))
		return false;
	if (id && !wire_i64(w, &j->pipeline_id, id))
		return wire_under(w, "id");
	return !project || j->project_id ||
	       wire_i64(w, &j->project_id, project) ||
	       wire_under(w, "project_id");
}

static void
write_pipeline(struct out *o, const char *key, const void *base)
{
	const struct job *j = base;
	uint32_t mark = out_open(o, key);

	out_int(o, "id", j->pipeline_id, 0);
	out_close(o, mark);
}

#define OF struct job
static const struct field job_rows[] = {
	F_I64("id", id, 0),
	F_CUSTOM("status", read_job_status, write_job_status),
	F_COMMON("name", name),
	F_COMMON("stage", stage),
	F_COMMON("ref", ref),
	F_CUSTOM("tag_list", read_job_tags, write_job_tags),
	F_KNOWN("failure_reason", failure_reason),
	F_TEXT("web_url", web_url),
	F_TIME("created_at", created_ms),
	F_TIME("queued_at", queued_ms),
	F_TIME("started_at", started_ms),
	F_TIME("finished_at", finished_ms),
	F_CUSTOM_AT("timeout", timeout_ms, read_timeout, write_timeout),
	F_BOOL("stuck", stuck),
	F_BOOL("from_pod", from_pod),
	F_INSIDE("user", user_fields),
	F_INSIDE("project", project_fields),
	F_CUSTOM("pipeline", read_pipeline, write_pipeline),
	F_INSIDE("runner", job_runner_fields),
	F_INSIDE("runner_manager", job_manager_fields),
};
FIELDS(job);
#undef OF
/* clang-format on */

/* "https://host/group/project/-/jobs/7" -> "group/project". */
void
project_from_url(struct wire *w, struct job *j)
{
	const char *host = strstr(j->web_url, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;
	const char *end = path ? strstr(path, "/-/") : NULL;

	if (!*j->project && end && end > path + 1)
		seal_textn(w->seal, &j->project, path + 1,
			   (size_t)(end - path - 1));
}

/* REST says how long a job was queued, not since when. */
static bool
queued_from_duration(struct wire *w, struct job *j, const struct tree *t)
{
	const struct tree *queued = tree_get(t, "queued_duration");
	int64_t ms = -1;

	if (!queued || j->queued_ms)
		return true;
	if (!read_seconds(w, &ms, queued))
		return wire_under(w, "queued_duration");
	if (ms >= 0 && j->started_ms)
		j->queued_ms = j->started_ms - ms;
	return true;
}

const struct record *
decode_job(struct seal *s, const struct tree *t, struct err *err)
{
	struct job *j = seal_begin(s, sizeof(*j));
	struct wire w;
	bool ok;

	wire_init(&w, s, false);
	shape_blank(&shape_job, j);
	ok = wire_fields(&w, j, t, &job_fields) &&
	     queued_from_duration(&w, j, t);
	if (ok)
		project_from_url(&w, j);
	return wire_done(&w, ok, KIND_JOB, err);
}

void
encode_job(struct out *o, const struct record *r)
{
	out_fields(o, r, &job_fields);
}
