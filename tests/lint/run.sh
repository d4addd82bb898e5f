#!/bin/sh
# All lints; each is one check.
cd "$(dirname "$0")" || exit 1

passed=0
failed=0
for lint in layering pure bans headers keys scripts rules; do
	out=$(sh ./$lint.sh 2>&1)
	if [ $? = 0 ]; then
		passed=$((passed + 1))
		echo "$out" | grep '^note: '
	else
		failed=$((failed + 1))
		echo "--- lint $lint"
		echo "$out" | sed '$d'
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
