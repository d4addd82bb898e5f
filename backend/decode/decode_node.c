/*
 * Nodes.
 */
#include <stdlib.h>

#include "backend/base/map.h"
#include "backend/decode/codecs.h"
#include "backend/decode/parts.h"

/* ---- spec ---- */

const char *
provider_instance(const char *provider_id)
{
	const char *last;

	if (!str_has_prefix(provider_id, "aws://"))
		return "";
	last = strrchr(provider_id, '/') + 1;
	/* Fargate's last part is fargate-...: no instance. */
	return str_has_prefix(last, "i-") ? last : "";
}

static bool
read_provider(struct wire *w, void *base, const struct tree *t)
{
	struct node *n = base;

	if (!wire_text(w, &n->provider_id, t))
		return false;
	seal_text(w->seal, &n->instance_id,
		  provider_instance(n->provider_id));
	return true;
}

static void
write_provider(struct out *o, const char *key, const void *base)
{
	out_text(o, key, ((const struct node *)base)->provider_id);
}

#define OF struct taint
static const struct field taint_rows[] = {
	F_KNOWN("key", key),
	F_KNOWN("value", value),
	F_ENUM("effect", effect, effect_names, TAINT_ANY),
	F_TIME("timeAdded", added_ms),
};
FIELDS(taint);
#undef OF

/* ---- conditions ---- */

/* Which conditions go where; Ready has more to it. */
static const struct {
	const char *type;
	uint16_t at;
} conditions[] = {
	{ "Ready", offsetof(struct node, ready) },
	{ "MemoryPressure", offsetof(struct node, memory_pressure) },
	{ "DiskPressure", offsetof(struct node, disk_pressure) },
	{ "PIDPressure", offsetof(struct node, pid_pressure) },
	{ "NetworkUnavailable", offsetof(struct node, network_unavailable) },
	{ "Suspended", offsetof(struct node, suspended) },
};

static const char *const tristates[] = {
	[TRI_UNKNOWN] = "Unknown",
	[TRI_FALSE] = "False",
	[TRI_TRUE] = "True",
};

static const struct names tristate_names = { tristates, ARRAY_LEN(tristates),
					     TRI_UNKNOWN };

#define OF struct node
static const struct field ready_rows[] = {
	F_ENUM("status", ready, tristate_names, -1),
	F_KNOWN("reason", ready_reason),
	F_COMMON("message", ready_message),
	F_TIME("lastTransitionTime", ready_ms),
	F_TIME("lastHeartbeatTime", heartbeat_ms),
};
FIELDS(ready);
#undef OF

static bool
read_condition(struct wire *w, struct node *n, const struct tree *t)
{
	const struct tree *type = tree_get(t, "type");
	const struct tree *status = tree_get(t, "status");

	if (!wire_object(w, t))
		return false;
	if (type && type->kind != TREE_STRING)
		return wire_wrong(w, "string", type) || wire_under(w, "type");
	if (status && status->kind != TREE_STRING)
		return wire_wrong(w, "string", status) ||
		       wire_under(w, "status");
	for (size_t i = 0; type && i < ARRAY_LEN(conditions); i++) {
		uint8_t *value = (uint8_t *)n + conditions[i].at;

		if (strcmp(conditions[i].type, type->text) != 0)
			continue;
		*value = TRI_UNKNOWN;
		for (uint8_t v = 0; status && v < ARRAY_LEN(tristates); v++)
			if (strcmp(tristates[v], status->text) == 0)
				*value = v;
		if (i > 0)
			return true;
		n->has_ready = true;
		return wire_fields(w, n, t, &ready_fields);
	}
	return true;
}

static bool
read_conditions(struct wire *w, void *base, const struct tree *t)
{
	uint32_t i = 0;

	if (!wire_list(w, t))
		return false;
	tree_each(c, t) {
		if (!read_condition(w, base, c))
			return wire_under_index(w, i);
		i++;
	}
	return true;
}

static void
write_conditions(struct out *o, const char *key, const void *base)
{
	const struct node *n = base;
	bool open = false;

	for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
		uint8_t value = ((const uint8_t *)n)[conditions[i].at];

		if (i == 0 ? !n->has_ready : value == TRI_UNKNOWN)
			continue;
		if (!open)
			jsonw_array(out_key(o, key));
		open = true;
		jsonw_object(o->w);
		jsonw_key(o->w, "type");
		jsonw_text(o->w, conditions[i].type);
		if (i == 0) {
			out_fields(o, n, &ready_fields);
		} else {
			jsonw_key(o->w, "status");
			jsonw_text(o->w, tristates[value]);
		}
		jsonw_end_object(o->w);
	}
	if (open)
		jsonw_end_array(o->w);
}

/* ---- the rest of status ---- */

static const struct {
	const char *type;
	uint16_t at;
} addresses[] = {
	{ "InternalIP", offsetof(struct node, internal_ip) },
	{ "ExternalIP", offsetof(struct node, external_ip) },
	{ "Hostname", offsetof(struct node, hostname) },
};

static bool
read_addresses(struct wire *w, void *base, const struct tree *t)
{
	uint32_t i = 0;

	if (!wire_list(w, t))
		return false;
	tree_each(c, t) {
		const char *type = tree_text(tree_get(c, "type"));
		const struct tree *address = tree_get(c, "address");

		if (!wire_object(w, c))
			return wire_under_index(w, i);
		for (size_t k = 0; type && address &&
				   k < ARRAY_LEN(addresses); k++) {
			const char **slot = (const char **)(void *)(
				(char *)base + addresses[k].at);

			/* Of several the first counts: a second InternalIP is
			 * the IPv6 one. */
			if (strcmp(addresses[k].type, type) != 0 || **slot)
				continue;
			if (!wire_text(w, slot, address)) {
				wire_under(w, "address");
				return wire_under_index(w, i);
			}
		}
		i++;
	}
	return true;
}

static void
write_addresses(struct out *o, const char *key, const void *base)
{
	bool open = false;

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		const char *text;

		memcpy(&text, (const char *)base + addresses[i].at,
		       sizeof(text));
		if (!*str_or_empty(text)) /* templates have none */
			continue;
		if (!open)
			jsonw_array(out_key(o, key));
		open = true;
		jsonw_object(o->w);
		jsonw_key(o->w, "type");
		jsonw_text(o->w, addresses[i].type);
		jsonw_key(o->w, "address");
		jsonw_text(o->w, text);
		jsonw_end_object(o->w);
	}
	if (open)
		jsonw_end_array(o->w);
}

struct found_image {
	const struct tree *name;
	int64_t bytes;
	uint32_t place;
};

static int
image_order(const void *a, const void *b)
{
	const struct found_image *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* Of an image's names the tag says most; digests come first in the list. */
static const struct tree *
best_name(const struct tree *names)
{
	const struct tree *best = NULL;

	tree_each(name, names)
		if (tree_is(name, TREE_STRING) &&
		    (!best || (strchr(best->text, '@') &&
			       !strchr(name->text, '@'))))
			best = name;
	return best;
}

static bool
read_images(struct wire *w, void *base, const struct tree *t)
{
	VEC(struct found_image) found = { 0 };
	struct node *n = base;
	struct node_image *at;
	uint32_t i = 0;
	bool ok = true;

	if (!wire_list(w, t))
		return false;
	tree_each(c, t) {
		const struct tree *names = tree_get(c, "names");
		const struct tree *size = tree_get(c, "sizeBytes");
		struct found_image image = { best_name(names), 0, i };

		if (!wire_object(w, c))
			ok = wire_under_index(w, i);
		else if (names && !wire_list(w, names))
			ok = wire_under(w, "names") || wire_under_index(w, i);
		else if (size && !wire_i64(w, &image.bytes, size))
			ok = wire_under(w, "sizeBytes") ||
			     wire_under_index(w, i);
		if (!ok)
			goto out;
		if (image.name)
			vec_push(&found, image);
		i++;
	}
	if (found.n > 1)
		qsort(found.at, found.n, sizeof(*found.at), image_order);
	n->image_n = found.n < NODE_IMAGES ? found.n : NODE_IMAGES;
	at = seal_array(w->seal, &n->images, n->image_n, sizeof(*at));
	for (i = 0; i < n->image_n; i++) {
		seal_common(w->seal, &at[i].name, found.at[i].name->text,
			    found.at[i].name->len);
		at[i].bytes = found.at[i].bytes;
	}
out:
	vec_free(&found);
	return ok;
}

static void
write_images(struct out *o, const char *key, const void *base)
{
	const struct node *n = base;

	if (!n->image_n)
		return;
	jsonw_array(out_key(o, key));
	for (uint32_t i = 0; i < n->image_n; i++) {
		jsonw_object(o->w);
		out_texts(o, "names", &n->images[i].name, 1);
		out_int(o, "sizeBytes", n->images[i].bytes, 0);
		jsonw_end_object(o->w);
	}
	jsonw_end_array(o->w);
}

/* clang-format off */
#define OF struct node
static const struct field info_rows[] = {
	F_KNOWN("architecture", arch),
	F_COMMON("kubeletVersion", kubelet_version),
	F_COMMON("osImage", os_image),
	F_COMMON("kernelVersion", kernel),
	F_COMMON("containerRuntimeVersion", runtime),
};
FIELDS(info);

static const struct field status_rows[] = {
	F_CUSTOM_AT("capacity", capacity, read_resources, write_resources),
	F_CUSTOM_AT("allocatable", allocatable, read_resources,
		    write_resources),
	F_CUSTOM("conditions", read_conditions, write_conditions),
	F_CUSTOM("addresses", read_addresses, write_addresses),
	F_INSIDE("nodeInfo", info_fields),
	F_CUSTOM("images", read_images, write_images),
};
FIELDS(status);

static const struct field spec_rows[] = {
	F_CUSTOM("providerID", read_provider, write_provider),
	F_BOOL("unschedulable", unschedulable),
	F_ARRAY("taints", taints, taint_n, taint, taint_fields),
};
FIELDS(spec);

static const struct field node_rows[] = {
	F_META,
	F_INSIDE("spec", spec_fields),
	F_INSIDE("status", status_fields),
};
FIELDS(node);
#undef OF
/* clang-format on */

/* The hostname, a label of its own on every node, is left out. */
static uint64_t
spec_hash(const struct node *n)
{
	uint64_t h = shape_spec_hash(&shape_node, n, 0);

	for (uint32_t i = 0; i < n->meta.labels.n; i++) {
		const struct label *l = &n->meta.labels.at[i];

		if (strcmp(l->key, "kubernetes.io/hostname") == 0)
			continue;
		h = hash_bytes(l->key, strlen(l->key) + 1, h);
		h = hash_bytes(l->value, strlen(l->value) + 1, h);
	}
	return h;
}

const struct record *
decode_node(struct seal *s, const struct tree *t, struct err *err)
{
	struct node *n = seal_begin(s, sizeof(*n));
	struct wire w;
	bool ok;

	wire_init(&w, s, false);
	shape_blank(&shape_node, n);
	ok = wire_fields(&w, n, t, &node_fields);
	if (ok)
		n->spec_hash = spec_hash(n);
	return wire_done(&w, ok, KIND_NODE, err);
}

void
encode_node(struct out *o, const struct record *r)
{
	out_fields(o, r, &node_fields);
}
