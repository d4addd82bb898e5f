#!/bin/sh
# Dependencies point one way (design 3): what each folder may include.  A folder
# always may include itself; a file named more exactly comes first.
. "$(dirname "$0")/lib.sh"

# Files, then the prefixes of what they may include of ours.
table='
tui/main.c		*
tui/cli			*
tui/			keymaps/ backend/base/ backend/model/ backend/port.h
views/			tui/view.h backend/base/ backend/model/ backend/port.h
keymaps/		backend/base/
backend/port		backend/base/ backend/model/
backend/base/		-
backend/model/		backend/base/
backend/decode/		backend/base/ backend/model/
backend/net/		backend/base/
backend/kube/		backend/base/ backend/model/ backend/decode/ backend/net/
backend/aws/		backend/base/ backend/model/ backend/decode/ backend/net/
backend/gitlab/		backend/base/ backend/model/ backend/decode/ backend/net/
backend/store/		backend/base/ backend/model/
backend/engine/		backend/base/ backend/model/
backend/world/		backend/base/ backend/model/ backend/decode/ backend/engine/
backend/control/	backend/base/ backend/model/ backend/port.h backend/engine/ backend/world/ backend/store/ backend/kube/ backend/aws/ backend/gitlab/ backend/net/rows. backend/net/permit. backend/net/reactor.h backend/net/http.h backend/net/yaml.h
backend/sim/objects/	backend/base/ backend/net/
backend/sim/world/	backend/base/ backend/model/ backend/decode/ backend/net/ backend/engine/ backend/world/ backend/sim/objects/ backend/sim/scenarios.h backend/sim/kube/hooks.h backend/sim/kube/roles.h backend/sim/gitlab/face.h
backend/sim/kube/	backend/base/ backend/model/ backend/decode/ backend/net/ backend/engine/ backend/world/ backend/sim/objects/ backend/sim/server/face.h
backend/sim/aws/	backend/sim/kube/hooks.h backend/base/ backend/model/ backend/decode/ backend/net/ backend/engine/ backend/world/ backend/sim/world/ backend/sim/server/face.h
backend/sim/gitlab/	backend/base/ backend/model/ backend/decode/ backend/net/ backend/engine/ backend/world/ backend/sim/world/ backend/sim/server/face.h
backend/sim/		backend/base/ backend/model/ backend/decode/ backend/net/ backend/engine/ backend/world/
tests/			*
'

# System headers that belong to one place.
owned='
n?curses(w/.*)?\.h|term\.h|panel\.h	tui/screen\.c|tui/input\.c
curl/.*		backend/net/
yajl/.*		backend/base/json
microhttpd\.h	backend/sim/
gnutls/.*	backend/sim/
expat\.h	backend/net/
yaml\.h		backend/net/
'

code
found=$(awk -v table="$table" -v owned="$owned" '
BEGIN {
	n = split(table, rows, "\n")
	for (i = 1; i <= n; i++) {
		count = split(rows[i], words, /[ \t]+/)
		if (count < 2)
			continue
		files[++layers] = words[1]
		may[layers] = ""
		for (k = 2; k <= count; k++)
			may[layers] = may[layers] " " words[k]
	}
	n = split(owned, rows, "\n")
	for (i = 1; i <= n; i++) {
		if (split(rows[i], words, /[ \t]+/) < 2)
			continue
		header[++headers] = "^(" words[1] ")$"
		owner[headers] = "^(" words[2] ")"
	}
}
function allowed(path, wanted,    i, k, count, words, own) {
	for (i = 1; i <= layers; i++) {
		if (index(path, files[i]) != 1)
			continue
		own = files[i]
		sub(/[^\/]*$/, "", own)
		# backend/ alone is no layer that may include itself.
		if (own != "backend/" && index(wanted, own) == 1)
			return 1
		if (own == "backend/" && index(wanted, files[i]) == 1)
			return 1
		count = split(may[i], words, " ")
		for (k = 1; k <= count; k++)
			if (words[k] == "*" || index(wanted, words[k]) == 1)
				return 1
		return 0
	}
	return 0
}
{
	split($0, part, ":")
	path = part[1]
	line = substr($0, length(part[1]) + length(part[2]) + 3)
	if (line !~ /^[ \t]*#[ \t]*include/)
		next
	wanted = line
	sub(/^[^"<]*["<]/, "", wanted)
	sub(/[">].*$/, "", wanted)
	where = path ":" part[2] ": "
	if (line ~ /include[ \t]*"/) {
		if (wanted !~ /^(tui|views|keymaps|backend|tests)\//)
			print where "\"" wanted "\" is not path-rooted"
		else if (!allowed(path, wanted))
			print where "may not include " wanted
		next
	}
	for (i = 1; i <= headers; i++)
		if (wanted ~ header[i] && path !~ owner[i] &&
		    path !~ /^tests\//)
			print where "<" wanted "> is for " owner[i] " only"
}' "$tmp/code" 2>&1)
verdict "$found"
