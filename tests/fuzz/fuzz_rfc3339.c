/*
 * Times: what is accepted is written and read back as the same moment.
 */
#include "backend/base/clock.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmemdup(data, size), *line, out[TIME_TEXT];
	int64_t ms = 0, back = 0;

	if (time_parse_rfc3339(text, size, &ms)) {
		time_format(ms, true, out);
		/* An offset may lead out of the four-digit years. */
		if (time_parse_rfc3339(out, strlen(out), &back))
			must(back == ms);
		else
			must(out[0] == '-' || strlen(out) > 24);
		age_format(ms, out);
		must(strlen(out) <= 6);
		time_format_local(ms, out);
		time_format_amz(ms, out);
	}
	free(text);
	line = fuzz_text(data, size);
	if (time_parse_http(line, &ms))
		must(time_parse_rfc3339(time_format(ms, false, out),
					strlen(out), &back));
	free(line);
	return 0;
}
