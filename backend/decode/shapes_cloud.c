/*
 * Memory layout of the AWS, GitLab and act records, and the shape of a kind.
 */
#include "backend/decode/shape.h"
#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"

/* clang-format off */

#define OF struct group_instance
static const struct member group_instance_members[] = {
	TEXT(id), TEXT(type), TEXT(zone), TEXT(lifecycle), TEXT(health),
	BOOL(protected_from_scale_in),
};
SHAPE(group_instance, OF);
#undef OF

#define OF struct type_requirements
static const struct member type_requirements_members[] = {
	I64(vcpu_min, -1), I64(vcpu_max, -1), I64(memory_min_mib, -1),
	I64(memory_max_mib, -1), I64(accelerator_min, -1),
	TEXTS(accelerator_types, type_n), TEXTS(accelerator_makers, maker_n),
	TEXT(text), I64(digest, 0),
};
SHAPE(type_requirements, OF);
#undef OF

#define OF struct group_override
static const struct member group_override_members[] = {
	TEXT_NULL(type), TEXT_NULL(weight),
	POINTER(requirements, type_requirements),
};
SHAPE(group_override, OF);
#undef OF

#define OF struct group_tag
static const struct member group_tag_members[] = {
	TEXT(key), TEXT(value), BOOL(at_launch),
};
SHAPE(group_tag, OF);
#undef OF

#define OF struct group
static const struct member group_members[] = {
	TEXT(name), TEXT(arn), I32(min, 0), I32(max, 0), I32(desired, 0),
	TEXTS(zones, zone_n), MANY(instances, instance_n, group_instance),
	MANY(tags, tag_n, group_tag), TEXTS(suspended, suspended_n),
	TEXT(subnets), TEXT(status), I64(created_ms, 0), BOOL(protect_new),
	BOOL(capacity_rebalance), TEXT_NULL(launch_config),
	TEXT_NULL(template_id), TEXT_NULL(template_name),
	TEXT_NULL(template_version), BOOL(mixed),
	MANY(overrides, override_n, group_override),
	I32(on_demand_base, -1), I32(on_demand_percent, -1),
	TEXT(spot_strategy),
};
SHAPE(group, OF);
#undef OF

#define OF struct launch_template
static const struct member launch_template_members[] = {
	TEXT(id), TEXT(name), I64(version, 0), BOOL(is_default),
	BOOL(is_latest), TEXT(type), TEXT(image_id), TEXT(market),
	POINTER(requirements, type_requirements), MANY(tags, tag_n, group_tag),
};
SHAPE(launch_template, OF);
#undef OF

#define OF struct launch_config
static const struct member launch_config_members[] = {
	TEXT(name), TEXT(type), TEXT(image_id), TEXT(spot_price),
};
SHAPE(launch_config, OF);
#undef OF

#define OF struct image
static const struct member image_members[] = {
	TEXT(id), TEXT(name), TEXT(arch), TEXT(virtualization),
	I64(created_ms, 0),
};
SHAPE(image, OF);
#undef OF

#define OF struct instance_type
static const struct member instance_type_members[] = {
	TEXT(name), I32(vcpus, 0), I32(gpus, 0), I64(memory_mib, 0),
	TEXT(arch), TEXT(gpu_name), I32(max_enis, 0), I32(ips_per_eni, 0),
	BOOL(spot), BOOL(nitro), BOOL(bare_metal), BOOL(burstable),
};
SHAPE(instance_type, OF);
#undef OF

#define OF struct types_from_requirements
static const struct member types_from_requirements_members[] = {
	I64(digest, 0), TEXT(text), TEXT(arch), TEXT(virtualization),
	TEXTS(types, type_n),
};
SHAPE(types_from_requirements, OF);
#undef OF

#define OF struct instance
static const struct member instance_members[] = {
	TEXT(id), TEXT(type), TEXT(zone), TEXT(state), TEXT(lifecycle),
	TEXT(private_dns), TEXT(private_ip), TEXT(public_ip), TEXT(subnet),
	TEXT(image_id), TEXT(key_name), TEXT(vpc), TEXT(state_reason),
	I64(launched_ms, 0), MANY(tags, tag_n, group_tag),
};
SHAPE(instance, OF);
#undef OF

#define OF struct nodegroup_taint
static const struct member nodegroup_taint_members[] = {
	TEXT(key), TEXT_NULL(value), U8(effect),
};
SHAPE(nodegroup_taint, OF);
#undef OF

#define OF struct nodegroup
static const struct member nodegroup_members[] = {
	TEXT(name), TEXT(cluster), TEXT(arn), TEXT(status), TEXT(version),
	TEXT(release), TEXT(capacity_type), TEXT(ami_type), I32(min, 0),
	I32(max, 0), I32(desired, 0), I32(disk_gb, 0), PART(labels, labels),
	PART(tags, labels), MANY(taints, taint_n, nodegroup_taint),
	TEXTS(groups, group_n), TEXTS(types, type_n), TEXT(issue_code),
	TEXT(issue_message),
};
SHAPE(nodegroup, OF);
#undef OF

#define OF struct activity
static const struct member activity_members[] = {
	TEXT(id), TEXT(group), TEXT(status), TEXT(message), TEXT(cause),
	TEXT(description), I64(started_ms, 0), I64(ended_ms, 0),
};
SHAPE(activity, OF);
#undef OF

#define OF struct subnet
static const struct member subnet_members[] = {
	TEXT(id), TEXT(zone), TEXT(vpc), TEXT(cidr), I32(free_addresses, 0),
};
SHAPE(subnet, OF);
#undef OF

#define OF struct price
static const struct member price_members[] = {
	TEXT(type), TEXT(zone), I64(udollars_hour, 0), BOOL(spot),
};
SHAPE(price, OF);
#undef OF

#define OF struct act
static const struct member act_members[] = {
	TEXT(id), TEXT(what), TEXT(group), TEXT(node), TEXT(code),
	I32(from, 0), I32(to, 0), I64(started_ms, 0), I64(ended_ms, 0),
	U8(by), U8(outcome),
};
SHAPE(act, OF);
#undef OF

#define OF struct runner
static const struct member runner_members[] = {
	I64(id, 0), TEXT(short_token), TEXT(description), TEXT(type),
	TEXT(status), TEXT(version), TEXTS(tags, tag_n), BOOL(paused),
	BOOL(run_untagged), BOOL(locked), BOOL(ref_protected),
	BOOL(tags_known), I64(contacted_ms, 0), I32(max_timeout_s, 0),
	I32(running_jobs, -1), I32(job_limit, -1),
};
SHAPE(runner, OF);
#undef OF

#define OF struct manager
static const struct member manager_members[] = {
	I64(id, 0), I64(runner_id, 0), TEXT(system_id), TEXT(version),
	TEXT(platform), TEXT(arch), TEXT(ip), TEXT(status), TEXT(executor),
	I64(contacted_ms, 0), I64(created_ms, 0),
};
SHAPE(manager, OF);
#undef OF

#define OF struct job
static const struct member job_members[] = {
	I64(id, 0), I64(project_id, 0), I64(pipeline_id, 0),
	I64(runner_id, 0), TEXT(name), TEXT(stage), TEXT(ref), TEXT(project),
	TEXT(user), TEXT(web_url), TEXT(status_text), TEXT(failure_reason),
	TEXT(manager_system_id), TEXTS(tags, tag_n), U8(status), BOOL(stuck),
	BOOL(from_pod), I64(created_ms, 0), I64(queued_ms, 0),
	I64(started_ms, 0), I64(finished_ms, 0), I64(timeout_ms, 0),
};
SHAPE(job, OF);
#undef OF

static const struct shape *const shapes[KIND_COUNT] = {
	[KIND_POD] = &shape_pod,
	[KIND_NODE] = &shape_node,
	[KIND_NAMESPACE] = &shape_namespace,
	[KIND_DAEMONSET] = &shape_workload,
	[KIND_REPLICASET] = &shape_workload,
	[KIND_RC] = &shape_workload,
	[KIND_STATEFULSET] = &shape_workload,
	[KIND_DEPLOYMENT] = &shape_workload,
	[KIND_BATCHJOB] = &shape_workload,
	[KIND_PDB] = &shape_pdb,
	[KIND_PRIORITYCLASS] = &shape_priority_class,
	[KIND_PV] = &shape_pv,
	[KIND_PVC] = &shape_pvc,
	[KIND_STORAGECLASS] = &shape_storage_class,
	[KIND_CSINODE] = &shape_csinode,
	[KIND_CSIDRIVER] = &shape_csidriver,
	[KIND_CSICAPACITY] = &shape_csi_capacity,
	[KIND_VOLUMEATTACHMENT] = &shape_volume_attachment,
	[KIND_CONFIGMAP] = &shape_configmap,
	[KIND_LEASE] = &shape_lease,
	[KIND_EVENT] = &shape_event,
	[KIND_GROUP] = &shape_group,
	[KIND_TEMPLATE] = &shape_launch_template,
	[KIND_LAUNCHCONFIG] = &shape_launch_config,
	[KIND_IMAGE] = &shape_image,
	[KIND_INSTANCETYPE] = &shape_instance_type,
	[KIND_TYPESFROMREQ] = &shape_types_from_requirements,
	[KIND_INSTANCE] = &shape_instance,
	[KIND_NODEGROUP] = &shape_nodegroup,
	[KIND_ACTIVITY] = &shape_activity,
	[KIND_SUBNET] = &shape_subnet,
	[KIND_PRICE] = &shape_price,
	[KIND_RUNNER] = &shape_runner,
	[KIND_MANAGER] = &shape_manager,
	[KIND_JOB] = &shape_job,
	[KIND_ACT] = &shape_act,
};
/* clang-format on */

const struct shape *
shape_of(enum kind kind)
{
	return (unsigned)kind < KIND_COUNT ? shapes[kind] : NULL;
}
