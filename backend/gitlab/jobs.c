/*
 * Waiting and running jobs: instance-wide by GraphQL for administrators, by a
 * sweep over their projects for everybody else.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/gitlab/private.h"

#define JOBS(extra)                                                          \
	"query($after: String) { jobs(statuses: [PENDING, RUNNING], "        \
	"first: 100, after: $after) { pageInfo { hasNextPage endCursor } "   \
	"nodes { id name status tags stage { name } refName createdAt "      \
	"queuedAt startedAt finishedAt stuck webPath "                       \
	"project { id fullPath } pipeline { id } " extra "} } }"

/* What older servers do not have yet stands apart. */
static const char jobs_query[] =
	JOBS("runner { id } runnerManager { systemId } "
	     "pipeline { user { username } } ");
static const char jobs_query_plain[] = JOBS("");

static void
list_begin(struct gitlab *g)
{
	g->listing = true;
	g->broken = false;
	g->listed = 0;
	g->epoch++;
	g->sink->list_begin(g->sink->ctx, KIND_JOB);
}

static void
list_end(struct gitlab *g)
{
	if (!g->broken)
		known_settle(g);
	g->listing = false;
	g->sink->list_end(g->sink->ctx, KIND_JOB, !g->broken);
	g->jobs_loaded = g->jobs_loaded || !g->broken;
	gitlab_step_done(g);
}

static void
too_many(struct gitlab *g)
{
	struct gitlab_answer a = { .retry_after_ms = -1 };

	err_set(&a.err, ERR_LIMIT,
		"%s: more than %d jobs wait or run; they are too many to "
		"watch",
		g->endpoint.base_url, JOBS_MAX);
	gitlab_step_failed(g, &a);
}

static void
take_job(struct gitlab *g, const struct tree *node, bool graphql)
{
	struct err err = { .code = ERR_NONE };
	const struct record *r;

	r = graphql ? decode_job_graphql(g->seal, node, &err)
		    : codec_of(KIND_JOB)->decode(g->seal, node, &err);
	if (r)
		known_put(g, r);
	else
		gitlab_item_bad(g, &err);
}

/* ---- administrators ---- */

static void on_jobs(struct gitlab *g, void *ctx,
		    const struct gitlab_answer *a);

static void
ask_jobs(struct gitlab *g)
{
	gitlab_graphql(g, g->plain_fields ? jobs_query_plain : jobs_query,
		       g->cursor, on_jobs);
}

static void
on_jobs(struct gitlab *g, void *ctx, const struct gitlab_answer *a)
{
	const struct tree *jobs = tree_at(a->body, "data.jobs");
	const struct tree *page = tree_get(jobs, "pageInfo");
	const char *cursor = tree_text(tree_get(page, "endCursor"));

	(void)ctx;
	if (a->err.code == ERR_BAD && !g->plain_fields && !g->cursor &&
	    strstr(a->err.text, "doesn't exist on type")) {
		g->plain_fields = true;
		ask_jobs(g);
		return;
	}
	if (a->err.code) {
		gitlab_step_failed(g, a);
		return;
	}
	tree_each(node, tree_get(jobs, "nodes"))
		take_job(g, node, true);
	if (g->listed > JOBS_MAX) {
		too_many(g);
		return;
	}
	free(g->cursor);
	g->cursor = NULL;
	if (!tree_bool(tree_get(page, "hasNextPage"), false) || !cursor) {
		list_end(g);
		return;
	}
	g->cursor = xstrdup(cursor);
	ask_jobs(g);
}

/* ---- everybody else ---- */

static void on_project_jobs(struct gitlab *g, void *ctx,
			    const struct gitlab_answer *a);

static void
ask_project_jobs(struct gitlab *g)
{
	char target[160];

	if (g->project_at >= g->projects.n) {
		list_end(g);
		return;
	}
	snprintf(target, sizeof(target),
		 "/api/v4/projects/%" PRId64 "/jobs?scope[]=pending&"
		 "scope[]=running&per_page=%d&page=%u",
		 g->projects.at[g->project_at].id, PAGE_ITEMS, g->page);
	gitlab_call(g, ROW_GITLAB_GET, target, NULL, on_project_jobs, NULL);
}

static void
on_project_jobs(struct gitlab *g, void *ctx, const struct gitlab_answer *a)
{
	(void)ctx;
	/* A project with CI switched off, or left since: nothing to see. */
	if (a->err.code && a->err.code != ERR_GONE &&
	    a->err.code != ERR_DENIED) {
		gitlab_step_failed(g, a);
		return;
	}
	if (!a->err.code)
		tree_each(node, a->body)
			take_job(g, node, false);
	if (g->listed > JOBS_MAX) {
		too_many(g);
		return;
	}
	if (!a->err.code && tree_is(a->body, TREE_ARRAY) &&
	    a->body->len >= PAGE_ITEMS) {
		g->page++;
	} else {
		g->project_at++;
		g->page = 1;
	}
	ask_project_jobs(g);
}

void
jobs_begin(struct gitlab *g)
{
	list_begin(g);
	if (g->rights == RIGHTS_ADMIN) {
		ask_jobs(g);
		return;
	}
	g->project_at = 0;
	g->page = 1;
	ask_project_jobs(g);
}

/* ---- the projects of somebody ---- */

void
projects_drop(struct gitlab *g)
{
	for (uint32_t i = 0; i < g->projects.n; i++)
		free(g->projects.at[i].path);
	vec_free(&g->projects);
}

static void
on_projects(struct gitlab *g, void *ctx, const struct gitlab_answer *a)
{
	(void)ctx;
	if (a->err.code) {
		gitlab_step_failed(g, a);
		return;
	}
	projects_drop(g);
	tree_each(node, a->body) {
		const char *path =
			tree_text(tree_get(node, "path_with_namespace"));
		struct project p = { 0 };

		if (!tree_int(tree_get(node, "id"), &p.id) ||
		    g->projects.n == PROJECTS_MAX)
			continue;
		p.path = xstrdup(str_or_empty(path));
		vec_push(&g->projects, p);
	}
	gitlab_step_done(g);
}

void
projects_begin(struct gitlab *g)
{
	char target[160];

	snprintf(target, sizeof(target),
		 "/api/v4/projects?membership=true&archived=false&simple=true"
		 "&order_by=last_activity_at&sort=desc&per_page=%d",
		 PROJECTS_MAX);
	gitlab_call(g, ROW_GITLAB_GET, target, NULL, on_projects, NULL);
}
