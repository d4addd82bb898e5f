#!/bin/bash
# curl, python-gitlab and Python's gzip, which nobody here wrote, against the
# simulated GitLab: every REST and GraphQL operation it serves, with what each
# does to the fleet, and the refusals.
. "$(dirname "$0")/../lib.sh"

for tool in curl python3; do
	if ! command -v $tool >/dev/null; then
		skip "GitLab's API" "$tool is not installed"
		finish
	fi
done

start_sim quiet-day --speed 10

# part EXPRESSION: of the JSON on stdin, as Python sees it (d is the document).
part() {
	python3 -c 'import json, sys
d = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$1" 2>/dev/null
}

# api METHOD PATH [CURL ARGUMENTS]: the body; headers go to $WORK/head.
api() {
	_method=$1
	_path=$2
	shift 2
	curl -sS -g -X "$_method" -D "$WORK/head" \
		-H "PRIVATE-TOKEN: ${TOKEN:-$GITLAB_TOKEN}" "$@" \
		"$GITLAB_URL/api/v4$_path"
}
code() { sed -n '1s/[^ ]* \([0-9]*\).*/\1/p' "$WORK/head"; }
header() {
	sed -n "s/^$1: \(.*\)/\1/Ip" "$WORK/head" | tr -d '\r'
}
gql() { # gql QUERY [VARIABLES as JSON]
	python3 -c 'import json, sys
print(json.dumps({"query": sys.argv[1],
                  "variables": json.loads(sys.argv[2])}))' \
		"$1" "${2:-{\}}" |
		curl -sS -H "Authorization: Bearer ${TOKEN:-$GITLAB_TOKEN}" \
			-H 'Content-Type: application/json' --data-binary @- \
			"$GITLAB_URL/api/graphql"
}

# ---- who ----

same "GET /user" admin "$(api GET /user | part 'd["username"]')"
same "GET /version" 18 "$(api GET /version | part 'd["version"].split(".")[0]')"
same "GET /metadata" True "$(api GET /metadata | part 'd["enterprise"]')"
same "GET /personal_access_tokens/self" "['api', 'read_api', 'read_user', 'manage_runner']" \
	"$(api GET /personal_access_tokens/self | part 'd["scopes"]')"
same "no token is 401" 401 \
	"$(curl -s -o "$WORK/out" -w '%{http_code}' "$GITLAB_URL/api/v4/user")"
TOKEN=glpat-simulated-expired
same "an expired token says so" invalid_token \
	"$(api GET /user | part 'd["error"]')"
TOKEN=glpat-simulated-viewer-self
same "read_user does not open projects" "insufficient_scope api read_api" \
	"$(api GET /projects | part 'd["error"] + " " + d["scope"]')"
TOKEN=glpat-simulated-viewer
same "a Reporter has no runners" "[]" "$(api GET /runners)"
api GET /runners/all >"$WORK/out"
same "nor all of them" 403 "$(code)"
unset TOKEN

# ---- runners ----

same "GET /runners/all" "[44, 41]" \
	"$(api GET /runners/all | part '[r["id"] for r in d]')"
same "paged" 2 "$(api GET '/runners/all?per_page=1' >/dev/null; header x-total)"
case $(header link) in
*'page=2>; rel="next"'*) ok "with links" ;;
*) not_ok "with links" "$(header link)" ;;
esac
same "by tag" "[44]" \
	"$(api GET '/runners/all?tag_list=arm64' | part '[r["id"] for r in d]')"
same "GET /runners/:id" "['docker', 'linux']" \
	"$(api GET /runners/41 | part 'd["tag_list"]')"
same "GET /runners/:id/managers" r_ \
	"$(api GET /runners/41/managers | part 'd[0]["system_id"][:2]')"
same "GET /groups/:id/runners" 2 \
	"$(api GET /groups/shop/runners | part 'len(d)')"
same "GET /projects/:id/runners" 2 \
	"$(api GET /projects/shop%2Fcheckout/runners | part 'len(d)')"
same "runner's jobs by keyset, each once" True "$(
	url="$GITLAB_URL/api/v4/runners/41/jobs?pagination=keyset&order_by=id&per_page=7&status=success"
	for _ in 1 2 3; do
		curl -s -g -D "$WORK/head" -H "PRIVATE-TOKEN: $GITLAB_TOKEN" \
			"$url" | part '"\n".join(str(j["id"]) for j in d)'
		url=$(header link | sed -n 's/.*<\(.*\)>; rel="next".*/\1/p')
	done | python3 -c 'import sys
ids = [int(x) for x in sys.stdin]
print(len(ids) == 21 and ids == sorted(set(ids), reverse=True))')"

# ---- jobs, traces ----

project=$(api GET /projects/shop%2Fcheckout | part 'd["id"]')
jobs=/projects/$project/jobs
running() {
	api GET "$jobs?scope[]=running&per_page=100" |
		part '[j["id"] for j in d if j["name"] == "unit"][0]'
}
same "GET jobs by scope" "['running']" \
	"$(api GET "$jobs?scope[]=running&per_page=100" |
		part 'sorted({j["status"] for j in d})')"
same "a scope that is none" "scope does not have a valid value" \
	"$(api GET "$jobs?scope[]=green" | part 'd["error"]')"
job=$(running)
pipeline=$(api GET "$jobs/$job" | part 'd["pipeline"]["id"]')
same "GET one job" "running docker" \
	"$(api GET "$jobs/$job" | part 'd["status"] + " " + d["tag_list"][0]')"
same "GET pipelines/:id/jobs" "[$job]" \
	"$(api GET "/projects/$project/pipelines/$pipeline/jobs" |
		part '[j["id"] for j in d]')"
same "GET pipelines/:id/bridges" "[]" \
	"$(api GET "/projects/$project/pipelines/$pipeline/bridges")"
api GET "$jobs/$job/trace" >"$WORK/trace.1"
says "a trace has sections" 'section_start:[0-9]+:prepare_executor' "$WORK/trace.1"
grew() {
	api GET "$jobs/$job/trace" >"$WORK/trace.2"
	[ "$(wc -c <"$WORK/trace.2")" -gt "$(wc -c <"$WORK/trace.1")" ]
}
if await 30 grew; then ok "it grows"; else not_ok "it grows"; fi
same "and begins as it did" "" \
	"$(head -c "$(wc -c <"$WORK/trace.1")" "$WORK/trace.2" |
		cmp - "$WORK/trace.1" 2>&1)"

# ---- what people do ----

TOKEN=glpat-simulated-viewer-api
same "a Reporter does not cancel" "403 Forbidden" \
	"$(api POST "$jobs/$job/cancel" | part 'd["message"]')"
TOKEN=glpat-simulated-oncall
same "cancel" canceling "$(api POST "$jobs/$job/cancel" | part 'd["status"]')"
canceled() {
	test "$(api GET "$jobs/$job" | part 'd["status"]')" = canceled
}
if await 30 canceled; then ok "its manager ends it"; else
	not_ok "its manager ends it" "$(api GET "$jobs/$job" | part 'd["status"]')"
fi
if command -v kubectl >/dev/null; then
	pod_gone() {
		! kubectl -n gitlab-runner get pods -o json |
			grep -q "\"job.runner.gitlab.com/id\": \"$job\""
	}
	if await 30 pod_gone; then ok "and its pod"; else not_ok "and its pod"; fi
else
	skip "and its pod" "kubectl is not installed"
fi
again=$(api POST "$jobs/$job/retry" | part 'd["id"]')
same "retry is a new job of the pipeline" "$pipeline" \
	"$(api GET "$jobs/$again" | part 'd["pipeline"]["id"]')"
same "once" "403 Forbidden - Job is not retryable" \
	"$(api POST "$jobs/$job/retry" | part 'd["message"]')"
same "play is for manual jobs" "400 Bad request - Unplayable Job" \
	"$(api POST "$jobs/$again/play" | part 'd["message"]')"
api POST "$jobs/$job/erase" >"$WORK/out"
same "erase" 201 "$(code)"
same "the trace is gone" "" "$(api GET "$jobs/$job/trace")"
same "pause, as a form" True \
	"$(api PUT /runners/41 --data paused=true | part 'd["paused"]')"
same "edit, as JSON" "['linux'] 1200" \
	"$(api PUT /runners/41 -H 'Content-Type: application/json' \
		--data '{"tag_list": ["linux"], "maximum_timeout": 1200}' |
		part 'str(d["tag_list"]) + " " + str(d["maximum_timeout"])')"
same "a wrong value changes nothing" \
	"maximum_timeout needs to be at least 10 minutes" \
	"$(api PUT /runners/41 --data maximum_timeout=1 | part 'd["error"]')"
same "resume" False \
	"$(api PUT /runners/41 --data 'paused=false&tag_list=docker,linux' |
		part 'd["paused"]')"

# ---- GraphQL ----

unset TOKEN
same "jobs of the instance" True "$(gql 'query($n: Int) { jobs(statuses: [RUNNING], first: $n) { nodes { id status runner { id } project { fullPath } } pageInfo { hasNextPage } } }' '{"n": 3}' |
	part 'len(d["data"]["jobs"]["nodes"]) == 3 and d["data"]["jobs"]["pageInfo"]["hasNextPage"]')"
TOKEN=glpat-simulated-oncall
same "nobody else sees them: empty, no error" "[]" \
	"$(gql '{ jobs(statuses: [RUNNING]) { nodes { id } } }' |
		part 'd["data"]["jobs"]["nodes"] if "errors" not in d else d')"
same "runners of a group" "['gitlab-runner-arm', 'gitlab-runner-docker']" \
	"$(gql '{ group(fullPath: "shop") { runners(membership: DESCENDANTS) { nodes { description managers { nodes { systemId } } } } } }' |
		part 'sorted(r["description"] for r in d["data"]["group"]["runners"]["nodes"])')"
job=$(running)
gid='{"id": "gid://gitlab/Ci::Build/'$job'"}'
same "jobCancel" "CANCELING []" \
	"$(gql 'mutation($id: ProcessableID!) { jobCancel(input: {id: $id}) { errors job { status } } }' "$gid" |
		part 'd["data"]["jobCancel"]["job"]["status"] + " " + str(d["data"]["jobCancel"]["errors"])')"
if await 30 canceled; then ok "and it ends"; else not_ok "and it ends"; fi
same "jobRetry" PENDING \
	"$(gql 'mutation($id: ProcessableID!) { jobRetry(input: {id: $id}) { errors job { status } } }' "$gid" |
		part 'd["data"]["jobRetry"]["job"]["status"]')"
same "jobPlay" "['Unplayable Job']" \
	"$(gql 'mutation($id: ProcessableID!) { jobPlay(input: {id: $id}) { errors } }' "$gid" |
		part 'd["data"]["jobPlay"]["errors"]')"
same "runnerUpdate" "True ['x']" \
	"$(gql 'mutation { runnerUpdate(input: {id: "gid://gitlab/Ci::Runner/44", paused: true, tagList: ["x"]}) { errors runner { paused tagList } } }' |
		part 'str(d["data"]["runnerUpdate"]["runner"]["paused"]) + " " + str(d["data"]["runnerUpdate"]["runner"]["tagList"])')"
same "an unknown field" "Field 'colour' doesn't exist on type 'CiJob'" \
	"$(gql '{ jobs { nodes { colour } } }' | part 'd["errors"][0]["message"]')"
TOKEN=wrong
same "a bad token" "Invalid token" \
	"$(gql '{ currentUser { id } }' | part 'd["errors"][0]["message"]')"
unset TOKEN

# ---- Helm's memory of the releases, read with Python's gzip ----

if command -v kubectl >/dev/null; then
	same "a release's Secret is what Helm writes" \
		"gitlab-runner-docker deployed 60" \
		"$(kubectl -n gitlab-runner get secret \
			sh.helm.release.v1.gitlab-runner-docker.v1 -o json |
			python3 -c 'import base64, gzip, json, sys
raw = json.load(sys.stdin)["data"]["release"]
d = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(raw))))
print(d["name"], d["info"]["status"], d["config"]["concurrent"])')"
else
	skip "Helm's Secret" "kubectl is not installed"
fi

# ---- python-gitlab ----

if python3 -c 'import gitlab' 2>/dev/null; then
	python3 -W ignore "$ROOT/tests/peers/gitlab_client.py" >"$WORK/py" 2>&1
	while read -r word rest; do
		case $word in
		ok) ok "python-gitlab: $rest" ;;
		not) not_ok "python-gitlab: ${rest#ok }" ;;
		done) ;;
		*) echo "    # $word $rest" ;;
		esac
	done <"$WORK/py"
	same "python-gitlab: went to its end" done "$(tail -1 "$WORK/py")"
else
	skip "python-gitlab" "python-gitlab is not installed"
fi

# ---- limits: with headers, and without ----

end_sim
cat >"$WORK/limits.yaml" <<'END'
title: limits
notice: n
remedy: r
gitlab: {requests_per_minute: 40, project_jobs_per_minute: 10}
groups: [{name: a, types: m6i.large, max: 1, desired: 1}]
runners: [{name: one, tags: [x]}]
jobs: [{name: unit, project: shop/checkout, tags: [x]}]
END
start_sim "$WORK/limits.yaml" --speed 1
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	api GET /projects/shop%2Fcheckout/jobs >"$WORK/out"
done
same "an endpoint's limit" 429 "$(code)"
same "comes without headers" "" "$(header retry-after)$(header ratelimit-limit)"
says "only with words" 'requested too many times' "$WORK/out"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 \
	27 28 29 30 31 32; do
	api GET /version >"$WORK/out"
done
same "the instance's limit" 429 "$(code)"
same "tells its size" 40 "$(header ratelimit-limit)"
case $(header retry-after) in
[1-9] | [1-6][0-9]) ok "and when to come again" ;;
*) not_ok "and when to come again" "$(cat "$WORK/head")" ;;
esac

finish
