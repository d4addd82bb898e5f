#!/bin/sh
# A policy key that is said to apply is read by something that decides or acts.
# Three keys allow one value alone: to check them is all there is to do.
. "$(dirname "$0")/lib.sh"

code
keys=backend/engine/policy_keys.def
found=
if [ -f $keys ]; then
	grep -v '^backend/engine/policy' "$tmp/code" >"$tmp/readers"
	for id in $(tr '\n' ' ' <$keys | sed 's/KEY(/\n&/g' | sed -n \
		's/^KEY(\([A-Z_0-9]*\), .*[ \t]\(APPLIES\|OURS\|DEPRECATED\),.*/\1/p'); do
		case $id in
		CLOUD_PROVIDER | ESTIMATOR | LEADER_ELECT_RESOURCE_LOCK)
			continue
			;;
		esac
		grep -q "\\bPOLICY_$id\\b" "$tmp/readers" ||
			found="$found$keys: $id applies, but nothing reads it
"
	done
fi
verdict "$found"
