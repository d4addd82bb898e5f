#!/bin/bash
# The command line without any server: help, mistakes, exit codes.
. "$(dirname "$0")/../lib.sh"

exits 0 "--version" "$PADDOCK" --version
says "--version names the program" '^paddock [0-9]+\.[0-9]+' "$WORK/out"
exits 0 "--help goes to stdout" "$PADDOCK" --help
says "--help lists commands" '^  cordon NODE' "$WORK/out"
says "--help documents exit codes" '^  7  refused by a safety rule' "$WORK/out"
same "--help says nothing on stderr" "" "$(cat "$WORK/err")"
exits 0 "help COMMAND" "$PADDOCK" help scale
says "help COMMAND shows its flags" '^  --dry-run' "$WORK/out"
exits 0 "COMMAND --help" "$PADDOCK" scale --help
says "COMMAND --help is the same text" 'usage: paddock scale' "$WORK/out"
exits 0 "help keys" "$PADDOCK" help keys
sed -n '/^<!-- keys -->/,/^<!-- end of keys -->/p' "$ROOT/README.md" |
	sed '1,2d;$d' | sed '$d' >"$WORK/readme-keys"
check "the README's keys are the program's (else: make readme)" \
	diff "$WORK/readme-keys" "$WORK/out"
exits 0 "the manual" "$PADDOCK" help manual
says "the manual is roff" '^\.TH PADDOCK 1' "$WORK/out"

exits 2 "unknown flag" "$PADDOCK" get nodes --kubecofnig x
says "unknown flag is named and corrected" 'unknown flag --kubecofnig; did you mean --kubeconfig\?'
exits 2 "unknown command" "$PADDOCK" cordn node-1
says "unknown command is corrected" 'unknown command "cordn"; did you mean cordon\?'
exits 2 "flag without its value" "$PADDOCK" get nodes --kubeconfig
says "flag without its value" '--kubeconfig needs a value \(FILE\)'
exits 2 "a switch with a value" "$PADDOCK" get nodes --no-aws=1
exits 2 "flag of another command" "$PADDOCK" get nodes --yes
says "flag of another command" '--yes does not belong to get'
exits 2 "missing argument" "$PADDOCK" cordon
says "missing argument shows the usage" 'usage: paddock cordon NODE'
exits 2 "too many arguments" "$PADDOCK" get nodes a b
exits 2 "scale wants a number" "$PADDOCK" scale g many
says "scale wants a number" 'scale wants N, \+N or -N, found "many"'
exits 2 "limits wants a bound" "$PADDOCK" limits g
exits 2 "limits wants numbers" "$PADDOCK" limits g --min 1 --max many
says "limits wants numbers" '--max wants a number, found "many"'
exits 2 "bad time" "$PADDOCK" plan --now yesterday
says "bad time" '--now wants an RFC 3339 time'
exits 2 "--read-only with --write" "$PADDOCK" get nodes --read-only --write x
exits 2 "--set without =" "$PADDOCK" plan --set expander
exits 2 "unknown policy key" "$PADDOCK" plan --set expandr=random
says "unknown policy key is named" '--set expandr=random: .*no key "expandr"'
exits 7 "--approve without a terminal" "$PADDOCK" engine --mode active --approve
says "--approve says what it needs" '--approve asks on a terminal'
exits 2 "--approve without active" "$PADDOCK" engine --approve
exits 2 "console without a terminal" "$PADDOCK"
says "console without a terminal says what to use" 'paddock get'
exits 3 "kubeconfig that is not there" "$PADDOCK" get nodes --kubeconfig "$WORK/nowhere"
says "kubeconfig that is not there is named" "$WORK/nowhere"
printf 'apiVersion: v1\nclusters: [\n' >"$WORK/broken"
exits 3 "broken kubeconfig" "$PADDOCK" get nodes --kubeconfig "$WORK/broken"
says "broken kubeconfig: file and line" "$WORK/broken:[0-9]+:"
printf '\033[31mred\n' >"$WORK/esc"
exits 2 "text from outside is cleaned" "$PADDOCK" "$(cat "$WORK/esc")"
check "no escape reaches the terminal" sh -c "! grep -q \"\$(printf '\\033')\" '$WORK/err'"

finish
