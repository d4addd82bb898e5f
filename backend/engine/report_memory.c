/*
 * memory': what the next decision must know.  Timestamps, not conclusions:
 * nothing here says that a plan was carried out.
 */
#include <stdlib.h>

#include "backend/base/map.h"
#include "backend/engine/health.h"
#include "backend/engine/nodes.h"
#include "backend/engine/report.h"
#include "backend/engine/scale_down.h"

static const char *
keep(struct memory *m, const char *text)
{
	return text ? arena_strdup(m->arena, text) : NULL;
}

static struct labels
keep_labels(struct memory *m, const struct labels *l)
{
	struct label *at = arena_alloc(m->arena, l->n * sizeof(*at) + 1);

	for (uint32_t i = 0; i < l->n; i++)
		at[i] = (struct label){ keep(m, l->at[i].key),
					keep(m, l->at[i].value) };
	return (struct labels){ at, l->n };
}

static struct resources
keep_resources(struct memory *m, const struct resources *r)
{
	struct resources out = *r;
	struct resource *ext = arena_alloc(m->arena,
					   r->ext_n * sizeof(*ext) + 1);

	for (uint32_t i = 0; i < r->ext_n; i++)
		ext[i] = (struct resource){ keep(m, r->ext[i].name),
					    r->ext[i].amount };
	out.ext = ext;
	return out;
}

/* ---- templates ---- */

static const struct node *
keep_node(struct memory *m, const struct node *from)
{
	struct node *n = arena_alloc(m->arena, sizeof(*n));
	struct taint *taints = arena_alloc(m->arena,
					   from->taint_n * sizeof(*taints) +
						   1);

	n->meta.ns = n->meta.name = n->meta.uid = n->meta.rv = "";
	n->provider_id = n->instance_id = "";
	n->ready = TRI_TRUE;
	n->has_ready = true;
	n->meta.labels = keep_labels(m, &from->meta.labels);
	n->capacity = keep_resources(m, &from->capacity);
	n->allocatable = keep_resources(m, &from->allocatable);
	for (uint32_t i = 0; i < from->taint_n; i++) {
		taints[i] = from->taints[i];
		taints[i].key = keep(m, from->taints[i].key);
		taints[i].value = keep(m, from->taints[i].value);
	}
	n->taints = taints;
	n->taint_n = from->taint_n;
	return n;
}

static void
keep_ports(struct memory *m, const struct pod *from, struct pod *p)
{
	struct container *c = arena_alloc(m->arena, sizeof(*c));
	struct host_port *at;
	uint32_t n = 0;

	for (uint32_t i = 0; i < from->container_n; i++)
		n += from->containers[i].port_n;
	at = arena_alloc(m->arena, n * sizeof(*at) + 1);
	c->ports = at;
	for (uint32_t i = 0; i < from->container_n; i++) {
		const struct container *have = &from->containers[i];

		for (uint32_t j = 0; j < have->port_n; j++)
			at[c->port_n++] = (struct host_port){
				keep(m, have->ports[j].ip),
				keep(m, have->ports[j].protocol),
				have->ports[j].port,
			};
	}
	c->name = c->image = "";
	p->containers = c;
	p->container_n = 1;
}

static const struct pod *
keep_pod(struct memory *m, const struct pod *from)
{
	struct pod *p = arena_alloc(m->arena, sizeof(*p));

	p->meta.ns = keep(m, from->meta.ns);
	p->meta.name = keep(m, from->meta.name);
	p->meta.owner_kind = "DaemonSet";
	p->meta.owner_name = keep(m, str_or_empty(from->meta.owner_name));
	p->meta.owner_uid = keep(m, str_or_empty(from->meta.owner_uid));
	p->meta.labels = keep_labels(m, &from->meta.labels);
	p->node_name = p->scheduler = p->priority_class = "";
	p->service_account = p->nominated_node = "";
	p->phase = POD_RUNNING;
	p->grace_s = -1;
	p->requests = keep_resources(m, &from->requests);
	keep_ports(m, from, p);
	return p;
}

/* Only a good node's template is worth remembering; else the older stays. */
static void
keep_template(struct run *r, struct memory *m, const struct node_group *g,
	      struct memory_template *out)
{
	const struct memory_group *old = memory_group(r->old, g->name);
	const struct node *node = NULL;
	const struct pod *const *from = NULL;
	const struct pod **pods;

	if (g->good) {
		out->time_ms = r->now_ms;
		node = g->template->plain;
		from = g->template->pods;
		out->pod_n = g->template->pod_n;
	} else if (g->template_from == TEMPLATE_CACHE && old) {
		out->time_ms = old->tmpl.time_ms;
		node = old->tmpl.node;
		from = old->tmpl.pods;
		out->pod_n = old->tmpl.pod_n;
	}
	if (!node)
		return;
	out->node = keep_node(m, node);
	pods = arena_alloc(m->arena, out->pod_n * sizeof(*pods) + 1);
	for (uint32_t i = 0; i < out->pod_n; i++)
		pods[i] = keep_pod(m, from[i]);
	out->pods = pods;
}

/* ---- groups ---- */

static void
memory_groups(struct run *r, struct memory *m)
{
	struct memory_group *at = arena_alloc(m->arena,
					      r->groups->n * sizeof(*at) + 1);

	for (uint32_t i = 0; i < r->groups->n; i++) {
		const struct node_group *g = &r->groups->at[i];
		const struct memory_group *old = memory_group(r->old,
							      g->name);

		at[i].name = keep(m, g->name);
		at[i].request = g->request;
		at[i].backoff = g->backoff;
		at[i].backoff.code = keep(m, g->backoff.code);
		at[i].backoff.message = keep(m, g->backoff.message);
		at[i].size = g->size;
		at[i].last_up_ms = g->last_up_ms;
		at[i].last_delete_ms = g->last_delete_ms;
		at[i].last_fail_ms = g->last_fail_ms;
		keep_template(r, m, g, &at[i].tmpl);
		if (old && old->extra)
			at[i].extra = tree_copy(m->arena, old->extra);
	}
	m->groups = at;
	m->group_n = r->groups->n;
}

/* What was known of a node and still holds: times that nobody looked at, and
 * until it is tried again that it could not be removed. */
static void
still_known(const struct run *r, uint32_t node,
	    const struct memory_node *old, struct memory_node *out)
{
	int64_t recheck = policy_ms(r->policy, POLICY_UNREMOVABLE_RECHECK);

	if (!old)
		return;
	if (!r->nodes_judged && !r->times_forgotten)
		out->unneeded_since_ms = old->unneeded_since_ms;
	if (out->unremovable_since_ms || !old->unremovable_since_ms ||
	    (r->nodes_judged && r->cluster->nodes.at[node].absent) ||
	    old->unremovable_since_ms + recheck <= r->now_ms)
		return;
	out->unremovable_since_ms = old->unremovable_since_ms;
	out->reason = old->reason;
	out->by = old->by;
}

/* Only nodes that something is known of. */
static void
memory_nodes(struct run *r, struct memory *m)
{
	struct memory_node *at = arena_alloc(m->arena,
					     r->nodes->n * sizeof(*at) + 1);

	for (uint32_t i = 0; i < r->nodes->n; i++) {
		const struct known_node *k = &r->nodes->at[i];
		const struct memory_node *old = memory_node(
			r->old, k->node->meta.name);

		struct memory_node *n = &at[m->node_n];

		*n = (struct memory_node){
			.unneeded_since_ms = k->unneeded_since_ms,
			.unremovable_since_ms = k->unremovable_since_ms,
			.reason = k->failed,
			.by = k->failed_by,
		};
		still_known(r, i, old, n);
		if (!n->unneeded_since_ms && !n->unremovable_since_ms &&
		    !(old && old->extra))
			continue;
		n->name = keep(m, k->node->meta.name);
		n->reason = keep(m, str_or_empty(n->reason));
		n->by = keep(m, str_or_empty(n->by));
		n->extra = old && old->extra
				   ? tree_copy(m->arena, old->extra)
				   : NULL;
		m->node_n++;
	}
	m->nodes = at;
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
memory_members(struct run *r, struct memory *m)
{
	VEC(struct memory_since) waiting = { 0 }, errored = { 0 };
	struct memory_since *copy;

	for (uint32_t i = 0; i < r->groups->n; i++) {
		const struct node_group *g = &r->groups->at[i];

		for (uint32_t j = 0; j < g->member_n; j++) {
			const struct group_member *x = &g->members[j];
			struct memory_since s = { NULL, x->since_ms };

			if (x->node != NONE)
				continue;
			s.id = keep(m, x->provider);
			if (x->errored) {
				s.since_ms = r->now_ms;
				vec_push(&errored, s);
			} else {
				vec_push(&waiting, s);
			}
		}
	}
	copy = arena_alloc(m->arena, waiting.n * sizeof(*copy) + 1);
	if (waiting.n)
		memcpy(copy, waiting.at, waiting.n * sizeof(*copy));
	qsort(copy, waiting.n, sizeof(*copy), by_id);
	m->unregistered = copy;
	m->unregistered_n = waiting.n;
	copy = arena_alloc(m->arena, errored.n * sizeof(*copy) + 1);
	if (errored.n)
		memcpy(copy, errored.at, errored.n * sizeof(*copy));
	qsort(copy, errored.n, sizeof(*copy), by_id);
	m->errored = copy;
	m->errored_n = errored.n;
	vec_free(&waiting);
	vec_free(&errored);
}

static void
memory_acts(struct run *r, struct memory *m)
{
	uint32_t n = r->world->of[KIND_ACT].n, k = 0;
	struct memory_act *at = arena_alloc(m->arena, n * sizeof(*at) + 1);

	WORLD_EACH(act, a, r->world, KIND_ACT)
	{
		at[k].id = keep(m, a->id);
		at[k].drains = deletion_drains(r, a);
		at[k++].outcome = a->outcome;
	}
	qsort(at, k, sizeof(*at), by_id);
	m->acts = at;
	m->act_n = k;
}

struct memory *
report_memory(struct run *r)
{
	struct memory *m = memory_new();

	m->time_ms = r->now_ms;
	m->last_up_ms = r->last_up_ms;
	m->last_delete_ms = r->last_delete_ms;
	m->last_fail_ms = r->last_fail_ms;
	if (r->old && r->old->extra)
		m->extra = tree_copy(m->arena, r->old->extra);
	m->shortest_ms = r->shortest_ms;
	memory_nodes(r, m);
	memory_groups(r, m);
	memory_members(r, m);
	memory_acts(r, m);
	return m;
}
