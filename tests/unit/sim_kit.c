/*
 * Worlds for tests.
 */
#include "tests/unit/sim_kit.h"

#include <stdlib.h>

#include "backend/sim/world/access.h"

static struct kit
kit_of(struct scenario *s, uint64_t seed, struct err *err)
{
	struct kit k = { .scenario = s };

	k.w = sim_new(s, seed, err);
	assert_ok(k.w != NULL, err);
	k.objects = sim_objects(k.w);
	k.cloud = sim_cloud(k.w);
	k.ci = sim_ci(k.w);
	k.pods = objects_type(k.objects, "", "pods");
	k.nodes = objects_type(k.objects, "", "nodes");
	k.events = objects_type(k.objects, "", "events");
	return k;
}

struct kit
kit_open_part(const char *scenario, int32_t parts, uint64_t seed)
{
	struct err err = { 0 };
	struct scenario *s = scenario_load(scenario, &err);

	assert_ok(s != NULL, &err);
	scenario_scale(s, parts);
	return kit_of(s, seed, &err);
}

struct kit
kit_open(const char *scenario, uint64_t seed)
{
	struct err err = { 0 };
	struct scenario *s = scenario_load(scenario, &err);

	assert_ok(s != NULL, &err);
	return kit_of(s, seed, &err);
}

struct kit
kit_open_text(const char *yaml, uint64_t seed)
{
	struct err err = { 0 };
	struct scenario *s =
		scenario_read("test.yaml", yaml, strlen(yaml), &err);

	assert_ok(s != NULL, &err);
	s->name = "test";
	return kit_of(s, seed, &err);
}

void
kit_close(struct kit *k)
{
	sim_free(k->w);
	scenario_free(k->scenario);
}

void
kit_run(struct kit *k, int64_t seconds)
{
	sim_advance(k->w, sim_now_ms(k->w) + seconds * 1000);
}

/* ---- counting ---- */

static const char *
text_at(const json_t *o, const char *a, const char *b)
{
	const json_t *v = json_object_get(o, a);
	const char *t;

	if (b)
		v = json_object_get(v, b);
	t = json_string_value(v);
	return t ? t : "";
}

static bool
count_pod(void *ctx, const struct object *o)
{
	struct kit_counts *c = ctx;
	json_t *tree;
	const char *phase;

	if (strncmp(o->name, "runner-", 7) != 0)
		return true;
	tree = object_tree(o);
	phase = text_at(tree, "status", "phase");
	c->job_pods++;
	if (strcmp(phase, "Running") == 0)
		c->running++;
	else if (strcmp(phase, "Pending") == 0 && *o->node)
		c->starting++;
	else if (strcmp(phase, "Pending") == 0)
		c->unscheduled++;
	json_decref(tree);
	return true;
}

static bool
count_node(void *ctx, const struct object *o)
{
	struct kit_counts *c = ctx;
	json_t *tree = object_tree(o), *v;
	size_t i;

	c->nodes++;
	json_array_foreach(
		json_object_get(json_object_get(tree, "status"), "conditions"),
		i, v)
	{
		if (strcmp(text_at(v, "type", NULL), "Ready") == 0 &&
		    strcmp(text_at(v, "status", NULL), "True") == 0)
			c->ready++;
	}
	json_decref(tree);
	return true;
}

struct kit_counts
kit_count(const struct kit *k)
{
	struct kit_counts c = { 0 };

	objects_each(k->objects, k->pods, NULL, NULL, count_pod, &c);
	objects_each(k->objects, k->nodes, NULL, NULL, count_node, &c);
	return c;
}

struct event_search {
	const char *reason, *part;
	uint32_t n;
};

static bool
match_event(void *ctx, const struct object *o)
{
	struct event_search *s = ctx;
	json_t *tree = object_tree(o);

	s->n += strcmp(text_at(tree, "reason", NULL), s->reason) == 0 &&
		strstr(text_at(tree, "message", NULL), s->part);
	json_decref(tree);
	return true;
}

uint32_t
kit_events(const struct kit *k, const char *reason, const char *part)
{
	struct event_search s = { reason, part, 0 };

	objects_each(k->objects, k->events, NULL, NULL, match_event, &s);
	return s.n;
}

static bool
digest_object(void *ctx, const struct object *o)
{
	uint64_t *h = ctx;

	*h = hash_bytes(o->json, o->len, *h);
	return true;
}

uint64_t
kit_digest(const struct kit *k)
{
	uint64_t h = 1;

	for (uint32_t i = 0; i < objects_type_count(k->objects); i++) {
		const struct object_type *t = objects_type_at(k->objects, i);

		if (!t->storage)
			objects_each(k->objects, t, NULL, NULL, digest_object,
				     &h);
	}
	for (uint32_t i = 0; i < k->cloud->group_n; i++) {
		json_t *g =
			cloud_group_json(k->cloud, &k->cloud->groups[i], true);
		char *text = json_dumps(g, JSON_COMPACT);

		h = hash_bytes(text, strlen(text), h);
		free(text);
		json_decref(g);
	}
	return h;
}

/* ---- placements, by the API's texts alone ---- */

/* "500m", "15890m", "16" in thousandths; "1Gi", "128Mi", "5Ki" in bytes. */
static int64_t
amount(const char *text, bool cpu)
{
	char *end;
	int64_t n = strtoll(text, &end, 10);

	if (cpu)
		return *end == 'm' ? n : n * 1000;
	switch (*end) {
	case 'K':
		return n << 10;
	case 'M':
		return n << 20;
	case 'G':
		return n << 30;
	default:
		return n;
	}
}

struct load_sum {
	int64_t cpu, memory, pods;
	json_t *node; /* its object */
};

static int64_t
request(const json_t *container, const char *what, bool cpu)
{
	const char *t =
		text_at(json_object_get(json_object_get(container, "resources"),
					"requests"),
			what, NULL);

	return *t ? amount(t, cpu) : 0;
}

/* The larger of all containers together and any init container. */
static int64_t
pod_request(const json_t *spec, const char *what, bool cpu)
{
	int64_t sum = 0, most = 0;
	json_t *c;
	size_t i;

	json_array_foreach(json_object_get(spec, "containers"), i, c) sum +=
		request(c, what, cpu);
	json_array_foreach(json_object_get(spec, "initContainers"), i, c)
	{
		if (request(c, what, cpu) > most)
			most = request(c, what, cpu);
	}
	return sum > most ? sum : most;
}

static bool
is_tolerated(const json_t *taint, const json_t *tolerations)
{
	json_t *t;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)tolerations, i, t)
	{
		const char *key = text_at(t, "key", NULL);
		const char *effect = text_at(t, "effect", NULL);
		bool exists =
			strcmp(text_at(t, "operator", NULL), "Exists") == 0;

		if (*effect &&
		    strcmp(effect, text_at(taint, "effect", NULL)) != 0)
			continue;
		if (*key && strcmp(key, text_at(taint, "key", NULL)) != 0)
			continue;
		if (exists || strcmp(text_at(t, "value", NULL),
				     text_at(taint, "value", NULL)) == 0)
			return true;
	}
	return false;
}

static void
check_may_stand(const json_t *pod, const json_t *node)
{
	const json_t *spec = json_object_get(pod, "spec");
	const json_t *labels =
		json_object_get(json_object_get(node, "metadata"), "labels");
	const char *key;
	json_t *v;
	size_t i;

	json_object_foreach(json_object_get(spec, "nodeSelector"), key, v)
		assert_text_equal(text_at(labels, key, NULL),
				  json_string_value(v));
	json_array_foreach(
		json_object_get(json_object_get(node, "spec"), "taints"), i, v)
	{
		const char *taint = text_at(v, "key", NULL);

		/* Those of the node's health, of EKS's updates and of removals
		 * come after the placing. */
		if (strncmp(taint, "node.", 5) == 0 ||
		    strcmp(text_at(v, "effect", NULL), "NoSchedule") != 0 ||
		    strcmp(taint, "eks.amazonaws.com/nodegroup") == 0 ||
		    strcmp(taint, "paddock/draining") == 0 ||
		    strstr(taint, "ClusterAutoscaler"))
			continue;
		assert_true(
			is_tolerated(v, json_object_get(spec, "tolerations")));
	}
}

static bool
add_pod(void *ctx, const struct object *o)
{
	struct map *nodes = ctx;
	struct load_sum *n = *o->node ? map_get(nodes, o->node) : NULL;
	json_t *tree, *spec;
	const char *phase;

	if (!n)
		return true;
	tree = object_tree(o);
	spec = json_object_get(tree, "spec");
	phase = text_at(tree, "status", "phase");
	if (strcmp(phase, "Succeeded") != 0 && strcmp(phase, "Failed") != 0) {
		n->cpu += pod_request(spec, "cpu", true);
		n->memory += pod_request(spec, "memory", false);
		n->pods++;
		check_may_stand(tree, n->node);
	}
	json_decref(tree);
	return true;
}

static bool
add_node(void *ctx, const struct object *o)
{
	struct map *nodes = ctx;
	struct load_sum *n = xcalloc(1, sizeof(*n));

	n->node = object_tree(o);
	map_put(nodes, o->name, n);
	return true;
}

void
kit_check_placements(const struct kit *k)
{
	struct map *nodes = map_new(NULL);
	const char *name;
	void *value;

	objects_each(k->objects, k->nodes, NULL, NULL, add_node, nodes);
	objects_each(k->objects, k->pods, NULL, NULL, add_pod, nodes);
	for (uint32_t at = 0; map_next(nodes, &at, &name, &value);) {
		struct load_sum *n = value;
		const json_t *room = json_object_get(
			json_object_get(n->node, "status"), "allocatable");

		assert_true(n->cpu <= amount(text_at(room, "cpu", NULL), true));
		assert_true(n->memory <=
			    amount(text_at(room, "memory", NULL), false));
		assert_true(n->pods <=
			    amount(text_at(room, "pods", NULL), false));
		json_decref(n->node);
		free(n);
	}
	map_free(nodes);
}
