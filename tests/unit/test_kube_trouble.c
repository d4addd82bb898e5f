/*
 * List and watch when the server is broken, silent, wrong, or says no.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/kube_script.h"

/* ---- broken connections ---- */

static void
test_list_cut_short(void **state)
{
	struct script s = { .pages = true, .drop_page = true };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	turn_until(s.rig.r, s.rig.state == SOURCE_FAILED);
	/* the half item is not delivered, and nothing is taken away */
	assert_true(rig_heard(&s.rig, "put n/p1@1\nbroken pods\n"));
	assert_false(rig_heard(&s.rig, "put n/half"));
	assert_text_contains(s.rig.trouble.text, fake_http_url(s.rig.server));
	assert_false(kube_live(s.rig.kube, KIND_POD));
	s.drop_page = false;
	step_until_asked(&s, "continue=c", 1);
	until_watching(&s);
	assert_true(rig_heard(&s.rig, "put n/p3@3\nend pods\nstatus live\n"));
	close_script(&s);
}

static void
test_server_goes_and_comes(void **state)
{
	struct script s = { 0 };
	int64_t waited;

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	rig_forget(&s.rig);
	fake_http_listen(s.rig.server, false);
	fake_clock_move(&s.rig.clock, 5000);
	fake_reset(fake_conn_of(s.rig.server, WATCH));
	turn_until(s.rig.r, s.rig.state == SOURCE_STALE);
	assert_int_equal(s.rig.trouble.code, ERR_UNREACHABLE);
	assert_text_contains(s.rig.trouble.text, "connection refused");
	/* It stays stale through every try, with growing pauses. */
	rig_forget(&s.rig);
	for (int i = 0; i < 60; i++)
		rig_step(&s.rig, 1000);
	assert_false(rig_heard(&s.rig, "live"));
	assert_false(rig_heard(&s.rig, "loading"));
	fake_http_listen(s.rig.server, true);
	waited = step_until_asked(&s, WATCH, 2);
	assert_true(waited > 2000 && waited <= 60000);
	until_watching(&s);
	/* No list was needed, nothing was let go. */
	assert_int_equal(fake_count(s.rig.server, LIST), 1);
	assert_false(rig_heard(&s.rig, "begin"));
	close_script(&s);
}

static void
test_silence(void **state)
{
	struct script s = { 0 };
	char *bookmark = event_json("BOOKMARK",
		"{\"metadata\":{\"resourceVersion\":\"6\"}}");

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	rig_forget(&s.rig);
	/* Bookmarks keep a stream alive. */
	for (int i = 0; i < 5; i++) {
		rig_step(&s.rig, 60000);
		fake_send(fake_conn_of(s.rig.server, WATCH), bookmark);
		turn_until(s.rig.r,
			   kube_heard_boot_ms(s.rig.kube, KIND_POD) ==
				   s.rig.clock.boot);
	}
	assert_int_equal(fake_count(s.rig.server, WATCH), 1);
	rig_step(&s.rig, 99000);
	assert_int_equal(fake_count(s.rig.server, WATCH), 1);
	rig_step(&s.rig, 1000);
	until_asked(&s, WATCH, 2);
	assert_text_contains(fake_last(s.rig.server, WATCH)->target,
			     "resourceVersion=6");
	assert_false(rig_heard(&s.rig, "stale"));
	free(bookmark);
	close_script(&s);
}

static void
test_never_answers(void **state)
{
	struct script s = { .hang = true };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_asked(&s, LIST, 1);
	assert_int_equal(s.rig.state, SOURCE_CONNECTING);
	rig_step(&s.rig, 64000);
	assert_int_equal(s.rig.state, SOURCE_CONNECTING);
	rig_step(&s.rig, 1000);
	turn_until(s.rig.r, s.rig.state == SOURCE_FAILED);
	assert_text_contains(s.rig.trouble.text,
			     "took the request but did not answer for 65 s");
	assert_false(rig_heard(&s.rig, "begin"));
	close_script(&s);
}

/* ---- wrong answers ---- */

static void
expect_trouble(struct script *s, enum err_code code, const char *part)
{
	open_script(s);
	kube_want(s->rig.kube, KIND_POD, true);
	turn_until(s->rig.r, s->rig.state == SOURCE_FAILED);
	assert_text_contains(s->rig.trouble.text, part);
	assert_text_contains(s->rig.trouble.text,
			     fake_http_url(s->rig.server));
	assert_int_equal(s->rig.trouble.code, code);
	assert_false(rig_heard(&s->rig, "end pods"));
	close_script(s);
}

static void
test_wrong_answers(void **state)
{
	(void)state;
	expect_trouble(&(struct script){
		.list = "<html><head><title>Sign in</title></head></html>",
		.list_head = "Content-Type: text/html\r\n" },
		ERR_BAD, "list pods: the answer is text/html, not JSON");
	expect_trouble(&(struct script){ .list = "{\"items\":[{]}" },
		ERR_BAD, "list pods: ");
	expect_trouble(&(struct script){ .list = "{\"items\":[" },
		ERR_BAD, "list pods: ");
	expect_trouble(&(struct script){ .list = "[]" },
		ERR_BAD, "JSON, but no list");
	expect_trouble(&(struct script){ .list = "" }, ERR_BAD, "list pods");
	expect_trouble(&(struct script){ .list_status = 502,
		.list = "<html><title>502 Bad Gateway</title></html>" },
		ERR_RETRY, "list pods: an HTML page: 502 Bad Gateway (HTTP "
		"502)");
	expect_trouble(&(struct script){ .list_status = 302, .list = "",
		.list_head = "Location: https://sso.test/login?t=1\r\n" },
		ERR_CONFIG, "redirect (HTTP 302) to https://sso.test/login;");
	expect_trouble(&(struct script){ .list_status = 401, .list =
		"{\"message\":\"Unauthorized\"}" }, ERR_AUTH,
		"these credentials are not accepted (HTTP 401): Unauthorized");
	expect_trouble(&(struct script){ .list_status = 403, .list =
		"{\"message\":\"pods is forbidden: User \\u001b[31m\"}" },
		ERR_DENIED, "pods is forbidden: User \xef\xbf\xbd[31m");
	expect_trouble(&(struct script){ .drop_list = true }, ERR_RETRY,
		"closed the connection without an answer");
}

static void
test_huge_item_is_refused(void **state)
{
	struct script s = { 0 };
	char *huge = xmalloc(9 << 20), *list;
	int n;

	(void)state;
	memset(huge, 'x', 9 << 20);
	n = snprintf(huge, 64, "{\"metadata\":{\"name\":\"");
	huge[n] = 'x';
	snprintf(huge + (9 << 20) - 8, 8, "\"}}");
	list = pod_list(5, NULL, huge);
	free(huge);
	s.list = list;
	expect_trouble(&s, ERR_LIMIT, "list pods: ");
	free(list);
}

/* One unreadable object is said, and hides nothing else. */
static void
test_unreadable_object(void **state)
{
	struct script s = { 0 };
	char *pods = xasprintf("{\"metadata\":{\"name\":7}},%s",
			       pod_json("n", "good", 1));
	char *list = pod_list(5, NULL, pods);

	(void)state;
	s.list = list;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	turn_until(s.rig.r, s.rig.state == SOURCE_LIVE);
	assert_true(rig_heard(&s.rig, "put n/good@1\nend pods\n"));
	assert_int_equal(s.rig.trouble.code, ERR_PARTIAL);
	assert_text_contains(s.rig.trouble.text, "1 of the pods cannot be");
	free(pods);
	free(list);
	close_script(&s);
}

static void
test_garbage_in_the_stream(void **state)
{
	struct script s = { 0 };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	fake_send(fake_conn_of(s.rig.server, WATCH), "<nonsense>\n");
	turn_until(s.rig.r, s.rig.state == SOURCE_STALE);
	assert_text_contains(s.rig.trouble.text, "watch pods: ");
	step_until_asked(&s, WATCH, 2);
	until_watching(&s);
	assert_int_equal(s.rig.trouble.code, ERR_NONE);
	assert_int_equal(fake_count(s.rig.server, LIST), 1);
	close_script(&s);
}

/* ---- throttling, permission ---- */

static void
test_retry_after(void **state)
{
	struct script s = { .list_status = 429, .list = "{\"message\":\"slow "
			    "down\"}", .list_head = "Retry-After: 17\r\n" };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	turn_until(s.rig.r, s.rig.state == SOURCE_FAILED);
	assert_int_equal(s.rig.trouble.code, ERR_LIMIT);
	rig_step(&s.rig, 16999);
	assert_int_equal(fake_count(s.rig.server, LIST), 1);
	s.list_status = 0;
	s.list = NULL;
	rig_step(&s.rig, 1);
	until_watching(&s);
	close_script(&s);
}

static void
answer_denied(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct script *s = ctx;

	if (strstr(q->target, "nodes") && !strstr(q->target, WATCH))
		fake_reply(c, s->list_status, NULL,
			   "{\"message\":\"nodes is forbidden\"}");
	else
		script_answer(ctx, c, q);
}

/* What we may not see does not make the rest stale. */
static void
test_denied_beside_live(void **state)
{
	struct script s = { .list_status = 403 };

	(void)state;
	empty_list = pod_list(5, NULL, "");
	rig_open(&s.rig, answer_denied, &s);
	rig_start(&s.rig, NULL);
	kube_want(s.rig.kube, KIND_NODE, true);
	turn_until(s.rig.r, s.rig.state == SOURCE_FAILED);
	s.list_status = 0;
	kube_want(s.rig.kube, KIND_POD, true);
	s.list_status = 0;
	turn_until(s.rig.r, s.rig.state == SOURCE_LIVE);
	assert_int_equal(s.rig.trouble.code, ERR_DENIED);
	assert_text_contains(s.rig.trouble.text, "nodes is forbidden");
	assert_true(kube_live(s.rig.kube, KIND_POD));
	assert_false(kube_live(s.rig.kube, KIND_NODE));
	/* The age goes on, and the shortage stays said. */
	rig_step(&s.rig, 2000);
	send_event(&s, "ADDED", pod_json("n", "a", 6));
	turn_until(s.rig.r, s.rig.puts == 1);
	assert_int_equal(s.rig.trouble.code, ERR_DENIED);
	close_script(&s);
}

SUITE(kube_trouble,
      TEST(test_list_cut_short),
      TEST(test_server_goes_and_comes),
      TEST(test_silence),
      TEST(test_never_answers),
      TEST(test_wrong_answers),
      TEST(test_huge_item_is_refused),
      TEST(test_unreadable_object),
      TEST(test_garbage_in_the_stream),
      TEST(test_retry_after),
      TEST(test_denied_beside_live));
