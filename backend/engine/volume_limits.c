/*
 * What is attached to a node, driver by driver, against what its CSINode
 * allows.
 */
#include "backend/engine/volume_limits.h"

#include "backend/engine/filters.h"
#include "backend/engine/volume_objects.h"

#define EBS_DRIVER "ebs.csi.aws.com"

struct attachment {
	const char *driver, *handle;
};

struct attachments {
	struct attachment *at;
	uint32_t n;
};

static bool
attached(const struct attachments *a, const struct attachment *one)
{
	for (uint32_t i = 0; i < a->n; i++)
		if (strcmp(a->at[i].driver, one->driver) == 0 &&
		    strcmp(a->at[i].handle, one->handle) == 0)
			return true;
	return false;
}

static void
attach(struct attachments *a, const struct attachment *one)
{
	if (!attached(a, one))
		a->at[a->n++] = *one;
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
	char room[CLAIM_NAME];
	const char *name = volume_claim_name(p, vol, room, sizeof(room));
	const struct storage_class *class;
	const struct pvc *c;
	const struct pv *pv;

	if (vol->kind == VOLUME_AWS_EBS) {
		*out = (struct attachment){ EBS_DRIVER, vol->source };
		return true;
	}
	c = name ? volume_claim(v, p->meta.ns, name) : NULL;
	if (!c)
		return false;
	pv = volume_pv(v, c);
	if (pv)
		return attachment_of_pv(pv, out);
	class = volume_class(v, c);
	if (!class)
		return false;
	*out = (struct attachment){
		str_or_empty(class->provisioner),
		arena_printf(a, "%s/%s", p->meta.ns, name),
	};
	return *out->driver != '\0';
}

/* What a pod mounts that is not among `but`. */
static void
attach_pod(const struct volumes *v, struct arena *a, const struct pod *p,
	   const struct attachments *but, struct attachments *out)
{
	struct attachment one;

	for (uint32_t i = 0; i < p->volume_n; i++)
		if (attachment_of(v, a, p, &p->volumes[i], &one) &&
		    !(but && attached(but, &one)))
			attach(out, &one);
}

/* What is attached without a pod that mounts it. */
static void
attach_known(const struct volumes *v, const char *node,
	     const struct attachments *but, struct attachments *out)
{
	WORLD_EACH(volume_attachment, va, v->world, KIND_VOLUMEATTACHMENT)
	{
		struct attachment one;
		const struct pv *pv;

		if (!str_eq(va->node_name, node) || !va->pv_name)
			continue;
		pv = volume_object(v, v->pvs, KIND_PV, va->pv_name);
		if (pv && attachment_of_pv(pv, &one) && !attached(but, &one))
			attach(out, &one);
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

static struct attachments
room_for(struct arena *a, size_t n)
{
	return (struct attachments){
		arena_alloc(a, n * sizeof(struct attachment) + 1), 0
	};
}

/* One driver's limit: what pods mount, what is attached beside, what comes.  As
 * upstream, a volume that is attached already, but mounted by no pod there,
 * counts twice when it comes. */
static bool
within(const struct csi_limit *l, const struct attachments *mounted,
       const struct attachments *known, const struct attachments *fresh,
       struct verdict *why)
{
	uint32_t more = count_driver(fresh, l->driver);
	uint32_t all = more + count_driver(mounted, l->driver) +
		       count_driver(known, l->driver);

	if (l->count < 0 || more == 0 || all <= l->count)
		return true;
	verdict_begin(why, PLUGIN_NODE_VOLUME_LIMITS);
	verdict_add(why, "node(s) exceed max volume count", "%s: %u of %lld",
		    l->driver, all, (long long)l->count);
	return false;
}

bool
volume_limits_fit(const struct volumes *v, const struct pod *p,
		  const struct volume_place *at, struct verdict *why)
{
	const struct csinode *csi =
		volume_object(v, v->csinodes, KIND_CSINODE, at->csi_node);
	struct attachments mounted, known, fresh;
	struct arena *a;
	size_t room = 0;
	bool good = true;

	if (!csi || csi->driver_n == 0)
		return true;
	a = arena_new();
	for (uint32_t i = 0; i < at->other_n; i++)
		room += at->others[i]->volume_n;
	mounted = room_for(a, room);
	known = room_for(a, v->world->of[KIND_VOLUMEATTACHMENT].n);
	fresh = room_for(a, p->volume_n);
	for (uint32_t i = 0; i < at->other_n; i++)
		attach_pod(v, a, at->others[i], NULL, &mounted);
	attach_known(v, at->csi_node, &mounted, &known);
	attach_pod(v, a, p, &mounted, &fresh);
	for (uint32_t i = 0; good && i < csi->driver_n; i++)
		good = within(&csi->drivers[i], &mounted, &known, &fresh, why);
	arena_free(a);
	return good;
}
