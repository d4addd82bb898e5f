/*
 * The memory layout of records as tables, so that blanking, comparing and
 * hashing are written once.  A test proves that the tables leave no hole.
 *
 * Inside decode/ only.
 */
#ifndef DECODE_SHAPE_H
#define DECODE_SHAPE_H

#include "backend/model/record.h"

enum member_type {
	MEMBER_TEXT,	   /* const char *, never NULL */
	MEMBER_TEXT_NULL,  /* const char *, NULL when absent */
	MEMBER_BOOL,
	MEMBER_U8,
	MEMBER_U16,
	MEMBER_I32,
	MEMBER_U32,
	MEMBER_I64,
	MEMBER_TEXTS,	   /* const char *const * and its count */
	MEMBER_ARRAY,	   /* of `sub`, and its count */
	MEMBER_STRUCT,	   /* a `sub` embedded */
	MEMBER_POINTER,	   /* to one `sub`, NULL allowed */
	MEMBER_RECORD,	   /* another record of shape `sub`, NULL allowed */
};

struct shape;

struct member {
	const char *name;
	uint16_t at, count_at;	/* bytes from the start */
	uint8_t type;		/* enum member_type */
	bool spec;		/* part of spec_hash */
	int32_t blank;		/* value of numbers when absent */
	const struct shape *sub;
};

struct shape {
	uint32_t bytes;
	uint32_t n;
	const struct member *members;
};

/* Sets what is not zero when absent: texts to "", numbers to their blank.
 * at points to zeroed memory. */
void shape_blank(const struct shape *shape, void *at);
bool shape_equal(const struct shape *shape, const void *a, const void *b);
/* Of the members marked `spec`. */
uint64_t shape_spec_hash(const struct shape *shape, const void *at,
			 uint64_t seed);
/* NULL for kinds that are never on a wire. */
const struct shape *shape_of(enum kind kind);

extern const struct shape shape_meta, shape_labels, shape_resources,
	shape_selector, shape_requirement, shape_taint, shape_toleration,
	shape_host_port, shape_container, shape_container_times,
	shape_node_term, shape_pod_term,
	shape_spread, shape_volume, shape_pod, shape_node, shape_node_image,
	shape_workload, shape_pdb, shape_namespace, shape_priority_class,
	shape_lease, shape_configmap, shape_event, shape_pv, shape_pvc,
	shape_storage_class, shape_csi_limit, shape_csinode, shape_csidriver,
	shape_csi_capacity, shape_volume_attachment;

extern const struct shape shape_group, shape_group_instance,
	shape_group_override, shape_group_tag, shape_type_requirements,
	shape_launch_template, shape_launch_config, shape_image,
	shape_instance_type, shape_types_from_requirements, shape_instance,
	shape_nodegroup_taint, shape_nodegroup, shape_activity, shape_subnet,
	shape_price, shape_act, shape_runner, shape_manager, shape_job;

/* Rows: define OF as the struct, then list its members in order. */
#define SHAPE(id, type)                                                     \
	const struct shape shape_##id = { sizeof(type),                     \
					  ARRAY_LEN(id##_members),          \
					  id##_members }
#define ROW_(m, t, is_spec, b, s, c)                                        \
	{ #m, offsetof(OF, m), c, t, is_spec, b, s }
#define TEXT(m) ROW_(m, MEMBER_TEXT, false, 0, NULL, 0)
#define TEXT_NULL(m) ROW_(m, MEMBER_TEXT_NULL, false, 0, NULL, 0)
#define BOOL(m) ROW_(m, MEMBER_BOOL, false, 0, NULL, 0)
#define U8(m) ROW_(m, MEMBER_U8, false, 0, NULL, 0)
#define U16(m) ROW_(m, MEMBER_U16, false, 0, NULL, 0)
#define I32(m, b) ROW_(m, MEMBER_I32, false, b, NULL, 0)
#define U32(m) ROW_(m, MEMBER_U32, false, 0, NULL, 0)
#define I64(m, b) ROW_(m, MEMBER_I64, false, b, NULL, 0)
#define TEXTS(m, n) ROW_(m, MEMBER_TEXTS, false, 0, NULL, offsetof(OF, n))
#define MANY(m, n, s)                                                       \
	ROW_(m, MEMBER_ARRAY, false, 0, &shape_##s, offsetof(OF, n))
#define PART(m, s) ROW_(m, MEMBER_STRUCT, false, 0, &shape_##s, 0)
#define POINTER(m, s) ROW_(m, MEMBER_POINTER, false, 0, &shape_##s, 0)
#define RECORD(m, s) ROW_(m, MEMBER_RECORD, false, 0, &shape_##s, 0)
/* The same as part of the spec. */
#define S_TEXT(m) ROW_(m, MEMBER_TEXT, true, 0, NULL, 0)
#define S_TEXT_NULL(m) ROW_(m, MEMBER_TEXT_NULL, true, 0, NULL, 0)
#define S_BOOL(m) ROW_(m, MEMBER_BOOL, true, 0, NULL, 0)
#define S_U8(m) ROW_(m, MEMBER_U8, true, 0, NULL, 0)
#define S_I32(m, b) ROW_(m, MEMBER_I32, true, b, NULL, 0)
#define S_U32(m) ROW_(m, MEMBER_U32, true, 0, NULL, 0)
#define S_I64(m, b) ROW_(m, MEMBER_I64, true, b, NULL, 0)
#define S_TEXTS(m, n) ROW_(m, MEMBER_TEXTS, true, 0, NULL, offsetof(OF, n))
#define S_MANY(m, n, s)                                                     \
	ROW_(m, MEMBER_ARRAY, true, 0, &shape_##s, offsetof(OF, n))
#define S_POINTER(m, s) ROW_(m, MEMBER_POINTER, true, 0, &shape_##s, 0)
#define S_PART(m, s) ROW_(m, MEMBER_STRUCT, true, 0, &shape_##s, 0)

#endif
