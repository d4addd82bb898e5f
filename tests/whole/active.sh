#!/bin/bash
# The engine takes the autoscaler's place without a screen: Monday's jobs all
# come to run, none is lost, and the lease goes back at the end.
. "$(dirname "$0")/../lib.sh"

json() { # json FILE EXPRESSION-OF-d
	python3 -c 'import json,sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2"
}

ENGINE_PID=
end_engine() {
	[ -n "$ENGINE_PID" ] || return 0
	kill "$ENGINE_PID" 2>/dev/null
	wait "$ENGINE_PID"
	_status=$?
	ENGINE_PID=
	return $_status
}
trap 'end_engine; end_all' EXIT

start_sim monday-burst --speed 30
context=$(sed -n 's/^current-context: *//p' "$KUBECONFIG" | tr -d '"')
mkdir -p "$XDG_CONFIG_HOME/paddock"

# Not without being allowed to: it says so and stays advisory.
"$PADDOCK" engine --mode active >"$WORK/engine.out" 2>"$WORK/engine.err" &
ENGINE_PID=$!
await 30 grep -q 'stays advisory' "$WORK/engine.err"
says "unattended active mode is allowed by configuration" \
	'active-allowed: true' "$WORK/engine.err"
end_engine

printf 'contexts:\n  %s:\n    access: write\n    active-allowed: true\n' \
	"$context" >"$XDG_CONFIG_HOME/paddock/config.yaml"
config_state() { # what stands in the folder, and since when
	find "$XDG_CONFIG_HOME" -printf '%P %i %s %T@ %m\n' | sort
	cat "$XDG_CONFIG_HOME/paddock/config.yaml"
}
config_before=$(config_state)
"$PADDOCK" engine --mode active --metrics-listen 127.0.0.1:0 \
	>"$WORK/engine.out" 2>"$WORK/engine.err" &
ENGINE_PID=$!
exits 2 "an address without a port" "$PADDOCK" engine --metrics-listen nowhere
check "it leads" await 30 grep -q 'leading: paddock holds' "$WORK/engine.err"
says "what is unproven is said" 'shadowed 0 h: unproven' "$WORK/engine.err"

# No pod waits for a node, and the groups have grown.
all_run() {
	"$PADDOCK" get pods -o json >"$WORK/pods.json" 2>/dev/null &&
	"$PADDOCK" get groups -o json >"$WORK/groups.json" 2>/dev/null &&
		[ "$(json "$WORK/pods.json" 'sum(i.get("status") in
("Pending", "Unschedulable") for i in d["items"])')" = 0 ] &&
		[ "$(json "$WORK/groups.json" 'sum(i["desired"] or 0
for i in d["items"])')" -ge 10 ]
}
check "every pending job comes to run" await 90 all_run

# What monitoring sees of it.
fetch() { # PATH: the answer to GET, in bash alone
	_at=$(sed -n 's|.*health on http://\([^/]*\)/.*|\1|p' "$WORK/engine.err")
	exec 8<>"/dev/tcp/${_at%:*}/${_at#*:}" || return 1
	printf 'GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' "$1" "$_at" >&8
	cat <&8 >"$WORK/http"
	exec 8>&-
}
fetch /health-check
says "/health-check is well" '^HTTP/1.1 200 OK' "$WORK/http"
fetch /metrics
says "upstream's metrics" '^cluster_autoscaler_nodes_count\{state="ready"\} [1-9]' \
	"$WORK/http"
says "nodes that were added" \
	'^cluster_autoscaler_scaled_up_nodes_total\{.*\} [1-9]' "$WORK/http"
says "ours" '^paddock_leading 1$' "$WORK/http"
missing=
for name in cluster_safe_to_autoscale nodes_count node_groups_count \
	failed_node_creations_total node_taints_count \
	unschedulable_pods_count max_nodes_count cluster_cpu_current_cores \
	cluster_memory_current_bytes cpu_limits_cores memory_limits_bytes \
	last_activity function_duration_seconds_bucket \
	function_duration_seconds_sum function_duration_seconds_count \
	function_duration_quantile_seconds_sum pending_node_deletions \
	errors_total scaled_up_nodes_total failed_scale_ups_total \
	scaled_down_nodes_total evicted_pods_total unneeded_nodes_count \
	unremovable_nodes_count scale_down_in_cooldown \
	old_unregistered_nodes_removed_count skipped_scale_events_count; do
	grep -q "^cluster_autoscaler_$name[ {]" "$WORK/http" ||
		missing="$missing $name"
done
same "each of upstream's that can be told truthfully" "" "$missing"
check "each name is announced once, each sample is a number" awk '
/^# TYPE/ { if (seen[$3]++) bad = 1; next }
/^#/ { next }
/^\r?$/ { next }
/^[a-z_]+(\{[^}]*\})? [-+0-9.e]+\r?$/ { n++; next }
n { bad = 1 }
END { exit bad || n < 180 }' "$WORK/http"
same "bounds of the histogram: 0.1 to 1800 s and all" "0.1 1800 +Inf" \
	"$(sed -n 's/.*duration_seconds_bucket{.*le="\([^"]*\)".*/\1/p' \
	"$WORK/http" | sed -n '1p;150p;151p' | xargs)"
fetch /nonsense
says "nothing else" '^HTTP/1.1 404' "$WORK/http"

if command -v kubectl >/dev/null; then
	kubectl -n kube-system get configmap cluster-autoscaler-status \
		-o 'jsonpath={.data.status}' >"$WORK/status"
	says "the status tells of a running autoscaler" \
		'^autoscalerStatus: Running' "$WORK/status"
	says "and of each group" '^  name: "amd64-general"' "$WORK/status"
	check "it is YAML with upstream's keys" python3 -c '
import sys
try:
    import yaml
except ImportError:
    sys.exit(0)
d = yaml.safe_load(open(sys.argv[1]))
assert d["clusterWide"]["health"]["status"] == "Healthy"
assert d["clusterWide"]["health"]["nodeCounts"]["registered"]["total"] > 3
assert d["nodeGroups"][0]["scaleUp"]["status"]
assert d["nodeGroups"][0]["health"]["cloudProviderTarget"] >= 0' "$WORK/status"
	kubectl get events -A -o 'jsonpath={range .items[*]}{.source.component} {.reason} {.message}{"\n"}{end}' \
		>"$WORK/events"
	says "events in upstream's words" \
		'^paddock ScaledUpGroup Scale-up: group amd64-general size set to [0-9]+ instead of [0-9]+ \(max: [0-9]+\)' \
		"$WORK/events"
	says "pods are told" '^paddock TriggeredScaleUp pod triggered scale-up: \[\{' \
		"$WORK/events"
else
	skip "the status ConfigMap" "kubectl is not installed"
fi

exits 0 "jobs" "$PADDOCK" get jobs -o json
same "no job is lost" 0 "$(json "$WORK/out" \
	'sum(i.get("phase") == "lost" for i in d["items"])')"

end_engine
same "it ends in order" 0 "$?"
same "nothing writes the configuration (rule 11)" "$config_before" \
	"$(config_state)"
journal=$XDG_STATE_HOME/paddock/journal.jsonl
check "the lease went back" grep -q \
	'"phase":"outcome".*"verb":"hand back".*"result":"ok"' "$journal"
same "every act left intent and outcome" yes "$(python3 -c '
import json, sys
open_, seen = set(), 0
for line in open(sys.argv[1]):
    l = json.loads(line)
    if l["phase"] == "intent":
        open_.add(l["id"]); seen += 1
    else:
        open_.discard(l["id"])
print("yes" if seen > 5 and not open_ else "no: %d open of %d"
      % (len(open_), seen))' "$journal")"

finish
