#!/bin/bash
# World and policy files that are wrong: one sentence that names the place, an
# exit code, and never a crash.
. "$(dirname "$0")/../lib.sh"

head='"apiVersion":"paddock/v1","kind":"World","time":"2026-02-18T09:00:00Z"'
world() { printf '{%s%s}' "$head" "$1" >"$WORK/world.json"; }

# refused NAME WORLD SAYS [CODE]
refused() {
	world "$2"
	exits "${4:-1}" "$1" "$PADDOCK" plan --world "$WORK/world.json"
	says "$1 is named" "$WORK/world.json: $3"
	same "$1 in one line" 1 "$(wc -l <"$WORK/err")"
}

world ''
exits 0 "an empty world is decided on" "$PADDOCK" plan --world "$WORK/world.json" -o json
refused "a wrong type" ',"kubernetes":{"pods":[{"metadata":{"name":5}}]}' \
	'kubernetes.pods\[0\].metadata.name: wanted string, found number'
refused "an unknown kind" ',"kubernetes":{"gateways":[]}' \
	'kubernetes.gateways: no such kind of object'
refused "a quantity too large" \
	',"kubernetes":{"pods":[{"metadata":{"name":"a"},"spec":{"containers":[{"resources":{"requests":{"memory":"9223372036854775807Ki"}}}]}}]}' \
	'kubernetes.pods\[0\].spec.containers\[0\].resources.requests.memory: not a quantity'
refused "a negative quantity" \
	',"kubernetes":{"nodes":[{"metadata":{"name":"a"},"status":{"allocatable":{"cpu":"-1"}}}]}' \
	'kubernetes.nodes\[0\].status.allocatable.cpu: negative quantity'
refused "containers that sum up too large" \
	',"kubernetes":{"pods":[{"metadata":{"name":"a"},"spec":{"containers":[{"resources":{"requests":{"memory":"5Ei"}}},{"resources":{"requests":{"memory":"5Ei"}}}]}}]}' \
	'kubernetes.pods\[0\].spec.containers: the sum of resource requests is too large'
refused "a negative size" \
	',"aws":{"autoScalingGroups":[{"AutoScalingGroupName":"g","MinSize":-1}]}' \
	'aws.autoScalingGroups\[0\].MinSize: negative: -1'
refused "the same uid twice" \
	',"kubernetes":{"pods":[{"metadata":{"name":"a","uid":"1"}},{"metadata":{"name":"b","uid":"1"}}]}' \
	'kubernetes.pods\[1\]: the same uid as kubernetes.pods\[0\]'
refused "the same name twice" \
	',"kubernetes":{"nodes":[{"metadata":{"name":"a"}},{"metadata":{"name":"a"}}]}' \
	'kubernetes.nodes\[1\]: the same name as kubernetes.nodes\[0\]'
refused "memory of a wrong type" ',"memory":{"groups":{"g":[]}}' \
	'memory.groups.g: wanted object, found array'
refused "a policy value" ',"policy":{"max-nodes-total":"many"}' \
	'policy.max-nodes-total: wanted a whole number, found "many"' 3

printf '{%s,"kubernetes":{"pods":[{"metadata":{"name":"a' "$head" >"$WORK/cut.json"
exits 1 "a file cut short" "$PADDOCK" plan --world "$WORK/cut.json"
says "a file cut short: where" 'kubernetes.pods\[0\]: byte [0-9]+: '
printf '{%s,"x":"\377\376"}' "$head" >"$WORK/utf.json"
exits 1 "text that is no UTF-8" "$PADDOCK" plan --world "$WORK/utf.json"
says "text that is no UTF-8: where" 'byte [0-9]+: .*UTF-8'
{ printf '{%s,"x":' "$head"; head -c 100000 /dev/zero | tr '\0' '['; } >"$WORK/deep.json"
exits 1 "nested too deep" "$PADDOCK" plan --world "$WORK/deep.json"
says "nested too deep: where" 'byte [0-9]+: JSON nested deeper than 64 levels'
{
	printf '{%s,"kubernetes":{"nodes":[{"metadata":{"name":"n","labels":{' "$head"
	seq -s, -f '"l%.0f":"v"' 1000000
	printf '}}}]}}'
} >"$WORK/labels.json"
exits 1 "a million labels" "$PADDOCK" plan --world "$WORK/labels.json"
says "a million labels: where" 'kubernetes.nodes\[0\]: byte [0-9]+: a JSON item is larger'
exits 1 "a folder for a world" "$PADDOCK" plan --world "$WORK"
exits 1 "no such world" "$PADDOCK" plan --world "$WORK/none.json"
says "no such world is named" "$WORK/none.json"

# ---- policy files: file and line ----
world ''
policy() { printf '%b' "$1" >"$WORK/policy.yaml"; }
bad_policy() { # NAME TEXT SAYS
	policy "$2"
	exits 3 "$1" "$PADDOCK" plan --world "$WORK/world.json" --policy "$WORK/policy.yaml"
	says "$1: file and line" "$WORK/policy.yaml:$3"
}
bad_policy "a policy value in a file" 'expander: random\nmax-nodes-total: many\n' \
	'2: policy.max-nodes-total: wanted a whole number, found "many"'
bad_policy "a policy key that is none" 'nodes: [0:1:a]\n\nexpandr: random\n' \
	'3: policy: there is no key "expandr"'
bad_policy "a policy key that is gone" 'max-empty-bulk-delete: 3\n' \
	'1: policy: max-empty-bulk-delete was removed upstream'
bad_policy "a policy value of a wrong type" 'expander: {a: b}\n' \
	'1: policy.expander: wanted text, found object'
bad_policy "a policy file that is no YAML" 'a: [b\n' ''
policy 'ignore-taint: [x]\nscale-down-candidates-pool-ratio: 0.2\nmax-nodes-total: 4\n'
exits 0 "old and idle keys are taken" "$PADDOCK" plan --world "$WORK/world.json" --policy "$WORK/policy.yaml"
says "an old key says so" 'policy ignore-taint: deprecated upstream'
says "an idle key says so" 'policy scale-down-candidates-pool-ratio: .*without effect'
same "a key that applies says nothing" 2 "$(wc -l <"$WORK/err")"
exits 3 "no such policy file" "$PADDOCK" plan --world "$WORK/world.json" --policy "$WORK/none.yaml"

finish
