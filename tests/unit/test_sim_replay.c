/*
 * The log of writes: what is in it, and that the same seed and log give the
 * same bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "backend/sim/server/pace.h"
#include "backend/sim/world/ci.h"
#include "backend/sim/world/cloud.h"
#include "tests/unit/sim_air.h"

/* ---- a run with hands in it ---- */

static void
say(struct air *c, const char *method, const char *base, const char *target,
    const char *body, long status)
{
	struct air_reply r = { 0 };

	air_call(c, method, base, target, body, &r);
	if (r.status != status)
		fprintf(stderr, "%s %s: %s\n", method, target,
			buf_text(&r.body));
	assert_int_equal(r.status, status);
	air_reply_fini(&r);
}

static void
later(struct air *c, const char *by)
{
	char target[80];

	snprintf(target, sizeof(target), "/sim/advance?by=%s", by);
	say(c, "POST", server_plain_url(c->server), target, NULL, 200);
}

struct names_now { /* of things to write to */
	char node[128], pod[128], group[128];
	int64_t job;
};

static bool
take_job_pod(void *ctx, const struct object *o)
{
	struct names_now *n = ctx;

	if (str_has_prefix(o->name, "runner-") && *o->node && !*n->pod)
		snprintf(n->pod, sizeof(n->pod), "%s", o->name);
	return !*n->pod;
}

static struct names_now
look(struct air *c)
{
	struct cloud *cloud = sim_cloud(c->w);
	struct names_now n = { .job = 0 };
	struct objects *o = sim_objects(c->w);
	struct ci *ci;

	sim_lock(c->w);
	ci = sim_ci(c->w);
	objects_each(o, objects_type(o, "", "pods"), NULL, NULL, take_job_pod,
		     &n);
	for (uint32_t i = 0; i < ci->jobs.n && !n.job; i++)
		if (ci->jobs.at[i]->status == CI_RUNNING)
			n.job = ci->jobs.at[i]->id;
	for (uint32_t i = 0; i < cloud->group_n; i++)
		if (str_eq(cloud->groups[i].name, "amd64-general"))
			snprintf(n.node, sizeof(n.node), "%s",
				 cloud->groups[i].instances.at[0]->dns);
	sim_unlock(c->w);
	return n;
}

/* A bit of everything that clients do. */
static void
write_things(struct air *c)
{
	const char *kube = server_kube_url(c->server);
	const char *plain = server_plain_url(c->server);
	char target[300];
	struct names_now n;

	later(c, "90s");
	n = look(c);
	assert_true(*n.node && *n.pod && n.job);
	say(c, "POST", kube, "/api/v1/namespaces/default/configmaps",
	    "{\"metadata\":{\"generateName\":\"note-\"},\"data\":{\"a\":"
	    "\"b\\u00fc\"}}", 201);
	snprintf(target, sizeof(target), "/api/v1/nodes/%s", n.node);
	say(c, "PATCH", kube, target, "{\"spec\":{\"unschedulable\":true}}",
	    200);
	/* Refused ones belong to the run too. */
	say(c, "PATCH", kube, "/api/v1/nodes/none", "{}", 404);
	later(c, "7s");
	c->aws = "autoscaling";
	say(c, "POST", plain, "/",
	    "Action=SetDesiredCapacity&Version=2011-01-01&"
	    "AutoScalingGroupName=amd64-general&DesiredCapacity=6", 200);
	c->aws = NULL;
	later(c, "40s");
	c->token = "glpat-simulated-admin";
	snprintf(target, sizeof(target), "/api/v4/projects/%lld/jobs/%lld/"
		 "cancel", 0LL, (long long)n.job);
	sim_lock(c->w);
	for (uint32_t i = 0; i < sim_ci(c->w)->jobs.n; i++) {
		const struct ci_job *j = sim_ci(c->w)->jobs.at[i];

		if (j->id == n.job)
			snprintf(target, sizeof(target),
				 "/api/v4/projects/%lld/jobs/%lld/cancel",
				 (long long)j->project->id, (long long)j->id);
	}
	sim_unlock(c->w);
	say(c, "POST", plain, target, NULL, 201);
	c->token = "simulated-token-admin";
	n = look(c);
	snprintf(target, sizeof(target),
		 "/api/v1/namespaces/gitlab-runner/pods/%s", n.pod);
	say(c, "DELETE", kube, target, NULL, 200);
	say(c, "POST", plain, "/sim/jobs?load=unit&count=3", NULL, 200);
	later(c, "30s");
	say(c, "POST", plain, "/sim/faults",
	    "faults:\n- {capacity: refused, group: amd64-general, to: 2m}\n",
	    200);
	snprintf(target, sizeof(target), "/sim/nodes/kill?name=%s", n.node);
	say(c, "POST", plain, target, NULL, 200);
	say(c, "POST", plain, "/sim/step?events=5", NULL, 200);
	later(c, "5m");
}

static const char faults[] =
	"faults:\n- {capacity: refused, group: arm64-spot, rate: 0.5}\n";

static void
test_the_same_log_gives_the_same_bytes(void **state)
{
	char *folder = temporary_new(), path[400];
	struct buf first, second, untouched;
	struct write_log *log;
	struct replay *replay;
	struct stat st;
	struct air c;
	struct err err = { 0 };
	int64_t end_ms;

	(void)state;
	snprintf(path, sizeof(path), "%s/log", folder);
	log = write_log_open(path, &(struct write_log_head){
				     "quiet-day", NULL, 1, 0 }, &err);
	assert_ok(log != NULL, &err);
	air_open_with(&c, &(struct air_options){
		.log = log, .faults = faults, .paused = true });
	write_things(&c);
	first = air_world(&c);
	end_ms = sim_now_ms(c.w);
	air_close(&c);
	assert_ok(write_log_close(log, &err), &err);

	replay = replay_read(path, &err);
	assert_ok(replay != NULL, &err);
	assert_text_equal(replay_head(replay)->scenario, "quiet-day");
	assert_int_equal(replay_head(replay)->seed, 1);
	air_open_with(&c, &(struct air_options){ .replay = replay,
						 .paused = true });
	/* In other strides than the first time. */
	sim_lock(c.w);
	while (sim_now_ms(c.w) + 17000 < end_ms)
		pace_advance(c.pace, 17000);
	pace_advance(c.pace, end_ms - sim_now_ms(c.w));
	sim_unlock(c.w);
	second = air_world(&c);
	air_close(&c);
	assert_ok(replay_verdict(replay, &err), &err);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(buf_text(&first), buf_text(&second), first.len);
	replay_free(replay);

	/* The writes mattered. */
	air_open_with(&c, &(struct air_options){ .paused = true });
	sim_lock(c.w);
	pace_advance(c.pace, end_ms - sim_now_ms(c.w));
	sim_unlock(c.w);
	untouched = air_world(&c);
	air_close(&c);
	assert_true(untouched.len != first.len ||
		    memcmp(buf_text(&first), buf_text(&untouched),
			   first.len) != 0);

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	buf_fini(&first);
	buf_fini(&second);
	buf_fini(&untouched);
	temporary_remove(folder);
}

/* ---- the file ---- */

static char *
file_of(const char *path)
{
	static char text[1 << 16];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void
test_lines_keep_bodies_and_no_credentials(void **state)
{
	static const char body[] = "k8s\0\x01\xff\xfe";
	static const struct face_pair headers[] = {
		{ "authorization", "Bearer simulated-token-admin" },
		{ "content-type", "application/octet-stream" },
		{ "PRIVATE-TOKEN", "glpat-simulated-admin" },
		{ 0 },
	};
	struct write w = {
		.at_ms = 1234567890123, .face = "aws",
		.caller = { "admin", "a,b", "ec2" }, .method = "GET",
		.path = "/", .query = "Action=X&X-Amz-Signature=00&b=%20&"
				      "private_token=glpat",
		.body = body, .body_len = sizeof(body) - 1,
		.headers = headers, .status = 200,
	};
	const struct write_log_head head = { "x", "off", 7, w.at_ms - 23 };
	char *folder = temporary_new(), path[400];
	struct write_log *log;
	const struct write *got;
	struct replay *r;
	struct err err = { 0 };

	(void)state;
	snprintf(path, sizeof(path), "%s/log", folder);
	log = write_log_open(path, &head, &err);
	assert_ok(log != NULL, &err);
	write_log_add(log, &w);
	assert_ok(write_log_close(log, &err), &err);
	assert_null(strstr(file_of(path), "token"));
	assert_null(strstr(file_of(path), "glpat"));
	assert_null(strstr(file_of(path), "Signature"));
	r = replay_read(path, &err);
	assert_ok(r != NULL, &err);
	assert_text_equal(replay_head(r)->autoscaler, "off");
	assert_int_equal(replay_head(r)->seed, 7);
	assert_true(replay_head(r)->start_ms == head.start_ms);
	got = replay_next(r);
	assert_non_null(got);
	assert_true(got->at_ms == w.at_ms);
	assert_text_equal(got->face, "aws");
	assert_text_equal(got->caller.name, "admin");
	assert_text_equal(got->caller.groups, "a,b");
	assert_text_equal(got->caller.service, "ec2");
	assert_text_equal(got->query, "Action=X&b=%20");
	assert_text_equal(got->headers[0].name, "Content-Type");
	assert_text_equal(got->headers[0].value, "application/octet-stream");
	assert_null(got->headers[1].name);
	assert_int_equal(got->body_len, sizeof(body) - 1);
	assert_memory_equal(got->body, body, sizeof(body) - 1);

	assert_false(replay_verdict(r, &err));
	assert_text_contains(err.text, "1 of 1 were not reached");
	replay_took(r, 409);
	assert_null(replay_next(r));
	assert_false(replay_verdict(r, &err));
	assert_text_contains(err.text, ":2: GET / ended with 409, the log "
			     "says 200");
	replay_free(r);
	temporary_remove(folder);
}

static void
test_bad_logs_name_the_line(void **state)
{
/* clang-format off */
#define HEAD "{\"apiVersion\":\"paddock/v1\",\"kind\":\"WriteLog\","       \
	     "\"scenario\":\"x\",\"seed\":1}\n"
#define LINE(at) "{\"at\":\"" at "\",\"face\":\"aws\",\"method\":\"GET\","  \
		 "\"path\":\"/\",\"status\":200}\n"
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "", ": is empty" },
		{ "{\"kind\":\"World\"}\n", ":1: kind: wanted WriteLog" },
		{ HEAD "7\n", ":2: no JSON object" },
		{ HEAD "{", ":2: no JSON object" },
		{ HEAD LINE("yesterday"), ":2: at: wanted a time" },
		{ HEAD LINE("2026-02-16T09:00:00Z")
		  LINE("2026-02-16T08:00:00Z"),
		  ":3: at: wanted no time before" },
		{ HEAD "{\"at\":\"2026-02-16T09:00:00Z\",\"face\":\"x\"}\n",
		  ":2: face: wanted kubernetes" },
	};
	/* clang-format on */
	char *folder = temporary_new(), path[400];
	struct err err = { 0 };

	(void)state;
	snprintf(path, sizeof(path), "%s/log", folder);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(cases[i].text, f);
		fclose(f);
		assert_null(replay_read(path, &err));
		assert_text_contains(err.text, cases[i].message);
		assert_text_contains(err.text, path);
	}
	assert_null(replay_read("/nonexistent/log", &err));
	assert_text_contains(err.text, "cannot read the log /nonexistent/log");
	assert_null(write_log_open("/nonexistent/log",
				   &(struct write_log_head){ "x" }, &err));
	assert_text_contains(err.text, "cannot write the log");
	temporary_remove(folder);
}

SUITE(sim_replay,
	TEST(test_the_same_log_gives_the_same_bytes),
	TEST(test_lines_keep_bodies_and_no_credentials),
	TEST(test_bad_logs_name_the_line));
