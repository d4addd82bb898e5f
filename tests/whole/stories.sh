#!/bin/bash
# Each story of the simulated cloud, run to its symptom: NEEDS YOU must name it
# in words that lead to the remedy.
. "$(dirname "$0")/../lib.sh"

# story SCENARIO TIME PATTERN...: after that much virtual time every pattern
# matches a line of the alarms.
story() {
	_scenario=$1
	_time=$2
	shift 2
	start_sim "$_scenario"
	if ! lever "advance?by=$_time"; then
		not_ok "$_scenario advances by $_time"
		end_sim
		return
	fi
	"$PADDOCK" get alarms >"$WORK/out" 2>"$WORK/err" ||
		not_ok "$_scenario: get alarms" "$(cat "$WORK/err")"
	for _pattern; do
		says "$_scenario: $_pattern" "$_pattern" "$WORK/out"
	done
	end_sim
	rm -f "$WORK/ready.$$"
}

story self-eviction 30m 'CRIT .*no autoscaler leads|CRIT .*autoscaler dead' \
	'CRIT .*is marked for removal by an autoscaler that is gone.*a=uncordon' \
	'a group that is scaled down'
story ca-hung 30m 'CRIT .*autoscaler .*: last loop 2[0-9]m ago'
story scale-from-zero-missing-tag 20m \
	'fits no group: gpu-t4: wants accelerator=t4, has no such label'
story eksctl-taint-tag 30m 'CRIT .*docker at max 2/2; [0-9]+ jobs wait' \
	'CRIT .*batch: tag taint/dedicated is "batch", must be "batch:NoSchedule"' \
	'CRIT .*paddock would grow batch .*; tag taint/dedicated lacks its effect, so its nodes may refuse'
story spot-refused 30m \
	'CRIT .*arm64-spot [0-9]+ launches refused, [0-9]+ jobs wait, not tried before .*: .*Spot capacity'
story ip-exhaustion 20m 'CRIT .*pods get no address from the CNI' \
	'CRIT .*0 addresses left in subnet-'
story stuck-loop 30m \
	'CRIT .*docker [0-9]+ launch(es)? refused, [0-9]+ jobs wait, not tried before .*: .*does not exist'
story node-never-joins 30m \
	'CRIT .*docker: [0-9]+ of 10 instances did not become nodes; [0-9]+ jobs'
story disk-full 25m 'node .* lacks disk space|nodes lack disk space' \
	'WARN .*[0-9]+ pods evicted by kubelets in 30m: .*ephemeral-storage'
story slow-images 4m \
	'CRIT .*jobs are near poll_timeout 3m, [0-9]+ for want of their image'
story spot-storm 40m \
	'WARN .*docker-spot: [0-9]+ spot instances taken back in 1h, last 18m'
story two-operators 40m \
	'WARN .*docker: somebody lowered desired [0-9]+ times in 1h'
story eks-upgrade 12m '(CRIT|WARN) .*docker: EKS rolls the node group'
story manager-upgrade 10m \
	'WARN .*old manager has [0-9]+ jobs and is killed at 16:22 \(in 12m\)'
story manager-upgrade 30m 'CRIT .*[0-9]+ jobs run without a manager'
story legacy-cutover 16m \
	'tag "docker,e2e": [0-9]+ jobs wait, no runner carries all of them'
story orphans 30m \
	'CRIT .*legacy-machines: [0-9]+ jobs? runs? without a manager'

finish
