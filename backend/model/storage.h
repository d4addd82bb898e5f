/*
 * Volumes as far as the scheduler's volume predicates read them (reference
 * cluster-autoscaler 2.2: VolumeBinding, VolumeZone, NodeVolumeLimits,
 * VolumeRestrictions).  Sources: core/v1, storage.k8s.io/v1.
 */
#ifndef MODEL_STORAGE_H
#define MODEL_STORAGE_H

#include "backend/model/pod.h"

struct pv {
	struct record record;
	struct meta meta;
	const char *phase;
	const char *storage_class;
	const char *claim_ns, *claim_name, *claim_uid;
	const char *csi_driver, *csi_handle;
	const char *ebs_id; /* awsElasticBlockStore: an in-tree volume */
	const char *access_modes; /* "ReadWriteOnce,ReadOnlyMany" */
	int64_t capacity_bytes;
	const struct node_term *node_terms; /* nodeAffinity.required */
	uint32_t node_term_n;
	bool has_node_affinity;
};

struct pvc {
	struct record record;
	struct meta meta;
	const char *phase;
	const char *storage_class; /* NULL: absent (default class) */
	const char *volume_name;
	const char *access_modes;
	const char *selected_node; /* volume.kubernetes.io/selected-node */
	int64_t request_bytes;
	struct selector selector;
	bool bind_completed; /* pv.kubernetes.io/bind-completed */
};

struct storage_class {
	struct record record;
	struct meta meta;
	const char *provisioner;
	bool wait_for_consumer;
	bool is_default;
	const struct node_term *topologies; /* allowedTopologies */
	uint32_t topology_n;
};

struct csi_limit {
	const char *driver;
	int64_t count; /* -1: no limit given */
	const char *const *topology_keys;
	uint32_t key_n;
};

struct csinode {
	struct record record;
	struct meta meta;
	const struct csi_limit *drivers;
	uint32_t driver_n;
};

struct csidriver {
	struct record record;
	struct meta meta;
	bool storage_capacity;
	bool attach_required;
};

struct csi_capacity {
	struct record record;
	struct meta meta;
	const char *storage_class;
	struct selector topology;
	int64_t capacity_bytes, max_bytes; /* -1: absent */
};

struct volume_attachment {
	struct record record;
	struct meta meta;
	const char *attacher, *node_name, *pv_name;
	bool attached;
};

#endif
