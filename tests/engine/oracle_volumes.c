/*
 * The oracle's volumes: claims, their volumes, zones, and how many a node
 * attaches, from the scheduler's documented rules and as slowly.
 */
#include <stdio.h>

#include "backend/model/storage.h"
#include "tests/engine/oracle.h"

/* ---- objects by name ---- */

static const struct pvc *
claim_named(const struct world *w, const char *ns, const char *name)
{
	WORLD_EACH(pvc, c, w, KIND_PVC)
		if (strcmp(c->meta.ns, ns) == 0 &&
		    strcmp(c->meta.name, name) == 0)
			return c;
	return NULL;
}

static const struct pv *
pv_named(const struct world *w, const char *name)
{
	WORLD_EACH(pv, v, w, KIND_PV)
		if (strcmp(v->meta.name, name) == 0)
			return v;
	return NULL;
}

static const struct storage_class *
class_named(const struct world *w, const char *name)
{
	WORLD_EACH(storage_class, c, w, KIND_STORAGECLASS)
		if (name && strcmp(c->meta.name, name) == 0)
			return c;
	return NULL;
}

static bool
given(const char *text)
{
	return text && *text;
}

static bool
bound(const struct pvc *c)
{
	return given(c->volume_name) && c->bind_completed;
}

/* ---- what holds for every node ---- */

/* A claim's own fault; false when it has none. */
static bool
claim_fails(const struct world *w, const struct pvc *c, const char **why)
{
	const struct storage_class *class;

	*why = "VolumeBinding";
	if (!c)
		return true;
	if (bound(c))
		return false;
	class = class_named(w, c->storage_class);
	return !class || !class->wait_for_consumer || given(c->volume_name);
}

bool
oracle_volumes_first(const struct oracle *o, const struct pod *p,
		     const char **why)
{
	for (uint32_t i = 0; i < p->volume_n; i++)
		if (p->volumes[i].kind == VOLUME_CLAIM &&
		    claim_fails(o->world,
				claim_named(o->world, p->meta.ns,
					    p->volumes[i].source),
				why))
			return false;
	*why = "VolumeZone";
	for (uint32_t i = 0; i < p->volume_n; i++) {
		const struct pvc *c;

		if (p->volumes[i].kind != VOLUME_CLAIM)
			continue;
		c = claim_named(o->world, p->meta.ns, p->volumes[i].source);
		if (bound(c) && !pv_named(o->world, c->volume_name))
			return false;
	}
	return true;
}

/* ---- one user at a time ---- */

static bool
uses(const struct pod *p, const char *ns, const char *claim)
{
	for (uint32_t i = 0; i < p->volume_n; i++)
		if (p->volumes[i].kind == VOLUME_CLAIM &&
		    strcmp(p->meta.ns, ns) == 0 &&
		    strcmp(p->volumes[i].source, claim) == 0)
			return true;
	return false;
}

static bool
fits_exclusive(const struct oracle *o, const struct pod *p)
{
	for (uint32_t i = 0; i < p->volume_n; i++) {
		const struct pvc *c;

		if (p->volumes[i].kind != VOLUME_CLAIM)
			continue;
		c = claim_named(o->world, p->meta.ns, p->volumes[i].source);
		if (!strstr(c->access_modes, "ReadWriteOncePod"))
			continue;
		for (uint32_t k = 0; k < o->pod_n; k++)
			if (o->pods[k].node != UINT32_MAX &&
			    uses(o->pods[k].pod, p->meta.ns, c->meta.name))
				return false;
	}
	return true;
}

/* ---- attachments ---- */

enum { MANY = 512 };

struct names {
	char at[MANY][128];
	uint32_t n;
};

static bool
has(const struct names *l, const char *name)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (strcmp(l->at[i], name) == 0)
			return true;
	return false;
}

static void
add(struct names *l, const char *name)
{
	if (!has(l, name))
		snprintf(l->at[l->n++], sizeof(l->at[0]), "%s", name);
}

/* "driver^handle" of a claim's volume, "" when it attaches nothing. */
static void
unique_name(const struct world *w, const struct pvc *c, char out[128])
{
	const struct pv *v = given(c->volume_name)
				     ? pv_named(w, c->volume_name)
				     : NULL;
	const struct storage_class *class = class_named(w, c->storage_class);

	*out = '\0';
	if (v && given(v->csi_driver))
		snprintf(out, 128, "%s^%s", v->csi_driver, v->csi_handle);
	else if (!v && class && given(class->provisioner))
		snprintf(out, 128, "%s^claim %s/%s", class->provisioner,
			 c->meta.ns, c->meta.name);
}

static void
add_pod(const struct world *w, const struct pod *p, struct names *l)
{
	for (uint32_t i = 0; i < p->volume_n; i++) {
		const struct pvc *c =
			p->volumes[i].kind == VOLUME_CLAIM
				? claim_named(w, p->meta.ns,
					      p->volumes[i].source)
				: NULL;
		char name[128];

		if (!c)
			continue;
		unique_name(w, c, name);
		if (*name)
			add(l, name);
	}
}

static uint32_t
of_driver(const struct names *l, const char *driver)
{
	size_t len = strlen(driver);
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->n; i++)
		n += strncmp(l->at[i], driver, len) == 0 &&
		     l->at[i][len] == '^';
	return n;
}

/* Volumes of the pods there, attachments that no pod there explains, and the
 * new ones: one that is attached already without a pod counts twice, as
 * upstream counts it. */
static bool
fits_limits(const struct oracle *o, const struct pod *p, uint32_t node)
{
	const char *name = o->nodes[node]->meta.name;
	static struct names there, more, fresh, all;

	there.n = more.n = fresh.n = all.n = 0;
	for (uint32_t k = 0; k < o->pod_n; k++)
		if (o->pods[k].node == node)
			add_pod(o->world, o->pods[k].pod, &there);
	WORLD_EACH(volume_attachment, a, o->world, KIND_VOLUMEATTACHMENT)
	{
		const struct pv *v;
		char text[128];

		if (strcmp(a->node_name, name) != 0 || !given(a->pv_name))
			continue;
		v = pv_named(o->world, a->pv_name);
		if (!v || !given(v->csi_driver))
			continue;
		snprintf(text, sizeof(text), "%s^%s", v->csi_driver,
			 v->csi_handle);
		if (!has(&there, text))
			add(&more, text);
	}
	add_pod(o->world, p, &all);
	for (uint32_t i = 0; i < all.n; i++)
		if (!has(&there, all.at[i]))
			add(&fresh, all.at[i]);
	WORLD_EACH(csinode, n, o->world, KIND_CSINODE)
	{
		if (strcmp(n->meta.name, name) != 0)
			continue;
		for (uint32_t i = 0; i < n->driver_n; i++) {
			const struct csi_limit *l = &n->drivers[i];
			uint32_t want = of_driver(&fresh, l->driver);

			if (l->count >= 0 && want > 0 &&
			    (int64_t)want + of_driver(&there, l->driver) +
					    of_driver(&more, l->driver) >
				    l->count)
				return false;
		}
	}
	return true;
}

/* ---- where the volume is, or can be made ---- */

static bool
term_holds(const struct node_term *t, const struct node *n)
{
	bool all = t->label_n > 0;

	for (uint32_t i = 0; i < t->label_n; i++) {
		const char *have = labels_get(&n->meta.labels,
					      t->labels[i].key);
		bool in = false;

		/* Only In is drawn. */
		for (uint32_t j = 0; have && j < t->labels[i].value_n; j++)
			in = in || strcmp(t->labels[i].values[j], have) == 0;
		all = all && in;
	}
	return all;
}

static bool
terms_hold(const struct node_term *t, uint32_t n, const struct node *node)
{
	for (uint32_t i = 0; i < n; i++)
		if (term_holds(&t[i], node))
			return true;
	return false;
}

static bool
fits_binding(const struct world *w, const struct pvc *c,
	     const struct node *n)
{
	const struct storage_class *class;
	const struct pv *v;

	if (bound(c)) {
		v = pv_named(w, c->volume_name);
		return !v->has_node_affinity ||
		       terms_hold(v->node_terms, v->node_term_n, n);
	}
	/* No volume is free here: it has to be made. */
	class = class_named(w, c->storage_class);
	return class->topology_n == 0 ||
	       terms_hold(class->topologies, class->topology_n, n);
}

static bool
fits_zone(const struct world *w, const struct pvc *c, const struct node *n)
{
	static const char key[] = "topology.kubernetes.io/zone";
	const struct pv *v = bound(c) ? pv_named(w, c->volume_name) : NULL;
	const char *want = v ? labels_get(&v->meta.labels, key) : NULL;
	const char *have = labels_get(&n->meta.labels, key);
	char padded[64], needle[64];

	if (!have || !want)
		return true; /* a node without zones takes all */
	snprintf(padded, sizeof(padded), "__%s__", want);
	snprintf(needle, sizeof(needle), "__%s__", have);
	return strstr(padded, needle) != NULL;
}

bool
oracle_volumes_fit(const struct oracle *o, const struct pod *p, uint32_t node,
		   const char **why)
{
	static const char *const names[] = { "VolumeBinding", "VolumeZone" };

	*why = "VolumeRestrictions";
	if (!fits_exclusive(o, p))
		return false;
	*why = "NodeVolumeLimits";
	if (!fits_limits(o, p, node))
		return false;
	for (int step = 0; step < 2; step++)
		for (uint32_t i = 0; i < p->volume_n; i++) {
			const struct pvc *c;

			if (p->volumes[i].kind != VOLUME_CLAIM)
				continue;
			c = claim_named(o->world, p->meta.ns,
					p->volumes[i].source);
			*why = names[step];
			if (step ? !fits_zone(o->world, c, o->nodes[node])
				 : !fits_binding(o->world, c,
						 o->nodes[node]))
				return false;
		}
	return true;
}
