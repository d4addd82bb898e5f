/*
 * List and watch against a scripted API server: pages, events, versions, 410
 * wherever it can come, what is wanted, clocks.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/kube_script.h"

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

/* ---- wanting ---- */

static void
test_namespace_and_single_objects(void **state)
{
	struct script s = { 0 };

	(void)state;
	empty_list = pod_list(5, NULL, "");
	rig_open(&s.rig, script_answer, &s);
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

/* Namespace a has the object, b has not. */
static void
answer_singles(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct script *s = ctx;
	const char *list = s->list;

	if (!strstr(q->target, "namespaces/a/"))
		s->list = empty_list;
	script_answer(s, c, q);
	s->list = list;
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
	empty_list = pod_list(5, NULL, "");
	rig_open(&s.rig, answer_singles, &s);
	rig_start(&s.rig, NULL);
	s.list = one;
	kube_want_one(s.rig.kube, KIND_CONFIGMAP, "a", "x");
	kube_want_one(s.rig.kube, KIND_CONFIGMAP, "b", "y");
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

/* Short streams, one after the other, each from where the last one ended. */
static void
test_kept_fresh(void **state)
{
	struct script s = { 0 };
	const char *seconds;

	(void)state;
	open_script(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	until_watching(&s);
	send_event(&s, "ADDED", pod_json("n", "a", 8));
	turn_until(s.rig.r, s.rig.puts == 1);
	kube_keep_fresh(s.rig.kube, KIND_POD, true);
	until_asked(&s, WATCH, 2);
	kube_keep_fresh(s.rig.kube, KIND_POD, true);
	for (uint32_t i = 3; i < 6; i++) {
		seconds = strstr(fake_last(s.rig.server, WATCH)->target,
				 "timeoutSeconds=") + 15;
		assert_in_range(strtol(seconds, NULL, 10), 20, 25);
		turn_until(s.rig.r, fake_conn_of(s.rig.server, WATCH));
		fake_clock_move(&s.rig.clock, 22000);
		fake_finish(fake_conn_of(s.rig.server, WATCH));
		turn_until(s.rig.r,
			   kube_heard_boot_ms(s.rig.kube, KIND_POD) ==
				   s.rig.clock.boot);
		assert_int_equal(fake_count(s.rig.server, WATCH), i);
	}
	assert_text_contains(fake_last(s.rig.server, WATCH)->target,
			     "resourceVersion=8");
	assert_true(kube_live(s.rig.kube, KIND_POD));
	assert_false(rig_heard(&s.rig, "stale"));
	assert_int_equal(fake_count(s.rig.server, LIST), 1);
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
      TEST(test_namespace_and_single_objects),
      TEST(test_singles_make_a_list),
      TEST(test_kept_fresh),
      TEST(test_linger),
      TEST(test_clocks),
      TEST(test_free_at_any_time));
