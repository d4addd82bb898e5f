/*
 * Text streams: whole lines, ceilings that say what they let go, a source that
 * waits for its reader; YAML without secrets; describe and why.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/control/describe.h"
#include "backend/control/stream.h"
#include "backend/control/why.h"
#include "tests/unit/control_lead.h"

static void
open_stream(struct control_rig *r, enum stream_what what, enum kind kind,
	    const char *ns, const char *name, const char *args)
{
	struct command c = { .kind = COMMAND_OPEN_STREAM,
			     .what = (uint8_t)what,
			     .ref = 7 };

	c.target.handle.kind = (uint8_t)kind;
	snprintf(c.target.ns, sizeof(c.target.ns), "%s", ns);
	snprintf(c.target.name, sizeof(c.target.name), "%s", name);
	snprintf(c.args, sizeof(c.args), "%s", args);
	assert_true(port_send(r->port, &c));
}

/* Takes published snapshots; the newest stays in *held. */
static const struct stream_view *
newest(struct control_rig *r, const struct snapshot **held)
{
	const struct snapshot *s = port_take(r->port);

	if (s) {
		snapshot_unref(*held);
		*held = s;
	}
	return *held ? snapshot_stream(*held, 7) : NULL;
}

static bool
is_over(const struct stream_view *v)
{
	return v && v->state >= STREAM_ENDED;
}

static char *
text_of(const struct stream_view *v)
{
	struct buf b;

	buf_init(&b, 64 << 20);
	for (uint32_t i = 0; i < v->chunk_n; i++)
		buf_add(&b, v->chunks[i]->text, v->chunks[i]->len);
	return buf_take(&b, NULL);
}

static void
started(struct control_rig *r)
{
	rig_small_world(r);
	rig_go(r);
	rig_until_live(r);
}

/* ---- logs ---- */

static struct fake_conn *
log_conn(struct control_rig *r)
{
	return fake_conn_of(r->server, "/log?");
}

static void
test_log_lines_arrive_whole(void **state)
{
	struct control_rig r;
	const struct snapshot *held = NULL;
	const struct stream_view *v;
	char *text;

	(void)state;
	started(&r);
	open_stream(&r, STREAM_LOGS, KIND_POD, "ci", "job",
		    "follow tail=100 timestamps");
	rig_until(&r, log_conn(&r));
	assert_int_equal(fake_count(r.server,
				    "/pods/job/log?follow=true&container="
				    "build&timestamps=true&tailLines=100"),
			 1);
	fake_send(log_conn(&r), "one\ntw");
	rig_until(&r, newest(&r, &held) && newest(&r, &held)->chunk_n);
	v = newest(&r, &held);
	text = text_of(v);
	assert_text_equal(text, "one\n");
	free(text);
	fake_send(log_conn(&r), "o\nthree");
	fake_finish(log_conn(&r));
	rig_until(&r, is_over(newest(&r, &held)));
	v = newest(&r, &held);
	text = text_of(v);
	assert_text_equal(text, "one\ntwo\nthree\n");
	assert_int_equal(v->state, STREAM_ENDED);
	assert_int_equal(v->dropped_lines, 0);
	free(text);
	snapshot_unref(held);
	rig_end(&r);
}

/* A reader that stands still pauses the transfer: nothing is let go unread. */
static void
test_reader_that_lags_pauses_the_source(void **state)
{
	struct control_rig r;
	const struct snapshot *held = NULL;
	const struct stream_view *v;
	char *block = xmalloc(65537);
	uint64_t sent = 0, had;

	(void)state;
	started(&r);
	open_stream(&r, STREAM_LOGS, KIND_POD, "ci", "job", "follow");
	rig_until(&r, log_conn(&r));
	for (int i = 0; i < 65536; i++)
		block[i] = i % 64 == 63 ? '\n' : 'x';
	block[65536] = '\0';
	/* Twice the ceiling. */
	for (; sent < 2 * STREAM_BYTES; sent += 65536) {
		fake_send(log_conn(&r), block);
		rig_turn(&r);
	}
	rig_pass(&r, 2000);
	v = newest(&r, &held);
	assert_non_null(v);
	assert_int_equal(v->dropped_lines, 0);
	had = v->first_line;
	assert_int_equal(had, 0);
	/* The reader goes on to the end of what it has: more comes, and only
	 * read lines are let go. */
	for (int i = 0; i < 400 && v->dropped_bytes == 0; i++) {
		uint64_t lines = v->first_line;
		struct command c = { .kind = COMMAND_STREAM_READ, .ref = 7 };

		for (uint32_t k = 0; k < v->chunk_n; k++)
			lines += v->chunks[k]->lines;
		c.number = (int64_t)lines;
		assert_true(port_send(r.port, &c));
		rig_pass(&r, 200);
		v = newest(&r, &held);
	}
	assert_true(v->dropped_bytes > 0);
	assert_int_equal(v->first_line, v->dropped_lines);
	{
		size_t bytes = 0;

		for (uint32_t k = 0; k < v->chunk_n; k++)
			bytes += v->chunks[k]->len;
		assert_true(bytes <= STREAM_BYTES);
	}
	free(block);
	snapshot_unref(held);
	rig_end(&r);
}

static void
test_streams_close_and_are_few(void **state)
{
	struct control_rig r;
	const struct snapshot *s;

	(void)state;
	started(&r);
	for (uint64_t i = 1; i <= 12; i++) {
		struct command c = { .kind = COMMAND_OPEN_STREAM,
				     .what = STREAM_WHY,
				     .ref = i };

		c.target.handle.kind = KIND_NODE;
		snprintf(c.target.name, sizeof(c.target.name), "n1");
		assert_true(port_send(r.port, &c));
	}
	rig_pass(&r, 400);
	s = rig_look(&r);
	assert_int_equal(s->stream_n, STREAMS);
	assert_null(snapshot_stream(s, 1));
	assert_non_null(snapshot_stream(s, 12));
	snapshot_unref(s);
	{
		struct command c = { .kind = COMMAND_CLOSE_STREAM, .ref = 12 };

		assert_true(port_send(r.port, &c));
	}
	rig_pass(&r, 400);
	s = rig_look(&r);
	assert_null(snapshot_stream(s, 12));
	snapshot_unref(s);
	rig_end(&r);
}

/* ---- YAML ---- */

static void
test_yaml_hides_what_is_secret(void **state)
{
	struct control_rig r;
	const struct snapshot *held = NULL;
	char *text;

	(void)state;
	started(&r);
	/* Whatever the path says: a Secret is known by its kind. */
	r.secret = "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{"
		   "\"name\":\"s\",\"managedFields\":[{\"manager\":\"m\"}],"
		   "\"annotations\":{\"a\":\"b\",\"kubectl.kubernetes.io/"
		   "last-applied-configuration\":\"c2VjcmV0\"}},\"data\":{"
		   "\"password\":\"aHVudGVyMg==\"},\"stringData\":{\"p\":"
		   "\"hunter2\"},\"type\":\"Opaque\"}";
	open_stream(&r, STREAM_YAML, KIND_CONFIGMAP, "ci", "s", "");
	rig_until(&r, is_over(newest(&r, &held)));
	text = text_of(newest(&r, &held));
	assert_text_contains(text, "kind: Secret");
	assert_text_contains(text, "type: Opaque");
	assert_text_contains(text, "a: b");
	assert_null(strstr(text, "aHVudGVyMg"));
	assert_null(strstr(text, "hunter2"));
	assert_null(strstr(text, "c2VjcmV0"));
	assert_null(strstr(text, "managedFields"));
	free(text);
	snapshot_unref(held);
	held = NULL;
	open_stream(&r, STREAM_YAML, KIND_NODE, "", "nope", "");
	rig_until(&r, newest(&r, &held) &&
			      newest(&r, &held)->state == STREAM_FAILED);
	assert_text_contains(newest(&r, &held)->note, "scripted NotFound");
	snapshot_unref(held);
	rig_end(&r);
}

/* A stream closed while its answer is on the way. */
static void
test_closing_before_the_answer(void **state)
{
	struct control_rig r;

	(void)state;
	started(&r);
	for (int i = 0; i < 5; i++) {
		struct command c = { .kind = COMMAND_CLOSE_STREAM, .ref = 7 };

		open_stream(&r, STREAM_YAML, KIND_NODE, "", "n1", "");
		assert_true(port_send(r.port, &c));
	}
	rig_pass(&r, 400);
	open_stream(&r, STREAM_YAML, KIND_NODE, "", "n1", "");
	rig_turn(&r);
	rig_end(&r);
}

/* ---- describe and why ---- */

static char *
explain(struct control_rig *r, enum kind kind, const char *ns,
	const char *name, bool why)
{
	const struct snapshot *s = rig_look(r);
	const struct plan *p = backend_plan(r->backend);
	struct handle h = snapshot_find(s, kind, ns, name);
	struct buf b;
	bool ok;

	buf_init(&b, 1 << 20);
	ok = why ? why_write(s, p, h, &b) : describe_write(s, h, &b);
	assert_true(ok);
	plan_unref(p);
	snapshot_unref(s);
	return buf_take(&b, NULL);
}

static void
test_describe(void **state)
{
	struct control_rig r;
	char *text;

	(void)state;
	started(&r);
	rig_pass(&r, 1500);
	text = explain(&r, KIND_POD, "ci", "job", false);
	assert_text_contains(text, "Name:               job\n");
	assert_text_contains(text, "Namespace:          ci\n");
	assert_text_contains(text, "Job:                42");
	assert_text_contains(text, "Node:               n1\n");
	assert_text_contains(text, "Group:              general\n");
	assert_text_contains(text, "Requests: cpu 3 memory 1Gi");
	free(text);
	text = explain(&r, KIND_NODE, NULL, "n1", false);
	assert_text_contains(text, "Group:              general\n");
	assert_text_contains(text, "Allocatable:        cpu 4, memory 16Gi");
	assert_text_contains(text, "ci/job");
	free(text);
	text = explain(&r, KIND_GROUP, NULL, "general", false);
	assert_text_contains(text, "min 1, desired 2, max 5");
	assert_text_contains(text, "i-2  m7i.xlarge");
	free(text);
	text = explain(&r, KIND_JOB, NULL, "42", false);
	assert_text_contains(text, "not heard, known by its pod");
	free(text);
	rig_end(&r);
}

static void
test_why_says_whose_word_it_is(void **state)
{
	struct control_rig r;
	char *text;

	(void)state;
	rig_waiting_world(&r);
	rig_group(&r, "general", 1, 2, 2, "i-1,i-2");
	rig_until_decided(&r);
	rig_pass(&r, 1500);
	text = explain(&r, KIND_POD, "ci", "waits", true);
	assert_text_contains(text, "Pod ci/waits: unscheduled for");
	assert_text_contains(text, "kubernetes says: 0/1 nodes are available");
	/* The answer and its cure come before the evidence. */
	assert_text_contains(text, "\npaddock says: group max: general 2/2.\n"
				   "To clear it: raise general's maximum above "
				   "2 (m on the group, or: paddock limits "
				   "general --max N).\n");
	assert_text_contains(text, "not general: max node group size reached");
	free(text);
	text = explain(&r, KIND_JOB, NULL, "77", true);
	assert_text_contains(text, "Job 77");
	assert_text_contains(text, "Known only by its pod");
	assert_text_contains(text, "paddock says: group max: general 2/2");
	free(text);
	text = explain(&r, KIND_GROUP, NULL, "general", true);
	assert_text_contains(text, "paddock would not grow it: max node group "
				   "size reached");
	assert_text_contains(text, "1 waiting pod would use it otherwise");
	assert_text_contains(text, "paddock limits general --max N");
	assert_null(strstr(text, "aws says: max node group size"));
	free(text);
	text = explain(&r, KIND_NODE, NULL, "n1", true);
	assert_text_contains(text, "aws says: instance i-1 of group general");
	assert_text_contains(text, "paddock would keep it");
	free(text);
	text = explain(&r, KIND_ALARM, NULL, "at-max/general", true);
	assert_text_contains(text, "CRIT");
	assert_text_contains(text, "The commonest fix, on its line: m=raise "
				   "max.");
	assert_text_contains(text, "Group general");
	free(text);
	text = explain(&r, KIND_QUEUE, NULL, "(runner docker)", true);
	assert_text_contains(text, "Most wait because: group max: general "
				   "2/2");
	free(text);
	rig_end(&r);
}

SUITE(control_streams,
	TEST(test_log_lines_arrive_whole),
	TEST(test_reader_that_lags_pauses_the_source),
	TEST(test_streams_close_and_are_few),
	TEST(test_yaml_hides_what_is_secret),
	TEST(test_closing_before_the_answer),
	TEST(test_describe),
	TEST(test_why_says_whose_word_it_is));
