/*
 * DaemonSets: a changed template goes round the nodes, no more than
 * maxUnavailable at a time, and is a revision.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sim_story.h"

#define WORLD                                                                  \
	"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\nautoscaler: none\n"      \
	"zones: [eu-west-1a]\ngroups:\n"                                       \
	"  - {name: a, types: m6i.large, min: 1, max: 9, desired: 6}\n"

struct look {
	const char *label; /* NULL: any */
	uint32_t n, ready;
};

static bool
look_at(void *ctx, const struct object *o)
{
	struct look *l = ctx;

	if (strncmp(o->name, "kube-proxy-", 11) != 0)
		return true;
	if (l->label && !str_eq(object_label(o, "mark"), l->label))
		return true;
	l->n++;
	l->ready += !o->deleted_ms &&
		    strstr(o->json, "\"type\":\"Ready\",\"status\":\"True\"");
	return true;
}

static struct look
look(struct kit *k, const char *label)
{
	struct look l = { .label = label };

	objects_each(k->objects, k->pods, "kube-system", NULL, look_at, &l);
	return l;
}

static void
mark(struct kit *k, const char *value, const char *strategy)
{
	char patch[400];

	snprintf(patch, sizeof(patch),
		 "{\"spec\":{\"updateStrategy\":%s,\"template\":{\"metadata\":"
		 "{\"labels\":{\"mark\":\"%s\"}}}}}",
		 strategy, value);
	story_patch(k, "apps", "daemonsets", "kube-system", "kube-proxy",
		    patch);
}

struct revision {
	const char *mark;
	int64_t number;
};

static bool
find_revision(void *ctx, const struct object *o)
{
	struct revision *r = ctx;
	json_t *tree = object_tree(o);

	if (str_eq(object_label(o, "mark"), r->mark))
		r->number =
			json_integer_value(json_object_get(tree, "revision"));
	json_decref(tree);
	return true;
}

static int64_t
revision(struct kit *k, const char *label)
{
	struct revision r = { .mark = label };

	objects_each(k->objects,
		     objects_type(k->objects, "apps", "controllerrevisions"),
		     "kube-system", NULL, find_revision, &r);
	return r.number;
}

static void
test_a_change_goes_round(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);
	uint32_t least = 99;
	int i;

	(void)state;
	assert_int_equal(look(&k, NULL).ready, 6);
	mark(&k, "one",
	     "{\"type\":\"RollingUpdate\",\"rollingUpdate\":"
	     "{\"maxUnavailable\":2}}");
	for (i = 0; i < 600 && look(&k, "one").ready < 6; i++) {
		struct look l;

		kit_run(&k, 1);
		l = look(&k, NULL);
		least = l.ready < least ? l.ready : least;
	}
	assert_int_equal(least, 4);
	assert_int_equal(look(&k, NULL).n, 6);
	assert_field(&k, "apps", "daemonsets", "kube-system", "kube-proxy",
		     "status.updatedNumberScheduled", "6");
	assert_int_equal(revision(&k, "one"), 2);
	assert_true(kit_events(&k, "SuccessfulDelete",
			       "Deleted pod: kube-proxy-") >= 6);
	/* Back again: the same template is the newest revision. */
	mark(&k, "two", "{\"type\":\"RollingUpdate\"}");
	kit_run(&k, 5);
	assert_int_equal(revision(&k, "two"), 3);
	mark(&k, "one", "{\"type\":\"RollingUpdate\"}");
	kit_run(&k, 300);
	assert_int_equal(revision(&k, "one"), 4);
	assert_int_equal(look(&k, "one").ready, 6);
	kit_close(&k);
}

static void
test_on_delete_waits(void **state)
{
	struct kit k = kit_open_text(WORLD, 1);

	(void)state;
	mark(&k, "one", "{\"type\":\"OnDelete\",\"rollingUpdate\":null}");
	kit_run(&k, 120);
	assert_int_equal(look(&k, "one").n, 0);
	assert_field(&k, "apps", "daemonsets", "kube-system", "kube-proxy",
		     "status.updatedNumberScheduled", "0");
	story_delete_pod(&k, "kube-system", "kube-proxy-");
	kit_run(&k, 60);
	assert_int_equal(look(&k, "one").ready, 1);
	assert_int_equal(look(&k, NULL).ready, 6);
	kit_close(&k);
}

SUITE(sim_daemons, TEST(test_a_change_goes_round), TEST(test_on_delete_waits));
