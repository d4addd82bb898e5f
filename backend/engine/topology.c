/*
 * Topology spread and inter-pod affinity: counting pods per domain.
 */
#include "backend/engine/topology.h"

#include <stdlib.h>

#include "backend/base/map.h"
#include "backend/engine/filters.h"
#include "backend/model/workload.h"

#define HOSTNAME "kubernetes.io/hostname"

/* ---- domains of one topology key ---- */

struct domains {
	const char *key;
	uint32_t *of; /* by node; NONE: it lacks the label */
	int32_t *count; /* matching pods, by domain */
	int32_t *nodes; /* nodes that count, by domain */
	struct map *by_value; /* label value -> domain + 1 */
	uint32_t node_room, n, room;
	uint32_t live; /* domains with nodes */
	int32_t min;
	bool min_known;
};

static void
domains_init(struct domains *d, const char *key)
{
	d->key = key;
	d->by_value = map_new(NULL);
}

static void
domains_fini(struct domains *d)
{
	map_free(d->by_value);
	free(d->of);
	free(d->count);
	free(d->nodes);
}

static uint32_t
domain_new(struct domains *d)
{
	if (d->n == d->room) {
		d->room = d->room ? d->room * 2 : 16;
		d->count = xrealloc(d->count, d->room * sizeof(*d->count));
		d->nodes = xrealloc(d->nodes, d->room * sizeof(*d->nodes));
	}
	d->count[d->n] = 0;
	d->nodes[d->n] = 0;
	return d->n++;
}

static uint32_t
domain_of(struct domains *d, const char *value)
{
	uintptr_t known = (uintptr_t)map_get(d->by_value, value);

	if (known == 0) {
		known = (uintptr_t)domain_new(d) + 1;
		map_put(d->by_value, value, (void *)known);
	}
	return (uint32_t)known - 1;
}

/* counts: the node is one whose domain exists for the purpose of minima. */
static void
domains_add(struct domains *d, uint32_t index, const struct node *n, bool fake,
	    bool counts)
{
	const char *value = labels_get(&n->meta.labels, d->key);
	uint32_t i;

	if (index >= d->node_room) {
		d->node_room = d->node_room ? d->node_room * 2 : 64;
		while (d->node_room <= index)
			d->node_room *= 2;
		d->of = xrealloc(d->of, d->node_room * sizeof(*d->of));
	}
	d->of[index] = NONE;
	if (!value)
		return;
	i = fake && strcmp(d->key, HOSTNAME) == 0 ? domain_new(d)
						  : domain_of(d, value);
	d->of[index] = i;
	if (!counts)
		return;
	if (d->nodes[i]++ == 0) {
		d->live++;
		d->min_known = false;
	}
}

static void
domains_drop(struct domains *d, uint32_t index, bool fake, bool counts)
{
	uint32_t i = d->of[index];

	d->of[index] = NONE;
	if (i == NONE)
		return;
	if (counts && --d->nodes[i] == 0) {
		d->live--;
		d->min_known = false;
	}
	if (fake && strcmp(d->key, HOSTNAME) == 0 && i + 1 == d->n)
		d->n--;
}

static void
domains_count(struct domains *d, uint32_t index, int delta)
{
	uint32_t i = d->of[index];

	if (i == NONE)
		return;
	if (d->min_known && d->nodes[i] > 0 &&
	    (d->count[i] == d->min || delta < 0))
		d->min_known = false;
	d->count[i] += delta;
}

static int32_t
domains_min(struct domains *d)
{
	if (d->min_known)
		return d->min;
	d->min = INT32_MAX;
	for (uint32_t i = 0; i < d->n; i++)
		if (d->nodes[i] > 0 && d->count[i] < d->min)
			d->min = d->count[i];
	d->min_known = true;
	return d->min;
}

/* ---- terms of one pod ---- */

struct spread_state {
	const struct spread *spread;
	struct domains domains;
	bool *counts; /* by node: it has all keys and fits the policies */
	uint32_t room;
	bool self; /* the pod matches its own selector */
};

struct term_state {
	const struct pod_term *term;
	struct domains domains;
};

struct topo {
	const struct pod *pod;
	const struct world *world;
	struct spread_state *spreads; /* DoNotSchedule only */
	struct term_state *affinity, *anti;
	/* Anti-affinity of others, one per topology key they name. */
	struct domains *others;
	uint32_t spread_n, affinity_n, anti_n, other_n, node_n;
	int64_t affinity_total; /* entries of all affinity domains */
	bool own_affinity;	/* the pod matches all its own terms */
	VEC(const struct node *) nodes; /* by index, for keys yet to come */
	VEC(bool) fake;
};

/* ---- matching ---- */

static const struct labels *
namespace_labels(const struct world *w, const char *ns)
{
	static const struct labels none = { NULL, 0 };

	if (!w)
		return &none;
	WORLD_EACH(namespace, n, w, KIND_NAMESPACE)
		if (strcmp(n->meta.name, ns) == 0)
			return &n->meta.labels;
	return &none;
}

static bool
namespace_matches(const struct world *w, const struct pod_term *t,
		  const struct pod *owner, const char *ns)
{
	if (t->ns_n == 0 && !t->ns_selector.present)
		return strcmp(owner->meta.ns, ns) == 0;
	for (uint32_t i = 0; i < t->ns_n; i++)
		if (strcmp(t->namespaces[i], ns) == 0)
			return true;
	return t->ns_selector.present &&
	       selector_matches(&t->ns_selector, namespace_labels(w, ns));
}

/* Keys whose value on the owner the other must share. */
static bool
keys_match(const char *const *keys, uint32_t n, const struct pod *owner,
	   const struct pod *other)
{
	for (uint32_t i = 0; i < n; i++) {
		const char *mine = labels_get(&owner->meta.labels, keys[i]);
		const char *its = labels_get(&other->meta.labels, keys[i]);

		if (!mine)
			continue;
		if (!its || strcmp(mine, its) != 0)
			return false;
	}
	return true;
}

bool
topo_term_matches(const struct world *w, const struct pod_term *t,
		  const struct pod *owner, const struct pod *other)
{
	/* matchLabelKeys and mismatchLabelKeys stand in the selector already:
	 * the API server merges them when the pod is made, and the scheduler
	 * looks no further. */
	return namespace_matches(w, t, owner, other->meta.ns) &&
	       selector_matches(&t->selector, &other->meta.labels);
}

static bool
spread_matches(const struct spread *s, const struct pod *owner,
	       const struct pod *other)
{
	return selector_matches(&s->selector, &other->meta.labels) &&
	       keys_match(s->match_keys, s->match_n, owner, other);
}

/* A selector that asks for nothing selects all, but the scheduler counts none
 * for it. */
static bool
spread_counts(const struct spread *s, const struct pod *owner)
{
	if (s->selector.n > 0 || !s->selector.present)
		return true;
	for (uint32_t i = 0; i < s->match_n; i++)
		if (labels_get(&owner->meta.labels, s->match_keys[i]))
			return true;
	return false;
}

/* Row: one byte a spread, one for all affinity terms, one an anti term. */
uint32_t
topo_terms(const struct topo *t)
{
	return t->spread_n + 1 + t->anti_n;
}

void
topo_match(const struct topo *t, const struct pod *other, uint8_t *row)
{
	uint32_t k = 0;
	bool all = t->affinity_n > 0;

	for (uint32_t i = 0; i < t->spread_n; i++)
		row[k++] = spread_counts(t->spreads[i].spread, t->pod) &&
			   other->meta.deleted_ms == 0 &&
			   strcmp(other->meta.ns, t->pod->meta.ns) == 0 &&
			   spread_matches(t->spreads[i].spread, t->pod, other);
	for (uint32_t i = 0; all && i < t->affinity_n; i++)
		all = topo_term_matches(t->world, t->affinity[i].term, t->pod,
				   other);
	row[k++] = all;
	for (uint32_t i = 0; i < t->anti_n; i++)
		row[k++] = topo_term_matches(t->world, t->anti[i].term, t->pod,
					other);
}

/* ---- making ---- */

static void
init_spreads(struct topo *t)
{
	const struct pod *p = t->pod;

	t->spreads = xcalloc(p->spread_n + 1, sizeof(*t->spreads));
	for (uint32_t i = 0; i < p->spread_n; i++) {
		struct spread_state *s = &t->spreads[t->spread_n];

		if (!p->spreads[i].do_not_schedule)
			continue;
		s->spread = &p->spreads[i];
		s->self = spread_matches(s->spread, p, p);
		domains_init(&s->domains, s->spread->topology_key);
		t->spread_n++;
	}
}

static struct term_state *
init_terms(const struct pod_term *terms, uint32_t n)
{
	struct term_state *at = xcalloc(n + 1, sizeof(*at));

	for (uint32_t i = 0; i < n; i++) {
		at[i].term = &terms[i];
		domains_init(&at[i].domains, terms[i].topology_key);
	}
	return at;
}

struct topo *
topo_new(const struct pod *pod, const struct world *world)
{
	struct topo *t = xcalloc(1, sizeof(*t));

	t->pod = pod;
	t->world = world;
	init_spreads(t);
	t->affinity = init_terms(pod->affinity, pod->affinity_n);
	t->affinity_n = pod->affinity_n;
	t->anti = init_terms(pod->anti_affinity, pod->anti_affinity_n);
	t->anti_n = pod->anti_affinity_n;
	t->own_affinity = true;
	for (uint32_t i = 0; i < t->affinity_n; i++)
		t->own_affinity = t->own_affinity &&
				  topo_term_matches(world, t->affinity[i].term,
					       pod, pod);
	return t;
}

void
topo_free(struct topo *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; i < t->spread_n; i++) {
		domains_fini(&t->spreads[i].domains);
		free(t->spreads[i].counts);
	}
	for (uint32_t i = 0; i < t->affinity_n; i++)
		domains_fini(&t->affinity[i].domains);
	for (uint32_t i = 0; i < t->anti_n; i++)
		domains_fini(&t->anti[i].domains);
	for (uint32_t i = 0; i < t->other_n; i++)
		domains_fini(&t->others[i]);
	free(t->spreads);
	free(t->affinity);
	free(t->anti);
	free(t->others);
	vec_free(&t->nodes);
	vec_free(&t->fake);
	free(t);
}

/* ---- nodes ---- */

/* Does the node count for constraint s of this pod? */
static bool
node_counts(const struct topo *t, const struct spread_state *s,
	    const struct node *n)
{
	for (uint32_t i = 0; i < t->spread_n; i++)
		if (!labels_get(&n->meta.labels,
				t->spreads[i].spread->topology_key))
			return false;
	if (!s->spread->ignore_affinity && !node_affinity_matches(t->pod, n))
		return false;
	return !s->spread->honor_taints || !untolerated_taint(t->pod, n);
}

static void
spread_add_node(struct topo *t, struct spread_state *s, uint32_t index,
		const struct node *n, bool fake)
{
	if (index >= s->room) {
		s->room = s->room ? s->room * 2 : 64;
		while (s->room <= index)
			s->room *= 2;
		s->counts = xrealloc(s->counts, s->room * sizeof(*s->counts));
	}
	s->counts[index] = node_counts(t, s, n);
	domains_add(&s->domains, index, n, fake, s->counts[index]);
}

void
topo_add_node(struct topo *t, uint32_t index, const struct node *n, bool fake)
{
	while (t->nodes.n <= index) {
		vec_push(&t->nodes, NULL);
		vec_push(&t->fake, false);
	}
	t->nodes.at[index] = n;
	t->fake.at[index] = fake;
	for (uint32_t i = 0; i < t->spread_n; i++)
		spread_add_node(t, &t->spreads[i], index, n, fake);
	for (uint32_t i = 0; i < t->affinity_n; i++)
		domains_add(&t->affinity[i].domains, index, n, fake, false);
	for (uint32_t i = 0; i < t->anti_n; i++)
		domains_add(&t->anti[i].domains, index, n, fake, false);
	for (uint32_t i = 0; i < t->other_n; i++)
		domains_add(&t->others[i], index, n, fake, false);
}

void
topo_drop_node(struct topo *t, uint32_t index)
{
	bool fake = t->fake.at[index];

	for (uint32_t i = 0; i < t->spread_n; i++)
		domains_drop(&t->spreads[i].domains, index, fake,
			     t->spreads[i].counts[index]);
	for (uint32_t i = 0; i < t->affinity_n; i++)
		domains_drop(&t->affinity[i].domains, index, fake, false);
	for (uint32_t i = 0; i < t->anti_n; i++)
		domains_drop(&t->anti[i].domains, index, fake, false);
	for (uint32_t i = 0; i < t->other_n; i++)
		domains_drop(&t->others[i], index, fake, false);
	t->nodes.at[index] = NULL;
}

/* ---- pods ---- */

/* Domains of a key that somebody's anti-affinity names; made when met. */
static struct domains *
others_of(struct topo *t, const char *key)
{
	struct domains *d;

	for (uint32_t i = 0; i < t->other_n; i++)
		if (strcmp(t->others[i].key, key) == 0)
			return &t->others[i];
	t->others = xrealloc(t->others,
			     (t->other_n + 1) * sizeof(*t->others));
	d = &t->others[t->other_n++];
	memset(d, 0, sizeof(*d));
	domains_init(d, key);
	for (uint32_t i = 0; i < t->nodes.n; i++)
		if (t->nodes.at[i])
			domains_add(d, i, t->nodes.at[i], t->fake.at[i],
				    false);
	return d;
}

static void
count_others(struct topo *t, uint32_t index, const struct pod *other,
	     int delta)
{
	for (uint32_t i = 0; i < other->anti_affinity_n; i++) {
		const struct pod_term *term = &other->anti_affinity[i];

		if (topo_term_matches(t->world, term, other, t->pod))
			domains_count(others_of(t, term->topology_key), index,
				      delta);
	}
}

void
topo_count(struct topo *t, uint32_t index, const struct pod *other,
	   const uint8_t *row, int delta)
{
	for (uint32_t i = 0; i < t->spread_n; i++)
		if (row[i] && t->spreads[i].counts[index])
			domains_count(&t->spreads[i].domains, index, delta);
	row += t->spread_n;
	for (uint32_t i = 0; *row && i < t->affinity_n; i++) {
		struct domains *d = &t->affinity[i].domains;

		domains_count(d, index, delta);
		t->affinity_total += d->of[index] != NONE ? delta : 0;
	}
	row++;
	for (uint32_t i = 0; i < t->anti_n; i++)
		if (row[i])
			domains_count(&t->anti[i].domains, index, delta);
	if (other->anti_affinity_n)
		count_others(t, index, other, delta);
}

/* ---- judging ---- */

#define SPREAD_TEXT "node(s) didn't match pod topology spread constraints"

static bool
pass_spread(struct spread_state *s, uint32_t index, struct verdict *why)
{
	struct domains *d = &s->domains;
	int32_t least = s->spread->min_domains > 0 ? s->spread->min_domains
						   : 1;
	int32_t min, skew;

	if (d->of[index] == NONE) {
		verdict_begin(why, PLUGIN_POD_TOPOLOGY_SPREAD);
		verdict_add(why, SPREAD_TEXT " (missing required label)",
			    "no label %s", d->key);
		return false;
	}
	min = (int32_t)d->live < least ? 0 : domains_min(d);
	skew = d->count[d->of[index]] + s->self - min;
	if (skew <= s->spread->max_skew)
		return true;
	verdict_begin(why, PLUGIN_POD_TOPOLOGY_SPREAD);
	verdict_add(why, SPREAD_TEXT, "%s: skew %d, allowed %d", d->key,
		    (int)skew, (int)s->spread->max_skew);
	return false;
}

static bool
refuse_affinity(struct verdict *why, const char *text, const char *key)
{
	verdict_begin(why, PLUGIN_INTER_POD_AFFINITY);
	verdict_add(why, text, "%s", key);
	return false;
}

static bool
pass_affinity(const struct topo *t, uint32_t index, struct verdict *why)
{
	static const char text[] = "node(s) didn't match pod affinity rules";
	bool there = true;

	for (uint32_t i = 0; i < t->affinity_n; i++) {
		const struct domains *d = &t->affinity[i].domains;

		if (d->of[index] == NONE)
			return refuse_affinity(why, text, d->key);
		there = there && d->count[d->of[index]] > 0;
	}
	/* The first of a set that wants to be together may start anywhere. */
	if (there || (t->affinity_total == 0 && t->own_affinity))
		return true;
	return refuse_affinity(why, text, "");
}

bool
topo_pass(struct topo *t, uint32_t index, struct verdict *why)
{
	for (uint32_t i = 0; i < t->spread_n; i++)
		if (!pass_spread(&t->spreads[i], index, why))
			return false;
	if (t->affinity_n > 0 && !pass_affinity(t, index, why))
		return false;
	for (uint32_t i = 0; i < t->anti_n; i++) {
		const struct domains *d = &t->anti[i].domains;

		if (d->of[index] != NONE && d->count[d->of[index]] > 0)
			return refuse_affinity(
				why,
				"node(s) didn't match pod anti-affinity rules",
				d->key);
	}
	for (uint32_t i = 0; i < t->other_n; i++) {
		const struct domains *d = &t->others[i];

		if (d->of[index] != NONE && d->count[d->of[index]] > 0)
			return refuse_affinity(
				why,
				"node(s) didn't satisfy existing pods "
				"anti-affinity rules", d->key);
	}
	return true;
}
