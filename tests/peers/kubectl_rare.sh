#!/bin/bash
# kubectl's rarer commands against paddock-sim: logs of all kinds, editing,
# tokens, what a cluster without reachable kubelets refuses, and roles.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/peers/kubectl_lib.sh"

if ! command -v kubectl >/dev/null; then
	skip "kubectl" "kubectl is not installed"
	finish
fi

start_sim monday-burst --speed 20
kubectl config set-context --current --namespace=gitlab-runner >/dev/null

# ---- the cluster ----

quiet "cluster-info" cluster-info
says "cluster-info: where it is" 'Kubernetes control plane' "$WORK/out"
quiet "cluster-info dump" cluster-info dump --output-directory="$WORK/dump" -A
check "the dump has the nodes" grep -q '"providerID": "aws:' \
	"$WORK/dump/nodes.json"
refused "a path that is not served" \
	'NotFound.*could not find the requested resource' \
	get --raw /apis/apps/v1/unicorns
quiet "get --raw of a group" get --raw /apis/apps/v1
check "is JSON" python3 -m json.tool "$WORK/out"
gives "api-resources of a group" \
	"nodes.metrics.k8s.io pods.metrics.k8s.io" \
	api-resources --api-group=metrics.k8s.io -o name
refused "explain of no such field" 'field "colour" does not exist' \
	explain pod.spec.colour
gives "auth whoami" "ATTRIBUTE VALUE Username viewer Groups\
 [paddock:viewer system:authenticated]" --context paddock-sim-viewer auth whoami
kubectl --context paddock-sim-oncall auth can-i --list >"$WORK/out" \
	2>"$WORK/err"
says "auth can-i --list: the rules" \
	'^pods/eviction +\[\] +\[\] +\[create\]' "$WORK/out"
says "auth can-i --list: EKS asks a webhook too" \
	'webhook authorizer does not support user rule resolution'
gives "certificates: there are none" "No resources found" get csr
refused "certificate approve" \
	'certificatesigningrequests.certificates.k8s.io "x" not found' \
	certificate approve x

# ---- get ----

quiet "get --sort-by, labels by sets" get pods --sort-by=.metadata.name \
	-l 'app in (gitlab-runner-docker,other),!nothing' --show-labels
says "the labels" 'app=gitlab-runner-docker,' "$WORK/out"
kubectl get pods -A --sort-by=.metadata.creationTimestamp \
	-o jsonpath='{range .items[*]}{.metadata.creationTimestamp}{"\n"}{end}' \
	>"$WORK/out"
check "is in that order" sort -c "$WORK/out"
quiet "get by several fields" get pods -A -o name --field-selector \
	'status.phase!=Running,spec.restartPolicy=Never'
quiet "get events by field" get events -A --field-selector \
	reason=Scheduled,involvedObject.kind=Pod -o name
check "there are some" test -s "$WORK/out"
refused "a field that Deployments do not have" \
	'"spec.replicas" is not a known field selector' \
	get deployments --field-selector spec.replicas=1
gives "get -o go-template" "2" get deployment gitlab-runner-docker \
	-o go-template='{{.spec.replicas}}'
timeout 60 kubectl get pods --watch-only --output-watch-events \
	--request-timeout=8s >"$WORK/out" 2>"$WORK/err" </dev/null
says "get --watch-only --output-watch-events" '^(ADDED|MODIFIED|DELETED) ' \
	"$WORK/out"
for kind in $(kubectl api-resources --verbs=list -o name | grep -v '^events'); do
	# Pods come and go while they are described.
	kubectl describe "$kind" -A >"$WORK/out" 2>"$WORK/err" </dev/null
	grep -v 'not found$' "$WORK/err" >"$WORK/odd"
	same "describe $kind: no complaint" "No resources found" \
		"$(grep . "$WORK/odd" || echo 'No resources found')"
done

# ---- logs ----

manager=$(kubectl get pods -l app=gitlab-runner-docker -o name | head -1)
quiet "logs of an init container" logs "$manager" -c configure
same "it was silent" "" "$(cat "$WORK/out")"
kubectl logs "$manager" --all-containers --prefix --tail=1 >"$WORK/out" \
	2>"$WORK/err"
says "logs --all-containers --prefix" "^\[$manager/gitlab-runner-docker\] " \
	"$WORK/out"
kubectl logs -l app=gitlab-runner-docker --prefix --tail=1 >"$WORK/out" \
	2>"$WORK/err"
same "logs -l: of every pod" 2 "$(cut -d] -f1 "$WORK/out" | sort -u | wc -l)"
kubectl logs deployment/gitlab-runner-docker --tail=1 >"$WORK/out" \
	2>"$WORK/err"
says "logs of a Deployment" '^Found 2 pods, using pod/gitlab-runner-docker-'
cni=$(kubectl -n kube-system get pods -l k8s-app=aws-node -o name | head -1)
quiet "logs of a system pod" -n kube-system logs "$cni" -c aws-node
says "its lines" '^\{"level":"info","ts":".*"msg":"Install CNI binaries' \
	"$WORK/out"
quiet "logs of its init container" -n kube-system logs "$cni" \
	-c aws-vpc-cni-init
says "other lines" 'CNI init container done' "$WORK/out"
refused "logs --previous" 'BadRequest.*previous terminated container' \
	-n kube-system logs "$cni" -c aws-node --previous
refused "logs of no such container" 'container nobody is not valid for pod' \
	logs "$manager" -c nobody
refused "logs of no such pod" 'pods "nobody" not found' logs nobody
refused "logs --since and --since-time" 'at most one of' logs "$manager" \
	-c gitlab-runner-docker --since=1m --since-time=2026-02-16T09:00:00Z
# One that has only just begun has not said anything yet.
both_wrote() {
	job=$(kubectl get pods -l manager.runner.gitlab.com/name \
		--field-selector status.phase=Running -o name | tail -1)
	kubectl logs "$job" -c build --tail=2 >"$WORK/out" 2>"$WORK/err" &&
	kubectl logs "$job" -c helper --tail=2 >"$WORK/helper" \
		2>"$WORK/err" && [ -s "$WORK/out" ] && [ -s "$WORK/helper" ]
}
check "build and helper write" await 30 both_wrote
check "build and helper wrote different lines" \
	sh -c "! cmp -s '$WORK/out' '$WORK/helper'"

# ---- nobody can talk to a simulated container ----

refused "exec" '^Error from server: error dialing backend: dial tcp 10\.[0-9.]+:10250: connect: connection refused' \
	exec "$manager" -- ls
refused "exec in no such container" 'BadRequest.*container x is not valid' \
	exec "$manager" -c x -- ls
refused "exec in no such pod" 'NotFound.*pods "nobody" not found' \
	exec nobody -- ls
refused "attach" 'error dialing backend' attach "$manager"
refused "port-forward" 'error upgrading connection: error dialing backend' \
	port-forward "$manager" :80
refused "cp" 'error dialing backend' cp "${manager#pod/}:/etc/hosts" \
	"$WORK/hosts"
refused "debug of a pod" 'ephemeral containers are disabled for this cluster' \
	debug "$manager" --image=busybox:1 -it
refused "a viewer's exec" \
	'User "viewer" cannot create resource "pods/exec"' \
	--context paddock-sim-viewer -n gitlab-runner exec "$manager" -- ls

# ---- tokens ----

quiet "create token" create token default --duration=20m
token=$(cat "$WORK/out")
gives "it is the service account's" \
	"system:serviceaccount:gitlab-runner:default" --token="$token" \
	--kubeconfig="$WORK/kubeconfig" auth whoami \
	-o 'jsonpath={.status.userInfo.username}'
refused "create token, too short" \
	'may not specify a duration less than 10 minutes' \
	create token default --duration=1m
refused "create token of nobody" 'serviceaccounts "nobody" not found' \
	create token nobody

# ---- changing things in other ways ----

quiet "create namespace" create namespace rare
kubectl config set-context --current --namespace=rare >/dev/null
quiet "create deployment" create deployment d --image=busybox:1 --replicas=2
gives "set image" "deployment.apps/d image updated" set image deployment/d \
	busybox=busybox:2
gives "set resources" "deployment.apps/d resource requirements updated" \
	set resources deployment/d --limits=cpu=200m,memory=64Mi
gives "set env" "deployment.apps/d env updated" set env deployment/d A=b
EDITOR='sed -i s/replicas:.2/replicas:\ 3/' kubectl edit deployment d \
	>"$WORK/out" 2>"$WORK/err" </dev/null
says "edit" '^deployment.apps/d edited$' "$WORK/out"
EDITOR=true kubectl edit deployment d >"$WORK/out" 2>"$WORK/err" </dev/null
says "edit of nothing" 'Edit cancelled, no changes made'
EDITOR='sed -i s/replicas:.3/replicas:\ -3/' kubectl edit deployment d \
	>"$WORK/out" 2>"$WORK/err" </dev/null
says "edit that is invalid" 'deployments.apps "d" is invalid'
kubectl get deployment d -o yaml >"$WORK/d.yaml"
sed -i 's/replicas: 3/replicas: 1/' "$WORK/d.yaml"
cp "$WORK/d.yaml" "$WORK/old.yaml"
# Its controller writes the status at any time.
sed -i '/resourceVersion:/d' "$WORK/d.yaml"
gives "replace" "deployment.apps/d replaced" replace -f "$WORK/d.yaml"
refused "replace of an old version" \
	'Conflict.*please apply your changes to the latest version' \
	replace -f "$WORK/old.yaml"
sed -i '/uid:/d' "$WORK/d.yaml"
quiet "replace --force" replace --force -f "$WORK/d.yaml"
sed 's/replicas: 1/replicas: 2/' "$WORK/d.yaml" >"$WORK/d2.yaml"
kubectl diff -f "$WORK/d2.yaml" >"$WORK/out" 2>"$WORK/err"
same "diff says that there is a difference" 1 $?
says "diff" '^\+  replicas: 2' "$WORK/out"
refused "autoscale of nobody" 'deployments.apps "nobody" not found' \
	autoscale deployment nobody --max=3
quiet "rollout pause" rollout pause deployment d
refused "restart of a paused one" "can't restart paused deployment" \
	rollout restart deployment d
quiet "rollout resume" rollout resume deployment d
quiet "rollout history --revision" rollout history deployment d --revision=1
refused "undo to no such revision" 'unable to find specified revision 99' \
	rollout undo deployment d --to-revision=99

# ---- DaemonSets ----

proxies() {
	kubectl -n kube-system get pods -l k8s-app=kube-proxy -o name | sort
}
image() {
	kubectl -n kube-system get ds kube-proxy \
		-o 'jsonpath={.spec.template.spec.containers[0].image}'
}
was=$(image)
before=$(proxies)
gives "set image of a DaemonSet" "daemonset.apps/kube-proxy image updated" \
	-n kube-system set image ds/kube-proxy kube-proxy=kube-proxy:9
quiet "rollout status of a DaemonSet" -n kube-system rollout status \
	ds/kube-proxy --timeout=90s
same "every pod is another" "" \
	"$(printf '%s\n' "$before" "$(proxies)" | sort | uniq -d)"
quiet "rollout history of a DaemonSet" -n kube-system rollout history \
	ds/kube-proxy
says "two revisions" '^2 ' "$WORK/out"
quiet "its first revision" -n kube-system rollout history ds/kube-proxy \
	--revision=1
says "with the image of then" "Image:.*$was" "$WORK/out"
gives "rollout undo of a DaemonSet" "daemonset.apps/kube-proxy rolled back" \
	-n kube-system rollout undo ds/kube-proxy
quiet "it rolls back" -n kube-system rollout status ds/kube-proxy --timeout=90s
same "to the image of then" "$was" "$(image)"
columns "the first revision is the third now" "NAME CONTROLLER REVISION AGE" \
	-n kube-system get controllerrevisions -l k8s-app=kube-proxy
says "the third" ' daemonset.apps/kube-proxy +3 ' "$WORK/out"
quiet "rollout restart of a DaemonSet" -n kube-system rollout restart \
	ds/aws-node
quiet "it ends" -n kube-system rollout status ds/aws-node --timeout=90s

# ---- waiting, deleting ----

refused "wait for what does not come" 'timed out waiting for the condition' \
	wait deployment d --for=condition=Foo --timeout=1s
quiet "wait --for=delete of nothing" wait pod/nobody --for=delete --timeout=1s
refused "delete of what holds the cluster" 'this namespace may not be deleted' \
	delete namespace kube-system
quiet "create secret" create secret generic s --from-literal=a=b
gives "a Secret's data" "b" get secret s -o 'go-template={{.data.a|base64decode}}'
quiet "delete namespace" delete namespace rare --timeout=60s

# ---- numbered pods ----

cat >"$WORK/db.yaml" <<'END'
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: default}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      nodeSelector: {role: jobs}
      containers:
      - name: c
        image: registry.example.com/db:1
        resources: {requests: {cpu: 10m}}
END
kubectl config set-context --current --namespace=default >/dev/null
quiet "create a StatefulSet" create -f "$WORK/db.yaml"
quiet "it rolls out" rollout status sts db --timeout=60s
says "as real servers tell it" 'partitioned roll out complete: 2 new pods' \
	"$WORK/out"
columns "get sts" "NAME READY AGE CONTAINERS IMAGES" get sts -o wide
gives "its pods" "pod/db-0 pod/db-1" get pods -l app=db -o name
quiet "scale sts" scale sts db --replicas=3
quiet "set image of sts" set image sts/db c=registry.example.com/db:2
quiet "the change rolls out" rollout status sts db --timeout=120s
gives "to every pod" "registry.example.com/db:2 registry.example.com/db:2\
 registry.example.com/db:2" get pods -l app=db \
	-o 'jsonpath={.items[*].spec.containers[0].image}'
quiet "rollout undo sts" rollout undo sts db
quiet "undone" rollout status sts db --timeout=120s
quiet "rollout history sts" rollout history sts db
says "the old template has a new number" '^3 ' "$WORK/out"
quiet "delete sts" delete sts db --timeout=60s

finish
