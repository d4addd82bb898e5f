#!/bin/sh
# Runs every fuzz target for $FUZZ_SECONDS (20), two at a time ($JOBS).  Seeds
# come from tests/fuzz/corpus/NAME; what is found stays in build/fuzz/.  A target
# that crashes, leaks or breaks a property fails and leaves its input there.
set -u
cd "$(dirname "$0")/../.." || exit 1

seconds=${FUZZ_SECONDS:-20}
out=build/fuzz/run
rm -rf "$out" && mkdir -p "$out" || exit 1

# As for the unit suites: older sanitizers want a tame address layout.
wrap=
setarch -R true 2>/dev/null && wrap='setarch -R'

cat >"$out/one.sh" <<'END'
name=$1
corpus=build/fuzz/corpus/$name
seeds=tests/fuzz/corpus/$name
mkdir -p "$corpus"
[ -d "$seeds" ] || seeds=
dict=tests/fuzz/$name.dict
[ -e "$dict" ] && dict=-dict=$dict || dict=
timeout -k 5 $((seconds + 60)) $wrap build/fuzz/fuzz/fuzz_$name \
	-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
	-max_len=4096 -seed="${SEED:-1}" -artifact_prefix="$out/$name-" \
	$dict "$corpus" $seeds >"$out/$name.log" 2>&1 </dev/null
echo $? >"$out/$name.status"
END
export out seconds wrap

names=$(ls tests/fuzz/fuzz_*.c 2>/dev/null |
	sed 's|.*/fuzz_\(.*\)\.c|\1|')
echo "$names" | xargs -r -P "${JOBS:-2}" -n 1 sh "$out/one.sh"

passed=0
failed=0
for name in $names; do
	if [ "$(cat "$out/$name.status")" = 0 ]; then
		passed=$((passed + 1))
		runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$out/$name.log")
		echo "fuzz $name: ${runs:-?} runs"
	else
		failed=$((failed + 1))
		echo "--- fuzz $name"
		tail -n 40 "$out/$name.log"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
