/*
 * The oracle against the engine: where the engine puts a pending pod it must
 * fit, and where it puts none it must fit nowhere.  And against the predicates
 * as others use them, pod by pod and node by node.  A world that fails is made
 * smaller while it still does, and shown.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/predicates.h"
#include "tests/engine/oracle.h"
#include "tests/engine/random_world.h"
#include "tests/engine/shrink.h"

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

enum { FAULT = 300 };

/* Plays the pending pods in the engine's order and judges each placement; false
 * with the fault. */
static bool
judge(struct court *c, const struct world *w, const struct plan *plan,
      char fault[static FAULT])
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
		if (!said) {
			snprintf(fault, FAULT, "not told: %s", name);
			return false;
		}
		if (said->fate == FATE_FITS) {
			const char *node = said->reason + strlen("fits on ");

			at = node_named(c, node, strlen(node));
			if (at == UINT32_MAX ||
			    !oracle_fits(&c->o, queue[i], at, &why)) {
				snprintf(fault, FAULT, "does not fit, %s: %s "
					 "on %s", why, name, node);
				return false;
			}
			c->pods[c->o.pod_n++] = (struct oracle_pod){
				queue[i], at
			};
			continue;
		}
		for (at = 0; at < c->o.node_n; at++)
			if (said->fate != FATE_IGNORED &&
			    !c->nodes[at]->unschedulable &&
			    oracle_fits(&c->o, queue[i], at, &why)) {
				snprintf(fault, FAULT, "would fit: %s on %s",
					 name, c->nodes[at]->meta.name);
				return false;
			}
	}
	return true;
}

/* ---- the predicates as others use them ---- */

static bool
compare_pod(const struct court *c, const struct predicate_view *view,
	    const struct pod *p, char fault[static FAULT])
{
	struct prefilter *f = prefilter_new(view, p);
	bool same = true;

	for (uint32_t i = 0; same && i < c->o.node_n; i++) {
		struct verdict v;
		const char *why;
		bool ours = prefilter_pass(f, i, &v);
		bool its = oracle_fits(&c->o, p, i, &why);
		const char *name = plugin_name((enum plugin)v.plugin);

		same = ours == its && (ours || strcmp(why, name) == 0);
		if (!same)
			snprintf(fault, FAULT, "%s, the oracle %s: %s on %s",
				 ours ? "fits" : name, its ? "fits" : why,
				 p->meta.name, c->nodes[i]->meta.name);
	}
	prefilter_free(f);
	return same;
}

static bool
compare_all(struct court *c, const struct world *w, char fault[static FAULT])
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
		if (!*p->node_name && !promised_to(p) &&
		    !compare_pod(c, &view, p, fault))
			return false;
	return true;
}

/* ---- worlds ---- */

struct trial {
	struct court court;
	bool place;		/* a whole decision, else pod by pod */
	uint32_t fits;
	char fault[FAULT], kind[FAULT];
};

/* Every pod's node must be there, and the arrays large enough. */
static bool
can_be_judged(const struct court *c, const struct world *w)
{
	for (uint32_t i = 0; i < c->o.pod_n; i++)
		if (c->pods[i].node == UINT32_MAX)
			return false;
	return w->of[KIND_NODE].n < 60;
}

static bool
holds(struct trial *t, const struct buf *text)
{
	struct world_reader *r = world_reader_new();
	struct world_file f;
	struct err err;
	bool good = world_reader_feed(r, text->at, text->len, &err) &&
		    world_reader_done(r, &f, &err);
	const struct plan *p;

	world_reader_free(r);
	if (!good)
		return true;
	open_court(&t->court, f.world);
	if (!can_be_judged(&t->court, f.world)) {
		world_file_fini(&f);
		return true;
	}
	if (!t->place) {
		good = compare_all(&t->court, f.world, t->fault);
	} else {
		p = engine_decide(&(struct engine_input){
			.world = f.world, .policy = f.policy,
			.now_ms = f.world->time_ms });
		/* An unhealthy cluster places nobody. */
		good = !p->cluster_healthy ||
		       judge(&t->court, f.world, p, t->fault);
		for (uint32_t k = 0; k < p->pending_n; k++)
			t->fits += p->pending[k].fate == FATE_FITS;
		plan_unref(p);
	}
	world_file_fini(&f);
	return good;
}

static bool
still_fails(void *ctx, const struct buf *text)
{
	struct trial *t = ctx;

	return !holds(t, text) && strncmp(t->fault, t->kind,
					  strcspn(t->kind, ":")) == 0;
}

static void
try_worlds(struct trial *t, uint32_t worlds, uint64_t offset)
{
	struct buf text;

	buf_init(&text, 8 << 20);
	for (uint32_t i = 0; i < worlds; i++) {
		uint64_t seed = random_seed() + offset + i;

		buf_reset(&text);
		random_world(&text, seed, TASTE_PLACING, 0);
		if (holds(t, &text))
			continue;
		memcpy(t->kind, t->fault, sizeof(t->kind));
		shrink_world(&text, still_fails, t);
		holds(t, &text);
		print_error("%s\n", buf_text(&text));
		fail_msg("seed %llu: %s", (unsigned long long)seed, t->fault);
	}
	buf_fini(&text);
}

static void
test_placements(void **state)
{
	uint32_t worlds = random_worlds(1500);
	struct trial *t = xcalloc(1, sizeof(*t));

	(void)state;
	t->place = true;
	try_worlds(t, worlds, 0);
	print_message("# %u worlds, %u pods placed\n", worlds, t->fits);
	assert_true(t->fits > worlds / 2);
	free(t);
}

static void
test_predicates(void **state)
{
	struct trial *t = xcalloc(1, sizeof(*t));

	(void)state;
	try_worlds(t, random_worlds(1000), 7777777);
	free(t);
}

SUITE(engine_oracle, TEST(test_predicates), TEST(test_placements));
