/*
 * Volume predicates.
 */
#include "backend/engine/volumes.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/filters.h"
#include "backend/engine/index.h"
#include "backend/engine/volume_match.h"

#define EBS_DRIVER "ebs.csi.aws.com"

struct volumes {
	struct arena *arena;
	const struct world *world;
	struct index *claims, *pvs, *classes, *csinodes, *drivers;
};

/* ---- finding objects ---- */

static struct index *
index_kind(struct volumes *v, enum kind kind, bool with_ns)
{
	const struct records *all = &v->world->of[kind];
	struct index *x = index_new(v->arena, all->n);

	for (uint32_t i = 0; i < all->n; i++) {
		const char *name = record_name(all->at[i]);

		if (with_ns)
			name = arena_printf(v->arena, "%s/%s",
					    record_ns(all->at[i]), name);
		index_put(x, name, i);
	}
	return x;
}

struct volumes *
volumes_new(const struct world *world)
{
	struct volumes *v = xcalloc(1, sizeof(*v));

	v->arena = arena_new();
	v->world = world;
	if (!world)
		return v;
	v->claims = index_kind(v, KIND_PVC, true);
	v->pvs = index_kind(v, KIND_PV, false);
	v->classes = index_kind(v, KIND_STORAGECLASS, false);
	v->csinodes = index_kind(v, KIND_CSINODE, false);
	v->drivers = index_kind(v, KIND_CSIDRIVER, false);
	return v;
}

void
volumes_free(struct volumes *v)
{
	if (!v)
		return;
	arena_free(v->arena);
	free(v);
}

static const void *
find(const struct volumes *v, const struct index *x, enum kind kind,
     const char *name)
{
	uint32_t i = v->world && name ? index_get(x, name) : UINT32_MAX;

	return i == UINT32_MAX ? NULL : v->world->of[kind].at[i];
}

static const struct pvc *
find_claim(const struct volumes *v, const char *ns, const char *name)
{
	char key[600];

	snprintf(key, sizeof(key), "%s/%s", ns, name);
	return find(v, v->claims, KIND_PVC, key);
}

static const struct pv *
find_pv(const struct volumes *v, const struct pvc *claim)
{
	return find(v, v->pvs, KIND_PV, claim->volume_name);
}

static const struct storage_class *
find_class(const struct volumes *v, const struct pvc *claim)
{
	return find(v, v->classes, KIND_STORAGECLASS, claim->storage_class);
}

static bool
is_bound(const struct pvc *c)
{
	return *str_or_empty(c->volume_name) && c->bind_completed;
}

/* A volume will be found or made once the node is known. */
static bool
binds_late(const struct volumes *v, const struct pvc *c)
{
	const struct storage_class *class = find_class(v, c);

	return class && class->wait_for_consumer &&
	       !*str_or_empty(c->volume_name);
}

/* ---- the claims of a pod ---- */

bool
pod_has_volumes(const struct pod *p)
{
	for (uint32_t i = 0; i < p->volume_n; i++)
		switch (p->volumes[i].kind) {
		case VOLUME_CLAIM:
		case VOLUME_EPHEMERAL:
		case VOLUME_CSI:
		case VOLUME_AWS_EBS:
		case VOLUME_GCE_PD:
			return true;
		default:
			break;
		}
	return false;
}

/* Name of the claim behind a volume; NULL when it has none. */
static const char *
claim_name(const struct pod *p, const struct volume *vol, char *room,
	   size_t size)
{
	if (vol->kind == VOLUME_CLAIM)
		return vol->source;
	if (vol->kind != VOLUME_EPHEMERAL)
		return NULL;
	snprintf(room, size, "%s-%s", p->meta.name, vol->name);
	return room;
}

bool
pod_uses_claim(const struct pod *p, const char *name)
{
	char room[520];

	for (uint32_t i = 0; i < p->volume_n; i++) {
		const char *n = claim_name(p, &p->volumes[i], room,
					   sizeof(room));

		if (n && strcmp(n, name) == 0)
			return true;
	}
	return false;
}

static bool
refuse(struct verdict *why, enum plugin plugin, const char *text,
       const char *detail)
{
	verdict_begin(why, plugin);
	verdict_add(why, text, "%s", str_or_empty(detail));
	return false;
}

/* A claim that no volume can be had for; says so. */
static bool
claim_is_lost(const struct pod *p, const struct volume *vol, const char *name,
	      const struct pvc *c, struct verdict *why)
{
	char text[VERDICT_TEXT];

	if (!c && vol->kind == VOLUME_EPHEMERAL)
		snprintf(text, sizeof(text),
			 "waiting for ephemeral volume controller to create "
			 "the persistentvolumeclaim \"%.50s\"", name);
	else if (!c)
		snprintf(text, sizeof(text),
			 "persistentvolumeclaim \"%.60s\" not found", name);
	else if (str_eq(c->phase, "Lost"))
		snprintf(text, sizeof(text),
			 "persistentvolumeclaim \"%.40s\" bound to "
			 "non-existent persistentvolume \"%.40s\"", name,
			 str_or_empty(c->volume_name));
	else if (c->meta.deleted_ms)
		snprintf(text, sizeof(text),
			 "persistentvolumeclaim \"%.60s\" is being deleted",
			 name);
	else
		return false;
	refuse(why, PLUGIN_VOLUME_BINDING, text, p->meta.name);
	return true;
}

bool
volumes_prefilter(const struct volumes *v, const struct pod *p,
		  struct verdict *why)
{
	const struct pvc *waits = NULL, *lacks = NULL;
	char room[520], text[VERDICT_TEXT];

	for (uint32_t i = 0; i < p->volume_n; i++) {
		const char *name = claim_name(p, &p->volumes[i], room,
					      sizeof(room));
		const struct pvc *c;

		if (!name)
			continue;
		c = find_claim(v, p->meta.ns, name);
		if (claim_is_lost(p, &p->volumes[i], name, c, why))
			return false;
		if (!is_bound(c) && !binds_late(v, c))
			waits = c;
		if (is_bound(c) && !lacks && !find_pv(v, c))
			lacks = c;
	}
	if (waits)
		return refuse(why, PLUGIN_VOLUME_BINDING,
			      "pod has unbound immediate "
			      "PersistentVolumeClaims", waits->meta.name);
	if (!lacks)
		return true;
	snprintf(text, sizeof(text), "persistentvolume \"%.60s\" not found",
		 lacks->volume_name);
	return refuse(why, PLUGIN_VOLUME_ZONE, text, lacks->meta.name);
}

const char *
volumes_exclusive_claim(const struct volumes *v, const struct pod *p,
			uint32_t *from)
{
	for (; *from < p->volume_n; (*from)++) {
		const struct volume *vol = &p->volumes[*from];
		const struct pvc *c = vol->kind == VOLUME_CLAIM
					      ? find_claim(v, p->meta.ns,
							   vol->source)
					      : NULL;

		if (c && strstr(str_or_empty(c->access_modes),
				"ReadWriteOncePod")) {
			(*from)++;
			return vol->source;
		}
	}
	return NULL;
}

bool
refuse_exclusive(struct verdict *why, const char *claim)
{
	return refuse(why, PLUGIN_VOLUME_RESTRICTIONS,
		      "node(s) unavailable due to PersistentVolumeClaim with "
		      "ReadWriteOncePod access mode already in-use by another "
		      "pod", claim);
}

/* ---- VolumeRestrictions: one disk, one node at a time ---- */

static bool
disks_clash(const struct volume *a, const struct volume *b)
{
	if (a->kind != b->kind || !str_eq(a->source, b->source))
		return false;
	if (a->kind == VOLUME_AWS_EBS)
		return true;
	return a->kind == VOLUME_GCE_PD && !(a->read_only && b->read_only);
}

static bool
fits_restrictions(const struct pod *p, const struct volume_place *at,
		  struct verdict *why)
{
	for (uint32_t i = 0; i < p->volume_n; i++)
		for (uint32_t j = 0; j < at->other_n; j++)
			for (uint32_t k = 0; k < at->others[j]->volume_n; k++)
				if (disks_clash(&p->volumes[i],
						&at->others[j]->volumes[k]))
					return refuse(
						why,
						PLUGIN_VOLUME_RESTRICTIONS,
						"node(s) had no available "
						"disk", p->volumes[i].source);
	return true;
}

/* ---- NodeVolumeLimits ---- */

struct attachment {
	const char *driver, *handle;
};

struct attachments {
	struct attachment *at;
	uint32_t n;
};

static void
attach(struct attachments *a, const char *driver, const char *handle)
{
	for (uint32_t i = 0; i < a->n; i++)
		if (strcmp(a->at[i].driver, driver) == 0 &&
		    strcmp(a->at[i].handle, handle) == 0)
			return;
	a->at[a->n++] = (struct attachment){ driver, handle };
}

/* In-tree EBS volumes are handled by the CSI driver; their ids may be written
 * "aws://zone/id". */
static bool
attachment_of_pv(const struct pv *pv, struct attachment *out)
{
	const char *id = str_or_empty(pv->ebs_id);
	const char *slash = strrchr(id, '/');

	*out = (struct attachment){ str_or_empty(pv->csi_driver),
				    str_or_empty(pv->csi_handle) };
	if (!*out->driver && *id)
		*out = (struct attachment){ EBS_DRIVER,
					    slash ? slash + 1 : id };
	return *out->driver != '\0';
}

/* What a pod's volume occupies on its node; false when nothing. */
static bool
attachment_of(const struct volumes *v, struct arena *a, const struct pod *p,
	      const struct volume *vol, struct attachment *out)
{
	char room[520];
	const char *name = claim_name(p, vol, room, sizeof(room));
	const struct storage_class *class;
	const struct pvc *c;
	const struct pv *pv;

	if (vol->kind == VOLUME_AWS_EBS) {
		*out = (struct attachment){ EBS_DRIVER, vol->source };
		return true;
	}
	c = name ? find_claim(v, p->meta.ns, name) : NULL;
	if (!c)
		return false;
	pv = find_pv(v, c);
	if (pv)
		return attachment_of_pv(pv, out);
	class = find_class(v, c);
	if (!class)
		return false;
	*out = (struct attachment){
		str_or_empty(class->provisioner),
		arena_printf(a, "%s/%s", p->meta.ns, name),
	};
	return *out->driver != '\0';
}

static void
attach_pod(const struct volumes *v, struct arena *a, const struct pod *p,
	   struct attachments *out)
{
	struct attachment one;

	for (uint32_t i = 0; i < p->volume_n; i++)
		if (attachment_of(v, a, p, &p->volumes[i], &one))
			attach(out, one.driver, one.handle);
}

static void
attach_known(const struct volumes *v, const char *node,
	     struct attachments *out)
{
	WORLD_EACH(volume_attachment, va, v->world, KIND_VOLUMEATTACHMENT)
	{
		struct attachment one;
		const struct pv *pv;

		if (!str_eq(va->node_name, node) || !va->pv_name)
			continue;
		pv = find(v, v->pvs, KIND_PV, va->pv_name);
		if (pv && attachment_of_pv(pv, &one))
			attach(out, one.driver, one.handle);
	}
}

static uint32_t
count_driver(const struct attachments *a, const char *driver)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->n; i++)
		n += strcmp(a->at[i].driver, driver) == 0;
	return n;
}

static bool
fits_limits(const struct volumes *v, const struct pod *p,
	    const struct volume_place *at, struct verdict *why)
{
	const struct csinode *csi = find(v, v->csinodes, KIND_CSINODE,
					 at->csi_node);
	size_t room = p->volume_n;
	struct attachments all;
	struct arena *a;
	uint32_t before;
	bool good = true;

	if (!csi || csi->driver_n == 0)
		return true;
	a = arena_new();
	for (uint32_t i = 0; i < at->other_n; i++)
		room += at->others[i]->volume_n;
	room += v->world->of[KIND_VOLUMEATTACHMENT].n;
	all = (struct attachments){ arena_alloc(a, room * sizeof(*all.at) + 1),
				    0 };
	for (uint32_t i = 0; i < at->other_n; i++)
		attach_pod(v, a, at->others[i], &all);
	attach_known(v, at->csi_node, &all);
	before = all.n;
	attach_pod(v, a, p, &all);
	for (uint32_t i = 0; good && i < csi->driver_n; i++) {
		const struct csi_limit *l = &csi->drivers[i];
		struct attachments fresh = { all.at + before,
					     all.n - before };

		if (l->count < 0 || count_driver(&fresh, l->driver) == 0 ||
		    count_driver(&all, l->driver) <= l->count)
			continue;
		verdict_begin(why, PLUGIN_NODE_VOLUME_LIMITS);
		verdict_add(why, "node(s) exceed max volume count",
			    "%s: %u of %lld", l->driver,
			    count_driver(&all, l->driver),
			    (long long)l->count);
		good = false;
	}
	arena_free(a);
	return good;
}

/* ---- VolumeBinding and VolumeZone ---- */

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
	const struct pv *pv = find_pv(v, c);

	if (pv && !pv_allows_node(pv, n))
		out->elsewhere = pv->meta.name;
	return !out->elsewhere;
}

/* A volume of the class could be made for the claim on this node. */
static bool
can_provision(const struct volumes *v, const struct pvc *c,
	      const struct node *n, struct binding *out)
{
	const struct storage_class *class = find_class(v, c);
	const struct csidriver *driver;

	if (!class || !*str_or_empty(class->provisioner) ||
	    strcmp(class->provisioner, "kubernetes.io/no-provisioner") == 0 ||
	    !class_allows_node(class, n)) {
		out->unmatched = c->meta.name;
		return false;
	}
	driver = find(v, v->drivers, KIND_CSIDRIVER, class->provisioner);
	if (driver && driver->storage_capacity &&
	    !class_has_room(v->world, class, c->request_bytes, n)) {
		out->no_room = c->meta.name;
		return false;
	}
	return true;
}

static const struct pvc *
claim_of(const struct volumes *v, const struct pod *p, uint32_t i)
{
	char room[520];
	const char *name = claim_name(p, &p->volumes[i], room, sizeof(room));

	return name ? find_claim(v, p->meta.ns, name) : NULL;
}

enum { LATE_CLAIMS = 64 };

/* Claims that wait for a node, those with a node chosen first, then the small
 * ones; false when one has chosen another. */
static bool
late_claims(const struct volumes *v, const struct pod *p,
	    const struct node *n, const struct pvc **at, uint32_t *count,
	    struct binding *out)
{
	uint32_t k = 0, chosen = 0;

	for (uint32_t i = 0; i < p->volume_n && k < LATE_CLAIMS; i++) {
		const struct pvc *c = claim_of(v, p, i);
		uint32_t j;

		if (!c || is_bound(c))
			continue;
		if (*str_or_empty(c->selected_node) &&
		    strcmp(c->selected_node, n->meta.name) != 0) {
			out->unmatched = c->meta.name;
			return false;
		}
		for (j = k++; j > chosen && !*str_or_empty(c->selected_node) &&
			      at[j - 1]->request_bytes > c->request_bytes; j--)
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
					      : pv_for_claim(v->world, at[i],
							     n, taken,
							     taken_n);

		if (pv)
			taken[taken_n++] = pv;
		else
			make[make_n++] = at[i];
	}
	for (uint32_t i = 0; i < make_n; i++)
		if (!can_provision(v, make[i], n, out))
			return;
}

static bool
fits_claims(const struct volumes *v, const struct pod *p,
	    const struct node *n, struct verdict *why)
{
	struct binding b = { NULL, NULL, NULL };
	bool good = true;

	for (uint32_t i = 0; good && i < p->volume_n; i++) {
		const struct pvc *c = claim_of(v, p, i);

		good = !c || !is_bound(c) || bound_suit(v, c, n, &b);
	}
	find_late(v, p, n, &b);
	if (!b.elsewhere && !b.unmatched && !b.no_room)
		return true;
	verdict_begin(why, PLUGIN_VOLUME_BINDING);
	if (b.elsewhere)
		verdict_add(why, "node(s) didn't match PersistentVolume's "
				 "node affinity", "%s", b.elsewhere);
	if (b.unmatched)
		verdict_add(why, "node(s) didn't find available persistent "
				 "volumes to bind", "%s", b.unmatched);
	if (b.no_room)
		verdict_add(why, "node(s) did not have enough free storage",
			    "%s", b.no_room);
	return false;
}

static bool
fits_zones(const struct volumes *v, const struct pod *p,
	   const struct node *n, struct verdict *why)
{
	char room[520];

	if (!node_has_zone_labels(n))
		return true;
	for (uint32_t i = 0; i < p->volume_n; i++) {
		const char *name = claim_name(p, &p->volumes[i], room,
					      sizeof(room));
		const struct pvc *c = name ? find_claim(v, p->meta.ns, name)
					   : NULL;
		const struct pv *pv = c ? find_pv(v, c) : NULL;

		if (pv && !pv_zone_matches(pv, n))
			return refuse(why, PLUGIN_VOLUME_ZONE,
				      "node(s) had no available volume zone",
				      pv->meta.name);
	}
	return true;
}

bool
volumes_fit(const struct volumes *v, const struct pod *p,
	    const struct volume_place *at, struct verdict *why)
{
	return fits_restrictions(p, at, why) &&
	       (!v->world || (fits_limits(v, p, at, why) &&
			      fits_claims(v, p, at->node, why) &&
			      fits_zones(v, p, at->node, why)));
}
