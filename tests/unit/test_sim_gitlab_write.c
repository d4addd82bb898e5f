/*
 * What may be changed at the simulated GitLab, by whom, and that it really
 * happens to the fleet: cancel, retry, play, erase, pause, tags, tokens.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sim_gitlab.h"

#define MANUAL                                                                 \
	"title: t\nnotice: n\nremedy: r\ngroups:\n"                            \
	"  - {name: a, types: m6i.2xlarge, max: 3, desired: 3}\n"              \
	"runners:\n"                                                           \
	"  - {name: one, tags: [x], concurrent: 20}\n"                         \
	"jobs:\n"                                                              \
	"  - {name: build, project: a/b, tags: [x], at_once: 4,\n"             \
	"     duration: 20m, from: -10m}\n"                                    \
	"  - {name: deploy, project: a/b, tags: [x], at_once: 1,\n"            \
	"     manual: true, from: -10m}\n"

static struct ci_job *
job_with(struct kit *k, enum ci_status status)
{
	for (uint32_t i = 0; i < k->ci->jobs.n; i++) {
		if (k->ci->jobs.at[i]->status == status)
			return k->ci->jobs.at[i];
	}
	fail_msg("no job is %s", ci_status_name(status));
	return NULL;
}

static struct reply
act(struct kit *k, const char *token, const struct ci_job *j, const char *act)
{
	char target[200];

	snprintf(target, sizeof(target), "/api/v4/projects/%lld/jobs/%lld/%s",
		 (long long)j->project->id, (long long)j->id, act);
	return gitlab_ask(k, token, "POST", target, NULL);
}

static void
expect(struct reply r, int status, const char *part)
{
	assert_text_contains(r.text, part);
	assert_int_equal(r.status, status);
	reply_free(&r);
}

static void
test_tokens_open_what_they_say(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	const struct ci_job *j = job_with(&k, CI_RUNNING);

	(void)state;
	expect(gitlab_ask(&k, NULL, "GET", "/api/v4/user", NULL), 401,
	       "401 Unauthorized");
	expect(gitlab_ask(&k, "glpat-simulated-expired", "GET", "/api/v4/user",
			  NULL),
	       401, "Token is expired.");
	expect(gitlab_ask(&k, "glpat-simulated-revoked", "GET", "/api/v4/user",
			  NULL),
	       401, "Token was revoked.");
	/* read_user: itself and nothing else. */
	expect(gitlab_ask(&k, "glpat-simulated-viewer-self", "GET",
			  "/api/v4/user", NULL),
	       200, "\"username\":\"viewer\"");
	expect(gitlab_ask(&k, "glpat-simulated-viewer-self", "GET",
			  "/api/v4/projects", NULL),
	       403, "\"scope\":\"api read_api\"");
	/* The scope is there, the role is not. */
	expect(act(&k, "glpat-simulated-viewer-api", j, "cancel"), 403,
	       "{\"message\":\"403 Forbidden\"}");
	expect(gitlab_ask(&k, "glpat-simulated-viewer-api", "GET",
			  "/api/v4/runners/41", NULL),
	       403, "No access granted");
	/* Only runners. */
	expect(gitlab_ask(&k, "glpat-simulated-oncall-runners", "PUT",
			  "/api/v4/runners/41", "{\"locked\":true}"),
	       200, "\"locked\":true");
	expect(act(&k, "glpat-simulated-oncall-runners", j, "cancel"), 403,
	       "insufficient_scope");
	/* A Reporter owns no runner, and may look at jobs. */
	expect(gitlab_ask(&k, VIEWER, "GET", "/api/v4/runners", NULL), 200,
	       "[]");
	expect(gitlab_ask(&k, ONCALL, "GET", "/api/v4/runners", NULL), 200,
	       "\"id\":41");
	expect(gitlab_ask(&k, VIEWER, "GET", "/api/v4/runners/41/jobs", NULL),
	       200, "\"status\":\"running\"");
	expect(gitlab_ask(&k, ONCALL, "GET", "/api/v4/groups/a/runners", NULL),
	       200, "\"id\":41");
	expect(gitlab_ask(&k, ONCALL, "GET", "/api/v4/groups/c/runners", NULL),
	       404, "404 Group Not Found");
	kit_close(&k);
}

static void
test_cancel_ends_the_job_and_its_pod(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	struct ci_job *j = job_with(&k, CI_RUNNING);
	char pod[100];

	(void)state;
	snprintf(pod, sizeof(pod), "%s", j->pod);
	assert_non_null(objects_get(k.objects, k.pods, "gitlab-runner", pod));
	expect(act(&k, ONCALL, j, "cancel"), 201, "\"status\":\"canceling\"");
	/* Its manager does not know yet; asking twice changes nothing. */
	expect(act(&k, ONCALL, j, "cancel"), 403, "not cancelable");
	kit_run(&k, 10);
	assert_int_equal(j->status, CI_CANCELED);
	kit_run(&k, 60);
	assert_null(objects_get(k.objects, k.pods, "gitlab-runner", pod));
	/* Waiting jobs end at once. */
	j = job_with(&k, CI_MANUAL);
	expect(act(&k, ONCALL, j, "cancel"), 201, "\"status\":\"canceled\"");
	kit_close(&k);
}

/* A manager that is gone will never hear of it: force is for that. */
static void
test_force_is_for_jobs_that_do_not_end(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	struct ci_job *j = job_with(&k, CI_RUNNING);
	struct cloud_group *g = cloud_group(k.cloud, "a");

	(void)state;
	for (uint32_t i = 0; i < g->instances.n; i++)
		instance_stop(k.cloud, g->instances.at[i],
			      "Server.InternalError", "gone");
	kit_run(&k, 120);
	assert_int_equal(j->status, CI_RUNNING);
	expect(act(&k, ONCALL, j, "cancel"), 201, "\"canceling\"");
	kit_run(&k, 120);
	assert_int_equal(j->status, CI_CANCELING);
	expect(act(&k, ONCALL, j, "cancel?force=true"), 201, "\"canceled\"");
	kit_run(&k, 5);
	assert_int_equal(j->status, CI_CANCELED);
	kit_close(&k);
}

static void
test_retry_play_erase(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	struct ci_job *j = job_with(&k, CI_RUNNING), *again;
	struct reply r;

	(void)state;
	expect(act(&k, ONCALL, j, "retry"), 403, "Job is not retryable");
	expect(act(&k, ONCALL, j, "erase"), 403, "Job is not erasable!");
	expect(act(&k, ONCALL, j, "play"), 400, "Unplayable Job");
	expect(act(&k, ONCALL, j, "cancel"), 201, "canceling");
	kit_run(&k, 10);
	r = act(&k, ONCALL, j, "retry");
	assert_int_equal(r.status, 201);
	again = ci_job(k.ci, json_integer_value(json_object_get(r.json, "id")));
	reply_free(&r);
	assert_true(again && again != j);
	assert_int_equal(again->pipeline_id, j->pipeline_id);
	assert_text_equal(again->sha, j->sha);
	expect(act(&k, ONCALL, j, "retry"), 403, "Job is not retryable");
	kit_run(&k, 20);
	assert_int_equal(again->status, CI_RUNNING);
	/* The pipeline is what its newest job is. */
	r = gitlab_ask(&k, VIEWER, "GET", "/api/v4/projects/a%2Fb/pipelines",
		       NULL);
	assert_int_equal(json_array_size(r.json), 5);
	reply_free(&r);
	/* Of the two only the newer is told unless both are asked for. */
	{
		char target[160];

		snprintf(target, sizeof(target),
			 "/api/v4/projects/a%%2Fb/pipelines/%lld/jobs",
			 (long long)j->pipeline_id);
		r = gitlab_ask(&k, VIEWER, "GET", target, NULL);
		assert_int_equal(json_array_size(r.json), 1);
		reply_free(&r);
		snprintf(target, sizeof(target),
			 "/api/v4/projects/a%%2Fb/pipelines/%lld/jobs?"
			 "include_retried=true",
			 (long long)j->pipeline_id);
		r = gitlab_ask(&k, VIEWER, "GET", target, NULL);
		assert_int_equal(json_array_size(r.json), 2);
		reply_free(&r);
	}
	expect(act(&k, ONCALL, j, "erase"), 201, "\"erased_at\":\"2026");
	expect(act(&k, ONCALL, j, "erase"), 403, "not erasable");
	/* A manual job waits for a person. */
	j = job_with(&k, CI_MANUAL);
	kit_run(&k, 60);
	assert_int_equal(j->status, CI_MANUAL);
	expect(act(&k, ONCALL, j, "play"), 200, "\"status\":\"pending\"");
	kit_run(&k, 20);
	assert_int_equal(j->status, CI_RUNNING);
	assert_true(ci_queued_ms(k.ci, j) < 10000);
	kit_close(&k);
}

static struct reply
put(struct kit *k, const char *body)
{
	return gitlab_ask(k, ONCALL, "PUT", "/api/v4/runners/41", body);
}

static void
test_runners_are_edited(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	struct ci_runner *r = ci_runner(k.ci, 41);

	(void)state;
	expect(put(&k, "{\"description\":\"blue\",\"tag_list\":[\"x\",\"y\"],"
		       "\"maximum_timeout\":900,\"access_level\":"
		       "\"ref_protected\",\"maintenance_note\":\"mine\","
		       "\"run_untagged\":true}"),
	       200, "\"tag_list\":[\"x\",\"y\"]");
	assert_text_equal(r->description, "blue");
	assert_int_equal(r->timeout_s, 900);
	assert_true(r->ref_protected && r->run_untagged);
	/* All or nothing. */
	expect(put(&k, "{\"description\":\"red\",\"maximum_timeout\":5}"), 400,
	       "maximum_timeout needs to be at least 10 minutes");
	assert_text_equal(r->description, "blue");
	expect(put(&k, "{\"tag_list\":[],\"run_untagged\":false}"), 400,
	       "tags_list can not be empty when runner is not allowed to pick "
	       "untagged jobs");
	expect(put(&k, "{\"paused\":\"perhaps\"}"), 400, "paused is invalid");
	expect(put(&k, "{\"access_level\":\"mine\"}"), 400,
	       "access_level does not have a valid value");
	expect(put(&k, "[1"), 400, "error");
	/* The job's time is the shorter of the two. */
	kit_run(&k, 1500);
	expect(put(&k, "{\"tag_list\":\"z\"}"), 200, "\"tag_list\":[\"z\"]");
	assert_int_equal(ci_retry(k.ci, job_with(&k, CI_SUCCESS))->status,
			 CI_PENDING);
	kit_run(&k, 60);
	/* Nobody carries x any more. */
	assert_int_equal(job_with(&k, CI_PENDING)->started_ms, 0);
	kit_close(&k);
}

/* Whoever resets a token has to bring the new one to the cluster. */
static void
test_a_reset_token_stops_the_managers(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	struct reply r;
	struct ci_job *j;
	char token[64];

	(void)state;
	r = gitlab_ask(&k, ONCALL, "POST",
		       "/api/v4/runners/41/reset_authentication_token", NULL);
	assert_int_equal(r.status, 201);
	snprintf(token, sizeof(token), "%s",
		 json_string_value(json_object_get(r.json, "token")));
	assert_true(strncmp(token, "glrt-t2_", 8) == 0);
	reply_free(&r);
	j = job_with(&k, CI_MANUAL);
	assert_true(ci_play(k.ci, j));
	kit_run(&k, 60);
	assert_int_equal(j->status, CI_PENDING);
	/* Those who run go on: they have tokens of their own. */
	assert_int_equal(job_with(&k, CI_RUNNING)->status, CI_RUNNING);
	kit_close(&k);
}

static void
test_a_deleted_runner_is_gone(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	struct ci_job *j = job_with(&k, CI_MANUAL);

	(void)state;
	expect(gitlab_ask(&k, ONCALL, "DELETE", "/api/v4/runners/41", NULL),
	       204, "");
	expect(gitlab_ask(&k, ONCALL, "GET", "/api/v4/runners/41", NULL), 404,
	       "404 Runner Not Found");
	expect(gitlab_ask(&k, ADMIN, "GET", "/api/v4/runners/all", NULL), 200,
	       "[]");
	assert_true(ci_play(k.ci, j));
	kit_run(&k, 60);
	assert_int_equal(j->status, CI_PENDING);
	kit_close(&k);
}

/* ---- GraphQL ---- */

static json_t *
gid_of(const char *model, int64_t id)
{
	char text[64];

	snprintf(text, sizeof(text), "gid://gitlab/%s/%lld", model,
		 (long long)id);
	return json_pack("{s:s}", "id", text);
}

static void
test_mutations(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	struct ci_job *j = job_with(&k, CI_RUNNING);
	struct reply r;

	(void)state;
	r = gitlab_query(&k, ONCALL,
			 "mutation($id: ProcessableID!) { jobCancel(input: "
			 "{id: $id, clientMutationId: \"c\"}) { "
			 "clientMutationId errors job { status } } }",
			 gid_of("Ci::Build", j->id));
	assert_text_equal(r.text,
			  "{\"data\":{\"jobCancel\":{\"clientMutationId\":"
			  "\"c\",\"errors\":[],\"job\":{\"status\":"
			  "\"CANCELING\"}}}}");
	reply_free(&r);
	r = gitlab_query(&k, ONCALL,
			 "mutation($id: ProcessableID!) { jobRetry(input: {id: "
			 "$id}) { errors job { id } } }",
			 gid_of("Ci::Build", j->id));
	assert_text_contains(r.text, "\"errors\":[\"Job cannot be retried\"]");
	reply_free(&r);
	kit_run(&k, 10);
	r = gitlab_query(&k, ONCALL,
			 "mutation($id: ProcessableID!) { jobRetry(input: {id: "
			 "$id}) { errors job { status retried pipeline { id } "
			 "} } }",
			 gid_of("Ci::Build", j->id));
	assert_text_contains(r.text, "\"status\":\"PENDING\"");
	reply_free(&r);
	j = job_with(&k, CI_MANUAL);
	r = gitlab_query(&k, ONCALL,
			 "mutation($id: ProcessableID!) { jobPlay(input: {id: "
			 "$id}) { errors job { status } } }",
			 gid_of("Ci::Build", j->id));
	assert_text_contains(r.text, "\"status\":\"PENDING\"");
	reply_free(&r);
	r = gitlab_query(&k, ONCALL,
			 "mutation($id: CiRunnerID!) { runnerUpdate(input: "
			 "{id: $id, paused: true, tagList: [\"q\"], "
			 "accessLevel: REF_PROTECTED}) { errors runner { "
			 "paused tagList accessLevel } } }",
			 gid_of("Ci::Runner", 41));
	assert_text_contains(r.text, "\"paused\":true,\"tagList\":[\"q\"],"
				     "\"accessLevel\":\"REF_PROTECTED\"");
	assert_true(ci_runner(k.ci, 41)->paused);
	reply_free(&r);
	kit_close(&k);
}

static void
mutation_fails(struct kit *k, const char *token, const char *text,
	       const char *part)
{
	struct reply r = gitlab_query(k, token, text, NULL);

	assert_int_equal(r.status, 200);
	assert_text_contains(
		json_string_value(reply_at(r.json, "errors.0.message")), part);
	reply_free(&r);
}

static void
test_mutations_refused(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	struct ci_job *j = job_with(&k, CI_RUNNING);
	char text[200];

	(void)state;
	snprintf(text, sizeof(text),
		 "mutation { jobCancel(input: {id: "
		 "\"gid://gitlab/Ci::Build/%lld\"}) { errors } }",
		 (long long)j->id);
	mutation_fails(&k, VIEWER, text, "you don't have permission");
	mutation_fails(&k, "glpat-simulated-viewer-api", text,
		       "you don't have permission");
	mutation_fails(&k, NULL, text, "you don't have permission");
	assert_int_equal(j->status, CI_RUNNING);
	mutation_fails(&k, ONCALL, "mutation { jobCancel { errors } }",
		       "missing required arguments: input");
	mutation_fails(&k, ONCALL,
		       "mutation { jobCancel(input: {}) { errors } }",
		       "Argument 'id' on InputObject");
	mutation_fails(&k, ONCALL,
		       "mutation { jobCancel(input: {id: \"gid://gitlab/"
		       "Ci::Runner/41\"}) { errors } }",
		       "does not represent an instance of Ci::Build");
	mutation_fails(&k, ONCALL,
		       "mutation { jobCancel(input: {id: \"7\"}) { errors } }",
		       "is not a valid GitLab Global ID.");
	mutation_fails(&k, ONCALL,
		       "mutation { jobCancel(input: {id: \"gid://gitlab/"
		       "Ci::Build/1\", colour: 1}) { errors } }",
		       "doesn't accept argument 'colour'");
	mutation_fails(&k, ONCALL,
		       "mutation { jobCancel(input: {id: \"gid://gitlab/"
		       "Ci::Build/1\"}) { errors } }",
		       "does not exist or you don't have permission");
	kit_close(&k);
}

static void
test_groups_nobody_and_cost(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	struct reply r;

	(void)state;
	r = gitlab_query(&k, ONCALL,
			 "{ group(fullPath: \"a\") { runners(membership: "
			 "DESCENDANTS) { nodes { id } } projects { nodes { "
			 "fullPath } } } }",
			 NULL);
	assert_text_contains(r.text, "Ci::Runner/41");
	assert_text_contains(r.text, "\"fullPath\":\"a/b\"");
	reply_free(&r);
	r = gitlab_query(&k, NULL,
			 "{ currentUser { id } jobs { count } group(fullPath: "
			 "\"a\") { id } }",
			 NULL);
	assert_text_equal(r.text, "{\"data\":{\"currentUser\":null,\"jobs\":{"
				  "\"count\":0},\"group\":null}}");
	reply_free(&r);
	r = gitlab_query(&k, ADMIN,
			 "{ jobs(statuses: [PENDING], compatibleRunnerId: "
			 "\"gid://gitlab/Ci::Runner/41\") { count } }",
			 NULL);
	assert_text_equal(r.text, "{\"data\":{\"jobs\":{\"count\":0}}}");
	reply_free(&r);
	mutation_fails(&k, ADMIN,
		       "{ jobs(compatibleRunnerId: \"gid://gitlab/Ci::Runner/"
		       "41\") { count } }",
		       "compatibleRunnerId can only be used");
	mutation_fails(&k, ADMIN,
		       "{ runners { nodes { managers { nodes { id systemId "
		       "status contactedAt version platformName ipAddress "
		       "revision executorName createdAt } } m: managers { "
		       "nodes { id systemId status contactedAt version "
		       "platformName ipAddress revision executorName createdAt "
		       "} } n: managers { nodes { id systemId status "
		       "contactedAt version platformName ipAddress revision "
		       "executorName createdAt } } o: managers { nodes { id "
		       "systemId status contactedAt version platformName "
		       "ipAddress revision executorName createdAt } } q: "
		       "managers { nodes { id systemId "
		       "status contactedAt version platformName ipAddress "
		       "revision executorName createdAt } } p: "
		       "managers { nodes { id systemId status contactedAt "
		       "version platformName ipAddress revision executorName "
		       "createdAt } } } } }",
		       "exceeds max complexity of 250");
	r = gitlab_query(&k, ADMIN,
			 "{ project(fullPath: \"a/b\") { jobs(statuses: "
			 "[RUNNING], first: 1) { nodes { trace { "
			 "htmlSummary(lastLines: 3) } } } } }",
			 NULL);
	assert_text_contains(r.text, "\"htmlSummary\":\"<span>");
	assert_null(strstr(r.text, "\\u001b"));
	reply_free(&r);
	kit_close(&k);
}

/* ---- limits ---- */

static void
test_limits_with_and_without_headers(void **state)
{
	struct kit k = kit_open_text(MANUAL "gitlab: {requests_per_minute: 30, "
					    "project_jobs_per_minute: 10}\n",
				     1);
	void *limits = face_gitlab.open(k.w);
	struct reply r;
	int32_t refused = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		r = gitlab_ask_state(&k, limits, ADMIN, "GET",
				     "/api/v4/projects/a%2Fb/jobs", NULL);
		if (r.status == 429) {
			refused++;
			assert_null(reply_header(&r, "Retry-After"));
			assert_text_contains(
				r.text, "has been requested too many times");
		}
		reply_free(&r);
	}
	assert_int_equal(refused, 10);
	refused = 0;
	for (int i = 0; i < 20; i++) {
		r = gitlab_ask_state(&k, limits, ADMIN, "GET",
				     "/api/v4/version", NULL);
		if (r.status == 429) {
			refused++;
			assert_text_equal(r.text, "Retry later\n");
			assert_non_null(reply_header(&r, "Retry-After"));
			assert_text_equal(reply_header(&r, "RateLimit-Limit"),
					  "30");
			assert_text_contains(
				reply_header(&r, "RateLimit-ResetTime"), "GMT");
		}
		reply_free(&r);
	}
	assert_int_equal(refused, 10);
	/* Others are counted for themselves; another minute begins anew. */
	r = gitlab_ask_state(&k, limits, VIEWER, "GET", "/api/v4/version",
			     NULL);
	assert_int_equal(r.status, 200);
	reply_free(&r);
	kit_run(&k, 60);
	r = gitlab_ask_state(&k, limits, ADMIN, "GET",
			     "/api/v4/projects/a%2Fb/jobs", NULL);
	assert_int_equal(r.status, 200);
	reply_free(&r);
	face_gitlab.close(limits);
	kit_close(&k);
}

static void
test_pages(void **state)
{
	struct kit k = kit_open_text(MANUAL, 1);
	struct reply r;

	(void)state;
	r = gitlab_ask(&k, VIEWER, "GET",
		       "/api/v4/projects/a%2Fb/jobs?per_page=2&page=2&sort=asc",
		       NULL);
	assert_text_equal(reply_header(&r, "x-total"), "5");
	assert_text_equal(reply_header(&r, "x-total-pages"), "3");
	assert_text_equal(reply_header(&r, "x-prev-page"), "1");
	assert_text_equal(reply_header(&r, "x-next-page"), "3");
	/* One header, as GitLab's. */
	assert_text_contains(reply_header(&r, "Link"),
			     "page=1>; rel=\"prev\", <http://");
	assert_text_contains(reply_header(&r, "Link"),
			     "page=3>; rel=\"next\", <http://");
	assert_int_equal(json_integer_value(reply_at(r.json, "0.id")),
			 k.ci->jobs.at[2]->id);
	reply_free(&r);
	r = gitlab_ask(&k, VIEWER, "GET",
		       "/api/v4/projects/a%2Fb/jobs?pagination=keyset&"
		       "order_by=id&sort=asc&per_page=2",
		       NULL);
	assert_null(reply_header(&r, "x-total"));
	assert_text_contains(reply_header(&r, "Link"), "rel=\"next\"");
	reply_free(&r);
	/* There but empty on the last page. */
	r = gitlab_ask(&k, VIEWER, "GET",
		       "/api/v4/projects/a%2Fb/jobs?per_page=100", NULL);
	assert_text_equal(reply_header(&r, "x-next-page"), "");
	assert_text_equal(reply_header(&r, "x-prev-page"), "");
	reply_free(&r);
	expect(gitlab_ask(&k, VIEWER, "GET",
			  "/api/v4/runners/41/jobs?order_by=name", NULL),
	       400, "order_by does not have a valid value");
	expect(gitlab_ask(&k, VIEWER, "GET",
			  "/api/v4/runners/41/jobs?sort=up", NULL),
	       400, "sort does not have a valid value");
	expect(gitlab_ask(&k, VIEWER, "GET",
			  "/api/v4/projects/a%2Fb/jobs?scope[]=green", NULL),
	       400, "scope does not have a valid value");
	expect(gitlab_ask(&k, ADMIN, "GET", "/api/v4/runners/all?type=any",
			  NULL),
	       400, "type does not have a valid value");
	kit_close(&k);
}

/* clang-format off */
SUITE(sim_gitlab_write,
	TEST(test_tokens_open_what_they_say),
	TEST(test_cancel_ends_the_job_and_its_pod),
	TEST(test_force_is_for_jobs_that_do_not_end),
	TEST(test_retry_play_erase),
	TEST(test_runners_are_edited),
	TEST(test_a_reset_token_stops_the_managers),
	TEST(test_a_deleted_runner_is_gone),
	TEST(test_mutations),
	TEST(test_mutations_refused),
	TEST(test_groups_nobody_and_cost),
	TEST(test_limits_with_and_without_headers),
	TEST(test_pages));
