# Sourced by the tests that kubectl runs, after tests/lib.sh: what it prints and
# that it stays silent on stderr where a real cluster gives it nothing to say.

# quiet NAME ARGUMENT...: kubectl succeeds and has no complaint; its answer is
# in $WORK/out.
quiet() {
	_name=$1
	shift
	if ! kubectl "$@" >"$WORK/out" 2>"$WORK/err" </dev/null; then
		not_ok "$_name" "failed: kubectl $*" "$(tail -2 "$WORK/err")"
	elif [ -s "$WORK/err" ]; then
		not_ok "$_name" "complained: kubectl $*" \
			"$(tail -2 "$WORK/err")"
	else
		ok "$_name"
	fi
}

# gives NAME WANTED ARGUMENT...: all that kubectl prints, blanks squeezed.
gives() {
	_name=$1
	_want=$2
	shift 2
	kubectl "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	same "$_name" "$_want" "$(cat "$WORK/out" "$WORK/err" | xargs)"
}

# columns NAME "A B C" ARGUMENT...: the heading, and a row below it.
columns() {
	_name=$1
	_want=$2
	shift 2
	kubectl "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	if [ "$(head -1 "$WORK/out" | xargs)" = "$_want" ] &&
		[ "$(wc -l <"$WORK/out")" -gt 1 ]; then
		ok "$_name"
	else
		not_ok "$_name" "wanted: $_want" \
			"found:  $(head -1 "$WORK/out" | xargs)" \
			"$(tail -1 "$WORK/err")"
	fi
}

# refused NAME PATTERN ARGUMENT...: kubectl fails and says why.
refused() {
	_name=$1
	_want=$2
	shift 2
	if kubectl "$@" >"$WORK/out" 2>"$WORK/err" </dev/null; then
		not_ok "$_name" "succeeded: kubectl $*"
	else
		says "$_name" "$_want"
	fi
}
