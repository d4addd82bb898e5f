/*
 * XML answers and error bodies: nothing crashes, errors have a sentence, texts
 * for people are clean.
 */
#include "backend/base/json.h"
#include "backend/base/text.h"
#include "backend/net/xml.h"
#include "tests/fuzz/fuzz.h"

static void
check_tree(enum xml_dialect dialect, const char *text, size_t size)
{
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	const struct tree *t = xml_parse(a, dialect, text, size, &err);

	if (t) {
		struct buf out;
		struct jsonw *w;

		must(err.code == ERR_NONE);
		must(xml_result(t) != NULL);
		buf_init(&out, (size_t)64 << 20);
		w = jsonw_new_buf(&out, false);
		jsonw_tree(w, t);
		must(jsonw_done(w));
		must(json_parse(a, buf_text(&out), out.len, &err) != NULL);
		buf_fini(&out);
	} else {
		must(err.code != ERR_NONE && err.text[0]);
		must(text_is_clean(err.text, strlen(err.text), TEXT_ONE_LINE));
	}
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmemdup(data, size ? size : 1);
	struct aws_fault f;

	check_tree(XML_QUERY, text, size);
	check_tree(XML_EC2, text, size);
	must(xml_fault(text, size, &f) == (f.code[0] != '\0'));
	must(f.code[0] || f.message[0]);
	must(text_is_clean(f.code, strlen(f.code), TEXT_ONE_LINE));
	must(text_is_clean(f.message, strlen(f.message), TEXT_ONE_LINE));
	free(text);
	return 0;
}
