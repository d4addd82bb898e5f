/*
 * The simulated catalogue of EC2 instance types: what DescribeInstanceTypes and
 * the price list say of them.
 */
#ifndef SIM_WORLD_TYPES_H
#define SIM_WORLD_TYPES_H

#include "backend/base/mem.h"

struct sim_type {
	const char *name, *arch; /* "amd64" or "arm64" */
	int32_t vcpus, memory_mib;
	int32_t enis, ips_per_eni;
	int32_t gpus;
	const char *gpu;	 /* "T4", "" */
	int32_t gpu_memory_mib;	 /* of each */
	bool burstable, nitro;
	const char *network;	 /* "Up to 12.5 Gigabit" */
	int64_t udollars_hour;	 /* on demand, Linux, eu-west-1 */
};

/* Ends with name NULL. */
extern const struct sim_type sim_types[];
const struct sim_type *sim_type_find(const char *name);
/* It has local disks. */
bool sim_type_has_disk(const struct sim_type *t);

/* What the Amazon EKS AMI gives a node of this type (reference integrations
 * H): pods by interfaces and addresses, and what the kubelet keeps back. */
int32_t sim_type_max_pods(const struct sim_type *t);
int64_t sim_type_reserved_mcpu(const struct sim_type *t);
int64_t sim_type_reserved_mib(const struct sim_type *t);
/* Memory the kernel leaves the kubelet to report. */
int64_t sim_type_memory_kib(const struct sim_type *t);

#endif
