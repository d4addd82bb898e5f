#!/bin/bash
# The real Cluster Autoscaler leads, paddock takes its place and gives it back,
# and at no moment two of them act.
#
# The simulated cluster runs no programs: a shell stands for the kubelet, and
# ties each pod of the autoscaler's Deployment to a process of the real binary
# whose host name, and so its identity in the election, is the pod's.  A pod
# that goes gets SIGTERM, as a kubelet sends it; a process that ends by itself
# (it lost the lease) is started again.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ca.sh"

ca_or_skip "take-over from the real autoscaler"
if ! unshare --uts true 2>/dev/null; then
	skip "take-over from the real autoscaler" \
		"this user may not give processes a host name (unshare --uts)"
	finish
fi

ca_world --log "$WORK/log" <<END
$(ca_group work 1 7 1)
END
ca_cloud_config

# What the Deployment says of the process, for paddock, and what it is run with.
flags="--cloud-provider=aws --namespace=kube-system --scan-interval=1s
--node-group-auto-discovery=$ca_discovery
--scale-down-enabled=false"

words() { # as a JSON array
	printf '["./cluster-autoscaler"'
	printf ',"%s"' $flags
	printf ']'
}
check "the autoscaler's Deployment" ca_deployment cluster-autoscaler 1 100m \
	management kube-system registry.k8s.io/autoscaling/cluster-autoscaler:v1.36.0 \
	"$(words)"

# ---- the kubelet's part ----

run_ca() { # POD: a process, until told to end
	unshare --uts sh -c 'hostname "$1"; shift; exec "$@"' sh "$1" "$ca" \
		$flags $(ca_reach) --v=2 \
		>>"$WORK/ca-$1.log" 2>&1 &
	echo $! >"$WORK/pid-$1"
}

each='{range .items[*]}{.metadata.name} {.status.phase} '
each=$each'{.metadata.deletionTimestamp}{"\n"}{end}'
kubelet() {
	trap 'for f in "$WORK"/pid-*; do kill "$(cat "$f")" 2>/dev/null; done
		exit 0' TERM
	while :; do
		pods=$(kubectl -n kube-system get pods \
			-l app=cluster-autoscaler -o jsonpath="$each" \
			2>/dev/null)
		for f in "$WORK"/pid-*; do
			[ -e "$f" ] || continue
			pod=${f##*/pid-}
			if ! printf '%s\n' "$pods" |
				grep -qx "$pod Running "; then
				kill "$(cat "$f")" 2>/dev/null
				wait "$(cat "$f")" 2>/dev/null
				echo "$pod: its pod went" >>"$WORK/kubelet"
				rm -f "$f"
			fi
		done
		for pod in $(printf '%s\n' "$pods" |
			sed -n 's/^\([^ ]*\) Running $/\1/p'); do
			if [ -e "$WORK/pid-$pod" ] &&
				kill -0 "$(cat "$WORK/pid-$pod")" 2>/dev/null; then
				continue
			fi
			[ -e "$WORK/pid-$pod" ] &&
				echo "$pod: ended by itself" >>"$WORK/kubelet"
			run_ca "$pod"
			echo "$pod: started" >>"$WORK/kubelet"
		done
		read -r -t 0.3 <>"$WORK/pause"
	done
}
mkfifo "$WORK/pause"
kubelet &
kubelet_pid=$!
engine_pid=
end_journey() {
	[ -n "$engine_pid" ] && kill "$engine_pid" 2>/dev/null
	kill "$kubelet_pid" 2>/dev/null
	wait "$kubelet_pid" 2>/dev/null
	[ -n "${KEEP:-}" ] && cp -r "$WORK" "$KEEP"
	end_all
}
trap end_journey EXIT

# ---- the journey ----

replicas() {
	kubectl scale deployment web --replicas="$1" >/dev/null
}
ca_says() { # why a wait was in vain
	tail -2 "$WORK/engine.err" 2>/dev/null
	tail -3 "$WORK/kubelet"
	cat "$WORK"/ca-*.log 2>/dev/null | tail -1
}

within 60 "the real one leads" ca_holds 'cluster-autoscaler-*'
first=$(ca_holder)
check "work" ca_deployment web 2 1500m work
within 120 "it makes room" ca_all_run web 2

"$PADDOCK" engine --mode active --set step-failures=3 >"$WORK/engine.out" \
	2>"$WORK/engine.err" &
engine_pid=$!
within 60 "paddock takes its place" grep -q 'leading: paddock holds' \
	"$WORK/engine.err"
check "by its own lease" ca_holds 'paddock-*'
within 30 "the former process has ended" grep -q "^$first: its pod went" \
	"$WORK/kubelet"
within 60 "a new one stands by" sh -c \
	"grep -v '^$first:' '$WORK/kubelet' | grep -q started"
replicas 4
within 90 "paddock makes room" ca_all_run web 4
check "and still holds the lease" ca_holds 'paddock-*'

kill "$engine_pid"
wait "$engine_pid"
same "it ends well" 0 $?
engine_pid=
says "and hands back" '"verb":"hand back".*"result":"ok"' \
	"$XDG_STATE_HOME/paddock/journal.jsonl"
within 60 "the one that stood by leads" ca_holds 'cluster-autoscaler-*'
same "another one than before" yes "$([ "$(ca_holder)" = "$first" ] || echo yes)"
replicas 6
within 150 "and makes room" ca_all_run web 6

# ---- who acted, and who held the lease then ----

python3 - "$WORK/log" >"$WORK/actors" <<'EOF'
import json, sys
holder, wrong, acts = "", [], {"paddock": 0, "autoscaler": 0}
turns = []
for line in open(sys.argv[1]):
    try:
        w = json.loads(line)
    except ValueError:
        continue
    if "method" not in w or not 200 <= w.get("status", 0) < 300:
        continue
    agent = w.get("headers", {}).get("User-Agent", "")
    body = w.get("body", "")
    if "/leases/cluster-autoscaler" in w["path"] or (
            w["path"].endswith("/leases") and '"cluster-autoscaler"' in body):
        now = json.loads(body)["spec"].get("holderIdentity") or ""
        if now != holder:
            turns.append("paddock" if now.startswith("paddock-")
                         else "autoscaler" if now else "nobody")
        holder = now
        continue
    acting = ("Action=SetDesiredCapacity" in body
              or "Action=TerminateInstanceInAutoScalingGroup" in body
              or "ToBeDeletedByClusterAutoscaler" in body
              or w["path"].endswith("/eviction"))
    if not acting or "kubectl" in agent:
        continue
    who = "paddock" if agent.startswith("paddock/") else "autoscaler"
    acts[who] += 1
    led = "paddock" if holder.startswith("paddock-") else \
        "autoscaler" if holder else "nobody"
    if led != who:
        wrong.append(f"{w['at']} {who} acted while {led} held the lease")
print("acts", acts["paddock"] > 0, acts["autoscaler"] > 1)
print("turns", *turns)
for one in wrong:
    print("wrong", one)
EOF
same "both acted" "acts True True" "$(grep ^acts "$WORK/actors")"
same "one after the other" "turns autoscaler paddock nobody autoscaler" \
	"$(grep ^turns "$WORK/actors")"
same "never two at once" "" "$(grep ^wrong "$WORK/actors")"

finish
