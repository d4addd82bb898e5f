#!/bin/bash
# The real Cluster Autoscaler, unchanged, against paddock-sim: it finds the
# groups, scales one up for pods that wait, sees the nodes join, tells so, and
# drains and removes what is no longer needed.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ca.sh"

ca_or_skip "Cluster Autoscaler"
ca_world <<END
$(ca_group work 1 5 1)
$(ca_group zero 0 3 0 m7g.large 'managed: false')
END

check "work for two more nodes" ca_deployment web 3 1500m work
check "work for a group at zero" ca_deployment arm 1 500m zero

ca_start

desired() {
	aws autoscaling describe-auto-scaling-groups \
		--auto-scaling-group-names "$1" --output text \
		--query 'AutoScalingGroups[0].DesiredCapacity' 2>/dev/null
}
events() { # events REASON PART: such an event is there
	kubectl get events -A --field-selector "reason=$1" 2>/dev/null |
		grep -q -- "$2"
}

within 30 "it leads" ca_holds '?*'
within 60 "the group grows to three" ca_nodes_are work 3
within 30 "and the pods run" ca_all_run web 3
within 60 "it grows from zero by its tags" ca_nodes_are zero 1
within 30 "and the pod runs" ca_all_run arm 1
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
check "small pods" ca_deployment api 2 200m work
within 30 "they run" ca_all_run api 2
check "the large ones leave" kubectl scale deployment web arm --replicas=0
within 120 "a node is drained for scale-down" events ScaleDown \
	'deleting pod for node scale down'
within 120 "the group is back at one node" ca_nodes_are work 1
within 30 "the pods moved" ca_all_run api 2
within 120 "and zero is zero again" ca_nodes_are zero 0
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

finish
