#!/bin/sh
# Runs the unit suites of one variant, each in a process and folder of its own:
#
#	tests/unit/run.sh VARIANT [GREP-PATTERN]
#
# Two at a time ($JOBS), each with a deadline.  Prints what failed, then one
# line "N passed, N failed, N skipped".
set -u
cd "$(dirname "$0")/../.." || exit 1

variant=$1
pattern=${2-.}
deadline_s=${DEADLINE_S:-400}
unit=build/$variant/unit
out=build/test/unit-$variant

# Address layouts of newer kernels are too random for older sanitizers; setarch
# may be forbidden in a container.
wrap=
if [ "$variant" != release ] && setarch -R true 2>/dev/null; then
	wrap='setarch -R'
fi

rm -rf "$out" && mkdir -p "$out" || exit 1
if ! $wrap "$unit" --list >"$out/all" 2>"$out/list.log"; then
	if grep -q 'unexpected memory mapping' "$out/list.log"; then
		echo 'this kernel does not let the thread sanitizer start'
		echo '0 passed, 0 failed, 1 skipped'
		exit 0
	fi
	cat "$out/list.log"
	echo "$unit does not run"
	echo '0 passed, 1 failed'
	exit 1
fi
grep -E "$pattern" "$out/all" >"$out/suites"

cat >"$out/one.sh" <<'END'
suite=$1
mkdir -p "$out/$suite/home" "$out/$suite/tmp"
here=$(pwd)/$out/$suite
env -i PATH="$PATH" LC_ALL=C.UTF-8 TZ=UTC TERM=dumb \
	HOME="$here/home" TMPDIR="$here/tmp" \
	XDG_CONFIG_HOME="$here/home/config" XDG_STATE_HOME="$here/home/state" \
	XDG_CACHE_HOME="$here/home/cache" XDG_RUNTIME_DIR="$here/tmp" \
	ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 \
	SEED="${SEED:-1}" ROUNDS="${ROUNDS:-1}" \
	UBSAN_OPTIONS=print_stacktrace=1 \
	TSAN_OPTIONS="halt_on_error=1:history_size=7:log_path=$here/tsan" \
	timeout -k 5 "$deadline_s" $wrap "$unit" "$suite" \
	>"$out/$suite/log" 2>&1 </dev/null
echo $? >"$out/$suite/status"
# A console's standard error is its screen: the sanitizer writes to files.
cat "$here"/tsan.* >>"$out/$suite/log" 2>/dev/null &&
	echo 66 >"$out/$suite/status"
END
export out unit wrap deadline_s
xargs -P "${JOBS:-2}" -n 1 sh "$out/one.sh" <"$out/suites"

passed=0
failed=0
skipped=0
while read -r suite; do
	log=$out/$suite/log
	status=$(cat "$out/$suite/status" 2>/dev/null || echo none)
	planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log" | head -n 1)
	good=$(grep -c '^ok ' "$log")
	# cmocka's "not ok N # SKIP name": what this variant was not built with.
	left_out=$(grep -c '^not ok [0-9]* # SKIP' "$log")
	bad=$(($(grep -c '^not ok ' "$log") - left_out))
	# What a crash or the deadline kept from running counts as failed.
	lost=$((${planned:-1} - good - bad - left_out))
	[ "$lost" -lt 0 ] && lost=0
	bad=$((bad + lost))
	[ "$status" != 0 ] && [ "$bad" = 0 ] && bad=1
	passed=$((passed + good))
	failed=$((failed + bad))
	skipped=$((skipped + left_out))
	if [ "$bad" != 0 ]; then
		echo "--- $variant suite $suite: $bad failed, exit $status"
		grep -v '^ok ' "$log" | tail -n 60
	fi
done <"$out/suites"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
