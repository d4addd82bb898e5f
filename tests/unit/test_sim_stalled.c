/*
 * Clients that stop reading a stream: they are cut off, and nothing is made or
 * kept for them meanwhile.
 */
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "backend/base/clock.h"
#include "backend/sim/kube/face.h"
#include "backend/sim/server/pace.h"
#include "tests/unit/sim_air.h"

/* Every change of a pod is told once: at least its own bytes. */
static void
on_pod(void *ctx, enum object_event event, const struct object *now,
       const struct object *before)
{
	(void)event;
	(void)before;
	*(size_t *)ctx += now->len;
}

struct sleeper { /* takes the first bytes, then nothing until woken */
	size_t bytes;
	bool awake;
};

static size_t
on_sleepy_body(char *at, size_t size, size_t n, void *ctx)
{
	struct sleeper *s = ctx;

	(void)at;
	if (s->bytes && !s->awake)
		return CURL_WRITEFUNC_PAUSE;
	s->bytes += size * n;
	return size * n;
}

/* Lets the transfer go on until done(ctx), or the deadline. */
static void
spin(struct air *c, CURLM *m, bool (*done)(struct air *c, CURLM *m))
{
	int64_t end = clock_boot_ms(&clock_system) + 20000;
	int running;

	do {
		curl_multi_perform(m, &running);
		curl_multi_poll(m, NULL, 0, 20, NULL);
		assert_true(clock_boot_ms(&clock_system) < end);
	} while (!done(c, m));
}

static bool
is_watching(struct air *c, CURLM *m)
{
	(void)m;
	return server_streams(c->server) == 1;
}

static bool
is_cut_off(struct air *c, CURLM *m)
{
	(void)m;
	return server_streams(c->server) == 0;
}

static bool
is_over(struct air *c, CURLM *m)
{
	int left;

	(void)c;
	return curl_multi_info_read(m, &left) != NULL;
}

/* A transfer that will sleep, of the Kubernetes port as the administrator. */
static CURL *
sleepy_transfer(struct air *c, const char *target, struct curl_slist *headers,
		struct sleeper *s)
{
	CURL *h = curl_easy_init();
	char url[400];

	snprintf(url, sizeof(url), "%s%s", server_kube_url(c->server),
		 target);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_sleepy_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, s);
	return h;
}

static void
test_who_does_not_read_is_cut_off(void **state)
{
	struct air c;
	struct sleeper s = { 0 };
	struct curl_slist *headers = curl_slist_append(
		NULL, "Authorization: Bearer simulated-token-admin");
	CURLM *m = curl_multi_init();
	CURL *h;
	size_t told = 0;

	(void)state;
	air_open_with(&c, &(struct air_options){ .unread_ms = 300,
						 .paused = true });
	h = sleepy_transfer(&c, "/api/v1/pods?watch=true", headers, &s);
	curl_multi_add_handle(m, h);
	spin(&c, m, is_watching);
	/* More happens than all the buffers between the two can hold. */
	sim_lock(c.w);
	objects_listen(sim_objects(c.w),
		       objects_type(sim_objects(c.w), "", "pods"), on_pod,
		       &told);
	pace_advance(c.pace, 45 * 60 * 1000);
	sim_unlock(c.w);
	pace_poke(c.pace);
	spin(&c, m, is_cut_off);
	/* It was told some of it, the rest was kept for nobody. */
	s.awake = true;
	curl_easy_pause(h, CURLPAUSE_CONT);
	spin(&c, m, is_over);
	assert_true(told > 12000000 && s.bytes < told / 2);
	curl_multi_remove_handle(m, h);
	curl_easy_cleanup(h);
	curl_multi_cleanup(m);
	curl_slist_free_all(headers);
	air_close(&c);
}

/* ---- followed logs ---- */

enum { READERS = 4, LINE = 1000 };

struct endless { /* a log without an end: all of it can be had at once */
	uint64_t lines;
};

static bool
endless_state(void *ctx, const struct kube_log_key *key,
	      struct kube_log_state *state)
{
	(void)ctx, (void)key;
	*state = (struct kube_log_state){ .end = UINT64_MAX, .growing = true };
	return true;
}

static bool
endless_line(void *ctx, const struct kube_log_key *key, uint64_t n,
	     int64_t *at_ms, struct buf *text)
{
	struct endless *log = ctx;

	(void)key, (void)n;
	log->lines++;
	*at_ms = 1;
	for (int i = 0; i < LINE / 10; i++)
		buf_puts(text, "0123456789");
	return true;
}

static bool
first_pod(void *ctx, const struct object *pod)
{
	*(const struct object **)ctx = pod;
	return false;
}

/* A pod of the system that runs, and its container, as a log's target. */
static void
log_target(struct air *c, char *out, size_t room)
{
	const struct objects *o = sim_objects(c->w);
	const struct object *pod = NULL;
	json_t *tree, *containers;

	objects_each(o, objects_type(o, "", "pods"), "kube-system", NULL,
		     first_pod, &pod);
	assert_non_null(pod);
	tree = object_tree(pod);
	containers = json_object_get(json_object_get(tree, "spec"),
				     "containers");
	snprintf(out, room,
		 "/api/v1/namespaces/kube-system/pods/%s/log?follow=true&"
		 "container=%s", pod->name,
		 json_string_value(json_object_get(
			 json_array_get(containers, 0), "name")));
	json_decref(tree);
}

static bool
all_stream(struct air *c, CURLM *m)
{
	(void)m;
	return server_streams(c->server) == READERS;
}

static uint64_t
lines_made(struct air *c, const struct endless *log)
{
	uint64_t n;

	sim_lock(c->w);
	n = log->lines;
	sim_unlock(c->w);
	return n;
}

static void
test_a_stalled_log_reader_costs_nothing(void **state)
{
	struct air c;
	struct endless log = { 0 };
	struct sleeper s[READERS] = { { 0 } };
	struct curl_slist *headers = curl_slist_append(
		NULL, "Authorization: Bearer simulated-token-admin");
	CURLM *m = curl_multi_init();
	CURL *h[READERS];
	struct kube_hooks *hooks;
	char target[300];
	uint64_t made, was, steady = 0;
	size_t read = 0;

	(void)state;
	air_open_with(&c, &(struct air_options){ .unread_ms = 2000,
						 .paused = true });
	sim_lock(c.w);
	hooks = sim_kube_hooks(c.w);
	hooks->ctx = &log;
	hooks->log_state = endless_state;
	hooks->log_line = endless_line;
	hooks->token_read = NULL;
	log_target(&c, target, sizeof(target));
	sim_unlock(c.w);
	for (int i = 0; i < READERS; i++) {
		h[i] = sleepy_transfer(&c, target, headers, &s[i]);
		curl_multi_add_handle(m, h[i]);
	}
	spin(&c, m, all_stream);
	/* The buffers between fill up; then no line is made any more, though
	 * the server is awake all the time. */
	made = lines_made(&c, &log);
	do {
		int running;

		pace_poke(c.pace);
		curl_multi_perform(m, &running);
		curl_multi_poll(m, NULL, 0, 10, NULL);
		was = made;
		made = lines_made(&c, &log);
		steady = made == was ? steady + 1 : 0;
	} while (steady < 30 && server_streams(c.server));
	assert_int_equal(server_streams(c.server), READERS);
	/* What was made lies in the sockets, and a piece each here. */
	assert_true(made * LINE / READERS < ((size_t)12 << 20));
	spin(&c, m, is_cut_off);
	assert_true(lines_made(&c, &log) == made);
	/* They wake up to a stream that broke off. */
	for (int i = 0; i < READERS; i++) {
		s[i].awake = true;
		curl_easy_pause(h[i], CURLPAUSE_CONT);
	}
	for (int i = 0; i < READERS; i++) {
		spin(&c, m, is_over);
		read += s[i].bytes;
	}
	assert_true(read <= (made + READERS) * (LINE + 1));
	for (int i = 0; i < READERS; i++) {
		curl_multi_remove_handle(m, h[i]);
		curl_easy_cleanup(h[i]);
	}
	curl_multi_cleanup(m);
	curl_slist_free_all(headers);
	air_close(&c);
}

SUITE(sim_stalled,
	TEST(test_who_does_not_read_is_cut_off),
	TEST(test_a_stalled_log_reader_costs_nothing));
