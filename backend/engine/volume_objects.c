/*
 * Storage objects by their names.
 */
#include "backend/engine/volume_objects.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/filters.h"

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

const void *
volume_object(const struct volumes *v, const struct index *x, enum kind kind,
	      const char *name)
{
	uint32_t i = v->world && name ? index_get(x, name) : UINT32_MAX;

	return i == UINT32_MAX ? NULL : v->world->of[kind].at[i];
}

const struct pvc *
volume_claim(const struct volumes *v, const char *ns, const char *name)
{
	char key[600];

	snprintf(key, sizeof(key), "%s/%s", ns, name);
	return volume_object(v, v->claims, KIND_PVC, key);
}

const struct pv *
volume_pv(const struct volumes *v, const struct pvc *claim)
{
	return volume_object(v, v->pvs, KIND_PV, claim->volume_name);
}

const struct storage_class *
volume_class(const struct volumes *v, const struct pvc *claim)
{
	return volume_object(v, v->classes, KIND_STORAGECLASS,
			     claim->storage_class);
}

bool
claim_is_bound(const struct pvc *c)
{
	return *str_or_empty(c->volume_name) && c->bind_completed;
}

bool
claim_binds_late(const struct volumes *v, const struct pvc *c)
{
	const struct storage_class *class = volume_class(v, c);

	return class && class->wait_for_consumer &&
	       !*str_or_empty(c->volume_name);
}

/* ---- the claims of a pod ---- */

const char *
volume_claim_name(const struct pod *p, const struct volume *vol, char *room,
		  size_t size)
{
	if (vol->kind == VOLUME_CLAIM)
		return vol->source;
	if (vol->kind != VOLUME_EPHEMERAL)
		return NULL;
	snprintf(room, size, "%s-%s", p->meta.name, vol->name);
	return room;
}

const struct pvc *
volume_claim_at(const struct volumes *v, const struct pod *p, uint32_t i)
{
	char room[CLAIM_NAME];
	const char *name =
		volume_claim_name(p, &p->volumes[i], room, sizeof(room));

	return name ? volume_claim(v, p->meta.ns, name) : NULL;
}

bool
volume_refuse(struct verdict *why, enum plugin plugin, const char *text,
	      const char *detail)
{
	verdict_begin(why, plugin);
	verdict_add(why, text, "%s", str_or_empty(detail));
	return false;
}
