# Sourced by shell tests: counting, private homes, a simulated cloud.
#
# A test file sources this, calls check and friends, and ends with `finish`.
# Everything it starts is ended by process id; nothing waits by sleeping for a
# fixed time: await polls for a marker with a deadline.

set -u
passed=0
failed=0
skipped=0

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build/release}
PADDOCK=${PADDOCK:-$ROOT/build/paddock}
SIM=${SIM:-$ROOT/build/paddock-sim}

for v in $(env | sed -n 's/^\(AWS_[A-Z_0-9]*\|KUBE[A-Z_0-9]*\|GITLAB_[A-Z_0-9]*\|[A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]\|CURL_CA_BUNDLE\|SSL_CERT_[A-Z]*\|REQUESTS_CA_BUNDLE\)=.*/\1/p'); do
	unset "$v"
done

WORK=$(mktemp -d "${TMPDIR:-/tmp}/paddock-test-XXXXXX")
export HOME=$WORK/home XDG_STATE_HOME=$WORK/state XDG_CONFIG_HOME=$WORK/config
export XDG_RUNTIME_DIR=$WORK/run TZ=UTC LC_ALL=C.UTF-8
mkdir -p "$HOME" "$XDG_STATE_HOME" "$XDG_CONFIG_HOME" "$XDG_RUNTIME_DIR"
SIM_PID=

end_sim() {
	if [ -n "$SIM_PID" ]; then
		kill "$SIM_PID" 2>/dev/null
		wait "$SIM_PID" 2>/dev/null
		SIM_PID=
	fi
}

end_all() {
	end_sim
	rm -rf "$WORK"
}
trap end_all EXIT
trap 'exit 1' INT TERM

ok() {
	passed=$((passed + 1))
	echo "ok - $1"
}

not_ok() {
	failed=$((failed + 1))
	echo "not ok - $1"
	shift
	for line in "$@"; do echo "    # $line"; done
}

skip() {
	skipped=$((skipped + 1))
	echo "ok - $1 # SKIP $2"
}

# check NAME COMMAND...: passes when the command succeeds.
check() {
	_name=$1
	shift
	if _out=$("$@" 2>&1); then ok "$_name"; else
		not_ok "$_name" "exit $? of: $*" "$(echo "$_out" | tail -5)"
	fi
}

# exits CODE NAME COMMAND...: exit code and what it printed go to $WORK/out and
# $WORK/err for further checks.
exits() {
	_want=$1
	_name=$2
	shift 2
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	_got=$?
	if [ "$_got" -eq "$_want" ]; then ok "$_name"; else
		not_ok "$_name" "exit $_got, wanted $_want, of: $*" \
			"stderr: $(head -3 "$WORK/err")"
	fi
}

# says NAME PATTERN [FILE]: the output (default stderr) has a matching line.
says() {
	_file=${3:-$WORK/err}
	if grep -qE -- "$2" "$_file"; then ok "$1"; else
		not_ok "$1" "no line matches $2 in:" "$(head -5 "$_file")"
	fi
}

same() {
	if [ "$2" = "$3" ]; then ok "$1"; else
		not_ok "$1" "wanted: $2" "found:  $3"
	fi
}

# await SECONDS COMMAND...: repeats a command until it succeeds.
await() {
	_end=$(($(date +%s) + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -ge "$_end" ] && return 1
		# A pause between tries: nobody ever writes into this pipe.
		read -r -t 0.2 _ <>"$WORK/fifo"
	done
	return 0
}
mkfifo "$WORK/fifo"

# start_sim SCENARIO [FLAGS]: leaves KUBECONFIG, AWS_* and GITLAB_* set.
start_sim() {
	mkfifo "$WORK/ready.$$" 2>/dev/null
	"$SIM" "$@" --kubeconfig "$WORK/kubeconfig" --env "$WORK/env" \
		>"$WORK/ready.$$" 2>"$WORK/sim.log" &
	SIM_PID=$!
	if ! read -r -t "${SIM_START_S:-60}" _word SIM_URL <"$WORK/ready.$$" ||
		[ "$_word" != ready ]; then
		not_ok "simulated cloud starts" "$(tail -3 "$WORK/sim.log")"
		finish
	fi
	. "$WORK/env"
}

# lever PATH: pulls a lever of the simulated cloud (POST /sim/...), in bash
# alone; the answer's status line must be 200.
lever() {
	_at=${GITLAB_URL#http://}
	exec 8<>"/dev/tcp/${_at%:*}/${_at#*:}" || return 1
	printf 'POST /sim/%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' \
		"$1" "$_at" >&8
	_out=$(cat <&8)
	exec 8>&-
	case $_out in 'HTTP/1.1 200'*) ;; *) echo "$_out"; return 1 ;; esac
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}
