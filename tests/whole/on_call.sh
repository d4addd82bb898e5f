#!/bin/bash
# What an on-call engineer asks of a fleet at its maximum, by commands; and what
# is left when paddock is killed in the middle of an act.
. "$(dirname "$0")/../lib.sh"

cat >"$WORK/faults.yaml" <<'END'
faults:
- face: kubernetes
  method: PATCH
  path: /api/v1/nodes/*
  hang: true
END
start_sim at-max --faults "$WORK/faults.yaml"

# Alarms, queues and usage are worked out of several sources that answer at
# different times: the one answer must hold them all.
exits 0 "get alarms" "$PADDOCK" get alarms
says "names the group at its maximum" \
	'^CRIT .*amd64-general at max 6/6; [0-9]+ jobs wait' "$WORK/out"
says "names the runner at its limit" \
	'^WARN .*runner limit [0-9]+/[0-9]+: gitlab-runner-docker' "$WORK/out"
says "names the tag nobody serves" \
	'^WARN .*tag "gpu": .*no runner carries it' "$WORK/out"
exits 0 "get nodes" "$PADDOCK" get nodes -o csv
says "knows what nodes use" ',[0-9.]+,[0-9.]+,m6i\.2xlarge,' "$WORK/out"
node=$(sed -n '2s/,.*//p' "$WORK/out")
# Screens show nodes without their domain; so people type them.
exits 1 "a node's short name" "$PADDOCK" cordon "${node%%.*}"
says "a node's short name" "did you mean $node\\?"
pod=$("$PADDOCK" get pods -o csv | sed -n '2s/^\([^,]*\),\([^,]*\),.*/\1\/\2/p')
exits 2 "a pod without its namespace" "$PADDOCK" why pod "${pod#*/}"
says "a pod without its namespace" "did you mean $pod\\?"
exits 0 "an empty table" "$PADDOCK" get pods -n nosuch
says "an empty table says so" 'no pods among those asked for'
exits 0 "an empty list for programs" "$PADDOCK" get pods -n nosuch -o json
same "an empty list for programs says nothing else" "" "$(cat "$WORK/err")"
exits 0 "both limits at once" "$PADDOCK" limits management --min 2 --max 4 \
	--write "a test" --yes
says "both limits at once" 'management: limits 2\.\.3 > 2\.\.4' "$WORK/out"
exits 0 "get home" "$PADDOCK" get home
says "home says it, too" 'amd64-general at max 6/6' "$WORK/out"

# Killed while a request is under way: the intent stays, and is shown.
journal=$XDG_STATE_HOME/paddock/journal.jsonl
"$PADDOCK" cordon "$node" --yes --write "a test" >"$WORK/cordon" 2>&1 &
pid=$!
check "an intent is written first" await 20 \
	grep -q '"verb":"cordon".*"phase":"intent"\|"phase":"intent".*"verb":"cordon"' \
	"$journal"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
check "kill -9 leaves the journal whole" python3 -c '
import json, sys
acts = [l for l in map(json.loads, open(sys.argv[1]))
        if l["verb"] == "cordon"]
sys.exit([l["phase"] for l in acts] != ["intent"])' "$journal"
exits 0 "the next start" "$PADDOCK" get alarms
says "shows the act without an outcome" "cordon" "$WORK/out"

finish
