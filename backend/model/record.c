/*
 * Kinds of records by name, and their reference counts.
 */
#include "backend/model/record.h"

#include <stdlib.h>

#include "backend/model/workload.h"

/* clang-format off */
static const struct {
	const char *name, *plural;
	uint8_t source;
} kinds[KIND_COUNT] = {
#define KIND(id, name, plural, source) \
	[KIND_##id] = { name, plural, SOURCE_##source },
#include "backend/model/kinds.def"
#undef KIND
};

static const char *const source_names[SOURCE_COUNT] = {
	[SOURCE_KUBERNETES] = "kubernetes",
	[SOURCE_AWS] = "aws",
	[SOURCE_GITLAB] = "gitlab",
	[SOURCE_PADDOCK] = "paddock",
};
/* clang-format on */

const char *
kind_name(enum kind kind)
{
	return (unsigned)kind < KIND_COUNT ? kinds[kind].name : "unknown";
}

const char *
kind_plural(enum kind kind)
{
	return (unsigned)kind < KIND_COUNT ? kinds[kind].plural : "unknown";
}

enum source
kind_source(enum kind kind)
{
	BUG_IF((unsigned)kind >= KIND_COUNT);
	return (enum source)kinds[kind].source;
}

const char *
source_name(enum source source)
{
	return (unsigned)source < SOURCE_COUNT ? source_names[source]
					       : "unknown";
}

enum kind
kind_by_name(const char *name)
{
	for (int k = 0; k < KIND_COUNT; k++)
		if (strcmp(kinds[k].name, name) == 0)
			return (enum kind)k;
	/* Backwards: of the two called "jobs", people mean GitLab's. */
	for (int k = KIND_COUNT; k-- > 0;)
		if (strcmp(kinds[k].plural, name) == 0)
			return (enum kind)k;
	return KIND_COUNT;
}

void *
record_seal(struct seal *s, enum kind kind)
{
	struct record *r;
	uint32_t bytes;
	uint16_t parts;

	r = seal_done(s, &bytes, &parts);
	if (!r)
		return NULL;
	atomic_init(&r->refs, 1);
	r->bytes = bytes;
	r->parts = parts;
	r->kind = (uint8_t)kind;
	return r;
}

const void *
record_ref(const void *record)
{
	struct record *r = (struct record *)(uintptr_t)record;

	if (r)
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return record;
}

void
record_copy(void *to, const void *from, size_t bytes)
{
	enum { COUNT = sizeof(((struct record *)0)->refs) };
	struct record *r = to;

	_Static_assert(offsetof(struct record, refs) == 0, "counted first");
	memcpy((char *)to + COUNT, (const char *)from + COUNT, bytes - COUNT);
	atomic_init(&r->refs, 1);
}

/* Workloads own their template pod; no other record owns another. */
static const struct pod *
owned_pod(const struct record *r)
{
	switch (r->kind) {
	case KIND_DAEMONSET:
	case KIND_REPLICASET:
	case KIND_RC:
	case KIND_STATEFULSET:
	case KIND_DEPLOYMENT:
	case KIND_BATCHJOB:
		return ((const struct workload *)(const void *)r)->template_pod;
	default:
		return NULL;
	}
}

void
record_unref(const void *record)
{
	struct record *r = (struct record *)(uintptr_t)record;
	uint32_t before;

	if (!r)
		return;
	/* acq_rel, not release and a fence: TSan does not model fences. */
	before = atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel);
	BUG_IF(before == 0);
	if (before > 1)
		return;
	record_unref(owned_pod(r));
	seal_release(r, r->bytes, r->parts);
}
