/*
 * Quantities: milli and units agree, what is written reads back.
 */
#include "backend/base/quantity.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmemdup(data, size), out[QUANTITY_TEXT];
	int64_t milli = 0, units = 0, back;
	bool has_milli = quantity_parse_milli(text, size, &milli);
	bool has_units = quantity_parse_units(text, size, &units);

	if (has_milli) {
		/* The larger unit rounds away from zero and cannot overflow
		 * where the smaller does not. */
		must(has_units);
		must(units == milli / 1000 + (milli % 1000 > 0) -
				      (milli % 1000 < 0));
		quantity_format_mcpu(milli, out);
		must(quantity_parse_milli(out, strlen(out), &back));
		must(back == milli);
		mcpu_human(milli, out);
	}
	if (has_units) {
		quantity_format_bytes(units, out);
		must(quantity_parse_units(out, strlen(out), &back));
		must(back == units);
		bytes_human(units, out);
	}
	free(text);
	return 0;
}
