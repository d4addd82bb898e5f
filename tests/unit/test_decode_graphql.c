/*
 * GitLab's GraphQL nodes as the server writes them, and what REST says of the
 * same things.
 */
#include "backend/decode/decode.h"
#include "tests/unit/check.h"

struct kit {
	struct seal *s;
	struct arena *a;
	struct err err;
};

static void
kit_make(struct kit *k)
{
	k->s = seal_new();
	k->a = arena_new();
	k->err = (struct err){ .code = ERR_NONE };
}

static void
kit_drop(struct kit *k)
{
	arena_free(k->a);
	seal_free(k->s);
}

static void
test_job(void **state)
{
	const struct job *j, *rest;
	struct kit k;

	(void)state;
	kit_make(&k);
	j = (const void *)decode_job_graphql(
		k.s,
		parse_text(k.a,
			   "{'id':'gid://gitlab/Ci::Build/901','name':'unit',"
			   "'status':'PENDING','tags':['linux','docker'],"
			   "'stage':{'name':'test'},'refName':'main',"
			   "'createdAt':'2026-02-18T08:57:00Z',"
			   "'queuedAt':'2026-02-18T08:57:30Z',"
			   "'startedAt':null,'finishedAt':null,'stuck':true,"
			   "'runner':null,'runnerManager':{'systemId':'r_1'},"
			   "'pipeline':{'id':'gid://gitlab/Ci::Pipeline/5',"
			   "'user':{'username':'kim'}},"
			   "'project':{'id':'gid://gitlab/Project/47',"
			   "'fullPath':'shop/back'},"
			   "'webPath':'/shop/back/-/jobs/901'}"),
		&k.err);
	rest = (const void *)codec_of(KIND_JOB)->decode(
		k.s,
		parse_text(k.a,
			   "{'id':901,'name':'unit','status':'pending',"
			   "'tag_list':['docker','linux'],'stage':'test',"
			   "'ref':'main','created_at':"
			   "'2026-02-18T08:57:00.000Z','queued_at':"
			   "'2026-02-18T08:57:30Z','stuck':true,"
			   "'runner':null,'runner_manager':{"
			   "'system_id':'r_1'},'pipeline':{'id':5,"
			   "'project_id':47},'user':{'username':'kim'},"
			   "'project':{'path_with_namespace':'shop/back'},"
			   "'web_url':'/shop/back/-/jobs/901'}"),
		&k.err);
	assert_non_null(j);
	assert_non_null(rest);
	assert_int_equal(j->status, JOB_PENDING);
	assert_text_equal(j->status_text, "pending");
	assert_text_equal(j->tags[0], "docker");
	assert_true(records_equal(&j->record, &rest->record));
	record_unref(j);
	record_unref(rest);
	kit_drop(&k);
}

static void
test_runner_and_manager(void **state)
{
	const struct runner *r;
	const struct manager *m;
	struct kit k;

	(void)state;
	kit_make(&k);
	r = (const void *)decode_runner_graphql(
		k.s,
		parse_text(k.a,
			   "{'id':'gid://gitlab/Ci::Runner/12',"
			   "'shortSha':'t1abcdef','description':'amd64',"
			   "'runnerType':'INSTANCE_TYPE','status':'ONLINE',"
			   "'paused':false,'tagList':['docker'],"
			   "'runUntagged':true,'locked':null,"
			   "'accessLevel':'REF_PROTECTED',"
			   "'maximumTimeout':null,"
			   "'contactedAt':'2026-02-18T08:59:00Z',"
			   "'runningJobs':{'count':3}}"),
		&k.err);
	assert_non_null(r);
	assert_int_equal(r->id, 12);
	assert_text_equal(r->type, "instance_type");
	assert_text_equal(r->status, "online");
	assert_true(r->tags_known && r->run_untagged && r->ref_protected);
	assert_int_equal(r->running_jobs, 3);
	assert_int_equal(r->max_timeout_s, 0);
	m = (const void *)decode_manager_graphql(
		k.s,
		parse_text(k.a,
			   "{'id':'gid://gitlab/Ci::RunnerManager/3',"
			   "'systemId':'r_1','status':'STALE',"
			   "'executorName':'kubernetes'}"),
		12, &k.err);
	assert_non_null(m);
	assert_int_equal(m->runner_id, 12);
	assert_int_equal(m->id, 3);
	assert_text_equal(m->status, "stale");
	record_unref(r);
	record_unref(m);
	kit_drop(&k);
}

static void
test_refusals(void **state)
{
	struct kit k;

	(void)state;
	kit_make(&k);
	assert_null(decode_job_graphql(
		k.s, parse_text(k.a, "{'id':'Ci::Build/901'}"), &k.err));
	assert_text_equal(k.err.text,
			  "id: not a global id: \"Ci::Build/901\"");
	assert_null(decode_job_graphql(
		k.s, parse_text(k.a, "{'project':{'id':7}}"), &k.err));
	assert_text_equal(k.err.text,
			  "project.id: wanted string, found number");
	assert_null(decode_runner_graphql(
		k.s, parse_text(k.a, "{'runningJobs':{'count':{}}}"),
		&k.err));
	assert_text_equal(k.err.text,
			  "runningJobs.count: wanted number, found object");
	assert_null(decode_manager_graphql(k.s, parse_text(k.a, "[]"), 1,
					   &k.err));
	kit_drop(&k);
}

/* REST tells since when a job waited only by way of its start. */
static void
test_rest_queue_time(void **state)
{
	const struct job *j;
	struct kit k;

	(void)state;
	kit_make(&k);
	j = (const void *)codec_of(KIND_JOB)->decode(
		k.s,
		parse_text(k.a, "{'id':1,'started_at':'1970-01-01T00:01:00Z',"
				"'queued_duration':12.25,'web_url':"
				"'https://h/a/b/c/-/jobs/1'}"),
		&k.err);
	assert_non_null(j);
	assert_int_equal(j->queued_ms, 60000 - 12250);
	assert_text_equal(j->project, "a/b/c");
	record_unref(j);
	j = (const void *)codec_of(KIND_JOB)->decode(
		k.s, parse_text(k.a, "{'id':1,'queued_duration':12.25}"),
		&k.err);
	assert_int_equal(j->queued_ms, 0);
	record_unref(j);
	kit_drop(&k);
}

SUITE(decode_graphql,
	TEST(test_job),
	TEST(test_runner_and_manager),
	TEST(test_refusals),
	TEST(test_rest_queue_time));
