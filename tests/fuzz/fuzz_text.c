/*
 * Safe text: whatever goes in, what comes out is clean, and only differs where
 * it must.
 */
#include "backend/base/text.h"
#include "tests/fuzz/fuzz.h"

static void
check_clean(const char *text, size_t len, enum text_keep keep)
{
	struct buf once, twice;
	bool was_clean = text_is_clean(text, len, keep);

	buf_init(&once, len * 3 + 1);
	buf_init(&twice, len * 3 + 1);
	text_clean(&once, text, len, keep);
	must(buf_ok(&once));
	must(text_is_clean(buf_text(&once), once.len, keep));
	must(was_clean == (once.len == len &&
			   memcmp(buf_text(&once), text, len) == 0));
	text_clean(&twice, buf_text(&once), once.len, keep);
	must(once.len == twice.len &&
	     memcmp(buf_text(&once), buf_text(&twice), once.len) == 0);
	for (size_t i = 0; i < once.len; i++) {
		unsigned char c = (unsigned char)once.at[i];

		must((c >= 0x20 && c != 0x7f) ||
		     (keep == TEXT_LINES && (c == '\n' || c == '\t')));
	}
	buf_fini(&once);
	buf_fini(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmemdup(data, size), out[17];
	int cells = size ? data[0] % 20 : 0, used;
	size_t fit, json_len;
	struct buf json;

	check_clean(text, size, TEXT_ONE_LINE);
	check_clean(text, size, TEXT_LINES);
	text_clean_to(out, sizeof(out), text, size);
	must(text_is_clean(out, strlen(out), TEXT_ONE_LINE));

	fit = text_fit(text, size, cells, &used);
	must(fit <= size && used <= cells);
	must(text_width(text, fit) == used);

	/* A JSON string of any bytes is itself without control bytes. */
	buf_init(&json, size * 6 + 2);
	buf_json_string(&json, text, size);
	must(buf_ok(&json));
	json_len = json.len;
	for (size_t i = 0; i < json_len; i++)
		must((unsigned char)json.at[i] >= 0x20);
	buf_fini(&json);
	free(text);
	return 0;
}
