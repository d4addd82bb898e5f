/*
 * What all Kubernetes objects share: names, labels, owners, selectors, taints,
 * resource vectors.  Arrays are sorted by key where said, so that equal objects
 * have equal bytes.
 */
#ifndef MODEL_META_H
#define MODEL_META_H

#include "backend/model/record.h"

struct label {
	const char *key, *value;
};

struct labels { /* sorted by key, unique */
	const struct label *at;
	uint32_t n;
};

/* NULL when absent. */
const char *labels_get(const struct labels *l, const char *key);

struct meta {
	const char *ns;	  /* "" for cluster-scoped */
	const char *name;
	const char *uid;
	const char *rv;	  /* resourceVersion: opaque */
	int64_t created_ms;
	int64_t deleted_ms; /* deletionTimestamp, 0 when not terminating */
	int64_t generation;
	struct labels labels;
	/* Only keys in meta_keeps_annotation(): what we read or show. */
	struct labels annotations;
	/* The controlling owner (controller: true); kind NULL when none. */
	const char *owner_kind, *owner_name, *owner_uid, *owner_api;
	uint32_t finalizers; /* how many */
};

bool meta_keeps_annotation(const char *key, size_t len);

/* ---- selectors: label selectors and node selector terms ---- */

enum selector_op { OP_IN, OP_NOT_IN, OP_EXISTS, OP_NOT_EXISTS, OP_GT, OP_LT };

struct requirement {
	const char *key;
	const char *const *values;
	uint32_t value_n;
	uint8_t op; /* enum selector_op */
};

/* matchLabels become OP_IN with one value.  A NULL selector in the API (absent)
 * has present = false and matches nothing; an empty one matches everything. */
struct selector {
	const struct requirement *at;
	uint32_t n;
	bool present;
};

bool requirement_matches(const struct requirement *r, const char *value);
bool selector_matches(const struct selector *s, const struct labels *l);

/* ---- taints ---- */

enum taint_effect { TAINT_ANY, TAINT_NO_SCHEDULE, TAINT_PREFER_NO_SCHEDULE,
		    TAINT_NO_EXECUTE, TAINT_OTHER };

struct taint {
	const char *key, *value;
	int64_t added_ms; /* timeAdded, 0 when absent */
	uint8_t effect;
};

struct toleration {
	const char *key, *value; /* "" when absent */
	int64_t seconds;	 /* tolerationSeconds, -1 when absent */
	uint8_t effect;		 /* TAINT_ANY when absent */
	bool exists;		 /* operator Exists */
};

const char *taint_effect_name(enum taint_effect effect);

/* ---- resources ---- */

struct resource {
	const char *name; /* nvidia.com/gpu, hugepages-2Mi ... */
	int64_t amount;	  /* whole units */
};

enum { HAS_CPU = 1, HAS_MEMORY = 2, HAS_EPHEMERAL = 4, HAS_PODS = 8 };

struct resources {
	int64_t cpu_mcpu;
	int64_t memory_bytes;
	int64_t ephemeral_bytes;
	int64_t pods;
	const struct resource *ext; /* sorted by name */
	uint32_t ext_n;
	uint8_t has; /* HAS_*: which of the four were written down */
};

/* 0 when absent.  Knows cpu (milli), memory, ephemeral-storage, pods too. */
int64_t resources_get(const struct resources *r, const char *name);

#endif
