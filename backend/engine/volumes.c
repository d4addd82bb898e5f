/*
 * Volume predicates: what holds wherever the pod goes, disks, and the order in
 * which the others are asked.
 */
#include "backend/engine/volumes.h"

#include <stdio.h>

#include "backend/engine/volume_binding.h"
#include "backend/engine/volume_limits.h"
#include "backend/engine/volume_objects.h"

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
		case VOLUME_ISCSI:
			return true;
		default:
			break;
		}
	return false;
}

bool
pod_uses_claim(const struct pod *p, const char *name)
{
	for (uint32_t i = 0; i < p->volume_n; i++)
		if (p->volumes[i].kind == VOLUME_CLAIM &&
		    strcmp(p->volumes[i].source, name) == 0)
			return true;
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
	volume_refuse(why, PLUGIN_VOLUME_BINDING, text, p->meta.name);
	return true;
}

bool
volumes_prefilter(const struct volumes *v, const struct pod *p,
		  struct verdict *why)
{
	const struct pvc *waits = NULL, *lacks = NULL;
	char room[CLAIM_NAME], text[VERDICT_TEXT];

	for (uint32_t i = 0; i < p->volume_n; i++) {
		const char *name = volume_claim_name(p, &p->volumes[i], room,
					      sizeof(room));
		const struct pvc *c;

		if (!name)
			continue;
		c = volume_claim(v, p->meta.ns, name);
		if (claim_is_lost(p, &p->volumes[i], name, c, why))
			return false;
		if (!claim_is_bound(c) && !claim_binds_late(v, c))
			waits = c;
		if (claim_is_bound(c) && !lacks && !volume_pv(v, c))
			lacks = c;
	}
	if (waits)
		return volume_refuse(why, PLUGIN_VOLUME_BINDING,
			      "pod has unbound immediate "
			      "PersistentVolumeClaims", waits->meta.name);
	if (!lacks)
		return true;
	snprintf(text, sizeof(text), "persistentvolume \"%.60s\" not found",
		 lacks->volume_name);
	return volume_refuse(why, PLUGIN_VOLUME_ZONE, text, lacks->meta.name);
}

const char *
volumes_exclusive_claim(const struct volumes *v, const struct pod *p,
			uint32_t *from)
{
	for (; *from < p->volume_n; (*from)++) {
		const struct volume *vol = &p->volumes[*from];
		const struct pvc *c = vol->kind == VOLUME_CLAIM
					      ? volume_claim(v, p->meta.ns,
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
	return volume_refuse(why, PLUGIN_VOLUME_RESTRICTIONS,
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
	return (a->kind == VOLUME_GCE_PD || a->kind == VOLUME_ISCSI) &&
	       !(a->read_only && b->read_only);
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
					return volume_refuse(
						why,
						PLUGIN_VOLUME_RESTRICTIONS,
						"node(s) had no available "
						"disk", p->volumes[i].source);
	return true;
}

/* ---- all of them ---- */

bool
volumes_fit(const struct volumes *v, const struct pod *p,
	    const struct volume_place *at, struct verdict *why)
{
	return fits_restrictions(p, at, why) &&
	       (!v->world || (volume_limits_fit(v, p, at, why) &&
			      volume_claims_fit(v, p, at->node, why) &&
			      volume_zones_fit(v, p, at->node, why)));
}
