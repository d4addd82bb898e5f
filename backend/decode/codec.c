/*
 * The table of kinds: how to read and write each, and where its API keeps it.
 */
#include <stdio.h>

#include "backend/decode/codecs.h"

const char *const decode_kube_skip[] = {
	"managedFields",
	"env",
	"envFrom",
	"volumeMounts",
	"volumeDevices",
	"livenessProbe",
	"readinessProbe",
	"startupProbe",
	"lifecycle",
	"securityContext",
	"imagePullSecrets",
	"dnsConfig",
	"hostAliases",
	"preferredDuringSchedulingIgnoredDuringExecution",
	"volumesAttached",
	"volumesInUse",
	"binaryData",
	NULL,
};

/* Kubernetes objects say what they are. */
static void
write_type(struct jsonw *w, const char *group, const char *version,
	   const char *kind)
{
	char text[96];

	if (!version)
		return;
	snprintf(text, sizeof(text), "%s%s%s", group, *group ? "/" : "",
		 version);
	jsonw_key(w, "apiVersion");
	jsonw_text(w, text);
	jsonw_key(w, "kind");
	jsonw_text(w, kind);
}

/* The public writer of each kind: an object around the members. */
#define WRITER(id, group, version, Kind)                                    \
	static void write_##id(struct jsonw *w, const struct record *r)     \
	{                                                                   \
		struct out o = { .w = w };                                  \
                                                                            \
		jsonw_object(w);                                            \
		write_type(w, group, version, Kind);                        \
		encode_##id(&o, r);                                         \
		jsonw_end_object(w);                                        \
	}

/* clang-format off */
#define KUBE(id, KIND, group, version, Kind, plural, namespaced) \
	[KIND] = { KIND, decode_##id, write_##id, group, version, Kind, \
		   plural, namespaced },
#define OTHER(id, KIND) [KIND] = { .kind = KIND, .decode = decode_##id, \
				   .encode = write_##id },

#define ALL(KUBE, OTHER) \
	KUBE(pod, KIND_POD, "", "v1", "Pod", "pods", true) \
	KUBE(node, KIND_NODE, "", "v1", "Node", "nodes", false) \
	KUBE(namespace, KIND_NAMESPACE, "", "v1", "Namespace", "namespaces", \
	     false) \
	KUBE(daemonset, KIND_DAEMONSET, "apps", "v1", "DaemonSet", \
	     "daemonsets", true) \
	KUBE(replicaset, KIND_REPLICASET, "apps", "v1", "ReplicaSet", \
	     "replicasets", true) \
	KUBE(rc, KIND_RC, "", "v1", "ReplicationController", \
	     "replicationcontrollers", true) \
	KUBE(statefulset, KIND_STATEFULSET, "apps", "v1", "StatefulSet", \
	     "statefulsets", true) \
	KUBE(deployment, KIND_DEPLOYMENT, "apps", "v1", "Deployment", \
	     "deployments", true) \
	KUBE(batchjob, KIND_BATCHJOB, "batch", "v1", "Job", "jobs", true) \
	KUBE(pdb, KIND_PDB, "policy", "v1", "PodDisruptionBudget", \
	     "poddisruptionbudgets", true) \
	KUBE(priority_class, KIND_PRIORITYCLASS, "scheduling.k8s.io", "v1", \
	     "PriorityClass", "priorityclasses", false) \
	KUBE(pv, KIND_PV, "", "v1", "PersistentVolume", "persistentvolumes", \
	     false) \
	KUBE(pvc, KIND_PVC, "", "v1", "PersistentVolumeClaim", \
	     "persistentvolumeclaims", true) \
	KUBE(storage_class, KIND_STORAGECLASS, "storage.k8s.io", "v1", \
	     "StorageClass", "storageclasses", false) \
	KUBE(csinode, KIND_CSINODE, "storage.k8s.io", "v1", "CSINode", \
	     "csinodes", false) \
	KUBE(csidriver, KIND_CSIDRIVER, "storage.k8s.io", "v1", "CSIDriver", \
	     "csidrivers", false) \
	KUBE(csi_capacity, KIND_CSICAPACITY, "storage.k8s.io", "v1", \
	     "CSIStorageCapacity", "csistoragecapacities", true) \
	KUBE(volume_attachment, KIND_VOLUMEATTACHMENT, "storage.k8s.io", \
	     "v1", "VolumeAttachment", "volumeattachments", false) \
	KUBE(configmap, KIND_CONFIGMAP, "", "v1", "ConfigMap", "configmaps", \
	     true) \
	KUBE(lease, KIND_LEASE, "coordination.k8s.io", "v1", "Lease", \
	     "leases", true) \
	KUBE(event, KIND_EVENT, "", "v1", "Event", "events", true) \
	OTHER(group, KIND_GROUP) \
	OTHER(template, KIND_TEMPLATE) \
	OTHER(launch_config, KIND_LAUNCHCONFIG) \
	OTHER(image, KIND_IMAGE) \
	OTHER(instance_type, KIND_INSTANCETYPE) \
	OTHER(types_from_requirements, KIND_TYPESFROMREQ) \
	OTHER(instance, KIND_INSTANCE) \
	OTHER(nodegroup, KIND_NODEGROUP) \
	OTHER(activity, KIND_ACTIVITY) \
	OTHER(subnet, KIND_SUBNET) \
	OTHER(price, KIND_PRICE) \
	OTHER(runner, KIND_RUNNER) \
	OTHER(manager, KIND_MANAGER) \
	OTHER(job, KIND_JOB) \
	OTHER(act, KIND_ACT)

#define KUBE_WRITER(id, KIND, group, version, Kind, plural, namespaced) \
	WRITER(id, group, version, Kind)
#define OTHER_WRITER(id, KIND) WRITER(id, "", NULL, NULL)

ALL(KUBE_WRITER, OTHER_WRITER)

static const struct codec codecs[KIND_COUNT] = { ALL(KUBE, OTHER) };
/* clang-format on */

const struct codec *
codec_of(enum kind kind)
{
	if ((unsigned)kind >= KIND_COUNT || !codecs[kind].decode)
		return NULL;
	return &codecs[kind];
}
