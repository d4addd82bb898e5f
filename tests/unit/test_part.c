/*
 * Parts: what records have in common stands once, from the second on, and goes
 * with the last of them, on whichever thread that is.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/base/part.h"
#include "backend/decode/decode.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"
#include "backend/model/pod.h"
#include "tests/unit/check.h"

struct thing {
	struct record record;
	const char *name, *image, *what;
	const struct label *labels;
	uint32_t label_n;
};

enum { LABELS = 3 };

/* `what` tells the labels' content. */
static const struct thing *
make(struct seal *s, const char *name, const char *what)
{
	static const char image[] = "registry.example.com/shop/ci-jdk:21";
	struct thing *t = seal_begin(s, sizeof(*t));
	struct seal_mark mark;
	struct label *l;
	char text[64];

	seal_text(s, &t->name, name);
	seal_text(s, &t->what, what);
	seal_common(s, &t->image, image, sizeof(image) - 1);
	mark = seal_share_begin(s);
	l = seal_array(s, &t->labels, LABELS, sizeof(*l));
	t->label_n = LABELS;
	for (int i = 0; i < LABELS; i++) {
		snprintf(text, sizeof(text), "%s-%d", what, i);
		seal_text(s, &l[i].key, "set again below");
		seal_text(s, &l[i].key, text);
		/* Said outside already: it must stand inside as well. */
		seal_text(s, &l[i].value, i ? "one" : what);
	}
	seal_share_end(s, mark, &t->labels);
	return record_seal(s, KIND_POD);
}

static void
verify(const struct thing *t, const char *name, const char *what)
{
	char text[64];

	assert_text_equal(t->name, name);
	assert_text_equal(t->image, "registry.example.com/shop/ci-jdk:21");
	for (int i = 0; i < LABELS; i++) {
		snprintf(text, sizeof(text), "%s-%d", what, i);
		assert_text_equal(t->labels[i].key, text);
		assert_text_equal(t->labels[i].value, i ? "one" : what);
	}
}

static bool
is_own(const struct thing *t, const void *at)
{
	uintptr_t from = (uintptr_t)t;

	return (uintptr_t)at - from < t->record.bytes;
}

static void
test_the_second_makes_it_common(void **state)
{
	uint32_t before = part_count();
	size_t bytes_before = part_bytes();
	struct seal *s = seal_new();
	const struct thing *t[5];
	char name[32];

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "thing-%d", i);
		t[i] = make(s, name, i == 3 ? "other" : "usual");
	}
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "thing-%d", i);
		verify(t[i], name, i == 3 ? "other" : "usual");
	}
	assert_true(is_own(t[0], t[0]->labels));
	assert_true(is_own(t[0], t[0]->image));
	assert_false(is_own(t[1], t[1]->labels));
	assert_false(is_own(t[1], t[1]->labels[0].key));
	assert_false(is_own(t[1], t[1]->labels[0].value));
	assert_ptr_equal(t[2]->labels, t[1]->labels);
	assert_ptr_equal(t[4]->labels, t[1]->labels);
	assert_ptr_equal(t[3]->image, t[1]->image);
	/* Seen once: it keeps them itself. */
	assert_true(is_own(t[3], t[3]->labels));
	assert_true(t[1]->record.bytes + 64 < t[0]->record.bytes);
	assert_int_equal(part_count(), before + 2);
	/* Nobody needs the seal any more, nor the first user. */
	seal_free(s);
	record_unref(t[1]);
	record_unref(t[0]);
	record_unref(t[3]);
	verify(t[2], "thing-2", "usual");
	verify(t[4], "thing-4", "usual");
	record_unref(t[4]);
	record_unref(t[2]);
	assert_int_equal(part_count(), before);
	assert_int_equal(part_bytes(), bytes_before);
}

static void
test_a_record_that_is_not_finished(void **state)
{
	uint32_t before = part_count();
	struct seal *s = seal_new();
	const struct thing *t[2];
	struct thing *half;

	(void)state;
	t[0] = make(s, "a", "half");
	t[1] = make(s, "b", "half");
	assert_int_equal(part_count(), before + 2);
	half = seal_begin(s, sizeof(*half));
	seal_common(s, &half->image, t[1]->image, strlen(t[1]->image));
	assert_ptr_equal(half->image, t[1]->image);
	/* A failing decoder leaves in the middle of a sharing. */
	seal_share_begin(s);
	half = seal_begin(s, sizeof(*half));
	record_unref(t[0]);
	record_unref(t[1]);
	assert_int_equal(part_count(), before);
	seal_common(s, &half->image, "a text nobody else has said", 27);
	seal_free(s);
	assert_int_equal(part_count(), before);
}

/* ---- pods ---- */

static const char pod_text[] =
	"{\"metadata\":{\"name\":\"p-%d\",\"namespace\":\"ci\"},"
	"\"spec\":{\"nodeName\":\"ip-10-0-12-7.eu-west-1.compute.internal\","
	"\"nodeSelector\":{\"role\":\"ci-of-the-parts-test\"},"
	"\"tolerations\":[{\"key\":\"ci\",\"value\":\"parts-test\"}],"
	"\"containers\":[{\"name\":\"build\",\"image\":\"parts.example/a:1\","
	"\"resources\":{\"requests\":{\"cpu\":\"1500m\"},"
	"\"limits\":{\"memory\":\"4Gi\"}}},"
	"{\"name\":\"helper\",\"image\":\"parts.example/h:2\"}]},"
	"\"status\":{\"phase\":\"Running\",\"containerStatuses\":["
	"{\"name\":\"build\",\"ready\":true,\"state\":{\"running\":"
	"{\"startedAt\":\"2026-02-18T08:5%d:00Z\"}}},"
	"{\"name\":\"helper\",\"ready\":true,\"state\":{\"%s\":{}}}]}}";

static const struct pod *
decode(struct seal *s, int number, const char *helper)
{
	char text[sizeof(pod_text) + 64];
	struct arena *a = arena_new();
	struct err err = { 0 };
	const struct record *r;
	int len = snprintf(text, sizeof(text), pod_text, number, number,
			   helper);

	r = codec_of(KIND_POD)->decode(
		s, json_parse(a, text, (size_t)len, &err), &err);
	assert_non_null(r);
	arena_free(a);
	return (const struct pod *)(const void *)r;
}

static void
test_pods_differ_in_times_only(void **state)
{
	uint32_t before = part_count();
	struct seal *s = seal_new();
	const struct pod *p[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		p[i] = decode(s, i, i == 3 ? "waiting" : "running");
	seal_free(s);
	assert_ptr_equal(p[2]->containers, p[1]->containers);
	assert_ptr_equal(p[2]->node_name, p[1]->node_name);
	assert_ptr_equal(p[3]->tolerations, p[1]->tolerations);
	assert_ptr_equal(p[3]->node_selector.at, p[1]->node_selector.at);
	/* What a container does is part of it. */
	assert_ptr_not_equal(p[3]->containers, p[1]->containers);
	assert_int_equal(p[3]->containers[1].state, CONTAINER_WAITING);
	for (int i = 0; i < 4; i++) {
		const struct container *c = p[i]->containers;

		assert_text_equal(c[0].image, "parts.example/a:1");
		assert_text_equal(c[1].name, "helper");
		assert_int_equal(c[0].limits->memory_bytes, INT64_C(4) << 30);
		assert_int_equal(p[i]->requests.cpu_mcpu, 1500);
		assert_int_equal(pod_container_started_ms(p[i], &c[0]) -
					 pod_container_started_ms(
						 p[0], p[0]->containers),
				 i * 60000);
		assert_int_equal(pod_container_started_ms(p[i], &c[1]), 0);
	}
	for (int i = 0; i < 4; i++)
		record_unref(p[i]);
	assert_int_equal(part_count(), before);
}

static const char machine_text[] =
	"{\"InstanceId\":\"i-%d\",\"ImageId\":\"ami-of-the-parts-test\","
	"\"SubnetId\":\"subnet-of-the-parts-test\","
	"\"Tags\":[{\"Key\":\"eks:cluster-name\",\"Value\":\"parts-test\"}]}";
static const char node_text[] =
	"{\"metadata\":{\"name\":\"n%d\"},\"status\":{\"nodeInfo\":{"
	"\"osImage\":\"An image of the parts test\"},\"images\":[{\"names\":["
	"\"parts.example/first:1\"],\"sizeBytes\":%d}]}}";

static const void *
decode_text(struct seal *s, enum kind kind, const char *text)
{
	struct arena *a = arena_new();
	struct err err = { 0 };
	const struct record *r;

	r = codec_of(kind)->decode(
		s, json_parse(a, text, strlen(text), &err), &err);
	assert_non_null(r);
	arena_free(a);
	return r;
}

/* What a group's machines have in common stands once for all of them. */
static void
test_machines_of_a_group(void **state)
{
	uint32_t before = part_count();
	struct seal *s = seal_new();
	const struct instance *i[3];
	const struct node *n[3];
	char text[sizeof(node_text) + sizeof(machine_text)];

	(void)state;
	for (int k = 0; k < 3; k++) {
		snprintf(text, sizeof(text), machine_text, k);
		i[k] = decode_text(s, KIND_INSTANCE, text);
		snprintf(text, sizeof(text), node_text, k, k);
		n[k] = decode_text(s, KIND_NODE, text);
	}
	seal_free(s);
	assert_ptr_equal(i[2]->tags, i[1]->tags);
	assert_ptr_equal(i[2]->image_id, i[1]->image_id);
	assert_text_equal(i[2]->tags[0].value, "parts-test");
	assert_text_equal(i[0]->subnet, "subnet-of-the-parts-test");
	assert_ptr_equal(n[2]->os_image, n[1]->os_image);
	assert_ptr_equal(n[2]->images[0].name, n[1]->images[0].name);
	assert_int_equal(n[2]->images[0].bytes, 2);
	for (int k = 0; k < 3; k++) {
		record_unref(i[k]);
		record_unref(n[k]);
	}
	assert_int_equal(part_count(), before);
}

/* ---- threads ---- */

enum { ROUNDS = 2000, HELD = 8 };

static void *
churn(void *ctx)
{
	struct seal *s = seal_new();
	const struct thing *held[HELD] = { 0 };
	char name[32];

	for (uint32_t i = 0; i < ROUNDS; i++) {
		const struct thing **at = &held[i % HELD];

		record_unref(*at);
		snprintf(name, sizeof(name), "%s-%u", (const char *)ctx, i);
		*at = make(s, name, i & 16 ? "these" : "those");
		verify(*at, name, i & 16 ? "these" : "those");
	}
	for (int i = 0; i < HELD; i++)
		record_unref(held[i]);
	seal_free(s);
	return NULL;
}

static void
test_threads_share(void **state)
{
	uint32_t before = part_count();
	char names[2][8] = { "other", "own" };
	pthread_t other;

	(void)state;
	assert_int_equal(pthread_create(&other, NULL, churn, names[0]), 0);
	churn(names[1]);
	pthread_join(other, NULL);
	assert_int_equal(part_count(), before);
}

SUITE(part,
	TEST(test_the_second_makes_it_common),
	TEST(test_a_record_that_is_not_finished),
	TEST(test_pods_differ_in_times_only),
	TEST(test_machines_of_a_group),
	TEST(test_threads_share));
