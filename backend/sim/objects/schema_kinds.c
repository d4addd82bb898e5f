/*
 * The shape of the built-in kinds, and of what is posted to subresources; the
 * notation is in objects_schema.h.
 * Facts from the field tags of k8s.io/api and k8s.io/apimachinery v0.33.
 */
#include "backend/sim/objects/schema.h"

/* clang-format off */
const struct schema schema_kinds[] = {
{ "Pod", "metadata:ObjectMeta spec:PodSpec status:PodStatus" },
{ "Node", "metadata:ObjectMeta spec:NodeSpec status:NodeStatus" },
{ "Namespace", "metadata:ObjectMeta spec:NamespaceSpec "
  "status:NamespaceStatus" },
{ "Event", "metadata:ObjectMeta involvedObject:ObjectReference! reason "
  "message source:EventSource firstTimestamp:t lastTimestamp:t count:i "
  "type eventTime:u series:EventSeries action related:ObjectReference "
  "reportingComponent reportingInstance" },
{ "ConfigMap", "metadata:ObjectMeta data:{}s binaryData:{}y immutable:b?" },
{ "Secret", "metadata:ObjectMeta data:{}y type stringData:{}s immutable:b?" },
{ "Service", "metadata:ObjectMeta spec:ServiceSpec status:ServiceStatus" },
{ "ServiceAccount", "metadata:ObjectMeta secrets:[name]ObjectReference "
  "imagePullSecrets:[]LocalObjectReference automountServiceAccountToken:b?" },
{ "Endpoints", "metadata:ObjectMeta subsets:[]EndpointSubset" },
{ "PersistentVolume", "metadata:ObjectMeta spec:PersistentVolumeSpec "
  "status:PersistentVolumeStatus" },
{ "PersistentVolumeClaim", "metadata:ObjectMeta "
  "spec:PersistentVolumeClaimSpec status:PersistentVolumeClaimStatus" },
{ "ReplicationController", "metadata:ObjectMeta "
  "spec:ReplicationControllerSpec status:ReplicationControllerStatus" },
{ "LimitRange", "metadata:ObjectMeta spec:LimitRangeSpec" },
{ "ResourceQuota", "metadata:ObjectMeta spec:ResourceQuotaSpec "
  "status:ResourceQuotaStatus" },
{ "PodTemplate", "metadata:ObjectMeta template:PodTemplateSpec" },
{ "Binding", "metadata:ObjectMeta target:ObjectReference!" },
{ "Deployment", "metadata:ObjectMeta spec:DeploymentSpec "
  "status:DeploymentStatus" },
{ "ReplicaSet", "metadata:ObjectMeta spec:ReplicaSetSpec "
  "status:ReplicaSetStatus" },
{ "DaemonSet", "metadata:ObjectMeta spec:DaemonSetSpec "
  "status:DaemonSetStatus" },
{ "StatefulSet", "metadata:ObjectMeta spec:StatefulSetSpec "
  "status:StatefulSetStatus" },
{ "ControllerRevision", "metadata:ObjectMeta data:o revision:i!" },
{ "Job", "metadata:ObjectMeta spec:JobSpec status:JobStatus" },
{ "CronJob", "metadata:ObjectMeta spec:CronJobSpec status:CronJobStatus" },
{ "PodDisruptionBudget", "metadata:ObjectMeta "
  "spec:PodDisruptionBudgetSpec status:PodDisruptionBudgetStatus" },
{ "Eviction", "metadata:ObjectMeta deleteOptions:DeleteOptions" },
{ "PriorityClass", "metadata:ObjectMeta value:i! globalDefault:b "
  "description preemptionPolicy" },
{ "Lease", "metadata:ObjectMeta spec:LeaseSpec" },
{ "StorageClass", "metadata:ObjectMeta provisioner! parameters:{}s "
  "reclaimPolicy mountOptions:[]s allowVolumeExpansion:b? "
  "volumeBindingMode allowedTopologies:[]TopologySelectorTerm" },
{ "CSINode", "metadata:ObjectMeta spec:CSINodeSpec!" },
{ "CSIDriver", "metadata:ObjectMeta spec:CSIDriverSpec!" },
{ "CSIStorageCapacity", "metadata:ObjectMeta nodeTopology:LabelSelector "
  "storageClassName! capacity:q maximumVolumeSize:q" },
{ "VolumeAttachment", "metadata:ObjectMeta spec:VolumeAttachmentSpec! "
  "status:VolumeAttachmentStatus" },
{ "Role", "metadata:ObjectMeta rules:[]PolicyRule" },
{ "ClusterRole", "metadata:ObjectMeta rules:[]PolicyRule "
  "aggregationRule:AggregationRule" },
{ "RoleBinding", "metadata:ObjectMeta subjects:[]Subject roleRef:RoleRef!" },
{ "ClusterRoleBinding", "metadata:ObjectMeta subjects:[]Subject "
  "roleRef:RoleRef!" },
{ "EndpointSlice", "metadata:ObjectMeta endpoints:[]Endpoint! "
  "ports:[]EndpointPort.discovery addressType!" },
{ "HorizontalPodAutoscaler", "metadata:ObjectMeta "
  "spec:HorizontalPodAutoscalerSpec status:HorizontalPodAutoscalerStatus" },
{ "HorizontalPodAutoscaler.v1", "metadata:ObjectMeta "
  "spec:HorizontalPodAutoscalerSpec.v1 "
  "status:HorizontalPodAutoscalerStatus.v1" },
{ "Event.events", "metadata:ObjectMeta eventTime:u! "
  "series:EventSeries.events reportingController reportingInstance action "
  "reason regarding:ObjectReference related:ObjectReference note type "
  "deprecatedSource:EventSource deprecatedFirstTimestamp:t "
  "deprecatedLastTimestamp:t deprecatedCount:i" },
{ "Ingress", "metadata:ObjectMeta spec:IngressSpec status:IngressStatus" },
{ "IngressClass", "metadata:ObjectMeta spec:IngressClassSpec" },
{ "NetworkPolicy", "metadata:ObjectMeta spec:NetworkPolicySpec" },
{ "RuntimeClass", "metadata:ObjectMeta handler! overhead:Overhead "
  "scheduling:Scheduling" },
{ "SelfSubjectAccessReview", "metadata:ObjectMeta "
  "spec:SelfSubjectAccessReviewSpec! status:SubjectAccessReviewStatus" },
{ "SubjectAccessReview", "metadata:ObjectMeta "
  "spec:SubjectAccessReviewSpec! status:SubjectAccessReviewStatus" },
{ "LocalSubjectAccessReview", "metadata:ObjectMeta "
  "spec:SubjectAccessReviewSpec! status:SubjectAccessReviewStatus" },
{ "SelfSubjectRulesReview", "metadata:ObjectMeta "
  "spec:SelfSubjectRulesReviewSpec! status:SubjectRulesReviewStatus" },
{ "SelfSubjectReview", "metadata:ObjectMeta status:SelfSubjectReviewStatus" },
{ "TokenReview", "metadata:ObjectMeta spec:TokenReviewSpec! "
  "status:TokenReviewStatus" },
{ "TokenRequest.authentication", "metadata:ObjectMeta spec:TokenRequestSpec! "
  "status:TokenRequestStatus" },
{ "DeleteOptions", "gracePeriodSeconds:i? preconditions:Preconditions "
  "orphanDependents:b? propagationPolicy dryRun:[]s "
  "ignoreStoreReadErrorWithClusterBreakingPotential:b?" },
{ NULL, NULL },
};
/* clang-format on */
