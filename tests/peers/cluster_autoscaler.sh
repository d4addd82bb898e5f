#!/bin/bash
# The real Cluster Autoscaler, unchanged, against paddock-sim: it finds the
# groups, scales one up for pods that wait, sees the nodes join, tells so, and
# drains and removes what is no longer needed.  It reads the wall clock, so the
# world runs at its pace; a minute of that is its own cache of groups.
. "$(dirname "$0")/../lib.sh"

ca=${CLUSTER_AUTOSCALER:-$(command -v cluster-autoscaler)}
if [ -z "$ca" ]; then
	skip "Cluster Autoscaler" "cluster-autoscaler is not installed"
	finish
fi
if ! command -v kubectl >/dev/null; then
	skip "Cluster Autoscaler" "kubectl, which gives it work, is missing"
	finish
fi

cat >"$WORK/judge.yaml" <<'END'
title: room for a real autoscaler
notice: nobody scales yet
remedy: attach one
warm_up: 2m
zones: [eu-west-1a]
system:
  node_selector: {role: management}
  tolerations: [dedicated=management:NoSchedule]
groups:
  - {name: management, types: [m6i.large], labels: {role: management},
     taints: [dedicated=management:NoSchedule], min: 1, max: 2, desired: 1}
  - {name: work, types: [m6i.large], labels: {role: work}, min: 1, max: 5,
     desired: 1, launch: 3s, ready: 3s}
  - {name: zero, types: [m7g.large], labels: {role: zero}, min: 0, max: 3,
     managed: false, launch: 3s, ready: 3s}
END
start_sim "$WORK/judge.yaml" --start now --autoscaler off

i=0
for service in autoscaling ec2 eks; do
	i=$((i + 1))
	cat <<END
[ServiceOverride "$i"]
Service = $service
Region = $AWS_REGION
URL = $AWS_ENDPOINT_URL
SigningRegion = $AWS_REGION
END
done >"$WORK/cloud.ini"

# deployment NAME REPLICAS CPU ROLE
deployment() {
	kubectl apply -f - >/dev/null 2>"$WORK/err" <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1, namespace: default}
spec:
  replicas: $2
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      terminationGracePeriodSeconds: 2
      nodeSelector: {role: $4}
      containers:
        - name: main
          image: registry.example.com/pause:3
          resources: {requests: {cpu: $3}}
END
}

check "work for two more nodes" deployment web 3 1500m work
check "work for a group at zero" deployment arm 1 500m zero

"$ca" --cloud-provider=aws --cloud-config="$WORK/cloud.ini" \
	--kubeconfig="$KUBECONFIG" --kube-api-content-type=application/json \
	--address=127.0.0.1:0 --node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/ci-prod \
	--scan-interval=1s --scale-down-delay-after-add=3s \
	--scale-down-unneeded-time=5s --unremovable-node-recheck-timeout=3s \
	--node-delete-delay-after-taint=1s --max-graceful-termination-sec=10 \
	--v=4 >"$WORK/ca.log" 2>&1 &
ca_pid=$!
end_judge() {
	kill "$ca_pid" 2>/dev/null
	wait "$ca_pid" 2>/dev/null
	end_all
}
trap end_judge EXIT

k() { # k KIND/NAME JSONPATH, in the default namespace
	kubectl get $1 -o jsonpath="$2" 2>/dev/null
}
desired() {
	aws autoscaling describe-auto-scaling-groups \
		--auto-scaling-group-names "$1" --output text \
		--query 'AutoScalingGroups[0].DesiredCapacity' 2>/dev/null
}
events() { # events REASON PART: such an event is there
	kubectl get events -A --field-selector "reason=$1" 2>/dev/null |
		grep -q -- "$2"
}
within() { # within SECONDS NAME COMMAND...
	_deadline=$1
	_what=$2
	shift 2
	if await "$_deadline" "$@"; then ok "$_what"; else
		not_ok "$_what" "not within $_deadline s" \
			"$(grep -E '^[EWF]' "$WORK/ca.log" | tail -3)" \
			"$(tail -1 "$WORK/ca.log")"
	fi
}

all_run() {
	test "$(k deployment/$1 '{.status.readyReplicas}')" = "$2"
}
nodes_are() {
	test "$(kubectl get nodes -l "role=$1" 2>/dev/null |
		grep -c ' Ready')" -eq "$2"
}
within 30 "it leads" sh -c "kubectl -n kube-system get lease \
	cluster-autoscaler -o jsonpath='{.spec.holderIdentity}' | grep ."
within 60 "the group grows to three" nodes_are work 3
within 30 "and the pods run" all_run web 3
within 60 "it grows from zero by its tags" nodes_are zero 1
within 30 "and the pod runs" all_run arm 1
within 5 "pods are told" events TriggeredScaleUp 'work 1->'
status() {
	kubectl -n kube-system get configmap cluster-autoscaler-status \
		-o jsonpath='{.data.status}' 2>/dev/null
}
knows_nodes() {
	status | awk '/^ *ready: / {ready = $2}
		/name: work/ {found = ready} END {exit found != 3}'
}
within 90 "its status counts them as ready" knows_nodes
exits 0 "paddock looks" "$PADDOCK" get home
same "and misses no autoscaler" "" "$(grep 'no autoscaler' "$WORK/out")"

# Small pods on two nodes, and nothing else: one node has to go, by eviction.
check "small pods" deployment api 2 200m work
within 30 "they run" all_run api 2
check "the large ones leave" kubectl scale deployment web arm --replicas=0
within 120 "a node is drained for scale-down" events ScaleDown \
	'deleting pod for node scale down'
within 120 "the group is back at one node" nodes_are work 1
within 30 "the pods moved" all_run api 2
within 120 "and zero is zero again" nodes_are zero 0
if command -v aws >/dev/null; then
	same "desired capacities" "1 0" "$(desired work) $(desired zero)"
fi

# Its own opinion of all this.
grep -E '^[EF]' "$WORK/ca.log" | sed 's/^[EF][0-9]* [0-9:.]* *[0-9]* //' |
	sort | uniq -c >"$WORK/complaints"
if [ -s "$WORK/complaints" ]; then
	not_ok "it complains of nothing" "$(head -5 "$WORK/complaints")"
else
	ok "it complains of nothing"
fi
cp "$WORK/ca.log" "${CA_LOG:-/dev/null}"

finish
