#!/bin/bash
# boto3 against every action of the simulated AWS, each answer judged by the
# service models that botocore carries.
. "$(dirname "$0")/../lib.sh"

if ! python3 -c 'import boto3' 2>/dev/null; then
	skip "AWS services" "boto3 is not installed"
	finish
fi

start_sim monday-burst --speed 1
PYTHONDONTWRITEBYTECODE=1 python3 "$ROOT/tests/peers/aws_services.py" \
	>"$WORK/boto" 2>&1
while read -r word rest; do
	case $word in
	ok) ok "$rest" ;;
	not) not_ok "${rest#ok }" ;;
	skip) skip "${rest%%:*}" "${rest#*: }" ;;
	done) ;;
	*) echo "    # $word $rest" ;;
	esac
done <"$WORK/boto"
same "went to its end" done "$(tail -1 "$WORK/boto")"
finish
