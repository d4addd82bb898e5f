#!/bin/bash
# One fleet, four witnesses: what the AWS CLI, kubectl and `paddock get` say of
# groups, nodes, instances and addresses is what the world file holds.  World
# time stands still while they are asked.
. "$(dirname "$0")/../lib.sh"

for need in aws kubectl; do
	if ! command -v $need >/dev/null; then
		skip "the same facts from all" "$need is not installed"
		finish
	fi
done

start_sim monday-burst --speed 1
sim() { curl -sS -X "$1" "$AWS_ENDPOINT_URL/sim/$2"; }

lines() { # lines FILE EXPRESSION-OF-d: a list's items, sorted, one a line
	python3 -c 'import json,sys
d = json.load(open(sys.argv[1]))
print("\n".join(sorted(str(x) for x in eval(sys.argv[2]))))' "$1" "$2"
}

# agree NAME EXPECTED FOUND: both lists, in $WORK.
agree() {
	if [ -s "$2" ] && cmp -s "$2" "$3"; then ok "$1"; else
		not_ok "$1" "$(diff "$2" "$3" | head -6)"
	fi
}

tell() { # what everybody says now
	sim GET world >"$WORK/world.json"
	aws autoscaling describe-auto-scaling-groups --output json \
		>"$WORK/asg.json"
	aws ec2 describe-instances --output json >"$WORK/ec2.json"
	aws ec2 describe-subnets --output json >"$WORK/subnets.json"
	kubectl get nodes -o json >"$WORK/nodes.json"
	"$PADDOCK" get groups -o json >"$WORK/groups.json"
	"$PADDOCK" get nodes -o json >"$WORK/ours.json"
}

compare() { # compare WHEN
	# World files leave out what is 0.
	_asg='[(g["AutoScalingGroupName"], g.get("MinSize", 0),
		g.get("DesiredCapacity", 0), g.get("MaxSize", 0),
		len(g.get("Instances", []))) for g in %s]'
	lines "$WORK/world.json" \
		"${_asg/\%s/d[\"aws\"][\"autoScalingGroups\"]}" >"$WORK/a"
	lines "$WORK/asg.json" "${_asg/\%s/d[\"AutoScalingGroups\"]}" >"$WORK/b"
	agree "$1: the AWS CLI's groups" "$WORK/a" "$WORK/b"
	lines "$WORK/groups.json" '[(g["name"], g["min"], g["desired"],
		g["max"], g["instances"] if "instances" in g else
		g["running"]) for g in d["items"]]' >"$WORK/b"
	agree "$1: paddock's groups" "$WORK/a" "$WORK/b"

	lines "$WORK/world.json" '[(i["InstanceId"], i["State"]["Name"],
		i.get("PrivateIpAddress")) for i in d["aws"]["instances"]]' \
		>"$WORK/a"
	lines "$WORK/ec2.json" '[(i["InstanceId"], i["State"]["Name"],
		i.get("PrivateIpAddress")) for r in d["Reservations"]
		for i in r["Instances"]]' >"$WORK/b"
	agree "$1: the AWS CLI's instances" "$WORK/a" "$WORK/b"

	lines "$WORK/world.json" '[(s["SubnetId"],
		s["AvailableIpAddressCount"]) for s in d["aws"]["subnets"]]' \
		>"$WORK/a"
	lines "$WORK/subnets.json" '[(s["SubnetId"],
		s["AvailableIpAddressCount"]) for s in d["Subnets"]
		if not s["MapPublicIpOnLaunch"]]' >"$WORK/b"
	agree "$1: free addresses" "$WORK/a" "$WORK/b"

	_node='[(n["metadata"]["name"], n["spec"]["providerID"],
		bool(n["spec"].get("unschedulable"))) for n in %s]'
	lines "$WORK/world.json" "${_node/\%s/d[\"kubernetes\"][\"nodes\"]}" \
		>"$WORK/a"
	lines "$WORK/nodes.json" "${_node/\%s/d[\"items\"]}" >"$WORK/b"
	agree "$1: kubectl's nodes" "$WORK/a" "$WORK/b"
	lines "$WORK/nodes.json" '[n["metadata"]["name"] for n in d["items"]]' \
		>"$WORK/a"
	lines "$WORK/ours.json" '[n["name"] for n in d["items"]]' >"$WORK/b"
	agree "$1: paddock's nodes" "$WORK/a" "$WORK/b"

	# A node's machine is an instance of a group.
	lines "$WORK/nodes.json" '[n["spec"]["providerID"].rsplit("/", 1)[1]
		for n in d["items"]]' >"$WORK/a"
	lines "$WORK/asg.json" '[i["InstanceId"]
		for g in d["AutoScalingGroups"] for i in g["Instances"]]' \
		>"$WORK/b"
	same "$1: nodes without an instance" "" \
		"$(comm -23 "$WORK/a" "$WORK/b")"
}

sim POST pause >/dev/null
tell
compare "at the start"
check "the AWS CLI scales" aws autoscaling set-desired-capacity \
	--auto-scaling-group-name amd64-general --desired-capacity 5
check "kubectl cordons" kubectl cordon "$(kubectl get nodes -o name |
	head -1 | cut -d/ -f2)"
sim POST "advance?by=4m" >/dev/null
tell
compare "four minutes later"
same "what was asked for is there" "5 5" "$(lines "$WORK/asg.json" \
	'["%d %d" % (g["DesiredCapacity"], len(g["Instances"]))
	for g in d["AutoScalingGroups"]
	if g["AutoScalingGroupName"] == "amd64-general"]')"
account=/api/v1/namespaces/kube-system/serviceaccounts/cluster-autoscaler
echo '{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1",
	"spec":{"audiences":["sts.amazonaws.com"]}}' >"$WORK/request.json"
check "kubectl gets a service account's token" sh -c \
	"kubectl create --raw $account/token -f '$WORK/request.json' |
	grep -q '\"token\":\"ey'"
finish
