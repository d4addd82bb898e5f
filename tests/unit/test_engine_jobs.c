/*
 * CI jobs as the engine sees them: nodes that run some, pause pods, and jobs
 * that are still in the queue.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/world/world_file.h"
#include "tests/unit/check.h"

/* Two nodes of four cores in one group; on n1 a job that began half an hour
 * ago; both unneeded since the night. */
#define HEAD                                                                 \
	"{'apiVersion':'paddock/v1','kind':'World',"                         \
	"'time':'2026-02-18T09:00:00Z','aws':{'autoScalingGroups':[{"        \
	"'AutoScalingGroupName':'g','MinSize':0,'MaxSize':9,"                \
	"'DesiredCapacity':2,'AvailabilityZones':['z1'],'Instances':["       \
	"{'InstanceId':'i-1','InstanceType':'m','AvailabilityZone':'z1',"    \
	"'LifecycleState':'InService','HealthStatus':'Healthy'},"            \
	"{'InstanceId':'i-2','InstanceType':'m','AvailabilityZone':'z1',"    \
	"'LifecycleState':'InService','HealthStatus':'Healthy'}]}]},"        \
	"'memory':{'time':'2026-02-18T08:59:50Z','nodes':{"                  \
	"'n1':{'unneededSince':'2026-02-18T03:00:00Z'},"                     \
	"'n2':{'unneededSince':'2026-02-18T03:00:00Z'}},'groups':{}},"
#define NODE(name, id)                                                       \
	"{'metadata':{'name':'" name "','labels':{'kubernetes.io/hostname':" \
	"'" name "'},'creationTimestamp':'2026-02-17T09:00:00Z'},'spec':{"   \
	"'providerID':'aws:///z1/" id "'},'status':{'allocatable':{'cpu':"   \
	"'4','memory':'8Gi','pods':'50'},'capacity':{'cpu':'4','memory':"    \
	"'8Gi','pods':'50'},'conditions':[{'type':'Ready','status':'True',"  \
	"'lastTransitionTime':'2026-02-17T09:01:00Z'}]}}"
#define JOB_POD(name, node, cpu, notes)                                      \
	"{'metadata':{'name':'" name "','namespace':'ci','uid':'" name "',"  \
	"'creationTimestamp':'2026-02-18T08:30:00Z','labels':{"              \
	"'manager.runner.gitlab.com/id-short':'abcdefghi'},'annotations':{"  \
	"'job.runner.gitlab.com/id':'42'" notes "}},'spec':{'nodeName':'"    \
	node "','containers':[{'name':'build','resources':{'requests':{"     \
	"'cpu':'" cpu "'}}}]},'status':{'phase':'Running','startTime':"      \
	"'2026-02-18T08:30:00Z'}}"
#define NODES "'nodes':[" NODE("n1", "i-1") "," NODE("n2", "i-2") "]"

static const struct plan *
decide(const char *quoted, const char *const *keys)
{
	struct world_reader *r = world_reader_new();
	struct err err = { .code = ERR_NONE };
	struct world_file f;
	char *text = xstrdup(quoted);
	const struct plan *p;

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	assert_ok(world_reader_feed(r, text, strlen(text), &err), &err);
	assert_ok(world_reader_done(r, &f, &err), &err);
	for (; keys && *keys; keys += 2)
		assert_ok(policy_set(f.policy, keys[0], keys[1], NULL, &err),
			  &err);
	p = engine_decide(&(struct engine_input){ .world = f.world,
						  .policy = f.policy,
						  .memory = f.memory,
						  .now_ms = f.world->time_ms });
	world_file_fini(&f);
	world_reader_free(r);
	free(text);
	return p;
}

/* ---- nodes that run jobs ---- */

#define RUNNING(notes)                                                       \
	HEAD "'kubernetes':{" NODES ",'pods':["                              \
	JOB_POD("runner-a", "n1", "500m", notes) "]}}"
#define ONE_HOUR ",'job.runner.gitlab.com/timeout':'1h0m0s'"

static bool
goes(const struct plan *p, const char *node, bool *drain)
{
	for (uint32_t i = 0; i < p->scale_down_n; i++) {
		if (strcmp(p->scale_down[i].node, node) != 0)
			continue;
		if (drain)
			*drain = p->scale_down[i].drain;
		return true;
	}
	return false;
}

static void
test_a_node_with_a_job_stays(void **state)
{
	static const char *const aware[] = { "job-aware", "true", NULL };
	static const char *const hours[] = { "job-aware", "true",
					     "job-drain-timeout", "2h", NULL };
	static const char *const minutes[] = { "job-aware", "true",
					       "job-drain-timeout", "10m",
					       NULL };
	const struct plan *p;
	bool drain = false;

	(void)state;
	/* Upstream's word: a pod without a controller forbids the drain. */
	p = decide(RUNNING(ONE_HOUR), NULL);
	assert_true(goes(p, "n2", NULL));
	assert_false(goes(p, "n1", NULL));
	assert_text_equal(plan_node(p, "n1")->blocked, "BlockedByPod");
	plan_unref(p);
	/* No time at all to wait: the job is named as the cause. */
	p = decide(RUNNING(ONE_HOUR), aware);
	assert_false(goes(p, "n1", NULL));
	assert_text_contains(plan_node(p, "n1")->by, "ci/runner-a");
	assert_text_contains(plan_node(p, "n1")->by, "up to 30m0s left");
	plan_unref(p);
	/* Less time than the job may still take. */
	p = decide(RUNNING(ONE_HOUR), minutes);
	assert_false(goes(p, "n1", NULL));
	plan_unref(p);
	/* Nobody knows how long it may take. */
	p = decide(RUNNING(""), hours);
	assert_false(goes(p, "n1", NULL));
	assert_text_contains(plan_node(p, "n1")->by, "time left unknown");
	plan_unref(p);
	/* Enough: it is unneeded, and its end waits for the job's. */
	p = decide(RUNNING(ONE_HOUR), hours);
	assert_text_equal(plan_node(p, "n1")->blocked,
			  "BlockedByOnCompletionPod");
	assert_text_equal(plan_node(p, "n1")->by,
			  "ci/runner-a: JobRunning, up to 30m0s left");
	assert_true(plan_node(p, "n1")->unneeded_since_ms > 0);
	plan_unref(p);
	/* Once it has ended the node is empty. */
	p = decide(HEAD "'kubernetes':{" NODES "}}", hours);
	assert_true(goes(p, "n1", &drain));
	assert_false(drain);
	plan_unref(p);
}

/* GitLab's own word on the job wins over what its pod carries. */
static void
test_gitlab_knows_the_timeout(void **state)
{
	static const char *const keys[] = { "job-aware", "true",
					    "job-drain-timeout", "40m", NULL };
	const struct plan *p = decide(
		HEAD "'kubernetes':{" NODES ",'pods':["
		JOB_POD("runner-a", "n1", "500m", ONE_HOUR) "]},'gitlab':{"
		"'jobs':[{'id':42,'status':'running','timeout':10800,"
		"'started_at':'2026-02-18T08:30:00Z'}]}}", keys);

	(void)state;
	assert_false(goes(p, "n1", NULL));
	assert_text_contains(plan_node(p, "n1")->by, "up to 2h30m0s left");
	plan_unref(p);
}

/* ---- jobs in the queue ---- */

#define RUNNER(limit, status)                                                \
	"'runners':[{'id':7,'short_sha':'abcdefgh','status':'" status "',"   \
	"'tag_list':['docker','linux'],'run_untagged':false" limit "}]"
#define QUEUED(id, tags)                                                     \
	"{'id':" id ",'status':'pending','tag_list':[" tags "],"             \
	"'created_at':'2026-02-18T08:58:00Z'}"
#define QUEUE                                                                \
	"'jobs':[" QUEUED("50", "'docker'") "," QUEUED("51", "'docker',"     \
	"'linux'") "," QUEUED("52", "'docker'") "," QUEUED("53", "'gpu'")    \
	"," QUEUED("54", "") "," QUEUED("42", "'docker'") "]"
/* Each job pod fills a node. */
#define WAITING(more, limit, status)                                         \
	HEAD "'kubernetes':{" NODES ",'pods':["                              \
	JOB_POD("runner-a", "n1", "3", "") ","                               \
	JOB_POD("runner-b", "n2", "3", "") more "]},'gitlab':{"              \
	RUNNER(limit, status) "," QUEUE "}}"

static const char *const ahead[] = { "queue-lookahead", "true", NULL };

static uint32_t
growth(const struct plan *p)
{
	return p->scale_up_n
		       ? (uint32_t)(p->scale_up[0].to - p->scale_up[0].from)
		       : 0;
}

static void
test_the_queue_counts_when_asked(void **state)
{
	const struct plan *p = decide(WAITING("", "", "online"), NULL);
	const struct plan_pod *job;

	(void)state;
	assert_int_equal(growth(p), 0);
	assert_int_equal(p->pending_n, 0);
	plan_unref(p);
	/* Three can be taken: of the others one has no runner, one has no tag,
	 * and one has its pod already. */
	p = decide(WAITING("", "", "online"), ahead);
	assert_int_equal(p->pending_n, 3);
	assert_int_equal(growth(p), 3);
	job = plan_pod(p, "ci/queued-job-51");
	assert_non_null(job);
	assert_int_equal(job->fate, FATE_SCALE_UP);
	assert_null(plan_pod(p, "ci/queued-job-53"));
	assert_null(plan_pod(p, "ci/queued-job-54"));
	assert_null(plan_pod(p, "ci/queued-job-42"));
	plan_unref(p);
}

static void
test_only_what_the_runner_will_take(void **state)
{
	const struct plan *p;

	(void)state;
	/* Two of its four run. */
	p = decide(WAITING("", ",'job_limit':4", "online"), ahead);
	assert_int_equal(growth(p), 2);
	plan_unref(p);
	p = decide(WAITING("", ",'job_limit':2", "online"), ahead);
	assert_int_equal(growth(p), 0);
	plan_unref(p);
	p = decide(WAITING("", "", "offline"), ahead);
	assert_int_equal(growth(p), 0);
	plan_unref(p);
	p = decide(WAITING("", ",'paused':true", "online"), ahead);
	assert_int_equal(growth(p), 0);
	plan_unref(p);
}

/* A pause pod keeps the place of one job warm: it is preempted, not added. */
static void
test_pause_pods_are_places(void **state)
{
	const struct plan *p = decide(
		WAITING(",{'metadata':{'name':'pause-1','namespace':'ci',"
			"'uid':'pause-1','labels':{"
			"'manager.runner.gitlab.com/id-short':'abcdefghi',"
			"'runner.gitlab.com/pause-pod':'true'}},'spec':{"
			"'nodeName':'n1','containers':[{'name':'pause'}]},"
			"'status':{'phase':'Running'}}", "", "online"),
		ahead);

	(void)state;
	assert_int_equal(growth(p), 2);
	plan_unref(p);
}

SUITE(engine_jobs,
	TEST(test_a_node_with_a_job_stays),
	TEST(test_gitlab_knows_the_timeout),
	TEST(test_the_queue_counts_when_asked),
	TEST(test_only_what_the_runner_will_take),
	TEST(test_pause_pods_are_places));
