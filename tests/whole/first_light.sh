#!/bin/bash
# The console's commands against the simulated cloud, through every layer, and
# what kubectl and the AWS CLI (when they are there) see of it.
. "$(dirname "$0")/../lib.sh"

json() { # json FILE EXPRESSION-OF-d
	python3 -c 'import json,sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2"
}

start_sim monday-burst --speed 30

exits 0 "get nodes" "$PADDOCK" get nodes -o json
cp "$WORK/out" "$WORK/nodes.json"
same "get -o json is a Table" Table "$(json "$WORK/nodes.json" 'd["kind"]')"
same "of apiVersion paddock/v1" paddock/v1 \
	"$(json "$WORK/nodes.json" 'd["apiVersion"]')"
same "which names its view" nodes "$(json "$WORK/nodes.json" 'd["view"]')"
if command -v kubectl >/dev/null; then
	ours=$(json "$WORK/nodes.json" \
		'" ".join(sorted(i["name"] for i in d["items"]))')
	theirs=$(kubectl get nodes -o name | sed 's|^node/||' | sort | xargs)
	same "get nodes agrees with kubectl" "$theirs" "$ours"
else
	skip "get nodes agrees with kubectl" "kubectl is not installed"
fi
exits 0 "get groups" "$PADDOCK" get groups -o json
same "three groups" 3 "$(json "$WORK/out" 'len(d["items"])')"
exits 0 "get jobs as CSV" "$PADDOCK" get jobs -o csv
exits 0 "get home as text" "$PADDOCK" get home
says "home names what waits" '^WAITING [0-9]+' "$WORK/out"
exits 2 "get of no view" "$PADDOCK" get nonsense
says "get of no view lists the views" 'there are .*nodes'

exits 0 "plan as JSON" "$PADDOCK" plan -o json
same "plan is a Plan" Plan "$(json "$WORK/out" 'd["kind"]')"
same "plan speaks of every group" 3 "$(json "$WORK/out" 'len(d["groups"])')"
exits 0 "plan as text" "$PADDOCK" plan
exits 0 "why group" "$PADDOCK" why group amd64-general
says "why group says its sizes" 'amd64-general' "$WORK/out"
exits 1 "why of nothing" "$PADDOCK" why group nobody
says "why of nothing is named" 'no group "nobody"'

node=$(json "$WORK/nodes.json" \
	'[i["name"] for i in d["items"] if i["group"] == "amd64-general"][0]')
exits 7 "cordon --dry-run, read-only" "$PADDOCK" cordon "$node" --dry-run
says "says how to unlock" "--write REASON"
exits 0 "cordon --dry-run" "$PADDOCK" cordon "$node" --dry-run --write x
says "its preview teaches kubectl" "kubectl .*cordon"
exits 7 "cordon without an answer" "$PADDOCK" cordon "$node"
exits 0 "cordon --yes" "$PADDOCK" cordon "$node" --yes --write "a test"
if command -v kubectl >/dev/null; then
	same "kubectl sees the cordon" true "$(kubectl get node "$node" \
		-o jsonpath='{.spec.unschedulable}')"
else
	skip "kubectl sees the cordon" "kubectl is not installed"
fi
exits 0 "uncordon --yes" "$PADDOCK" uncordon "$node" --yes --write "a test"
exits 7 "--read-only refuses" "$PADDOCK" cordon "$node" --yes --read-only
exits 7 "read-only is the default" "$PADDOCK" cordon "$node" --yes
exits 7 "scale below what runs is refused" \
	"$PADDOCK" scale amd64-general 1 --yes --write "a test"
exits 7 "scale above max is refused" \
	"$PADDOCK" scale amd64-general 99 --yes --write "a test"
exits 0 "limits --max" \
	"$PADDOCK" limits amd64-general --max 25 --yes --write "a test"
exits 0 "scale +2" "$PADDOCK" scale amd64-general +2 --yes --write "a test"
if command -v aws >/dev/null; then
	same "the AWS CLI sees both" "5 25" "$(aws autoscaling \
		describe-auto-scaling-groups --auto-scaling-group-names \
		amd64-general --output text --query \
		'AutoScalingGroups[0].[DesiredCapacity,MaxSize]' | xargs)"
else
	skip "the AWS CLI sees both" "aws is not installed"
fi
journal=$XDG_STATE_HOME/paddock/journal.jsonl
same "every act left intent and outcome" "4 4" "$(python3 -c '
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
acts = [l for l in lines if l["verb"] in
        ("cordon", "uncordon", "limits", "scale")]
print(sum(l["phase"] == "intent" for l in acts),
      sum(l["phase"] == "outcome" for l in acts))' "$journal")"
same "the journal is private" 600 "$(stat -c %a "$journal")"

exits 0 "snapshot" "$PADDOCK" snapshot -o "$WORK/world.json"
same "snapshot is a World" World "$(json "$WORK/world.json" 'd["kind"]')"
exits 0 "plan on the snapshot" "$PADDOCK" plan --world "$WORK/world.json" \
	-o json
check "snapshot holds no runner's configuration" sh -c "! grep -qE 'config.toml|glrt-' '$WORK/world.json'"
check "snapshot holds no environment" sh -c "! grep -q '\"env\"' '$WORK/world.json'"

end_sim
exits 5 "a server that is gone" "$PADDOCK" get nodes
says "names the URL" 'https://127\.0\.0\.1:[0-9]+'

finish
