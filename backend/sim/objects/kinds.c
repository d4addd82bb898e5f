/*
 * The built-in kinds, as tables: names, scope, subresources, selectable
 * fields, and the columns of server-side printing.
 *
 * Source: registries and printers of kube-apiserver 1.33.
 */
#include "backend/sim/objects/internal.h"

/* clang-format off */
#define COLUMNS(id, ...)						\
	static const struct object_column id[] = {			\
		{ "Name", "string", "name", NAME_TEXT, 0, "metadata.name" }, \
		__VA_ARGS__, { 0 } }
#define COL(title, type, path)	{ title, type, "", "", 0, path }
#define WIDE(title, type, path)	{ title, type, "", "", 1, path }
#define AGE		COL("Age", "string", "@age")
#define CONTAINERS	WIDE("Containers", "string", "@containers"), \
			WIDE("Images", "string", "@images")
#define SELECTOR	WIDE("Selector", "string", "@selector")
#define NAME_TEXT \
	"Name must be unique within a namespace. Is required when creating " \
	"resources, although some resources may allow a client to request " \
	"the generation of an appropriate name automatically. Name is " \
	"primarily intended for creation idempotence and configuration " \
	"definition. Cannot be updated. More info: " \
	"https://kubernetes.io/docs/concepts/overview/working-with-objects/" \
	"names#names"

COLUMNS(pod_columns,
	COL("Ready", "string", "@pod_ready"),
	COL("Status", "string", "@pod_status"),
	COL("Restarts", "string", "@pod_restarts"),
	AGE,
	WIDE("IP", "string", "@pod_ip"),
	WIDE("Node", "string", "?spec.nodeName"),
	WIDE("Nominated Node", "string", "?status.nominatedNodeName"),
	WIDE("Readiness Gates", "string", "@pod_gates"));
COLUMNS(node_columns,
	COL("Status", "string", "@node_status"),
	COL("Roles", "string", "@node_roles"),
	AGE,
	COL("Version", "string", "status.nodeInfo.kubeletVersion"),
	WIDE("Internal-IP", "string", "@node_internal_ip"),
	WIDE("External-IP", "string", "@node_external_ip"),
	WIDE("OS-Image", "string", "?status.nodeInfo.osImage"),
	WIDE("Kernel-Version", "string", "?status.nodeInfo.kernelVersion"),
	WIDE("Container-Runtime", "string",
	     "?status.nodeInfo.containerRuntimeVersion"));
static const struct object_column event_columns[] = {
	COL("Last Seen", "string", "@event_last"),
	COL("Type", "string", "type"),
	COL("Reason", "string", "reason"),
	COL("Object", "string", "@event_object"),
	WIDE("Subobject", "string", "involvedObject.fieldPath"),
	WIDE("Source", "string", "@event_source"),
	COL("Message", "string", "@event_message"),
	WIDE("First Seen", "string", "@event_first"),
	WIDE("Count", "string", "@event_count"),
	{ "Name", "string", "name", NAME_TEXT, 1, "metadata.name" },
	{ 0 } };
COLUMNS(namespace_columns,
	COL("Status", "string", "status.phase"), AGE);
COLUMNS(configmap_columns,
	COL("Data", "string", "@data_count"), AGE);
COLUMNS(secret_columns,
	COL("Type", "string", "type"),
	COL("Data", "string", "@data_count"), AGE);
COLUMNS(service_columns,
	COL("Type", "string", "spec.type"),
	COL("Cluster-IP", "string", "?spec.clusterIP"),
	COL("External-IP", "string", "@service_external"),
	COL("Port(s)", "string", "@service_ports"),
	AGE,
	WIDE("Selector", "string", "@selector"));
COLUMNS(serviceaccount_columns,
	COL("Secrets", "string", "#secrets"), AGE);
COLUMNS(endpoints_columns,
	COL("Endpoints", "string", "@endpoints"), AGE);
COLUMNS(pv_columns,
	COL("Capacity", "string", "spec.capacity.storage"),
	COL("Access Modes", "string", "@access_modes"),
	COL("Reclaim Policy", "string", "spec.persistentVolumeReclaimPolicy"),
	COL("Status", "string", "@pv_status"),
	COL("Claim", "string", "@pv_claim"),
	COL("StorageClass", "string", "spec.storageClassName"),
	COL("VolumeAttributesClass", "string",
	    "!spec.volumeAttributesClassName"),
	COL("Reason", "string", "status.reason"),
	AGE,
	WIDE("VolumeMode", "string", "!spec.volumeMode"));
COLUMNS(pvc_columns,
	COL("Status", "string", "@pvc_status"),
	COL("Volume", "string", "spec.volumeName"),
	COL("Capacity", "string", "status.capacity.storage"),
	COL("Access Modes", "string", "@access_modes"),
	COL("StorageClass", "string", "spec.storageClassName"),
	COL("VolumeAttributesClass", "string",
	    "!spec.volumeAttributesClassName"),
	AGE,
	WIDE("VolumeMode", "string", "!spec.volumeMode"));
COLUMNS(rc_columns,
	COL("Desired", "integer", "spec.replicas"),
	COL("Current", "integer", "#status.replicas"),
	COL("Ready", "integer", "#status.readyReplicas"),
	AGE, CONTAINERS, SELECTOR);
COLUMNS(rs_columns,
	COL("Desired", "integer", "spec.replicas"),
	COL("Current", "integer", "#status.replicas"),
	COL("Ready", "integer", "#status.readyReplicas"),
	AGE, CONTAINERS, SELECTOR);
COLUMNS(deployment_columns,
	COL("Ready", "string", "@ready_of_replicas"),
	COL("Up-to-date", "string", "#status.updatedReplicas"),
	COL("Available", "string", "#status.availableReplicas"),
	AGE, CONTAINERS, SELECTOR);
COLUMNS(daemonset_columns,
	COL("Desired", "integer", "#status.desiredNumberScheduled"),
	COL("Current", "integer", "#status.currentNumberScheduled"),
	COL("Ready", "integer", "#status.numberReady"),
	COL("Up-to-date", "integer", "#status.updatedNumberScheduled"),
	COL("Available", "integer", "#status.numberAvailable"),
	COL("Node Selector", "string", "@node_selector"),
	AGE, CONTAINERS, SELECTOR);
COLUMNS(statefulset_columns,
	COL("Ready", "string", "@ready_of_replicas"),
	AGE, CONTAINERS);
COLUMNS(job_columns,
	COL("Status", "string", "@job_status"),
	COL("Completions", "string", "@job_completions"),
	COL("Duration", "string", "@job_duration"),
	AGE, CONTAINERS, SELECTOR);
COLUMNS(cronjob_columns,
	COL("Schedule", "string", "spec.schedule"),
	COL("Timezone", "string", "?spec.timeZone"),
	COL("Suspend", "boolean", "@suspend"),
	COL("Active", "integer", "@active_count"),
	COL("Last Schedule", "string", "@last_schedule"),
	AGE, CONTAINERS);
COLUMNS(pdb_columns,
	COL("Min Available", "string", "@min_available"),
	COL("Max Unavailable", "string", "@max_unavailable"),
	COL("Allowed Disruptions", "integer", "#status.disruptionsAllowed"),
	AGE);
COLUMNS(priorityclass_columns,
	COL("Value", "integer", "#value"),
	COL("Global-Default", "boolean", "@global_default"),
	AGE,
	COL("PreemptionPolicy", "string", "preemptionPolicy"));
COLUMNS(lease_columns,
	COL("Holder", "string", "spec.holderIdentity"), AGE);
COLUMNS(storageclass_columns,
	COL("Provisioner", "string", "provisioner"),
	COL("ReclaimPolicy", "string", "reclaimPolicy"),
	COL("VolumeBindingMode", "string", "volumeBindingMode"),
	COL("AllowVolumeExpansion", "string", "@allow_expansion"),
	AGE);
COLUMNS(csinode_columns,
	COL("Drivers", "integer", "@drivers"), AGE);
COLUMNS(csidriver_columns,
	COL("AttachRequired", "boolean", "@attach_required"),
	COL("PodInfoOnMount", "boolean", "@pod_info"),
	COL("StorageCapacity", "boolean", "@storage_capacity"),
	COL("TokenRequests", "string", "@token_requests"),
	COL("RequiresRepublish", "boolean", "@republish"),
	COL("Modes", "string", "@volume_modes"),
	AGE);
COLUMNS(csicapacity_columns,
	COL("StorageClassName", "string", "storageClassName"),
	COL("Capacity", "string", "capacity"));
COLUMNS(attachment_columns,
	COL("Attacher", "string", "spec.attacher"),
	COL("PV", "string", "spec.source.persistentVolumeName"),
	COL("Node", "string", "spec.nodeName"),
	COL("Attached", "boolean", "@attached"),
	AGE);
COLUMNS(slice_columns,
	COL("AddressType", "string", "addressType"),
	COL("Ports", "string", "@slice_ports"),
	COL("Endpoints", "string", "@slice_endpoints"),
	AGE);
COLUMNS(hpa_columns,
	COL("Reference", "string", "@hpa_reference"),
	COL("Targets", "string", "@hpa_targets"),
	COL("MinPods", "string", "!spec.minReplicas"),
	COL("MaxPods", "string", "spec.maxReplicas"),
	COL("Replicas", "string", "#status.currentReplicas"),
	AGE);
COLUMNS(podtemplate_columns,
	COL("Containers", "string", "@containers"),
	COL("Images", "string", "@images"),
	COL("Pod Labels", "string", "@template_labels"));
COLUMNS(quota_columns,
	COL("Request", "string", "@quota_request"),
	COL("Limit", "string", "@quota_limit"),
	AGE);
COLUMNS(webhook_columns,
	COL("Webhooks", "integer", "#webhooks"), AGE);
COLUMNS(apiservice_columns,
	COL("Service", "string", "@api_service"),
	COL("Available", "string", "@api_available"),
	COL("Age", "date", "@age"));
COLUMNS(revision_columns,
	COL("Controller", "string", "@revision_owner"),
	COL("Revision", "string", "#revision"),
	AGE);
COLUMNS(csr_columns,
	AGE,
	COL("SignerName", "string", "spec.signerName"),
	COL("Requestor", "string", "spec.username"),
	COL("RequestedDuration", "string", "@csr_duration"),
	COL("Condition", "string", "@csr_condition"));
COLUMNS(ingressclass_columns,
	COL("Controller", "string", "spec.controller"),
	COL("Parameters", "string", "@class_parameters"),
	AGE);
COLUMNS(ingress_columns,
	COL("Class", "string", "@ingress_class"),
	COL("Hosts", "string", "@ingress_hosts"),
	COL("Address", "string", "@ingress_address"),
	COL("Ports", "string", "@ingress_ports"),
	AGE);
COLUMNS(networkpolicy_columns,
	COL("Pod-Selector", "string", "@policy_pods"), AGE);
COLUMNS(runtimeclass_columns,
	COL("Handler", "string", "handler"), AGE);
COLUMNS(created_columns,
	COL("Created At", "date", "metadata.creationTimestamp"));
COLUMNS(binding_columns,
	COL("Role", "string", "@role_ref"),
	AGE,
	WIDE("Users", "string", "@subject_users"),
	WIDE("Groups", "string", "@subject_groups"),
	WIDE("ServiceAccounts", "string", "@subject_accounts"));
COLUMNS(claim_columns,
	COL("State", "string", "@claim_state"), AGE);
COLUMNS(resourceslice_columns,
	COL("Node", "string", "spec.nodeName"),
	COL("Driver", "string", "spec.driver"),
	COL("Pool", "string", "spec.pool.name"),
	AGE);

static const char *const pod_fields[] = {
	"spec.nodeName", "spec.restartPolicy", "spec.schedulerName",
	"spec.serviceAccountName", "spec.hostNetwork", "status.phase",
	"status.podIP", "status.nominatedNodeName", NULL };
static const char *const node_fields[] = { "spec.unschedulable", NULL };
static const char *const event_fields[] = {
	"involvedObject.kind", "involvedObject.namespace",
	"involvedObject.name", "involvedObject.uid",
	"involvedObject.apiVersion", "involvedObject.resourceVersion",
	"involvedObject.fieldPath", "reason", "reportingComponent", "source",
	"type", NULL };
static const char *const phase_fields[] = { "status.phase", NULL };
static const char *const secret_fields[] = { "type", NULL };
static const char *const service_fields[] = {
	"spec.clusterIP", "spec.type", NULL };
static const char *const replicas_fields[] = { "status.replicas", NULL };
static const char *const job_fields[] = { "status.successful", NULL };
static const char *const slice_fields[] = {
	"spec.nodeName", "spec.driver", NULL };
static const char *const csr_fields[] = { "spec.signerName", NULL };

#define CORE	.group = "", .version = "v1"
#define APPS	.group = "apps", .version = "v1"
#define BATCH	.group = "batch", .version = "v1"
#define RBAC	.group = "rbac.authorization.k8s.io", .version = "v1"
#define STORAGE	.group = "storage.k8s.io", .version = "v1"
#define DRA	.group = "resource.k8s.io", .version = "v1"
#define ADMIT	.group = "admissionregistration.k8s.io", .version = "v1"
#define NETWORK	.group = "networking.k8s.io", .version = "v1"
#define NAMES(k, p, s, sh) \
	.kind = k, .plural = p, .singular = s, .short_names = sh
#define NS	.namespaced = true
#define SPEC	.generation = true, .status = true

static const struct object_type kinds[] = {
	{ CORE, NAMES("ConfigMap", "configmaps", "configmap", "cm"), NS,
	  .columns = configmap_columns },
	{ CORE, NAMES("Endpoints", "endpoints", "endpoints", "ep"), NS,
	  .upsert = true, .columns = endpoints_columns },
	{ CORE, NAMES("Event", "events", "event", "ev"), NS,
	  .upsert = true, .fields = event_fields, .columns = event_columns },
	{ CORE, NAMES("LimitRange", "limitranges", "limitrange", "limits"), NS,
	  .columns = created_columns },
	{ CORE, NAMES("Namespace", "namespaces", "namespace", "ns"),
	  .status = true, .fields = phase_fields,
	  .columns = namespace_columns },
	{ CORE, NAMES("Node", "nodes", "node", "no"), .status = true,
	  .fields = node_fields, .columns = node_columns },
	{ CORE, NAMES("PersistentVolumeClaim", "persistentvolumeclaims",
		      "persistentvolumeclaim", "pvc"), NS, .status = true,
	  .columns = pvc_columns },
	{ CORE, NAMES("PersistentVolume", "persistentvolumes",
		      "persistentvolume", "pv"), .status = true,
	  .columns = pv_columns },
	{ CORE, NAMES("Pod", "pods", "pod", "po"), NS, .status = true,
	  .categories = "all", .fields = pod_fields, .columns = pod_columns },
	{ CORE, NAMES("PodTemplate", "podtemplates", "podtemplate", NULL), NS,
	  .upsert = true, .columns = podtemplate_columns },
	{ CORE, NAMES("ReplicationController", "replicationcontrollers",
		      "replicationcontroller", "rc"), NS, SPEC,
	  .scale = true, .categories = "all", .fields = replicas_fields,
	  .columns = rc_columns },
	{ CORE, NAMES("ResourceQuota", "resourcequotas", "resourcequota",
		      "quota"), NS, .status = true,
	  .columns = quota_columns },
	{ CORE, NAMES("Secret", "secrets", "secret", NULL), NS,
	  .fields = secret_fields, .columns = secret_columns },
	{ CORE, NAMES("ServiceAccount", "serviceaccounts", "serviceaccount",
		      "sa"), NS, .columns = serviceaccount_columns },
	{ CORE, NAMES("Service", "services", "service", "svc"), NS,
	  .status = true, .categories = "all", .fields = service_fields,
	  .columns = service_columns },

	{ ADMIT, NAMES("MutatingWebhookConfiguration",
		       "mutatingwebhookconfigurations",
		       "mutatingwebhookconfiguration", NULL),
	  .generation = true, .categories = "api-extensions",
	  .columns = webhook_columns },
	{ ADMIT, NAMES("ValidatingWebhookConfiguration",
		       "validatingwebhookconfigurations",
		       "validatingwebhookconfiguration", NULL),
	  .generation = true, .categories = "api-extensions",
	  .columns = webhook_columns },
	{ .group = "apiextensions.k8s.io", .version = "v1",
	  NAMES("CustomResourceDefinition", "customresourcedefinitions",
		"customresourcedefinition", "crd,crds"), SPEC,
	  .need_rv = true, .categories = "api-extensions",
	  .columns = created_columns },
	{ .group = "apiregistration.k8s.io", .version = "v1",
	  NAMES("APIService", "apiservices", "apiservice", NULL),
	  .status = true, .categories = "api-extensions",
	  .columns = apiservice_columns },

	{ APPS, NAMES("ControllerRevision", "controllerrevisions",
		      "controllerrevision", NULL), NS,
	  .columns = revision_columns },
	{ APPS, NAMES("DaemonSet", "daemonsets", "daemonset", "ds"), NS, SPEC,
	  .categories = "all", .columns = daemonset_columns },
	{ APPS, NAMES("Deployment", "deployments", "deployment", "deploy"),
	  NS, SPEC, .scale = true, .categories = "all",
	  .columns = deployment_columns },
	{ APPS, NAMES("ReplicaSet", "replicasets", "replicaset", "rs"), NS,
	  SPEC, .scale = true, .categories = "all",
	  .fields = replicas_fields, .columns = rs_columns },
	{ APPS, NAMES("StatefulSet", "statefulsets", "statefulset", "sts"),
	  NS, SPEC, .scale = true, .categories = "all",
	  .columns = statefulset_columns },

	{ .group = "autoscaling", .version = "v2",
	  NAMES("HorizontalPodAutoscaler", "horizontalpodautoscalers",
		"horizontalpodautoscaler", "hpa"), NS, .status = true,
	  .categories = "all", .columns = hpa_columns },

	{ BATCH, NAMES("CronJob", "cronjobs", "cronjob", "cj"), NS, SPEC,
	  .categories = "all", .columns = cronjob_columns },
	{ BATCH, NAMES("Job", "jobs", "job", NULL), NS, SPEC,
	  .categories = "all", .fields = job_fields, .columns = job_columns },

	{ .group = "certificates.k8s.io", .version = "v1",
	  NAMES("CertificateSigningRequest", "certificatesigningrequests",
		"certificatesigningrequest", "csr"), .status = true,
	  .fields = csr_fields, .columns = csr_columns },
	{ .group = "coordination.k8s.io", .version = "v1",
	  NAMES("Lease", "leases", "lease", NULL), NS, .need_rv = true,
	  .upsert = true, .columns = lease_columns },
	{ .group = "discovery.k8s.io", .version = "v1",
	  NAMES("EndpointSlice", "endpointslices", "endpointslice", NULL), NS,
	  .generation = true, .columns = slice_columns },

	{ NETWORK, NAMES("IngressClass", "ingressclasses", "ingressclass",
			 NULL), .generation = true,
	  .columns = ingressclass_columns },
	{ NETWORK, NAMES("Ingress", "ingresses", "ingress", "ing"), NS, SPEC,
	  .columns = ingress_columns },
	{ NETWORK, NAMES("NetworkPolicy", "networkpolicies", "networkpolicy",
			 "netpol"), NS, .generation = true,
	  .columns = networkpolicy_columns },
	{ .group = "node.k8s.io", .version = "v1",
	  NAMES("RuntimeClass", "runtimeclasses", "runtimeclass", NULL),
	  .columns = runtimeclass_columns },
	{ .group = "policy", .version = "v1",
	  NAMES("PodDisruptionBudget", "poddisruptionbudgets",
		"poddisruptionbudget", "pdb"), NS, SPEC, .need_rv = true,
	  .columns = pdb_columns },

	{ RBAC, NAMES("ClusterRoleBinding", "clusterrolebindings",
		      "clusterrolebinding", NULL), .upsert = true,
	  .columns = binding_columns },
	{ RBAC, NAMES("ClusterRole", "clusterroles", "clusterrole", NULL),
	  .upsert = true, .columns = created_columns },
	{ RBAC, NAMES("RoleBinding", "rolebindings", "rolebinding", NULL), NS,
	  .upsert = true, .columns = binding_columns },
	{ RBAC, NAMES("Role", "roles", "role", NULL), NS, .upsert = true,
	  .columns = created_columns },

	{ DRA, NAMES("DeviceClass", "deviceclasses", "deviceclass", NULL),
	  .generation = true },
	{ DRA, NAMES("ResourceClaim", "resourceclaims", "resourceclaim",
		     NULL), NS, .status = true, .columns = claim_columns },
	{ DRA, NAMES("ResourceClaimTemplate", "resourceclaimtemplates",
		     "resourceclaimtemplate", NULL), NS },
	{ DRA, NAMES("ResourceSlice", "resourceslices", "resourceslice",
		     NULL), .generation = true, .fields = slice_fields,
	  .columns = resourceslice_columns },

	{ .group = "scheduling.k8s.io", .version = "v1",
	  NAMES("PriorityClass", "priorityclasses", "priorityclass", "pc"),
	  .generation = true, .columns = priorityclass_columns },

	{ STORAGE, NAMES("CSIDriver", "csidrivers", "csidriver", NULL),
	  .generation = true, .columns = csidriver_columns },
	{ STORAGE, NAMES("CSINode", "csinodes", "csinode", NULL),
	  .need_rv = true, .columns = csinode_columns },
	{ STORAGE, NAMES("CSIStorageCapacity", "csistoragecapacities",
			 "csistoragecapacity", NULL), NS,
	  .columns = csicapacity_columns },
	{ STORAGE, NAMES("StorageClass", "storageclasses", "storageclass",
			 "sc"), .columns = storageclass_columns },
	{ STORAGE, NAMES("VolumeAttachment", "volumeattachments",
			 "volumeattachment", NULL), .status = true,
	  .need_rv = true, .columns = attachment_columns },
};
/* clang-format on */

void
objects_add_builtin(struct objects *o)
{
	static const char *const namespaces[] = {
		"default", "kube-node-lease", "kube-public", "kube-system",
	};
	const struct object_type *hpa;
	struct object_type other;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		objects_add_type(o, &kinds[i]);
	/* The same objects in the shape of another group or version. */
	other = o->events->type;
	other.group = "events.k8s.io";
	other.storage = &o->events->type;
	objects_add_type(o, &other);
	hpa = objects_type(o, "autoscaling", "horizontalpodautoscalers");
	other = *hpa;
	other.version = "v1";
	other.storage = hpa;
	objects_add_type(o, &other);
	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++) {
		json_t *body = json_pack("{s:{s:s}}", "metadata", "name",
					 namespaces[i]);
		struct status st;

		if (!objects_create(o, &o->namespaces->type, NULL, body, 0,
				    &st))
			BUG("namespace %s: %s", namespaces[i], st.message);
		json_decref(body);
	}
}
