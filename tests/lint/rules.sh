#!/bin/sh
# Each safety rule (design 8) names in tests/README.md the tests that try to
# break it, and they exist.
. "$(dirname "$0")/lib.sh"

table=tests/README.md
found=
if [ -f $table ]; then
	for rule in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		grep -q "^| $rule |" $table ||
			found="$found$table: rule $rule has no test
"
	done
	for test in $(sed -n 's/^| [0-9]* |.*| \(.*\) |$/\1/p' $table |
		grep -o '`[^`]*`' | tr -d '`'); do
		case $test in
		*.sh | *.c) [ -f "tests/$test" ] ;;
		*) grep -rq "TEST($test)" tests --include='*.c' ;;
		esac || found="$found$table: there is no $test
"
	done
fi
verdict "$found"
