/*
 * The oracle against the engine: where the engine puts a pending pod it must
 * fit, and where it puts none it must fit nowhere.  And against the predicates
 * as others use them, pod by pod and node by node.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/predicates.h"
#include "tests/engine/oracle.h"
#include "tests/engine/random_world.h"

enum { CUTOFF = -10 };

struct court {
	struct oracle o;
	const struct node *nodes[64];
	struct oracle_pod pods[512];
};

static bool
expendable(const struct pod *p)
{
	return p->has_priority && p->priority < CUTOFF;
}

/* The node that the scheduler has promised to a pending pod; or NULL. */
static const char *
promised_to(const struct pod *p)
{
	return !*p->node_name && !p->meta.deleted_ms && p->nominated_node &&
			       *p->nominated_node
		       ? p->nominated_node
		       : NULL;
}

static uint32_t
node_named(const struct court *c, const char *name, size_t len)
{
	for (uint32_t i = 0; i < c->o.node_n; i++)
		if (strlen(c->nodes[i]->meta.name) == len &&
		    strncmp(c->nodes[i]->meta.name, name, len) == 0)
			return i;
	return UINT32_MAX;
}

static void
open_court(struct court *c, const struct world *w)
{
	c->o = (struct oracle){ .world = w, .nodes = c->nodes,
				.pods = c->pods };
	WORLD_EACH(node, n, w, KIND_NODE)
		c->nodes[c->o.node_n++] = n;
	WORLD_EACH(pod, p, w, KIND_POD)
	{
		const char *at = *p->node_name ? p->node_name
					       : promised_to(p);

		if (at && !expendable(p))
			c->pods[c->o.pod_n++] = (struct oracle_pod){
				p, node_named(c, at, strlen(at))
			};
	}
}

static int
by_priority(const void *pa, const void *pb)
{
	const struct pod *a = *(const struct pod *const *)pa;
	const struct pod *b = *(const struct pod *const *)pb;
	int32_t x = a->has_priority ? a->priority : 0;
	int32_t y = b->has_priority ? b->priority : 0;
	int order;

	if (x != y)
		return x > y ? -1 : 1;
	order = strcmp(a->meta.ns, b->meta.ns);
	return order ? order : strcmp(a->meta.name, b->meta.name);
}

/* Plays the pending pods in the engine's order and judges each placement. */
static void
judge(struct court *c, const struct world *w, const struct plan *plan,
      uint64_t seed)
{
	const struct pod *queue[64];
	uint32_t n = 0;

	WORLD_EACH(pod, p, w, KIND_POD)
		if (!*p->node_name && !p->meta.deleted_ms && !expendable(p) &&
		    !promised_to(p))
			queue[n++] = p;
	qsort(queue, n, sizeof(*queue), by_priority);
	for (uint32_t i = 0; i < n; i++) {
		char name[128];
		const struct plan_pod *said;
		const char *why;
		uint32_t at;

		snprintf(name, sizeof(name), "%s/%s", queue[i]->meta.ns,
			 queue[i]->meta.name);
		said = plan_pod(plan, name);
		assert_non_null(said);
		if (said->fate == FATE_FITS) {
			const char *node = said->reason + strlen("fits on ");

			at = node_named(c, node, strlen(node));
			if (at == UINT32_MAX ||
			    !oracle_fits(&c->o, queue[i], at, &why))
				fail_msg("seed %llu: %s does not fit on %s: "
					 "%s", (unsigned long long)seed, name,
					 node, why);
			c->pods[c->o.pod_n++] = (struct oracle_pod){
				queue[i], at
			};
			continue;
		}
		for (at = 0; at < c->o.node_n; at++)
			if (!c->nodes[at]->unschedulable &&
			    oracle_fits(&c->o, queue[i], at, &why))
				fail_msg("seed %llu: %s would fit on %s",
					 (unsigned long long)seed, name,
					 c->nodes[at]->meta.name);
	}
}

static void
test_placements(void **state)
{
	uint32_t worlds = random_worlds(1500);
	struct court *c = xmalloc(sizeof(*c));
	uint32_t fits = 0;
	struct buf text;

	(void)state;
	buf_init(&text, 8 << 20);
	for (uint32_t i = 0; i < worlds; i++) {
		uint64_t seed = random_seed() + i;
		struct world_file f;
		const struct plan *p;

		buf_reset(&text);
		random_world(&text, seed, TASTE_PLACING, 0);
		random_world_read(&text, &f);
		p = engine_decide(&(struct engine_input){
			.world = f.world, .policy = f.policy,
			.now_ms = f.world->time_ms });
		open_court(c, f.world);
		/* An unhealthy cluster places nobody. */
		if (p->cluster_healthy)
			judge(c, f.world, p, seed);
		for (uint32_t k = 0; k < p->pending_n; k++)
			fits += p->pending[k].fate == FATE_FITS;
		plan_unref(p);
		world_file_fini(&f);
	}
	print_message("# %u worlds, %u pods placed\n", worlds, fits);
	assert_true(fits > worlds / 2);
	buf_fini(&text);
	free(c);
}

/* ---- the predicates as others use them ---- */

static void
compare_all(struct court *c, const struct world *w, uint64_t seed)
{
	struct predicate_node nodes[64];
	const struct pod *on[64][64];
	struct predicate_view view = { nodes, c->o.node_n, w, false };

	memset(nodes, 0, sizeof(nodes));
	for (uint32_t i = 0; i < c->o.node_n; i++) {
		nodes[i].node = c->nodes[i];
		nodes[i].pods = on[i];
	}
	for (uint32_t i = 0; i < c->o.pod_n; i++) {
		struct predicate_node *n = &nodes[c->pods[i].node];

		on[c->pods[i].node][n->pod_n++] = c->pods[i].pod;
	}
	WORLD_EACH(pod, p, w, KIND_POD)
	{
		struct prefilter *f;

		if (*p->node_name || promised_to(p))
			continue;
		f = prefilter_new(&view, p);
		for (uint32_t i = 0; i < c->o.node_n; i++) {
			struct verdict v;
			const char *why;
			bool ours = prefilter_pass(f, i, &v);
			bool its = oracle_fits(&c->o, p, i, &why);

			if (ours != its ||
			    (!ours &&
			     strcmp(why, plugin_name((enum plugin)
							     v.plugin)) != 0))
				fail_msg("seed %llu: %s on %s: %s, oracle %s",
					 (unsigned long long)seed,
					 p->meta.name, c->nodes[i]->meta.name,
					 ours ? "fits"
					      : plugin_name((enum plugin)
								    v.plugin),
					 its ? "fits" : why);
		}
		prefilter_free(f);
	}
}

static void
test_predicates(void **state)
{
	uint32_t worlds = random_worlds(1000);
	struct court *c = xmalloc(sizeof(*c));
	struct buf text;

	(void)state;
	buf_init(&text, 8 << 20);
	for (uint32_t i = 0; i < worlds; i++) {
		uint64_t seed = random_seed() + 7777777 + i;
		struct world_file f;

		buf_reset(&text);
		random_world(&text, seed, TASTE_PLACING, 0);
		random_world_read(&text, &f);
		open_court(c, f.world);
		compare_all(c, f.world, seed);
		world_file_fini(&f);
	}
	buf_fini(&text);
	free(c);
}

SUITE(engine_oracle, TEST(test_predicates), TEST(test_placements));
