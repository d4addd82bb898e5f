#!/bin/sh
# Everything `make test` checks.  A step is a name and a command; its last line
# must be "N passed, N failed[, N skipped]", which are added up here.  A step
# that prints no such line, or whose exit status contradicts it, counts as one
# failure.  To add a step add a line to the list.
set -u
cd "$(dirname "$0")/.." || exit 1

steps='
unit-release	sh tests/unit/run.sh release
unit-asan	sh tests/unit/run.sh asan
unit-tsan	sh tests/unit/run.sh tsan ^(port|control_worker|control_thread|log|tui_whole)$
cli		bash tests/cli/usage.sh
whole		bash tests/whole/first_light.sh
on-call		bash tests/whole/on_call.sh
stories		bash tests/whole/stories.sh
whole-facts	bash tests/whole/same_facts.sh
whole-active	bash tests/whole/active.sh
peers		bash tests/peers/aws.sh
peers-gitlab	bash tests/peers/gitlab.sh
peers-aws	bash tests/peers/aws_services.sh
replay		bash tests/peers/replay.sh
peer-ca		bash tests/peers/cluster_autoscaler.sh
peers-kubectl	bash tests/peers/kubectl.sh
peers-python	bash tests/peers/kube_python.sh
lint		sh tests/lint/run.sh
lint-self	sh tests/lint/selftest.sh
fuzz		sh tests/fuzz/run.sh
'

jobs=${JOBS:-2}
make=${MAKE:-make}
results=build/test/steps
unset MAKEFLAGS MFLAGS MAKELEVEL
rm -rf "$results" && mkdir -p "$results" build/test/home build/test/tmp ||
	exit 1
here=$(pwd)/build/test

# Nothing of the caller's clouds, proxies or settings gets in.
clean_env() {
	env -i PATH="$PATH" LC_ALL=C.UTF-8 TZ=UTC TERM=dumb JOBS="$jobs" \
		HOME="$here/home" TMPDIR="$here/tmp" \
		XDG_CONFIG_HOME="$here/home/config" \
		XDG_STATE_HOME="$here/home/state" \
		XDG_CACHE_HOME="$here/home/cache" XDG_RUNTIME_DIR="$here/tmp" \
		SEED="${SEED:-1}" FUZZ_SECONDS="${FUZZ_SECONDS:-20}" \
		CLUSTER_AUTOSCALER="${CLUSTER_AUTOSCALER:-}" "$@"
}

build() {
	echo "== build $*"
	"$make" -j"$jobs" "$@" && return
	echo "the build failed: $*"
	echo '0 passed, 1 failed'
	exit 1
}

build VARIANT=release all unit tools
build VARIANT=asan all unit tools
build VARIANT=tsan unit
build VARIANT=fuzz fuzz-build

passed=0
failed=0
skipped=0
while read -r name command; do
	[ -n "$name" ] || continue
	echo "== $name"
	log=$results/$name
	{
		clean_env $command </dev/null 2>&1
		echo $? >"$log.status"
	} | tee "$log"
	status=$(cat "$log.status")
	last=$(tail -n 1 "$log" | grep -E \
		'^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$')
	if [ -z "$last" ]; then
		echo "$name: ended with status $status and no count"
		failed=$((failed + 1))
		continue
	fi
	set -- $(echo "$last" | tr -dc '0-9 ')
	if [ "$status" != 0 ] && [ "$2" = 0 ]; then
		echo "$name: exit status $status"
		failed=$((failed + 1))
	fi
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + ${3:-0}))
done <<END
$steps
END

echo
if [ "$skipped" = 0 ]; then
	echo "$passed passed, $failed failed"
else
	echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" = 0 ]
