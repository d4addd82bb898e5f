/*
 * EC2's instance types, and which of them fit requirements.
 */

#include "backend/base/map.h"
#include "backend/decode/aws_parts.h"
#include "backend/decode/codecs.h"

/* clang-format off */

/* ---- instance types ---- */

static bool
read_architectures(struct wire *w, void *base, const struct tree *t)
{
	const char **arch = base;
	const struct tree *first = tree_index(t, 0);

	if (!wire_list(w, t))
		return false;
	if (first && first->kind != TREE_STRING)
		return wire_wrong(w, "string", first) ||
		       wire_under_index(w, 0);
	if (first)
		*arch = strcmp(first->text, "arm64") == 0 ? "arm64" : "amd64";
	return true;
}

static void
write_architectures(struct out *o, const char *key, const void *base)
{
	const char *arch;

	memcpy(&arch, base, sizeof(arch));
	if (!*arch)
		return;
	jsonw_array(out_key(o, key));
	jsonw_text(o->w, strcmp(arch, "arm64") == 0 ? "arm64" : "x86_64");
	jsonw_end_array(o->w);
}

static bool
read_gpus(struct wire *w, void *base, const struct tree *t)
{
	struct instance_type *type = base;
	uint32_t i = 0;

	if (!wire_list(w, t))
		return false;
	tree_each(c, t) {
		const struct tree *name = tree_get(c, "Name");
		const struct tree *count = tree_get(c, "Count");
		int32_t n = 0;

		if (!wire_object(w, c))
			return wire_under_index(w, i);
		if (name && !*type->gpu_name &&
		    !wire_text(w, &type->gpu_name, name))
			return wire_under(w, "Name") || wire_under_index(w, i);
		if (count && !wire_i32(w, &n, count))
			return wire_under(w, "Count") ||
			       wire_under_index(w, i);
		if (__builtin_add_overflow(type->gpus, n, &type->gpus))
			return wire_fail(w, "too many");
		i++;
	}
	return true;
}

static void
write_gpus(struct out *o, const char *key, const void *base)
{
	const struct instance_type *type = base;

	if (!type->gpus && !*type->gpu_name)
		return;
	jsonw_array(out_key(o, key));
	jsonw_object(o->w);
	out_text(o, "Name", type->gpu_name);
	out_int(o, "Count", type->gpus, 0);
	jsonw_end_object(o->w);
	jsonw_end_array(o->w);
}

static bool
read_usage(struct wire *w, void *base, const struct tree *t)
{
	bool *spot = base;

	if (!wire_list(w, t))
		return false;
	tree_each(c, t)
		*spot = *spot || str_eq(tree_text(c), "spot");
	return true;
}

static void
write_usage(struct out *o, const char *key, const void *base)
{
	static const char *const both[] = { "on-demand", "spot" };

	if (*(const bool *)base)
		out_texts(o, key, both, ARRAY_LEN(both));
}

static bool
read_hypervisor(struct wire *w, void *base, const struct tree *t)
{
	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	*(bool *)base = strcmp(t->text, "nitro") == 0;
	return true;
}

static void
write_hypervisor(struct out *o, const char *key, const void *base)
{
	if (*(const bool *)base)
		jsonw_text(out_key(o, key), "nitro");
}

#define OF struct instance_type
static const struct field vcpu_rows[] = { F_COUNT("DefaultVCpus", vcpus, 0) };
FIELDS(vcpu);

static const struct field memory_rows[] = { F_I64("SizeInMiB", memory_mib, 0) };
FIELDS(memory);

static const struct field processor_rows[] = {
	F_CUSTOM_AT("SupportedArchitectures", arch, read_architectures,
		    write_architectures),
};
FIELDS(processor);

static const struct field gpu_rows[] = {
	F_CUSTOM("Gpus", read_gpus, write_gpus),
};
FIELDS(gpu);

static const struct field network_rows[] = {
	F_I32("MaximumNetworkInterfaces", max_enis, 0),
	F_I32("Ipv4AddressesPerInterface", ips_per_eni, 0),
};
FIELDS(network);

static const struct field instance_type_rows[] = {
	F_TEXT("InstanceType", name),
	F_INSIDE("VCpuInfo", vcpu_fields),
	F_INSIDE("MemoryInfo", memory_fields),
	F_INSIDE("ProcessorInfo", processor_fields),
	F_INSIDE("GpuInfo", gpu_fields),
	F_INSIDE("NetworkInfo", network_fields),
	F_CUSTOM_AT("SupportedUsageClasses", spot, read_usage, write_usage),
	F_CUSTOM_AT("Hypervisor", nitro, read_hypervisor, write_hypervisor),
	F_BOOL("BareMetal", bare_metal),
	F_BOOL("BurstablePerformanceSupported", burstable),
};
FIELDS(instance_type);
#undef OF

PLAIN_CODEC(instance_type, struct instance_type, KIND_INSTANCETYPE, true);

/* ---- types that fit requirements ---- */

/* The question (as GetInstanceTypesFromInstanceRequirements takes it) and its
 * answer in one object. */
static bool
read_question(struct wire *w, void *base, const struct tree *t)
{
	struct types_from_requirements *r = base;
	struct buf text;
	bool ok;

	if (!wire_object(w, t))
		return false;
	buf_init(&text, 64 << 10);
	ok = canonical_requirements(&text, t) ||
	     wire_fail(w, "too deep or too long");
	seal_textn(w->seal, &r->text, buf_text(&text), text.len);
	buf_fini(&text);
	return ok;
}

static void
write_question(struct out *o, const char *key, const void *base)
{
	const struct types_from_requirements *r = base;

	if (*r->text)
		write_canonical(o, key, r->text);
}

/* An array of texts of which the first counts. */
static bool
read_first(struct wire *w, void *base, const struct tree *t)
{
	const struct tree *first = tree_index(t, 0);

	if (!wire_list(w, t))
		return false;
	return !first || wire_known(w, base, first) || wire_under_index(w, 0);
}

static void
write_first(struct out *o, const char *key, const void *base)
{
	const char *text;

	memcpy(&text, base, sizeof(text));
	if (*text)
		out_texts(o, key, &text, 1);
}

static bool
read_types(struct wire *w, void *base, const struct tree *t)
{
	struct types_from_requirements *r = base;

	return read_picked(w, &r->types, &r->type_n, t, "InstanceType");
}

static void
write_types(struct out *o, const char *key, const void *base)
{
	const struct types_from_requirements *r = base;

	write_picked(o, key, "InstanceType", r->types, r->type_n);
}

#define OF struct types_from_requirements
static const struct field types_from_requirements_rows[] = {
	F_CUSTOM_AT("ArchitectureTypes", arch, read_first, write_first),
	F_CUSTOM_AT("VirtualizationTypes", virtualization, read_first,
		    write_first),
	F_CUSTOM("InstanceRequirements", read_question, write_question),
	F_CUSTOM("InstanceTypes", read_types, write_types),
};
FIELDS(types_from_requirements);
#undef OF

const struct record *
decode_types_from_requirements(struct seal *s, const struct tree *t,
			       struct err *err)
{
	struct types_from_requirements *r = seal_begin(s, sizeof(*r));
	struct wire w;
	bool ok;

	wire_init(&w, s, true);
	shape_blank(&shape_types_from_requirements, r);
	ok = wire_fields(&w, r, t, &types_from_requirements_fields);
	if (ok)
		r->digest = hash_text(r->text);
	return wire_done(&w, ok, KIND_TYPESFROMREQ, err);
}

void
encode_types_from_requirements(struct out *o, const struct record *r)
{
	out_fields(o, r, &types_from_requirements_fields);
}
/* clang-format on */
