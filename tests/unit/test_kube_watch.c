/*
 * List and watch against a scripted API server: pages, events, versions, and
 * every way it goes wrong.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/kube_rig.h"

/* How the server behaves in one test; requests that nothing matches get 404. */
struct script {
	struct kube_rig rig;
	const char *list;	/* a whole list's answer, or NULL */
	int list_status, watch_status;
	const char *list_head, *watch_head;
	const char *watch_body; /* answered and closed; NULL: stream on */
	const char *watch_first; /* sent on each stream */
	bool pages;		/* three pages of one pod each */
	bool page_expired;	/* 410 on the second, then whole lists */
	bool hang, drop_list, drop_page;
};

#define WATCH "watch=1"
#define LIST "limit=500"

static char *empty_list;

static void
answer_page(struct script *s, struct fake_conn *c, const char *target)
{
	bool second = strstr(target, "continue=a%2Fb%3D") != NULL;
	bool third = strstr(target, "continue=c") != NULL;
	char *list;

	if (s->page_expired && second) {
		fake_reply(c, 410, NULL, "{\"kind\":\"Status\",\"code\":410,"
			   "\"reason\":\"Expired\",\"message\":\"too old\"}");
		return;
	}
	if (s->drop_page && second) {
		list = pod_list(7, NULL, pod_json("n", "half", 1));
		fake_stream(c, 200, NULL);
		list[strlen(list) - 20] = '\0';
		fake_send(c, list);
		fake_close(c);
		free(list);
		return;
	}
	list = third	? pod_list(9, NULL, pod_json("n", "p3", 3))
	       : second ? pod_list(9, "c", pod_json("n", "p2", 2))
			: pod_list(9, strstr(target, "limit=500") ? "a/b="
								  : NULL,
				   pod_json("n", "p1", 1));
	fake_reply(c, 200, NULL, list);
	free(list);
}

static void
answer(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct script *s = ctx;

	if (s->hang)
		return;
	if (strstr(q->target, WATCH)) {
		if (s->watch_status || s->watch_body) {
			fake_reply(c, s->watch_status ? s->watch_status : 200,
				   s->watch_head,
				   str_or_empty(s->watch_body));
			return;
		}
		fake_stream(c, 200, s->watch_head);
		if (s->watch_first)
			fake_send(c, s->watch_first);
		return;
	}
	if (s->drop_list)
		fake_close(c);
	else if (s->pages)
		answer_page(s, c, q->target);
	else
		fake_reply(c, s->list_status ? s->list_status : 200,
			   s->list_head, s->list ? s->list : empty_list);
}

static void
open_script(struct script *s)
{
	if (!empty_list)
		empty_list = pod_list(5, NULL, "");
	rig_open(&s->rig, answer, s);
	rig_start(&s->rig, NULL);
}

static void
close_script(struct script *s)
{
	rig_close(&s->rig);
	free(empty_list);
	empty_list = NULL;
}

/* The client and the server are at ease: one stream is open. */
static void
until_watching(struct script *s)
{
	turn_until(s->rig.r, fake_conn_of(s->rig.server, WATCH) &&
				     s->rig.state == SOURCE_LIVE);
	turn_some(s->rig.r);
}

static void
send_event(struct script *s, const char *type, const char *object)
{
	char *line = event_json(type, object);
	struct fake_conn *c = fake_conn_of(s->rig.server, WATCH);

	assert_non_null(c);
	fake_send(c, line);
	free(line);
}

static void
until_asked(struct script *s, const char *part, uint32_t n)
{
	turn_until(s->rig.r, fake_count(s->rig.server, part) >= n);
}

/* Steps time on until the server was asked that often; the time it took. */
static int64_t
step_until_asked(struct script *s, const char *part, uint32_t n)
{
	int64_t from = s->rig.clock.boot;

	for (int i = 0; i < 2000; i++) {
		if (fake_count(s->rig.server, part) >= n)
			return s->rig.clock.boot - from;
		fake_clock_move(&s->rig.clock, 100);
		reactor_turn(s->rig.r, 1);
		reactor_turn(s->rig.r, 1);
	}
	fail_msg("never asked for %s %u times", part, n);
	return 0;
}

/* ---- the good course ---- */

static void
test_pages_then_watch(void **state)
{
	struct script s = { .pages = true };
	const struct fake_request *q;

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	rig_expect(&s.rig, "status connecting\nbegin pods\nstatus loading\n"
			   "put n/p1@1\nput n/p2@2\nput n/p3@3\nend pods\n"
			   "status live\n");
	assert_int_equal(fake_count(s.rig.server, "GET /api/v1/pods?"), 4);
	q = fake_last(s.rig.server, WATCH);
	assert_text_contains(q->target, "resourceVersion=9");
	assert_text_contains(q->target, "allowWatchBookmarks=true");
	assert_text_contains(q->target, "timeoutSeconds=");
	assert_text_equal(fake_header(q, "Authorization"), "Bearer t0ken");
	assert_null(fake_header(q, "Accept-Encoding"));
	assert_text_equal(fake_header(fake_last(s.rig.server, LIST),
				      "Accept-Encoding"), "gzip");
	assert_true(kube_live(s.rig.kube, KIND_POD));
	assert_int_equal(kube_heard_boot_ms(s.rig.kube, KIND_POD),
			 s.rig.clock.boot);
	close_script(&s);
}

static void
test_events(void **state)
{
	struct script s = { 0 };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	rig_forget(&s.rig);
	send_event(&s, "ADDED", pod_json("n", "a", 6));
	send_event(&s, "MODIFIED", pod_json("n", "a", 7));
	send_event(&s, "DELETED", pod_json("n", "a", 8));
	send_event(&s, "BOOKMARK", "{\"kind\":\"Pod\",\"metadata\":"
		   "{\"resourceVersion\":\"12\"}}");
	turn_until(s.rig.r, rig_heard(&s.rig, "gone"));
	rig_expect(&s.rig, "put n/a@6\nput n/a@7\nput n/a@8\n"
			   "gone pods n/a\n");
	/* The end of a stream is normal: on from the bookmark, no list. */
	turn_some(s.rig.r);
	fake_clock_move(&s.rig.clock, 300000);
	fake_finish(fake_conn_of(s.rig.server, WATCH));
	until_asked(&s, WATCH, 2);
	turn_some(s.rig.r);
	assert_text_contains(fake_last(s.rig.server, WATCH)->target,
			     "resourceVersion=12");
	assert_int_equal(fake_count(s.rig.server, LIST), 1);
	assert_false(rig_heard(&s.rig, "stale"));
	assert_true(kube_live(s.rig.kube, KIND_POD));
	close_script(&s);
}

static void
test_event_in_pieces(void **state)
{
	struct script s = { 0 };
	char *line = event_json("ADDED", pod_json("n", "a", 6)), piece[2];
	struct fake_conn *c;

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	rig_forget(&s.rig);
	c = fake_conn_of(s.rig.server, WATCH);
	for (size_t i = 0; line[i]; i++) {
		snprintf(piece, sizeof(piece), "%c", line[i]);
		fake_send(c, piece);
	}
	turn_until(s.rig.r, s.rig.puts == 1);
	free(line);
	close_script(&s);
}

/* ---- 410, in its three places ---- */

static void
test_410_while_paging(void **state)
{
	struct script s = { .pages = true, .page_expired = true };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	/* what came before is no complete list; then one without pages */
	rig_expect(&s.rig, "status connecting\nbegin pods\nstatus loading\n"
			   "put n/p1@1\nbroken pods\nbegin pods\n"
			   "put n/p1@1\nend pods\nstatus live\n");
	assert_int_equal(fake_count(s.rig.server, LIST), 2);
	close_script(&s);
}

static void
expect_relist(struct script *s)
{
	until_asked(s, LIST, 2);
	turn_until(s->rig.r, rig_heard(&s->rig, "end pods\n"));
	until_asked(s, WATCH, 2);
	assert_false(rig_heard(&s->rig, "stale"));
	assert_false(rig_heard(&s->rig, "broken"));
}

static void
test_410_in_the_stream(void **state)
{
	struct script s = { 0 };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	rig_forget(&s.rig);
	send_event(&s, "ERROR", "{\"kind\":\"Status\",\"code\":410,"
		   "\"reason\":\"Expired\",\"message\":\"too old\"}");
	expect_relist(&s);
	close_script(&s);
}

static void
test_410_as_status(void **state)
{
	struct script s = { 0 };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	rig_forget(&s.rig);
	s.watch_status = 410;
	fake_clock_move(&s.rig.clock, 300000);
	fake_finish(fake_conn_of(s.rig.server, WATCH));
	until_asked(&s, WATCH, 2);
	s.watch_status = 0;
	until_asked(&s, LIST, 2);
	/* A second 410 in a row waits, lest it spins. */
	until_asked(&s, WATCH, 3);
	close_script(&s);
}

static void
test_410_again_and_again(void **state)
{
	struct script s = { .watch_status = 410 };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_asked(&s, LIST, 2);
	turn_some(s.rig.r);
	assert_int_equal(fake_count(s.rig.server, LIST), 2);
	rig_step(&s.rig, 799);
	assert_int_equal(fake_count(s.rig.server, LIST), 2);
	step_until_asked(&s, LIST, 3);
	close_script(&s);
}

/* A version from the future (a restored cluster): three refusals, then a
 * list. */
static void
test_version_too_large(void **state)
{
	struct script s = { .watch_status = 504, .watch_body =
		"{\"kind\":\"Status\",\"code\":504,\"reason\":\"Timeout\","
		"\"message\":\"Too large resource version\",\"details\":"
		"{\"causes\":[{\"reason\":\"ResourceVersionTooLarge\"}],"
		"\"retryAfterSeconds\":1}}" };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_asked(&s, WATCH, 1);
	turn_until(s.rig.r, s.rig.state == SOURCE_STALE);
	assert_text_contains(s.rig.trouble.text,
			     "watch pods: Too large resource version");
	step_until_asked(&s, WATCH, 3);
	assert_int_equal(fake_count(s.rig.server, LIST), 1);
	s.watch_status = 0;
	s.watch_body = NULL;
	step_until_asked(&s, LIST, 2);
	until_watching(&s);
	close_script(&s);
}

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
		turn_some(s.rig.r);
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
	rig_step(&s.rig, 30000);
	turn_until(s.rig.r, s.rig.state == SOURCE_FAILED);
	assert_text_contains(s.rig.trouble.text,
			     "took the request but did not answer for 30 s");
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
		answer(ctx, c, q);
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

/* ---- wanting ---- */

static void
test_namespace_and_single_objects(void **state)
{
	struct script s = { 0 };

	(void)state;
	empty_list = pod_list(5, NULL, "");
	rig_open(&s.rig, answer, &s);
	rig_start(&s.rig, "ci");
	kube_want(s.rig.kube, KIND_POD, true);
	kube_want(s.rig.kube, KIND_NODE, true);
	kube_want(s.rig.kube, KIND_POD, true);
	kube_want_one(s.rig.kube, KIND_LEASE, "kube-system", "ca");
	kube_want_one(s.rig.kube, KIND_LEASE, "kube-system", "ca");
	until_asked(&s, WATCH, 3);
	turn_some(s.rig.r);
	assert_int_equal(fake_count(s.rig.server,
				    "GET /api/v1/namespaces/ci/pods?"), 2);
	assert_int_equal(fake_count(s.rig.server, "GET /api/v1/nodes?"), 2);
	assert_int_equal(fake_count(s.rig.server,
		"GET /apis/coordination.k8s.io/v1/namespaces/kube-system/"
		"leases?fieldSelector=metadata.name%3Dca&"), 2);
	close_script(&s);
}

/* Two single objects of a kind are one list to the sink. */
static void
test_singles_make_a_list(void **state)
{
	struct script s = { 0 };
	char *one = xasprintf("{\"metadata\":{\"resourceVersion\":\"5\"},"
		"\"items\":[{\"metadata\":{\"namespace\":\"a\",\"name\":\"x\","
		"\"resourceVersion\":\"4\"}}]}");

	(void)state;
	open_script(&s);
	s.list = one;
	kube_want_one(s.rig.kube, KIND_CONFIGMAP, "a", "x");
	kube_want_one(s.rig.kube, KIND_CONFIGMAP, "b", "y");
	until_asked(&s, "namespaces/a/configmaps", 1);
	s.list = empty_list;
	until_asked(&s, WATCH, 2);
	turn_some(s.rig.r);
	assert_true(rig_heard(&s.rig, "gone configMaps b/y\n"));
	assert_true(rig_heard(&s.rig, "begin configMaps\nput a/x@4\n"
				      "end configMaps\n"));
	/* When one is listed again the other stays. */
	rig_forget(&s.rig);
	fake_send(fake_conn_of(s.rig.server, "namespaces/b"),
		  "{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n");
	until_asked(&s, WATCH, 3);
	turn_some(s.rig.r);
	rig_expect(&s.rig, "status loading\ngone configMaps b/y\n"
			   "begin configMaps\nput a/x@4\nend configMaps\n"
			   "status live\n");
	free(one);
	close_script(&s);
}

static void
test_linger(void **state)
{
	struct script s = { 0 };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	kube_want(s.rig.kube, KIND_POD, false);
	rig_step(&s.rig, 59000);
	/* Back within the minute: the same stream. */
	kube_want(s.rig.kube, KIND_POD, true);
	rig_step(&s.rig, 30000);
	assert_int_equal(fake_count(s.rig.server, ""), 2);
	assert_true(kube_live(s.rig.kube, KIND_POD));
	kube_want(s.rig.kube, KIND_POD, false);
	rig_step(&s.rig, 60000);
	turn_until(s.rig.r, !fake_conn_of(s.rig.server, WATCH));
	assert_false(kube_live(s.rig.kube, KIND_POD));
	close_script(&s);
}

/* ---- the clock ---- */

static void
test_clocks(void **state)
{
	struct script s = { .list_head =
		"Date: Wed, 18 Feb 2026 09:00:01 GMT\r\n", .watch_head =
		"Date: Wed, 18 Feb 2026 09:07:00 GMT\r\n" };

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	turn_until(s.rig.r, s.rig.world.world_ms);
	/* A second's difference is the header's grain, minutes are not. */
	assert_int_equal(s.rig.world.world_ms, s.rig.clock.wall);
	until_watching(&s);
	assert_int_equal(s.rig.world.world_ms, INT64_C(1771405620000));
	assert_int_equal(s.rig.world.speed_milli, 1000);
	assert_int_equal(s.rig.world.boot_ms, s.rig.clock.boot);
	close_script(&s);

	s = (struct script){ .list_head =
		"Date: Wed, 18 Feb 2026 09:00:01 GMT\r\n"
		"Paddock-Time: 2026-03-01T00:00:00Z x30\r\n" };
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	assert_int_equal(s.rig.world.world_ms, INT64_C(1772323200000));
	assert_int_equal(s.rig.world.speed_milli, 30000);
	/* The simulated clock is asked for again and again. */
	rig_step(&s.rig, 5000);
	until_asked(&s, "GET /version", 1);
	close_script(&s);
}

/* Freed at any moment; ASan watches. */
static void
test_free_at_any_time(void **state)
{
	(void)state;
	for (int turns = 0; turns < 25; turns++) {
		struct script s = { .pages = true };

		open_script(&s);
		kube_want(s.rig.kube, KIND_POD, true);
		kube_want_one(s.rig.kube, KIND_LEASE, "a", "b");
		for (int i = 0; i < turns; i++)
			reactor_turn(s.rig.r, 1);
		close_script(&s);
	}
}

SUITE(kube_watch,
      TEST(test_pages_then_watch),
      TEST(test_events),
      TEST(test_event_in_pieces),
      TEST(test_410_while_paging),
      TEST(test_410_in_the_stream),
      TEST(test_410_as_status),
      TEST(test_410_again_and_again),
      TEST(test_version_too_large),
      TEST(test_list_cut_short),
      TEST(test_server_goes_and_comes),
      TEST(test_silence),
      TEST(test_never_answers),
      TEST(test_wrong_answers),
      TEST(test_huge_item_is_refused),
      TEST(test_unreadable_object),
      TEST(test_garbage_in_the_stream),
      TEST(test_retry_after),
      TEST(test_denied_beside_live),
      TEST(test_namespace_and_single_objects),
      TEST(test_singles_make_a_list),
      TEST(test_linger),
      TEST(test_clocks),
      TEST(test_free_at_any_time));
