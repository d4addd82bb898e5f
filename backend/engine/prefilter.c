/*
 * The predicates for others: one pod against a cluster given as arrays.
 */
#include "backend/engine/predicates.h"

#include <stdlib.h>

#include "backend/base/quantity.h"
#include "backend/engine/filters.h"
#include "backend/engine/topology.h"
#include "backend/engine/volumes.h"

struct prefilter {
	const struct predicate_view *view;
	const struct pod *pod;
	struct topo *topo;	 /* NULL: nothing to count */
	struct volumes *volumes; /* NULL: the pod mounts nothing of note */
};

static bool
needs_topology(const struct predicate_view *v, const struct pod *pod)
{
	if (pod->affinity_n || pod->anti_affinity_n || pod->spread_n)
		return true;
	if (v->calm)
		return false;
	for (uint32_t i = 0; i < v->node_n; i++)
		for (uint32_t j = 0; j < v->nodes[i].pod_n; j++)
			if (v->nodes[i].pods[j]->anti_affinity_n)
				return true;
	return false;
}

static struct topo *
count_all(const struct predicate_view *v, const struct pod *pod)
{
	struct topo *t = topo_new(pod, v->world);
	uint8_t *row = xmalloc(topo_terms(t));

	for (uint32_t i = 0; i < v->node_n; i++) {
		const struct predicate_node *n = &v->nodes[i];

		topo_add_node(t, i, n->node, false);
		for (uint32_t j = 0; j < n->pod_n; j++) {
			topo_match(t, n->pods[j], row);
			topo_count(t, i, n->pods[j], row, 1);
		}
	}
	free(row);
	return t;
}

struct prefilter *
prefilter_new(const struct predicate_view *view, const struct pod *pod)
{
	struct prefilter *f = xcalloc(1, sizeof(*f));

	f->view = view;
	f->pod = pod;
	if (needs_topology(view, pod))
		f->topo = count_all(view, pod);
	if (pod_has_volumes(pod))
		f->volumes = volumes_new(view->world);
	return f;
}

void
prefilter_free(struct prefilter *f)
{
	if (!f)
		return;
	topo_free(f->topo);
	volumes_free(f->volumes);
	free(f);
}

/* ---- NodeResourcesFit ---- */

/* Allocatable less the requests of those that stand there; INT64_MIN when the
 * sum overflows. */
static int64_t
free_amount(const struct predicate_node *n, const char *name)
{
	int64_t used = 0, left;

	for (uint32_t i = 0; i < n->pod_n; i++)
		if (!add_checked(&used,
				 resources_get(&n->pods[i]->requests, name)))
			return INT64_MIN;
	if (__builtin_sub_overflow(resources_get(&n->node->allocatable, name),
				   used, &left))
		return INT64_MIN;
	return left;
}

static int64_t
left_of(int64_t all, int64_t used)
{
	int64_t left;

	return __builtin_sub_overflow(all, used, &left) ? INT64_MIN : left;
}

static bool
fits_counted(const struct predicate_node *n, const struct resources *q,
	     struct verdict *why)
{
	const struct resources *all = &n->node->allocatable, *used = n->used;
	bool good = filter_amount(why, "cpu", q->cpu_mcpu,
				  left_of(all->cpu_mcpu, used->cpu_mcpu));

	good &= filter_amount(why, "memory", q->memory_bytes,
			      left_of(all->memory_bytes, used->memory_bytes));
	return filter_amount(why, "ephemeral-storage", q->ephemeral_bytes,
			     left_of(all->ephemeral_bytes,
				     used->ephemeral_bytes)) &&
	       good;
}

static bool
fits_amounts(const struct predicate_node *n, const struct pod *pod,
	     struct verdict *why)
{
	static const char *const plain[] = { "cpu", "memory",
					     "ephemeral-storage" };
	const struct resources *q = &pod->requests;
	bool good = true;

	if (n->used)
		good = fits_counted(n, q, why);
	for (size_t i = 0; !n->used && i < ARRAY_LEN(plain); i++)
		if (resources_get(q, plain[i]) > 0)
			good &= filter_amount(why, plain[i],
					      resources_get(q, plain[i]),
					      free_amount(n, plain[i]));
	for (uint32_t i = 0; i < q->ext_n; i++)
		if (q->ext[i].amount > 0)
			good &= filter_amount(why, q->ext[i].name,
					      q->ext[i].amount,
					      free_amount(n, q->ext[i].name));
	return good;
}

static bool
fits_resources(const struct predicate_node *n, const struct pod *pod,
	       struct verdict *why)
{
	bool good = (int64_t)n->pod_n + 1 <= n->node->allocatable.pods;

	if (!good)
		filter_pods(why, n->node->allocatable.pods, n->pod_n);
	return fits_amounts(n, pod, why) && good;
}

static bool
exclusive_in_use(const struct prefilter *f, struct verdict *why)
{
	const struct predicate_view *v = f->view;
	const char *claim;
	uint32_t from = 0;

	while ((claim = volumes_exclusive_claim(f->volumes, f->pod, &from)))
		for (uint32_t i = 0; i < v->node_n; i++)
			for (uint32_t j = 0; j < v->nodes[i].pod_n; j++) {
				const struct pod *o = v->nodes[i].pods[j];

				if (o == f->pod ||
				    strcmp(o->meta.ns, f->pod->meta.ns) != 0 ||
				    !pod_uses_claim(o, claim))
					continue;
				refuse_exclusive(why, claim);
				return true;
			}
	return false;
}

static bool
fits_volumes(const struct prefilter *f, const struct predicate_node *n,
	     struct verdict *why)
{
	struct volume_place at = {
		.node = n->node,
		.csi_node = n->node->meta.name,
		.others = n->pods,
		.other_n = n->pod_n,
	};

	return !f->volumes || (!exclusive_in_use(f, why) &&
			       volumes_fit(f->volumes, f->pod, &at, why));
}

bool
prefilter_words(const struct prefilter *f, uint32_t node)
{
	return filter_static(f->pod, f->view->nodes[node].node, true, NULL) ==
	       PLUGIN_NONE;
}

static bool
pass(const struct prefilter *f, uint32_t node, bool words,
     struct verdict *why)
{
	const struct predicate_node *n = &f->view->nodes[node];

	verdict_begin(why, PLUGIN_NONE);
	if (f->volumes && !volumes_prefilter(f->volumes, f->pod, why))
		return false;
	if (words && filter_static(f->pod, n->node, true, why) != PLUGIN_NONE)
		return false;
	if (pod_has_ports(f->pod))
		for (uint32_t i = 0; i < n->pod_n; i++)
			if (!filter_ports(f->pod, n->pods[i], why))
				return false;
	return fits_resources(n, f->pod, why) && fits_volumes(f, n, why) &&
	       (!f->topo || topo_pass(f->topo, node, why));
}

bool
prefilter_pass(const struct prefilter *f, uint32_t node, struct verdict *why)
{
	return pass(f, node, true, why);
}

bool
prefilter_room(const struct prefilter *f, uint32_t node, struct verdict *why)
{
	return pass(f, node, false, why);
}
