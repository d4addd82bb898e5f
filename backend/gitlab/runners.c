/*
 * Runners and their managers: by GraphQL for administrators, by REST for
 * everybody else.  REST's list has neither tags nor managers; they are asked
 * for one runner at a time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/gitlab/private.h"

static const char runners_query[] =
	"query($after: String) { runners(first: 100, after: $after) { "
	"pageInfo { hasNextPage endCursor } nodes { id shortSha description "
	"runnerType status paused tagList runUntagged locked accessLevel "
	"contactedAt maximumTimeout managers(first: 20) { nodes { id "
	"systemId status contactedAt createdAt executorName ipAddress "
	"version platformName architectureName } } } } }";

static void
lists_begin(struct gitlab *g)
{
	g->listing = true;
	g->broken = false;
	g->listed = 0;
	g->sink->list_begin(g->sink->ctx, KIND_RUNNER);
	g->sink->list_begin(g->sink->ctx, KIND_MANAGER);
}

static void
lists_end(struct gitlab *g)
{
	g->listing = false;
	g->sink->list_end(g->sink->ctx, KIND_RUNNER, !g->broken);
	g->sink->list_end(g->sink->ctx, KIND_MANAGER, !g->broken);
	g->runners_loaded = g->runners_loaded || !g->broken;
	gitlab_step_done(g);
}

static void
put_or_bad(struct gitlab *g, const struct record *r, const struct err *err)
{
	if (r)
		g->sink->put(g->sink->ctx, r);
	else
		gitlab_item_bad(g, err);
}

static bool
within_limit(struct gitlab *g)
{
	struct gitlab_answer a = { .retry_after_ms = -1 };

	if (++g->listed <= RUNNERS_MAX)
		return true;
	err_set(&a.err, ERR_LIMIT, "%s: more than %d runners",
		g->endpoint.base_url, RUNNERS_MAX);
	gitlab_step_failed(g, &a);
	return false;
}

/* ---- administrators ---- */

static void
take_runner(struct gitlab *g, const struct tree *node)
{
	struct err err = { .code = ERR_NONE };
	const struct record *r = decode_runner_graphql(g->seal, node, &err);
	int64_t id = r ? ((const struct runner *)(const void *)r)->id : 0;

	put_or_bad(g, r, &err);
	if (!id)
		return;
	tree_each(m, tree_at(node, "managers.nodes"))
		put_or_bad(g, decode_manager_graphql(g->seal, m, id, &err),
			   &err);
}

static void
on_runners(struct gitlab *g, void *ctx, const struct gitlab_answer *a)
{
	const struct tree *runners = tree_at(a->body, "data.runners");
	const struct tree *page = tree_get(runners, "pageInfo");
	const char *cursor = tree_text(tree_get(page, "endCursor"));

	(void)ctx;
	if (a->err.code) {
		gitlab_step_failed(g, a);
		return;
	}
	tree_each(node, tree_get(runners, "nodes")) {
		if (!within_limit(g))
			return;
		take_runner(g, node);
	}
	free(g->cursor);
	g->cursor = NULL;
	if (!tree_bool(tree_get(page, "hasNextPage"), false) || !cursor) {
		lists_end(g);
		return;
	}
	g->cursor = xstrdup(cursor);
	gitlab_graphql(g, runners_query, g->cursor, on_runners);
}

/* ---- everybody else ---- */

static void
on_own(struct gitlab *g, void *ctx, const struct gitlab_answer *a)
{
	(void)ctx;
	if (a->err.code) {
		gitlab_step_failed(g, a);
		return;
	}
	vec_clear(&g->runners);
	g->runner_at = 0;
	g->runner_managers = false;
	/* The list's entity says too little to be a record. */
	tree_each(node, a->body) {
		int64_t id;

		if (tree_int(tree_get(node, "id"), &id))
			vec_push(&g->runners, id);
	}
	g->runners_cut = g->runners.n >= RUNNERS_OWN_MAX;
	gitlab_step_done(g);
}

void
runners_begin(struct gitlab *g)
{
	char target[96];

	if (g->rights == RIGHTS_ADMIN) {
		lists_begin(g);
		gitlab_graphql(g, runners_query, NULL, on_runners);
		return;
	}
	snprintf(target, sizeof(target), "/api/v4/runners?per_page=%d",
		 RUNNERS_OWN_MAX);
	gitlab_call(g, ROW_GITLAB_GET, target, NULL, on_own, NULL);
}

/* ---- details, one runner at a time ---- */

static void ask_detail(struct gitlab *g);

static void
on_detail(struct gitlab *g, void *ctx, const struct gitlab_answer *a)
{
	struct err err = { .code = ERR_NONE };
	int64_t id = g->runners.at[g->runner_at];

	(void)ctx;
	/* Seen in the list but not to be read, or deleted since. */
	if (a->err.code && a->err.code != ERR_GONE &&
	    a->err.code != ERR_DENIED) {
		gitlab_step_failed(g, a);
		return;
	}
	if (!a->err.code && !g->runner_managers)
		put_or_bad(g,
			   codec_of(KIND_RUNNER)->decode(g->seal, a->body,
							 &err),
			   &err);
	else if (!a->err.code)
		tree_each(m, a->body)
			put_or_bad(g,
				   decode_manager_of(g->seal, m, id, &err),
				   &err);
	if (a->err.code || g->runner_managers) {
		g->runner_at++;
		g->runner_managers = false;
	} else {
		g->runner_managers = true;
	}
	ask_detail(g);
}

static void
ask_detail(struct gitlab *g)
{
	char target[96];

	if (g->runner_at >= g->runners.n) {
		lists_end(g);
		return;
	}
	snprintf(target, sizeof(target), "/api/v4/runners/%" PRId64 "%s",
		 g->runners.at[g->runner_at],
		 g->runner_managers ? "/managers" : "");
	gitlab_call(g, ROW_GITLAB_GET, target, NULL, on_detail, NULL);
}

void
details_begin(struct gitlab *g)
{
	lists_begin(g);
	ask_detail(g);
}
