/*
 * Durations: what is accepted is written as Go does and reads back the same.
 */
#include "backend/base/clock.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), out[TIME_TEXT];
	int64_t ms = 0, back = 0;

	if (duration_parse(text, &ms)) {
		duration_format(ms, out);
		must(duration_parse(out, &back));
		must(back == ms);
	}
	free(text);
	return 0;
}
