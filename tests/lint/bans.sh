#!/bin/sh
# Words that have no place in the code, and the plain shape of files.
. "$(dirname "$0")/lib.sh"

code
: >"$tmp/found"

# ban EXEMPT-PATHS REGEX WHY: mawk knows no word boundary, so a leading class
# stands for one.
ban() {
	awk -v exempt="$1" -v regex="$2" -v why="$3" '
	{
		split($0, part, ":")
		if (exempt != "" && part[1] ~ exempt)
			next
		line = substr($0, length(part[1]) + length(part[2]) + 3)
		if ((" " line) ~ regex)
			print part[1] ":" part[2] ": " why
	}' "$tmp/code" >>"$tmp/found" || echo "lint broken: $2" >>"$tmp/found"
}

# call NAMES: the start of a call of one of these; a member of that name may be
call() {
	echo "[^A-Za-z0-9_.>](${1})[ \\t]*\\("
}

mains='^(tui/main\.c|tui/cli[^/]*|backend/sim/main\.c|tests/.*)$'
# A child's own stderr, before it becomes another program, is a pipe to us.
last_words='^(backend/base/mem\.c|backend/net/proc\.c|tests/.*)$'

ban '' "$(call 'sprintf|vsprintf|strcpy|stpcpy|strcat|strncat|strncpy|gets')" \
	'writes without knowing the room'
ban '' "$(call 'strtok|atoi|atol|atoll|atof|alloca|tmpnam|mktemp|tempnam')" \
	'is banned: state, no error, or no bound'
ban '' "$(call 'system|popen')" 'starts a shell'
ban '' "$(call 'sleep|usleep|nanosleep|clock_nanosleep')" \
	'sleeps: wait for an event with a deadline'
ban '^(backend/base/time_text\.c|tests/.*)$' \
	"$(call '(gmtime|localtime|ctime|asctime)(_r)?|mktime|timegm|strftime')" \
	'calendar work belongs in backend/base/time_text.c'
ban '^(backend/base/clock\.c|tests/bench/.*)$' \
	"$(call 'clock_gettime|gettimeofday|time|ftime|clock')" \
	'only backend/base/clock.c asks for the time'
ban '' 'setlocale[ \t]*\([ \t]*LC_(ALL|NUMERIC)' \
	'LC_CTYPE only: numbers must keep their point'
ban '^(backend/control/.*|backend/net/rows\.h|tests/.*)$' \
	'[^A-Za-z0-9_]permit_mint' 'permits are minted in backend/control only'
ban '^(backend/control/.*|backend/net/rows\.[ch]|tests/.*)$' \
	'[^A-Za-z0-9_]permit_proof' 'permits are proved by their mint only'
ban '^(backend/control/.*|tests/.*)$' \
	'[^A-Za-z0-9_]struct permit [a-z_]+ *=|\(struct permit\) *\{' \
	'permits are made in backend/control only'
ban "$mains" "$(call 'exit|quick_exit')" 'exit() is for main files'
ban "$mains" "$(call 'printf|vprintf|puts|putchar|perror|psignal')" \
	'writes to the terminal'
ban "$mains" \
	"$(call 'fputs|fprintf|vfprintf|fwrite|fputc|putc').*std(out|err)" \
	'writes to the terminal'
ban "$last_words|$mains" \
	"$(call 'write|writev|dprintf|vdprintf')(1|2|STD(OUT|ERR)_FILENO)[ ,]" \
	'writes to the terminal'
ban '' '//' 'comments are written /* like this */'
ban '' 'typedef[ \t]+(struct|union)' 'structs have no typedef'
ban '' '#[ \t]*pragma[ \t]+once' 'guards, not #pragma once'

# Shape: width (tabs of 8, characters not bytes), blanks, length.
sources c h | LC_ALL=C xargs -r awk '
	{
		line = $0
		gsub(/[\200-\277]/, "", line)
		width = 0
		n = split(line, piece, "\t")
		for (i = 1; i <= n; i++) {
			width += length(piece[i])
			if (i < n)
				width += 8 - width % 8
		}
		if (width > 80)
			print FILENAME ":" FNR ": " width " columns"
	}' >>"$tmp/found"
{
	sources c h def sh awk md yaml keys txt json
	echo Makefile
} | xargs grep -nE '[ 	]+$' 2>/dev/null | sed 's/:[^:]*$/: trailing blank/' |
	grep -v '^tests/.*/data/' >>"$tmp/found"
# Nothing of one machine or one tool stays in the tree.
{
	sources c h def sh awk md yaml keys
	ls Makefile README.md .ci/run 2>/dev/null
} | grep -v '^tests/lint/' | xargs -r grep -nE \
	'(^|[^A-Za-z0-9_./-])/(work|home/[a-z]+|Users/[A-Za-z]+)/|Co-[Aa]uthored' \
	/dev/null | sed 's/$/ : names a machine or tool/' >>"$tmp/found"

sources c h | xargs -r wc -l | awk '
	$2 != "total" && $1 > 600 { print "note: " $2 " has " $1 " lines" }'
verdict "$(sort -u "$tmp/found")"
