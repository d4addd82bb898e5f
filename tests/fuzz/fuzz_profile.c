/*
 * Profile files: nothing crashes; a value is never empty, never holds a line
 * break and stands in the file; the key's case does not matter.
 */
#include "backend/aws/profile.h"
#include "tests/fuzz/fuzz.h"

static void
check(const char *text, const char *kind, const char *name, const char *under,
      const char *key, const char *other_case)
{
	char *value = profile_find(text, kind, name, under, key);
	char *same = profile_find(text, kind, name, under, other_case);

	must(str_eq(value, same) && !value == !same);
	if (value) {
		must(*value && !strchr(value, '\n'));
		must(strstr(text, value));
	}
	secret_free(value);
	secret_free(same);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check(text, NULL, "default", NULL, "region", "REGION");
	check(text, "profile", "ci", NULL, "region", "Region");
	check(text, "profile", "ci", "s3", "region", "regioN");
	check(text, "services", "local", "ec2", "endpoint_url",
	      "ENDPOINT_url");
	free(text);
	return 0;
}
