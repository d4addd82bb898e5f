#!/bin/bash
# Who set which fields, through kubectl: managedFields, conflicts with appliers
# and with those who only patch, the move from client-side apply.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/peers/kubectl_lib.sh"

if ! command -v kubectl >/dev/null; then
	skip "kubectl" "kubectl is not installed"
	finish
fi

start_sim quiet-day
kubectl create namespace owned >/dev/null
kubectl config set-context --current --namespace=owned >/dev/null

cat >"$WORK/web.yaml" <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: "registry.example.com/i:1"}]}
END
sed 's/i:1/i:2/' "$WORK/web.yaml" >"$WORK/two.yaml"
managers() {
	kubectl get deployment web --show-managed-fields -o jsonpath='{range .metadata.managedFields[*]}{.manager}/{.operation}/{.subresource} {end}'
}

gives "client-side apply" "deployment.apps/web created" \
	apply -f "$WORK/web.yaml"
same "its manager" "kubectl-client-side-apply/Update/ " "$(managers)"
gives "server-side apply after it" "deployment.apps/web serverside-applied" \
	apply --server-side -f "$WORK/two.yaml"
# kubectl keeps the annotation of the earlier way under a name of its own.
same "takes its place" "kubectl/Apply/ kubectl-last-applied/Apply/ " \
	"$(managers)"
quiet "get hides them" get deployment web -o yaml
check "unless asked" sh -c "! grep -q managedFields '$WORK/out'"

quiet "scale" scale deployment web --replicas=5
same "who scales is known" \
	"kubectl/Apply/ kubectl-last-applied/Apply/ kubectl/Update/scale " \
	"$(managers)"
refused "and meant" \
	'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas' \
	apply --server-side -f "$WORK/two.yaml"
quiet "forced" apply --server-side --force-conflicts -f "$WORK/two.yaml"
gives "it counts" "2" get deployment web -o 'jsonpath={.spec.replicas}'
quiet "set image" set image deployment/web c=registry.example.com/i:9
refused "another's image" \
	'conflict with "kubectl-set" using apps/v1: .spec.template.spec.containers\[name="c"\].image' \
	apply --server-side -f "$WORK/two.yaml"
sed 's/replicas: 2/replicas: 7/' "$WORK/web.yaml" >"$WORK/seven.yaml"
refused "two others" 'Apply failed with 2 conflicts: conflicts with "kubectl":' \
	apply --server-side --field-manager=third -f "$WORK/seven.yaml"
says "the other" '^conflicts with "kubectl-set" using apps/v1:$'
gives "a dry run takes nothing" \
	"deployment.apps/web serverside-applied (server dry run)" \
	apply --server-side --field-manager=third --force-conflicts \
	--dry-run=server -f "$WORK/seven.yaml"
gives "the size" "2" get deployment web -o 'jsonpath={.spec.replicas}'
quiet "replace" replace -f "$WORK/web.yaml"
gives "who replaces has it" "kubectl-replace" get deployment web \
	--show-managed-fields -o 'jsonpath={.metadata.managedFields[?(@.fieldsV1.f:spec.f:template.f:spec.f:containers.k:\{"name":"c"\}.f:image)].manager}'

finish
