/*
 * What alarms of machines look at once a second: the nodes that ail and the
 * evictions, however many others there are.
 */
#include <stdio.h>

#include "backend/store/private.h"
#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

enum { NODES = 100, EVENTS = 300 };

static uint32_t
length(const struct link *head)
{
	uint32_t n = 0;

	for (const struct link *l = head->next; l != head; l = l->next)
		n++;
	return n;
}

static void
node(struct kit *k, int i, const char *rv, const struct kit_node *like)
{
	struct kit_node n = *like;
	char name[16];

	snprintf(name, sizeof(name), "n%d", i);
	n.name = name;
	n.rv = rv;
	kit_put(k, kit_node(k, &n));
}

static void
test_healthy_nodes_are_not_looked_at(void **state)
{
	struct kit k;

	(void)state;
	kit_init(&k);
	for (int i = 0; i < NODES; i++)
		node(&k, i, "1", &(struct kit_node){ 0 });
	kit_look(&k);
	assert_int_equal(length(&k.store->ailing), 0);
	node(&k, 3, "2", &(struct kit_node){ .disk_pressure = true });
	node(&k, 5, "2", &(struct kit_node){ .taint = TAINT_TO_BE_DELETED });
	node(&k, 7, "2", &(struct kit_node){ .not_ready = true,
					     .created_ms = KIT_START_MS });
	kit_look(&k);
	/* The third boots yet. */
	assert_int_equal(length(&k.store->ailing), 2);
	hand_clock_step(&k.clock, 20 * MINUTE_MS);
	node(&k, 7, "3", &(struct kit_node){ .not_ready = true,
					     .created_ms = KIT_START_MS });
	kit_look(&k);
	assert_int_equal(length(&k.store->ailing), 3);
	/* One recovers, one goes. */
	node(&k, 3, "3", &(struct kit_node){ 0 });
	k.sink->gone(k.sink->ctx, KIND_NODE, "n5");
	kit_look(&k);
	assert_int_equal(length(&k.store->ailing), 1);
	assert_text_contains(kit_alarm(&k, "not-ready")->text, "node n7");
	kit_fini(&k);
}

static void
test_other_events_are_not_looked_at(void **state)
{
	struct kit k;
	char name[16];

	(void)state;
	kit_init(&k);
	for (int i = 0; i < EVENTS; i++) {
		snprintf(name, sizeof(name), "e%d", i);
		kit_put(&k, kit_event(&k, name, "a", "Warning",
				      i % 100 ? "Failed" : "Evicted", "why",
				      KIT_START_MS));
	}
	kit_look(&k);
	assert_int_equal(length(&k.store->evictions), EVENTS / 100);
	k.sink->gone(k.sink->ctx, KIND_EVENT, "ci/e0");
	/* What is told again of one is one eviction still. */
	kit_put(&k, kit_event(&k, "e100", "a", "Warning", "Evicted", "why",
			      KIT_START_MS + 1000));
	assert_int_equal(length(&k.store->evictions), EVENTS / 100 - 1);
	kit_fini(&k);
}

SUITE(store_ailing,
	TEST(test_healthy_nodes_are_not_looked_at),
	TEST(test_other_events_are_not_looked_at));
