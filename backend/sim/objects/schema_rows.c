/*
 * What the built-in kinds are made of; the notation is in objects_schema.h.
 * Facts from the field tags of k8s.io/api and k8s.io/apimachinery v0.33.
 */
#include "backend/sim/objects/schema.h"

/* clang-format off */
const struct schema schema_rows[] = {
{ "AWSElasticBlockStoreVolumeSource", "volumeID! fsType partition:i "
  "readOnly:b" },
{ "Affinity", "nodeAffinity:NodeAffinity podAffinity:PodAffinity "
  "podAntiAffinity:PodAntiAffinity" },
{ "AggregationRule", "clusterRoleSelectors:[]LabelSelector" },
{ "AppArmorProfile", "type! localhostProfile" },
{ "AttachedVolume", "name! devicePath!" },
{ "BoundObjectReference", "kind apiVersion name uid" },
{ "CSIDriverSpec", "attachRequired:b? podInfoOnMount:b? "
  "volumeLifecycleModes:[]s storageCapacity:b? fsGroupPolicy "
  "tokenRequests:[]TokenRequest requiresRepublish:b? seLinuxMount:b? "
  "nodeAllocatableUpdatePeriodSeconds:i?" },
{ "CSINodeDriver", "name! nodeID! topologyKeys:[]s "
  "allocatable:VolumeNodeResources" },
{ "CSINodeSpec", "drivers:[name]CSINodeDriver!" },
{ "CSIPersistentVolumeSource", "driver! volumeHandle! readOnly:b fsType "
  "volumeAttributes:{}s controllerPublishSecretRef:SecretReference "
  "nodeStageSecretRef:SecretReference "
  "nodePublishSecretRef:SecretReference "
  "controllerExpandSecretRef:SecretReference "
  "nodeExpandSecretRef:SecretReference" },
{ "CSIVolumeSource", "driver! readOnly:b? fsType volumeAttributes:{}s "
  "nodePublishSecretRef:LocalObjectReference" },
{ "Capabilities", "add:[]s drop:[]s" },
{ "ClientIPConfig", "timeoutSeconds:i?" },
{ "ClusterTrustBundleProjection", "name signerName "
  "labelSelector:LabelSelector path! optional:b?" },
{ "Condition", "type! status! observedGeneration:i lastTransitionTime:t! "
  "reason! message!" },
{ "ConfigMapEnvSource", "*:LocalObjectReference optional:b?" },
{ "ConfigMapKeySelector", "*:LocalObjectReference key! optional:b?" },
{ "ConfigMapNodeConfigSource", "namespace! name! uid resourceVersion "
  "kubeletConfigKey!" },
{ "ConfigMapProjection", "*:LocalObjectReference items:[]KeyToPath "
  "optional:b?@4" },
{ "ConfigMapVolumeSource", "*:LocalObjectReference items:[]KeyToPath "
  "defaultMode:i? optional:b?" },
{ "Container", "name! image command:[]s args:[]s workingDir "
  "ports:[containerPort]ContainerPort env:[name]EnvVar "
  "resources:ResourceRequirements volumeMounts:[mountPath]VolumeMount "
  "livenessProbe:Probe readinessProbe:Probe lifecycle:Lifecycle "
  "terminationMessagePath imagePullPolicy securityContext:SecurityContext "
  "stdin:b stdinOnce:b tty:b envFrom:[]EnvFromSource "
  "terminationMessagePolicy volumeDevices:[devicePath]VolumeDevice "
  "startupProbe:Probe resizePolicy:[]ContainerResizePolicy restartPolicy" },
{ "ContainerImage", "names:[]s sizeBytes:i" },
{ "ContainerPort", "name hostPort:i containerPort:i! protocol hostIP" },
{ "ContainerResizePolicy", "resourceName! restartPolicy!" },
{ "ContainerResourceMetricSource", "name! target:MetricTarget! container!" },
{ "ContainerResourceMetricStatus", "name! current:MetricValueStatus! "
  "container!" },
{ "ContainerState", "waiting:ContainerStateWaiting "
  "running:ContainerStateRunning terminated:ContainerStateTerminated" },
{ "ContainerStateRunning", "startedAt:t" },
{ "ContainerStateTerminated", "exitCode:i! signal:i reason message "
  "startedAt:t finishedAt:t containerID" },
{ "ContainerStateWaiting", "reason message" },
{ "ContainerStatus", "name! state:ContainerState lastState:ContainerState "
  "ready:b! restartCount:i! image! imageID! containerID started:b? "
  "allocatedResources:{}q resources:ResourceRequirements "
  "volumeMounts:[mountPath]VolumeMountStatus user:ContainerUser "
  "allocatedResourcesStatus:[name]ResourceStatus stopSignal" },
{ "ContainerUser", "linux:LinuxContainerUser" },
{ "CronJobSpec", "schedule! startingDeadlineSeconds:i? concurrencyPolicy "
  "suspend:b? jobTemplate:JobTemplateSpec! successfulJobsHistoryLimit:i? "
  "failedJobsHistoryLimit:i? timeZone" },
{ "CronJobStatus", "active:[]ObjectReference lastScheduleTime:t@4 "
  "lastSuccessfulTime:t" },
{ "CrossVersionObjectReference", "kind! name! apiVersion" },
{ "DaemonEndpoint", "Port:i!" },
{ "DaemonSetCondition", "type! status! lastTransitionTime:t reason message" },
{ "DaemonSetSpec", "selector:LabelSelector! template:PodTemplateSpec! "
  "updateStrategy:DaemonSetUpdateStrategy minReadySeconds:i "
  "revisionHistoryLimit:i?@6" },
{ "DaemonSetStatus", "currentNumberScheduled:i! numberMisscheduled:i! "
  "desiredNumberScheduled:i! numberReady:i! observedGeneration:i "
  "updatedNumberScheduled:i numberAvailable:i numberUnavailable:i "
  "collisionCount:i? conditions:[type]DaemonSetCondition" },
{ "DaemonSetUpdateStrategy", "type rollingUpdate:RollingUpdateDaemonSet" },
{ "DeploymentCondition", "type! status! reason@4 message lastUpdateTime:t "
  "lastTransitionTime:t" },
{ "DeploymentSpec", "replicas:i? selector:LabelSelector! "
  "template:PodTemplateSpec! strategy:~DeploymentStrategy "
  "minReadySeconds:i revisionHistoryLimit:i? paused:b "
  "progressDeadlineSeconds:i?@9" },
{ "DeploymentStatus", "observedGeneration:i replicas:i updatedReplicas:i "
  "availableReplicas:i unavailableReplicas:i "
  "conditions:[type]DeploymentCondition readyReplicas:i collisionCount:i? "
  "terminatingReplicas:i?" },
{ "DeploymentStrategy", "type rollingUpdate:RollingUpdateDeployment" },
{ "DownwardAPIProjection", "items:[]DownwardAPIVolumeFile" },
{ "DownwardAPIVolumeFile", "path! fieldRef:ObjectFieldSelector "
  "resourceFieldRef:ResourceFieldSelector mode:i?" },
{ "DownwardAPIVolumeSource", "items:[]DownwardAPIVolumeFile defaultMode:i?" },
{ "EmptyDirVolumeSource", "medium sizeLimit:q" },
{ "Endpoint", "addresses:[]s! conditions:EndpointConditions hostname "
  "targetRef:ObjectReference deprecatedTopology:{}s nodeName zone "
  "hints:EndpointHints" },
{ "EndpointAddress", "ip! targetRef:ObjectReference hostname nodeName" },
{ "EndpointConditions", "ready:b? serving:b? terminating:b?" },
{ "EndpointHints", "forZones:[]ForZone forNodes:[]ForNode" },
{ "EndpointPort", "name port:i! protocol appProtocol" },
{ "EndpointPort.discovery", "name protocol port:i? appProtocol" },
{ "EndpointSubset", "addresses:[]EndpointAddress "
  "notReadyAddresses:[]EndpointAddress ports:[]EndpointPort" },
{ "EnvFromSource", "prefix configMapRef:ConfigMapEnvSource "
  "secretRef:SecretEnvSource" },
{ "EnvVar", "name! value valueFrom:EnvVarSource" },
{ "EnvVarSource", "fieldRef:ObjectFieldSelector "
  "resourceFieldRef:ResourceFieldSelector "
  "configMapKeyRef:ConfigMapKeySelector secretKeyRef:SecretKeySelector" },
{ "EphemeralContainer", "*:EphemeralContainerCommon targetContainerName" },
{ "EphemeralContainerCommon", "name! image command:[]s args:[]s "
  "workingDir ports:[containerPort]ContainerPort env:[name]EnvVar "
  "resources:ResourceRequirements volumeMounts:[mountPath]VolumeMount "
  "livenessProbe:Probe readinessProbe:Probe lifecycle:Lifecycle "
  "terminationMessagePath imagePullPolicy securityContext:SecurityContext "
  "stdin:b stdinOnce:b tty:b envFrom:[]EnvFromSource "
  "terminationMessagePolicy volumeDevices:[devicePath]VolumeDevice "
  "startupProbe:Probe resizePolicy:[]ContainerResizePolicy restartPolicy" },
{ "EphemeralVolumeSource", ""
  "volumeClaimTemplate:PersistentVolumeClaimTemplate" },
{ "EventSeries", "count:i lastObservedTime:u" },
{ "EventSeries.events", "count:i! lastObservedTime:u!" },
{ "EventSource", "component host" },
{ "ExecAction", "command:[]s" },
{ "ExternalMetricSource", "metric:MetricIdentifier! target:MetricTarget!" },
{ "ExternalMetricStatus", "metric:MetricIdentifier! "
  "current:MetricValueStatus!" },
{ "FieldSelectorAttributes", "rawSelector "
  "requirements:[]FieldSelectorRequirement" },
{ "FieldSelectorRequirement", "key! operator! values:[]s" },
{ "ForNode", "name!" },
{ "ForZone", "name!" },
{ "GRPCAction", "port:i! service" },
{ "HPAScalingPolicy", "type! value:i! periodSeconds:i!" },
{ "HPAScalingRules", "selectPolicy policies:[]HPAScalingPolicy "
  "stabilizationWindowSeconds:i? tolerance:q" },
{ "HTTPGetAction", "path port:x! host scheme httpHeaders:[]HTTPHeader" },
{ "HTTPHeader", "name! value!" },
{ "HTTPIngressPath", "path backend:IngressBackend! pathType!" },
{ "HTTPIngressRuleValue", "paths:[]HTTPIngressPath!" },
{ "HorizontalPodAutoscalerBehavior", "scaleUp:HPAScalingRules "
  "scaleDown:HPAScalingRules" },
{ "HorizontalPodAutoscalerCondition", "type! status! lastTransitionTime:t "
  "reason message" },
{ "HorizontalPodAutoscalerSpec", ""
  "scaleTargetRef:CrossVersionObjectReference! minReplicas:i? "
  "maxReplicas:i! metrics:[]MetricSpec "
  "behavior:HorizontalPodAutoscalerBehavior" },
{ "HorizontalPodAutoscalerStatus", "observedGeneration:i? lastScaleTime:t "
  "currentReplicas:i desiredReplicas:i! currentMetrics:[]MetricStatus "
  "conditions:[type]HorizontalPodAutoscalerCondition" },
{ "HorizontalPodAutoscalerSpec.v1", ""
  "scaleTargetRef:CrossVersionObjectReference! minReplicas:i? "
  "maxReplicas:i! targetCPUUtilizationPercentage:i?" },
{ "HorizontalPodAutoscalerStatus.v1", "observedGeneration:i? "
  "lastScaleTime:t currentReplicas:i! desiredReplicas:i! "
  "currentCPUUtilizationPercentage:i?" },
{ "HostAlias", "ip! hostnames:[]s" },
{ "HostIP", "ip!" },
{ "HostPathVolumeSource", "path! type" },
{ "IPBlock", "cidr! except:[]s" },
{ "ImageVolumeSource", "reference pullPolicy" },
{ "IngressBackend", "resource:TypedLocalObjectReference@3 "
  "service:IngressServiceBackend" },
{ "IngressClassParametersReference", "apiGroup kind! name! scope namespace" },
{ "IngressClassSpec", "controller "
  "parameters:IngressClassParametersReference" },
{ "IngressLoadBalancerIngress", "ip hostname ports:[]IngressPortStatus@4" },
{ "IngressLoadBalancerStatus", "ingress:[]IngressLoadBalancerIngress" },
{ "IngressPortStatus", "port:i! protocol! error" },
{ "IngressRule", "host *:IngressRuleValue" },
{ "IngressRuleValue", "http:HTTPIngressRuleValue" },
{ "IngressServiceBackend", "name! port:ServiceBackendPort" },
{ "IngressSpec", "defaultBackend:IngressBackend tls:[]IngressTLS "
  "rules:[]IngressRule ingressClassName" },
{ "IngressStatus", "loadBalancer:IngressLoadBalancerStatus" },
{ "IngressTLS", "hosts:[]s secretName" },
{ "JobCondition", "type! status! lastProbeTime:t lastTransitionTime:t "
  "reason message" },
{ "JobSpec", "parallelism:i? completions:i? activeDeadlineSeconds:i? "
  "selector:LabelSelector manualSelector:b? template:PodTemplateSpec! "
  "backoffLimit:i? ttlSecondsAfterFinished:i? completionMode suspend:b? "
  "podFailurePolicy:PodFailurePolicy backoffLimitPerIndex:i? "
  "maxFailedIndexes:i? podReplacementPolicy managedBy "
  "successPolicy:SuccessPolicy" },
{ "JobStatus", "conditions:[type]JobCondition startTime:t "
  "completionTime:t active:i succeeded:i failed:i completedIndexes "
  "uncountedTerminatedPods:UncountedTerminatedPods ready:i? failedIndexes "
  "terminating:i?" },
{ "JobTemplateSpec", "metadata:ObjectMeta spec:JobSpec" },
{ "KeyToPath", "key! path! mode:i?" },
{ "LabelSelector", "matchLabels:{}s "
  "matchExpressions:[]LabelSelectorRequirement" },
{ "LabelSelectorAttributes", "rawSelector "
  "requirements:[]LabelSelectorRequirement" },
{ "LabelSelectorRequirement", "key! operator! values:[]s" },
{ "LeaseSpec", "holderIdentity leaseDurationSeconds:i? acquireTime:u "
  "renewTime:u leaseTransitions:i? strategy preferredHolder" },
{ "Lifecycle", "postStart:LifecycleHandler preStop:LifecycleHandler "
  "stopSignal" },
{ "LifecycleHandler", "exec:ExecAction httpGet:HTTPGetAction "
  "tcpSocket:TCPSocketAction sleep:SleepAction" },
{ "LimitRangeItem", "type! max:{}q min:{}q default:{}q defaultRequest:{}q "
  "maxLimitRequestRatio:{}q" },
{ "LimitRangeSpec", "limits:[]LimitRangeItem!" },
{ "LinuxContainerUser", "uid:i! gid:i! supplementalGroups:[]i" },
{ "LoadBalancerIngress", "ip hostname ipMode ports:[]PortStatus" },
{ "LoadBalancerStatus", "ingress:[]LoadBalancerIngress" },
{ "LocalObjectReference", "name" },
{ "LocalVolumeSource", "path! fsType" },
{ "ManagedFieldsEntry", "manager operation apiVersion time:t fieldsType@6 "
  "fieldsV1:o subresource" },
{ "MetricIdentifier", "name! selector:LabelSelector" },
{ "MetricSpec", "type! object:ObjectMetricSource pods:PodsMetricSource "
  "resource:ResourceMetricSource external:ExternalMetricSource "
  "containerResource:ContainerResourceMetricSource@7" },
{ "MetricStatus", "type! object:ObjectMetricStatus pods:PodsMetricStatus "
  "resource:ResourceMetricStatus external:ExternalMetricStatus "
  "containerResource:ContainerResourceMetricStatus@7" },
{ "MetricTarget", "type! value:q averageValue:q averageUtilization:i?" },
{ "MetricValueStatus", "value:q averageValue:q averageUtilization:i?" },
{ "ModifyVolumeStatus", "targetVolumeAttributesClassName status!" },
{ "NFSVolumeSource", "server! path! readOnly:b" },
{ "NamespaceCondition", "type! status! lastTransitionTime:t@4 reason "
  "message" },
{ "NamespaceSpec", "finalizers:[]s" },
{ "NamespaceStatus", "phase conditions:[type]NamespaceCondition" },
{ "NetworkPolicyEgressRule", "ports:[]NetworkPolicyPort "
  "to:[]NetworkPolicyPeer" },
{ "NetworkPolicyIngressRule", "ports:[]NetworkPolicyPort "
  "from:[]NetworkPolicyPeer" },
{ "NetworkPolicyPeer", "podSelector:LabelSelector "
  "namespaceSelector:LabelSelector ipBlock:IPBlock" },
{ "NetworkPolicyPort", "protocol port:x endPort:i?" },
{ "NetworkPolicySpec", "podSelector:LabelSelector! "
  "ingress:[]NetworkPolicyIngressRule egress:[]NetworkPolicyEgressRule "
  "policyTypes:[]s" },
{ "NodeAddress", "type! address!" },
{ "NodeAffinity", ""
  "requiredDuringSchedulingIgnoredDuringExecution:NodeSelector "
  "preferredDuringSchedulingIgnoredDuringExecution:"
  "[]PreferredSchedulingTerm" },
{ "NodeCondition", "type! status! lastHeartbeatTime:t "
  "lastTransitionTime:t reason message" },
{ "NodeConfigSource", "configMap:ConfigMapNodeConfigSource@2" },
{ "NodeConfigStatus", "assigned:NodeConfigSource active:NodeConfigSource "
  "lastKnownGood:NodeConfigSource error" },
{ "NodeDaemonEndpoints", "kubeletEndpoint:DaemonEndpoint" },
{ "NodeFeatures", "supplementalGroupsPolicy:b?" },
{ "NodeRuntimeHandler", "name features:NodeRuntimeHandlerFeatures" },
{ "NodeRuntimeHandlerFeatures", "recursiveReadOnlyMounts:b? "
  "userNamespaces:b?" },
{ "NodeSelector", "nodeSelectorTerms:[]NodeSelectorTerm!" },
{ "NodeSelectorRequirement", "key! operator! values:[]s" },
{ "NodeSelectorTerm", "matchExpressions:[]NodeSelectorRequirement "
  "matchFields:[]NodeSelectorRequirement" },
{ "NodeSpec", "podCIDR externalID providerID unschedulable:b "
  "taints:[]Taint configSource:NodeConfigSource podCIDRs:[+]s" },
{ "NodeStatus", "capacity:{}q allocatable:{}q phase "
  "conditions:[type]NodeCondition addresses:[type]NodeAddress "
  "daemonEndpoints:NodeDaemonEndpoints nodeInfo:NodeSystemInfo "
  "images:[]ContainerImage volumesInUse:[]s "
  "volumesAttached:[]AttachedVolume config:NodeConfigStatus "
  "runtimeHandlers:[]NodeRuntimeHandler features:NodeFeatures" },
{ "NodeSwapStatus", "capacity:i?" },
{ "NodeSystemInfo", "machineID! systemUUID! bootID! kernelVersion! "
  "osImage! containerRuntimeVersion! kubeletVersion! kubeProxyVersion! "
  "operatingSystem! architecture! swap:NodeSwapStatus" },
{ "NonResourceAttributes", "path verb" },
{ "NonResourceRule", "verbs:[]s! nonResourceURLs:[]s" },
{ "ObjectFieldSelector", "apiVersion fieldPath!" },
{ "ObjectMeta", "name generateName namespace selfLink uid resourceVersion "
  "generation:i creationTimestamp:t deletionTimestamp:t "
  "deletionGracePeriodSeconds:i? labels:{}s annotations:{}s "
  "ownerReferences:[uid]OwnerReference finalizers:[+]s "
  "managedFields:[]ManagedFieldsEntry@17" },
{ "ObjectMetricSource", "describedObject:CrossVersionObjectReference! "
  "target:MetricTarget! metric:MetricIdentifier!" },
{ "ObjectMetricStatus", "metric:MetricIdentifier! "
  "current:MetricValueStatus! describedObject:CrossVersionObjectReference!" },
{ "ObjectReference", "kind namespace name uid apiVersion resourceVersion "
  "fieldPath" },
{ "Overhead", "podFixed:{}q" },
{ "OwnerReference", "kind! name@3! uid! apiVersion! controller:b? "
  "blockOwnerDeletion:b?" },
{ "PersistentVolumeClaimCondition", "type! status! lastProbeTime:t "
  "lastTransitionTime:t reason message" },
{ "PersistentVolumeClaimSpec", "accessModes:[]s "
  "resources:VolumeResourceRequirements volumeName selector:LabelSelector "
  "storageClassName volumeMode dataSource:TypedLocalObjectReference "
  "dataSourceRef:TypedObjectReference volumeAttributesClassName" },
{ "PersistentVolumeClaimStatus", "phase accessModes:[]s capacity:{}q "
  "conditions:[type]PersistentVolumeClaimCondition allocatedResources:{}q "
  "allocatedResourceStatuses:{}s@7 currentVolumeAttributesClassName "
  "modifyVolumeStatus:ModifyVolumeStatus" },
{ "PersistentVolumeClaimTemplate", "metadata:ObjectMeta "
  "spec:PersistentVolumeClaimSpec!" },
{ "PersistentVolumeClaimVolumeSource", "claimName! readOnly:b" },
{ "PersistentVolumeSource", "gcePersistentDisk:o "
  "awsElasticBlockStore:AWSElasticBlockStoreVolumeSource "
  "hostPath:HostPathVolumeSource glusterfs:o nfs:NFSVolumeSource rbd:o "
  "iscsi:o cinder:o cephfs:o fc:o flocker:o flexVolume:o azureFile:o "
  "vsphereVolume:o quobyte:o azureDisk:o photonPersistentDisk:o "
  "portworxVolume:o scaleIO:o local:LocalVolumeSource storageos:o "
  "csi:CSIPersistentVolumeSource" },
{ "PersistentVolumeSpec", "capacity:{}q *:PersistentVolumeSource "
  "accessModes:[]s claimRef:ObjectReference persistentVolumeReclaimPolicy "
  "storageClassName mountOptions:[]s volumeMode "
  "nodeAffinity:VolumeNodeAffinity volumeAttributesClassName" },
{ "PersistentVolumeStatus", "phase message reason "
  "lastPhaseTransitionTime:t" },
{ "PodAffinity", ""
  "requiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm "
  "preferredDuringSchedulingIgnoredDuringExecution:"
  "[]WeightedPodAffinityTerm" },
{ "PodAffinityTerm", "labelSelector:LabelSelector namespaces:[]s "
  "topologyKey! namespaceSelector:LabelSelector matchLabelKeys:[]s "
  "mismatchLabelKeys:[]s" },
{ "PodAntiAffinity", ""
  "requiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm "
  "preferredDuringSchedulingIgnoredDuringExecution:"
  "[]WeightedPodAffinityTerm" },
{ "PodCondition", "type! status! lastProbeTime:t lastTransitionTime:t "
  "reason message observedGeneration:i" },
{ "PodDNSConfig", "nameservers:[]s searches:[]s "
  "options:[]PodDNSConfigOption" },
{ "PodDNSConfigOption", "name value" },
{ "PodDisruptionBudgetSpec", "minAvailable:x selector:^LabelSelector "
  "maxUnavailable:x unhealthyPodEvictionPolicy" },
{ "PodDisruptionBudgetStatus", "observedGeneration:i disruptedPods:{}t "
  "disruptionsAllowed:i! currentHealthy:i! desiredHealthy:i! "
  "expectedPods:i! conditions:[type]Condition" },
{ "PodFailurePolicy", "rules:[]PodFailurePolicyRule!" },
{ "PodFailurePolicyOnExitCodesRequirement", "containerName operator! "
  "values:[]i!" },
{ "PodFailurePolicyOnPodConditionsPattern", "type! status!" },
{ "PodFailurePolicyRule", "action! "
  "onExitCodes:PodFailurePolicyOnExitCodesRequirement "
  "onPodConditions:[]PodFailurePolicyOnPodConditionsPattern" },
{ "PodIP", "ip!" },
{ "PodOS", "name!" },
{ "PodReadinessGate", "conditionType!" },
{ "PodResourceClaim", "name! resourceClaimName@3 resourceClaimTemplateName" },
{ "PodResourceClaimStatus", "name! resourceClaimName" },
{ "PodSchedulingGate", "name!" },
{ "PodSecurityContext", "seLinuxOptions:SELinuxOptions runAsUser:i? "
  "runAsNonRoot:b? supplementalGroups:[]i fsGroup:i? runAsGroup:i? "
  "sysctls:[]Sysctl windowsOptions:WindowsSecurityContextOptions "
  "fsGroupChangePolicy seccompProfile:SeccompProfile "
  "appArmorProfile:AppArmorProfile supplementalGroupsPolicy "
  "seLinuxChangePolicy" },
{ "PodSpec", "volumes:[name]~Volume containers:[name]Container! "
  "restartPolicy terminationGracePeriodSeconds:i? "
  "activeDeadlineSeconds:i? dnsPolicy nodeSelector:{}s serviceAccountName "
  "serviceAccount nodeName hostNetwork:b hostPID:b hostIPC:b "
  "securityContext:PodSecurityContext "
  "imagePullSecrets:[name]LocalObjectReference hostname subdomain "
  "affinity:Affinity schedulerName initContainers:[name]Container "
  "automountServiceAccountToken:b? tolerations:[]Toleration "
  "hostAliases:[ip]HostAlias priorityClassName priority:i? "
  "dnsConfig:PodDNSConfig shareProcessNamespace:b? "
  "readinessGates:[]PodReadinessGate runtimeClassName "
  "enableServiceLinks:b? preemptionPolicy overhead:{}q "
  "topologySpreadConstraints:[topologyKey]TopologySpreadConstraint "
  "ephemeralContainers:[name]EphemeralContainer setHostnameAsFQDN:b? "
  "os:PodOS hostUsers:b? schedulingGates:[name]PodSchedulingGate "
  "resourceClaims:[name]~PodResourceClaim resources:ResourceRequirements" },
{ "PodStatus", "phase conditions:[type]PodCondition message reason hostIP "
  "podIP startTime:t containerStatuses:[]ContainerStatus qosClass "
  "initContainerStatuses:[]ContainerStatus nominatedNodeName "
  "podIPs:[ip]PodIP ephemeralContainerStatuses:[]ContainerStatus resize "
  "resourceClaimStatuses:[name]~PodResourceClaimStatus hostIPs:[ip]HostIP "
  "observedGeneration:i" },
{ "PodTemplateSpec", "metadata:ObjectMeta spec:PodSpec" },
{ "PodsMetricSource", "metric:MetricIdentifier! target:MetricTarget!" },
{ "PodsMetricStatus", "metric:MetricIdentifier! current:MetricValueStatus!" },
{ "PolicyRule", "verbs:[]s! apiGroups:[]s resources:[]s resourceNames:[]s "
  "nonResourceURLs:[]s" },
{ "PortStatus", "port:i! protocol! error" },
{ "Preconditions", "uid resourceVersion" },
{ "PreferredSchedulingTerm", "weight:i! preference:NodeSelectorTerm!" },
{ "Probe", "*:ProbeHandler initialDelaySeconds:i timeoutSeconds:i "
  "periodSeconds:i successThreshold:i failureThreshold:i "
  "terminationGracePeriodSeconds:i?" },
{ "ProbeHandler", "exec:ExecAction httpGet:HTTPGetAction "
  "tcpSocket:TCPSocketAction grpc:GRPCAction" },
{ "ProjectedVolumeSource", "sources:[]VolumeProjection defaultMode:i?" },
{ "ReplicaSetCondition", "type! status! lastTransitionTime:t reason "
  "message" },
{ "ReplicaSetSpec", "replicas:i? selector:LabelSelector! "
  "template:PodTemplateSpec minReadySeconds:i" },
{ "ReplicaSetStatus", "replicas:i! fullyLabeledReplicas:i "
  "observedGeneration:i readyReplicas:i availableReplicas:i "
  "conditions:[type]ReplicaSetCondition terminatingReplicas:i?" },
{ "ReplicationControllerCondition", "type! status! lastTransitionTime:t "
  "reason message" },
{ "ReplicationControllerSpec", "replicas:i? selector:{}s "
  "template:PodTemplateSpec minReadySeconds:i" },
{ "ReplicationControllerStatus", "replicas:i! fullyLabeledReplicas:i "
  "observedGeneration:i readyReplicas:i availableReplicas:i "
  "conditions:[type]ReplicationControllerCondition" },
{ "ResourceAttributes", "namespace verb group version resource "
  "subresource name fieldSelector:FieldSelectorAttributes "
  "labelSelector:LabelSelectorAttributes" },
{ "ResourceClaim", "name! request" },
{ "ResourceFieldSelector", "containerName resource! divisor:q" },
{ "ResourceHealth", "resourceID! health" },
{ "ResourceMetricSource", "name! target:MetricTarget!" },
{ "ResourceMetricStatus", "name! current:MetricValueStatus!" },
{ "ResourceQuotaSpec", "hard:{}q scopes:[]s scopeSelector:ScopeSelector" },
{ "ResourceQuotaStatus", "hard:{}q used:{}q" },
{ "ResourceRequirements", "limits:{}q requests:{}q claims:[]ResourceClaim" },
{ "ResourceRule", "verbs:[]s! apiGroups:[]s resources:[]s "
  "resourceNames:[]s" },
{ "ResourceStatus", "name! resources:[]ResourceHealth" },
{ "RoleRef", "apiGroup! kind! name!" },
{ "RollingUpdateDaemonSet", "maxUnavailable:x maxSurge:x" },
{ "RollingUpdateDeployment", "maxUnavailable:x maxSurge:x" },
{ "RollingUpdateStatefulSetStrategy", "partition:i? maxUnavailable:x" },
{ "SELinuxOptions", "user role type level" },
{ "Scheduling", "nodeSelector:{}s tolerations:[]Toleration" },
{ "ScopeSelector", "matchExpressions:[]ScopedResourceSelectorRequirement" },
{ "ScopedResourceSelectorRequirement", "scopeName! operator! values:[]s" },
{ "SeccompProfile", "type! localhostProfile" },
{ "SecretEnvSource", "*:LocalObjectReference optional:b?" },
{ "SecretKeySelector", "*:LocalObjectReference key! optional:b?" },
{ "SecretProjection", "*:LocalObjectReference items:[]KeyToPath "
  "optional:b?@4" },
{ "SecretReference", "name namespace" },
{ "SecretVolumeSource", "secretName items:[]KeyToPath defaultMode:i? "
  "optional:b?" },
{ "SecurityContext", "capabilities:Capabilities privileged:b? "
  "seLinuxOptions:SELinuxOptions runAsUser:i? runAsNonRoot:b? "
  "readOnlyRootFilesystem:b? allowPrivilegeEscalation:b? runAsGroup:i? "
  "procMount windowsOptions:WindowsSecurityContextOptions "
  "seccompProfile:SeccompProfile appArmorProfile:AppArmorProfile" },
{ "SelfSubjectAccessReviewSpec", "resourceAttributes:ResourceAttributes "
  "nonResourceAttributes:NonResourceAttributes" },
{ "SelfSubjectReviewStatus", "userInfo:UserInfo" },
{ "SelfSubjectRulesReviewSpec", "namespace" },
{ "ServiceAccountTokenProjection", "audience expirationSeconds:i? path!" },
{ "ServiceBackendPort", "name number:i" },
{ "ServicePort", "name protocol port:i! targetPort:x nodePort:i "
  "appProtocol" },
{ "ServiceSpec", "ports:[port]ServicePort selector:{}s clusterIP type "
  "externalIPs:[]s sessionAffinity@7 loadBalancerIP "
  "loadBalancerSourceRanges:[]s externalName externalTrafficPolicy "
  "healthCheckNodePort:i publishNotReadyAddresses:b "
  "sessionAffinityConfig:SessionAffinityConfig ipFamilyPolicy@17 "
  "clusterIPs:[]s ipFamilies:[]s allocateLoadBalancerNodePorts:b? "
  "loadBalancerClass internalTrafficPolicy trafficDistribution" },
{ "ServiceStatus", "loadBalancer:LoadBalancerStatus "
  "conditions:[type]Condition" },
{ "SessionAffinityConfig", "clientIP:ClientIPConfig" },
{ "SleepAction", "seconds:i!" },
{ "StatefulSetCondition", "type! status! lastTransitionTime:t reason "
  "message" },
{ "StatefulSetOrdinals", "start:i" },
{ "StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted "
  "whenScaled" },
{ "StatefulSetSpec", "replicas:i? selector:LabelSelector! "
  "template:PodTemplateSpec! volumeClaimTemplates:[]PersistentVolumeClaim "
  "serviceName podManagementPolicy "
  "updateStrategy:StatefulSetUpdateStrategy revisionHistoryLimit:i? "
  "minReadySeconds:i "
  "persistentVolumeClaimRetentionPolicy:"
  "StatefulSetPersistentVolumeClaimRetentionPolicy "
  "ordinals:StatefulSetOrdinals" },
{ "StatefulSetStatus", "observedGeneration:i replicas:i! readyReplicas:i "
  "currentReplicas:i updatedReplicas:i currentRevision updateRevision "
  "collisionCount:i?@9 conditions:[type]StatefulSetCondition "
  "availableReplicas:i" },
{ "StatefulSetUpdateStrategy", "type "
  "rollingUpdate:RollingUpdateStatefulSetStrategy" },
{ "Subject", "kind! apiGroup name! namespace" },
{ "SubjectAccessReviewSpec", "resourceAttributes:ResourceAttributes "
  "nonResourceAttributes:NonResourceAttributes user groups:[]s extra:[]s "
  "uid" },
{ "SubjectAccessReviewStatus", "allowed:b! reason evaluationError denied:b" },
{ "SubjectRulesReviewStatus", "resourceRules:[]ResourceRule! "
  "nonResourceRules:[]NonResourceRule! incomplete:b! evaluationError" },
{ "SuccessPolicy", "rules:[]SuccessPolicyRule!" },
{ "SuccessPolicyRule", "succeededIndexes succeededCount:i?" },
{ "Sysctl", "name! value!" },
{ "TCPSocketAction", "port:x! host" },
{ "Taint", "key! value effect! timeAdded:t" },
{ "TokenRequest", "audience! expirationSeconds:i?" },
{ "TokenRequestSpec", "audiences:[]s! boundObjectRef:BoundObjectReference@3 "
  "expirationSeconds:i?" },
{ "TokenRequestStatus", "token! expirationTimestamp:t!" },
{ "TokenReviewSpec", "token audiences:[]s" },
{ "TokenReviewStatus", "authenticated:b user:UserInfo error audiences:[]s" },
{ "Toleration", "key operator value effect tolerationSeconds:i?" },
{ "TopologySelectorLabelRequirement", "key! values:[]s!" },
{ "TopologySelectorTerm", ""
  "matchLabelExpressions:[]TopologySelectorLabelRequirement" },
{ "TopologySpreadConstraint", "maxSkew:i! topologyKey! whenUnsatisfiable! "
  "labelSelector:LabelSelector minDomains:i? nodeAffinityPolicy "
  "nodeTaintsPolicy matchLabelKeys:[]s" },
{ "TypedLocalObjectReference", "apiGroup kind! name!" },
{ "TypedObjectReference", "apiGroup kind! name! namespace" },
{ "UncountedTerminatedPods", "succeeded:[]s failed:[]s" },
{ "UserInfo", "username uid groups:[]s extra:[]s" },
{ "Volume", "name! *:VolumeSource" },
{ "VolumeAttachmentSource", "persistentVolumeName "
  "inlineVolumeSpec:PersistentVolumeSpec" },
{ "VolumeAttachmentSpec", "attacher! source:VolumeAttachmentSource! "
  "nodeName!" },
{ "VolumeAttachmentStatus", "attached:b! attachmentMetadata:{}s "
  "attachError:VolumeError detachError:VolumeError" },
{ "VolumeDevice", "name! devicePath!" },
{ "VolumeError", "time:t message errorCode:i?" },
{ "VolumeMount", "name! readOnly:b mountPath! subPath mountPropagation "
  "subPathExpr recursiveReadOnly" },
{ "VolumeMountStatus", "name! mountPath! readOnly:b recursiveReadOnly" },
{ "VolumeNodeAffinity", "required:NodeSelector" },
{ "VolumeNodeResources", "count:i?" },
{ "VolumeProjection", "secret:SecretProjection "
  "downwardAPI:DownwardAPIProjection configMap:ConfigMapProjection "
  "serviceAccountToken:ServiceAccountTokenProjection "
  "clusterTrustBundle:ClusterTrustBundleProjection" },
{ "VolumeResourceRequirements", "limits:{}q requests:{}q" },
{ "VolumeSource", "hostPath:HostPathVolumeSource "
  "emptyDir:EmptyDirVolumeSource gcePersistentDisk:o "
  "awsElasticBlockStore:AWSElasticBlockStoreVolumeSource gitRepo:o "
  "secret:SecretVolumeSource nfs:NFSVolumeSource iscsi:o glusterfs:o "
  "persistentVolumeClaim:PersistentVolumeClaimVolumeSource rbd:o "
  "flexVolume:o cinder:o cephfs:o flocker:o "
  "downwardAPI:DownwardAPIVolumeSource fc:o azureFile:o "
  "configMap:ConfigMapVolumeSource vsphereVolume:o quobyte:o azureDisk:o "
  "photonPersistentDisk:o portworxVolume:o scaleIO:o "
  "projected:ProjectedVolumeSource storageos:o csi:CSIVolumeSource "
  "ephemeral:EphemeralVolumeSource image:ImageVolumeSource" },
{ "WeightedPodAffinityTerm", "weight:i! podAffinityTerm:PodAffinityTerm!" },
{ "WindowsSecurityContextOptions", "gmsaCredentialSpecName "
  "gmsaCredentialSpec runAsUserName hostProcess:b?" },
{ NULL, NULL },
};
/* clang-format on */
