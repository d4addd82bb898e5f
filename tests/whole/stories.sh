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
	'a group that is scaled down'
story ca-hung 30m 'CRIT .*autoscaler .*: last loop 2[0-9]m ago'
story scale-from-zero-missing-tag 20m \
	'fits no group: gpu-t4: wants accelerator=t4, has no such label'
story eksctl-taint-tag 30m 'CRIT .*docker at max 2/2; [0-9]+ jobs wait'
story spot-refused 30m 'arm64-spot [0-9]+ launches refused: .*Spot capacity'
story ip-exhaustion 20m 'CRIT .*pods get no address from the CNI' \
	'CRIT .*subnet-.*: 0 addresses left'
story stuck-loop 30m "docker [0-9]+ launch(es)? refused: .*does not exist"
story node-never-joins 30m 'docker: [0-9]+ of 10 instances did not become'
story disk-full 25m 'node .* lacks disk space|nodes lack disk space'
story slow-images 4m 'CRIT .*jobs are near poll_timeout 3m; the next fails'
story legacy-cutover 16m \
	'tag "docker,e2e": [0-9]+ jobs wait, no runner carries it'

finish
