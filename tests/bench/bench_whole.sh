#!/bin/bash
# Bench of the whole console against the simulated cloud, as programs: memory and
# processor time at scenario big, and what an idle console with ten groups asks of
# AWS in a minute (design 9).
. "$(dirname "$0")/../lib.sh"

if ! command -v script >/dev/null; then
	echo 'bench_whole: script(1) is not installed' >&2
	exit 0
fi
CONSOLE=
end_console() {
	[ -z "$CONSOLE" ] || kill "$CONSOLE" 2>/dev/null
	[ -z "${TERMINAL-}" ] || wait "$TERMINAL" 2>/dev/null
	CONSOLE=
}
trap 'end_console; end_all' EXIT

# A console on a terminal of its own; its process id is in $CONSOLE.
start_console() {
	rm -f "$WORK/pid"
	cat >"$WORK/console" <<-EOF
		#!/bin/sh
		stty rows 48 cols 160
		echo \$\$ >'$WORK/pid'
		exec '$PADDOCK'
	EOF
	chmod +x "$WORK/console"
	TERM=xterm-256color script -qfc "$WORK/console" /dev/null \
		<"$WORK/fifo" >/dev/null 2>&1 &
	TERMINAL=$!
	await 20 test -s "$WORK/pid" || exit 1
	CONSOLE=$(cat "$WORK/pid")
}

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
rss_mb() { awk '/^VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }
lever() { curl -sf --noproxy '*' "$AWS_ENDPOINT_URL/sim/$1"; }
asked() { lever requests | sed "s/.*\"$1\":\([0-9]*\).*/\1/"; }
pause() { read -r -t "$1" _ <>"$WORK/never"; }
mkfifo "$WORK/never"
exec 8<>"$WORK/fifo"

# ---- idle, ten groups ----

{
	printf 'title: t\nnotice: n\nremedy: r\nautoscaler: on\ngroups:\n'
	for i in 0 1 2 3 4 5 6 7 8 9; do
		echo "  - {name: g$i, types: [m6i.large], min: 1, max: 4, desired: 1}"
	done
} >"$WORK/ten.yaml"
start_sim "$WORK/ten.yaml"
start_console
await 20 test "$(asked aws)" -gt 0
pause 10
aws=$(asked aws)
kube=$(asked kubernetes)
clock=$(asked versions)
from=$(ticks "$CONSOLE")
pause 60
echo "console.idle_aws_calls_a_minute $(($(asked aws) - aws)) 6 - -"
# What asks the simulated cloud for its time, which runs at any speed, is told
# apart: of a real cluster nobody asks that.
clock=$(($(asked versions) - clock))
echo "console.idle_kubernetes_calls_a_minute $(($(asked kubernetes) - kube - clock)) 0 - -"
echo "console.idle_clock_questions_a_minute $clock - - -"
echo "console.idle_cpu_percent $(((($(ticks "$CONSOLE") - from) * 10 + 3) / 6 / 10)) - - -"
end_console
end_sim

# ---- big ----

SIM_START_S=600
start_sim big
start_console
pause 20
mid=$(rss_mb "$CONSOLE")
from=$(ticks "$CONSOLE")
pause 30
used=$(($(ticks "$CONSOLE") - from))
echo "console.big_rss_mb $(rss_mb "$CONSOLE") 40 $mid -"
# Of one core; the yardstick is the simulated cloud's own second.
echo "console.big_cpu_percent $((used / 30)).$((used % 30 * 10 / 30)) 10 - -"
echo "sim.big_program_rss_mb $(rss_mb "$SIM_PID") 300 - -"
[ "$failed" -eq 0 ]
