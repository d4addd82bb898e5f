#!/bin/sh
# The engine and the decoders are pure: their objects may call the pure parts of
# our own code and a short list of libc, nothing else.  A declaration by hand
# that avoids an #include does not get past this.
. "$(dirname "$0")/lib.sh"
objects=${OBJECTS:-build/release}

defined() { # symbols that these folders' objects define
	for dir in "$@"; do
		find "$objects/backend/$dir" -name '*.o' 2>/dev/null
	done | xargs -r nm -g --defined-only 2>/dev/null |
		awk 'NF == 3 { print $3 }'
}

# Of base what asks the system or keeps state is not pure.
defined engine decode model base | grep -vE \
	'^(clock_system|clock_wall_ms|clock_boot_ms|time_format_local|log_.*|bug_set_restore)$' |
	sort -u >"$tmp/own"
# An empty list would match nothing, an empty line everything.
echo paddock_has_no_such_symbol >>"$tmp/own"

# Patterns of the priority expander are matched by POSIX regular expressions;
# their ranges go by code in the C.UTF-8 that main sets.
# Of the str* family not what asks the locale, keeps state or takes memory.
libc='^_?_?(mem[a-z]+|str[a-z]+|isoc[0-9]*_strto[a-z]*|v?snprintf|qsort|bsearch|free|floor|ceil|trunc|l?l?round|fmod|fabs|sqrt|pow|log2?|exp2?|errno_location|reg(comp|exec|free))(_chk)?$'
unfit='^_?_?str(tok(_r)?|error.*|signal|coll|xfrm|ftime|ptime|n?dup)$'
# What the compiler brings: stack guard, tables of position.
compiler='^(__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__start_.*|__stop_.*)$'

found=
for source in $(find backend/engine backend/decode -name '*.c' 2>/dev/null |
	sort); do
	object=$objects/${source%.c}.o
	if ! [ -e "$object" ]; then
		found="$found
$source: not built, so not judged"
		continue
	fi
	bad=$(nm -u "$object" | awk '{ print $NF }' |
		grep -vE "$compiler" | awk -v good="$libc" -v bad="$unfit" \
			'$0 !~ good || $0 ~ bad' |
		grep -vxF -f "$tmp/own")
	[ -n "$bad" ] && found="$found
$source: not pure: $(echo $bad)"
done
verdict "${found#?}"
