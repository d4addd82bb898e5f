#!/bin/sh
# Everything `make test` checks.  A step is a name and a command; its last line
# must be "N passed, N failed[, N skipped]", which are added up here.  A step
# that prints no such line, or whose exit status contradicts it, counts as one
# failure.  To add a step add a line to the list.
#
# Steps run side by side: each has its own homes and ports, and many only wait
# for a peer.  The long ones come first, so that they do not end alone.
# STEPS=REGEX runs some of them (all variants are still built).
set -u
cd "$(dirname "$0")/.." || exit 1

steps='
unit-asan	sh tests/unit/run.sh asan
fuzz		sh tests/fuzz/run.sh
peer-ca		bash tests/peers/cluster_autoscaler.sh
peer-take-over	bash tests/peers/take_over.sh
peer-hold	bash tests/peers/ca_hold.sh
unit-release	sh tests/unit/run.sh release
peers-kubectl	bash tests/peers/kubectl.sh
peers-rare	bash tests/peers/kubectl_rare.sh
peers-owners	bash tests/peers/kubectl_owners.sh
peers-mistakes	bash tests/peers/kubectl_mistakes.sh
peers-aws	bash tests/peers/aws_services.sh
whole		bash tests/whole/first_light.sh
stories		bash tests/whole/stories.sh
whole-active	bash tests/whole/active.sh
on-call		bash tests/whole/on_call.sh
whole-facts	bash tests/whole/same_facts.sh
peers		bash tests/peers/aws.sh
peers-gitlab	bash tests/peers/gitlab.sh
peers-python	bash tests/peers/kube_python.sh
replay		bash tests/peers/replay.sh
unit-tsan	sh tests/unit/run.sh tsan ^(port|part|control_worker|control_thread|log|tui_whole)$
cli		bash tests/cli/usage.sh
input		bash tests/cli/input.sh
lint		sh tests/lint/run.sh
lint-self	sh tests/lint/selftest.sh
'

jobs=${JOBS:-2}
# What hangs fails, and does not keep the rest from being counted.
step_s=1200
make=${MAKE:-make}
results=build/test/steps
unset MAKEFLAGS MFLAGS MAKELEVEL
rm -rf "$results" && mkdir -p "$results" || exit 1

build() {
	echo "== build $*"
	"$make" -j"$jobs" "$@" && return
	echo "the build failed: $*"
	echo '0 passed, 1 failed'
	exit 1
}

build VARIANT=release all unit tools
build VARIANT=asan all unit tools
# Of the thread sanitizer's only what its suites run: the console, on a cloud
# that is not under test.
build VARIANT=tsan build/tsan/paddock unit UNIT=build/tsan/unit \
	AREAS='base model decode net kube aws gitlab store engine world control tui' \
	TESTS='port part control_worker control_thread log'
ln -sf ../release/paddock-sim build/tsan/paddock-sim
build VARIANT=fuzz fuzz-build

# One step: its log and exit status stay, its log is shown when it has ended.
# Nothing of the caller's clouds, proxies or settings gets in.
cat >"$results/one.sh" <<'END'
name=${1%%	*}
command=${1##*	}
log=$results/$name
here=$(pwd)/$results/$name.dir
mkdir -p "$here/home" "$here/tmp"
begun=$(date +%s)
env -i PATH="$PATH" LC_ALL=C.UTF-8 TZ=UTC TERM=dumb JOBS="$jobs" \
	HOME="$here/home" TMPDIR="$here/tmp" \
	XDG_CONFIG_HOME="$here/home/config" XDG_STATE_HOME="$here/home/state" \
	XDG_CACHE_HOME="$here/home/cache" XDG_RUNTIME_DIR="$here/tmp" \
	SEED="${SEED:-1}" FUZZ_SECONDS="${FUZZ_SECONDS:-20}" \
	CLUSTER_AUTOSCALER="${CLUSTER_AUTOSCALER:-}" \
	timeout -k 10 "$step_s" $command >"$log" 2>&1 </dev/null
echo $? >"$log.status"
{
	echo "== $name ($(($(date +%s) - begun)) s)"
	cat "$log"
} >"$log.shown"
cat "$log.shown"
END
export results jobs step_s
steps=$(printf '%s' "$steps" | grep -E "^[^	]*(${STEPS:-.})[^	]*	")
printf '%s\n' "$steps" | tr '\n' '\0' |
	xargs -0 -P $((jobs + 1)) -n 1 sh "$results/one.sh"

passed=0
failed=0
skipped=0
while read -r name command; do
	[ -n "$name" ] || continue
	log=$results/$name
	status=$(cat "$log.status" 2>/dev/null || echo none)
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
