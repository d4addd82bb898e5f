/*
 * StatefulSets: numbered pods that come and go in order, are replaced from the
 * highest down, and keep their names and claims.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sim_story.h"

#define WORLD                                                                  \
	"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\nautoscaler: none\n"      \
	"zones: [eu-west-1a]\ngroups:\n"                                       \
	"  - {name: a, types: m6i.large, min: 1, max: 9, desired: 3}\n"

#define SET                                                                    \
	"{\"metadata\":{\"name\":\"db\"},\"spec\":{\"replicas\":3,"            \
	"\"serviceName\":\"db\",\"selector\":{\"matchLabels\":{\"app\":"       \
	"\"db\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"db\"}},"   \
	"\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":"                 \
	"\"registry.example.com/db:1\"}]}}%s}}"

static void
found(struct kit *k, const char *more)
{
	struct status st;
	char *text = xasprintf(SET, more);
	json_t *body = json_loads(text, 0, NULL);

	assert_non_null(body);
	assert_non_null(objects_create(
		k->objects, objects_type(k->objects, "apps", "statefulsets"),
		"default", body, 0, &st));
	json_decref(body);
	free(text);
}

static void
patch(struct kit *k, const char *merge)
{
	story_patch(k, "apps", "statefulsets", "default", "db", merge);
}

/* Which of db-0, db-1 ... are ready, as letters; '.' is there, '-' is not. */
static const char *
look(struct kit *k)
{
	static char text[5];

	for (int i = 0; i < 4; i++) {
		char name[16];
		const struct object *o;

		snprintf(name, sizeof(name), "db-%d", i);
		o = objects_get(k->objects, k->pods, "default", name);
		text[i] = !o ? '-'
			  : !o->deleted_ms &&
				    strstr(o->json, "\"type\":\"Ready\","
						    "\"status\":\"True\"")
				  ? 'R'
				  : '.';
	}
	return text;
}

/* Runs until the set looks so; every state on the way goes to seen. */
static void
run_until(struct kit *k, const char *want, struct buf *seen)
{
	buf_reset(seen);
	for (int i = 0; i < 600 && strcmp(look(k), want) != 0; i++) {
		const char *now = look(k);

		if (!strstr(buf_text(seen), now))
			buf_printf(seen, "%s ", now);
		kit_run(k, 1);
	}
	assert_text_equal(look(k), want);
}

static void
test_in_order(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);
	struct buf seen;

	(void)state;
	buf_init(&seen, 4096);
	found(&k, "");
	run_until(&k, "RRR-", &seen);
	/* None before the one below it is ready. */
	assert_null(strstr(buf_text(&seen), ".."));
	assert_text_contains(buf_text(&seen), "R.--");
	assert_field(&k, "", "pods", "default", "db-1", "spec.hostname",
		     "db-1");
	assert_field(&k, "", "pods", "default", "db-1", "spec.subdomain",
		     "db");
	kit_run(&k, 5);
	assert_field(&k, "apps", "statefulsets", "default", "db",
		     "status.readyReplicas", "3");
	/* The highest goes first, and the next when it is gone. */
	patch(&k, "{\"spec\":{\"replicas\":1}}");
	run_until(&k, "R---", &seen);
	assert_null(strstr(buf_text(&seen), "R..-"));
	assert_text_contains(buf_text(&seen), "R.--");
	/* One that is taken away comes back under its name. */
	story_delete_pod(&k, "default", "db-0");
	kit_run(&k, 2);
	run_until(&k, "R---", &seen);
	buf_fini(&seen);
	kit_close(&k);
}

static void
test_a_change_goes_down_to_the_partition(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);
	char *one, *two, *low;
	struct buf seen;

	(void)state;
	buf_init(&seen, 4096);
	found(&k, ",\"podManagementPolicy\":\"Parallel\"");
	run_until(&k, "RRR-", &seen);
	kit_run(&k, 5);
	one = story_field(&k, "apps", "statefulsets", "default", "db",
			  "status.currentRevision");
	patch(&k, "{\"spec\":{\"updateStrategy\":{\"rollingUpdate\":"
		  "{\"partition\":1}},\"template\":{\"metadata\":"
		  "{\"labels\":{\"mark\":\"two\"}}}}}");
	kit_run(&k, 300);
	assert_text_equal(look(&k), "RRR-");
	two = story_field(&k, "apps", "statefulsets", "default", "db",
			  "status.updateRevision");
	assert_string_not_equal(one, two);
	assert_field(&k, "", "pods", "default", "db-2", "metadata.labels.mark",
		     "two");
	assert_field(&k, "", "pods", "default", "db-0", "metadata.labels.mark",
		     "");
	assert_field(&k, "apps", "statefulsets", "default", "db",
		     "status.updatedReplicas", "2");
	assert_field(&k, "apps", "statefulsets", "default", "db",
		     "status.currentRevision", one);
	/* The rest of the way. */
	patch(&k, "{\"spec\":{\"updateStrategy\":{\"rollingUpdate\":"
		  "{\"partition\":0}}}}");
	kit_run(&k, 120);
	low = story_field(&k, "apps", "statefulsets", "default", "db",
			  "status.currentRevision");
	assert_text_equal(low, two);
	free(one);
	free(two);
	free(low);
	buf_fini(&seen);
	kit_close(&k);
}

static void
test_claims_outlive_pods(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);

	(void)state;
	found(&k, ",\"volumeClaimTemplates\":[{\"metadata\":{\"name\":"
		  "\"data\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],"
		  "\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}}}]");
	kit_run(&k, 10);
	assert_field(&k, "", "persistentvolumeclaims", "default", "data-db-0",
		     "spec.resources.requests.storage", "1Gi");
	assert_text_equal(look(&k), ".---"); /* nothing makes volumes here */
	patch(&k, "{\"spec\":{\"replicas\":0}}");
	kit_run(&k, 60);
	assert_field(&k, "", "persistentvolumeclaims", "default", "data-db-0",
		     "metadata.name", "data-db-0");
	kit_close(&k);
}

SUITE(sim_stateful, TEST(test_in_order),
      TEST(test_a_change_goes_down_to_the_partition),
      TEST(test_claims_outlive_pods));
