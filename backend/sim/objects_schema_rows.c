/*
 * The shape of the built-in kinds; the notation is in objects_schema.h.
 */
#include "backend/sim/objects_schema.h"

/* clang-format off */
#define CONDITIONS "conditions:[type]Condition"

const struct schema schema_rows[] = {
/* ---- kinds (root rows carry the kind's name) ---- */
{ "Pod", "spec:PodSpec status:PodStatus" },
{ "Node", "spec:NodeSpec status:NodeStatus" },
{ "Namespace", "spec:NamespaceSpec status:NamespaceStatus" },
{ "Event", "involvedObject:ObjectReference! reason message "
  "source:EventSource firstTimestamp:t lastTimestamp:t count:i type "
  "eventTime:t series:EventSeries action related:ObjectReference "
  "reportingComponent reportingInstance" },
{ "ConfigMap", "immutable:b data:{}s binaryData:{}s" },
{ "Secret", "immutable:b data:{}s stringData:{}s type" },
{ "Service", "spec:ServiceSpec status:ServiceStatus" },
{ "ServiceAccount", "secrets:[name]ObjectReference "
  "imagePullSecrets:[]LocalObjectReference automountServiceAccountToken:b" },
{ "Endpoints", "subsets:[]EndpointSubset" },
{ "PersistentVolume", "spec:PersistentVolumeSpec "
  "status:PersistentVolumeStatus" },
{ "PersistentVolumeClaim", "spec:PersistentVolumeClaimSpec "
  "status:PersistentVolumeClaimStatus" },
{ "ReplicationController", "spec:ReplicationControllerSpec "
  "status:ReplicaSetStatus" },
{ "LimitRange", "spec:o" },
{ "ResourceQuota", "spec:o status:o" },
{ "PodTemplate", "template:PodTemplateSpec" },
{ "Deployment", "spec:DeploymentSpec status:DeploymentStatus" },
{ "ReplicaSet", "spec:ReplicaSetSpec status:ReplicaSetStatus" },
{ "DaemonSet", "spec:DaemonSetSpec status:DaemonSetStatus" },
{ "StatefulSet", "spec:StatefulSetSpec status:StatefulSetStatus" },
{ "ControllerRevision", "data:o revision:i!" },
{ "Job", "spec:JobSpec status:JobStatus" },
{ "CronJob", "spec:CronJobSpec status:CronJobStatus" },
{ "PodDisruptionBudget", "spec:PodDisruptionBudgetSpec "
  "status:PodDisruptionBudgetStatus" },
{ "PriorityClass", "value:i! globalDefault:b description preemptionPolicy" },
{ "Lease", "spec:LeaseSpec" },
{ "StorageClass", "provisioner! parameters:{}s reclaimPolicy mountOptions:[]s "
  "allowVolumeExpansion:b volumeBindingMode "
  "allowedTopologies:[]TopologySelectorTerm" },
{ "CSINode", "spec:CSINodeSpec!" },
{ "CSIDriver", "spec:CSIDriverSpec!" },
{ "CSIStorageCapacity", "nodeTopology:LabelSelector storageClassName! "
  "capacity:q maximumVolumeSize:q" },
{ "VolumeAttachment", "spec:VolumeAttachmentSpec! "
  "status:VolumeAttachmentStatus" },
{ "Role", "rules:[]PolicyRule" },
{ "ClusterRole", "rules:[]PolicyRule aggregationRule:o" },
{ "RoleBinding", "subjects:[]Subject roleRef:RoleRef!" },
{ "ClusterRoleBinding", "subjects:[]Subject roleRef:RoleRef!" },
{ "EndpointSlice", "addressType! endpoints:[]Endpoint! "
  "ports:[]EndpointSlicePort" },
{ "HorizontalPodAutoscaler", "spec:HorizontalPodAutoscalerSpec "
  "status:HorizontalPodAutoscalerStatus" },

/* ---- shared ---- */
{ "ObjectMeta", "name generateName namespace selfLink uid resourceVersion "
  "generation:i creationTimestamp:t deletionTimestamp:t "
  "deletionGracePeriodSeconds:i labels:{}s annotations:{}s "
  "ownerReferences:[uid]OwnerReference finalizers:[+]s managedFields:[]o" },
{ "OwnerReference", "apiVersion! kind! name! uid! controller:b "
  "blockOwnerDeletion:b" },
{ "Condition", "type! status! observedGeneration:i lastProbeTime:t "
  "lastHeartbeatTime:t lastUpdateTime:t lastTransitionTime:t reason message" },
{ "LabelSelector", "matchLabels:{}s "
  "matchExpressions:[]LabelSelectorRequirement" },
{ "LabelSelectorRequirement", "key! operator! values:[]s" },
{ "ObjectReference", "kind namespace name uid apiVersion resourceVersion "
  "fieldPath" },
{ "LocalObjectReference", "name" },
{ "TypedObjectReference", "apiGroup kind! name! namespace" },
{ "SecretReference", "name namespace" },
{ "EventSource", "component host" },
{ "EventSeries", "count:i lastObservedTime:t" },

/* ---- pods ---- */
{ "PodTemplateSpec", "metadata:ObjectMeta spec:PodSpec" },
{ "PodSpec", "volumes:[name]~Volume initContainers:[name]Container "
  "containers:[name]Container! ephemeralContainers:[name]Container "
  "restartPolicy terminationGracePeriodSeconds:i activeDeadlineSeconds:i "
  "dnsPolicy nodeSelector:{}s serviceAccountName serviceAccount "
  "automountServiceAccountToken:b nodeName hostNetwork:b hostPID:b hostIPC:b "
  "shareProcessNamespace:b securityContext:PodSecurityContext "
  "imagePullSecrets:[name]LocalObjectReference hostname subdomain "
  "affinity:Affinity schedulerName tolerations:[]Toleration "
  "hostAliases:[ip]HostAlias priorityClassName priority:i "
  "dnsConfig:PodDNSConfig readinessGates:[]PodReadinessGate runtimeClassName "
  "enableServiceLinks:b preemptionPolicy overhead:{}q "
  "topologySpreadConstraints:[topologyKey]TopologySpreadConstraint "
  "setHostnameAsFQDN:b os:PodOS hostUsers:b "
  "schedulingGates:[name]PodSchedulingGate "
  "resourceClaims:[name]PodResourceClaim resources:ResourceRequirements" },
{ "PodStatus", "observedGeneration:i phase conditions:[type]Condition message "
  "reason nominatedNodeName hostIP hostIPs:[ip]HostIP podIP podIPs:[ip]HostIP "
  "startTime:t initContainerStatuses:[]ContainerStatus "
  "containerStatuses:[]ContainerStatus qosClass "
  "ephemeralContainerStatuses:[]ContainerStatus resize "
  "resourceClaimStatuses:[name]PodResourceClaimStatus" },
{ "HostIP", "ip" },
{ "PodOS", "name!" },
{ "HostAlias", "ip! hostnames:[]s" },
{ "PodReadinessGate", "conditionType!" },
{ "PodSchedulingGate", "name!" },
{ "PodResourceClaim", "name! resourceClaimName resourceClaimTemplateName" },
{ "PodResourceClaimStatus", "name! resourceClaimName" },
{ "PodDNSConfig", "nameservers:[]s searches:[]s "
  "options:[]PodDNSConfigOption" },
{ "PodDNSConfigOption", "name value" },
{ "PodSecurityContext", "seLinuxOptions:o windowsOptions:o runAsUser:i "
  "runAsGroup:i runAsNonRoot:b supplementalGroups:[]i "
  "supplementalGroupsPolicy fsGroup:i sysctls:[]Sysctl fsGroupChangePolicy "
  "seccompProfile:SeccompProfile appArmorProfile:o seLinuxChangePolicy" },
{ "SecurityContext", "capabilities:Capabilities privileged:b "
  "seLinuxOptions:o windowsOptions:o runAsUser:i runAsGroup:i runAsNonRoot:b "
  "readOnlyRootFilesystem:b allowPrivilegeEscalation:b procMount "
  "seccompProfile:SeccompProfile appArmorProfile:o" },
{ "Capabilities", "add:[]s drop:[]s" },
{ "SeccompProfile", "type! localhostProfile" },
{ "Sysctl", "name! value!" },
{ "Container", "name! image command:[]s args:[]s workingDir "
  "ports:[containerPort]ContainerPort envFrom:[]EnvFromSource "
  "env:[name]EnvVar resources:ResourceRequirements "
  "resizePolicy:[]ContainerResizePolicy restartPolicy "
  "volumeMounts:[mountPath]VolumeMount volumeDevices:[devicePath]VolumeDevice "
  "livenessProbe:Probe readinessProbe:Probe startupProbe:Probe "
  "lifecycle:Lifecycle terminationMessagePath terminationMessagePolicy "
  "imagePullPolicy securityContext:SecurityContext stdin:b stdinOnce:b tty:b "
  "targetContainerName" },
{ "ContainerPort", "name hostPort:i containerPort:i! protocol hostIP" },
{ "EnvFromSource", "prefix configMapRef:OptionalReference "
  "secretRef:OptionalReference" },
{ "OptionalReference", "name optional:b" },
{ "EnvVar", "name! value valueFrom:EnvVarSource" },
{ "EnvVarSource", "fieldRef:ObjectFieldSelector "
  "resourceFieldRef:ResourceFieldSelector configMapKeyRef:KeySelector "
  "secretKeyRef:KeySelector" },
{ "ObjectFieldSelector", "apiVersion fieldPath!" },
{ "ResourceFieldSelector", "containerName resource! divisor:q" },
{ "KeySelector", "name key! optional:b" },
{ "ResourceRequirements", "limits:{}q requests:{}q "
  "claims:[]ContainerResourceClaim" },
{ "ContainerResourceClaim", "name! request" },
{ "ContainerResizePolicy", "resourceName! restartPolicy!" },
{ "VolumeMount", "name! readOnly:b recursiveReadOnly mountPath! subPath "
  "mountPropagation subPathExpr" },
{ "VolumeDevice", "name! devicePath!" },
{ "Probe", "exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction "
  "grpc:GRPCAction initialDelaySeconds:i timeoutSeconds:i periodSeconds:i "
  "successThreshold:i failureThreshold:i terminationGracePeriodSeconds:i" },
{ "Lifecycle", "postStart:LifecycleHandler preStop:LifecycleHandler "
  "stopSignal" },
{ "LifecycleHandler", "exec:ExecAction httpGet:HTTPGetAction "
  "tcpSocket:TCPSocketAction sleep:SleepAction" },
{ "ExecAction", "command:[]s" },
{ "HTTPGetAction", "path port:x! host scheme httpHeaders:[]HTTPHeader" },
{ "HTTPHeader", "name! value!" },
{ "TCPSocketAction", "port:x! host" },
{ "GRPCAction", "port:i! service" },
{ "SleepAction", "seconds:i!" },
{ "Toleration", "key operator value effect tolerationSeconds:i" },
{ "Affinity", "nodeAffinity:NodeAffinity podAffinity:PodAffinity "
  "podAntiAffinity:PodAffinity" },
{ "NodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution:"
  "NodeSelector preferredDuringSchedulingIgnoredDuringExecution:"
  "[]PreferredSchedulingTerm" },
{ "NodeSelector", "nodeSelectorTerms:[]NodeSelectorTerm!" },
{ "NodeSelectorTerm", "matchExpressions:[]NodeSelectorRequirement "
  "matchFields:[]NodeSelectorRequirement" },
{ "NodeSelectorRequirement", "key! operator! values:[]s" },
{ "PreferredSchedulingTerm", "weight:i! preference:NodeSelectorTerm!" },
{ "PodAffinity", "requiredDuringSchedulingIgnoredDuringExecution:"
  "[]PodAffinityTerm preferredDuringSchedulingIgnoredDuringExecution:"
  "[]WeightedPodAffinityTerm" },
{ "PodAffinityTerm", "labelSelector:LabelSelector namespaces:[]s topologyKey! "
  "namespaceSelector:LabelSelector matchLabelKeys:[]s mismatchLabelKeys:[]s" },
{ "WeightedPodAffinityTerm", "weight:i! podAffinityTerm:PodAffinityTerm!" },
{ "TopologySpreadConstraint", "maxSkew:i! topologyKey! whenUnsatisfiable! "
  "labelSelector:LabelSelector minDomains:i nodeAffinityPolicy "
  "nodeTaintsPolicy matchLabelKeys:[]s" },
{ "Volume", "name! hostPath:HostPathVolumeSource "
  "emptyDir:EmptyDirVolumeSource "
  "secret:SecretVolumeSource configMap:ConfigMapVolumeSource "
  "persistentVolumeClaim:PersistentVolumeClaimVolumeSource "
  "projected:ProjectedVolumeSource downwardAPI:DownwardAPIVolumeSource "
  "csi:CSIVolumeSource ephemeral:o nfs:o awsElasticBlockStore:o iscsi:o "
  "gcePersistentDisk:o gitRepo:o glusterfs:o rbd:o flexVolume:o cinder:o "
  "cephfs:o flocker:o fc:o azureFile:o azureDisk:o vsphereVolume:o quobyte:o "
  "photonPersistentDisk:o portworxVolume:o scaleIO:o storageos:o image:o" },
{ "HostPathVolumeSource", "path! type" },
{ "EmptyDirVolumeSource", "medium sizeLimit:q" },
{ "SecretVolumeSource", "secretName items:[]KeyToPath defaultMode:i "
  "optional:b" },
{ "ConfigMapVolumeSource", "name items:[]KeyToPath defaultMode:i optional:b" },
{ "KeyToPath", "key! path! mode:i" },
{ "PersistentVolumeClaimVolumeSource", "claimName! readOnly:b" },
{ "DownwardAPIVolumeSource", "items:[]DownwardAPIVolumeFile defaultMode:i" },
{ "DownwardAPIVolumeFile", "path! fieldRef:ObjectFieldSelector "
  "resourceFieldRef:ResourceFieldSelector mode:i" },
{ "CSIVolumeSource", "driver! readOnly:b fsType volumeAttributes:{}s "
  "nodePublishSecretRef:LocalObjectReference" },
{ "ProjectedVolumeSource", "sources:[]VolumeProjection defaultMode:i" },
{ "VolumeProjection", "secret:SecretProjection configMap:SecretProjection "
  "downwardAPI:DownwardAPIVolumeSource "
  "serviceAccountToken:ServiceAccountTokenProjection clusterTrustBundle:o" },
{ "SecretProjection", "name items:[]KeyToPath optional:b" },
{ "ServiceAccountTokenProjection", "audience expirationSeconds:i path!" },
{ "ContainerStatus", "name! state:ContainerState lastState:ContainerState "
  "ready:b! restartCount:i! image! imageID! containerID started:b "
  "allocatedResources:{}q resources:ResourceRequirements volumeMounts:[]o "
  "user:o allocatedResourcesStatus:[]o stopSignal" },
{ "ContainerState", "waiting:ContainerStateWaiting "
  "running:ContainerStateRunning terminated:ContainerStateTerminated" },
{ "ContainerStateWaiting", "reason message" },
{ "ContainerStateRunning", "startedAt:t" },
{ "ContainerStateTerminated", "exitCode:i! signal:i reason message "
  "startedAt:t "
  "finishedAt:t containerID" },

/* ---- nodes ---- */
{ "NodeSpec", "podCIDR podCIDRs:[+]s providerID unschedulable:b "
  "taints:[]Taint configSource:o externalID" },
{ "Taint", "key! value effect! timeAdded:t" },
{ "NodeStatus", "capacity:{}q allocatable:{}q phase "
  "conditions:[type]Condition "
  "addresses:[type]NodeAddress daemonEndpoints:NodeDaemonEndpoints "
  "nodeInfo:NodeSystemInfo images:[]ContainerImage volumesInUse:[]s "
  "volumesAttached:[]AttachedVolume config:o runtimeHandlers:[]o features:o" },
{ "NodeAddress", "type! address!" },
{ "NodeDaemonEndpoints", "kubeletEndpoint:DaemonEndpoint" },
{ "DaemonEndpoint", "Port:i!" },
{ "NodeSystemInfo", "machineID! systemUUID! bootID! kernelVersion! osImage! "
  "containerRuntimeVersion! kubeletVersion! kubeProxyVersion operatingSystem! "
  "architecture! swap:o" },
{ "ContainerImage", "names:[]s sizeBytes:i" },
{ "AttachedVolume", "name! devicePath!" },

/* ---- the rest of core ---- */
{ "NamespaceSpec", "finalizers:[]s" },
{ "NamespaceStatus", "phase conditions:[type]Condition" },
{ "ServiceSpec", "ports:[port]ServicePort selector:{}s clusterIP "
  "clusterIPs:[]s type externalIPs:[]s sessionAffinity loadBalancerIP "
  "loadBalancerSourceRanges:[]s externalName externalTrafficPolicy "
  "healthCheckNodePort:i publishNotReadyAddresses:b sessionAffinityConfig:o "
  "ipFamilies:[]s ipFamilyPolicy allocateLoadBalancerNodePorts:b "
  "loadBalancerClass internalTrafficPolicy trafficDistribution" },
{ "ServicePort", "name protocol appProtocol port:i! targetPort:x nodePort:i" },
{ "ServiceStatus", "loadBalancer:o conditions:[type]Condition" },
{ "EndpointSubset", "addresses:[]EndpointAddress "
  "notReadyAddresses:[]EndpointAddress ports:[]EndpointPort" },
{ "EndpointAddress", "ip! hostname nodeName targetRef:ObjectReference" },
{ "EndpointPort", "name port:i! protocol appProtocol" },
{ "PersistentVolumeSpec", "capacity:{}q accessModes:[]s "
  "claimRef:ObjectReference persistentVolumeReclaimPolicy storageClassName "
  "mountOptions:[]s volumeMode nodeAffinity:VolumeNodeAffinity "
  "volumeAttributesClassName csi:o hostPath:HostPathVolumeSource "
  "local:o awsElasticBlockStore:o nfs:o gcePersistentDisk:o glusterfs:o rbd:o "
  "iscsi:o cinder:o cephfs:o fc:o flocker:o flexVolume:o azureFile:o "
  "vsphereVolume:o quobyte:o azureDisk:o photonPersistentDisk:o "
  "portworxVolume:o scaleIO:o storageos:o" },
{ "VolumeNodeAffinity", "required:NodeSelector" },
{ "PersistentVolumeStatus", "phase message reason lastPhaseTransitionTime:t" },
{ "PersistentVolumeClaimSpec", "accessModes:[]s selector:LabelSelector "
  "resources:ResourceRequirements volumeName storageClassName volumeMode "
  "dataSource:TypedObjectReference dataSourceRef:TypedObjectReference "
  "volumeAttributesClassName" },
{ "PersistentVolumeClaimStatus", "phase accessModes:[]s capacity:{}q "
  CONDITIONS " allocatedResources:{}q allocatedResourceStatuses:{}s "
  "currentVolumeAttributesClassName modifyVolumeStatus:o" },
{ "ReplicationControllerSpec", "replicas:i minReadySeconds:i selector:{}s "
  "template:PodTemplateSpec" },

/* ---- apps, batch, policy ---- */
{ "DeploymentSpec", "replicas:i selector:LabelSelector! "
  "template:PodTemplateSpec! strategy:~DeploymentStrategy minReadySeconds:i "
  "revisionHistoryLimit:i paused:b progressDeadlineSeconds:i" },
{ "DeploymentStrategy", "type rollingUpdate:RollingUpdate" },
{ "RollingUpdate", "maxUnavailable:x maxSurge:x partition:i" },
{ "DeploymentStatus", "observedGeneration:i replicas:i updatedReplicas:i "
  "readyReplicas:i availableReplicas:i unavailableReplicas:i "
  "terminatingReplicas:i " CONDITIONS " collisionCount:i" },
{ "ReplicaSetSpec", "replicas:i minReadySeconds:i selector:LabelSelector! "
  "template:PodTemplateSpec" },
{ "ReplicaSetStatus", "replicas:i! fullyLabeledReplicas:i readyReplicas:i "
  "availableReplicas:i terminatingReplicas:i observedGeneration:i "
  CONDITIONS },
{ "DaemonSetSpec", "selector:LabelSelector! template:PodTemplateSpec! "
  "updateStrategy:UpdateStrategy minReadySeconds:i revisionHistoryLimit:i" },
{ "UpdateStrategy", "type rollingUpdate:RollingUpdate" },
{ "DaemonSetStatus", "currentNumberScheduled:i! numberMisscheduled:i! "
  "desiredNumberScheduled:i! numberReady:i! observedGeneration:i "
  "updatedNumberScheduled:i numberAvailable:i numberUnavailable:i "
  "collisionCount:i " CONDITIONS },
{ "StatefulSetSpec", "replicas:i selector:LabelSelector! "
  "template:PodTemplateSpec! volumeClaimTemplates:[]PersistentVolumeClaimRow "
  "serviceName podManagementPolicy updateStrategy:UpdateStrategy "
  "revisionHistoryLimit:i minReadySeconds:i "
  "persistentVolumeClaimRetentionPolicy:o ordinals:o" },
{ "PersistentVolumeClaimRow", "apiVersion kind metadata:ObjectMeta "
  "spec:PersistentVolumeClaimSpec status:PersistentVolumeClaimStatus" },
{ "StatefulSetStatus", "observedGeneration:i replicas:i! readyReplicas:i "
  "currentReplicas:i updatedReplicas:i currentRevision updateRevision "
  "collisionCount:i " CONDITIONS " availableReplicas:i" },
{ "JobSpec", "parallelism:i completions:i activeDeadlineSeconds:i "
  "podFailurePolicy:o successPolicy:o backoffLimit:i backoffLimitPerIndex:i "
  "maxFailedIndexes:i selector:LabelSelector manualSelector:b "
  "template:PodTemplateSpec! ttlSecondsAfterFinished:i completionMode "
  "suspend:b podReplacementPolicy managedBy" },
{ "JobStatus", CONDITIONS " startTime:t completionTime:t active:i succeeded:i "
  "failed:i terminating:i completedIndexes failedIndexes "
  "uncountedTerminatedPods:o ready:i" },
{ "CronJobSpec", "schedule! timeZone startingDeadlineSeconds:i "
  "concurrencyPolicy suspend:b jobTemplate:JobTemplateSpec! "
  "successfulJobsHistoryLimit:i failedJobsHistoryLimit:i" },
{ "JobTemplateSpec", "metadata:ObjectMeta spec:JobSpec" },
{ "CronJobStatus", "active:[]ObjectReference lastScheduleTime:t "
  "lastSuccessfulTime:t" },
{ "PodDisruptionBudgetSpec", "minAvailable:x selector:^LabelSelector "
  "maxUnavailable:x unhealthyPodEvictionPolicy" },
{ "PodDisruptionBudgetStatus", "observedGeneration:i disruptedPods:{}t "
  "disruptionsAllowed:i! currentHealthy:i! desiredHealthy:i! expectedPods:i! "
  CONDITIONS },
{ "HorizontalPodAutoscalerSpec", "scaleTargetRef:ObjectReference! "
  "minReplicas:i maxReplicas:i! metrics:[]o behavior:o" },
{ "HorizontalPodAutoscalerStatus", "observedGeneration:i lastScaleTime:t "
  "currentReplicas:i desiredReplicas:i currentMetrics:[]o " CONDITIONS },

/* ---- coordination, storage, discovery, rbac ---- */
{ "LeaseSpec", "holderIdentity leaseDurationSeconds:i acquireTime:t "
  "renewTime:t leaseTransitions:i strategy preferredHolder" },
{ "TopologySelectorTerm", "matchLabelExpressions:[]TopologySelectorLabel" },
{ "TopologySelectorLabel", "key! values:[]s!" },
{ "CSINodeSpec", "drivers:[name]CSINodeDriver!" },
{ "CSINodeDriver", "name! nodeID! topologyKeys:[]s "
  "allocatable:VolumeResources" },
{ "VolumeResources", "count:i" },
{ "CSIDriverSpec", "attachRequired:b podInfoOnMount:b "
  "volumeLifecycleModes:[+]s "
  "storageCapacity:b fsGroupPolicy tokenRequests:[]o requiresRepublish:b "
  "seLinuxMount:b nodeAllocatableUpdatePeriodSeconds:i" },
{ "VolumeAttachmentSpec", "attacher! source:VolumeAttachmentSource! "
  "nodeName!" },
{ "VolumeAttachmentSource", "persistentVolumeName inlineVolumeSpec:o" },
{ "VolumeAttachmentStatus", "attached:b! attachmentMetadata:{}s attachError:o "
  "detachError:o" },
{ "Endpoint", "addresses:[]s! conditions:EndpointConditions hostname "
  "targetRef:ObjectReference deprecatedTopology:{}s nodeName zone hints:o" },
{ "EndpointConditions", "ready:b serving:b terminating:b" },
{ "EndpointSlicePort", "name port:i protocol appProtocol" },
{ "PolicyRule", "verbs:[]s! apiGroups:[]s resources:[]s resourceNames:[]s "
  "nonResourceURLs:[]s" },
{ "Subject", "kind! apiGroup name! namespace" },
{ "RoleRef", "apiGroup! kind! name!" },
{ NULL, NULL },
};
/* clang-format on */
