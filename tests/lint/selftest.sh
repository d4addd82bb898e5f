#!/bin/sh
# The lints themselves: a small clean tree passes, and each violation planted in
# it is found, by the right lint and in the right file.
set -u
cd "$(dirname "$0")/../.." || exit 1

top=$(pwd)
tree=$top/build/test/lint-self
flags="-std=c11 -D_GNU_SOURCE -O2 -I$tree"
passed=0
failed=0

verdict() { # OK WHAT
	if [ "$1" = yes ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok: $2"
	fi
}

plain='/*
 * A file without fault.
 */
#include "backend/base/mem.h"
'
fresh() { # a tree that no lint objects to
	rm -rf "$tree"
	mkdir -p "$tree/tests" "$tree/views" "$tree/keymaps" "$tree/tui"
	for dir in model decode net kube aws gitlab store engine world control \
		sim; do
		mkdir -p "$tree/backend/$dir"
		echo "$plain" >"$tree/backend/$dir/clean.c"
	done
	cp -r backend/base "$tree/backend/base"
	echo "$plain" >"$tree/tui/clean.c"
	echo "$plain" >"$tree/views/clean.c"
	echo '/* A main file may print. */' >"$tree/tui/main.c"
	echo 'int main(void) { puts("x"); exit(0); }' >>"$tree/tui/main.c"
	echo 'all:' >"$tree/Makefile"
	cp "$tree/Makefile" "$tree/README.md"
	for dir in base engine decode; do
		mkdir -p "$tree/obj/backend/$dir"
		for file in "$tree/backend/$dir"/*.c; do
			object=$tree/obj/backend/$dir/$(basename "$file" .c).o
			built=$top/build/release/backend/base/${object##*/}
			[ "$dir" = base ] && [ -e "$built" ] &&
				cp "$built" "$object" && continue
			${CC:-cc} $flags -c "$file" -o "$object" || exit 1
		done
	done
}

lint() { # NAME: output and status of one lint on the tree
	ROOT=$tree OBJECTS=$tree/obj sh "$top/tests/lint/$1.sh" 2>&1
}

# plant LINT FILE TEXT: the lint must then name the file.  An existing file gets
# the text appended and is put back afterwards.
plant() {
	file=$tree/$2
	mkdir -p "$(dirname "$file")"
	[ -e "$file" ] && cp "$file" "$tree/saved"
	printf '%b\n' "$3" >>"$file"
	if [ "$1" = pure ]; then
		object=$tree/obj/${2%.c}.o
		${CC:-cc} $flags -w -c "$file" -o "$object" || exit 1
	fi
	out=$(lint "$1")
	status=$?
	if [ "$status" != 0 ] && echo "$out" | grep -q "^$2:"; then
		verdict yes
	else
		verdict no "lint $1 let pass in $2: $3"
	fi
	rm -f "$file"
	[ -e "$tree/saved" ] && mv "$tree/saved" "$file"
}

fresh
for name in layering bans pure headers keys scripts rules; do
	out=$(lint $name)
	[ $? = 0 ] && verdict yes || verdict no "lint $name on a clean tree:
$out"
done

# FROM WHAT: each forbidden direction.
while read -r from what; do
	[ -n "$from" ] && plant layering "$from" "#include \"$what\""
done <<'END'
views/x.c		tui/screen.h
views/x.c		backend/kube/kube.h
views/x.c		backend/store/store.h
views/x.c		keymaps/keys.h
tui/screen.c		views/pods.h
tui/grid.c		backend/net/http.h
tui/grid.c		backend/control/backend.h
keymaps/keys.c		backend/model/pod.h
backend/base/x.c	backend/model/pod.h
backend/model/x.c	backend/decode/decode.h
backend/decode/x.c	backend/net/http.h
backend/decode/x.c	backend/engine/plan.h
backend/net/x.c		backend/model/pod.h
backend/kube/x.c	backend/aws/aws.h
backend/kube/x.c	backend/store/store.h
backend/aws/x.c		backend/kube/kube.h
backend/gitlab/x.c	backend/engine/plan.h
backend/store/x.c	backend/decode/decode.h
backend/store/x.c	backend/kube/kube.h
backend/engine/x.c	backend/world/world.h
backend/engine/x.c	backend/port.h
backend/world/x.c	backend/net/http.h
backend/world/x.c	backend/control/backend.h
backend/control/x.c	backend/sim/world/sim.h
backend/control/x.c	tui/view.h
backend/sim/x.c		backend/kube/kube.h
backend/sim/world/x.c	backend/sim/server/server.h
backend/sim/world/x.c	backend/sim/kube/face.h
backend/sim/objects/x.c	backend/sim/world/sim.h
backend/sim/kube/x.c	backend/sim/world/sim.h
backend/sim/x.c		backend/control/backend.h
backend/port.c		backend/store/store.h
backend/base/x.c	mem.h
views/x.h		tui/app.h
END
while read -r from what; do
	[ -n "$from" ] && plant layering "$from" "#include <$what>"
done <<'END'
views/x.c		curses.h
tui/grid.c		ncursesw/curses.h
backend/kube/x.c	curl/curl.h
backend/decode/x.c	yajl/yajl_parse.h
backend/net/x.c		microhttpd.h
END

while read -r from text; do
	[ -n "$from" ] && plant bans "$from" "$text"
done <<'END'
tui/x.c			f(void) { sprintf(b, "x"); }
views/x.c		\tstrcpy(a, b);
views/x.c		\tstrcat (a, b);
backend/net/x.c		\tp = strtok(a, b);
backend/net/x.c		\tn = atoi(a);
backend/net/x.c		\tsystem(a);
backend/net/x.c		\tf = popen(a, b);
tests/unit/x.c		\tusleep(1);
tests/unit/x.c		\tsleep(1);
backend/kube/x.c	\tgmtime_r(&t, &tm);
backend/kube/x.c	\tlocaltime(&t);
backend/kube/x.c	\tclock_gettime(CLOCK_MONOTONIC, &ts);
backend/engine/x.c	\tt = time(NULL);
tests/unit/x.c		\tclock_gettime(CLOCK_MONOTONIC, &ts);
tui/x.c			\tsetlocale(LC_ALL, "");
backend/kube/x.c	\tp = permit_mint(row, id, ms);
tui/x.c			\treturn permit_mint;
backend/aws/x.c		\tstruct permit p = { 0 };
backend/aws/x.c		\tsend((struct permit){ 0 });
backend/store/x.c	\texit(1);
tui/screen.c		\texit(1);
tui/grid.c		\tprintf("x");
backend/store/x.c	\tputs("x");
backend/store/x.c	\tfprintf(stderr, "x");
backend/store/x.c	\tfputs(text, stdout);
views/x.c		\twrite(1, text, len);
views/x.c		\twrite(STDERR_FILENO, text, len);
views/x.c		\tdprintf(2, "x");
views/x.c		int x; // words
views/x.h		typedef struct view view_t;
views/x.h		#pragma once
views/x.md		word \t
views/x.c		int aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;
views/x.c		\t\t\t\t\t\t\t\t\t\tx();
views/x.sh		cd /home/someone/paddock
END
plant bans views/x.c 'int x; '

# Words in prose and in texts are not code; the right places may.
allow() { # LINT FILE TEXT
	printf '%b\n' "$3" >"$tree/$2"
	out=$(lint "$1")
	[ $? = 0 ] && verdict yes || verdict no "lint $1 objects to $2:
$out"
	rm -f "$tree/$2"
}
allow bans views/x.c '/* never sprintf(a) or system("x")\n   exit(1) */'
allow bans views/x.c 'char *s = "sprintf(a, // b) \\" exit(1)";'
allow bans views/x.c '\tsnprintf(a, 2, "x");\n\tmy_exit(1);\n\tat->time(2);'
allow bans backend/control/x.c '\tp = permit_mint(row);'
allow bans tui/cli_get.c '\tprintf("x");\n\tfputs(text, stdout);'
allow bans views/x.c "\tfprintf(file, \"x\");\n\tc = '\"'; d = '//';"
allow bans views/x.c 'char *s = "\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251\0303\0251";'
allow layering backend/control/x.c '#include "backend/net/rows.h"'
allow layering tui/cli_plan.c '#include "backend/engine/plan.h"'
allow layering tui/screen.c '#include <curses.h>'
allow layering backend/port.c '#include "backend/port.h"'

plant pure backend/engine/x.c 'long time(long *);\nlong f(void) { return time(0); }'
plant pure backend/engine/x.c '#include <stdlib.h>\nchar *f(void) { return getenv("A"); }'
plant pure backend/decode/x.c '#include <stdio.h>\nvoid f(void) { puts("x"); }'
plant pure backend/decode/x.c '#include <stdlib.h>\nint f(void) { return rand(); }'
plant pure backend/engine/x.c '#include <fcntl.h>\nint f(char *p) { return open(p, 0); }'
plant pure backend/engine/x.c '#include "backend/base/clock.h"\nlong f(void) { return clock_wall_ms(&clock_system); }'
plant pure backend/engine/x.c '#include "backend/base/log.h"\nvoid f(void) { log_at(LOG_WARN, "a", "b"); }'
plant pure backend/engine/x.c 'void elsewhere(void);\nvoid f(void) { elsewhere(); }'
plant pure backend/engine/x.c '#include <string.h>\nchar *f(int e) { return strerror(e); }'
plant pure backend/engine/x.c '#include <string.h>\nchar *f(char *s) { return strdup(s); }'
plant headers views/x.h 'struct unknown_thing x;'
plant headers views/x.h '#include "views/absent.h"'
plant keys backend/engine/policy_keys.def \
	'KEY(NOBODY_READS, "x",\n\tBOOL, "false", NULL, APPLIES, "y")'
plant scripts tests/x.sh 'if true; then'
plant rules tests/README.md '| 1 | x | `test_nowhere` |'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
