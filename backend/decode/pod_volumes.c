/*
 * The volumes of a pod, as far as predicates and drain rules ask.
 */
#include "backend/decode/pod_parts.h"

/* Volume sources and the member that tells what they point at. */
static const struct volume_source {
	const char *key, *name, *read_only;
	uint8_t kind;
} sources[] = {
	{ "emptyDir", NULL, NULL, VOLUME_EMPTY_DIR },
	{ "hostPath", "path", NULL, VOLUME_HOST_PATH },
	{ "persistentVolumeClaim", "claimName", "readOnly", VOLUME_CLAIM },
	{ "ephemeral", NULL, NULL, VOLUME_EPHEMERAL },
	{ "csi", "driver", "readOnly", VOLUME_CSI },
	{ "awsElasticBlockStore", "volumeID", "readOnly", VOLUME_AWS_EBS },
	{ "gcePersistentDisk", "pdName", "readOnly", VOLUME_GCE_PD },
	{ "iscsi", "iqn", "readOnly", VOLUME_ISCSI },
};

static bool
read_source(struct wire *w, struct volume *v, const struct volume_source *s,
	    const struct tree *t)
{
	const struct tree *name, *read_only;
	const char *medium;

	if (!wire_object(w, t))
		return false;
	*v = (struct volume){ .name = v->name, .source = "", .kind = s->kind };
	medium = tree_text(tree_get(t, "medium"));
	if (s->kind == VOLUME_EMPTY_DIR && medium &&
	    strcmp(medium, "Memory") == 0)
		v->kind = VOLUME_MEMORY_DIR;
	name = s->name ? tree_get(t, s->name) : NULL;
	if (name && !wire_text(w, &v->source, name))
		return wire_under(w, s->name);
	read_only = s->read_only ? tree_get(t, s->read_only) : NULL;
	if (read_only && !wire_bool(w, &v->read_only, read_only))
		return wire_under(w, s->read_only);
	return true;
}

static bool
read_volume(struct wire *w, struct volume *v, const struct tree *t)
{
	if (!wire_object(w, t))
		return false;
	tree_each(c, t) {
		if (c->key_len == 4 && memcmp(c->key, "name", 4) == 0) {
			if (!wire_text(w, &v->name, c))
				return wire_under(w, "name");
			continue;
		}
		for (size_t i = 0; i < ARRAY_LEN(sources); i++)
			if (strcmp(sources[i].key, c->key) == 0 &&
			    c->kind != TREE_NULL &&
			    !read_source(w, v, &sources[i], c))
				return wire_under(w, c->key);
	}
	return true;
}

/* Projected volumes are left out: their names are random, so that keeping them
 * would make all pods of a controller differ (reference 1.4). */
bool
read_volumes(struct wire *w, void *base, const struct tree *t)
{
	struct pod *p = base;
	struct seal_mark mark;
	struct volume *at;
	uint32_t n = 0, i = 0;

	if (!wire_list(w, t))
		return false;
	tree_each(c, t)
		n += !tree_get(c, "projected");
	mark = seal_share_begin(w->seal);
	at = seal_array(w->seal, &p->volumes, n, sizeof(*at));
	p->volume_n = n;
	n = 0;
	tree_each(c, t) {
		if (!tree_get(c, "projected")) {
			shape_blank(&shape_volume, &at[n]);
			if (!read_volume(w, &at[n], c))
				return wire_under_index(w, i);
			n++;
		}
		i++;
	}
	seal_share_end(w->seal, mark, &p->volumes);
	return true;
}

static void
write_volume(struct out *o, const struct volume *v)
{
	jsonw_object(o->w);
	out_text(o, "name", v->name);
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		const struct volume_source *s = &sources[i];

		if (v->kind != s->kind && !(v->kind == VOLUME_MEMORY_DIR &&
					    s->kind == VOLUME_EMPTY_DIR))
			continue;
		jsonw_object(out_key(o, s->key));
		if (v->kind == VOLUME_MEMORY_DIR)
			out_text(o, "medium", "Memory");
		if (s->name)
			out_text(o, s->name, v->source);
		if (s->read_only)
			out_bool(o, s->read_only, v->read_only);
		jsonw_end_object(o->w);
	}
	jsonw_end_object(o->w);
}

void
write_volumes(struct out *o, const char *key, const void *base)
{
	const struct pod *p = base;

	if (!p->volume_n)
		return;
	jsonw_array(out_key(o, key));
	for (uint32_t i = 0; i < p->volume_n; i++)
		write_volume(o, &p->volumes[i]);
	jsonw_end_array(o->w);
}
