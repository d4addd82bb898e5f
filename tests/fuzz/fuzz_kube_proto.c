/*
 * Protobuf bodies: whatever comes is refused or becomes a tree that names its
 * kind and can be written as JSON and read back the same.
 */
#include "backend/sim/kube/proto.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *tree = proto_decode((const char *)data, size), *again;
	json_t *other;
	char *text;

	if (!tree)
		return 0;
	must(json_is_string(json_object_get(tree, "kind")) &&
	     json_is_string(json_object_get(tree, "apiVersion")));
	text = json_dumps(tree, JSON_COMPACT | JSON_REAL_PRECISION(17));
	if (text) { /* infinite numbers have no JSON */
		again = json_loads(text, JSON_ALLOW_NUL, NULL);
		must(again);
		json_decref(again);
	}
	other = proto_decode((const char *)data, size);
	must(json_equal(tree, other) || !text);
	json_decref(other);
	json_decref(tree);
	free(text);
	return 0;
}
