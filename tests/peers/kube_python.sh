#!/bin/bash
# The Python Kubernetes client, which nobody here wrote, against paddock-sim: an
# informer that loses its connection and its place, and what else operators
# write in Python.  PADDOCK_PYTHON names another python3 that has the client.
. "$(dirname "$0")/../lib.sh"

python=${PADDOCK_PYTHON:-python3}
if ! "$python" -c 'import kubernetes' 2>/dev/null; then
	skip "Python client" "$python has no package kubernetes"
	finish
fi

start_sim monday-burst --speed 20
"$python" "$ROOT/tests/peers/kube_python.py" >"$WORK/python" 2>&1
while read -r word rest; do
	case $word in
	ok) ok "python: $rest" ;;
	not) not_ok "python: ${rest#ok }" ;;
	done) ;;
	*) echo "    # $word $rest" ;;
	esac
done <"$WORK/python"
same "python: went to its end" done "$(tail -1 "$WORK/python")"

finish
