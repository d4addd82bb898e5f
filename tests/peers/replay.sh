#!/bin/bash
# Two runs of one seed and one log of writes are the same to the byte, with what
# kubectl, the AWS CLI and curl wrote in the log.
. "$(dirname "$0")/../lib.sh"

lever() { curl -sfo /dev/null --noproxy '*' -X POST "$AWS_ENDPOINT_URL/sim/$1"; }

printf '{"apiVersion":"paddock/v1","kind":"WriteLog","scenario":"at-max","seed":1}\n' \
	>"$WORK/empty.log"
exits 2 'a replay wants its own scenario' \
	"$SIM" quiet-day --replay "$WORK/empty.log"
says 'and says which' 'is of scenario at-max, not quiet-day'
echo '{"kind":"World"}' >"$WORK/no.log"
exits 3 'a file that is no log is refused' "$SIM" --replay "$WORK/no.log"
says 'by file and line' 'no.log:1: kind: wanted WriteLog'
exits 1 'a world file that cannot be written' \
	"$SIM" --speed max --run-for 1s --world /nonexistent/world
says 'is a sentence' 'cannot write the world file /nonexistent/world'

start_sim monday-burst --seed 7 --speed 1 --run-for 10m \
	--world "$WORK/first.json" --log "$WORK/log"
lever pause
lever 'advance?by=2m'
wrote=2 # by curl below
if command -v kubectl >/dev/null; then
	node=$(kubectl get nodes -l role=jobs -o name | head -1)
	check 'kubectl cordons' kubectl cordon "$node"
	check 'kubectl labels' kubectl label "$node" watched=yes
	check 'kubectl creates' kubectl create configmap notes --from-literal=a=b
	check 'kubectl patches' kubectl patch "$node" --type merge \
		-p '{"metadata":{"annotations":{"why":"maintenance"}}}'
	lever 'advance?by=30s'
	pod=$(kubectl -n gitlab-runner get pods \
		--field-selector status.phase=Pending -o name | head -1)
	check 'kubectl deletes' kubectl -n gitlab-runner delete --wait=false \
		"$pod"
	wrote=$((wrote + 5))
else
	skip 'kubectl writes' 'kubectl is not installed'
fi
if command -v aws >/dev/null; then
	check 'the AWS CLI raises a group' aws autoscaling set-desired-capacity \
		--auto-scaling-group-name amd64-general --desired-capacity 6
	wrote=$((wrote + 1))
else
	skip 'the AWS CLI writes' 'aws is not installed'
fi
lever 'advance?by=3m'
# A job of platform/core that runs.
set -- $(curl -sf --noproxy '*' -H "PRIVATE-TOKEN: $GITLAB_TOKEN" \
	"$GITLAB_URL/api/v4/projects/1204/jobs?scope=running" |
	grep -o '"id":[0-9]*,"status":"running"' | tail -1 | tr -dc '0-9 ')
same 'a job is cancelled' 201 "$(curl -so /dev/null --noproxy '*' \
	-w '%{http_code}' -X POST -H "PRIVATE-TOKEN: $GITLAB_TOKEN" \
	"$GITLAB_URL/api/v4/projects/1204/jobs/${1-0}/cancel")"
lever 'jobs?load=unit&count=4'
lever 'advance?by=10m'
wait "$SIM_PID"
same 'the run ends by itself' 0 $?
SIM_PID=
same 'the log has every write' "$wrote" "$(($(wc -l <"$WORK/log") - 1))"
check 'no credential is in it' sh -c \
	"! grep -iE 'simulated-token|glpat|AWS4-HMAC|Signature=' '$WORK/log'"
same 'it is private' 600 "$(stat -c %a "$WORK/log")"

for n in second third; do
	exits 0 "the $n run replays it" "$SIM" --replay "$WORK/log" \
		--speed max --run-for 10m --world "$WORK/$n.json"
	check "the $n run is the first, to the byte" \
		cmp "$WORK/first.json" "$WORK/$n.json"
done
exits 0 'a run without hands' "$SIM" monday-burst --seed 7 --speed max \
	--run-for 10m --world "$WORK/alone.json"
check 'is another' sh -c "! cmp -s '$WORK/first.json' '$WORK/alone.json'"
exits 1 'a replay cut short' "$SIM" --replay "$WORK/log" --speed max \
	--run-for 1m
says 'says which writes it did not reach' 'were not reached'
finish
