/*
 * Volumes, claims and nodes: what matches what.
 */
#include "backend/engine/volume_match.h"

#include "backend/engine/filters.h"

/* ---- volumes ---- */

static bool
terms_match(const struct node_term *terms, uint32_t n, const struct node *node)
{
	for (uint32_t i = 0; i < n; i++)
		if (node_term_matches(&terms[i], node))
			return true;
	return false;
}

bool
pv_allows_node(const struct pv *pv, const struct node *n)
{
	return !pv->has_node_affinity ||
	       terms_match(pv->node_terms, pv->node_term_n, n);
}

/* Every mode of the comma list `want` stands in `have`. */
static bool
has_modes(const char *have, const char *want)
{
	while (*want) {
		size_t len = strcspn(want, ",");
		const char *h = have;
		bool found = false;

		while (*h && !found) {
			size_t n = strcspn(h, ",");

			found = n == len && memcmp(h, want, n) == 0;
			h += n + (h[n] == ',');
		}
		if (!found)
			return false;
		want += len + (want[len] == ',');
	}
	return true;
}

static bool
pv_suits(const struct pv *pv, const struct pvc *c, const struct node *n)
{
	bool reserved = str_eq(pv->claim_name, c->meta.name) &&
			str_eq(pv->claim_ns, c->meta.ns);

	if (pv->meta.deleted_ms ||
	    (*str_or_empty(pv->claim_name) && !reserved) ||
	    (*str_or_empty(pv->phase) && !str_eq(pv->phase, "Available") &&
	     !reserved))
		return false;
	return pv->capacity_bytes >= c->request_bytes &&
	       str_eq(pv->storage_class, c->storage_class) &&
	       has_modes(str_or_empty(pv->access_modes),
			 str_or_empty(c->access_modes)) &&
	       (!c->selector.present ||
		selector_matches(&c->selector, &pv->meta.labels)) &&
	       pv_allows_node(pv, n);
}

const struct pv *
pv_for_claim(const struct world *w, const struct pvc *c, const struct node *n,
	     const struct pv *const *taken, uint32_t taken_n)
{
	const struct pv *best = NULL;

	WORLD_EACH(pv, pv, w, KIND_PV)
	{
		bool used = false;

		for (uint32_t i = 0; i < taken_n; i++)
			used = used || taken[i] == pv;
		if (used || (best && pv->capacity_bytes >=
					     best->capacity_bytes) ||
		    !pv_suits(pv, c, n))
			continue;
		best = pv;
	}
	return best;
}

/* ---- classes ---- */

bool
class_allows_node(const struct storage_class *class, const struct node *n)
{
	return class->topology_n == 0 ||
	       terms_match(class->topologies, class->topology_n, n);
}

bool
class_has_room(const struct world *w, const struct storage_class *class,
	       int64_t bytes, const struct node *n)
{
	WORLD_EACH(csi_capacity, c, w, KIND_CSICAPACITY)
	{
		int64_t room = c->max_bytes >= 0 ? c->max_bytes
						 : c->capacity_bytes;

		if (str_eq(c->storage_class, class->meta.name) &&
		    room >= bytes &&
		    selector_matches(&c->topology, &n->meta.labels))
			return true;
	}
	return false;
}

/* ---- zones ---- */

static const struct {
	const char *now, *old;
} zone_labels[] = {
	{ "topology.kubernetes.io/zone",
	  "failure-domain.beta.kubernetes.io/zone" },
	{ "topology.kubernetes.io/region",
	  "failure-domain.beta.kubernetes.io/region" },
};

static const char *
zone_label(const struct labels *l, size_t i)
{
	const char *value = labels_get(l, zone_labels[i].now);

	return value ? value : labels_get(l, zone_labels[i].old);
}

bool
node_has_zone_labels(const struct node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(zone_labels); i++)
		if (zone_label(&n->meta.labels, i))
			return true;
	return false;
}

/* A volume of several zones names them all: "a__b". */
static bool
names_zone(const char *zones, const char *zone)
{
	size_t len = strlen(zone);
	const char *end;

	for (;;) {
		end = strstr(zones, "__");
		if ((end ? (size_t)(end - zones) : strlen(zones)) == len &&
		    memcmp(zones, zone, len) == 0)
			return true;
		if (!end)
			return false;
		zones = end + 2;
	}
}

/* An old label of the volume is met by the node's new one, not the other way
 * round. */
static bool
label_met(const struct labels *pv, const struct labels *node, size_t i)
{
	const char *want = labels_get(pv, zone_labels[i].now);
	const char *have = labels_get(node, zone_labels[i].now);
	const char *old = labels_get(node, zone_labels[i].old);

	if (want && (!have || !names_zone(want, have)))
		return false;
	want = labels_get(pv, zone_labels[i].old);
	have = old ? old : have;
	return !want || (have && names_zone(want, have));
}

bool
pv_zone_matches(const struct pv *pv, const struct node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(zone_labels); i++)
		if (!label_met(&pv->meta.labels, &n->meta.labels, i))
			return false;
	return true;
}
