/*
 * Flux and Helm beside the cluster: the scenario of drift, and what a release
 * in the hands of helm-controller does.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "tests/unit/sim_kit.h"

#define RELEASE "gitlab-runner-docker"
#define NS "gitlab-runner"

static json_t *
tree_of(const struct kit *k, const char *group, const char *plural,
	const char *name)
{
	const struct object *o = objects_get(
		k->objects, objects_type(k->objects, group, plural), NS, name);

	assert_non_null(o);
	return object_tree(o);
}

static json_t *
at(json_t *o, const char *path)
{
	char key[64];

	while (o && *path) {
		size_t len = strcspn(path, "/");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		o = json_is_array(o) ? json_array_get(o, strtoul(key, NULL, 10))
				     : json_object_get(o, key);
		path += len + (path[len] == '/');
	}
	return o;
}

static char *
unbase64(const char *text, size_t *len)
{
	size_t n = strlen(text);
	char *out = xmalloc(n + 4);
	int got = EVP_DecodeBlock((unsigned char *)out,
				  (const unsigned char *)text, (int)n);

	assert_true(got > 0);
	while (n && text[n - 1] == '=') {
		n--;
		got--;
	}
	*len = (size_t)got;
	return out;
}

/* The revision's JSON; gzip is of stored blocks, whose bytes stand there. */
static json_t *
revision(const struct kit *k, int n)
{
	char name[100], *once, *twice;
	size_t len, from = 10;
	json_t *o, *tree;
	char *text;
	size_t total = 0;

	snprintf(name, sizeof(name), "sh.helm.release.v1." RELEASE ".v%d", n);
	tree = tree_of(k, "", "secrets", name);
	once = unbase64(json_string_value(at(tree, "data/release")), &len);
	once[len] = '\0';
	twice = unbase64(once, &len);
	assert_memory_equal(twice, "\x1f\x8b\x08", 3);
	text = xmalloc(len);
	for (bool last = false; !last;) {
		size_t part = (unsigned char)twice[from + 1] |
			      (size_t)(unsigned char)twice[from + 2] << 8;

		last = twice[from] & 1;
		memcpy(text + total, twice + from + 5, part);
		total += part;
		from += 5 + part;
	}
	o = json_loadb(text, total, 0, NULL);
	assert_non_null(o);
	free(text);
	free(twice);
	free(once);
	json_decref(tree);
	return o;
}

static int
live_concurrent(const struct kit *k)
{
	json_t *tree = tree_of(k, "", "configmaps", RELEASE);
	const char *toml = json_string_value(at(tree, "data/config.toml"));
	int n = (int)strtol(strstr(toml, "concurrent = ") + 13, NULL, 10);

	json_decref(tree);
	return n;
}

static void
release_says(const struct kit *k, const char *path, const char *text)
{
	json_t *tree =
		tree_of(k, "helm.toolkit.fluxcd.io", "helmreleases", RELEASE);
	json_t *v = at(tree, path);
	char *found = json_dumps(v, JSON_ENCODE_ANY);

	assert_text_equal(found ? found : "absent", text);
	free(found);
	json_decref(tree);
}

static void
test_config_drift(void **state)
{
	struct kit k = kit_open("config-drift", 1);
	const struct ci_runner *r = &k.ci->runners[0];
	json_t *helm;
	uint32_t waiting;

	(void)state;
	assert_int_equal(live_concurrent(&k), 20);
	assert_int_equal(k.ci->running, 20);
	assert_true(k.ci->pending.n > 5);
	kit_run(&k, 18 * 60);
	/* The cluster says 60, everybody else 20. */
	assert_int_equal(live_concurrent(&k), 60);
	assert_true(k.ci->pending.n < 3 && k.ci->running > 20);
	helm = revision(&k, 1);
	assert_text_equal(json_string_value(at(helm, "info/status")),
			  "deployed");
	assert_int_equal(json_integer_value(at(helm, "config/concurrent")), 20);
	assert_text_contains(json_string_value(at(helm, "manifest")),
			     "concurrent = 20");
	json_decref(helm);
	release_says(&k, "spec/suspend", "true");
	release_says(&k, "spec/values/concurrent", "20");
	release_says(&k, "status/conditions/0/status", "\"True\"");
	assert_int_equal(kit_events(&k, "DriftDetected", ""), 0);
	/* Resumed: it is put back, and the queue is there again. */
	kit_run(&k, 9 * 60);
	assert_int_equal(live_concurrent(&k), 20);
	assert_int_equal(kit_events(&k, "DriftDetected", RELEASE), 1);
	assert_true(r->managers.n >= 3);
	waiting = k.ci->pending.n;
	kit_run(&k, 25 * 60);
	assert_true(k.ci->pending.n > waiting && k.ci->pending.n > 10);
	kit_close(&k);
}

/* The way through Git: values change, a revision follows. */
static void
test_values_are_upgraded(void **state)
{
	struct kit k = kit_open("config-drift", 2);
	const struct object_type *t = objects_type(
		k.objects, "helm.toolkit.fluxcd.io", "helmreleases");
	struct patch_options merge = { PATCH_MERGE, 0, NULL };
	struct status st = { 0 };
	json_t *patch = json_pack("{s:{s:b, s:{s:i}}}", "spec", "suspend", 0,
				  "values", "concurrent", 45);
	json_t *helm;

	(void)state;
	assert_non_null(
		objects_patch(k.objects, t, NS, RELEASE, patch, &merge, &st));
	json_decref(patch);
	kit_run(&k, 10);
	assert_int_equal(live_concurrent(&k), 45);
	helm = revision(&k, 2);
	assert_text_equal(json_string_value(at(helm, "info/status")),
			  "deployed");
	assert_int_equal(json_integer_value(at(helm, "config/concurrent")), 45);
	json_decref(helm);
	helm = revision(&k, 1);
	assert_text_equal(json_string_value(at(helm, "info/status")),
			  "superseded");
	json_decref(helm);
	release_says(&k, "status/history/0/version", "2");
	release_says(&k, "status/conditions/0/reason", "\"UpgradeSucceeded\"");
	kit_close(&k);
}

/* A request by annotation is handled and said to be. */
static void
test_a_request_is_handled(void **state)
{
	struct kit k = kit_open("config-drift", 2);
	const struct object_type *t = objects_type(
		k.objects, "helm.toolkit.fluxcd.io", "helmreleases");
	struct patch_options merge = { PATCH_MERGE, 0, NULL };
	struct status st = { 0 };
	json_t *patch =
		json_pack("{s:{s:{s:s}}, s:{s:b}}", "metadata", "annotations",
			  "reconcile.fluxcd.io/requestedAt",
			  "2026-02-26T10:00:01Z", "spec", "suspend", 0);

	(void)state;
	assert_non_null(
		objects_patch(k.objects, t, NS, RELEASE, patch, &merge, &st));
	json_decref(patch);
	kit_run(&k, 10);
	release_says(&k, "status/lastHandledReconcileAt",
		     "\"2026-02-26T10:00:01Z\"");
	kit_close(&k);
}

/* clang-format off */
SUITE(sim_stories_flux,
	TEST(test_config_drift),
	TEST(test_values_are_upgraded),
	TEST(test_a_request_is_handled));
