/*
 * The second operator: what the scenario says happens, on the same objects as
 * everyone else's, and is refused where a client's would be.
 */
#include "tests/unit/sim_kit.h"

static const char world[] =
	"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\nautoscaler: on\n"
	"groups:\n"
	"  - {name: a, types: m6i.large, min: 1, max: 6, desired: 3}\n"
	"  - {name: b, types: m6i.large, min: 0, max: 4, desired: 1}\n"
	"operator:\n"
	"  - {at: 1m, act: desired, on: a, value: 5}\n"
	"  - {at: 2m, act: desired, on: a, value: 9}\n"
	"  - {at: 3m, act: max, on: a, value: 4}\n"
	"  - {at: 1m, act: min, on: b, value: 1}\n"
	"  - {at: 1m, act: suspend, on: b, value: Launch}\n"
	"  - {at: 9m, act: resume, on: b, value: Launch}\n"
	"  - {at: 1m, act: tag, on: b, value: team=ci}\n"
	"  - {at: 9m, act: untag, on: b, value: team}\n"
	"  - {at: 1m, act: cordon, on: b}\n"
	"  - {at: 3m, act: uncordon, on: b}\n"
	"  - {at: 4m, act: terminate, on: b}\n"
	"  - {at: 2m, act: replicas, on: kube-system/cluster-autoscaler, "
	"value: 0}\n"
	"  - {at: 7m, act: drain, on: a}\n"
	"  - {at: 5m, act: delete-pods, on: kube-system/coredns, every: 1m, "
	"times: 2}\n";

static bool
count_cordoned(void *ctx, const struct object *o)
{
	uint32_t *n = ctx;
	json_t *tree = object_tree(o);

	*n += json_is_true(json_object_get(json_object_get(tree, "spec"),
					   "unschedulable"));
	json_decref(tree);
	return true;
}

static uint32_t
cordoned(struct kit *k)
{
	uint32_t n = 0;

	objects_each(k->objects, k->nodes, NULL, NULL, count_cordoned, &n);
	return n;
}

static const char *
tag(const struct cloud_group *g, const char *key)
{
	for (uint32_t i = 0; i < g->tags.n; i++) {
		if (str_eq(g->tags.at[i].key, key))
			return g->tags.at[i].value;
	}
	return NULL;
}

static void
test_what_is_written_happens(void **state)
{
	struct kit k = kit_open_text(world, 1);
	struct cloud_group *a = cloud_group(k.cloud, "a");
	struct cloud_group *b = cloud_group(k.cloud, "b");
	struct cloud_instance *first = b->instances.at[0];

	(void)state;
	assert_int_equal(a->desired, 3);
	assert_int_equal(cordoned(&k), 0);
	kit_run(&k, 90);
	assert_int_equal(a->desired, 5);
	assert_int_equal(b->min, 1);
	assert_true(b->suspended & 1u << PROCESS_LAUNCH);
	assert_text_equal(tag(b, "team"), "ci");
	assert_int_equal(cordoned(&k), 1);
	/* Above the maximum: Auto Scaling refuses him as anybody. */
	kit_run(&k, 60);
	assert_int_equal(a->desired, 5);
	/* The new maximum takes the desired capacity along. */
	kit_run(&k, 60);
	assert_int_equal(a->max, 4);
	assert_int_equal(a->desired, 4);
	assert_int_equal(cordoned(&k), 1); /* of a, on its way out */
	kit_run(&k, 90);
	assert_true(first->state >= INSTANCE_SHUTTING_DOWN);
	kit_run(&k, 120);
	assert_true(kit_events(&k, "Killing", "coredns") >= 4);
	/* Drained by hand: nothing but daemons stands on it. */
	kit_run(&k, 60);
	assert_int_equal(cordoned(&k), 1);
	kit_run(&k, 120);
	assert_null(tag(b, "team"));
	assert_false(b->suspended & 1u << PROCESS_LAUNCH);
	kit_close(&k);
}

SUITE(sim_operator, TEST(test_what_is_written_happens));
