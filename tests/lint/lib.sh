# Shared by the lints, which run from the top of the tree under judgement:
# $ROOT, or the one they stand in.
set -u
lint_dir=$(cd "$(dirname "$0")" && pwd)
cd "${ROOT:-$lint_dir/../..}" || exit 1

sources() { # [SUFFIX]... : files of the tree with such names
	pattern=$(printf '|%s' "$@")
	find tui views keymaps backend tests Makefile README.md .ci \
		-type f 2>/dev/null | grep -E "\\.(${pattern#|})\$" | sort
}

# All C as path:line:code, literals and comments blanked.  A lint that sees no
# code, or whose tools fail, must not pass.
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

code() {
	if ! sources c h def | xargs awk -f "$lint_dir/code.awk" \
		>"$tmp/code" || ! [ -s "$tmp/code" ]; then
		echo 'no code to judge'
		echo '0 passed, 1 failed'
		exit 1
	fi
}

verdict() { # FOUND: lines of violations
	if [ -n "$1" ]; then
		echo "$1"
		echo '0 passed, 1 failed'
		exit 1
	fi
	echo '1 passed, 0 failed'
	exit 0
}
