/*
 * The GitLab face: who may see what, lists in pages, jobs and traces, and the
 * GraphQL of runners and jobs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sim_gitlab.h"
#include "tests/unit/sim_store.h"

static void
test_who_may_ask(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	struct reply r;

	(void)state;
	r = gitlab_ask(&k, "wrong", "GET", "/api/v4/user", NULL);
	assert_int_equal(r.status, 401);
	assert_text_equal(r.text, "{\"message\":\"401 Unauthorized\"}");
	reply_free(&r);
	r = gitlab_ask(&k, VIEWER, "GET", "/api/v4/user", NULL);
	assert_text_equal(
		json_string_value(json_object_get(r.json, "username")),
		"viewer");
	reply_free(&r);
	r = gitlab_ask(&k, VIEWER, "GET", "/api/v4/runners/all", NULL);
	assert_int_equal(r.status, 403);
	reply_free(&r);
	r = gitlab_ask(&k, VIEWER, "PUT", "/api/v4/runners/41",
		       "{\"paused\":true}");
	assert_int_equal(r.status, 403);
	assert_text_contains(r.text, "insufficient_scope");
	reply_free(&r);
	r = gitlab_ask(&k, ADMIN, "GET", "/api/v4/nothing", NULL);
	assert_int_equal(r.status, 404);
	reply_free(&r);
	r = gitlab_ask(&k, ADMIN, "GET", "/api/v4/personal_access_tokens/self",
		       NULL);
	assert_text_contains(r.text, "\"scopes\":[\"api\"");
	reply_free(&r);
	kit_close(&k);
}

static void
test_runners(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	struct reply r;

	(void)state;
	r = gitlab_ask(&k, ADMIN, "GET", "/api/v4/runners/all?per_page=1",
		       NULL);
	assert_int_equal(r.status, 200);
	assert_int_equal(json_array_size(r.json), 1);
	assert_text_equal(reply_header(&r, "x-total"), "2");
	assert_text_equal(reply_header(&r, "x-next-page"), "2");
	assert_text_contains(reply_header(&r, "Link"), "rel=\"next\"");
	/* The list has no tags: that is what the detail is for. */
	assert_null(json_object_get(json_array_get(r.json, 0), "tag_list"));
	reply_free(&r);
	r = gitlab_ask(&k, ADMIN, "GET", "/api/v4/runners/41", NULL);
	assert_text_contains(r.text, "\"tag_list\":[\"docker\",\"linux\"]");
	assert_text_contains(r.text, "\"online\":true");
	reply_free(&r);
	r = gitlab_ask(&k, ADMIN, "GET", "/api/v4/runners/41/managers", NULL);
	assert_int_equal(json_array_size(r.json), 1);
	assert_text_contains(r.text, "\"system_id\":\"r_");
	reply_free(&r);
	r = gitlab_ask(&k, ADMIN, "GET", "/api/v4/runners/999", NULL);
	assert_int_equal(r.status, 404);
	assert_text_equal(r.text, "{\"message\":\"404 Runner Not Found\"}");
	reply_free(&r);
	r = gitlab_ask(&k, ADMIN, "PUT", "/api/v4/runners/41",
		       "{\"paused\":true}");
	assert_text_contains(r.text, "\"paused\":true");
	reply_free(&r);
	/* A paused runner takes nothing more. */
	kit_run(&k, 600);
	assert_true(k.ci->pending.n > 40);
	kit_close(&k);
}

static void
test_jobs_and_traces(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	const struct ci_job *j = NULL;
	struct reply r, t;
	char target[200], trace[200];

	(void)state;
	r = gitlab_ask(
		&k, VIEWER, "GET",
		"/api/v4/projects/shop%2Fcheckout/jobs?scope%5B%5D=running&"
		"scope[]=pending&per_page=100",
		NULL);
	assert_int_equal(r.status, 200);
	assert_true(json_array_size(r.json) > 3);
	assert_text_contains(r.text, "\"status\":\"running\"");
	assert_null(strstr(r.text, "\"status\":\"success\""));
	reply_free(&r);
	/* Keyset pages: every job once. */
	r = gitlab_ask(&k, VIEWER, "GET",
		       "/api/v4/runners/41/jobs?pagination=keyset&order_by=id&"
		       "per_page=2",
		       NULL);
	assert_int_equal(json_array_size(r.json), 2);
	snprintf(target, sizeof(target), "%.150s",
		 strstr(reply_header(&r, "Link"), "/api/"));
	*strchr(target, '>') = '\0';
	t = gitlab_ask(&k, VIEWER, "GET", target, NULL);
	assert_int_equal(json_array_size(t.json), 2);
	assert_true(json_integer_value(
			    json_object_get(json_array_get(t.json, 0), "id")) <
		    json_integer_value(
			    json_object_get(json_array_get(r.json, 1), "id")));
	reply_free(&r);
	reply_free(&t);
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		if (k.ci->jobs.at[i]->status == CI_SUCCESS)
			j = k.ci->jobs.at[i];
	}
	assert_non_null(j);
	snprintf(target, sizeof(target), "/api/v4/projects/%lld/jobs/%lld",
		 (long long)j->project->id, (long long)j->id);
	r = gitlab_ask(&k, VIEWER, "GET", target, NULL);
	assert_text_contains(r.text, "\"status\":\"success\"");
	assert_text_contains(r.text, "\"runner_manager\":{");
	reply_free(&r);
	snprintf(trace, sizeof(trace), "%.180s/trace", target);
	t = gitlab_ask(&k, VIEWER, "GET", trace, NULL);
	assert_text_contains(t.text, "Running with gitlab-runner");
	assert_text_contains(t.text, "Job succeeded");
	reply_free(&t);
	kit_close(&k);
}

static void
test_cancelling_a_running_job(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	const struct ci_job *j = NULL;
	char target[200];
	struct reply r;
	int64_t id;

	(void)state;
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		if (k.ci->jobs.at[i]->status == CI_RUNNING &&
		    k.ci->jobs.at[i]->step_ms[STEP_RUNNING])
			j = k.ci->jobs.at[i];
	}
	assert_non_null(j);
	id = j->id;
	snprintf(target, sizeof(target),
		 "/api/v4/projects/%lld/jobs/%lld/cancel",
		 (long long)j->project->id, (long long)j->id);
	r = gitlab_ask(&k, VIEWER, "POST", target, NULL);
	assert_int_equal(r.status, 403);
	reply_free(&r);
	r = gitlab_ask(&k, ADMIN, "POST", target, NULL);
	assert_int_equal(r.status, 201);
	reply_free(&r);
	kit_run(&k, 10);
	assert_int_equal(ci_job(k.ci, id)->status, CI_CANCELED);
	assert_null(objects_get(k.objects, k.pods, "gitlab-runner",
				ci_job(k.ci, id)->pod));
	kit_close(&k);
}

/* ---- GraphQL ---- */

static const char jobs_query[] =
	"query($after: String) { jobs(statuses: [PENDING, RUNNING], first: 5,"
	" after: $after) { pageInfo { hasNextPage endCursor } nodes { id name "
	"status tags stage { name } pipeline { id } runner { id } "
	"pipeline { user { username } } } } }";

static void
test_graphql_pages_through_jobs(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	uint32_t seen = 0, pages = 0;
	char *cursor = NULL;
	bool more = true;

	(void)state;
	while (more) {
		struct reply r = gitlab_query(
			&k, ADMIN, jobs_query,
			cursor ? json_pack("{s:s}", "after", cursor) : NULL);
		json_t *nodes = reply_at(r.json, "data.jobs.nodes");

		assert_null(json_object_get(r.json, "errors"));
		seen += (uint32_t)json_array_size(nodes);
		/* Fields of one name are one field. */
		assert_non_null(reply_at(nodes, "0.pipeline.id"));
		assert_non_null(reply_at(nodes, "0.pipeline.user.username"));
		more = json_is_true(
			reply_at(r.json, "data.jobs.pageInfo.hasNextPage"));
		free(cursor);
		cursor = xstrdup(json_string_value(
			reply_at(r.json, "data.jobs.pageInfo.endCursor")));
		assert_true(++pages < 50);
		reply_free(&r);
	}
	free(cursor);
	assert_int_equal(seen, k.ci->running + k.ci->pending.n);
	kit_close(&k);
}

static void
test_graphql_shows_others_nothing(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	struct reply r = gitlab_query(&k, VIEWER, jobs_query, NULL);

	(void)state;
	assert_int_equal(r.status, 200);
	assert_null(json_object_get(r.json, "errors"));
	assert_int_equal(json_array_size(reply_at(r.json, "data.jobs.nodes")),
			 0);
	reply_free(&r);
	r = gitlab_query(
		&k, VIEWER,
		"{ project(fullPath: \"shop/checkout\") { id jobs(statuses: "
		"RUNNING) { nodes { name project { fullPath } } } } }",
		NULL);
	assert_true(json_array_size(
			    reply_at(r.json, "data.project.jobs.nodes")) > 0);
	assert_text_equal(json_string_value(reply_at(
				  r.json, "data.project.jobs.nodes.0.project."
					  "fullPath")),
			  "shop/checkout");
	reply_free(&r);
	kit_close(&k);
}

static void
test_graphql_fragments_aliases_directives(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	struct reply r = gitlab_query(
		&k, ADMIN,
		"query Q($no: Boolean = false) { mine: runners { ...page nodes "
		"{ ...r managers { nodes { systemId status } } } } "
		"runner(id: \"gid://gitlab/Ci::Runner/41\") { __typename "
		"shortSha @include(if: $no) ... on CiRunner { tagList } } } "
		"fragment r on CiRunner { id description status }\n"
		"# a comment\nfragment page on CiRunnerConnection { count }",
		NULL);

	(void)state;
	assert_null(json_object_get(r.json, "errors"));
	assert_int_equal(
		json_integer_value(reply_at(r.json, "data.mine.count")), 2);
	assert_text_equal(
		json_string_value(reply_at(r.json, "data.mine.nodes.0.status")),
		"ONLINE");
	assert_text_equal(
		json_string_value(reply_at(r.json, "data.runner.__typename")),
		"CiRunner");
	assert_null(reply_at(r.json, "data.runner.shortSha"));
	assert_int_equal(
		json_array_size(reply_at(r.json, "data.runner.tagList")), 2);
	reply_free(&r);
	kit_close(&k);
}

static void
complains(struct kit *k, const char *text, const char *message)
{
	struct reply r = gitlab_query(k, ADMIN, text, NULL);

	assert_int_equal(r.status, 200);
	assert_text_equal(
		json_string_value(reply_at(r.json, "errors.0.message")),
		message);
	assert_null(json_object_get(r.json, "data"));
	reply_free(&r);
}

/* Complaints that come while fields are found: the rest is answered. */
static void
test_graphql_wrong_values(void **state)
{
	static const struct {
		const char *text, *variables, *message;
	} wrong[] = {
		{ "query($f: Int!) { runners(first: $f) { nodes { id } } }",
		  "{'f':'x'}",
		  "Variable $f of type Int! was provided invalid value" },
		{ "query($f: Int!) { runners(first: $f) { nodes { id } } }",
		  "{}", "Variable $f of type Int! was provided invalid value" },
		{ "{ runners(after: \"zzz\") { nodes { id } } }", "{}",
		  "Please provide a valid cursor" },
		{ "{ runner(id: \"x\") { id } }", "{}",
		  "\"x\" is not a valid GitLab ID." },
		{ "{ runner(id: \"gid://gitlab/Project/1\") { id } }", "{}",
		  "\"gid://gitlab/Project/1\" does not represent an instance "
		  "of Ci::Runner" },
	};
	struct kit k = kit_open("quiet-day", 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct reply r = gitlab_query(&k, ADMIN, wrong[i].text,
					      sim_json(wrong[i].variables));

		assert_text_equal(json_string_value(reply_at(
					  r.json, "errors.0.message")),
				  wrong[i].message);
		reply_free(&r);
	}
	kit_close(&k);
}

static void
test_graphql_errors(void **state)
{
	struct kit k = kit_open("quiet-day", 1);
	struct reply r;

	(void)state;
	complains(&k, "{ jobs { nodes { colour } } }",
		  "Field 'colour' doesn't exist on type 'CiJob'");
	complains(&k, "{ jobs }",
		  "Field must have selections (field 'jobs' returns "
		  "CiJobConnection but has no selections. Did you mean 'jobs { "
		  "... }'?)");
	complains(&k, "{ jobs(colour: 1) { count } }",
		  "Field 'jobs' doesn't accept argument 'colour'");
	complains(&k, "{ jobs(statuses: [GREEN]) { count } }",
		  "Argument 'statuses' on Field 'jobs' has an invalid value "
		  "([GREEN]). Expected type '[CiJobStatus!]'.");
	r = gitlab_query(&k, ADMIN,
			 "query($s: [CiJobStatus!]) { jobs(statuses: $s) { "
			 "count } }",
			 json_pack("{s:[s,s]}", "s", "RUNNING", "GREEN"));
	assert_int_equal(r.status, 200);
	assert_text_contains(r.text,
			     "Variable $s of type [CiJobStatus!] was provided "
			     "invalid value for 1 (Expected \\\"GREEN\\\" to "
			     "be one of: ");
	assert_text_contains(r.text, "\"extensions\":{\"value\":[\"RUNNING\","
				     "\"GREEN\"],\"problems\":[{\"path\":[1],");
	reply_free(&r);
	complains(&k, "{ jobs(after: $x) { count } }",
		  "Variable $x is used by anonymous query but not declared");
	complains(&k, "{ jobs { count }",
		  "Expected NAME, actual: end of document at [1, 17]");
	complains(&k, "{ a: }",
		  "Expected NAME, actual: RCURLY (\"}\") at "
		  "[1, 6]");
	complains(&k, "{ ...a } fragment a on Query { ...a }",
		  "Query has depth of more than 30, which exceeds max depth of "
		  "30");
	complains(&k, "mutation { x }",
		  "Field 'x' doesn't exist on type 'Mutation'");
	complains(&k, "subscription { x }",
		  "Schema is not configured for subscriptions");
	complains(&k, "", "No query string was present");
	r = gitlab_ask(&k, "wrong", "POST", "/api/graphql", "{}");
	assert_int_equal(r.status, 401);
	reply_free(&r);
	r = gitlab_ask(&k, ADMIN, "POST", "/api/graphql", "nonsense");
	assert_int_equal(r.status, 400);
	reply_free(&r);
	/* Jobs of every runner would be a query each: one is answered. */
	r = gitlab_query(
		&k, ADMIN,
		"{ runners { nodes { id jobs(first: 1) { count } } } }", NULL);
	assert_non_null(json_object_get(r.json, "data"));
	assert_text_equal(
		json_string_value(reply_at(r.json, "errors.0.message")),
		"\"jobs\" field can be requested only for 1 "
		"CiRunner(s) at a time.");
	reply_free(&r);
	kit_close(&k);
}

SUITE(sim_gitlab, TEST(test_who_may_ask), TEST(test_runners),
      TEST(test_jobs_and_traces), TEST(test_cancelling_a_running_job),
      TEST(test_graphql_pages_through_jobs),
      TEST(test_graphql_shows_others_nothing),
      TEST(test_graphql_fragments_aliases_directives),
      TEST(test_graphql_wrong_values), TEST(test_graphql_errors));
