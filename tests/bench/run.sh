#!/bin/sh
# Runs benches and prints one table: name, value, budget, yardstick, ratio
# (design 9).  Nothing asserts times: a value over its budget is marked.  Lines of
# five words are rows; anything else a bench says goes to stderr.
set -u

lines=$(mktemp "${TMPDIR:-/tmp}/paddock-bench-XXXXXX") || exit 1
trap 'rm -f "$lines"' EXIT
trap 'exit 1' INT TERM
status=0
for bench in "$@"; do
	echo "running $(basename "$bench" .sh)" >&2
	"$bench" >>"$lines" || {
		echo "$bench failed" >&2
		status=1
	}
done
awk '
function is_number(t) { return t ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/ }
NF != 5 { print > "/dev/stderr"; next }
{
	# Rates and counts are to be reached, all else is a ceiling.
	floor = $1 ~ /(_mb_s|changes_s|_pods|_nodes)$/
	mark = ""
	if (is_number($2) && is_number($3) &&
	    (floor ? $2 < $3 * 0.9 : $2 > $3))
		mark = floor ? "  below" : "  OVER"
	printf "%-48s %10s %8s %10s %8s%s\n", $1, $2, $3, $4, $5, mark
}' "$lines" | {
	printf '%-48s %10s %8s %10s %8s\n' name value budget yardstick ratio
	cat
}
exit $status
