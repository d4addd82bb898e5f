#!/bin/bash
# kubectl, which nobody here wrote, against paddock-sim: every everyday command,
# what it prints, and that it stays silent on stderr where a real cluster gives
# it nothing to say.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/peers/kubectl_lib.sh"

if ! command -v kubectl >/dev/null; then
	skip "kubectl" "kubectl is not installed"
	finish
fi

# Enough time passes for rollouts and evictions; no autoscaler moves nodes.
start_sim monday-burst --speed 20

# ---- what is there ----

quiet "version" version
says "version names the server" \
	'^Server Version: v1\.33\.[0-9]+-eks-[0-9a-f]{7}$' "$WORK/out"
quiet "api-resources" api-resources -o wide
says "api-resources: nodes" '^nodes +no +v1 +false +Node ' "$WORK/out"
says "api-resources: metrics" '^pods +metrics\.k8s\.io/v1beta1 ' "$WORK/out"
quiet "api-versions" api-versions
quiet "get --raw /readyz" get --raw '/readyz?verbose'
says "readyz passes" 'check passed' "$WORK/out"

# ---- get ----

columns "get nodes -o wide" "NAME STATUS ROLES AGE VERSION INTERNAL-IP\
 EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME" get nodes -o wide
columns "get pods -A -o wide" "NAMESPACE NAME READY STATUS RESTARTS AGE IP NODE\
 NOMINATED NODE READINESS GATES" get pods -A -o wide
columns "get deployments -o wide" "NAMESPACE NAME READY UP-TO-DATE AVAILABLE\
 AGE CONTAINERS IMAGES SELECTOR" get deployments -A -o wide
columns "get daemonsets" "NAME DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE\
 SELECTOR AGE" -n kube-system get daemonsets
columns "get events" "LAST SEEN TYPE REASON OBJECT MESSAGE" \
	-n gitlab-runner get events
columns "get leases" "NAME HOLDER AGE" -n kube-node-lease get leases
columns "get pdb" "NAME MIN AVAILABLE MAX UNAVAILABLE ALLOWED DISRUPTIONS AGE" \
	-n kube-system get pdb
columns "get priorityclasses" "NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY" \
	get priorityclasses
columns "get storageclasses" "NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE\
 ALLOWVOLUMEEXPANSION AGE" get storageclasses
columns "get --show-labels" "NAME STATUS AGE LABELS" get ns --show-labels
quiet "get all" get all -A
node=$(kubectl get nodes -l role=jobs -o name | head -1)
node=${node#node/}
columns "get csinodes" "NAME DRIVERS AGE" get csinodes
columns "get apiservices" "NAME SERVICE AVAILABLE AGE" get apiservices
says "metrics-server answers for its group" \
	'^v1beta1.metrics.k8s.io +kube-system/metrics-server +True ' "$WORK/out"
gives "the kinds of Flux" "No resources found in default namespace." get ks,hr
quiet "get -o json" get node "$node" -o json
check "is JSON" python3 -m json.tool "$WORK/out"
quiet "get -o yaml" get node "$node" -o yaml
says "is YAML" '^  name: ip-' "$WORK/out"
gives "get -o jsonpath" "$node" get node "$node" \
	-o 'jsonpath={.metadata.labels.kubernetes\.io/hostname}'
instance=$(kubectl get node "$node" -o 'jsonpath={.spec.providerID}')
gives "get -o custom-columns" "N I $node $instance" get node "$node" \
	-o custom-columns=N:.metadata.name,I:.spec.providerID
gives "get -l and --field-selector" "node/$node" get nodes -l role=jobs \
	--field-selector "metadata.name=$node" -o name
quiet "get --sort-by" get nodes --sort-by=.metadata.creationTimestamp
quiet "get --chunk-size" get pods -A --chunk-size=7 -o name
same "chunks are the whole" "$(sort <"$WORK/out" | uniq | wc -l)" \
	"$(wc -l <"$WORK/out")"
refused "get of no such pod" 'pods "nobody" not found' get pod nobody
refused "get of no such kind" 'resource type "widgets"' get widgets
refused "a field no server selects by" \
	'field label not supported: spec.hostname' \
	get pods --field-selector spec.hostname=x
refused "a label selector that is none" \
	'unable to parse requirement' \
	get --raw '/api/v1/pods?labelSelector=a%20b'

# ---- describe, explain, top, events ----

quiet "describe node" describe node "$node"
says "describe node: conditions" '^  Ready +True .*KubeletReady' "$WORK/out"
says "describe node: what was asked for" '^  cpu +[0-9]+m \([0-9]+%\)' \
	"$WORK/out"
# A job ends between two requests at this speed.
lever pause
pod=$(kubectl -n gitlab-runner get pods -l manager.runner.gitlab.com/name \
	--field-selector status.phase=Running -o name | head -1)
quiet "describe pod" -n gitlab-runner describe "$pod"
says "describe pod: events" 'Normal +Scheduled .*default-scheduler' \
	"$WORK/out"
lever resume
quiet "describe deployment" -n kube-system describe deployment coredns
quiet "describe daemonset" -n kube-system describe daemonset aws-node
quiet "describe pdb" -n kube-system describe pdb
quiet "describe lease" -n kube-node-lease describe lease "$node"
quiet "explain" explain pod.spec.containers.resources
says "explain: fields" '^  limits' "$WORK/out"
quiet "explain --recursive" explain deployment --recursive
quiet "top nodes" top nodes
says "top nodes: a row" '^ip-.* [0-9]+m +[0-9]+% +[0-9]+Mi +[0-9]+%' \
	"$WORK/out"
quiet "top pods --containers" top pods -n gitlab-runner --containers
says "top pods: build and helper" 'runner-.* build +[0-9]+m +[0-9]+Mi' \
	"$WORK/out"
quiet "events" events -n gitlab-runner --types=Normal

# ---- logs ----

manager=$(kubectl -n gitlab-runner get pods -l app=gitlab-runner-docker \
	-o name | head -1)
logs() {
	kubectl -n gitlab-runner logs "$manager" -c gitlab-runner-docker "$@"
}
same "logs --tail" 3 "$(logs --tail=3 | wc -l)"
same "logs --limit-bytes" 40 "$(logs --limit-bytes=40 | wc -c)"
logs --since=1m --timestamps >"$WORK/out" 2>"$WORK/err"
says "logs --since --timestamps" '^2026-..-..T..:..:..\.[0-9]{9}Z ' "$WORK/out"
refused "logs --previous of one that never ended" \
	'previous terminated container "gitlab-runner-docker"' \
	-n gitlab-runner logs -p "$manager" -c gitlab-runner-docker
logs -f --tail=1 >"$WORK/follow" 2>&1 </dev/null &
follower=$!
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
check "logs -f goes on" await 20 has_lines "$WORK/follow" 3
kill "$follower"
wait "$follower" 2>/dev/null

# ---- who may what ----

gives "auth whoami" "admin" auth whoami -o 'jsonpath={.status.userInfo.username}'
gives "auth can-i, as admin" "yes" auth can-i delete pods
says_can() { # says_can USER ANSWER VERB WHAT [FLAG]
	_user=$1
	_want=$2
	shift 2
	same "$_user may $*: $_want" "$_want" "$(kubectl \
		--context "paddock-sim-$_user" auth can-i "$@" \
		-n gitlab-runner 2>/dev/null)"
}
says_can viewer yes watch pods
says_can viewer yes get pods --subresource=log
says_can viewer no get secrets
says_can viewer no patch nodes
says_can oncall yes patch nodes
says_can oncall yes create pods --subresource=eviction
says_can oncall yes patch deployments --subresource=scale
says_can oncall no create pods
says_can oncall no delete nodes
# kubectl prints the refusal and exits 0.
kubectl --context paddock-sim-viewer cordon "$node" 2>"$WORK/err"
says "a viewer's cordon is refused" \
	'nodes "ip-.*" is forbidden: User "viewer" cannot patch resource "nodes"'
quiet "auth can-i --list" --as=viewer --as-group=paddock:viewer \
	auth can-i create events -q --as-group=system:masters

# As on EKS: a token that the AWS CLI signs, and the roles of who signed it.
if command -v aws >/dev/null; then
	kubectl config set-credentials eks --exec-command=aws \
		--exec-api-version=client.authentication.k8s.io/v1beta1 \
		--exec-interactive-mode=Never --exec-arg=eks \
		--exec-arg=get-token --exec-arg=--cluster-name \
		--exec-arg=ci-prod >/dev/null
	gives "an EKS token" "arn:aws:iam::471108253690:user/admin" --user=eks \
		auth whoami -o 'jsonpath={.status.userInfo.username}'
	export AWS_SECRET_ACCESS_KEY=wrong
	refused "an EKS token with a wrong signature" 'Unauthorized' \
		--user=eks get nodes
	. "$WORK/env"
	# The kubeconfig that the AWS CLI writes from DescribeCluster.
	aws eks update-kubeconfig --name ci-prod \
		--kubeconfig "$WORK/eks.kubeconfig" >/dev/null
	gives "eks update-kubeconfig" "node/$node" \
		--kubeconfig="$WORK/eks.kubeconfig" get node "$node" -o name
else
	skip "an EKS token" "aws is not installed"
fi

# ---- create, apply, patch ----

cat >"$WORK/web.yaml" <<'END'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {role: jobs}
      containers:
      - name: web
        image: registry.example.com/web:1
        resources: {requests: {cpu: 10m, memory: 16Mi}}
      - name: side
        image: registry.example.com/side:1
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
END
sed 's/replicas:/replica:/' "$WORK/web.yaml" >"$WORK/wrong.yaml"
quiet "create namespace" create namespace trial
kubectl config set-context --current --namespace=trial >/dev/null
refused "apply of a field that is none" \
	'strict decoding error: unknown field "spec.replica"' \
	apply --dry-run=server -f "$WORK/wrong.yaml"
quiet "apply --dry-run=server" apply --dry-run=server -f "$WORK/web.yaml"
gives "stores nothing" "No resources found in trial namespace." get deploy
gives "apply" \
	"deployment.apps/web created serviceaccount/web created" \
	apply -f "$WORK/web.yaml"
quiet "rollout status" rollout status deployment web --timeout=60s
says "rollout status: done" 'successfully rolled out' "$WORK/out"
gives "apply again changes nothing" \
	"deployment.apps/web unchanged serviceaccount/web unchanged" \
	apply -f "$WORK/web.yaml"
quiet "diff of what is there" diff -f "$WORK/web.yaml"
sed -i 's/web:1/web:2/' "$WORK/web.yaml"
gives "apply of a change" \
	"deployment.apps/web configured serviceaccount/web unchanged" \
	apply -f "$WORK/web.yaml"
quiet "the change rolls out" rollout status deployment web --timeout=60s
quiet "rollout history" rollout history deployment web
says "two revisions" '^2 ' "$WORK/out"
quiet "rollout undo" rollout undo deployment web
gives "undone" "registry.example.com/web:1 registry.example.com/side:1" \
	get deploy web -o 'jsonpath={.spec.template.spec.containers[*].image}'
quiet "rollout restart" rollout restart deployment web
quiet "restarted" rollout status deployment web --timeout=60s
quiet "apply --server-side" apply --server-side --field-manager=one \
	--force-conflicts -f "$WORK/web.yaml"
sed 's/web:2/web:3/' "$WORK/web.yaml" >"$WORK/other.yaml"
refused "apply --server-side meets another's fields" 'conflict with "one"' \
	apply --server-side --field-manager=two -f "$WORK/other.yaml"

gives "scale" "deployment.apps/web scaled" scale deployment web --replicas=3
quiet "wait for a field" wait deployment web --timeout=60s \
	--for='jsonpath={.status.readyReplicas}=3'
refused "scale from another size" 'Expected replicas to be 7, was 3' \
	scale deployment web --current-replicas=7 --replicas=1
gives "patch, strategic: by the container's name" \
	"registry.example.com/web:2 registry.example.com/side:2" \
	patch deployment web -p '{"spec":{"template":{"spec":{"containers":[
		{"name":"side","image":"registry.example.com/side:2"}]}}}}' \
	-o 'jsonpath={.spec.template.spec.containers[*].image}'
gives "patch, merge" "7" patch deployment web --type=merge \
	-p '{"spec":{"minReadySeconds":7}}' -o 'jsonpath={.spec.minReadySeconds}'
gives "patch, JSON" "deployment.apps/web patched" patch deployment web \
	--type=json -p '[{"op":"test","path":"/spec/minReadySeconds","value":7},
		{"op":"remove","path":"/spec/minReadySeconds"}]'
refused "a JSON patch whose test fails" 'The request is invalid' \
	patch deployment web --type=json \
	-p '[{"op":"test","path":"/spec/replicas","value":9}]'
gives "patch --subresource=status" "deployment.apps/web patched" patch \
	deployment web --subresource=status --type=merge \
	-p '{"status":{"observedGeneration":1}}'
quiet "set image" set image deployment/web side=registry.example.com/side:3
quiet "create deployment" create deployment other --image=busybox:1 --replicas=0
quiet "create configmap" create configmap settings --from-literal=a=b
gives "create twice" \
	'error: failed to create configmap: configmaps settings already exists' \
	create configmap settings --from-literal=a=b
quiet "create job" create job once --image=busybox:1 -- \
	sh -c 'echo "from $HOSTNAME"; sleep 2'
quiet "wait for the job" wait job once --for=condition=complete --timeout=60s
columns "get jobs" "NAME STATUS COMPLETIONS DURATION AGE" get jobs once
says "complete" '^once +Complete +1/1 ' "$WORK/out"
kubectl logs job/once >"$WORK/out" 2>"$WORK/err" </dev/null
says "logs of a job" '^from once-' "$WORK/out"
quiet "describe job" describe job once
says "describe job: its pods" '0 Active \(0 Ready\) / 1 Succeeded / 0 Failed' \
	"$WORK/out"
quiet "create a job that fails" create job never --image=busybox:1 -- false
quiet "wait for its failure" wait job never --timeout=60s \
	--for='jsonpath={.status.failed}=1'
quiet "create cronjob" create cronjob tick --image=busybox:1 \
	--schedule='*/5 * * * *'
quiet "create job from a cronjob" create job tock --from=cronjob/tick
quiet "wait for that job" wait job tock --for=condition=complete --timeout=60s
quiet "create quota" create quota room --hard=pods=50
columns "get quota" "NAME REQUEST LIMIT AGE" get quota
used() { kubectl get quota room --no-headers -o \
	custom-columns=U:.status.used.pods | grep -q '^[1-9]'; }
check "what is used of it" await 20 used
quiet "create a quota of one" create quota one --hard=count/configmaps=1
refused "more than the quota has" \
	'configmaps "second" is forbidden: exceeded quota: one, requested: count/configmaps=1, used: count/configmaps=[1-9], limited: count/configmaps=1' \
	create configmap second
quiet "delete the quota" delete quota one
kubectl create -f - >/dev/null <<'END'
{"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "sizes"},
 "spec": {"limits": [{"type": "Container", "default": {"cpu": "200m"}}]}}
END
gives "what a LimitRange gives" "200m" run sized --image=busybox:1 \
	-o 'jsonpath={.spec.containers[0].resources.requests.cpu}'
quiet "describe limits" describe limits sizes
quiet "delete the limits and their pod" delete limits/sizes pod/sized \
	--grace-period=1
quiet "create ingress" create ingress door --rule=example.com/*=web:80
columns "get ingress" "NAME CLASS HOSTS ADDRESS PORTS AGE" get ingress
quiet "expose" expose deployment web --port=80
sliced() { kubectl get endpointslices -o name | grep -q /web-; }
check "its endpoints" await 20 sliced
# kubectl takes a port's name for granted.
quiet "describe service" describe service web
says "describe service: its port" '^Port: +<unset> +80/TCP' "$WORK/out"
quiet "describe ingress" describe ingress door
columns "get services" "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE" get svc
quiet "expose through the nodes" expose deployment web --port=80 \
	--type=NodePort --name=web-nodes
quiet "get its service" get service web-nodes
says "its port there" '^web-nodes +NodePort .* 80:3[0-9]{4}/TCP ' "$WORK/out"
columns "get --subresource=scale" "NAME DESIRED AVAILABLE AGE" \
	get deployment web --subresource=scale
columns "get nodemetrics" "NAME CPU MEMORY WINDOW" get nodes.metrics.k8s.io
quiet "bind a role that every cluster has" create rolebinding see \
	--clusterrole=view --user=ann
gives "auth can-i, by it" "yes" auth can-i list pods --as=ann
quiet "create role" create role reader --verb=get --resource=pods
quiet "create rolebinding" create rolebinding read --role=reader --user=bob
gives "which counts at once" "yes" auth can-i get pods --as=bob
quiet "autoscale" autoscale deployment web --min=1 --max=5
columns "get hpa" "NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE" get hpa
quiet "delete hpa" delete hpa web

# ---- one pod, watched from birth to death ----

kubectl get pods -w --no-headers >"$WORK/watch" 2>&1 </dev/null &
watcher=$!
quiet "run" run one --image=registry.example.com/web:1 \
	--labels=app=one --overrides='{"spec":{"nodeSelector":{"role":"jobs"}}}'
quiet "wait for ready" wait pod one --for=condition=Ready --timeout=60s
gives "label" "pod/one labeled" label pod one tier=front
refused "label again" "already has a value \(front\)" label pod one tier=back
gives "label --overwrite" "pod/one labeled" label pod one tier=back --overwrite
gives "label -l" "pod/one" get pods -l 'tier in (back,side),!nothing' -o name
gives "label away" "pod/one unlabeled" label pod one tier-
gives "annotate" "pod/one annotated" annotate pod one note='a "quoted" word'
gives "annotation" 'a quoted word' get pod one \
	-o 'jsonpath={.metadata.annotations.note}'
refused "a spec that stays" 'pod updates may not change fields' patch pod one \
	--type=merge -p '{"spec":{"nodeName":"elsewhere"}}'
gives "delete" 'pod one deleted' delete pod one --grace-period=1 --timeout=60s
kill "$watcher"
wait "$watcher" 2>/dev/null
says "get -w saw it run" '^one +1/1 +Running' "$WORK/watch"
says "get -w saw it end" '^one +[01]/1 +(Terminating|Completed|Error)' \
	"$WORK/watch"

# ---- nodes ----

gives "taint" "node/$node tainted" taint node "$node" trial=yes:NoSchedule
refused "taint again" 'already has trial taint' taint node "$node" \
	trial=yes:NoSchedule
gives "untaint" "node/$node untainted" taint node "$node" trial-
quiet "run a pod there" run guest --image=registry.example.com/web:1 \
	--overrides="{\"spec\":{\"nodeName\":\"$node\"}}"
quiet "taint it NoExecute" taint node "$node" trial=yes:NoExecute
quiet "the pod has to go" wait pod guest --for=delete --timeout=60s
quiet "and untaint" taint node "$node" trial-
gives "cordon" "node/$node cordoned" cordon "$node"
columns "get shows the cordon" "NAME STATUS ROLES AGE VERSION" get node "$node"
says "as SchedulingDisabled" ' Ready,SchedulingDisabled ' "$WORK/out"
gives "by field selector" "node/$node" get nodes -o name \
	--field-selector spec.unschedulable=true
gives "uncordon" "node/$node uncordoned" uncordon "$node"
gives "cordon --dry-run=server" "node/$node cordoned (server dry run)" \
	cordon --dry-run=server "$node"
refused "drain refuses bare pods and DaemonSets" \
	'cannot delete DaemonSet-managed Pods' drain "$node" --timeout=60s
kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --force \
	--grace-period=1 --timeout=60s >"$WORK/out" 2>"$WORK/err" </dev/null
same "drain" 0 $?
says "drain: every pod was asked to go" "^node/$node drained" "$WORK/out"
same "only DaemonSets are left" DaemonSet "$(kubectl get pods -A \
	--field-selector "spec.nodeName=$node" --no-headers \
	-o custom-columns='K:.metadata.ownerReferences[*].kind' | sort -u)"
quiet "uncordon after the drain" uncordon "$node"

# ---- owners, finalizers, the end ----

quiet "delete --cascade=orphan" delete deployment web --cascade=orphan
check "the ReplicaSets stay" test -n "$(kubectl get rs -l app=web -o name)"
quiet "delete the rest" delete rs,pods -l app=web --grace-period=1
kubectl patch configmap settings --type=merge \
	-p '{"metadata":{"finalizers":["example.com/hold"]}}' >/dev/null
quiet "delete --wait=false" delete configmap settings --wait=false
gives "a finalizer holds" "configmap/settings" get configmap settings -o name
quiet "let go" patch configmap settings --type=json \
	-p '[{"op":"remove","path":"/metadata/finalizers"}]'
gives "it is gone" "" get configmap settings --ignore-not-found
quiet "delete namespace" delete namespace trial --timeout=60s
refused "it is gone too" 'namespaces "trial" not found' get ns trial

finish
