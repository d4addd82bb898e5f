#!/bin/bash
# The real Cluster Autoscaler keeps its hands off a group that is held: with two
# groups idle alike it empties the other one, says of the held one's nodes that
# they may not go, also of one that joined during the hold, and shrinks it once
# the hold is ended.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ca.sh"

ca_or_skip "a hold against the real autoscaler"
ca_world --log "$WORK/log" <<END
$(ca_group kept 1 4 2)
$(ca_group free 0 4 2)
END

# The cluster's DNS needs one node of kept.  Two nodes each, with something to do
# until the hold begins.
check "work for the one" ca_deployment kept 2 1500m kept
check "work for the other" ca_deployment free 2 1500m free
within 60 "it runs" ca_all_run kept 2
within 60 "and that" ca_all_run free 2
ca_start
within 30 "it leads" ca_holds '?*'

marked() { # ROLE N: that many of its nodes carry both marks
	test "$(kubectl get nodes -l "role=$1" -o json 2>/dev/null |
		grep -cE '"(cluster-autoscaler.kubernetes.io/scale-down-disabled|paddock/hold)":')" \
		-eq $((2 * $2))
}

exits 0 "the group is held" "$PADDOCK" hold kept 1h incident 4711 --yes
check "its nodes are marked" marked kept 2
check "no others are" marked free 0

# An engine that only advises keeps marking what joins.
"$PADDOCK" engine >"$WORK/engine.out" 2>"$WORK/engine.err" &
engine_pid=$!
end_engine() {
	kill "$engine_pid" 2>/dev/null
	wait "$engine_pid" 2>/dev/null
	ca_end
}
trap end_engine EXIT
check "more work" kubectl scale deployment kept --replicas=3
within 60 "the autoscaler adds to a held group" ca_nodes_are kept 3
within 30 "and the node that joined is marked" marked kept 3
within 30 "the work runs" ca_all_run kept 3

check "everything is idle" kubectl scale deployment kept free --replicas=0
within 120 "the group that is free is emptied" ca_nodes_are free 0
refused() { # in the autoscaler's own words
	for _node in $(kubectl get nodes -l role=kept -o name); do
		grep -q "Skipping ${_node#node/} .* marked as no scale down" \
			"$WORK/ca.log" || return 1
	done
}
within 30 "of the other it says that its nodes may not go" refused
check "and they are there" ca_nodes_are kept 3
asked_to_go() { # how many instances, in all this time
	grep -c 'Action=TerminateInstanceInAutoScalingGroup' "$WORK/log"
}
same "none of them was asked to go" 2 "$(asked_to_go)"

exits 0 "the hold is ended" "$PADDOCK" unhold kept --yes
check "no mark is left" marked kept 0
within 180 "now its nodes go" ca_nodes_are kept 1
same "each was asked to go once" 4 "$(asked_to_go)"

finish
