/*
 * The oracle: predicates, slowly.
 */
#include "tests/engine/oracle.h"

#include <stdlib.h>
#include <string.h>

#include "backend/model/workload.h"

#define NOWHERE UINT32_MAX

/* ---- 2.3 requests ---- */

static int64_t
max_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool
is_declared(const struct resources *r, const char *name)
{
	if (strcmp(name, "cpu") == 0)
		return r->has & HAS_CPU;
	if (strcmp(name, "memory") == 0)
		return r->has & HAS_MEMORY;
	for (uint32_t i = 0; i < r->ext_n; i++)
		if (strcmp(r->ext[i].name, name) == 0)
			return true;
	return false;
}

static int64_t
request_of(const struct pod *p, const char *name)
{
	int64_t apps = 0, sidecars = 0, init = 0, all;

	for (uint32_t i = 0; i < p->container_n; i++)
		if (p->containers[i].role == CONTAINER_APP)
			apps += resources_get(&p->containers[i].requests,
					      name);
	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];
		int64_t own = resources_get(&c->requests, name);

		if (c->role == CONTAINER_APP)
			continue;
		init = max_of(init, sidecars + own);
		if (c->role == CONTAINER_SIDECAR)
			sidecars += own;
	}
	all = max_of(apps + sidecars, init);
	if (p->pod_requests && is_declared(p->pod_requests, name))
		all = resources_get(p->pod_requests, name);
	if (p->overhead)
		all += resources_get(p->overhead, name);
	return all;
}

static bool
fits_amount(const struct oracle *o, const struct pod *p, uint32_t node,
	    const char *name)
{
	int64_t want = request_of(p, name);
	int64_t free = resources_get(&o->nodes[node]->allocatable, name);

	for (uint32_t i = 0; i < o->pod_n; i++)
		if (o->pods[i].node == node)
			free -= request_of(o->pods[i].pod, name);
	return want == 0 || want <= free;
}

static bool
fits_resources(const struct oracle *o, const struct pod *p, uint32_t node)
{
	int64_t places = o->nodes[node]->allocatable.pods;

	for (uint32_t i = 0; i < o->pod_n; i++)
		places -= o->pods[i].node == node;
	if (places < 1)
		return false;
	if (!fits_amount(o, p, node, "cpu") ||
	    !fits_amount(o, p, node, "memory") ||
	    !fits_amount(o, p, node, "ephemeral-storage"))
		return false;
	for (uint32_t i = 0; i < p->requests.ext_n; i++)
		if (!fits_amount(o, p, node, p->requests.ext[i].name))
			return false;
	return true;
}

/* ---- 2.4 taints ---- */

static bool
tolerated(const struct pod *p, const char *key, const char *value, int effect)
{
	for (uint32_t i = 0; i < p->toleration_n; i++) {
		const struct toleration *t = &p->tolerations[i];
		bool key_ok = !*t->key ? t->exists
				       : strcmp(t->key, key) == 0;
		bool effect_ok = t->effect == TAINT_ANY || t->effect == effect;
		bool value_ok = t->exists || strcmp(t->value, value) == 0;

		if (key_ok && effect_ok && value_ok)
			return true;
	}
	return false;
}

static bool
fits_taints(const struct pod *p, const struct node *n)
{
	for (uint32_t i = 0; i < n->taint_n; i++) {
		const struct taint *t = &n->taints[i];

		if (t->effect != TAINT_NO_SCHEDULE &&
		    t->effect != TAINT_NO_EXECUTE)
			continue;
		if (!tolerated(p, t->key, t->value, t->effect))
			return false;
	}
	return true;
}

/* ---- 2.5 node selector and affinity ---- */

static const char *
label_of(const struct labels *l, const char *key)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (strcmp(l->at[i].key, key) == 0)
			return l->at[i].value;
	return NULL;
}

static bool
holds(const struct requirement *r, const char *value)
{
	bool in = false;

	for (uint32_t i = 0; value && i < r->value_n; i++)
		in = in || strcmp(r->values[i], value) == 0;
	switch (r->op) {
	case OP_IN:
		return in;
	case OP_NOT_IN:
		return !in;
	case OP_EXISTS:
		return value;
	case OP_NOT_EXISTS:
		return !value;
	default: {
		char *end_a, *end_b;
		long long a, b;

		if (!value || r->value_n != 1 || !*value || !*r->values[0])
			return false;
		a = strtoll(value, &end_a, 10);
		b = strtoll(r->values[0], &end_b, 10);
		if (*end_a || *end_b)
			return false;
		return r->op == OP_GT ? a > b : a < b;
	}
	}
}

static bool
fits_node_wishes(const struct pod *p, const struct node *n)
{
	bool any = false;

	for (uint32_t i = 0; i < p->node_selector.n; i++) {
		const char *v = label_of(&n->meta.labels,
					 p->node_selector.at[i].key);

		if (!v || strcmp(v, p->node_selector.at[i].value) != 0)
			return false;
	}
	if (!p->has_node_affinity)
		return true;
	for (uint32_t i = 0; i < p->node_term_n; i++) {
		const struct node_term *t = &p->node_terms[i];
		bool all = t->label_n + t->field_n > 0;

		for (uint32_t j = 0; j < t->label_n; j++)
			all = all && holds(&t->labels[j],
					   label_of(&n->meta.labels,
						    t->labels[j].key));
		for (uint32_t j = 0; j < t->field_n; j++)
			all = all && holds(&t->fields[j], n->meta.name);
		any = any || all;
	}
	return any;
}

/* ---- ports ---- */

static bool
wild(const char *ip)
{
	return !ip || !*ip || strcmp(ip, "0.0.0.0") == 0;
}

static bool
ports_collide(const struct pod *a, const struct pod *b)
{
	for (uint32_t i = 0; i < a->container_n; i++)
	for (uint32_t j = 0; j < a->containers[i].port_n &&
			     a->containers[i].role != CONTAINER_INIT; j++)
	for (uint32_t k = 0; k < b->container_n; k++)
	for (uint32_t l = 0; l < b->containers[k].port_n &&
			     b->containers[k].role != CONTAINER_INIT; l++) {
		const struct host_port *x = &a->containers[i].ports[j];
		const struct host_port *y = &b->containers[k].ports[l];

		if (x->port == y->port &&
		    strcmp(x->protocol, y->protocol) == 0 &&
		    (wild(x->ip) || wild(y->ip) || strcmp(x->ip, y->ip) == 0))
			return true;
	}
	return false;
}

static bool
fits_ports(const struct oracle *o, const struct pod *p, uint32_t node)
{
	for (uint32_t i = 0; i < o->pod_n; i++)
		if (o->pods[i].node == node &&
		    ports_collide(p, o->pods[i].pod))
			return false;
	return true;
}

/* ---- selectors ---- */

static bool
selects(const struct selector *s, const struct labels *l)
{
	if (!s->present)
		return false;
	for (uint32_t i = 0; i < s->n; i++)
		if (!holds(&s->at[i], label_of(l, s->at[i].key)))
			return false;
	return true;
}

/* ---- 2.6 topology spread ---- */

static bool
counts_for(const struct pod *p, const struct spread *s, const struct node *n)
{
	for (uint32_t i = 0; i < p->spread_n; i++)
		if (p->spreads[i].do_not_schedule &&
		    !label_of(&n->meta.labels, p->spreads[i].topology_key))
			return false;
	if (!s->ignore_affinity && !fits_node_wishes(p, n))
		return false;
	return !s->honor_taints || fits_taints(p, n);
}

static bool
spread_selects(const struct pod *p, const struct spread *s,
	       const struct pod *other)
{
	bool asks = s->selector.n > 0 || !s->selector.present;

	for (uint32_t i = 0; i < s->match_n; i++)
		asks = asks || label_of(&p->meta.labels, s->match_keys[i]);
	/* A selector that asks for nothing counts none of the others. */
	if (!asks && other != p)
		return false;
	/* The incoming pod counts itself whatever becomes of it. */
	if (other != p && (other->meta.deleted_ms ||
			   strcmp(other->meta.ns, p->meta.ns) != 0))
		return false;
	for (uint32_t i = 0; i < s->match_n; i++) {
		const char *mine = label_of(&p->meta.labels,
					    s->match_keys[i]);
		const char *its = label_of(&other->meta.labels,
					   s->match_keys[i]);

		if (mine && (!its || strcmp(mine, its) != 0))
			return false;
	}
	return selects(&s->selector, &other->meta.labels);
}

/* Matching pods on counting nodes of one domain. */
static int
domain_count(const struct oracle *o, const struct pod *p,
	     const struct spread *s, const char *value)
{
	int n = 0;

	for (uint32_t i = 0; i < o->pod_n; i++) {
		const struct node *at;
		const char *v;

		if (o->pods[i].node == NOWHERE)
			continue;
		at = o->nodes[o->pods[i].node];
		v = label_of(&at->meta.labels, s->topology_key);
		n += v && strcmp(v, value) == 0 && counts_for(p, s, at) &&
		     spread_selects(p, s, o->pods[i].pod);
	}
	return n;
}

static bool
fits_spread(const struct oracle *o, const struct pod *p,
	    const struct spread *s, uint32_t node)
{
	const char *mine = label_of(&o->nodes[node]->meta.labels,
				    s->topology_key);
	int least = 1 << 30, domains = 0, self;

	if (!mine)
		return false;
	for (uint32_t i = 0; i < o->node_n; i++) {
		const char *v = label_of(&o->nodes[i]->meta.labels,
					 s->topology_key);
		bool seen = false;
		int n;

		if (!v || !counts_for(p, s, o->nodes[i]))
			continue;
		for (uint32_t j = 0; j < i; j++) {
			const char *w = label_of(&o->nodes[j]->meta.labels,
						 s->topology_key);

			seen = seen || (w && strcmp(v, w) == 0 &&
					counts_for(p, s, o->nodes[j]));
		}
		if (seen)
			continue;
		domains++;
		n = domain_count(o, p, s, v);
		least = n < least ? n : least;
	}
	if (domains < (s->min_domains ? s->min_domains : 1))
		least = 0;
	self = spread_selects(p, s, p);
	return domain_count(o, p, s, mine) + self - least <= s->max_skew;
}

/* ---- 2.7 inter-pod affinity ---- */

static bool
namespace_in(const struct oracle *o, const struct pod_term *t,
	     const struct pod *owner, const char *ns)
{
	if (t->ns_n == 0 && !t->ns_selector.present)
		return strcmp(ns, owner->meta.ns) == 0;
	for (uint32_t i = 0; i < t->ns_n; i++)
		if (strcmp(ns, t->namespaces[i]) == 0)
			return true;
	if (!t->ns_selector.present)
		return false;
	WORLD_EACH(namespace, n, o->world, KIND_NAMESPACE)
		if (strcmp(n->meta.name, ns) == 0)
			return selects(&t->ns_selector, &n->meta.labels);
	return selects(&t->ns_selector, &(struct labels){ NULL, 0 });
}

static bool
term_selects(const struct oracle *o, const struct pod_term *t,
	     const struct pod *owner, const struct pod *other)
{
	return namespace_in(o, t, owner, other->meta.ns) &&
	       selects(&t->selector, &other->meta.labels);
}

static bool
same_domain(const struct oracle *o, const char *key, uint32_t a, uint32_t b)
{
	const char *x = label_of(&o->nodes[a]->meta.labels, key);
	const char *y = label_of(&o->nodes[b]->meta.labels, key);

	return x && y && strcmp(x, y) == 0;
}

static bool
fits_affinity(const struct oracle *o, const struct pod *p, uint32_t node)
{
	bool everywhere = true, any = false, own = true;

	for (uint32_t k = 0; k < p->affinity_n; k++)
		own = own && term_selects(o, &p->affinity[k], p, p);
	for (uint32_t k = 0; k < p->affinity_n; k++) {
		const struct pod_term *t = &p->affinity[k];
		bool here = false;

		if (!label_of(&o->nodes[node]->meta.labels, t->topology_key))
			return false;
		for (uint32_t i = 0; i < o->pod_n; i++) {
			bool all = o->pods[i].node != NOWHERE;

			/* Only pods that match every term count. */
			for (uint32_t m = 0; all && m < p->affinity_n; m++)
				all = term_selects(o, &p->affinity[m], p,
						   o->pods[i].pod);
			if (!all ||
			    !label_of(&o->nodes[o->pods[i].node]->meta.labels,
				      t->topology_key))
				continue;
			any = true;
			here = here || same_domain(o, t->topology_key, node,
						   o->pods[i].node);
		}
		everywhere = everywhere && here;
	}
	return everywhere || (!any && own);
}

static bool
fits_anti(const struct oracle *o, const struct pod *p, uint32_t node)
{
	for (uint32_t i = 0; i < o->pod_n; i++) {
		const struct pod *q = o->pods[i].pod;

		if (o->pods[i].node == NOWHERE)
			continue;
		for (uint32_t k = 0; k < p->anti_affinity_n; k++)
			if (term_selects(o, &p->anti_affinity[k], p, q) &&
			    same_domain(o, p->anti_affinity[k].topology_key,
					node, o->pods[i].node))
				return false;
		for (uint32_t k = 0; k < q->anti_affinity_n; k++)
			if (term_selects(o, &q->anti_affinity[k], q, p) &&
			    same_domain(o, q->anti_affinity[k].topology_key,
					node, o->pods[i].node))
				return false;
	}
	return true;
}

/* ---- all of them ---- */

bool
oracle_fits(const struct oracle *o, const struct pod *p, uint32_t node,
	    const char **why)
{
	const struct node *n = o->nodes[node];

	if (!oracle_volumes_first(o, p, why))
		return false;
	*why = "NodeUnschedulable";
	if (n->unschedulable &&
	    !tolerated(p, "node.kubernetes.io/unschedulable", "",
		       TAINT_NO_SCHEDULE))
		return false;
	*why = "TaintToleration";
	if (!fits_taints(p, n))
		return false;
	*why = "NodeAffinity";
	if (!fits_node_wishes(p, n))
		return false;
	*why = "NodePorts";
	if (!fits_ports(o, p, node))
		return false;
	*why = "NodeResourcesFit";
	if (!fits_resources(o, p, node))
		return false;
	if (!oracle_volumes_fit(o, p, node, why))
		return false;
	*why = "PodTopologySpread";
	for (uint32_t i = 0; i < p->spread_n; i++)
		if (p->spreads[i].do_not_schedule &&
		    !fits_spread(o, p, &p->spreads[i], node))
			return false;
	*why = "InterPodAffinity";
	if (!fits_affinity(o, p, node) || !fits_anti(o, p, node))
		return false;
	*why = "";
	return true;
}
