/*
 * Single calls, permission questions and log streams against a scripted API
 * server.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/kube_rig.h"

struct answer_row {
	int status;
	const char *head, *body;
};

struct scene {
	struct kube_rig rig;
	/* what the server answers, in order; the last one for ever after */
	struct answer_row rows[8];
	uint32_t served;
	bool hang, stream;
	/* what was heard */
	uint32_t answers, log_ends;
	struct kube_answer last;
	char reason[64], member[64];
	enum access access;
	char access_reason[200];
	struct buf log;
	struct err log_err;
	struct kube_log *pause_me;
};

static void
answer(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct scene *s = ctx;
	const struct answer_row *row = &s->rows[s->served];

	(void)q;
	if (s->hang)
		return;
	if (s->stream) {
		fake_stream(c, 200, "Content-Type: text/plain\r\n");
		return;
	}
	if (s->served + 1 < ARRAY_LEN(s->rows) && s->rows[s->served + 1].status)
		s->served++;
	if (row->status < 0)
		fake_close(c);
	else
		fake_reply(c, row->status ? row->status : 200, row->head,
			   row->body ? row->body : "{}");
}

static void
open_scene(struct scene *s)
{
	rig_open(&s->rig, answer, s);
	rig_start(&s->rig, NULL);
	buf_init(&s->log, 64 << 20);
}

static void
close_scene(struct scene *s)
{
	rig_close(&s->rig);
	buf_fini(&s->log);
}

static void
on_done(void *ctx, const struct kube_answer *a)
{
	struct scene *s = ctx;
	const char *member = tree_text(tree_get(a->body, "member"));

	s->answers++;
	s->last = *a;
	s->last.body = NULL;
	snprintf(s->reason, sizeof(s->reason), "%s", a->reason);
	snprintf(s->member, sizeof(s->member), "%s", str_or_empty(member));
}

static bool
call(struct scene *s, struct kube_call c, struct err *err)
{
	if (!c.row)
		c.row = ROW_K8S_GET;
	if (!c.method)
		c.method = "GET";
	if (!c.path)
		c.path = "/api/v1/nodes/n";
	c.on_done = on_done;
	c.ctx = s;
	return kube_call(s->rig.kube, &c, err);
}

static void
call_and_wait(struct scene *s, struct kube_call c)
{
	struct err err = { 0 };
	uint32_t before = s->answers;

	assert_ok(call(s, c, &err), &err);
	turn_until(s->rig.r, s->answers > before);
	assert_int_equal(s->answers, before + 1);
}

static struct permit
make_permit(enum row_id row)
{
	struct permit p = { .row = row, .act_id = "a-1" };

	p.proof = permit_proof(&p);
	return p;
}

/* Steps time on until the server was asked that often; the time it took. */
static int64_t
step_until_asked(struct scene *s, uint32_t n)
{
	int64_t from = s->rig.clock.boot;

	for (int i = 0; fake_count(s->rig.server, "") < n; i++) {
		if (i == 5000)
			fail_msg("never asked %u times", n);
		fake_clock_move(&s->rig.clock, 20);
		reactor_turn(s->rig.r, 1);
	}
	return s->rig.clock.boot - from;
}

/* ---- calls ---- */

static void
test_read(void **state)
{
	struct scene s = { .rows = { { 200, NULL, "{\"member\":\"x\"}" } } };

	(void)state;
	open_scene(&s);
	call_and_wait(&s, (struct kube_call){ 0 });
	assert_int_equal(s.last.status, 200);
	assert_int_equal(s.last.err.code, ERR_NONE);
	assert_text_equal(s.member, "x");
	assert_int_equal(s.last.retry_after_ms, -1);
	close_scene(&s);
}

static void
test_write(void **state)
{
	struct scene s = { .rows = { { 200, NULL, "{}" } } };
	struct permit p = make_permit(ROW_K8S_CORDON);
	struct kube_call c = { .row = ROW_K8S_CORDON, .method = "PATCH",
			       .content_type = "application/merge-patch+json",
			       .body = "{\"spec\":{}}" };
	const struct fake_request *q;
	struct err err = { 0 };

	(void)state;
	open_scene(&s);
	assert_false(call(&s, c, &err));
	assert_int_equal(err.code, ERR_REFUSED);
	c.permit = &p;
	call_and_wait(&s, c);
	assert_int_equal(s.last.status, 200);
	q = fake_last(s.rig.server, "PATCH");
	assert_text_equal(fake_header(q, "Content-Type"),
			  "application/merge-patch+json");
	assert_text_contains(fake_header(q, "User-Agent"), "(a-1)");
	assert_text_equal(q->body, "{\"spec\":{}}");
	assert_true(p.used);
	assert_false(call(&s, c, &err));
	assert_int_equal(fake_count(s.rig.server, ""), 1);
	close_scene(&s);
}

/* What a failed write means is the caller's matter: never a second try. */
static void
test_writes_are_not_repeated(void **state)
{
	static const int statuses[] = { 500, 503, 429, 401, -1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		struct scene s = { .rows = { { statuses[i], NULL, "{}" } } };
		struct permit p = make_permit(ROW_K8S_EVICT);

		open_scene(&s);
		call_and_wait(&s, (struct kube_call){ .row = ROW_K8S_EVICT,
			.method = "POST", .body = "{}", .permit = &p });
		rig_step(&s.rig, 30000);
		assert_int_equal(fake_count(s.rig.server, "POST"), 1);
		assert_int_not_equal(s.last.err.code, ERR_NONE);
		close_scene(&s);
	}
}

static void
test_reads_are(void **state)
{
	struct scene s = { .rows = {
		{ 503, "Retry-After: 4\r\n", "{}" },
		{ -1, NULL, NULL },
		{ 200, NULL, "{\"member\":\"late\"}" } } };
	struct err err = { 0 };

	(void)state;
	open_scene(&s);
	assert_true(call(&s, (struct kube_call){ 0 }, &err));
	assert_true(step_until_asked(&s, 2) >= 4000);
	/* On the kept connection that died libcurl asks again by itself. */
	step_until_asked(&s, 3);
	turn_until(s.rig.r, s.answers);
	assert_text_equal(s.member, "late");
	close_scene(&s);
}

static void
test_deadline_bounds_all_tries(void **state)
{
	struct scene s = { .rows = { { 503, "Retry-After: 40\r\n", "{}" } } };

	(void)state;
	open_scene(&s);
	/* The wait asked for would pass the deadline: answered now. */
	call_and_wait(&s, (struct kube_call){ .deadline_ms = 20000 });
	assert_int_equal(s.last.status, 503);
	assert_int_equal(s.last.err.code, ERR_RETRY);
	assert_int_equal(s.last.retry_after_ms, 40000);
	s.hang = true;
	call(&s, (struct kube_call){ .deadline_ms = 2000 }, NULL);
	turn_until(s.rig.r, fake_count(s.rig.server, "GET") == 2);
	rig_step(&s.rig, 2000);
	turn_until(s.rig.r, s.answers == 2);
	assert_int_equal(s.last.status, 0);
	assert_text_contains(s.last.err.text, "no answer within 2 s");
	close_scene(&s);
}

static void
expect_failure(struct answer_row row, enum err_code code, const char *part)
{
	struct scene s = { .rows = { row } };
	struct permit p = make_permit(ROW_K8S_EVICT);

	open_scene(&s);
	call_and_wait(&s, (struct kube_call){ .row = ROW_K8S_EVICT,
		.method = "POST", .body = "{}", .permit = &p });
	assert_text_contains(s.last.err.text, part);
	assert_text_contains(s.last.err.text, "create pods/eviction");
	assert_text_contains(s.last.err.text, fake_http_url(s.rig.server));
	assert_int_equal(s.last.err.code, code);
	close_scene(&s);
}

static void
test_failures(void **state)
{
	(void)state;
	expect_failure((struct answer_row){ 403, NULL,
		"{\"kind\":\"Status\",\"message\":\"pods is forbidden\"}" },
		ERR_DENIED, "pods is forbidden (HTTP 403)");
	expect_failure((struct answer_row){ 404, NULL,
		"{\"message\":\"pods \\\"x\\\" not found\"}" },
		ERR_GONE, "pods \"x\" not found");
	expect_failure((struct answer_row){ 409, NULL,
		"{\"message\":\"changed\"}" }, ERR_CONFLICT, "changed");
	expect_failure((struct answer_row){ 422, NULL,
		"{\"message\":\"invalid\"}" }, ERR_BAD, "invalid");
	expect_failure((struct answer_row){ 500, NULL, "" }, ERR_RETRY,
		"an empty body (HTTP 500)");
	expect_failure((struct answer_row){ 200, NULL, "<html></html>" },
		ERR_BAD, "not JSON; it begins \"<html></html>\"");
}

/* The same 429 means two things (integrations G3). */
static void
test_two_kinds_of_429(void **state)
{
	struct scene s = { .rows = {
		{ 429, NULL, "{\"reason\":\"TooManyRequests\",\"message\":"
		  "\"would violate budget\",\"details\":{\"causes\":[{"
		  "\"reason\":\"DisruptionBudget\"}],"
		  "\"retryAfterSeconds\":10}}" },
		{ 429, "Retry-After: 3\r\n",
		  "{\"reason\":\"TooManyRequests\"}" } } };
	struct permit p = make_permit(ROW_K8S_EVICT);
	struct kube_call c = { .row = ROW_K8S_EVICT, .method = "POST",
			       .body = "{}", .permit = &p };

	(void)state;
	open_scene(&s);
	call_and_wait(&s, c);
	assert_true(s.last.disruption_budget);
	assert_text_equal(s.reason, "TooManyRequests");
	assert_int_equal(s.last.retry_after_ms, 10000);
	assert_int_equal(s.last.err.code, ERR_LIMIT);
	p = make_permit(ROW_K8S_EVICT);
	call_and_wait(&s, c);
	assert_false(s.last.disruption_budget);
	assert_int_equal(s.last.retry_after_ms, 3000);
	close_scene(&s);
}

static void
test_answer_too_large(void **state)
{
	struct scene s = { 0 };
	char *big = xmalloc((33 << 20) + 1);

	(void)state;
	memset(big, ' ', 33 << 20);
	big[33 << 20] = '\0';
	s.rows[0] = (struct answer_row){ 200, NULL, big };
	open_scene(&s);
	call_and_wait(&s, (struct kube_call){ 0 });
	assert_int_equal(s.last.err.code, ERR_LIMIT);
	close_scene(&s);
	free(big);
}

static void
test_free_ends_calls(void **state)
{
	struct scene s = { .hang = true };

	(void)state;
	open_scene(&s);
	call(&s, (struct kube_call){ 0 }, NULL);
	call(&s, (struct kube_call){ 0 }, NULL);
	turn_until(s.rig.r, fake_count(s.rig.server, "GET") == 2);
	kube_free(s.rig.kube);
	s.rig.kube = NULL;
	assert_int_equal(s.answers, 2);
	assert_int_equal(s.last.err.code, ERR_CANCELLED);
	close_scene(&s);
}

static void
test_paths(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	kube_path(&b, KIND_POD, "a/../b", "x?y", "eviction");
	assert_text_equal(buf_text(&b), "/api/v1/namespaces/a%2F..%2Fb/pods/"
					"x%3Fy/eviction");
	buf_reset(&b);
	kube_path(&b, KIND_NODE, "ignored", "n", NULL);
	assert_text_equal(buf_text(&b), "/api/v1/nodes/n");
	buf_reset(&b);
	kube_path(&b, KIND_DEPLOYMENT, "a", NULL, NULL);
	assert_text_equal(buf_text(&b),
			  "/apis/apps/v1/namespaces/a/deployments");
	buf_fini(&b);
}

/* ---- may we ---- */

static void
on_access(void *ctx, enum access access, const char *reason)
{
	struct scene *s = ctx;

	s->answers++;
	s->access = access;
	snprintf(s->access_reason, sizeof(s->access_reason), "%s", reason);
}

static void
may(struct scene *s, const char *verb)
{
	kube_may(s->rig.kube, verb, "", "pods", "eviction", "ci", on_access,
		 s);
}

static void
test_access(void **state)
{
	struct scene s = { .rows = {
		{ 201, NULL, "{\"status\":{\"allowed\":true}}" },
		{ 201, NULL, "{\"status\":{\"allowed\":false,\"reason\":"
		  "\"no role\"}}" },
		{ 403, NULL, "{\"message\":\"cannot create reviews\"}" } } };

	(void)state;
	open_scene(&s);
	/* equal questions share an answer, and for five minutes */
	may(&s, "create");
	may(&s, "create");
	turn_until(s.rig.r, s.answers == 2);
	assert_int_equal(s.access, ACCESS_ALLOWED);
	fake_clock_move(&s.rig.clock, 299999);
	may(&s, "create");
	assert_int_equal(s.answers, 3);
	assert_int_equal(fake_count(s.rig.server, ""), 1);
	assert_text_equal(fake_last(s.rig.server, "")->body,
		"{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":"
		"\"SelfSubjectAccessReview\",\"spec\":{\"resourceAttributes\":"
		"{\"namespace\":\"ci\",\"verb\":\"create\",\"resource\":"
		"\"pods\",\"subresource\":\"eviction\"}}}");
	fake_clock_move(&s.rig.clock, 1);
	may(&s, "create");
	turn_until(s.rig.r, s.answers == 4);
	assert_int_equal(s.access, ACCESS_DENIED);
	assert_text_equal(s.access_reason, "no role");
	/* what cannot be known is unknown, with the reason, and asked anew */
	may(&s, "delete");
	turn_until(s.rig.r, s.answers == 5);
	assert_int_equal(s.access, ACCESS_UNKNOWN);
	assert_text_contains(s.access_reason, "cannot create reviews");
	may(&s, "delete");
	turn_until(s.rig.r, s.answers == 6);
	assert_int_equal(fake_count(s.rig.server, ""), 4);
	may(&s, "get");
	kube_free(s.rig.kube);
	s.rig.kube = NULL;
	assert_int_equal(s.answers, 7);
	assert_int_equal(s.access, ACCESS_UNKNOWN);
	close_scene(&s);
}

/* ---- logs ---- */

static bool
on_log(void *ctx, const char *bytes, size_t len)
{
	struct scene *s = ctx;

	buf_add(&s->log, bytes, len);
	if (s->pause_me)
		kube_log_pause(s->pause_me, true);
	return true;
}

static void
on_log_end(void *ctx, const struct err *err)
{
	struct scene *s = ctx;

	s->log_ends++;
	s->log_err = err ? *err : (struct err){ 0 };
}

static struct kube_log *
open_log(struct scene *s, struct kube_log_options o)
{
	o.ns = "ci";
	o.pod = "runner-1";
	o.on_bytes = on_log;
	o.on_end = on_log_end;
	o.ctx = s;
	return kube_log_open(s->rig.kube, &o);
}

static void
test_log_stream(void **state)
{
	struct scene s = { .stream = true };
	struct kube_log *l;
	struct fake_conn *c;
	char *megabyte = xmalloc((1 << 20) + 1);

	(void)state;
	memset(megabyte, 'l', 1 << 20);
	megabyte[1 << 20] = '\0';
	open_scene(&s);
	l = open_log(&s, (struct kube_log_options){
		.container = "build", .follow = true, .timestamps = true,
		.tail_lines = 100, .since_s = 60 });
	assert_non_null(l);
	turn_until(s.rig.r, fake_count(s.rig.server, "GET") == 1);
	assert_text_equal(fake_last(s.rig.server, "")->target,
		"/api/v1/namespaces/ci/pods/runner-1/log?follow=true&"
		"container=build&timestamps=true&tailLines=100&"
		"sinceSeconds=60");
	c = fake_conn_of(s.rig.server, "log");
	fake_send(c, "one\n");
	turn_until(s.rig.r, s.log.len == 4);
	/* quiet for hours is fine when following */
	rig_step(&s.rig, 3600000);
	assert_int_equal(s.log_ends, 0);
	/* a reader that lags holds the server back */
	s.pause_me = l;
	for (int i = 0; i < 8; i++)
		fake_send(c, megabyte);
	turn_some(s.rig.r);
	assert_true(s.log.len < 4u << 20);
	s.pause_me = NULL;
	kube_log_pause(l, false);
	turn_until(s.rig.r, s.log.len == 4 + (8u << 20));
	fake_finish(fake_conn_of(s.rig.server, "log"));
	turn_until(s.rig.r, s.log_ends == 1);
	assert_int_equal(s.log_err.code, ERR_NONE);
	free(megabyte);
	close_scene(&s);
}

static void
test_log_endings(void **state)
{
	struct scene s = { .rows = { { 400, NULL, "{\"message\":\"container "
			   "\\\"c\\\" is waiting to start\"}" } } };
	struct kube_log *l;

	(void)state;
	open_scene(&s);
	open_log(&s, (struct kube_log_options){ .tail_lines = -1 });
	turn_until(s.rig.r, s.log_ends == 1);
	assert_text_contains(s.log_err.text, "is waiting to start");
	assert_text_contains(s.log_err.text, "logs of ci/runner-1");
	assert_int_equal(s.log.len, 0);
	/* a connection that breaks is not the end of the log */
	s.stream = true;
	open_log(&s, (struct kube_log_options){ .tail_lines = -1 });
	turn_until(s.rig.r, fake_count(s.rig.server, "GET") == 2);
	fake_send(fake_conn_of(s.rig.server, "log"), "x");
	turn_until(s.rig.r, s.log.len == 1);
	fake_reset(fake_conn_of(s.rig.server, "log"));
	turn_until(s.rig.r, s.log_ends == 2);
	assert_int_equal(s.log_err.code, ERR_RETRY);
	/* closed by us: silence */
	l = open_log(&s, (struct kube_log_options){ .tail_lines = -1 });
	turn_until(s.rig.r, fake_count(s.rig.server, "GET") == 3);
	kube_log_close(l);
	turn_some(s.rig.r);
	assert_int_equal(s.log_ends, 2);
	/* a server that takes the request and says nothing */
	s.hang = true;
	open_log(&s, (struct kube_log_options){ .tail_lines = -1 });
	turn_until(s.rig.r, fake_count(s.rig.server, "GET") == 4);
	rig_step(&s.rig, 30000);
	turn_until(s.rig.r, s.log_ends == 3);
	assert_text_contains(s.log_err.text, "did not answer for 30 s");
	/* freed with the client */
	open_log(&s, (struct kube_log_options){ .tail_lines = -1 });
	turn_some(s.rig.r);
	close_scene(&s);
}

SUITE(kube_calls,
      TEST(test_read),
      TEST(test_write),
      TEST(test_writes_are_not_repeated),
      TEST(test_reads_are),
      TEST(test_deadline_bounds_all_tries),
      TEST(test_failures),
      TEST(test_two_kinds_of_429),
      TEST(test_answer_too_large),
      TEST(test_free_ends_calls),
      TEST(test_paths),
      TEST(test_access),
      TEST(test_log_stream),
      TEST(test_log_endings));
