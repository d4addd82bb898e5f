#!/bin/bash
# boto3 and the AWS CLI against every action of the simulated AWS; boto3's
# answers are judged by the service models that botocore carries.  World time is
# moved by hand, so nothing here waits.
. "$(dirname "$0")/../lib.sh"

# report SCRIPT INTERPRETER: its "ok NAME" and "not ok NAME: WHY" lines.
report() {
	start_sim monday-burst --speed 1
	PYTHONDONTWRITEBYTECODE=1 "$2" "$ROOT/tests/peers/$1" \
		>"$WORK/$1.out" 2>&1
	while read -r word rest; do
		case $word in
		ok) ok "$rest" ;;
		not) not_ok "${rest#ok }" ;;
		skip) skip "${rest%%:*}" "${rest#*: }" ;;
		done) ;;
		*) echo "    # $word $rest" ;;
		esac
	done <"$WORK/$1.out"
	same "$1 went to its end" done "$(tail -1 "$WORK/$1.out")"
	end_sim
}

if python3 -c 'import boto3' 2>/dev/null; then
	report aws_services.py python3
	report aws_odd.py python3
	report aws_refresh.py python3
else
	skip "AWS by boto3" "boto3 is not installed"
fi

# The CLI is a Python program: its main() is run many times in one process.
cli=python3
if command -v aws >/dev/null; then
	read -r first <"$(command -v aws)"
	case $first in
	"#!"*python*) cli=${first#"#!"} ;;
	esac
fi
if "$cli" -c 'import awscli.clidriver' 2>/dev/null; then
	report aws_cli.py "$cli"
else
	skip "AWS by its CLI" "no AWS CLI of version 1 is installed"
fi
finish
