#!/bin/sh
# Shell scripts parse.
. "$(dirname "$0")/lib.sh"

found=$({ sources sh; ls .ci/run 2>/dev/null; } | while read -r script; do
	sh -n "$script" 2>&1 | sed "s|^|$script: |"
done)
verdict "$found"
