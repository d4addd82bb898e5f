/*
 * Who a record is: name, namespace, uid, version and key of any kind.
 */
#include <inttypes.h>
#include <stdio.h>

#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"
#include "backend/model/node.h"
#include "backend/model/snapshot.h"
#include "backend/model/storage.h"
#include "backend/model/workload.h"

/* Every Kubernetes record starts alike. */
struct kube_record {
	struct record record;
	struct meta meta;
};

#define LIKE_KUBE(type)                                                     \
	_Static_assert(offsetof(struct type, meta) ==                       \
			       offsetof(struct kube_record, meta),          \
		       "meta must follow record")
LIKE_KUBE(pod);
LIKE_KUBE(node);
LIKE_KUBE(workload);
LIKE_KUBE(pdb);
LIKE_KUBE(namespace);
LIKE_KUBE(priority_class);
LIKE_KUBE(pv);
LIKE_KUBE(pvc);
LIKE_KUBE(storage_class);
LIKE_KUBE(csinode);
LIKE_KUBE(csidriver);
LIKE_KUBE(csi_capacity);
LIKE_KUBE(volume_attachment);
LIKE_KUBE(configmap);
LIKE_KUBE(lease);
LIKE_KUBE(event);

static const struct meta *
meta_of(const struct record *r)
{
	if (r->kind >= KIND_COUNT ||
	    kind_source((enum kind)r->kind) != SOURCE_KUBERNETES)
		return NULL;
	return &((const struct kube_record *)(const void *)r)->meta;
}

#define NAME_AT(id, type, member)                                           \
	[KIND_##id] = offsetof(struct type, member)

/* Where the name stands in kinds of other sources; 0: nowhere. */
static const uint16_t name_at[KIND_COUNT] = {
	NAME_AT(GROUP, group, name),
	NAME_AT(TEMPLATE, launch_template, name),
	NAME_AT(LAUNCHCONFIG, launch_config, name),
	NAME_AT(IMAGE, image, id),
	NAME_AT(INSTANCETYPE, instance_type, name),
	NAME_AT(INSTANCE, instance, id),
	NAME_AT(NODEGROUP, nodegroup, name),
	NAME_AT(ACTIVITY, activity, id),
	NAME_AT(SUBNET, subnet, id),
	NAME_AT(PRICE, price, type),
	NAME_AT(RUNNER, runner, description),
	NAME_AT(MANAGER, manager, system_id),
	NAME_AT(JOB, job, name),
	NAME_AT(ACT, act, id),
	NAME_AT(QUEUE, queue, tags),
	NAME_AT(ALARM, alarm, id),
	NAME_AT(DECISION, decision, subject),
	NAME_AT(ENTRY, entry, id),
	NAME_AT(STEP, plan_step, subject),
};

const char *
record_name(const struct record *r)
{
	const struct meta *meta = meta_of(r);
	const char *name;

	if (meta)
		return str_or_empty(meta->name);
	if (r->kind >= KIND_COUNT || !name_at[r->kind])
		return "";
	memcpy(&name, (const char *)r + name_at[r->kind], sizeof(name));
	return str_or_empty(name);
}

const char *
record_ns(const struct record *r)
{
	const struct meta *meta = meta_of(r);

	return meta ? str_or_empty(meta->ns) : "";
}

const char *
record_uid(const struct record *r)
{
	const struct meta *meta = meta_of(r);

	return meta ? str_or_empty(meta->uid) : "";
}

const char *
record_rv(const struct record *r)
{
	const struct meta *meta = meta_of(r);

	if (r->kind == KIND_STEP)
		return str_or_empty(
			((const struct plan_step *)(const void *)r)->version);
	return meta ? str_or_empty(meta->rv) : "";
}

#define AS(type, r) ((const struct type *)(const void *)(r))

/* Kinds whose name alone does not tell them apart. */
static bool
special_key(const struct record *r, char out[static RECORD_KEY])
{
	switch (r->kind) {
	case KIND_TEMPLATE:
		snprintf(out, RECORD_KEY, "%s/%" PRId64,
			 str_or_empty(AS(launch_template, r)->id),
			 AS(launch_template, r)->version);
		return true;
	case KIND_TYPESFROMREQ:
		snprintf(out, RECORD_KEY, "%016" PRIx64 "/%s/%s",
			 AS(types_from_requirements, r)->digest,
			 str_or_empty(AS(types_from_requirements, r)->arch),
			 str_or_empty(AS(types_from_requirements, r)
					      ->virtualization));
		return true;
	case KIND_PRICE:
		snprintf(out, RECORD_KEY, "%s/%s/%s",
			 str_or_empty(AS(price, r)->type),
			 str_or_empty(AS(price, r)->zone),
			 AS(price, r)->spot ? "spot" : "on-demand");
		return true;
	case KIND_RUNNER:
		snprintf(out, RECORD_KEY, "%" PRId64, AS(runner, r)->id);
		return true;
	case KIND_MANAGER:
		snprintf(out, RECORD_KEY, "%" PRId64, AS(manager, r)->id);
		return true;
	case KIND_JOB:
		snprintf(out, RECORD_KEY, "%" PRId64, AS(job, r)->id);
		return true;
	case KIND_DECISION:
		snprintf(out, RECORD_KEY, "%" PRIu64, AS(decision, r)->number);
		return true;
	case KIND_ENTRY:
		snprintf(out, RECORD_KEY, "%" PRIu64, AS(entry, r)->seq);
		return true;
	case KIND_STEP:
		snprintf(out, RECORD_KEY, "%s",
			 str_or_empty(AS(plan_step, r)->id));
		return true;
	default:
		return false;
	}
}

/* As much of the text as fits before `end`; where it ends. */
static char *
add_text(char *at, const char *end, const char *text)
{
	while (at < end && *text)
		*at++ = *text++;
	return at;
}

const char *
record_key(const struct record *r, char out[static RECORD_KEY])
{
	const char *end = out + RECORD_KEY - 1;
	const char *ns = record_ns(r);
	char *at = out;

	if (special_key(r, out))
		return out;
	if (*ns)
		at = add_text(add_text(at, end, ns), end, "/");
	*add_text(at, end, record_name(r)) = '\0';
	return out;
}

bool
record_has_key(const struct record *r, const char *key)
{
	char own[RECORD_KEY];

	return strcmp(record_key(r, own), key) == 0;
}
