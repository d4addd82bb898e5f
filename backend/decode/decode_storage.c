/*
 * Volumes, claims, classes and what CSI says of nodes.
 */
#include "backend/decode/codecs.h"
#include "backend/decode/parts.h"
#include "backend/model/storage.h"

/* clang-format off */

/* ---- persistent volumes ---- */

static bool
read_pv_affinity(struct wire *w, void *base, const struct tree *t)
{
	struct pv *pv = base;
	const struct tree *required = tree_get(t, "required");
	const struct tree *terms = tree_get(required, "nodeSelectorTerms");

	if (!wire_object(w, t))
		return false;
	if (!required || required->kind == TREE_NULL)
		return true;
	if (!wire_object(w, required))
		return wire_under(w, "required");
	pv->has_node_affinity = true;
	return !terms ||
	       read_node_terms(w, &pv->node_terms, &pv->node_term_n, terms) ||
	       wire_under(w, "required.nodeSelectorTerms");
}

static void
write_pv_affinity(struct out *o, const char *key, const void *base)
{
	const struct pv *pv = base;

	if (!pv->has_node_affinity)
		return;
	jsonw_object(out_key(o, key));
	jsonw_object(out_key(o, "required"));
	write_node_terms(o, "nodeSelectorTerms", "matchExpressions",
			 pv->node_terms, pv->node_term_n);
	jsonw_end_object(o->w);
	jsonw_end_object(o->w);
}

#define OF struct pv
static const struct field claim_ref_rows[] = {
	F_KNOWN("namespace", claim_ns),
	F_TEXT("name", claim_name),
	F_TEXT("uid", claim_uid),
};
FIELDS(claim_ref);

static const struct field csi_rows[] = {
	F_KNOWN("driver", csi_driver),
	F_TEXT("volumeHandle", csi_handle),
};
FIELDS(csi);

static const struct field ebs_rows[] = { F_TEXT("volumeID", ebs_id) };
FIELDS(ebs);

static const struct field capacity_rows[] = {
	F_CUSTOM_AT("storage", capacity_bytes, read_bytes, write_bytes),
};
FIELDS(capacity);

static const struct field pv_spec_rows[] = {
	F_KNOWN("storageClassName", storage_class),
	F_INSIDE("claimRef", claim_ref_fields),
	F_INSIDE("csi", csi_fields),
	F_INSIDE("awsElasticBlockStore", ebs_fields),
	F_CUSTOM_AT("accessModes", access_modes, read_joined, write_joined),
	F_INSIDE("capacity", capacity_fields),
	F_CUSTOM("nodeAffinity", read_pv_affinity, write_pv_affinity),
};
FIELDS(pv_spec);

static const struct field pv_status_rows[] = { F_KNOWN("phase", phase) };
FIELDS(pv_status);

static const struct field pv_rows[] = {
	F_META,
	F_INSIDE("spec", pv_spec_fields),
	F_INSIDE("status", pv_status_fields),
};
FIELDS(pv);
#undef OF

PLAIN_CODEC(pv, struct pv, KIND_PV, false);

/* ---- claims ---- */

#define OF struct pvc
static const struct field requests_rows[] = {
	F_CUSTOM_AT("storage", request_bytes, read_bytes, write_bytes),
};
FIELDS(requests);

static const struct field claim_resources_rows[] = {
	F_INSIDE("requests", requests_fields),
};
FIELDS(claim_resources);

static const struct field pvc_spec_rows[] = {
	F_MAYBE("storageClassName", storage_class),
	F_TEXT("volumeName", volume_name),
	F_CUSTOM_AT("accessModes", access_modes, read_joined, write_joined),
	F_INSIDE("resources", claim_resources_fields),
	F_CUSTOM_AT("selector", selector, read_selector, write_selector),
};
FIELDS(pvc_spec);

static const struct field pvc_status_rows[] = { F_KNOWN("phase", phase) };
FIELDS(pvc_status);

static const struct field pvc_rows[] = {
	F_META,
	F_INSIDE("spec", pvc_spec_fields),
	F_INSIDE("status", pvc_status_fields),
};
FIELDS(pvc);
#undef OF

static void
read_claim_annotations(struct wire *w, struct pvc *c)
{
	const struct labels *l = &c->meta.annotations;

	seal_text(w->seal, &c->selected_node,
		  str_or_empty(labels_get(l, "volume.kubernetes.io/"
					     "selected-node")));
	c->bind_completed = labels_get(l, "pv.kubernetes.io/bind-completed");
}

const struct record *
decode_pvc(struct seal *s, const struct tree *t, struct err *err)
{
	struct pvc *c = seal_begin(s, sizeof(*c));
	struct wire w;
	bool ok;

	wire_init(&w, s, false);
	shape_blank(&shape_pvc, c);
	ok = wire_fields(&w, c, t, &pvc_fields);
	if (ok)
		read_claim_annotations(&w, c);
	return wire_done(&w, ok, KIND_PVC, err);
}

void
encode_pvc(struct out *o, const struct record *r)
{
	out_fields(o, r, &pvc_fields);
}

/* ---- classes ---- */

static bool
read_binding(struct wire *w, void *base, const struct tree *t)
{
	bool *wait = base;

	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	*wait = strcmp(t->text, "WaitForFirstConsumer") == 0;
	return true;
}

static void
write_binding(struct out *o, const char *key, const void *base)
{
	if (*(const bool *)base)
		jsonw_text(out_key(o, key), "WaitForFirstConsumer");
}

static bool
read_topologies(struct wire *w, void *base, const struct tree *t)
{
	struct storage_class *c = base;

	return read_node_terms(w, &c->topologies, &c->topology_n, t);
}

static void
write_topologies(struct out *o, const char *key, const void *base)
{
	const struct storage_class *c = base;

	if (c->topology_n)
		write_node_terms(o, key, "matchLabelExpressions",
				 c->topologies, c->topology_n);
}

#define OF struct storage_class
static const struct field storage_class_rows[] = {
	F_META,
	F_KNOWN("provisioner", provisioner),
	F_CUSTOM_AT("volumeBindingMode", wait_for_consumer, read_binding,
		    write_binding),
	F_CUSTOM("allowedTopologies", read_topologies, write_topologies),
};
FIELDS(storage_class);
#undef OF

const struct record *
decode_storage_class(struct seal *s, const struct tree *t, struct err *err)
{
	static const char *const keys[] = {
		"storageclass.kubernetes.io/is-default-class",
		"storageclass.beta.kubernetes.io/is-default-class",
	};
	struct storage_class *c = seal_begin(s, sizeof(*c));
	struct wire w;
	bool ok;

	wire_init(&w, s, false);
	shape_blank(&shape_storage_class, c);
	ok = wire_fields(&w, c, t, &storage_class_fields);
	for (size_t i = 0; ok && i < ARRAY_LEN(keys); i++)
		c->is_default = c->is_default ||
				str_eq(labels_get(&c->meta.annotations,
						  keys[i]), "true");
	return wire_done(&w, ok, KIND_STORAGECLASS, err);
}

void
encode_storage_class(struct out *o, const struct record *r)
{
	out_fields(o, r, &storage_class_fields);
}

/* ---- CSI ---- */

#define OF struct csi_limit
static const struct field allocatable_rows[] = {
	F_I64("count", count, -1),
};
FIELDS(allocatable);

static const struct field csi_limit_rows[] = {
	F_KNOWN("name", driver),
	F_INSIDE("allocatable", allocatable_fields),
	F_TEXTS("topologyKeys", topology_keys, key_n),
};
FIELDS(csi_limit);
#undef OF

#define OF struct csinode
static const struct field csinode_spec_rows[] = {
	F_ARRAY("drivers", drivers, driver_n, csi_limit, csi_limit_fields),
};
FIELDS(csinode_spec);

static const struct field csinode_rows[] = {
	F_META,
	F_INSIDE("spec", csinode_spec_fields),
};
FIELDS(csinode);
#undef OF

PLAIN_CODEC(csinode, struct csinode, KIND_CSINODE, false);

/* attachRequired is true unless said otherwise. */
static bool
read_attach(struct wire *w, void *base, const struct tree *t)
{
	return wire_bool(w, base, t);
}

static void
write_attach(struct out *o, const char *key, const void *base)
{
	if (!*(const bool *)base)
		jsonw_bool(out_key(o, key), false);
}

#define OF struct csidriver
static const struct field csidriver_spec_rows[] = {
	F_BOOL("storageCapacity", storage_capacity),
	F_CUSTOM_AT("attachRequired", attach_required, read_attach,
		    write_attach),
};
FIELDS(csidriver_spec);

static const struct field csidriver_rows[] = {
	F_META,
	F_INSIDE("spec", csidriver_spec_fields),
};
FIELDS(csidriver);
#undef OF

const struct record *
decode_csidriver(struct seal *s, const struct tree *t, struct err *err)
{
	struct csidriver *d = seal_begin(s, sizeof(*d));
	struct wire w;

	wire_init(&w, s, false);
	shape_blank(&shape_csidriver, d);
	d->attach_required = true;
	return wire_done(&w, wire_fields(&w, d, t, &csidriver_fields),
			 KIND_CSIDRIVER, err);
}

void
encode_csidriver(struct out *o, const struct record *r)
{
	out_fields(o, r, &csidriver_fields);
}

/* Here 0 bytes is a statement; -1 is absence. */
static void
write_capacity(struct out *o, const char *key, const void *base)
{
	if (*(const int64_t *)base >= 0)
		out_bytes(o, key, *(const int64_t *)base);
}

#define OF struct csi_capacity
static const struct field csi_capacity_rows[] = {
	F_META,
	F_KNOWN("storageClassName", storage_class),
	F_CUSTOM_AT("nodeTopology", topology, read_selector, write_selector),
	F_CUSTOM_AT("capacity", capacity_bytes, read_bytes, write_capacity),
	F_CUSTOM_AT("maximumVolumeSize", max_bytes, read_bytes,
		    write_capacity),
};
FIELDS(csi_capacity);
#undef OF

PLAIN_CODEC(csi_capacity, struct csi_capacity, KIND_CSICAPACITY, false);

#define OF struct volume_attachment
static const struct field attachment_source_rows[] = {
	F_TEXT("persistentVolumeName", pv_name),
};
FIELDS(attachment_source);

static const struct field attachment_spec_rows[] = {
	F_KNOWN("attacher", attacher),
	F_TEXT("nodeName", node_name),
	F_INSIDE("source", attachment_source_fields),
};
FIELDS(attachment_spec);

static const struct field attachment_status_rows[] = {
	F_BOOL("attached", attached),
};
FIELDS(attachment_status);

static const struct field volume_attachment_rows[] = {
	F_META,
	F_INSIDE("spec", attachment_spec_fields),
	F_INSIDE("status", attachment_status_fields),
};
FIELDS(volume_attachment);
#undef OF

PLAIN_CODEC(volume_attachment, struct volume_attachment,
	    KIND_VOLUMEATTACHMENT, false);
/* clang-format on */
