/*
 * Memory layout of the Kubernetes records.
 */
#include "backend/decode/shape.h"
#include "backend/model/node.h"
#include "backend/model/storage.h"
#include "backend/model/workload.h"

/* clang-format off */

/* ---- shared parts ---- */

#define OF struct label
static const struct member label_members[] = { S_TEXT(key), S_TEXT(value) };
static SHAPE(label, OF);
#undef OF

#define OF struct labels
static const struct member labels_members[] = { S_MANY(at, n, label) };
SHAPE(labels, OF);
#undef OF

#define OF struct meta
static const struct member meta_members[] = {
	TEXT(ns), TEXT(name), TEXT(uid), TEXT(rv),
	I64(created_ms, 0), I64(deleted_ms, 0), I64(generation, 0),
	S_PART(labels, labels), PART(annotations, labels),
	TEXT_NULL(owner_kind), TEXT(owner_name), TEXT(owner_uid),
	TEXT(owner_api), U32(finalizers),
};
SHAPE(meta, OF);
#undef OF

#define OF struct requirement
static const struct member requirement_members[] = {
	S_TEXT(key), S_TEXTS(values, value_n), S_U8(op),
};
SHAPE(requirement, OF);
#undef OF

#define OF struct selector
static const struct member selector_members[] = {
	S_MANY(at, n, requirement), S_BOOL(present),
};
SHAPE(selector, OF);
#undef OF

#define OF struct taint
static const struct member taint_members[] = {
	S_TEXT(key), S_TEXT(value), I64(added_ms, 0), S_U8(effect),
};
SHAPE(taint, OF);
#undef OF

#define OF struct toleration
static const struct member toleration_members[] = {
	S_TEXT(key), S_TEXT(value), S_I64(seconds, -1), S_U8(effect),
	S_BOOL(exists),
};
SHAPE(toleration, OF);
#undef OF

#define OF struct resource
static const struct member resource_members[] = {
	S_TEXT(name), S_I64(amount, 0),
};
static SHAPE(resource, OF);
#undef OF

#define OF struct resources
static const struct member resources_members[] = {
	S_I64(cpu_mcpu, 0), S_I64(memory_bytes, 0), S_I64(ephemeral_bytes, 0),
	S_I64(pods, 0), S_MANY(ext, ext_n, resource), S_U8(has),
};
SHAPE(resources, OF);
#undef OF

/* ---- pods ---- */

#define OF struct host_port
static const struct member host_port_members[] = {
	S_TEXT(ip), S_TEXT(protocol), S_I32(port, 0),
};
SHAPE(host_port, OF);
#undef OF

#define OF struct container
static const struct member container_members[] = {
	S_TEXT(name), S_TEXT(image), S_PART(requests, resources),
	S_POINTER(limits, resources), S_MANY(ports, port_n, host_port),
	S_U8(role), U8(state), BOOL(ready), BOOL(started),
	U16(status_at), I32(restarts, 0),
	I32(exit_code, 0), I32(signal, 0), TEXT(reason), TEXT(message),
	POINTER(allocated, resources),
	POINTER(actual, resources), TEXT(last_reason), I32(last_exit_code, 0),
};
SHAPE(container, OF);
#undef OF

#define OF struct container_times
static const struct member container_times_members[] = {
	I64(started_ms, 0), I64(finished_ms, 0),
};
SHAPE(container_times, OF);
#undef OF

#define OF struct node_term
static const struct member node_term_members[] = {
	S_MANY(labels, label_n, requirement),
	S_MANY(fields, field_n, requirement),
};
SHAPE(node_term, OF);
#undef OF

#define OF struct pod_term
static const struct member pod_term_members[] = {
	S_PART(selector, selector), S_PART(ns_selector, selector),
	S_TEXTS(namespaces, ns_n), S_TEXT(topology_key),
	S_TEXTS(match_keys, match_n), S_TEXTS(mismatch_keys, mismatch_n),
};
SHAPE(pod_term, OF);
#undef OF

#define OF struct spread
static const struct member spread_members[] = {
	S_TEXT(topology_key), S_PART(selector, selector), S_I32(max_skew, 0),
	S_I32(min_domains, 0), S_BOOL(do_not_schedule),
	S_BOOL(ignore_affinity), S_BOOL(honor_taints),
	S_TEXTS(match_keys, match_n),
};
SHAPE(spread, OF);
#undef OF

#define OF struct volume
static const struct member volume_members[] = {
	S_TEXT(name), S_TEXT(source), S_U8(kind), S_BOOL(read_only),
};
SHAPE(volume, OF);
#undef OF

/* spec_hash, too, is left out of itself; requests follow from the rest. */
#define OF struct pod
static const struct member pod_members[] = {
	S_PART(meta, meta),
	S_TEXT(node_name), S_TEXT(scheduler), S_TEXT(priority_class),
	S_TEXT(service_account), S_I32(priority, 0), S_BOOL(has_priority),
	S_BOOL(preempt_never), S_BOOL(host_network), S_BOOL(gated),
	S_BOOL(restart_never), S_BOOL(restart_on_failure), S_I64(grace_s, -1),
	S_I64(deadline_s, 0), S_PART(node_selector, labels),
	S_MANY(node_terms, node_term_n, node_term),
	S_BOOL(has_node_affinity), S_MANY(affinity, affinity_n, pod_term),
	S_MANY(anti_affinity, anti_affinity_n, pod_term),
	S_MANY(tolerations, toleration_n, toleration),
	S_MANY(spreads, spread_n, spread), S_MANY(volumes, volume_n, volume),
	S_MANY(containers, container_n, container),
	MANY(times, time_n, container_times),
	S_POINTER(overhead, resources), S_POINTER(pod_requests, resources),
	S_POINTER(pod_limits, resources), S_U32(resource_claims),
	PART(requests, resources), I64(spec_hash, 0),
	U8(phase), TEXT(reason), TEXT(message), TEXT(nominated_node),
	TEXT(pod_ip), TEXT(host_ip), I64(started_ms, 0),
	BOOL(scheduled), BOOL(unschedulable), BOOL(initialized),
	BOOL(containers_ready), BOOL(ready), BOOL(has_scheduled),
	BOOL(disruption_target), BOOL(resize_infeasible),
	TEXT(scheduled_reason), TEXT(scheduled_message),
	I64(scheduled_ms, 0), I64(initialized_ms, 0), I64(ready_ms, 0),
	TEXT(disruption_reason), I64(job_id, 0), I64(project_id, 0),
	BOOL(is_job), BOOL(is_manager), BOOL(is_pause),
};
SHAPE(pod, OF);
#undef OF

/* ---- nodes ---- */

#define OF struct node_image
static const struct member node_image_members[] = {
	TEXT(name), I64(bytes, 0),
};
SHAPE(node_image, OF);
#undef OF

/* spec_hash takes the labels without the hostname: decode_node.c. */
#define OF struct node
static const struct member node_members[] = {
	PART(meta, meta), TEXT(provider_id), TEXT(instance_id),
	BOOL(unschedulable), S_MANY(taints, taint_n, taint),
	PART(capacity, resources), S_PART(allocatable, resources),
	U8(ready), U8(memory_pressure), U8(disk_pressure), U8(pid_pressure),
	U8(network_unavailable), U8(suspended), BOOL(has_ready),
	TEXT(ready_reason), TEXT(ready_message), I64(ready_ms, 0),
	I64(heartbeat_ms, 0), TEXT(kubelet_version), TEXT(os_image),
	TEXT(kernel), TEXT(arch), TEXT(runtime), TEXT(internal_ip),
	TEXT(external_ip), TEXT(hostname), MANY(images, image_n, node_image),
	I64(spec_hash, 0),
};
SHAPE(node, OF);
#undef OF

/* ---- controllers and small kinds ---- */

#define OF struct workload
static const struct member workload_members[] = {
	PART(meta, meta), I32(replicas, 1), I32(ready, 0), I32(current, 0),
	I32(updated, 0), I32(available, 0), I32(desired, 0),
	PART(selector, selector), RECORD(template_pod, pod),
	TEXT(container_args), TEXT(image),
};
SHAPE(workload, OF);
#undef OF

#define OF struct pdb
static const struct member pdb_members[] = {
	PART(meta, meta), PART(selector, selector),
	I32(disruptions_allowed, 0), I32(current_healthy, 0),
	I32(desired_healthy, 0), I32(expected, 0),
	TEXT_NULL(min_available), TEXT_NULL(max_unavailable),
};
SHAPE(pdb, OF);
#undef OF

#define OF struct namespace
static const struct member namespace_members[] = {
	PART(meta, meta), TEXT(phase),
};
SHAPE(namespace, OF);
#undef OF

#define OF struct priority_class
static const struct member priority_class_members[] = {
	PART(meta, meta), I32(value, 0), BOOL(global_default),
	BOOL(preempt_never),
};
SHAPE(priority_class, OF);
#undef OF

#define OF struct lease
static const struct member lease_members[] = {
	PART(meta, meta), TEXT(holder), I32(duration_s, 0),
	I32(transitions, 0), I64(acquired_ms, 0), I64(renewed_ms, 0),
};
SHAPE(lease, OF);
#undef OF

#define OF struct configmap
static const struct member configmap_members[] = {
	PART(meta, meta), PART(data, labels),
};
SHAPE(configmap, OF);
#undef OF

#define OF struct event
static const struct member event_members[] = {
	PART(meta, meta), TEXT(type), TEXT(reason), TEXT(message),
	TEXT(object_kind), TEXT(object_ns), TEXT(object_name),
	TEXT(object_uid), TEXT(source), I32(count, 0), I64(first_ms, 0),
	I64(last_ms, 0),
};
SHAPE(event, OF);
#undef OF

/* ---- storage ---- */

#define OF struct pv
static const struct member pv_members[] = {
	PART(meta, meta), TEXT(phase), TEXT(storage_class), TEXT(claim_ns),
	TEXT(claim_name), TEXT(claim_uid), TEXT(csi_driver), TEXT(csi_handle),
	TEXT(ebs_id), TEXT(access_modes), I64(capacity_bytes, 0),
	MANY(node_terms, node_term_n, node_term), BOOL(has_node_affinity),
};
SHAPE(pv, OF);
#undef OF

#define OF struct pvc
static const struct member pvc_members[] = {
	PART(meta, meta), TEXT(phase), TEXT_NULL(storage_class),
	TEXT(volume_name), TEXT(access_modes), TEXT(selected_node),
	I64(request_bytes, 0), PART(selector, selector),
	BOOL(bind_completed),
};
SHAPE(pvc, OF);
#undef OF

#define OF struct storage_class
static const struct member storage_class_members[] = {
	PART(meta, meta), TEXT(provisioner), BOOL(wait_for_consumer),
	BOOL(is_default), MANY(topologies, topology_n, node_term),
};
SHAPE(storage_class, OF);
#undef OF

#define OF struct csi_limit
static const struct member csi_limit_members[] = {
	TEXT(driver), I64(count, -1), TEXTS(topology_keys, key_n),
};
SHAPE(csi_limit, OF);
#undef OF

#define OF struct csinode
static const struct member csinode_members[] = {
	PART(meta, meta), MANY(drivers, driver_n, csi_limit),
};
SHAPE(csinode, OF);
#undef OF

#define OF struct csidriver
static const struct member csidriver_members[] = {
	PART(meta, meta), BOOL(storage_capacity), BOOL(attach_required),
};
SHAPE(csidriver, OF);
#undef OF

#define OF struct csi_capacity
static const struct member csi_capacity_members[] = {
	PART(meta, meta), TEXT(storage_class), PART(topology, selector),
	I64(capacity_bytes, -1), I64(max_bytes, -1),
};
SHAPE(csi_capacity, OF);
#undef OF

#define OF struct volume_attachment
static const struct member volume_attachment_members[] = {
	PART(meta, meta), TEXT(attacher), TEXT(node_name), TEXT(pv_name),
	BOOL(attached),
};
SHAPE(volume_attachment, OF);
#undef OF
/* clang-format on */
