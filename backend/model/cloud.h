/*
 * AWS: Auto Scaling groups and what explains them.  Member names follow the
 * API's (reference integrations D4, D5; design 6).
 */
#ifndef MODEL_CLOUD_H
#define MODEL_CLOUD_H

#include "backend/model/meta.h"

struct group_instance { /* AutoScalingGroup.Instances[] */
	const char *id, *type, *zone;
	const char *lifecycle; /* InService, Pending:Wait, Terminating ... */
	const char *health;    /* Healthy, Unhealthy */
	bool protected_from_scale_in;
};

struct group_override { /* MixedInstancesPolicy overrides */
	const char *type;	/* NULL when by requirements */
	const char *weight;	/* WeightedCapacity or NULL */
	struct type_requirements *requirements; /* NULL: none; in the block */
};

/* InstanceRequirements, as far as Cluster Autoscaler reads it (4.3 step 5). */
struct type_requirements {
	int64_t vcpu_min, vcpu_max;	    /* -1: absent */
	int64_t memory_min_mib, memory_max_mib;
	int64_t accelerator_min;	    /* -1: absent */
	const char *const *accelerator_types, *const *accelerator_makers;
	uint32_t type_n, maker_n;
	/* The whole InstanceRequirements as compact JSON, members sorted:
	 * more than the fields above, because it asks EC2 for types. */
	const char *text;
	uint64_t digest; /* of text: key of TYPESFROMREQ */
};

struct group_tag {
	const char *key, *value;
	bool at_launch;
};

struct group {
	struct record record;
	const char *name, *arn;
	int32_t min, max, desired;
	const char *const *zones; /* API order */
	uint32_t zone_n;
	const struct group_instance *instances; /* API order */
	uint32_t instance_n;
	const struct group_tag *tags; /* API order */
	uint32_t tag_n;
	const char *const *suspended; /* process names */
	uint32_t suspended_n;
	const char *subnets; /* VPCZoneIdentifier, comma separated */
	const char *status;  /* "Delete in progress" or "" */
	int64_t created_ms;
	bool protect_new;    /* NewInstancesProtectedFromScaleIn */
	bool capacity_rebalance;
	/* what it launches: exactly one of these is set, else all NULL */
	const char *launch_config;
	const char *template_id, *template_name, *template_version;
	bool mixed; /* template_* come from the MixedInstancesPolicy */
	const struct group_override *overrides;
	uint32_t override_n;
	/* InstancesDistribution; -1: absent */
	int32_t on_demand_base, on_demand_percent;
	const char *spot_strategy;
};

const char *group_tag(const struct group *g, const char *key); /* or NULL */

struct launch_template {
	struct record record;
	const char *id, *name;
	int64_t version;
	bool is_default, is_latest;
	const char *type, *image_id;
	const char *market;  /* "spot" or "" */
	struct type_requirements *requirements; /* or NULL */
	const struct group_tag *tags; /* TagSpecifications for instances */
	uint32_t tag_n;
};

struct launch_config {
	struct record record;
	const char *name, *type, *image_id, *spot_price;
};

struct image {
	struct record record;
	const char *id, *name, *arch, *virtualization;
	int64_t created_ms;
};

struct instance_type {
	struct record record;
	const char *name;
	int32_t vcpus, gpus;
	int64_t memory_mib;
	const char *arch; /* "arm64" or "amd64" (reference 4.6) */
	const char *gpu_name;
	int32_t max_enis, ips_per_eni;
	bool spot, nitro, bare_metal, burstable;
};

/* Answer of GetInstanceTypesFromInstanceRequirements for one digest. */
struct types_from_requirements {
	struct record record;
	uint64_t digest;	/* of text; see type_requirements */
	const char *text;
	const char *arch, *virtualization;
	const char *const *types;
	uint32_t type_n;
};

struct instance {
	struct record record;
	const char *id, *type, *zone, *state; /* pending, running ... */
	const char *lifecycle; /* "spot" or "" */
	const char *private_dns, *private_ip, *public_ip, *subnet, *image_id;
	const char *key_name, *vpc;
	const char *state_reason; /* StateReason.Code */
	int64_t launched_ms;
	const struct group_tag *tags;
	uint32_t tag_n;
};

struct nodegroup_taint {
	const char *key, *value; /* value NULL when absent */
	uint8_t effect;		 /* enum taint_effect */
};

struct nodegroup { /* EKS managed node group */
	struct record record;
	const char *name, *cluster, *arn, *status, *version, *release;
	const char *capacity_type, *ami_type;
	int32_t min, max, desired, disk_gb;
	struct labels labels, tags;
	const struct nodegroup_taint *taints;
	uint32_t taint_n;
	const char *const *groups; /* Auto Scaling group names */
	uint32_t group_n;
	const char *const *types;
	uint32_t type_n;
	const char *issue_code, *issue_message; /* first health issue */
};

struct activity {
	struct record record;
	const char *id, *group, *status, *message, *cause, *description;
	int64_t started_ms, ended_ms;
};

struct subnet {
	struct record record;
	const char *id, *zone, *vpc, *cidr;
	int32_t free_addresses;
};

struct price { /* hourly, micro dollars */
	struct record record;
	const char *type, *zone; /* zone "" for on-demand */
	int64_t udollars_hour;
	bool spot;
};

/* What was really asked of the cloud and how it ended (design 5). */
enum act_by { ACT_BY_PADDOCK, ACT_BY_CA, ACT_BY_PERSON };
enum act_outcome { ACT_RUNNING, ACT_OK, ACT_FAILED };

struct act {
	struct record record;
	const char *id;
	const char *what;  /* "scaleUp", "scaleDown", "cordon" ... */
	const char *group, *node;
	const char *code;  /* error code when failed */
	int32_t from, to;
	int64_t started_ms, ended_ms;
	uint8_t by, outcome;
};

#endif
