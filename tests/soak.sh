#!/bin/sh
# The generators of the tests at campaign size: for $MINUTES (10), the unit
# suites with seed after seed from $SEED on and twenty times the rounds, 20,000
# random worlds for each property of the engine, and every fuzz target; then,
# however long it takes, a simulated week.  Needs the release, asan and fuzz
# variants built.
set -u
cd "$(dirname "$0")/.." || exit 1

minutes=${MINUTES:-10}
seed=${SEED:-1}
[ -n "$minutes" ] && [ "$minutes" -gt 0 ] || exit 2
targets=$(ls tests/fuzz/fuzz_*.c | wc -l)
jobs=${JOBS:-2}
passed=0
failed=0

note() { # NAME STATUS COUNTS
	echo "soak $1: $3"
	set -- "$1" "$2" $(echo "$3" | tr -dc '0-9 ')
	passed=$((passed + ${3:-0}))
	failed=$((failed + ${4:-1}))
}

end=$(($(date +%s) + minutes * 30))
while :; do
	out=$(SEED=$seed ROUNDS=20 DEADLINE_S=1800 \
		ENGINE_WORLDS="${ENGINE_WORLDS:-20000}" \
		sh tests/unit/run.sh asan)
	status=$?
	[ $status = 0 ] || echo "$out" | sed '$d'
	note "unit seed $seed" $status "$(echo "$out" | tail -n 1)"
	seed=$((seed + 1))
	[ "$(date +%s)" -lt "$end" ] || break
done

# Virtual time: a week of the closed loop, tens of thousands of faults on one
# lease.  Not under a sanitizer, which the same code went through above.
out=$(SEED=$seed ROUNDS=100 DEADLINE_S=5400 \
	sh tests/unit/run.sh release '^(loop_days|control_lease)$')
status=$?
[ $status = 0 ] || echo "$out" | sed '$d'
cat build/test/unit-release/*/log | grep -E 'days of|faults'
note "week and lease" $status "$(echo "$out" | tail -n 1)"

out=$(FUZZ_SECONDS=$((minutes * 30 * jobs / targets + 1)) SEED=$seed \
	JOBS=$jobs sh tests/fuzz/run.sh)
status=$?
echo "$out" | sed '$d'
note fuzz $status "$(echo "$out" | tail -n 1)"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
