#!/bin/bash
# What people get wrong, through kubectl: the server's words for it, and what a
# list or a kind that nobody serves comes to.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/peers/kubectl_lib.sh"

if ! command -v kubectl >/dev/null; then
	skip "kubectl" "kubectl is not installed"
	finish
fi

start_sim quiet-day
kubectl create namespace wrong >/dev/null
kubectl config set-context --current --namespace=wrong >/dev/null

# manifest NAME: standard input becomes $WORK/NAME.
manifest() { cat >"$WORK/$1"; }

# ---- lists, and kinds that are none ----

manifest list.yaml <<'END'
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}
END
gives "apply of a List" "configmap/one created configmap/two created" \
	apply -f "$WORK/list.yaml"
kubectl get configmaps one two -o yaml >"$WORK/back.yaml"
quiet "what get prints can be applied" apply --server-side \
	--force-conflicts -f "$WORK/back.yaml"
manifest none.yaml <<'END'
apiVersion: v1
kind: Widget
metadata: {name: w}
END
refused "a kind that is none" 'no matches for kind "Widget" in version "v1"' \
	create -f "$WORK/none.yaml"
quiet "get --raw of one check" get --raw /livez/ping

# ---- wrong types, unknown fields ----

manifest web.yaml <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: "registry.example.com/i:1"}]}
END
quiet "a Deployment" apply -f "$WORK/web.yaml"
sed 's/replicas: 1/replicas: "one"/; s/name: web}$/name: other}/' \
	"$WORK/web.yaml" >"$WORK/type.yaml"
refused "a text for a number" 'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32' \
	create -f "$WORK/type.yaml"
refused "the same as a patch" \
	'The request is invalid: patch: Invalid value: "map\[spec:map\[replicas:x\]\]": unrecognized type: int32' \
	patch deployment web -p '{"spec":{"replicas":"x"}}'
refused "a merge patch" \
	'patch: Invalid value: .*json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32' \
	patch deployment web --type=merge -p '{"spec":{"replicas":"x"}}'
refused "operations that leave no Deployment" \
	'cannot unmarshal bool into Go struct field DeploymentSpec.spec.replicas' \
	patch deployment web --type=json \
	-p '[{"op":"replace","path":"/spec/replicas","value":true}]'
sed 's/replicas: 1/replicaz: 1/' "$WORK/web.yaml" >"$WORK/field.yaml"
refused "apply of an unknown field" \
	'strict decoding error: unknown field "spec.replicaz"' \
	apply -f "$WORK/field.yaml"
refused "server-side apply of an unknown field" \
	'failed to create typed patch object \(wrong/web; apps/v1, Kind=Deployment\): .spec.replicaz: field not declared in schema' \
	apply --server-side -f "$WORK/field.yaml"
manifest secret.yaml <<'END'
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {a: "not base64!"}
END
refused "a Secret that is no base64" \
	'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 3' \
	create -f "$WORK/secret.yaml"

# ---- values ----

refused "a schedule that is none" \
	'spec.schedule: Invalid value: "daily": expected exactly 5 fields, found 1' \
	create cronjob c --image=busybox:1 --schedule=daily
refused "a service's name" 'a DNS-1035 label must consist of' \
	create service clusterip 1s --tcp=80
manifest binding.yaml <<'END'
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b}
subjects: [{kind: User, name: bob}]
END
refused "a binding to no role" 'roleRef.name: Required value' \
	create -f "$WORK/binding.yaml"
refused "too much priority" 'maximum allowed value of a user defined priority' \
	create priorityclass big --value=2000000000
refused "an account that is none" \
	'forbidden: error looking up service account wrong/nobody: serviceaccount "nobody" not found' \
	run p --image=busybox:1 \
	--overrides='{"spec":{"serviceAccountName":"nobody"}}'
quiet "a service" create service clusterip s --tcp=80
refused "its address stays" 'may not change once set' \
	patch service s -p '{"spec":{"clusterIP":"172.20.1.2"}}'
manifest pod.yaml <<'END'
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  restartPolicy: Sometimes
  containers:
  - name: c
    image: busybox:1
    imagePullPolicy: Often
    ports: [{containerPort: 99999}]
    volumeMounts: [{name: v, mountPath: /v}]
END
refused "a pod with four mistakes" \
	'spec.containers\[0\].volumeMounts\[0\].name: Not found: "v"' \
	create -f "$WORK/pod.yaml"
same "all are told" 4 "$(grep -c '^\* spec' "$WORK/err")"

finish
