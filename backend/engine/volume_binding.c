/*
 * Claims and their volumes on one node: those bound, those that will be.
 */
#include "backend/engine/volume_binding.h"

#include "backend/engine/filters.h"
#include "backend/engine/volume_match.h"
#include "backend/engine/volume_objects.h"

/* What keeps a pod's claims from a node; the scheduler tells all of it. */
struct binding {
	const char *elsewhere; /* a bound volume that other nodes reach */
	const char *unmatched; /* a claim without a volume here */
	const char *no_room;
};

/* False at the first bound claim that does not suit. */
static bool
bound_suit(const struct volumes *v, const struct pvc *c, const struct node *n,
	   struct binding *out)
{
	const struct pv *pv = volume_pv(v, c);

	if (pv && !pv_allows_node(pv, n))
		out->elsewhere = pv->meta.name;
	return !out->elsewhere;
}

/* A volume of the class could be made for the claim on this node. */
static bool
can_provision(const struct volumes *v, const struct pvc *c,
	      const struct node *n, struct binding *out)
{
	const struct storage_class *class = volume_class(v, c);
	const struct csidriver *driver;

	if (!class || !*str_or_empty(class->provisioner) ||
	    strcmp(class->provisioner, "kubernetes.io/no-provisioner") == 0 ||
	    !class_allows_node(class, n)) {
		out->unmatched = c->meta.name;
		return false;
	}
	driver = volume_object(v, v->drivers, KIND_CSIDRIVER,
			       class->provisioner);
	if (driver && driver->storage_capacity &&
	    !class_has_room(v->world, class, c->request_bytes, n)) {
		out->no_room = c->meta.name;
		return false;
	}
	return true;
}

enum { LATE_CLAIMS = 64 };

/* Claims that wait for a node, those with a node chosen first, then the small
 * ones; false when one has chosen another. */
static bool
late_claims(const struct volumes *v, const struct pod *p, const struct node *n,
	    const struct pvc **at, uint32_t *count, struct binding *out)
{
	uint32_t k = 0, chosen = 0;

	for (uint32_t i = 0; i < p->volume_n && k < LATE_CLAIMS; i++) {
		const struct pvc *c = volume_claim_at(v, p, i);
		uint32_t j;

		if (!c || claim_is_bound(c))
			continue;
		if (*str_or_empty(c->selected_node) &&
		    strcmp(c->selected_node, n->meta.name) != 0) {
			out->unmatched = c->meta.name;
			return false;
		}
		for (j = k++; j > chosen && !*str_or_empty(c->selected_node) &&
			      at[j - 1]->request_bytes > c->request_bytes;
		     j--)
			at[j] = at[j - 1];
		if (*str_or_empty(c->selected_node)) {
			for (j = k - 1; j > chosen; j--)
				at[j] = at[j - 1];
			chosen++;
		}
		at[j] = c;
	}
	*count = k;
	return true;
}

static void
find_late(const struct volumes *v, const struct pod *p, const struct node *n,
	  struct binding *out)
{
	const struct pvc *at[LATE_CLAIMS], *make[LATE_CLAIMS];
	const struct pv *taken[LATE_CLAIMS];
	uint32_t count = 0, taken_n = 0, make_n = 0;

	if (!late_claims(v, p, n, at, &count, out))
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct pv *pv = *str_or_empty(at[i]->selected_node)
					      ? NULL
					      : pv_for_claim(v->world, at[i], n,
							     taken, taken_n);

		if (pv)
			taken[taken_n++] = pv;
		else
			make[make_n++] = at[i];
	}
	for (uint32_t i = 0; i < make_n; i++)
		if (!can_provision(v, make[i], n, out))
			return;
}

bool
volume_claims_fit(const struct volumes *v, const struct pod *p,
		  const struct node *n, struct verdict *why)
{
	struct binding b = { NULL, NULL, NULL };
	bool good = true;

	for (uint32_t i = 0; good && i < p->volume_n; i++) {
		const struct pvc *c = volume_claim_at(v, p, i);

		good = !c || !claim_is_bound(c) || bound_suit(v, c, n, &b);
	}
	find_late(v, p, n, &b);
	if (!b.elsewhere && !b.unmatched && !b.no_room)
		return true;
	verdict_begin(why, PLUGIN_VOLUME_BINDING);
	if (b.elsewhere)
		verdict_add(why,
			    "node(s) didn't match PersistentVolume's "
			    "node affinity",
			    "%s", b.elsewhere);
	if (b.unmatched)
		verdict_add(why,
			    "node(s) didn't find available persistent "
			    "volumes to bind",
			    "%s", b.unmatched);
	if (b.no_room)
		verdict_add(why, "node(s) did not have enough free storage",
			    "%s", b.no_room);
	return false;
}

bool
volume_zones_fit(const struct volumes *v, const struct pod *p,
		 const struct node *n, struct verdict *why)
{
	if (!node_has_zone_labels(n))
		return true;
	for (uint32_t i = 0; i < p->volume_n; i++) {
		const struct pvc *c = volume_claim_at(v, p, i);
		const struct pv *pv = c ? volume_pv(v, c) : NULL;

		if (pv && !pv_zone_matches(pv, n))
			return volume_refuse(
				why, PLUGIN_VOLUME_ZONE,
				"node(s) had no available volume zone",
				pv->meta.name);
	}
	return true;
}
