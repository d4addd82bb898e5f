#!/bin/sh
# A header compiles on its own.
. "$(dirname "$0")/lib.sh"

flags="-std=c11 -D_GNU_SOURCE -I. $(pkg-config --cflags cmocka 2>/dev/null)"
found=$(sources h | xargs -r -P "${JOBS:-2}" -n 8 sh -c '
	flags=$0
	for header; do
		echo "#include \"$header\"" |
			${CC:-cc} $flags -x c -fsyntax-only - 2>/dev/null ||
			echo "$header: does not compile on its own"
	done' "$flags")
verdict "$found"
