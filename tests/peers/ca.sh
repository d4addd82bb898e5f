# Sourced by the tests that meet the real Cluster Autoscaler, after lib.sh: is
# it there, a world it has to itself, and how it is started and looked at.
#
# The binary is $CLUSTER_AUTOSCALER, else cluster-autoscaler of the PATH.  It
# reads the wall clock, so the world runs at its pace; a minute of that is its
# own cache of groups.

ca_discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/ci-prod

# ca_or_skip WHAT: leaves $ca; ends the test where there is none.
ca_or_skip() {
	ca=${CLUSTER_AUTOSCALER:-$(command -v cluster-autoscaler)}
	if [ -z "$ca" ]; then
		skip "$1" "cluster-autoscaler is not installed"
		finish
	fi
	if ! command -v kubectl >/dev/null; then
		skip "$1" "kubectl, which gives it work, is missing"
		finish
	fi
}

# ca_group NAME MIN MAX DESIRED [TYPE [MORE]]: a line for ca_world.
ca_group() {
	printf '  - {name: %s, types: [%s], labels: {role: %s}, ' "$1" \
		"${5:-m6i.large}" "$1"
	printf 'min: %s, max: %s, desired: %s, launch: 3s, ready: 3s%s}\n' \
		"$2" "$3" "$4" "${6:+, $6}"
}

# ca_world [SIM-FLAGS]: groups from stdin, beside the one that the system's own
# pods live on; nobody scales.  The configuration lets paddock write and lead.
ca_world() {
	{
		cat <<'END_OF_WORLD'
title: room for a real autoscaler
notice: nobody scales yet
remedy: attach one
warm_up: 2m
zones: [eu-west-1a]
system:
  node_selector: {role: management}
  tolerations: [dedicated=management:NoSchedule]
groups:
  - {name: management, types: [m6i.large], labels: {role: management},
     taints: [dedicated=management:NoSchedule], min: 1, max: 2, desired: 1}
END_OF_WORLD
		cat
	} >"$WORK/judge.yaml"
	start_sim "$WORK/judge.yaml" --start now --autoscaler off "$@"
	mkdir -p "$XDG_CONFIG_HOME/paddock"
	printf 'contexts:\n  %s:\n    access: write\n    active-allowed: true\n' \
		"$(sed -n 's/^current-context: *//p' "$KUBECONFIG" |
			tr -d '"')" >"$XDG_CONFIG_HOME/paddock/config.yaml"
}

# ca_cloud_config: $WORK/cloud.ini sends its AWS calls to the simulated cloud.
ca_cloud_config() {
	_i=0
	for _service in autoscaling ec2 eks; do
		_i=$((_i + 1))
		cat <<END_OF_SERVICE
[ServiceOverride "$_i"]
Service = $_service
Region = $AWS_REGION
URL = $AWS_ENDPOINT_URL
SigningRegion = $AWS_REGION
END_OF_SERVICE
	done >"$WORK/cloud.ini"
}

# Where it finds both clouds, and what the tests make of its pace.
ca_reach() {
	printf '%s\n' "--cloud-config=$WORK/cloud.ini" \
		"--kubeconfig=$KUBECONFIG" --address=127.0.0.1:0 \
		--kube-api-content-type=application/json
}

# ca_start FLAGS: runs it until the test ends; removes nodes within seconds.
ca_start() {
	ca_cloud_config
	"$ca" --cloud-provider=aws $(ca_reach) \
		--node-group-auto-discovery="$ca_discovery" \
		--scan-interval=1s --scale-down-delay-after-add=3s \
		--scale-down-unneeded-time=5s \
		--unremovable-node-recheck-timeout=3s \
		--node-delete-delay-after-taint=1s \
		--max-graceful-termination-sec=10 --v=4 "$@" \
		>"$WORK/ca.log" 2>&1 &
	ca_pid=$!
	trap ca_end EXIT
}

ca_end() {
	kill "$ca_pid" 2>/dev/null
	wait "$ca_pid" 2>/dev/null
	cp "$WORK/ca.log" "${CA_LOG:-/dev/null}"
	end_all
}

# ca_deployment NAME REPLICAS CPU ROLE [NAMESPACE IMAGE COMMAND-JSON]
ca_deployment() {
	kubectl apply -f - >/dev/null 2>"$WORK/err" <<END_OF_DEPLOYMENT
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1, namespace: ${5:-default}}
spec:
  replicas: $2
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      terminationGracePeriodSeconds: 2
      nodeSelector: {role: $4}
      tolerations: [{key: dedicated, operator: Exists}]
      containers:
        - name: main
          image: ${6:-registry.example.com/pause:3}
          command: ${7:-[]}
          resources: {requests: {cpu: $3}}
END_OF_DEPLOYMENT
}

ca_all_run() { # DEPLOYMENT N
	test "$(kubectl get deployment "$1" \
		-o jsonpath='{.status.readyReplicas}' 2>/dev/null)" = "$2"
}

ca_nodes_are() { # ROLE N: that many are ready
	test "$(kubectl get nodes -l "role=$1" 2>/dev/null |
		grep -c ' Ready')" -eq "$2"
}

ca_holder() {
	kubectl -n kube-system get lease cluster-autoscaler \
		-o jsonpath='{.spec.holderIdentity}' 2>/dev/null
}

ca_holds() { # a shell pattern
	case $(ca_holder) in
	$1) true ;;
	*) false ;;
	esac
}

ca_says() { # what went wrong last, for a test that waited in vain
	grep -hE '^[EWF]' "$WORK"/ca*.log 2>/dev/null | tail -3
	cat "$WORK"/ca*.log 2>/dev/null | tail -1
}

# within SECONDS NAME COMMAND...: a check that may take that long.
within() {
	_deadline=$1
	_what=$2
	shift 2
	if await "$_deadline" "$@"; then ok "$_what"; else
		not_ok "$_what" "not within $_deadline s; held by $(ca_holder)" \
			"$(ca_says)"
	fi
}
