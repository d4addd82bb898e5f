/*
 * Node objects as an EKS node registers them: labels of reference integrations
 * H, capacity and allocatable of the instance type, conditions, images.
 */
#include "backend/sim/world/kubelet.h"

#include <stdio.h>
#include <stdlib.h>

#define EVICTION_MIB 100 /* memory.available the kubelet keeps free */
#define GIB_KIB ((int64_t)1 << 20)

static json_t *
labels(const struct knode *n)
{
	const struct cloud_instance *i = n->instance;
	const struct scenario *s = n->k->scenario;
	json_t *o = pack_pairs(&i->plan->labels);
	char image[32];

	json_object_update_new(
		o, pack("{s:s, s:s, s:s, s:s, s:s, s:s}",
			"beta.kubernetes.io/arch", i->type->arch,
			"beta.kubernetes.io/os", "linux", "kubernetes.io/arch",
			i->type->arch, "kubernetes.io/hostname", n->name,
			"kubernetes.io/os", "linux",
			"alpha.eksctl.io/cluster-name", s->cluster));
	json_object_set_new(o, "alpha.eksctl.io/nodegroup-name",
			    json_string(i->plan->name));
	if (!i->plan->managed)
		return o;
	json_object_update_new(
		o,
		pack("{s:s, s:s, s:s, s:s, s:o}", "eks.amazonaws.com/nodegroup",
		     i->plan->name, "eks.amazonaws.com/nodegroup-image",
		     cloud_image_id(i->type->arch, i->release, image),
		     "eks.amazonaws.com/capacityType",
		     i->spot ? "SPOT" : "ON_DEMAND",
		     "eks.amazonaws.com/sourceLaunchTemplateId",
		     i->group ? i->group->template_id : "",
		     "eks.amazonaws.com/sourceLaunchTemplateVersion",
		     json_sprintf("%d", i->template_version)));
	return o;
}

/* What the cloud controller adds when it has met the node. */
static json_t *
cloud_labels(const struct knode *n)
{
	const struct cloud_instance *i = n->instance;
	const char *region = n->k->scenario->region, *zone = i->subnet->zone;

	return pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
		    "beta.kubernetes.io/instance-type", i->type->name,
		    "node.kubernetes.io/instance-type", i->type->name,
		    "failure-domain.beta.kubernetes.io/region", region,
		    "failure-domain.beta.kubernetes.io/zone", zone,
		    "topology.kubernetes.io/region", region,
		    "topology.kubernetes.io/zone", zone,
		    "topology.k8s.aws/zone-id", i->subnet->zone_id);
}

json_t *
node_cloud_patch(struct knode *n)
{
	return pack("{s:{s:o}}", "metadata", "labels", cloud_labels(n));
}

static json_t *
taints(const struct knode *n)
{
	const struct names *t = &n->instance->plan->taints;
	json_t *list =
		pack("[{s:s, s:s, s:s}, {s:s, s:s}]", "key",
		     "node.cloudprovider.kubernetes.io/uninitialized", "value",
		     "true", "effect", "NoSchedule", "key",
		     "node.kubernetes.io/not-ready", "effect", "NoSchedule");

	for (uint32_t i = 0; i < t->n; i++) {
		const char *eq = strchr(t->at[i], '=');
		const char *colon = strrchr(t->at[i], ':');

		json_array_append_new(list,
				      pack("{s:s%, s:s%, s:s}", "key", t->at[i],
					   (size_t)(eq - t->at[i]), "value",
					   eq + 1, (size_t)(colon - eq - 1),
					   "effect", colon + 1));
	}
	return list;
}

static json_t *
capacity(const struct knode *n, bool allocatable)
{
	const struct sim_type *t = n->instance->type;
	int64_t disk_kib = kubelet_disk_bytes(n) / 1024;
	int64_t kib = sim_type_memory_kib(t);
	json_t *o = json_object();

	if (allocatable) {
		kib -= (sim_type_reserved_mib(t) + EVICTION_MIB) * 1024;
		json_object_set_new(
			o, "cpu",
			json_sprintf("%lldm",
				     (long long)(t->vcpus * 1000 -
						 sim_type_reserved_mcpu(t))));
		/* A tenth for eviction, a GiB for the system. */
		json_object_set_new(
			o, "ephemeral-storage",
			json_sprintf("%lld",
				     (long long)(disk_kib * 1024 / 10 * 9 -
						 (GIB_KIB << 10))));
	} else {
		json_object_set_new(o, "cpu", json_sprintf("%d", t->vcpus));
		json_object_set_new(
			o, "ephemeral-storage",
			json_sprintf("%lldKi", (long long)disk_kib));
	}
	json_object_update_new(o, pack("{s:s, s:s}", "hugepages-1Gi", "0",
				       "hugepages-2Mi", "0"));
	json_object_set_new(o, "memory",
			    json_sprintf("%lldKi", (long long)kib));
	json_object_set_new(o, "pods",
			    json_sprintf("%d", sim_type_max_pods(t)));
	if (t->gpus)
		json_object_set_new(o, "nvidia.com/gpu",
				    json_sprintf("%d", t->gpus));
	return o;
}

static json_t *
node_condition(const struct knode *n, const char *type, const char *status,
	       const char *reason, const char *message, int64_t since_ms)
{
	return pack("{s:s, s:s, s:o, s:o, s:s, s:s}", "type", type, "status",
		    status, "lastHeartbeatTime",
		    pack_time(sim_now_ms(n->k->sim)), "lastTransitionTime",
		    pack_time(since_ms), "reason", reason, "message", message);
}

json_t *
node_conditions(struct knode *n)
{
	int64_t since = n->registered_ms;
	json_t *list = json_array();

	json_array_append_new(
		list, node_condition(n, "MemoryPressure", "False",
				     "KubeletHasSufficientMemory",
				     "kubelet has sufficient memory available",
				     since));
	if (n->disk_pressure)
		json_array_append_new(
			list, node_condition(n, "DiskPressure", "True",
					     "KubeletHasDiskPressure",
					     "kubelet has disk pressure",
					     n->disk_pressure_ms));
	else
		json_array_append_new(
			list, node_condition(n, "DiskPressure", "False",
					     "KubeletHasNoDiskPressure",
					     "kubelet has no disk pressure",
					     n->disk_pressure_ms
						     ? n->disk_pressure_ms
						     : since));
	json_array_append_new(
		list,
		node_condition(n, "PIDPressure", "False",
			       "KubeletHasSufficientPID",
			       "kubelet has sufficient PID available", since));
	if (n->ready)
		json_array_append_new(
			list, node_condition(n, "Ready", "True", "KubeletReady",
					     "kubelet is posting ready status",
					     n->ready_ms));
	else
		json_array_append_new(
			list,
			node_condition(
				n, "Ready", "False", "KubeletNotReady",
				"container runtime network not ready: "
				"NetworkReady=false "
				"reason:NetworkPluginNotReady message:Network "
				"plugin returns error: cni plugin not "
				"initialized",
				since));
	return list;
}

/* The kubelet stopped posting: what the node controller writes instead. */
json_t *
node_unknown_conditions(struct knode *n)
{
	static const char *const types[] = { "MemoryPressure", "DiskPressure",
					     "PIDPressure", "Ready" };
	int64_t now = sim_now_ms(n->k->sim);
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		json_array_append_new(
			list, pack("{s:s, s:s, s:o, s:o, s:s, s:s}", "type",
				   types[i], "status", "Unknown",
				   "lastHeartbeatTime", pack_time(n->lease_ms),
				   "lastTransitionTime", pack_time(now),
				   "reason", "NodeStatusUnknown", "message",
				   "Kubelet stopped posting node status."));
	return list;
}

struct sized {
	const char *name;
	int64_t bytes;
};

static int
by_size(const void *a, const void *b)
{
	const struct sized *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* The fifty largest, as the kubelet reports them. */
json_t *
node_images(struct knode *n)
{
	VEC(struct sized) all = { 0 };
	json_t *list = json_array();
	const char *name;
	void *value;

	for (uint32_t at = 0; map_next(n->images, &at, &name, &value);)
		vec_push(&all,
			 ((struct sized){ name,
					  ((struct kimage *)value)->bytes }));
	if (all.n)
		qsort(all.at, all.n, sizeof(all.at[0]), by_size);
	for (uint32_t i = 0; i < all.n && i < 50; i++)
		json_array_append_new(list, pack("{s:[s], s:I}", "names",
						 all.at[i].name, "sizeBytes",
						 (json_int_t)all.at[i].bytes));
	vec_free(&all);
	return list;
}

static json_t *
node_info(struct knode *n)
{
	char uuid[3][40], hex[32];
	bool arm = str_eq(n->instance->type->arch, "arm64");

	return pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
		    "architecture", n->instance->type->arch, "bootID",
		    id_uuid(&n->rng, uuid[0]), "containerRuntimeVersion",
		    "containerd://1.7.29", "kernelVersion",
		    arm ? "6.12.63-84.121.amzn2023.aarch64"
			: "6.12.63-84.121.amzn2023.x86_64",
		    "kubeProxyVersion", "", "kubeletVersion",
		    n->instance->release->kubelet,
		    "machineID", id_hex(&n->rng, 31, hex), "operatingSystem",
		    "linux", "osImage", "Amazon Linux 2023.10.20260202",
		    "systemUUID", id_uuid(&n->rng, uuid[1]));
}

json_t *
node_body(struct knode *n)
{
	const struct cloud_instance *i = n->instance;
	json_t *status =
		pack("{s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}], s:o, s:o, s:o, "
		     "s:{s:{s:i}}, s:o, s:o}",
		     "addresses", "type", "InternalIP", "address",
		     i->private_ip, "type", "InternalDNS", "address", i->dns,
		     "type", "Hostname", "address", i->dns, "capacity",
		     capacity(n, false), "allocatable", capacity(n, true),
		     "conditions", node_conditions(n), "daemonEndpoints",
		     "kubeletEndpoint", "Port", 10250, "images", node_images(n),
		     "nodeInfo", node_info(n));

	return pack("{s:{s:s, s:o, s:{s:s, s:s, s:s}}, s:{s:o, s:o}, s:o}",
		    "metadata", "name", n->name, "labels", labels(n),
		    "annotations", "alpha.kubernetes.io/provided-node-ip",
		    i->private_ip, "node.alpha.kubernetes.io/ttl", "0",
		    "volumes.kubernetes.io/controller-managed-attach-detach",
		    "true", "spec", "providerID",
		    json_sprintf("aws:///%s/%s", i->subnet->zone, i->id),
		    "taints", taints(n), "status", status);
}

json_t *
node_csi_body(const struct object *node)
{
	return pack("{s:{s:s, s:[{s:s, s:s, s:s, s:s}], s:{s:s}}, s:{s:[]}}",
		    "metadata", "name", node->name, "ownerReferences",
		    "apiVersion", "v1", "kind", "Node", "name", node->name,
		    "uid", node->uid, "annotations",
		    "storage.alpha.kubernetes.io/migrated-plugins",
		    "kubernetes.io/aws-ebs", "spec", "drivers");
}
