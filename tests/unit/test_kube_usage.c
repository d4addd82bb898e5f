/*
 * Usage from metrics.k8s.io: polled while wanted, forgotten when the server
 * does not tell it any more; and what the store makes of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/kube_rig.h"
#include "tests/unit/store_kit.h"

struct metrics {
	struct kube_rig rig;
	int status;
	const char *nodes, *pods; /* items */
};

static void
answer(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct metrics *m = ctx;
	bool pods = strstr(q->target, "/pods") != NULL;
	char *body;

	if (m->status != 200) {
		fake_reply(c, m->status, NULL,
			   "{\"kind\":\"Status\",\"message\":\"no\"}");
		return;
	}
	body = xasprintf("{\"kind\":\"List\",\"metadata\":{},\"items\":[%s]}",
			 pods ? m->pods : m->nodes);
	fake_reply(c, 200, NULL, body);
	free(body);
}

static void
on_usage(void *ctx, enum kind kind, const char *key, int64_t mcpu,
	 int64_t bytes)
{
	struct metrics *m = ctx;

	buf_printf(&m->rig.said, "%s %s %lld %lld\n", kind_name(kind), key,
		   (long long)mcpu, (long long)bytes);
}

static void
on_usage_end(void *ctx, enum kind kind)
{
	struct metrics *m = ctx;

	buf_printf(&m->rig.said, "end %s\n", kind_plural(kind));
}

/* As the rig, whose sink hears of usage too. */
static void
begin(struct metrics *m)
{
	m->status = 200;
	rig_open(&m->rig, answer, m);
	m->rig.sink.usage = on_usage;
	m->rig.sink.usage_end = on_usage_end;
	/* The rig's own functions find the rig at the start of m. */
	m->rig.sink.ctx = m;
	rig_start(&m->rig, NULL);
	rig_forget(&m->rig);
}

static void
test_nodes_and_pods(void **state)
{
	struct metrics m = {
		.nodes = "{\"metadata\":{\"name\":\"n1\"},\"usage\":{"
			 "\"cpu\":\"1250000001n\",\"memory\":\"2Ki\"}},"
			 "{\"metadata\":{\"name\":\"odd\"},\"usage\":{"
			 "\"cpu\":\"much\",\"memory\":\"2Ki\"}}",
		.pods = "{\"metadata\":{\"namespace\":\"ci\",\"name\":\"p\"},"
			"\"containers\":[{\"usage\":{\"cpu\":\"250m\","
			"\"memory\":\"1Mi\"}},{\"usage\":{\"cpu\":\"1\","
			"\"memory\":\"1Ki\"}}]}",
	};

	(void)state;
	begin(&m);
	assert_false(kube_usage_told(m.rig.kube, KIND_NODE));
	kube_want_usage(m.rig.kube, KIND_NODE, true);
	turn_until(m.rig.r, kube_usage_told(m.rig.kube, KIND_NODE));
	/* Quantities round up; what cannot be read stays unknown. */
	rig_expect(&m.rig, "node n1 1251 2048\nend nodes\n");
	kube_want_usage(m.rig.kube, KIND_POD, true);
	turn_until(m.rig.r, kube_usage_told(m.rig.kube, KIND_POD));
	rig_expect(&m.rig, "pod ci/p 1250 1049600\nend pods\n");
	/* Again after its time, and not once nobody wants it. */
	rig_step(&m.rig, 31000);
	turn_until(m.rig.r, rig_heard(&m.rig, "end pods"));
	kube_want_usage(m.rig.kube, KIND_NODE, false);
	kube_want_usage(m.rig.kube, KIND_POD, false);
	turn_some(m.rig.r);
	rig_forget(&m.rig);
	rig_step(&m.rig, 300000);
	rig_expect(&m.rig, "");
	rig_close(&m.rig);
}

static void
test_no_metrics_server(void **state)
{
	struct metrics m = { .nodes = "" };
	uint32_t asked;

	(void)state;
	begin(&m);
	m.status = 404;
	kube_want_usage(m.rig.kube, KIND_NODE, true);
	turn_until(m.rig.r, kube_usage_told(m.rig.kube, KIND_NODE));
	/* It is no trouble of the cluster's, and is not asked all the time. */
	rig_step(&m.rig, 50000);
	assert_false(rig_heard(&m.rig, "status"));
	for (asked = 2; asked <= 3; asked++) {
		rig_step(&m.rig, 61000);
		turn_until(m.rig.r,
			   fake_count(m.rig.server, "metrics") == asked);
	}
	turn_until(m.rig.r, rig_heard(&m.rig, "end nodes"));
	rig_close(&m.rig);
}

static void
test_store_keeps_and_forgets(void **state)
{
	const struct node_sum *sum;
	struct kit k;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1" }));
	kit_look(&k);
	sum = kit_sum(&k, KIND_NODE, "n1");
	assert_int_equal(sum->cpu_used_mcpu, -1);
	k.sink->usage(k.sink->ctx, KIND_NODE, "n1", 700, 4096);
	k.sink->usage(k.sink->ctx, KIND_NODE, "unheard-of", 1, 1);
	k.sink->usage_end(k.sink->ctx, KIND_NODE);
	kit_look(&k);
	sum = kit_sum(&k, KIND_NODE, "n1");
	assert_int_equal(sum->cpu_used_mcpu, 700);
	assert_int_equal(sum->memory_used_bytes, 4096);
	/* The next answer leaves it out. */
	k.sink->usage_end(k.sink->ctx, KIND_NODE);
	kit_look(&k);
	sum = kit_sum(&k, KIND_NODE, "n1");
	assert_int_equal(sum->cpu_used_mcpu, -1);
	assert_int_equal(sum->memory_used_bytes, -1);
	kit_fini(&k);
}

SUITE(kube_usage,
	TEST(test_nodes_and_pods),
	TEST(test_no_metrics_server),
	TEST(test_store_keeps_and_forgets));
