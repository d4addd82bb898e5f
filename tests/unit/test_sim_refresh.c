/*
 * Instance refreshes: every old instance goes, never too many at a time.
 */
#include <stdlib.h>

#include "backend/sim/world/cloud_refresh.h"
#include "tests/unit/sim_story.h"

#define WORLD                                                                  \
	"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\nautoscaler: none\n"      \
	"zones: [eu-west-1a]\ngroups:\n"                                       \
	"  - {name: old, types: m6i.large, min: 1, max: 9, desired: 5}\n"      \
	"operator: []\n"

static const struct refresh_wish most = { 80, 30, false };

static uint32_t
in_service(const struct cloud_group *g)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->instances.n; i++)
		n += g->instances.at[i]->lifecycle == LIFECYCLE_IN_SERVICE;
	return n;
}

static uint32_t
older_than(const struct cloud_group *g, int64_t at_ms)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->instances.n; i++)
		n += instance_is_alive(g->instances.at[i]) &&
		     g->instances.at[i]->launched_ms <= at_ms;
	return n;
}

static char *
said(const struct cloud_group *g, const char *key)
{
	json_t *list = cloud_refreshes_json(g);
	json_t *v = json_object_get(json_array_get(list, 0), key);
	char *text =
		json_is_string(v)
			? xstrdup(json_string_value(v))
			: xasprintf("%lld", (long long)json_integer_value(v));

	json_decref(list);
	return text;
}

#define assert_said(g, key, want)                                              \
	do {                                                                   \
		char *_said = said(g, key);                                    \
		assert_text_equal(_said, want);                                \
		free(_said);                                                   \
	} while (0)

static void
test_all_are_replaced(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);
	struct cloud_group *g = cloud_group(k.cloud, "old");
	int64_t began = sim_now_ms(k.w);
	struct cloud_fault f = { 0 };
	uint32_t least = 9;

	(void)state;
	assert_null(cloud_refresh_start(k.cloud, "nobody", &most, &f));
	assert_non_null(cloud_refresh_start(k.cloud, "old", &most, &f));
	assert_said(g, "Status", "Pending");
	assert_null(cloud_refresh_start(k.cloud, "old", &most, &f));
	assert_text_equal(f.code, "InstanceRefreshInProgress");
	for (int i = 0; i < 400 && older_than(g, began); i++) {
		kit_run(&k, 5);
		least = in_service(g) < least ? in_service(g) : least;
	}
	assert_int_equal(least, 4); /* 80 % of five */
	assert_int_equal(older_than(g, began), 0);
	kit_run(&k, 300);
	assert_said(g, "Status", "Successful");
	assert_said(g, "PercentageComplete", "100");
	assert_int_equal(in_service(g), 5);
	assert_int_equal(g->desired, 5);
	assert_true(story_activities(&k, "old", "Successful",
				     "in response to an instance refresh.") >=
		    5);
	kit_close(&k);
}

static void
test_cancelled_and_held(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);
	struct cloud_group *g = cloud_group(k.cloud, "old");
	const char *process = "InstanceRefresh";
	struct names one = { &process, 1 };
	int64_t began = sim_now_ms(k.w);
	struct cloud_fault f = { 0 };
	uint32_t left;

	(void)state;
	assert_null(cloud_refresh_cancel(k.cloud, "old", &f));
	assert_text_equal(f.code, "ActiveInstanceRefreshNotFound");
	g->instances.at[0]->protect = true;
	assert_true(cloud_suspend(k.cloud, "old", true, &one, &f));
	assert_non_null(cloud_refresh_start(k.cloud, "old", &most, &f));
	assert_said(g, "InstancesToUpdate", "4");
	kit_run(&k, 300);
	assert_said(g, "Status", "InProgress");
	assert_int_equal(older_than(g, began), 5); /* suspended */
	assert_true(cloud_suspend(k.cloud, "old", false, &one, &f));
	kit_run(&k, 60);
	assert_non_null(cloud_refresh_cancel(k.cloud, "old", &f));
	assert_said(g, "Status", "Cancelling");
	kit_run(&k, 30);
	assert_said(g, "Status", "Cancelled");
	left = older_than(g, began);
	assert_true(left < 5 && left > 0);
	kit_run(&k, 600);
	assert_int_equal(older_than(g, began), left);
	assert_int_equal(in_service(g), 5);
	kit_close(&k);
}

/* What somebody calls unhealthy is replaced. */
static void
test_health_by_hand(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);
	struct cloud_group *g = cloud_group(k.cloud, "old");
	struct cloud_fault f = { 0 };
	char id[24];

	(void)state;
	assert_false(cloud_set_health(k.cloud, "i-0123", false, &f));
	memcpy(id, g->instances.at[2]->id, sizeof(id));
	assert_true(cloud_set_health(k.cloud, id, false, &f));
	kit_run(&k, 600);
	for (uint32_t i = 0; i < g->instances.n; i++)
		assert_string_not_equal(g->instances.at[i]->id, id);
	assert_int_equal(in_service(g), 5);
	assert_int_equal(story_activities(&k, "old", "Successful",
					  "in response to a user "
					  "health-check."),
			 1);
	kit_close(&k);
}

SUITE(sim_refresh, TEST(test_all_are_replaced), TEST(test_cancelled_and_held),
      TEST(test_health_by_hand));
